//! A line modem and the access controller behind it: commands and result codes, calls, frames, and each condition of a line
//! (PROTOCOL.md, "The network's side"; INTERFACE.md, section 15; ITU-T V.250, 6.3).
#![allow(clippy::unwrap_used, reason = "a test may fail by it")]

mod world;

use std::time::Duration;

use payrig_network::{IpState, Modem, What};
use rstest::rstest;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream},
    time::{Instant, sleep, timeout},
};
use world::{World, profile};

const MESSAGE: &[u8] = b"\x60\x00\x03\x00\x00\x60\x31\x00\x31\x11\x08\x08\x00the rest of a request that is as long as requests are";
const NAK: u8 = 0x15;

/// A message between STX and LRC, made by hand: INTERFACE.md, section 15.
fn framed(message: &[u8]) -> Vec<u8> {
    let digits = format!("{:04}", message.len());
    let mut frame = vec![0x02];
    frame.extend(hex(&digits));
    frame.extend(message);
    frame.push(0x03);
    frame.push(frame[1..].iter().fold(0, |lrc, byte| lrc ^ byte));
    frame
}

fn hex(digits: &str) -> Vec<u8> {
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect()
}

#[rstest]
#[case::setting_up(
    r#"
    AT => OK
    ATZ => OK
    ATE0V1X4 => OK
    ATQ0 V1 E0 S0=0 &C1 &D2 +FCLASS=0 => OK
    ATS7? => 060 | OK
    ATS7=45 => OK
    ATS7? => 045 | OK
    ATS12? => 050 | OK
    ATS99=1 => ERROR
    ATX5 => ERROR
    ATI => 2400 | OK
    ATH => OK
    ATH0 => OK
    ATA => NO CARRIER
    ATO => NO CARRIER
"#
)]
#[case::no_mobile_module(
    r#"
    AT+CPIN? => ERROR
    AT+CREG? => ERROR
    AT+CIPSTART="TCP","h","1" => ERROR
"#
)]
#[case::what_is_no_number("ATD => ERROR\nATDT => ERROR\nATDL => ERROR\nATDT95516; => ERROR")]
#[case::another_number("ATDT12345 => NO CARRIER")]
#[tokio::test(start_paused = true)]
async fn a_line_modem_answers(#[case] dialogue: &str) {
    let mut world = World::new("line-normal");
    world.send(b"ATE0\r").await;
    world.expect(b"ATE0\r\r\nOK\r\n").await;
    for line in dialogue.lines().filter(|line| !line.trim().is_empty()) {
        world.follow(line).await;
        if line.trim().starts_with("ATZ") {
            world.send(b"ATE0\r").await;
            world.expect(b"ATE0\r\r\nOK\r\n").await;
        }
    }
    world.expect_nothing().await;
    assert_eq!(world.asked(), []);
}

async fn set_up(world: &mut World) {
    world.send(b"ATE0V1X4\r").await;
    world.expect(b"ATE0V1X4\r\r\nOK\r\n").await;
}

/// A call that stands: the host's end of the controller's connection.
async fn call(world: &mut World) -> DuplexStream {
    set_up(world).await;
    dial(world).await
}

async fn dial(world: &mut World) -> DuplexStream {
    world.ask("ATDT95516", &["CONNECT 2400"]).await;
    world.next_connection().await
}

#[tokio::test(start_paused = true)]
async fn a_request_and_its_answer_go_through_the_access_controller() {
    let mut world = World::new("line-normal");
    let mut host = call(&mut world).await;
    assert_eq!(world.asked(), [("192.0.2.10".to_owned(), 5000)]);
    world.send(&framed(MESSAGE)).await;
    let mut request = vec![0; 2 + MESSAGE.len() + 33];
    host.read_exact(&mut request).await.unwrap();
    assert_eq!(usize::from(u16::from_be_bytes([request[0], request[1]])), MESSAGE.len() + 33);
    assert_eq!(request[2..7], MESSAGE[..5]);
    assert_eq!(
        request[7..28],
        *b"LRI\x00\x1C\x02\x01\x23\x45\x67\x8F\xFF\xFF\x95\x51\x6F\xFF\xFF\xFF\xFF\xFF"
    );
    assert_eq!(request[40..], MESSAGE[5..]);
    host.write_all(b"\x00\x06answ").await.unwrap();
    sleep(Duration::from_secs(1)).await;
    host.write_all(b"er").await.unwrap();
    world.expect(&framed(b"answer")).await;
    // Silence, `+++`, silence, and the modem takes commands again.
    sleep(Duration::from_secs(1)).await;
    world.send(b"+++").await;
    sleep(Duration::from_secs(1)).await;
    world.expect(b"\r\nOK\r\n").await;
    world.ask("ATO", &["CONNECT 2400"]).await;
    sleep(Duration::from_secs(1)).await;
    world.send(b"+++").await;
    world.expect(b"\r\nOK\r\n").await;
    world.ask("ATH", &["OK"]).await;
    assert_eq!(host.read(&mut [0]).await.unwrap(), 0, "the call is over");
    assert_eq!(world.handle.status().ip, IpState::Closed);
    // Every call is dialled anew.
    world.ask("ATDT95516", &["CONNECT 2400"]).await;
    world.next_connection().await;
}

