//! What is wrong with a SIM, a network, a connection or the module itself, as the terminal hears it.
#![allow(clippy::unwrap_used, reason = "a test may fail by it")]

mod world;

use std::time::Duration;

use payrig_network::{Break, ByteLoss, IpState, Voice, What};
use rstest::rstest;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::sleep,
};
use world::{World, profile};

#[rstest]
#[case::puk(
    "sim-puk",
    r#"
    AT+CPIN? => +CPIN: SIM PUK | OK
    AT+CIMI => +CME ERROR: 12
"#
)]
#[case::puk_by_an_error("sim-puk-error", "AT+CPIN? => +CME ERROR: 12")]
#[case::wrong_pin(
    "sim-wrong-pin",
    r#"
    AT+CPIN? => +CME ERROR: 16
    AT+CREG? => +CREG: 0,0 | OK
"#
)]
#[case::no_sim_by_a_line(
    "no-sim-line",
    r#"
    AT+CPIN? => +CPIN: NOT INSERTED | OK
    AT+CIMI => +CME ERROR: 10
"#
)]
#[case::damaged("sim-damaged", "AT+CPIN? => +CME ERROR: 13")]
#[case::no_usable_sim("sim-damaged-wrong", "AT+CPIN? => +CME ERROR: 15")]
#[case::roaming(
    "roaming",
    r#"
    AT+CREG? => +CREG: 0,5 | OK
    AT+CGATT? => +CGATT: 1 | OK
"#
)]
#[case::roaming_without_data(
    "roaming-no-data",
    r#"
    AT+CREG? => +CREG: 0,5 | OK
    AT+CGATT? => +CGATT: 0 | OK
    AT+CGATT=1 => +CME ERROR: 107
"#
)]
#[case::no_credit_and_no_code(
    "sim-no-credit-error",
    r#"
    AT+CSTT="cmnet" => OK
    AT+CIICR => ERROR
"#
)]
#[case::no_credit_and_no_registration(
    "sim-no-credit-denied",
    r#"
    AT+CREG? => +CREG: 0,3 | OK
    AT+CGATT=1 => +CME ERROR: 50
"#
)]
#[case::no_credit_and_not_attached(
    "sim-no-credit-not-attached",
    r#"
    AT+CREG? => +CREG: 0,1 | OK
    AT+CGATT=1 => +CME ERROR: 30
"#
)]
#[case::no_credit_and_no_way_through(
    "sim-no-credit-tcp-dead",
    r#"
    AT+CSTT="cmnet" => OK
    AT+CIICR => OK
    AT+CIFSR => 10.64.0.21
    AT+CIPSTART="TCP","192.0.2.10","5000" => OK | STATE: TCP CLOSED | CONNECT FAIL
"#
)]
#[case::only_the_right_access_point(
    "wrong-apn",
    r#"
    AT+CSTT="cmnet" => OK
    AT+CIICR => +CME ERROR: 149
    AT+CIPSHUT => SHUT OK
    AT+CSTT="payrig.private" => OK
    AT+CIICR => OK
"#
)]
#[case::wrong_access_point_for_now(
    "wrong-apn-temporary",
    r#"
    AT+CSTT="cmnet" => OK
    AT+CIICR => +CME ERROR: 134
"#
)]
#[case::a_name_that_is_not_known(
    "dns-fails",
    r#"
    AT+CIPSTART="TCP","pos.example","5000" => OK | STATE: TCP CLOSED | CONNECT FAIL
    AT+CIPSTART="TCP","192.0.2.10","5000" => OK | CONNECT OK
"#
)]
#[case::no_name_server(
    "dns-silent",
    r#"
    AT+CIPSTART="TCP","pos.example","5000" => OK | STATE: TCP CLOSED | CONNECT FAIL
    AT+CIPSTART="TCP","192.0.2.10","5000" => OK | CONNECT OK
"#
)]
#[case::host_refuses(
    "host-refuses",
    r#"
    AT+CIPSTART="TCP","192.0.2.10","5000" => OK | STATE: TCP CLOSED | CONNECT FAIL
