//! A terminal with its modem, its host, its front end and a person, in memory: of a world as little as thousands of attempts need.

use std::{
    future::Future,
    io,
    path::{Path, PathBuf},
    pin::Pin,
    sync::Arc,
    time::Duration,
};

use payrig_acquirer::Acquirer;
use payrig_card::{
    chip::emv::{IssuedCard, ProfileCard},
    stripe::Flux,
};
use payrig_network::{BoxStream, Modem, ModemHandle, NetworkProfile, Uplink};
use payrig_operator::{Operator, Screen};
use payrig_rig::{
    Board, BoxLine, LineName, Lines, Mishap,
    sim::{SimBoard, Stores},
};
use payrig_tape::{About, Lens, Secrets, Tape};
use tokio::{
    io::{AsyncReadExt, duplex},
    sync::mpsc,
    task::{JoinHandle, spawn_local},
    time::Instant,
};

use super::{
    Dialogue,
    stand::{SOON, Setting, Stand, keys, message_id},
    tap::Tap,
};
use crate::{
    Finding, Insertion, KeyScreen,
    chips::Inserted,
    front_end::FrontEnd,
    printer::SharedPrinter,
    slot::{CardKey, Slot},
    world::{check_leaks, line_broke, not_seen, record, register_key},
};

/// Puts something on the line between terminal and modem, anew at each boot: it is given the terminal's end.
pub type Between = Box<dyn Fn(BoxLine) -> BoxLine>;

/// Longer than any sign-on takes, whatever the network does: its steps have limits that come to less.
const SIGN_ON: Duration = Duration::from_secs(1800);
/// A connection's worth of buffering on either side.
const PIPE: usize = 4096;

/// A powered terminal and what is around it.
pub struct SmallWorld<'s> {
    stand: &'s Stand,
    board: SimBoard,
    operator: Option<Operator>,
    front_end: Option<FrontEnd>,
    printer: SharedPrinter,
    slot: Slot,
    acquirer: Acquirer,
    modem: ModemHandle,
    modem_lines: mpsc::UnboundedSender<BoxLine>,
    between: Option<Between>,
    seed: u64,
    tap: Tap,
    record: Option<Record>,
    tasks: Vec<JoinHandle<()>>,
}

/// What is kept on disk.
struct Record {
    folder: PathBuf,
    tape: Tape,
    /// Of the whole run: takes over the tape's.
    secrets: Secrets,
}

impl<'s> SmallWorld<'s> {
    pub(super) fn around(stand: &'s Stand, setting: Setting<'_>) -> Result<Self, Finding> {
        let record =
            setting.record.map(|(folder, secrets)| Record::begin(folder, secrets, stand)).transpose()?;
        let acquirer = Acquirer::new(
            (*stand.acquirer).clone(),
            stand.dialect.clone(),
            vec![stand.device.clone()],
            setting.seed,
        );
        let uplink = ToHost {
            acquirer: acquirer.clone(),
            known: Some(stand.terminal.host_address()).filter(|(host, _)| !host.is_empty()),
            tape: record.as_ref().map(|record| record.tape.clone()),
        };
        let modem = Modem::new(setting.network, Arc::new(uplink), setting.seed);
        let mut modem = modem.with_variant(setting.seed);
        let handle = modem.handle();
        let (modem_lines, mut lines) = mpsc::unbounded_channel::<BoxLine>();
        let serving = spawn_local(async move {
            while let Some(line) = lines.recv().await {
                // The line ends when the terminal loses power; the module keeps its own.
                let _ = modem.serve(line).await;
            }
        });
        let (slot, telling) = Slot::new(None);
        Ok(Self {
            stand,
            board: SimBoard::with_stores(&stand.stores),
            operator: None,
            front_end: None,
            printer: SharedPrinter::default(),
            slot,
            acquirer,
            modem: handle,
            modem_lines,
            between: setting.between,
            seed: setting.seed,
            tap: Tap::default(),
            record,
            tasks: vec![serving, spawn_local(telling)],
        })
    }

    /// Powers the terminal and waits for its menu.
    ///
    /// # Errors
    /// A terminal that shows something else.
    pub async fn power_on(&mut self) -> Result<(), Finding> {
        self.note("power", "on");
        let Lines { panel, modem, slot, antenna, front_end } = self.board.power_on().await?;
        let modem = self.tap.wrap(self.taped(LineName::Modem, Lens::Binary, modem));
        let modem = match &self.between {
            Some(between) => between(modem),
            None => modem,
        };
        // The modem's task ends with the world; until then it takes each boot's line.
        let _ = self.modem_lines.send(modem);
        self.tasks.push(spawn_local(listen(antenna)));
        self.tasks.push(spawn_local(self.slot.serve(slot)));
        let (front_end, printing) = FrontEnd::attach(front_end, self.printer.clone());
        self.slot.set_front_end(Some(front_end.clone()));
        self.front_end = Some(front_end);
        self.tasks.push(spawn_local(printing));
        let panel = self.taped(LineName::Panel, Lens::Text, panel);
        self.operator = Some(Operator::attach(panel));
        self.see("menu").await?;
        if self.slot.is_taken() { self.tell_of_card(true).await } else { Ok(()) }
    }

