//! A difference that was planted on a tape is found at its record.

use std::{path::PathBuf, time::Duration};

use payrig_bench::replay::{Deviation, DeviationKind, Difference, Replayed, replay};
use rstest::rstest;

use crate::{
    doctored::Doctored,
    records::{Recorder, fixtures},
};

/// A case whose tape is changed.
struct Planted {
    recorder: Recorder,
    tape: Doctored,
}

impl Planted {
    /// A sign-on that succeeds, on a rig.
    fn on(rig: &str) -> Self {
        let recorder = Recorder::on(rig);
        let tape = Doctored::of(&recorder.play_named("sign-on::succeeds"));
        Self { recorder, tape }
    }

    fn write(&self) -> PathBuf {
        self.tape.write(self.recorder.place("doctored"))
    }

    fn replay(&self) -> Replayed {
        let replayed = replay(&self.write(), &fixtures()).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(replayed.incomplete, None);
        replayed
    }

    fn difference(&self) -> Difference {
        let replayed = self.replay();
        let difference = replayed.difference.unwrap_or_else(|| panic!("none; {:?}", replayed.remarks));
        println!("{difference}\n");
        difference
    }

    /// The first deviation, which must be on `line` at the record with index `at`.
    fn found_at(&self, line: &str, at: usize) -> Deviation {
        let difference = self.difference();
        let first = &difference.deviations[0];
        assert_eq!((first.line, first.record), (line, self.tape.number(at)), "{difference}");
        first.clone()
    }
}

#[rstest]
#[case::panel("panel", "Signed on", "Signed in")]
#[case::modem("modem", "AT+CIPHEAD=1", "AT+CIPHEAD=2")]
fn a_changed_output_is_found_at_its_record(
    #[case] line: &str,
    #[case] from: &str,
    #[case] to: &str,
    #[values("sim", "qemu")] rig: &str,
) {
    let mut planted = Planted::on(rig);
    // A text may be spread over chunks: the record is the one that holds the byte that changes.
    let last = from.bytes().zip(to.bytes()).position(|(from, to)| from != to).unwrap();
    let (at, within) = planted.tape.byte_of(line, from, last);
    planted.tape.change_byte(at, within, to.as_bytes()[last]);
    let deviation = planted.found_at(line, at);
    assert_eq!(deviation.kind, DeviationKind::Changed);
    assert!(
        deviation.text.contains(&from[last..]) && deviation.text.contains(&to[last..]),
        "{}",
        deviation.text
    );
}

#[test]
fn a_changed_byte_of_the_slot_line_is_found_at_its_record() {
    let mut planted = Planted::on("sim");
    let at = planted.tape.chunks("slot", "from-terminal")[0];
    planted.tape.replace(at, "10520010", "10520110");
    planted.found_at("slot", at);
}

#[test]
fn another_stan_in_a_message_is_told_by_its_field() {
    let mut planted = Planted::on("sim");
    let chunks = planted.tape.chunks("modem", "from-terminal");
    let at = chunks
        .into_iter()
        .find(|at| planted.tape.records[*at]["data"].to_string().contains("000001"))
        .unwrap();
    planted.tape.replace(at, "000001", "000007");
    let deviation = planted.found_at("modem", at);
    assert!(deviation.text.contains("in field 11"), "{}", deviation.text);
    assert!(deviation.text.contains("expected 000007, found 000001"), "{}", deviation.text);
}

#[rstest]
fn a_changed_input_is_found_where_the_terminal_asks_otherwise(#[values("sim", "qemu")] rig: &str) {
    let mut planted = Planted::on(rig);
    let at = planted.tape.with_text("modem", "to-terminal", 0, "+CGATT: 1");
    planted.tape.replace(at, "+CGATT: 1", "+CGATT: 0");
    // Up to `AT+C` the command is the same.
    let (at, _) = planted.tape.byte_of("modem", "AT+CIPSHUT", 4);
    let deviation = planted.found_at("modem", at);
    assert!(deviation.text.contains("AT+C»IPSHUT") && deviation.text.contains("AT+C»GATT=1"), "{deviation}");
}

#[rstest]
fn a_changed_input_is_found_where_the_terminal_gives_up(#[values("sim", "qemu")] rig: &str) {
    let mut planted = Planted::on(rig);
    let at = planted.tape.with_text("modem", "to-terminal", 0, "+CPIN: READY");
    planted.tape.replace(at, "READY", "SIM PIN");
    let difference = planted.difference();
    // It asks its modem no more, and says why on its panel: which of the two comes first on the tape is chance.
    let silent = difference.deviations.iter().find(|deviation| deviation.line == "modem");
    let shown = difference.deviations.iter().find(|deviation| deviation.line == "panel").unwrap();
    assert!(silent.is_none_or(|silent| matches!(silent.kind, DeviationKind::Silent(_))), "{difference}");
    assert!(shown.text.contains("SIM is locked") && shown.text.contains("≠"), "{difference}");
    // In how many pieces a board's line brings the screen that is drawn meanwhile is chance as well.
    let answer = Duration::from_nanos(planted.tape.records[at]["t"].as_u64().unwrap());
    let found = difference.deviations[0].at;
    // And how long an emulator takes that gets no core.
    let soon = Duration::from_millis(if rig == "sim" { 250 } else { 2000 });
    assert!((answer..answer + soon).contains(&found), "{answer:?}: {difference}");
}

