//! The core's debug registers.
//!
//! Source: ARM DDI 0403E.e (ARMv7-M), C1.6.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::cortex_m::breakpoints::Breakpoints;
use crate::cortex_m::control::*;
use crate::cortex_m::core_registers::{self, PC};
use crate::error::VprobeError;
use crate::lockup::Lockup;
use crate::memory::Memory;
use crate::model::Model;
use crate::qemu::gdb::Gdb;
use crate::qemu::qmp::Qmp;

/// Where a core that has locked up is (ARM DDI 0403E.e, B1.5.15).
const LOCKED_UP_AT: u32 = 0xFFFF_FFFE;

/// What the core does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Power is on, but nobody let the core run yet: it is held in reset.
    Held,
    Running,
    /// Halted in debug state.
    Halted,
    /// A fault came where none can be taken: without a program, or in a handler of faults.
    LockedUp,
}

/// The core's debug registers and the connections that they act on.
pub(crate) struct Core {
    pub(super) gdb: Gdb,
    pub(super) qmp: Qmp,
    pub(super) state: State,
    /// Nobody has started the program since power-on; a debugger that leaves does not start it either.
    pub(super) held: bool,
    pub(super) control: u32,
    pub(super) demcr: u32,
    pub(super) dfsr: u32,
    pub(super) dcrdr: u32,
    pub(super) reset_seen: bool,
    pub(super) guest_resets: u64,
    /// The resets by the program before the emulator was started anew.
    past_guest_resets: u64,
    pub(super) breakpoints: Breakpoints,
    /// Where breakpoints are planted in QEMU.
    pub(super) installed: BTreeSet<u32>,
    pub(super) stepping: bool,
    pub(super) patience: Duration,
}

impl Core {
    /// Takes over a machine that is stopped, and holds it in reset.
    pub(crate) fn new(model: &Model, gdb: Gdb, mut qmp: Qmp) -> Result<Self, VprobeError> {
        // The vector table is fetched at reset: only now is the flash in place.
        qmp.system_reset()?;
        Ok(Self {
            gdb,
            qmp,
            state: State::Held,
            held: true,
            control: 0,
            demcr: 0,
            dfsr: 0,
            dcrdr: 0,
            reset_seen: true,
            guest_resets: 0,
            past_guest_resets: 0,
            breakpoints: Breakpoints::new(model.comparators),
            installed: BTreeSet::new(),
            stepping: false,
            patience: Duration::ZERO,
        })
    }

    /// Goes on in an emulator that was started anew because of a lockup. The debug registers keep what is in them, as
    /// they do on a chip; so do the general registers, as far as QEMU told them.
    pub(crate) fn restart(&mut self, gdb: Gdb, qmp: Qmp, lockup: &Lockup) -> Result<(), VprobeError> {
        self.past_guest_resets += self.qmp.resets().guest;
        self.guest_resets = 0;
        self.gdb = gdb;
        self.qmp = qmp;
        self.qmp.system_reset()?;
        for (number, value) in (0..PC).zip(lockup.registers.iter().flatten()) {
            core_registers::write(&mut self.gdb, number, *value)?;
        }
        core_registers::write(&mut self.gdb, PC, LOCKED_UP_AT)?;
        self.installed.clear();
        self.stepping = false;
        self.held = false;
        self.lock_up();
        Ok(())
    }

    /// What the core does at this moment.
    pub(crate) fn state(&mut self) -> Result<State, VprobeError> {
        self.observe(Duration::ZERO)?;
        Ok(self.state)
    }

    /// How often the program has reset the machine.
    pub(crate) fn guest_resets(&self) -> u64 {
        self.past_guest_resets + self.qmp.resets().guest
    }

    /// Reads a debug register; `None` where this model has none.
    pub(crate) fn read(&mut self, address: u32) -> Result<Option<u32>, VprobeError> {
        Ok(match address {
            DHCSR => Some(self.read_dhcsr()?),
            DCRSR => Some(0),
            DCRDR => Some(self.dcrdr),
            DEMCR => Some(self.demcr),
            DFSR => Some(self.dfsr),
            _ => self.breakpoints.read(address),
        })
    }

    /// Writes a debug register; false where this model has none.
    pub(crate) fn write(
        &mut self,
        address: u32,
        value: u32,
        memory: &mut Memory,
    ) -> Result<bool, VprobeError> {
        match address {
            DHCSR => self.write_dhcsr(value, memory)?,
            DCRSR => self.transfer_register(value)?,
            DCRDR => self.dcrdr = value,
            DEMCR => self.demcr = value & DEMCR_WRITABLE,
            DFSR => self.dfsr &= !value,
            AIRCR => return self.write_aircr(value, memory),
            _ if self.breakpoints.write(address, value) => self.apply_breakpoints(memory)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    pub(super) fn debugging(&self) -> bool {
        self.control & C_DEBUGEN != 0
    }

    pub(super) fn catches_reset(&self) -> bool {
        self.debugging() && self.demcr & VC_CORERESET != 0
    }

    fn read_dhcsr(&mut self) -> Result<u32, VprobeError> {
        self.observe(self.patience)?;
        let mut value = self.control | S_REGRDY;
        value |= match self.state {
            // A debugger that found the core running would let it run again when it has had its look.
            State::Held | State::Halted => S_HALT,
            State::Running => S_RETIRE_ST,
            State::LockedUp => S_LOCKUP,
        };
        if std::mem::take(&mut self.reset_seen) {
            value |= S_RESET_ST;
        }
        Ok(value)
    }

    fn write_dhcsr(&mut self, value: u32, memory: &mut Memory) -> Result<(), VprobeError> {
        if value >> 16 != DHCSR_KEY {
            return Ok(());
        }
        self.observe(Duration::ZERO)?;
        self.control = value & (C_DEBUGEN | C_HALT | C_STEP | C_MASKINTS);
        if !self.debugging() {
            self.control = 0;
            return self.end_debugging(memory);
        }
        let (halt, step) = (self.control & C_HALT != 0, self.control & C_STEP != 0);
        match self.state {
            State::Running | State::Held | State::LockedUp if halt => self.halt(),
            State::Held if step => self.resume(memory, step),
            State::Halted if !halt => self.resume(memory, step),
            _ => self.apply_breakpoints(memory),
        }
    }

    /// Without C_DEBUGEN nothing keeps a core halted.
    fn end_debugging(&mut self, memory: &mut Memory) -> Result<(), VprobeError> {
        match self.state {
            State::Halted if self.held => {
                self.state = State::Held;
                Ok(())
            }
            State::Halted => self.resume(memory, false),
            State::Running | State::Held | State::LockedUp => self.apply_breakpoints(memory),
        }
    }

    fn write_aircr(&mut self, value: u32, memory: &mut Memory) -> Result<bool, VprobeError> {
        if value >> 16 != VECTKEY || value & (SYSRESETREQ | VECTRESET) == 0 {
            return Ok(false);
        }
        let catch = self.catches_reset();
        self.reset(memory, catch)?;
        Ok(true)
    }

    fn transfer_register(&mut self, request: u32) -> Result<(), VprobeError> {
        if self.state()? == State::Running {
            return Ok(());
        }
        let selector = request & 0x7F;
        if request & REGWNR == 0 {
            self.dcrdr = core_registers::read(&mut self.gdb, selector)?;
            return Ok(());
        }
        core_registers::write(&mut self.gdb, selector, self.dcrdr)
    }
}
