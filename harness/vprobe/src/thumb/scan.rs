//! Finds the BKPT instructions of a program by following its code from where it can begin.
//!
//! Going through memory half-word by half-word would take data and the second halves of 32-bit instructions for BKPT.
//! Here every path is followed from its beginning: both ways of a branch, calls, branch tables, and addresses of code
//! that the program holds as constants (odd words, MOVW with MOVT).

use std::collections::{BTreeSet, HashSet};
use std::convert::Infallible;

use crate::thumb::flow::{self, Flow};

/// Whatever is scanned is no larger than this many instructions.
const LIMIT: usize = 1 << 20;
/// The exceptions of the core itself fill this much of a vector table (ARM DDI 0403E.e, B1.5.3).
const VECTORS: u32 = 0x40;
/// A branch table is not longer than this.
const LONGEST_TABLE: u32 = 512;

/// Which paths were followed, and what was found on them.
#[derive(Debug, Default)]
pub(crate) struct Scan {
    visited: HashSet<u32>,
    found: BTreeSet<u32>,
    pending: Vec<u32>,
}

impl Scan {
    /// The addresses of the BKPT instructions found so far.
    pub(crate) fn found(&self) -> &BTreeSet<u32> {
        &self.found
    }

    /// Follows the code from `root` on. `code` gives the half-word at an address, `None` where there is no code.
    pub(crate) fn follow<E>(
        &mut self,
        root: u32,
        mut code: impl FnMut(u32) -> Result<Option<u16>, E>,
    ) -> Result<(), E> {
        self.pending.push(root & !1);
        while let Some(start) = self.pending.pop() {
            Path { scan: self, halves: [0; 16], conditional: 0 }.walk(start, &mut code)?;
        }
        Ok(())
    }

    /// Follows the code of a whole image at `base`, from each of its words that can be the address of code.
    pub(crate) fn follow_image(&mut self, base: u32, image: &[u8]) {
        let words = image.as_chunks::<4>().0.iter().map(|word| u32::from_le_bytes(*word));
        let inside = |word: &u32| word & 1 != 0 && image.len() as u32 > word.wrapping_sub(base);
        for root in words.filter(inside).filter(|word| word.wrapping_sub(base) >= VECTORS) {
            self.follow_in(base, image, root);
        }
    }

    /// Follows the code of an image at `base` from `root` on.
    pub(crate) fn follow_in(&mut self, base: u32, image: &[u8], root: u32) {
        let Ok(()) =
            self.follow::<Infallible>(root, |address| Ok(half_word(image, address.wrapping_sub(base))));
    }
}

fn half_word(image: &[u8], offset: u32) -> Option<u16> {
    let at = offset as usize;
    image.get(at..at.checked_add(2)?)?.try_into().ok().map(u16::from_le_bytes)
}

/// One path, from its beginning to where it ends or meets one that was followed before.
struct Path<'a> {
    scan: &'a mut Scan,
    /// What MOVW has put into the lower half of each register.
    halves: [u16; 16],
    /// How many of the next instructions are conditional, so that none of them ends the path.
    conditional: u8,
}

