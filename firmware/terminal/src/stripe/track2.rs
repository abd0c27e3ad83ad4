//! Track 2 of a financial card (ISO/IEC 7813): card number, separator, expiry, service code, discretionary data.

use heapless::Vec;

use super::characters;
use super::f2f::PACES;
use super::flux::View;
use crate::batch::card_seal::Card;
use crate::money::card_number::CardNumber;

/// Characters between the sentinels, at most.
pub(crate) const LONGEST: usize = 37;
/// Digits of the expiry date.
const EXPIRY: usize = 4;
/// Digits of the service code.
const SERVICE_CODE: usize = 3;

/// What stands between the sentinels, `D` for the separator; it is erased when dropped.
#[derive(Default)]
pub(crate) struct Track2(Vec<u8, LONGEST>);

impl Track2 {
    /// Reads it from flux transitions, in either order and at every pace. What is read twice must be the same: else
    /// nothing is proven.
    pub(crate) fn read(&mut self, intervals: &[u16]) {
        let mut again = Self::default();
        for (flux, pace) in View::both(intervals).into_iter().flat_map(|flux| PACES.map(|pace| (flux, pace)))
        {
            let place = if self.0.is_empty() { &mut *self } else { &mut again };
            characters::read(flux, pace, &mut place.0);
            if place.parts().is_none() {
                place.wipe();
            }
            if !again.0.is_empty() && again.0 != self.0 {
                return self.wipe();
            }
        }
    }

    /// The card, and whether it has a chip; `None` where nothing was read.
    pub(crate) fn card(&self) -> Option<(Card, bool)> {
        let (number, expiry, service_code) = self.parts()?;
        Some((Card { number, expiry }, matches!(service_code, [b'2' | b'6', ..])))
    }

    /// Card number, expiry and service code, each of which is as the standard has it.
    fn parts(&self) -> Option<(CardNumber, [u8; EXPIRY], [u8; SERVICE_CODE])> {
        let separator = self.0.iter().position(|character| *character == b'D')?;
        let (number, rest) = self.0.split_at_checked(separator)?;
        let rest = rest.get(1..)?;
        let (expiry, after) = rest.split_first_chunk()?;
        let service_code = after.first_chunk()?;
        let [_, _, m1, m2] = expiry;
        let month = (m1 & 0x0F) * 10 + (m2 & 0x0F);
        if !rest.iter().all(u8::is_ascii_digit) || !(1..=12).contains(&month) {
            return None;
        }
        Some((CardNumber::new(core::str::from_utf8(number).ok()?)?, *expiry, *service_code))
    }

    /// Field 35 in clear; empty where nothing was read.
    pub(crate) fn characters(&self) -> &[u8] {
        &self.0
    }

    /// Erases it.
    pub(crate) fn wipe(&mut self) {
        characters::wipe(&mut self.0);
    }
}

impl Drop for Track2 {
    fn drop(&mut self) {
        self.wipe();
    }
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, Track2};
    use heapless::Vec;
    use rstest::rstest;

    fn track(text: &str) -> Track2 {
        Track2(Vec::<u8, LONGEST>::from_slice(text.as_bytes()).unwrap())
    }

    #[rstest]
    #[case::longest("6212340000000000012D30121010000000000", true)]
    #[case::no_discretionary("4012345678909D3012101", true)]
    #[case::no_service_code("4012345678909D301210", false)]
    #[case::no_separator("62123456789012323012101123", false)]
    #[case::two_separators("6212345678901232D3012101D23", false)]
    #[case::check_digit("6212345678901233D3012101123", false)]
    #[case::no_month("6212345678901232D3000101123", false)]
    #[case::month_13("6212345678901232D3013101123", false)]
    #[case::short_number("621234567894D3012101123", false)]
    #[case::no_expiry("6212345678901232DD101123", false)]
    #[case::nothing("", false)]
    fn the_structure_is_the_standard_s(#[case] text: &str, #[case] is_right: bool) {
        assert_eq!(track(text).card().is_some(), is_right);
    }

    #[test]
    fn a_service_code_tells_of_a_chip() {
        for (code, has_chip) in [("101", false), ("201", true), ("520", false), ("620", true), ("220", true)]
        {
            let (card, chip) = track(&std::format!("6212345678901232D3012{code}9")).card().unwrap();
            assert_eq!((card.number.digits(), card.expiry, chip), ("6212345678901232", *b"3012", has_chip));
        }
    }
}
