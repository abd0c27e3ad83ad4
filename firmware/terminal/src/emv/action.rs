//! Terminal action analysis (EMV Book 3, 10.7).

use super::course::{Course, World};
use super::cvm::verification::Verified;
use super::kernel::Kernel;
use super::parameters::ActionCode;
use super::tag::Tag;
use super::transaction::Purpose;

/// What the terminal asks the card for is decided.
pub(crate) struct Analysed {
    pub(super) wanted: Cryptogram,
}

/// The kinds of an application cryptogram: bits 8 and 7 of GENERATE AC's P1, and of the CID.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cryptogram {
    /// Declined.
    Aac = 0x00,
    /// Approved offline.
    Tc = 0x40,
    /// Online authorisation is asked for.
    Arqc = 0x80,
}

/// The codes that a card without them has (10.7).
const NONE: ActionCode = [0x00; 5];
const ALL: ActionCode = [0xFF; 5];

impl<'a, W: World> Course<'a, W, Verified> {
    /// Compares the TVR with the action codes.
    pub(crate) fn analyse(mut self) -> Course<'a, W, Analysed> {
        self.kernel.note_default_tdol(Tag::CDOL1);
        let wanted = self.kernel.first_action();
        self.to(Analysed { wanted })
    }
}

impl<W: World> Course<'_, W, Analysed> {
    /// What the terminal will ask for.
    #[cfg(test)]
    pub(crate) fn wanted(&self) -> Cryptogram {
        self.step.wanted
    }
}

impl<W: World> Kernel<'_, W> {
    fn first_action(&self) -> Cryptogram {
        let (application, tvr) = (&self.memory.application, &self.memory.results.tvr);
        if tvr.meets(&application.tac_denial) || tvr.meets(&self.issuer_code(Tag::IAC_DENIAL, NONE)) {
            return Cryptogram::Aac;
        }
        let is_online =
            tvr.meets(&application.tac_online) || tvr.meets(&self.issuer_code(Tag::IAC_ONLINE, ALL));
        let is_balance = self.transaction.purpose == Purpose::Balance;
        if is_online || is_balance { Cryptogram::Arqc } else { Cryptogram::Tc }
    }

    /// What is asked for when the host cannot be reached.
    pub(super) fn default_action(&self) -> Cryptogram {
        let (application, tvr) = (&self.memory.application, &self.memory.results.tvr);
        let is_declined =
            tvr.meets(&application.tac_default) || tvr.meets(&self.issuer_code(Tag::IAC_DEFAULT, ALL));
        let is_balance = self.transaction.purpose == Purpose::Balance;
        if is_declined || is_balance { Cryptogram::Aac } else { Cryptogram::Tc }
    }

    fn issuer_code(&self, tag: Tag, otherwise: ActionCode) -> ActionCode {
        self.memory.data.array(tag).unwrap_or(otherwise)
    }
}