impl Path<'_> {
    fn walk<E>(&mut self, start: u32, code: &mut impl FnMut(u32) -> Result<Option<u16>, E>) -> Result<(), E> {
        let mut pc = start;
        while self.scan.visited.len() < LIMIT && self.scan.visited.insert(pc) {
            // An erased half-word is no instruction.
            let Some(first) = code(pc)?.filter(|first| *first != 0xFFFF) else { break };
            let mut next = pc.wrapping_add(2);
            let flow = if flow::is_wide(first) {
                let Some(second) = code(next)? else { break };
                next = pc.wrapping_add(4);
                self.note_constant(first, second);
                flow::wide(pc, first, second)
            } else {
                flow::narrow(pc, first)
            };
            if let Flow::Table(wide) = flow {
                self.follow_table(next, wide, code)?;
            }
            if !self.goes_on(pc, flow) {
                break;
            }
            pc = next;
        }
        Ok(())
    }

    /// Notes where the flow leads; says whether the path goes on behind the instruction at `pc`.
    fn goes_on(&mut self, pc: u32, flow: Flow) -> bool {
        let conditional = self.conditional > 0;
        self.conditional = self.conditional.saturating_sub(1);
        match flow {
            Flow::Next => true,
            Flow::Conditional(instructions) => {
                self.conditional = instructions;
                true
            }
            Flow::Breakpoint => {
                self.scan.found.insert(pc);
                true
            }
            Flow::Maybe(target) => {
                self.scan.pending.push(target);
                true
            }
            Flow::Jump(target) => {
                self.scan.pending.push(target);
                conditional
            }
            Flow::Elsewhere | Flow::Table(_) => conditional,
        }
    }

    /// The targets of TBB or TBH, whose table begins at `table` and ends where its first target begins.
    fn follow_table<E>(
        &mut self,
        table: u32,
        wide: bool,
        code: &mut impl FnMut(u32) -> Result<Option<u16>, E>,
    ) -> Result<(), E> {
        let entry_size = if wide { 2 } else { 1 };
        let mut end = table.wrapping_add(LONGEST_TABLE);
        let mut at = table;
        while at < end {
            let Some(half_word) = code(at & !1)? else { break };
            let entry = match (wide, at & 1) {
                (true, _) => half_word,
                (false, 0) => half_word & 0xFF,
                (false, _) => half_word >> 8,
            };
            let target = table.wrapping_add(u32::from(entry) * 2);
            // Padding in a table of bytes gives a target in the table itself.
            if target > at {
                self.scan.pending.push(target);
                end = end.min(target);
            }
            at = at.wrapping_add(entry_size);
        }
        Ok(())
    }

    fn note_constant(&mut self, first: u16, second: u16) {
        let Some((upper, register, value)) = flow::move_half(first, second) else { return };
        let Some(lower) = self.halves.get_mut(usize::from(register)) else { return };
        if !upper {
            *lower = value;
            return;
        }
        let constant = u32::from(value) << 16 | u32::from(*lower);
        if constant & 1 != 0 {
            self.scan.pending.push(constant & !1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(half_words: &[u16]) -> Vec<u8> {
        half_words.iter().flat_map(|h| h.to_le_bytes()).collect()
    }

    fn scanned(half_words: &[u16], root: u32) -> Vec<u32> {
        let image = image(half_words);
        let mut scan = Scan::default();
        scan.follow(root, |a| Ok::<_, Infallible>(half_word(&image, a))).unwrap();
        scan.found().iter().copied().collect()
    }

    #[test]
    fn a_bkpt_is_found_behind_branches_and_calls_and_not_in_data() {
        let code = [
            0xF000, 0xF803, // 0 bl a
            0xD001, // 4 beq 0xA
            0x4770, // 6 bx lr
            0xBE01, // 8 data
            0xBE02, // a bkpt #2
            0x4770, // c; bl's target 0xA is the same
        ];
        assert_eq!(scanned(&code, 0), [0xA]);
    }

    #[test]
    fn the_second_half_of_a_wide_instruction_is_no_bkpt() {
        // ldr.w r11, [r0, #0xE00] has the second half 0xBE00; then bkpt #0, b .
        assert_eq!(scanned(&[0xF8D0, 0xBE00, 0xBE00, 0xE7FE], 0), [4]);
    }

    #[test]
    fn a_conditional_return_does_not_end_a_path() {
        // it eq; bxeq lr; bkpt; bx lr; bkpt
        assert_eq!(scanned(&[0xBF08, 0x4770, 0xBE00, 0x4770, 0xBE00], 0), [4]);
    }

    #[test]
    fn a_branch_table_is_followed_and_not_executed() {
        // tbb [pc, r0]; 2 targets (+4, +8) and their table; then nop, bx lr, and bkpt, bx lr
        let code = [0xE8DF, 0xF000, 0x0402, 0xBE00, 0xBF00, 0x4770, 0xBE01, 0x4770];
        assert_eq!(scanned(&code, 0), [0xC]);
    }

    #[test]
    fn functions_that_only_constants_name_are_found() {
        let mut code = vec![0_u16; 0x40];
        // The vector table's reset entry leads to movw r0, #0x61; movt r0, #0; bx r0.
        code[2] = 0x0051;
        code[0x28..0x2D].copy_from_slice(&[0xF240, 0x0061, 0xF2C0, 0x0000, 0x4700]);
        code[0x30..0x32].copy_from_slice(&[0xBE00, 0x4770]);
        let mut scan = Scan::default();
        scan.follow_image(0, &image(&code));
        assert_eq!(scan.found().iter().copied().collect::<Vec<_>>(), [0x60]);
    }

    #[test]
    fn any_bytes_are_scanned_to_an_end() {
        let mut seed = 7_u32;
        for _ in 0..200 {
            let noise: Vec<u16> = (0..500)
                .map(|_| {
                    seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    (seed >> 16) as u16
                })
                .collect();
            scanned(&noise, 0);
            Scan::default().follow_image(0xFFFF_FC00, &image(&noise));
        }
    }
}
