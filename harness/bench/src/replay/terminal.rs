//! The simulated terminal, alone: its lines are listened to and written to, and nobody answers by himself.

use std::{
    cell::{Ref, RefCell},
    rc::Rc,
};

use payrig_rig::{Board, BoxLine, LineName, Lines, Mishap, RigError};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf, split},
    sync::{
        Notify,
        mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    },
    task::{JoinHandle, spawn_local, yield_now},
    time::Instant,
};

use super::boot_line::BootLine;

/// Turns that a line's tasks need until what has arrived is heard. Time stands still meanwhile.
const TURNS: usize = 64;

/// What came from the terminal on one line since its last boot.
pub(super) struct Found {
    filter: Option<BootLine>,
    bytes: Vec<u8>,
    /// How many bytes had come when.
    arrivals: Vec<(usize, Instant)>,
}

impl Found {
    fn on(line: LineName) -> Self {
        let filter = (line == LineName::Panel).then(BootLine::default);
        Self { filter, bytes: Vec::new(), arrivals: Vec::new() }
    }

    fn push(&mut self, bytes: &[u8]) {
        match &mut self.filter {
            Some(filter) => self.bytes.extend(bytes.iter().filter_map(|byte| filter.pass(*byte))),
            None => self.bytes.extend_from_slice(bytes),
        }
        self.arrivals.push((self.bytes.len(), Instant::now()));
    }

    /// With what came after it.
    pub(super) fn and(mut self, later: Self) -> Self {
        let before = self.bytes.len();
        self.bytes.extend(later.bytes);
        self.arrivals.extend(later.arrivals.into_iter().map(|(length, when)| (before + length, when)));
        self
    }

    /// The bytes, as they are compared.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// When byte `at`, counted from 0, came.
    pub(super) fn arrival(&self, at: usize) -> Option<Instant> {
        let arrival = self.arrivals.partition_point(|(length, _)| *length <= at);
        self.arrivals.get(arrival).map(|(_, when)| *when)
    }
}

/// What all lines carried since the last boot, in the order of [`LineName::ALL`].
pub(super) type AllFound = [Found; 5];

struct Heard {
    lines: RefCell<AllFound>,
    changed: Notify,
}

/// A simulated terminal.
pub(super) struct Terminal {
    board: Box<dyn Board>,
    heard: Rc<Heard>,
    pens: Vec<UnboundedSender<Vec<u8>>>,
    listening: Vec<JoinHandle<()>>,
    writing: Vec<JoinHandle<()>>,
}

impl Terminal {
    /// A terminal on a new board, which is off.
    pub(super) fn new(board: Box<dyn Board>) -> Self {
        let lines = RefCell::new(LineName::ALL.map(Found::on));
        let heard = Rc::new(Heard { lines, changed: Notify::new() });
        Self { board, heard, pens: Vec::new(), listening: Vec::new(), writing: Vec::new() }
    }

    /// Erases key store and journal; the board is off.
    pub(super) async fn blank(&mut self) -> Result<(), RigError> {
        self.board.blank().await
    }

    /// Opens the case of a terminal that is off.
    pub(super) async fn open_case(&mut self) -> Result<(), RigError> {
        self.board.tamper_without_power(true).await
    }

    /// Powers the board.
    pub(super) async fn power_on(&mut self) -> Result<(), RigError> {
        let Lines { panel, modem, slot, antenna, front_end } = self.board.power_on().await?;
        for (name, line) in LineName::ALL.into_iter().zip([panel, modem, slot, antenna, front_end]) {
            let (reads, writes) = split(line);
            let (pen, sheets) = unbounded_channel();
            self.pens.push(pen);
            self.listening.push(spawn_local(listen(name, reads, Rc::clone(&self.heard))));
            self.writing.push(spawn_local(write(writes, sheets)));
        }
        Ok(())
    }

    /// Cuts the power. What was on its way to the world is heard.
    pub(super) async fn power_off(&mut self) -> Result<(), RigError> {
        self.board.power_off().await?;
        self.pens.clear();
        self.writing.drain(..).for_each(|task| task.abort());
        for task in self.listening.drain(..) {
            // A task that ended otherwise has nothing more to tell.
            let _ = task.await;
        }
        Ok(())
    }

    /// Resets the board; what was heard before is what the boot before has sent.
    pub(super) async fn reset(&mut self) -> Result<AllFound, RigError> {
        self.board.reset().await?;
        for _ in 0..TURNS {
            yield_now().await;
        }
        Ok(self.turn_over())
    }

    /// Ends a boot's record of what was heard, and begins another.
    pub(super) fn turn_over(&mut self) -> AllFound {
        self.heard.lines.replace(LineName::ALL.map(Found::on))
    }

    /// Sends bytes to the terminal. It takes them as it can.
    pub(super) fn send(&self, line: LineName, bytes: &[u8]) {
        if let Some(pen) = self.pens.get(line as usize) {
            // A line that has ended takes nothing.
            let _ = pen.send(bytes.to_vec());
        }
    }

    /// What was heard since the last boot.
    pub(super) fn heard(&self) -> Ref<'_, AllFound> {
        self.heard.lines.borrow()
    }

    /// Waits until more was heard.
    pub(super) async fn hears(&self) {
        self.heard.changed.notified().await;
    }

    /// How the application crashed, if it did; known once the power was cut.
    pub(super) fn crash(&mut self) -> Option<String> {
        self.board.mishap().map(|mishap| match mishap {
            Mishap::Terminal(why) | Mishap::Rig(why) => why,
        })
    }
}

async fn listen(name: LineName, mut line: ReadHalf<BoxLine>, heard: Rc<Heard>) {
    let mut buffer = [0; 1024];
    while let Ok(count @ 1..) = line.read(&mut buffer).await {
        heard.lines.borrow_mut()[name as usize].push(buffer.get(..count).unwrap_or_default());
        heard.changed.notify_one();
    }
}

async fn write(mut line: WriteHalf<BoxLine>, mut sheets: UnboundedReceiver<Vec<u8>>) {
    while let Some(bytes) = sheets.recv().await {
        if line.write_all(&bytes).await.is_err() {
            return;
        }
    }
}