#[test]
fn a_changed_key_of_the_host_shows_both_screens() {
    let mut planted = Planted::on("sim");
    let answer = planted.tape.with_text("modem", "to-terminal", 0, "+IPD");
    // The last bytes of the answer are the check value of the TDK.
    planted.tape.change_last_hex_digit(answer);
    let difference = planted.difference();
    let panel = difference.deviations.iter().find(|deviation| deviation.line == "panel").unwrap();
    assert!(panel.text.contains("Key check failed") && panel.text.contains("Signed on"), "{difference}");
}

#[rstest]
fn an_output_that_never_came_is_found_at_the_record_after_it(#[values("sim", "qemu")] rig: &str) {
    let mut planted = Planted::on(rig);
    let (first, last) =
        (planted.tape.byte_of("modem", "AT+CMEE=1", 0), planted.tape.byte_of("modem", "AT+CMEE=1", 9));
    let modem = planted.tape.chunks("modem", "from-terminal").into_iter();
    for at in modem.filter(|at| (first.0..=last.0).contains(at)).rev() {
        planted.tape.remove(at);
    }
    // Up to `AT+C` the next command is the same.
    let (at, _) = planted.tape.byte_of("modem", "AT+CPIN?", 4);
    let deviation = planted.found_at("modem", at);
    assert!(deviation.text.contains("AT+C»PIN?") && deviation.text.contains("AT+C»MEE=1"), "{deviation}");
}

#[rstest]
fn an_output_that_the_terminal_does_not_send_is_found(#[values("sim", "qemu")] rig: &str) {
    let mut planted = Planted::on(rig);
    let behind = planted.tape.with_text("modem", "to-terminal", 0, "READY");
    let at = planted.tape.insert_output(behind, "front-end", "receipt");
    let deviation = planted.found_at("front-end", at);
    assert!(matches!(deviation.kind, DeviationKind::Silent(_)));
    assert!(deviation.text.contains("receipt"), "{}", deviation.text);
}

#[rstest]
fn a_key_that_was_not_pressed_is_found_by_the_silence_after_it(#[values("sim", "qemu")] rig: &str) {
    let mut planted = Planted::on(rig);
    let last = *planted.tape.chunks("panel", "to-terminal").last().unwrap();
    let next = planted.tape.chunks("panel", "from-terminal").into_iter().find(|at| *at > last).unwrap();
    planted.tape.remove(last);
    let deviation = planted.found_at("panel", next - 1);
    let DeviationKind::Silent(time) = deviation.kind else { panic!("{deviation}") };
    assert!(time.as_secs() >= 5, "{deviation}");
}

#[rstest]
fn more_than_was_recorded_is_found_at_the_end(#[values("sim", "qemu")] rig: &str) {
    let mut planted = Planted::on(rig);
    let last_key = *planted.tape.chunks("panel", "to-terminal").last().unwrap();
    for at in planted.tape.chunks("panel", "from-terminal").into_iter().rev().filter(|at| *at > last_key) {
        planted.tape.remove(at);
    }
    let difference = planted.difference();
    assert_eq!(difference.deviations[0].kind, DeviationKind::More);
    assert!(difference.deviations[0].record >= planted.tape.number(last_key), "{difference}");
    assert!(difference.deviations[0].text.contains("M100"), "{difference}");
}

#[test]
fn the_builds_name_is_no_difference_and_the_boot_counter_is_one() {
    let mut planted = Planted::on("sim");
    let (at, within) = planted.tape.byte_of("panel", "build=native", 7);
    planted.tape.change_byte(at, within, b'o');
    assert!(planted.replay().difference.is_none());
    let (at, within) = planted.tape.byte_of("panel", "boot=1", 5);
    planted.tape.change_byte(at, within, b'2');
    let deviation = planted.found_at("panel", at);
    assert!(deviation.text.contains("boot=»2") && deviation.text.contains("boot=»1"), "{deviation}");
}

#[test]
fn a_key_in_a_difference_is_told_as_its_token() {
    let mut planted = Planted::on("sim");
    let behind = planted.tape.with_text("modem", "to-terminal", 0, "READY");
    let at = planted.tape.insert_output(behind, "front-end", "");
    let token = r#"[{"token":"factory","kind":"key","show":"kcv 72EBA303","form":"hex","nibbles":64}]"#;
    planted.tape.records[at]["data"] = serde_json::from_str(token).unwrap();
    let deviation = planted.found_at("front-end", at);
    assert!(deviation.text.contains("{key factory kcv 72EBA303}"), "{deviation}");
    assert!(!deviation.text.to_uppercase().contains("00112233445566778899AABBCCDDEEFF"), "{deviation}");
}
