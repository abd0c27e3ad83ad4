//! The operator on a line: what is seen, what is not, and how that is told.
#![allow(clippy::unwrap_used, reason = "a test may fail by it")]

use std::{path::Path, time::Duration};

use payrig_operator::{Operator, TerminalFixture};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream},
    time::Instant,
};

const BOOT: &str = "PAYRIG-TERMINAL 0.1.0 build=native boot=1 state=keyed entropy=emulated\r\n\x1b[2J";
const LONG: Duration = Duration::from_secs(60);

fn screen(state: &str, text: &str, id: &str) -> String {
    let hint = format!("Any key             {id}");
    format!(
        "\x1b[?25l\x1b[1;1HPAYRIG T1{state:>15}\x1b[2;1H\x1b[K\x1b[3;1H{text}\x1b[K\x1b[8;1H{hint}\x1b[K\x1b[?25h"
    )
}

fn attached() -> (Operator, DuplexStream) {
    let (panel, terminal) = tokio::io::duplex(4096);
    (Operator::attach(panel), terminal)
}

async fn shows(terminal: &mut DuplexStream, text: &str) {
    terminal.write_all(text.as_bytes()).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_screen_that_is_shown_is_seen_at_once() {
    let (operator, mut terminal) = attached();
    shows(&mut terminal, &screen("KEYED", "1 Sign on", "M100")).await;
    let seen = operator.see("M100", LONG).await.unwrap();
    assert_eq!(seen.rows[2], "1 Sign on");
    assert_eq!(operator.screen(), seen);
    operator.see("M100", Duration::ZERO).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_screen_that_comes_and_goes_at_once_is_seen() {
    let (operator, mut terminal) = attached();
    let waiting = operator.see_any(&["M110", "M111"], LONG);
    let showing = async {
        let all = [("", "M100"), ("Modem", "M110"), ("Signed on", "M111"), ("", "M100")];
        let all: String = all.iter().map(|(text, id)| screen("KEYED", text, id)).collect();
        shows(&mut terminal, &all).await;
    };
    let (seen, ()) = tokio::join!(waiting, showing);
    assert_eq!(seen.unwrap().message_id, "M110");
}

#[tokio::test(start_paused = true)]
async fn what_was_seen_since_a_mark_can_be_asked() {
    let (operator, mut terminal) = attached();
    shows(&mut terminal, &screen("KEYED", "", "M100")).await;
    operator.see("M100", LONG).await.unwrap();
    let mark = operator.mark();
    shows(&mut terminal, &(screen("KEYED", "", "M110") + &screen("KEYED", "", "M111"))).await;
    operator.see("M111", LONG).await.unwrap();
    let since: Vec<_> = operator.seen_since(mark).into_iter().map(|seen| seen.screen.message_id).collect();
    assert_eq!(since, ["M110", "M111"]);
    assert_eq!(operator.history_of_screens().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_screen_that_does_not_come_is_told_with_what_is_shown() {
    let (operator, mut terminal) = attached();
    let waiting = operator.see("M111", Duration::from_secs(90));
    let showing = async {
        let all = screen("KEYED", "Signing on", "M110") + &screen("KEYED", "签到 failed", "E303");
        shows(&mut terminal, &(all + "\x1b[?25l\x1b[3;1HHalf a screen")).await;
    };
    let (seen, ()) = tokio::join!(waiting, showing);
    let expected = "\
expected screen M111 within 90s, but after 90s the panel shows E303:
+------------------------+
|PAYRIG T1          KEYED|
|                        |
|签到 failed             |
|                        |
|                        |
|                        |
|                        |
|Any key             E303|
+------------------------+
screens that came in that time: M110, E303";
    assert_eq!(seen.unwrap_err().to_string(), expected);
}

#[tokio::test(start_paused = true)]
async fn a_line_that_closes_ends_the_wait() {
    let (operator, terminal) = attached();
    let started = Instant::now();
    let closing = async {
        tokio::time::sleep(Duration::from_secs(2)).await;
        drop(terminal);
    };
    let (seen, ()) = tokio::join!(operator.see_any(&["M111", "M112"], LONG), closing);
    let message = seen.unwrap_err().to_string();
    let first = "expected screen M111 or M112 within 60s, but the panel line closed after 2s; \
                 it last showed a screen without a message id:";
    assert_eq!(message.lines().next(), Some(first));
    assert_eq!(started.elapsed(), Duration::from_secs(2));
    assert!(operator.line_closed());
}

#[tokio::test(start_paused = true)]
async fn each_boot_is_told_once_and_clears_the_screen() {
    let (operator, mut terminal) = attached();
    shows(&mut terminal, &(BOOT.to_owned() + &screen("KEYED", "", "M100"))).await;
    assert_eq!(operator.next_boot(LONG).await.unwrap().boot, 1);
    operator.see("M100", LONG).await.unwrap();
    shows(&mut terminal, &("\x1b[?25l\x1b[1;1HPA".to_owned() + &BOOT.replace("boot=1", "boot=2"))).await;
    assert_eq!(operator.next_boot(LONG).await.unwrap().boot, 2);
    assert_eq!(operator.screen().message_id, "");
    operator.see("M100", Duration::from_secs(1)).await.unwrap_err();
    assert_eq!(operator.boot_lines().len(), 2);
    let none = operator.next_boot(LONG).await.unwrap_err().to_string();
    assert!(
        none.starts_with("expected a boot line within 60s, but none came; the panel shows:\n+--"),
        "{none}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_boot_line_that_is_none_is_told() {
    let (operator, mut terminal) = attached();
    shows(&mut terminal, &BOOT.replace("boot=1", "boot=x")).await;
    let none = operator.next_boot(LONG).await.unwrap_err().to_string();
    assert!(none.contains("expected `boot=` and a number from 1"), "{none}");
    assert_eq!(operator.bad_boot_lines().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn keys_and_records_reach_the_terminal() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/terminals");
    let fixture = TerminalFixture::load(&fixtures.join("keyed.toml")).unwrap();
    let (operator, mut terminal) = attached();
    for intent in ["sign-on", "keys", "device", "any", "confirm", "clear", "cancel"] {
        operator.press(fixture.keys(intent).unwrap()).await.unwrap();
    }
    let record = fixture.record().unwrap();
    operator.send_record(&record).await.unwrap();
    drop(operator);
    let mut arrived = Vec::new();
    terminal.read_to_end(&mut arrived).await.unwrap();
    assert_eq!(arrived, [b"178\r\r\x08\x1b".as_slice(), &record.encode()].concat());
}
