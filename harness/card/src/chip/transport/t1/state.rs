//! What a card knows between two blocks, and what it does at each.

use zeroize::Zeroizing;

use super::receive::WRONG;
use crate::chip::{
    ChipCard,
    slot::{Interrupt, Never, SlotSettings, Wire},
    transport::{Block, Kind, Supervisory},
};

/// The longest command that a card takes: an extended APDU.
const MOST: usize = 4 + 3 + 65_535 + 2;
/// IFSD before the terminal says another.
const IFSD: usize = 32;

pub(in crate::chip::transport) struct T1<'s> {
    pub(super) settings: &'s SlotSettings,
    /// A character that was heard already.
    pub(super) first: Option<u8>,
    /// The most that a block of the terminal may carry.
    pub(super) ifsc: usize,
    /// The most that a block of the card may carry.
    pub(super) ifsd: usize,
    /// N(S) of the terminal's next I-block.
    pub(super) expected: bool,
    /// N(S) of the card's next I-block.
    pub(super) next: bool,
    /// The card's last I-block, until the terminal has it.
    pub(super) unacknowledged: Option<Block>,
    /// The card's last block.
    pub(super) last: Option<Block>,
    /// The command so far.
    pub(super) command: Zeroizing<Vec<u8>>,
    /// This command was counted.
    pub(super) is_counted: bool,
    /// What is still to be said of the answer, once it is ready.
    pub(super) answer: Option<Zeroizing<Vec<u8>>>,
    /// The answer has no end.
    pub(super) is_endless: bool,
    /// The card has asked for its own IFS.
    pub(super) has_asked: bool,
}

/// Serves commands; `first` is a character that was heard already.
pub(in crate::chip::transport) async fn serve(
    wire: &mut Wire<'_, '_>,
    card: &mut dyn ChipCard,
    settings: &SlotSettings,
    ifsc: u8,
    first: Option<u8>,
) -> Result<Never, Interrupt> {
    wire.speak_in_blocks();
    let mut t1 = T1::new(settings, ifsc, first);
    loop {
        match t1.receive(wire).await? {
            Ok(block) => t1.take(wire, card, &block).await?,
            Err(error) => t1.want_again(wire, error).await?,
        }
    }
}

impl<'s> T1<'s> {
    fn new(settings: &'s SlotSettings, ifsc: u8, first: Option<u8>) -> Self {
        Self {
            settings,
            first,
            ifsc: ifsc.into(),
            ifsd: IFSD,
            expected: false,
            next: false,
            unacknowledged: None,
            last: None,
            command: Zeroizing::default(),
            is_counted: false,
            answer: None,
            is_endless: false,
            has_asked: false,
        }
    }

    async fn take(
        &mut self,
        wire: &mut Wire<'_, '_>,
        card: &mut dyn ChipCard,
        block: &Block,
    ) -> Result<(), Interrupt> {
        match block.kind() {
            Kind::Information { sequence, more } if sequence == self.expected => {
                self.information(wire, card, &block.inf, more).await
            }
            Kind::Receive { sequence, .. } => self.receive_ready(wire, sequence).await,
            Kind::Request(what) => self.requested(wire, what, &block.inf).await,
            // A block out of its order, a response that nobody asked for.
            Kind::Information { .. } | Kind::Response(_) | Kind::Unknown => {
                self.want_again(wire, WRONG).await
            }
        }
    }

    async fn information(
        &mut self,
        wire: &mut Wire<'_, '_>,
        card: &mut dyn ChipCard,
        inf: &[u8],
        more: bool,
    ) -> Result<(), Interrupt> {
        self.expected = !self.expected;
        self.unacknowledged = None;
        self.answer = None;
        self.is_endless = false;
        self.command.extend_from_slice(inf);
        if self.command.len() > MOST {
            self.forget_command();
            return self.send(wire, Block::new(Kind::Request(Supervisory::Abort), &[])).await;
        }
        if more {
            return self
                .send(wire, Block::new(Kind::Receive { sequence: self.expected, error: 0 }, &[]))
                .await;
        }
        let command = std::mem::take(&mut self.command);
        self.forget_command();
        self.run(wire, card, &command).await
    }

    /// The terminal says by an R-block which I-block it waits for.
    async fn receive_ready(&mut self, wire: &mut Wire<'_, '_>, sequence: bool) -> Result<(), Interrupt> {
        if let Some(block) = &self.unacknowledged {
            let Kind::Information { sequence: sent, more } = block.kind() else { return Ok(()) };
            if sequence == sent {
                let again = block.clone();
                return self.send(wire, again).await;
            }
            if more {
                self.unacknowledged = None;
                return self.send_part(wire).await;
            }
        }
        match self.last.clone() {
            Some(last) => self.send(wire, last).await,
            None => self.want_again(wire, WRONG).await,
        }
    }

    async fn requested(
        &mut self,
        wire: &mut Wire<'_, '_>,
        what: Supervisory,
        inf: &[u8],
    ) -> Result<(), Interrupt> {
        match (what, inf) {
            (Supervisory::Ifs, [size @ 1..=254]) => self.ifsd = (*size).into(),
            (Supervisory::Resynch, _) => {
                (self.expected, self.next, self.ifsd) = (false, false, IFSD);
                self.forget_command();
                self.unacknowledged = None;
                self.answer = None;
            }
            (Supervisory::Abort, _) => {
                self.forget_command();
                self.unacknowledged = None;
                self.answer = None;
            }
            // Only a card asks for time.
            (Supervisory::Ifs | Supervisory::Wtx, _) => return self.want_again(wire, WRONG).await,
        }
        self.send(wire, Block::new(Kind::Response(what), inf)).await
    }

    fn forget_command(&mut self) {
        self.command = Zeroizing::default();
        self.is_counted = false;
    }

    /// Asks for the terminal's last block again.
    pub(super) async fn want_again(&mut self, wire: &mut Wire<'_, '_>, error: u8) -> Result<(), Interrupt> {
        let again = Block::new(Kind::Receive { sequence: self.expected, error }, &[]);
        self.send(wire, again).await
    }

    pub(super) async fn send(&mut self, wire: &mut Wire<'_, '_>, block: Block) -> Result<(), Interrupt> {
        let mut characters = Zeroizing::new(block.characters());
        if matches!(block.kind(), Kind::Information { .. }) {
            self.unacknowledged = Some(block.clone());
        }
        self.last = Some(block);
        if wire.begin_block()
            && let Some(edc) = characters.last_mut()
        {
            *edc ^= 0x5A;
        }
        wire.say(&characters).await
    }
}
