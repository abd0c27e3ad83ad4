//! Authorisation response codes, 8A, that the terminal gives itself (EMV Book 4, annex A6), and the one of every approval.

/// What a card is told of every approval of the host.
pub(crate) const APPROVED: [u8; 2] = *b"00";
/// Approved offline.
pub(crate) const APPROVED_OFFLINE: [u8; 2] = *b"Y1";
/// Declined offline.
pub(crate) const DECLINED_OFFLINE: [u8; 2] = *b"Z1";
/// Unable to go online, approved offline.
pub(crate) const APPROVED_UNABLE: [u8; 2] = *b"Y3";
/// Unable to go online, declined offline.
pub(crate) const DECLINED_UNABLE: [u8; 2] = *b"Z3";
