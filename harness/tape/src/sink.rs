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

    /// Counts a record that could not even be made.
    pub(crate) fn give_up(&mut self, error: io::Error) {
        self.keep_fault(error);
        self.lost += 1;
    }

    /// The first error met, though a later attempt may have mended it.
    pub(crate) fn fault(&self) -> Option<&io::Error> {
        self.fault.as_ref()
    }

    /// A copy of the first error, for an error of the caller's.
    pub(crate) fn cause(&self) -> io::Error {
        match &self.fault {
            Some(error) => error.raw_os_error().map_or_else(
                || io::Error::new(error.kind(), error.to_string()),
                io::Error::from_raw_os_error,
            ),
            None => io::Error::other("the disk took too little for too long"),
        }
    }

    /// Bytes that are not in the file and records that were given up.
    pub(crate) fn unwritten(&self) -> (usize, u64) {
        (self.backlog.len(), self.lost)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    /// A disk that takes so many bytes and then none, until there is room again.
    #[derive(Clone, Default)]
    struct Disk {
        data: Arc<Mutex<Vec<u8>>>,
        room: Arc<Mutex<usize>>,
    }

    impl Write for Disk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let mut room = self.room.lock().unwrap();
            let count = bytes.len().min(*room).min(3);
            if count == 0 {
                return Err(io::ErrorKind::StorageFull.into());
            }
            *room -= count;
            self.data.lock().unwrap().extend_from_slice(&bytes[..count]);
            Ok(count)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_disk_that_is_full_for_a_while_tears_no_record() {
        let disk = Disk::default();
        *disk.room.lock().unwrap() = 10;
        let mut sink = Sink::new(Box::new(disk.clone()));
        sink.record(b"first\n");
        sink.record(b"second\n");
        assert_eq!(sink.unwritten(), (3, 0));
        assert_eq!(sink.fault().map(io::Error::kind), Some(io::ErrorKind::StorageFull));
        *disk.room.lock().unwrap() = 100;
        sink.record(b"third\n");
        assert_eq!(sink.unwritten(), (0, 0));
        assert_eq!(*disk.data.lock().unwrap(), b"first\nsecond\nthird\n");
    }

    #[tokio::test(start_paused = true)]
    async fn a_full_disk_is_told_when_the_tape_is_finished() {
        use crate::{Direction, Lens, Tape, TapeError};
        let sink = Sink::new(Box::new(Disk::default()));
        let tape = Tape::on(sink, "tape.jsonl".into(), tokio::time::Instant::now(), &Default::default());
        tape.line("modem", Lens::Text).record(Direction::ToTerminal, b"OK\r\n");
        assert!(tape.fault().is_some());
        let Err(TapeError::Unwritten { bytes, source, .. }) = tape.finish() else { panic!("not told") };
        assert!(bytes > 100);
        assert_eq!(source.kind(), io::ErrorKind::StorageFull);
    }
}