    /// Cuts the terminal's power; the modem keeps its own.
    ///
    /// # Errors
    /// A terminal that has crashed.
    pub async fn cut_power(&mut self) -> Result<(), Finding> {
        self.note("power", "cut");
        self.board.power_off().await?;
        self.operator = None;
        self.front_end = None;
        self.slot.set_front_end(None);
        self.check()
    }

    /// Signs on from the menu, or from a screen that any key leads away from, and waits for what comes of it: the message's name, and
    /// the screen.
    ///
    /// # Errors
    /// A terminal that shows no message that says so.
    pub async fn sign_on(&mut self) -> Result<(String, Screen), Finding> {
        self.go_to_menu().await?;
        self.press("sign-on").await?;
        let terminal = &self.stand.terminal;
        let on_the_way = ["menu", "signing-on"];
        let outcomes: Vec<_> =
            terminal.messages().filter(|(name, _)| !on_the_way.contains(name)).map(|(_, id)| id).collect();
        let seen = self.operator()?.see_any(&outcomes, SIGN_ON).await;
        self.check()?;
        let screen = seen.map_err(not_seen)?;
        let name = terminal.message_name(&screen.message_id).unwrap_or_default();
        Ok((name.to_owned(), screen))
    }

    /// What the terminal shows of its keys.
    ///
    /// # Errors
    /// A terminal that does not show them.
    pub async fn key_screen(&mut self) -> Result<KeyScreen, Finding> {
        self.go_to_menu().await?;
        self.press("keys").await?;
        KeyScreen::read(&self.see("keys").await?)
    }

    /// Goes to the menu, from it or from a screen that any key leads away from.
    ///
    /// # Errors
    /// A terminal that does not show its menu.
    pub async fn go_to_menu(&mut self) -> Result<(), Finding> {
        if self.operator()?.screen().message_id != message_id(&self.stand.terminal, "menu")? {
            self.press("any").await?;
            self.see("menu").await?;
        }
        Ok(())
    }

    /// Swipes a card. No record is kept of its flux.
    ///
    /// # Errors
    /// A terminal that is off.
    pub async fn swipe(&self, flux: &Flux) -> Result<(), Finding> {
        let front_end = self.front_end.as_ref();
        let front_end =
            front_end.ok_or_else(|| Finding::Rig("the terminal is off: no card is read".into()))?;
        front_end.swipe(flux).await.map_err(line_broke)
    }

    /// Puts a chip card into the slot, one that has no history. No record is kept of what it says.
    ///
    /// # Errors
    /// A terminal that is off, or a slot that holds a card already.
    pub async fn insert(&mut self, card: &Arc<IssuedCard>, how: &Insertion) -> Result<(), Finding> {
        self.slot.insertions += 1;
        let inserted = Inserted::new(self.slot.insertions, self.seed, how, false);
        let key = CardKey { card: how.card.clone(), faults: how.faults.clone() };
        let card = Box::new(ProfileCard::new(Arc::clone(card), inserted.seed));
        if !self.slot.insert(key, card, inserted.settings) {
            return Err(Finding::Rig("a card is in the slot already: take it out before".into()));
        }
        self.tell_of_card(true).await
    }

    /// Takes the card out of the slot, if one is in.
    ///
    /// # Errors
    /// A front end whose line broke.
    pub async fn remove(&mut self) -> Result<(), Finding> {
        if self.slot.remove().await { self.tell_of_card(false).await } else { Ok(()) }
    }

    async fn tell_of_card(&self, is_in: bool) -> Result<(), Finding> {
        match &self.front_end {
            Some(front_end) => front_end.contact_card(is_in).await.map_err(line_broke),
            None => Ok(()),
        }
    }

    /// Presses keys, as they go over the line.
    ///
    /// # Errors
    /// A terminal that is off.
    pub async fn type_keys(&self, keys: &str) -> Result<(), Finding> {
        self.operator()?.press(keys).await.map_err(line_broke)
    }

    /// Waits for one of these messages; its screen.
    ///
    /// # Errors
    /// None of them comes, or the terminal has crashed.
    pub async fn see_any(&mut self, messages: &[&str], within: Duration) -> Result<Screen, Finding> {
        let ids: Result<Vec<_>, _> =
            messages.iter().map(|name| message_id(&self.stand.terminal, name)).collect();
        let seen = self.operator()?.see_any(&ids?, within).await;
        self.check()?;
        seen.map_err(not_seen)
    }

    /// Puts another network in force.
    pub fn set_network(&self, network: NetworkProfile) {
        self.note("network", &network.title);
        self.modem.set_profile(network);
    }

    /// The host.
    #[must_use]
    pub fn acquirer(&self) -> &Acquirer {
        &self.acquirer
    }

