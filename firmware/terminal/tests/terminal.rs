//! The whole terminal on virtual time: boot, provisioning, sign-on, tamper.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(missing_docs, reason = "a test's support is no library")]

mod bench;

use std::rc::Rc;

use bench::modem::Script;
use bench::{Memories, Powered, scenario};
use crc::{CRC_16_IBM_3740, Crc};

/// The TMK of the vectors' layout 004, SM4-encrypted under the example's factory key, and its KCV.
fn master_key_lines() -> String {
    use des::cipher::{Array, BlockCipherEncrypt, KeyInit};
    let tmk: [u8; 16] =
        hex::decode(bench::host::vector("cup_working_keys_constructed", "track_004", "/inputs/tmk"))
            .unwrap()
            .try_into()
            .unwrap();
    let factory_key: [u8; 16] = hex::decode("00112233445566778899AABBCCDDEEFF").unwrap().try_into().unwrap();
    let mut wrapped = Array(tmk);
    sm4::Sm4::new(&Array(factory_key)).encrypt_block(&mut wrapped);
    let mut kcv = Array([0; 8]);
    des::TdesEde2::new(&Array(tmk)).encrypt_block(&mut kcv);
    format!("tmk={}\ntmk-kcv={}\n", hex::encode_upper(wrapped), hex::encode_upper(&kcv[..4]))
}

fn record(lines: &str) -> String {
    let body = format!("%PAYRIG-RECORD 1\n{lines}");
    let crc = Crc::<u16>::new(&CRC_16_IBM_3740).checksum(body.as_bytes());
    format!("{body}%END {crc:04X}\n")
}

const FACTORY: &str = "device-id=30600000290210015708\n\
    serial=0000290210015708\n\
    factory-key=00112233445566778899AABBCCDDEEFF\n\
    factory-kcv=72EBA303\n\
    terminal-id=99999906\n\
    merchant-id=001430170119999\n\
    tpdu=6000030000\n\
    access=cellular\n\
    apn=cmnet\n\
    host=192.0.2.10:5000\n";

/// Boots a blank board and provisions it up to the keyed state, at the menu.
async fn keyed(memories: &Memories, script: &Rc<Script>) -> Powered {
    let mut powered = Powered::on(memories, script.clone());
    assert!(powered.panel.boot_line().await.contains("state=blank"));
    powered.panel.see("M010").await;
    powered.panel.press(&record(&format!("{FACTORY}{}", master_key_lines())));
    let screen = powered.panel.see("M011").await;
    assert_eq!(screen[3], "30600000290210015708");
    powered.panel.press("\r");
    powered.panel.see("M100").await;
    powered
}

/// The key screen's rows after a sign-on with the vectors' keys.
fn expected_kcvs() -> Vec<String> {
    let field = bench::host::vector("cup_working_keys_constructed", "track_004", "/outputs/field62");
    let tmk = master_key_lines().trim_end().rsplit('=').next().unwrap().to_owned();
    // Each KCV stands behind its key.
    let (pik, mak, tdk) = (&field[32..40], &field[72..80], &field[112..120]);
    [("TMK", tmk.as_str()), ("PIK", pik), ("MAK", mak), ("TDK", tdk)]
        .map(|(name, kcv)| format!("{name} {kcv}"))
        .to_vec()
}

async fn kcvs(powered: &mut Powered) -> Vec<String> {
    powered.panel.press("7");
    let screen = powered.panel.see("M120").await;
    powered.panel.press("\r");
    powered.panel.see("M100").await;
    screen[2..6].to_vec()
}

#[test]
fn a_blank_board_is_provisioned_and_signs_on() {
    scenario(async {
        let (memories, script) = (Memories::default(), Rc::<Script>::default());
        let mut powered = keyed(&memories, &script).await;
        assert_eq!(kcvs(&mut powered).await[1..], ["PIK --------", "MAK --------", "TDK --------"]);

        powered.panel.press("1");
        let mut phases = Vec::new();
        let outcome = loop {
            let screen = powered.panel.next_screen().await;
            if !screen[7].ends_with("M110") {
                break screen;
            }
            assert_eq!((screen[1].as_str(), screen[3].as_str()), ("Signing on", "Try 1 of 3"));
            phases.push(screen[2].clone());
        };
        assert_eq!(phases, ["Modem", "Network", "Connecting", "Host", "Checking keys"]);
        assert_eq!(
            outcome,
            [
                "PAYRIG T1      SIGNED ON",
                "",
                "Signed on",
                "Batch 000519",
                "07-20 22:13:01",
                "",
                "",
                "Any key             M111"
            ]
        );
        powered.panel.press("\r");
        powered.panel.see("M100").await;
        assert_eq!(kcvs(&mut powered).await, expected_kcvs());
        powered.cut().await;

        let mut again = Powered::on(&memories, script);
        assert_eq!(
            again.panel.boot_line().await,
            "PAYRIG-TERMINAL 0.1.0 build=native boot=2 state=signed-on entropy=emulated\r\n"
        );
    });
}

