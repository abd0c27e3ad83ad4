//! A file that is written record by record and forgets nothing when the disk is full.

use std::io::{self, Write};

/// Bytes kept for a disk that takes none; records beyond are counted as lost.
const BACKLOG_LIMIT: usize = 64 << 20;

/// Writes each record at once, so that it outlives this process. What the file does not take is kept and tried again with the
/// next record, so that no record is torn by a disk that was full for a while.
pub(crate) struct Sink {
    out: Box<dyn Write + Send>,
    backlog: Vec<u8>,
    fault: Option<io::Error>,
    lost: u64,
}

impl Sink {
    pub(crate) fn new(out: Box<dyn Write + Send>) -> Self {
        Self { out, backlog: Vec::new(), fault: None, lost: 0 }
    }

    pub(crate) fn record(&mut self, bytes: &[u8]) {
        if self.backlog.len().saturating_add(bytes.len()) > BACKLOG_LIMIT {
            self.lost += 1;
            return;
        }
        self.backlog.extend_from_slice(bytes);
        self.write_out();
    }

    /// Tries once more to write what is left.
    pub(crate) fn write_out(&mut self) {
        let mut done = 0;
        while done < self.backlog.len() {
            match self.out.write(&self.backlog[done..]) {
                Ok(0) => {
                    self.keep_fault(io::ErrorKind::WriteZero.into());
                    break;
                }
                Ok(count) => done += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.keep_fault(error);
                    break;
                }
            }
        }
        self.backlog.drain(..done.min(self.backlog.len()));
    }

    pub(crate) fn keep_fault(&mut self, error: io::Error) {
        self.fault.get_or_insert(error);
    }

    /// The first error met, though a later attempt may have mended it.
    pub(crate) fn fault(&self) -> Option<&io::Error> {
        self.fault.as_ref()
    }

    /// Bytes that are not in the file and records that were given up.
    pub(crate) fn unwritten(&self) -> (usize, u64) {
        (self.backlog.len(), self.lost)
    }
}
