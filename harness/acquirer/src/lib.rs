//! The host's side: sign-on, working keys.
