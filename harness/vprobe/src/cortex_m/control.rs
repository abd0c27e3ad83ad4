//! Addresses and bits of the debug registers in the system control space.
//!
//! Source: ARM DDI 0403E.e (ARMv7-M), B3.2 and C1.6.

/// Debug Fault Status Register.
pub(crate) const DFSR: u32 = 0xE000_ED30;
/// Interrupt Control and State Register.
pub(crate) const ICSR: u32 = 0xE000_ED04;
/// Application Interrupt and Reset Control Register.
pub(crate) const AIRCR: u32 = 0xE000_ED0C;
/// Debug Halting Control and Status Register.
pub(crate) const DHCSR: u32 = 0xE000_EDF0;
/// Debug Core Register Selector Register.
pub(crate) const DCRSR: u32 = 0xE000_EDF4;
/// Debug Core Register Data Register.
pub(crate) const DCRDR: u32 = 0xE000_EDF8;
/// Debug Exception and Monitor Control Register.
pub(crate) const DEMCR: u32 = 0xE000_EDFC;

/// ICSR: SysTick is pending; writing it makes it so.
pub(crate) const PENDSTSET: u32 = 1 << 26;
/// ICSR: writing it ends that SysTick is pending.
pub(crate) const PENDSTCLR: u32 = 1 << 25;

/// What the upper half of a write to DHCSR must be.
pub(crate) const DHCSR_KEY: u32 = 0xA05F;
pub(crate) const C_DEBUGEN: u32 = 1 << 0;
pub(crate) const C_HALT: u32 = 1 << 1;
pub(crate) const C_STEP: u32 = 1 << 2;
pub(crate) const C_MASKINTS: u32 = 1 << 3;
/// A register transfer by DCRSR is complete.
pub(crate) const S_REGRDY: u32 = 1 << 16;
pub(crate) const S_HALT: u32 = 1 << 17;
pub(crate) const S_LOCKUP: u32 = 1 << 19;
/// At least one instruction was executed since the last read.
pub(crate) const S_RETIRE_ST: u32 = 1 << 24;
/// There was a reset since the last read.
pub(crate) const S_RESET_ST: u32 = 1 << 25;

/// DEMCR: halt out of reset.
pub(crate) const VC_CORERESET: u32 = 1 << 0;
/// DEMCR bits that can be written: vector catches, debug monitor, TRCENA.
pub(crate) const DEMCR_WRITABLE: u32 = 0x010F_07F1;

/// DFSR: halted by a request or a step.
pub(crate) const DFSR_HALTED: u32 = 1 << 0;
/// DFSR: halted by a breakpoint, instruction or comparator.
pub(crate) const DFSR_BKPT: u32 = 1 << 1;
/// DFSR: halted by a vector catch.
pub(crate) const DFSR_VCATCH: u32 = 1 << 3;

/// What the upper half of a write to AIRCR must be.
pub(crate) const VECTKEY: u32 = 0x05FA;
pub(crate) const VECTRESET: u32 = 1 << 0;
pub(crate) const SYSRESETREQ: u32 = 1 << 2;

/// DCRSR: the transfer is a write.
pub(crate) const REGWNR: u32 = 1 << 16;
