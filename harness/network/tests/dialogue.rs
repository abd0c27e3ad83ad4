//! Scripted dialogues: what is asked, and the module's answer byte for byte.
#![allow(clippy::unwrap_used, reason = "a test may fail by it")]

mod world;

use payrig_network::{ContextVerdict, HostVerdict, IpState, Power, Registration, SimAnswer, SimState, What};
use rstest::rstest;
use world::{World, profile};

const OK: &[&str] = &["OK"];

#[rstest]
#[case::attention(
    r#"
    AT => OK
    at => OK
"#
)]
#[case::identity(
    r#"
    ATI => SIM800 R14.18 | OK
    AT+CGMI => SIMCOM_Ltd | OK
    AT+CGMM => SIMCOM_SIM800L | OK
    AT+CGMR => Revision:1418B05SIM800L24 | OK
    AT+CGSN => 001010123456788 | OK
    AT+CIMI => 001010123456789 | OK
    AT+CCID => 89860000000000000001 | OK
"#
)]
#[case::network(
    r#"
    AT+CPIN? => +CPIN: READY | OK
    AT+CSQ => +CSQ: 21,0 | OK
    AT+CREG? => +CREG: 0,1 | OK
    AT+CREG=1 => OK
    AT+CREG? => +CREG: 1,1 | OK
    AT+CGREG? => +CGREG: 0,1 | OK
    AT+COPS? => +COPS: 0,0,"PAYRIG TEST" | OK
    AT+CGATT? => +CGATT: 1 | OK
    AT+CGATT=0 => OK
    AT+CGATT? => +CGATT: 0 | OK
    AT+CGREG? => +CGREG: 0,0 | OK
    AT+CGATT=1 => OK
"#
)]
#[case::what_a_modem_stack_asks_first(
    r#"
    ATE0 => OK
    ATV1 => OK
    ATX4 => OK
    AT&C1 => OK
    AT+CMEE=? => +CMEE: (0-2) | OK
    AT+GCAP => +GCAP: +CGSM | OK
    AT+CFUN? => +CFUN: 1 | OK
    AT+CFUN=? => +CFUN: (0,1,4),(0,1) | OK
    AT+CFUN=1 => OK
    AT+CFUN=0 => +CME ERROR: 3
    AT+COPS=3,0;+COPS? => +COPS: 0,0,"PAYRIG TEST" | OK
    AT+COPS=1,2,"00101" => +CME ERROR: 3
    AT+CGDCONT? => +CGDCONT: 1,"IP","","0.0.0.0",0,0 | OK
    AT+CGMI;+CGMM => SIMCOM_Ltd | SIMCOM_SIM800L | OK
    AT^SYSINFO => ERROR
"#
)]
#[case::several_on_a_line(
    r#"
    ATE0V1 => OK
    AT+CSQ;+CREG? => +CSQ: 21,0 | +CREG: 0,1 | OK
    AT+CSQ;+NONE;+CREG? => +CSQ: 21,0 | ERROR
"#
)]
#[case::error_levels(
    r#"
    AT+CIPSEND => +CME ERROR: 3
    AT+CMEE=2 => OK
    AT+CIPSEND => +CME ERROR: operation not allowed
    AT+CMEE=0 => OK
    AT+CIPSEND => ERROR
    AT+CMEE? => +CMEE: 0 | OK
    AT+CMEE=3 => ERROR
"#
)]
#[case::unknown(
    r#"
    AT+NONE => ERROR
    AT+CSTT="open => ERROR
    ATD123 => ERROR
"#
)]
#[case::registers(
    r#"
    ATS3? => 013 | OK
    ATS4? => 010 | OK
    ATS3=200 => ERROR
"#
)]
#[case::context_to_connection_and_down(
    r#"
    AT+CIPSHUT => SHUT OK
    AT+CIPSTATUS => OK | STATE: IP INITIAL
    AT+CSTT="cmnet","","" => OK
    AT+CSTT? => +CSTT: "cmnet","","" | OK
    AT+CIPSTATUS => OK | STATE: IP START
    AT+CIICR => OK
    AT+CIPSTATUS => OK | STATE: IP GPRSACT
    AT+CIFSR => 10.64.0.21
    AT+CIPSTATUS => OK | STATE: IP STATUS
    AT+CIPSTART="TCP","192.0.2.10","5000" => OK | CONNECT OK
    AT+CIPSTATUS => OK | STATE: CONNECT OK
    AT+CIPSTART="TCP","192.0.2.10","5000" => +CME ERROR: 3 | ALREADY CONNECT
    AT+CIPCLOSE=1 => CLOSE OK
    AT+CIPSTATUS => OK | STATE: TCP CLOSED
    AT+CIPSTART="TCP","host.example",5000 => OK | CONNECT OK
    AT+CIPSHUT => SHUT OK
    AT+CIPSTATUS => OK | STATE: IP INITIAL
