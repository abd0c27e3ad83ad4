//! Provisioning records: text that gives a terminal its identity, keys and parameters (INTERFACE.md, section 5).

use std::fmt;

use crc::{CRC_16_IBM_3740, Crc};
use payrig_keys::{Family, KeyError, Sm4Key, unwrap_tmk};

use crate::{record_error::RecordError, record_key::RecordKey};

/// The opening line of the version that is spoken here.
const OPENING: &str = "%PAYRIG-RECORD 1";
/// What the closing line begins with.
const CLOSING: &str = "%END ";
/// The longest line, without its end.
const LONGEST_LINE: usize = 97;
/// The longest record.
const LONGEST_RECORD: usize = 1024;

static CRC: Crc<u16> = Crc::<u16>::new(&CRC_16_IBM_3740);

/// A provisioning record. It may hold what a terminal must refuse; [`ProvisioningRecord::parse`] does not.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct ProvisioningRecord {
    rows: Vec<(String, String)>,
}

impl ProvisioningRecord {
    /// A record without rows.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same record with a row set: in its place where there is one of that name, else at the end.
    #[must_use]
    pub fn with(mut self, key: &str, value: &str) -> Self {
        match self.rows.iter_mut().find(|(name, _)| name == key) {
            Some((_, old)) => value.clone_into(old),
            None => self.rows.push((key.to_owned(), value.to_owned())),
        }
        self
    }

    /// The same record with a row added at the end, also where there is one of that name.
    #[must_use]
    pub fn with_another(mut self, key: &str, value: &str) -> Self {
        self.rows.push((key.to_owned(), value.to_owned()));
        self
    }

    /// The same record without the rows of a name.
    #[must_use]
    pub fn without(mut self, key: &str) -> Self {
        self.rows.retain(|(name, _)| name != key);
        self
    }

    /// The value of the first row of a name.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.rows.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    /// The bytes to send, closed by the right CRC.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        self.encode_with_crc(CRC.checksum(self.body().as_bytes()))
    }

    /// The bytes to send, closed by any CRC.
    #[must_use]
    pub fn encode_with_crc(&self, crc: u16) -> Vec<u8> {
        format!("{}{CLOSING}{crc:04X}\n", self.body()).into_bytes()
    }

    /// Reads a record that is kept in a file; `name` is the file's name for error messages.
    ///
    /// # Errors
    /// [`RecordError`] with file and line. A record that passes is one that a terminal in the right state takes; the
    /// `tmk-kcv` of a key record only the terminal can check.
    pub fn parse(name: &str, bytes: &[u8]) -> Result<Self, RecordError> {
        let fail = |line, problem: String| RecordError { file: name.to_owned(), line, problem };
        let text = str::from_utf8(bytes)
            .ok()
            .filter(|text| text.is_ascii())
            .ok_or_else(|| fail(line_of_other_than_ascii(bytes), not_ascii()))?;
        if let Some(line) = text.lines().position(|line| line.len() > LONGEST_LINE) {
            return Err(fail(
                line + 1,
                format!("expected at most {LONGEST_LINE} bytes in a line; shorten it"),
            ));
        }
        if text.len() > LONGEST_RECORD {
            return Err(fail(text.lines().count(), too_long(text.len())));
        }
        let (body, lines) = checked(text).map_err(|(line, problem)| fail(line, problem))?;
        let record = rows(body).map_err(|(line, problem)| fail(line, problem))?;
        if let Some(problem) = record.missing() {
            return Err(fail(lines, problem));
        }
        match record.wrong_check_value() {
            Some((line, problem)) => Err(fail(line, problem)),
            None => Ok(record),
        }
    }

    fn body(&self) -> String {
        let rows = self.rows.iter().map(|(key, value)| format!("{key}={value}\n"));
        format!("{OPENING}\n{}", rows.collect::<String>())
    }

    /// What the record lacks, whether it is a key record or a factory record.
    fn missing(&self) -> Option<String> {
        let has = |key: &RecordKey| self.get(key.name()).is_some();
        let tmk = [RecordKey::Tmk, RecordKey::TmkKcv];
        let key_record = self.rows.len() == 2 && tmk.iter().all(has);
        let of_access = RecordKey::of_access(self.get(RecordKey::Access.name()).unwrap_or_default());
        let lacks_factory: Vec<_> =
            RecordKey::FACTORY.iter().chain(of_access).filter(|key| !has(key)).collect();
        let lacks_tmk: Vec<_> = tmk.iter().filter(|key| tmk.iter().any(has) && !has(key)).collect();
        let lacks: Vec<_> =
            lacks_factory.into_iter().chain(lacks_tmk).map(|key| format!("`{}`", key.name())).collect();
        (!key_record && !lacks.is_empty()).then(|| {
            let lacks = lacks.join(", ");
            format!("expected {lacks} as well; add it, or leave only `tmk` and `tmk-kcv` for a key record")
        })
    }
}

