//! A card that was swiped: the tracks of fields 35 and 36, opened with the TDK that the host issued.

use payrig_keys::{WorkingKeys, decrypt_track};
use zeroize::Zeroizing;

use crate::asked::Asked;
use crate::chip::FallbackRule;
use crate::judge::{Refusal, refuse};
use crate::ledger::Presented;
use crate::profile::month_holds;

/// The separator of a track's parts.
const SEPARATOR: char = 'D';

impl Asked<'_> {
    /// Whether field 22 says that the stripe was read.
    pub(crate) fn is_swiped(&self) -> bool {
        self.message.text(22).is_some_and(|entry| entry.starts_with("02"))
    }

    /// Whether field 60.5 says that the chip of the card failed.
    pub(crate) fn chip_failed(&self) -> bool {
        self.message.text(60).and_then(|field| field.get(12..13)) == Some("2")
    }

    /// The card whose stripe was read. One whose service code tells of a chip is served where the chip failed, if at all.
    pub(crate) fn swiped(&self, keys: &WorkingKeys) -> Result<Presented, Refusal> {
        let presented = self.of_track2(keys)?;
        let behind = presented.track2.as_ref().and_then(|track| track.split_once(SEPARATOR));
        let has_chip = behind.is_some_and(|(_, rest)| matches!(rest.get(4..5), Some("2" | "6")));
        match (has_chip, self.chip_failed()) {
            (true, false) => refuse(
                &self.money.fallback,
                "the stripe of a card with a chip, and 60.5 does not say that it failed",
            ),
            (true, true) if self.chip.fallback == FallbackRule::Refuse => {
                refuse(&self.money.fallback, "a fallback to the stripe: this host refuses it")
            }
            (false, true) => {
                self.wrong("60.5 says that the chip failed, the service code says that there is none")
            }
            _ => Ok(presented),
        }
    }

    /// The card of track 2, the stripe's or the chip's. Fields 2 and 14 may repeat what it says, and nothing else.
    pub(crate) fn of_track2(&self, keys: &WorkingKeys) -> Result<Presented, Refusal> {
        let Some(track2) = self.track(35, keys)? else {
            let read = if self.is_chip() { "chip" } else { "stripe" };
            return self.wrong(format!("field 22 says that the {read} was read, field 35 is missing"));
        };
        let parts = track2.split_once(SEPARATOR);
        let Some((pan, expiry)) = parts.and_then(|(pan, rest)| Some((pan, rest.get(..4)?))) else {
            return self.wrong("field 35: expected a card number, D and an expiry date");
        };
        if !month_holds(expiry) {
            return self.wrong("field 35: expected YYMM behind the separator");
        }
        let (pan, expiry) = (self.pan(pan)?, expiry.to_owned());
        for (field, said) in [(2, &pan), (14, &expiry)] {
            if self.message.text(field).is_some_and(|known| known != said) {
                return self.wrong(format!("field {field} is not what field 35 says"));
            }
        }
        if let Some(track3) = self.track(36, keys)?
            && track3.get(2..).and_then(|rest| rest.split_once(SEPARATOR)).map(|(number, _)| number)
                != Some(&pan)
        {
            return self.wrong("field 36: expected a format code and the card number of field 35");
        }
        let pin = self.pin(&keys.pik, &pan)?;
        Ok(Presented { pin, expiry: Some(expiry), pan, track2: Some(track2), chip: None })
    }

    /// A track in clear: under the TDK, where there is one.
    fn track(&self, field: u8, keys: &WorkingKeys) -> Result<Option<Zeroizing<String>>, Refusal> {
        let Some(value) = self.message.get(field) else { return Ok(None) };
        let Some(sent) = value.as_str() else { return self.wrong(format!("field {field}: expected digits")) };
        let encrypted = match self.message.get(53) {
            None => false,
            Some(_) => self.digits(53, 16)?.as_bytes().get(2) == Some(&b'1'),
        };
        let clear = match (&keys.tdk, encrypted) {
            (None, false) => Zeroizing::new(sent.to_owned()),
            (None, true) => return self.wrong("field 53 says that tracks are encrypted, there is no TDK"),
            (Some(_), false) => {
                return self.wrong("field 53 does not say that tracks are encrypted, the terminal has a TDK");
            }
            (Some(tdk), true) => match decrypt_track(tdk, sent) {
                Ok(clear) => unfilled(&clear),
                Err(error) => return self.wrong(format!("field {field}: {error}")),
            },
        };
        if !clear.chars().all(|c| c.is_ascii_digit() || c == SEPARATOR) {
            return self.wrong(format!("field {field} does not decrypt under the TDK in force to a track"));
        }
        Ok(Some(clear))
    }
}

/// The track without the `F`s that filled its block up: they stand before its last digit (odd length) or its last two.
fn unfilled(track: &str) -> Zeroizing<String> {
    let kept = if track.len().is_multiple_of(2) { 2 } else { 1 };
    let (front, tail) = track.split_at_checked(track.len().saturating_sub(kept)).unwrap_or((track, ""));
    Zeroizing::new(format!("{}{tail}", front.trim_end_matches('F')))
}
