//! The access controller at the other end of a telephone line: frames on the line's side, messages with their length on the
//! host's (INTERFACE.md, section 15; PROTOCOL.md, "The network's side").

use std::collections::VecDeque;

const STX: u8 = 0x02;
const ETX: u8 = 0x03;
const NAK: u8 = 0x15;
/// Bytes of a TPDU.
const TPDU: usize = 5;
/// Of what the controller tells the host of the call: `LRI`, the length of the rest, the rest.
const LRI: usize = 33;
/// The number of that rest.
const LRI_REST: [u8; 2] = [0x00, 0x1C];
/// The largest message that two bytes of BCD can announce.
const LARGEST: usize = 9999;
/// How often a frame is sent again.
const REPEATS: u8 = 2;

/// What comes of a byte, or of silence.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// Nothing yet.
    Nothing,
    /// A whole message for the host, with its length before it.
    Message(Vec<u8>),
    /// These bytes go down the line.
    Answer(Vec<u8>),
}

/// The controller's state for one call.
#[derive(Debug, Default)]
pub(crate) struct AccessController {
    calling: String,
    called: String,
    /// What came of a frame, from its length on.
    frame: Vec<u8>,
    within: Within,
    /// The frame that was sent last, and how often again.
    sent: Option<(Vec<u8>, u8)>,
    from_host: VecDeque<u8>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Within {
    /// Outside a frame.
    #[default]
    Nothing,
    Frame,
    /// A frame that cannot be right: its end is where the line falls silent.
    Harmed,
}

impl AccessController {
    /// For a call from one number to another.
    pub(crate) fn of_call(calling: &str, called: &str) -> Self {
        Self { calling: calling.to_owned(), called: called.to_owned(), ..Self::default() }
    }

    /// Whether a frame has begun and not ended.
    pub(crate) fn is_within_frame(&self) -> bool {
        self.within != Within::Nothing
    }

    /// Whether half of the frame that has begun is there.
    pub(crate) fn has_half_a_frame(&self) -> bool {
        self.within == Within::Frame
            && self.announced().is_some_and(|message| self.frame.len() >= 2 + message.div_ceil(2))
    }

    /// Takes a byte from the line.
    pub(crate) fn hear(&mut self, byte: u8) -> Heard {
        match (self.within, byte) {
            (Within::Nothing, STX) => {
                self.within = Within::Frame;
                self.frame.clear();
                Heard::Nothing
            }
            (Within::Nothing, NAK) => self.repeat(),
            (Within::Nothing | Within::Harmed, _) => Heard::Nothing,
            (Within::Frame, byte) => {
                self.frame.push(byte);
                self.look()
            }
        }
    }

    /// Nothing has come for a while: a frame that is not whole will not be.
    pub(crate) fn fall_silent(&mut self) -> Heard {
        if self.within == Within::Nothing { Heard::Nothing } else { self.complain() }
    }

    /// Takes bytes from the host; each message that is whole becomes a frame for the line.
    pub(crate) fn take_from_host(&mut self, bytes: &[u8]) -> Vec<Vec<u8>> {
        self.from_host.extend(bytes);
        let mut frames = Vec::new();
        while let (Some(high), Some(low)) = (self.from_host.front(), self.from_host.get(1)) {
            let length = usize::from(u16::from_be_bytes([*high, *low]));
            if self.from_host.len() < 2 + length {
                break;
            }
            let message: Vec<_> = self.from_host.drain(..2 + length).skip(2).collect();
            // What no frame can carry the terminal does not get.
            if length <= LARGEST {
                let frame = framed(&message);
                self.sent = Some((frame.clone(), 0));
                frames.push(frame);
            }
        }
        frames
    }

    /// Looks at what has come of a frame.
    fn look(&mut self) -> Heard {
        if self.frame.len() < 2 {
            return Heard::Nothing;
        }
        let Some(message) = self.announced() else { return self.wait_for_silence() };
        let body = &self.frame[2..];
        if body.len() > message && body[message] != ETX {
            // The length may be what is wrong: nobody knows where the frame ends.
            return self.wait_for_silence();
        }
        let Some(lrc) = body.get(message + 1) else { return Heard::Nothing };
        let right = *lrc == lrc_of(&self.frame[..2 + message + 1]);
        if !right || message < TPDU {
            return self.complain();
        }
        self.within = Within::Nothing;
        let message = self.frame[2..2 + message].to_vec();
        Heard::Message(self.for_host(&message))
    }

    /// The message's length that the frame announces; none where it is not BCD.
    fn announced(&self) -> Option<usize> {
        let digits = self.frame.get(..2)?.iter().flat_map(|byte| [byte >> 4, byte & 0x0F]);
        digits.map(usize::from).try_fold(0, |number, digit| (digit < 10).then_some(number * 10 + digit))
    }

    fn wait_for_silence(&mut self) -> Heard {
        self.within = Within::Harmed;
        Heard::Nothing
    }

    fn complain(&mut self) -> Heard {
        self.within = Within::Nothing;
        Heard::Answer(vec![NAK])
    }

    fn repeat(&mut self) -> Heard {
        match &mut self.sent {
            Some((frame, times)) if *times < REPEATS => {
                *times += 1;
                Heard::Answer(frame.clone())
            }
            _ => Heard::Nothing,
        }
    }