"#
)]
#[case::the_module_brings_the_context_up_by_itself(
    r#"
    AT+CIPSTART="TCP","192.0.2.10","5000" => OK | CONNECT OK
"#
)]
#[case::wrong_state(
    r#"
    AT+CIICR => +CME ERROR: 3
    AT+CIFSR => +CME ERROR: 3
    AT+CIPSEND=5 => +CME ERROR: 3
    AT+CIPCLOSE => +CME ERROR: 3
    AT+CSTT="a" => OK
    AT+CSTT="a" => +CME ERROR: 3
    AT+CIPSTART="TCP","h","1" => +CME ERROR: 3
"#
)]
#[case::wrong_values(
    r#"
    AT+CIPSTART="TCP","h" => ERROR
    AT+CIPSTART="UDP","h","1" => ERROR
    AT+CIPSTART=TCP,"h","1" => ERROR
    AT+CIPSTART="TCP","h","0" => ERROR
    AT+CIPSTART="TCP","h","65536" => ERROR
    AT+CSTT=cmnet => ERROR
    AT+CIPSEND=0 => ERROR
    AT+CIPSEND=1461 => ERROR
    AT+CIPHEAD=2 => ERROR
"#
)]
#[case::one_connection_only(
    r#"
    AT+CIPMUX? => +CIPMUX: 0 | OK
    AT+CIPMODE? => +CIPMODE: 0 | OK
    AT+CIPMUX=0 => OK
    AT+CIPMUX=1 => +CME ERROR: 3
"#
)]
#[tokio::test(start_paused = true)]
async fn a_normal_network_answers(#[case] dialogue: &str) {
    let mut world = World::new("cellular-normal");
    world.quiet().await;
    world.follow(dialogue).await;
    world.expect_nothing().await;
}

#[rstest]
#[case::no_sim(
    "no-sim",
    r#"
    AT+CPIN? => +CME ERROR: 10
    AT+CIMI => +CME ERROR: 10
    AT+CREG? => +CREG: 0,0 | OK
    AT+COPS? => +COPS: 0 | OK
    AT+CGATT? => +CGATT: 0 | OK
    AT+CGATT=1 => +CME ERROR: 10
"#
)]
#[case::sim_pin(
    "sim-pin",
    r#"
    AT+CPIN? => +CPIN: SIM PIN | OK
    AT+CREG? => +CREG: 0,0 | OK
    AT+CPIN="9999" => +CME ERROR: 16
    AT+CPIN="1234" => OK | +CPIN: READY
    AT+CPIN? => +CPIN: READY | OK
    AT+CREG? => +CREG: 0,1 | OK
    AT+CGATT? => +CGATT: 1 | OK
"#
)]
#[case::no_signal(
    "no-signal",
    r#"
    AT+CPIN? => +CPIN: READY | OK
    AT+CSQ => +CSQ: 99,99 | OK
    AT+CREG? => +CREG: 0,2 | OK
    AT+CGATT=1 => +CME ERROR: 30
"#
)]
#[case::registration_denied(
    "registration-denied",
    r#"
    AT+CREG? => +CREG: 0,3 | OK
    AT+CGATT=1 => +CME ERROR: 50
"#
)]
#[case::sim_no_credit(
    "sim-no-credit",
    r#"
    AT+CREG? => +CREG: 0,1 | OK
    AT+CGATT? => +CGATT: 1 | OK
    AT+CSTT="cmnet" => OK
    AT+CIICR => +CME ERROR: 133
    AT+CIPSTATUS => OK | STATE: PDP DEACT
    AT+CIFSR => +CME ERROR: 3
    AT+CIPSTART="TCP","h","1" => +CME ERROR: 3
    AT+CIPSHUT => SHUT OK
    AT+CIPSTART="TCP","h","1" => OK | STATE: IP INITIAL | CONNECT FAIL
"#
)]
#[case::host_unreachable(
    "host-unreachable",
    r#"
    AT+CSTT="cmnet" => OK
    AT+CIICR => OK
    AT+CIFSR => 10.64.0.21
    AT+CIPSTART="TCP","h","1" => OK | STATE: TCP CLOSED | CONNECT FAIL
    AT+CIPSTATUS => OK | STATE: TCP CLOSED
"#
)]
#[tokio::test(start_paused = true)]
async fn a_condition_answers(#[case] network: &str, #[case] dialogue: &str) {
    let mut world = World::new(network);
    world.quiet().await;
    world.follow(dialogue).await;
    world.expect_nothing().await;
    assert_eq!(world.asked(), [], "no connection was to be opened");
}

