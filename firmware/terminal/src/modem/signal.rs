//! The signal's strength, asked outside a sign-on (INTERFACE.md, section 19).

use embassy_time::Duration;
use embedded_io_async::{Read, Write};

use super::link::{Cancel, Modem};
use crate::diagnosis::Cause;

const LIMIT: Duration = Duration::from_secs(1);

impl<R: Read, W: Write> Modem<R, W> {
    /// Asks a cellular modem for the strength of its signal, which takes a second at most: 0 to 31, 99 where it does
    /// not know (3GPP TS 27.007, 8.5); `None` where it does not answer. Not while a connection is open.
    pub(crate) async fn signal(&mut self) -> Option<u8> {
        let never = Cancel::new();
        self.query("AT+CSQ", LIMIT, &never, Cause::ModemFault, strength).await.ok()
    }
}

/// The strength in the answer to `AT+CSQ`.
pub(super) fn strength(line: &[u8]) -> Option<u8> {
    let (strength, _) = core::str::from_utf8(line).ok()?.strip_prefix("+CSQ: ")?.split_once(',')?;
    strength.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::strength;
    use crate::modem::link::Modem;
    use embedded_io_async::{ErrorType, Read, Write};
    use rstest::rstest;
    use std::cell::RefCell;
    use std::collections::VecDeque;
    use std::convert::Infallible;
    use std::rc::Rc;

    /// A modem that answers each command so.
    #[derive(Clone)]
    struct Port(&'static str, Rc<RefCell<VecDeque<u8>>>);

    impl ErrorType for Port {
        type Error = Infallible;
    }

    impl Write for Port {
        async fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
            if bytes.ends_with(b"\r") {
                self.1.borrow_mut().extend(self.0.bytes());
            }
            Ok(bytes.len())
        }

        async fn flush(&mut self) -> Result<(), Infallible> {
            Ok(())
        }
    }

    impl Read for Port {
        async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Infallible> {
            let mut sent = self.1.borrow_mut();
            Ok(buffer.iter_mut().map_while(|place| sent.pop_front().map(|byte| *place = byte)).count())
        }
    }

    #[rstest]
    #[case("AT+CSQ\r\r\nRING\r\n\r\n+CSQ: 17,0\r\n\r\nOK\r\n", Some(17))]
    #[case("\r\n+CSQ: 99,99\r\n\r\nOK\r\n", Some(99))]
    #[case("\r\nERROR\r\n", None)]
    #[case("", None)]
    fn asked(#[case] answer: &'static str, #[case] expected: Option<u8>) {
        let port = Port(answer, Rc::default());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        runtime.unwrap().block_on(payrig_host_time::run(async {
            let mut modem = Modem::new(port.clone(), port);
            assert_eq!(modem.signal().await, expected);
            assert_eq!(modem.signal().await, expected);
        }));
    }

    #[rstest]
    #[case("+CSQ: 21,0", Some(21))]
    #[case("+CSQ: 0,99", Some(0))]
    #[case("+CSQ: 99,99", Some(99))]
    #[case("+CSQ: 7", None)]
    #[case("+CSQ: ,0", None)]
    #[case("+CSQ: 300,0", None)]
    #[case("+CREG: 0,1", None)]
    fn strengths(#[case] line: &str, #[case] expected: Option<u8>) {
        assert_eq!(strength(line.as_bytes()), expected);
    }
}
