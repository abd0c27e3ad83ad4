//! Frames of vpcd: two bytes of length, the higher one first, and as many bytes.

use std::io;

use rustix::net::sockopt::set_tcp_quickack;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use zeroize::Zeroizing;

/// The next frame; nothing where the other side has closed between two.
pub(super) async fn read(line: &mut TcpStream) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
    let mut length = [0; 2];
    if line.read(&mut length[..1]).await? == 0 {
        return Ok(None);
    }
    line.read_exact(&mut length[1..]).await?;
    // vpcd sends the length by itself, and by Nagle's rule nothing more before that is acknowledged, for which a system takes its time.
    set_tcp_quickack(&*line, true)?;
    let mut bytes = Zeroizing::new(vec![0; u16::from_be_bytes(length).into()]);
    line.read_exact(&mut bytes).await?;
    Ok(Some(bytes))
}

/// What is sent for nothing. vpcd has no word for a card that says nothing, and waits for ever behind an empty frame; a single byte is
/// neither an answer to reset nor a response, to whoever gets it.
const NOTHING: &[u8] = &[0x00];

/// Sends a frame in one piece.
///
/// # Errors
/// [`io::ErrorKind::InvalidData`]: more bytes than a frame can have.
pub(super) async fn write(line: &mut TcpStream, bytes: &[u8]) -> io::Result<()> {
    let bytes = if bytes.is_empty() { NOTHING } else { bytes };
    let too_long = |_| {
        let message =
            format!("a frame has at most {} bytes, the card answers with {}", u16::MAX, bytes.len());
        io::Error::new(io::ErrorKind::InvalidData, message)
    };
    let length = u16::try_from(bytes.len()).map_err(too_long)?;
    let mut frame = Zeroizing::new(Vec::with_capacity(bytes.len().saturating_add(2)));
    frame.extend(length.to_be_bytes());
    frame.extend(bytes);
    line.write_all(&frame).await?;
    line.flush().await
}
