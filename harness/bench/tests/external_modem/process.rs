//! Programs that are none of ours. They end with the test, and with its process.

use std::{
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process_group};

/// How long one may take to be ready.
const READY: Duration = Duration::from_secs(20);

/// A program with everything that it has started.
pub struct Program(Child);

impl Program {
    /// Starts `words` and waits until it has made `file`.
    pub fn making(file: &Path, words: &[&str]) -> Self {
        let (name, arguments) = words.split_first().unwrap();
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", "--", name]).args(arguments).process_group(0);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child =
            command.spawn().unwrap_or_else(|error| panic!("setpriv (util-linux) did not start: {error}"));
        let mut program = Self(child);
        let begun = Instant::now();
        while !file.exists() {
            if let Some(status) = program.0.try_wait().unwrap() {
                panic!("{name}, which is the foreign device, ended at once ({status}): ci/setup installs it");
            }
            assert!(begun.elapsed() < READY, "{name} has not made {}", file.display());
            std::thread::sleep(Duration::from_millis(10));
        }
        program
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let group = Pid::from_raw(self.0.id().try_into().unwrap()).unwrap();
        let _ended_already = kill_process_group(group, Signal::KILL);
        let _ended_already = self.0.wait();
    }
}
