//! Secrets in bytes of a slot that nobody knows the session of, as T=0 and T=1 cut them up.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::form::Form;
use crate::secret::{Secret, SecretKind};

/// A secret's bytes in one form.
struct Whole {
    secret: Arc<Secret>,
    form: Form,
    bytes: Zeroizing<Vec<u8>>,
    /// Which bits count: packed digits may begin and end in half a byte.
    masks: Vec<u8>,
}

/// Looks for secrets that other characters stand between.
pub(crate) struct Gapped {
    all: Vec<Whole>,
    /// A bit for each first two bytes. Most places are settled by it.
    begun: Vec<u64>,
    by_first: HashMap<u16, Vec<usize>>,
}

/// Bytes that repeat themselves could be cut up in ever more ways.
const MOST_PLACES: usize = 4096;

impl Gapped {
    pub(crate) fn new(secrets: &[Arc<Secret>]) -> Self {
        let mut all = Vec::new();
        for secret in secrets.iter().filter(|secret| !secret.is_trivial()) {
            let forms = [Form::Ascii, Form::AsciiEquals, Form::Bcd, Form::Raw, Form::PinBlock];
            for form in forms.into_iter().filter(|form| !is_short(secret, *form)) {
                all.extend(wholes(secret, form));
            }
        }
        let mut begun = vec![0_u64; 1024];
        let mut by_first: HashMap<u16, Vec<usize>> = HashMap::new();
        for (at, whole) in all.iter().enumerate() {
            for first in whole.firsts() {
                begun[usize::from(first / 64)] |= 1 << (first % 64);
                by_first.entry(first).or_default().push(at);
            }
        }
        Self { all, begun, by_first }
    }

    /// Every secret in `data` with characters of T=0 or T=1 between, and where it begins.
    pub(crate) fn search(&self, data: &[u8]) -> Vec<(usize, &Secret, Form)> {
        let mut found: Vec<(usize, &Secret, Form)> = Vec::new();
        for at in 0..data.len() {
            let rest = &data[at..];
            let one_by_one = self.begun_with(rest, 2).filter(|whole| whole.is_one_by_one(rest));
            let mut here: Vec<_> = one_by_one.collect();
            for gap in [1, 1 + BLOCK, 1 + 2 * BLOCK] {
                here.extend(self.begun_with(rest, gap).filter(|whole| whole.is_chained(rest)));
            }
            let known = |found: &[(usize, &Secret, Form)], whole: &Whole| {
                found.iter().any(|(_, secret, _)| secret.name() == whole.secret.name())
            };
            for whole in here {
                if !known(&found, whole) {
                    found.push((at, &whole.secret, whole.form));
                }
            }
        }
        found
    }

    /// Those whose second byte stands `gap` behind the first one.
    fn begun_with(&self, data: &[u8], gap: usize) -> impl Iterator<Item = &Whole> {
        let pair =
            data.first().zip(data.get(gap)).map(|(first, second)| u16::from_be_bytes([*first, *second]));
        let pair = pair.filter(|pair| self.begun[usize::from(pair / 64)] >> (pair % 64) & 1 == 1);
        let those = pair.and_then(|pair| self.by_first.get(&pair)).map_or(&[][..], Vec::as_slice);
        those.iter().map(|at| &self.all[*at])
    }
}

/// Short PINs are met by chance but in their block.
fn is_short(secret: &Secret, form: Form) -> bool {
    secret.kind() == SecretKind::Pin && form != Form::PinBlock && secret.value().len() < 8
}

/// The bytes of a secret in a form, packed digits from either half of the first one on.
fn wholes(secret: &Arc<Secret>, form: Form) -> Vec<Whole> {
    let Some(nibbles) = form.nibbles(secret, secret.value()).map(Zeroizing::new) else { return Vec::new() };
    let halves = if form == Form::Bcd { &[0, 1][..] } else { &[0][..] };
    let whole = |low: &usize| {
        let told = nibbles.iter().map(|nibble| (*nibble, 0xF));
        let mut all: Vec<(u8, u8)> = std::iter::repeat_n((0, 0), *low).chain(told).collect();
        if all.len() % 2 == 1 {
            all.push((0, 0));
        }
        let pair = |pair: &[(u8, u8)]| (pair[0].0 << 4 | pair[1].0, pair[0].1 << 4 | pair[1].1);
        let (bytes, masks) = all.chunks_exact(2).map(pair).unzip();
        Whole { secret: Arc::clone(secret), form, bytes: Zeroizing::new(bytes), masks }
    };
    halves.iter().map(whole).filter(|whole| whole.bytes.len() > 2).collect()
}

/// LRC, NAD, PCB and LEN.
const BLOCK: usize = 4;

