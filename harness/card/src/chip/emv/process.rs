//! GET PROCESSING OPTIONS and READ RECORD (EMV 4.3 Book 3, 6.5.8 and 6.5.11).

use zeroize::Zeroizing;

use super::{
    Dol, ProfileCard, Status, Tag,
    answer::Answer,
    command::Command,
    session::{Step, Transaction},
    tlv::{objects, tlv},
};

/// P2 of READ RECORD: P1 is a number.
const BY_NUMBER: u8 = 0x04;

impl ProfileCard {
    /// Begins a transaction.
    pub(super) fn processing_options(&mut self, command: Command<'_>) -> Result<Answer, Status> {
        let Step::Selected(nth) = self.session.step else { return Err(Status::CONDITIONS) };
        if [command.p1, command.p2] != [0, 0] {
            return Err(Status::PARAMETERS);
        }
        let values = match objects(command.data).as_deref() {
            Some([(Tag(0x83), values)]) => Zeroizing::new(values.to_vec()),
            _ => return Err(Status::DATA),
        };
        let (application, memory) = self.selected()?;
        if application.profile.pdol.as_ref().map_or(0, Dol::asked) != values.len() {
            return Err(Status::LENGTH);
        }
        // A card whose counter is at its end is good for nothing any more.
        let atc = memory.atc.checked_add(1).ok_or(Status::CONDITIONS)?;
        memory.atc = atc;
        let data = if application.profile.tagged {
            let parts = [tlv(Tag(0x82), &application.aip), tlv(Tag(0x94), &application.afl)];
            tlv(Tag(0x77), &parts.concat())
        } else {
            tlv(Tag(0x80), &[&application.aip, application.afl.as_slice()].concat())
        };
        let transaction = Transaction { atc, pdol: values, ..Transaction::default() };
        self.session.step = Step::Initiated(nth, transaction);
        Ok(Answer::of(data))
    }

    pub(super) fn read_record(&mut self, command: Command<'_>) -> Result<Answer, Status> {
        let (sfi, number) = (command.p2 >> 3, command.p1);
        if command.p2 & 0x07 != BY_NUMBER || matches!(sfi, 0 | 31) || number == 0 {
            return Err(Status::PARAMETERS);
        }
        match self.session.step {
            Step::Reset | Step::Selected(_) => return Err(Status::CONDITIONS),
            Step::Directory => {
                let nth = usize::from(number) - 1;
                let found = self.card.directory.get(nth).filter(|_| sfi == 1);
                let missing = if sfi == 1 { Status::NO_RECORD } else { Status::NOT_FOUND };
                return found.cloned().map(Answer::of).ok_or(missing);
            }
            _ => {}
        }
        let (application, memory) = self.selected()?;
        let place = (sfi, number);
        let found = memory.rewritten.get(&place).or_else(|| application.records.get(&place));
        let known = application.records.keys().any(|(other, _)| *other == sfi);
        let missing = if known { Status::NO_RECORD } else { Status::NOT_FOUND };
        found.cloned().map(Answer::of).ok_or(missing)
    }
}
