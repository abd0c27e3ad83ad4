//! Where the core goes after an instruction.
//!
//! Source: ARM DDI 0403E.e (ARMv7-M), A5.1 "Thumb instruction set encoding", A7.7 for the branches.

/// What an instruction does to the program counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flow {
    /// On to the next instruction.
    Next,
    /// To the address, and on when the condition fails or the call returns.
    Maybe(u32),
    /// To the address.
    Jump(u32),
    /// To an address that the instruction does not tell.
    Elsewhere,
    /// By a table of half-words (true) or bytes that follows the instruction.
    Table(bool),
    /// BKPT: halts; a debugger may go on behind it.
    Breakpoint,
    /// IT: the given number of instructions that follow are conditional.
    Conditional(u8),
}

/// Whether an instruction that begins with this half-word has a second one (A5.1).
pub(crate) fn is_wide(first: u16) -> bool {
    first >> 11 > 0b11100
}

/// The flow of the 16-bit instruction at `pc`.
pub(crate) fn narrow(pc: u32, code: u16) -> Flow {
    let low = u32::from(code);
    match code {
        0xBE00..=0xBEFF => Flow::Breakpoint,
        // IT; a mask of zero is a hint (NOP, WFI).
        0xBF00..=0xBFFF if code & 0xF != 0 => Flow::Conditional(4 - (code & 0xF).trailing_zeros() as u8),
        // B<c>; 0xDE is UDF, 0xDF SVC.
        0xD000..=0xDDFF => Flow::Maybe(branch(pc, sign_extended(low << 1, 9))),
        0xDE00..=0xDEFF => Flow::Elsewhere,
        0xE000..=0xE7FF => Flow::Jump(branch(pc, sign_extended(low << 1, 12))),
        // CBZ, CBNZ
        _ if code & 0xF500 == 0xB100 => Flow::Maybe(branch(pc, (low >> 3 & 0x40) | (low >> 2 & 0x3E))),
        // POP with PC
        0xBD00..=0xBDFF => Flow::Elsewhere,
        // BX; BLX returns.
        _ if code & 0xFF80 == 0x4700 => Flow::Elsewhere,
        // ADD and MOV to PC
        _ if code & 0xFF87 == 0x4487 || code & 0xFF87 == 0x4687 => Flow::Elsewhere,
        _ => Flow::Next,
    }
}

/// The flow of the 32-bit instruction at `pc`.
pub(crate) fn wide(pc: u32, first: u16, second: u16) -> Flow {
    let (a, b) = (u32::from(first), u32::from(second));
    let to_pc = second >> 12 == 0xF;
    match (first, second) {
        // BL
        _ if a & 0xF800 == 0xF000 && b & 0xD000 == 0xD000 => Flow::Maybe(branch(pc, long_offset(a, b))),
        // B.W
        _ if a & 0xF800 == 0xF000 && b & 0xD000 == 0x9000 => Flow::Jump(branch(pc, long_offset(a, b))),
        // B<c>.W; conditions 14 and 15 are other instructions.
        _ if a & 0xF800 == 0xF000 && b & 0xD000 == 0x8000 && a >> 7 & 0b111 != 0b111 => {
            Flow::Maybe(branch(pc, conditional_offset(a, b)))
        }
        // UDF.W
        _ if a & 0xFFF0 == 0xF7F0 && b & 0xF000 == 0xA000 => Flow::Elsewhere,
        // TBB, TBH; by another register than PC the table may be anywhere.
        (0xE8DF, 0xF000..=0xF01F) => Flow::Table(second & 0x10 != 0),
        _ if a & 0xFFF0 == 0xE8D0 && b & 0xFFE0 == 0xF000 => Flow::Elsewhere,
        // LDM and POP.W with PC
        _ if (a & 0xFFD0 == 0xE890 || a & 0xFFD0 == 0xE910) && b & 0x8000 != 0 => Flow::Elsewhere,
        // LDR to PC
        _ if a & 0xFF70 == 0xF850 && to_pc => Flow::Elsewhere,
        _ => Flow::Next,
    }
}

/// The 16 bits and the register of `MOVW` (false) or `MOVT` (true).
pub(crate) fn move_half(first: u16, second: u16) -> Option<(bool, u8, u16)> {
    if second & 0x8000 != 0 || !matches!(first & 0xFBF0, 0xF240 | 0xF2C0) {
        return None;
    }
    let value = (first & 0xF) << 12 | (first & 0x400) << 1 | (second & 0x7000) >> 4 | second & 0xFF;
    Some((first & 0x80 != 0, (second >> 8 & 0xF) as u8, value))
}

