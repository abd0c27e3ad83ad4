//! What of a PAN or a track may be shown (PCI DSS 3.4.1: at most the first six and the last four digits).

use crate::schema::Secret;

/// `digits` with `*` in place of what must not be shown.
#[must_use]
pub fn masked(secret: Secret, digits: &str) -> String {
    match secret {
        Secret::Pan => masked_pan(digits),
        Secret::Track => match digits.split_once('D') {
            Some((pan, rest)) => format!("{}D{}", masked_pan(pan), "*".repeat(rest.len())),
            None => "*".repeat(digits.len()),
        },
    }
}

/// Zeros in front fill up a field of fixed size, `F` at the end an odd number of digits: neither is of the PAN.
fn masked_pan(text: &str) -> String {
    let first = text.len() - text.trim_start_matches('0').len();
    let end = text.trim_end_matches('F').len();
    let n = end.saturating_sub(first);
    let shown = |i: usize| i < first || i >= end || (n >= 13 && (i < first + 6 || i >= end - 4));
    text.chars().enumerate().map(|(i, c)| if shown(i) { c } else { '*' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pan_shows_first_six_and_last_four() {
        assert_eq!(masked(Secret::Pan, "6212345678901232"), "621234******1232");
        assert_eq!(masked(Secret::Pan, "621234567890"), "************");
    }

    #[test]
    fn what_fills_up_a_pan_does_not_count_as_its_digits() {
        assert_eq!(masked(Secret::Pan, "00006212345678901232"), "0000621234******1232");
        assert_eq!(masked(Secret::Pan, "6212345678901232FFFF"), "621234******1232FFFF");
        assert_eq!(masked(Secret::Pan, "0000"), "0000");
        assert_eq!(masked(Secret::Pan, "00FF"), "00FF");
    }

    #[test]
    fn a_track_shows_nothing_after_its_separator() {
        assert_eq!(masked(Secret::Track, "6212345678901232D3012201"), "621234******1232D*******");
        assert_eq!(masked(Secret::Track, "62123456789012323012201"), "***********************");
    }
}
