//! The registry of secrets, shared by all who hand values over a line.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::lens::Lens;
use crate::pattern::PatternSet;
use crate::piece::render;
use crate::scan::Scanner;
use crate::secret::{Secret, SecretError, SecretKind};

/// The secrets of a case. Clones share one registry; `Debug` prints names only.
///
/// A value must be registered before it can go over a line: what is written already is not called back.
#[derive(Clone, Default)]
pub struct Secrets {
    registry: Arc<Mutex<Registry>>,
}

#[derive(Default)]
struct Registry {
    list: Vec<Arc<Secret>>,
    /// What `scrub` looks for; made when it is first needed after a registration.
    scrubbed: Option<Arc<PatternSet>>,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.snapshot()).finish()
    }
}

impl Secrets {
    /// An empty registry.
    pub fn new() -> Self {
        Self::default()
    }

    /// Registers a value for all lines: digits of a PAN, track or PIN in ASCII, or the bytes of a key.
    ///
    /// A key of one repeated byte is taken and not looked for: it is no secret.
    ///
    /// # Errors
    /// When name or value do not fit, or the name belongs to another value. The same pair twice is no error.
    pub fn register(&self, kind: SecretKind, name: &str, value: &[u8]) -> Result<(), SecretError> {
        self.add(Secret::new(kind, name, value)?)
    }

    /// Registers a secret with its own label and lines.
    ///
    /// # Errors
    /// When the name belongs to another value.
    pub fn add(&self, secret: Secret) -> Result<(), SecretError> {
        let mut registry = self.lock();
        match registry.list.iter().find(|known| known.name() == secret.name()) {
            Some(known) if known.kind() == secret.kind() && known.value() == secret.value() => Ok(()),
            Some(_) => Err(SecretError::NameTaken { name: secret.name().to_owned() }),
            None => {
                registry.list.push(Arc::new(secret));
                registry.scrubbed = None;
                Ok(())
            }
        }
    }

    /// Takes over what another registry holds, so that the files of several cases can be searched at once. A value that is known
    /// already is not taken twice; one whose name belongs to another value gets a number after its name.
    pub fn absorb(&self, others: &Self) {
        // Taken before this registry is locked: it may be the same one.
        let list = others.snapshot();
        let mut registry = self.lock();
        for secret in list {
            if registry.list.iter().any(|known| known.is_same_value(&secret)) {
                continue;
            }
            let taken = |name: &str| registry.list.iter().any(|known| known.name() == name);
            let secret = if taken(secret.name()) {
                let names = (2_u64..).map(|n| format!("{}~{n}", secret.name()));
                let free = names.into_iter().find(|name| !taken(name)).unwrap_or_default();
                Arc::new(secret.renamed(free))
            } else {
                secret
            };
            registry.list.push(secret);
        }
        registry.scrubbed = None;
    }

    /// The secret of this name.
    pub fn get(&self, name: &str) -> Option<Arc<Secret>> {
        self.lock().list.iter().find(|secret| secret.name() == name).cloned()
    }

    /// How many are registered.
    pub fn len(&self) -> usize {
        self.lock().list.len()
    }

    /// Whether none is registered.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The text with every secret that is looked for on all lines replaced by its token.
    pub fn scrub(&self, text: &str) -> String {
        let set = self.scrubbed();
        let mut scanner = Scanner::default();
        scanner.push(text.as_bytes());
        scanner.advance(&set, true);
        render(&scanner.take(text.len() * 2))
    }

    pub(crate) fn snapshot(&self) -> Vec<Arc<Secret>> {
        self.lock().list.clone()
    }

    fn scrubbed(&self) -> Arc<PatternSet> {
        let Registry { list, scrubbed } = &mut *self.lock();
        Arc::clone(scrubbed.get_or_insert_with(|| Arc::new(PatternSet::new(list, Lens::Text, None))))
    }

    fn lock(&self) -> MutexGuard<'_, Registry> {
        self.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
