//! A card that is swiped: the front end's frames with its transitions (ISO/IEC 7811-2).

use super::front_end::frame;

/// The intervals of a track between its first and its last transition, drawn evenly.
pub fn flux(text: &str, bit_length_us: u16) -> Vec<u16> {
    let mut values: Vec<u8> =
        format!(";{text}?").replace('D', "=").bytes().map(|character| character - b'0').collect();
    values.push(values.iter().fold(0, |check, value| check ^ value));
    let characters = values.iter().flat_map(|value| {
        let parity = value.count_ones().is_multiple_of(2);
        (0..4).map(move |place| value >> place & 1 == 1).chain([parity])
    });
    let bits = std::iter::repeat_n(false, 25).chain(characters).chain(std::iter::repeat_n(false, 25));
    let half = bit_length_us / 2;
    bits.flat_map(|bit| if bit { vec![half, bit_length_us - half] } else { vec![bit_length_us] }).collect()
}

/// The frame of a track.
pub fn track_frame(track: u8, flux: &[u16]) -> Vec<u8> {
    let intervals = flux.iter().flat_map(|interval| interval.to_be_bytes());
    frame(0x03, &std::iter::once(track).chain(intervals).collect::<Vec<_>>())
}

/// The frames of a swipe at 40 cm/s of a card with these tracks 2 and 3.
pub fn swipe(two: &str, three: &str) -> Vec<u8> {
    let three = if three.is_empty() { Vec::new() } else { flux(three, 302) };
    [track_frame(1, &[151; 600]), track_frame(2, &flux(two, 847)), track_frame(3, &three)].concat()
}
