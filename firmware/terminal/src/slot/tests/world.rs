//! A card's side of the line, in virtual time, and a session with it.

use core::cell::RefCell;
use core::future::pending;

use embassy_futures::poll_once;
use embassy_futures::select::{Either, select};
use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embassy_sync::pipe::{Pipe, Reader, Writer};
use embassy_sync::signal::Signal;
use embassy_time::{Duration, Instant, with_timeout};
use embedded_io_async::{Read, Write};
use std::rc::Rc;
use std::vec::Vec;
use zeroize::Zeroizing;

use crate::slot::apdu::{CardPort, Command, Response};
use crate::slot::contacts::Slot;
use crate::slot::fault::SlotFault;
use crate::slot::presence::Presence;

type Line = Pipe<NoopRawMutex, 2048>;
pub type Rx<'w> = Reader<'w, NoopRawMutex, 2048>;
pub type Tx<'w> = Writer<'w, NoopRawMutex, 2048>;
pub type TestSlot<'w> = Slot<'w, Rx<'w>, Tx<'w>>;

/// What the terminal does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    Vcc(bool),
    Rst(bool),
    Char(u8),
    ErrorSignal,
}

/// The contacts as a card feels them.
pub struct Contacts<'w> {
    from_terminal: Rx<'w>,
    to_terminal: Tx<'w>,
    pub inverse: bool,
    /// What has happened to VCC and RST, with the milliseconds.
    pub log: &'w RefCell<Vec<(u64, Seen)>>,
    pub presence: &'w Presence,
    /// Raised when RST falls, for a card that wants to know.
    restart: Option<Rc<Signal<NoopRawMutex, ()>>>,
}

impl Contacts<'_> {
    async fn byte(&mut self) -> u8 {
        let mut byte = [0];
        self.from_terminal.read_exact(&mut byte).await.unwrap();
        byte[0]
    }

    fn turned(&self, byte: u8) -> u8 {
        if self.inverse { byte.reverse_bits() ^ 0xFF } else { byte }
    }

    pub async fn seen(&mut self) -> Seen {
        let byte = self.byte().await;
        if byte != 0x10 {
            return Seen::Char(self.turned(byte));
        }
        let seen = match self.byte().await {
            0x10 => return Seen::Char(self.turned(0x10)),
            b'V' => Seen::Vcc(self.byte().await == 1),
            b'R' => Seen::Rst(self.byte().await == 1),
            b'E' => return Seen::ErrorSignal,
            other => panic!("the terminal sends an escape that there is not: {other:02X}"),
        };
        self.log.borrow_mut().push((Instant::now().as_millis(), seen));
        seen
    }

    /// Plays a card that begins anew whenever RST falls.
    pub async fn restarting(&mut self, course: impl AsyncFn(&mut Contacts<'_>)) {
        let restart = Rc::new(Signal::new());
        self.restart = Some(restart.clone());
        loop {
            restart.reset();
            select(course(self), restart.wait()).await;
        }
    }

    /// Waits for RST to rise, whatever comes before.
    pub async fn reset(&mut self) {
        self.inverse = false;
        while self.seen().await != Seen::Rst(true) {}
    }

    /// The next character; a card without power waits for ever.
    pub async fn character(&mut self) -> u8 {
        loop {
            match self.seen().await {
                Seen::Char(byte) => return byte,
                Seen::ErrorSignal => panic!("nobody has harmed a character"),
                Seen::Rst(false) => {
                    if let Some(restart) = &self.restart {
                        restart.signal(());
                        return pending().await;
                    }
                }
                Seen::Vcc(_) | Seen::Rst(_) => {}
            }
        }
    }

    pub async fn characters(&mut self, count: usize) -> Vec<u8> {
        let mut taken = Vec::new();
        for _ in 0..count {
            taken.push(self.character().await);
        }
        taken
    }

    pub async fn expect(&mut self, hex: &str) {
        let expected = bytes(hex);
        let taken = self.characters(expected.len()).await;
        assert_eq!(hex::encode(taken), hex::encode(expected));
    }

    /// Sends characters.
    pub async fn say(&mut self, characters: &[u8]) {
        let mut line = Vec::new();
        for byte in characters.iter().map(|byte| self.turned(*byte)) {
            if byte == 0x10 {
                line.push(0x10);
            }
            line.push(byte);
        }
        self.raw(&line).await;
    }

    pub async fn hex(&mut self, text: &str) {
        self.say(&bytes(text)).await;
    }

    /// Sends a character with a parity error.
    pub async fn harmed(&mut self, character: u8) {
        self.raw(&[0x10, b'P']).await;
        self.say(&[character]).await;
    }

    pub async fn raw(&mut self, line: &[u8]) {
        self.to_terminal.write_all(line).await.unwrap();
    }

    /// Sends a block of T=1.
    pub async fn block(&mut self, pcb: u8, information: &[u8]) {
        self.say(&block(pcb, information)).await;
    }

    /// Takes a block of T=1: its PCB and INF.
    pub async fn take_block(&mut self) -> (u8, Vec<u8>) {
        let prologue = self.characters(3).await;
        let rest = self.characters(usize::from(prologue[2]) + 1).await;
        let (information, check) = rest.split_at(usize::from(prologue[2]));
        let expected = block(prologue[1], information);
        assert_eq!((prologue[0], check), (0, &expected[expected.len() - 1..]));
        (prologue[1], information.to_vec())
    }

    pub async fn expect_block(&mut self, pcb: u8, information: &str) {
        let (taken, inside) = self.take_block().await;
        assert_eq!((taken, hex::encode(inside)), (pcb, information.replace(' ', "")), "PCB {pcb:02X}");
    }
}

