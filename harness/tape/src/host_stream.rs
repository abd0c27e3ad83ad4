//! The host's end of a connection with a capture on it.

use crate::{capture::HostConnection, lens::Direction, tapped::Listener, tapped::Tapped};

/// Passes bytes unchanged and captures them both ways, once they have passed. Dropping it closes the connection.
pub type HostStream<S> = Tapped<S, HostConnection>;

impl Listener for HostConnection {
    fn hear(&mut self, direction: Direction, bytes: &[u8]) {
        match direction {
            Direction::FromTerminal => self.to_host(bytes),
            Direction::ToTerminal => self.from_host(bytes),
        }
    }
}
