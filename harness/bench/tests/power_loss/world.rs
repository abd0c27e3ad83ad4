//! What is around the terminal: its host, its modem, and a person at the panel.

use std::{fmt, future::Future, io, path::Path, pin::Pin, sync::Arc, time::Duration};

use payrig_acquirer::{Acquirer, Device, Judgement};
use payrig_bench::Fixtures;
use payrig_iso8583::Dialect;
use payrig_keys::{Family, Key, wrap_tmk};
use payrig_network::{BoxStream, Modem, Uplink};
use payrig_operator::{BootLine, Operator, ProvisioningRecord, Screen, TerminalFixture};
use payrig_rig::{Board, BoxLine, Lines, qemu::QemuBoard};
use tokio::{
    io::{AsyncReadExt, duplex},
    task::{JoinHandle, spawn_local},
};

use crate::{
    fault::{Fault, check},
    rig::Site,
};

/// How long anything may take on a machine that is busy with other boards.
const LIMIT: Duration = Duration::from_secs(300);

/// A TMK that is no other fixture's.
const OTHER_TMK: [u8; 16] =
    [0x13, 0x57, 0x9B, 0xDF, 0x02, 0x46, 0x8A, 0xCE, 0xFD, 0xB9, 0x75, 0x31, 0xEC, 0xA8, 0x64, 0x20];

/// The fixtures that all worlds here are made of.
pub struct Parts {
    fixtures: Fixtures,
    pub terminal: Arc<TerminalFixture>,
    dialect: Arc<Dialect>,
    /// The TMK of the fixture, and the one that a key record brings.
    pub tmk: Key,
    pub other_tmk: Key,
}

impl Parts {
    pub fn load() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures");
        let fixtures = Fixtures::open(&root).unwrap();
        let terminal = fixtures.terminal("keyed").unwrap();
        let dialect = fixtures.dialect("cup").unwrap();
        let tmk = terminal.tmk().unwrap().clone();
        let other_tmk = Key::new(Family::Des, &OTHER_TMK).unwrap();
        Self { fixtures, terminal, dialect, tmk, other_tmk }
    }

    /// The record that brings a blank terminal its identity and its TMK.
    pub fn record(&self) -> Result<ProvisioningRecord, Fault> {
        Ok(self.terminal.record().ok_or("the fixture has no record")?)
    }

    /// The record that brings the other TMK.
    pub fn key_record(&self) -> ProvisioningRecord {
        let wrapped = wrap_tmk(self.terminal.factory_key(), &self.other_tmk).unwrap();
        ProvisioningRecord::new()
            .with("tmk", &hex::encode_upper(wrapped))
            .with("tmk-kcv", &self.other_tmk.kcv().to_string())
    }

    /// A host that knows the terminal by this TMK. Hosts of different seeds issue different keys.
    pub fn host(&self, tmk: &Key, seed: u64) -> Result<Host, Fault> {
        let terminal = &self.terminal;
        let device = Device {
            device_id: terminal.device_id().into(),
            serial: terminal.serial().into(),
            terminal_id: terminal.terminal_id().into(),
            merchant_id: terminal.merchant_id().into(),
            factory_key: terminal.factory_key().clone(),
            tmk: tmk.clone(),
        };
        let profile = self.fixtures.acquirer("cup")?;
        let acquirer = Acquirer::new((*profile).clone(), self.dialect.clone(), vec![device], seed);
        Ok(Host { acquirer, dialect: self.dialect.clone() })
    }

    /// Powers a board's terminal, with a modem of its own that reaches `host`.
    pub async fn power_on<'p>(&'p self, site: &Site, host: &Host) -> Result<Terminal<'p>, Fault> {
        let mut board = site.board()?;
        let Lines { panel, modem, slot, antenna, front_end } = board.power_on().await?;
        let network = self.fixtures.network("cellular-normal")?;
        let mut module = Modem::new(network, Arc::new(ToHost(host.acquirer.clone())), 1);
        let mut tasks = vec![spawn_local(async move {
            let _ = module.serve(modem).await;
        })];
        tasks.extend([slot, antenna, front_end].map(|line| spawn_local(listen(line))));
        let operator = Operator::attach(panel);
        let boot = operator.next_boot(LIMIT).await?;
        Ok(Terminal { board, operator, boot, fixture: &self.terminal, tasks })
    }
}

/// The host, and what it was asked.
pub struct Host {
    pub acquirer: Acquirer,
    dialect: Arc<Dialect>,
}

/// A sign-on as the host saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Field 11.
    pub stan: u32,
    /// Field 60.2.
    pub batch: String,
}

impl Host {
    /// The requests so far; an error where the host refused one.
    pub fn requests(&self) -> Result<Vec<Request>, Fault> {
        let exchanges = self.acquirer.exchanges();
        exchanges
            .iter()
            .map(|exchange| {
                let Judgement::SignedOn { .. } = exchange.judgement else {
                    return Err(Fault(format!("the host: {}", exchange.judgement)));
                };
                let message = self.dialect.decode(&exchange.request)?.frame.message;
                let stan = message.text(11).ok_or("a request without field 11")?.parse()?;
                let batch = message.text(60).and_then(|text| text.get(2..8)).ok_or("no batch in field 60")?;
                Ok(Request { stan, batch: batch.into() })
            })
            .collect()
    }
}

