//! Plays a scenario's steps in a world, and looks for what must have come of them.

use std::time::Duration;

use payrig_operator::{Mark, NotSeen, Operator};
use tokio::time::Instant;

use super::{Action, KeysExpected, PowerTo, Scenario, SnapshotKind, Step, Switch};
use crate::{
    Finding, World,
    books::{Allowed, BooksExpected},
    keys_seen::{self, KeyHistory, KeysSeen},
    meaning, receipts,
    world::line_broke,
};

/// How long the terminal may take to come back to its menu.
const TO_THE_MENU: Duration = Duration::from_secs(10);

/// Plays `scenario` in `world`, from a terminal without power on.
pub(crate) async fn play(scenario: &Scenario, world: &mut World) -> Result<(), Finding> {
    let mut player = Player {
        world,
        cursor: Mark::default(),
        screens: String::new(),
        keys: KeyHistory::default(),
        books: String::new(),
    };
    player.begin(scenario).await?;
    let started = Instant::now();
    for step in &scenario.steps {
        player.at(step).await?;
    }
    let took = started.elapsed();
    player.expect(scenario, took).await
}

/// A scenario that is being played.
struct Player<'w> {
    world: &'w mut World,
    /// The screens from here on, and the one that was shown here, are what `see` looks at.
    cursor: Mark,
    /// Those that the steps have waited for.
    screens: String,
    keys: KeyHistory,
    /// The books at the end, as a table.
    books: String,
}

