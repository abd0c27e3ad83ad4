//! What became of scripts: 0620, network code 951.

use super::request::exactly;
use crate::asked::Asked;
use crate::judge::{Refusal, refuse};
use crate::ledger::{Id, Ledger};

/// Field 55 of a script result.
const RESULT: [(u16, usize, usize, bool); 10] = [
    (0x9F33, 3, 3, true),
    (0x95, 5, 5, true),
    (0x9F1E, 8, 8, true),
    (0x9F10, 7, 32, true),
    (0x9F26, 8, 8, true),
    (0x9F36, 2, 2, true),
    (0x82, 2, 2, true),
    (0xDF31, 5, 250, true),
    (0x9F1A, 2, 2, true),
    (0x9A, 3, 3, true),
];

impl Asked<'_> {
    /// Holds a script result to the sale that it names and keeps it there. The card's name, the amount, and what became of the
    /// scripts. Sent once more it is kept once.
    pub(crate) fn script_result(
        &self,
        ledger: &mut Ledger,
        id: &Id,
    ) -> Result<(String, u64, String), Refusal> {
        if !self.is_chip() {
            return self.wrong("field 22: expected 05, scripts are a chip's");
        }
        let objects = self.objects(&RESULT)?;
        let field = self.message.text(61).filter(|f| f.len() >= 16 && f.bytes().all(|b| b.is_ascii_digit()));
        let parts = field.and_then(|f| Some((f.get(..6)?, f.get(6..12)?, f.get(12..16)?)));
        let Some((batch, stan, date)) = parts else {
            return self.wrong("field 61: expected batch, STAN and date of the sale");
        };
        let id = Id { batch: batch.to_owned(), stan: stan.to_owned(), ..id.clone() };
        let (Some(sale), Some(record)) = (ledger.sale_of(&id), ledger.chip_of(&id)) else {
            let reason = format!("no sale with a chip has batch {batch} and STAN {stan}");
            return refuse(&self.money.original_not_found, reason);
        };
        if self.amount()? != sale.amount {
            return refuse(&self.money.amount_differs, format!("the sale's amount is {}", sale.amount));
        }
        if self.message.text(37).map(str::trim_end) != Some(sale.reference.as_str()) {
            return self.wrong("field 37 is not the reference of the sale");
        }
        // Every answer of this host has the same date.
        if !self.today.ends_with(date) {
            return self.wrong("field 61: the date is not that of the answer to the sale");
        }
        if exactly(&objects, 0x9F36) != record.atc {
            return self.wrong("field 55: tag 9F36 is not the ATC of the sale");
        }
        let told = self.told(objects.value(0xDF31).unwrap_or_default())?;
        let card = sale.card.clone().unwrap_or_default();
        let (amount, note) = (sale.amount, told.join("; "));
        if let Some(record) = ledger.chip_of_mut(&id) {
            record.scripts = told;
        }
        Ok((card, amount, note))
    }

    /// Tag DF31, five bytes for each script, in words.
    pub(super) fn told(&self, results: &[u8]) -> Result<Vec<String>, Refusal> {
        let (scripts, rest) = results.as_chunks::<5>();
        if !rest.is_empty() || scripts.is_empty() {
            return self.wrong("field 55: tag DF31 has five bytes for each script");
        }
        let told = |[result, id @ ..]: &[u8; 5]| {
            let what = match (result >> 4, result & 0x0F) {
                (0, _) => "not done".to_owned(),
                (1, 0) => "failed".to_owned(),
                (1, 15) => "command 15 or a later one failed".to_owned(),
                (1, command) => format!("command {command} failed"),
                (2, _) => "done".to_owned(),
                (other, _) => {
                    return self
                        .wrong(format!("field 55: tag DF31 has the result {other}, expected 0, 1 or 2"));
                }
            };
            Ok(format!("script {} {what}", hex::encode_upper(id)))
        };
        scripts.iter().map(told).collect()
    }
}
