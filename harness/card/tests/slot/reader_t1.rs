//! T=1 as a terminal speaks it.

use std::time::Duration;

use tokio::time::Instant;

use super::contact::{Contact, Heard, SLACK};

/// BWT at BWI 4, and what EMV adds.
const WAITING: Duration = Duration::from_millis(1536 + 96 + 1);
const CHARACTERS: Duration = Duration::from_millis(860);

/// What happens to a block on its way to the card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damage {
    Bit(u16),
    Lost,
}

pub struct Blocks<'c> {
    pub contact: &'c mut Contact,
    pub ifsd: u8,
    ifsc: usize,
    ns: u8,
    nr: u8,
    waiting: u32,
    /// The last I-block.
    again: (u8, Vec<u8>),
    sent: usize,
    /// What happens to the nth block.
    pub damage: Vec<(usize, Damage)>,
}

/// Whether these characters begin with a block whose EDC is right.
fn is_sound(characters: &[u8]) -> bool {
    let end = characters.get(2).map_or(usize::MAX, |len| 4 + usize::from(*len));
    characters.get(..end).is_some_and(|block| block.iter().fold(0, |sum, byte| sum ^ byte) == 0)
}

impl<'c> Blocks<'c> {
    pub async fn begin(contact: &'c mut Contact, ifsc: u8, ifsd: u8) -> Result<Self, String> {
        Self::harmed(contact, ifsc, ifsd, vec![]).await
    }

    pub async fn harmed(
        contact: &'c mut Contact,
        ifsc: u8,
        ifsd: u8,
        damage: Vec<(usize, Damage)>,
    ) -> Result<Self, String> {
        let again = (0, vec![]);
        let mut blocks =
            Self { contact, ifsd: 32, ifsc: ifsc.into(), ns: 0, nr: 0, waiting: 1, again, sent: 0, damage };
        for _ in 0..5 {
            blocks.send(0xC1, &[ifsd]).await;
            if let Some((0xE1, inf)) = blocks.receive().await
                && inf == [ifsd]
            {
                blocks.ifsd = ifsd;
                return Ok(blocks);
            }
        }
        Err("S(IFS)".into())
    }

    async fn send(&mut self, pcb: u8, inf: &[u8]) {
        let mut block = vec![0, pcb, inf.len() as u8];
        block.extend(inf);
        block.push(block.iter().fold(0, |sum, byte| sum ^ byte));
        match self.damage.iter().find(|(at, _)| *at == self.sent) {
            Some((_, Damage::Bit(bit))) => {
                let (bit, edc) = (usize::from(*bit) % (block.len() * 8), block.len() - 1);
                block[bit / 8] ^= 1 << (bit % 8);
                // Of a block that a smaller LEN cuts short, one in 256 has an EDC that fits: nobody can see such damage.
                if is_sound(&block) {
                    block[bit / 8] ^= 1 << (bit % 8);
                    block[edc] ^= 1;
                }
            }
            Some((_, Damage::Lost)) => drop(block.pop()),
            None => {}
        }
        self.sent += 1;
        self.contact.say(&block).await;
    }

    /// PCB and INF; nothing where the block is harmed or does not come.
    async fn receive(&mut self) -> Option<(u8, Vec<u8>)> {
        let mut limit = WAITING * self.waiting + SLACK;
        self.waiting = 1;
        let (mut block, mut harmed) = (vec![], false);
        while block.len() < 4 || block.len() < 4 + usize::from(block[2]) {
            match self.contact.hear(limit).await {
                Some(Heard::Character(byte)) => block.push(byte),
                Some(Heard::Harmed(byte)) => {
                    harmed = true;
                    block.push(byte);
                }
                Some(Heard::ErrorSignal) => panic!("an error signal at T=1"),
                None => return None,
            }
            limit = CHARACTERS;
        }
        let sum = block.iter().fold(0, |sum, byte| sum ^ byte);
        let fits = block[2] <= self.ifsd;
        (sum == 0 && !harmed && fits).then(|| (block[1], block[3..block.len() - 1].to_vec()))
    }

    /// The next part of a command.
    fn part(&mut self, left: &mut Vec<u8>) -> (u8, Vec<u8>) {
        let part: Vec<u8> = left.drain(..left.len().min(self.ifsc)).collect();
        let more = u8::from(!left.is_empty());
        self.again = (self.ns << 6 | more << 5, part);
        self.ns ^= 1;
        self.again.clone()
    }

    fn acknowledge(&self, error: u8) -> (u8, Vec<u8>) {
        (0x80 | self.nr << 4 | error, vec![])
    }

    /// A command APDU; its response APDU.
    pub async fn exchange(&mut self, apdu: &[u8]) -> Result<Vec<u8>, String> {
        let mut left = apdu.to_vec();
        let mut got = vec![];
        let since = Instant::now();
        let mut last = self.part(&mut left);
        let mut tries = 0;
        self.send(last.0, &last.1.clone()).await;
        for _ in 0..5000 {
            let heard = self.receive().await;
            if since.elapsed() > Duration::from_secs(40) {
                return Err("no end".into());
            }
            tries = if heard.is_some() { 0 } else { tries + 1 };
            match heard {
                None if tries >= 3 => return Err("blocks harmed".into()),
                // An R-block of the other side that was harmed is asked for again like any block.
                None => last = self.acknowledge(1),
                Some((pcb, inf)) if pcb & 0x80 == 0 && pcb >> 6 == self.nr => {
                    self.nr ^= 1;
                    got.extend(inf);
                    if pcb & 0x20 == 0 {
                        return Ok(got);
                    }
                    if got.len() > 100_000 {
                        return Err("answer too long".into());
                    }
                    last = self.acknowledge(0);
                }
                Some((pcb, _)) if pcb & 0xC0 == 0x80 => {
                    let asked = pcb >> 4 & 1;
                    if asked == self.ns && self.again.0 & 0x20 != 0 && !left.is_empty() {
                        last = self.part(&mut left);
                    } else if asked != self.ns {
                        last = self.again.clone();
                    } else if last.0 & 0xC0 != 0x80 {
                        last = self.acknowledge(2);
                    }
                }
                Some((0xC3, inf)) => {
                    self.waiting = inf[0].into();
                    last = (0xE3, inf);
                }
                Some((0xC1, inf)) => {
                    self.ifsc = inf[0].into();
                    last = (0xE1, inf);
                }
                Some((0xC2 | 0xC0, _)) => return Err("ended by the card".into()),
                Some(_) => last = self.acknowledge(2),
            }
            self.send(last.0, &last.1.clone()).await;
        }
        Err("no end".into())
    }
}
