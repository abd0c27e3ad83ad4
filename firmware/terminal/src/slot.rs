//! The card slot's line: characters with escaped control (INTERFACE.md, section 9).

use embedded_io_async::Write;

/// RST low, then VCC off: a card left in the slot at power-up is deactivated (ISO 7816-3, 6.4).
const DEACTIVATE: [u8; 6] = [0x10, 0x52, 0x00, 0x10, 0x56, 0x00];

/// Deactivates the contacts. A slot line that is not there is no reason not to boot.
pub(crate) async fn deactivate<W: Write>(line: &mut W) {
    if line.write_all(&DEACTIVATE).await.is_ok() {
        let _ = line.flush().await;
    }
}
