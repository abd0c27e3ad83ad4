//! An action of the terminal, store by store.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use payrig_rig::Board;
use tokio::task::spawn_blocking;

use crate::{
    fault::{Fault, check},
    memory::{Memory, Part, Store},
    probe::StoreProbe,
    rig::{Rig, Site},
    start::Start,
    world::{Host, Parts, Request, Shown, Terminal},
};

/// Draws the keys that the host issues in the action.
const SEED: u64 = 11;
/// How often an action is begun anew for which the terminal needed two tries: it was halted again and again, on a machine that may be busy.
const ATTEMPTS: usize = 3;
/// The batch that a host gives first.
const NEW_BATCH: &str = "000001";

/// What the terminal is doing when its power is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// The STAN into the journal, then the working keys.
    SignOn,
    /// Another TMK, without working keys.
    KeyRecord,
    /// The parameters into the journal, the keys into the key store.
    FactoryRecord,
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SignOn => "sign-on",
            Self::KeyRecord => "key record",
            Self::FactoryRecord => "factory record",
        })
    }
}

/// An action on copies of one terminal.
#[derive(Clone, Copy)]
pub struct Scene<'a> {
    pub rig: &'a Rig,
    pub parts: &'a Parts,
    pub start: &'a Start,
    pub action: Action,
}

/// What the terminal did, from the boot before it.
pub struct Recording {
    /// The number of the boot.
    pub boot: u32,
    /// The memory before the action.
    pub before: Memory,
    /// Every store that the action made, in order.
    pub stores: Vec<Store>,
    /// What the terminal shows once the action is done.
    pub new: Shown,
    /// The batch once the action is done.
    pub new_batch: String,
    /// What the host was asked.
    pub requests: Vec<Request>,
}

impl Recording {
    /// The memory that a power cut behind `point` stores leaves.
    pub fn memory(&self, point: usize) -> Memory {
        self.before.clone().after(&self.stores[..point])
    }

    /// The store before which a power cut behind `point` stores falls.
    pub fn next(&self, point: usize) -> Option<Store> {
        self.stores.get(point).copied()
    }

    /// Whether the store behind `point` goes into the journal.
    pub fn goes_to_the_journal(&self, point: usize) -> bool {
        self.next(point).is_some_and(|store| store.part() == Part::Journal)
    }

    /// Whether the store behind `point` goes into another part of the memory than the one before it.
    pub fn is_border(&self, point: usize) -> bool {
        let before = point.checked_sub(1).and_then(|last| self.next(last));
        before.map(Store::part) != self.next(point).map(Store::part)
    }

    /// Behind how many stores another terminal begins to make others.
    fn alike(&self, stores: &[Store]) -> usize {
        stores.iter().zip(&self.stores).take_while(|(again, before)| again == before).count()
    }

    /// Whether the terminal stores another STAN where it had its keys: it tries once more.
    fn is_second_try(&self, stores: &[Store]) -> bool {
        let at = self.alike(stores);
        let part = |store: Option<&Store>| store.map(|store| store.part());
        part(self.stores.get(at)) == Some(Part::KeyStore) && part(stores.get(at)) == Some(Part::Journal)
    }

    /// How the stores of another terminal differ from these.
    fn another(&self, stores: &[Store]) -> String {
        let told = |stores: &[Store], at: usize| {
            stores.get(at).map_or("none".into(), |store| format!("{store} = {:#04x}", store.byte))
        };
        let at = self.alike(stores);
        let (before, again) = (told(&self.stores, at), told(stores, at));
        format!(
            "of the terminal's {} stores this time number {at} is another: {again} instead of {before}",
            stores.len()
        )
    }

    /// What the host was asked before the power is cut behind `point` stores: the keys come with its answer.
    pub fn requests_before(&self, point: usize) -> &[Request] {
        let asked = self.stores[..point].iter().any(|store| store.part() == Part::KeyStore);
        if asked { &self.requests } else { &[] }
    }
}

