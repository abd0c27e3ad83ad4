//! Initiating the application: GET PROCESSING OPTIONS (EMV Book 3, 10.1).

use sha1::{Digest, Sha1};

use super::course::{Course, World};
use super::fault::{CardError, Ending};
use super::kernel::{DONE, Kernel};
use super::selection::{Candidates, Selected};
use super::tag::Tag;
use super::tlv::{self, Objects};
use super::values::Results;
use crate::ports::Entropy;
use crate::slot::apdu::StatusWord;

/// Conditions of use not satisfied: the card takes this application away.
const NOT_SATISFIED: StatusWord = StatusWord(0x6985);
/// Of a command's data, those that the header of a command template leaves for a DOL.
const ASKED: usize = 252;

/// AIP and AFL are known.
pub(crate) struct Initiated(pub(super) ());

/// What came of initiating an application.
pub(crate) enum Initiation<'a, W: World> {
    /// It goes on with it.
    Initiated(Course<'a, W, Initiated>),
    /// The card has taken it away: there are others.
    Refused(Course<'a, W, Candidates>),
}

impl<'a, W: World> Course<'a, W, Selected> {
    /// Begins the transaction with the card.
    ///
    /// # Errors
    /// The card refuses it and has no other; its answer is wrong; or the session is over.
    pub(crate) async fn initiate(mut self) -> Result<Initiation<'a, W>, Ending> {
        let mut unpredictable = [0; 4];
        self.kernel.entropy.fill(&mut unpredictable);
        self.kernel.memory.results = Results { unpredictable, cvm: [0x3F, 0, 0], ..Results::default() };
        self.kernel.make_processing_options()?;
        match self.kernel.exchange([0x80, 0xA8, 0x00, 0x00], Some(0)).await? {
            DONE => {
                self.kernel.keep_processing_options()?;
                Ok(Initiation::Initiated(self.to(Initiated(()))))
            }
            NOT_SATISFIED => self.with_candidates(Some(NOT_SATISFIED)).map(Initiation::Refused),
            status => Err(CardError::Status(status).into()),
        }
    }
}

impl<W: World> Kernel<'_, W> {
    /// The command template with what the PDOL asks for, which the transaction data hash begins with.
    fn make_processing_options(&mut self) -> Result<(), CardError> {
        self.begin_command();
        self.add_asked(Tag::PDOL)?;
        let data = &mut self.memory.command.data;
        self.memory.transaction_hash = Sha1::new_with_prefix(data.as_slice());
        let length = data.len();
        if length > ASKED {
            return Err(CardError::Wrong(Tag::PDOL));
        }
        // At most 252.
        let head: &[u8] = if length < 0x80 { &[0x83, length as u8] } else { &[0x83, 0x81, length as u8] };
        let has_room = head.iter().rev().all(|byte| data.insert(0, *byte).is_ok());
        if has_room { Ok(()) } else { Err(CardError::Wrong(Tag::PDOL)) }
    }

    /// AIP and AFL, from either format of the answer (EMV Book 3, 6.5.8.4).
    fn keep_processing_options(&mut self) -> Result<(), CardError> {
        let memory = &mut *self.memory;
        let answer = Objects::of(&memory.response).next().and_then(Result::ok);
        let (aip, afl) = match answer.map(|object| object.tag) {
            Some(Tag::FORMAT_1) => {
                let value = tlv::template(Tag::FORMAT_1, &memory.response)
                    .map_err(CardError::malformed(Tag::FORMAT_1))?;
                value.split_at_checked(2).ok_or(CardError::Wrong(Tag::FORMAT_1))?
            }
            Some(Tag::FORMAT_2) => {
                let malformed = CardError::malformed(Tag::FORMAT_2);
                let objects =
                    Objects::of(tlv::template(Tag::FORMAT_2, &memory.response).map_err(&malformed)?);
                if !objects.are_whole() {
                    return Err(CardError::Wrong(Tag::FORMAT_2));
                }
                let mandatory = |tag| objects.find(tag).map_err(&malformed)?.ok_or(CardError::Missing(tag));
                (mandatory(Tag::AIP)?, mandatory(Tag::AFL)?)
            }
            // What is cut off is named by its first byte.
            _ if memory.response.first() == Some(&0x80) => return Err(CardError::Wrong(Tag::FORMAT_1)),
            _ => return Err(CardError::Wrong(Tag::FORMAT_2)),
        };
        if aip.len() != 2 {
            return Err(CardError::Wrong(Tag::AIP));
        }
        memory.data.put(Tag::AIP, aip)?;
        memory.data.put(Tag::AFL, afl)
    }
}