#[test]
fn every_message_has_the_next_stan_over_power_off_too() {
    scenario(async {
        let (memories, script) = (Memories::default(), Rc::<Script>::default());
        let mut powered = keyed(&memories, &script).await;
        powered.panel.press("1");
        powered.panel.see("M111").await;
        powered.cut().await;
        let mut powered = Powered::on(&memories, script.clone());
        powered.panel.boot_line().await;
        powered.panel.see("M100").await;
        powered.panel.press("1");
        // The vectors hold one key set, and the same keys again are not fresh.
        assert_eq!(powered.panel.see("E314").await[5], "PIK unchanged");
        let requests = script.host.requests.borrow();
        // Field 11 follows the bitmap; field 60.2 is the batch of the last sign-on.
        let stans: Vec<_> = requests.iter().map(|request| hex::encode(&request[23..26])).collect();
        assert_eq!(stans, ["000001", "000002"]);
        let batch =
            |request: &[u8]| request.windows(6).any(|bytes| *bytes == [0x00, 0x00, 0x05, 0x19, 0x00, 0x40]);
        assert_eq!(requests.iter().map(|request| batch(request)).collect::<Vec<_>>(), [false, true]);
    });
}

/// Signs on and returns the screen that it ends with.
async fn sign_on(powered: &mut Powered) -> Vec<String> {
    powered.panel.press("1");
    loop {
        let screen = powered.panel.next_screen().await;
        if !screen[7].ends_with("M110") {
            return screen;
        }
    }
}

fn id(screen: &[String]) -> &str {
    &screen[7][20..]
}

#[test]
fn a_wrong_check_value_changes_no_key() {
    scenario(async {
        let (memories, script) = (Memories::default(), Rc::<Script>::default());
        let mut powered = keyed(&memories, &script).await;
        let before = (kcvs(&mut powered).await, memories.ram_bytes());
        for (at, name) in [(16, "PIK"), (36, "MAK"), (56, "TDK")] {
            script.host.key_field.borrow_mut()[at] ^= 1;
            let screen = sign_on(&mut powered).await;
            assert_eq!((id(&screen), screen[5].as_str()), ("E310", name));
            assert_eq!(
                &screen[1..5],
                ["Sign-on failed", "Key check failed", "Old keys kept,", "call the acquirer"]
            );
            script.host.key_field.borrow_mut()[at] ^= 1;
            powered.panel.press("\r");
            powered.panel.see("M100").await;
            assert_eq!(before, (kcvs(&mut powered).await, memories.ram_bytes()), "{name}");
        }
        assert_eq!(script.host.requests.borrow().len(), 3);
        assert_eq!(id(&sign_on(&mut powered).await), "M111");
        assert_eq!(kcvs_after_key(&mut powered).await, expected_kcvs());
    });
}

async fn kcvs_after_key(powered: &mut Powered) -> Vec<String> {
    powered.panel.press("\r");
    powered.panel.see("M100").await;
    kcvs(powered).await
}

#[test]
fn refusals_of_the_host_and_answers_to_another() {
    scenario(async {
        let (memories, script) = (Memories::default(), Rc::<Script>::default());
        let mut powered = keyed(&memories, &script).await;
        for (code, expected) in [(b"03", "E301"), (b"58", "E302"), (b"97", "E303"), (b"96", "E304")] {
            script.host.response_code.set(*code);
            let screen = sign_on(&mut powered).await;
            assert_eq!(id(&screen), expected);
            assert_eq!(screen[5], format!("code {}", String::from_utf8_lossy(code)));
            powered.panel.press("\r");
            powered.panel.see("M100").await;
        }
        script.host.response_code.set(*b"00");
        script.host.terminal_id_flip.set(1);
        let screen = sign_on(&mut powered).await;
        assert_eq!((id(&screen), screen[5].as_str()), ("E312", "field 41"));
        assert!(powered.panel.is_quiet());
    });
}

