//! STANs and batch numbers as their fields carry them.

use core::fmt::Write;

use heapless::String;

/// A number below a million as six digits.
pub(crate) fn six_digits(number: u32) -> String<6> {
    let mut digits = String::new();
    let _ = write!(digits, "{:06}", number % 1_000_000);
    digits
}
