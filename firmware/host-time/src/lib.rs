//! embassy-time on tokio's clock, for the terminal compiled natively.
