//! Track 3 of a financial card (ISO/IEC 4909): format code, card number, separator, and what the issuer keeps there.

use heapless::Vec;

use super::characters;
use super::f2f::PACES;
use super::flux::View;

/// Characters between the sentinels, at most.
const LONGEST: usize = 104;
/// Digits of the format code.
const FORMAT_CODE: usize = 2;

/// What stands between the sentinels, `D` for each separator; it is erased when dropped.
#[derive(Default)]
pub(crate) struct Track3(Vec<u8, LONGEST>);

impl Track3 {
    /// Reads the track of a card with this number from flux transitions, in whichever order.
    pub(crate) fn read(&mut self, intervals: &[u16], number: &[u8]) {
        for (flux, pace) in View::both(intervals).into_iter().flat_map(|flux| PACES.map(|pace| (flux, pace)))
        {
            characters::read(flux, pace, &mut self.0);
            if self.is_of(number) {
                return;
            }
        }
        self.wipe();
    }

    /// Whether the card number behind the format code is this one.
    fn is_of(&self, number: &[u8]) -> bool {
        let Some((format_code, rest)) = self.0.split_first_chunk::<FORMAT_CODE>() else { return false };
        let separated = rest.strip_prefix(number).is_some_and(|rest| rest.starts_with(b"D"));
        separated && format_code.iter().all(u8::is_ascii_digit)
    }

    /// Field 36 in clear; empty where nothing was read.
    pub(crate) fn characters(&self) -> &[u8] {
        &self.0
    }

    /// Erases it.
    pub(crate) fn wipe(&mut self) {
        characters::wipe(&mut self.0);
    }
}

impl Drop for Track3 {
    fn drop(&mut self) {
        self.wipe();
    }
}
