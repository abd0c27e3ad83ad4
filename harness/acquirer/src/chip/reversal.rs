//! Field 55 of a reversal of a chip's sale.

use super::request::exactly;
use crate::asked::Asked;
use crate::judge::Refusal;
use crate::ledger::{Id, Ledger};

/// What a reversal tells of the card; the terminal's own are always there.
const REVERSAL: [(u16, usize, usize, bool); 5] = [
    (0x95, 5, 5, true),
    (0x9F1E, 8, 8, true),
    (0x9F10, 7, 32, false),
    (0x9F36, 2, 2, true),
    (0xDF31, 5, 250, false),
];

impl Asked<'_> {
    /// Holds field 55 of a reversal to the sale `id`; what it tells of scripts.
    pub(crate) fn chip_reversed(
        &self,
        message_type: &str,
        ledger: &Ledger,
        id: &Id,
    ) -> Result<Option<String>, Refusal> {
        if !self.is_chip() || message_type != "22" {
            return match self.message.get(55) {
                Some(_) => self.wrong("field 55 is there, the original was no sale with a chip"),
                None => Ok(None),
            };
        }
        let objects = self.objects(&REVERSAL)?;
        if ledger.chip_of(id).is_some_and(|record| record.atc != exactly(&objects, 0x9F36)) {
            return self.wrong("field 55: tag 9F36 is not the ATC of the original");
        }
        let scripts = objects.value(0xDF31).map(|results| self.told(results)).transpose()?;
        Ok(Some(scripts.map_or_else(|| "chip".to_owned(), |told| format!("chip, {}", told.join("; ")))))
    }
}
