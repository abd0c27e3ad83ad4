//! Where the parts of a world come from.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use payrig_acquirer::AcquirerProfile;
use payrig_iso8583::Dialect;
use payrig_network::NetworkProfile;
use payrig_operator::TerminalFixture;

use sha2::{Digest, Sha256};

use crate::{Finding, Parts};

/// The dialect that terminal and host speak.
pub(crate) const DIALECT: &str = "cup";

/// The folder of the fixtures: `dialects`, `terminals`, `networks`, `acquirers`, `snapshots`.
#[derive(Clone, Debug)]
pub struct Fixtures {
    root: PathBuf,
    /// Those that were read, by name: the largest files, which every world needs.
    dialects: Arc<Mutex<BTreeMap<String, Arc<Dialect>>>>,
}

impl Fixtures {
    /// The fixtures under `root`.
    ///
    /// # Errors
    /// There is no such folder.
    pub fn open(root: &Path) -> io::Result<Self> {
        Ok(Self { root: root.canonicalize()?, dialects: Arc::default() })
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
    pub fn dialect(&self, name: &str) -> Result<Arc<Dialect>, Finding> {
        // Whoever panicked meanwhile has left whole entries.
        let mut known = self.dialects.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(dialect) = known.get(name) {
            return Ok(dialect.clone());
        }
        let dialect = Arc::new(Dialect::load(&self.path("dialects", name)).map_err(unusable)?);
        known.insert(name.to_owned(), dialect.clone());
        Ok(dialect)
    }

    /// `fixtures/networks/<name>.toml`.
    ///
    /// # Errors
    /// [`Finding::Rig`] with file, line and column.
    pub fn network(&self, name: &str) -> Result<NetworkProfile, Finding> {
        NetworkProfile::load(&self.path("networks", name)).map_err(unusable)
    }

    /// `fixtures/acquirers/<name>.toml`.
    ///
    /// # Errors
    /// [`Finding::Rig`] with file, line and column.
    pub fn acquirer(&self, name: &str) -> Result<AcquirerProfile, Finding> {
        AcquirerProfile::load(&self.path("acquirers", name)).map_err(unusable)
    }

    /// `fixtures/terminals/<name>.toml`.
    ///
    /// # Errors
    /// [`Finding::Rig`] with file, line and column.
    pub fn terminal(&self, name: &str) -> Result<TerminalFixture, Finding> {
        TerminalFixture::load(&self.path("terminals", name)).map_err(unusable)
    }

    /// SHA-256 over the names and contents of all fixture files, snapshots included: what a run was held against.
    ///
    /// # Errors
    /// A folder or file that cannot be read.
    pub fn digest(&self) -> io::Result<String> {
        let mut files = Vec::new();
        let mut folders = vec![self.root.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder)? {
                let path = entry?.path();
                let kind = path.extension().and_then(|extension| extension.to_str());
                match kind {
                    _ if path.is_dir() => folders.push(path),
                    Some("toml" | "snap" | "json") => files.push(path),
                    _ => {}
                }
            }
        }
        files.sort();
        let mut hash = Sha256::new();
        for file in files {
            let name = file.strip_prefix(&self.root).unwrap_or(&file).display().to_string();
            let contents = fs::read(&file)?;
            for part in [name.as_bytes(), &contents] {
                hash.update((part.len() as u64).to_be_bytes());
                hash.update(part);
            }
        }
        Ok(hex::encode(hash.finalize()))
    }

    /// The names of the files of a kind, such as `networks`, in order; none where there is no such folder.
    pub fn names(&self, kind: &str) -> Vec<String> {
        let files =
            fs::read_dir(self.root.join(kind)).into_iter().flatten().flatten().map(|entry| entry.path());
        let toml = files.filter(|path| path.extension().is_some_and(|extension| extension == "toml"));
        let mut names: Vec<_> =
            toml.filter_map(|path| Some(path.file_stem()?.to_string_lossy().into_owned())).collect();
        names.sort();
        names
    }

    /// Where scenarios are kept.
    pub fn scenarios(&self) -> PathBuf {
        self.root.join("scenarios")
    }

    /// Where reviewed snapshots are kept.
    pub fn snapshots(&self) -> PathBuf {
        self.root.join("snapshots")
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The file of a fixture.
    pub fn path(&self, kind: &str, name: &str) -> PathBuf {
        self.root.join(kind).join(format!("{name}.toml"))
    }
}

/// A fixture that cannot be used is the bench's fault, not the terminal's.
fn unusable(error: impl std::fmt::Display) -> Finding {
    Finding::Rig(error.to_string())
}
