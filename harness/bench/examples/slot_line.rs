//! How long a slot's line takes beyond the card's own time, from the tape of a chip sale: from the card's last character to the last one of
//! what the terminal says next. The terminal's own work is in it, so that the line itself takes no longer than this. The card is not paced.
//!
//! ```console
//! $ cargo run -p payrig-bench --example slot_line                              # the emulated board
//! $ PAYRIG_RIG=rigs/sim.toml cargo run -p payrig-bench --example slot_line
//! ```

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a measurement that cannot go on says so by its panic"
)]

use std::{
    env,
    path::{Path, PathBuf},
    time::Duration,
};

use payrig_bench::{Bench, Fixtures, RunFolder, Settings, Suite, Verdict};
use payrig_rig::{LineName, RigFile};
use payrig_tape::{Direction, Piece, Recording, TAPE_FILE};

/// At T=1 each turn is a block, so that nearly each pair of turns is a command and its answer; at T=0 a procedure byte is a turn of its own.
const CASES: [&str; 2] = ["chip::declined-by-host[card=t1]", "chip::declined-by-host[card=unionpay-credit]"];
/// What a line may take: so much, and so much for each byte.
const BOUND: (f64, f64) = (1.0, 0.1);

/// The card's characters, and the terminal's behind them.
struct Turn {
    milliseconds: f64,
    bytes: f64,
}

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let rig = env::var_os("PAYRIG_RIG").map_or_else(|| root.join("rigs/qemu.toml"), |rig| root.join(rig));
    let folder = tempfile::tempdir().unwrap();
    let fixtures = Fixtures::open(&root.join("fixtures")).unwrap();
    let suite = Suite::load(&fixtures).unwrap();
    let run = RunFolder::at(folder.path().join("run")).unwrap();
    let bench = Bench::new(Settings { rig: RigFile::load(&rig).unwrap(), fixtures, run, seed: 1 });
    for name in CASES {
        let report = bench.run(suite.case(name).expect("the suite has this case"));
        assert_eq!(report.verdict, Verdict::Pass, "{name}: {:?}", report.why);
        let tape: PathBuf = bench.settings().run.path().join(&report.folder).join(TAPE_FILE);
        tell(name, &turns(&payrig_tape::read(&tape).unwrap()));
    }
}

fn tell(name: &str, turns: &[Turn]) {
    let of = |value: fn(&Turn) -> f64| median(turns.iter().map(value).collect());
    let slopes = turns.iter().enumerate().flat_map(|(at, one)| {
        let others = turns.iter().take(at).filter(|other| other.bytes != one.bytes);
        others.map(|other| (one.milliseconds - other.milliseconds) / (one.bytes - other.bytes))
    });
    let within = turns.iter().filter(|turn| turn.milliseconds <= BOUND.0 + BOUND.1 * turn.bytes).count();
    println!(
        "{name}: {} turns; median {:.3} ms at {} bytes; {:.4} ms more for each byte (median slope); \
         beyond {} ms a byte {:.3} ms (median; bound {} ms); {within} turns within the bound",
        turns.len(),
        of(|turn| turn.milliseconds),
        of(|turn| turn.bytes),
        median(slopes.collect()),
        BOUND.1,
        of(|turn| turn.milliseconds - BOUND.1 * turn.bytes),
        BOUND.0,
    );
}

/// The turns of a tape, but for what follows a reset's silence.
fn turns(tape: &Recording) -> Vec<Turn> {
    let mut turns = Vec::new();
    // The card's last run: when it ended, and its bytes; then the terminal's behind it.
    let mut card: Option<(Duration, f64)> = None;
    let mut terminal: Option<(Duration, f64)> = None;
    for event in tape.events().filter(|event| event.line == LineName::Slot.word()) {
        let bytes = bytes(&event.data);
        match event.direction {
            Direction::FromTerminal => {
                let before = terminal.map_or(0.0, |(_, bytes)| bytes);
                terminal = Some((event.at, before + bytes));
            }
            Direction::ToTerminal => {
                if let (Some((spoke, said)), Some((ended, asked))) = (card, terminal.take()) {
                    let milliseconds = ended.saturating_sub(spoke).as_secs_f64() * 1e3;
                    turns.push(Turn { milliseconds, bytes: said + asked });
                    card = Some((event.at, bytes));
                } else {
                    let before = card.map_or(0.0, |(_, bytes)| bytes);
                    card = Some((event.at, before + bytes));
                }
            }
        }
    }
    turns
}

fn bytes(pieces: &[Piece]) -> f64 {
    fn nibbles(pieces: &[Piece]) -> usize {
        let of = |piece: &Piece| match piece {
            Piece::Text(text) => text.len() * 2,
            Piece::Hex(digits) => digits.len(),
            Piece::Token(token) => token.nibbles,
            Piece::Slot(characters) => nibbles(characters.pieces()),
            Piece::Withheld(bytes) => usize::try_from(*bytes).unwrap() * 2,
        };
        pieces.iter().map(of).sum()
    }
    f64::from(u32::try_from(nibbles(pieces)).unwrap()) / 2.0
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
