//! A Quectel EC20: its own commands byte for byte, and each cellular condition as it tells it (PROTOCOL.md, "The network's side";
//! EC2x&EG9x TCP/IP Application Note).
#![allow(clippy::unwrap_used, reason = "a test may fail by it")]

mod world;

use std::time::Duration;

use payrig_network::{Dialect, IpState};
use rstest::rstest;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use world::{World, profile};

#[rstest]
#[case::identity(
    r#"
    ATI => Quectel | EC20F | Revision: EC20CEFAGR06A09M4G | OK
    AT+CGMI => Quectel | OK
    AT+CGMM => EC20F | OK
    AT+GMR => EC20CEFAGR06A09M4G | OK
    AT+CGSN => 001010123456788 | OK
    AT+CIMI => 001010123456789 | OK
    AT+QCCID => +QCCID: 89860000000000000001 | OK
    AT+CCID => +CCID: 89860000000000000001 | OK
    AT+GCAP => +GCAP: +CGSM,+FCLASS,+DS | OK
"#
)]
#[case::network(
    r#"
    AT+CPIN? => +CPIN: READY | OK
    AT+CEREG? => +CEREG: 0,1 | OK
    AT+CEREG=1 => OK
    AT+CEREG? => +CEREG: 1,1 | OK
    AT+CREG? => +CREG: 0,1 | OK
    AT+COPS? => +COPS: 0,0,"PAYRIG TEST",7 | OK
    AT+QNWINFO => +QNWINFO: "FDD LTE","00101","LTE BAND 3",1650 | OK
    AT+CGATT? => +CGATT: 1 | OK
"#
)]
#[case::what_a_modem_stack_asks_first(
    r#"
    ATE0V1Q0 => OK
    AT+CMEE=1;+CSCS="UCS2" => OK
    AT+IFC=2,2 => OK
    AT+CSCA? => +CSCA: "+8613800100500",145 | OK
    AT+CNMI=2,1,0,0,0 => OK
    AT+CPMS? => +CPMS: "SM",0,50,"SM",0,50,"SM",0,50 | OK
    AT+CMGF=? => +CMGF: (0,1) | OK
    AT+CMGL=4 => OK
    AT+CLCK="SC",2 => +CLCK: 0 | OK
    AT+CCLK? => +CCLK: "26/01/01,08:00:00+32" | OK
    AT+CGDCONT=1,"IP","cmnet" => OK
    AT+CGDCONT? => +CGDCONT: 1,"IP","cmnet","0.0.0.0",0,0 | OK
    ATH => OK
    ATD*99# => ERROR
"#
)]
#[case::context_to_connection_and_down(
    r#"
    AT+QIDEACT=1 => OK
    AT+QIACT? => OK
    AT+QICSGP=1,1,"cmnet","","",0 => OK
    AT+QICSGP=1 => +QICSGP: 1,"cmnet","","",0 | OK
    AT+QIACT=1 => OK
    AT+QIACT? => +QIACT: 1,1,1,"10.64.0.21" | OK
    AT+QIOPEN=1,0,"TCP","192.0.2.10",5000,0,1 => OK | +QIOPEN: 0,0
    AT+QISTATE=1,0 => +QISTATE: 0,"TCP","192.0.2.10",5000,0,2,1,0,1,"uart1" | OK
    AT+QISEND=0,0 => +QISEND: 0,0,0 | OK
    AT+QIOPEN=1,0,"TCP","192.0.2.10",5000,0,1 => OK | +QIOPEN: 0,563
    AT+QIGETERROR => +QIGETERROR: 563,socket identity has been used | OK
    AT+QICLOSE=0 => OK
    AT+QISTATE => OK
    AT+QICLOSE=0 => OK
    AT+QIACT? => +QIACT: 1,1,1,"10.64.0.21" | OK
    AT+QIDEACT=1 => OK
    AT+QIACT? => OK
    AT+QIGETERROR => +QIGETERROR: 563,socket identity has been used | OK
"#
)]
#[case::wrong_state(
    r#"
    AT+QISEND=0,5 => ERROR
    AT+QIGETERROR => +QIGETERROR: 572,operation not allowed | OK
    AT+QIOPEN=1,0,"TCP","h",1 => OK | +QIOPEN: 0,561
    AT+QICSGP=1,1,"a" => OK
    AT+QIACT=1 => OK
    AT+QIACT=1 => ERROR
