//! How long a card may take (INTERFACE.md, section 9).

use embassy_time::{Duration, Instant};

/// What a limit has more than the standard's, for line and board.
const LINE: Duration = Duration::from_millis(50);

/// The first character of an answer to reset: 42,000 clocks of 3.72 MHz.
pub(super) const FIRST: Duration = etus(113, 1);
/// Each later one.
pub(super) const NEXT: Duration = etus(10_080, 1);
/// All of them, from the first one on.
pub(super) const ALL: Duration = etus(20_160, 1);
/// The answer to a PPS.
pub(super) const PPS: Duration = etus(9_600, 1);
/// How long a card may ask for more time and do nothing else.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// So many etu with the divider D, and the line's time.
pub(super) const fn etus(count: u64, divider: u8) -> Duration {
    let divider = if divider == 0 { 1 } else { divider as u64 };
    Duration::from_micros(LINE.as_micros() + count * 100 / divider)
}

/// WWT of T=0: 960 * WI * D etu, and 480 * D etu more. D makes them as much longer as it makes the etu shorter.
pub(super) const fn wwt(wi: u8) -> Duration {
    etus(960 * wi as u64 + 480, 1)
}

/// BWT of T=1: 2^BWI * 960 etu of D = 1, and 11 etu; and 960 * D etu more.
pub(super) const fn bwt(bwi: u8, divider: u8) -> Duration {
    let fixed = etus((960 << bwi) + 960, 1).as_micros();
    Duration::from_micros(fixed + etus(11, divider).as_micros() - LINE.as_micros())
}

/// CWT of T=1: 2^CWI + 11 etu, and 4 etu more.
pub(super) const fn cwt(cwi: u8, divider: u8) -> Duration {
    etus((1 << cwi) + 15, divider)
}

/// So long from now on.
pub(super) fn within(limit: Duration) -> Instant {
    Instant::now().saturating_add(limit)
}

#[cfg(test)]
mod tests {
    use super::{bwt, cwt, etus, wwt};

    #[test]
    fn as_the_standard_computes_them() {
        let micros = |limit: embassy_time::Duration| limit.as_micros() - 50_000;
        assert_eq!(micros(wwt(10)), 1_008_000);
        assert_eq!(micros(wwt(255)), 24_528_000);
        assert_eq!(micros(bwt(4, 1)), 1_633_100);
        assert_eq!(micros(bwt(0, 4)), 192_275);
        assert_eq!(micros(cwt(5, 1)), 4_700);
        assert_eq!(micros(cwt(13, 2)), 410_350);
        assert_eq!(micros(etus(9_600, 1)), 960_000);
    }
}
