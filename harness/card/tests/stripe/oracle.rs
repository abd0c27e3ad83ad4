//! A decoder of F2F flux, written from ISO/IEC 7811-2 and -6 alone. It is plain, not clever: it holds the encoder to the standards, where the flux is
//! even.

use payrig_card::stripe::Track;

/// What is wrong with a track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unread {
    /// Too few intervals for anything.
    NoFlux,
    /// Half a one without its other half.
    HalfBit,
    NoStartSentinel,
    /// It ends before an end sentinel and an LRC.
    NoEnd,
    Parity,
    Lrc,
}

/// The bits of a track: a long interval is a zero, two short ones are a one. What is long is told by the bit before.
pub fn bits(intervals: &[u16]) -> Result<Vec<bool>, Unread> {
    // Clocking zeros come first, whichever way the card goes.
    let first: Vec<f64> = intervals.iter().take(6).map(|us| f64::from(*us)).collect();
    if first.len() < 6 {
        return Err(Unread::NoFlux);
    }
    let mut bit = first.iter().sum::<f64>() / 6.0;
    let mut bits = Vec::new();
    let mut rest = intervals.iter().map(|us| f64::from(*us));
    while let Some(us) = rest.next() {
        let one = us < bit * 0.75;
        let whole = if one {
            let Some(other) = rest.next() else {
                return if bits.is_empty() { Err(Unread::HalfBit) } else { Ok(bits) };
            };
            if other >= bit * 0.75 {
                return Err(Unread::HalfBit);
            }
            us + other
        } else {
            us
        };
        bits.push(one);
        bit = (bit + whole) / 2.0;
    }
    Ok(bits)
}

/// The data between the sentinels, of a track that went forward.
pub fn data(track: Track, bits: &[bool]) -> Result<String, Unread> {
    let (width, zero) = match track {
        Track::One => (7, b' '),
        Track::Two | Track::Three => (5, b'0'),
    };
    let first = bits.iter().position(|bit| *bit).ok_or(Unread::NoStartSentinel)?;
    let (mut text, mut lrc, mut ended) = (String::new(), 0, false);
    for (at, character) in bits[first..].chunks(width).enumerate() {
        if character.len() < width {
            break;
        }
        let value = |bits: &[bool]| bits.iter().rev().fold(0_u8, |value, bit| value << 1 | u8::from(*bit));
        let value = value(&character[..width - 1]);
        if character.iter().filter(|bit| **bit).count() % 2 == 0 {
            return Err(Unread::Parity);
        }
        if ended {
            // Behind the LRC there are clocking zeros and nothing else; no track is empty.
            let over = !bits[first + (at + 1) * width..].contains(&true);
            return if value == lrc && over && text.len() > 1 {
                Ok(text[1..].to_owned())
            } else {
                Err(Unread::Lrc)
            };
        }
        lrc ^= value;
        let read = char::from(zero + value);
        match (text.is_empty(), read) {
            (true, '%' | ';') => text.push(read),
            (true, _) => return Err(Unread::NoStartSentinel),
            (false, '?') => ended = true,
            (false, _) => text.push(read),
        }
    }
    Err(Unread::NoEnd)
}

/// Both at once, whichever way the card went.
pub fn read(track: Track, intervals: &[u16]) -> Result<String, Unread> {
    let bits = bits(intervals)?;
    data(track, &bits).or_else(|unread| {
        let back: Vec<bool> = bits.iter().rev().copied().collect();
        data(track, &back).map_err(|_| unread)
    })
}