"#
)]
#[tokio::test(start_paused = true)]
async fn a_condition_answers(#[case] network: &str, #[case] dialogue: &str) {
    let mut world = World::new(network);
    world.quiet().await;
    world.follow(dialogue).await;
    world.expect_nothing().await;
}

#[rstest]
#[case("sim-starting", &["+CME ERROR: 14"])]
#[case("sim-starting-not-ready", &["+CPIN: NOT READY", "OK"])]
#[tokio::test(start_paused = true)]
async fn a_sim_that_starts_is_busy_and_then_ready(#[case] network: &str, #[case] busy: &[&str]) {
    let mut world = World::new("cellular-normal");
    world.quiet().await;
    world.handle.set_profile(profile(network));
    world.ask("AT+CPIN?", busy).await;
    world.ask("AT+CREG?", &["+CREG: 0,0", "OK"]).await;
    world.expect(b"\r\n+CPIN: READY\r\n").await;
    sleep(Duration::from_secs(3)).await;
    world.ask("AT+CPIN?", &["+CPIN: READY", "OK"]).await;
    world.ask("AT+CREG?;+CGATT?", &["+CREG: 0,1", "+CGATT: 1", "OK"]).await;
}

#[tokio::test(start_paused = true)]
async fn contacts_that_go_take_the_context_away_and_another_network_ends_it() {
    let mut world = World::new("cellular-normal");
    let _host = world.connection().await;
    world.handle.set_profile(profile("sim-flapping"));
    world.expect(b"\r\n+PDP: DEACT\r\n").await;
    world.ask("AT+CPIN?", &["+CPIN: NOT READY", "OK"]).await;
    world.ask("AT+CIMI", &["+CME ERROR: 13"]).await;
    for _ in 0..2 {
        world.expect(b"\r\n+CPIN: READY\r\n").await;
        sleep(Duration::from_secs(5)).await;
        world.ask("AT+CPIN?;+CREG?", &["+CPIN: READY", "+CREG: 0,1", "OK"]).await;
    }
    world.handle.set_profile(profile("cellular-normal"));
    sleep(Duration::from_secs(3600)).await;
    world.ask("AT+CPIN?;+CREG?", &["+CPIN: READY", "+CREG: 0,1", "OK"]).await;
    world.expect_nothing().await;
}

#[rstest]
#[case::before("drop-before-request", "\r\nCLOSED\r\n", 0, IpState::Closed)]
#[case::before("drop-before-request-context", "\r\n+PDP: DEACT\r\n", 0, IpState::Deactivated)]
#[case::during("drop-during-request", "\r\n> \r\nSEND FAIL\r\n", 5, IpState::Closed)]
#[case::during(
    "drop-during-request-context",
    "\r\n> \r\n+PDP: DEACT\r\n\r\nSEND FAIL\r\n",
    5,
    IpState::Deactivated
)]
#[case::after("drop-after-request", "\r\n> \r\nSEND OK\r\n\r\nCLOSED\r\n", 9, IpState::Closed)]
#[case::after(
    "drop-after-request-context",
    "\r\n> \r\nSEND OK\r\n\r\n+PDP: DEACT\r\n",
    9,
    IpState::Deactivated
)]
#[tokio::test(start_paused = true)]
async fn a_connection_breaks_where_the_profile_says(
    #[case] network: &str,
    #[case] heard: &str,
    #[case] reaches_the_host: usize,
    #[case] state: IpState,
) {
    let mut world = World::new(network);
    let mut host = world.connection().await;
    world.send(b"AT+CIPSEND=9\r").await;
    if profile(network).host.breaks != Some(Break::BeforeRequest) {
        // The rest is no command to the module, however it breaks.
        world.send(b"123456AT\r").await;
    }
    world.expect(heard.as_bytes()).await;
    world.expect_nothing().await;
    let mut arrived = Vec::new();
    host.read_to_end(&mut arrived).await.unwrap();
    assert_eq!(arrived.len(), reaches_the_host);
    assert_eq!(world.handle.status().ip, state);
}