#[test]
fn a_silent_host_is_asked_three_times_with_new_numbers() {
    scenario(async {
        let (memories, script) = (Memories::default(), Rc::<Script>::default());
        let mut powered = keyed(&memories, &script).await;
        script.host.silent.set(true);
        let start = tokio::time::Instant::now();
        let screen = sign_on(&mut powered).await;
        assert_eq!((id(&screen), screen[5].as_str()), ("E210", "60 s"));
        assert_eq!(start.elapsed().as_secs(), 180);
        let stans: Vec<_> =
            script.host.requests.borrow().iter().map(|request| hex::encode(&request[23..26])).collect();
        assert_eq!(stans, ["000001", "000002", "000003"]);
        let commands = script.commands();
        let count = |wanted: &str| commands.iter().filter(|command| command.starts_with(wanted)).count();
        assert_eq!((count("AT+CIPSTART"), count("AT+CIPCLOSE"), count("AT+CIICR")), (3, 3, 1));
    });
}

#[test]
fn an_unreachable_host_is_tried_again_over_a_new_context() {
    scenario(async {
        let (memories, script) = (Memories::default(), Rc::<Script>::default());
        let mut powered = keyed(&memories, &script).await;
        let command = "AT+CIPSTART=\"TCP\",\"192.0.2.10\",\"5000\"";
        script.answer(command, "\r\nOK\r\n\r\nSTATE: TCP CLOSED\r\n\r\nCONNECT FAIL\r\n");
        let screen = sign_on(&mut powered).await;
        assert_eq!((id(&screen), screen[5].as_str()), ("E208", "CONNECT FAIL"));
        let contexts = script.commands().iter().filter(|command| *command == "AT+CIICR").count();
        assert_eq!(contexts, 3);
        assert!(script.host.requests.borrow().is_empty());
        script.answers.borrow_mut().clear();
        powered.panel.press("\r");
        powered.panel.see("M100").await;
        assert_eq!(id(&sign_on(&mut powered).await), "M111");
    });
}

#[test]
fn a_context_that_is_up_is_used_again() {
    scenario(async {
        let (memories, script) = (Memories::default(), Rc::<Script>::default());
        let mut powered = keyed(&memories, &script).await;
        assert_eq!(id(&sign_on(&mut powered).await), "M111");
        powered.panel.press("\r");
        powered.panel.see("M100").await;
        script.commands.borrow_mut().clear();
        assert_eq!(id(&sign_on(&mut powered).await), "E314");
        let commands = script.commands();
        assert_eq!(commands[..4], ["AT", "AT+CPIN?", "AT+CREG?", "AT+CIPSTATUS"]);
        assert!(commands[4].starts_with("AT+CIPSTART="));
    });
}

