//! Keeps an emulated board on, for a debugger, until Enter is pressed or standard input ends.
//!
//! ```text
//! cargo run -p payrig-vprobe --example board -- mps2-an386 probe.sock flash.bin
//! ```
//!
//! The program in flash runs from the start, and the flash is kept in the named file. The lines are not connected.

use std::error::Error;
use std::io::Read;

use payrig_vprobe::{Machine, MachineConfig};

const USAGE: &str = "usage: board mps2-an386|microbit SOCKET FLASH-FILE";

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [board, socket, flash] = arguments.as_slice() else { return Err(USAGE.into()) };
    let config = match board.as_str() {
        "mps2-an386" => MachineConfig::mps2_an386(flash, socket, "."),
        "microbit" => MachineConfig::microbit(flash, socket, "."),
        _ => return Err(USAGE.into()),
    };
    let machine = Machine::start(config)?;
    machine.run()?;
    println!("probe-rs ... --probe {}", machine.probe_selector());
    std::io::stdin().read_exact(&mut [0])?;
    if let Some(lockup) = machine.last_lockup() {
        println!("{} lockups; the last: {lockup}", machine.lockups());
    }
    machine.power_off()?;
    Ok(())
}
