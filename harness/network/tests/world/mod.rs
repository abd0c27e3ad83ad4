//! A terminal's end of the line and a host's end of the connection, both in the test's hands, on virtual time.
#![allow(dead_code, reason = "each test file uses its part of it")]

use std::{
    future::Future,
    io,
    path::Path,
    pin::Pin,
    sync::{Arc, Mutex},
    time::Duration,
};

use payrig_network::{BoxStream, Dialect, Modem, ModemHandle, NetworkProfile, Uplink};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream},
    sync::mpsc,
    task::JoinHandle,
    time::{Instant, timeout},
};

/// Longer than any step of the module.
const LONG: Duration = Duration::from_secs(600);

pub fn profile(name: &str) -> NetworkProfile {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/networks").join(format!("{name}.toml"));
    NetworkProfile::load(&path).unwrap()
}

/// Hands the far end of each connection to the test.
pub struct Hosts {
    asked: Mutex<Vec<(String, u16)>>,
    ends: mpsc::UnboundedSender<DuplexStream>,
    refuses: bool,
    capacity: usize,
}

impl Uplink for Hosts {
    fn open(
        &self,
        host: &str,
        port: u16,
    ) -> Pin<Box<dyn Future<Output = io::Result<BoxStream>> + Send + '_>> {
        self.asked.lock().unwrap().push((host.to_owned(), port));
        let known = !host.ends_with(".invalid");
        Box::pin(async move {
            if !known {
                return Err(io::ErrorKind::NotFound.into());
            }
            if self.refuses {
                return Err(io::ErrorKind::ConnectionRefused.into());
            }
            let (near, far) = tokio::io::duplex(self.capacity);
            self.ends.send(far).unwrap();
            Ok(Box::new(near) as BoxStream)
        })
    }
}

pub struct World {
    pub terminal: DuplexStream,
    pub handle: ModemHandle,
    pub serving: JoinHandle<(Modem, io::Result<()>)>,
    hosts: Arc<Hosts>,
    connections: mpsc::UnboundedReceiver<DuplexStream>,
}

impl World {
    pub fn new(network: &str) -> Self {
        Self::with(profile(network), false, 1 << 16)
    }

    /// With an EC20 in it.
    pub fn ec20(network: &str) -> Self {
        Self::with(profile(network).with_dialect(Dialect::Ec20).unwrap(), false, 1 << 16)
    }

    /// In a variant.
    pub fn varied(profile: NetworkProfile, variant: u64) -> Self {
        Self::made(profile, false, 1 << 16, 1, Some(variant))
    }

    pub fn seeded(seed: u64) -> Self {
        Self::made(profile("cellular-normal"), false, 1 << 16, seed, None)
    }

    pub fn with(profile: NetworkProfile, refuses: bool, capacity: usize) -> Self {
        Self::made(profile, refuses, capacity, 1, None)
    }

    fn made(
        profile: NetworkProfile,
        refuses: bool,
        capacity: usize,
        seed: u64,
        variant: Option<u64>,
    ) -> Self {
        let (ends, connections) = mpsc::unbounded_channel();
        let hosts = Arc::new(Hosts { asked: Mutex::default(), ends, refuses, capacity });
        let modem = Modem::new(profile, Arc::<Hosts>::clone(&hosts), seed);
        let modem = match variant {
            Some(variant) => modem.with_variant(variant),
            None => modem,
        };
        let handle = modem.handle();
        let (terminal, serving) = serve(modem, capacity);
        Self { terminal, handle, serving, hosts, connections }
    }

    /// The terminal's side of the line goes away and another comes.
    pub async fn reconnect(self) -> Self {
        self.reconnect_after(|_| {}).await
    }

    /// The same with something done to the modem in between.
    pub async fn reconnect_after(mut self, between: impl FnOnce(&mut Modem)) -> Self {
        drop(self.terminal);
        let (mut modem, ended) = self.serving.await.unwrap();
        ended.unwrap();
        between(&mut modem);
        (self.terminal, self.serving) = serve(modem, self.hosts.capacity);
        self
    }

    pub async fn send(&mut self, bytes: &[u8]) {
        self.terminal.write_all(bytes).await.unwrap();
    }

    /// The next bytes from the module are these.
    pub async fn expect(&mut self, expected: &[u8]) {
        let mut heard = Vec::new();
        let deadline = Instant::now() + LONG;
        while heard.len() < expected.len() {
            let mut space = vec![0; expected.len() - heard.len()];
            match tokio::time::timeout_at(deadline, self.terminal.read(&mut space)).await {
                Ok(Ok(count)) if count > 0 => heard.extend(&space[..count]),
                _ => break,
            }
        }
        assert_eq!(heard.escape_ascii().to_string(), expected.escape_ascii().to_string());
    }

    /// Nothing comes from the module for a long time.
    pub async fn expect_nothing(&mut self) {
        let mut byte = [0];
        let heard = timeout(LONG, self.terminal.read(&mut byte)).await;
        assert!(heard.is_err(), "expected silence, heard {:?}", byte[0]);
    }

    /// A command and its whole answer; each line of `answer` in the module's framing.
    pub async fn ask(&mut self, command: &str, answer: &[&str]) {
        self.send(format!("{command}\r").as_bytes()).await;
        let expected: String = answer.iter().map(|line| format!("\r\n{line}\r\n")).collect();
        self.expect(expected.as_bytes()).await;
    }

    /// A dialogue, a line each: a command, `=>`, the lines of its answer with `|` between.
    pub async fn follow(&mut self, dialogue: &str) {
        for line in dialogue.lines().filter(|line| !line.trim().is_empty()) {
            let (command, answer) = line.split_once("=>").unwrap();
            let answer: Vec<_> = answer.split('|').map(str::trim).collect();
            self.ask(command.trim(), &answer).await;
        }
    }

    /// Echo off, errors by number.
    pub async fn quiet(&mut self) {
        self.send(b"ATE0\r").await;
        self.expect(b"ATE0\r\r\nOK\r\n").await;
        self.ask("AT+CMEE=1", &["OK"]).await;
    }

    pub async fn context(&mut self) {
        self.quiet().await;
        self.ask("AT+CIPHEAD=1", &["OK"]).await;
        self.ask("AT+CSTT=\"cmnet\"", &["OK"]).await;
        self.ask("AT+CIICR", &["OK"]).await;
        self.ask("AT+CIFSR", &["10.64.0.21"]).await;
    }

    /// An open connection: the host's end of it.
    pub async fn connection(&mut self) -> DuplexStream {
        self.context().await;
        self.open().await
    }

    pub async fn open(&mut self) -> DuplexStream {
        self.ask("AT+CIPSTART=\"TCP\",\"192.0.2.10\",\"5000\"", &["OK", "CONNECT OK"]).await;
        self.connections.recv().await.unwrap()
    }

    /// The host's end of the next connection.
    pub async fn next_connection(&mut self) -> DuplexStream {
        self.connections.recv().await.unwrap()
    }

    pub fn asked(&self) -> Vec<(String, u16)> {
        self.hosts.asked.lock().unwrap().clone()
    }
}

fn serve(mut modem: Modem, capacity: usize) -> (DuplexStream, JoinHandle<(Modem, io::Result<()>)>) {
    let (terminal, line) = tokio::io::duplex(capacity);
    let serving = tokio::spawn(async move {
        let ended = modem.serve(line).await;
        (modem, ended)
    });
    (terminal, serving)
}
