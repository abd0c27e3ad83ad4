//! The fields of a transaction, read and checked. Nothing is booked here.

use payrig_iso8583::Message;
use payrig_keys::{Key, PinBlock, WorkingKeys};

use crate::chip::ChipRules;
use crate::judge::{Refusal, refuse};
use crate::ledger::{Pin, Presented};
use crate::message_kind::MessageKind;
use crate::profile::{Codes, MoneyCodes, month_holds};

/// A request, and field 39 for what is wrong with it.
pub(crate) struct Asked<'m> {
    pub kind: MessageKind,
    pub message: &'m Message,
    pub codes: &'m Codes,
    pub money: &'m MoneyCodes,
    pub chip: &'m ChipRules,
    /// YYMMDD by the host's clock.
    pub today: String,
}

/// A reversal, as it names its original.
pub(crate) struct Reversed {
    /// Field 60.1.
    pub message_type: String,
    pub batch: String,
    pub amount: u64,
    /// Field 39.
    pub why: String,
}

/// Fields that a reversal does not carry.
const NOT_IN_REVERSALS: [u8; 6] = [26, 35, 36, 37, 52, 53];

impl<'m> Asked<'m> {
    pub(crate) fn wrong<T>(&self, reason: impl Into<String>) -> Result<T, Refusal> {
        refuse(&self.codes.format, reason)
    }

