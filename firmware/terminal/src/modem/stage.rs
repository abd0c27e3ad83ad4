//! Where the way to the host stands.

/// A stage of the way to an open connection, as the screens M110 and M210 name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// The modem is woken and set up, and a SIM looked for.
    Modem,
    /// A network is looked for.
    Network,
    /// Context and connection are opened.
    Connecting,
    /// The access controller is called.
    Dialling,
}
