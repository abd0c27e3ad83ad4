//! What a session draws its keys from that nobody wants to repeat.

use std::time::SystemTime;

/// A terminal may hold the keys of its last session: a host that drew the same again would be refused.
#[expect(clippy::disallowed_methods, reason = "two sessions of a person differ by nothing but their time")]
pub(crate) fn session_seed() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(1, |time| time.as_secs())
}