"#
)]
#[case::wrong_values(
    r#"
    AT+QIACT=2 => ERROR
    AT+QIGETERROR => +QIGETERROR: 552,invalid parameters | OK
    AT+QICSGP=1,1,apn => ERROR
    AT+QIOPEN=1,0,"UDP","h",1 => ERROR
    AT+QIOPEN=1,1,"TCP","h",1 => ERROR
    AT+QIOPEN=1,0,"TCP","h",0 => ERROR
    AT+QIOPEN=1,0,"TCP","h",1,0,2 => ERROR
    AT+QISEND=0,1461 => ERROR
    AT+QICLOSE=1 => ERROR
    AT+CIPSTART="TCP","h","1" => ERROR
"#
)]
#[tokio::test(start_paused = true)]
async fn a_normal_network_answers(#[case] dialogue: &str) {
    let mut world = World::ec20("cellular-normal");
    world.quiet().await;
    world.follow(dialogue).await;
    world.expect_nothing().await;
}

/// From a context's settings to its refusal.
const REFUSED: &str = "AT+QICSGP=1,1,\"cmnet\",\"\",\"\",0 => OK\nAT+QIACT=1 => ";

#[rstest]
#[case("no-sim", "AT+CPIN? => +CME ERROR: 10\nAT+CEREG? => +CEREG: 0,0 | OK")]
#[case("no-sim-line", "AT+CPIN? => +CPIN: NOT INSERTED | OK\nAT+QCCID => +CME ERROR: 10")]
#[case("sim-pin", "AT+CPIN? => +CPIN: SIM PIN | OK\nAT+CIMI => +CME ERROR: 11")]
#[case("sim-pin-error", "AT+CPIN? => +CME ERROR: 11")]
#[case("sim-wrong-pin", "AT+CPIN? => +CME ERROR: 16")]
#[case("sim-puk", "AT+CPIN? => +CPIN: SIM PUK | OK")]
#[case("sim-puk-error", "AT+CPIN? => +CME ERROR: 12")]
#[case("sim-damaged", "AT+CPIN? => +CME ERROR: 13\nAT+CGATT=1 => +CME ERROR: 13")]
#[case("sim-damaged-wrong", "AT+CPIN? => +CME ERROR: 15")]
#[case("sim-starting-stuck", "AT+CPIN? => +CME ERROR: 10")]
#[case("sim-starting-stuck-slow", "AT+CPIN? => +CME ERROR: 14")]
#[case(
    "no-signal",
    "AT+CSQ => +CSQ: 99,99 | OK\nAT+CEREG? => +CEREG: 0,4 | OK\nAT+QNWINFO => +QNWINFO: No Service | OK"
)]
#[case("no-signal-off", "AT+CSQ => +CSQ: 99,99 | OK\nAT+CEREG? => +CEREG: 0,2 | OK")]
#[case("registration-denied", "AT+CEREG? => +CEREG: 0,3 | OK\nAT+CGATT=1 => +CME ERROR: 50")]
#[case("roaming-no-data", "AT+CEREG? => +CEREG: 0,5 | OK\nAT+CGATT=1 => +CME ERROR: 107")]
#[case("roaming-no-data-area", "AT+CEREG? => +CEREG: 0,5 | OK\nAT+CGATT=1 => +CME ERROR: 113")]
#[case::no_credit(
    "sim-no-credit",
    &format!("AT+CEREG? => +CEREG: 0,1 | OK\n{REFUSED}ERROR\nAT+QIGETERROR => +QIGETERROR: 561,open pdp context failed | OK")
)]
#[case::no_credit("sim-no-credit-error", &format!("{REFUSED}+CME ERROR: 133"))]
#[case::no_credit("sim-no-credit-denied", "AT+CEREG? => +CEREG: 0,3 | OK")]
#[case::no_credit(
    "sim-no-credit-not-attached",
    "AT+CEREG? => +CEREG: 0,1 | OK\nAT+CGATT=1 => +CME ERROR: 30"
)]
#[case::no_credit(
    "sim-no-credit-tcp-dead",
    &format!("{REFUSED}OK\nAT+QIOPEN=1,0,\"TCP\",\"192.0.2.10\",5000,0,1 => OK | +QIOPEN: 0,566")
)]
#[case("wrong-apn", &format!("{REFUSED}ERROR\nAT+QIGETERROR => +QIGETERROR: 573,apn not configured | OK"))]
#[case("wrong-apn-temporary", &format!("{REFUSED}+CME ERROR: 134"))]
#[case(
    "dns-fails",
    &format!("{REFUSED}OK\nAT+QIOPEN=1,0,\"TCP\",\"pos.example\",5000,0,1 => OK | +QIOPEN: 0,565
        AT+QIOPEN=1,0,\"TCP\",\"192.0.2.10\",5000,0,1 => OK | +QIOPEN: 0,0")
)]
#[case("dns-silent", &format!("{REFUSED}OK\nAT+QIOPEN=1,0,\"TCP\",\"pos.example\",5000,0,1 => OK | +QIOPEN: 0,565"))]
#[case("host-refuses", &format!("{REFUSED}OK\nAT+QIOPEN=1,0,\"TCP\",\"h\",1,0,1 => OK | +QIOPEN: 0,566"))]
#[case("host-refuses-late", &format!("{REFUSED}OK\nAT+QIOPEN=1,0,\"TCP\",\"h\",1,0,1 => OK | +QIOPEN: 0,567"))]
#[case("host-unreachable", &format!("{REFUSED}OK\nAT+QIOPEN=1,0,\"TCP\",\"h\",1,0,1 => OK | +QIOPEN: 0,566"))]
#[case("host-silent-late", &format!("{REFUSED}OK\nAT+QIOPEN=1,0,\"TCP\",\"h\",1,0,1 => OK | +QIOPEN: 0,569"))]
#[tokio::test(start_paused = true)]
async fn a_condition_answers(#[case] network: &str, #[case] dialogue: &str) {
    let mut world = World::ec20(network);
    world.quiet().await;
    world.follow(dialogue).await;
    if !network.starts_with("sim-starting") {
        world.expect_nothing().await;
    }
}

