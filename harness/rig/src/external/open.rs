//! Opening a device.

use std::{io, time::Duration};

use tokio::{net::TcpStream, time::timeout};
use tokio_serial::{ClearBuffer, SerialPort, SerialStream};

use super::{DeviceAddress, ExternalModem, lease::Lease};
use crate::{BoxLine, LineName, RigError};

/// How long a device may take to answer that it is there.
const CONNECTING: Duration = Duration::from_secs(10);

/// A device that is there, for one user.
pub struct Device {
    /// What it says is read, what is written goes to it.
    pub stream: BoxLine,
    /// Nobody else uses it until this is dropped.
    pub lease: Lease,
}

impl ExternalModem {
    /// Opens the device as soon as nobody else uses it. What it said before is thrown away.
    ///
    /// # Errors
    /// [`RigError::NoDevice`], or a lease that cannot be had.
    pub async fn open(&self) -> Result<Device, RigError> {
        let lease = Lease::take(&self.address.to_string()).await?;
        let stream = match &self.address {
            DeviceAddress::Tcp { host, port } => connect(host, *port).await,
            DeviceAddress::Tty { path, baud } => serial(&path.to_string_lossy(), *baud),
        };
        let stream = stream.map_err(|source| RigError::NoDevice {
            line: LineName::Modem,
            device: self.address.to_string(),
            source,
        })?;
        Ok(Device { stream, lease })
    }
}

async fn connect(host: &str, port: u16) -> io::Result<BoxLine> {
    let silent =
        |_| io::Error::new(io::ErrorKind::TimedOut, format!("no answer in {} s", CONNECTING.as_secs()));
    let socket = timeout(CONNECTING, TcpStream::connect((host, port))).await.map_err(silent)??;
    // A byte goes out when it is written, not when there are more.
    socket.set_nodelay(true)?;
    Ok(Box::new(socket))
}

fn serial(path: &str, baud: u32) -> io::Result<BoxLine> {
    let port = SerialStream::open(&tokio_serial::new(path, baud))?;
    port.clear(ClearBuffer::All)?;
    Ok(Box::new(port))
}
