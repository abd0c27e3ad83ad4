//! Halts the terminal before each of its stores into persistent memory, by a debug probe's hardware breakpoint.

use std::{
    path::PathBuf,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use probe_rs::{
    Core, Permissions, RegisterId, Session,
    architecture::arm::ArmError,
    config::Registry,
    probe::{DebugProbeSelector, list::Lister},
};

use crate::{
    fault::{Fault, with_causes},
    memory::Store,
};

/// Between two looks at a core that runs: each takes the emulator's time.
const PAUSE: Duration = Duration::from_millis(1);

/// The chips, and which of them is on the board.
#[derive(Clone)]
pub struct Chip {
    pub name: String,
    pub file: Option<PathBuf>,
}

/// A probe that halts the terminal before each store, until it is dropped.
pub struct StoreProbe {
    session: Session,
    at: u64,
}

impl StoreProbe {
    /// Attaches to a running board. `at` is the routine that makes every store (the board's README).
    pub fn attach(selector: &str, chip: &Chip, at: u64) -> Result<Self, Fault> {
        let mut registry = match &chip.file {
            Some(_) => Registry::new(),
            None => Registry::from_builtin_families(),
        };
        if let Some(file) = &chip.file {
            registry.add_target_family_from_yaml(&std::fs::read_to_string(file)?)?;
        }
        let selector: DebugProbeSelector = selector.parse()?;
        let found = Lister::new().list(Some(&selector));
        let info = found.iter().find(|info| info.identifier == "Glasgow").ok_or("no probe answers")?;
        let probe = info.open()?;
        let mut session =
            probe.attach_with_registry(chip.name.as_str(), Permissions::default(), &registry)?;
        session.core(0)?.set_hw_breakpoint(at)?;
        Ok(Self { session, at })
    }

    /// Lets the terminal make `count` stores and halts it before the next one, unless `over` is set before. `look` is
    /// called while the terminal is halted, with the stores so far.
    pub fn pass(
        &mut self,
        count: usize,
        over: &AtomicBool,
        mut look: impl FnMut(&[Store]) -> Result<(), Fault>,
    ) -> Result<Vec<Store>, Fault> {
        let mut core = self.session.core(0)?;
        let mut stores = Vec::new();
        while halted(&mut core, over)? {
            let pc = u64::from(register(&mut core, 15)?);
            if pc != self.at {
                return Err(Fault(format!("halted at {pc:#x} instead of {:#x}", self.at)));
            }
            look(&stores)?;
            if stores.len() == count {
                break;
            }
            let byte = register(&mut core, 1)? as u8;
            stores.push(Store { address: register(&mut core, 0)?, byte });
            go_on(&mut core, self.at)?;
        }
        Ok(stores)
    }
}

/// Lets the core go on from the breakpoint.
///
/// probe-rs steps over it first and gives that 100 ms, which a busy machine may need longer for. Then the breakpoint,
/// disabled for the step, is set again once the step is over.
fn go_on(core: &mut Core<'_>, at: u64) -> Result<(), Fault> {
    loop {
        match core.run() {
            Err(probe_rs::Error::Arm(ArmError::Timeout)) => {
                halted(core, &AtomicBool::new(false))?;
                core.set_hw_breakpoint(at).map_err(with_causes)?;
            }
            other => return other.map_err(with_causes),
        }
    }
}

/// Waits until the core is halted; false when it will not be any more.
#[expect(
    clippy::disallowed_methods,
    reason = "a debug probe is polled, on a thread of its own and in real time"
)]
fn halted(core: &mut Core<'_>, over: &AtomicBool) -> Result<bool, Fault> {
    loop {
        let is_over = over.load(Ordering::Acquire);
        if core.core_halted().map_err(with_causes)? {
            return Ok(true);
        }
        if is_over {
            return Ok(false);
        }
        std::thread::sleep(PAUSE);
    }
}

fn register(core: &mut Core<'_>, id: u16) -> Result<u32, Fault> {
    core.read_core_reg(RegisterId(id)).map_err(with_causes)
}
