//! A PC/SC of the tests' own: `pcscd` with `vpcd`, where nothing else sees it and it sees nothing else.
//!
//! The service has one socket a machine and vpcd one port, on every address. So the tests enter namespaces of their own: another /run,
//! another network. Test files that use this have no harness of the compiler's: [`enter`] comes before any thread.

#![allow(dead_code, reason = "each test file uses its part")]

use std::{
    env, fs,
    io::{BufRead, BufReader, Read},
    net::{SocketAddr, TcpStream},
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Command, Output, Stdio},
    time::Duration,
};

/// In the environment of a process that is in namespaces of its own already.
const ENTERED: &str = "PAYRIG_TEST_PCSC";
const SOCKET: &str = "/run/pcscd/pcscd.comm";
const DRIVER: &str = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so";
/// vpcd's own port.
pub const PORT: u16 = 35963;

/// Begins the process again in namespaces of its own; returns in there.
pub fn enter() {
    if env::var_os(ENTERED).is_some() {
        run(Command::new("mount").args(["-t", "tmpfs", "tmpfs", "/run"]));
        run(Command::new("ip").args(["link", "set", "lo", "up"]));
        fs::create_dir("/run/pcscd").unwrap();
        return;
    }
    let mut unshare = Command::new("unshare");
    unshare.args(["--user", "--map-root-user", "--mount", "--net", "--propagation", "private", "--"]);
    unshare.arg(env::current_exe().unwrap()).args(env::args_os().skip(1)).env(ENTERED, "1");
    panic!(
        "rig-fault: no namespaces for a PC/SC of the tests' own (util-linux's `unshare`, user namespaces): {}",
        unshare.exec()
    );
}

/// What a command prints; a command that is not there, or fails, is the machine's fault.
#[track_caller]
pub fn run(command: &mut Command) -> String {
    let output = output(command);
    let said = [&output.stdout[..], &output.stderr].map(String::from_utf8_lossy).concat();
    assert!(output.status.success(), "{command:?}: {}\n{said}", output.status);
    said
}

#[track_caller]
pub fn output(command: &mut Command) -> Output {
    let output = command.stdin(Stdio::null()).output();
    output.unwrap_or_else(|e| panic!("rig-fault: {command:?}: {e}; ci/setup installs it"))
}

/// A running `pcscd`, ended when this is dropped.
pub struct Pcscd {
    process: Child,
}

impl Pcscd {
    /// With vpcd, which shows two readers.
    pub fn start() -> Self {
        assert!(Path::new(DRIVER).exists(), "rig-fault: no {DRIVER}; ci/setup installs vsmartcard-vpcd");
        let address = SocketAddr::from(([127, 0, 0, 1], PORT));
        let reader = format!(
            "FRIENDLYNAME \"Virtual PCD\"\nDEVICENAME /dev/null:{PORT}\nLIBPATH {DRIVER}\nCHANNELID {PORT}\n"
        );
        let service = Self::with_readers(&reader);
        // Whoever asks for its readers before it has them all is told of fewer.
        until("vpcd", || {
            fs::read_to_string("/proc/net/tcp").unwrap().contains(&format!(":{:04X} ", address.port() + 1))
        });
        service
    }

    /// With the readers of this reader.conf.
    pub fn with_readers(readers: &str) -> Self {
        fs::create_dir_all("/run/readers").unwrap();
        fs::write("/run/readers/readers", readers).unwrap();
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", "--", "pcscd", "--foreground", "--config", "/run/readers"]);
        let process = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn();
        let process =
            process.unwrap_or_else(|e| panic!("rig-fault: setpriv: {e}; ci/setup installs util-linux"));
        let mut service = Self { process };
        until("pcscd, which ci/setup installs,", || {
            if let Some(status) = service.process.try_wait().unwrap() {
                let mut said = String::new();
                service.process.stderr.take().unwrap().read_to_string(&mut said).unwrap();
                panic!("rig-fault: pcscd has ended: {status}\n{said}");
            }
            Path::new(SOCKET).exists()
        });
        service
    }

    /// Ends it as an operator would.
    pub fn end(mut self) {
        run(Command::new("kill").arg(self.process.id().to_string()));
        self.process.wait().unwrap();
    }
}

impl Drop for Pcscd {
    fn drop(&mut self) {
        let _ended_already = self.process.kill();
        let _ended_already = self.process.wait();
        // It leaves them when it is killed.
        for left in [SOCKET, "/run/pcscd/pcscd.pid"] {
            let _removed_by_itself = fs::remove_file(left);
        }
    }
}

/// Waits until `condition` holds.
#[track_caller]
pub fn until(what: &str, mut condition: impl FnMut() -> bool) {
    for _ in 0..6000 {
        if condition() {
            return;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    panic!("{what} is not there after 30 s");
}

/// A connection to vpcd.
pub fn vpcd() -> TcpStream {
    TcpStream::connect(("127.0.0.1", PORT)).unwrap()
}

/// Reads lines until one has this in it; gives it.
pub fn line_with(lines: &mut BufReader<impl Read>, part: &str) -> String {
    let mut line = String::new();
    while !line.contains(part) {
        line.clear();
        assert_ne!(lines.read_line(&mut line).unwrap(), 0, "{part:?} does not come");
    }
    line
}
