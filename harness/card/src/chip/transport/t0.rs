//! T=0 as a card speaks it (ISO/IEC 7816-3, 10 and 12.2): command TPDUs of the line, APDUs of the card.

use std::time::Duration;

use tokio::time::Instant;
use zeroize::{Zeroize, Zeroizing};

use crate::chip::{
    CardFault, ChipCard,
    slot::{Interrupt, Never, Procedure, SlotSettings, Wire},
};

/// A procedure byte that asks for more time.
const NULL: u8 = 0x60;
const GET_RESPONSE: u8 = 0xC0;
/// Two NULLs of a storm lie so far apart.
pub(super) const STORM: Duration = Duration::from_millis(100);
/// The most that one command brings.
const MOST: usize = 256;
const DONE: [u8; 2] = [0x90, 0x00];
/// No INS: 6x and 9x would read as status.
const WRONG_INS: [u8; 2] = [0x6D, 0x00];

/// A response that the terminal is still to fetch.
struct Held {
    /// CLA to P2 of the command.
    command: [u8; 4],
    data: Zeroizing<Vec<u8>>,
    status: [u8; 2],
    /// It is fetched by GET RESPONSE; else by the same command with the right Le.
    by_get_response: bool,
}

struct T0<'s> {
    settings: &'s SlotSettings,
    held: Option<Held>,
    is_endless: bool,
}

/// Serves commands; `first` is a character that was heard already.
pub(super) async fn serve(
    wire: &mut Wire<'_, '_>,
    card: &mut dyn ChipCard,
    settings: &SlotSettings,
    mut first: Option<u8>,
) -> Result<Never, Interrupt> {
    let mut t0 = T0 { settings, held: None, is_endless: false };
    loop {
        let header = t0.header(wire, first.take()).await?;
        t0.command(wire, card, header).await?;
    }
}

