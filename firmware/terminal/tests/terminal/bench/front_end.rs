//! What comes from the front end: framed events, and a printer that answers its queries.

use std::cell::Cell;
use std::rc::Rc;

use crc::{CRC_16_IBM_3740, Crc};

use super::pipe::{Rx, Tx, pipe};

/// A front-end frame.
pub fn frame(kind: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![0xA5, kind];
    frame.extend(u16::try_from(payload.len()).unwrap().to_be_bytes());
    frame.extend(payload);
    let crc = Crc::<u16>::new(&CRC_16_IBM_3740).checksum(&frame[1..]);
    frame.extend(crc.to_be_bytes());
    frame
}

/// Whether the printer has paper; without a word it says nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Paper {
    There,
    Out,
    Silent,
}

/// Answers the printer's queries until it is dropped. What is printed is in the line's recording.
pub fn serve_printer(printer: &mut Rx, front_end: &Tx, paper: Rc<Cell<Paper>>) {
    let mut rx = std::mem::replace(printer, pipe().1);
    let front_end = front_end.clone();
    tokio::task::spawn_local(async move {
        let mut last = [0; 3];
        loop {
            last = [last[1], last[2], rx.byte().await];
            let status = match (last, paper.get()) {
                (_, Paper::Silent) => continue,
                ([0x10, 0x04, 0x04], Paper::There) => 0x12,
                ([0x10, 0x04, 0x04], Paper::Out) => 0x72,
                ([0x1D, 0x72, 0x01], Paper::There) => 0x00,
                ([0x1D, 0x72, 0x01], Paper::Out) => 0x0C,
                _ => continue,
            };
            front_end.put(&frame(0x05, &[status]));
        }
    });
}
