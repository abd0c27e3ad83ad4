//! Holds what a scenario's file says against the fixtures that it names.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use payrig_acquirer::Card;
use payrig_fixture::{FixtureError, FixtureFile, Time, nearest};
use payrig_network::Dialect as ModemDialect;
use payrig_operator::{COLUMNS, RecordKey, TerminalFixture, paper::PrinterState};
use payrig_rig::{Access, Capability};
use toml::Spanned;

use super::{
    Action, Expectation, MessagePattern, Pattern, PowerTo, Scenario, Step, Took, course,
    file::{RawExpect, RawScenario, RawStep, RawWorld},
    networks, real_host,
};
use crate::{
    Fixtures, HostAddress, LineTo, Parts,
    requirements::{EXPECTED, is_id},
};

/// How long a screen may take where the scenario does not say.
const SOON: Duration = Duration::from_secs(10);
/// The longest time that a step may name.
const LONGEST: Duration = Duration::from_secs(86_400);
/// The requirements whose scenarios count messages on both sides of a rotation.
const ROTATION: &str = "keys.rotation";
const NO_ROTATION: &str = "it is about a rotation, so that messages under the old keys and the new ones are counted: expected \
    `rotation = { before = 1, after = 1 }` in [expect]";
/// What a boot line can tell (INTERFACE.md, section 2).
const LIFE_STATES: [&str; 5] = ["blank", "factory", "keyed", "signed-on", "tampered"];

/// A scenario's file with the fixtures that its names are looked up in.
pub(super) struct Checker<'a> {
    pub(super) fixtures: &'a Fixtures,
    pub(super) file: &'a FixtureFile,
    parts: Parts,
    pub(super) terminal: Arc<TerminalFixture>,
    /// What the modem of this world speaks.
    modem: ModemDialect,
    /// The cards of the host's customers.
    pub(super) cards: Vec<Card>,
}

impl<'a> Checker<'a> {
    /// Finds the parts of the world.
    ///
    /// # Errors
    /// A fixture that does not exist or cannot be used.
    pub(super) fn new(
        fixtures: &'a Fixtures,
        file: &'a FixtureFile,
        world: &RawWorld,
    ) -> Result<Self, FixtureError> {
        let part = |kind: &str, named: &Option<Spanned<String>>, usual: String| match named {
            Some(name) => known_fixture(fixtures, file, kind, name).map(|()| name.get_ref().clone()),
            None => Ok(usual),
        };
        let usual = Parts::default();
        let parts = Parts {
            terminal: part("terminals", &world.terminal, usual.terminal)?,
            books: part("terminals", &world.books, usual.books)?,
            network: part("networks", &world.network, usual.network)?,
            module: world.module.as_ref().map(|module| module.get_ref().clone()),
            variant: world.variant.as_ref().map(|variant| *variant.get_ref()),
            acquirer: match &world.acquirer {
                Some(name) => known_host(fixtures, file, name)?,
                None => usual.acquirer,
            },
        };
        let modem = networks::of_world(fixtures, file, world, &parts)?;
        let terminal = fixtures.terminal(&parts.terminal)?;
        let cards = match parts.real_host() {
            Some(_) => Vec::new(),
            None => fixtures.acquirer(&parts.acquirer)?.cards.clone(),
        };
        Ok(Self { fixtures, file, parts, modem, terminal, cards })
    }

    pub(super) fn check(self, name: String, raw: RawScenario) -> Result<Scenario, FixtureError> {
        if self.parts.real_host().is_some() {
            real_host::check(self.file, &raw)?;
        }
        let mut requirements =
            raw.requirements.iter().map(|id| self.requirement(id)).collect::<Result<Vec<_>, _>>()?;
        let steps: Vec<_> = raw.steps.iter().map(|step| self.step(step)).collect::<Result<_, _>>()?;
        let places: Vec<_> = raw.steps.iter().map(Spanned::span).collect();
        let place = raw.expect.as_ref().map(|expect| self.file.place(&expect.span()));
        let span = raw.expect.as_ref().map_or(0..0, Spanned::span);
        let expectation = match raw.expect {
            Some(expect) => self.expectation(expect.into_inner(), place.unwrap_or_default())?,
            None => Expectation::default(),
        };
        let rotates = raw.requirements.iter().find(|id| id.get_ref().starts_with(ROTATION));
        if let Some(id) = rotates.filter(|_| expectation.rotation.is_none()) {
            return Err(self.file.wrong(id, NO_ROTATION));
        }
        course::check(&steps, &expectation).map_err(|(at, message)| {
            self.file.wrong_at(at.and_then(|at| places.get(at).cloned()).unwrap_or(span), &message)
        })?;
        let by_network = networks::requirements(self.fixtures, &self.parts, &steps)?;
        let named: BTreeSet<_> = requirements.iter().cloned().collect();
        requirements.extend(by_network.into_iter().filter(|id| !named.contains(id)));
        Ok(Scenario {
            name,
            title: raw.title,
            requirements,
            access: access(&self.terminal),
            takes_minutes: networks::take_minutes(self.fixtures, &self.parts, &steps)?,
            parts: self.parts,
            steps,
            expectation,
            file: self.file.name().to_owned(),
        })
    }