impl Player<'_> {
    /// Brings the terminal to where its fixture says that it is.
    async fn begin(&mut self, scenario: &Scenario) -> Result<(), Finding> {
        self.world.power_on().await?;
        if self.world.has_record() {
            self.world.provision().await?;
        }
        let looks = scenario.steps.iter().any(|step| matches!(step.action, Action::Keys(_)));
        if looks || scenario.expectation.keys.is_some() {
            let seen = KeysSeen::now(self.world).await;
            let seen = seen.inspect_err(|_| {
                self.world.failed_at(format!("{}: the first look at the keys", scenario.file))
            })?;
            self.keys.add(seen, None, &[])?;
        }
        self.now()
    }

    /// Does a step, until it is done or the card's reader is broken; a finding of it says where the step is written.
    async fn at(&mut self, step: &Step) -> Result<(), Finding> {
        let described = format!("{}: {}", step.place, step.action);
        self.world.note("step", &described);
        let broken = self.world.slot.breaks();
        let done = tokio::select! {
            biased;
            // Nothing that follows says anything of the terminal.
            why = broken => Err(Finding::Rig(why)),
            done = self.step(&step.action) => done,
        };
        done.inspect_err(|_| self.world.failed_at(described))
    }

    async fn step(&mut self, action: &Action) -> Result<(), Finding> {
        match action {
            Action::Do(intent) => self.intent(intent).await,
            Action::Press { names, keys } => self.press(names, keys.as_str()).await,
            Action::See { message, within, text } => self.see(message, *within, text.as_deref()).await,
            Action::SeeNot { message, lasting } => self.see_not(message.as_deref(), *lasting).await,
            Action::Wait(time) => {
                tokio::time::sleep(*time).await;
                Ok(())
            }
            Action::Power { to: PowerTo::Cut, .. } => self.world.cut_power().await,
            Action::Power { to: PowerTo::On, state } => {
                let boot = self.world.power_on().await?;
                self.booted(&boot.state, state.as_deref())
            }
            Action::Reset { state } => {
                let boot = self.world.reset().await?;
                self.booted(&boot.state, state.as_deref())
            }
            Action::Network(name) => self.world.set_network(name),
            Action::Line(to) => {
                self.world.set_line(to);
                Ok(())
            }
            Action::Acquirer { name, behaviour } => {
                self.world.note("acquirer", name);
                let real = || Finding::Rig("a real host cannot be told how to behave".into());
                self.world.acquirer().ok_or_else(real)?.set_behaviour(behaviour.clone());
                Ok(())
            }
            Action::HostTmk { name, key } => self.world.set_host_tmk(name, key),
            Action::HostClock(clock) => self.world.set_host_clock(&clock.date, &clock.time),
            Action::Swipe { card, how } => {
                self.now()?;
                self.world.swipe(card, how).await
            }
            Action::Insert(how) => {
                self.now_if_on()?;
                self.world.insert(how).await
            }
            Action::Remove => {
                self.now_if_on()?;
                self.world.remove().await
            }
            Action::ChipRecord(record) => {
                self.now()?;
                self.world.note("chip-record", &record.to_string());
                self.world.send_record(&record.0).await
            }
            Action::Tamper(to) => self.world.tamper(*to == Switch::Open).await,
            Action::Printer(state) => {
                self.world.set_printer(*state);
                Ok(())
            }
            Action::Keys(expected) => self.look_at_keys(*expected).await,
        }
    }

    fn operator(&mut self) -> Result<&mut Operator, Finding> {
        self.world.operator()
    }

    /// What is looked for comes from now on.
    fn now(&mut self) -> Result<(), Finding> {
        self.cursor = self.operator()?.mark();
        Ok(())
    }

    /// The same; a terminal without power shows nothing to look for.
    fn now_if_on(&mut self) -> Result<(), Finding> {
        if self.world.operator.is_some() { self.now() } else { Ok(()) }
    }

    fn booted(&mut self, state: &str, expected: Option<&str>) -> Result<(), Finding> {
        self.cursor = self.operator()?.mark_of_boot();
        match expected {
            Some(expected) if expected != state => Err(Finding::terminal(format!(
                "expected a boot in state `{expected}`, the boot line says `{state}`"
            ))),
            _ => Ok(()),
        }
    }

    async fn intent(&mut self, intent: &str) -> Result<(), Finding> {
        self.world.go_to_menu(TO_THE_MENU).await?;
        self.now()?;
        self.world.press(intent).await
    }

    async fn press(&mut self, names: &str, keys: &str) -> Result<(), Finding> {
        self.now()?;
        self.world.note("press", names);
        self.operator()?.press(keys).await.map_err(line_broke)
    }

    async fn see(&mut self, message: &str, within: Duration, text: Option<&str>) -> Result<(), Finding> {
        let id = self.world.message_id(message)?;
        let cursor = self.cursor;
        let found = self.operator()?.see_from(cursor, &id, text, within).await;
        let (screen, cursor) = found.map_err(|not_seen| self.not_seen(message, text, &not_seen))?;
        self.cursor = cursor;
        let shown = format!("see {message}\n{screen}\n");
        let scrubbed = self.world.secrets().scrub(&shown);
        self.screens.push_str(&keys_seen::named(&scrubbed, &self.world.host.issued()));
        if scrubbed != shown {
            return Err(Finding::terminal(format!(
                "the screen shows what must be masked; its token stands here instead:\n{scrubbed}"
            )));
        }
        Ok(())
    }

    async fn see_not(&mut self, message: Option<&str>, lasting: Duration) -> Result<(), Finding> {
        let unwanted = message.map(|message| self.world.message_id(message)).transpose()?;
        if let Some(id) = &unwanted
            && self.operator()?.screen().message_id == *id
        {
            let screen = self.operator()?.screen();
            return Err(Finding::terminal(format!(
                "expected that this does not come, but it is shown:\n{screen}"
            )));
        }
        tokio::time::sleep(lasting).await;
        let cursor = self.cursor;
        let came = self.operator()?.seen_since(cursor);
        let found = came.iter().find(|seen| unwanted.as_ref().is_none_or(|id| *id == seen.screen.message_id));
        match found {
            None => Ok(()),
            Some(seen) => {
                let what =
                    message.map_or("nothing new".into(), |message| format!("anything but `{message}`"));
                Err(Finding::terminal(format!("expected {what}, but this came:\n{}", seen.screen)))
            }
        }
    }

    async fn look_at_keys(&mut self, expected: KeysExpected) -> Result<(), Finding> {
        let seen = KeysSeen::now(self.world).await?;
        let how = self.keys.add(seen, Some(expected), &self.world.host.issued())?;
        self.world.note(&format!("keys {expected}"), &how);
        self.now()
    }

    async fn look_at_books(&mut self, expected: BooksExpected) -> Result<(), Finding> {
        if self.world.is_tampered()? {
            let message =
                "the terminal shows no records once it was tampered with: the books cannot be compared";
            return Err(Finding::Missing(message.into()));
        }
        let books = self.world.books().await?;
        self.books = books.table();
        self.world.note("books", &self.books);
        let allowed =
            Allowed { in_doubt: expected.in_doubt.is_some(), open_but_reversed: expected.open.is_some() };
        let tally = books.compare(allowed).map_err(|found| {
            let found: Vec<_> = found.iter().map(|one| format!("- {one}")).collect();
            Finding::terminal(format!("the books do not agree:\n{}\n{}", found.join("\n"), self.books))
        })?;
        expected.hold(tally).map_err(|finding| Finding::terminal(format!("{finding}\n{}", self.books)))
    }

    /// Why a message was not seen, with the panel's names for what was.
    fn not_seen(&mut self, message: &str, text: Option<&str>, not_seen: &NotSeen) -> Finding {
        let named = |id: &str| match self.world.terminal.message_name(id) {
            Some(name) => format!("`{name}` ({id})"),
            None if id.is_empty() => "a screen without a message id".into(),
            None => format!("{id}, which the panel's fixture does not name"),
        };
        let reading = text.map_or_else(String::new, |text| format!(" with a row that reads `{text}`"));
        let wanted = not_seen.expected.join(" or ");
        let shown = named(&not_seen.shown.message_id);
        let how = if not_seen.line_closed { "; the panel line closed" } else { "" };
        let since =
            not_seen.shown_for.map_or_else(String::new, |time| format!(" for {:.1} s", time.as_secs_f64()));
        let passed: Vec<_> = not_seen.passed.iter().map(|id| named(id)).collect();
        let passed = if passed.is_empty() { "none".to_owned() } else { passed.join(", ") };
        Finding::terminal(format!(
            "expected the message `{message}` ({wanted}){reading} within {:?}; the terminal has shown {shown}{since}{how}:\n{}\n\
             screens that came meanwhile: {passed}",
            not_seen.within, not_seen.shown
        ))
    }

    async fn expect(&mut self, scenario: &Scenario, took: Duration) -> Result<(), Finding> {
        let expected = &scenario.expectation;
        let mut of = "screen";
        let result = async {
            if let Some(message) = &expected.screen {
                self.shown_at_the_end(message).await?;
            }
            of = "keys";
            if let Some(keys) = expected.keys {
                self.look_at_keys(keys).await?;
            }
            of = "books";
            if let Some(books) = expected.books {
                self.look_at_books(books).await?;
            }
            of = "host-messages";
            self.count_messages(expected.host_messages)?;
            of = "host";
            meaning::expect_messages(&self.world.dialect, &self.world.host, &expected.host)?;
            of = "rotation";
            expected.rotation.map_or(Ok(()), |rotation| rotation.hold(&self.world.key_usage()))?;
            of = "took";
            expected.took.map_or(Ok(()), |bounds| bounds.hold(took))?;
            of = "snapshot";
            self.snapshots(&expected.snapshots)
        }
        .await;
        result.inspect_err(|_| self.world.failed_at(format!("{}: [expect] {of}", expected.place)))
    }

    /// The message is shown, or comes soon: the last step may have led to it just now.
    async fn shown_at_the_end(&mut self, message: &str) -> Result<(), Finding> {
        let id = self.world.message_id(message)?;
        let now = self.operator()?.mark();
        let seen = self.operator()?.see_from(now, &id, None, TO_THE_MENU).await;
        let screen = self.operator()?.screen();
        if seen.is_ok() && screen.message_id == id {
            return Ok(());
        }
        Err(Finding::terminal(format!("expected `{message}` at the end, but the terminal shows:\n{screen}")))
    }

    fn count_messages(&mut self, expected: Option<usize>) -> Result<(), Finding> {
        let came = self.world.host.requests();
        match expected {
            Some(expected) if expected != came => {
                Err(Finding::terminal(format!("expected {expected} messages to the host, {came} came")))
            }
            _ => Ok(()),
        }
    }

    /// All of them are looked at, so that one review is enough; the first that differs is told.
    fn snapshots(&mut self, kinds: &[SnapshotKind]) -> Result<(), Finding> {
        let results: Vec<_> = kinds.iter().map(|kind| self.snapshot(*kind)).collect();
        results.into_iter().collect()
    }

    fn snapshot(&mut self, kind: SnapshotKind) -> Result<(), Finding> {
        let content = match kind {
            SnapshotKind::Screen => self.screens.clone(),
            SnapshotKind::Modem => payrig_network::dialogue(&self.world.modem().transcript()),
            SnapshotKind::Host => meaning::of_exchanges(&self.world.dialect, &self.world.host),
            SnapshotKind::Receipt => {
                let labels = self.world.terminal.receipt_labels();
                self.world.secrets().scrub_numbers(&receipts::meaning(&self.world.receipts(), labels))
            }
            SnapshotKind::Books => self.books.clone(),
            SnapshotKind::Slot => self.world.slot.log.text(),
            SnapshotKind::Keys => self.keys.meaning(&self.world.host.issued()),
        };
        self.world.check_snapshot(kind.word(), &content)
    }
}
