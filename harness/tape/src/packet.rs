//! IPv4 packets with TCP segments, made up for a capture.

use std::net::SocketAddrV4;

use etherparse::{PacketBuilder, TcpOptionElement};

/// Time to live of the packets; any host's default will do.
const TIME_TO_LIVE: u8 = 64;
/// With the scale below 16 MB: a reader never finds the window full, though nobody acknowledges without having data to send.
const WINDOW: u16 = 64_240;
const WINDOW_SCALE: u8 = 8;
const SEGMENT_SIZE: u16 = 1460;

/// One end of a connection.
pub(crate) struct End {
    pub(crate) address: SocketAddrV4,
    /// Number of the next byte that it sends (RFC 9293, 3.4).
    pub(crate) next: u32,
}

/// What a segment is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Segment {
    /// First of the handshake.
    Syn,
    /// Its answer.
    SynAck,
    /// No data.
    Ack,
    /// Data.
    Data,
    /// The sender sends no more.
    Fin,
}

/// Builds the packet and moves the sender's number on.
///
/// # Errors
/// Those of the builder, as text; not met with payloads of up to 64 KB.
pub(crate) fn build(from: &mut End, to: &End, segment: Segment, payload: &[u8]) -> Result<Vec<u8>, String> {
    let tcp = PacketBuilder::ipv4(from.address.ip().octets(), to.address.ip().octets(), TIME_TO_LIVE).tcp(
        from.address.port(),
        to.address.port(),
        from.next,
        WINDOW,
    );
    let handshake =
        [TcpOptionElement::MaximumSegmentSize(SEGMENT_SIZE), TcpOptionElement::WindowScale(WINDOW_SCALE)];
    let tcp = match segment {
        Segment::Syn => tcp.syn().options(&handshake).map_err(|error| error.to_string())?,
        Segment::SynAck => tcp.syn().ack(to.next).options(&handshake).map_err(|error| error.to_string())?,
        Segment::Ack => tcp.ack(to.next),
        Segment::Data => tcp.psh().ack(to.next),
        Segment::Fin => tcp.fin().ack(to.next),
    };
    let mut packet = Vec::with_capacity(tcp.size(payload.len()));
    tcp.write(&mut packet, payload).map_err(|error| error.to_string())?;
    let flag = u32::from(matches!(segment, Segment::Syn | Segment::SynAck | Segment::Fin));
    let data = u32::try_from(payload.len()).map_err(|error| error.to_string())?;
    from.next = from.next.wrapping_add(data).wrapping_add(flag);
    Ok(packet)
}
