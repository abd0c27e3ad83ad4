//! Hands the linker the board's memory map and asks for a build id.

use std::path::PathBuf;
use std::{env, fs, io};

const SCRIPTS: [&str; 3] = ["memory.x", "device.x", "payrig.x"];

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    if env::var("CARGO_CFG_TARGET_OS").as_deref() != Ok("none") {
        return Ok(());
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    for script in SCRIPTS {
        fs::copy(script, out.join(script))?;
        println!("cargo::rerun-if-changed={script}");
    }
    println!("cargo::rustc-link-search={}", out.display());
    for argument in ["--nmagic", "--build-id=sha1", "-Tlink.x", "-Tdefmt.x", "-Tpayrig.x"] {
        println!("cargo::rustc-link-arg-bins={argument}");
    }
    Ok(())
}
