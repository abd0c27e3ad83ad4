//! Run control: reset, run, step and halt, played on QEMU's gdbstub and QMP.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::cortex_m::control::*;
use crate::cortex_m::core::{Core, State};
use crate::cortex_m::core_registers::{self, LR, PC};
use crate::error::VprobeError;
use crate::memory::Memory;
use crate::qemu::gdb::Stop;

/// How long a read of DHCSR waits for the end of a step, so that a debugger sees it at its first look.
const STEP_PATIENCE: Duration = Duration::from_millis(20);
/// The same for a flash algorithm: debuggers poll for its end without pause, and would take the
/// processor from it.
const ALGORITHM_PATIENCE: Duration = Duration::from_millis(5);

/// From here on nothing is executed (ARM DDI 0403E.e, B3.1); erased flash as vector table leads here.
const NEVER_EXECUTED: u32 = 0xE000_0000;

impl Core {
    /// Lets the core run: out of reset if it was held there, else on from where it stands.
    pub(crate) fn run(&mut self, memory: &mut Memory) -> Result<(), VprobeError> {
        match self.state()? {
            State::Running => Ok(()),
            State::Held | State::LockedUp => self.reset(memory, false),
            // A debugger has been at work in a core that never ran: where it stands is no place to go on.
            State::Halted if self.held => self.reset(memory, false),
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
            self.caught();
            return Ok(());
        }
        self.held = false;
        if core_registers::read(&mut self.gdb, PC)? >= NEVER_EXECUTED {
            self.lock_up();
            return Ok(());
        }
        self.go(memory, false)
    }

    /// Asserts the reset line.
    pub(crate) fn hold(&mut self, memory: &mut Memory) -> Result<(), VprobeError> {
        // That QEMU has to be stopped for it is no halt that a debugger should be told of.
        let dfsr = self.dfsr;
        self.interrupt()?;
        self.dfsr = dfsr;
        memory.save_flash()?;
        memory.forget_loose_code();
        self.patience = Duration::ZERO;
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

    pub(super) fn halt(&mut self) -> Result<(), VprobeError> {
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
    pub(super) fn lock_up(&mut self) {
        self.state = State::LockedUp;
        self.control &= !C_HALT;
    }

    /// Leaves debug state, for one instruction or for good.
    pub(super) fn resume(&mut self, memory: &mut Memory, step: bool) -> Result<(), VprobeError> {
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
            memory.follow_code(pc)?;
            // The routine that a debugger calls may return to a BKPT instruction.
            memory.follow_code(core_registers::read(&mut self.gdb, LR)?)?;
        }
        if step && Self::may_sleep(memory, pc)? {
            return self.step_awake(memory);
        }
        self.go(memory, step)
    }

    fn go(&mut self, memory: &mut Memory, step: bool) -> Result<(), VprobeError> {
        self.state = State::Halted;
        self.apply_breakpoints(memory)?;
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
    pub(super) fn observe(&mut self, patience: Duration) -> Result<(), VprobeError> {
        if self.state == State::Running
            && let Some(stop) = self.gdb.poll_stop(patience)?
        {
            self.stopped(stop);
        }
        let guest_resets = self.qmp.resets().guest;
        if guest_resets != self.guest_resets {
            self.guest_resets = guest_resets;
            self.reset_seen = true;
            if self.catches_reset() {
                // The program has run on: a second reset takes the core back to its first instruction.
                self.interrupt()?;
                self.qmp.system_reset()?;
                self.dfsr = 0;
                self.caught();
            }
        }
        Ok(())
    }

    /// A vector catch has halted the core out of reset.
    fn caught(&mut self) {
        self.state = State::Halted;
        self.control |= C_HALT;
        self.dfsr |= DFSR_VCATCH;
    }

    pub(super) fn stopped(&mut self, stop: Stop) {
        self.state = State::Halted;
        self.control |= C_HALT;
        if self.stepping || stop == Stop::Interrupted {
            self.dfsr |= DFSR_HALTED;
        } else {
            self.dfsr |= DFSR_BKPT;
        }
        self.stepping = false;
    }

    /// Plants in QEMU what the breakpoint unit wants and where a BKPT instruction is, and takes away the rest.
    ///
    /// Without a debugger BKPT raises HardFault, in QEMU as on a chip.
    pub(super) fn apply_breakpoints(&mut self, memory: &mut Memory) -> Result<(), VprobeError> {
        let mut wanted = BTreeSet::new();
        if self.debugging() {
            wanted = memory.breakpoints();
            wanted.extend(self.breakpoints.addresses());
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
