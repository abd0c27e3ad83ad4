//! A core that has locked up: it took a fault where it could not take one (ARM DDI 0403E.e, B1.5.15).
//!
//! QEMU does not emulate the state that follows. It gives up, and its last words are an error message and the registers.

use std::fmt;

/// How QEMU's message begins.
const MESSAGE: &str = "Lockup:";
/// Registers R0 to R15.
const REGISTERS: usize = 16;

/// A lockup as the emulator saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lockup {
    /// QEMU's words, for example `can't escalate 3 to HardFault (current priority -1)`.
    pub cause: String,
    /// R0 to R15 at that moment, where QEMU told them. The last is where the core was.
    pub registers: Option<[u32; REGISTERS]>,
}

impl Lockup {
    /// Reads what QEMU wrote before it gave up; `None` where that was for another reason.
    pub(crate) fn from_last_words(text: &str) -> Option<Self> {
        let (_, from) = text.split_once(MESSAGE)?;
        let (cause, dump) = from.split_once('\n').unwrap_or((from, ""));
        Some(Self { cause: cause.trim().to_owned(), registers: registers(dump) })
    }
}

impl fmt::Display for Lockup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the core has locked up")?;
        if let Some([.., pc]) = self.registers {
            write!(f, " at {pc:#010x}")?;
        }
        write!(f, ": {}", self.cause)
    }
}

/// The words `R00=xxxxxxxx` to `R15=xxxxxxxx`.
fn registers(dump: &str) -> Option<[u32; REGISTERS]> {
    let mut registers = [0; REGISTERS];
    for (number, register) in registers.iter_mut().enumerate() {
        let (_, from) = dump.split_once(&format!("R{number:02}="))?;
        *register = u32::from_str_radix(from.get(..8)?, 16).ok()?;
    }
    Some(registers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cause_and_the_registers_are_read() {
        let dump: String = (0..16)
            .map(|i| format!("R{i:02}=000000{i:02x}{}", if i % 4 == 3 { "\n" } else { " " }))
            .collect();
        let said = format!(
            "qemu: fatal: Lockup: can't escalate 3 to HardFault (current priority -1)\n\n{dump}XPSR=21000003\n"
        );
        let lockup = Lockup::from_last_words(&said).unwrap();
        assert_eq!(lockup.registers, Some(std::array::from_fn(|i| i as u32)));
        assert_eq!(
            lockup.to_string(),
            "the core has locked up at 0x0000000f: can't escalate 3 to HardFault (current priority -1)"
        );
    }

    #[test]
    fn other_last_words_are_no_lockup_and_a_cut_dump_is_none() {
        assert_eq!(Lockup::from_last_words("qemu: could not open disk"), None);
        assert_eq!(Lockup::from_last_words("Lockup: x\nR00=0000000").unwrap().registers, None);
    }
}
