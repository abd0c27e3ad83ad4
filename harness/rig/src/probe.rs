//! The board's flash and memory, through the unmodified probe-rs.
//!
//! Everything here blocks: callers run it on a thread of its own.

use std::{
    path::{Path, PathBuf},
    time::Instant,
};

use probe_rs::{
    Core, MemoryInterface, Permissions, Session,
    config::{Registry, TargetSelector},
    flashing::{DownloadOptions, FlashProgress, ProgressEvent, ProgressOperation},
    probe::{DebugProbeSelector, list::Lister},
};

use crate::{FlashReport, Image, Progress, RigError};

/// Which probe, and which chip behind it.
#[derive(Clone, Debug)]
pub(crate) struct Probe {
    pub selector: String,
    pub chip: String,
    pub chip_file: Option<PathBuf>,
}

impl Probe {
    pub(crate) fn attach(&self) -> Result<Session, RigError> {
        let registry = registry(&self.chip, self.chip_file.as_deref())?;
        let selector: DebugProbeSelector = self.selector.parse().map_err(failed("parse its selector"))?;
        self.open(&selector)?
            .attach_with_registry(TargetSelector::from(self.chip.as_str()), Permissions::default(), &registry)
            .map_err(failed("attach"))
    }

    /// Opens the driver that the selector is for. `Lister::open` would ask every driver, and tell the last one's error.
    fn open(&self, selector: &DebugProbeSelector) -> Result<probe_rs::probe::Probe, RigError> {
        let found = Lister::new().list(Some(selector));
        let Some(info) = found.iter().find(|info| info.identifier == "Glasgow") else {
            return Err(RigError::Probe {
                action: "open",
                message: format!("no probe answers at {selector}"),
            });
        };
        info.open().map_err(failed("open"))
    }

    /// Erases, programs and verifies by the chip's flash algorithm, then reads the whole image back.
    #[expect(clippy::disallowed_methods, reason = "flashing takes wall time, whatever the bench's clock is")]
    pub(crate) fn flash(
        &self,
        image: &Image,
        progress: impl FnMut(Progress),
    ) -> Result<FlashReport, RigError> {
        let started = Instant::now();
        let mut session = self.attach()?;
        halt(&mut session)?;
        let mut loader = session.target().flash_loader();
        for segment in image.segments() {
            loader.add_data(segment.address, &segment.bytes).map_err(failed("place the image"))?;
        }
        let mut options = DownloadOptions::default();
        options.verify = true;
        options.progress = reporter(progress);
        loader.commit(&mut session, options).map_err(failed("flash"))?;
        compare(&mut session, image)?;
        Ok(FlashReport { bytes: image.size(), took: started.elapsed() })
    }

    pub(crate) fn verify(&self, image: &Image) -> Result<(), RigError> {
        let mut session = self.attach()?;
        halt(&mut session)?;
        compare(&mut session, image)
    }

    pub(crate) fn read_memory(&self, address: u64, length: usize) -> Result<Vec<u8>, RigError> {
        let mut session = self.attach()?;
        let mut bytes = vec![0; length];
        core(&mut session)?.read(address, &mut bytes).map_err(failed("read memory"))?;
        Ok(bytes)
    }
}

/// A registry that has `chip`: the chip file's alone where it describes the chip, else with all that probe-rs knows.
pub(crate) fn registry(chip: &str, chip_file: Option<&Path>) -> Result<Registry, RigError> {
    let Some(path) = chip_file else {
        return having(chip, Path::new("probe-rs"), Registry::from_builtin_families());
    };
    let yaml = std::fs::read_to_string(path).map_err(|e| wrong(path, format!("cannot be read: {e}")))?;
    // To copy what probe-rs knows takes longer than to attach.
    let alone = having(chip, path, described(path, &yaml, Registry::new())?);
    alone.or_else(|_| having(chip, path, described(path, &yaml, Registry::from_builtin_families())?))
}

/// `registry` with what the chip file at `path` describes.
fn described(path: &Path, yaml: &str, mut registry: Registry) -> Result<Registry, RigError> {
    match registry.add_target_family_from_yaml(yaml) {
        Ok(_) => Ok(registry),
        Err(e) => {
            Err(wrong(path, format!("this is no target description: {}", chain(&e).replace('\n', "; "))))
        }
    }
}

fn having(chip: &str, path: &Path, registry: Registry) -> Result<Registry, RigError> {
    match registry.get_target_by_name(chip) {
        Ok(_) => Ok(registry),
        Err(e) => Err(wrong(path, format!("expected the chip {chip}: {}", chain(&e)))),
    }
}

fn wrong(path: &Path, message: String) -> RigError {
    RigError::ChipFile { path: path.into(), message }
}

fn core(session: &mut Session) -> Result<Core<'_>, RigError> {
    session.core(0).map_err(failed("reach the core"))
}

fn halt(session: &mut Session) -> Result<(), RigError> {
    core(session)?.halt(std::time::Duration::from_secs(1)).map_err(failed("halt the core"))?;
    Ok(())
}

/// Reads every byte of the image back and names the first that differs.
fn compare(session: &mut Session, image: &Image) -> Result<(), RigError> {
    let mut core = core(session)?;
    for segment in image.segments() {
        let mut found = vec![0; segment.bytes.len()];
        core.read(segment.address, &mut found).map_err(failed("read the flash back"))?;
        let bytes = segment.bytes.iter().zip(&found);
        if let Some((at, (&expected, &found))) = bytes.enumerate().find(|(_, (a, b))| a != b) {
            return Err(RigError::FlashDiffers { address: segment.address + at as u64, expected, found });
        }
    }
    Ok(())
}

fn reporter<'a>(mut progress: impl FnMut(Progress) + 'a) -> FlashProgress<'a> {
    let mut totals = [None; 4];
    let mut done = [0; 4];
    FlashProgress::new(move |event| match event {
        ProgressEvent::AddProgressBar { operation, total } => totals[operation as usize] = total,
        ProgressEvent::Progress { operation, size, .. } => {
            let index = operation as usize;
            done[index] += size;
            progress(Progress { phase: phase(operation), done: done[index], total: totals[index] });
        }
        _ => {}
    })
}

fn phase(operation: ProgressOperation) -> &'static str {
    match operation {
        ProgressOperation::Fill => "fill",
        ProgressOperation::Erase => "erase",
        ProgressOperation::Program => "program",
        ProgressOperation::Verify => "verify",
    }
}

/// An error of probe-rs with its chain of causes, which its own `Display` leaves out.
fn failed<E: std::error::Error>(action: &'static str) -> impl FnOnce(E) -> RigError {
    move |error| RigError::Probe { action, message: chain(&error) }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut message = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        message = format!("{message}: {cause}");
        source = cause.source();
    }
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chip_is_found_in_its_file_and_beside_it_in_probe_rs() {
        let file = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../rigs/chips/mps2-an386.yaml"));
        for (chip, file) in
            [("mps2-an386", Some(file)), ("nRF51822_xxAA", Some(file)), ("nRF51822_xxAA", None)]
        {
            registry(chip, file).unwrap().get_target_by_name(chip).unwrap();
        }
        let error = registry("mps2-an999", Some(file)).err().unwrap().to_string();
        assert!(error.contains("mps2-an386.yaml: expected the chip mps2-an999: "), "{error}");
    }
}
