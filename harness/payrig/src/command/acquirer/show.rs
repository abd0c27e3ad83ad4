//! What is said, on the window of the person who listens.

use std::{
    fmt::Display,
    io::{IsTerminal, Write, stdout},
    net::SocketAddr,
    sync::Arc,
};

use anstyle::{AnsiColor, Style};
use payrig_acquirer::{Exchange, Judgement};
use payrig_iso8583::{Dialect, ExplainOptions, explain};
use tokio::{sync::Notify, time::Instant};

use crate::out::{columns, plain};

const PEER: Style = AnsiColor::Yellow.on_default();
const JUDGED: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

/// How what is said is shown.
pub(super) struct Show {
    dialect: Arc<Dialect>,
    reveal: bool,
    started: Instant,
    unread: Notify,
}

impl Show {
    pub(super) fn new(dialect: Arc<Dialect>, reveal: bool) -> Self {
        Self { dialect, reveal, started: Instant::now(), unread: Notify::new() }
    }

    /// Waits until standard output cannot be written any more: nobody reads it.
    pub(super) async fn unread(&self) {
        self.unread.notified().await;
    }

    /// Something happened to a connection.
    pub(super) fn event(&self, peer: SocketAddr, what: &str) {
        self.row(peer, format_args!("{DIM}-- {}{DIM:#}", plain(what)));
    }

    /// Something happened that no connection is to blame for.
    pub(super) fn trouble(&self, what: &str) {
        self.print(format_args!("{:>9.3}  {DIM}-- {}{DIM:#}", self.seconds(), plain(what)));
    }

    /// A request, why it is answered as it is, and the answer.
    pub(super) fn exchange(&self, peer: SocketAddr, exchange: &Exchange) {
        self.row(peer, format_args!("-> {} bytes", exchange.request.len()));
        if !matches!(exchange.judgement, Judgement::NoFrames(_)) {
            self.message(&exchange.request);
        }
        let judgement = exchange.judgement.to_string();
        self.row(peer, format_args!("{JUDGED}{}{JUDGED:#}", plain(&judgement)));
        match &exchange.answer {
            Some(answer) => {
                self.row(peer, format_args!("<- {} bytes", answer.len()));
                self.message(answer);
            }
            None => self.row(peer, "<- no answer"),
        }
    }

    fn message(&self, frame: &[u8]) {
        let options = ExplainOptions { reveal: self.reveal, width: columns() };
        let explanation = explain(&self.dialect, frame, &options);
        // Each ends with a line's end of its own.
        if stdout().is_terminal() {
            self.print(explanation.styled().to_string().trim_end());
        } else {
            self.print(explanation.to_string().trim_end());
        }
    }

    fn row(&self, peer: SocketAddr, what: impl Display) {
        self.print(format_args!("{:>9.3}  {PEER}{peer}{PEER:#}  {what}", self.seconds()));
    }

    fn seconds(&self) -> f64 {
        self.started.elapsed().as_secs_f64()
    }

    fn print(&self, text: impl Display) {
        if writeln!(anstream::stdout(), "{text}").is_err() {
            self.unread.notify_one();
        }
    }
}