pub fn block(pcb: u8, information: &[u8]) -> Vec<u8> {
    let mut block = Vec::from([0, pcb, information.len() as u8]);
    block.extend(information);
    block.push(block.iter().fold(0, |sum, byte| sum ^ byte));
    block
}

pub fn bytes(hex: &str) -> Vec<u8> {
    hex::decode(hex.replace(' ', "")).unwrap()
}

/// What a command led to: data and status in hex, or the fault.
pub type Told = Result<std::string::String, SlotFault>;

/// Asks the card; `data` and Le may be missing.
pub async fn ask(card: &mut impl CardPort, header: &str, data: &str, expected: Option<u8>) -> Told {
    let header: [u8; 4] = bytes(header).try_into().unwrap();
    let data = Zeroizing::new(heapless::Vec::from_slice(&bytes(data)).unwrap());
    let mut response = Response::default();
    let status = card.exchange(&Command { header, data, expected }, &mut response).await?;
    Ok(std::format!("{} {:04x}", hex::encode(response.as_slice()), status.0))
}

/// What a world leaves.
pub struct Left {
    pub log: Vec<(u64, Seen)>,
    pub millis: u64,
}

/// Runs a terminal with a card at its slot, for an hour at most. A card that comes to its end stays, and is silent.
pub fn world<T>(
    terminal: impl AsyncFnOnce(&TestSlot<'_>) -> T,
    card: impl AsyncFnOnce(&mut Contacts<'_>),
) -> (T, Left) {
    let (to_card, to_terminal) = (&mut Line::new(), &mut Line::new());
    let ((from_terminal, slot_tx), (slot_rx, card_tx)) = (to_card.split(), to_terminal.split());
    let (presence, log) = (Presence::default(), RefCell::default());
    presence.set(true);
    let mut contacts = Contacts {
        from_terminal,
        to_terminal: card_tx,
        inverse: false,
        log: &log,
        presence: &presence,
        restart: None,
    };
    let slot = Slot::new(slot_rx, slot_tx, &presence);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    let (told, millis) = runtime.unwrap().block_on(payrig_host_time::run(async {
        let ended = {
            let playing = async {
                card(&mut contacts).await;
                loop {
                    contacts.seen().await;
                }
            };
            let asking = async {
                let told = terminal(&slot).await;
                (told, Instant::now().as_millis())
            };
            with_timeout(Duration::from_secs(3600), select(asking, playing)).await
        };
        // The card sees what was sent last.
        while poll_once(contacts.seen()).is_ready() {}
        match ended {
            Ok(Either::First(told)) => told,
            Ok(Either::Second(never)) => never,
            Err(_) => panic!("the session has no end"),
        }
    }));
    drop(contacts);
    (told, Left { log: log.take(), millis })
}

/// One command to a card, from activation to deactivation.
pub fn once(
    header: &str,
    data: &str,
    expected: Option<u8>,
    card: impl AsyncFnOnce(&mut Contacts<'_>),
) -> (Told, Left) {
    let (told, left) = world(
        async |slot| {
            let mut session = slot.activate().await?;
            let told = ask(&mut session, header, data, expected).await;
            session.deactivate().await;
            told
        },
        card,
    );
    assert!(left.is_off(), "the card is left with power: {:?}", left.log);
    (told, left)
}

impl Left {
    /// Whether RST, then VCC went off last.
    pub fn is_off(&self) -> bool {
        let last: Vec<Seen> = self.log.iter().rev().take(2).map(|(_, seen)| *seen).collect();
        last == [Seen::Vcc(false), Seen::Rst(false)]
    }

    /// How often RST rose.
    pub fn resets(&self) -> usize {
        self.log.iter().filter(|(_, seen)| *seen == Seen::Rst(true)).count()
    }

    /// What happened, without its time.
    pub fn signals(&self) -> Vec<Seen> {
        self.log.iter().map(|(_, seen)| *seen).collect()
    }
}
