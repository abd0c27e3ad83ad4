//! A modem put together from published parts: the `chat` of Debian's `ppp` answers the commands by a script and hands the call to `socat`,
//! which carries its data to our access controller. No line of ours is between the terminal and the host but the bench.

use std::{fs, os::unix::fs::PermissionsExt};

use payrig_bench::Verdict;
use payrig_tape::Direction::{FromTerminal, ToTerminal};
use rstest::rstest;

use crate::{desk::Desk, devices_end, free_port, has, play, process::Program, shipped_rig, sign_on};

/// What is expected of the terminal, and what is said to it.
const ANSWERS: &str = r"'AT\r' '\r\nOK\r\n\c'
'ATZ\r' '\r\nOK\r\n\c'
'ATE0V1X4\r' '\r\nOK\r\n\c'
'ATDT95516\r'
";

#[rstest]
fn the_terminal_signs_on_over_a_modem_of_foreign_parts(#[values("sim", "qemu")] rig: &str) {
    let (desk, folder, host) = (Desk::new(), tempfile::tempdir().unwrap(), free_port());
    let path = |name: &str| folder.path().join(name).display().to_string();
    fs::write(path("answers"), ANSWERS).unwrap();
    let call = format!(
        "#!/bin/sh\n/usr/sbin/chat -t 120 -S -f {} && printf '\\r\\nCONNECT 2400\\r\\n' && exec socat - TCP4:127.0.0.1:{host}\n",
        path("answers")
    );
    // The port of `chat` takes seven bits, so that data may come only when it has ended.
    fs::write(path("call"), call).unwrap();
    fs::set_permissions(path("call"), fs::Permissions::from_mode(0o700)).unwrap();
    // `chat` wants a terminal of its own.
    let (port, answering) = (
        format!("PTY,link={},raw,echo=0,wait-slave,pty-interval=0.05", path("port")),
        format!("EXEC:{},pty,raw,echo=0", path("call")),
    );
    let _modem = Program::making(&folder.path().join("port"), &["socat", &port, &answering]);

    let rig = shipped_rig(
        rig,
        &format!(
            "[lines]\nmodem = {{ external = \"tty:{}\", access = \"line\" }}\n[host]\nlisten = \"127.0.0.1:{host}\"\n",
            path("port")
        ),
    );
    let rest = "[[steps]]\nsee = \"signed-on\"\nwithin = \"120s\"\n[expect]\nhost-messages = 1\nkeys = \"changed\"\n\
                host = [{ mti = \"0800\", fields = { \"60.3\" = \"004\" } }, { mti = \"0810\", fields = { 39 = \"00\" } }]\n";
    let report = play(&desk, &rig, &sign_on("terminal = \"keyed-line\"\nnetwork = \"line-normal\"\n", rest));
    assert_eq!(report.verdict, Verdict::Pass, "{:?}\n{:?}", report.why, report.aftermath);

    let tape = desk.tape();
    assert!(has(&devices_end(&tape, FromTerminal), "ATDT95516\r\x02"), "a frame follows the call");
    assert!(has(&devices_end(&tape, ToTerminal), "CONNECT 2400\r\n"));
    assert!(!tape.stream("host", ToTerminal).is_empty());
}
