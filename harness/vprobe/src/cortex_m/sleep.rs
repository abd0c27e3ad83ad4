//! Stepping a core that sleeps.
//!
//! A debug event ends WFI (ARM DDI 0403E.e, B1.5.18); QEMU's core sleeps on while it is halted, and a step of it would end
//! with the next interrupt only. For the one step, SysTick is made pending, which wakes the core; the step masks
//! interrupts, so that none is taken, and SysTick's state is put back.

use std::time::Duration;

use crate::cortex_m::control::{C_HALT, ICSR, PENDSTCLR, PENDSTSET};
use crate::cortex_m::core::{Core, State};
use crate::error::VprobeError;
use crate::memory::Memory;

/// One instruction of a core that is awake takes microseconds.
const STEP_LIMIT: Duration = Duration::from_millis(500);

impl Core {
    /// Whether the core sleeps in a WFI just before `pc`, or would at `pc`.
    pub(super) fn may_sleep(memory: &mut Memory, pc: u32) -> Result<bool, VprobeError> {
        Ok(memory.is_wfi(pc.wrapping_sub(2))? || memory.is_wfi(pc)?)
    }

    /// Executes one instruction awake; the core is halted again at return.
    pub(super) fn step_awake(&mut self, memory: &mut Memory) -> Result<(), VprobeError> {
        self.apply_breakpoints(memory)?;
        let mut icsr = [0; 4];
        memory.read(ICSR, &mut icsr)?;
        let pending = u32::from_le_bytes(icsr) & PENDSTSET != 0;
        memory.write(ICSR, &PENDSTSET.to_le_bytes())?;
        self.gdb.step(true)?;
        self.state = State::Running;
        self.stepping = true;
        if let Some(stop) = self.gdb.poll_stop(STEP_LIMIT)? {
            self.stopped(stop);
        } else {
            self.control &= !C_HALT;
        }
        if !pending {
            memory.write(ICSR, &PENDSTCLR.to_le_bytes())?;
        }
        Ok(())
    }
}
