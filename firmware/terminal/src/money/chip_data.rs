//! Field 55 of what follows a chip's sale: its reversal and its script results (INTERFACE.md, section 21).

use heapless::Vec;

use crate::batch::chip_part::ChipPart;
use crate::emv::tag::Tag;
use crate::emv::tlv;
use crate::emv::values::{CAPABILITIES, COUNTRY};

/// Bytes of field 55, at most.
const DATA: usize = 255;

/// Data objects, one behind the other.
#[derive(Default)]
struct Objects(Vec<u8, DATA>);

impl Objects {
    /// Adds an object, unless it is empty. None here is longer than 32 bytes, and all of them fit.
    fn with(mut self, tag: Tag, value: &[u8]) -> Self {
        if !value.is_empty() {
            let _ = tlv::put(&mut self.0, tag, value);
        }
        self
    }
}

/// 9F1E: the serial number's last eight characters.
fn device(serial: &[u8; 16]) -> &[u8] {
    serial.split_at(8).1
}

/// Of a reversal: those of its objects that there are.
pub(super) fn of_reversal(chip: &ChipPart, serial: &[u8; 16]) -> Vec<u8, DATA> {
    let objects = Objects::default()
        .with(Tag::TVR, &chip.tvr)
        .with(Tag::SERIAL, device(serial))
        .with(Tag::ISSUER_DATA, &chip.issuer_data)
        .with(Tag::ATC, &chip.atc)
        .with(Tag::SCRIPT_RESULTS, &chip.script_results);
    objects.0
}

/// Of a script result.
pub(super) fn of_script_result(chip: &ChipPart, serial: &[u8; 16]) -> Vec<u8, DATA> {
    let objects = Objects::default()
        .with(Tag::CAPABILITIES, &CAPABILITIES)
        .with(Tag::TVR, &chip.tvr)
        .with(Tag::SERIAL, device(serial))
        .with(Tag::ISSUER_DATA, &chip.issuer_data)
        .with(Tag::CRYPTOGRAM, &chip.cryptogram)
        .with(Tag::ATC, &chip.atc)
        .with(Tag::AIP, &chip.aip)
        .with(Tag::SCRIPT_RESULTS, &chip.script_results)
        .with(Tag::TERMINAL_COUNTRY, &COUNTRY)
        .with(Tag::DATE, &chip.date);
    objects.0
}
