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

fn masked_pan(pan: &str) -> String {
    let n = pan.len();
    let shown = |i: usize| n >= 13 && (i < 6 || i >= n - 4);
    pan.chars().enumerate().map(|(i, c)| if shown(i) { c } else { '*' }).collect()
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
    fn a_track_shows_nothing_after_its_separator() {
        assert_eq!(masked(Secret::Track, "6212345678901232D3012201"), "621234******1232D*******");
        assert_eq!(masked(Secret::Track, "62123456789012323012201"), "***********************");
    }
}
