//! Our own modem as a device of its own: on another thread, behind a port, with a clock of its own. It is scaffolding for the ports.

use std::{future::Future, io, pin::Pin, sync::Arc, thread::JoinHandle};

use payrig_bench::Fixtures;
use payrig_network::{BoxStream, Modem, Uplink};
use payrig_rig::PtyPort;
use tokio::{
    net::{TcpListener, TcpStream},
    runtime::Builder,
    sync::oneshot,
};

use crate::desk::root;

/// Where a device answers.
pub enum Port {
    Tcp(std::net::TcpListener),
    Tty(PtyPort),
}

impl Port {
    pub fn tcp() -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        Self::Tcp(listener)
    }

    pub fn tty() -> Self {
        Self::Tty(PtyPort::make().unwrap())
    }

    fn address(&self) -> String {
        match self {
            Self::Tcp(listener) => format!("tcp:{}", listener.local_addr().unwrap()),
            Self::Tty(port) => format!("tty:{}", port.path()),
        }
    }
}

/// The module's way out: whatever host it is told, it reaches this port on the loopback.
struct Loopback(u16);

impl Uplink for Loopback {
    fn open(&self, _: &str, _: u16) -> Pin<Box<dyn Future<Output = io::Result<BoxStream>> + Send + '_>> {
        Box::pin(async move {
            let socket = TcpStream::connect(("127.0.0.1", self.0)).await?;
            Ok(Box::new(socket) as BoxStream)
        })
    }
}

/// A cellular module at a port. It ends with the test.
pub struct Device {
    pub address: String,
    end: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Device {
    /// One whose network leads to `host` on the loopback.
    pub fn at(port: Port, host: u16) -> Self {
        let address = port.address();
        let (end, ended) = oneshot::channel();
        let thread = std::thread::spawn(move || {
            let fixtures = Fixtures::open(&root().join("fixtures")).unwrap();
            let network = fixtures.network("cellular-normal").unwrap();
            let modem = Modem::new(network, Arc::new(Loopback(host)), 7);
            let runtime = Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                tokio::select! {
                    () = serve(port, modem) => {}
                    _ = ended => {}
                }
            });
        });
        Self { address, end: Some(end), thread: Some(thread) }
    }
}

async fn serve(port: Port, mut modem: Modem) {
    match port {
        Port::Tcp(listener) => {
            let listener = TcpListener::from_std(listener).unwrap();
            loop {
                let (socket, _) = listener.accept().await.unwrap();
                socket.set_nodelay(true).unwrap();
                modem.serve(socket).await.unwrap();
            }
        }
        Port::Tty(port) => loop {
            let line = port.opened().await.unwrap();
            modem.serve(line).await.unwrap();
            port.clear().unwrap();
        },
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        drop(self.end.take());
        self.thread.take().unwrap().join().unwrap();
    }
}
