//! Reads the terminal's journal from its screens, as a person would.

use std::time::Duration;

use payrig_acquirer::TransactionKind;
use payrig_operator::{
    Screen, ScreenWords,
    paper::{Receipt, ReceiptLabels, Slip, SlipKind},
};

use super::{Books, Journal, Origin, Told, Totals, rows};
use crate::{Finding, World, world::not_seen};

/// Field 38 of what a card approved without the host (INTERFACE.md, section 21).
const OFFLINE: [&str; 2] = ["Y1", "Y3"];
/// How long a page may take.
const SOON: Duration = Duration::from_secs(10);

impl World {
    /// Reads the terminal's records, from the menu or a screen that any key leads away from, page by page to the totals; then goes back to
    /// the menu.
    ///
    /// # Errors
    /// [`Finding::Terminal`] with the screen: a page out of order, a row that does not read as it must, totals that are not those of the
    /// records.
    pub async fn records(&mut self) -> Result<Journal, Finding> {
        self.go_to_menu(SOON).await?;
        self.press("records").await?;
        let (page, none) = (self.message_id("record")?, self.message_id("no-records")?);
        let first = self.operator()?.see_any(&[&page, &none], SOON).await.map_err(not_seen)?;
        let journal = if first.message_id == none {
            rows::no_records(&first, self.screen_words()?)?;
            Journal::default()
        } else {
            self.pages(first).await?
        };
        self.press("any").await?;
        self.see("menu").await?;
        Ok(journal)
    }

    /// The records from the first page on, and the totals behind them.
    async fn pages(&mut self, first: Screen) -> Result<Journal, Finding> {
        let mut records = Vec::new();
        let mut screen = first;
        loop {
            let page = rows::RecordPage::read(&screen, self.screen_words()?)?;
            let (next, of) = (records.len() as u64 + 1, page.of);
            if page.number != next || page.number > of {
                return Err(Finding::terminal(format!("expected `Record {next} of {of}`:\n{screen}")));
            }
            let title = page.next_title(&screen, self.screen_words()?);
            records.push(page.record);
            if next == of {
                break;
            }
            screen = self.turn_to("record", title.as_deref()).await?;
        }
        let last = self.turn_to("totals", None).await?;
        let totals = rows::totals(&last, self.screen_words()?)?;
        let sums = Totals::of(&records);
        if totals != sums {
            return Err(Finding::terminal(format!(
                "the records come to {sums}, the totals say {totals}:\n{last}"
            )));
        }
        Ok(Journal { records, totals })
    }

    /// The page that comes by the key for the next one: this message, with a row that reads so.
    async fn turn_to(&mut self, message: &str, row: Option<&str>) -> Result<Screen, Finding> {
        let id = self.message_id(message)?;
        let now = self.operator()?.mark();
        self.press("next").await?;
        let seen = self.operator()?.see_from(now, &id, row, SOON).await;
        seen.map(|(screen, _)| screen).map_err(|not_seen| {
            let expected = row.unwrap_or(message);
            Finding::terminal(format!("`{expected}` did not follow among the records: {not_seen}"))
        })
    }

    /// What the customers were told so far: by every approval that was on the screen since the terminal came, power cuts between or not, and by
    /// every whole receipt. A copy that was cut short tells nothing.
    ///
    /// # Errors
    /// An approval or a receipt that does not read as it must.
    pub fn told(&self) -> Result<Vec<Told>, Finding> {
        let screens = self.approvals().into_iter();
        let read = |screen: &Screen| rows::approval(screen, self.screen_words()?);
        let screens = screens.filter_map(|screen| read(&screen).transpose());
        let receipts = self.receipts().into_iter().filter(|receipt| receipt.cut_short.is_none());
        let labels = self.terminal.receipt_labels();
        // The record of a ceremony tells of no payment.
        let receipts = receipts.filter_map(|receipt| {
            let labels = labels.filter(|labels| !labels.is_ceremony(&receipt))?;
            Some(slip(&receipt, labels))
        });
        screens.chain(receipts).collect()
    }

    fn screen_words(&self) -> Result<&ScreenWords, Finding> {
        let none =
            || Finding::Rig("the terminal's panel has no [screens]: nobody can read its records".into());
        self.terminal.screen_words().ok_or_else(none)
    }

    /// Takes all three books, as they are now: the terminal's from its screens, which leaves it at its menu.
    ///
    /// # Errors
    /// As [`World::records`] and [`World::told`]; a host that is not one of ours.
    pub async fn books(&mut self) -> Result<Books, Finding> {
        let journal = self.records().await?;
        let unknown =
            || Finding::Rig("the book of a real host is not known: the books cannot be compared".into());
        let (host, told) = (self.acquirer().ok_or_else(unknown)?.book(), self.told()?);
        Ok(Books::new(journal, host, told, self.terminal.merchant_id(), self.terminal.terminal_id()))
    }
}

fn slip(receipt: &Receipt, labels: &ReceiptLabels) -> Result<Told, Finding> {
    let slip = Slip::read(receipt, labels)
        .map_err(|error| Finding::terminal(format!("{error}, in the receipt:\n{}", receipt.to_text())))?;
    Ok(Told {
        kind: match slip.kind {
            SlipKind::Sale => TransactionKind::Sale,
            SlipKind::Void => TransactionKind::Void,
        },
        stan: slip.stan,
        batch: Some(slip.batch),
        original: slip.original,
        amount: slip.amount,
        origin: Origin::Receipt,
        offline: slip.authorisation.is_some_and(|code| OFFLINE.contains(&code.as_str())),
    })
}
