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
    /// Plays the modem and the network behind it, whose conditions a scenario names.
    PlayedNetwork,
    /// Has a cellular module on the modem line.
    CellularModem,
    /// Has a modem of a phone line on the modem line.
    LineModem,
    /// Has a PC/SC reader whose card can be put into the terminal's slot.
    PhysicalCard,
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
            Self::PlayedNetwork => "played-network",
            Self::CellularModem => "cellular-modem",
            Self::LineModem => "line-modem",
            Self::PhysicalCard => "physical-card",
        }
    }
}

/// What a rig lacks, behind `this rig`: ` has no power, no flash`, or `'s modem is external` where that says more than a word.
#[must_use]
pub fn lacking(missing: &[Capability]) -> String {
    let (external, words): (Vec<Capability>, Vec<Capability>) =
        missing.iter().copied().partition(|capability| *capability == Capability::PlayedNetwork);
    let words: Vec<_> = words.iter().map(|capability| capability.word()).collect();
    let external = if external.is_empty() { "" } else { "'s modem is external" };
    match (external, words.join(", no ")) {
        (external, words) if words.is_empty() => external.to_owned(),
        ("", words) => format!(" has no {words}"),
        (external, words) => format!("{external}, and it has no {words}"),
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
    fn what_is_lacking_is_told_in_one_sentence() {
        use Capability::{PlayedNetwork, Power, VirtualTime};
        for (missing, told) in [
            (&[Power, VirtualTime][..], "this rig has no power, no virtual-time"),
            (&[PlayedNetwork], "this rig's modem is external"),
            (&[Power, PlayedNetwork], "this rig's modem is external, and it has no power"),
        ] {
            assert_eq!(format!("this rig{}", lacking(missing)), told);
        }
    }

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
