//! The file behind the battery-backed RAM.

use std::fs::OpenOptions;
use std::path::Path;

use crate::error::VprobeError;

/// Size of the PSRAM of `mps2-an386`, which QEMU takes as the machine's main memory.
const PSRAM_BYTES: u64 = 16 << 20;

/// Makes the file, sparse and all zero, when it does not exist; checks its size when it does.
pub(crate) fn prepare(path: &Path) -> Result<(), VprobeError> {
    let failed = |doing| move |source| VprobeError::File { doing, path: path.to_owned(), source };
    // The contents are kept: this is the memory under battery.
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
        .map_err(failed("open"))?;
    match file.metadata().map_err(failed("read"))?.len() {
        0 => file.set_len(PSRAM_BYTES).map_err(failed("write")),
        PSRAM_BYTES => Ok(()),
        found => Err(VprobeError::FileSize {
            path: path.to_owned(),
            what: "battery-backed RAM",
            expected: PSRAM_BYTES,
            found,
        }),
    }
}
