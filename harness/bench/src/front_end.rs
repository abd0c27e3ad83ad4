//! What happens to the terminal at its front end (INTERFACE.md, section 8): card presence, tamper switch, stripe, scanner.

use std::io;

use crc::{CRC_16_IBM_3740, Crc};
use payrig_rig::BoxLine;
use tokio::io::{AsyncReadExt, AsyncWriteExt, WriteHalf, split};

const FRAME: u8 = 0xA5;
const TAMPER_SWITCH: u8 = 0x02;
const CRC: Crc<u16> = Crc::<u16>::new(&CRC_16_IBM_3740);

/// The world's end of a powered terminal's front end.
pub(crate) struct FrontEnd(WriteHalf<BoxLine>);

impl FrontEnd {
    /// Takes the line; the future reads what the terminal prints, for as long as the line is there.
    pub(crate) fn attach(line: BoxLine) -> (Self, impl Future<Output = ()>) {
        let (mut printed, events) = split(line);
        let reading = async move {
            let mut buffer = [0; 256];
            while let Ok(1..) = printed.read(&mut buffer).await {}
        };
        (Self(events), reading)
    }

    /// Opens or closes the tamper switch.
    pub(crate) async fn tamper(&mut self, open: bool) -> io::Result<()> {
        self.0.write_all(&frame(TAMPER_SWITCH, &[u8::from(open)])).await?;
        self.0.flush().await
    }
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
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_closed_by_the_crc_of_the_interface() {
        assert_eq!(CRC.checksum(b"123456789"), 0x29B1);
        let bytes = frame(TAMPER_SWITCH, &[1]);
        assert_eq!(bytes[..5], [0xA5, 0x02, 0x00, 0x01, 0x01]);
        assert_eq!(bytes[5..], CRC.checksum(&[0x02, 0x00, 0x01, 0x01]).to_be_bytes());
    }
}
