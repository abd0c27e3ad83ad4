//! What is written on a card's stripe.

use std::fmt;

use zeroize::Zeroizing;

use super::{StripeError, Track};

/// Track 1, where a card has no name of its own.
const NAME: &str = "TEST/CARDHOLDER";
/// Currency and country of track 3: China, yuan.
const YUAN: &str = "156";

/// A card's data from which its tracks are made. It prints none of them.
#[derive(Clone, PartialEq, Eq)]
pub struct StripeCard {
    pan: Zeroizing<String>,
    expiry: String,
    service_code: String,
    discretionary: Zeroizing<String>,
}

impl StripeCard {
    /// A card of this number (12 to 19 digits), expiry date (YYMM), service code (3 digits) and discretionary data (digits; as many as track 2
    /// has room for, 13 behind a number of 16).
    ///
    /// # Errors
    /// [`StripeError::Data`], or data that are too long for a track.
    pub fn new(
        pan: &str,
        expiry: &str,
        service_code: &str,
        discretionary: &str,
    ) -> Result<Self, StripeError> {
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let must = |holds: bool, part, expected| {
            if holds { Ok(()) } else { Err(StripeError::Data { part, expected }) }
        };
        must(digits(pan) && (12..=19).contains(&pan.len()), "pan", "12 to 19 digits")?;
        must(digits(expiry) && expiry.len() == 4, "expiry", "4 digits, YYMM")?;
        must(digits(service_code) && service_code.len() == 3, "service-code", "3 digits")?;
        must(digits(discretionary), "discretionary", "digits")?;
        let card = Self {
            pan: Zeroizing::new(pan.to_owned()),
            expiry: expiry.to_owned(),
            service_code: service_code.to_owned(),
            discretionary: Zeroizing::new(discretionary.to_owned()),
        };
        Track::ALL.into_iter().try_for_each(|track| card.fits(track))?;
        Ok(card)
    }

    fn fits(&self, track: Track) -> Result<(), StripeError> {
        /// Both sentinels and the LRC.
        const FRAME: usize = 3;
        let given = self.data(track).len() + FRAME;
        let most = track.longest();
        if given <= most { Ok(()) } else { Err(StripeError::TooLong { track, most, given }) }
    }

    /// A track's data without sentinels and LRC: ISO/IEC 7813 format B on track 1, its track 2, and ISO/IEC 4909 on track 3. The separator is
    /// `^` on track 1, `=` on the others.
    #[must_use]
    pub fn data(&self, track: Track) -> Zeroizing<String> {
        let Self { pan, expiry, service_code, discretionary } = self;
        let (pan, discretionary) = (pan.as_str(), discretionary.as_str());
        Zeroizing::new(match track {
            Track::One => format!("B{pan}^{NAME}^{expiry}{service_code}{discretionary}"),
            Track::Two => format!("{pan}={expiry}{service_code}{discretionary}"),
            Track::Three => self.third(),
        })
    }

    /// Format code 01, the number, country, currency and its exponent; amounts, cycle and retries that nobody uses any more; expiry; the
    /// fields that are left out as separators; discretionary data.
    fn third(&self) -> String {
        /// Currency exponent, amount authorised, amount remaining, cycle begin, cycle length, retry count.
        const CYCLE: &str = "2000000000000003";
        /// Interchange control, type of account and service restriction, of the PAN and of two subsidiary accounts.
        const ACCOUNTS: &str = "1000000";
        let Self { pan, expiry, discretionary, .. } = self;
        let (pan, discretionary) = (pan.as_str(), discretionary.as_str());
        // PIN parameters, card security number, two subsidiary numbers and check digits are left out.
        format!("01{pan}={YUAN}{YUAN}{CYCLE}={ACCOUNTS}{expiry}1===0={discretionary}")
    }
}

impl fmt::Debug for StripeCard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a stripe of {} digits of a card number and what goes with it", self.pan.len())
    }
}
