//! A modem that answers every command, with a host behind it; a script says what it does otherwise.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::time::Duration;

use super::host::Host;
use super::pipe::{Noise, Rx, Tx};
use super::{ec20, line, sim800};

/// Which modem it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    #[default]
    Sim800,
    Ec20,
    Line,
}

/// What the modem does and has seen.
#[derive(Default)]
pub struct Script {
    /// Which modem it is.
    pub kind: Kind,
    /// Answers in place of the usual ones, by command.
    pub answers: RefCell<BTreeMap<String, Vec<u8>>>,
    /// Answers that come before those, each once, by command.
    pub next_answers: RefCell<BTreeMap<String, VecDeque<Vec<u8>>>>,
    /// How long it takes for its answer to a command, by command; `+++` is one.
    pub delays: RefCell<BTreeMap<String, Duration>>,
    /// How many `+` have come.
    pub plusses: Cell<usize>,
    /// The host that data go to.
    pub host: Host,
    /// Every command.
    pub commands: RefCell<Vec<String>>,
    /// What comes after the data in place of `SEND OK` and the host's answer; on a line, in the answer's place.
    pub after_data: RefCell<Option<Vec<u8>>>,
    /// What comes on a line for the next frames and NAKs, each once, in the place of everything else.
    pub next_on_line: RefCell<VecDeque<Vec<u8>>>,
    /// How often a line modem was told to repeat its frame.
    pub naks: Cell<usize>,
    /// Whether a line modem is in a call.
    pub in_call: Cell<bool>,
    /// How much later than it was sent the last byte before `+++` is taken: it misses so much of the silence.
    pub slow_port: Cell<Duration>,
    /// How many of the next escapes it does not hear.
    pub missed_escapes: Cell<usize>,
    /// What its line does to what it sends.
    pub noise: Rc<Noise>,
    /// Whether data are answered in pieces, with a line in the middle of nowhere.
    pub splits: Cell<bool>,
    /// Bytes of data that it waits for when its line comes up: a terminal was lost in the middle of a request.
    pub waits_for: Cell<usize>,
}

impl Script {
    /// A modem of this kind that does what is usual.
    pub fn of(kind: Kind) -> Rc<Self> {
        Rc::new(Self { kind, ..Self::default() })
    }

    pub fn answer(&self, command: &str, answer: &str) {
        self.answer_bytes(command, answer.into());
    }

    pub fn answer_bytes(&self, command: &str, answer: Vec<u8>) {
        self.answers.borrow_mut().insert(command.into(), answer);
    }

    /// Answers the command so once more, before it does what it does otherwise.
    pub fn answer_next(&self, command: &str, answer: &str) {
        self.next_answers.borrow_mut().entry(command.into()).or_default().push_back(answer.into());
    }

    /// Goes back to what is usual.
    pub fn mend(&self) {
        self.answers.borrow_mut().clear();
        self.next_answers.borrow_mut().clear();
        self.next_on_line.borrow_mut().clear();
        self.delays.borrow_mut().clear();
        self.after_data.replace(None);
        self.noise.set(Vec::new());
        self.host.silent.set(false);
    }

    pub fn commands(&self) -> Vec<String> {
        self.commands.borrow().clone()
    }

    pub async fn pause(&self, command: &str) {
        let delay = self.delays.borrow().get(command).copied();
        tokio::time::sleep(delay.unwrap_or_default()).await;
    }

    fn replacement(&self, command: &str) -> Option<Vec<u8>> {
        let next = self.next_answers.borrow_mut().get_mut(command).and_then(VecDeque::pop_front);
        next.or_else(|| self.answers.borrow().get(command).cloned())
    }
}

/// Serves the line until it is dropped.
pub async fn serve(mut rx: Rx, tx: Tx, script: Rc<Script>) {
    let tx = tx.with(&script.noise);
    let mut echo = true;
    let mut command = Vec::new();
    if script.waits_for.get() > 0 {
        for _ in 0..script.waits_for.take() {
            rx.byte().await;
        }
        tx.put(b"\r\nSEND OK\r\n");
    }
    loop {
        if script.in_call.get() {
            line::serve_call(&mut rx, &tx, &script).await;
        }
        match rx.byte().await {
            b'\r' => {}
            // An escape and a fill end nothing here: no data are waited for.
            b'+' if command.is_empty() => {
                script.plusses.update(|plusses| plusses + 1);
                continue;
            }
            0x1B | 0x00 if command.is_empty() => continue,
            byte => {
                command.push(byte);
                continue;
            }
        }
        let text = String::from_utf8_lossy(&std::mem::take(&mut command)).into_owned();
        script.commands.borrow_mut().push(text.clone());
        if echo {
            tx.put(format!("{text}\r").as_bytes());
        }
        echo &= !text.starts_with("ATE0");
        script.pause(&text).await;
        if let Some(answer) = script.replacement(&text) {
            script.in_call.set(script.kind == Kind::Line && line::connects(&answer));
            tx.put(&answer);
            continue;
        }
        let usual = match script.kind {
            Kind::Sim800 => sim800::usual_answer(&text),
            Kind::Ec20 => ec20::usual_answer(&text),
            Kind::Line => line::usual_answer(&text),
        };
        tx.put(usual.as_bytes());
        if usual.ends_with("> ") {
            let length = text.rsplit(['=', ',']).next().unwrap().parse().unwrap();
            take_data(&mut rx, &tx, &script, length).await;
        }
        script.in_call.set(script.kind == Kind::Line && line::connects(usual.as_bytes()));
    }
}

async fn take_data(rx: &mut Rx, tx: &Tx, script: &Script, length: usize) {
    let mut data = Vec::new();
    for _ in 0..length {
        data.push(rx.byte().await);
    }
    let replaced = script.after_data.borrow().clone();
    if let Some(bytes) = replaced {
        script.host.answer(&data);
        tx.put(&bytes);
        return;
    }
    tx.put(b"\r\nSEND OK\r\n");
    if let Some(answer) = script.host.answer(&data) {
        send_data(tx, &answer, script);
    }
}

fn send_data(tx: &Tx, data: &[u8], script: &Script) {
    let pieces = if script.splits.get() { data.chunks(1) } else { data.chunks(1460) };
    for piece in pieces {
        tx.put(announced(script.kind, piece).as_slice());
        if script.splits.get() {
            tx.put(b"\r\n+CREG: 1\r\n");
        }
    }
}

/// Data as a module hands them over.
pub fn announced(kind: Kind, data: &[u8]) -> Vec<u8> {
    let announcement = match kind {
        Kind::Ec20 => format!("\r\n+QIURC: \"recv\",0,{}\r\n", data.len()),
        _ => format!("\r\n+IPD,{}:", data.len()),
    };
    [announcement.as_bytes(), data].concat()
}
