//! A card's side of the slot: reset, T=0 and T=1, from the standard (ISO/IEC 7816-3).

use std::future::Future;

use crate::bench::front_end::frame;
use crate::bench::pipe::{Rx, Tx};

/// A command as a card takes it: header, data.
pub struct Command {
    pub header: [u8; 4],
    pub data: Vec<u8>,
}

/// A response: data and status.
pub type Response = (Vec<u8>, u16);

/// T of the card's answer to reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    T0,
    T1,
}

/// What a card is, apart from its contacts.
pub trait Application {
    /// Power has come on.
    fn reset(&mut self);
    /// The response; `None` where the card is pulled out in its place.
    fn answer(&mut self, command: &Command) -> Option<Response>;
    /// Whether it says anything at all.
    fn is_mute(&self) -> bool;
}

/// What the terminal did.
enum Seen {
    Reset,
    Character(u8),
}

/// RST fell, or power went.
struct Over;

struct Contacts<'c> {
    from_terminal: &'c mut Rx,
    to_terminal: &'c Tx,
}

/// Instructions whose commands bring data.
const WITH_DATA: [u8; 8] = [0xA4, 0xA8, 0xAE, 0x88, 0x20, 0x82, 0x24, 0x1E];

impl Contacts<'_> {
    async fn seen(&mut self) -> Result<Seen, Over> {
        loop {
            match self.from_terminal.byte().await {
                0x10 => match self.from_terminal.byte().await {
                    0x10 => return Ok(Seen::Character(0x10)),
                    b'R' => match self.from_terminal.byte().await {
                        1 => return Ok(Seen::Reset),
                        _ => return Err(Over),
                    },
                    b'V' => drop(self.from_terminal.byte().await),
                    other => panic!("no such escape: {other:02X}"),
                },
                character => return Ok(Seen::Character(character)),
            }
        }
    }

    async fn until_reset(&mut self) {
        while !matches!(self.seen().await, Ok(Seen::Reset)) {}
    }

    async fn characters(&mut self, count: usize) -> Result<Vec<u8>, Over> {
        let mut taken = Vec::new();
        while taken.len() < count {
            match self.seen().await? {
                Seen::Character(character) => taken.push(character),
                Seen::Reset => return Err(Over),
            }
        }
        Ok(taken)
    }

    fn say(&self, characters: &[u8]) {
        let escaped =
            characters.iter().flat_map(|byte| if *byte == 0x10 { vec![0x10; 2] } else { vec![*byte] });
        self.to_terminal.put(&escaped.collect::<Vec<_>>());
    }

    /// The next command of T=0, with what the terminal is to be told of the answer.
    async fn take_t0(&mut self, pending: &[u8]) -> Result<([u8; 5], Vec<u8>), Over> {
        let header: [u8; 5] = self.characters(5).await?.try_into().unwrap();
        let _ = pending;
        if WITH_DATA.contains(&header[1]) && header[4] > 0 {
            self.say(&header[1..2]);
            let data = self.characters(header[4].into()).await?;
            return Ok((header, data));
        }
        Ok((header, Vec::new()))
    }

    async fn serve_t0(&mut self, card: &mut impl Application) -> Result<(), Over> {
        let mut pending = Vec::new();
        loop {
            let (header, data) = self.take_t0(&pending).await?;
            let [class, instruction, p1, p2, p3] = header;
            let (response, status) = match instruction {
                0xC0 => (std::mem::take(&mut pending), 0x9000),
                _ => {
                    let command = Command { header: [class, instruction, p1, p2], data };
                    match card.answer(&command) {
                        Some(answered) => answered,
                        None => return Ok(()),
                    }
                }
            };
            if WITH_DATA.contains(&instruction) && !response.is_empty() {
                // 0 for 256.
                self.say(&[0x61, response.len() as u8]);
                pending = response;
            } else if response.len() == usize::from(p3) || response.is_empty() {
                let start = if response.is_empty() { &[][..] } else { &header[1..2] };
                self.say(&[start, &response, &status.to_be_bytes()].concat());
            } else {
                // It is asked once more, with the right length.
                self.say(&[0x6C, response.len() as u8]);
                let again: [u8; 5] = self.characters(5).await?.try_into().unwrap();
                assert_eq!(again, [class, instruction, p1, p2, response.len() as u8]);
                self.say(&[&header[1..2], &response, &status.to_be_bytes()].concat());
            }
        }
    }

    async fn block(&mut self) -> Result<(u8, Vec<u8>), Over> {
        let prologue = self.characters(3).await?;
        let rest = self.characters(usize::from(prologue[2]) + 1).await?;
        let sum = prologue.iter().chain(&rest).fold(0, |sum, byte| sum ^ byte);
        assert_eq!((prologue[0], sum), (0, 0));
        Ok((prologue[1], rest[..rest.len() - 1].to_vec()))
    }

    fn say_block(&self, pcb: u8, information: &[u8]) {
        let mut block = [&[0, pcb, information.len() as u8][..], information].concat();
        block.push(block.iter().fold(0, |sum, byte| sum ^ byte));
        self.say(&block);
    }

    async fn serve_t1(&mut self, card: &mut impl Application) -> Result<(), Over> {
        let (mut number, mut taken) = (0_u8, Vec::new());
        loop {
            let (pcb, information) = self.block().await?;
            if pcb == 0xC1 {
                self.say_block(0xE1, &information);
                continue;
            }
            assert_eq!(pcb & 0x80, 0, "a block that this card does not expect: {pcb:02X}");
            taken.extend(information);
            if pcb & 0x20 != 0 {
                // R-block: the next one.
                self.say_block(0x80 | (!pcb & 0x40) >> 2, &[]);
                continue;
            }
            let Some((data, status)) = card.answer(&command(&std::mem::take(&mut taken))) else {
                return Ok(());
            };
            let response = [data, status.to_be_bytes().to_vec()].concat();
            let mut parts = response.chunks(254).peekable();
            while let Some(part) = parts.next() {
                let more = if parts.peek().is_some() { 0x20 } else { 0 };
                self.say_block(number << 6 | more, part);
                number ^= 1;
                if more != 0 {
                    self.block().await?;
                }
            }
        }
    }
}