#[rstest]
#[case(SimState::Puk, &["+CPIN: SIM PUK", "OK"])]
#[case(SimState::Failure, &["+CME ERROR: 13"])]
#[case(SimState::Wrong, &["+CME ERROR: 15"])]
#[tokio::test(start_paused = true)]
async fn a_sim_that_cannot_be_used_is_told(#[case] state: SimState, #[case] answer: &[&str]) {
    let mut profile = profile("cellular-normal");
    profile.sim.state = state;
    let mut world = World::with(profile, false, 1024);
    world.quiet().await;
    world.ask("AT+CPIN?", answer).await;
}

#[tokio::test(start_paused = true)]
async fn an_empty_slot_can_be_told_by_a_line() {
    let mut profile = profile("no-sim");
    profile.sim.absent_answer = SimAnswer::Line;
    let mut world = World::with(profile, false, 1024);
    world.quiet().await;
    world.ask("AT+CPIN?", &["+CPIN: NOT INSERTED", "OK"]).await;
    world.ask("AT+CIMI", &["+CME ERROR: 10"]).await;
}

#[rstest]
#[case(ContextVerdict::RefuseAtCstt, "AT+CSTT=\"a\"")]
#[case(ContextVerdict::RefuseAtCiicr, "AT+CSTT=\"a\";+CIICR")]
#[case(ContextVerdict::RefuseAtCifsr, "AT+CSTT=\"a\";+CIICR;+CIFSR")]
#[tokio::test(start_paused = true)]
async fn a_context_is_refused_where_the_profile_says(#[case] verdict: ContextVerdict, #[case] line: &str) {
    let mut profile = profile("cellular-normal");
    profile.context.verdict = verdict;
    let mut world = World::with(profile, false, 1024);
    world.quiet().await;
    world.ask(line, &["ERROR"]).await;
}

#[rstest]
#[case::by_the_peer(HostVerdict::Reach, 1)]
#[case::by_the_network(HostVerdict::Refuse, 0)]
#[tokio::test(start_paused = true)]
async fn a_connection_is_refused(#[case] verdict: HostVerdict, #[case] asked: usize) {
    let mut profile = profile("cellular-normal");
    profile.host.verdict = verdict;
    let mut world = World::with(profile, true, 1024);
    world.context().await;
    world.ask("AT+CIPSTART=\"TCP\",\"h\",\"1\"", &["OK", "STATE: TCP CLOSED", "CONNECT FAIL"]).await;
    world.ask("AT", OK).await;
    assert_eq!(world.asked().len(), asked);
    assert_eq!(world.handle.status().counters.not_opened, 1);
}

#[tokio::test(start_paused = true)]
async fn an_opening_can_be_given_up() {
    let mut world = World::new("host-unreachable");
    world.context().await;
    world.ask("AT+CIPSTART=\"TCP\",\"h\",\"1\"", OK).await;
    world.ask("AT+CIPSTATUS", &["OK", "STATE: TCP CONNECTING"]).await;
    world.ask("AT+CIPCLOSE=1", &["CLOSE OK"]).await;
    world.ask("AT+CIPSTATUS", &["OK", "STATE: TCP CLOSED"]).await;
    world.expect_nothing().await;
}

#[tokio::test(start_paused = true)]
async fn digits_and_silence_can_be_set_for_result_codes() {
    let mut world = World::new("cellular-normal");
    world.quiet().await;
    world.send(b"ATV0\r").await;
    world.expect(b"0\r").await;
    world.send(b"AT+CSQ;+NONE\r").await;
    world.expect(b"+CSQ: 21,0\r\n4\r").await;
    world.send(b"ATQ1\rAT+NONE\rAT+CSQ\r").await;
    world.expect(b"+CSQ: 21,0\r\n").await;
    world.send(b"ATZ\r").await;
    world.expect(b"\r\nOK\r\n").await;
    world.send(b"AT\r").await;
    world.expect(b"AT\r\r\nOK\r\n").await;
}

#[tokio::test(start_paused = true)]
async fn the_last_line_is_repeated() {
    let mut world = World::new("cellular-normal");
    world.quiet().await;
    world.ask("AT+CSQ", &["+CSQ: 21,0", "OK"]).await;
    world.send(b"a/").await;
    world.expect(b"\r\n+CSQ: 21,0\r\n\r\nOK\r\n").await;
}

#[tokio::test(start_paused = true)]
async fn a_module_that_starts_hears_nothing_then_tells_its_progress() {
    let mut profile = profile("cellular-normal");
    profile.module.power = Power::Cold;
    let mut world = World::with(profile, false, 1024);
    world.send(b"AT\r").await;
    world.expect(b"\r\nRDY\r\n\r\n+CFUN: 1\r\n").await;
    world.send(b"ATE0\r").await;
    world.expect(b"ATE0\r\r\nOK\r\n").await;
    world.ask("AT+CMEE=1;+CPIN?", &["+CME ERROR: 14"]).await;
    world.ask("AT+CREG=1;+CREG?", &["+CREG: 1,0", "OK"]).await;
    let lines = ["+CPIN: READY", "+CREG: 1", "Call Ready", "SMS Ready"];
    let expected: String = lines.map(|line| format!("\r\n{line}\r\n")).concat();
    world.expect(expected.as_bytes()).await;
    world.ask("AT+CGATT?", &["+CGATT: 1", "OK"]).await;
}

