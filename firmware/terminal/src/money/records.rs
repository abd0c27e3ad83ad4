//! The batch, page by page (INTERFACE.md, section 4, M240 to M242).

use super::screens;
use crate::app::Terminal;
use crate::panel::keypad::Key;
use crate::ports::Hardware;

impl<H: Hardware> Terminal<'_, H> {
    /// Shows every record, then what they come to.
    pub(crate) async fn show_records(&mut self) {
        let count = self.stores.ledger().records().len();
        if count == 0 {
            return self.page(screens::no_records(self.stores.head())).await;
        }
        let mut at = 0;
        while let Some(record) = self.stores.ledger().records().get(at).copied() {
            let entry = match self.stores.entry(&record).await {
                Ok(entry) => entry,
                Err(fault) => return self.stores.give_up(fault),
            };
            let is_voided = self.stores.ledger().is_voided(record.id);
            let head = self.stores.head();
            self.display.show(&screens::record(head, (at + 1, count), &record, &entry, is_voided)).await;
            match self.keypad.key().await {
                Key::Confirm | Key::Down => at += 1,
                Key::Up => at = at.saturating_sub(1),
                Key::Cancel => return,
                Key::Digit(_) | Key::Letter(_) | Key::Clear => {}
            }
        }
        self.page(screens::totals(self.stores.head(), &self.stores.ledger().totals())).await;
    }
}
