//! One command of an APDU's shape, in the exchanges that a card behind PC/SC needs for it.
//!
//! At T=0 PC/SC shows 61xx and 6Cxx, which are the transport's (ISO/IEC 7816-4, 5.1.3, and EMV 4.3 Book 1, 9.3.1): here they are followed.
//! At T=1 every command is one exchange, and what a card says is its own word.

use zeroize::Zeroizing;

const GET_RESPONSE: u8 = 0xC0;
/// More rounds of 256 bytes than any response has.
const ROUNDS: usize = 257;

/// A response: data, SW1, SW2.
type Response = Zeroizing<Vec<u8>>;

/// Lets `send` make the exchanges of `command` at T=0, and puts the response together.
///
/// # Errors
/// What `send` fails with.
pub(super) fn at_t0<E>(
    command: &[u8],
    mut send: impl FnMut(&[u8]) -> Result<Response, E>,
) -> Result<Response, E> {
    let tpdu = tpdu(command);
    let mut last = send(&tpdu)?;
    if let ([], [0x6C, length]) = parts(&last)
        && let [cla, ins, p1, p2, _] = **tpdu
    {
        last = send(&[cla, ins, p1, p2, *length])?;
    }
    let mut data = Response::default();
    for _ in 0..ROUNDS {
        let (_, [0x61, length]) = parts(&last) else { break };
        let fetch = |length| [class(command), GET_RESPONSE, 0, 0, length];
        let mut next = send(&fetch(*length))?;
        if let ([], [0x6C, length]) = parts(&next) {
            next = send(&fetch(*length))?;
        }
        data.extend_from_slice(parts(&last).0);
        last = next;
    }
    data.extend_from_slice(&last);
    Ok(data)
}

/// A command as T=0 has it: P3 always, no Le behind data.
fn tpdu(command: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut tpdu = Zeroizing::new(command.to_vec());
    match command {
        [_, _, _, _] => tpdu.push(0),
        [_, _, _, _, lc, data @ ..] if *lc > 0 && data.len() == usize::from(*lc) + 1 => {
            tpdu.pop();
        }
        _ => {}
    }
    tpdu
}

/// The class by which a response is fetched: that of the command's logical channel.
fn class(command: &[u8]) -> u8 {
    command.first().filter(|class| **class < 0x20).map_or(0, |class| class & 0x03)
}

/// Data and status; a response too short for a status has neither.
fn parts(response: &[u8]) -> (&[u8], &[u8]) {
    response.split_last_chunk::<2>().map_or((&[], &[]), |(data, status)| (data, status))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a card answers to each command, and the response that comes of it.
    #[track_caller]
    fn exchange(command: &[u8], script: &[(&[u8], &[u8])], response: &[u8]) {
        let mut script = script.iter();
        let got = at_t0::<String>(command, |sent| {
            let (expected, answer) = script.next().ok_or("one exchange too many")?;
            if sent == *expected { Ok(answer.to_vec().into()) } else { Err(format!("{sent:02X?}")) }
        });
        assert_eq!(got.unwrap().as_slice(), response);
        assert!(script.next().is_none(), "an exchange is missing");
    }

    #[test]
    fn what_t0_says_of_lengths_is_followed() {
        exchange(&[0, 0xB2, 1, 12, 0], &[(&[0, 0xB2, 1, 12, 0], &[7, 0x90, 0])], &[7, 0x90, 0]);
        exchange(
            &[0, 0xB2, 1, 12, 0],
            &[(&[0, 0xB2, 1, 12, 0], &[0x6C, 2]), (&[0, 0xB2, 1, 12, 2], &[1, 2, 0x90, 0])],
            &[1, 2, 0x90, 0],
        );
        exchange(
            &[0x80, 0xA8, 0, 0, 2, 0x83, 0, 0],
            &[(&[0x80, 0xA8, 0, 0, 2, 0x83, 0], &[0x61, 1]), (&[0, 0xC0, 0, 0, 1], &[9, 0x90, 0])],
            &[9, 0x90, 0],
        );
        exchange(
            &[1, 0xA4, 4, 0, 1, 0xA0],
            &[
                (&[1, 0xA4, 4, 0, 1, 0xA0], &[0x61, 0]),
                (&[1, 0xC0, 0, 0, 0], &[0x6C, 2]),
                (&[1, 0xC0, 0, 0, 2], &[1, 2, 0x61, 1]),
                (&[1, 0xC0, 0, 0, 1], &[3, 0x62, 0x83]),
            ],
            &[1, 2, 3, 0x62, 0x83],
        );
        exchange(&[0, 0x44, 0, 0], &[(&[0, 0x44, 0, 0, 0], &[0x90, 0])], &[0x90, 0]);
        exchange(&[0, 0xB0, 0, 0, 0], &[(&[0, 0xB0, 0, 0, 0], &[])], &[]);
    }

    #[test]
    fn a_card_whose_response_never_ends_ends_all_the_same() {
        let response = at_t0::<()>(&[0, 0xC0, 0, 0, 0], |_| Ok(vec![5, 0x61, 0xFF].into())).unwrap();
        assert_eq!(response.len(), ROUNDS + 3);
        assert_eq!(parts(&response).1, [0x61, 0xFF]);
    }
}