    fn requirement(&self, id: &Spanned<String>) -> Result<String, FixtureError> {
        if !is_id(id.get_ref()) {
            return Err(self.file.wrong(id, EXPECTED));
        }
        let requirements = self.fixtures.requirements()?;
        let known: Vec<_> = requirements.rows().iter().map(|row| row.id.as_str()).collect();
        if known.contains(&id.get_ref().as_str()) {
            return Ok(id.get_ref().clone());
        }
        let near = match nearest(id.get_ref(), &known) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`payrig list --requirements` lists them, fixtures/requirements.toml takes new ones"
                .to_owned(),
        };
        Err(self.file.wrong(id, &format!("unknown requirement `{}`; {near}", id.get_ref())))
    }

    fn step(&self, raw: &Spanned<RawStep>) -> Result<Step, FixtureError> {
        let action = self.action(raw)?;
        self.check_companions(raw.get_ref(), &action)?;
        Ok(Step { place: self.file.place(&raw.span()), action })
    }

    /// The one thing that a step does.
    fn action(&self, raw: &Spanned<RawStep>) -> Result<Action, FixtureError> {
        let step = raw.get_ref();
        let mut actions = [
            step.intent.as_ref().map(|intent| self.intent(intent)),
            step.press.as_ref().map(|names| self.press(names)),
            step.see.as_ref().map(|message| self.see(message, step)),
            step.see_not.as_ref().map(|message| self.see_not(message, step)),
            step.wait.as_ref().map(|time| self.time(time).map(Action::Wait)),
            step.power.as_ref().map(|to| Ok(Action::Power { to: *to.get_ref(), state: self.state(step)? })),
            step.reset.as_ref().map(|reset| self.reset(reset, step)),
            step.network.as_ref().map(|name| self.network(name)),
            step.line.as_ref().map(|to| self.line(to)),
            step.acquirer.as_ref().map(|part| self.acquirer(part)),
            step.host_tmk.as_ref().map(|name| self.host_tmk(name)),
            step.host_clock.as_ref().map(|clock| self.host_clock(clock)),
            step.swipe.as_ref().map(|part| self.swipe(part)),
            step.insert.as_ref().map(|part| self.insert(part)),
            step.remove.as_ref().map(|remove| self.remove(remove)),
            step.chip_record.as_ref().map(|rows| self.chip_record(rows)),
            step.tamper.as_ref().map(|to| Ok(Action::Tamper(*to.get_ref()))),
            step.printer.as_ref().map(|state| self.printer(state)),
            step.keys.as_ref().map(|keys| Ok(Action::Keys(*keys.get_ref()))),
        ]
        .into_iter()
        .flatten();
        match (actions.next(), actions.next()) {
            (Some(action), None) => action,
            (Some(_), Some(_)) => {
                Err(self.file.wrong(raw, "expected a step that does one thing: split it in two"))
            }
            (None, _) => {
                let kinds = "do, press, see, see-not, wait, power, reset, network, line, acquirer, host-tmk, host-clock, \
                             swipe, insert, remove, chip-record, tamper, printer, keys";
                Err(self.file.wrong(raw, &format!("expected a step that does something: one of {kinds}")))
            }
        }
    }

    /// What goes with another kind of step only.
    fn check_companions(&self, step: &RawStep, action: &Action) -> Result<(), FixtureError> {
        let is_see = matches!(action, Action::See { .. });
        let boots = matches!(action, Action::Power { to: PowerTo::On, .. } | Action::Reset { .. });
        let misplaced = [
            (step.within.as_ref().filter(|_| !is_see).map(Spanned::span), "`within` goes with `see`"),
            (step.text.as_ref().filter(|_| !is_see).map(Spanned::span), "`text` goes with `see`"),
            (
                step.lasting.as_ref().filter(|_| !matches!(action, Action::SeeNot { .. })).map(Spanned::span),
                "`for` goes with `see-not`",
            ),
            (
                step.state.as_ref().filter(|_| !boots).map(Spanned::span),
                "`state` goes with `power = \"on\"` and `reset`",
            ),
        ];
        match misplaced.into_iter().find_map(|(span, message)| Some((span?, message))) {
            Some((span, message)) => Err(self.file.wrong_at(span, message)),
            None => Ok(()),
        }
    }

    fn intent(&self, intent: &Spanned<String>) -> Result<Action, FixtureError> {
        self.known("intent", intent, self.terminal.intents().collect())?;
        Ok(Action::Do(intent.get_ref().clone()))
    }

    fn see(&self, message: &Spanned<String>, step: &RawStep) -> Result<Action, FixtureError> {
        self.message(message)?;
        if let Some(text) = &step.text
            && (text.get_ref().is_empty()
                || text.get_ref().trim() != text.get_ref()
                || text.get_ref().chars().count() > usize::from(COLUMNS))
        {
            return Err(self
                .file
                .wrong(text, "expected what a row of 24 columns reads, without blanks at its ends"));
        }
        Ok(Action::See {
            message: message.get_ref().clone(),
            within: step.within.as_ref().map_or(Ok(SOON), |time| self.time(time))?,
            text: step.text.as_ref().map(|text| text.get_ref().clone()),
        })
    }

    fn see_not(&self, message: &Spanned<String>, step: &RawStep) -> Result<Action, FixtureError> {
        let named = Some(message).filter(|message| message.get_ref() != "*");
        named.map_or(Ok(()), |message| self.message(message))?;
        let Some(lasting) = &step.lasting else {
            return Err(self.file.wrong(message, "expected `for`, the time for which it must not come"));
        };
        let lasting = self.time(lasting)?;
        Ok(Action::SeeNot { message: named.map(|message| message.get_ref().clone()), lasting })
    }

    /// A time that a case can last.
    fn time(&self, time: &Spanned<Time>) -> Result<Duration, FixtureError> {
        match time.get_ref().0 {
            time if time <= LONGEST => Ok(time),
            _ => Err(self.file.wrong(time, "expected a time of at most a day, 86400s")),
        }
    }

    fn message(&self, message: &Spanned<String>) -> Result<(), FixtureError> {
        self.known("message", message, self.terminal.messages().map(|(name, _)| name).collect())
    }

    fn reset(&self, reset: &Spanned<bool>, step: &RawStep) -> Result<Action, FixtureError> {
        match reset.get_ref() {
            true => Ok(Action::Reset { state: self.state(step)? }),
            false => Err(self.file.wrong(reset, "expected `reset = true`, or no such step")),
        }
    }

    fn state(&self, step: &RawStep) -> Result<Option<String>, FixtureError> {
        let Some(state) = &step.state else { return Ok(None) };
        self.known("life state", state, LIFE_STATES.to_vec())?;
        Ok(Some(state.get_ref().clone()))
    }

    fn network(&self, name: &Spanned<String>) -> Result<Action, FixtureError> {
        known_fixture(self.fixtures, self.file, "networks", name)?;
        networks::for_modem(self.fixtures, self.file, name, self.modem)?;
        Ok(Action::Network(name.get_ref().clone()))
    }

    fn line(&self, to: &Spanned<LineTo>) -> Result<Action, FixtureError> {
        match to.get_ref().obstacle() {
            Some(message) => Err(self.file.wrong(to, message)),
            None => Ok(Action::Line(*to.get_ref())),
        }
    }

    fn printer(&self, state: &Spanned<PrinterState>) -> Result<Action, FixtureError> {
        match state.get_ref() {
            PrinterState::PaperOutAfter(0) => Err(self
                .file
                .wrong(state, "expected at least one line; a printer without paper is `\"paper-out\"`")),
            state => Ok(Action::Printer(*state)),
        }
    }

    fn expectation(&self, raw: RawExpect, place: String) -> Result<Expectation, FixtureError> {
        if let Some(took) = &raw.took
            && took.get_ref().at_least > took.get_ref().at_most
        {
            return Err(self.file.wrong(took, "expected `at-least` to be no more than `at-most`"));
        }
        if let Some(rotation) = &raw.rotation
            && !rotation.get_ref().looks_at_both()
        {
            return Err(self
                .file
                .wrong(rotation, "expected at least one message on either side of the rotation"));
        }
        raw.screen.as_ref().map_or(Ok(()), |message| self.message(message))?;
        if let Some(message) =
            raw.host.iter().find(|message| !message.get_ref().fields.keys().all(|l| is_label(l)))
        {
            return Err(self
                .file
                .wrong(message, "expected fields from 2 to 64 or parts of them, as in `60.3`"));
        }
        let host = raw.host.into_iter().map(Spanned::into_inner).map(|message| MessagePattern {
            mti: Pattern::new(message.mti),
            fields: message.fields.into_iter().map(|(label, value)| (label, Pattern::new(value))).collect(),
            judged: message.judged.map(|judged| Pattern::new(judged.into_inner())),
        });
        Ok(Expectation {
            place,
            host_messages: raw.host_messages,
            host: host.collect(),
            keys: raw.keys.map(Spanned::into_inner),
            screen: raw.screen.map(Spanned::into_inner),
            books: raw.books.map(Spanned::into_inner),
            rotation: raw.rotation.map(Spanned::into_inner),
            took: raw
                .took
                .map(|took| Took { at_least: took.get_ref().at_least.0, at_most: took.get_ref().at_most.0 }),
            snapshots: raw.snapshot.into_iter().map(Spanned::into_inner).collect(),
        })
    }

    pub(super) fn known(
        &self,
        kind: &str,
        name: &Spanned<String>,
        known: Vec<&str>,
    ) -> Result<(), FixtureError> {
        if known.contains(&name.get_ref().as_str()) {
            return Ok(());
        }
        Err(self.file.wrong(name, &unknown(kind, name.get_ref(), &known)))
    }
}

