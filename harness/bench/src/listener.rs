//! Our host behind a socket, for the connections that a device on the modem line opens.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use payrig_network::{CallNumbers, answer_call};
use payrig_rig::Access;
use payrig_tape::Tape;
use tokio::{
    io::duplex,
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

use crate::{
    Finding,
    uplink::{HostUplink, NAMED_HOST},
};

/// A connection's worth of buffering between the access controller and the host.
const PIPE: usize = 4096;
/// What the access controller tells the host of a call that a modem of somebody else's has brought: it does not know the numbers.
const UNKNOWN: CallNumbers<'_> = CallNumbers { calling: "", called: "" };

/// Waits on `address` for whoever connects, as the host of a world; where the modem is one of a line (`access`), as the access controller
/// before it.
///
/// # Errors
/// An address that is taken, or is none of this machine's.
pub(crate) async fn listen(
    address: SocketAddr,
    access: Access,
    uplink: Arc<HostUplink>,
    tape: Tape,
) -> Result<impl Future<Output = ()>, Finding> {
    let listener = TcpListener::bind(address).await.map_err(|error| {
        Finding::Rig(format!(
            "the host cannot wait on {address}: {error} (free it, or correct `listen` under [host] in the rig's file)"
        ))
    })?;
    Ok(async move {
        // Those that go on end with whoever drops this.
        let mut calls = JoinSet::new();
        loop {
            let served = match listener.accept().await {
                Ok((socket, _)) => serve(socket, address, access, &uplink, &mut calls).await,
                Err(error) => Err(error),
            };
            if let Err(error) = served {
                tape.note("host", &format!("no connection: {error}"));
            }
            while calls.try_join_next().is_some() {}
        }
    })
}

async fn serve(
    socket: TcpStream,
    address: SocketAddr,
    access: Access,
    uplink: &HostUplink,
    calls: &mut JoinSet<io::Result<()>>,
) -> io::Result<()> {
    // A message goes out when it is written, not when there is more.
    socket.set_nodelay(true)?;
    // The capture knows four bytes.
    let shown = match address.ip() {
        IpAddr::V4(ip) => ip,
        IpAddr::V6(_) => NAMED_HOST.into(),
    };
    match access {
        Access::Cellular => uplink.serve(socket, shown, address.port()).await,
        Access::Line => {
            let (near, far) = duplex(PIPE);
            uplink.serve(far, shown, address.port()).await?;
            calls.spawn(answer_call(socket, near, UNKNOWN));
            Ok(())
        }
    }
}
