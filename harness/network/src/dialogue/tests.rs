use std::time::Duration;

use rstest::rstest;

use super::*;

/// A dialogue as it is said: `>` heard, `<` said, `up`/`down` data, `*` what the bench did.
fn entries(script: &str) -> Vec<Entry> {
    let lines = script.lines().map(str::trim).filter(|line| !line.is_empty());
    let what = |line: &str| match line.split_at_checked(2) {
        Some(("> ", command)) => What::Heard(command.to_owned()),
        Some(("< ", answer)) => What::Said(answer.to_owned()),
        Some(("up", length)) => What::Sent(length.trim().parse().unwrap()),
        Some(("do", length)) => What::Received(length.trim_start_matches("wn ").parse().unwrap()),
        Some(("* ", "power")) => What::PowerCycled,
        Some(("* ", title)) => What::Profile(title.to_owned()),
        _ => panic!("{line}"),
    };
    lines.map(|line| Entry { at: Duration::ZERO, what: what(line) }).collect()
}

fn told(script: &str) -> String {
    dialogue(&entries(script))
}

/// A module that is switched on with the terminal: it answers late, and says by itself what it comes to.
const COLD: &str = r#"
    > AT
    > AT
    < RDY
    < +CFUN: 1
    > AT
    < OK
    > ATE0
    < OK
    > AT+CPIN?
    < +CME ERROR: 14
    > AT+CPIN?
    > AT+CPIN?
    < +CPIN: READY
    < +CPIN: READY
    < OK
    > AT+CSQ
    < +CSQ: 21,0
    < OK
    > AT+CREG?
    < +CREG: 0,0
    < OK
    > AT+CREG?
    < Call Ready
    < +CREG: 0,2
    < OK
    > AT+CREG?
    < +CREG: 0,1
    < SMS Ready
    < OK
    > AT+CIPSEND=169
    up 169
    < SEND OK
    down 100
    down 43
    > AT+CIPCLOSE=1
    < CLOSE OK
"#;

#[test]
fn polls_are_folded_and_what_was_not_asked_stands_by_itself() {
    let expected = "\
AT => OK
ATE0 => OK
AT+CPIN? => +CPIN: READY | OK
AT+CSQ => +CSQ: 21,0 | OK
AT+CREG? => +CREG: 0,1 | OK
AT+CIPSEND=169 => sent (169 bytes) | SEND OK | received (143 bytes)
AT+CIPCLOSE=1 => CLOSE OK

unasked, at the module's own time:
RDY
+CFUN: 1
+CPIN: READY
Call Ready
SMS Ready
";
    assert_eq!(told(COLD), expected);
}

/// However fast the terminal polls and wherever the module speaks up, one snapshot serves.
#[test]
fn a_module_that_was_ready_before_differs_in_nothing_but_what_it_said_by_itself() {
    let warm = "
        > AT\n < OK\n > ATE0\n < OK\n > AT+CPIN?\n < +CPIN: READY\n < OK\n > AT+CSQ\n < +CSQ: 21,0\n < OK
        > AT+CREG?\n < +CREG: 0,1\n < OK\n > AT+CIPSEND=169\n up 169\n < SEND OK\n down 143
        > AT+CIPCLOSE=1\n < CLOSE OK";
    let cold = told(COLD);
    assert_eq!(cold.split_once("\n\n").unwrap().0, told(warm).trim_end());
    assert_eq!(told(warm).lines().count(), 7);
}