fn branch(pc: u32, offset: u32) -> u32 {
    pc.wrapping_add(4).wrapping_add(offset)
}

/// Offset of B.W and BL (A7.7.12, encoding T4; A7.7.18).
fn long_offset(a: u32, b: u32) -> u32 {
    let sign = a >> 10 & 1;
    let i1 = !(b >> 13 ^ sign) & 1;
    let i2 = !(b >> 11 ^ sign) & 1;
    sign_extended(sign << 24 | i1 << 23 | i2 << 22 | (a & 0x3FF) << 12 | (b & 0x7FF) << 1, 25)
}

/// Offset of B<c>.W (A7.7.12, encoding T3).
fn conditional_offset(a: u32, b: u32) -> u32 {
    let high = (a >> 10 & 1) << 20 | (b >> 11 & 1) << 19 | (b >> 13 & 1) << 18;
    sign_extended(high | (a & 0x3F) << 12 | (b & 0x7FF) << 1, 21)
}

fn sign_extended(value: u32, bits: u32) -> u32 {
    let unused = 32 - bits;
    ((value << unused) as i32 >> unused) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The encodings are GNU as's, at address 0x1000.
    #[test]
    fn branches_lead_where_the_assembler_meant() {
        let pc = 0x1000;
        assert_eq!(narrow(pc, 0xD0FE), Flow::Maybe(0x1000), "beq .");
        assert_eq!(narrow(pc, 0xE7FE), Flow::Jump(0x1000), "b .");
        assert_eq!(narrow(pc, 0xE001), Flow::Jump(0x1006), "b .+6");
        assert_eq!(narrow(pc, 0xB108), Flow::Maybe(0x1006), "cbz r0, .+6");
        assert_eq!(narrow(pc, 0xBB00), Flow::Maybe(0x1044), "cbnz r0, .+68");
        assert_eq!(wide(pc, 0xF000, 0xF801), Flow::Maybe(0x1006), "bl .+6");
        assert_eq!(wide(pc, 0xF7FF, 0xFFFE), Flow::Maybe(0x1000), "bl .");
        assert_eq!(wide(pc, 0xF7FF, 0xBFFE), Flow::Jump(0x1000), "b.w .");
        assert_eq!(wide(pc, 0xF43F, 0xAFFE), Flow::Maybe(0x1000), "beq.w .");
    }

    #[test]
    fn returns_and_tables_end_a_path_and_other_instructions_do_not() {
        let ends = [0x4770, 0xBD10, 0x4687, 0xDE00];
        assert!(ends.iter().all(|code| narrow(0, *code) == Flow::Elsewhere), "bx lr, pop, mov pc, udf");
        assert_eq!(narrow(0, 0x4780), Flow::Next, "blx r0");
        assert_eq!(narrow(0, 0xBF30), Flow::Next, "wfi");
        assert_eq!(narrow(0, 0xDF01), Flow::Next, "svc 1");
        assert_eq!(narrow(0, 0xBEAB), Flow::Breakpoint);
        assert_eq!([0xBF08, 0xBF04, 0xBF01].map(|code| narrow(0, code)), [1, 2, 4].map(Flow::Conditional));
        assert_eq!(wide(0, 0xE8DF, 0xF000), Flow::Table(false));
        assert_eq!(wide(0, 0xE8DF, 0xF011), Flow::Table(true));
        assert_eq!(wide(0, 0xE8BD, 0x8010), Flow::Elsewhere, "pop.w {{r4, pc}}");
        assert_eq!(wide(0, 0xE8BD, 0x4010), Flow::Next, "pop.w {{r4, lr}}");
        assert_eq!(wide(0, 0xF3BF, 0x8F4F), Flow::Next, "dsb");
        assert_eq!(wide(0, 0xF85D, 0xFB04), Flow::Elsewhere, "ldr pc, [sp], #4");
    }

    #[test]
    fn the_halves_of_a_constant_are_read() {
        assert_eq!(move_half(0xF64A, 0x30CD), Some((false, 0, 0xABCD)), "movw r0, #0xabcd");
        assert_eq!(move_half(0xF2C1, 0x2134), Some((true, 1, 0x1234)), "movt r1, #0x1234");
        assert_eq!(move_half(0xF04F, 0x0001), None, "mov.w r0, #1");
    }
}
