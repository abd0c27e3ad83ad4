//! The notation of a field's format: `n6`, `n..19`, `z..37`, `ans15`, `b64`.

/// What a field's value is made of (ISO 8583:1987, 4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `n`: decimal digits, packed two to a byte.
    Digits,
    /// `z`: track digits, packed two to a byte; the separator is `D`, and an encrypted track holds any hex digit.
    Track,
    /// `an`: letters, digits and spaces, a byte each.
    Alphanumeric,
    /// `ans`: any printable ASCII character, a byte each.
    Printable,
    /// `b`: bytes.
    Binary,
}

/// How much of it there is: digits, characters or bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// Always so many.
    Fixed(usize),
    /// At most so many, with the number in front.
    Variable {
        /// The most.
        max: usize,
        /// Digits of the number in front: 2 (LL, one byte) or 3 (LLL, two bytes).
        length_digits: u8,
    },
}

impl Kind {
    /// Two digits share a byte.
    #[must_use]
    pub const fn is_packed(self) -> bool {
        matches!(self, Self::Digits | Self::Track)
    }

    /// Bytes that `units` digits, characters or bytes take.
    #[must_use]
    pub const fn bytes_for(self, units: usize) -> usize {
        if self.is_packed() { units.div_ceil(2) } else { units }
    }

    /// The word for `units` of it in a sentence.
    #[must_use]
    pub const fn unit(self) -> &'static str {
        match self {
            Self::Digits | Self::Track => "digits",
            Self::Alphanumeric | Self::Printable => "characters",
            Self::Binary => "bytes",
        }
    }
}

/// A parsed format: the kind, the number, and whether `..` stood between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Format {
    pub kind: Kind,
    pub number: usize,
    pub variable: bool,
}

/// Reads a format; the error is a sentence.
pub(crate) fn parse(text: &str) -> Result<Format, String> {
    let letters = text.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (kind, rest) = text.split_at(letters);
    let kind = kind_of(kind)?;
    let (variable, number) = match rest.strip_prefix("..") {
        Some(number) => (true, number),
        None => (false, rest),
    };
    let number: usize = number
        .parse()
        .ok()
        .filter(|n| (1..=999).contains(n))
        .ok_or_else(|| format!("format `{text}`: expected a number from 1 to 999 after the letters"))?;
    if kind == Kind::Binary && !variable {
        if !number.is_multiple_of(8) {
            return Err(format!("format `{text}`: a fixed b counts bits, so expected a multiple of 8"));
        }
        return Ok(Format { kind, number: number / 8, variable });
    }
    Ok(Format { kind, number, variable })
}

fn kind_of(letters: &str) -> Result<Kind, String> {
    match letters {
        "n" => Ok(Kind::Digits),
        "z" => Ok(Kind::Track),
        "an" => Ok(Kind::Alphanumeric),
        "ans" => Ok(Kind::Printable),
        "b" => Ok(Kind::Binary),
        _ => {
            let near = payrig_fixture::nearest(letters, &["n", "an", "ans", "z", "b"]);
            let hint = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
            Err(format!("unknown format type `{letters}`: expected n, an, ans, z or b{hint}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fixed_binary_counts_bits_and_variable_binary_counts_bytes() {
        assert_eq!(parse("b64"), Ok(Format { kind: Kind::Binary, number: 8, variable: false }));
        assert_eq!(parse("b..255"), Ok(Format { kind: Kind::Binary, number: 255, variable: true }));
    }

    #[test]
    fn nonsense_formats_are_refused_in_words() {
        for (text, word) in
            [("q6", "unknown format type"), ("n", "1 to 999"), ("n0", "1 to 999"), ("b63", "bits")]
        {
            assert!(parse(text).unwrap_err().contains(word), "{text}");
        }
    }
}
