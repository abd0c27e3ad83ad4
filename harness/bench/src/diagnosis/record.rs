//! What a campaign leaves in its run folder.

use std::collections::BTreeMap;

use payrig_network::Dialect;
use payrig_tape::{Secrets, TAPE_FILE};
use serde::Serialize;

use super::{Attempt, Campaign, Matrix, Mistake, Pair, Row, Stand, terminal_of};
use crate::{Finding, Fixtures, RunFolder, whole_file, world::check_leaks};

/// The matrix for programs.
pub const MATRIX_JSON: &str = "confusion.json";
/// The matrix for people.
pub const MATRIX_TEXT: &str = "confusion.txt";

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Document<'m> {
    variants: u32,
    seed: u64,
    /// Whether there were variants enough to judge what never happened.
    judges_what_never_happened: bool,
    behaviours: Vec<BehaviourRecord<'m>>,
    pairs: Vec<PairRecord<'m>>,
    findings: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct BehaviourRecord<'m> {
    dialect: &'static str,
    condition: &'m str,
    behaviour: &'m str,
    /// What is right: message ids with their names.
    causes: BTreeMap<&'m str, &'m str>,
    /// How often which message was shown, by its id.
    shown: BTreeMap<&'m str, usize>,
    mistakes: Vec<MistakeRecord<'m>>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct MistakeRecord<'m> {
    seed: u64,
    shown: &'m str,
    dialogue: &'m [String],
    again: String,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct PairRecord<'m> {
    dialect: &'static str,
    cause: &'m str,
    conditions: [&'m str; 2],
    dialogues: [usize; 2],
    equal: usize,
    proven: bool,
}

/// Wrong attempts of one behaviour that are played again for their records: the others are told by their seeds.
const RECORDED: usize = 3;

/// The run folder of a campaign and the secrets of what was recorded in it.
pub struct Records {
    run: RunFolder,
    secrets: Secrets,
}

impl Records {
    /// Records in this folder.
    #[must_use]
    pub fn new(run: RunFolder) -> Self {
        Self { run, secrets: Secrets::new() }
    }

    /// The folder.
    #[must_use]
    pub fn run(&self) -> &RunFolder {
        &self.run
    }

    /// Searches the whole folder, the matrix with it, for the secrets of every recorded attempt.
    ///
    /// # Errors
    /// A file that holds one, or cannot be searched.
    pub fn check_leaks(&self) -> Result<(), Finding> {
        check_leaks(self.run.path(), &self.secrets)
    }
}

impl Campaign {
    /// Plays some of the attempts in which the terminal was wrong again, and leaves their records in the run's folder: a line for each.
    ///
    /// # Errors
    /// A harness that fails, or a folder that cannot be made.
    pub fn record_mistakes(
        &self,
        fixtures: &Fixtures,
        matrix: &Matrix,
        records: &Records,
    ) -> Result<Vec<String>, Finding> {
        let mut told = Vec::new();
        for row in &matrix.rows {
            for mistake in row.mistakes.iter().take(RECORDED) {
                told.push(self.record(fixtures, (&row.behaviour, row.dialect), mistake.seed, records)?);
            }
        }
        Ok(told)
    }

    /// Plays an attempt of this campaign again, and leaves its record in the run's folder: a line of it.
    ///
    /// # Errors
    /// As [`Campaign::record_mistakes`].
    pub fn record(
        &self,
        fixtures: &Fixtures,
        (name, dialect): (&str, Dialect),
        seed: u64,
        records: &Records,
    ) -> Result<String, Finding> {
        let mut behaviours = self.behaviours.iter();
        let found = behaviours.find(|behaviour| behaviour.name == name && behaviour.dialect == dialect);
        let behaviour = found.ok_or_else(|| Finding::Rig(format!("no behaviour `{name}` was played")))?;
        let stand = Stand::prepare(fixtures, terminal_of(dialect))?;
        let folder = records.run.case(&format!("diagnosis::{dialect}::{name}#{seed}"))?;
        let attempt = Attempt::play(&stand, behaviour, seed, Some((&folder, &records.secrets)))?;
        let shown = attempt.shown.unwrap_or_else(|why| why);
        let tape = folder.join(TAPE_FILE);
        Ok(format!("{dialect} {name} with seed {seed}: {shown}; the tape: {}", tape.display()))
    }
}

impl Matrix {
    /// Leaves [`MATRIX_JSON`] and [`MATRIX_TEXT`] in a run's folder.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn write(&self, run: &RunFolder) -> Result<(), Finding> {
        let json = serde_json::to_string_pretty(&self.document());
        let json = json.map_err(|e| Finding::Rig(format!("the matrix cannot be written: {e}")))? + "\n";
        let mut text = self.to_string();
        for finding in self.findings() {
            text.push_str(&format!("\n{finding}\n"));
        }
        whole_file::write(&run.path().join(MATRIX_JSON), &json)?;
        Ok(whole_file::write(&run.path().join(MATRIX_TEXT), &text)?)
    }

    fn document(&self) -> Document<'_> {
        Document {
            variants: self.variants,
            seed: self.seed,
            judges_what_never_happened: self.judges_what_never_happened(),
            behaviours: self.rows.iter().map(|row| self.behaviour(row)).collect(),
            pairs: self.pairs.iter().map(|pair| self.pair(pair)).collect(),
            findings: self.findings(),
        }
    }

    fn behaviour<'m>(&'m self, row: &'m Row) -> BehaviourRecord<'m> {
        let id = |name: &'m String| self.id(row.dialect, name);
        let mistake = |mistake: &'m Mistake| MistakeRecord {
            seed: mistake.seed,
            shown: mistake.shown.as_ref().map_or_else(String::as_str, id),
            dialogue: mistake.dialogue.lines(),
            again: self.again(row, mistake.seed),
        };
        BehaviourRecord {
            dialect: row.dialect.name(),
            condition: &row.condition,
            behaviour: &row.behaviour,
            causes: row.causes.iter().map(|cause| (id(cause), cause.as_str())).collect(),
            shown: row.shown.iter().map(|(name, times)| (id(name), *times)).collect(),
            mistakes: row.mistakes.iter().map(mistake).collect(),
        }
    }

    fn pair<'m>(&'m self, pair: &'m Pair) -> PairRecord<'m> {
        PairRecord {
            dialect: pair.dialect.name(),
            cause: self.id(pair.dialect, &pair.cause),
            conditions: [&pair.one, &pair.other],
            dialogues: [pair.of_one, pair.of_other],
            equal: pair.equal,
            proven: pair.is_proven(),
        }
    }
}