#[test]
fn causes_on_the_modem_s_side() {
    let cases = [
        ("AT", "", "E201", "", 1),
        ("AT+CIICR", "", "E201", "", 85),
        ("AT+CPIN?", "\r\n+CPIN: NOT INSERTED\r\n\r\nOK\r\n", "E202", "+CPIN: NOT INSERTED", 0),
        ("AT+CPIN?", "\r\n+CME ERROR: 10\r\n", "E202", "+CME ERROR: 10", 0),
        ("AT+CPIN?", "\r\n+CPIN: SIM PIN\r\n\r\nOK\r\n", "E203", "+CPIN: SIM PIN", 0),
        ("AT+CPIN?", "\r\n+CME ERROR: 12\r\n", "E203", "+CME ERROR: 12", 0),
        ("AT+CPIN?", "\r\n+CME ERROR: 13\r\n", "E204", "+CME ERROR: 13", 0),
        ("AT+CPIN?", "\r\n+CPIN: NOT READY\r\n\r\nOK\r\n", "E204", "+CPIN: NOT READY", 10),
        ("AT+CPIN?", "\r\n+CME ERROR: 14\r\n", "E220", "+CME ERROR: 14", 10),
        ("AT+CREG?", "\r\n+CREG: 0,2\r\n\r\nOK\r\n", "E205", "+CREG: 0,2", 59),
        ("AT+CREG?", "\r\n+CREG: 0,3\r\n\r\nOK\r\n", "E206", "+CREG: 0,3", 0),
        ("AT+CGATT=1", "\r\n+CME ERROR: 50\r\n", "E206", "+CME ERROR: 50", 0),
        ("AT+CIICR", "\r\n+CME ERROR: 133\r\n", "E207", "+CME ERROR: 133", 0),
        ("AT+CIICR", "\r\n+PDP: DEACT\r\n", "E207", "+PDP: DEACT", 0),
        ("AT+CIFSR", "\r\nERROR\r\n", "E207", "ERROR", 0),
        ("AT+CIPHEAD=1", "\r\nERROR\r\n", "E220", "ERROR", 0),
        ("AT+CSQ", "\r\nhurz \u{1}\r\n", "E220", "hurz ?", 1),
    ];
    for (command, answer, expected, detail, seconds) in cases {
        scenario(async move {
            let (memories, script) = (Memories::default(), Rc::<Script>::default());
            let mut powered = keyed(&memories, &script).await;
            script.answer(command, answer);
            let start = tokio::time::Instant::now();
            let screen = sign_on(&mut powered).await;
            assert_eq!((id(&screen), screen[5].as_str()), (expected, detail), "{command} {answer:?}");
            let took = start.elapsed().as_secs();
            assert!((seconds..=seconds + 1).contains(&took), "{command} {answer:?} took {took} s");
            assert!(script.host.requests.borrow().is_empty());
            script.answers.borrow_mut().clear();
            powered.panel.press("\r");
            powered.panel.see("M100").await;
            assert_eq!(id(&sign_on(&mut powered).await), "M111", "after {command} {answer:?}");
        });
    }
}

#[test]
fn an_answer_in_pieces_between_other_lines_is_put_together() {
    scenario(async {
        let (memories, script) = (Memories::default(), Rc::<Script>::default());
        script.splits.set(true);
        let mut powered = keyed(&memories, &script).await;
        assert_eq!(id(&sign_on(&mut powered).await), "M111");
    });
}

#[test]
fn cancel_stops_a_sign_on_at_every_phase() {
    for (command, closes) in [("AT+CREG?", 0), ("AT+CIICR", 0), ("AT+CIPSTART", 1), ("host", 1)] {
        scenario(async move {
            let (memories, script) = (Memories::default(), Rc::<Script>::default());
            let mut powered = keyed(&memories, &script).await;
            match command {
                "host" => script.host.silent.set(true),
                "AT+CIPSTART" => script.answer("AT+CIPSTART=\"TCP\",\"192.0.2.10\",\"5000\"", ""),
                _ => script.answer(command, ""),
            }
            powered.panel.press("1");
            tokio::time::sleep(std::time::Duration::from_millis(700)).await;
            powered.panel.press("\u{1B}");
            let screen = powered.panel.see("M112").await;
            assert_eq!(screen[0], "PAYRIG T1          KEYED");
            let commands = script.commands();
            let count = commands.iter().filter(|command| *command == "AT+CIPCLOSE=1").count();
            assert_eq!(count, closes, "{commands:?}");
            script.host.silent.set(false);
            script.answers.borrow_mut().clear();
            powered.panel.press("\r");
            powered.panel.see("M100").await;
            assert_eq!(id(&sign_on(&mut powered).await), "M111");
        });
    }
}

#[test]
fn sign_on_needs_a_master_key() {
    scenario(async {
        let (memories, script) = (Memories::default(), Rc::<Script>::default());
        let mut powered = Powered::on(&memories, script.clone());
        powered.panel.see("M010").await;
        powered.panel.press("178");
        powered.panel.press(&record(FACTORY));
        powered.panel.see("M011").await;
        powered.panel.press("\r");
        assert!(powered.panel.see("M100").await[0].ends_with(" FACTORY"));
        assert_eq!(id(&sign_on(&mut powered).await), "E320");
        assert!(script.commands().is_empty());
        powered.panel.press("\r8");
        let screen = powered.panel.see("M130").await;
        assert_eq!(
            &screen[2..7],
            [
                "30600000290210015708",
                "SN 0000290210015708",
                "TID 99999906",
                "MID 001430170119999",
                "0.1.0 boot 1"
            ]
        );
        // A device screen takes no record; the menu does.
        powered.panel.press(&format!("{}\r", record(FACTORY)));
        powered.panel.see("M100").await;
    });
}

