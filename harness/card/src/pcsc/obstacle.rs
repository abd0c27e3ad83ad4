//! What PC/SC says, in a sentence, with what to do about it.

use ::pcsc::Error;

use crate::chip::CardFault;

/// What keeps a reader or its card from being used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}: {mend}")]
pub struct Obstacle {
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub mend: String,
}

impl Obstacle {
    pub(super) fn new(what: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { what: what.into(), mend: mend.into() }
    }

    /// No thread, or none any more, that speaks with PC/SC.
    pub(super) fn no_thread(why: &str) -> Self {
        Self::new(format!("nobody speaks with PC/SC: {why}"), "open the card anew")
    }

    /// What the service says that no card is to blame for.
    pub(super) fn of_service(error: Error) -> Self {
        match error {
            Error::NoService | Error::ServiceStopped | Error::Shutdown => Self::new(
                "PC/SC does not run here, so no card reader can be used",
                "start it with `systemctl start pcscd.socket`, or in another window with `pcscd --foreground` as root \
                 (ci/setup installs pcscd)",
            ),
            Error::NoAccess | Error::SecurityViolation => Self::new(
                "PC/SC lets this user use no card reader",
                "allow it to (see README.polkit of pcscd), or do this as root",
            ),
            error => Self::new(
                format!("PC/SC cannot be used: {error}"),
                "look at what `pcscd --foreground --debug` tells of it",
            ),
        }
    }

    pub(super) fn no_readers() -> Self {
        Self::new("PC/SC runs, but no card reader is there", "plug one in")
    }

    /// The reader of this name is empty.
    #[must_use]
    pub fn no_card(reader: &str) -> Self {
        Self::new(format!("no card is in the reader `{reader}`"), "put one in")
    }

    /// PC/SC does not speak with the card as a terminal would.
    pub(super) fn other_protocol(reader: &str) -> Self {
        Self::new(
            format!(
                "the reader `{reader}` does not take up the protocol that its card's answer to reset names first"
            ),
            "take another reader, or another card",
        )
    }

    fn gone(reader: &str) -> Self {
        Self::new(format!("the reader `{reader}` is gone"), "plug it in again")
    }
}

impl From<Obstacle> for CardFault {
    fn from(obstacle: Obstacle) -> Self {
        Self::Reader(obstacle.to_string())
    }
}

/// Why no card in `reader` got power.
pub(super) fn at_connecting(reader: &str, error: Error) -> CardFault {
    match error {
        Error::NoSmartcard | Error::RemovedCard => Obstacle::no_card(reader).into(),
        Error::UnresponsiveCard | Error::UnpoweredCard => CardFault::Mute,
        Error::UnknownReader | Error::ReaderUnavailable => Obstacle::gone(reader).into(),
        Error::SharingViolation => Obstacle::new(
            format!("another program uses the card in the reader `{reader}`"),
            "end it (a browser and scdaemon are often the ones)",
        )
        .into(),
        Error::ProtoMismatch | Error::UnsupportedCard => Obstacle::new(
            format!("the card in the reader `{reader}` offers neither T=0 nor T=1"),
            "take another card",
        )
        .into(),
        error => Obstacle::of_service(error).into(),
    }
}

/// Why a card in `reader` that had power does not answer. An error that leaves open whether the card is still there is no removal.
pub(super) fn under_way(reader: &str, error: Error) -> CardFault {
    match error {
        Error::NoSmartcard | Error::RemovedCard => CardFault::Removed,
        Error::NotTransacted | Error::CommError => CardFault::Mute,
        Error::ResetCard => Obstacle::new(
            format!("another program has reset the card in the reader `{reader}`"),
            "end it, and begin again",
        )
        .into(),
        error => at_connecting(reader, error),
    }
}