impl Whole {
    fn firsts(&self) -> impl Iterator<Item = u16> {
        let (first, second) = (self.bytes[0], self.bytes[1]);
        let any = if self.masks[0] == 0xFF { 0..1 } else { 0..16_u8 };
        any.map(move |high| u16::from_be_bytes([first | high << 4, second]))
    }

    fn agrees(&self, at: usize, byte: u8) -> bool {
        (byte ^ self.bytes[at]) & self.masks[at] == 0
    }

    /// Each byte behind the same procedure byte.
    fn is_one_by_one(&self, data: &[u8]) -> bool {
        let length = self.bytes.len() * 2 - 1;
        let Some(data) = data.get(..length) else { return false };
        let alike = |at: usize| data[at] == data[1];
        (0..self.bytes.len()).all(|at| self.agrees(at, data[at * 2])) && (1..length).step_by(2).all(alike)
    }

    /// All bytes, in two blocks or more.
    fn is_chained(&self, data: &[u8]) -> bool {
        // Where the bytes from the second number on may go on. Hardly anything that begins alike goes on as a block.
        let mut open: Vec<_> = self.cuts(data, 0, 0).collect();
        let mut seen = HashSet::new();
        while let Some((at, from)) = open.pop() {
            if seen.len() > MOST_PLACES || !seen.insert((at, from)) {
                continue;
            }
            if self.agreed(data, at, from) == self.bytes.len() - from {
                return true;
            }
            open.extend(self.cuts(data, at, from));
        }
        false
    }

    /// How many bytes from `from` on are at `at`.
    fn agreed(&self, data: &[u8], at: usize, from: usize) -> usize {
        let pairs = data[at..].iter().take(self.bytes.len() - from).enumerate();
        pairs.take_while(|(ahead, byte)| self.agrees(from + ahead, **byte)).count()
    }

    /// Where the next block may go on with which byte, if this one ends before the bytes do.
    fn cuts<'a>(
        &'a self,
        data: &'a [u8],
        at: usize,
        from: usize,
    ) -> impl Iterator<Item = (usize, usize)> + use<'a> {
        let agreed = self.agreed(data, at, from);
        let most = if agreed == self.bytes.len() - from { 0 } else { agreed };
        (1..=most).filter_map(move |cut| Some((at + cut + gap(&data[at + cut..])?, from + cut)))
    }
}

/// How long the end of a block and the prologue of the next I-block are, the other side's R-block between them included.
fn gap(data: &[u8]) -> Option<usize> {
    let information = |prologue: &[u8]| matches!(*prologue, [nad, pcb, len, ..] if nad & 0x88 == 0 && pcb & 0x80 == 0 && len > 0);
    let next = data.get(1..)?;
    if information(next) {
        return Some(BLOCK);
    }
    let ready = matches!(*next, [nad, pcb, 0, lrc, ..] if pcb & 0xC0 == 0x80 && nad ^ pcb == lrc);
    (ready && information(next.get(BLOCK..)?)).then_some(2 * BLOCK)
}

/// The bytes that `data`'s nibbles make.
pub(crate) fn bytes_of(nibbles: &[u8]) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(nibbles.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::bytes_to_nibbles;

    fn found(line: &str) -> Vec<(usize, Form)> {
        let pan = Arc::new(Secret::new(SecretKind::Pan, "pan#1", b"621234567890123").unwrap());
        let pin = Arc::new(Secret::new(SecretKind::Pin, "pin#1", b"4711").unwrap().on_lines(["panel"]));
        let gapped = Gapped::new(&[pan, pin]);
        let line = hex::decode(line).unwrap();
        assert_eq!(bytes_of(&bytes_to_nibbles(&line)).to_vec(), line);
        gapped.search(&line).into_iter().map(|(at, _, form)| (at, form)).collect()
    }

    #[test]
    fn procedure_bytes_hide_nothing() {
        assert_eq!(found("4d5a4d624d124d344d564d784d904d124d3f"), [(3, Form::Bcd)]);
        assert_eq!(
            found("4d624d124d344d564d784d904d124d3e4d"),
            [(1, Form::Bcd)],
            "whatever is in the other half"
        );
        assert_eq!(found("4d624d124d344e564d784d904d124d3f"), []);
        assert_eq!(found("df24df47df11dfffdfffdfffdfffdfff"), [(1, Form::PinBlock)]);
    }

    #[test]
    fn a_chain_hides_nothing() {
        assert_eq!(found("00200a5a62123499004006567890123f00"), [(4, Form::Bcd)]);
        assert_eq!(found("0020065a62990040075612"), []);
        assert_eq!(
            found("00200262ee00400312345611002003789012ee004001 3f".replace(' ', "").as_str()),
            [(3, Form::Bcd)]
        );
        assert_eq!(found("002002a6ee0090009000400821234567890123"), [(3, Form::Bcd)]);
    }
}