/// The kind of modem that a terminal uses, by its record.
fn access(terminal: &TerminalFixture) -> Option<Capability> {
    let record = terminal.record()?;
    match record.get(RecordKey::Access.name())? {
        word if word == Access::Line.word() => Some(Capability::LineModem),
        _ => Some(Capability::CellularModem),
    }
}

/// Whether a message can have a field, or a part of one, of this label.
fn is_label(label: &str) -> bool {
    let field = label.split('.').next().unwrap_or(label);
    match field.parse::<u8>() {
        // Tags of field 55 that look like numbers, such as 95, are above every field's.
        Ok(number) => (2..=64).contains(&number) || (80..=99).contains(&number),
        // A part that is known by its tag, as in `A2 01` or `9F26`.
        Err(_) => !field.is_empty() && !field.bytes().all(|b| b.is_ascii_digit()),
    }
}

/// The host of a world: a fixture's name, or the address of a real one.
fn known_host(
    fixtures: &Fixtures,
    file: &FixtureFile,
    name: &Spanned<String>,
) -> Result<String, FixtureError> {
    match HostAddress::named(name.get_ref()) {
        Some(Err(message)) => return Err(file.wrong(name, &message)),
        Some(Ok(_)) => {}
        None => known_fixture(fixtures, file, "acquirers", name)?,
    }
    Ok(name.get_ref().clone())
}

pub(super) fn known_fixture(
    fixtures: &Fixtures,
    file: &FixtureFile,
    kind: &str,
    name: &Spanned<String>,
) -> Result<(), FixtureError> {
    let known = fixtures.names(kind);
    if known.contains(name.get_ref()) {
        return Ok(());
    }
    let known: Vec<_> = known.iter().map(String::as_str).collect();
    Err(file.wrong(name, &unknown(&format!("file of fixtures/{kind}"), name.get_ref(), &known)))
}

fn unknown(kind: &str, name: &str, known: &[&str]) -> String {
    match nearest(name, known) {
        Some(near) => format!("unknown {kind} `{name}`; did you mean `{near}`?"),
        None => format!("unknown {kind} `{name}`; expected one of {}", known.join(", ")),
    }
}