/// An open connection: the host's end of it.
async fn connection(world: &mut World) -> DuplexStream {
    world.quiet().await;
    world.follow("AT+QICSGP=1,1,\"cmnet\" => OK\nAT+QIACT=1 => OK").await;
    world.follow("AT+QIOPEN=1,0,\"TCP\",\"192.0.2.10\",5000,0,1 => OK | +QIOPEN: 0,0").await;
    world.next_connection().await
}

#[tokio::test(start_paused = true)]
async fn data_go_both_ways_and_the_peer_s_end_is_told() {
    let mut world = World::ec20("cellular-normal");
    let mut host = connection(&mut world).await;
    world.send(b"AT+QISEND=0,5\r").await;
    world.expect(b"\r\n> ").await;
    world.send(b"\x1A\r\n12").await;
    world.expect(b"\r\nSEND OK\r\n").await;
    let mut arrived = [0; 5];
    host.read_exact(&mut arrived).await.unwrap();
    assert_eq!(&arrived, b"\x1A\r\n12");
    host.write_all(b"abc\r\n").await.unwrap();
    world.expect(b"\r\n+QIURC: \"recv\",0,5\r\nabc\r\n").await;
    world.ask("AT+QISEND=0,0", &["+QISEND: 5,5,0", "OK"]).await;
    drop(host);
    world.expect(b"\r\n+QIURC: \"closed\",0\r\n").await;
    world.ask("AT+QICLOSE=0", &["OK"]).await;
    assert_eq!(world.handle.status().ip, IpState::Closed);
}

const OPEN: &str = "AT+QIOPEN=1,0,\"TCP\",\"192.0.2.10\",5000,0,1";

/// The module keeps the socket of a connection that has ended by itself until it is told to close it, or the context is.
#[rstest]
#[case::closed("AT+QICLOSE=0 => OK")]
#[case::context_closed("AT+QIDEACT=1 => OK\nAT+QIACT=1 => OK")]
#[tokio::test(start_paused = true)]
async fn a_lost_connection_keeps_its_socket(#[case] set_free: &str) {
    let mut world = World::ec20("cellular-normal");
    let host = connection(&mut world).await;
    drop(host);
    world.expect(b"\r\n+QIURC: \"closed\",0\r\n").await;
    world.ask("AT+QISTATE=1,0", &["+QISTATE: 0,\"TCP\",\"192.0.2.10\",5000,0,4,1,0,1,\"uart1\"", "OK"]).await;
    for _ in 0..2 {
        world.ask(OPEN, &["OK", "+QIOPEN: 0,563"]).await;
        world.ask("AT+QIGETERROR", &["+QIGETERROR: 563,socket identity has been used", "OK"]).await;
    }
    world.follow(set_free).await;
    world.ask("AT+QISTATE=1,0", &["OK"]).await;
    world.ask(OPEN, &["OK", "+QIOPEN: 0,0"]).await;
}

