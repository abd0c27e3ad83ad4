use encoding_rs::GB18030;
use payrig_operator::paper::{Command, EscPos, Printer, PrinterState, Receipt};
use proptest::prelude::*;
use rstest::rstest;

use crate::copy::{Copy, PAPER, PRINTED};

/// Pieces of a stream: what a terminal sends, what else a printer may be sent, and anything.
fn stream() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(Copy::english_sale().bytes()),
        Just(Copy::chinese_void().bytes()),
        Just([PAPER, PRINTED].concat()),
        Just(b"\x1c&\xc9\xcc\x81\x30\x81\x30\xc9".to_vec()),
        Just(b"\x1bE\x01\x1dL\x00\x10\x1d!\x77wide\x1d".to_vec()),
        proptest::collection::vec(
            prop_oneof![Just(0x1B), Just(0x1D), Just(0x10), Just(4), any::<u8>()],
            0..40
        ),
    ];
    proptest::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

fn state() -> impl Strategy<Value = PrinterState> {
    prop_oneof![
        Just(PrinterState::Ready),
        Just(PrinterState::PaperOut),
        (0..40_u32).prop_map(PrinterState::PaperOutAfter),
        Just(PrinterState::Dead),
    ]
}

fn printed<'a>(state: PrinterState, chunks: impl IntoIterator<Item = &'a [u8]>) -> (Vec<Receipt>, Vec<u8>) {
    let mut printer = Printer::default();
    printer.set_state(state);
    let answers = chunks.into_iter().flat_map(|chunk| printer.take(chunk)).collect();
    (printer.receipts(), answers)
}

proptest! {
    /// However a stream is cut, the same is printed and answered.
    #[test]
    fn receipts_do_not_depend_on_chunks(
        bytes in stream(),
        cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..30),
        state in state(),
    ) {
        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
        cuts.extend([0, bytes.len()]);
        cuts.sort_unstable();
        let chunks = cuts.windows(2).map(|cut| &bytes[cut[0]..cut[1]]);
        prop_assert_eq!(printed(state, chunks), printed(state, [bytes.as_slice()]));
    }

    /// Whatever comes, every byte is of one command, all of it can be shown, and no line is wider than the paper.
    #[test]
    fn any_bytes_can_be_read(bytes in stream(), states in proptest::collection::vec(state(), 0..4)) {
        let spoken = EscPos::default().push(&bytes);
        let mut at = 0;
        for one in &spoken {
            prop_assert_eq!(one.at, at);
            at += one.length as u64;
        }
        prop_assert!(at <= bytes.len() as u64 && bytes.len() as u64 - at <= 4, "{} of {}", at, bytes.len());

        let mut printer = Printer::default();
        for state in states {
            printer.set_state(state);
            printer.take(&bytes);
        }
        for receipt in printer.receipts() {
            let (text, svg) = (receipt.to_text(), receipt.to_svg());
            prop_assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{:?}", text);
            prop_assert!(!svg.chars().any(|c| c.is_control() && c != '\n'), "{:?}", svg);
            for line in &receipt.lines {
                let width = |run: &payrig_operator::paper::Run| {
                    unicode_width::UnicodeWidthStr::width(run.text.as_str()) * usize::from(run.size.width)
                };
                prop_assert!(line.runs.iter().map(width).sum::<usize>() <= 32);
            }
        }
    }

    /// A paper question that comes behind half a command is heard all the same: the terminal lost power in the midst of it.
    #[test]
    fn a_question_is_heard_behind_any_half_of_a_copy(cut in any::<prop::sample::Index>(), chinese: bool) {
        let copy = if chinese { Copy::chinese_void() } else { Copy::english_sale() }.bytes();
        let half = &copy[..cut.index(copy.len())];
        prop_assert_eq!(printed(PrinterState::Ready, [half, PAPER]).1, [0x12]);
    }

    /// GB18030 has every character; those that a printer has a cell for are printed as they are.
    #[test]
    fn chinese_text_is_read_as_it_was_written(text in "[一-龥㐀-㐐Ａ-Ｚ，。￥𠀀-𠀐a-z0-9]{1,12}") {
        let bytes = [b"\x1b@\x1c&".as_slice(), &GB18030.encode(&text).0, b"\n"].concat();
        let receipt = printed(PrinterState::Ready, [bytes.as_slice()]).0.pop().unwrap();
        prop_assert_eq!(receipt.lines[0].text(), text);
        prop_assert!(receipt.notes.is_empty());
    }
}

/// Notes of a stream, each as its place and its bytes.
fn notes(bytes: &[u8]) -> Vec<String> {
    let receipts = printed(PrinterState::Ready, [bytes]).0;
    receipts.iter().flat_map(|receipt| receipt.notes.iter().map(ToString::to_string)).collect()
}

#[rstest]
#[case::bold(b"\x1b@\x1bE\x01text\n", &["byte 2: not understood: 1b 45 01"])]
#[case::in_a_row(b"\x1b@\x00\x07text\x0c\n", &["byte 2: not understood: 00 07", "byte 8: not understood: 0c"])]
#[case::second_copy(b"\x1b@a\n\x1dVB\x00\x1b@\x1bqb\n", &["byte 2: not understood: 1b 71"])]
#[case::chinese_without_its_command(b"\xc9\xcc\n", &["byte 0: not understood: c9 cc"])]
#[case::half_a_character(b"\x1b@\x1c&\xc9\n", &["byte 4: not understood: c9"])]
#[case::steering_character(b"\x1b@\x1c&\x81\x36\xa7\x31\n", &["byte 4: not understood: 81 36 a7 31"])]
#[case::another_question(b"\x10\x04\x01text\n", &["byte 0: not understood: 10 04 01"])]
#[case::size_of_nothing(b"\x1d!\x88text\n", &["byte 0: not understood: 1d 21 88"])]
fn what_is_not_understood_is_noted_with_its_place(#[case] bytes: &[u8], #[case] expected: &[&str]) {
    assert_eq!(notes(bytes), expected);
}

#[test]
fn parameters_are_no_text_and_character_sets_end() {
    let bytes = b"\x1b@\x1bt\x41\x1c&\xc9\xcc\x1c.\xc9\x1c&\xbb\xa7\x1b@\xbb\n";
    let read: Vec<_> = EscPos::default().push(bytes).into_iter().map(|spoken| spoken.command).collect();
    assert_eq!(
        read,
        [
            Command::Initialise,
            Command::Unknown(b"\x1bt\x41".to_vec()),
            Command::Chinese(true),
            Command::Print('商'),
            Command::Chinese(false),
            Command::Unreadable(vec![0xC9]),
            Command::Chinese(true),
            Command::Print('户'),
            Command::Initialise,
            Command::Unreadable(vec![0xBB]),
            Command::Line,
        ]
    );
}

#[test]
fn a_line_that_is_too_long_goes_on_on_the_next() {
    let text = |bytes: &[u8]| printed(PrinterState::Ready, [bytes]).0.pop().unwrap().to_text();
    let long = text(&[b"x".repeat(33).as_slice(), b"\n"].concat());
    assert_eq!(long, format!("{}\nx\n~~ incomplete: it was not cut off ~~\n", "x".repeat(32)));
    // Sixteen characters of double width fill a line.
    let wide = text(&[b"\x1d!\x10".as_slice(), &b"w".repeat(17), b"\n"].concat());
    assert!(wide.starts_with(&format!("{}\nw\n", "w".repeat(16))), "{wide}");
}
