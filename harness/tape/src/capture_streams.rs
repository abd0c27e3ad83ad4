//! What a capture's connections carried, joined again however it was cut into packets.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use etherparse::{SlicedPacket, TransportSlice};
use pcap_file::DataLink;
use pcap_file::pcapng::{Block, PcapNgParseError, PcapNgParser};

use crate::form::bytes_to_nibbles;
use crate::leak::Place;
use crate::stretch::Stretch;

/// The type of a section header block, with which every pcapng file begins; it reads the same in either byte order.
const BEGINNING: &[u8] = b"\x0A\x0D\x0D\x0A";

pub(crate) fn is_capture(data: &[u8]) -> bool {
    data.starts_with(BEGINNING)
}

/// What each end of each TCP connection sent, in the order of the packets. A last block that was cut off is left out.
///
/// # Errors
/// When a block is damaged, as text.
pub(crate) fn capture_streams(data: &[u8]) -> Result<Vec<Stretch>, String> {
    let mut streams: BTreeMap<(SocketAddr, SocketAddr), Stretch> = BTreeMap::new();
    let (mut rest, mut parser) = match PcapNgParser::new(data) {
        Ok(begun) => begun,
        Err(PcapNgParseError::IncompleteBuffer { .. }) => return Ok(Vec::new()),
        Err(error) => return Err(error.to_string()),
    };
    for number in 1.. {
        let link = parser.state().interfaces().first().map_or(DataLink::RAW, |interface| interface.linktype);
        match parser.next_block(rest) {
            Ok((after, block)) => {
                rest = after;
                if let Block::EnhancedPacket(packet) = block {
                    add(&mut streams, number, link, &packet.data);
                }
            }
            Err(PcapNgParseError::IncompleteBuffer { .. }) => break,
            Err(error) => return Err(format!("block {number} after the section's header: {error}")),
        }
    }
    Ok(streams.into_values().collect())
}

fn add(
    streams: &mut BTreeMap<(SocketAddr, SocketAddr), Stretch>,
    number: u64,
    link: DataLink,
    packet: &[u8],
) {
    let sliced = if link == DataLink::ETHERNET {
        SlicedPacket::from_ethernet(packet)
    } else {
        SlicedPacket::from_ip(packet)
    };
    // What is no TCP over IP is searched as it stands in the file, like everything else in it.
    let Ok(SlicedPacket { net: Some(net), transport: Some(TransportSlice::Tcp(tcp)), .. }) = sliced else {
        return;
    };
    let addresses: Option<(IpAddr, IpAddr)> = match &net {
        etherparse::NetSlice::Ipv4(ip) => {
            Some((ip.header().source_addr().into(), ip.header().destination_addr().into()))
        }
        etherparse::NetSlice::Ipv6(ip) => {
            Some((ip.header().source_addr().into(), ip.header().destination_addr().into()))
        }
        etherparse::NetSlice::Arp(_) => None,
    };
    let Some((source, destination)) = addresses else { return };
    let ends = ((source, tcp.source_port()).into(), (destination, tcp.destination_port()).into());
    streams.entry(ends).or_default().push(Place::Block(number), &bytes_to_nibbles(tcp.payload()));
}
