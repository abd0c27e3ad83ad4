//! No track on a line in clear, in a store, or in RAM when its transaction is over.

use rstest::rstest;
use std::time::Duration;

use super::rig::*;
use crate::bench::stripe::{flux, track_frame};
use crate::bench::{Memories, Powered, scenario};

/// What no place may hold: the discretionary data of [`CARD`], as characters, packed either way, and as bytes.
fn traces() -> Vec<Vec<u8>> {
    let digits = "9081726354453";
    let packed = |digits: &str| hex::decode(digits).unwrap();
    let bytes = digits.bytes().map(|digit| digit - b'0').collect();
    vec![digits.as_bytes()[1..].to_vec(), packed("1019081726354453"), packed("0190817263544530"), bytes]
}

fn holds(place: &[u8], trace: &[u8]) -> bool {
    place.windows(trace.len()).any(|window| window == trace)
}

fn memory(powered: &Powered) -> Vec<u8> {
    use std::os::unix::fs::FileExt;
    let (address, size) = powered.memory;
    let mut bytes = vec![0; size];
    std::fs::File::open("/proc/self/mem").unwrap().read_exact_at(&mut bytes, address as u64).unwrap();
    bytes
}

/// The terminal's RAM is its future: it holds track 2 while the cardholder types the PIN, and none of it after; of the
/// transitions nothing as soon as they are decoded.
#[cfg(target_os = "linux")]
#[rstest]
#[case::approved("123456\r", "M211")]
#[case::cancelled("\x1B", "M212")]
fn a_track_is_overwritten_when_its_transaction_ends(#[case] keys: &'static str, #[case] ended: &'static str) {
    scenario(async move {
        let memories = Memories::default();
        let (mut powered, script) = signed_on(&memories, "double-with-track", "").await;
        begin(&mut powered, '2').await;
        let transitions = flux(CARD, 847);
        let as_kept: Vec<u8> =
            transitions[150..158].iter().flat_map(|interval| interval.to_ne_bytes()).collect();
        let as_sent: Vec<u8> =
            transitions[150..158].iter().flat_map(|interval| interval.to_be_bytes()).collect();
        powered.front_end.put(&track_frame(2, &transitions));
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert!(holds(&memory(&powered), &as_kept), "the test looks in the wrong place");
        powered.panel.see("M203").await;
        let during = memory(&powered);
        assert!(holds(&during, &traces()[0]), "the test looks in the wrong place");
        assert!(!holds(&during, &as_kept) && !holds(&during, &as_sent), "the transitions stay in RAM");
        powered.panel.press(keys);
        powered.panel.see(ended).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        let after = memory(&powered);
        let stores = [memories.flash.bytes.borrow().clone(), memories.ram_bytes()];
        let lines = powered.sent.iter().map(|line| line.borrow().clone());
        let sent = script.host.requests.borrow().concat();
        for place in stores.into_iter().chain(lines).chain([after, sent]) {
            for trace in traces() {
                assert!(!holds(&place, &trace), "{trace:02X?}");
            }
        }
    });
}
