//! What was wrong, and what the terminal said.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use payrig_network::Dialect;
use payrig_operator::TerminalFixture;

use super::{Attempt, Campaign, Dialogue, Pair};

/// Variants of a behaviour from which on it is judged what did not happen in any: with fewer it may have had no occasion.
const ENOUGH: u32 = 100;

/// What stands for the message where the terminal showed none.
const NOTHING: &str = "nothing";

/// Every behaviour with what the terminal said of it.
#[derive(Clone, Debug)]
pub struct Matrix {
    /// Variants of each behaviour.
    pub variants: u32,
    /// The seed of the first.
    pub seed: u64,
    /// The behaviours, in the order of dialects, conditions and names.
    pub rows: Vec<Row>,
    /// Conditions that share a cause.
    pub pairs: Vec<Pair>,
    /// The ids of the messages, by their names.
    pub(super) ids: BTreeMap<Dialect, BTreeMap<String, String>>,
    /// The folder of the fixtures, where it is not `fixtures` of the working directory.
    fixtures: Option<PathBuf>,
}

/// A behaviour with what the terminal said of it.
#[derive(Clone, Debug)]
pub struct Row {
    /// The file under `fixtures/networks`.
    pub behaviour: String,
    /// What is wrong.
    pub condition: String,
    /// What the modem speaks.
    pub dialect: Dialect,
    /// What the terminal may rightly say, by the names of its messages.
    pub causes: Vec<String>,
    /// What it may rightly say besides, but so seldom that it need not be seen.
    pub rare_causes: Vec<String>,
    /// How often it said what.
    pub shown: BTreeMap<String, usize>,
    /// The attempts in which it said something else.
    pub mistakes: Vec<Mistake>,
}

/// An attempt in which the terminal said something else than what is right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// What the variant was drawn from.
    pub seed: u64,
    /// The message's name, or what the terminal did instead of showing one.
    pub shown: Result<String, String>,
    /// What went over the modem's line.
    pub dialogue: Dialogue,
}

/// The dialogues of each condition that led to each message, by dialect and message.
pub(super) type Dialogues = BTreeMap<(Dialect, String), BTreeMap<String, BTreeSet<Dialogue>>>;

impl Matrix {
    pub(super) fn of(
        campaign: &Campaign,
        fixtures: &Path,
        panels: BTreeMap<Dialect, TerminalFixture>,
        attempts: Vec<Vec<Attempt>>,
    ) -> Self {
        let mut rows = Vec::new();
        let mut dialogues = Dialogues::new();
        for (behaviour, attempts) in campaign.behaviours.iter().zip(attempts) {
            let mut row = Row {
                behaviour: behaviour.name.clone(),
                condition: behaviour.condition.clone(),
                dialect: behaviour.dialect,
                causes: behaviour.causes.clone(),
                rare_causes: behaviour.rare_causes.clone(),
                shown: BTreeMap::new(),
                mistakes: Vec::new(),
            };
            for attempt in attempts {
                if let Some((cause, dialogue)) = row.take(attempt) {
                    let led_to = dialogues.entry((row.dialect, cause)).or_default();
                    led_to.entry(row.condition.clone()).or_default().insert(dialogue);
                }
            }
            rows.push(row);
        }
        let ids = |terminal: &TerminalFixture| {
            terminal.messages().map(|(name, id)| (name.to_owned(), id.to_owned())).collect()
        };
        Self {
            variants: campaign.variants,
            seed: campaign.seed,
            rows,
            pairs: Pair::all(&dialogues),
            fixtures: (!is_usual(fixtures)).then(|| fixtures.to_owned()),
            ids: panels.iter().map(|(dialect, terminal)| (*dialect, ids(terminal))).collect(),
        }
    }

    /// Whether there were variants enough to judge what never happened.
    #[must_use]
    pub fn judges_what_never_happened(&self) -> bool {
        self.variants >= ENOUGH
    }

    /// What is wrong with the terminal, or with what the fixtures declare, a few lines each; nothing where all is well.
    #[must_use]
    pub fn findings(&self) -> Vec<String> {
        let mut findings: Vec<_> = self.rows.iter().flat_map(|row| self.mistakes(row)).collect();
        if self.judges_what_never_happened() {
            findings.extend(self.rows.iter().flat_map(|row| self.never_said(row)));
            findings
                .extend(self.pairs.iter().filter(|pair| !pair.is_proven()).map(|pair| self.unproven(pair)));
        }
        findings
    }