/// Half of the answer comes, and behind it the connection's end.
#[rstest]
#[case("drop-during-answer", "\r\nCLOSED\r\n", IpState::Closed)]
#[case("drop-during-answer-context", "\r\n+PDP: DEACT\r\n", IpState::Deactivated)]
#[tokio::test(start_paused = true)]
async fn a_connection_breaks_in_the_middle_of_an_answer(
    #[case] network: &str,
    #[case] end: &str,
    #[case] state: IpState,
) {
    let mut world = World::new(network);
    let mut host = world.connection().await;
    world.send(b"AT+CIPSEND=9\r").await;
    world.expect(b"\r\n> ").await;
    world.send(b"123456789").await;
    world.expect(b"\r\nSEND OK\r\n").await;
    host.write_all(b"abcdefg").await.unwrap();
    world.expect(b"\r\n+IPD,4:abcd").await;
    world.expect(end.as_bytes()).await;
    world.expect_nothing().await;
    assert_eq!(world.handle.status().ip, state);
}

fn loss(of_a_thousand: u16) -> ByteLoss {
    let text = std::fs::read_to_string("../../fixtures/networks/weak-signal.toml").unwrap();
    let text = text.replace("byte-loss = 100", &format!("byte-loss = {of_a_thousand}"));
    payrig_network::NetworkProfile::from_toml("../../fixtures/networks/net.toml", &text)
        .unwrap()
        .radio
        .byte_loss
}

/// How many of 14,600 bytes come through, up and down.
async fn come_through(of_a_thousand: u16) -> (usize, usize) {
    let mut profile = profile("cellular-normal");
    profile.radio.byte_loss = loss(of_a_thousand);
    let mut world = World::with(profile, false, 1 << 16);
    let mut host = world.connection().await;
    for _ in 0..10 {
        world.send(b"AT+CIPSEND=1460\r").await;
        world.expect(b"\r\n> ").await;
        world.send(&[b'x'; 1460]).await;
        world.expect(b"\r\nSEND OK\r\n").await;
        host.write_all(&[b'y'; 1460]).await.unwrap();
        sleep(Duration::from_secs(1)).await;
        let received = world.handle.transcript().iter().rev().find_map(|entry| match entry.what {
            What::Received(length) => Some(length),
            _ => None,
        });
        if of_a_thousand < 1000 {
            let length = received.unwrap();
            let head = format!("\r\n+IPD,{length}:");
            world.expect(&[head.as_bytes(), &vec![b'y'; length]].concat()).await;
        }
    }
    let down = world.handle.status().counters.bytes_down;
    drop(world);
    let mut up = Vec::new();
    host.read_to_end(&mut up).await.unwrap();
    (up.len(), usize::try_from(down).unwrap())
}

#[rstest]
#[case::none(0, 14_600..=14_600)]
#[case::a_tenth(100, 12_900..=13_400)]
#[case::all(1000, 0..=0)]
#[tokio::test(start_paused = true)]
async fn data_are_lost_at_the_rate_of_the_profile(
    #[case] of_a_thousand: u16,
    #[case] come: std::ops::RangeInclusive<usize>,
) {
    let (up, down) = come_through(of_a_thousand).await;
    assert!(come.contains(&up) && come.contains(&down), "{up} and {down} of 14600 came through");
    assert_eq!((up, down), come_through(of_a_thousand).await, "the seed says which");
}

#[tokio::test(start_paused = true)]
async fn a_silent_module_says_nothing_until_it_is_another() {
    let mut world = World::new("module-silent");
    world.send(b"AT\rATE0\rA").await;
    world.expect_nothing().await;
    assert_eq!(world.handle.transcript(), []);
    world.handle.set_profile(profile("cellular-normal"));
    world.send(b"AT\r").await;
    world.expect(b"AT\r\r\nOK\r\n").await;
}

#[tokio::test(start_paused = true)]
async fn a_module_hangs_at_its_command_until_its_power_is_cut() {
    let mut world = World::new("module-hangs");
    world.quiet().await;
    world.ask("AT+CSQ", &["+CSQ: 21,0", "OK"]).await;
    world.send(b"AT+CREG?\r").await;
    world.send(b"AT\r").await;
    world.expect_nothing().await;
    world.handle.power_cycle();
    world.expect(b"\r\nRDY\r\n").await;
}