    /// What went over the modem's line since this was asked the last time, without what is a matter of timing.
    #[must_use]
    pub fn take_dialogue(&self) -> Dialogue {
        Dialogue::of(&self.tap.take())
    }

    /// What the terminal keeps; its power is cut for that.
    pub(super) async fn stores(&mut self) -> Result<Stores, Finding> {
        self.cut_power().await?;
        Ok(self.board.stores())
    }

    /// Cuts the power, ends the actors and closes the record. A terminal that has crashed outweighs `result`.
    pub(super) async fn close<T>(mut self, result: Result<T, Finding>) -> Result<T, Finding> {
        let checked = self.cut_power().await;
        for task in self.tasks.drain(..) {
            task.abort();
            if let Err(error) = task.await
                && let Ok(panic) = error.try_into_panic()
            {
                return Err(Finding::panicked("actor of a line", &*panic));
            }
        }
        let result = checked.and(result);
        if let Some(record) = self.record {
            let verdict = result.as_ref().map_or_else(ToString::to_string, |_| "ended".into());
            record.finish(&verdict, &self.acquirer)?;
        }
        result
    }

    fn taped(&self, name: LineName, lens: Lens, line: BoxLine) -> BoxLine {
        match &self.record {
            Some(record) => Box::new(record.tape.line(name.word(), lens).wrap(line)),
            None => line,
        }
    }

    fn note(&self, kind: &str, text: &str) {
        if let Some(record) = &self.record {
            record.tape.note(kind, text);
        }
    }

    fn operator(&self) -> Result<&Operator, Finding> {
        self.operator
            .as_ref()
            .ok_or_else(|| Finding::Rig("the terminal is off: no operator can use it".into()))
    }

    async fn press(&self, intent: &str) -> Result<(), Finding> {
        self.note("press", intent);
        self.operator()?.press(keys(&self.stand.terminal, intent)?).await.map_err(line_broke)
    }

    async fn see(&mut self, message: &str) -> Result<Screen, Finding> {
        let id = message_id(&self.stand.terminal, message)?;
        let seen = self.operator()?.see(id, SOON).await;
        self.check()?;
        seen.map_err(not_seen)
    }

    /// A terminal that has crashed: that outweighs what was seen of it.
    fn check(&mut self) -> Result<(), Finding> {
        match self.board.mishap() {
            None => Ok(()),
            Some(Mishap::Terminal(why)) => Err(Finding::Terminal(why)),
            Some(Mishap::Rig(why)) => Err(Finding::Rig(why)),
        }
    }
}

impl Record {
    fn begin(folder: &Path, secrets: &Secrets, stand: &Stand) -> Result<Self, Finding> {
        let about = About { case: "diagnosis".into(), rig: "sim".into() };
        let tape = Tape::create_for(folder, Instant::now(), &about).map_err(record)?;
        for (name, key) in stand.terminal.secret_keys() {
            register_key(&tape, &name, key.bytes(), key.kcv())?;
        }
        Ok(Self { folder: folder.to_owned(), tape, secrets: secrets.clone() })
    }

    fn finish(self, verdict: &str, acquirer: &Acquirer) -> Result<(), Finding> {
        for issued in acquirer.issued() {
            for (name, key) in issued.secrets() {
                register_key(&self.tape, &name.replace(' ', "-"), key.bytes(), key.kcv())?;
            }
        }
        self.secrets.absorb(self.tape.secrets());
        self.tape.note("verdict", verdict);
        self.tape.finish().map(drop).map_err(record)?;
        check_leaks(&self.folder, self.tape.secrets())
    }
}

/// The way from the modem to the host: by the address only that the terminal has for it, if it has one.
struct ToHost {
    acquirer: Acquirer,
    known: Option<(String, u16)>,
    tape: Option<Tape>,
}

impl Uplink for ToHost {
    fn open(
        &self,
        host: &str,
        port: u16,
    ) -> Pin<Box<dyn Future<Output = io::Result<BoxStream>> + Send + '_>> {
        let known = self.known.as_ref().is_none_or(|known| known.0 == host && known.1 == port);
        Box::pin(async move {
            if !known {
                return Err(io::ErrorKind::ConnectionRefused.into());
            }
            let (near, far) = duplex(PIPE);
            let acquirer = self.acquirer.clone();
            // A connection that breaks is seen by both ends.
            match &self.tape {
                Some(tape) => {
                    let far = tape.line("host", Lens::Frames).wrap(far);
                    tokio::spawn(async move { drop(acquirer.serve(far).await) })
                }
                None => tokio::spawn(async move { drop(acquirer.serve(far).await) }),
            };
            Ok(Box::new(near) as BoxStream)
        })
    }
}

/// Reads a line to its end, so that the terminal never waits for a reader.
async fn listen(mut line: BoxLine) {
    let mut buffer = [0; 256];
    while let Ok(1..) = line.read(&mut buffer).await {}
}
