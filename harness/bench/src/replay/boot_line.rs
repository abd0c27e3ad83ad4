//! Hides what is declared to differ between two builds of the same terminal: values of its boot line.

/// What a boot line begins with, and nothing else on the panel line contains (INTERFACE.md, section 2).
pub(super) const MARKER: &[u8] = b"PAYRIG-TERMINAL ";
/// The values that the board decides: its build, and where its random numbers come from.
const DECLARED: [&[u8]; 2] = [b"build=", b"entropy="];
/// What stands for a hidden value.
pub(super) const HIDDEN: u8 = b'*';
/// No word of a boot line is longer.
const LONGEST_WORD: usize = 64;

/// Follows the panel line's bytes from a boot on.
#[derive(Default)]
pub(super) struct BootLine {
    stage: Stage,
}

#[derive(Default)]
enum Stage {
    /// So many bytes of the marker have come.
    #[default]
    Before,
    Marker(usize),
    /// What has come of a word of the boot line.
    Word(Vec<u8>),
    /// A hidden value begins, or goes on.
    Value {
        begun: bool,
    },
}

impl BootLine {
    /// What stands for this byte, if anything does.
    pub(super) fn pass(&mut self, byte: u8) -> Option<u8> {
        let (stage, out) = match std::mem::take(&mut self.stage) {
            Stage::Before => (marker(0, byte), Some(byte)),
            Stage::Marker(matched) => (marker(matched, byte), Some(byte)),
            Stage::Word(_) | Stage::Value { .. } if matches!(byte, b'\r' | b'\n') => {
                (Stage::Before, Some(byte))
            }
            Stage::Word(_) | Stage::Value { .. } if byte == b' ' => (Stage::Word(Vec::new()), Some(byte)),
            Stage::Value { begun } => (Stage::Value { begun: true }, (!begun).then_some(HIDDEN)),
            Stage::Word(mut word) => {
                word.push(byte);
                let stage = match word.as_slice() {
                    key if DECLARED.contains(&key) => Stage::Value { begun: false },
                    long if long.len() > LONGEST_WORD => Stage::Before,
                    _ => Stage::Word(word),
                };
                (stage, Some(byte))
            }
        };
        self.stage = stage;
        out
    }
}

/// The marker's first byte does not come again in it, so a mismatch can only begin it anew.
fn marker(matched: usize, byte: u8) -> Stage {
    let matched = match MARKER.get(matched) == Some(&byte) {
        true => matched + 1,
        false => usize::from(MARKER.first() == Some(&byte)),
    };
    match matched {
        0 => Stage::Before,
        all if all == MARKER.len() => Stage::Word(Vec::new()),
        some => Stage::Marker(some),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hidden(line: &str) -> String {
        let mut boot_line = BootLine::default();
        line.bytes().filter_map(|byte| boot_line.pass(byte)).map(char::from).collect()
    }

    #[test]
    fn build_and_entropy_are_hidden_and_nothing_else() {
        let line = |build, entropy, boot| {
            format!(
                "x PAYRIG-TERMINAL 0.1.0 build={build} boot={boot} state=keyed entropy={entropy}\r\nM build=1"
            )
        };
        let expected = "x PAYRIG-TERMINAL 0.1.0 build=* boot=1 state=keyed entropy=*\r\nM build=1";
        assert_eq!(hidden(&line("native", "emulated", 1)), expected);
        assert_eq!(hidden(&line("3f0c0123456789abcdef0123456789abcdef0123", "hardware", 1)), expected);
        assert_ne!(hidden(&line("native", "emulated", 2)), expected);
    }

    #[test]
    fn a_marker_that_begins_anew_is_found() {
        assert_eq!(hidden("PPAYRIG-TERMINAL build=ab c"), "PPAYRIG-TERMINAL build=* c");
    }
}
