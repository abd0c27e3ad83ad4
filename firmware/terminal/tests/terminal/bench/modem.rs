//! A SIM800 that answers every command, with a host behind it; a script says what it does otherwise.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use super::host::Host;
use super::pipe::{Rx, Tx};

/// What the modem does and has seen.
#[derive(Default)]
pub struct Script {
    /// Answers in place of the usual ones, by command.
    pub answers: RefCell<BTreeMap<String, Vec<u8>>>,
    /// The host that data go to.
    pub host: Host,
    /// Every command.
    pub commands: RefCell<Vec<String>>,
    /// What comes after the data in place of `SEND OK` and the host's answer.
    pub after_data: RefCell<Option<Vec<u8>>>,
    /// Whether data are answered in pieces, with a line in the middle of nowhere.
    pub splits: Cell<bool>,
}

impl Script {
    pub fn answer(&self, command: &str, answer: &str) {
        self.answer_bytes(command, answer.into());
    }

    pub fn answer_bytes(&self, command: &str, answer: Vec<u8>) {
        self.answers.borrow_mut().insert(command.into(), answer);
    }

    pub fn commands(&self) -> Vec<String> {
        self.commands.borrow().clone()
    }
}

/// Serves the line until it is dropped.
pub async fn serve(mut rx: Rx, tx: Tx, script: Rc<Script>) {
    let mut echo = true;
    let mut command = Vec::new();
    loop {
        match rx.byte().await {
            b'\r' => {}
            // An escape ends nothing here: no data are waited for.
            0x1B => continue,
            byte => {
                command.push(byte);
                continue;
            }
        }
        let text = String::from_utf8(std::mem::take(&mut command)).unwrap();
        script.commands.borrow_mut().push(text.clone());
        if echo {
            tx.put(format!("{text}\r").as_bytes());
        }
        echo &= text != "ATE0";
        let replaced = script.answers.borrow().get(&text).cloned();
        if let Some(answer) = replaced {
            tx.put(&answer);
        } else if let Some(length) = text.strip_prefix("AT+CIPSEND=") {
            tx.put(b"\r\n> ");
            let mut data = Vec::new();
            for _ in 0..length.parse().unwrap() {
                data.push(rx.byte().await);
            }
            let replaced = script.after_data.borrow().clone();
            if let Some(bytes) = replaced {
                script.host.answer(&data);
                tx.put(&bytes);
                continue;
            }
            tx.put(b"\r\nSEND OK\r\n");
            if let Some(answer) = script.host.answer(&data) {
                send_data(&tx, &answer, script.splits.get());
            }
        } else {
            tx.put(usual_answer(&text).as_bytes());
        }
    }
}

fn send_data(tx: &Tx, data: &[u8], splits: bool) {
    let pieces = if splits { data.chunks(1) } else { data.chunks(1460) };
    for piece in pieces {
        tx.put(format!("\r\n+IPD,{}:", piece.len()).as_bytes());
        tx.put(piece);
        if splits {
            tx.put(b"\r\n+CREG: 1\r\n");
        }
    }
}

fn usual_answer(command: &str) -> &'static str {
    match command {
        "AT+CPIN?" => "\r\n+CPIN: READY\r\n\r\nOK\r\n",
        "AT+CSQ" => "\r\n+CSQ: 21,0\r\n\r\nOK\r\n",
        "AT+CREG?" => "\r\nRING\r\n\r\n+CREG: 2\r\n\r\n+CREG: 0,1\r\n\r\nOK\r\n",
        "AT+CGATT?" => "\r\n+CGATT: 0\r\n\r\nOK\r\n",
        "AT+CIPSHUT" => "\r\nSHUT OK\r\n",
        "AT+CIFSR" => "\r\n10.64.0.7\r\n",
        "AT+CIPSTATUS" => "\r\nOK\r\n\r\nSTATE: TCP CLOSED\r\n",
        "AT+CIPCLOSE=1" => "\r\nCLOSE OK\r\n",
        _ if command.starts_with("AT+CIPSTART=") => "\r\nOK\r\n\r\nCONNECT OK\r\n",
        _ => "\r\nOK\r\n",
    }
}
