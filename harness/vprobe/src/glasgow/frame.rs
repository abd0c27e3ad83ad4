//! Frames: a byte that names the endpoint, then bytes of that endpoint's stream.

use crate::glasgow::cobs;

/// The largest frame taken: a debugger's longest transfer is some hundred KiB.
const LARGEST: usize = 16 << 20;

/// The applet's two endpoints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Endpoint {
    /// The probe itself: identity, clock, reset line.
    Root,
    /// The SWD line.
    Swd,
}

/// Why the stream cannot be read on.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NotFrames;

/// Cuts a byte stream into frames.
#[derive(Debug, Default)]
pub(crate) struct Frames {
    received: Vec<u8>,
    searched: usize,
}

impl Frames {
    /// Takes in bytes from the stream.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.received.extend_from_slice(bytes);
    }

    /// The next whole frame, if there is one.
    pub(crate) fn next(&mut self) -> Result<Option<(Endpoint, Vec<u8>)>, NotFrames> {
        let unsearched = self.received.get(self.searched..).unwrap_or_default();
        let Some(length) = unsearched.iter().position(|b| *b == 0).map(|at| self.searched + at) else {
            self.searched = self.received.len();
            return if self.received.len() > LARGEST { Err(NotFrames) } else { Ok(None) };
        };
        let plain = cobs::decode(self.received.get(..length).unwrap_or_default()).ok_or(NotFrames)?;
        self.received.drain(..=length);
        self.searched = 0;
        let endpoint = match plain.first() {
            Some(0) => Endpoint::Root,
            Some(1) => Endpoint::Swd,
            _ => return Err(NotFrames),
        };
        Ok(Some((endpoint, plain.get(1..).unwrap_or_default().to_vec())))
    }
}

/// Appends a frame of `endpoint` to `out`.
pub(crate) fn append(endpoint: Endpoint, payload: &[u8], out: &mut Vec<u8>) {
    let mut plain = Vec::with_capacity(payload.len() + 1);
    plain.push(match endpoint {
        Endpoint::Root => 0,
        Endpoint::Swd => 1,
    });
    plain.extend_from_slice(payload);
    cobs::encode(&plain, out);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_come_out_whole_however_the_stream_is_cut() {
        let mut stream = Vec::new();
        append(Endpoint::Root, &[0x10], &mut stream);
        append(Endpoint::Swd, &[0, 1, 0, 2], &mut stream);
        let mut frames = Frames::default();
        let mut got = Vec::new();
        for byte in stream {
            frames.push(&[byte]);
            got.extend(frames.next().unwrap());
        }
        assert_eq!(got, [(Endpoint::Root, vec![0x10]), (Endpoint::Swd, vec![0, 1, 0, 2])]);
    }

    #[test]
    fn an_endpoint_that_does_not_exist_ends_the_stream() {
        let mut frames = Frames::default();
        frames.push(&[2, 9, 0]);
        assert_eq!(frames.next(), Err(NotFrames));
    }
}
