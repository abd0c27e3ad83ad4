//! Reading the application's data (EMV Book 3, 10.2).

use super::course::{Course, World};
use super::day::is_date;
use super::dol;
use super::fault::{CardError, Ending};
use super::initiation::Initiated;
use super::kernel::{DONE, Kernel};
use super::pan;
use super::tag::Tag;

/// The records are read, and what is mandatory is there.
pub(crate) struct Read(pub(super) ());

/// SFIs from here on are the issuer's own.
const PROPRIETARY: u8 = 11;
/// Records that an AFL names, at most: more would have no room.
const RECORDS: usize = 64;

/// An entry of the AFL (EMV Book 3, 10.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Files {
    sfi: u8,
    first: u8,
    last: u8,
    /// Records from the first on that authentication covers.
    signed: u8,
}

impl Files {
    /// `None` for an entry that the standard has not.
    fn read([sfi, first, last, signed]: [u8; 4]) -> Option<Self> {
        let is_file = sfi & 0x07 == 0 && (1..=30).contains(&(sfi >> 3));
        let is_range = first != 0 && first <= last && last - first + 1 >= signed;
        (is_file && is_range).then_some(Self { sfi: sfi >> 3, first, last, signed })
    }

    fn records(self) -> usize {
        usize::from(self.last - self.first) + 1
    }
}

impl<'a, W: World> Course<'a, W, Initiated> {
    /// Reads every record that the AFL names.
    ///
    /// # Errors
    /// Mandatory data is missing or wrong, comes twice, or a record cannot be read; or the session is over.
    pub(crate) async fn read(mut self) -> Result<Course<'a, W, Read>, Ending> {
        let wrong = CardError::Wrong(Tag::AFL);
        let entries = self.kernel.memory.data.find(Tag::AFL).unwrap_or_default().len();
        if entries == 0 || !entries.is_multiple_of(4) {
            return Err(wrong.into());
        }
        let files =
            |afl: &[u8], entry: usize| afl.as_chunks::<4>().0.get(entry).copied().and_then(Files::read);
        let mut records = 0;
        for entry in 0..entries / 4 {
            let afl = self.kernel.memory.data.find(Tag::AFL).unwrap_or_default();
            records += files(afl, entry).ok_or(wrong)?.records();
        }
        if records > RECORDS {
            return Err(wrong.into());
        }
        for entry in 0..entries / 4 {
            let afl = self.kernel.memory.data.find(Tag::AFL).unwrap_or_default();
            let files = files(afl, entry).ok_or(wrong)?;
            self.kernel.read_files(files).await?;
        }
        self.kernel.hold_to_format()?;
        Ok(self.to(Read(())))
    }
}

impl<W: World> Kernel<'_, W> {
    async fn read_files(&mut self, files: Files) -> Result<(), CardError> {
        for record in files.first..=files.last {
            let status = self.read_record(files.sfi, record).await?;
            if status != DONE {
                return Err(CardError::Status(status));
            }
            let is_signed = record - files.first < files.signed;
            let memory = &mut *self.memory;
            if files.sfi < PROPRIETARY {
                memory.data.put_record(&memory.response, is_signed)?;
            } else {
                memory.data.put_proprietary_record(&memory.response, is_signed)?;
            }
        }
        Ok(())
    }

    /// Mandatory data, and the format of what later steps build on.
    fn hold_to_format(&self) -> Result<(), CardError> {
        let data = &self.memory.data;
        for tag in [Tag::PAN, Tag::EXPIRATION, Tag::CDOL1, Tag::CDOL2] {
            data.find(tag).ok_or(CardError::Missing(tag))?;
        }
        for tag in [Tag::EXPIRATION, Tag::EFFECTIVE] {
            if data.find(tag).is_some_and(|value| !is_date(value)) {
                return Err(CardError::Wrong(tag));
            }
        }
        for tag in [Tag::CDOL1, Tag::CDOL2, Tag::TDOL, Tag::DDOL] {
            if data.find(tag).is_some_and(|value| !dol::is_usable(value)) {
                return Err(CardError::Wrong(tag));
            }
        }
        let lengths =
            [(Tag::USAGE, 2), (Tag::ISSUER_COUNTRY, 2), (Tag::CARD_VERSION, 2), (Tag::CARD_CURRENCY, 2)];
        let masks = [(Tag::IAC_DEFAULT, 5), (Tag::IAC_DENIAL, 5), (Tag::IAC_ONLINE, 5)];
        let limits = [(Tag::LOWER_LIMIT, 1), (Tag::UPPER_LIMIT, 1), (Tag::PAN_SEQUENCE, 1)];
        for (tag, length) in lengths.into_iter().chain(masks).chain(limits) {
            if data.find(tag).is_some_and(|value| value.len() != length) {
                return Err(CardError::Wrong(tag));
            }
        }
        pan::check(data)
    }
}

#[cfg(test)]
mod tests {
    use super::Files;

    #[test]
    fn an_entry_of_the_afl_names_files_that_there_can_be() {
        assert!(Files::read([0x08, 1, 1, 1]).is_some());
        for wrong in [
            [0x00, 1, 1, 0],
            [0xF8, 1, 1, 0],
            [0x09, 1, 1, 0],
            [0x08, 0, 1, 0],
            [0x08, 2, 1, 0],
            [0x08, 1, 2, 3],
        ] {
            assert_eq!(Files::read(wrong), None, "{wrong:?}");
        }
        assert!(Files::read([0x08, 1, 255, 255]).is_some());
    }
}
