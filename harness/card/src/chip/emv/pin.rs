//! VERIFY and GET CHALLENGE (EMV 4.3 Book 3, 6.5.6 and 6.5.12; Book 2, 7).

use zeroize::Zeroizing;

use super::{
    CvmMethod, KnownMethod, ProfileCard, Status,
    answer::Answer,
    command::Command,
    session::{Outcome, Step},
};

/// P2 of VERIFY: the PIN in clear.
const PLAINTEXT: u8 = 0x80;
/// P2 of VERIFY: the PIN enciphered.
const ENCIPHERED: u8 = 0x88;
/// The first byte of an enciphered PIN's block.
const HEADER: u8 = 0x7F;

impl ProfileCard {
    pub(super) fn get_challenge(&mut self, command: Command<'_>) -> Result<Answer, Status> {
        if [command.p1, command.p2] != [0, 0] {
            return Err(Status::PARAMETERS);
        }
        self.selected()?;
        let challenge = self.random();
        self.session.challenge = Some(challenge);
        Ok(Answer::of(challenge.to_vec()))
    }

    /// Holds a PIN against the card's. A wrong one takes a try away, a right one gives all of them back.
    pub(super) fn verify(
        &mut self,
        command: Command<'_>,
        challenge: Option<[u8; 8]>,
    ) -> Result<Answer, Status> {
        if !matches!(self.session.step, Step::Initiated(..)) {
            return Err(Status::CONDITIONS);
        }
        if command.p1 != 0 || !matches!(command.p2, PLAINTEXT | ENCIPHERED) {
            return Err(Status::PARAMETERS);
        }
        if !self.has_offline_pin()? {
            return Err(Status::NO_PIN);
        }
        if self.memory.tries_left == 0 {
            self.note_pin(Outcome::Failed);
            return Err(Status::PIN_BLOCKED);
        }
        let block = if command.p2 == PLAINTEXT {
            Some(Zeroizing::new(command.data.try_into().map_err(|_| Status::LENGTH)?))
        } else {
            self.decipher(command.data, challenge.ok_or(Status::CONDITIONS)?)?
        };
        let given = block.as_deref().map(pin_of);
        // A block of another format is no try.
        if matches!(given, Some(None)) {
            return Err(Status::DATA);
        }
        if given.flatten().is_some_and(|pin| *pin == *self.memory.pin) {
            self.memory.tries_left = self.card.profile.pin_tries;
            self.note_pin(Outcome::Passed);
            return Ok(Answer::from(Status::OK));
        }
        self.memory.tries_left -= 1;
        self.note_pin(Outcome::Failed);
        Err(Status::tries_left(self.memory.tries_left))
    }

    /// Whether its list of methods has one that the card itself does.
    fn has_offline_pin(&mut self) -> Result<bool, Status> {
        let (application, _) = self.selected()?;
        let rules = application.profile.cvm.iter().flat_map(|list| &list.rules);
        Ok(rules.into_iter().any(|rule| {
            matches!(
                rule.method,
                CvmMethod::Known(
                    KnownMethod::OfflinePlaintextPin
                        | KnownMethod::OfflinePlaintextPinAndSignature
                        | KnownMethod::OfflineEncipheredPin
                        | KnownMethod::OfflineEncipheredPinAndSignature
                )
            )
        }))
    }

    /// The PIN block; nothing where the block is not ours, which is as bad as a wrong PIN (Book 2, 7.2).
    fn decipher(&mut self, data: &[u8], challenge: [u8; 8]) -> Result<Option<Zeroizing<[u8; 8]>>, Status> {
        let (application, _) = self.selected()?;
        let key = application.pin.as_ref().ok_or(Status::UNSUPPORTED)?;
        if data.len() != key.length() {
            return Err(Status::LENGTH);
        }
        let Ok(clear) = key.sign(data).map(Zeroizing::new) else { return Ok(None) };
        let Some((header, behind)) = clear.split_first() else { return Ok(None) };
        let Some((block, behind)) = behind.split_first_chunk::<8>() else { return Ok(None) };
        let ours = *header == HEADER && behind.starts_with(&challenge);
        Ok(ours.then(|| Zeroizing::new(*block)))
    }

    fn note_pin(&mut self, outcome: Outcome) {
        if let Step::Initiated(_, transaction) = &mut self.session.step {
            transaction.pin = outcome;
        }
    }
}

/// The PIN of a format 2 block (ISO 9564-1).
fn pin_of(block: &[u8; 8]) -> Option<Zeroizing<String>> {
    let digits = Zeroizing::new(hex::encode_upper(block));
    let length = usize::from(block[0].checked_sub(0x20)?);
    let (pin, filling) = digits.get(2..)?.split_at_checked(length)?;
    let holds = (4..=12).contains(&length)
        && pin.bytes().all(|byte| byte.is_ascii_digit())
        && filling.bytes().all(|byte| byte == b'F');
    holds.then(|| Zeroizing::new(pin.to_owned()))
}
