//! Candidates from the payment system environment's directory (EMV Book 1, 12.3.2).

use heapless::Vec;

use super::candidates::{Candidate, matches};
use super::course::World;
use super::fault::{CardError, Ending};
use super::fci::{Fci, offered_name};
use super::kernel::{DONE, Kernel};
use super::parameters::ChipParameters;
use super::tag::Tag;
use super::tlv::{self, Objects};
use crate::slot::apdu::StatusWord;

/// The directory's name.
const PSE: &[u8] = b"1PAY.SYS.DDF01";
/// The card is blocked, or knows no SELECT.
pub(crate) const FUNCTION_NOT_SUPPORTED: StatusWord = StatusWord(0x6A81);
/// There is no further record.
const RECORD_NOT_FOUND: StatusWord = StatusWord(0x6A83);

impl<W: World> Kernel<'_, W> {
    /// SELECT by name (EMV Book 1, 11.3), the first or the next occurrence.
    pub(super) async fn select(&mut self, name: &[u8], is_next: bool) -> Result<StatusWord, CardError> {
        self.begin_command();
        self.add_to_command(name, Tag::DF_NAME)?;
        self.exchange([0x00, 0xA4, 0x04, if is_next { 0x02 } else { 0x00 }], Some(0)).await
    }

    /// Reads the directory. A card without one, or with one that cannot be read, brings no candidate.
    ///
    /// # Errors
    /// The card is blocked, or the session is over.
    pub(super) async fn read_directory(&mut self) -> Result<(), Ending> {
        match self.select(PSE, false).await? {
            DONE => {}
            FUNCTION_NOT_SUPPORTED => return Err(Ending::Blocked),
            _ => return Ok(()),
        }
        let Some((sfi, code_table)) = directory(&self.memory.response) else { return Ok(()) };
        for record in 1..=u8::MAX {
            let status = self.read_record(sfi, record).await?;
            if status == DONE && self.take_entries(code_table).await.is_some() {
                continue;
            }
            if status != RECORD_NOT_FOUND {
                self.memory.candidates = Default::default();
            }
            break;
        }
        Ok(())
    }

    /// The entries of one record; `None` where it cannot be read.
    async fn take_entries(&mut self, code_table: Option<u8>) -> Option<()> {
        let Self { memory, parameters, .. } = self;
        let content = Objects::of(tlv::template(Tag::RECORD, &memory.response).ok()?);
        if !content.are_whole() {
            return None;
        }
        for entry in content.filter_map(Result::ok).filter(|entry| entry.tag == Tag::APPLICATION_TEMPLATE) {
            let objects = Objects::of(entry.value);
            let Some(aid) = objects.find(Tag::ADF_NAME).ok()? else { continue };
            let Ok(name) = Vec::from_slice(aid) else { continue };
            let Some(place) = place_of(*parameters, aid).await else { continue };
            let table = code_table.as_ref().map(core::slice::from_ref);
            let label = offered_name(&objects, table, aid);
            memory.candidates.add(Candidate { name, label, priority: Candidate::priority(&objects), place });
        }
        Some(())
    }
}

/// The directory's SFI, 1 to 10, and its code table.
fn directory(answer: &[u8]) -> Option<(u8, Option<u8>)> {
    let fci = Fci::read(answer).ok()?;
    let &[sfi @ 1..=10] = fci.proprietary.find(Tag::SFI).ok()?? else { return None };
    let code_table = fci.proprietary.find(Tag::CODE_TABLE).ok()?;
    Some((sfi, code_table.and_then(|value| value.first()).copied()))
}

/// The place of the terminal's application that a card's name is; of several the one that says most of it.
async fn place_of<P: ChipParameters>(parameters: &mut P, name: &[u8]) -> Option<usize> {
    let mut best: Option<(usize, usize)> = None;
    let mut place = 0;
    while let Some(application) = parameters.application(place).await {
        let length = application.aid.len();
        if matches(&application, name) && best.is_none_or(|(_, longest)| length > longest) {
            best = Some((place, length));
        }
        place += 1;
    }
    best.map(|(place, _)| place)
}
