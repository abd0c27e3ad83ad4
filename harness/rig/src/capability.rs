//! What a rig can do, so that a case can ask before it starts.

use std::{collections::BTreeSet, fmt};

/// One thing that a rig can do or has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Capability {
    /// Puts an image into the board's flash through a debug probe, and reads it back.
    Flash,
    /// Reads the board's memory by address and symbol while it runs.
    Memory,
    /// Cuts and restores the board's power; the battery stays.
    Power,
    /// Resets the board without cutting its power.
    Reset,
    /// Makes the board factory-new: key store and journal empty.
    Blank,
    /// Opens and closes the tamper switch, by an event on the front-end line (INTERFACE.md, section 8).
    Tamper,
    /// Runs on a clock that skips idle time.
    VirtualTime,
}

impl Capability {
    /// The word used in rig files, verdicts and messages.
    pub fn word(self) -> &'static str {
        match self {
            Self::Flash => "flash",
            Self::Memory => "memory",
            Self::Power => "power",
            Self::Reset => "reset",
            Self::Blank => "blank",
            Self::Tamper => "tamper",
            Self::VirtualTime => "virtual-time",
        }
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// The set of a rig's capabilities.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Capabilities(BTreeSet<Capability>);

impl Capabilities {
    /// The capabilities that `needs` names and this set lacks, in a fixed order.
    pub fn missing(&self, needs: &[Capability]) -> Vec<Capability> {
        let needs: BTreeSet<_> = needs.iter().copied().collect();
        needs.difference(&self.0).copied().collect()
    }

    /// Whether `capability` is in the set.
    pub fn has(&self, capability: Capability) -> bool {
        self.0.contains(&capability)
    }

    /// All of them, in a fixed order.
    pub fn iter(&self) -> impl Iterator<Item = Capability> + '_ {
        self.0.iter().copied()
    }
}

impl FromIterator<Capability> for Capabilities {
    fn from_iter<I: IntoIterator<Item = Capability>>(iter: I) -> Self {
        Self(iter.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_names_only_what_the_rig_lacks() {
        let has: Capabilities = [Capability::Power, Capability::Reset].into_iter().collect();
        assert_eq!(has.missing(&[Capability::Power]), []);
        assert_eq!(
            has.missing(&[Capability::Memory, Capability::Power, Capability::Flash]),
            [Capability::Flash, Capability::Memory]
        );
    }
}
