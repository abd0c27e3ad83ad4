//! The boot line, with which the terminal begins after power-up and reset.

use thiserror::Error;

/// What a boot line begins with, and nothing else on the panel line contains (INTERFACE.md, section 2).
pub(crate) const MARKER: &[u8] = b"PAYRIG-TERMINAL ";

/// Life states that a boot line can name.
const STATES: [&str; 5] = ["blank", "factory", "keyed", "signed-on", "tampered"];

/// A boot line, taken apart (INTERFACE.md, section 2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BootLine {
    /// The application's version.
    pub version: String,
    /// The image's build id, 40 lower-case hex digits, or `native`.
    pub build: String,
    /// The boot counter, from 1 on; 0 where the terminal cannot read its journal.
    pub boot: u32,
    /// `blank`, `factory`, `keyed`, `signed-on` or `tampered`.
    pub state: String,
    /// `hardware` or `emulated`.
    pub entropy: String,
}

/// A line that begins like a boot line and is none.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "boot line `{line}`: expected {expected} (INTERFACE.md, section 2); look at the bytes on the panel line"
)]
pub struct BootLineError {
    /// The line, with other than printable characters escaped.
    pub line: String,
    /// What was expected.
    pub expected: &'static str,
}

impl BootLine {
    /// Takes a boot line apart, without its CR LF.
    ///
    /// # Errors
    /// [`BootLineError`] says what was expected.
    pub fn parse(line: &[u8]) -> Result<Self, BootLineError> {
        let fail = |expected| BootLineError { line: line.escape_ascii().to_string(), expected };
        let text = str::from_utf8(line).map_err(|_| fail("ASCII text"))?;
        let rest = text.strip_prefix("PAYRIG-TERMINAL ").ok_or_else(|| fail("`PAYRIG-TERMINAL ` first"))?;
        let words: Vec<_> = rest.split(' ').collect();
        let [version, build, boot, state, entropy] = words.as_slice() else {
            return Err(fail("a version, `build=`, `boot=`, `state=` and `entropy=`, one space between"));
        };
        let build = build.strip_prefix("build=").filter(|build| is_build(build));
        let boot = boot.strip_prefix("boot=").and_then(|boot| boot.parse().ok());
        let state = state.strip_prefix("state=").filter(|state| STATES.contains(state));
        let entropy = entropy.strip_prefix("entropy=").filter(|kind| ["hardware", "emulated"].contains(kind));
        Ok(Self {
            version: Some(*version).filter(|v| !v.is_empty()).ok_or_else(|| fail("a version"))?.to_owned(),
            build: build
                .ok_or_else(|| fail("`build=` and 40 lower-case hex digits, or `native`"))?
                .to_owned(),
            boot: boot.ok_or_else(|| fail("`boot=` and a number from 1"))?,
            state: state
                .ok_or_else(|| fail("`state=` and blank, factory, keyed, signed-on or tampered"))?
                .to_owned(),
            entropy: entropy.ok_or_else(|| fail("`entropy=` and hardware or emulated"))?.to_owned(),
        })
    }
}

fn is_build(build: &str) -> bool {
    build == "native" || (build.len() == 40 && build.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const BUILD: &str = "3f0c0123456789abcdef0123456789abcdef0123";

    #[test]
    fn a_boot_line_is_taken_apart() {
        let line = format!("PAYRIG-TERMINAL 0.1.0 build={BUILD} boot=17 state=signed-on entropy=emulated");
        let expected = BootLine {
            version: "0.1.0".to_owned(),
            build: BUILD.to_owned(),
            boot: 17,
            state: "signed-on".to_owned(),
            entropy: "emulated".to_owned(),
        };
        assert_eq!(BootLine::parse(line.as_bytes()), Ok(expected));
        let native = b"PAYRIG-TERMINAL 0.1.0 build=native boot=1 state=blank entropy=hardware";
        assert_eq!(BootLine::parse(native).unwrap().build, "native");
    }

    #[rstest]
    #[case::cut("PAYRIG-TERMINAL 0.1.0 build=native", "a version, `build=`")]
    #[case::build("PAYRIG-TERMINAL 1 build=3F0C boot=1 state=blank entropy=emulated", "`build=`")]
    #[case::boot("PAYRIG-TERMINAL 1 build=native boot=-1 state=blank entropy=emulated", "`boot=`")]
    #[case::state("PAYRIG-TERMINAL 1 build=native boot=1 state=new entropy=emulated", "`state=`")]
    #[case::entropy("PAYRIG-TERMINAL 1 build=native boot=1 state=blank entropy=none", "`entropy=`")]
    #[case::order("PAYRIG-TERMINAL 1 boot=1 build=native state=blank entropy=emulated", "`build=`")]
    #[case::version("PAYRIG-TERMINAL  build=native boot=1 state=blank entropy=emulated", "a version")]
    #[case::more("PAYRIG-TERMINAL 1 build=native boot=1 state=blank entropy=emulated x", "one space between")]
    fn a_wrong_boot_line_says_what_was_expected(#[case] line: &str, #[case] expected: &str) {
        let error = BootLine::parse(line.as_bytes()).unwrap_err();
        assert!(error.expected.starts_with(expected) || error.expected.ends_with(expected), "{error}");
        assert_eq!(error.line, line);
    }
}