/// What the terminal lets a person see of what it keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The boot line's word.
    pub state: String,
    /// The first screen's message, by its name in the fixture.
    pub screen: String,
    /// KCVs of TMK, PIK, MAK and TDK; empty on a terminal that has no menu, and so no key screen.
    pub keys: Vec<String>,
}

impl Shown {
    /// A terminal with the keys that the host has issued last.
    pub fn signed_on(tmk: &Key, host: &Host) -> Option<Self> {
        let issued = host.acquirer.issued().pop()?;
        let keys = [tmk.kcv().to_string(), issued.pik_kcv, issued.mak_kcv, issued.tdk_kcv];
        Some(Self { state: "signed-on".into(), screen: "menu".into(), keys: keys.into() })
    }

    /// A terminal with a TMK and no working keys.
    pub fn keyed(tmk: &Key) -> Self {
        let none = || payrig_bench::KeyScreen::NONE.to_owned();
        let keys = [tmk.kcv().to_string(), none(), none(), none()];
        Self { state: "keyed".into(), screen: "menu".into(), keys: keys.into() }
    }

    pub fn blank() -> Self {
        Self { state: "blank".into(), screen: "not-provisioned".into(), keys: Vec::new() }
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {} {}", self.state, self.screen, self.keys.join(" "))
    }
}

/// A terminal that is on.
pub struct Terminal<'p> {
    pub board: QemuBoard,
    pub operator: Operator,
    pub boot: BootLine,
    fixture: &'p TerminalFixture,
    tasks: Vec<JoinHandle<()>>,
}

impl Terminal<'_> {
    pub async fn press(&self, intent: &str) -> Result<(), Fault> {
        let keys = self.fixture.keys(intent).ok_or("no keys for this intent")?;
        Ok(self.operator.press(keys).await?)
    }

    pub async fn see(&self, message: &str) -> Result<Screen, Fault> {
        let id = self.fixture.message(message).ok_or("no such message")?;
        Ok(self.operator.see(id, LIMIT).await?)
    }

    /// Signs on from the menu; the screen that says so stays.
    pub async fn sign_on(&self) -> Result<Screen, Fault> {
        self.press("sign-on").await?;
        self.see("signed-on").await
    }

    /// Sends a record that the terminal takes; the screen that says so stays.
    pub async fn send(&self, record: &ProvisioningRecord) -> Result<Screen, Fault> {
        self.operator.send_record(record).await?;
        self.see("record-accepted").await
    }

    /// Opens a screen from the menu and goes back.
    async fn look_at(&self, intent: &str) -> Result<Screen, Fault> {
        self.press(intent).await?;
        let screen = self.see(intent).await?;
        self.press("any").await?;
        self.see("menu").await?;
        Ok(screen)
    }

    /// What it shows of what it keeps: the boot line, the first screen, the key screen.
    pub async fn shown(&self) -> Result<Shown, Fault> {
        let first = self.first_screen().await?;
        let screen = self.fixture.message_name(&first.message_id).unwrap_or(&first.message_id).to_owned();
        let keys = if screen == "menu" { self.keys().await? } else { Vec::new() };
        Ok(Shown { state: self.boot.state.clone(), screen, keys })
    }

    /// Its identity, which never changes, is on the device screen, which is opened from the menu.
    pub async fn check_identity(&self) -> Result<(), Fault> {
        let device = self.look_at("device").await?;
        for part in [self.fixture.device_id(), self.fixture.terminal_id(), self.fixture.merchant_id()] {
            check(device.rows.iter().any(|row| row.contains(part)), || {
                format!("the device screen has no {part}\n{device}")
            })?;
        }
        Ok(())
    }

    /// The screen after power-up (INTERFACE.md, section 2).
    async fn first_screen(&self) -> Result<Screen, Fault> {
        let names = ["menu", "not-provisioned", "key-store-failed", "journal-failed", "tampered"];
        let ids: Vec<_> = names.iter().filter_map(|name| self.fixture.message(name)).collect();
        Ok(self.operator.see_any(&ids, LIMIT).await?)
    }

    /// The KCVs of the key screen, which is opened from the menu.
    pub async fn keys(&self) -> Result<Vec<String>, Fault> {
        let screen = self.look_at("keys").await?;
        let kcv = |row: &String| row.rsplit(' ').next().unwrap_or_default().to_owned();
        Ok(screen.rows[2..6].iter().map(kcv).collect())
    }

    /// Cuts the power: the emulator is killed where it stands.
    pub async fn cut(mut self) -> Result<(), Fault> {
        self.board.power_off().await?;
        for task in self.tasks.drain(..) {
            task.abort();
        }
        Ok(())
    }
}

/// The way from the modem to the host.
struct ToHost(Acquirer);

impl Uplink for ToHost {
    fn open(&self, _: &str, _: u16) -> Pin<Box<dyn Future<Output = io::Result<BoxStream>> + Send + '_>> {
        Box::pin(async {
            let (near, far) = duplex(4096);
            let host = self.0.clone();
            tokio::spawn(async move { host.serve(far).await });
            Ok(Box::new(near) as BoxStream)
        })
    }
}

/// Reads a line to its end, so that the terminal never waits for a reader.
async fn listen(mut line: BoxLine) {
    let mut buffer = [0; 256];
    while let Ok(1..) = line.read(&mut buffer).await {}
}
