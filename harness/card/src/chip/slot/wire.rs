//! The characters of a session, in the card's convention, with what harms them.

use std::{convert::Infallible, future::Future, future::pending, time::Duration};

use tokio::time::{Instant, sleep_until, timeout_at};

use super::{ESCAPE, Interrupt, Symbol, Timing, faults::Faults, faults::Tally, line_end::LineEnd};
use crate::chip::{Convention, Edge, PpsFault, Storm};

/// So long a card waits for the error signal at a character that was harmed. On the contact it comes within the next etu; a line and its
/// board take their time (INTERFACE.md, section 9).
const ERROR_SIGNAL: Duration = Duration::from_millis(200);

/// A timer of a millisecond's grain oversleeps by less.
const OVERSLEPT: Duration = Duration::from_millis(2);

/// One session, from its answer to reset on.
pub(in crate::chip) struct Wire<'w, 'l> {
    end: &'w mut LineEnd<'l>,
    faults: &'w mut Faults,
    convention: Convention,
    pub(in crate::chip) timing: Timing,
    /// The etu of a character, with its guard time, where they take time.
    paced: Option<u32>,
    free_at: Instant,
    /// Characters come again after an error signal: not at T=1.
    repeats: bool,
    tally: Tally,
    said: Option<u8>,
    /// A character of this block was harmed (T=1).
    is_block_harmed: bool,
}

impl<'w, 'l> Wire<'w, 'l> {
    pub(super) fn new(
        end: &'w mut LineEnd<'l>,
        faults: &'w mut Faults,
        convention: Convention,
        timing: Timing,
        paced: bool,
    ) -> Self {
        Self {
            end,
            faults,
            convention,
            timing,
            paced: paced.then_some(12),
            free_at: Instant::now(),
            repeats: true,
            tally: Tally::default(),
            said: None,
            is_block_harmed: false,
        }
    }

    /// From here on characters are those of T=1 blocks.
    pub(in crate::chip) fn speak_in_blocks(&mut self) {
        self.repeats = false;
        self.paced = self.paced.map(|_| 11);
    }

    /// A new command, of which so many characters came already.
    pub(in crate::chip) const fn begin_command(&mut self, heard: u32) {
        self.tally = Tally {
            apdu: self.tally.apdu.saturating_add(1),
            card: 0,
            terminal: heard,
            blocks: self.tally.blocks,
        };
    }

    /// A block of the card begins; whether its EDC is wrong.
    pub(in crate::chip) fn begin_block(&mut self) -> bool {
        self.is_block_harmed = false;
        let harmed = self.faults.harms_block(self.tally);
        self.tally.blocks = self.tally.blocks.saturating_add(1);
        harmed
    }

    /// Sends characters.
    pub(in crate::chip) async fn say(&mut self, characters: &[u8]) -> Result<(), Interrupt> {
        for character in characters {
            self.say_one(*character).await?;
        }
        self.end.flush().await
    }

    async fn say_one(&mut self, character: u8) -> Result<(), Interrupt> {
        if self.faults.silences(self.tally) {
            self.end.flush().await?;
            return Err(self.silence().await);
        }
        loop {
            self.pace().await?;
            let may_harm = self.repeats || !self.is_block_harmed;
            let harmed = may_harm && self.faults.harms(self.tally);
            self.is_block_harmed |= harmed;
            self.put(character, harmed);
            if !harmed || !self.repeats || !self.is_signalled().await? {
                break;
            }
        }
        self.said = Some(character);
        self.tally.card = self.tally.card.saturating_add(1);
        self.pulled().await
    }

    fn put(&mut self, character: u8, harmed: bool) {
        let turned = self.convention.turn(character);
        if harmed {
            self.end.put(&[ESCAPE, 0x50]);
        }
        self.end.put(if turned == ESCAPE { &[ESCAPE, ESCAPE] } else { std::slice::from_ref(&turned) });
    }

    /// Whether the terminal asks for the harmed character again. A terminal that does not within its time, or speaks on, took it.
    async fn is_signalled(&mut self) -> Result<bool, Interrupt> {
        self.end.flush().await?;
        self.end.error_signal(Instant::now() + ERROR_SIGNAL).await
    }

