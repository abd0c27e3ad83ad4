//! What the terminal's key screen says.

use std::fmt;

use payrig_operator::Screen;

use crate::Finding;

/// The KCVs on the terminal's key screen; [`KeyScreen::NONE`] where there is no such key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyScreen {
    /// Terminal master key.
    pub tmk: String,
    /// PIN key.
    pub pik: String,
    /// MAC key.
    pub mak: String,
    /// Track data key.
    pub tdk: String,
}

impl KeyScreen {
    /// What stands for a key that is not there (INTERFACE.md, section 4).
    pub const NONE: &str = "--------";

    pub(crate) fn read(screen: &Screen) -> Result<Self, Finding> {
        let kcv = |row: usize, name: &str| {
            let text = screen.rows[row].trim_end();
            let kcv = text.strip_prefix(name).map(str::trim).filter(|kcv| kcv.len() == 8);
            kcv.map(str::to_owned).ok_or_else(|| {
                Finding::terminal(format!("expected `{name}` and a KCV in row {}\n{screen}", row + 1))
            })
        };
        Ok(Self { tmk: kcv(2, "TMK")?, pik: kcv(3, "PIK")?, mak: kcv(4, "MAK")?, tdk: kcv(5, "TDK")? })
    }
}

impl fmt::Display for KeyScreen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TMK {} PIK {} MAK {} TDK {}", self.tmk, self.pik, self.mak, self.tdk)
    }
}