impl T0<'_> {
    /// CLA to P3. A command that fetches what the one before left is not a new one.
    async fn header(&mut self, wire: &mut Wire<'_, '_>, first: Option<u8>) -> Result<[u8; 5], Interrupt> {
        let mut header = [0; 5];
        header[0] = match first {
            Some(first) => first,
            None => wire.hear_one().await?,
        };
        let fetches = self.held.is_some() || self.is_endless;
        if !fetches {
            wire.begin_command(1);
        }
        header[1] = wire.hear_one().await?;
        if fetches && !self.goes_on(header[1]) {
            wire.begin_command(2);
        }
        for character in header.iter_mut().skip(2) {
            *character = wire.hear_one().await?;
        }
        header[4] = wire.close_burst(header[4]).await?;
        Ok(header)
    }

    fn goes_on(&self, ins: u8) -> bool {
        let fetched = self.held.as_ref().is_some_and(|held| !held.by_get_response && held.command[1] == ins);
        ins == GET_RESPONSE || fetched
    }

    async fn command(
        &mut self,
        wire: &mut Wire<'_, '_>,
        card: &mut dyn ChipCard,
        header: [u8; 5],
    ) -> Result<(), Interrupt> {
        let [_, ins, _, _, p3] = header;
        if ins & 0xF0 == 0x60 || ins & 0xF0 == 0x90 {
            return wire.say(&WRONG_INS).await;
        }
        if self.is_endless && ins == GET_RESPONSE {
            return self.bring(wire, ins, &vec![0; length(p3)], [0x61, 0xFF]).await;
        }
        self.is_endless = false;
        if let Some(held) = self.held.take()
            && let Some(asked) = held.asked(header)
        {
            return self.fetch(wire, ins, asked, held).await;
        }
        if let Some(wrong) = wire.wrong_procedure() {
            wire.say(&[wrong]).await?;
            return Err(wire.silence().await);
        }
        let outgoing = p3 == 0 || self.settings.is_outgoing(ins);
        let mut command = Zeroizing::new(header.to_vec());
        if !outgoing {
            self.take_data(wire, ins, p3, &mut command).await?;
        }
        let mut response = self.think(wire, card, &command).await?;
        if wire.is_endless() {
            self.is_endless = true;
            response = Zeroizing::new(vec![0x61, 0xFF]);
        }
        self.answer(wire, header, outgoing, response).await
    }

    /// Lets the data of a command come behind its header.
    async fn take_data(
        &self,
        wire: &mut Wire<'_, '_>,
        ins: u8,
        lc: u8,
        command: &mut Vec<u8>,
    ) -> Result<(), Interrupt> {
        command.reserve(lc.into());
        for left in (1..=lc).rev() {
            let whole = self.settings.procedure == Procedure::Whole;
            if !whole {
                wire.say(&[!ins]).await?;
            } else if left == lc {
                wire.say(&[ins]).await?;
            }
            let mut character = wire.hear_one().await?;
            if left == 1 || !whole {
                character = wire.close_burst(character).await?;
            }
            command.push(character);
        }
        Ok(())
    }

    /// Has the card do it, and asks for more time meanwhile.
    async fn think(
        &self,
        wire: &mut Wire<'_, '_>,
        card: &mut dyn ChipCard,
        command: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Interrupt> {
        let since = Instant::now();
        let patience = wire.timing.work_waiting() * 3 / 5;
        let mut work = card.transmit(command);
        let response = loop {
            let until = wire.late().is_none().then(|| Instant::now() + patience);
            match wire.attend(&mut work, until).await? {
                Some(response) => break Zeroizing::new(response?),
                None => wire.say(&[NULL]).await?,
            }
        };
        if let Some(storm) = wire.storm() {
            let mut left = storm.count;
            while left != Some(0) {
                wire.say(&[NULL]).await?;
                wire.sleep_until(Instant::now() + STORM).await?;
                left = left.map(|left| left - 1);
            }
        }
        wire.before_answer(since).await?;
        Ok(response)
    }

    /// Maps a response APDU to what T=0 can say of it.
    async fn answer(
        &mut self,
        wire: &mut Wire<'_, '_>,
        header: [u8; 5],
        outgoing: bool,
        response: Zeroizing<Vec<u8>>,
    ) -> Result<(), Interrupt> {
        let [cla, ins, p1, p2, p3] = header;
        let Some((data, status)) = response.split_last_chunk::<2>() else {
            return Err(CardFault::Reader("the card's answer has no status".into()).into());
        };
        if data.is_empty() {
            return wire.say(status).await;
        }
        let held = |by_get_response| {
            let data = Zeroizing::new(data.to_vec());
            Held { command: [cla, ins, p1, p2], data, status: *status, by_get_response }
        };
        if outgoing {
            let held = held(false);
            return self.fetch(wire, ins, length(p3), held).await;
        }
        match status {
            [0x90, 0x00] => {
                self.held = Some(held(true));
                wire.say(&[0x61, short(data.len())]).await
            }
            // EMV Book 1, annex A: the warning comes first, the data are fetched behind it.
            [0x62 | 0x63, _] => {
                self.held = Some(Held { status: DONE, ..held(true) });
                wire.say(status).await
            }
            _ => wire.say(status).await,
        }
    }

    /// Gives what is held where it was asked for by its length, or says that length.
    async fn fetch(
        &mut self,
        wire: &mut Wire<'_, '_>,
        ins: u8,
        asked: usize,
        mut held: Held,
    ) -> Result<(), Interrupt> {
        let there = held.data.len();
        let in_parts = asked < there && (held.by_get_response || asked == MOST);
        if asked != there && !in_parts {
            held.by_get_response |= ins == GET_RESPONSE;
            self.held = Some(held);
            return wire.say(&[0x6C, short(there)]).await;
        }
        let mut rest = held.data.split_off(asked);
        let data = std::mem::replace(&mut held.data, Zeroizing::new(Vec::new()));
        if rest.is_empty() {
            return self.bring(wire, ins, &data, held.status).await;
        }
        let status = [0x61, short(rest.len())];
        let kept = Zeroizing::new(rest.clone());
        rest.zeroize();
        self.held = Some(Held { data: kept, by_get_response: true, ..held });
        self.bring(wire, ins, &data, status).await
    }

    /// Data behind their procedure bytes, and the status.
    async fn bring(
        &self,
        wire: &mut Wire<'_, '_>,
        ins: u8,
        data: &[u8],
        status: [u8; 2],
    ) -> Result<(), Interrupt> {
        if self.settings.procedure == Procedure::Single {
            for byte in data {
                wire.say(&[!ins, *byte]).await?;
            }
        } else {
            wire.say(&[ins]).await?;
            wire.say(data).await?;
        }
        wire.say(&status).await
    }
}

impl Held {
    /// How many bytes this command asks of it; nothing where it is another command.
    fn asked(&self, header: [u8; 5]) -> Option<usize> {
        let [cla, ins, p1, p2, p3] = header;
        let same =
            if self.by_get_response { ins == GET_RESPONSE } else { [cla, ins, p1, p2] == self.command };
        same.then(|| length(p3))
    }
}

/// What P3 or SW2 counts.
fn length(p3: u8) -> usize {
    if p3 == 0 { MOST } else { p3.into() }
}

/// A length as P3 or SW2 says it: 00 for 256 and more.
fn short(length: usize) -> u8 {
    u8::try_from(length).unwrap_or_default()
}
