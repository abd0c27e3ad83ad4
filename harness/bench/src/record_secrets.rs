//! The keys of provisioning records, kept out of the record of the panel line.

use payrig_keys::{Family, Key, Sm4Key};
use payrig_tape::{Secret, SecretError, SecretKind, Tape};

use crate::Finding;

/// A line beginning with this ends a provisioning record (INTERFACE.md, section 5).
const END: &[u8] = b"%END";
/// More than a record may have; whatever this is, the terminal refuses it.
const LONGEST: usize = 4096;
const ESCAPE: u8 = 0x1B;

/// Makes the keys that `record`, whole or not, carries secrets of `tape`: the factory key, and the TMK, which is encrypted under
/// it or, in a key record, under `factory`. Values that are no keys are nobody's secret.
pub(crate) fn register(tape: &Tape, record: &[u8], factory: &Sm4Key) -> Result<(), Finding> {
    let value = |name: &[u8]| {
        let mut lines = record.split(|byte| matches!(byte, b'\n' | b'\r'));
        let text = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(b"="))?;
        <[u8; 16]>::try_from(hex::decode(text).ok()?).ok()
    };
    let own = value(b"factory-key").and_then(|bytes| Sm4Key::new(&bytes).ok());
    let under = own.as_ref().unwrap_or(factory).clone();
    if let Some(key) = own {
        register_key(tape, "record-factory", &key.into())?;
    }
    let tmk = value(b"tmk").and_then(|sent| Key::new(Family::Des, &under.decrypt(sent)).ok());
    tmk.map_or(Ok(()), |key| register_key(tape, "record-tmk", &key))
}

/// The key under a name of its own; one value may have several.
fn register_key(tape: &Tape, name: &str, key: &Key) -> Result<(), Finding> {
    let unkept = |e: SecretError| Finding::Rig(format!("the record could not be kept: {e}"));
    let secret = Secret::new(SecretKind::Key, &format!("{name}#{}", tape.secrets().len()), key.bytes());
    tape.secrets().add(secret.map_err(unkept)?.with_label(&format!("kcv {}", key.kcv()))).map_err(unkept)
}

/// Holds a record that a person types or pastes until it is whole, so that its keys are known before they are on the line.
#[derive(Default)]
pub(crate) struct RecordGate {
    held: Vec<u8>,
}

impl RecordGate {
    /// What may go to the terminal now, of all that was typed so far; the keys in it are secrets of `tape`.
    pub(crate) fn pass(&mut self, typed: &[u8], tape: &Tape, factory: &Sm4Key) -> Result<Vec<u8>, Finding> {
        let mut passed = Vec::new();
        for &byte in typed {
            if self.held.is_empty() && byte != b'%' {
                passed.push(byte);
                continue;
            }
            self.held.push(byte);
            if self.is_over(byte) {
                register(tape, &self.held, factory)?;
                passed.append(&mut self.held);
            }
        }
        Ok(passed)
    }

    fn is_over(&self, last: u8) -> bool {
        let line_ended = matches!(last, b'\n' | b'\r');
        let mut lines = self.held.split(|byte| matches!(byte, b'\n' | b'\r'));
        last == ESCAPE || self.held.len() > LONGEST || line_ended && lines.any(|line| line.starts_with(END))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::Instant;

    const KEY: &str = "0F1E2D3C4B5A69788796A5B4C3D2E1F0";

    #[tokio::test]
    async fn a_pasted_record_waits_for_its_end_and_its_key_is_a_secret_then() {
        let folder = tempfile::tempdir().unwrap();
        let tape = Tape::create(folder.path(), Instant::now()).unwrap();
        let factory = Sm4Key::new(&[7; 16]).unwrap();
        let mut gate = RecordGate::default();
        assert_eq!(gate.pass(b"17", &tape, &factory).unwrap(), b"17");
        let record = format!("%PAYRIG-RECORD 1\nfactory-key={KEY}\n%END 1234\n");
        let (first, second) = record.split_at(40);
        assert_eq!(gate.pass(first.as_bytes(), &tape, &factory).unwrap(), b"");
        assert!(tape.secrets().is_empty());
        assert_eq!(gate.pass(second.as_bytes(), &tape, &factory).unwrap(), record.as_bytes());
        assert_eq!(tape.secrets().len(), 1);
        let line = tape.line("panel", payrig_tape::Lens::Text);
        line.record(payrig_tape::Direction::ToTerminal, record.as_bytes());
        tape.finish().unwrap();
        let written = std::fs::read_to_string(tape.path()).unwrap();
        assert!(!written.contains(KEY) && written.contains("record-factory#0"), "{written}");
    }

    #[tokio::test]
    async fn cancel_lets_go_of_what_was_no_record() {
        let folder = tempfile::tempdir().unwrap();
        let tape = Tape::create(folder.path(), Instant::now()).unwrap();
        let factory = Sm4Key::new(&[7; 16]).unwrap();
        let mut gate = RecordGate::default();
        assert_eq!(gate.pass(b"%1\x1b2", &tape, &factory).unwrap(), b"%1\x1b2");
    }
}