    /// The digits of a field that must be there with so many.
    pub(crate) fn digits(&self, field: u8, count: usize) -> Result<&'m str, Refusal> {
        match self.message.text(field) {
            Some(text) if text.len() == count && text.bytes().all(|b| b.is_ascii_digit()) => Ok(text),
            Some(_) => self.wrong(format!("field {field}: expected {count} digits")),
            None => self.wrong(format!("field {field} is missing or no text")),
        }
    }

    fn must_be(&self, field: u8, value: &str) -> Result<(), Refusal> {
        match self.message.text(field) {
            Some(said) if said == value => Ok(()),
            Some(_) => self.wrong(format!("field {field} of a {} is {value}", self.kind)),
            None => self.wrong(format!("field {field} is missing or no text")),
        }
    }

    /// Field 11.
    pub fn stan(&self) -> Result<&'m str, Refusal> {
        self.digits(11, 6)
    }

    /// Field 60.2.
    pub fn batch(&self) -> Result<&'m str, Refusal> {
        let field = self.message.text(60).filter(|f| f.len() >= 11 && f.bytes().all(|b| b.is_ascii_digit()));
        match field.and_then(|field| field.get(2..8)) {
            Some(batch) => Ok(batch),
            None => self.wrong("field 60: expected 11 digits or more: message type, batch, network code"),
        }
    }

    /// Field 4.
    pub fn amount(&self) -> Result<u64, Refusal> {
        let amount = self.digits(4, 12)?.parse().unwrap_or(0);
        if amount == 0 { refuse(&self.money.amount, "the amount is zero") } else { Ok(amount) }
    }

    /// The fields that say which transaction this is.
    pub fn form(&self) -> Result<(), Refusal> {
        let processing = match self.kind {
            MessageKind::Void => "200000",
            MessageKind::Balance => "310000",
            _ => "000000",
        };
        self.must_be(3, processing)?;
        self.must_be(25, "00")?;
        self.must_be(49, "156")?;
        let entry = self.digits(22, 3)?;
        if !(entry.starts_with("01") || self.is_swiped() || self.is_chip()) {
            let reason = format!(
                "entry mode {entry}: this host serves numbers that were keyed in (01), stripes (02) and chips (05)"
            );
            return refuse(&self.codes.unsupported, reason);
        }
        self.no_card_data(self.is_swiped(), self.is_chip() && self.kind != MessageKind::Void)?;
        match (entry.ends_with('1'), entry.ends_with('2'), self.message.get(52).is_some()) {
            (true, _, true) | (_, true, false) => Ok(()),
            (true, _, false) => self.wrong("field 22 says that there is a PIN, field 52 is missing"),
            (_, true, true) => self.wrong("field 22 says that there is no PIN, field 52 is there"),
            _ => self.wrong("field 22: the last digit is 1 with PIN, 2 without"),
        }
    }

    /// Tracks and field 55 are there only where a stripe or a chip was read.
    fn no_card_data(&self, stripe: bool, chip: bool) -> Result<(), Refusal> {
        if let Some(track) = [35, 36].into_iter().find(|f| !stripe && !chip && self.message.get(*f).is_some())
        {
            return self.wrong(match self.is_chip() {
                true => format!("field {track} is not part of the void of a chip's sale"),
                false => format!("field {track} is there, field 22 says that the number was keyed in"),
            });
        }
        if !chip && self.message.get(55).is_some() {
            return self.wrong(match self.is_chip() {
                true => "field 55 is not part of a void",
                false => "field 55 is there, field 22 does not say that a chip was read",
            });
        }
        Ok(())
    }

    /// The card of a sale or a balance.
    pub fn card(&self, keys: &WorkingKeys) -> Result<Presented, Refusal> {
        if self.is_swiped() {
            return self.swiped(keys);
        }
        if self.is_chip() {
            return self.chip_read(keys);
        }
        let expiry = self.digits(14, 4)?;
        if !month_holds(expiry) {
            return self.wrong("field 14: expected YYMM");
        }
        let Some(pan) = self.message.text(2) else { return self.wrong("field 2 is missing or no text") };
        let pan = self.pan(pan)?;
        let pin = self.pin(&keys.pik, &pan)?;
        Ok(Presented { pin, expiry: Some(expiry.to_owned()), pan, track2: None, chip: None })
    }

    /// The card of a void, which need not name one.
    pub fn card_again(&self, keys: &WorkingKeys) -> Result<Option<Presented>, Refusal> {
        if self.is_swiped() && self.message.get(35).is_some() {
            return self.swiped(keys).map(Some);
        }
        let expiry = self.message.get(14).map(|_| self.digits(14, 4)).transpose()?;
        match (self.message.get(2), self.message.get(52)) {
            (None, None) => Ok(None),
            (None, Some(_)) => self.wrong("field 52 is there, field 2 is missing: whose PIN is it?"),
            (Some(pan), _) => {
                let pan = self.pan(pan.as_str().unwrap_or_default())?;
                let (pin, expiry) = (self.pin(&keys.pik, &pan)?, expiry.map(str::to_owned));
                Ok(Some(Presented { pin, expiry, pan, track2: None, chip: None }))
            }
        }
    }

    pub(crate) fn pan(&self, pan: &str) -> Result<String, Refusal> {
        if !(13..=19).contains(&pan.len()) || !pan.bytes().all(|b| b.is_ascii_digit()) {
            return self.wrong("the card number: expected 13 to 19 digits");
        }
        if !crate::card::check_digit_holds(pan) {
            return refuse(
                &self.money.card_unknown,
                "the card number: the last digit is not the check digit",
            );
        }
        Ok(pan.to_owned())
    }

    /// The PIN block under the PIK in force, and the fields that describe it: field 52, or under an SM4 key field 62, to which
    /// field 52 is eight zero bytes.
    pub(crate) fn pin(&self, pik: &Key, pan: &str) -> Result<Pin, Refusal> {
        let Some(field) = self.message.get(52) else { return self.no_pin(pik) };
        let Some(block) = field.as_bytes().and_then(|bytes| <[u8; 8]>::try_from(bytes).ok()) else {
            return self.wrong("field 52: expected 8 bytes");
        };
        if !matches!(self.digits(26, 2)?, "06" | "12") {
            return self.wrong("field 26: expected 06 or 12");
        }
        let control = self.digits(53, 16)?;
        let algorithm = match pik {
            Key::Des(pik) if pik.bytes().len() == 8 => "20",
            Key::Des(_) => "26",
            Key::Sm4(_) => "23",
        };
        if !control.starts_with(algorithm) {
            let reason = format!("field 53 begins {algorithm}: a PIN block with the PAN, this host's key");
            return self.wrong(reason);
        }
        let clear = match pik {
            Key::Des(pik) => Ok(PinBlock::decrypt(pik, block)),
            Key::Sm4(pik) => PinBlock::decrypt_sm4(pik, self.sm4_block(block)?),
        };
        Ok(match clear.and_then(|block| block.pin(pan)) {
            Ok(pin) => Pin::Clear(pin),
            Err(error) => Pin::Unreadable(error.to_string()),
        })
    }

    fn no_pin(&self, pik: &Key) -> Result<Pin, Refusal> {
        match pik {
            Key::Sm4(_) if self.message.get(62).is_some() => {
                self.wrong("field 62 is there, field 52 is missing: is there a PIN?")
            }
            _ => Ok(Pin::None),
        }
    }

    /// Field 62 of a transaction with a PIN under an SM4 key; `field52` is what stands in the usual place.
    fn sm4_block(&self, field52: [u8; 8]) -> Result<[u8; 16], Refusal> {
        if field52 != [0; 8] {
            return self.wrong("field 52 is zero bytes where the PIN block is in field 62");
        }
        let field = self.message.get(62).and_then(|value| value.as_bytes());
        match field.and_then(|bytes| <[u8; 16]>::try_from(bytes).ok()) {
            Some(block) => Ok(block),
            None => self.wrong("field 62: expected a PIN block of 16 bytes"),
        }
    }

    /// What a void names: batch, STAN and reference of the sale.
    pub fn original(&self) -> Result<(&'m str, &'m str, &'m str), Refusal> {
        let Some(reference) = self.message.text(37) else {
            return self.wrong("field 37 is missing or no text: which sale is meant?");
        };
        let field = self.message.text(61).filter(|f| f.len() >= 12 && f.bytes().all(|b| b.is_ascii_digit()));
        match field.and_then(|f| Some((f.get(..6)?, f.get(6..12)?))) {
            Some((batch, stan)) => Ok((batch, stan, reference)),
            None => self.wrong("field 61: expected 12 digits or more: batch and STAN of the sale"),
        }
    }

    /// What a reversal names.
    pub fn reversed(&self) -> Result<Reversed, Refusal> {
        let batch = self.batch()?.to_owned();
        let message_type = self.message.text(60).and_then(|f| f.get(..2)).unwrap_or_default();
        let processing = match message_type {
            "22" => "000000",
            "23" => "200000",
            other => {
                let reason =
                    format!("60.1 is {other}: this host reverses sales (22) and their voids (23) only");
                return refuse(&self.codes.unsupported, reason);
            }
        };
        self.must_be(3, processing)?;
        let Some(why @ ("98" | "96" | "A0" | "06")) = self.message.text(39) else {
            return self.wrong("field 39 of a reversal is 98, 96, A0 or 06");
        };
        if let Some(field) = NOT_IN_REVERSALS.into_iter().find(|f| self.message.get(*f).is_some()) {
            return self.wrong(format!("field {field} is not part of a reversal"));
        }
        let (message_type, why) = (message_type.to_owned(), why.to_owned());
        Ok(Reversed { message_type, batch, amount: self.amount()?, why })
    }
}
