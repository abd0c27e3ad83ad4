//! The registry of secrets, shared by all who hand values over a line.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::growing::GrowingPatterns;
use crate::lens::Lens;
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
    /// What `scrub` looks for.
    scrubbed: Option<GrowingPatterns>,
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
    }

    /// The secret of this name.
    pub fn get(&self, name: &str) -> Option<Arc<Secret>> {
        self.lock().list.iter().find(|secret| secret.name() == name).cloned()
    }

    /// The secret that VERIFY brought on `line`; one by itself where it is new. Nothing where there is none or it is longer than a
    /// command's data.
    pub(crate) fn verify(&self, line: &str, value: &[u8]) -> Option<Arc<Secret>> {
        let mut number = 1_u64;
        for secret in self.snapshot() {
            if secret.kind() == SecretKind::Verify {
                if secret.value() == value {
                    return Some(secret);
                }
                number += 1;
            }
        }
        while self.get(&format!("verify#{number}")).is_some() {
            number += 1;
        }
        let name = format!("verify#{number}");
        let secret = Secret::new(SecretKind::Verify, &name, value).ok()?.on_lines([line]);
        self.add(secret).ok()?;
        self.get(&name)
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
        let Registry { list, scrubbed } = &mut *self.lock();
        let patterns = scrubbed.get_or_insert_with(|| GrowingPatterns::through(Lens::Text, None));
        let mut scanner = Scanner::default();
        scanner.push(text.as_bytes());
        scanner.advance(patterns.of_list(list), true);
        render(&scanner.take(text.len() * 2))
    }

    /// The same, and every number that is a PIN, of however few digits: for what a terminal gives out of its hands, where no PIN may stand.
    /// Digits beside a mask, a point or a comma are part of another number.
    pub fn scrub_numbers(&self, text: &str) -> String {
        let pins: Vec<_> =
            self.snapshot().into_iter().filter(|secret| secret.kind() == SecretKind::Pin).collect();
        let text = self.scrub(text);
        let is_within = |c: char| c.is_ascii_digit() || "*.,".contains(c);
        let mut scrubbed = String::with_capacity(text.len());
        let mut rest = text.as_str();
        while let Some(start) = rest.find(is_within) {
            let (before, from) = rest.split_at(start);
            let (number, behind) = from.split_at(from.find(|c| !is_within(c)).unwrap_or(from.len()));
            scrubbed.push_str(before);
            match pins.iter().find(|pin| pin.value() == number.as_bytes()) {
                Some(pin) => scrubbed.push_str(&format!("{{{}}}", pin.name())),
                None => scrubbed.push_str(number),
            }
            rest = behind;
        }
        scrubbed + rest
    }

    /// Those that were registered after the first `count`.
    pub(crate) fn since(&self, count: usize) -> Vec<Arc<Secret>> {
        self.lock().list.get(count..).unwrap_or_default().to_vec()
    }

    pub(crate) fn snapshot(&self) -> Vec<Arc<Secret>> {
        self.lock().list.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Registry> {
        self.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
