//! The answer to reset (ISO/IEC 7816-3, 8.2; INTERFACE.md, section 9).

/// Characters of an answer to reset at most: TS and 32 more.
pub(super) const ATR: usize = 33;
/// The parameters of a card that says nothing of them: F 372, D 1.
const DEFAULT_TA1: u8 = 0x11;
const DEFAULT_WI: u8 = 10;
const DEFAULT_IFSC: u8 = 32;
/// BWI 4, CWI 13.
const DEFAULT_WAITING: u8 = 0x4D;

/// What an answer to reset says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Atr {
    pub(super) protocol: Protocol,
    ta1: u8,
    /// Whether TA2 fixes protocol and parameters.
    is_specific: bool,
}

/// The protocol, and what the card says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    T0 { wi: u8 },
    T1 { ifsc: u8, bwi: u8, cwi: u8 },
}

/// An answer that cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unusable;

impl Protocol {
    /// T.
    pub(super) fn number(self) -> u8 {
        match self {
            Self::T0 { .. } => 0,
            Self::T1 { .. } => 1,
        }
    }
}

impl Atr {
    /// The divider D that is in force at once.
    pub(super) fn divider(&self) -> u8 {
        match self.is_specific {
            true => divider(self.ta1).unwrap_or(1),
            false => 1,
        }
    }

    /// TA1 and its D, where they are to be asked for by a PPS.
    pub(super) fn offer(&self) -> Option<(u8, u8)> {
        let offered = divider(self.ta1).filter(|divider| *divider > 1 && !self.is_specific)?;
        Some((self.ta1, offered))
    }
}

/// D of a TA1 whose F is 372 and whose D this terminal has.
fn divider(ta1: u8) -> Option<u8> {
    match ta1 {
        0x11 => Some(1),
        0x12 => Some(2),
        0x13 => Some(4),
        _ => None,
    }
}

/// The interface bytes that matter.
#[derive(Default)]
struct Interface {
    ta1: Option<u8>,
    ta2: Option<u8>,
    tc2: Option<u8>,
    /// The first TA, TB and TC behind a TD of T=1, from the third group on.
    of_t1: [Option<u8>; 3],
    /// T of TD1.
    protocol: Option<u8>,
    /// Whether a TD names anything but T=0.
    has_check: bool,
}

impl Interface {
    /// Takes a group: TA, TB, TC, with the T that the TD before it names.
    fn take(&mut self, number: u8, of: Option<u8>, bytes: [Option<u8>; 3]) {
        let [ta, _, tc] = bytes;
        match number {
            1 => self.ta1 = ta,
            2 => (self.ta2, self.tc2) = (ta, tc),
            _ if of == Some(1) => {
                for (known, byte) in self.of_t1.iter_mut().zip(bytes) {
                    *known = known.or(byte);
                }
            }
            _ => {}
        }
    }
}

/// Reads the characters of an answer to reset, TS being 3B or 3F. `None` while there are more to come.
pub(super) fn read(characters: &[u8]) -> Option<Result<Atr, Unusable>> {
    let mut rest = characters.iter().copied();
    if !matches!(rest.next()?, 0x3B | 0x3F) {
        return Some(Err(Unusable));
    }
    let t0 = rest.next()?;
    let mut interface = Interface::default();
    let (mut present, mut of) = (t0 >> 4, None);
    for number in 1.. {
        let mut bytes = [None; 4];
        for (place, byte) in bytes.iter_mut().enumerate() {
            if present >> place & 1 == 1 {
                *byte = Some(rest.next()?);
            }
        }
        let [ta, tb, tc, td] = bytes;
        interface.take(number, of, [ta, tb, tc]);
        let Some(td) = td else { break };
        of = Some(td & 0x0F);
        interface.protocol = interface.protocol.or(of);
        interface.has_check |= of != Some(0);
        present = td >> 4;
    }
    for _ in 0..t0 & 0x0F {
        rest.next()?;
    }
    if interface.has_check {
        rest.next()?;
        if characters.iter().skip(1).fold(0, |sum, byte| sum ^ byte) != 0 {
            return Some(Err(Unusable));
        }
    }
    Some(usable(&interface).ok_or(Unusable))
}

fn usable(interface: &Interface) -> Option<Atr> {
    let [ta3, tb3, tc3] = interface.of_t1;
    let protocol = match interface.protocol.unwrap_or(0) {
        0 => Protocol::T0 { wi: Some(interface.tc2.unwrap_or(DEFAULT_WI)).filter(|wi| *wi != 0)? },
        // Bit 1 of TC3 asks for a CRC.
        1 if tc3.unwrap_or(0) & 1 == 0 => {
            let waiting = tb3.unwrap_or(DEFAULT_WAITING);
            Protocol::T1 {
                ifsc: Some(ta3.unwrap_or(DEFAULT_IFSC)).filter(|ifsc| !matches!(ifsc, 0 | 255))?,
                bwi: Some(waiting >> 4).filter(|bwi| *bwi <= 9)?,
                cwi: waiting & 0x0F,
            }
        }
        _ => return None,
    };
    let ta1 = interface.ta1.unwrap_or(DEFAULT_TA1);
    if let Some(ta2) = interface.ta2 {
        // Bit 5 of TA2: the parameters are not those of TA1, but the card's own.
        let is_ours = ta2 & 0x0F == protocol.number() && ta2 & 0x10 == 0;
        divider(ta1).filter(|_| is_ours)?;
    }
    Some(Atr { protocol, ta1, is_specific: interface.ta2.is_some() })
}