/// So does one that was lost with its context, or while data were sent.
#[rstest]
#[case("drop-before-request-context", "", "\r\n+QIURC: \"pdpdeact\",1\r\n")]
#[case("drop-during-request", "123456789", "\r\n> \r\nSEND FAIL\r\n")]
#[tokio::test(start_paused = true)]
async fn a_connection_that_broke_keeps_its_socket(
    #[case] network: &str,
    #[case] data: &str,
    #[case] heard: &str,
) {
    let mut world = World::ec20(network);
    let _host = connection(&mut world).await;
    world.send(b"AT+QISEND=0,9\r").await;
    world.send(data.as_bytes()).await;
    world.expect(heard.as_bytes()).await;
    world.handle.set_profile(profile("cellular-normal").with_dialect(Dialect::Ec20).unwrap());
    if network.ends_with("context") {
        world.ask("AT+QIACT=1", &["OK"]).await;
    }
    world.ask(OPEN, &["OK", "+QIOPEN: 0,563"]).await;
    world.follow("AT+QIDEACT=1 => OK\nAT+QIACT=1 => OK").await;
    world.ask(OPEN, &["OK", "+QIOPEN: 0,0"]).await;
}

/// PROTOCOL.md, "The network's side": no SIM, then a busy one, then one that is ready.
#[rstest]
#[case("sim-starting", &["+CME ERROR: 14"])]
#[case("sim-starting-not-ready", &["+CPIN: NOT READY", "OK"])]
#[tokio::test(start_paused = true)]
async fn a_sim_that_starts_is_missed_then_busy_and_then_ready(#[case] network: &str, #[case] busy: &[&str]) {
    let mut world = World::ec20("cellular-normal");
    world.quiet().await;
    world.handle.set_profile(profile(network).with_dialect(Dialect::Ec20).unwrap());
    world.ask("AT+CPIN?", &["+CME ERROR: 10"]).await;
    world.ask("AT+CIMI", &["+CME ERROR: 10"]).await;
    tokio::time::sleep(Duration::from_millis(1500)).await;
    world.ask("AT+CPIN?", busy).await;
    world.expect(b"\r\n+CPIN: READY\r\n").await;
    world.ask("AT+CPIN?", &["+CPIN: READY", "OK"]).await;
}

/// A module that has just been switched on does the same.
#[tokio::test(start_paused = true)]
async fn a_sim_is_missed_first_after_power_up() {
    let mut world = World::ec20("cellular-normal");
    world.quiet().await;
    world.handle.power_cycle();
    world.expect(b"\r\nRDY\r\n\r\n+CFUN: 1\r\n").await;
    world.send(b"ATE0\r").await;
    world.expect(b"ATE0\r\r\nOK\r\n").await;
    world.ask("AT+CMEE=1", &["OK"]).await;
    world.ask("AT+CPIN?", &["+CME ERROR: 10"]).await;
    world.expect(b"\r\n+CPIN: READY\r\n").await;
}

#[tokio::test(start_paused = true)]
async fn a_name_that_the_uplink_does_not_find_is_told() {
    let mut world = World::ec20("cellular-normal");
    world.quiet().await;
    world.ask("AT+QICSGP=1,1,\"cmnet\",\"\",\"\",0", &["OK"]).await;
    world.ask("AT+QIACT=1", &["OK"]).await;
    world.ask("AT+QIOPEN=1,0,\"TCP\",\"nobody.invalid\",5000,0,1", &["OK", "+QIOPEN: 0,565"]).await;
    world.ask("AT+QIGETERROR", &["+QIGETERROR: 565,dns parse failed", "OK"]).await;
}

#[tokio::test(start_paused = true)]
async fn a_context_that_the_network_takes_away_is_told() {
    let mut world = World::ec20("cellular-normal");
    let mut host = connection(&mut world).await;
    world.handle.set_profile(profile("sim-no-credit").with_dialect(Dialect::Ec20).unwrap());
    world.expect(b"\r\n+QIURC: \"pdpdeact\",1\r\n").await;
    assert_eq!(host.read(&mut [0]).await.unwrap(), 0);
    world.ask("AT+QIACT?", &["OK"]).await;
}

