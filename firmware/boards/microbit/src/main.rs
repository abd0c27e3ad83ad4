//! Says over RTT that it runs, then sends back what it is sent.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
mod echo;

/// Elsewhere than on the board there is nothing to run; `cargo build --workspace` still passes.
#[cfg(not(target_os = "none"))]
fn main() {
    eprintln!("this program runs on the board: ci/firmware microbit builds its image");
}
