//! Where the parts of a world come from.

use std::{
    io,
    path::{Path, PathBuf},
};

use payrig_acquirer::AcquirerProfile;
use payrig_iso8583::Dialect;
use payrig_network::NetworkProfile;
use payrig_operator::TerminalFixture;

use crate::{Finding, Parts};

/// The dialect that terminal and host speak.
pub(crate) const DIALECT: &str = "cup";

/// The folder of the fixtures: `dialects`, `terminals`, `networks`, `acquirers`, `snapshots`.
#[derive(Clone, Debug)]
pub struct Fixtures {
    root: PathBuf,
}

impl Fixtures {
    /// The fixtures under `root`.
    ///
    /// # Errors
    /// There is no such folder.
    pub fn open(root: &Path) -> io::Result<Self> {
        Ok(Self { root: root.canonicalize()? })
    }

    /// Reads everything that a world of these parts is made of.
    ///
    /// # Errors
    /// [`Finding::Rig`] with file, line and column of the first thing that is wrong.
    pub fn check(&self, parts: &Parts) -> Result<(), Finding> {
        self.dialect(DIALECT)?;
        self.terminal(&parts.terminal)?;
        self.terminal(&parts.books)?;
        self.network(&parts.network)?;
        self.acquirer(&parts.acquirer).map(drop)
    }

    /// `fixtures/dialects/<name>.toml`.
    ///
    /// # Errors
    /// [`Finding::Rig`] with file, line and column.
    pub fn dialect(&self, name: &str) -> Result<Dialect, Finding> {
        Dialect::load(&self.file("dialects", name)).map_err(unusable)
    }

    /// `fixtures/networks/<name>.toml`.
    ///
    /// # Errors
    /// [`Finding::Rig`] with file, line and column.
    pub fn network(&self, name: &str) -> Result<NetworkProfile, Finding> {
        NetworkProfile::load(&self.file("networks", name)).map_err(unusable)
    }

    /// `fixtures/acquirers/<name>.toml`.
    ///
    /// # Errors
    /// [`Finding::Rig`] with file, line and column.
    pub fn acquirer(&self, name: &str) -> Result<AcquirerProfile, Finding> {
        AcquirerProfile::load(&self.file("acquirers", name)).map_err(unusable)
    }

    /// `fixtures/terminals/<name>.toml`.
    ///
    /// # Errors
    /// [`Finding::Rig`] with file, line and column.
    pub fn terminal(&self, name: &str) -> Result<TerminalFixture, Finding> {
        TerminalFixture::load(&self.file("terminals", name)).map_err(unusable)
    }

    /// Where reviewed snapshots are kept.
    pub fn snapshots(&self) -> PathBuf {
        self.root.join("snapshots")
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    fn file(&self, kind: &str, name: &str) -> PathBuf {
        self.root.join(kind).join(format!("{name}.toml"))
    }
}

/// A fixture that cannot be used is the bench's fault, not the terminal's.
fn unusable(error: impl std::fmt::Display) -> Finding {
    Finding::Rig(error.to_string())
}
