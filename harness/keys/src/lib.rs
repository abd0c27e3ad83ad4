//! The payment keys and what they do: KCV, working keys, PIN blocks, MACs, track encryption; no I/O.
