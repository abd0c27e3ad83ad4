//! Only a bench: see `benches/side_by_side.rs`.
