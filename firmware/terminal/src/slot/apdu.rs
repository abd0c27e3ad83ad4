//! Commands and responses of a chip card (ISO/IEC 7816-4, 5.1), above the characters that carry them.

use heapless::Vec;
use zeroize::Zeroizing;

use super::fault::SlotFault;

/// Bytes of a command's data at most.
pub(crate) const COMMAND_DATA: usize = 255;
/// Bytes of a response's data at most.
pub(crate) const RESPONSE_DATA: usize = 256;

/// A command APDU.
#[derive(Clone)]
pub(crate) struct Command {
    /// CLA, INS, P1, P2.
    pub(crate) header: [u8; 4],
    /// At most 255 bytes; none in cases 1 and 2.
    pub(crate) data: Zeroizing<Vec<u8, COMMAND_DATA>>,
    /// Le of cases 2 and 4, 0 for 256.
    pub(crate) expected: Option<u8>,
}

/// A response's data, erased when dropped.
pub(crate) type Response = Zeroizing<Vec<u8, RESPONSE_DATA>>;

/// SW1 and SW2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StatusWord(pub(crate) u16);

/// A card that can be asked.
pub(crate) trait CardPort {
    /// Sends a command; `response` then holds the data behind which the status stood.
    ///
    /// # Errors
    /// The session has ended: the card is gone, mute, or says what cannot be read.
    async fn exchange(&mut self, command: &Command, response: &mut Response)
    -> Result<StatusWord, SlotFault>;
}
