//! What is wrong, as a finding: with what was to be seen, a line, or a record.

use std::{error::Error, fmt, iter};

use crate::{Finding, run_folder_error::mend};

pub(crate) fn not_seen(error: impl fmt::Display) -> Finding {
    Finding::Terminal(error.to_string())
}

pub(crate) fn line_broke(error: impl fmt::Display) -> Finding {
    Finding::Rig(format!("the panel line broke: {error}"))
}

pub(crate) fn record(error: impl Error + 'static) -> Finding {
    let mut cause: Option<&(dyn Error + 'static)> = Some(&error);
    let io = iter::from_fn(|| {
        let this = cause?;
        cause = this.source();
        Some(this)
    });
    let mend = io.filter_map(<dyn Error>::downcast_ref).map(mend).next();
    let mend = mend.map(|mend| format!(" ({mend})")).unwrap_or_default();
    Finding::Rig(format!("the record could not be kept: {error}{mend}"))
}