impl Scene<'_> {
    /// Lets a copy of the terminal act, and halts it before each store. At each halt the battery file must hold the
    /// stores so far and no other change: it is what a power cut at this moment leaves.
    pub async fn record(&self) -> Result<Recording, Fault> {
        let wanted = usize::from(self.action == Action::SignOn);
        for _ in 0..ATTEMPTS {
            let recording = self.record_once().await?;
            if recording.requests.len() == wanted {
                return Ok(recording);
            }
        }
        Err(Fault(format!("{ATTEMPTS} times the host was asked otherwise than {wanted} times")))
    }

    async fn record_once(&self) -> Result<Recording, Fault> {
        let site = self.rig.copy(&self.start.site, &self.start.memory)?;
        let host = self.parts.host(&self.start.tmk, SEED)?;
        let (boot, before, stores) = self.act(&site, &host, usize::MAX).await?;
        let new = match self.action {
            Action::SignOn => {
                Shown::signed_on(&self.start.tmk, &host).ok_or("the host has issued no keys")?
            }
            Action::KeyRecord => Shown::keyed(&self.parts.other_tmk),
            Action::FactoryRecord => Shown::keyed(&self.start.tmk),
        };
        let old_batch = self.start.last.batch.clone();
        let new_batch = if self.action == Action::SignOn { NEW_BATCH.into() } else { old_batch };
        Ok(Recording { boot, before, stores, new, new_batch, requests: host.requests()? })
    }

    /// Cuts the power of a copy of the terminal behind `point` stores; the board that is left.
    pub async fn cut_behind(&self, recording: &Recording, point: usize) -> Result<Site, Fault> {
        let mut attempt = 1;
        loop {
            let site = self.rig.copy(&self.start.site, &self.start.memory)?;
            let host = self.parts.host(&self.start.tmk, SEED)?;
            let (_, _, stores) = self.act(&site, &host, point).await?;
            if attempt < ATTEMPTS && recording.is_second_try(&stores) {
                attempt += 1;
                continue;
            }
            check(stores == recording.stores[..point], || recording.another(&stores))?;
            let differs = recording.memory(point).differs_at(&site.memory()?);
            check(differs.is_none(), || {
                format!("the power cut has changed {:#x}", differs.unwrap_or_default())
            })?;
            return Ok(site);
        }
    }

    /// Boots the terminal and lets it act; its power is cut behind `count` stores, or at the end. The number of the
    /// boot, the memory before the action, and the stores.
    async fn act(&self, site: &Site, host: &Host, count: usize) -> Result<(u32, Memory, Vec<Store>), Fault> {
        let terminal = self.parts.power_on(site, host).await?;
        let first = if self.action == Action::FactoryRecord { "not-provisioned" } else { "menu" };
        terminal.see(first).await?;
        let before = site.memory()?;
        let boot = terminal.boot.boot;
        let (probe, stores) = self.halt_behind(site, &terminal, count, before.clone()).await?;
        terminal.cut().await?;
        // While there was a core, this would have let it go on.
        spawn_blocking(move || drop(probe)).await?;
        Ok((boot, before, stores))
    }

    async fn halt_behind(
        &self,
        site: &Site,
        terminal: &Terminal<'_>,
        count: usize,
        mut memory: Memory,
    ) -> Result<(StoreProbe, Vec<Store>), Fault> {
        let selector = terminal.board.probe_selector().ok_or("the board has no probe")?;
        let (chip, at, battery) = (self.rig.chip(), self.rig.store, site.battery.clone());
        let mut probe = spawn_blocking(move || StoreProbe::attach(&selector, &chip, at)).await??;
        let over = Arc::new(AtomicBool::new(false));
        let told = over.clone();
        let mut halting = spawn_blocking(move || {
            let stores = probe.pass(count, &told, |stores| {
                stores.last().into_iter().for_each(|store| memory.take(store));
                let differs = memory.differs_at(&Memory::read(&battery)?);
                check(differs.is_none(), || {
                    format!(
                        "{:#x} is not what {} stores made of it",
                        differs.unwrap_or_default(),
                        stores.len()
                    )
                })
            });
            (probe, stores)
        });
        let (probe, stores) = tokio::select! {
            halted = &mut halting => halted?,
            acted = self.perform(terminal) => {
                over.store(true, Ordering::Release);
                acted?;
                halting.await?
            }
        };
        Ok((probe, stores?))
    }

    async fn perform(&self, terminal: &Terminal<'_>) -> Result<(), Fault> {
        match self.action {
            Action::SignOn => terminal.sign_on().await?,
            Action::KeyRecord => terminal.send(&self.parts.key_record()).await?,
            Action::FactoryRecord => terminal.send(&self.parts.record()?).await?,
        };
        Ok(())
    }
}