/// Check values of the keys in a record.
impl ProvisioningRecord {
    /// The line of the first check value that is not its key's, and what to do.
    fn wrong_check_value(&self) -> Option<Problem> {
        let value = |key: RecordKey| self.get(key.name());
        let factory = Sm4Key::from_hex(value(RecordKey::FactoryKey)?).ok()?;
        if Some(factory.kcv()) != value(RecordKey::FactoryKcv).and_then(|kcv| kcv.parse().ok()) {
            let problem = format!("the check value of `factory-key` is {}", factory.kcv());
            return Some((self.line(RecordKey::FactoryKcv), correct(&problem)));
        }
        let wrapped: [u8; 16] = hex::decode(value(RecordKey::Tmk)?).ok()?.try_into().ok()?;
        let tmk = unwrap_tmk(&factory, wrapped, Family::Des, value(RecordKey::TmkKcv)?.parse().ok()?);
        let Err(KeyError::Kcv { computed, .. }) = tmk else { return None };
        let problem = format!("the check value of `tmk` under this `factory-key` is {computed}");
        Some((self.line(RecordKey::TmkKcv), correct(&problem)))
    }

    /// The line of a row; 0 where there is none.
    fn line(&self, key: RecordKey) -> usize {
        let row = self.rows.iter().position(|(name, _)| name == key.name());
        row.map_or(0, |row| row + 2)
    }
}

fn correct(problem: &str) -> String {
    format!("{problem}; correct it or the key")
}

/// Shows the rows, but no key.
impl fmt::Debug for ProvisioningRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let secret = |name: &str| ["factory-key", "tmk"].contains(&name);
        let shown = self.rows.iter().map(|(key, value)| {
            let value = if secret(key) { "(withheld)" } else { value.as_str() };
            (key.as_str(), value)
        });
        f.debug_map().entries(shown).finish()
    }
}

type Problem = (usize, String);

/// Finds the closing line and holds its CRC against the body; the body and the closing line's number.
fn checked(text: &str) -> Result<(&str, usize), Problem> {
    if text.lines().next() != Some(OPENING) {
        return Err((1, format!("expected the opening line `{OPENING}`; a record begins with it")));
    }
    let last = text.lines().count();
    let closing = text.lines().position(|line| line.starts_with("%END"));
    let closing = closing.ok_or((last, "expected a closing line, `%END ` and the CRC; add it".to_owned()))?;
    let body_ends = text.split_inclusive('\n').take(closing).map(str::len).sum();
    let (body, rest) = text.split_at_checked(body_ends).unwrap_or((text, ""));
    let number = closing + 1;
    if last > number {
        return Err((number + 1, "expected nothing after the closing line; remove it".to_owned()));
    }
    let crc = rest.trim_end_matches(['\r', '\n']).strip_prefix(CLOSING).filter(|crc| is_crc(crc));
    let crc = crc.and_then(|crc| u16::from_str_radix(crc, 16).ok());
    let crc = crc.ok_or((number, "expected `%END `, then the CRC as four hex digits".to_owned()))?;
    let right = CRC.checksum(body.as_bytes());
    if crc != right {
        let problem = format!(
            "expected the CRC {right:04X} of the lines above, found {crc:04X}; \
             undo what changed them, or write `%END {right:04X}` if they are as you want them"
        );
        return Err((number, problem));
    }
    Ok((body, number))
}

/// Reads the rows between the opening and the closing line.
fn rows(body: &str) -> Result<ProvisioningRecord, Problem> {
    let mut record = ProvisioningRecord::new();
    for (at, line) in body.lines().enumerate().skip(1) {
        let number = at + 1;
        let row = line.split_once('=');
        let (name, value) = row.ok_or((number, "expected a key, `=` and its value".to_owned()))?;
        let Some(key) = RecordKey::named(name) else {
            let known = RecordKey::ALL.map(RecordKey::name).join(", ");
            return Err((number, format!("unknown key `{name}`; expected one of {known}")));
        };
        if !key.accepts(value) {
            return Err((number, format!("expected {} for `{name}`; correct the value", key.expects())));
        }
        if record.get(name).is_some() {
            return Err((number, format!("`{name}` is there twice; remove one")));
        }
        record = record.with_another(name, value);
    }
    Ok(record)
}

fn is_crc(text: &str) -> bool {
    text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn line_of_other_than_ascii(bytes: &[u8]) -> usize {
    let before = bytes.iter().take_while(|byte| byte.is_ascii());
    before.filter(|byte| **byte == b'\n').count() + 1
}

fn not_ascii() -> String {
    "expected ASCII characters only; replace the others".to_owned()
}

fn too_long(length: usize) -> String {
    format!("expected at most {LONGEST_RECORD} bytes in all, found {length}; shorten the record")
}
