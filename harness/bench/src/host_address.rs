//! Where a world's host is that is none of ours.

use std::fmt;

use payrig_rig::{RigFile, TimeKind, tcp_address};

use crate::Parts;

/// What stands before an address, so that it is no fixture's name.
const SCHEME: &str = "tcp:";

/// A real host, `tcp:HOST:PORT` where a world names its acquirer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostAddress {
    /// A name or an address; an IPv6 address without its brackets.
    pub host: String,
    /// The port.
    pub port: u16,
}

impl HostAddress {
    /// The address that `acquirer` is; nothing where it is a fixture's name.
    ///
    /// # Errors
    /// A sentence about one that begins as an address and is none.
    pub fn named(acquirer: &str) -> Option<Result<Self, String>> {
        let address = acquirer.strip_prefix(SCHEME)?;
        let expected = || {
            format!(
                "expected `tcp:HOST:PORT`, as in `tcp:192.0.2.10:5000`, found `{}`",
                acquirer.escape_debug()
            )
        };
        Some(parse(address).ok_or_else(expected))
    }
}

fn parse(address: &str) -> Option<HostAddress> {
    tcp_address(address).map(|(host, port)| HostAddress { host, port })
}

/// As it is written.
impl fmt::Display for HostAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port } = self;
        if host.contains(':') {
            write!(f, "{SCHEME}[{host}]:{port}")
        } else {
            write!(f, "{SCHEME}{host}:{port}")
        }
    }
}

impl Parts {
    /// The real host that these parts name. A world with one is run in real time.
    pub fn real_host(&self) -> Option<HostAddress> {
        HostAddress::named(&self.acquirer)?.ok()
    }

    /// Whose time a world of these parts follows on `rig`: the wall clock's where anybody in it is real.
    pub fn time_on(&self, rig: &RigFile) -> TimeKind {
        if self.real_host().is_some() || rig.modem.is_some() { TimeKind::Real } else { rig.time }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_as_it_is_written() {
        for written in ["tcp:192.0.2.10:5000", "tcp:host.example:1", "tcp:[2001:db8::1]:65535"] {
            assert_eq!(HostAddress::named(written).unwrap().unwrap().to_string(), written);
        }
        assert_eq!(HostAddress::named("cup"), None);
        for wrong in [
            "tcp:",
            "tcp:host",
            "tcp::5000",
            "tcp:host:0",
            "tcp:host:65536",
            "tcp:::1:5000",
            "tcp:[::1:5000",
            "tcp:a b:5000",
            "tcp:a\u{1b}b:5000",
        ] {
            let said = HostAddress::named(wrong).unwrap().unwrap_err();
            assert!(said.starts_with("expected `tcp:HOST:PORT`") && !said.contains('\u{1b}'), "{said}");
        }
    }
}
