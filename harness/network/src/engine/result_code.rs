//! Result codes in words and as digits (ITU-T V.250, 5.7.1 and table 1; the usual Hayes codes for speeds and calls).

/// The digits of a result code in words; none where it has no digits.
pub(super) fn digits(words: &str) -> Option<&'static str> {
    Some(match words {
        "OK" => "0",
        "RING" => "2",
        "NO CARRIER" => "3",
        "ERROR" => "4",
        "CONNECT 1200" => "5",
        "NO DIALTONE" | "NO DIAL TONE" => "6",
        "BUSY" => "7",
        "NO ANSWER" => "8",
        "CONNECT 2400" => "10",
        words if words == "CONNECT" || words.starts_with("CONNECT ") => "1",
        _ => return None,
    })
}
