//! Progress of whatever takes longer than a second.

use std::{fmt::Display, time::Duration};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use payrig_rig::Progress;

/// A line on standard error that shows what is being done. Hidden where that is no terminal.
pub(crate) struct Working(ProgressBar);

impl Working {
    pub(crate) fn on(what: impl Into<String>) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed}") {
            bar.set_style(style);
        }
        bar.set_message(what.into());
        bar.enable_steady_tick(Duration::from_millis(200));
        Self(bar)
    }

    /// Shows how many of `what` are done.
    pub(crate) fn counting(&self, what: &str, done: impl Display, all: impl Display) {
        self.0.set_message(format!("{what}: {done} of {all}"));
    }

    /// Shows how far flashing has come.
    pub(crate) fn flashing(&self, progress: Progress) {
        let kib = |bytes: u64| bytes.div_ceil(1024);
        let total = progress.total.map(|total| format!(" of {}", kib(total))).unwrap_or_default();
        self.0.set_message(format!("{}: {}{total} KiB", progress.phase, kib(progress.done)));
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
