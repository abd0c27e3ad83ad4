//! Two conditions of which the terminal rightly says the same: they must look the same to it.

use payrig_network::Dialect;

use super::{Dialogue, behaviour::SIGNED_ON, matrix::Dialogues};

/// Two conditions with one cause. The proof that no terminal could have told them apart is that every dialogue that one of them led to is
/// also one of the other's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// What the modem speaks.
    pub dialect: Dialect,
    /// The cause that both have, by its message's name.
    pub cause: String,
    /// A condition.
    pub one: String,
    /// The other one.
    pub other: String,
    /// Dialogues of the one, each counted once.
    pub of_one: usize,
    /// Dialogues of the other.
    pub of_other: usize,
    /// Dialogues that both have.
    pub equal: usize,
    /// A dialogue that only the one has.
    pub only_one: Option<Dialogue>,
    /// A dialogue that only the other has.
    pub only_other: Option<Dialogue>,
}

impl Pair {
    pub(super) fn all(dialogues: &Dialogues) -> Vec<Self> {
        let mut pairs = Vec::new();
        // That nothing was wrong is no cause.
        for ((dialect, cause), conditions) in dialogues.iter().filter(|((_, cause), _)| cause != SIGNED_ON) {
            let conditions: Vec<_> = conditions.iter().collect();
            for (at, (one, of_one)) in conditions.iter().enumerate() {
                for (other, of_other) in conditions.iter().skip(at + 1) {
                    pairs.push(Self {
                        dialect: *dialect,
                        cause: cause.clone(),
                        one: (*one).clone(),
                        other: (*other).clone(),
                        of_one: of_one.len(),
                        of_other: of_other.len(),
                        equal: of_one.intersection(of_other).count(),
                        only_one: of_one.difference(of_other).next().cloned(),
                        only_other: of_other.difference(of_one).next().cloned(),
                    });
                }
            }
        }
        pairs
    }

    /// Whether one side's dialogues are among the other's.
    #[must_use]
    pub fn is_proven(&self) -> bool {
        self.only_one.is_none() || self.only_other.is_none()
    }

    /// The proof, in numbers.
    pub(super) fn counts(&self) -> String {
        format!("{} and {} dialogues, {} equal", self.of_one, self.of_other, self.equal)
    }
}
