//! Amounts as people read them.

/// `1234.50` for 123450 of the currency's smallest unit.
pub(crate) fn shown(amount: u64) -> String {
    format!("{}.{:02}", amount / 100, amount % 100)
}

/// The amount that `text` shows, without a sign, a separator or a zero too many.
pub(crate) fn read(text: &str) -> Option<u64> {
    let (whole, cents) = text.split_once('.')?;
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    let plain = whole == "0" || !whole.is_empty() && !whole.starts_with('0');
    let fits = plain && digits(whole) && digits(cents) && cents.len() == 2 && whole.len() <= 10;
    fits.then(|| format!("{whole}{cents}").parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn an_amount_is_read_as_it_is_shown(amount in 0_u64..1_000_000_000_000) {
            prop_assert_eq!(super::read(&super::shown(amount)), Some(amount));
        }
    }

    #[test]
    fn what_is_no_amount_is_not_read() {
        for text in
            ["", "1", "1.5", "01.00", ".50", "1.500", "-1.00", "1,000.00", "1.0O", "00.05", "12345678901.00"]
        {
            assert_eq!(super::read(text), None, "{text}");
        }
    }
}