#[tokio::test(start_paused = true)]
async fn a_power_cycle_loses_everything_that_was_set() {
    let mut world = World::new("cellular-normal");
    let mut host = world.connection().await;
    world.handle.power_cycle();
    world.expect(b"\r\nRDY\r\n\r\n+CFUN: 1\r\n\r\n+CPIN: READY\r\n\r\nCall Ready\r\n\r\nSMS Ready\r\n").await;
    world.send(b"AT+CIPSTATUS\r").await;
    world.expect(b"AT+CIPSTATUS\r\r\nOK\r\n\r\nSTATE: IP INITIAL\r\n").await;
    let mut rest = Vec::new();
    tokio::io::AsyncReadExt::read_to_end(&mut host, &mut rest).await.unwrap();
    assert_eq!(world.handle.status().counters.power_cycles, 1);
}

#[tokio::test(start_paused = true)]
async fn a_network_that_changes_in_mid_session_takes_the_context_away() {
    let mut world = World::new("cellular-normal");
    let _host = world.connection().await;
    world.ask("AT+CREG=1", OK).await;
    let mut denied = profile("registration-denied");
    denied.radio.registration = Registration::Denied;
    world.handle.set_profile(denied);
    world.expect(b"\r\n+PDP: DEACT\r\n\r\n+CREG: 3\r\n").await;
    world.ask("AT+CIPSTATUS", &["OK", "STATE: PDP DEACT"]).await;
    world.handle.set_profile(profile("cellular-normal"));
    world.expect(b"\r\n+CREG: 1\r\n").await;
    world.ask("AT+CIPSHUT", &["SHUT OK"]).await;
}

#[tokio::test(start_paused = true)]
async fn a_terminal_that_reboots_finds_the_module_as_it_was() {
    let mut world = World::new("cellular-normal");
    let host = world.connection().await;
    world.ask("AT+CIPSTATUS", &["OK", "STATE: CONNECT OK"]).await;
    world.send(b"AT+CIPSEND=8\r").await;
    world.expect(b"\r\n> ").await;
    world.send(b"abc").await;

    let mut world = world.reconnect().await;
    // Still in the middle of the data: what a rebooted terminal sends first completes them.
    world.send(b"AT\rAT\r").await;
    world.expect(b"\r\nSEND OK\r\n").await;
    world.ask("\rAT", OK).await;
    world.ask("AT+CIPSTATUS", &["OK", "STATE: CONNECT OK"]).await;
    assert_eq!(world.handle.status().ip, IpState::Connected);
    drop(host);
    world.expect(b"\r\nCLOSED\r\n").await;
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_the_terminal_did_not_take_is_lost_with_its_line() {
    let mut world = World::with(profile("cellular-normal"), false, 64);
    let mut live = world.handle.listen();
    world.send(b"ATE0;I;+CGMI;+CGMM;+CGMR;+CGSN\r").await;
    while live.recv().await.unwrap().what != What::Said("OK".to_owned()) {}

    let mut world = world.reconnect().await;
    world.ask("AT", OK).await;
}

#[tokio::test(start_paused = true)]
async fn the_transcript_tells_the_dialogue_and_no_pin() {
    let mut world = World::new("sim-pin");
    let mut live = world.handle.listen();
    world.quiet().await;
    world.ask("AT+CPIN=\"1234\"", &["OK", "+CPIN: READY"]).await;
    let shown: Vec<_> = world.handle.transcript().iter().map(|entry| entry.what.to_string()).collect();
    assert_eq!(
        shown,
        ["> ATE0", "< OK", "> AT+CMEE=1", "< OK", "> AT+CPIN=\"****\"", "< OK", "< +CPIN: READY"]
    );
    assert_eq!(live.recv().await.unwrap().what, What::Heard("ATE0".to_owned()));
}

/// The steps of a sign-on up to the open connection take well under 400 ms, whatever the seed draws.
#[tokio::test(start_paused = true)]
async fn a_normal_network_is_quick() {
    let latency = profile("cellular-normal").latency;
    let commands = 9 * latency.command.longest();
    let steps = latency.sim.longest()
        + latency.shut.longest()
        + latency.activate.longest()
        + latency.open.longest()
        + latency.prompt.longest()
        + latency.send.longest()
        + latency.downlink.longest();
    assert!(commands + steps < std::time::Duration::from_millis(250), "{:?}", commands + steps);
}
