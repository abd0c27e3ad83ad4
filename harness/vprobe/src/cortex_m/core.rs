//! Run control: the debug registers of the core, played on QEMU's gdbstub and QMP.
//!
//! Source: ARM DDI 0403E.e (ARMv7-M), C1.6.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::cortex_m::breakpoints::Breakpoints;
use crate::cortex_m::control::*;
use crate::cortex_m::core_registers::{self, LR, PC};
use crate::error::VprobeError;
use crate::memory::Memory;
use crate::qemu::gdb::{Gdb, Stop};
use crate::qemu::qmp::Qmp;

/// How long a read of DHCSR waits for the end of a step, so that a debugger sees it at its first look.
const STEP_PATIENCE: Duration = Duration::from_millis(20);
/// The same for a flash algorithm: debuggers poll for its end without pause, and would take the
/// processor from it.
const ALGORITHM_PATIENCE: Duration = Duration::from_millis(5);

/// What the core does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Power is on, but nobody let the core run yet: it is held in reset.
    Held,
    Running,
    /// Halted in debug state.
    Halted,
    /// There is no program: the core cannot even take the fault that fetching it raises.
    LockedUp,
}

/// From here on nothing is executed (ARM DDI 0403E.e, B3.1); erased flash as vector table leads here.
const NEVER_EXECUTED: u32 = 0xE000_0000;

/// The core's debug registers and the connections that they act on.
pub(crate) struct Core {
    gdb: Gdb,
    qmp: Qmp,
    state: State,
    /// Nobody has started the program since power-on; a debugger that leaves does not start it either.
    held: bool,
    control: u32,
    demcr: u32,
    dfsr: u32,
    dcrdr: u32,
    reset_seen: bool,
    guest_resets: u64,
    breakpoints: Breakpoints,
    /// Where the routine that the debugger called returns to, if that is a BKPT instruction.
    returns: BTreeSet<u32>,
    installed: BTreeSet<u32>,
    stepping: bool,
    patience: Duration,
}

