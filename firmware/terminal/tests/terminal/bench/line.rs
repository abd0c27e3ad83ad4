//! What a line modem answers, and the call to the access controller.

use std::time::Duration;

use tokio::time::Instant;

use super::modem::Script;
use super::pipe::{Rx, Tx};

const STX: u8 = 0x02;
const ETX: u8 = 0x03;
const NAK: u8 = 0x15;
/// S12 as modems have it: 50 fiftieths of a second.
const GUARD: Duration = Duration::from_secs(1);

/// The answer to a command where the script says nothing else: digits until words are asked for.
pub fn usual_answer(command: &str) -> &'static str {
    match command {
        "AT" | "ATZ" => "0\r",
        _ if command.starts_with("ATDT") => "\r\nCONNECT 2400\r\n",
        _ => "\r\nOK\r\n",
    }
}

/// Whether an answer leads to a call.
pub fn connects(answer: &[u8]) -> bool {
    let connects = answer.windows(7).any(|part| part == b"CONNECT") || answer == b"1\r";
    connects && !answer.ends_with(b"\r\nNO CARRIER\r\n")
}

/// A message of a TCP frame between STX and LRC.
pub fn framed(frame: &[u8]) -> Vec<u8> {
    let message = &frame[2..];
    let mut bytes = hex::decode(format!("{:04}", message.len())).unwrap();
    bytes.extend(message);
    bytes.push(ETX);
    let lrc = bytes.iter().fold(0, |lrc, byte| lrc ^ byte);
    [&[STX], bytes.as_slice(), &[lrc]].concat()
}

/// Serves a call until the terminal leaves it, or the script says that the carrier is lost.
pub async fn serve_call(rx: &mut Rx, tx: &Tx, script: &Script) {
    let mut last = Vec::new();
    let mut escape = Escape { heard: Instant::now(), plusses: 0 };
    loop {
        let byte = rx.byte().await;
        script.plusses.update(|plusses| plusses + usize::from(byte == b'+'));
        let escaped = escape.takes(byte, GUARD + script.slow_port.get());
        match byte {
            _ if escaped && script.missed_escapes.get() > 0 => {
                script.missed_escapes.update(|missed| missed - 1);
                continue;
            }
            _ if escaped => {
                script.pause("+++").await;
                tx.put(b"\r\nOK\r\n");
                break;
            }
            STX => {
                last =
                    script.host.answer(&request(rx).await).map(|answer| framed(&answer)).unwrap_or_default()
            }
            NAK => script.naks.update(|naks| naks + 1),
            _ => continue,
        }
        let replaced = script.next_on_line.borrow_mut().pop_front().or(script.after_data.borrow().clone());
        let sent = replaced.unwrap_or_else(|| last.clone());
        tx.put(&sent);
        if sent.ends_with(b"\r\nNO CARRIER\r\n") {
            break;
        }
    }
    script.in_call.set(false);
}

/// What of `+++` has come, with silence before it.
struct Escape {
    heard: Instant,
    plusses: usize,
}

impl Escape {
    /// Whether it is whole with this byte.
    fn takes(&mut self, byte: u8, guard: Duration) -> bool {
        let was_silent = std::mem::replace(&mut self.heard, Instant::now()).elapsed() >= guard;
        self.plusses = match (byte, self.plusses) {
            (b'+', _) if was_silent => 1,
            (b'+', 1..=2) => self.plusses + 1,
            _ => 0,
        };
        self.plusses == 3
    }
}

/// A request's frame, unharmed, as TCP would have it.
async fn request(rx: &mut Rx) -> Vec<u8> {
    let mut bytes = vec![rx.byte().await, rx.byte().await];
    let length: usize = hex::encode(&bytes).parse().unwrap();
    for _ in 0..length + 2 {
        bytes.push(rx.byte().await);
    }
    assert_eq!(bytes[2 + length], ETX);
    assert_eq!(bytes.iter().fold(0, |lrc, byte| lrc ^ byte), 0, "the LRC of {bytes:02X?}");
    let announced = u16::try_from(length).unwrap().to_be_bytes();
    [announced.as_slice(), &bytes[2..2 + length]].concat()
}
