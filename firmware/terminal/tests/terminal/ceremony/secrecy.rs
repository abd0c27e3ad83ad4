//! No component on a line, in a store, or in RAM when the ceremony is over.

use std::time::Duration;

use rstest::rstest;

use super::steps::*;
use crate::bench::{Memories, Powered, scenario};
use crate::keys_and_batch::signed_on;
use crate::operator::*;

/// What a terminal sends in a ceremony with these entries, line by line.
pub async fn lines(memories: &Memories, entries: &[String]) -> Vec<Vec<u8>> {
    let powered = begin(&memories.left()).await;
    enter(&powered, entries);
    tokio::time::sleep(Duration::from_secs(30)).await;
    let lines = powered.sent.iter().map(|line| line.borrow().clone()).collect();
    powered.cut().await;
    lines
}

/// No four bytes of a component, as they are or as hex digits.
pub fn assert_no_component(components: &[[u8; 16]], places: &[Vec<u8>]) {
    for key in components.iter().filter(|key| **key != [0; 16]) {
        let hex = hex::encode(key);
        for place in places {
            let lower = place.to_ascii_lowercase();
            for at in 0..=key.len() - 4 {
                let (raw, digits) = (&key[at..at + 4], &hex.as_bytes()[2 * at..2 * at + 8]);
                assert!(!place.windows(4).any(|window| window == raw), "{raw:02X?}");
                assert!(!lower.windows(8).any(|window| window == digits), "{raw:02X?} in hex");
            }
        }
    }
}

#[test]
fn no_component_is_on_a_line_or_in_a_store() {
    scenario(async {
        let memories = signed_on().await;
        let mut powered = begin(&memories).await;
        enter(&powered, &entries(ONE, OTHER));
        assert_eq!(id(&end(&mut powered).await), "M406");
        tokio::time::sleep(Duration::from_secs(1)).await;
        let lines: Vec<_> = powered.sent.iter().map(|line| line.borrow().clone()).collect();
        assert!(lines[3].windows(12).any(|text| text == b"TMK CEREMONY"), "the record was printed");
        let keys = [bytes(ONE), bytes(OTHER), xor(ONE, OTHER)];
        assert_no_component(&keys, &lines);
        assert_no_component(&keys, &[memories.flash.bytes.borrow().clone()]);
        let ram = memories.ram_bytes();
        let has = |key: [u8; 16]| ram.windows(16).any(|window| window == key);
        assert_eq!(keys.map(has), [false, false, true]);
    });
}

/// The terminal's RAM is its future: it holds a component while the ceremony lasts, and no byte of it after.
#[cfg(target_os = "linux")]
#[rstest]
#[case::loaded("", "M406")]
#[case::cancelled("\x1B", "M407")]
#[case::refused("00000000\r", "E331")]
fn the_components_are_overwritten_when_the_ceremony_ends(
    #[case] last: &'static str,
    #[case] ended: &'static str,
) {
    use std::os::unix::fs::FileExt;
    fn memory(powered: &Powered) -> Vec<u8> {
        let (address, size) = powered.memory;
        let mut bytes = vec![0; size];
        std::fs::File::open("/proc/self/mem").unwrap().read_exact_at(&mut bytes, address as u64).unwrap();
        bytes
    }
    let holds = |memory: &[u8], key: [u8; 16]| {
        key.windows(6).any(|part| memory.windows(6).any(|window| window == part))
    };
    scenario(async move {
        let mut powered = begin(&signed_on().await).await;
        let [first, first_kcv, second, second_kcv, combined] = entries(ONE, OTHER);
        enter(&powered, &[first, first_kcv, second, second_kcv]);
        powered.panel.see("M405").await;
        let during = memory(&powered);
        assert!(
            holds(&during, bytes(ONE)) && holds(&during, bytes(OTHER)),
            "the test looks in the wrong place"
        );
        match last {
            "" => enter(&powered, &[combined]),
            last => powered.panel.press(last),
        }
        assert_eq!(id(&end(&mut powered).await), ended);
        tokio::time::sleep(Duration::from_secs(1)).await;
        let after = memory(&powered);
        assert!(!holds(&after, bytes(ONE)) && !holds(&after, bytes(OTHER)), "a component stays in RAM");
    });
}
