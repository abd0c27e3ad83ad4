//! From the modem to hosts of the real network, where that is allowed.

use std::{future::Future, io, net::SocketAddr, pin::Pin};

use payrig_network::{BoxStream, Uplink};
use tokio::{
    net::{TcpStream, lookup_host},
    sync::mpsc::UnboundedSender,
};

/// Connects to the host that the software names, or refuses as a host would at whose port nothing listens.
pub(super) struct Outward {
    allowed: bool,
    note: UnboundedSender<String>,
}

impl Outward {
    pub(super) fn new(allowed: bool, note: UnboundedSender<String>) -> Self {
        Self { allowed, note }
    }

    async fn connect(&self, host: String, port: u16) -> io::Result<BoxStream> {
        let told = |what: &str| {
            // The window may be closed before the connection.
            let _ = self.note.send(format!("connection to {host}:{port}: {what}"));
        };
        if !self.allowed {
            told("refused; --allow-network lets it through");
            return Err(io::ErrorKind::ConnectionRefused.into());
        }
        let addresses = match resolved(&host, port).await {
            Ok(addresses) => addresses,
            Err(error) => {
                told(&error.to_string());
                return Err(error);
            }
        };
        let stream = TcpStream::connect(addresses.as_slice()).await.and_then(|stream| {
            // An answer in two parts must not wait for an acknowledgement.
            stream.set_nodelay(true)?;
            Ok(stream)
        });
        match &stream {
            Ok(_) => told("open"),
            Err(error) => told(&error.to_string()),
        }
        Ok(Box::new(stream?))
    }
}

/// The addresses of a host. The module tells a name that has none from a host that does not answer.
async fn resolved(host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    let no_name = |why: String| io::Error::new(io::ErrorKind::NotFound, why);
    let found = lookup_host((host, port)).await.map_err(|error| no_name(error.to_string()))?;
    let addresses: Vec<_> = found.collect();
    if addresses.is_empty() { Err(no_name("the name has no address".into())) } else { Ok(addresses) }
}

impl Uplink for Outward {
    fn open(
        &self,
        host: &str,
        port: u16,
    ) -> Pin<Box<dyn Future<Output = io::Result<BoxStream>> + Send + '_>> {
        Box::pin(self.connect(host.to_owned(), port))
    }
}
