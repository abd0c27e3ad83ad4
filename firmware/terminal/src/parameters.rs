//! What the acquirer's installer sets, and how the journal keeps it.

use heapless::{String, Vec};

/// Bytes of encoded parameters, at most.
pub(crate) const ENCODED: usize = 160;

/// First byte of encoded parameters.
const VERSION: u8 = 1;

/// How many digits a length has inside field 59.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProofLengths {
    /// Three digits.
    Three,
    /// Two digits.
    Two,
}

/// Parameters of a provisioned terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Parameters {
    /// Field 41.
    pub(crate) terminal_id: [u8; 8],
    /// Field 42.
    pub(crate) merchant_id: [u8; 15],
    /// TPDU of requests.
    pub(crate) tpdu: [u8; 5],
    /// Access point name.
    pub(crate) apn: String<32>,
    /// The host's name or IPv4 address.
    pub(crate) host: String<64>,
    /// The host's TCP port.
    pub(crate) port: u16,
    /// Seconds that the host has to answer.
    pub(crate) host_timeout_s: u16,
    /// Tries of a sign-on in all.
    pub(crate) tries: u8,
    /// Whether keys that are not fresh are taken.
    pub(crate) accept_stale_keys: bool,
    /// Digits of a length in field 59.
    pub(crate) proof_lengths: ProofLengths,
}

impl Parameters {
    /// The bytes that the journal keeps.
    pub(crate) fn encode(&self) -> Vec<u8, ENCODED> {
        let mut bytes = Vec::new();
        let stale = u8::from(self.accept_stale_keys);
        let two_digits = u8::from(self.proof_lengths == ProofLengths::Two);
        let _ = bytes.extend_from_slice(&[VERSION, self.tries, stale, two_digits]);
        let _ = bytes.extend_from_slice(&self.host_timeout_s.to_be_bytes());
        let _ = bytes.extend_from_slice(&self.port.to_be_bytes());
        let _ = bytes.extend_from_slice(&self.terminal_id);
        let _ = bytes.extend_from_slice(&self.merchant_id);
        let _ = bytes.extend_from_slice(&self.tpdu);
        for text in [self.apn.as_bytes(), self.host.as_bytes()] {
            // Both capacities are below 256.
            let _ = bytes.push(text.len() as u8);
            let _ = bytes.extend_from_slice(text);
        }
        bytes
    }

    /// Reads what [`Self::encode`] wrote; `None` for anything else.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes;
        let [version, tries, stale, two_digits] = take(&mut rest)?;
        if version != VERSION {
            return None;
        }
        let parameters = Self {
            host_timeout_s: u16::from_be_bytes(take(&mut rest)?),
            port: u16::from_be_bytes(take(&mut rest)?),
            terminal_id: take(&mut rest)?,
            merchant_id: take(&mut rest)?,
            tpdu: take(&mut rest)?,
            apn: text(&mut rest)?,
            host: text(&mut rest)?,
            tries,
            accept_stale_keys: stale != 0,
            proof_lengths: if two_digits == 0 { ProofLengths::Three } else { ProofLengths::Two },
        };
        rest.is_empty().then_some(parameters)
    }
}

/// Takes a fixed number of bytes off the front.
fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (head, tail) = rest.split_first_chunk()?;
    *rest = tail;
    Some(*head)
}

/// Takes a text with its length before it off the front.
fn text<const N: usize>(rest: &mut &[u8]) -> Option<String<N>> {
    let [length] = take(rest)?;
    let (head, tail) = rest.split_at_checked(usize::from(length))?;
    *rest = tail;
    String::try_from(core::str::from_utf8(head).ok()?).ok()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::{ENCODED, Parameters, ProofLengths};

    /// The parameters of the interface's example record.
    pub(crate) fn example() -> Parameters {
        Parameters {
            terminal_id: *b"99999906",
            merchant_id: *b"001430170119999",
            tpdu: [0x60, 0x00, 0x03, 0x00, 0x00],
            apn: "cmnet".try_into().unwrap(),
            host: "192.0.2.10".try_into().unwrap(),
            port: 5000,
            host_timeout_s: 60,
            tries: 3,
            accept_stale_keys: false,
            proof_lengths: ProofLengths::Three,
        }
    }

    #[test]
    fn the_longest_parameters_survive_the_journal() {
        let longest = Parameters {
            apn: "a".repeat(32).as_str().try_into().unwrap(),
            host: "h".repeat(64).as_str().try_into().unwrap(),
            accept_stale_keys: true,
            proof_lengths: ProofLengths::Two,
            ..example()
        };
        let bytes = longest.encode();
        assert!(bytes.len() <= ENCODED);
        assert_eq!(Parameters::decode(&bytes), Some(longest));
    }

    #[test]
    fn damaged_parameters_are_none() {
        let bytes = example().encode();
        for length in 0..bytes.len() {
            assert_eq!(Parameters::decode(&bytes[..length]), None, "cut at {length}");
        }
        assert_eq!(Parameters::decode(&[0; 64]), None);
    }
}
