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

/// Text from somebody else, without what could steer the window.
pub(crate) fn plain(text: &str) -> String {
    let mut plain = String::new();
    for c in text.chars() {
        if c.is_control() {
            plain.extend(c.escape_default());
        } else {
            plain.push(c);
        }
    }
    plain
}

/// The columns of the window; where there is none, those of a page.
pub(crate) fn columns() -> usize {
    rustix::termios::tcgetwinsize(io::stdout()).map_or(100, |size| usize::from(size.ws_col).max(60))
}

/// [`line`] with a format string.
macro_rules! say {
    ($($text:tt)*) => { $crate::out::line(format_args!($($text)*)) };
}
pub(crate) use say;