#[rstest]
#[case("module-reboots", "AT+CREG?", &["+CREG: 0,1", "OK"])]
#[case("module-reboots-connected", "AT+CIPSEND=9", &["ERROR"])]
#[tokio::test(start_paused = true)]
async fn a_module_restarts_once_at_its_command(
    #[case] network: &str,
    #[case] command: &str,
    #[case] answer: &[&str],
) {
    let mut world = World::new(network);
    let mut host = world.connection().await;
    world.send(format!("{command}\r").as_bytes()).await;
    world.expect(b"\r\nRDY\r\n\r\n+CFUN: 1\r\n\r\n+CPIN: READY\r\n\r\nCall Ready\r\n\r\nSMS Ready\r\n").await;
    assert_eq!(host.read(&mut [0]).await.unwrap(), 0, "the connection is gone");
    world.send(b"ATE0\r").await;
    world.expect(b"ATE0\r\r\nOK\r\n").await;
    world.ask(command, answer).await;
    assert_eq!(world.handle.status().counters.power_cycles, 0);
}

#[tokio::test(start_paused = true)]
async fn even_parity_is_an_eighth_bit() {
    let mut world = World::new("module-garbage");
    world.send(b"AT\r").await;
    world.expect(b"A\xD4\x8D\x8D\x0A\xCFK\x8D\x0A").await;
}

#[tokio::test(start_paused = true)]
async fn noise_is_nothing_that_can_be_read() {
    let mut world = World::new("module-noise");
    world.send(b"AT\r").await;
    let mut heard = [0; 13];
    world.terminal.read_exact(&mut heard).await.unwrap();
    assert_eq!([heard[4], heard[5], heard[6], heard[11], heard[12]], *b"\r\r\n\r\n");
    assert!(heard[..4].iter().chain(&heard[7..11]).all(|byte| *byte >= 0x80), "{heard:?}");
}

/// A far end that is no modem: what is sent comes back spoilt, in its own line, and nothing else comes.
#[rstest]
#[case(Voice::OnlyWrongEcho, b"@U\r")]
#[case(Voice::OnlyCaseEcho, b"at\r")]
#[tokio::test(start_paused = true)]
async fn an_echo_and_no_answer(#[case] voice: Voice, #[case] echo: &[u8]) {
    let mut profile = profile("cellular-normal");
    profile.module.voice = voice;
    let mut world = World::with(profile, false, 1024);
    world.send(b"\x1B\0AT\r").await;
    world.expect(echo).await;
    world.expect_nothing().await;
    assert!(!world.handle.transcript().iter().any(|entry| matches!(entry.what, What::Said(_))));
}

#[tokio::test(start_paused = true)]
async fn contacts_that_go_can_be_told() {
    let mut world = World::new("cellular-normal");
    world.quiet().await;
    world.handle.set_profile(profile("sim-flapping-restless"));
    for _ in 0..3 {
        world.expect(b"\r\n+CPIN: NOT READY\r\n\r\n+CPIN: READY\r\n").await;
    }
}

#[rstest]
#[case::wrong(Voice::WrongEcho, b"@U*BRP\x0C")]
#[case::stuck(Voice::StuckEcho, b"AT+CSQ\r")]
#[tokio::test(start_paused = true)]
async fn an_echo_that_cannot_be_switched_off(#[case] voice: Voice, #[case] echo: &[u8]) {
    let mut profile = profile("cellular-normal");
    profile.module.voice = voice;
    let mut world = World::with(profile, false, 1024);
    world.send(b"ATE0\r").await;
    world.terminal.read_exact(&mut [0; 5]).await.unwrap();
    world.expect(b"\r\nOK\r\n").await;
    world.send(b"AT+CSQ\r").await;
    world.expect(&[echo, b"\r\n+CSQ: 21,0\r\n\r\nOK\r\n"].concat()).await;
}
