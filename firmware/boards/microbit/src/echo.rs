//! The program: one RTT channel up, one down.

use core::panic::PanicInfo;

use cortex_m_rt::entry;
use rtt_target::{ChannelMode, rtt_init};

/// What a debugger reads first.
const GREETING: &[u8] = b"payrig-board-microbit runs\n";

#[entry]
fn main() -> ! {
    let mut channels = rtt_init! {
        up: {
            0: { size: 512, mode: ChannelMode::BlockIfFull, name: "Terminal" }
        }
        down: {
            0: { size: 64, name: "Terminal" }
        }
    };
    channels.up.0.write(GREETING);
    let mut received = [0; 64];
    loop {
        let length = channels.down.0.read(&mut received);
        channels.up.0.write(&received[..length]);
    }
}

/// There is nobody to tell: a debugger finds the program here.
#[panic_handler]
fn panicked(_: &PanicInfo<'_>) -> ! {
    loop {
        cortex_m::asm::nop();
    }
}