/// The command in the bytes of T=1.
fn command(bytes: &[u8]) -> Command {
    let (header, body) = bytes.split_first_chunk().unwrap();
    let data = match body {
        [] | [_] => Vec::new(),
        [length, rest @ ..] => rest[..usize::from(*length)].to_vec(),
    };
    Command { header: *header, data }
}

/// Plays a card until it is dropped. A card that is pulled out says so on the front end's line, and is silent.
pub async fn play(
    mut from_terminal: Rx,
    to_terminal: Tx,
    front_end: Tx,
    protocol: Protocol,
    mut card: impl Application,
) {
    let mut contacts = Contacts { from_terminal: &mut from_terminal, to_terminal: &to_terminal };
    loop {
        contacts.until_reset().await;
        card.reset();
        if card.is_mute() {
            continue;
        }
        let over = match protocol {
            Protocol::T0 => {
                contacts.say(&[0x3B, 0x60, 0x00, 0x00]);
                contacts.serve_t0(&mut card).await
            }
            Protocol::T1 => {
                let answer = [0x3B, 0xE0, 0x00, 0x00, 0x81, 0x31, 0xFE, 0x45];
                let check = answer[1..].iter().fold(0, |sum, byte| sum ^ byte);
                contacts.say(&[&answer[..], &[check]].concat());
                contacts.serve_t1(&mut card).await
            }
        };
        if over.is_ok() {
            front_end.put(&frame(0x01, &[0]));
            std::future::pending::<()>().await;
        }
    }
}

/// Asserts that this is a future, for callers that spawn it.
pub fn spawn(card: impl Future<Output = ()> + 'static) {
    tokio::task::spawn_local(card);
}
