//! Whose card it is.

use std::fmt;

use schemars::JsonSchema;
use serde::Deserialize;
use zeroize::Zeroizing;

/// Card number and what goes with it: a test card's, which was never issued. It prints none of them.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Account {
    /// 13 to 19 digits: 5A.
    pan: Digits<13, 19>,
    /// YYMM: 5F24 is its last day.
    expiry: Digits<4, 4>,
    /// Two digits: 5F34; without it the card has none.
    sequence: Option<Digits<2, 2>>,
    /// Three digits: 5F30, and in 57.
    service_code: Digits<3, 3>,
    /// What follows in 57.
    discretionary: Digits<0, 20>,
    /// Name of the holder: 5F20.
    #[serde(default = "nobody")]
    pub holder: String,
    /// 4 to 12 digits.
    pin: Digits<4, 12>,
}

fn nobody() -> String {
    "TEST/CARDHOLDER".into()
}

impl Account {
    /// The card number.
    #[must_use]
    pub fn pan(&self) -> &str {
        &self.pan.0
    }

    /// YYMM.
    #[must_use]
    pub fn expiry(&self) -> &str {
        &self.expiry.0
    }

    /// Two digits, where the card has a sequence number.
    #[must_use]
    pub fn sequence(&self) -> Option<&str> {
        self.sequence.as_ref().map(|digits| digits.0.as_str())
    }

    /// Three digits.
    #[must_use]
    pub fn service_code(&self) -> &str {
        &self.service_code.0
    }

    /// The PIN that the card is issued with.
    #[must_use]
    pub fn pin(&self) -> &str {
        &self.pin.0
    }

    /// Track 2 equivalent data, with `D` for the separator, not filled up.
    #[must_use]
    pub fn track_2(&self) -> Zeroizing<String> {
        let (pan, expiry, service, rest) =
            (self.pan(), self.expiry(), self.service_code(), self.discretionary.0.as_str());
        Zeroizing::new(format!("{pan}D{expiry}{service}{rest}"))
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an account of {} digits", self.pan().len())
    }
}

/// From `MIN` to `MAX` decimal digits; erased when dropped, never printed.
#[derive(Clone, JsonSchema)]
#[schemars(transparent)]
struct Digits<const MIN: usize, const MAX: usize>(#[schemars(with = "String")] Zeroizing<String>);

impl<'de, const MIN: usize, const MAX: usize> Deserialize<'de> for Digits<MIN, MAX> {
    fn deserialize<D: serde::Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let text = Zeroizing::new(String::deserialize(input)?);
        if (MIN..=MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(Self(text));
        }
        let many = if MIN == MAX { format!("{MIN}") } else { format!("{MIN} to {MAX}") };
        Err(serde::de::Error::custom(format!("expected {many} digits")))
    }
}
