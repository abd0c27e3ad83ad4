//! The terminal on the Arm MPS2+ AN386 FPGA image, as QEMU emulates it: the wiring.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
mod wiring;

/// Elsewhere than on the board there is nothing to run; `cargo build --workspace` still passes.
#[cfg(not(target_os = "none"))]
fn main() {
    eprintln!("this program runs on the board: ci/firmware mps2-an386 builds its image");
}
