//! What a capture's connections carried, joined again however it was cut into packets.

use std::collections::BTreeMap;

use crate::captured::{CaptureReadError, captured};
use crate::form::bytes_to_nibbles;
use crate::leak::Place;
use crate::stretch::Stretch;

/// What each end of each TCP connection sent, in the order of the packets. What is no TCP over IP is searched as it
/// stands in the file, like everything else in it.
///
/// # Errors
/// A damaged block.
pub(crate) fn capture_streams(data: &[u8]) -> Result<Vec<Stretch>, CaptureReadError> {
    let mut streams = BTreeMap::<_, Stretch>::new();
    for sent in captured(data)? {
        let stream = streams.entry((sent.from, sent.to)).or_default();
        stream.push(Place::Block(sent.block), &bytes_to_nibbles(&sent.bytes));
    }
    Ok(streams.into_values().collect())
}
