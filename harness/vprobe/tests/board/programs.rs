//! Programs that misbehave, sleep or stop, for addresses from 0x100 on.

/// Where each of these programs begins; the vector table is before it.
pub const BASE: u32 = 0x100;

/// Sleeps in WFI under PRIMASK, as the terminal does, until a byte arrives on UART 0; its interrupt handler counts the
/// bytes at 0x20000400.
///
/// ```text
/// 00 reset: mov.w r0, #0x40004000    18  str r4, [r3]
/// 04        movs r1, #16             1a loop: cpsid i
/// 06        str r1, [r0, #16]        1c  wfi
/// 08        movs r1, #10             1e  cpsie i
/// 0a        str r1, [r0, #8]         20  b loop
/// 0c        ldr r1, [r0]             22 received: movs r1, #2
/// 0e        ldr r2, =0xE000E100      24  str r1, [r0, #12]
/// 10        movs r1, #1              26  ldr r1, [r0]
/// 12        str r1, [r2]             28  adds r4, #1
/// 14        ldr r3, =0x20000400      2a  str r4, [r3]
/// 16        movs r4, #0              2c  bx lr
/// ```
const SLEEPER: [u16; 28] = [
    0xF04F, 0x2040, 0x2110, 0x6101, 0x210A, 0x6081, 0x6801, 0x4A08, 0x2101, 0x6011, 0x4B07, 0x2400, 0x601C,
    0xB672, 0xBF30, 0xB662, 0xE7FB, 0x2102, 0x60C1, 0x6801, 0x3401, 0x601C, 0x4770, 0xBF00, 0xE100, 0xE000,
    0x0400, 0x2000,
];
const SLEEPER_RECEIVED: u32 = BASE + 0x22;
/// UART 0's receive interrupt is number 0.
const UART0_RECEIVE_VECTOR: usize = 16;

/// Sends `L` on UART 0 and locks up: its HardFault handler faults as well.
///
/// ```text
/// 00 reset: mov.w r0, #0x40004000    0c  movs r2, #'L'
/// 04        movs r1, #16             0e  str r2, [r0]
/// 06        str r1, [r0, #16]        10  ldr r7, =0x12345678
/// 08        movs r1, #1              12  udf #1
/// 0a        str r1, [r0, #8]         14 fault: udf #2
/// ```
const LOCKUP: [u16; 14] = [
    0xF04F, 0x2040, 0x2110, 0x6101, 0x2101, 0x6081, 0x224C, 0x6002, 0x4F01, 0xDE01, 0xDE02, 0xBF00, 0x5678,
    0x1234,
];
const LOCKUP_FAULT: u32 = BASE + 0x14;
const HARD_FAULT_VECTOR: usize = 3;

/// Calls `one`, then by a constant `two`, whose first instruction is BKPT; counts the rounds in R5.
///
/// ```text
/// 00 reset: movs r5, #0              0e one: ldr.w r11, [r0, #0xE00]  (its second half is 0xBE00)
/// 02 again: adds r5, #1              12  bx lr
/// 04        bl one                   14  .word two + 1
/// 08        ldr r1, =two + 1         18  .hword 0xBE07  (data)
/// 0a        blx r1                   1a two: bkpt #2
/// 0c        b again                  1c  bx lr
/// ```
const STOPPER: [u16; 15] = [
    0x2500, 0x3501, 0xF000, 0xF803, 0x4902, 0x4788, 0xE7F9, 0xF8D0, 0xBE00, 0x4770, 0x011B, 0x0000, 0xBE07,
    0xBE02, 0x4770,
];
/// The BKPT instruction of [`stopper`].
pub const STOPPER_BKPT: u32 = BASE + 0x1A;

pub fn sleeper() -> Vec<u8> {
    with_vectors(&SLEEPER, UART0_RECEIVE_VECTOR, SLEEPER_RECEIVED)
}

pub fn lockup() -> Vec<u8> {
    with_vectors(&LOCKUP, HARD_FAULT_VECTOR, LOCKUP_FAULT)
}

pub fn stopper() -> Vec<u8> {
    with_vectors(&STOPPER, HARD_FAULT_VECTOR, BASE)
}

/// The program behind a vector table that names it, and `handler` as one of the exceptions.
fn with_vectors(program: &[u16], vector: usize, handler: u32) -> Vec<u8> {
    let mut vectors = [0_u32; BASE as usize / 4];
    vectors[0] = 0x2000_1000;
    vectors[1] = BASE | 1;
    vectors[vector] = handler | 1;
    let mut image: Vec<u8> = vectors.iter().flat_map(|word| word.to_le_bytes()).collect();
    image.extend(program.iter().flat_map(|half_word| half_word.to_le_bytes()));
    image
}