#[rstest]
#[case("drop-before-request", "\r\n+QIURC: \"closed\",0\r\n", 0)]
#[case("drop-before-request-context", "\r\n+QIURC: \"pdpdeact\",1\r\n", 0)]
#[case("drop-during-request", "\r\n> \r\nSEND FAIL\r\n", 5)]
#[case("drop-during-request-context", "\r\n> \r\n+QIURC: \"pdpdeact\",1\r\n\r\nSEND FAIL\r\n", 5)]
#[case("weak-signal-drops", "\r\n> \r\nSEND FAIL\r\n", 5)]
#[case("drop-after-request", "\r\n> \r\nSEND OK\r\n\r\n+QIURC: \"closed\",0\r\n", 9)]
#[case("drop-after-request-context", "\r\n> \r\nSEND OK\r\n\r\n+QIURC: \"pdpdeact\",1\r\n", 9)]
#[tokio::test(start_paused = true)]
async fn a_connection_breaks_where_the_profile_says(
    #[case] network: &str,
    #[case] heard: &str,
    #[case] reaches_the_host: usize,
) {
    let mut world = World::ec20(network);
    let mut host = connection(&mut world).await;
    world.send(b"AT+QISEND=0,9\r").await;
    if reaches_the_host > 0 {
        world.send(b"123456AT\r").await;
    }
    world.expect(heard.as_bytes()).await;
    world.expect_nothing().await;
    let mut arrived = Vec::new();
    host.read_to_end(&mut arrived).await.unwrap();
    assert_eq!(arrived.len(), reaches_the_host);
}

/// Half of the answer comes, and behind it the connection's end.
#[rstest]
#[case("drop-during-answer", "\r\n+QIURC: \"closed\",0\r\n")]
#[case("drop-during-answer-context", "\r\n+QIURC: \"pdpdeact\",1\r\n")]
#[tokio::test(start_paused = true)]
async fn a_connection_breaks_in_the_middle_of_an_answer(#[case] network: &str, #[case] end: &str) {
    let mut world = World::ec20(network);
    let mut host = connection(&mut world).await;
    world.send(b"AT+QISEND=0,9\r").await;
    world.expect(b"\r\n> ").await;
    world.send(b"123456789").await;
    world.expect(b"\r\nSEND OK\r\n").await;
    host.write_all(b"abcdefg").await.unwrap();
    world.expect(b"\r\n+QIURC: \"recv\",0,4\r\nabcd").await;
    world.expect(end.as_bytes()).await;
    world.expect_nothing().await;
}

#[tokio::test(start_paused = true)]
async fn a_silent_host_is_waited_for_longer_than_a_terminal_waits() {
    let mut world = World::ec20("host-silent");
    world.quiet().await;
    world.follow("AT+QICSGP=1,1,\"cmnet\" => OK\nAT+QIACT=1 => OK").await;
    let asked = tokio::time::Instant::now();
    world.follow("AT+QIOPEN=1,0,\"TCP\",\"192.0.2.10\",5000,0,1 => OK | +QIOPEN: 0,569").await;
    assert!(asked.elapsed() > Duration::from_secs(150), "{:?}", asked.elapsed());
}

#[rstest]
#[case("module-hangs", "AT+CEREG?")]
#[case("module-silent", "AT")]
#[tokio::test(start_paused = true)]
async fn a_module_that_says_nothing(#[case] network: &str, #[case] command: &str) {
    let mut world = World::ec20(network);
    if network != "module-silent" {
        world.quiet().await;
        world.ask("AT+CREG?", &["+CREG: 0,1", "OK"]).await;
    }
    world.send(format!("{command}\rAT\r").as_bytes()).await;
    world.expect_nothing().await;
}

#[rstest]
#[case("module-reboots", 1)]
#[case("module-reboots-always", 4)]
#[case("module-reboots-early", 4)]
#[tokio::test(start_paused = true)]
async fn a_module_restarts_at_its_command(#[case] network: &str, #[case] times: usize) {
    let mut world = World::ec20(network);
    world.quiet().await;
    let command = if network.ends_with("early") { "AT+CPIN?" } else { "AT+CEREG?" };
    for _ in 0..times {
        world.send(format!("{command}\r").as_bytes()).await;
        world.expect(b"\r\nRDY\r\n\r\n+CFUN: 1\r\n\r\n+CPIN: READY\r\n\r\n+QUSIM: 1\r\n\r\n+QIND: SMS DONE\r\n\r\n+QIND: PB DONE\r\n").await;
        world.quiet().await;
    }
    if times == 1 {
        world.ask("AT+CEREG?", &["+CEREG: 0,1", "OK"]).await;
    }
}
