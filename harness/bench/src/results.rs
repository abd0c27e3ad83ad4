//! What a run came to, as `results.json` tells it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Report, RequirementVerdict, Requirements, Verdict};

/// The file in the run folder.
pub(crate) const RESULTS_FILE: &str = "results.json";

/// The version of the format.
pub(crate) const FORMAT: u32 = 1;

/// What a run came to.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Results {
    /// The version of the format, 1.
    pub format: u32,
    /// What was run.
    pub run: Subject,
    /// The number of cases by verdict.
    pub counts: BTreeMap<String, usize>,
    /// The cases in the order of their names.
    pub cases: Vec<Report>,
    /// What these cases say of each requirement, in the order of the requirements' file.
    #[serde(default)]
    pub requirements: Vec<RequirementVerdict>,
}

/// What was run on what: the verdicts are about this and nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Subject {
    /// Payrig's version.
    pub payrig: String,
    /// The rig's name.
    pub rig: String,
    /// What the host's keys and the network's timing were drawn from.
    pub seed: u64,
    /// The terminal's image; `None` where the rig has none.
    pub image: Option<ImageSubject>,
    /// SHA-256 over all fixtures.
    pub fixtures_sha256: String,
}

/// The terminal's image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ImageSubject {
    /// The ELF file.
    pub file: String,
    /// The GNU build id that the terminal tells when it boots.
    pub build_id: Option<String>,
    /// SHA-256 over what of it goes into flash.
    pub sha256: String,
}

impl Results {
    /// The results of `cases` on `run`.
    pub(crate) fn of(run: Subject, cases: Vec<Report>, requirements: &Requirements) -> Self {
        let requirements = requirements.verdicts(&cases);
        let count = |verdict| cases.iter().filter(|report| report.verdict == verdict).count();
        let counts =
            Verdict::ALL.into_iter().map(|verdict| (verdict.word().into(), count(verdict))).collect();
        Self { format: FORMAT, run, counts, cases, requirements }
    }
}
