//! A virtual debug probe: probe-rs on one side, QEMU on the other.
