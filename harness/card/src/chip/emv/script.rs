//! Issuer scripts (EMV 4.3 Book 3, 6.5.1 to 6.5.3, 6.5.10; PBOC 3.0 part 5 for UPDATE RECORD and PUT DATA; Book 2, 9).

use payrig_keys::emv::{PinChange, ScriptMac, decipher_script_data};

use super::{
    Instruction, ProfileCard, Status, Tag,
    answer::Answer,
    command::Command,
    issued::IssuedApplication,
    session::{Step, Transaction},
    tlv::{objects, tlv},
};

/// P2 of PIN CHANGE/UNBLOCK: the tries come back, the PIN stays.
const UNBLOCK: u8 = 0x00;
/// P2: a new PIN, in the block of which the current one is.
const CHANGE_BY_CURRENT: u8 = 0x01;
/// P2: a new PIN.
const CHANGE: u8 = 0x02;

impl ProfileCard {
    /// Obeys a command of the issuer, where its MAC is right. It comes after the first GENERATE AC.
    pub(super) fn script(&mut self, named: Instruction, command: Command<'_>) -> Result<Answer, Status> {
        let transaction = match &self.session.step {
            Step::Online(_, transaction) | Step::Over(_, transaction) => transaction.clone(),
            _ => return Err(Status::CONDITIONS),
        };
        let done = self.authentic(command, &transaction).and_then(|data| {
            let command = Command { data, ..command };
            self.obey_issuer(named, command, &transaction)
        });
        let over = matches!(self.session.step, Step::Over(..));
        if let Step::Online(_, transaction) = &mut self.session.step {
            transaction.script_failed |= done.is_err();
        }
        let (_, memory) = self.selected()?;
        match done {
            Ok(()) => {
                memory.scripts_done = memory.scripts_done.saturating_add(over.into());
                Ok(Answer::from(Status::OK))
            }
            Err(status) => {
                memory.script_failed = true;
                Err(status)
            }
        }
    }

    /// The command's data without its MAC.
    fn authentic<'c>(&mut self, command: Command<'c>, transaction: &Transaction) -> Result<&'c [u8], Status> {
        let (application, _) = self.selected()?;
        let version = application.profile.cryptogram.cvn();
        let length = version.script_mac_bytes();
        let data = command.data.len().checked_sub(length).ok_or(Status::NO_MAC)?;
        let (data, mac) = command.data.split_at_checked(data).ok_or(Status::NO_MAC)?;
        let atc = transaction.atc.to_be_bytes();
        let key = version.script_key(&application.keys.script_macs, atc).map_err(|_| Status::CONDITIONS)?;
        let right = ScriptMac { header: command.header(), atc, cryptogram: transaction.cryptogram, data };
        match right.compute(&key, length) {
            Ok(right) if right == mac => Ok(data),
            _ => Err(Status::MAC),
        }
    }

    fn obey_issuer(
        &mut self,
        named: Instruction,
        command: Command<'_>,
        transaction: &Transaction,
    ) -> Result<(), Status> {
        match named {
            Instruction::ApplicationBlock => self.block(command, true),
            Instruction::ApplicationUnblock => self.block(command, false),
            Instruction::CardBlock => {
                must_be_bare(command)?;
                self.memory.blocked = true;
                Ok(())
            }
            Instruction::PinChange => self.change_pin(command, transaction),
            Instruction::UpdateRecord => self.update_record(command),
            _ => self.put_data(command),
        }
    }

    fn block(&mut self, command: Command<'_>, blocked: bool) -> Result<(), Status> {
        must_be_bare(command)?;
        let (_, memory) = self.selected()?;
        memory.blocked = blocked;
        Ok(())
    }

    fn change_pin(&mut self, command: Command<'_>, transaction: &Transaction) -> Result<(), Status> {
        if command.p1 != 0 || !matches!(command.p2, UNBLOCK | CHANGE_BY_CURRENT | CHANGE) {
            return Err(Status::PARAMETERS);
        }
        if command.p2 == UNBLOCK {
            must_be_bare(Command { p2: 0, ..command })?;
        } else {
            let current = (command.p2 == CHANGE_BY_CURRENT).then(|| self.memory.pin.clone());
            let (application, _) = self.selected()?;
            let block = pin_block(application, transaction, command.data)?;
            let pin = block.pin(&application.keys.cryptograms, current.as_ref().map(|pin| pin.as_str()));
            self.memory.pin = pin.map_err(|_| Status::DATA)?;
        }
        self.memory.tries_left = self.card.profile.pin_tries;
        Ok(())
    }

    fn update_record(&mut self, command: Command<'_>) -> Result<(), Status> {
        let place = (command.p2 >> 3, command.p1);
        if command.p2 & 0x07 != 0x04 {
            return Err(Status::PARAMETERS);
        }
        let (application, memory) = self.selected()?;
        if !application.records.contains_key(&place) {
            return Err(Status::NO_RECORD);
        }
        match objects(command.data).as_deref() {
            Some([(Tag(0x70), body)]) if objects(body).is_some() => {
                memory.rewritten.insert(place, command.data.to_vec());
                Ok(())
            }
            _ => Err(Status::DATA),
        }
    }

    /// 9F79, and the limits of transactions without the issuer, which stand in a record.
    fn put_data(&mut self, command: Command<'_>) -> Result<(), Status> {
        let tag = Tag(u16::from_be_bytes([command.p1, command.p2]));
        let (application, memory) = self.selected()?;
        match tag.0 {
            0x9F79 if memory.offline_balance.is_some() => {
                memory.offline_balance = Some(command.data.try_into().map_err(|_| Status::LENGTH)?);
                Ok(())
            }
            0x9F14 | 0x9F23 => {
                let [limit] = command.data else { return Err(Status::LENGTH) };
                let newest = |place| memory.rewritten.get(place).or_else(|| application.records.get(place));
                let mut places = application.records.keys();
                let (place, body) = places
                    .find_map(|place| Some((*place, with_value(newest(place)?, tag, *limit)?)))
                    .ok_or(Status::NO_DATA)?;
                memory.rewritten.insert(place, body);
                Ok(())
            }
            _ => Err(Status::NO_DATA),
        }
    }
}

/// No parameters, and no data but the MAC.
fn must_be_bare(command: Command<'_>) -> Result<(), Status> {
    match (command.p1, command.p2, command.data) {
        (0, 0, []) => Ok(()),
        (0, 0, _) => Err(Status::LENGTH),
        _ => Err(Status::PARAMETERS),
    }
}

fn pin_block(
    application: &IssuedApplication,
    transaction: &Transaction,
    enciphered: &[u8],
) -> Result<PinChange, Status> {
    let version = application.profile.cryptogram.cvn();
    let key = version.script_key(&application.keys.script_data, transaction.atc.to_be_bytes());
    let clear = decipher_script_data(&key.map_err(|_| Status::CONDITIONS)?, enciphered);
    let clear = clear.map_err(|_| Status::DATA)?;
    let block = clear.as_slice().try_into().map_err(|_| Status::DATA)?;
    Ok(PinChange::from_clear(block))
}

/// The record with another value of a tag; nothing where it has none.
fn with_value(record: &[u8], tag: Tag, value: u8) -> Option<Vec<u8>> {
    let outer = objects(record)?;
    let [(template, body)] = outer.as_slice() else { return None };
    let inner = objects(body)?;
    inner.iter().find(|(other, _)| *other == tag)?;
    let respelled = inner
        .iter()
        .flat_map(|(other, old)| if *other == tag { tlv(*other, &[value]) } else { tlv(*other, old) });
    Some(tlv(*template, &respelled.collect::<Vec<_>>()))
}
