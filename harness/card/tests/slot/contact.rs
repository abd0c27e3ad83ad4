//! A terminal's contacts: characters and signals of the line, and what passed for the decoder.

use std::time::Duration;

use payrig_card::chip::{SlotDecoder, SlotDirection};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream},
    time::{Instant, timeout},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    Character(u8),
    Harmed(u8),
    ErrorSignal,
}

pub struct Contact {
    line: DuplexStream,
    pub inverse: bool,
    pub last: Vec<u8>,
    decoder: SlotDecoder,
    pub told: Vec<String>,
}

/// What a line of an etu of 100 us and a board may take beyond a limit.
pub const SLACK: Duration = Duration::from_millis(50);

fn turned(byte: u8) -> u8 {
    (0..8).fold(0, |turned, bit| turned | (u8::from(byte >> bit & 1 == 0) << (7 - bit)))
}

impl Contact {
    pub fn new(line: DuplexStream) -> Self {
        Self { line, inverse: false, last: vec![], decoder: SlotDecoder::new(), told: vec![] }
    }

    async fn raw(&mut self, bytes: &[u8]) {
        let found = self.decoder.feed(SlotDirection::FromTerminal, bytes);
        self.told.extend(found.iter().map(|item| format!("> {}", item.meaning)));
        self.line.write_all(bytes).await.unwrap();
    }

    pub async fn signal(&mut self, bytes: &[u8]) {
        self.raw(bytes).await;
    }

    pub async fn say(&mut self, characters: &[u8]) {
        self.last = characters.to_vec();
        let turn = |byte: &u8| if self.inverse { turned(*byte) } else { *byte };
        let escaped = characters.iter().map(turn).flat_map(|byte| vec![byte; 1 + usize::from(byte == 0x10)]);
        let bytes: Vec<u8> = escaped.collect();
        self.raw(&bytes).await;
    }

    async fn byte(&mut self) -> u8 {
        let byte = self.line.read_u8().await.unwrap();
        let found = self.decoder.feed(SlotDirection::ToTerminal, &[byte]);
        self.told.extend(found.iter().map(|item| format!("< {}", item.meaning)));
        byte
    }

    pub async fn hear(&mut self, limit: Duration) -> Option<Heard> {
        timeout(limit, async {
            let mut harmed = false;
            loop {
                let mut byte = self.byte().await;
                if byte == 0x10 {
                    byte = self.byte().await;
                    match byte {
                        0x10 => {}
                        0x50 => {
                            harmed = true;
                            continue;
                        }
                        0x45 => return Heard::ErrorSignal,
                        other => panic!("an escape of {other:02X}"),
                    }
                }
                let byte = if self.inverse { turned(byte) } else { byte };
                return if harmed { Heard::Harmed(byte) } else { Heard::Character(byte) };
            }
        })
        .await
        .ok()
    }

    /// Whether a byte came.
    pub async fn any(&mut self, limit: Duration) -> bool {
        timeout(limit, self.byte()).await.is_ok()
    }

    /// A character of T=0 or of an answer to reset: three times at most, and the last one again where the card wants it.
    pub async fn careful(&mut self, limit: Duration) -> Result<u8, String> {
        let (mut harmed, mut refused) = (0, 0);
        loop {
            match self.hear(limit).await {
                Some(Heard::Character(byte)) => return Ok(byte),
                Some(Heard::Harmed(_)) if harmed < 3 => {
                    harmed += 1;
                    self.signal(&[0x10, 0x45]).await;
                }
                Some(Heard::ErrorSignal) if refused < 3 => {
                    refused += 1;
                    let (last, all) = (*self.last.last().unwrap(), self.last.clone());
                    self.say(&[last]).await;
                    self.last = all;
                }
                Some(_) => return Err("characters harmed".into()),
                None => return Err("no answer".into()),
            }
        }
    }

    /// Cold: VCC and RST; warm: RST alone. The characters of the answer to reset, in the card's convention.
    pub async fn reset(&mut self, cold: bool) -> Result<Vec<u8>, String> {
        self.inverse = false;
        self.signal(&[0x10, 0x52, 0]).await;
        if cold {
            self.signal(&[0x10, 0x56, 1]).await;
        }
        // What the card said before is not heard any more.
        let reset = Instant::now() + Duration::from_millis(12);
        while self.any(reset.saturating_duration_since(Instant::now())).await {}
        self.signal(&[0x10, 0x52, 1]).await;
        let mut atr: Vec<u8> = vec![];
        let mut limit = Duration::from_millis(12) + SLACK;
        while atr.len() < 2 || atr.len() < length(&atr) {
            let character =
                self.careful(limit).await.map_err(|why| format!("{why} to the reset: {atr:02X?}"))?;
            limit = Duration::from_millis(1008) + SLACK;
            match (atr.len(), character) {
                (0, 0x03) => {
                    self.inverse = true;
                    atr.push(0x3F);
                }
                (0, 0x3B) | (1.., _) => atr.push(character),
                (_, ts) => return Err(format!("TS {ts:02X}")),
            }
        }
        let checked = announces(&atr).1.iter().any(|protocol| *protocol != 0);
        if checked && atr[1..].iter().fold(0, |sum, byte| sum ^ byte) != 0 {
            return Err("TCK".into());
        }
        Ok(atr)
    }

    pub async fn off(&mut self) {
        self.signal(&[0x10, 0x52, 0, 0x10, 0x56, 0]).await;
    }
}

/// How many interface characters there are so far as announced, and the protocols.
fn announces(atr: &[u8]) -> (usize, Vec<u8>) {
    let (mut at, mut count, mut protocols) = (1, 0, vec![]);
    while let Some(announcer) = atr.get(at) {
        if at > 1 {
            protocols.push(announcer & 0x0F);
        }
        let here = (announcer & 0xF0).count_ones() as usize;
        count += here;
        if announcer & 0x80 == 0 {
            break;
        }
        at += here;
    }
    (count, protocols)
}

fn length(atr: &[u8]) -> usize {
    let (interface, protocols) = announces(atr);
    2 + interface + usize::from(atr[1] & 15) + usize::from(protocols.iter().any(|protocol| *protocol != 0))
}
