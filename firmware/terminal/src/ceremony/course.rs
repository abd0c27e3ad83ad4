//! The course of the ceremony: two components, their check values, the TMK's, one write, one record.

use embassy_time::{Duration, with_timeout};

use super::component::{Component, TypedKcv};
use super::record::CeremonyRecord;
use super::screens::{self, Custodian, Stopped};
use crate::app::Terminal;
use crate::crypto::kcv::Kcv;
use crate::crypto::keys::Key16;
use crate::detail::Detail;
use crate::diagnosis::{Cause, Diagnosis};
use crate::panel::keypad::Key;
use crate::panel::messages;
use crate::panel::screen::Screen;
use crate::panel::texts::ceremony::{CEREMONY, OF_32_DIGITS, OF_COMPONENT, TMK_LOADED};
use crate::ports::Hardware;
use crate::receipt::printer::PrinterTrouble;
use crate::stores::StoreFault;

/// How long an entry waits for a key.
const PATIENCE: Duration = Duration::from_secs(120);

/// The check values of a ceremony that loaded a TMK.
struct Loaded {
    components: [Kcv; 2],
    tmk: Kcv,
}

/// Why the old TMK is kept.
enum Ended {
    Stopped(Stopped),
    Failed(Diagnosis),
    Store(StoreFault),
}

impl From<Stopped> for Ended {
    fn from(stopped: Stopped) -> Self {
        Self::Stopped(stopped)
    }
}

impl From<Diagnosis> for Ended {
    fn from(diagnosis: Diagnosis) -> Self {
        Self::Failed(diagnosis)
    }
}

impl From<StoreFault> for Ended {
    fn from(fault: StoreFault) -> Self {
        Self::Store(fault)
    }
}

impl<H: Hardware> Terminal<'_, H> {
    /// The ceremony, from its first screen back to the menu.
    pub(crate) async fn load_master_key(&mut self) {
        let ended = {
            // They stay in their place until they are overwritten there, at the end of this block.
            let mut components = [Component::default(), Component::default()];
            self.hold_ceremony(&mut components).await
        };
        let head = self.stores.head();
        match ended {
            Ok(loaded) => self.show_loaded(&loaded).await,
            Err(Ended::Stopped(stopped)) => self.page(screens::stopped(head, stopped)).await,
            Err(Ended::Failed(diagnosis)) => {
                self.page(messages::error(head, CEREMONY, &diagnosis, false)).await;
            }
            Err(Ended::Store(fault)) => self.stores.give_up(fault),
        }
    }

    /// Takes both components, and the TMK that they make. Until the last check nothing is written.
    async fn hold_ceremony(&mut self, components: &mut [Component; 2]) -> Result<Loaded, Ended> {
        let [first, second] = components;
        let first_kcv = self.take_component(Custodian::First, first).await?;
        let second_kcv = self.take_component(Custodian::Second, second).await?;
        if first.equals(second) {
            return Err(Cause::ComponentsEqual.bare().into());
        }
        let head = self.stores.head();
        let typed = self.enter_kcv(|typed| screens::combined_kcv(head, typed)).await?;
        let tmk = self.load_combined(&first.combined_with(second), &typed)?;
        Ok(Loaded { components: [first_kcv, second_kcv], tmk })
    }

    /// One custodian's part. Returns the component's check value.
    async fn take_component(
        &mut self,
        custodian: Custodian,
        component: &mut Component,
    ) -> Result<Kcv, Ended> {
        let head = self.stores.head();
        loop {
            self.display.show(&screens::component(head, custodian, component.len())).await;
            match self.ceremony_key().await? {
                Key::Digit(digit) | Key::Letter(digit) => component.push(digit),
                Key::Clear => component.pop(),
                Key::Confirm => break,
                _ => {}
            }
        }
        if !component.is_whole() {
            return Err(Cause::ComponentLength.with(Detail::of(OF_32_DIGITS, component.len())).into());
        }
        let typed = self.enter_kcv(|typed| screens::component_kcv(head, custodian, typed)).await?;
        let (kcv, which) = (component.kcv(), Detail::of(OF_COMPONENT, custodian.number()));
        if !typed.is(kcv) {
            return Err(Cause::ComponentKcvWrong.with(which).into());
        }
        // The TMK would be the other component, which one custodian knows.
        if component.is_zero() {
            return Err(Cause::TmkWeak.with(which).into());
        }
        Ok(kcv)
    }

    /// Eight digits; with fewer, confirm does nothing.
    async fn enter_kcv(&mut self, screen: impl Fn(&TypedKcv) -> Screen) -> Result<TypedKcv, Stopped> {
        let mut typed = TypedKcv::default();
        loop {
            self.display.show(&screen(&typed)).await;
            match self.ceremony_key().await? {
                Key::Digit(digit) | Key::Letter(digit) => typed.push(digit),
                Key::Clear => typed.pop(),
                Key::Confirm if typed.is_whole() => return Ok(typed),
                _ => {}
            }
        }
    }

    /// The last check and the only write.
    fn load_combined(&mut self, tmk: &Key16, typed: &TypedKcv) -> Result<Kcv, Ended> {
        let kcv = Kcv::double(tmk);
        if !typed.is(kcv) {
            return Err(Cause::TmkKcvWrong.bare().into());
        }
        if tmk.is_zero() || tmk.has_equal_halves() {
            return Err(Cause::TmkWeak.bare().into());
        }
        self.stores.load_master_key(tmk.clone())?;
        Ok(kcv)
    }

    async fn ceremony_key(&mut self) -> Result<Key, Stopped> {
        match with_timeout(PATIENCE, self.keypad.hex_key()).await {
            Ok(Key::Cancel) => Err(Stopped::Cancelled),
            Ok(key) => Ok(key),
            Err(_) => Err(Stopped::Timeout),
        }
    }

    /// Shows that the TMK is loaded and prints the record. It stays loaded whatever the printer does.
    async fn show_loaded(&mut self, loaded: &Loaded) {
        let head = self.stores.head();
        let screen = screens::loaded(head, loaded.tmk);
        self.display.show(&screen).await;
        match self.print_ceremony(loaded).await {
            Ok(()) => self.page(screen).await,
            Err(trouble) => {
                self.page(messages::error(head, TMK_LOADED, &trouble.diagnosis(), false)).await;
            }
        }
    }

    async fn print_ceremony(&mut self, loaded: &Loaded) -> Result<(), PrinterTrouble> {
        // A terminal with keys has parameters.
        let (Some(secrets), Some(parameters)) = (self.stores.secrets(), self.stores.parameters()) else {
            return Err(PrinterTrouble::Silent);
        };
        let record = CeremonyRecord {
            language: parameters.language,
            terminal_id: &parameters.terminal_id,
            device_id: secrets.device_id(),
            components: loaded.components,
            tmk: loaded.tmk,
            at: self.clock.now(),
            boot: self.stores.boot(),
        };
        self.printer.print_copy(&record.draw(), self.printer_status).await
    }
}
