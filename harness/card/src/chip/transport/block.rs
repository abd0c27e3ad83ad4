//! Blocks of T=1 (ISO/IEC 7816-3, 11.3).

use std::fmt;

use zeroize::Zeroize;

/// A block: NAD, PCB, LEN, INF, and an LRC as EDC. It does not print what it carries.
#[derive(Clone, PartialEq, Eq)]
pub(in crate::chip) struct Block {
    pub(in crate::chip) nad: u8,
    pub(in crate::chip) pcb: u8,
    pub(in crate::chip) inf: Vec<u8>,
}

/// What a PCB says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::chip) enum Kind {
    /// I(N(S)), and whether more of the chain follows.
    Information {
        sequence: bool,
        more: bool,
    },
    /// R(N(R)), and why the block is wanted again: 0 it is not, 1 EDC or parity, 2 another error.
    Receive {
        sequence: bool,
        error: u8,
    },
    Request(Supervisory),
    Response(Supervisory),
    /// None of these.
    Unknown,
}

/// What an S-block is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::chip) enum Supervisory {
    Resynch,
    Ifs,
    Abort,
    Wtx,
}

impl Supervisory {
    pub(super) const fn code(self) -> u8 {
        match self {
            Self::Resynch => 0,
            Self::Ifs => 1,
            Self::Abort => 2,
            Self::Wtx => 3,
        }
    }

    /// How long the field of such a block is.
    pub(super) const fn length(self) -> usize {
        match self {
            Self::Resynch | Self::Abort => 0,
            Self::Ifs | Self::Wtx => 1,
        }
    }
}

impl Kind {
    pub(in crate::chip) const fn of(pcb: u8) -> Self {
        if pcb & 0x80 == 0 {
            if pcb & 0x1F != 0 {
                return Self::Unknown;
            }
            return Self::Information { sequence: pcb & 0x40 != 0, more: pcb & 0x20 != 0 };
        }
        if pcb & 0x40 == 0 {
            if pcb & 0x2C != 0 {
                return Self::Unknown;
            }
            return Self::Receive { sequence: pcb & 0x10 != 0, error: pcb & 0x03 };
        }
        let what = match pcb & 0x1F {
            0 => Supervisory::Resynch,
            1 => Supervisory::Ifs,
            2 => Supervisory::Abort,
            3 => Supervisory::Wtx,
            _ => return Self::Unknown,
        };
        if pcb & 0x20 == 0 { Self::Request(what) } else { Self::Response(what) }
    }

    pub(super) const fn pcb(self) -> u8 {
        match self {
            Self::Information { sequence, more } => (sequence as u8) << 6 | (more as u8) << 5,
            Self::Receive { sequence, error } => 0x80 | (sequence as u8) << 4 | error,
            Self::Request(what) => 0xC0 | what.code(),
            Self::Response(what) => 0xE0 | what.code(),
            Self::Unknown => 0xFF,
        }
    }
}

impl Block {
    pub(super) fn new(kind: Kind, inf: &[u8]) -> Self {
        Self { nad: 0, pcb: kind.pcb(), inf: inf.to_vec() }
    }

    pub(in crate::chip) const fn kind(&self) -> Kind {
        Kind::of(self.pcb)
    }

    /// Its characters. A field longer than 254 is cut.
    pub(super) fn characters(&self) -> Vec<u8> {
        let inf = self.inf.get(..254).unwrap_or(&self.inf);
        let mut characters = vec![self.nad, self.pcb, inf.len() as u8];
        characters.extend(inf);
        characters.push(characters.iter().fold(0, |sum, byte| sum ^ byte));
        characters
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        self.inf.zeroize();
    }
}

/// `I(0), more, 32 bytes`.
impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |what: &Supervisory| match what {
            Supervisory::Resynch => "RESYNCH",
            Supervisory::Ifs => "IFS",
            Supervisory::Abort => "ABORT",
            Supervisory::Wtx => "WTX",
        };
        match self {
            Self::Information { sequence, more } => {
                write!(f, "I({}){}", u8::from(*sequence), if *more { ", more" } else { "" })
            }
            Self::Receive { sequence, error } => {
                let why = [", go on", ", EDC or parity error", ", other error", ", error 3"];
                let why = why.get(usize::from(*error)).copied().unwrap_or_default();
                write!(f, "R({}){why}", u8::from(*sequence))
            }
            Self::Request(what) => write!(f, "S({} request)", name(what)),
            Self::Response(what) => write!(f, "S({} response)", name(what)),
            Self::Unknown => f.write_str("a block of an unknown kind"),
        }
    }
}
