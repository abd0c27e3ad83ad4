//! What a debugger sees of a board that depends on its chip.

use crate::error::VprobeError;

/// The identification of a chip's debug hardware, and what its flash needs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Model {
    /// QEMU's name of the machine.
    pub(crate) machine: &'static str,
    /// DPIDR: the SWD debug port.
    pub(crate) dpidr: u32,
    /// IDR of the AHB-AP.
    pub(crate) ap_idr: u32,
    /// Instruction comparators of the breakpoint unit.
    pub(crate) comparators: usize,
    /// Peripheral ids of the components at fixed addresses.
    pub(crate) components: ComponentIds,
    /// What the flash is written by; `None` where it is plain memory.
    pub(crate) flash_controller: Option<FlashController>,
}

/// The last ten digits of the CoreSight peripheral ids.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ComponentIds {
    pub(crate) rom_table: u64,
    pub(crate) scs: u64,
    pub(crate) dwt: u64,
    pub(crate) breakpoint_unit: u64,
}

/// A flash controller: two registers, and what is written to them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FlashController {
    /// Says what the flash can do: be read, written or erased.
    pub(crate) mode: u32,
    pub(crate) reading: u32,
    pub(crate) writing: u32,
    pub(crate) erasing: u32,
    /// Writing 1 erases the whole flash.
    pub(crate) erase_all: u32,
}

/// Cortex-M4 (ARM 100166: tables 8-1 and 9-3, 11.1).
const MPS2_AN386: Model = Model {
    machine: "mps2-an386",
    dpidr: 0x2BA0_1477,
    ap_idr: 0x2477_0011,
    comparators: 6,
    components: ComponentIds {
        rom_table: 0x4_000B_B4C4,
        scs: 0x4_000B_B00C,
        dwt: 0x4_003B_B002,
        breakpoint_unit: 0x4_002B_B003,
    },
    flash_controller: None,
};

/// Cortex-M0 (ARM DDI 0432C: 6.2 and 6.3); flash controller: nRF51 Series Reference Manual 3.0, chapter 6, "Non-Volatile Memory
/// Controller", CONFIG and ERASEALL.
const MICROBIT: Model = Model {
    machine: "microbit",
    dpidr: 0x0BB1_1477,
    ap_idr: 0x0477_0021,
    comparators: 4,
    components: ComponentIds {
        rom_table: 0x4_000B_B471,
        scs: 0x4_000B_B008,
        dwt: 0x4_000B_B00A,
        breakpoint_unit: 0x4_000B_B00B,
    },
    flash_controller: Some(FlashController {
        mode: 0x4001_E504,
        reading: 0,
        writing: 1,
        erasing: 2,
        erase_all: 0x4001_E50C,
    }),
};

/// The machines that are known.
const MODELS: [Model; 2] = [MPS2_AN386, MICROBIT];

impl Model {
    /// The model of QEMU's machine `name`.
    pub(crate) fn of(name: &str) -> Result<Self, VprobeError> {
        let unknown = || VprobeError::UnknownMachine {
            name: name.to_owned(),
            known: MODELS.map(|model| format!("`{}`", model.machine)).join(" and "),
        };
        MODELS.into_iter().find(|model| model.machine == name).ok_or_else(unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_that_is_not_known_is_named_with_those_that_are() {
        let text = Model::of("mps2-an505").unwrap_err().to_string();
        assert_eq!(
            text,
            "the virtual probe has no model of the machine `mps2-an505`: it knows `mps2-an386` and `microbit`"
        );
    }
}
