//! What happens to the terminal at its front end (INTERFACE.md, sections 8 and 13): card presence, tamper switch, stripe, scanner, and what
//! the printer answers to what it is sent.

use std::{io, sync::Arc};

use crc::{CRC_16_IBM_3740, Crc};
use payrig_card::stripe::Flux;
use payrig_rig::BoxLine;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, WriteHalf, split},
    sync::{Mutex, mpsc},
};

use crate::printer::SharedPrinter;

const FRAME: u8 = 0xA5;
const CONTACT_CARD: u8 = 0x01;
const TAMPER_SWITCH: u8 = 0x02;
const STRIPE: u8 = 0x03;
const PRINTER: u8 = 0x05;
const CRC: Crc<u16> = Crc::<u16>::new(&CRC_16_IBM_3740);

/// The world's end of a powered terminal's front end. Clones are the same end.
#[derive(Clone)]
pub(crate) struct FrontEnd(Events);

/// Frames go to the terminal one at a time.
type Events = Arc<Mutex<WriteHalf<BoxLine>>>;

impl FrontEnd {
    /// Takes the line; the future gives what the terminal prints to the printer, and its answers to the terminal, for as long as the line
    /// is there.
    pub(crate) fn attach(line: BoxLine, printer: SharedPrinter) -> (Self, impl Future<Output = ()>) {
        let (mut printed, events) = split(line);
        let events = Arc::new(Mutex::new(events));
        let (answer, mut answers) = mpsc::unbounded_channel();
        // A terminal that does not take an answer just now can print all the same.
        let printing = async move {
            let mut buffer = [0; 256];
            while let Ok(count @ 1..) = printed.read(&mut buffer).await {
                let bytes = buffer.get(..count).unwrap_or_default();
                for byte in printer.take(bytes) {
                    // Where the line is broken nobody takes it.
                    let _ = answer.send(byte);
                }
            }
        };
        let to_terminal = Arc::clone(&events);
        let answering = async move {
            while let Some(byte) = answers.recv().await {
                if send(&to_terminal, PRINTER, &[byte]).await.is_err() {
                    return;
                }
            }
        };
        let serving = async {
            tokio::join!(printing, answering);
        };
        (Self(events), serving)
    }

    /// Tells that a card is in the slot, or that none is any more.
    pub(crate) async fn contact_card(&self, is_in: bool) -> io::Result<()> {
        send(&self.0, CONTACT_CARD, &[u8::from(is_in)]).await
    }

    /// Opens or closes the tamper switch.
    pub(crate) async fn tamper(&self, open: bool) -> io::Result<()> {
        send(&self.0, TAMPER_SWITCH, &[u8::from(open)]).await
    }

    /// Tells of a swipe, once the card has left the head.
    pub(crate) async fn swipe(&self, flux: &Flux) -> io::Result<()> {
        for (_, payload) in flux.payloads() {
            send(&self.0, STRIPE, &payload).await?;
        }
        Ok(())
    }
}

async fn send(events: &Events, kind: u8, payload: &[u8]) -> io::Result<()> {
    let mut line = events.lock().await;
    line.write_all(&frame(kind, payload)).await?;
    line.flush().await
}

/// `A5`, type, length, payload, CRC over type to payload.
fn frame(kind: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len()).unwrap_or(u16::MAX).to_be_bytes();
    let mut bytes = vec![FRAME, kind];
    bytes.extend(length);
    bytes.extend(payload);
    bytes.extend(CRC.checksum(&bytes[1..]).to_be_bytes());
    bytes
}

#[cfg(test)]
mod tests;
