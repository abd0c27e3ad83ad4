//! Addresses where nothing is: the access port answers with an error, and works on.

#![expect(clippy::unwrap_used, reason = "what does not work fails the test")]

mod board;

use board::{Bench, attach, attach_to, registry};
use payrig_vprobe::{Machine, VprobeError};
use probe_rs::{Core, MemoryInterface};

/// Accesses at `address` fail in every width, and the next one elsewhere does not.
fn is_unmapped(core: &mut Core<'_>, address: u64) {
    let refused = core.read_word_32(address).unwrap_err();
    assert!(format!("{refused:?}").to_lowercase().contains("fault"), "{refused:?}");
    assert!(core.read_word_8(address).is_err());
    assert!(core.write_word_32(address, 1).is_err());
    assert!(core.read(address, &mut [0; 64]).is_err());
    core.write_word_32(0x2000_0000, address as u32).unwrap();
    assert_eq!(core.read_word_32(0x2000_0000).unwrap(), address as u32);
}

#[test]
fn nothing_answers_where_the_board_has_nothing() {
    let bench = Bench::new();
    let machine = bench.start();
    let mut session = attach(&machine);
    let mut core = session.core(0).unwrap();
    for address in [0x0080_0000, 0x2080_0000, 0x3000_0000, 0x5000_0000, 0x6000_0000, 0xA000_0000] {
        is_unmapped(&mut core, address);
    }
    assert!(machine.take_probe_fault().is_none(), "an error response is no fault of the probe");
}

#[test]
fn a_block_that_runs_out_of_memory_fails_and_what_is_before_the_edge_is_written() {
    let bench = Bench::new();
    let machine = bench.start();
    let mut session = attach(&machine);
    let mut core = session.core(0).unwrap();
    assert!(core.write(0x207F_FFF0, &[0x5A; 32]).is_err());
    assert_eq!(machine.read_memory(0x207F_FFF0, 16).unwrap(), [0x5A; 16]);
    assert!(core.read(0x207F_FFF0, &mut [0; 32]).is_err());
    core.read(0x207F_FFF0, &mut [0; 16]).unwrap();
}

#[test]
fn the_micro_bits_edges_are_its_own() {
    let bench = Bench::new();
    let machine = Machine::start(bench.microbit()).unwrap();
    let mut session = attach_to("nRF51822_xxAA", &machine, &registry());
    let mut core = session.core(0).unwrap();
    for address in [0x0004_0000, 0x1000_0100, 0x2000_4000] {
        is_unmapped(&mut core, address);
    }
}

#[test]
fn the_machine_names_the_addresses_that_are_not_mapped() {
    let bench = Bench::new();
    let machine = bench.start();
    let refused = machine.read_memory(0x3000_0000, 8).unwrap_err();
    assert!(matches!(refused, VprobeError::Unmapped { .. }));
    assert_eq!(refused.to_string(), "nothing is mapped at 0x30000000 to 0x30000008 of the board");
}
