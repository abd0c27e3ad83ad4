//! Issuer scripts (EMV Book 3, 10.10) and their results, DF31.

use heapless::Vec;

use super::course::World;
use super::fault::CardError;
use super::issuer_answer::{IssuerAnswer, SCRIPTS};
use super::kernel::Kernel;
use super::tag::Tag;
use super::tlv::Objects;
use super::tsi::Performed;
use super::tvr::Check;
use crate::slot::apdu::StatusWord;

/// Bytes of a script's result.
const RESULT: usize = 5;

/// DF31: five bytes for each script.
pub(super) type ScriptResults = Vec<u8, { RESULT * SCRIPTS }>;

/// How far a script came: high nibble 0 not done, 1 failed, 2 done; low nibble the number of the command that failed.
type Progress = u8;
const NOT_DONE: Progress = 0x00;
const FAILED: Progress = 0x10;
const COMPLETE: Progress = 0x20;

impl<W: World> Kernel<'_, W> {
    /// Runs every script of a kind, each as far as it goes, and keeps the results.
    ///
    /// # Errors
    /// The session is over; what was not run by then is not done.
    pub(super) async fn run_scripts(
        &mut self,
        answer: &IssuerAnswer<'_>,
        kind: Tag,
        results: &mut ScriptResults,
    ) -> Result<(), CardError> {
        let mut session = Ok(());
        for script in answer.scripts(kind) {
            let mut progress = NOT_DONE;
            if session.is_ok() {
                self.memory.results.tsi.set(Performed::Scripts);
                if script.are_whole() {
                    session = self.run(script.clone(), &mut progress).await;
                }
            }
            self.note_script(&script, kind, progress, results);
        }
        session
    }

    /// The scripts of a kind that a session's end has left.
    pub(super) fn leave_scripts(
        &mut self,
        answer: &IssuerAnswer<'_>,
        kind: Tag,
        results: &mut ScriptResults,
    ) {
        for script in answer.scripts(kind) {
            self.note_script(&script, kind, NOT_DONE, results);
        }
    }

    /// Its result, and the TVR's bit where it is not done.
    fn note_script(
        &mut self,
        script: &Objects<'_>,
        kind: Tag,
        progress: Progress,
        results: &mut ScriptResults,
    ) {
        if progress != COMPLETE {
            let is_before = kind == Tag::SCRIPT_1;
            let failed = if is_before { Check::ScriptFailedBefore } else { Check::ScriptFailedAfter };
            self.memory.results.tvr.set(failed);
        }
        let id = script.find(Tag::SCRIPT_ID).ok().flatten().and_then(|id| <[u8; 4]>::try_from(id).ok());
        let [a, b, c, d] = id.unwrap_or_default();
        // An answer has no more scripts than there is room for.
        let _ = results.extend_from_slice(&[progress, a, b, c, d]);
    }

    async fn run(&mut self, script: Objects<'_>, progress: &mut Progress) -> Result<(), CardError> {
        let commands = script.filter_map(Result::ok).filter(|object| object.tag == Tag::SCRIPT_COMMAND);
        for (number, command) in (1..).zip(commands) {
            *progress = FAILED | u8::min(number, 0x0F);
            let Some((header, expected)) = self.prepare(command.value) else { return Ok(()) };
            let StatusWord(status) = self.exchange(header, expected).await.map_err(CardError::late)?;
            if !matches!(status >> 8, 0x90 | 0x62 | 0x63) {
                return Ok(());
            }
        }
        *progress = COMPLETE;
        Ok(())
    }

    /// Puts a script's command into the command's place; `None` where it is none (ISO/IEC 7816-4, 5.1).
    fn prepare(&mut self, command: &[u8]) -> Option<([u8; 4], Option<u8>)> {
        let (header, body) = command.split_first_chunk()?;
        let (data, expected): (&[u8], _) = match body {
            [] => (&[], None),
            [expected] => (&[], Some(*expected)),
            [0, ..] => return None,
            [length, data @ ..] if data.len() == usize::from(*length) => (data, None),
            [length, data @ .., expected] if data.len() == usize::from(*length) => (data, Some(*expected)),
            _ => return None,
        };
        self.begin_command();
        self.add_to_command(data, Tag::SCRIPT_COMMAND).ok()?;
        Some((*header, expected))
    }
}
