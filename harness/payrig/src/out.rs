//! Lines on standard output, which may be closed before we are done.

use std::{
    fmt,
    io::{self, Write},
    process,
};

use crate::failure::{OK, RIG_FAULT};

/// Writes a line. A reader that has gone (`payrig list | head`) ends the process quietly, a full disk with a sentence.
pub(crate) fn line(text: fmt::Arguments<'_>) {
    let written = writeln!(anstream::stdout(), "{text}");
    match written {
        Ok(()) => {}
        Err(e) if e.kind() == io::ErrorKind::BrokenPipe => process::exit(OK.into()),
        Err(e) => {
            let _ = writeln!(io::stderr(), "payrig: standard output cannot be written: {e}");
            process::exit(RIG_FAULT.into())
        }
    }
}

/// [`line`] with a format string.
macro_rules! say {
    ($($text:tt)*) => { $crate::out::line(format_args!($($text)*)) };
}
pub(crate) use say;
