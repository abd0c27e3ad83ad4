//! SELECT (EMV 4.3 Book 1, 11.3).

use super::{
    ProfileCard, Status, Tag, answer::Answer, command::Command, directory::DIRECTORY, session::Step, tlv::tlv,
};

/// By name.
const BY_NAME: u8 = 0x04;
/// The next one whose name begins like this.
const NEXT: u8 = 0x02;

impl ProfileCard {
    pub(super) fn select(&mut self, command: Command<'_>) -> Result<Answer, Status> {
        if command.p1 != BY_NAME || !matches!(command.p2, 0 | NEXT) {
            return Err(Status::PARAMETERS);
        }
        if command.data.is_empty() {
            return Err(Status::LENGTH);
        }
        if command.data == DIRECTORY {
            return self.select_directory();
        }
        let nth = self.named(command).ok_or(Status::NOT_FOUND)?;
        let application = self.card.applications.get(nth).ok_or(Status::NOT_FOUND)?;
        let data = application.fci.clone();
        let blocked = self.memory.applications.get(nth).is_some_and(|memory| memory.blocked);
        self.session.named = Some((command.data.to_vec(), nth));
        self.session.step = Step::Selected(nth);
        Ok(Answer { data, status: if blocked { Status::INVALIDATED } else { Status::OK } })
    }

    /// The first application whose AID begins with the name, or the one after the last that was found by it.
    fn named(&self, command: Command<'_>) -> Option<usize> {
        let from = match &self.session.named {
            Some((name, nth)) if command.p2 == NEXT && name == command.data => nth + 1,
            _ if command.p2 == NEXT => return None,
            _ => 0,
        };
        let fits = |nth: &usize| {
            let application = self.card.applications.get(*nth);
            application.is_some_and(|application| application.profile.aid.0.starts_with(command.data))
        };
        (from..self.card.applications.len()).find(fits)
    }

    fn select_directory(&mut self) -> Result<Answer, Status> {
        if !self.card.profile.pse {
            return Err(Status::NOT_FOUND);
        }
        self.session.named = None;
        self.session.step = Step::Directory;
        Ok(Answer::of(directory_information()))
    }
}

/// 6F of the payment system directory (Book 1, 11.3.4): its records are in the file with SFI 1.
pub(super) fn directory_information() -> Vec<u8> {
    let own = tlv(Tag(0xA5), &tlv(Tag(0x88), &[1]));
    tlv(Tag(0x6F), &[tlv(Tag(0x84), DIRECTORY), own].concat())
}
