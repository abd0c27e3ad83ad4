//! A chip card that a step puts into the slot, and chip records that a step sends.

use std::{collections::BTreeMap, fmt};

use payrig_card::chip::{Place, Procedure, SlotFault, SlotSettings, emv::EmvFault};
use payrig_fixture::FixtureError;
use payrig_operator::ProvisioningRecord;
use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::{
    Action,
    check::{Checker, known_fixture},
    part::Part,
};
use crate::{Insertion, cards::CardPart, chips};

/// A chip card that is put in, and how it behaves. What is left out is as of a good card.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawInsert {
    /// A file of `fixtures/cards`.
    pub card: String,
    /// It is the card in the rig's PC/SC reader, in real time: of the file it has the account, everything else is its own.
    #[serde(default)]
    pub physical: bool,
    /// How it lets data pass at T=0.
    #[serde(default)]
    pub procedure: Procedure,
    /// Its characters take the time that they take at its rate; else none.
    #[serde(default)]
    pub paced: bool,
    /// By how many block waiting times it asks for more (T=1), 1 to 255.
    #[serde(default)]
    pub wtx: u8,
    /// It asks with S(IFS) for blocks of this length, 1 to 254 (T=1).
    pub ifs: Option<u8>,
    /// What is wrong with it, or with its contacts, below its commands.
    #[serde(default)]
    #[schemars(extend("x-placeholder" = true))]
    pub fault: SlotFault,
    /// What is wrong with it, in its commands, besides what its profile says.
    #[serde(default)]
    #[schemars(extend("x-placeholder" = true))]
    pub faults: Vec<EmvFault>,
}

/// A chip record that is sent. It prints the names of its rows: a value may be a card number.
#[derive(Clone)]
pub struct ChipRecord(pub(super) ProvisioningRecord, String);

impl fmt::Debug for ChipRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.1)
    }
}

impl fmt::Display for ChipRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.1)
    }
}

impl Checker<'_> {
    /// The card that a step puts in.
    pub(super) fn insert(&self, part: &Spanned<Part<RawInsert>>) -> Result<Action, FixtureError> {
        let insertion = match part.get_ref() {
            Part::Named(card) => Insertion::of(card),
            Part::Inline(raw) => raw.insertion(),
        };
        let named = Spanned::new(part.span(), insertion.card.clone());
        known_fixture(self.fixtures, self.file, "cards", &named)?;
        let told =
            |error: &dyn fmt::Display| self.file.wrong(part, &format!("card `{}`: {error}", insertion.card));
        self.fixtures.card_profile(&insertion.card).map_err(|e| told(&e))?;
        // What is signed is as long as its key says. To sign takes a second for every hundred cards, and each case that is played loads all of
        // them: the other faults are told when the card is put in.
        let is_of_signed = |fault: &EmvFault| matches!(fault, EmvFault::FlippedBit { .. });
        if insertion.faults.iter().any(is_of_signed) {
            chips::issue(self.fixtures, &insertion.card, &insertion.faults).map_err(|e| told(&e))?;
        }
        if insertion.physical && !insertion.faults.is_empty() {
            let message =
                "the commands of a physical card are its own: expected no `faults` beside `physical = true`";
            return Err(self.file.wrong(part, message));
        }
        let fault = &insertion.settings.fault;
        if fault.pull.is_some_and(|Place { character, .. }| character == 0) {
            return Err(self
                .file
                .wrong(part, "expected `pull` after one character at least, `character = 1`"));
        }
        if insertion.settings.ifs.is_some_and(|ifs| !(1..=254).contains(&ifs)) {
            return Err(self.file.wrong(part, "expected `ifs` from 1 to 254"));
        }
        Ok(Action::Insert(Box::new(insertion)))
    }

    /// `remove = true`.
    pub(super) fn remove(&self, remove: &Spanned<bool>) -> Result<Action, FixtureError> {
        match remove.get_ref() {
            true => Ok(Action::Remove),
            false => Err(self.file.wrong(remove, "expected `remove = true`, or no such step")),
        }
    }

    /// A chip record: rows, `<card>.pan` for a card's number.
    pub(super) fn chip_record(
        &self,
        rows: &Spanned<BTreeMap<String, String>>,
    ) -> Result<Action, FixtureError> {
        let value = |value: &String| match value.rsplit_once('.') {
            Some((name, "pan")) => {
                let of = Spanned::new(rows.span(), name.to_owned());
                self.known("card", &of, self.cards.iter().map(|card| card.name.as_str()).collect())?;
                let card = self.cards.iter().find(|card| card.name == name);
                Ok(card.map(|card| CardPart::Pan.digits(card).to_string()).unwrap_or_default())
            }
            _ => Ok(value.clone()),
        };
        let told = rows.get_ref().iter().map(|(key, value)| format!("{key} = \"{value}\""));
        let told = told.collect::<Vec<_>>().join(", ");
        let all: BTreeMap<_, _> = rows
            .get_ref()
            .iter()
            .map(|(key, text)| Ok((key.clone(), value(text)?)))
            .collect::<Result<_, FixtureError>>()?;
        let plain = |all: &BTreeMap<String, String>| {
            all.iter().fold(ProvisioningRecord::new(), |record, (key, value)| record.with(key, value))
        };
        let record = self.terminal.chip().map_or_else(|| plain(&all), |chip| chip.record_with(&all));
        Ok(Action::ChipRecord(ChipRecord(record, told)))
    }
}

impl RawInsert {
    fn insertion(&self) -> Insertion {
        let settings = SlotSettings {
            procedure: self.procedure,
            paced: self.paced,
            wtx: self.wtx,
            ifs: self.ifs,
            fault: self.fault.clone(),
            ..SlotSettings::default()
        };
        Insertion { card: self.card.clone(), faults: self.faults.clone(), settings, physical: self.physical }
    }
}
