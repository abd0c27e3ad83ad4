//! Connections of terminals, each served by the host.

use std::{io, net::SocketAddr, rc::Rc, time::Duration};

use payrig_acquirer::Acquirer;
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::{JoinError, JoinSet},
    time::{sleep, timeout},
};
use tokio_rustls::TlsAcceptor;

use super::{patient::Patient, show::Show};

/// Connections at once: more than a lab has terminals, fewer than a process has descriptors.
const MOST: usize = 64;
/// How long a connection may stay without a byte, and that in words.
const IDLE: Duration = Duration::from_secs(600);
const IDLE_SAID: &str = "10 min";
/// How long a TLS handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long a terminal may take to hear that its connection is closed.
const CLOSING: Duration = Duration::from_secs(1);
/// A pause where the system gives no connection: it may have no descriptor left.
const BREATH: Duration = Duration::from_millis(100);

/// Serves the host to whoever connects.
pub(super) struct Listener {
    pub(super) socket: TcpListener,
    pub(super) host: Acquirer,
    pub(super) tls: Option<TlsAcceptor>,
    pub(super) show: Rc<Show>,
}

impl Listener {
    /// Serves until `ended` is, and closes every connection then.
    pub(super) async fn serve<T>(self, ended: impl Future<Output = T>) -> T {
        let mut connections = JoinSet::new();
        let (end, ending) = watch::channel(false);
        tokio::pin!(ended);
        let ended = loop {
            tokio::select! {
                ended = &mut ended => break ended,
                Some(done) = connections.join_next() => look_at(&self.show, done),
                accepted = self.socket.accept() => match accepted {
                    Ok((socket, peer)) if connections.len() < MOST => {
                        connections.spawn_local(self.connection(socket, peer).served(ending.clone()));
                    }
                    Ok((_, peer)) => self.show.event(peer, &format!("turned away: {MOST} connections are open")),
                    Err(error) => {
                        self.show.trouble(&format!("no connection: {error}"));
                        sleep(BREATH).await;
                    }
                },
            }
        };
        drop(self.socket);
        end.send_replace(true);
        while let Some(done) = connections.join_next().await {
            look_at(&self.show, done);
        }
        ended
    }

    fn connection(&self, socket: TcpStream, peer: SocketAddr) -> Connection {
        Connection { socket, peer, host: self.host.clone(), tls: self.tls.clone(), show: self.show.clone() }
    }
}

/// A connection that panicked had a defect; the others go on.
fn look_at(show: &Show, done: Result<(), JoinError>) {
    if let Err(error) = done {
        show.trouble(&format!("a connection was lost by a defect of this host: {error}"));
    }
}

/// A terminal's connection.
struct Connection {
    socket: TcpStream,
    peer: SocketAddr,
    host: Acquirer,
    tls: Option<TlsAcceptor>,
    show: Rc<Show>,
}

impl Connection {
    /// Serves it until either end closes it, or `ending` says that all is over.
    async fn served(self, mut ending: watch::Receiver<bool>) {
        let Self { socket, peer, host, tls, show } = self;
        show.event(peer, "connected");
        let serving = async {
            // A message goes out when it is written, not when there is more.
            socket.set_nodelay(true)?;
            let socket = Patient::new(socket, IDLE);
            match tls {
                None => converse(socket, host, peer, &show, &mut ending).await,
                Some(tls) => {
                    let shaken = tokio::select! {
                        shaken = timeout(HANDSHAKE, tls.accept(socket)) => shaken,
                        _ = ending.wait_for(|over| *over) => return Ok("closed"),
                    };
                    let late = |_| io::Error::other(format!("no TLS in {} s", HANDSHAKE.as_secs()));
                    let stream =
                        shaken.map_err(late)?.map_err(|e| io::Error::other(format!("no TLS: {e}")))?;
                    converse(stream, host, peer, &show, &mut ending).await
                }
            }
        };
        match serving.await {
            Ok(how) => show.event(peer, how),
            Err(error) if error.kind() == io::ErrorKind::TimedOut => {
                show.event(peer, &format!("closed: nothing has come for {IDLE_SAID}"));
            }
            Err(error) => show.event(peer, &format!("broke: {error}")),
        }
    }
}

/// Answers what comes; then closes the stream, TLS in its order.
async fn converse(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    host: Acquirer,
    peer: SocketAddr,
    show: &Show,
    ending: &mut watch::Receiver<bool>,
) -> io::Result<&'static str> {
    let served = tokio::select! {
        served = host.serve_heard(&mut stream, |exchange| show.exchange(peer, exchange)) => served.map(|()| "closed"),
        _ = ending.wait_for(|over| *over) => Ok("closed: this host ends"),
    };
    // Who is gone needs no word of it.
    let _ = timeout(CLOSING, stream.shutdown()).await;
    served
}