/// `AT&D`: Hayes's four answers to a terminal that is no more ready. `ATO` finds the call where it stands.
#[rstest]
#[case::hangs_up("AT", false, "ATO => NO CARRIER")]
#[case::hangs_up_as_told("AT&D2", false, "ATO => NO CARRIER")]
#[case::takes_commands("AT&D1", true, "ATO => CONNECT 2400")]
#[tokio::test(start_paused = true)]
async fn a_port_that_closes_ends_the_call(#[case] setting: &str, #[case] stands: bool, #[case] then: &str) {
    let mut world = World::new("line-normal");
    set_up(&mut world).await;
    world.ask(setting, &["OK"]).await;
    let mut host = dial(&mut world).await;
    let mut world = world.reconnect_after(Modem::drop_dtr).await;
    world.follow(then).await;
    let ended = timeout(Duration::from_secs(1), host.read(&mut [0])).await;
    assert_eq!(ended.is_err(), stands, "{ended:?}");
    assert_eq!(world.handle.transcript().iter().any(|entry| entry.what == What::NotReady), !stands);
}

#[tokio::test(start_paused = true)]
async fn a_modem_that_does_not_heed_the_port_stays_online() {
    let mut world = World::new("line-normal");
    set_up(&mut world).await;
    world.ask("AT&D", &["OK"]).await;
    let mut host = dial(&mut world).await;
    let mut world = world.reconnect_after(Modem::drop_dtr).await;
    world.send(&framed(MESSAGE)).await;
    let mut request = vec![0; 2 + MESSAGE.len() + 33];
    host.read_exact(&mut request).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_port_that_closes_may_reset_the_modem() {
    let mut world = World::new("line-normal");
    set_up(&mut world).await;
    world.ask("AT&D3", &["OK"]).await;
    let mut world = world.reconnect_after(Modem::drop_dtr).await;
    // Its echo is back.
    world.send(b"AT&D4\r").await;
    world.expect(b"AT&D4\r\r\nERROR\r\n").await;
}

#[rstest]
#[case::without_silence_before(0, 1200, b"+++")]
#[case::too_many(1200, 1200, b"++++")]
#[case::something_behind(1200, 1200, b"+++x")]
#[tokio::test(start_paused = true)]
async fn what_is_no_escape_stays_data(#[case] before: u64, #[case] after: u64, #[case] bytes: &[u8]) {
    let mut world = World::new("line-normal");
    let _host = call(&mut world).await;
    world.send(b"x").await;
    sleep(Duration::from_millis(before)).await;
    world.send(bytes).await;
    sleep(Duration::from_millis(after)).await;
    world.expect_nothing().await;
}

#[tokio::test(start_paused = true)]
async fn a_harmed_frame_is_asked_for_again_and_an_answer_is_repeated_twice() {
    let mut world = World::new("line-normal");
    let mut host = call(&mut world).await;
    let mut harmed = framed(MESSAGE);
    *harmed.last_mut().unwrap() ^= 0x10;
    world.send(&harmed).await;
    world.expect(&[NAK]).await;
    let whole = framed(MESSAGE);
    world.send(&whole[..20]).await;
    let cut = Instant::now();
    world.expect(&[NAK]).await;
    assert!((500..700).contains(&cut.elapsed().as_millis()), "{:?}", cut.elapsed());
    world.send(&whole).await;
    let mut request = vec![0; 2 + MESSAGE.len() + 33];
    host.read_exact(&mut request).await.unwrap();
    host.write_all(b"\x00\x02ok").await.unwrap();
    for _ in 0..3 {
        world.expect(&framed(b"ok")).await;
        world.send(&[NAK]).await;
    }
    world.expect_nothing().await;
}

#[rstest]
#[case::word("line-no-dial-tone", "NO DIALTONE", 2..=4)]
#[case::words("line-no-dial-tone-spelled", "NO DIAL TONE", 6..=10)]
#[case::busy("line-busy", "BUSY", 4..=6)]
#[case::no_answer("line-no-answer", "NO ANSWER", 45..=60)]
#[case::no_carrier("line-no-carrier", "NO CARRIER", 30..=50)]
#[case::no_carrier("line-no-carrier-soon", "NO CARRIER", 1..=2)]
#[case::arrears("line-arrears", "NO CARRIER", 20..=40)]
#[case::arrears("line-arrears-no-answer", "NO ANSWER", 40..=60)]
#[case::arrears("line-arrears-busy", "BUSY", 15..=25)]
#[tokio::test(start_paused = true)]
async fn a_call_fails_as_the_line_has_it(
    #[case] network: &str,
    #[case] result: &str,
    #[case] seconds: std::ops::RangeInclusive<u64>,
) {
    let mut world = World::new(network);
    set_up(&mut world).await;
    for _ in 0..2 {
        let dialled = Instant::now();
        world.ask("ATDT95516", &[result]).await;
        assert!(seconds.contains(&dialled.elapsed().as_secs()), "{:?}", dialled.elapsed());
    }
    assert_eq!((world.handle.status().counters.not_opened, world.asked().len()), (2, 0));
}

#[rstest]
#[case("line-no-dial-tone-digits", "6")]
#[case("line-busy-digits", "7")]
#[case("line-no-answer-digits", "8")]
#[case("line-no-carrier-digits", "3")]
#[tokio::test(start_paused = true)]
async fn a_modem_that_knows_only_digits(#[case] network: &str, #[case] digit: &str) {
    let mut world = World::new(network);
    world.send(b"ATE0V1X4\r").await;
    world.expect(b"ATE0V1X4\r0\r").await;
    world.send(b"ATDT95516\r").await;
    world.expect(format!("{digit}\r").as_bytes()).await;
    world.expect_nothing().await;
}

/// What `ATX` lets a modem tell (ITU-T V.250, 6.3.6).
#[rstest]
#[case("line-busy", &["NO CARRIER", "NO CARRIER", "NO CARRIER", "BUSY", "BUSY"])]
#[case("line-no-dial-tone", &["NO CARRIER", "NO CARRIER", "NO DIALTONE", "NO CARRIER", "NO DIALTONE"])]
#[case("line-normal", &["CONNECT", "CONNECT 2400", "CONNECT 2400", "CONNECT 2400", "CONNECT 2400"])]
#[tokio::test(start_paused = true)]
async fn result_codes_follow_the_level(#[case] network: &str, #[case] results: &[&str]) {
    for (level, result) in results.iter().enumerate() {
        let mut world = World::new(network);
        set_up(&mut world).await;
        world.ask(&format!("ATX{level}"), &["OK"]).await;
        world.ask("ATDT95516", &[result]).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_number_that_never_answers_is_waited_for_until_a_key_ends_the_call() {
    let mut world = World::new("line-no-answer-ever");
    set_up(&mut world).await;
    world.send(b"ATDT95516\r\n").await;
    world.expect_nothing().await;
    world.send(b"\r").await;
    world.expect(b"\r\nNO CARRIER\r\n").await;
    world.ask("ATH", &["OK"]).await;
}

#[rstest]
#[case("line-carrier-lost", 37, None)]
#[case("line-carrier-lost-connected", 0, None)]
#[case("line-carrier-lost-waiting", 100, Some(2 + MESSAGE.len() + 33))]
#[tokio::test(start_paused = true)]
async fn the_carrier_is_lost_where_the_profile_says(
    #[case] network: &str,
    #[case] sends: usize,
    #[case] reaches_the_host: Option<usize>,
) {
    let mut world = World::new(network);
    set_up(&mut world).await;
    world.ask("ATDT95516", &["CONNECT 2400"]).await;
    if sends > 0 {
        let mut host = world.next_connection().await;
        let frame = framed(MESSAGE);
        world.send(&frame[..sends.min(frame.len())]).await;
        let mut arrived = Vec::new();
        let ended = tokio::time::timeout(Duration::from_secs(600), host.read_to_end(&mut arrived)).await;
        ended.expect("the call goes on").unwrap();
        assert_eq!(arrived.len(), reaches_the_host.unwrap_or(0));
    }
    world.expect(b"\r\nNO CARRIER\r\n").await;
    world.ask("AT", &["OK"]).await;
    assert_eq!(world.handle.status().ip, IpState::Closed);
}

#[tokio::test(start_paused = true)]
async fn the_carrier_is_lost_in_the_middle_of_an_answer() {
    let mut world = World::new("line-carrier-lost-answering");
    let mut host = call(&mut world).await;
    let length = u16::try_from(MESSAGE.len()).unwrap().to_be_bytes();
    host.write_all(&[&length, MESSAGE].concat()).await.unwrap();
    let frame = framed(MESSAGE);
    world.expect(&frame[..frame.len().div_ceil(2)]).await;
    world.expect(b"\r\nNO CARRIER\r\n").await;
    world.ask("AT", &["OK"]).await;
    assert_eq!(world.handle.status().ip, IpState::Closed);
}

/// How many of a hundred frames come through whole, up and down.
async fn come_through(network: &str) -> (usize, usize) {
    let mut world = World::new(network);
    let mut host = call(&mut world).await;
    let (mut up, mut down) = (0, 0);
    let frame = framed(MESSAGE);
    for _ in 0..100 {
        world.send(&frame).await;
        sleep(Duration::from_secs(1)).await;
        host.write_all(&[&[0, MESSAGE.len() as u8], MESSAGE].concat()).await.unwrap();
        sleep(Duration::from_secs(1)).await;
        let mut heard = vec![0; 4096];
        let count = world.terminal.read(&mut heard).await.unwrap();
        down += usize::from(heard[..count].windows(frame.len()).any(|window| window == frame));
    }
    let sent = world.handle.transcript();
    up += sent.iter().filter(|entry| matches!(entry.what, What::Sent(_))).count();
    (up, down)
}

#[rstest]
#[case::quiet("line-normal", 100..=100, 100..=100)]
#[case::noise("line-noise", 0..=0, 0..=0)]
#[case::noise("line-noise-down", 100..=100, 0..=0)]
#[case::noise("line-noise-up", 0..=0, 100..=100)]
#[tokio::test(start_paused = true)]
async fn noise_harms_frames_at_its_rate(
    #[case] network: &str,
    #[case] up: std::ops::RangeInclusive<usize>,
    #[case] down: std::ops::RangeInclusive<usize>,
) {
    let come = come_through(network).await;
    assert!(up.contains(&come.0) && down.contains(&come.1), "{come:?} of 100");
    assert_eq!(come, come_through(network).await, "the seed says which");
}

#[tokio::test(start_paused = true)]
async fn a_dead_port_says_nothing_and_another_line_takes_its_place() {
    let mut world = World::new("line-port-dead-reset");
    world.send(b"AT\r").await;
    world.expect(b"AT\r\r\nOK\r\n").await;
    world.send(b"ATZ\r").await;
    world.expect(b"ATZ\r").await;
    world.send(b"AT\r").await;
    world.expect_nothing().await;
    world.handle.set_profile(profile("line-port-dead"));
    world.send(b"AT\r").await;
    world.expect_nothing().await;
    world.handle.set_profile(profile("line-normal"));
    let _host = call(&mut world).await;
    world.handle.set_profile(profile("line-no-dial-tone"));
    world.expect(b"\r\nNO CARRIER\r\n").await;
    world.ask("ATDT95516", &["NO DIALTONE"]).await;
}

#[tokio::test(start_paused = true)]
async fn a_controller_whose_host_is_away_hangs_up() {
    let mut world = World::with(profile("line-normal"), true, 1 << 16);
    set_up(&mut world).await;
    world.ask("ATDT95516", &["CONNECT 2400", "NO CARRIER"]).await;
}

#[tokio::test(start_paused = true)]
async fn a_slow_line_takes_the_time_of_its_rate() {
    let mut world = World::new("line-slow");
    set_up(&mut world).await;
    let dialled = Instant::now();
    world.ask("ATDT95516", &["CONNECT 1200"]).await;
    assert!((60..=81).contains(&dialled.elapsed().as_secs()), "{:?}", dialled.elapsed());
}
