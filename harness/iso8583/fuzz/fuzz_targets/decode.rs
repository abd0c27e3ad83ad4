//! Any bytes: decoding, encoding again and explaining never panic, and agree with each other.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use payrig_iso8583::{Dialect, ExplainOptions, explain, to_json};

static CUP: LazyLock<Dialect> = LazyLock::new(|| {
    let text = include_str!("../../../../fixtures/dialects/cup.toml");
    Dialect::from_toml("cup.toml", text).expect("the dialect is whole")
});

fuzz_target!(|bytes: &[u8]| {
    let reveal = ExplainOptions { reveal: true, ..ExplainOptions::default() };
    let _ = explain(&CUP, bytes, &reveal).styled().to_string();
    let explanation = explain(&CUP, bytes, &ExplainOptions::default());
    let _ = explanation.to_string();
    match CUP.decode(bytes) {
        Ok(decoded) => {
            assert!(explanation.error().is_none());
            let _ = to_json(&CUP, &decoded, false);
            let _ = to_json(&CUP, &decoded, true);
            let again = CUP.encode(&decoded.frame).expect("what was decoded can be sent again");
            if decoded.notes.is_empty() {
                assert_eq!(again, bytes, "read without a note, written otherwise");
            }
            let twice = CUP.decode(&again).expect("what was encoded can be read");
            assert_eq!(twice.frame, decoded.frame);
            assert_eq!(CUP.encode(&twice.frame).expect("as before"), again);
        }
        Err(error) => {
            assert_eq!(explanation.error(), Some(&error));
            assert!(error.offset <= bytes.len(), "{error}");
        }
    }
});
