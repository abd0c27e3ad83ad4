//! The keys that custodians type: what a step may type of them by name, and what no record may hold.

use payrig_keys::{Kcv, Key};
use zeroize::Zeroizing;

/// What can be typed of a key of the terminal's key file, written `<key>.<part>` in a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyPart {
    /// Its 32 hex digits.
    Value,
    /// The same without the last two.
    Short,
    /// Its check value.
    Kcv,
    /// A check value of which every digit is another.
    WrongKcv,
}

impl KeyPart {
    /// All of them.
    pub(crate) const ALL: [Self; 4] = [Self::Value, Self::Short, Self::Kcv, Self::WrongKcv];

    /// The word in a step.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Value => "value",
            Self::Short => "short",
            Self::Kcv => "kcv",
            Self::WrongKcv => "wrong-kcv",
        }
    }

    /// The digits of this part of `key`.
    pub(crate) fn digits(self, key: &Key) -> Zeroizing<String> {
        match self {
            Self::Value => Zeroizing::new(hex::encode_upper(key.bytes())),
            Self::Short => {
                let mut digits = Self::Value.digits(key);
                let length = digits.len().saturating_sub(2);
                digits.truncate(length);
                digits
            }
            Self::Kcv => Zeroizing::new(key.kcv().to_string()),
            Self::WrongKcv => Zeroizing::new(Kcv(key.kcv().0.map(|byte| !byte)).to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use payrig_keys::DesKey;
    use payrig_tape::{Direction, Lens, Secret, SecretKind, Tape, read, render, restore};
    use tokio::time::Instant;

    use super::*;

    const COMPONENT: &str = "E3B063D80833A22481D6E2847CE9822D";

    fn key() -> Key {
        DesKey::from_hex(COMPONENT).unwrap().into()
    }

    /// What the tape says of `keys` on the panel line, given in chunks of `size`.
    fn on_tape(keys: &str, size: usize) -> String {
        let folder = tempfile::tempdir().unwrap();
        let tape = Tape::create(folder.path(), Instant::now()).unwrap();
        let secret = Secret::new(SecretKind::Key, "tmk-component-1", key().bytes()).unwrap();
        tape.secrets().add(secret.with_label("kcv 24C8A270")).unwrap();
        let tap = tape.line("panel", Lens::Text);
        keys.as_bytes().chunks(size).for_each(|chunk| tap.record(Direction::ToTerminal, chunk));
        tape.finish().unwrap();
        let pieces = read(tape.path()).unwrap().stream("panel", Direction::ToTerminal);
        assert_eq!(restore(&pieces, tape.secrets()).unwrap(), keys.as_bytes());
        assert_eq!(payrig_tape::leaks(folder.path(), tape.secrets()).unwrap(), []);
        render(&pieces)
    }

    #[tokio::test(start_paused = true)]
    async fn a_component_is_a_token_however_it_is_typed_and_its_check_value_is_not() {
        let part = |part: KeyPart| part.digits(&key()).to_string();
        let whole = format!("9{}\r{}\r", part(KeyPart::Value), part(KeyPart::Kcv));
        let short = format!("{}\r", part(KeyPart::Short));
        let cleared = format!("{}\x08\r", part(KeyPart::Value));
        let small = part(KeyPart::Value).to_lowercase();
        for size in [1, 2, 7, 200] {
            let shown = on_tape(&whole, size);
            assert_eq!(shown, "9{key tmk-component-1 kcv 24C8A270}\r24C8A270\r", "chunks of {size}");
            let cut = on_tape(&short, size);
            assert!(cut.starts_with('{') && cut.ends_with("}\r") && !cut.contains("E3B0"), "{cut}");
            let cut = on_tape(&cleared, size);
            assert!(cut.ends_with("24C8A270}\x08\r") && !cut.contains("E3B0"), "{cut}");
            assert!(!on_tape(&small, size).contains("e3b0"), "lower case, chunks of {size}");
        }
    }

    #[test]
    fn a_wrong_check_value_is_wrong_in_every_digit() {
        let (right, wrong) = (KeyPart::Kcv.digits(&key()), KeyPart::WrongKcv.digits(&key()));
        assert_eq!((right.as_str(), wrong.as_str()), ("24C8A270", "DB375D8F"));
        assert_eq!(KeyPart::Short.digits(&key()).len(), 30);
    }
}