    /// The message as the host gets it: with its length, and with what the controller knows of the call behind the TPDU.
    fn for_host(&self, message: &[u8]) -> Vec<u8> {
        let (tpdu, rest) = message.split_at(TPDU.min(message.len()));
        let length = u16::try_from(message.len() + LRI).unwrap_or(u16::MAX);
        let mut whole = length.to_be_bytes().to_vec();
        whole.extend(tpdu);
        whole.extend(b"LRI");
        whole.extend(LRI_REST);
        whole.extend(number(&self.calling));
        whole.extend(number(&self.called));
        whole.extend([0; 12]);
        whole.extend(rest);
        whole
    }
}

/// A message between STX and LRC.
fn framed(message: &[u8]) -> Vec<u8> {
    let n = message.len();
    let bcd = |two: usize| u8::try_from(two / 10 * 16 + two % 10).unwrap_or(0);
    let mut frame = vec![STX, bcd(n / 100 % 100), bcd(n % 100)];
    frame.extend(message);
    frame.push(ETX);
    frame.push(lrc_of(&frame[1..]));
    frame
}

fn lrc_of(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |lrc, byte| lrc ^ byte)
}

/// A telephone number as 8 bytes of BCD, filled up with F behind its last digit.
fn number(digits: &str) -> [u8; 8] {
    let mut nibbles = digits.bytes().filter(u8::is_ascii_digit).map(|digit| digit - b'0');
    std::array::from_fn(|_| {
        let (high, low) = (nibbles.next().unwrap_or(0x0F), nibbles.next().unwrap_or(0x0F));
        high << 4 | low
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MESSAGE: &[u8] = b"\x60\x00\x03\x00\x00\x60\x31\x00\x31\x11\x08rest";

    fn heard(controller: &mut AccessController, bytes: &[u8]) -> Vec<Heard> {
        let all = bytes.iter().map(|byte| controller.hear(*byte));
        all.filter(|heard| *heard != Heard::Nothing).collect()
    }

    #[test]
    fn a_frame_has_its_length_in_bcd_and_an_lrc_over_length_to_etx() {
        let message: Vec<u8> = (0..=255).cycle().take(1234).collect();
        let frame = framed(&message);
        assert_eq!(frame[..3], [STX, 0x12, 0x34]);
        assert_eq!(frame[3 + 1234], ETX);
        assert_eq!(frame[1..].iter().fold(0, |lrc, byte| lrc ^ byte), 0);
    }

    #[test]
    fn what_is_known_of_the_call_stands_behind_the_tpdu_and_counts_for_the_length() {
        let mut controller = AccessController::of_call("02012345678", "95516");
        let heard = heard(&mut controller, &framed(MESSAGE));
        let [Heard::Message(message)] = heard.as_slice() else { panic!("{heard:?}") };
        assert_eq!(usize::from(u16::from_be_bytes([message[0], message[1]])), MESSAGE.len() + 33);
        assert_eq!(message[2..7], MESSAGE[..5]);
        assert_eq!(message[7..12], *b"LRI\x00\x1C");
        assert_eq!(message[12..20], [0x02, 0x01, 0x23, 0x45, 0x67, 0x8F, 0xFF, 0xFF]);
        assert_eq!(message[20..28], [0x95, 0x51, 0x6F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]);
        assert_eq!(message[40..], MESSAGE[5..]);
    }

    #[test]
    fn a_nak_repeats_the_last_frame_twice() {
        let mut controller = AccessController::default();
        assert_eq!(controller.hear(NAK), Heard::Nothing, "nothing was sent");
        let frames = controller.take_from_host(b"\x00\x03abc\x00");
        assert_eq!(frames, [framed(b"abc")]);
        for _ in 0..2 {
            assert_eq!(controller.hear(NAK), Heard::Answer(framed(b"abc")));
        }
        assert_eq!(controller.hear(NAK), Heard::Nothing);
        assert_eq!(controller.take_from_host(b"\x01d"), [framed(b"d")]);
        assert_eq!(controller.hear(NAK), Heard::Answer(framed(b"d")));
    }

    proptest! {
        /// Whatever bit is wrong, the message is not taken for whole, and the terminal is told: at once, or when the line is silent.
        #[test]
        fn a_harmed_frame_is_complained_of(at in 1_usize..100, bit in 0_u8..8) {
            let mut frame = framed(MESSAGE);
            let at = 1 + at % (frame.len() - 1);
            frame[at] ^= 1 << bit;
            let mut controller = AccessController::default();
            let mut all = heard(&mut controller, &frame);
            if all.is_empty() {
                all.push(controller.fall_silent());
            }
            prop_assert_eq!(all, [Heard::Answer(vec![NAK])]);
            prop_assert!(matches!(heard(&mut controller, &framed(MESSAGE)).as_slice(), [Heard::Message(_)]));
        }

        #[test]
        fn any_bytes_are_heard(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut controller = AccessController::default();
            heard(&mut controller, &bytes);
            controller.fall_silent();
            controller.take_from_host(&bytes);
            prop_assert!(!controller.is_within_frame());
        }
    }
}
