//! What a scenario's file may say. The JSON Schema is made from these types and their descriptions.

use std::collections::BTreeMap;

use payrig_acquirer::Behaviour;
use payrig_fixture::Time;
use payrig_operator::paper::PrinterState;
use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::{
    expectation::{KeysExpected, SnapshotKind},
    insert::RawInsert,
    part::Part,
    step::{PowerTo, Switch},
    swipe::RawSwipe,
};
use crate::{LineTo, books::BooksExpected, rotation::RotationExpected};

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
    /// the file. A value may be a table: `${code}` is its `value`, `${code.message}` another entry of it, which may be a list or a table where it
    /// stands for a whole value.
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
    Row(BTreeMap<String, MatrixEntry>),
}

/// What `${parameter.entry}` can stand for.
#[derive(JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "it describes what `matrix.rs` reads")]
enum MatrixEntry {
    /// A text or a number.
    Scalar(MatrixScalar),
    /// A list, in the place of a whole value.
    List(Vec<serde_json::Value>),
    /// A table, in the place of a whole value.
    Table(BTreeMap<String, serde_json::Value>),
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
    /// The module that plays the networks of this scenario, `sim800`, `ec20` or `hayes`, where it is another than their files say.
    #[schemars(with = "Option<String>")]
    pub module: Option<Spanned<String>>,
    /// A number from which the modem's manners are drawn, as another one of its kind has them: echo at first, unasked lines, line ends.
    #[schemars(with = "Option<u64>")]
    pub variant: Option<Spanned<u64>>,
    /// A file of `fixtures/acquirers`, by default `cup`; or a real host, `tcp:HOST:PORT`: then time is real, and what only our own host
    /// knows cannot be asked for.
    #[schemars(with = "Option<String>")]
    pub acquirer: Option<Spanned<String>>,
}

/// One step: exactly one of `do`, `press`, `see`, `see-not`, `wait`, `power`, `reset`, `network`, `line`, `acquirer`, `host-tmk`, `host-clock`,
/// `swipe`, `insert`, `remove`, `chip-record`, `tamper`, `printer`, `keys`, and what goes with it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawStep {
    /// Presses the keys of an intent of the terminal's panel, from its menu; a message that waits for any key is left first.
    #[serde(rename = "do")]
    #[schemars(with = "Option<String>")]
    pub intent: Option<Spanned<String>>,
    /// Presses keys on whatever screen is shown: digits, names of the terminal's panel, parts of the cards of the world's acquirer
    /// (`debit.pan`, `debit.expiry`, `debit.pin`, `debit.wrong-pan`, `debit.wrong-pin`), and parts of the TMKs and components of the
    /// terminal's key file (`tmk-component-1.value`, `.short`, `.kcv`, `.wrong-kcv`), separated by spaces.
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
    /// Puts something wrong with the modem's line in force, or `clean`: it takes the place of what was wrong before.
    #[schemars(with = "Option<LineTo>")]
    pub line: Option<Spanned<LineTo>>,
    /// Changes how the host behaves: the name of a file of `fixtures/acquirers/behaviours`, or what such a file says.
    #[schemars(with = "Option<Part<Behaviour>>")]
    pub acquirer: Option<Spanned<Part<Behaviour>>>,
    /// Tells the host another TMK of the terminal, by its name in the terminal's key file: the next sign-on's keys come under it.
    #[schemars(with = "Option<String>")]
    pub host_tmk: Option<Spanned<String>>,
    /// Sets the host's clock, which stands still: month and day, then the time, as in `0721 001500`.
    #[schemars(with = "Option<String>")]
    pub host_clock: Option<Spanned<String>>,
    /// Swipes a card of the world's acquirer: its name, or a table that says how. Jitter and damage are drawn from the run's seed.
    #[schemars(with = "Option<Part<RawSwipe>>")]
    pub swipe: Option<Spanned<Part<RawSwipe>>>,
    /// Puts a chip card into the slot, and tells the terminal: the name of a file of `fixtures/cards`, or a table that says how it behaves.
    /// The same card, with the same `faults`, has its counters as they were when it was taken out. With `physical = true` it is the card in the
    /// rig's PC/SC reader.
    #[schemars(with = "Option<Part<RawInsert>>")]
    pub insert: Option<Spanned<Part<RawInsert>>>,
    /// Takes the card out of the slot, whatever it does just now, and tells the terminal.
    #[schemars(with = "Option<bool>")]
    pub remove: Option<Spanned<bool>>,
    /// Sends a chip record: its rows. Those of an application that the terminal's fixture has, by its `aid`, are as there where they are left
    /// out; `<card>.pan` is the number of a card of the world's acquirer.
    #[schemars(with = "Option<BTreeMap<String, String>>", extend("x-placeholder" = true))]
    pub chip_record: Option<Spanned<BTreeMap<String, String>>>,
    /// Opens or closes the tamper switch, with power or without.
    #[schemars(with = "Option<Switch>")]
    pub tamper: Option<Spanned<Switch>>,
    /// Loads the receipt printer's paper, takes it away (at once, or after so many more lines), or switches the printer off.
    #[schemars(with = "Option<PrinterState>")]
    pub printer: Option<Spanned<PrinterState>>,
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
    /// The terminal's records, the host's book and what customers were told agree, and hold so many transactions. It is asked of every
    /// scenario that does a `sale` or a `void`.
    #[schemars(with = "Option<BooksExpected>")]
    pub books: Option<Spanned<BooksExpected>>,
    /// How many messages of the terminal had a good MAC under keys before the last rotation, and under those after it. Zero is refused. It
    /// is asked of every scenario whose requirements name a rotation (`keys.rotation`).
    #[schemars(with = "Option<RotationExpected>")]
    pub rotation: Option<Spanned<RotationExpected>>,
    /// How long all steps together have taken. A rig must have virtual time for it.
    #[schemars(with = "Option<RawTook>")]
    pub took: Option<Spanned<RawTook>>,
    /// What is held against reviewed snapshots.
    #[serde(default)]
    #[schemars(with = "Vec<SnapshotKind>")]
    pub snapshot: Vec<Spanned<SnapshotKind>>,
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
    #[schemars(with = "Option<String>")]
    pub judged: Option<Spanned<String>>,
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
