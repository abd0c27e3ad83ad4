//! What the ends of a capture's TCP connections sent, in the order of the packets.

use std::net::{IpAddr, SocketAddr};

use etherparse::{NetSlice, SlicedPacket, TransportSlice};
use pcap_file::DataLink;
use pcap_file::pcapng::{Block, PcapNgParseError, PcapNgParser};

/// The type of a section header block, with which every pcapng file begins; it reads the same in either byte order.
const BEGINNING: &[u8] = b"\x0A\x0D\x0D\x0A";

/// The payload of one packet. Not shown by `Debug`: a foreign capture may hold card data in clear.
pub struct Sent {
    /// Who sent it.
    pub from: SocketAddr,
    /// To whom.
    pub to: SocketAddr,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// The number of its block after the section's header, from 1.
    pub block: u64,
}

impl std::fmt::Debug for Sent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "block {}: {} to {}, {} bytes", self.block, self.from, self.to, self.bytes.len())
    }
}

/// A capture that is damaged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("block {block} after the section's header cannot be read: {why}")]
pub struct CaptureReadError {
    /// The number of the block, 0 for the section's header itself.
    pub block: u64,
    /// What is wrong with it.
    pub why: String,
}

/// Whether `data` begins as a pcapng file does.
pub fn is_capture(data: &[u8]) -> bool {
    data.starts_with(BEGINNING)
}

/// The payloads of all TCP packets in `data`, a pcapng file. Repeated packets are not left out. A last block that was cut
/// off is; so is what is no TCP over IP.
///
/// # Errors
/// A damaged block.
pub fn captured(data: &[u8]) -> Result<Vec<Sent>, CaptureReadError> {
    let mut sent = Vec::new();
    let (mut rest, mut parser) = match PcapNgParser::new(data) {
        Ok(begun) => begun,
        Err(PcapNgParseError::IncompleteBuffer { .. }) => return Ok(sent),
        Err(error) => return Err(CaptureReadError { block: 0, why: error.to_string() }),
    };
    for block in 1.. {
        let link = parser.state().interfaces().first().map_or(DataLink::RAW, |interface| interface.linktype);
        match parser.next_block(rest) {
            Ok((after, read)) => {
                rest = after;
                if let Block::EnhancedPacket(packet) = read {
                    sent.extend(payload(block, link, &packet.data));
                }
            }
            Err(PcapNgParseError::IncompleteBuffer { .. }) => break,
            Err(error) => return Err(CaptureReadError { block, why: error.to_string() }),
        }
    }
    Ok(sent)
}

fn payload(block: u64, link: DataLink, packet: &[u8]) -> Option<Sent> {
    let sliced = if link == DataLink::ETHERNET {
        SlicedPacket::from_ethernet(packet)
    } else {
        SlicedPacket::from_ip(packet)
    };
    let Ok(SlicedPacket { net: Some(net), transport: Some(TransportSlice::Tcp(tcp)), .. }) = sliced else {
        return None;
    };
    let (source, destination): (IpAddr, IpAddr) = match &net {
        NetSlice::Ipv4(ip) => (ip.header().source_addr().into(), ip.header().destination_addr().into()),
        NetSlice::Ipv6(ip) => (ip.header().source_addr().into(), ip.header().destination_addr().into()),
        NetSlice::Arp(_) => return None,
    };
    Some(Sent {
        from: (source, tcp.source_port()).into(),
        to: (destination, tcp.destination_port()).into(),
        bytes: tcp.payload().to_vec(),
        block,
    })
}
