//! The ways to the host (INTERFACE.md, sections 7, 14 and 15).

/// A way to the host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Access {
    /// A SIMCom SIM800 module.
    #[default]
    Sim800,
    /// A Quectel EC20 module.
    Ec20,
    /// A line modem that dials an access controller.
    Line,
}

impl Access {
    /// What the journal keeps of it.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Sim800 => 0,
            Self::Ec20 => 1,
            Self::Line => 2,
        }
    }

    /// The way of a code.
    pub(crate) const fn of_code(code: u8) -> Option<Self> {
        match code {
            0 => Some(Self::Sim800),
            1 => Some(Self::Ec20),
            2 => Some(Self::Line),
            _ => None,
        }
    }
}
