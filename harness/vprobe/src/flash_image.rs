//! The emulated flash: a file that is changed only through the debug probe.
//!
//! QEMU keeps code memory in RAM, so its contents go when the process goes. The file holds what a real
//! chip's flash would hold: it is copied into the emulated memory at power-on, and written back when
//! flashing has ended. It is replaced as a whole (temporary file, then rename), so that it holds the old or
//! the new contents, never a mixture, whenever the harness is killed. It is not forced to disk: a crash of
//! the whole computer may lose the last flashing, which can be repeated.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::config::FlashRegion;
use crate::error::VprobeError;
use crate::model::FlashController;
use crate::qemu::qtest::Qtest;
use crate::thumb::scan::Scan;

/// The value of an erased byte.
const ERASED: u8 = 0xFF;
/// The unit in which erased stretches are skipped at power-on.
const PAGE: usize = 4096;

/// The flash file and what is known of the emulated memory.
#[derive(Debug)]
pub(crate) struct FlashImage {
    region: FlashRegion,
    contents: Vec<u8>,
    /// The emulated memory may differ from `contents`.
    touched: bool,
    controller: Option<FlashController>,
    /// The BKPT instructions in `contents`, once somebody wanted to know.
    scan: Option<Scan>,
}

impl FlashImage {
    /// Reads the file, or begins with an erased flash when there is none.
    pub(crate) fn load(
        region: &FlashRegion,
        controller: Option<FlashController>,
    ) -> Result<Self, VprobeError> {
        let path = &region.file;
        let size = region.size as usize;
        let contents = match fs::read(path) {
            Ok(bytes) if bytes.len() == size => bytes,
            Ok(bytes) => {
                return Err(VprobeError::FileSize {
                    path: path.clone(),
                    what: "emulated flash",
                    expected: u64::from(region.size),
                    found: bytes.len() as u64,
                });
            }
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                let erased = vec![ERASED; size];
                replace(path, &erased)?;
                erased
            }
            Err(source) => return Err(VprobeError::File { doing: "read", path: path.clone(), source }),
        };
        Ok(Self { region: region.clone(), contents, touched: false, controller, scan: None })
    }

    /// Whether `address` lies in the flash.
    pub(crate) fn contains(&self, address: u32) -> bool {
        address.wrapping_sub(self.region.base) < self.region.size
    }

    /// Whether any of `length` bytes from `address` on lies in the flash.
    pub(crate) fn overlaps(&self, address: u32, length: usize) -> bool {
        let (first, end) = (u64::from(address), u64::from(address) + length as u64);
        let base = u64::from(self.region.base);
        first < base + u64::from(self.region.size) && base < end
    }

    /// Notes that the emulated memory may have been changed by the probe.
    pub(crate) fn touch(&mut self) {
        self.touched = true;
    }

    /// Copies the contents into the emulated memory of a machine that was just started.
    pub(crate) fn restore(&mut self, memory: &mut Qtest) -> Result<(), VprobeError> {
        match self.controller {
            None => memory.fill(self.region.base, self.region.size, ERASED)?,
            Some(controller) => {
                memory.write(controller.mode, &controller.erasing.to_le_bytes())?;
                memory.write(controller.erase_all, &1_u32.to_le_bytes())?;
                memory.write(controller.mode, &controller.writing.to_le_bytes())?;
            }
        }
        let mut address = self.region.base;
        for page in self.contents.chunks(PAGE) {
            if page.iter().any(|b| *b != ERASED) {
                memory.write(address, page)?;
            }
            address += PAGE as u32;
        }
        if let Some(controller) = self.controller {
            memory.write(controller.mode, &controller.reading.to_le_bytes())?;
        }
        self.touched = false;
        Ok(())
    }

    /// The BKPT instructions of the program in the flash; with `pc`, also those that are reached from there.
    pub(crate) fn breakpoints(&mut self, pc: Option<u32>) -> &BTreeSet<u32> {
        let (base, contents) = (self.region.base, &self.contents);
        let scan = self.scan.get_or_insert_with(|| {
            let mut scan = Scan::default();
            scan.follow_image(base, contents);
            scan
        });
        if let Some(pc) = pc {
            scan.follow_in(base, contents, pc);
        }
        scan.found()
    }

    /// Brings the file up to date, if the emulated memory may have been changed.
    pub(crate) fn save(&mut self, memory: &mut Qtest) -> Result<(), VprobeError> {
        if !self.touched {
            return Ok(());
        }
        let mut now = vec![0; self.contents.len()];
        memory.read(self.region.base, &mut now)?;
        if now != self.contents {
            replace(&self.region.file, &now)?;
            self.contents = now;
            self.scan = None;
        }
        self.touched = false;
        Ok(())
    }
}

fn replace(path: &Path, bytes: &[u8]) -> Result<(), VprobeError> {
    let mut name = path.file_name().map_or_else(|| OsString::from("flash"), OsString::from);
    name.push(".new");
    let temporary: PathBuf = path.with_file_name(name);
    let failed = |source| VprobeError::File { doing: "write", path: path.to_owned(), source };
    fs::write(&temporary, bytes).map_err(failed)?;
    fs::rename(&temporary, path).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn region(dir: &Path, size: u32) -> FlashRegion {
        FlashRegion { base: 0x1000, size, file: dir.join("flash.bin") }
    }

    #[test]
    fn a_new_flash_is_erased_and_an_old_one_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let blank = FlashImage::load(&region(dir.path(), 8192), None).unwrap();
        assert!(blank.contents.iter().all(|b| *b == 0xFF));
        fs::write(dir.path().join("flash.bin"), [7; 8192]).unwrap();
        assert_eq!(FlashImage::load(&region(dir.path(), 8192), None).unwrap().contents, [7; 8192]);
    }

    #[test]
    fn a_file_of_another_size_is_refused_with_both_sizes() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("flash.bin"), [7; 100]).unwrap();
        let text = FlashImage::load(&region(dir.path(), 8192), None).unwrap_err().to_string();
        assert!(text.contains("flash.bin has 100 bytes, but the emulated flash has 8192"), "{text}");
    }

    #[test]
    fn the_region_ends_where_it_ends() {
        let dir = tempfile::tempdir().unwrap();
        let flash = FlashImage::load(&region(dir.path(), 8192), None).unwrap();
        assert_eq!([0xFFF, 0x1000, 0x2FFF, 0x3000].map(|a| flash.contains(a)), [false, true, true, false]);
        assert_eq!([0xFFC, 0xFFD, 0x2FFF, 0x3000].map(|a| flash.overlaps(a, 4)), [false, true, true, false]);
        assert!(!flash.overlaps(0xFFFF_FFFF, 8));
    }
}
