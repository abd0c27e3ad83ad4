//! Consistent Overhead Byte Stuffing: frames without zero bytes, so that a zero byte can end them.
//!
//! Source: S. Cheshire, M. Baker, "Consistent Overhead Byte Stuffing", IEEE/ACM ToN 7(2), 1999.

/// The longest run of bytes in one code block.
const LONGEST: usize = 254;

/// Stuffs `plain` and appends it to `out`, with the zero byte that ends it.
pub(crate) fn encode(plain: &[u8], out: &mut Vec<u8>) {
    let mut code_at = out.len();
    out.push(1);
    let mut run = 0;
    let mut bytes = plain.iter().peekable();
    while let Some(&byte) = bytes.next() {
        if byte != 0 {
            out.push(byte);
            run += 1;
        }
        let full = run == LONGEST;
        if byte == 0 || (full && bytes.peek().is_some()) {
            set(out, code_at, run);
            code_at = out.len();
            out.push(1);
            run = 0;
        }
    }
    set(out, code_at, run);
    out.push(0);
}

fn set(out: &mut [u8], at: usize, run: usize) {
    if let Some(code) = out.get_mut(at) {
        *code = run as u8 + 1;
    }
}

/// Restores a frame that came without its final zero byte; `None` if it is cut short.
pub(crate) fn decode(mut stuffed: &[u8]) -> Option<Vec<u8>> {
    let mut plain = Vec::with_capacity(stuffed.len());
    while let Some((&code, rest)) = stuffed.split_first() {
        let run = usize::from(code).checked_sub(1)?;
        let (bytes, later) = rest.split_at_checked(run)?;
        plain.extend_from_slice(bytes);
        stuffed = later;
        if run < LONGEST && !stuffed.is_empty() {
            plain.push(0);
        }
    }
    Some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(plain: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        encode(plain, &mut out);
        out
    }

    #[test]
    fn the_examples_of_the_paper() {
        assert_eq!(encoded(&[0]), [1, 1, 0]);
        assert_eq!(encoded(&[0x11, 0x22, 0, 0x33]), [3, 0x11, 0x22, 2, 0x33, 0]);
        assert_eq!(encoded(&[0x11, 0, 0, 0]), [2, 0x11, 1, 1, 1, 0]);
    }

    #[test]
    fn every_length_around_a_full_block_comes_back() {
        for length in (0..6).chain(250..260).chain(505..515) {
            for zero_every in [0_usize, 1, 7, 254, 255] {
                let plain: Vec<u8> = (1..=length)
                    .map(|i| if zero_every != 0 && i % zero_every == 0 { 0 } else { 0xA5 })
                    .collect();
                let mut stuffed = encoded(&plain);
                assert_eq!(stuffed.pop(), Some(0));
                assert!(!stuffed.contains(&0), "{length} {zero_every}");
                assert_eq!(decode(&stuffed), Some(plain), "{length} {zero_every}");
            }
        }
    }

    #[test]
    fn a_frame_cut_short_is_refused() {
        assert_eq!(decode(&[3, 0x11]), None);
        assert_eq!(decode(&[0]), None);
    }
}
