//! What ended the last run, kept for the next one to tell: a reset erases the log that told it first.

use core::fmt::Write;

use heapless::String;

use crate::persistent::Persistent;

/// Longest account kept, in bytes; the rest is cut off.
pub const LONGEST: usize = 120;

const MARK: [u8; 4] = *b"FLT1";
/// Behind the seed of the random numbers, which has the record's first bytes.
const MARK_AT: usize = 0x100;
const LENGTH_AT: usize = MARK_AT + MARK.len();
const TEXT_AT: usize = LENGTH_AT + 1;

/// Where a fault was: an account short enough to keep.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Account(String<LONGEST>);

impl Account {
    /// The account as text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Keeps the account in `record` for the next power-up.
    pub fn store(&self, record: &mut Persistent<'_>) {
        let text = self.0.as_bytes();
        record.write(TEXT_AT, text);
        record.write(LENGTH_AT, &[text.len() as u8]);
        record.write(MARK_AT, &MARK);
    }

    /// Takes the account that the last run left, if it left one.
    pub fn take(record: &mut Persistent<'_>) -> Option<Self> {
        let mut mark = [0; MARK.len()];
        record.read(MARK_AT, &mut mark);
        if mark != MARK {
            return None;
        }
        record.fill(MARK_AT, MARK.len(), 0);
        let mut length = [0];
        record.read(LENGTH_AT, &mut length);
        let mut text = [0; LONGEST];
        record.read(TEXT_AT, &mut text);
        let kept = text.get(..usize::from(length[0]))?;
        let kept = core::str::from_utf8(kept).ok()?;
        Some(Self(String::try_from(kept).ok()?))
    }
}

impl Write for Account {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        text.chars().try_for_each(|character| self.0.push(character)).map_err(|_| core::fmt::Error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(text: &str) -> Account {
        let mut account = Account::default();
        let _ = account.write_str(text);
        account
    }

    #[test]
    fn an_account_is_told_once() {
        let mut memory = vec![0; 0x200];
        let mut record = Persistent::over(&mut memory);
        assert_eq!(Account::take(&mut record), None);
        account("src/main.rs:7").store(&mut record);
        assert_eq!(Account::take(&mut record), Some(account("src/main.rs:7")));
        assert_eq!(Account::take(&mut record), None);
    }

    #[test]
    fn a_long_account_is_cut_between_characters() {
        let long = "ä".repeat(LONGEST);
        assert_eq!(account(&long).as_str(), "ä".repeat(LONGEST / 2));
    }

    #[test]
    fn a_damaged_account_is_dropped() {
        let mut memory = vec![0xFF; 0x200];
        memory[MARK_AT..LENGTH_AT].copy_from_slice(&MARK);
        assert_eq!(Account::take(&mut Persistent::over(&mut memory)), None);
    }
}
