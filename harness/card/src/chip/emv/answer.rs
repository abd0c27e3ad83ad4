//! What a command is answered with.

use super::Status;

/// Data and status of an answer.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Answer {
    pub data: Vec<u8>,
    pub status: Status,
}

impl Answer {
    /// Data, and that all is well.
    pub(super) const fn of(data: Vec<u8>) -> Self {
        Self { data, status: Status::OK }
    }

    /// As it goes over the line.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        let mut bytes = self.data;
        bytes.extend(self.status.0.to_be_bytes());
        bytes
    }
}

impl From<Status> for Answer {
    fn from(status: Status) -> Self {
        Self { data: Vec::new(), status }
    }
}