#[test]
fn a_refused_record_says_why_and_another_may_follow_at_once() {
    scenario(async {
        let (memories, script) = (Memories::default(), Rc::<Script>::default());
        let mut powered = Powered::on(&memories, script);
        powered.panel.see("M010").await;
        powered.panel.press(&record(FACTORY).replace("cmnet", "cmnex"));
        let screen = powered.panel.see("M012").await;
        assert_eq!(&screen[2..5], ["Record refused", "R01 CRC", "line 12"]);
        powered.panel.press(&record(FACTORY));
        powered.panel.see("M011").await;
        powered.panel.press(&record(FACTORY));
        let screen = powered.panel.see("M012").await;
        assert_eq!(&screen[3..5], ["R05 provisioned already", "line 1"]);
        powered.panel.press(&record(&master_key_lines()));
        powered.panel.see("M011").await;
        powered.panel.press("5");
        assert!(powered.panel.see("M100").await[0].ends_with(" KEYED"));
    });
}

/// A front-end frame.
fn frame(kind: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![0xA5, kind, 0, u8::try_from(payload.len()).unwrap()];
    frame.extend(payload);
    let crc = Crc::<u16>::new(&CRC_16_IBM_3740).checksum(&frame[1..]);
    frame.extend(crc.to_be_bytes());
    frame
}

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
            tokio::time::sleep(std::time::Duration::from_secs(1)).await;
            powered.front_end.put(&frame(0x02, &[0]));
            powered.front_end.put(&frame(0x01, &[1]));
            tokio::time::sleep(std::time::Duration::from_secs(1)).await;
            let ram = memories.ram_bytes();
            assert!(ram[..4096].iter().any(|byte| *byte != 0), "a closed switch erases nothing");
            powered.front_end.put(&frame(0x02, &[1]));
            tokio::time::sleep(std::time::Duration::from_secs(1)).await;
            let ram = memories.ram_bytes();
            assert!(ram[..8192 - 16].iter().all(|byte| *byte == 0), "{during}: key bytes are left");
            for boot in 2..4 {
                powered.cut().await;
                // The battery may be taken out as well.
                if boot == 3 {
                    memories.ram.0.borrow_mut().fill(0);
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
fn lost_keys_and_a_lost_journal_are_told_apart() {
    scenario(async {
        let (memories, script) = (Memories::default(), Rc::<Script>::default());
        keyed(&memories, &script).await.cut().await;
        let keys = memories.ram.0.replace(vec![0; 8192]);
        let mut powered = Powered::on(&memories, script.clone());
        assert_eq!(id(&powered.panel.next_screen_after_boot().await), "E401");
        powered.cut().await;
        memories.ram.0.replace(keys);
        let mut powered = Powered::on(&memories, script.clone());
        assert_eq!(id(&powered.panel.next_screen_after_boot().await), "M100");
        powered.cut().await;
        memories.flash.bytes.borrow_mut().fill(0xFF);
        let mut powered = Powered::on(&memories, script);
        assert_eq!(id(&powered.panel.next_screen_after_boot().await), "E402");
    });
}

#[test]
fn a_blank_board_s_flash_may_hold_anything() {
    for filler in [0x00, 0x5A] {
        scenario(async move {
            let (memories, script) = (Memories::default(), Rc::<Script>::default());
            memories.flash.bytes.borrow_mut().fill(filler);
            memories.ram.0.borrow_mut().fill(filler);
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
fn a_power_cut_at_any_step_of_the_journal_leaves_a_terminal_that_goes_on() {
    let mut cuts = 0;
    for steps in 0.. {
        let over = std::rc::Rc::new(std::cell::Cell::new(false));
        let done = over.clone();
        scenario(async move {
            let (memories, script) = (Memories::default(), Rc::<Script>::default());
            memories.flash.steps_left.set(steps);
            let whole_life = async {
                let mut powered = keyed(&memories, &script).await;
                assert_eq!(id(&sign_on(&mut powered).await), "M111");
            };
            let hung = tokio::time::timeout(std::time::Duration::from_secs(600), whole_life).await.is_err();
            done.set(!hung);
            if hung {
                memories.flash.steps_left.set(usize::MAX);
                go_on(&memories).await;
            }
        });
        if over.get() {
            break;
        }
        cuts += 1;
    }
    println!("terminal: {cuts} cut points from blank board to signed on");
    assert!(cuts > 10);
}

/// Boots after a power cut and brings the terminal to the signed-on state from wherever it is.
async fn go_on(memories: &Memories) {
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
}
