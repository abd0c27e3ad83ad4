//! The parts that every step works with.

use super::course::World;
use super::dol;
use super::fault::CardError;
use super::memory::Memory;
use super::tag::Tag;
use super::transaction::{TerminalData, TransactionData};
use super::tvr::Check;
use super::values::Values;
use crate::slot::apdu::{CardPort, StatusWord};
use sha1::{Digest, Sha1};

/// Success.
pub(crate) const DONE: StatusWord = StatusWord(0x9000);

/// A card, the terminal's parameters, and the memory between them.
pub(crate) struct Kernel<'a, W: World> {
    pub(crate) card: &'a mut W::Card,
    pub(crate) parameters: &'a mut W::Parameters,
    pub(crate) entropy: &'a mut W::Entropy,
    pub(crate) memory: &'a mut Memory,
    pub(crate) terminal: &'a TerminalData,
    pub(crate) transaction: &'a TransactionData,
}

impl<W: World> Kernel<'_, W> {
    /// Begins the data of the next command.
    pub(super) fn begin_command(&mut self) {
        zeroize::Zeroize::zeroize(&mut *self.memory.command.data);
    }

    /// Appends to the data of the next command what there is room for; more than that is a fault of `named`.
    pub(super) fn add_to_command(&mut self, bytes: &[u8], named: Tag) -> Result<(), CardError> {
        self.memory.command.data.extend_from_slice(bytes).map_err(|_| CardError::Wrong(named))
    }

    /// Sends a command with the data that stand ready.
    pub(super) async fn exchange(
        &mut self,
        header: [u8; 4],
        expected: Option<u8>,
    ) -> Result<StatusWord, CardError> {
        self.memory.command.header = header;
        self.memory.command.expected = expected;
        Ok(self.card.exchange(&self.memory.command, &mut self.memory.response).await?)
    }

    /// Sends a command without data.
    pub(super) async fn ask(&mut self, header: [u8; 4]) -> Result<StatusWord, CardError> {
        self.begin_command();
        self.exchange(header, Some(0)).await
    }

    /// READ RECORD (EMV Book 3, 6.5.11).
    pub(super) async fn read_record(&mut self, sfi: u8, record: u8) -> Result<StatusWord, CardError> {
        self.ask([0x00, 0xB2, record, sfi << 3 | 0x04]).await
    }

    /// GET DATA (EMV Book 3, 6.5.7): the value, of the length that it must have; `None` where the card has none.
    pub(super) async fn get_data<const N: usize>(&mut self, tag: Tag) -> Result<Option<[u8; N]>, CardError> {
        let [p1, p2] = tag.parameters();
        if self.ask([0x80, 0xCA, p1, p2]).await? != DONE {
            return Ok(None);
        }
        let value = super::tlv::template(tag, &self.memory.response).ok();
        Ok(value.and_then(|value| value.try_into().ok()))
    }

    /// Where values come from.
    pub(super) fn values(&self) -> Values<'_> {
        Values {
            terminal: self.terminal,
            transaction: self.transaction,
            application: &self.memory.application,
            results: &self.memory.results,
            issuer: &self.memory.issuer,
            card: &self.memory.data,
        }
    }

    /// Appends what one of the card's DOLs asks for to the next command; without the DOL nothing.
    pub(super) fn add_asked(&mut self, list: Tag) -> Result<(), CardError> {
        let dol = self.memory.data.find(list).unwrap_or_default();
        if dol::asks_for(dol, Tag::TC_HASH) {
            self.note_default_tdol(list);
            self.make_tc_hash()?;
        }
        let Memory { data, issuer, application, results, command, .. } = &mut *self.memory;
        let dol = data.find(list).unwrap_or_default();
        let (terminal, transaction) = (self.terminal, self.transaction);
        let values = Values { terminal, transaction, application, results, issuer, card: data };
        add(dol, &values, &mut command.data).map_err(|_| CardError::Wrong(list))
    }

    /// Sets the TVR's bit where a DOL asks for the TC hash value and the card has no TDOL for it.
    pub(super) fn note_default_tdol(&mut self, list: Tag) {
        let data = &self.memory.data;
        let asks = data.find(list).is_some_and(|dol| dol::asks_for(dol, Tag::TC_HASH));
        if asks && data.find(Tag::TDOL).is_none() {
            self.memory.results.tvr.set(Check::DefaultTdolUsed);
        }
    }

    /// Appends what the DDOL asks for, the terminal's own where the card has none; `false` where it does not ask for
    /// the unpredictable number (EMV Book 2, 6.5.1).
    pub(super) fn add_dynamic(&mut self) -> bool {
        let Memory { data, issuer, application, results, command, .. } = &mut *self.memory;
        let dol = data.find(Tag::DDOL).unwrap_or(&application.ddol);
        let (terminal, transaction) = (self.terminal, self.transaction);
        let values = Values { terminal, transaction, application, results, issuer, card: data };
        dol::asks_for(dol, Tag::UNPREDICTABLE) && add(dol, &values, &mut command.data).is_ok()
    }

    /// The TC hash value over what the TDOL asks for (EMV Book 3, 9.2.2).
    fn make_tc_hash(&mut self) -> Result<(), CardError> {
        let Memory { data, issuer, application, results, .. } = &mut *self.memory;
        let own = application.tdol.as_deref().unwrap_or_default();
        let dol = data.find(Tag::TDOL).unwrap_or(own);
        let (terminal, transaction) = (self.terminal, self.transaction);
        let values = Values { terminal, transaction, application, results, issuer, card: data };
        let mut asked = dol::Asked::default();
        add(dol, &values, &mut asked).map_err(|_| CardError::Wrong(Tag::TDOL))?;
        results.hash = Some(Sha1::digest(asked.as_slice()).into());
        Ok(())
    }
}

fn add(
    dol: &[u8],
    values: &Values<'_>,
    asked: &mut heapless::Vec<u8, { dol::ASKED }>,
) -> Result<(), super::tlv::Malformed> {
    dol::append(dol, asked, |tag, take| values.with(tag, take))
}
