//! A chip's request: field 55 and what of the other fields must agree with it.

use payrig_keys::WorkingKeys;

use super::tlv::Objects;
use crate::asked::Asked;
use crate::judge::Refusal;
use crate::ledger::Presented;
use crate::message_kind::MessageKind;

/// Field 55 of a sale or a balance, every object of the length that it has, and field 23.
pub(crate) struct ChipRequest {
    pub objects: Objects,
    pub sequence: Option<String>,
    pub cryptogram: [u8; 8],
    pub atc: [u8; 2],
    pub tvr: [u8; 5],
}

/// Tag, least and most bytes, and whether a request must have it (EMV Book 3, annex A). Of the others there are those that
/// the card has.
const REQUEST: [(u16, usize, usize, bool); 21] = [
    (0x9F26, 8, 8, true),
    (0x9F27, 1, 1, true),
    (0x9F10, 7, 32, true),
    (0x9F37, 4, 4, true),
    (0x9F36, 2, 2, true),
    (0x95, 5, 5, true),
    (0x9A, 3, 3, true),
    (0x9C, 1, 1, true),
    (0x9F02, 6, 6, true),
    (0x5F2A, 2, 2, true),
    (0x82, 2, 2, true),
    (0x9F1A, 2, 2, true),
    (0x9F03, 6, 6, true),
    (0x9F33, 3, 3, true),
    (0x9F34, 3, 3, true),
    (0x9F35, 1, 1, true),
    (0x9F1E, 8, 8, true),
    (0x84, 5, 16, false),
    (0x9F09, 2, 2, false),
    (0x9F41, 2, 4, true),
    (0x9F63, 16, 16, false),
];

/// Byte 3 of the TVR: the PIN was entered for the host to verify.
const ONLINE_PIN: u8 = 0x04;

impl Asked<'_> {
    /// Whether field 22 says that the chip was read.
    pub(crate) fn is_chip(&self) -> bool {
        self.message.text(22).is_some_and(|entry| entry.starts_with("05"))
    }

    /// Field 55 as objects, none but the ones of `known`, of the right lengths.
    pub(super) fn objects(&self, known: &[(u16, usize, usize, bool)]) -> Result<Objects, Refusal> {
        let Some(field) = self.message.get(55) else {
            return self.wrong("field 22 says that the chip was read, field 55 is missing");
        };
        let objects = match Objects::read(field.as_bytes().unwrap_or_default()) {
            Ok(objects) => objects,
            Err(error) => return self.wrong(format!("field 55: {error}")),
        };
        if let Some(tag) = objects.tags().find(|tag| !known.iter().any(|(k, ..)| u32::from(*k) == *tag)) {
            return self.wrong(format!("field 55: tag {tag:02X} is not part of it in a {}", self.kind));
        }
        for (tag, least, most, needed) in known {
            match objects.value(*tag).map(<[u8]>::len) {
                None if *needed => return self.wrong(format!("field 55: tag {tag:02X} is missing")),
                Some(length) if !(*least..=*most).contains(&length) => {
                    let reason =
                        format!("field 55: tag {tag:02X} has {length} bytes, expected {least} to {most}");
                    return self.wrong(reason);
                }
                _ => {}
            }
        }
        Ok(objects)
    }

    /// The card whose chip was read: its track 2 as a stripe's, and field 55.
    pub(crate) fn chip_read(&self, keys: &WorkingKeys) -> Result<Presented, Refusal> {
        if self.message.get(36).is_some() {
            return self.wrong("field 36 is there, field 22 says that the chip was read");
        }
        let field60 = self.message.text(60).unwrap_or_default();
        if !matches!(field60.get(11..13), Some("50" | "60")) {
            return self.wrong("field 60: expected 50 or 60 behind the network code of a chip that was read");
        }
        let request = self.chip_request()?;
        let presented = self.of_track2(keys)?;
        // A chip's track 2 need not be the stripe's; number and date are compared as of a number that was keyed in.
        Ok(Presented { track2: None, chip: Some(request), ..presented })
    }

    fn chip_request(&self) -> Result<ChipRequest, Refusal> {
        let objects = self.objects(&REQUEST)?;
        self.agrees(&objects)?;
        let sequence = self.message.get(23).map(|_| self.digits(23, 3)).transpose()?.map(str::to_owned);
        Ok(ChipRequest {
            cryptogram: exactly(&objects, 0x9F26),
            atc: exactly(&objects, 0x9F36),
            tvr: exactly(&objects, 0x95),
            objects,
            sequence,
        })
    }

    /// What field 55 says once more must be what the other fields say.
    fn agrees(&self, objects: &Objects) -> Result<(), Refusal> {
        let told = |tag| hex::encode_upper(objects.value(tag).unwrap_or_default());
        let amount = match self.kind {
            MessageKind::Balance => "000000000000",
            _ => self.digits(4, 12)?,
        };
        let currency = format!("0{}", self.message.text(49).unwrap_or_default());
        let kind = self.digits(3, 6)?.get(..2).unwrap_or_default();
        let twice = [
            (0x9F02, amount, "the amount of field 4"),
            (0x5F2A, &currency, "the currency of field 49"),
            (0x9A, &self.today, "the date of the host's clock"),
            (0x9C, kind, "the first digits of field 3"),
            (0x9F27, "80", "an ARQC: what goes online asks for one"),
        ];
        for (tag, expected, what) in twice {
            if told(tag) != expected {
                return self
                    .wrong(format!("field 55: tag {tag:02X} is {}, expected {expected}, {what}", told(tag)));
            }
        }
        let pin_entered = objects.value(0x95).and_then(|tvr| tvr.get(2)).is_some_and(|b| b & ONLINE_PIN != 0);
        if pin_entered != self.message.get(52).is_some() {
            return self
                .wrong("field 55: bit 3 of the TVR's byte 3 (PIN entered for the host) and field 52 differ");
        }
        Ok(())
    }
}

/// A value of the length that was checked.
pub(super) fn exactly<const N: usize>(objects: &Objects, tag: u16) -> [u8; N] {
    objects.value(tag).and_then(|value| value.try_into().ok()).unwrap_or([0; N])
}