impl Core {
    /// Takes over a machine that is stopped, and holds it in reset.
    pub(crate) fn new(gdb: Gdb, mut qmp: Qmp) -> Result<Self, VprobeError> {
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
            breakpoints: Breakpoints::default(),
            returns: BTreeSet::new(),
            installed: BTreeSet::new(),
            stepping: false,
            patience: Duration::ZERO,
        })
    }

    /// What the core does at this moment.
    pub(crate) fn state(&mut self) -> Result<State, VprobeError> {
        self.observe(Duration::ZERO)?;
        Ok(self.state)
    }

    /// How often the program has reset the machine.
    pub(crate) fn guest_resets(&self) -> u64 {
        self.qmp.resets().guest
    }

    /// Lets the core run: out of reset if it was held there, else on from where it stands.
    pub(crate) fn run(&mut self, memory: &mut Memory) -> Result<(), VprobeError> {
        match self.state()? {
            State::Running => Ok(()),
            State::Held | State::LockedUp => self.reset(memory, false),
            State::Halted => {
                self.control &= !C_HALT;
                self.held = false;
                self.resume(memory, false)
            }
        }
    }

    /// Pulses the reset line. The core then runs, or halts at its first instruction if `catch`.
    pub(crate) fn reset(&mut self, memory: &mut Memory, catch: bool) -> Result<(), VprobeError> {
        self.hold(memory)?;
        if catch {
            self.control |= C_HALT;
            self.dfsr |= DFSR_VCATCH;
            self.state = State::Halted;
            return Ok(());
        }
        self.held = false;
        if core_registers::read(&mut self.gdb, PC)? >= NEVER_EXECUTED {
            self.lock_up();
            return Ok(());
        }
        self.go(false)
    }

    /// Asserts the reset line.
    pub(crate) fn hold(&mut self, memory: &mut Memory) -> Result<(), VprobeError> {
        self.interrupt()?;
        memory.save_flash()?;
        self.returns.clear();
        self.qmp.system_reset()?;
        self.reset_seen = true;
        self.control &= !(C_HALT | C_STEP);
        self.state = State::Held;
        Ok(())
    }

    /// Releases the reset line: the core runs, or halts at once where a debugger catches resets.
    pub(crate) fn release(&mut self, memory: &mut Memory) -> Result<(), VprobeError> {
        if self.state != State::Held {
            return Ok(());
        }
        let catch = self.catches_reset();
        self.reset(memory, catch)
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
            _ if self.breakpoints.write(address, value) => self.apply_breakpoints()?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn debugging(&self) -> bool {
        self.control & C_DEBUGEN != 0
    }

    fn catches_reset(&self) -> bool {
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
            _ => self.apply_breakpoints(),
        }
    }

    /// Without C_DEBUGEN nothing keeps a core halted.
    fn end_debugging(&mut self, memory: &mut Memory) -> Result<(), VprobeError> {
        self.returns.clear();
        match self.state {
            State::Halted if self.held => {
                self.state = State::Held;
                Ok(())
            }
            State::Halted => self.resume(memory, false),
            State::Running | State::Held | State::LockedUp => self.apply_breakpoints(),
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
        if selector == LR {
            self.returns.clear();
        }
        core_registers::write(&mut self.gdb, selector, self.dcrdr)
    }

    fn halt(&mut self) -> Result<(), VprobeError> {
        if !self.interrupt()? {
            self.state = State::Halted;
            self.dfsr |= DFSR_HALTED;
        }
        Ok(())
    }

    /// Stops the machine if it runs; says whether it did.
    fn interrupt(&mut self) -> Result<bool, VprobeError> {
        match self.gdb.interrupt()? {
            Some(stop) => {
                self.stopped(stop);
                Ok(true)
            }
            None => Ok(false),
        }
    }

    /// What a core without a program does. QEMU would abort, so it is not asked to run.
    fn lock_up(&mut self) {
        self.state = State::LockedUp;
        self.control &= !C_HALT;
    }

    /// Leaves debug state, for one instruction or for good.
    fn resume(&mut self, memory: &mut Memory, step: bool) -> Result<(), VprobeError> {
        let pc = core_registers::read(&mut self.gdb, PC)?;
        if pc >= NEVER_EXECUTED {
            self.lock_up();
            return Ok(());
        }
        memory.executes_at(pc)?;
        if memory.in_flash(pc) {
            self.held = false;
        }
        self.patience = match (step, memory.in_flash(pc)) {
            (true, _) => STEP_PATIENCE,
            (false, false) => ALGORITHM_PATIENCE,
            (false, true) => Duration::ZERO,
        };
        if self.debugging() {
            if memory.is_bkpt(pc)? {
                // QEMU would raise HardFault; a core in halting debug stays where it is.
                self.control |= C_HALT;
                self.dfsr |= DFSR_BKPT;
                return Ok(());
            }
            let back = core_registers::read(&mut self.gdb, LR)? & !1;
            if memory.is_bkpt(back)? {
                self.returns.insert(back);
            }
        }
        self.go(step)
    }

    fn go(&mut self, step: bool) -> Result<(), VprobeError> {
        self.state = State::Halted;
        self.apply_breakpoints()?;
        if step {
            self.gdb.step(self.control & C_MASKINTS != 0)?
        } else {
            self.gdb.resume()?
        }
        self.stepping = step;
        self.state = State::Running;
        Ok(())
    }

    /// Takes in what happened by itself: a stop, a reset by the program.
    fn observe(&mut self, patience: Duration) -> Result<(), VprobeError> {
        if self.state == State::Running
            && let Some(stop) = self.gdb.poll_stop(patience)?
        {
            self.stopped(stop);
        }
        let guest_resets = self.qmp.resets().guest;
        if guest_resets != self.guest_resets {
            self.guest_resets = guest_resets;
            self.reset_seen = true;
            if self.catches_reset() && self.interrupt()? {
                self.dfsr |= DFSR_VCATCH;
            }
        }
        Ok(())
    }

    fn stopped(&mut self, stop: Stop) {
        self.state = State::Halted;
        self.control |= C_HALT;
        if self.stepping || stop == Stop::Interrupted {
            self.dfsr |= DFSR_HALTED;
        } else {
            self.dfsr |= DFSR_BKPT;
        }
        if !self.stepping {
            self.returns.clear();
        }
        self.stepping = false;
    }

    /// Plants in QEMU what the breakpoint unit wants, and takes away the rest.
    fn apply_breakpoints(&mut self) -> Result<(), VprobeError> {
        let mut wanted = BTreeSet::new();
        if self.debugging() {
            wanted = self.breakpoints.addresses();
            wanted.extend(&self.returns);
        }
        if wanted == self.installed {
            return Ok(());
        }
        let stop = self.gdb.interrupt()?;
        for gone in self.installed.difference(&wanted) {
            self.gdb.remove_breakpoint(*gone)?;
        }
        for new in wanted.difference(&self.installed) {
            self.gdb.insert_breakpoint(*new)?;
        }
        self.installed = wanted;
        match stop {
            // The core had stopped by itself in the same moment; without a debugger that does not count.
            Some(Stop::Trapped) if self.debugging() => self.stopped(Stop::Trapped),
            Some(_) => self.gdb.resume()?,
            None => {}
        }
        Ok(())
    }
}
