use std::time::Duration;

use payrig_operator::paper::{CutShort, PrinterState};
use rstest::rstest;
use tokio::{
    io::{DuplexStream, duplex},
    runtime::Builder,
    time::timeout,
};

use super::*;

const PAPER: &[u8] = b"\x10\x04\x04";
const PRINTED: &[u8] = b"\x1dr\x01";
/// A copy of twelve lines of paper, four of them fed.
const COPY: &[u8] =
    b"\x1b@\x1ba\x01\x1d!\x11POS RECEIPT\n\x1d!\x00CUSTOMER COPY\n\x1ba\x00TYPE SALE\n\x1d!\x01\
    AMOUNT CNY 1.00\n\x1d!\x00VOUCHER 000001\n\x1bd\x04\x1dVB\x00";
/// How long a terminal waits for an answer to `GS r 1`.
const PATIENCE: Duration = Duration::from_secs(10);

#[test]
fn a_frame_is_closed_by_the_crc_of_the_interface() {
    assert_eq!(CRC.checksum(b"123456789"), 0x29B1);
    let bytes = frame(TAMPER_SWITCH, &[1]);
    assert_eq!(bytes[..5], [0xA5, 0x02, 0x00, 0x01, 0x01]);
    assert_eq!(bytes[5..], CRC.checksum(&[0x02, 0x00, 0x01, 0x01]).to_be_bytes());
}

/// Plays a terminal at the far end of a short line, for as long as it takes.
fn as_terminal<T>(printer: &SharedPrinter, play: impl AsyncFnOnce(FrontEnd, DuplexStream) -> T) -> T {
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let (line, terminal) = duplex(16);
        let (front_end, serving) = FrontEnd::attach(Box::new(line), printer.clone());
        tokio::select! {
            played = play(front_end, terminal) => played,
            () = serving => panic!("the line is there, and nobody serves it"),
        }
    })
}

/// Sends something that asks, and waits for the answer.
async fn ask(terminal: &mut DuplexStream, bytes: &[u8]) -> Option<u8> {
    terminal.write_all(bytes).await.unwrap();
    let mut answer = [0; 7];
    timeout(PATIENCE, terminal.read_exact(&mut answer)).await.ok()?.unwrap();
    assert_eq!(answer.as_slice(), frame(0x05, &answer[4..5]));
    Some(answer[4])
}

#[rstest]
#[case::ready(PrinterState::Ready, [Some(0x12), Some(0x00), Some(0x12)], Some(None))]
#[case::paper_out(PrinterState::PaperOut, [Some(0x72), None, Some(0x72)], None)]
#[case::dead(PrinterState::Dead, [None, None, None], None)]
#[case::runs_out(PrinterState::PaperOutAfter(5), [Some(0x12), None, Some(0x72)], Some(Some(CutShort::PaperOut)))]
#[case::just_enough(PrinterState::PaperOutAfter(11), [Some(0x12), Some(0x0C), Some(0x72)], Some(None))]
fn a_terminal_asks_prints_and_asks(
    #[case] state: PrinterState,
    #[case] answers: [Option<u8>; 3],
    #[case] receipt: Option<Option<CutShort>>,
) {
    let printer = SharedPrinter::default();
    printer.set_state(state);
    let heard = as_terminal(&printer, async |_front_end, mut terminal| {
        let before = ask(&mut terminal, PAPER).await;
        let printed = ask(&mut terminal, &[COPY, PRINTED].concat()).await;
        [before, printed, ask(&mut terminal, PAPER).await]
    });
    assert_eq!(heard, answers);
    let receipts = printer.receipts();
    assert_eq!(receipts.first().map(|receipt| receipt.cut_short), receipt);
    assert!(receipts.len() < 2, "{receipts:?}");
}

/// It asks and asks and reads no answer, while the line to it has room for two.
#[test]
fn a_terminal_that_takes_no_answer_can_print() {
    let printer = SharedPrinter::default();
    as_terminal(&printer, async |_front_end, mut terminal| {
        let all = [PAPER.repeat(50), COPY.to_vec()].concat();
        timeout(PATIENCE, terminal.write_all(&all)).await.unwrap().unwrap();
        // The line is short: what it still held has been read once it has room again.
        timeout(PATIENCE, terminal.write_all(&[0; 16])).await.unwrap().unwrap();
    });
    assert_eq!(printer.receipts()[0].cut_short, None);
}

#[test]
fn the_switch_and_the_printer_do_not_talk_into_each_other() {
    let all = as_terminal(&SharedPrinter::default(), async |front_end, mut terminal| {
        terminal.write_all(&PAPER.repeat(3)).await.unwrap();
        let mut all = Vec::new();
        let switch = async {
            front_end.tamper(true).await.unwrap();
            front_end.tamper(false).await.unwrap();
        };
        let reading = async {
            let mut bytes = [0; 5];
            while let Ok(Ok(count @ 1..)) = timeout(PATIENCE, terminal.read(&mut bytes)).await {
                all.extend_from_slice(&bytes[..count]);
            }
        };
        tokio::join!(switch, reading);
        all
    });
    let mut frames: Vec<_> = all.chunks(7).map(<[u8]>::to_vec).collect();
    frames.sort();
    let answer = frame(PRINTER, &[0x12]);
    let switch = [frame(TAMPER_SWITCH, &[0]), frame(TAMPER_SWITCH, &[1])];
    assert_eq!(frames, [switch.as_slice(), &[answer.clone(), answer.clone(), answer]].concat());
}
