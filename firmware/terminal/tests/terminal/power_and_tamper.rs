//! Power cuts, lost memories and the tamper switch.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use crate::bench::front_end::frame;
use crate::bench::modem::Script;
use crate::bench::{Memories, Powered, scenario};
use crate::operator::*;

#[test]
fn the_tamper_switch_erases_the_keys_whatever_the_terminal_is_doing() {
    for during in ["menu", "record", "sign-on"] {
        scenario(async move {
            let (memories, script) = (Memories::default(), Rc::<Script>::default());
            let mut powered = keyed(&memories, &script).await;
            assert_eq!(id(&sign_on(&mut powered).await), "M111");
            powered.panel.press("\r");
            powered.panel.see("M100").await;
            match during {
                "record" => powered.panel.press("%PAYRIG-RECORD 1\ntmk="),
                "sign-on" => {
                    script.host.silent.set(true);
                    powered.panel.press("1");
                }
                _ => {}
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
            powered.front_end.put(&frame(0x02, &[0]));
            powered.front_end.put(&frame(0x01, &[1]));
            tokio::time::sleep(Duration::from_secs(1)).await;
            let ram = memories.ram_bytes();
            assert!(ram[..4096].iter().any(|byte| *byte != 0), "a closed switch erases nothing");
            powered.front_end.put(&frame(0x02, &[1]));
            tokio::time::sleep(Duration::from_secs(1)).await;
            let ram = memories.ram_bytes();
            assert!(ram[..8192 - 16].iter().all(|byte| *byte == 0), "{during}: key bytes are left");
            for boot in 2..4 {
                powered.cut().await;
                // The battery may be taken out as well.
                if boot == 3 {
                    memories.ram.bytes.borrow_mut().fill(0);
                }
                powered = Powered::on(&memories, script.clone());
                let line = powered.panel.boot_line().await;
                assert!(line.contains(&format!("boot={boot} state=tampered")), "{during}: {line}");
                let screen = powered.panel.next_screen().await;
                assert_eq!((id(&screen), screen[2].as_str()), ("E900", "TAMPERED"));
                powered.panel.press("1\r7%");
            }
            let requests = script.host.requests.borrow().len();
            assert!(requests <= 2, "nothing signs on after tamper");
        });
    }
}

#[test]
fn the_tamper_switch_cuts_into_any_await_of_a_sign_on() {
    for yields in 0..100 {
        scenario(async move {
            let (memories, script) = (Memories::default(), Rc::<Script>::default());
            let powered = keyed(&memories, &script).await;
            powered.panel.press("1");
            for _ in 0..yields {
                tokio::task::yield_now().await;
            }
            powered.front_end.put(&frame(0x02, &[1]));
            tokio::time::sleep(Duration::from_secs(10)).await;
            assert!(memories.ram_bytes()[..8192 - 16].iter().all(|byte| *byte == 0), "{yields}");
            powered.cut().await;
            memories.ram.bytes.borrow_mut().fill(0);
            let mut powered = Powered::on(&memories, script.clone());
            let line = powered.panel.boot_line().await;
            assert!(line.contains("boot=2 state=tampered"), "{yields}: {line}");
        });
    }
}

#[test]
fn what_the_printer_says_unasked_holds_nothing_up_and_prints_nothing() {
    scenario(async {
        let (memories, script) = (Memories::default(), Rc::<Script>::default());
        let mut powered = keyed(&memories, &script).await;
        for status in [0x12, 0x72] {
            powered.front_end.put(&frame(0x05, &[status]));
        }
        assert_eq!(id(&sign_on(&mut powered).await), "M111");
        powered.front_end.put(&frame(0x02, &[1]));
        powered.panel.see_at_last("E900").await;
        powered.front_end.put(&frame(0x05, &[0x12; 255]));
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(powered.printer.ready(), None);
    });
}

#[test]
fn lost_keys_and_a_lost_journal_are_told_apart() {
    scenario(async {
        let (memories, script) = (Memories::default(), Rc::<Script>::default());
        keyed(&memories, &script).await.cut().await;
        let keys = memories.ram.bytes.replace(vec![0; 8192]);
        let mut powered = Powered::on(&memories, script.clone());
        assert_eq!(id(&powered.panel.next_screen_after_boot().await), "E401");
        powered.cut().await;
        memories.ram.bytes.replace(keys);
        let mut powered = Powered::on(&memories, script.clone());
        assert_eq!(id(&powered.panel.next_screen_after_boot().await), "M100");
        powered.cut().await;
        // An erased journal counts from the beginning; one that cannot be read has no number.
        for (filler, boot) in [(0xFF, "boot=1 state=keyed"), (0x5A, "boot=0 state=keyed")] {
            memories.flash.bytes.borrow_mut().fill(filler);
            let mut powered = Powered::on(&memories, script.clone());
            let line = powered.panel.boot_line().await;
            assert!(line.contains(boot), "flash filled with {filler:02X}: {line}");
            assert_eq!(id(&powered.panel.next_screen().await), "E402");
            powered.cut().await;
        }
    });
}

#[test]
fn a_blank_board_s_flash_may_hold_anything() {
    for filler in [0x00, 0x5A] {
        scenario(async move {
            let (memories, script) = (Memories::default(), Rc::<Script>::default());
            memories.flash.bytes.borrow_mut().fill(filler);
            memories.ram.bytes.borrow_mut().fill(filler);
            let mut powered = keyed(&memories, &script).await;
            assert_eq!(id(&sign_on(&mut powered).await), "M111");
        });
    }
}

#[test]
fn the_slot_is_deactivated_once_at_power_up() {
    scenario(async {
        let (memories, script) = (Memories::default(), Rc::<Script>::default());
        let mut powered = keyed(&memories, &script).await;
        let sent: Vec<u8> = std::iter::from_fn(|| powered.slot.ready()).collect();
        assert_eq!(sent, [0x10, 0x52, 0x00, 0x10, 0x56, 0x00]);
    });
}

#[test]
fn a_power_cut_at_any_await_leaves_a_terminal_that_goes_on() {
    let mut states = BTreeMap::<String, usize>::new();
    for polls in 1.. {
        let state = Rc::new(RefCell::new(None));
        let found = state.clone();
        scenario(async move {
            let (memories, script) = (Memories::default(), Rc::<Script>::default());
            let whole_life = async {
                let mut powered = keyed_for(&memories, &script, polls).await;
                assert_eq!(id(&sign_on(&mut powered).await), "M111");
            };
            if tokio::time::timeout(Duration::from_secs(600), whole_life).await.is_err() {
                *found.borrow_mut() = Some(go_on(&memories).await);
            }
        });
        match state.take() {
            Some(state) => *states.entry(state).or_default() += 1,
            None => break,
        }
    }
    println!("terminal: cut points from blank board to signed on, by the state found after them: {states:?}");
    assert_eq!(states.len(), 3);
}

/// Boots after a power cut and brings the terminal to the signed-on state from wherever it is. Returns where it was.
async fn go_on(memories: &Memories) -> String {
    let script = Rc::<Script>::default();
    let mut powered = Powered::on(memories, script);
    let line = powered.panel.boot_line().await;
    let screen = powered.panel.next_screen().await;
    if line.contains("state=blank") {
        assert_eq!(id(&screen), "M010", "{line}");
        powered.panel.press(&record(&format!("{FACTORY}{}", master_key_lines())));
        powered.panel.see("M011").await;
        powered.panel.press("\r");
        powered.panel.see("M100").await;
    } else {
        assert_eq!(id(&screen), "M100", "{line}");
    }
    let ended = sign_on(&mut powered).await;
    let expected = if line.contains("state=signed-on") { "E314" } else { "M111" };
    assert_eq!(id(&ended), expected, "{line}");
    assert_eq!(kcvs_after_key(&mut powered).await, expected_kcvs());
    line.split(' ').find(|part| part.starts_with("state=")).unwrap().to_owned()
}
