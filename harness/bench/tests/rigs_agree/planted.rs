//! What is planted on a tape must be found, on the line where it was planted.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use payrig_bench::{Difference, Meaning, Message, Row, agree};
use payrig_iso8583::Dialect;
use payrig_tape::{Direction, Piece};

use crate::tape::{Planted, bytes, message, stray, with_byte, with_pieces};

/// Plants something in the tape of the simulated board and compares with that of QEMU.
type Plant = fn(&Arc<Dialect>, &Path, &Path) -> Result<(), String>;

/// Everything that is planted in a tape.
pub const KINDS: [(&str, Plant); 4] =
    [("nothing", nothing), ("a-byte", a_byte), ("an-order", an_order), ("a-stray-byte", a_stray_byte)];

/// Compares a tape of QEMU with one of the simulated board in which something was planted.
struct Comparison<'a> {
    dialect: &'a Arc<Dialect>,
    qemu: &'a Path,
    planted: Planted,
    /// How often something was found, by line and direction.
    found: BTreeMap<String, usize>,
}

impl<'a> Comparison<'a> {
    fn new(dialect: &'a Arc<Dialect>, sim: &Path, qemu: &'a Path) -> Self {
        Self { dialect, qemu, planted: Planted::of(dialect, sim), found: BTreeMap::new() }
    }

    fn differences(&self, rows: &[Row]) -> Vec<Difference> {
        agree(self.dialect, &self.planted.write(rows), self.qemu).unwrap()
    }

    /// Something was planted on the line of `told`: it must be found there and nowhere else.
    fn expect(&mut self, rows: &[Row], told: &Message, what: &str) -> Result<(), String> {
        let differences = self.differences(rows);
        let (here, elsewhere): (Vec<_>, Vec<_>) =
            differences.iter().partition(|difference| difference.line == told.line);
        // Without a boot line nobody knows where a reset was.
        let may_spread = matches!(told.meaning, Meaning::Boot(_));
        if here.is_empty() || !(elsewhere.is_empty() || may_spread) {
            let differences: Vec<_> = differences.iter().map(ToString::to_string).collect();
            return Err(format!(
                "{what} in {} {:?} message {}, {}: found {differences:#?}",
                told.line,
                told.direction,
                told.number,
                told.text()
            ));
        }
        *self.found.entry(format!("{} {:?}", told.line, told.direction)).or_default() += 1;
        Ok(())
    }

    fn print(&self, what: &str) {
        println!("{}: {what} found: {:?}", self.qemu.display(), self.found);
    }
}

/// A tape that is only cut into other records agrees.
fn nothing(dialect: &Arc<Dialect>, sim: &Path, qemu: &Path) -> Result<(), String> {
    let comparison = Comparison::new(dialect, sim, qemu);
    let differences = comparison.differences(&comparison.planted.rows);
    differences.first().map_or(Ok(()), |difference| Err(difference.to_string()))
}

/// In every message: its first byte, its last, and some between, each made another in several ways.
fn a_byte(dialect: &Arc<Dialect>, sim: &Path, qemu: &Path) -> Result<(), String> {
    let mut comparison = Comparison::new(dialect, sim, qemu);
    let rows = comparison.planted.rows.clone();
    for (at, row) in rows.iter().enumerate() {
        let Some(told) = message(row) else { continue };
        let bytes = bytes(&told.pieces);
        let free = declared(told);
        for place in places(bytes.len()).filter(|place| !bytes[*place].1 && !free.contains(place)) {
            let other = bytes[place].0 ^ [0x01, 0x20, 0x80][(at + place) % 3];
            let changed = with_pieces(&rows, at, with_byte(&told.pieces, place, other));
            comparison.expect(&changed, told, &format!("byte {place} became {other:02x}"))?;
        }
        if let Some(renamed) = another_secret(&told.pieces) {
            comparison.expect(&with_pieces(&rows, at, renamed), told, "another secret")?;
        }
    }
    comparison.print("changed bytes");
    Ok(())
}

/// Every message changes places with the next one of its line and direction that is another.
fn an_order(dialect: &Arc<Dialect>, sim: &Path, qemu: &Path) -> Result<(), String> {
    let mut comparison = Comparison::new(dialect, sim, qemu);
    let rows = comparison.planted.rows.clone();
    for (at, row) in rows.iter().enumerate() {
        let Some(told) = message(row) else { continue };
        let neighbour = rows.iter().enumerate().skip(at + 1).find_map(|(at, row)| {
            let next = message(row)?;
            (next.line == told.line && next.direction == told.direction).then_some((at, next))
        });
        let Some((next_at, next)) = neighbour.filter(|(_, next)| next.pieces != told.pieces) else {
            continue;
        };
        let swapped = with_pieces(&rows, at, next.pieces.clone());
        let swapped = with_pieces(&swapped, next_at, told.pieces.clone());
        let blamed = if matches!(next.meaning, Meaning::Boot(_)) { next } else { told };
        comparison.expect(&swapped, blamed, "swapped with the next")?;
    }
    comparison.print("swapped messages");
    Ok(())
}

/// A byte that nobody sent, on every line and in both directions, also where there is no other, at every boot.
fn a_stray_byte(dialect: &Arc<Dialect>, sim: &Path, qemu: &Path) -> Result<(), String> {
    let mut comparison = Comparison::new(dialect, sim, qemu);
    let rows = comparison.planted.rows.clone();
    let screens = rows
        .iter()
        .enumerate()
        .filter(|(_, row)| message(row).is_some_and(|message| matches!(message.meaning, Meaning::Boot(_))));
    for at in screens.map(|(at, _)| at + 1).collect::<Vec<_>>() {
        for line in ["panel", "modem", "host", "slot", "antenna", "front-end"] {
            for direction in [Direction::ToTerminal, Direction::FromTerminal] {
                let stray = stray(line, direction, 0x41);
                let mut rows = rows.clone();
                rows.insert(at, stray.clone());
                comparison.expect(&rows, message(&stray).unwrap(), "a stray byte")?;
            }
        }
    }
    comparison.print("stray bytes");
    Ok(())
}

/// Both ends and three places between.
fn places(length: usize) -> impl Iterator<Item = usize> {
    let mut places: Vec<_> = (0..5).map(|part| length.saturating_sub(1) * part / 4).collect();
    places.dedup();
    places.into_iter().filter(move |place| *place < length)
}

/// The bytes of a boot line that two builds differ in.
fn declared(told: &Message) -> Vec<usize> {
    let ([Piece::Text(text)], Meaning::Boot(_)) = (told.pieces.as_slice(), &told.meaning) else {
        return Vec::new();
    };
    let value = |name: &str| {
        let begins = text.find(name).unwrap() + name.len();
        let length = text[begins..].find([' ', '\r']).unwrap();
        begins..begins + length
    };
    value("build=").chain(value("entropy=")).collect()
}

/// The same with another secret where there is one.
fn another_secret(pieces: &[Piece]) -> Option<Vec<Piece>> {
    let mut pieces = pieces.to_vec();
    let token = pieces.iter_mut().find_map(|piece| match piece {
        Piece::Token(token) => Some(token),
        _ => None,
    })?;
    token.name.push('x');
    Some(pieces)
}
