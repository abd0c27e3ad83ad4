//! The course of a transaction: a step's name is its type.
//!
//! Candidates -> Selected -> Initiated -> Read -> Authenticated -> Restricted -> RiskManaged -> Verified -> Analysed
//! -> an outcome of the card, or Online -> Completed.

use super::kernel::Kernel;
use super::memory::Memory;
use super::parameters::ChipParameters;
use super::transaction::{TerminalData, TransactionData};
use super::values::{Results, Values};
use crate::ports::Entropy;
use crate::slot::apdu::CardPort;

/// The kinds of what the kernel works with.
pub(crate) trait World {
    /// A card.
    type Card: CardPort;
    /// The chip parameters.
    type Parameters: ChipParameters;
    /// Random numbers.
    type Entropy: Entropy;
}

/// A world by the kinds of its parts.
pub(crate) struct Parts<C, P, E>(core::marker::PhantomData<(C, P, E)>);

impl<C: CardPort, P: ChipParameters, E: Entropy> World for Parts<C, P, E> {
    type Card = C;
    type Parameters = P;
    type Entropy = E;
}

/// A transaction that has come to the step `S`.
pub(crate) struct Course<'a, W: World, S> {
    pub(super) kernel: Kernel<'a, W>,
    pub(super) step: S,
}

impl<'a, W: World, S> Course<'a, W, S> {
    /// The same transaction, a step on.
    pub(super) fn to<T>(self, step: T) -> Course<'a, W, T> {
        Course { kernel: self.kernel, step }
    }

    /// What has been found out so far: TVR, TSI, CVM results.
    pub(crate) fn results(&self) -> &Results {
        &self.kernel.memory.results
    }

    /// Every object's value that somebody has, as far as the transaction has come.
    pub(crate) fn values(&self) -> Values<'_> {
        self.kernel.values()
    }
}

/// A card was put in; nothing has been asked yet.
pub(crate) struct Inserted(());

impl<'a, W: World> Course<'a, W, Inserted> {
    /// Begins with an activated card, and memory that holds nothing yet.
    pub(crate) fn begin(
        card: &'a mut W::Card,
        parameters: &'a mut W::Parameters,
        entropy: &'a mut W::Entropy,
        memory: &'a mut Memory,
        (terminal, transaction): (&'a TerminalData, &'a TransactionData),
    ) -> Self {
        let kernel = Kernel { card, parameters, entropy, memory, terminal, transaction };
        Self { kernel, step: Inserted(()) }
    }
}
