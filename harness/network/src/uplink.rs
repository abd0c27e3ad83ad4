//! The way out of the modem: whoever puts a world together hands it in.

use std::{future::Future, io, pin::Pin};

use tokio::io::{AsyncRead, AsyncWrite};

/// A byte stream in both directions, as a connection through the network is one.
pub trait AsyncStream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> AsyncStream for T {}

/// A boxed [`AsyncStream`].
pub type BoxStream = Box<dyn AsyncStream>;

/// Opens the connections that the modem is told to open. The modem itself never opens a socket.
pub trait Uplink: Send + Sync {
    /// Opens a connection to `host`, a name or an address as the terminal wrote it, and `port`.
    ///
    /// # Errors
    /// Any error is a connection that failed, which the modem tells in its own way: `NotFound` is a name that is not resolved,
    /// `TimedOut` a host that is silent, any other a host that refuses.
    fn open(&self, host: &str, port: u16)
    -> Pin<Box<dyn Future<Output = io::Result<BoxStream>> + Send + '_>>;
}
