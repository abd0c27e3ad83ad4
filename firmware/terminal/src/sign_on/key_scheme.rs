//! Key schemes: which working keys a sign-on brings (INTERFACE.md, sections 6 and 18).
//!
//! The installer's parameter is all that says which scheme it is. A length says nothing: SM4 keys take as many bytes as
//! double-length keys with a track key.

/// Which working keys a sign-on brings. The numbers are what the journal keeps: they stay as they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum KeyScheme {
    /// Single-length PIK and MAK.
    Single = 1,
    /// Double-length PIK, single-length MAK.
    Double = 3,
    /// The same and a double-length TDK.
    #[default]
    DoubleWithTrack = 4,
    /// PIK, MAK and TDK of SM4.
    Sm4 = 5,
    /// The same, asked for with the other network code.
    Sm4By006 = 6,
}

impl KeyScheme {
    pub(crate) const ALL: [Self; 5] =
        [Self::Single, Self::Double, Self::DoubleWithTrack, Self::Sm4, Self::Sm4By006];

    /// The scheme of this name in a record.
    pub(crate) fn named(name: &[u8]) -> Option<Self> {
        Self::ALL.into_iter().find(|scheme| scheme.name().as_bytes() == name)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Single => "single",
            Self::Double => "double",
            Self::DoubleWithTrack => "double-with-track",
            Self::Sm4 => "sm4",
            Self::Sm4By006 => "sm4-006",
        }
    }

    /// The byte that stands for it in the journal.
    pub(crate) fn code(self) -> u8 {
        self as u8
    }

    /// The scheme of a byte in the journal.
    pub(crate) fn of_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|scheme| scheme.code() == code)
    }

    /// Field 60.3 of the request.
    pub(crate) fn network_code(self) -> &'static str {
        match self {
            Self::Single => "001",
            Self::Double => "003",
            Self::DoubleWithTrack => "004",
            Self::Sm4 => "005",
            Self::Sm4By006 => "006",
        }
    }

    /// Bytes of field 62 of the answer.
    pub(crate) fn field_length(self) -> usize {
        match self {
            Self::Single => 24,
            Self::Double => 40,
            Self::DoubleWithTrack | Self::Sm4 | Self::Sm4By006 => 60,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::KeyScheme;

    #[test]
    fn names_and_codes_lead_back_to_their_scheme() {
        for scheme in KeyScheme::ALL {
            assert_eq!(KeyScheme::named(scheme.name().as_bytes()), Some(scheme));
            assert_eq!(KeyScheme::of_code(scheme.code()), Some(scheme));
        }
        assert_eq!(KeyScheme::of_code(2), None);
        assert_eq!(KeyScheme::named(b"Double"), None);
    }
}
