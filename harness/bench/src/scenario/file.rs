//! What a scenario's file may say. The JSON Schema is made from these types and their descriptions.

use std::collections::BTreeMap;

use payrig_acquirer::Behaviour;
use payrig_fixture::Time;
use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::{
    expectation::{KeysExpected, SnapshotKind},
    part::Part,
    step::{PowerTo, Switch},
};

/// A scenario: what happens in a terminal's world, and what must come of it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "Payrig scenario")]
pub(super) struct RawScenario {
    /// One line for people: what happens, and what must come of it.
    pub title: String,
    /// The requirements that it covers, by their ids, such as `sign-on.diagnosis.sim-credit`.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub requirements: Vec<Spanned<String>>,
    /// The parts of the world that the scenario begins in.
    #[serde(default)]
    pub world: RawWorld,
    /// Multiplies the scenario: each parameter has a list of values, `key = ["PIK", "MAK"]`, that `${key}` stands for anywhere else in
    /// the file. A value may be a table: `${code}` is its `value`, `${code.message}` another entry of it.
    #[serde(default, rename = "matrix")]
    #[schemars(with = "BTreeMap<String, Vec<MatrixValue>>")]
    pub _matrix: serde::de::IgnoredAny,
    /// What happens, in order. The terminal is powered and has what its fixture says before the first.
    #[schemars(with = "Vec<RawStep>", length(min = 1))]
    pub steps: Vec<Spanned<RawStep>>,
    /// What must have come of it at the end.
    #[schemars(with = "Option<RawExpect>")]
    pub expect: Option<Spanned<RawExpect>>,
}

/// A value of a matrix's parameter.
#[derive(JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "it describes what `matrix.rs` reads")]
enum MatrixValue {
    /// One value.
    Single(MatrixScalar),
    /// Several values that belong together; `value` names the row.
    Row(BTreeMap<String, MatrixScalar>),
}

/// What `${parameter}` can stand for.
#[derive(JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "it describes what `matrix.rs` reads")]
enum MatrixScalar {
    /// A text.
    Text(String),
    /// A number.
    Number(i64),
}

/// The parts of the world, by the names of their fixtures.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawWorld {
    /// A file of `fixtures/terminals`: what the terminal has been given. By default `keyed`.
    #[schemars(with = "Option<String>")]
    pub terminal: Option<Spanned<String>>,
    /// A file of `fixtures/terminals`: the device as the host has it in its books. By default `keyed`.
    #[schemars(with = "Option<String>")]
    pub books: Option<Spanned<String>>,
    /// A file of `fixtures/networks`. By default `cellular-normal`.
    #[schemars(with = "Option<String>")]
    pub network: Option<Spanned<String>>,
    /// A file of `fixtures/acquirers`. By default `cup`.
    #[schemars(with = "Option<String>")]
    pub acquirer: Option<Spanned<String>>,
}

/// One step: exactly one of `do`, `press`, `see`, `see-not`, `wait`, `power`, `reset`, `network`, `acquirer`, `tamper`, `keys`, and what
/// goes with it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawStep {
    /// Presses the keys of an intent of the terminal's panel, from its menu; a message that waits for any key is left first.
    #[serde(rename = "do")]
    #[schemars(with = "Option<String>")]
    pub intent: Option<Spanned<String>>,
    /// Presses keys on whatever screen is shown: digits and names of the terminal's panel, separated by spaces.
    #[schemars(with = "Option<String>")]
    pub press: Option<Spanned<String>>,
    /// Waits until the terminal shows this message of its panel.
    #[schemars(with = "Option<String>")]
    pub see: Option<Spanned<String>>,
    /// With `see`: the longest that it may take. By default 10 s.
    #[schemars(with = "Option<Time>")]
    pub within: Option<Spanned<Time>>,
    /// With `see`: a row of the message's screen reads exactly this; one that reads something else is passed over.
    #[schemars(with = "Option<String>")]
    pub text: Option<Spanned<String>>,
    /// This message (`*`: any screen) does not come, after the screen that was seen last or the last key, and for the time of `for`.
    #[schemars(with = "Option<String>")]
    pub see_not: Option<Spanned<String>>,
    /// With `see-not`: for how long.
    #[serde(rename = "for")]
    #[schemars(with = "Option<Time>")]
    pub lasting: Option<Spanned<Time>>,
    /// Lets time pass.
    #[schemars(with = "Option<Time>")]
    pub wait: Option<Spanned<Time>>,
    /// Cuts the terminal's power, or gives it back and waits for the boot line.
    #[schemars(with = "Option<PowerTo>")]
    pub power: Option<Spanned<PowerTo>>,
    /// Resets the terminal, which stays powered, and waits for its boot line.
    #[schemars(with = "Option<bool>")]
    pub reset: Option<Spanned<bool>>,
    /// With `power = "on"` and `reset`: the life state that the boot line must tell.
    #[schemars(with = "Option<String>")]
    pub state: Option<Spanned<String>>,
    /// Puts another file of `fixtures/networks` in force.
    #[schemars(with = "Option<String>")]
    pub network: Option<Spanned<String>>,
    /// Changes how the host behaves: the name of a file of `fixtures/acquirers/behaviours`, or what such a file says.
    #[schemars(with = "Option<Part<Behaviour>>")]
    pub acquirer: Option<Spanned<Part<Behaviour>>>,
    /// Opens or closes the tamper switch.
    #[schemars(with = "Option<Switch>")]
    pub tamper: Option<Spanned<Switch>>,
    /// Looks at the terminal's keys, and compares them with the last look, at first with those that it was given.
    #[schemars(with = "Option<KeysExpected>")]
    pub keys: Option<Spanned<KeysExpected>>,
}

/// What must have come of it.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawExpect {
    /// So many messages have reached the host, no more and no fewer.
    pub host_messages: Option<usize>,
    /// Messages of the host line that have come in this order, with or without others between.
    #[serde(default)]
    #[schemars(with = "Vec<RawMessage>")]
    pub host: Vec<Spanned<RawMessage>>,
    /// A last look at the terminal's keys, compared with the one before.
    #[schemars(with = "Option<KeysExpected>")]
    pub keys: Option<Spanned<KeysExpected>>,
    /// The message that the terminal shows at the end.
    #[schemars(with = "Option<String>")]
    pub screen: Option<Spanned<String>>,
    /// How long all steps together have taken. A rig must have virtual time for it.
    #[schemars(with = "Option<RawTook>")]
    pub took: Option<Spanned<RawTook>>,
    /// What is held against reviewed snapshots.
    #[serde(default)]
    pub snapshot: Vec<SnapshotKind>,
}

/// A message of the host line. In a pattern `*` stands for any text and `?` for one character.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawMessage {
    /// Message type indicator: `0800` is a sign-on's request, `0810` its answer.
    pub mti: String,
    /// Fields, or parts of fields, as `payrig decode` shows them: `"39" = "00"`, `"60.3" = "004"`.
    #[serde(default)]
    pub fields: BTreeMap<String, String>,
    /// What the host said of the exchange.
    pub judged: Option<String>,
}

/// Bounds of a time.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawTook {
    /// No less.
    #[serde(default)]
    pub at_least: Time,
    /// No more.
    pub at_most: Time,
}
