//! Where the parts of a world come from.

mod shelf;

use std::{
    convert::Infallible,
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use payrig_acquirer::{AcquirerProfile, Card};
use payrig_card::chip::emv::{CardProfile, ChipKeys};
use payrig_fixture::FixtureError;
use payrig_iso8583::Dialect as MessageDialect;
use payrig_network::{Dialect, NetworkProfile};
use payrig_operator::TerminalFixture;

use sha2::{Digest, Sha256};

use crate::{Finding, HostAddress, Parts, Requirements};
use shelf::Shelf;

/// The dialect that terminal and host speak.
pub(crate) const DIALECT: &str = "cup";

/// The folder of the fixtures: `dialects`, `terminals`, `networks`, `acquirers`, `snapshots`.
#[derive(Clone, Debug)]
pub struct Fixtures {
    root: PathBuf,
    dialects: Shelf<MessageDialect>,
    networks: Shelf<NetworkProfile>,
    acquirers: Shelf<AcquirerProfile>,
    cards: Shelf<CardProfile>,
    chip_keys: Shelf<ChipKeys>,
    terminals: Shelf<TerminalFixture>,
    requirements: Shelf<Requirements>,
    /// The names of the files of a kind.
    names: Shelf<Vec<String>>,
}

impl Fixtures {
    /// The fixtures under `root`.
    ///
    /// # Errors
    /// There is no such folder.
    pub fn open(root: &Path) -> io::Result<Self> {
        Ok(Self {
            root: root.canonicalize()?,
            dialects: Shelf::default(),
            networks: Shelf::default(),
            acquirers: Shelf::default(),
            cards: Shelf::default(),
            chip_keys: Shelf::default(),
            terminals: Shelf::default(),
            requirements: Shelf::default(),
            names: Shelf::default(),
        })
    }

    /// Reads everything that a world of these parts is made of.
    ///
    /// # Errors
    /// [`Finding::Rig`] with file, line and column of the first thing that is wrong.
    pub fn check(&self, parts: &Parts) -> Result<(), Finding> {
        self.dialect(DIALECT)?;
        self.terminal(&parts.terminal)?;
        self.terminal(&parts.books)?;
        self.network_with(&parts.network, parts.module.as_deref())?;
        match HostAddress::named(&parts.acquirer) {
            Some(address) => address.map(drop).map_err(Finding::Rig),
            None => Ok(self.acquirer(&parts.acquirer).map(drop)?),
        }
    }

    /// `fixtures/dialects/<name>.toml`.
    ///
    /// # Errors
    /// [`Finding::Rig`] with file, line and column.
    pub fn dialect(&self, name: &str) -> Result<Arc<MessageDialect>, Finding> {
        Ok(self.dialects.get(name, || MessageDialect::load(&self.path("dialects", name)))?)
    }

    /// `fixtures/requirements.toml`.
    ///
    /// # Errors
    /// A file that cannot be read, or says something that it cannot mean, with file, line and column.
    pub fn requirements(&self) -> Result<Arc<Requirements>, FixtureError> {
        self.requirements.get("", || Requirements::load(self))
    }

    /// `fixtures/networks/<name>.toml`.
    ///
    /// # Errors
    /// [`Finding::Rig`] with file, line and column.
    pub fn network(&self, name: &str) -> Result<NetworkProfile, Finding> {
        Ok((*self.profile(name)?).clone())
    }

    /// The same, shared and with the error of its file.
    ///
    /// # Errors
    /// A file that cannot be read, or says something that it cannot mean, with file, line and column.
    pub fn profile(&self, name: &str) -> Result<Arc<NetworkProfile>, FixtureError> {
        self.networks.get(name, || NetworkProfile::load(&self.path("networks", name)))
    }

    /// The same with another module in it, where one is named.
    ///
    /// # Errors
    /// As [`Fixtures::network`]; or no such module, or one that this network has nothing for.
    pub fn network_with(&self, name: &str, module: Option<&str>) -> Result<NetworkProfile, Finding> {
        let profile = self.network(name)?;
        let Some(module) = module else { return Ok(profile) };
        let dialect = Dialect::named(module)
            .ok_or_else(|| unusable(format!("unknown module `{module}`; expected sim800, ec20 or hayes")))?;
        profile.with_dialect(dialect).map_err(|why| unusable(format!("network `{name}`: {why}")))
    }

    /// `fixtures/acquirers/<name>.toml`.
    ///
    /// # Errors
    /// A file that cannot be read, or says something that it cannot mean, with file, line and column.
    pub fn acquirer(&self, name: &str) -> Result<Arc<AcquirerProfile>, FixtureError> {
        self.acquirers.get(name, || AcquirerProfile::load(&self.path("acquirers", name)))
    }

    /// `fixtures/cards/<name>.toml`.
    ///
    /// # Errors
    /// A file that cannot be read, or says something that it cannot mean, with file, line and column.
    pub fn card_profile(&self, name: &str) -> Result<Arc<CardProfile>, FixtureError> {
        self.cards.get(name, || CardProfile::load(&self.path("cards", name)))
    }

    /// The keys in these files, each read after those before it.
    ///
    /// # Errors
    /// A file that cannot be read, or says something that it cannot mean, with file, line and column.
    pub fn chip_keys(&self, files: &[PathBuf]) -> Result<Arc<ChipKeys>, FixtureError> {
        let name: Vec<_> = files.iter().map(|file| file.display().to_string()).collect();
        self.chip_keys.get(&name.join("\n"), || ChipKeys::load(files.iter().map(PathBuf::as_path)))
    }

    /// The cards of a world whose acquirer is `name`; none that are known where it is a real host.
    ///
    /// # Errors
    /// As [`Fixtures::acquirer`].
    pub fn cards(&self, name: &str) -> Result<Vec<Card>, Finding> {
        match HostAddress::named(name) {
            Some(_) => Ok(Vec::new()),
            None => Ok(self.acquirer(name)?.cards.clone()),
        }
    }

    /// `fixtures/terminals/<name>.toml`.
    ///
    /// # Errors
    /// A file that cannot be read, or says something that it cannot mean, with file, line and column.
    pub fn terminal(&self, name: &str) -> Result<Arc<TerminalFixture>, FixtureError> {
        self.terminals.get(name, || TerminalFixture::load(&self.path("terminals", name)))
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
    pub fn names(&self, kind: &str) -> Arc<Vec<String>> {
        let Ok(names) = self.names.get(kind, || Ok::<_, Infallible>(self.listed(kind)));
        names
    }

    fn listed(&self, kind: &str) -> Vec<String> {
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