    /// A message as people know it: `E207 sim-out-of-credit`.
    #[must_use]
    pub fn message(&self, dialect: Dialect, name: &str) -> String {
        format!("{} {name}", self.id(dialect, name))
    }

    pub(super) fn id<'m>(&'m self, dialect: Dialect, name: &'m str) -> &'m str {
        self.ids.get(&dialect).and_then(|ids| ids.get(name)).map_or("----", String::as_str)
    }

    /// Those that look the same are told once.
    fn mistakes(&self, row: &Row) -> Vec<String> {
        let mut alike = BTreeMap::<_, Vec<u64>>::new();
        for mistake in &row.mistakes {
            alike.entry((&mistake.shown, &mistake.dialogue)).or_default().push(mistake.seed);
        }
        let told = |((shown, dialogue), seeds): (_, Vec<u64>)| self.mistake(row, shown, dialogue, &seeds);
        alike.into_iter().map(told).collect()
    }

    fn mistake(
        &self,
        row: &Row,
        shown: &Result<String, String>,
        dialogue: &Dialogue,
        seeds: &[u64],
    ) -> String {
        let right: Vec<_> = row.causes.iter().map(|cause| self.message(row.dialect, cause)).collect();
        let shown = match shown {
            Ok(shown) => format!("it said {}", self.message(row.dialect, shown)),
            Err(why) => why.clone(),
        };
        let first = seeds.first().copied().unwrap_or_default();
        let others = match seeds.len() {
            0 | 1 => String::new(),
            all => format!(" and {} more", all - 1),
        };
        format!(
            "{} {} with seed {first}{others}: expected {}; {shown}\nto play it again: {}\n{dialogue}",
            row.dialect,
            row.behaviour,
            right.join(" or "),
            self.again(row, first),
        )
    }

    /// The command that plays an attempt again, and leaves its record.
    pub(super) fn again(&self, row: &Row, seed: u64) -> String {
        let fixtures = self.fixtures.iter().map(|folder| format!(" --fixtures {}", quoted(folder)));
        format!(
            "payrig diagnose --exact --network {} --module {} --variants 1 --seed {seed} --record{}",
            row.behaviour,
            row.dialect,
            fixtures.collect::<String>()
        )
    }

    fn never_said(&self, row: &Row) -> Vec<String> {
        let never = row.causes.iter().filter(|cause| !row.shown.contains_key(*cause));
        let told = |cause: &String| {
            format!(
                "{} {}: {} is declared to be right, and was said in none of {} variants",
                row.dialect,
                row.behaviour,
                self.message(row.dialect, cause),
                self.variants
            )
        };
        never.map(told).collect()
    }

    fn unproven(&self, pair: &Pair) -> String {
        let mut told = format!(
            "{} {}: {} and {} have this cause, but a terminal could tell them apart: {}",
            pair.dialect,
            self.message(pair.dialect, &pair.cause),
            pair.one,
            pair.other,
            pair.counts()
        );
        for (condition, dialogue) in [(&pair.one, &pair.only_one), (&pair.other, &pair.only_other)] {
            if let Some(dialogue) = dialogue {
                told.push_str(&format!("\nonly {condition}:\n{dialogue}"));
            }
        }
        told
    }
}

impl Row {
    /// Whether the terminal may say this.
    #[must_use]
    pub fn is_right(&self, message: &str) -> bool {
        self.causes.iter().chain(&self.rare_causes).any(|cause| cause == message)
    }

    /// Counts an attempt; where the terminal was right, with its cause and its dialogue for comparison.
    fn take(&mut self, attempt: Attempt) -> Option<(String, Dialogue)> {
        let Attempt { seed, shown, dialogue } = attempt;
        let name = shown.clone().unwrap_or_else(|_| NOTHING.to_owned());
        *self.shown.entry(name.clone()).or_default() += 1;
        if self.is_right(&name) {
            return Some((name, dialogue));
        }
        self.mistakes.push(Mistake { seed, shown, dialogue });
        None
    }
}

/// Whether `payrig diagnose` takes this folder by itself.
fn is_usual(fixtures: &Path) -> bool {
    Path::new("fixtures").canonicalize().is_ok_and(|usual| usual == fixtures)
}

/// A path as one word of a shell.
fn quoted(path: &Path) -> String {
    let path = path.display().to_string();
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '/' | '.' | '-' | '_');
    if path.chars().all(plain) { path } else { format!("'{}'", path.replace('\'', "'\\''")) }
}
