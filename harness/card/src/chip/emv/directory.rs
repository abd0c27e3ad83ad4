//! The applications of a card, as a terminal finds them (EMV 4.3 Book 1, 12).

use crate::chip::{CardFault, ChipCard};

use super::{Status, Tag, tlv::objects};

/// The name of the payment system directory.
pub(super) const DIRECTORY: &[u8] = b"1PAY.SYS.DDF01";
const DONE: [u8; 2] = [0x90, 0x00];
/// More records than a directory has entries of any sense.
const RECORDS: u8 = 30;

/// An application that a card's directory names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listed {
    /// Its name: tag 4F.
    pub aid: Vec<u8>,
    /// Tag 50, as the card has it; not all bytes of it need be printable.
    pub label: Vec<u8>,
    /// The priority of tag 87, 1 the highest; nothing where the card gives none.
    pub priority: Option<u8>,
}

/// What SELECT of the payment system environment, and its directory, have brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Directory {
    /// The applications, in the card's order.
    Applications(Vec<Listed>),
    /// There is no directory: the status of SELECT.
    None(Status),
    /// There is one that is not as it should be: what is wrong.
    Wrong(String),
}

/// Reads the directory of a card that has power. Selects the payment system environment.
///
/// # Errors
/// What keeps the card from answering.
pub async fn read_directory(card: &mut dyn ChipCard) -> Result<Directory, CardFault> {
    let mut select = vec![0x00, 0xA4, 0x04, 0x00];
    select.extend(u8::try_from(DIRECTORY.len()));
    select.extend(DIRECTORY);
    select.push(0x00);
    let answer = card.transmit(&select).await?;
    let fci = match answer.split_last_chunk::<2>() {
        Some((fci, &DONE)) => fci,
        Some((_, status)) => return Ok(Directory::None(Status(u16::from_be_bytes(*status)))),
        None => return Err(CardFault::Mute),
    };
    let Some(sfi) = directory_file(fci) else {
        return Ok(Directory::Wrong("its FCI names no directory (88) in 6F, A5".into()));
    };
    let mut applications = Vec::new();
    for number in 1..=RECORDS {
        let answer = card.transmit(&[0x00, 0xB2, number, sfi << 3 | 4, 0x00]).await?;
        match answer.split_last_chunk::<2>() {
            Some((record, &DONE)) => match entries(record) {
                Some(found) => applications.extend(found),
                None => {
                    return Ok(Directory::Wrong(format!("record {number} is no list of entries (70, 61)")));
                }
            },
            Some((_, [0x6A, 0x83])) => break,
            Some((_, [sw1, sw2])) => {
                return Ok(Directory::Wrong(format!("record {number} is refused with {sw1:02X}{sw2:02X}")));
            }
            None => return Err(CardFault::Mute),
        }
    }
    Ok(Directory::Applications(applications))
}

/// The value of the first object with this tag.
fn value(data: &[u8], tag: u16) -> Option<&[u8]> {
    objects(data)?.into_iter().find(|(found, _)| *found == Tag(tag)).map(|(_, value)| value)
}

fn directory_file(fci: &[u8]) -> Option<u8> {
    match value(value(value(fci, 0x6F)?, 0xA5)?, 0x88)? {
        [sfi @ 1..=10] => Some(*sfi),
        _ => None,
    }
}

fn entries(record: &[u8]) -> Option<Vec<Listed>> {
    let entries = objects(value(record, 0x70)?)?.into_iter().filter(|(tag, _)| *tag == Tag(0x61));
    entries.map(|(_, entry)| listed(entry)).collect()
}

fn listed(entry: &[u8]) -> Option<Listed> {
    let optional = |tag| objects(entry).map(|_| value(entry, tag));
    Some(Listed {
        aid: value(entry, 0x4F)?.to_vec(),
        label: optional(0x50)?.unwrap_or_default().to_vec(),
        priority: optional(0x87)?
            .and_then(|priority| priority.first())
            .map(|byte| byte & 0x0F)
            .filter(|p| *p > 0),
    })
}