#[rstest]
#[case::the_last_answer_stays("> AT+CREG?\n< +CREG: 0,2\n< OK\n> AT+CREG?\n< +CREG: 0,2\n< OK", &[
    "AT+CREG? => +CREG: 0,2 | OK",
])]
#[case::an_answer_that_is_not_declared_stays("> AT+CREG?\n< +CREG: 0,3\n< OK\n> AT+CREG?\n< +CREG: 0,1\n< OK", &[
    "AT+CREG? => +CREG: 0,3 | OK",
    "AT+CREG? => +CREG: 0,1 | OK",
])]
#[case::another_command_is_no_poll("> AT+CSQ\n< +CSQ: 99,99\n< OK\n> AT+CSQ\n< +CSQ: 99,99\n< OK", &[
    "AT+CSQ => +CSQ: 99,99 | OK",
    "AT+CSQ => +CSQ: 99,99 | OK",
])]
#[case::a_command_between_ends_the_row("> AT+CREG?\n< +CREG: 0,2\n< OK\n> AT+CSQ\n< OK\n> AT+CREG?\n< +CREG: 0,1\n< OK", &[
    "AT+CREG? => +CREG: 0,2 | OK",
    "AT+CSQ => OK",
    "AT+CREG? => +CREG: 0,1 | OK",
])]
#[case::silence_is_waiting_only_after_a_word("> AT+CPIN?\n> AT+CPIN?\n< +CPIN: READY\n< OK", &[
    "AT+CPIN? => (no answer)",
    "AT+CPIN? => +CPIN: READY | OK",
])]
#[case::a_switch_ends_the_row("> AT+CREG?\n< +CREG: 0,2\n< OK\n* good\n> AT+CREG?\n< +CREG: 0,1\n< OK", &[
    "AT+CREG? => +CREG: 0,2 | OK",
    "* network: good",
    "AT+CREG? => +CREG: 0,1 | OK",
])]
#[case::a_switch_stands_behind_the_answer_that_it_met("> AT+CSQ\n* good\n< +CSQ: 9,0\n< OK", &[
    "AT+CSQ => +CSQ: 9,0 | OK",
    "* network: good",
])]
#[case::what_a_switch_brought_stands_behind_it("> AT+CIPSEND=3\nup 3\n< SEND OK\n* bad\n< +PDP: DEACT", &[
    "AT+CIPSEND=3 => sent (3 bytes) | SEND OK",
    "* network: bad",
    "(not asked) => +PDP: DEACT",
])]
#[case::power("* power\n< RDY\n> AT\n< OK", &["* power cycled", "AT => OK", "", "unasked, at the module's own time:", "RDY"])]
#[case::a_pin_that_was_given("> AT+CPIN=\"****\"\n< OK\n< +CPIN: READY", &[
    "AT+CPIN=\"****\" => OK", "", "unasked, at the module's own time:", "+CPIN: READY",
])]
#[case::nothing("", &["no dialogue"])]
fn a_dialogue_is_told(#[case] script: &str, #[case] expected: &[&str]) {
    assert_eq!(told(script).lines().collect::<Vec<_>>(), expected);
}

/// Whether this answer may stand for another in a row of polls, by INTERFACE.md, section 7, written once more.
fn may_be_dropped(entries: &[Entry], at: usize) -> bool {
    let line = |at: usize| match entries.get(at).map(|entry| &entry.what) {
        Some(What::Said(line)) => format!("< {line}"),
        Some(What::Heard(line)) => format!("> {line}"),
        _ => String::new(),
    };
    let here = line(at);
    let waits = ["< +CREG: 0,0", "< +CREG: 0,2"].contains(&here.as_str());
    let again = (at + 1..at + 4).any(|next| line(next) == "> AT+CREG?");
    waits && again && (line(at + 1) == "< OK" || line(at + 1).ends_with("Ready"))
}

/// Every change of one character, anywhere in what was heard or said, shows, unless a declared answer became another declared one.
#[test]
fn no_change_of_a_character_is_folded_away() {
    let before = entries(COLD);
    let told = dialogue(&before);
    let (mut changed, mut folded) = (0, 0);
    for at in 0..before.len() {
        let (What::Said(line) | What::Heard(line)) = &before[at].what else { continue };
        for (place, by) in (0..line.len()).flat_map(|place| (b' '..=b'~').map(move |by| (place, by))) {
            let mut after = before.clone();
            let (What::Said(line) | What::Heard(line)) = &mut after[at].what else { continue };
            line.replace_range(place..=place, char::from(by).encode_utf8(&mut [0; 4]));
            let free = before == after || may_be_dropped(&before, at) && may_be_dropped(&after, at);
            assert_eq!(told == dialogue(&after), free, "{:?}", after[at].what);
            changed += usize::from(before != after);
            folded += usize::from(before != after && free);
        }
    }
    println!("{changed} changes, {folded} of them from one declared answer to another");
    assert_eq!(folded, 2, "`0,0` to `0,2` and back");
}

#[rstest]
#[case::sent("up 169", "up 168")]
#[case::received("down 143", "down 142")]
#[case::network("* good", "* goof")]
#[case::power("* power", "")]
fn lengths_and_events_show(#[case] from: &str, #[case] to: &str) {
    let script = "> AT+CIPSEND=169\nup 169\n< SEND OK\ndown 143\n* good\n< CLOSED\n* power\n> AT\n< OK";
    assert_ne!(told(script), told(&script.replace(from, to)));
}
