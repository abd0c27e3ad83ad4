//! Packets of a capture that somebody made who did not know the secrets.

/// An enhanced packet block, and where in it the packet and the number of its bytes are (pcapng, section 4.3).
const PACKET_BLOCK: u32 = 6;
const CAPTURED: usize = 20;
const ORIGINAL: usize = 24;
const PACKET: usize = 28;
/// Where in an IPv4 header its length and the packet's are.
const TOTAL_LENGTH: usize = 2;

/// The capture with each of `values` in packets of `length` bytes of one connection, behind its last packet that carries something.
pub fn plant(capture: &[u8], values: &[Vec<u8>], length: usize) -> Vec<u8> {
    let mut blocks = Vec::new();
    let mut rest = capture;
    while !rest.is_empty() {
        let (block, after) = rest.split_at(number(rest, 4) as usize);
        blocks.push(block);
        rest = after;
    }
    let carries = |block: &&[u8]| Packet::of(block).is_some_and(|packet| !packet.payload().is_empty());
    let last = blocks.iter().rposition(carries).expect("a packet carries something");
    let packet = Packet::of(blocks[last]).unwrap();
    // Nobody's bytes behind each, so that the value before is over.
    let planted = values.iter().map(|value| [value.as_slice(), &[0xEE; 2]].concat());
    let planted = planted
        .flat_map(|bytes| bytes.chunks(length).flat_map(|piece| packet.carrying(piece)).collect::<Vec<_>>());
    [blocks[..=last].concat(), planted.collect(), blocks[last + 1..].concat()].concat()
}

struct Packet<'b> {
    block: &'b [u8],
    packet: &'b [u8],
}

impl<'b> Packet<'b> {
    fn of(block: &'b [u8]) -> Option<Self> {
        let is_packet = number(block, 0) == PACKET_BLOCK;
        is_packet.then(|| Self { block, packet: &block[PACKET..][..number(block, CAPTURED) as usize] })
    }

    /// The bytes of its headers, IPv4's and TCP's.
    fn headers(&self) -> usize {
        let ip = usize::from(self.packet[0] & 0x0F) * 4;
        ip + usize::from(self.packet[ip + 12] >> 4) * 4
    }

    fn payload(&self) -> &'b [u8] {
        &self.packet[self.headers()..]
    }

    /// A block like this one with other contents and without options.
    fn carrying(&self, payload: &[u8]) -> Vec<u8> {
        let mut packet = [&self.packet[..self.headers()], payload].concat();
        let length = packet.len();
        packet[TOTAL_LENGTH..][..2].copy_from_slice(&u16::try_from(length).unwrap().to_be_bytes());
        packet.resize(length.next_multiple_of(4), 0);
        let mut block = [&self.block[..PACKET], &packet, &[0; 4]].concat();
        let whole = block.len();
        put(&mut block, 4, whole);
        put(&mut block, whole - 4, whole);
        put(&mut block, CAPTURED, length);
        put(&mut block, ORIGINAL, length);
        block
    }
}

/// The file is in big-endian order, as its section header says.
fn number(block: &[u8], at: usize) -> u32 {
    u32::from_be_bytes(block[at..][..4].try_into().unwrap())
}

fn put(block: &mut [u8], at: usize, value: usize) {
    block[at..][..4].copy_from_slice(&u32::try_from(value).unwrap().to_be_bytes());
}
