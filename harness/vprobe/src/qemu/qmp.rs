//! Reset and events by the QEMU Machine Protocol.
//!
//! Source: QEMU `docs/interop/qmp-spec.txt`, `qapi/run-state.json` (event `RESET`).

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use serde_json::{Value, json};

use crate::error::{Link, VprobeError};
use crate::memory_map::MemoryMap;
use crate::qemu::ANSWER_LIMIT;

/// How often the machine was reset, by whom.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Resets {
    /// By us.
    pub(crate) host: u64,
    /// By the program that runs on the machine.
    pub(crate) guest: u64,
}

#[derive(Default)]
struct Events {
    resets: Mutex<Resets>,
    changed: Condvar,
}

/// The connection; a thread reads it, so that events never pile up in QEMU.
pub(crate) struct Qmp {
    stream: UnixStream,
    answers: Receiver<Value>,
    events: Arc<Events>,
}

impl Qmp {
    /// Waits for the greeting and leaves negotiation mode.
    pub(crate) fn new(stream: UnixStream) -> Result<Self, VprobeError> {
        let reading = stream.try_clone().map_err(VprobeError::on(Link::Qmp, "opening it"))?;
        let (sender, answers) = mpsc::channel();
        let events = Arc::new(Events::default());
        let seen = Arc::clone(&events);
        // The thread ends by itself when QEMU, or the last holder of our end, closes the connection.
        std::thread::Builder::new()
            .name("vprobe-qmp".to_owned())
            .spawn(move || read_lines(reading, &sender, &seen))
            .map_err(|source| VprobeError::System { what: "a thread", source })?;
        let mut qmp = Self { stream, answers, events };
        let greeting = qmp.answer("waiting for the greeting")?;
        if greeting.get("QMP").is_none() {
            return Err(unforeseen("(nothing)", &greeting));
        }
        qmp.command("qmp_capabilities")?;
        Ok(qmp)
    }

    /// Resets the machine and waits until it is done. A stopped machine stays stopped.
    pub(crate) fn system_reset(&mut self) -> Result<(), VprobeError> {
        let before = self.resets().host;
        self.command("system_reset")?;
        let resets = self.events.resets.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.events.changed.wait_timeout_while(resets, ANSWER_LIMIT, |r| r.host == before);
        let (_resets, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
        if timeout.timed_out() {
            let e = std::io::ErrorKind::TimedOut.into();
            return Err(VprobeError::on(Link::Qmp, "waiting for the end of a reset")(e));
        }
        Ok(())
    }

    /// The resets so far.
    pub(crate) fn resets(&self) -> Resets {
        *self.events.resets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the core finds on its bus.
    pub(crate) fn memory_map(&mut self) -> Result<MemoryMap, VprobeError> {
        let command = "info mtree -f";
        let arguments = json!({ "command-line": command });
        let answer = self.command_with("human-monitor-command", Some(arguments))?;
        answer.as_str().and_then(MemoryMap::parse).ok_or_else(|| unforeseen(command, &answer))
    }

    fn command(&mut self, name: &str) -> Result<Value, VprobeError> {
        self.command_with(name, None)
    }

    fn command_with(&mut self, name: &str, arguments: Option<Value>) -> Result<Value, VprobeError> {
        let mut request = json!({ "execute": name });
        if let (Some(arguments), Some(request)) = (arguments, request.as_object_mut()) {
            request.insert("arguments".to_owned(), arguments);
        }
        let line = format!("{request}\n");
        self.stream.write_all(line.as_bytes()).map_err(VprobeError::on(Link::Qmp, name))?;
        let answer = self.answer(name)?;
        match answer.get("return") {
            Some(value) => Ok(value.clone()),
            None => Err(unforeseen(name, &answer)),
        }
    }

    fn answer(&mut self, doing: &str) -> Result<Value, VprobeError> {
        self.answers.recv_timeout(ANSWER_LIMIT).map_err(|e| {
            let kind = match e {
                mpsc::RecvTimeoutError::Timeout => std::io::ErrorKind::TimedOut,
                mpsc::RecvTimeoutError::Disconnected => std::io::ErrorKind::UnexpectedEof,
            };
            VprobeError::on(Link::Qmp, doing)(kind.into())
        })
    }
}

impl Drop for Qmp {
    fn drop(&mut self) {
        // The reading thread holds a copy of the socket: only a shutdown ends it.
        let _closed_already = self.stream.shutdown(std::net::Shutdown::Both);
    }
}

fn read_lines(stream: UnixStream, answers: &Sender<Value>, events: &Events) {
    for line in BufReader::new(stream).lines() {
        let Ok(line) = line else { break };
        let Ok(value) = serde_json::from_str::<Value>(&line) else { continue };
        match value.get("event").and_then(Value::as_str) {
            None => {
                if answers.send(value).is_err() {
                    break;
                }
            }
            Some("RESET") => {
                let mut resets = events.resets.lock().unwrap_or_else(PoisonError::into_inner);
                match value.pointer("/data/guest").and_then(Value::as_bool) {
                    Some(true) => resets.guest += 1,
                    _ => resets.host += 1,
                }
                drop(resets);
                events.changed.notify_all();
            }
            Some(_) => {}
        }
    }
    events.changed.notify_all();
}

fn unforeseen(asked: &str, got: &Value) -> VprobeError {
    VprobeError::Answer { link: Link::Qmp, asked: asked.to_owned(), got: got.to_string() }
}
