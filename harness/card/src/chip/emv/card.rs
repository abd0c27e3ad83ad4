//! A card that can be put into a slot.

use std::{fmt, sync::Arc};

use rand_chacha::{
    ChaCha20Rng,
    rand_core::{Rng, SeedableRng},
};

use super::{
    EmvFault, Instruction, IssuedCard, Status,
    answer::Answer,
    command::Command,
    issued::IssuedApplication,
    memory::{ApplicationMemory, Memory},
    session::{Session, Step},
    spoil::spoiled,
};
use crate::chip::{CardFault, CardFuture, ChipCard};

/// An issued card with what happened to it since: its counters, its PIN tries, what was blocked. Power is lost and comes back, that stays.
pub struct ProfileCard {
    pub(super) card: Arc<IssuedCard>,
    pub(super) memory: Memory,
    pub(super) session: Session,
    random: ChaCha20Rng,
    powered: bool,
}

impl ProfileCard {
    /// A card as it was issued. Its random numbers come from the seed.
    #[must_use]
    pub fn new(card: Arc<IssuedCard>, seed: u64) -> Self {
        let memory = Memory::of(&card);
        let random = ChaCha20Rng::seed_from_u64(seed);
        Self { card, memory, session: Session::default(), random, powered: false }
    }

    /// Gives it power and resets it; the answer to reset.
    pub fn activate(&mut self) -> Vec<u8> {
        self.session = Session::default();
        self.powered = true;
        self.card.profile.atr.0.clone()
    }

    /// Resets it with the power on; nothing without.
    pub fn warm_reset(&mut self) -> Option<Vec<u8>> {
        self.session = Session::default();
        let profile = &self.card.profile;
        self.powered.then(|| profile.warm_atr.as_ref().unwrap_or(&profile.atr).0.clone())
    }

    /// Takes its power away.
    pub fn deactivate(&mut self) {
        self.session = Session::default();
        self.powered = false;
    }

    /// The answer to a command; nothing without power.
    pub fn answer(&mut self, command: &[u8]) -> Option<Vec<u8>> {
        self.powered.then(|| self.obey(command).unwrap_or_else(Answer::from).into_bytes())
    }

    fn obey(&mut self, bytes: &[u8]) -> Result<Answer, Status> {
        let command = Command::read(bytes)?;
        let challenge = self.session.challenge.take();
        let named = command.named()?;
        let nth = self.session.counts.entry(named).or_default();
        *nth = nth.saturating_add(1);
        let nth = *nth;
        if let Some(status) = self.forced(named, nth) {
            return Err(status);
        }
        // What is selected when CARD BLOCK comes stays so until the next reset (EMV 4.3 Book 3, 6.5.3: all that follow are refused).
        if self.memory.blocked && named == Instruction::Select {
            return Err(Status::UNSUPPORTED);
        }
        if self.memory.blocked && self.session.step.application().is_none() {
            return Err(Status::CONDITIONS);
        }
        let answer = self.dispatch(named, command, challenge)?;
        Ok(Answer { data: spoiled(&self.card.faults, answer.data), ..answer })
    }

    fn dispatch(
        &mut self,
        named: Instruction,
        command: Command<'_>,
        challenge: Option<[u8; 8]>,
    ) -> Result<Answer, Status> {
        match named {
            Instruction::Select => self.select(command),
            Instruction::GetProcessingOptions => self.processing_options(command),
            Instruction::ReadRecord => self.read_record(command),
            Instruction::GetData => self.get_data(command),
            Instruction::Verify => self.verify(command, challenge),
            Instruction::GetChallenge => self.get_challenge(command),
            Instruction::InternalAuthenticate => self.internal_authenticate(command),
            Instruction::ExternalAuthenticate => self.external_authenticate(command),
            Instruction::GenerateAc => self.generate(command),
            Instruction::ApplicationBlock
            | Instruction::ApplicationUnblock
            | Instruction::CardBlock
            | Instruction::PinChange
            | Instruction::UpdateRecord
            | Instruction::PutData => self.script(named, command),
        }
    }

    /// The status that a fault answers this command with.
    fn forced(&self, named: Instruction, count: u32) -> Option<Status> {
        self.card.faults.iter().find_map(|fault| match fault {
            EmvFault::Status { instruction, nth, sw } if *instruction == named && *nth == count => {
                Some(Status(u16::from_be_bytes(sw.0)))
            }
            EmvFault::RefusesProcessing if named == Instruction::GetProcessingOptions => {
                Some(Status::CONDITIONS)
            }
            _ => None,
        })
    }

    /// Whether this is wrong with it.
    pub(super) fn has(&self, fault: &EmvFault) -> bool {
        self.card.faults.contains(fault)
    }

    /// The selected application, and what it keeps.
    pub(super) fn selected(&mut self) -> Result<(&IssuedApplication, &mut ApplicationMemory), Status> {
        let nth = self.session.step.application().ok_or(Status::CONDITIONS)?;
        let application = self.card.applications.get(nth).ok_or(Status::CONDITIONS)?;
        let memory = self.memory.applications.get_mut(nth).ok_or(Status::CONDITIONS)?;
        Ok((application, memory))
    }

    /// Eight random bytes.
    pub(super) fn random(&mut self) -> [u8; 8] {
        let mut bytes = [0; 8];
        self.random.fill_bytes(&mut bytes);
        bytes
    }

    /// Takes the step out, for who puts the next one in.
    pub(super) fn take_step(&mut self) -> Step {
        std::mem::take(&mut self.session.step)
    }
}

impl ChipCard for ProfileCard {
    fn power_on(&mut self) -> CardFuture<'_, Vec<u8>> {
        Box::pin(async { Ok(self.activate()) })
    }

    fn reset(&mut self) -> CardFuture<'_, Vec<u8>> {
        Box::pin(async { self.warm_reset().ok_or(CardFault::Mute) })
    }

    fn power_off(&mut self) -> CardFuture<'_, ()> {
        Box::pin(async {
            self.deactivate();
            Ok(())
        })
    }

    fn transmit<'a>(&'a mut self, command: &'a [u8]) -> CardFuture<'a, Vec<u8>> {
        Box::pin(async { self.answer(command).ok_or(CardFault::Mute) })
    }
}

impl fmt::Debug for ProfileCard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}, {:?}", self.card, self.memory)
    }
}
