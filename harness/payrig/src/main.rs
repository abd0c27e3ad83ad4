//! Payrig's command line.

fn main() {}
