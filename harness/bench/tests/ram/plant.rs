//! Leaves bytes in the terminal's RAM, through a debug probe.

use payrig_bench::{Finding, World};
use payrig_rig::{BoardKind, RigFile};
use probe_rs::{
    MemoryInterface, Permissions,
    config::Registry,
    probe::{DebugProbeSelector, list::Lister},
};

use crate::memory::rig_file;

/// Writes `bytes` from `address` on, while the terminal runs.
pub fn write(world: &World, address: u64, bytes: &[u8]) -> Result<(), Finding> {
    let selector = world.probe_selector().ok_or_else(|| Finding::Missing("this rig has no probe".into()))?;
    let BoardKind::Qemu(section) = RigFile::load(&rig_file()).unwrap().board else {
        panic!("no emulated board")
    };
    let bytes = bytes.to_vec();
    // The probe's library blocks.
    let written = std::thread::spawn(move || {
        let mut registry = Registry::new();
        registry
            .add_target_family_from_yaml(&std::fs::read_to_string(section.chip_file.unwrap()).unwrap())
            .unwrap();
        let selector: DebugProbeSelector = selector.parse().unwrap();
        let found = Lister::new().list(Some(&selector));
        let probe = found.iter().find(|info| info.identifier == "Glasgow").unwrap().open().unwrap();
        let mut session =
            probe.attach_with_registry(section.chip.as_str(), Permissions::default(), &registry).unwrap();
        let mut core = session.core(0).unwrap();
        core.write_8(address, &bytes).unwrap();
    });
    written.join().map_err(|_| Finding::Rig("the probe could not write".into()))
}
