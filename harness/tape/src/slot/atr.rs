//! How long an answer to reset and a PPS are, and which protocol they choose.

/// An answer to reset has no more characters (ISO/IEC 7816-3, 8.2.1).
const LONGEST: usize = 33;

/// An interface character: its letter and number, and its value.
type Interface = ((char, u8), u8);

/// The answer to reset as far as it has come.
#[derive(Default)]
pub(crate) struct Atr {
    come: Vec<u8>,
}

impl Atr {
    /// Takes a character's value; the protocol, once the answer is whole.
    pub(crate) fn push(&mut self, value: u8) -> Option<u8> {
        self.come.push(value);
        let protocol = self.protocol();
        let whole = self.length().is_some_and(|length| self.come.len() >= length);
        (whole || self.come.len() >= LONGEST).then_some(protocol)
    }

    /// The protocol, as far as it is told.
    pub(crate) fn protocol(&self) -> u8 {
        let (interface, _) = self.interface();
        let specific = interface.iter().find(|(name, _)| *name == ('A', 2)).map(|(_, value)| value & 0x0F);
        let first = interface.iter().find(|(name, _)| *name == ('D', 1)).map(|(_, value)| value & 0x0F);
        specific.or(first).unwrap_or(0)
    }

    /// Its length, once its interface characters have come.
    fn length(&self) -> Option<usize> {
        let historical = usize::from(self.come.get(1)? & 0x0F);
        let (interface, whole) = self.interface();
        let checked = interface.iter().any(|((letter, _), value)| *letter == 'D' && value & 0x0F != 0);
        whole.then_some(2 + interface.len() + historical + usize::from(checked))
    }

    /// The interface characters that have come, each with its letter and number, and whether these are all.
    fn interface(&self) -> (Vec<Interface>, bool) {
        let mut all = Vec::new();
        let Some(mut announced) = self.come.get(1).copied() else { return (all, false) };
        for number in 1_u8.. {
            let mut next = None;
            for (letter, bit) in [('A', 0x10), ('B', 0x20), ('C', 0x40), ('D', 0x80)] {
                if announced & bit == 0 {
                    continue;
                }
                let Some(value) = self.come.get(2 + all.len()).copied() else { return (all, false) };
                all.push(((letter, number), value));
                next = (letter == 'D').then_some(value);
            }
            match next {
                Some(value) => announced = value,
                None => break,
            }
        }
        (all, true)
    }
}

/// A PPS request or response (ISO/IEC 7816-3, 9.2), the first character included.
#[derive(Default)]
pub(crate) struct Pps {
    come: Vec<u8>,
}

impl Pps {
    /// What it begins with.
    pub(crate) const BEGINNING: u8 = 0xFF;

    /// Takes a character's value; the protocol, once it is whole.
    pub(crate) fn push(&mut self, value: u8) -> Option<u8> {
        self.come.push(value);
        let format = *self.come.get(1)?;
        let length = 3 + (format & 0x70).count_ones() as usize;
        (self.come.len() >= length).then_some(format & 0x0F)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::bare(&[0x3B, 0x00], 0)]
    #[case::t0_with_history(&[0x3B, 0x68, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8], 0)]
    #[case::t1(&[0x3B, 0xE0, 0, 0, 0x81, 0x31, 0xFE, 0x45, 0x00], 1)]
    #[case::specific(&[0x3B, 0x90, 0x11, 0x91, 0x81, 0x31, 0xFE, 0x45, 0x00], 1)]
    fn an_answer_ends_where_its_characters_say(#[case] answer: &[u8], #[case] protocol: u8) {
        let mut atr = Atr::default();
        let ends: Vec<_> = answer.iter().map(|value| atr.push(*value)).collect();
        let (last, before) = ends.split_last().unwrap();
        assert_eq!(*last, Some(protocol));
        assert!(before.iter().all(Option::is_none), "{ends:?}");
    }

    #[test]
    fn a_pps_ends_where_its_format_says() {
        let mut pps = Pps::default();
        let ends: Vec<_> = [0xFF, 0x11, 0x13, 0xFD].map(|value| pps.push(value)).to_vec();
        assert_eq!(ends, [None, None, None, Some(1)]);
    }
}
