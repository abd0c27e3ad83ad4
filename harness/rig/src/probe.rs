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

/// What probe-rs knows of chips, with the chip file's; `chip` is among it.
pub(crate) fn registry(chip: &str, chip_file: Option<&Path>) -> Result<Registry, RigError> {
    let mut registry = Registry::from_builtin_families();
    let path = chip_file.unwrap_or(Path::new("probe-rs"));
    let wrong = |message: String| RigError::ChipFile { path: path.into(), message };
    if chip_file.is_some() {
        let yaml = std::fs::read_to_string(path).map_err(|e| wrong(format!("cannot be read: {e}")))?;
        registry.add_target_family_from_yaml(&yaml).map_err(|e| {
            wrong(format!("this is no target description: {}", chain(&e).replace('\n', "; ")))
        })?;
    }
    registry
        .get_target_by_name(chip)
        .map_err(|e| wrong(format!("expected the chip {chip}: {}", chain(&e))))?;
    Ok(registry)
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
