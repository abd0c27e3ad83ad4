//! A device that is none of ours, on one of the terminal's lines: whatever answers at a port or at an address.
//!
//! ```toml
//! [lines]
//! modem = { external = "tty:/dev/ttyUSB0", baud = 9600, access = "line" }
//!
//! [host]
//! listen = "127.0.0.1:5000"
//! ```

mod lease;
mod open;

use std::{
    fmt,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use payrig_fixture::FixtureError;
use serde::Deserialize;
use toml::Spanned;

pub(crate) use lease::remove_leases;
pub use {lease::Lease, open::Device};

/// What a serial port is opened at where the rig's file does not say, in bits per second.
const BAUD: u32 = 115_200;

/// A device in the place of our modem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExternalModem {
    /// Where it answers.
    pub address: DeviceAddress,
    /// What it is: a terminal that expects the other kind cannot use it.
    pub access: Access,
    /// Where our host waits for the connections that the device opens; nothing where the device reaches a host of its own.
    pub host: Option<SocketAddr>,
}

/// Where a device answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeviceAddress {
    /// At a TCP port, as behind a serial server.
    Tcp {
        /// A name or an address; an IPv6 address without its brackets.
        host: String,
        /// The port.
        port: u16,
    },
    /// At a serial port of this machine.
    Tty {
        /// Absolute, or relative to the working directory.
        path: PathBuf,
        /// Bits per second; 8 data bits, no parity, 1 stop bit, no flow control.
        baud: u32,
    },
}

/// The way to the host (INTERFACE.md, section 5).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Access {
    /// A cellular module.
    #[default]
    Cellular,
    /// A line modem, with an access controller at the far end of the call.
    Line,
}

/// The table `[lines]` of a rig's file.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawLines {
    modem: Option<RawModem>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawModem {
    external: Spanned<String>,
    baud: Option<Spanned<u32>>,
    #[serde(default)]
    access: Access,
}

/// The table `[host]` of a rig's file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawHost {
    listen: Spanned<String>,
}

/// The external modem that the tables of a rig's file describe; `path` is the file, `text` what it says.
pub(crate) fn modem(
    path: &Path,
    text: &str,
    lines: RawLines,
    host: Option<RawHost>,
) -> Result<Option<ExternalModem>, FixtureError> {
    let file = path.display().to_string();
    let wrong =
        |span: std::ops::Range<usize>, message: &str| FixtureError::at(&file, text, span, message.to_owned());
    let Some(RawModem { external, baud, access }) = lines.modem else {
        return match host {
            Some(host) => Err(wrong(
                host.listen.span(),
                "expected a modem in [lines] that is external: our own hands the host its connections itself",
            )),
            None => Ok(None),
        };
    };
    let address = DeviceAddress::parse(external.get_ref(), path.parent().unwrap_or(Path::new(".")));
    let mut address = address.map_err(|message| wrong(external.span(), &message))?;
    if let Some(rate) = baud {
        match &mut address {
            DeviceAddress::Tty { baud, .. } if *rate.get_ref() > 0 => *baud = *rate.get_ref(),
            DeviceAddress::Tty { .. } => {
                return Err(wrong(rate.span(), "expected bits per second, as in 9600"));
            }
            DeviceAddress::Tcp { .. } => return Err(wrong(rate.span(), "`baud` goes with `tty:`")),
        }
    }
    let host = host.map(|RawHost { listen }| {
        let address: Option<SocketAddr> = listen.get_ref().parse().ok();
        address.filter(|address| address.port() != 0).ok_or_else(|| {
            let expected = format!(
                "expected an address of this machine and a port, as in `127.0.0.1:5000`, found `{}`",
                listen.get_ref().escape_debug()
            );
            wrong(listen.span(), &expected)
        })
    });
    Ok(Some(ExternalModem { address, access, host: host.transpose()? }))
}

impl DeviceAddress {
    /// Reads `tcp:HOST:PORT` or `tty:PATH`; a path counts from `folder`.
    fn parse(text: &str, folder: &Path) -> Result<Self, String> {
        let parsed = match text.split_once(':') {
            Some(("tcp", address)) => tcp_address(address).map(|(host, port)| Self::Tcp { host, port }),
            Some(("tty", path)) if !path.is_empty() && !path.contains('\0') => {
                Some(Self::Tty { path: folder.join(path), baud: BAUD })
            }
            _ => None,
        };
        parsed.ok_or_else(|| {
            format!(
                "expected `tcp:HOST:PORT` or `tty:PATH`, as in `tty:/dev/ttyUSB0`, found `{}`",
                text.escape_debug()
            )
        })
    }
}

/// The host, a name or an address, and the port of `HOST:PORT`; an IPv6 address has brackets there, and none in the answer.
#[must_use]
pub fn tcp_address(text: &str) -> Option<(String, u16)> {
    let (host, port) = text.rsplit_once(':')?;
    let port = port.parse().ok().filter(|port| *port != 0)?;
    let host = match host.strip_prefix('[') {
        Some(bracketed) => bracketed.strip_suffix(']')?,
        // Of an IPv6 address without brackets nobody knows where it ends.
        None if host.contains(':') => return None,
        None => host,
    };
    let is_name = !host.is_empty()
        && host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b':'));
    is_name.then(|| (host.to_owned(), port))
}

/// As a rig's file has it.
impl fmt::Display for DeviceAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { host, port } if host.contains(':') => write!(f, "tcp:[{host}]:{port}"),
            Self::Tcp { host, port } => write!(f, "tcp:{host}:{port}"),
            Self::Tty { path, .. } => write!(f, "tty:{}", path.display()),
        }
    }
}

impl Access {
    /// The word in rig files and provisioning records.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Cellular => "cellular",
            Self::Line => "line",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_as_it_is_written() {
        for written in
            ["tcp:192.0.2.10:5000", "tcp:lab.example:1", "tcp:[2001:db8::1]:65535", "tty:/dev/ttyS0"]
        {
            assert_eq!(DeviceAddress::parse(written, "rigs".as_ref()).unwrap().to_string(), written);
        }
        let relative = DeviceAddress::parse("tty:modem", "rigs".as_ref()).unwrap();
        assert_eq!(relative.to_string(), "tty:rigs/modem");
        for wrong in [
            "",
            "tty:",
            "/dev/ttyS0",
            "tcp:host",
            "tcp::1",
            "tcp:h:0",
            "tcp:h:65536",
            "tcp:::1:5",
            "udp:h:1",
            "tcp:a\u{1b}:1",
        ] {
            let said = DeviceAddress::parse(wrong, "rigs".as_ref()).unwrap_err();
            assert!(
                said.starts_with("expected `tcp:HOST:PORT` or `tty:PATH`") && !said.contains('\u{1b}'),
                "{said}"
            );
        }
    }
}