    /// The next character; nothing at `until`. An error signal makes the last one of the card come again.
    pub(in crate::chip) async fn hear(&mut self, until: Option<Instant>) -> Result<Option<u8>, Interrupt> {
        loop {
            match self.end.symbol(until).await? {
                None => return Ok(None),
                Some(Symbol::Character(turned)) => {
                    self.tally.terminal = self.tally.terminal.saturating_add(1);
                    self.take_time();
                    self.pulled().await?;
                    return Ok(Some(self.convention.turn(turned)));
                }
                Some(_) => {
                    if let Some(said) = self.said.filter(|_| self.repeats) {
                        self.pace().await?;
                        self.put(said, false);
                        self.end.flush().await?;
                    }
                }
            }
        }
    }

    /// A character that comes for sure, however late.
    pub(in crate::chip) async fn hear_one(&mut self) -> Result<u8, Interrupt> {
        loop {
            if let Some(character) = self.hear(None).await? {
                return Ok(character);
            }
        }
    }

    /// The last character of what the terminal sends in one go came: says so where the card refuses it, and takes it again.
    pub(in crate::chip) async fn close_burst(&mut self, mut last: u8) -> Result<u8, Interrupt> {
        while self.faults.refuses(self.tally) {
            self.end.put(&[ESCAPE, 0x45]);
            self.end.flush().await?;
            last = self.hear_one().await?;
        }
        Ok(last)
    }

    /// Waits for `work`; nothing at `until`.
    pub(in crate::chip) async fn attend<F: Future>(
        &mut self,
        work: F,
        until: Option<Instant>,
    ) -> Result<Option<F::Output>, Interrupt> {
        match until {
            Some(until) => self.end.run(timeout_at(until, work)).await.map(Result::ok),
            None => self.end.run(work).await.map(Some),
        }
    }

    pub(in crate::chip) async fn sleep_until(&mut self, until: Instant) -> Result<(), Interrupt> {
        self.end.run(sleep_until(until)).await
    }

    /// Says and hears nothing any more.
    pub(in crate::chip) async fn silence(&mut self) -> Interrupt {
        match self.end.run(pending::<Infallible>()).await {
            Ok(never) => match never {},
            Err(interrupt) => interrupt,
        }
    }

    /// What stands before the answer to this command, beside the card's own time: its noise, and the edge of its time.
    pub(in crate::chip) async fn before_answer(&mut self, since: Instant) -> Result<(), Interrupt> {
        if let Some(edge) = self.late() {
            let edge = self.timing.edge(!self.repeats, edge);
            self.sleep_until(since + edge).await?;
        }
        let noise = self.faults.noise(self.tally);
        self.say(&noise).await
    }

    pub(in crate::chip) fn late(&self) -> Option<Edge> {
        self.faults.late(self.tally)
    }

    pub(in crate::chip) fn storm(&self) -> Option<Storm> {
        self.faults.storm(self.tally)
    }

    pub(in crate::chip) const fn pps_fault(&self) -> Option<PpsFault> {
        self.faults.pps()
    }

    pub(in crate::chip) fn wrong_procedure(&self) -> Option<u8> {
        self.faults.procedure(self.tally)
    }

    pub(in crate::chip) fn is_endless(&self) -> bool {
        self.faults.is_endless(self.tally)
    }

    pub(in crate::chip) fn aborts(&self) -> bool {
        self.faults.aborts(self.tally)
    }

    pub(in crate::chip) fn resynchronises(&self) -> bool {
        self.faults.resynchronises(self.tally)
    }

    async fn pulled(&mut self) -> Result<(), Interrupt> {
        if !self.faults.pulls(self.tally) {
            return Ok(());
        }
        self.end.flush().await?;
        Err(Interrupt::Pulled)
    }

    /// The contact is free when the characters before are over.
    async fn pace(&mut self) -> Result<(), Interrupt> {
        if self.paced.is_some() {
            self.end.flush().await?;
            let free_at = self.free_at;
            self.sleep_until(free_at).await?;
            self.take_time();
        }
        Ok(())
    }

    fn take_time(&mut self) {
        if let Some(etu) = self.paced {
            let now = Instant::now();
            // A timer may oversleep: what follows at once catches up.
            let begin = if now > self.free_at + OVERSLEPT { now } else { self.free_at };
            self.free_at = begin + self.timing.etu(etu);
        }
    }
}
