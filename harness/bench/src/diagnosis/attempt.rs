//! One sign-on in one variant of a behaviour.

use std::path::Path;

use payrig_tape::Secrets;

use super::{Behaviour, Dialogue, Setting, Stand};
use crate::Finding;

/// What came of one sign-on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// What the variant was drawn from.
    pub seed: u64,
    /// The message that the terminal showed, by its name; or, where it showed none, what it did instead.
    pub shown: Result<String, String>,
    /// What went over the modem's line.
    pub dialogue: Dialogue,
}

impl Attempt {
    /// Plays it, and leaves its record in a folder where one is named, its secrets with those of the run.
    ///
    /// # Errors
    /// A harness that fails; a terminal that does is an attempt like another.
    pub fn play(
        stand: &Stand,
        behaviour: &Behaviour,
        seed: u64,
        record: Option<(&Path, &Secrets)>,
    ) -> Result<Self, Finding> {
        let setting = Setting { record, ..Setting::of(behaviour.network.clone(), seed) };
        let mut dialogue = Dialogue::default();
        let played = stand.play(setting, async |world| {
            let _ = world.take_dialogue();
            let shown = world.sign_on().await;
            dialogue = world.take_dialogue();
            Ok(shown?.0)
        });
        match played {
            Ok(shown) => Ok(Self { seed, shown: Ok(shown), dialogue }),
            Err(Finding::Terminal(why)) => Ok(Self { seed, shown: Err(why), dialogue }),
            Err(other) => Err(other),
        }
    }
}
