//! Ports, records, and what a rig with a device can and cannot do.

use std::{io::Read, net::TcpListener, thread};

use payrig_bench::{Verdict, runner};
use payrig_tape::Direction::{FromTerminal, ToTerminal};
use rstest::rstest;

use crate::{
    desk::Desk,
    device::{Device, Port},
    devices_end, free_port, has, play, rig, sign_on, terminals_end,
};

const SIGNED_ON: &str = "[[steps]]\nsee = \"signed-on\"\nwithin = \"60s\"\n[expect]\nhost-messages = 1\nkeys = \"changed\"\n\
                         host = [{ mti = \"0810\", fields = { 39 = \"00\" } }]\n";

#[rstest]
#[case::tcp(Port::tcp())]
#[case::tty(Port::tty())]
fn the_terminal_signs_on_over_a_device_that_reaches_our_host_and_both_ends_are_on_the_tape(
    #[case] port: Port,
) {
    let (desk, host) = (Desk::new(), free_port());
    let device = Device::at(port, host);
    let rig = rig(&format!(
        "[lines]\nmodem = {{ external = \"{}\" }}\n[host]\nlisten = \"127.0.0.1:{host}\"\n",
        device.address
    ));
    let report = play(&desk, &rig, &sign_on("", SIGNED_ON));
    assert_eq!(report.verdict, Verdict::Pass, "{:?}", report.why);
    assert!(report.clock_seconds > 0.2 && report.clock_seconds <= report.wall_seconds, "{report:?}");

    let tape = desk.tape();
    assert!(tape.complete);
    for way in [FromTerminal, ToTerminal] {
        assert_eq!(terminals_end(&tape, way), devices_end(&tape, way), "nothing was wrong with the line");
    }
    assert!(
        has(&devices_end(&tape, FromTerminal), "AT+CIPSTART=")
            && has(&devices_end(&tape, ToTerminal), "CONNECT OK")
    );
    assert!(!tape.stream("host", FromTerminal).is_empty() && !tape.stream("host", ToTerminal).is_empty());
    let told = runner::told_of_real_time(&rig, &desk.suite().unwrap().cases).unwrap();
    assert_eq!(told, format!("in real time, because this rig's modem is external: {}", device.address));
}

/// A device keeps its power while the terminal has none; what it says meanwhile reaches nobody.
#[test]
fn the_device_outlives_a_power_cut_of_the_terminal() {
    let (desk, host) = (Desk::new(), free_port());
    let device = Device::at(Port::tcp(), host);
    let rig = rig(&format!(
        "[lines]\nmodem = {{ external = \"{}\" }}\n[host]\nlisten = \"127.0.0.1:{host}\"\n",
        device.address
    ));
    let twice = "[[steps]]\nsee = \"signed-on\"\nwithin = \"60s\"\n[[steps]]\npower = \"cut\"\n[[steps]]\npower = \"on\"\n\
                 [[steps]]\nsee = \"menu\"\n[[steps]]\ndo = \"sign-on\"\n[[steps]]\nsee = \"signed-on\"\nwithin = \"60s\"\n\
                 [expect]\nhost-messages = 2\n";
    let report = play(&desk, &rig, &sign_on("", twice));
    assert_eq!(report.verdict, Verdict::Pass, "{:?}", report.why);
}

#[rstest]
#[case::tcp(format!("tcp:127.0.0.1:{}", free_port()), "Connection refused")]
#[case::tty("tty:/dev/no-such-port".into(), "No such file or directory")]
fn no_device_is_a_rig_fault_that_names_the_line_and_says_what_to_do(
    #[case] address: String,
    #[case] cause: &str,
) {
    let rig = rig(&format!("[lines]\nmodem = {{ external = \"{address}\" }}\n"));
    let report = play(&Desk::new(), &rig, &sign_on("", SIGNED_ON));
    assert_eq!(report.verdict, Verdict::RigFault);
    let why = report.why.unwrap();
    assert!(why.starts_with(&format!("the modem line has no device: {address}: {cause}")), "{why}");
    assert!(
        why.ends_with(
            "(power the device and look at its cable, or correct `modem` under [lines] in the rig's file)"
        ),
        "{why}"
    );
}

#[test]
fn a_device_that_vanishes_in_mid_run_is_a_rig_fault_at_once() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("tcp:{}", listener.local_addr().unwrap());
    let device = thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        socket.read_exact(&mut [0; 3]).unwrap();
    });
    let rig = rig(&format!("[lines]\nmodem = {{ external = \"{address}\" }}\n"));
    // The terminal would go on trying for long.
    let rest = SIGNED_ON.replace("60s", "600s");
    let report = play(&Desk::new(), &rig, &sign_on("", &rest));
    device.join().unwrap();
    assert_eq!(report.verdict, Verdict::RigFault, "{:?}", report.why);
    let why = report.why.clone().unwrap();
    let expected =
        format!("the modem line has gone in mid-run: {address}: closed by the device (power the device");
    assert!(why.starts_with(&expected), "{why}");
    assert!(report.wall_seconds < 60.0, "{report:?}");
}

#[test]
fn an_address_that_is_taken_is_a_rig_fault() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let device = Device::at(Port::tcp(), 9);
    let rig = rig(&format!(
        "[lines]\nmodem = {{ external = \"{}\" }}\n[host]\nlisten = \"{}\"\n",
        device.address,
        taken.local_addr().unwrap()
    ));
    let report = play(&Desk::new(), &rig, &sign_on("", SIGNED_ON));
    assert_eq!(report.verdict, Verdict::RigFault);
    let why = report.why.unwrap();
    assert!(why.starts_with("the host cannot wait on 127.0.0.1:") && why.contains("[host]"), "{why}");
}

/// Nobody is at the address: what cannot be run opens nothing.
#[rstest]
#[case::network(
    "network = \"no-signal\"\n",
    "[[steps]]\nsee = \"no-signal\"\nwithin = \"90s\"\n",
    "this rig's modem is external"
)]
#[case::network_step(
    "",
    "[[steps]]\nnetwork = \"no-signal\"\n[[steps]]\nsee = \"menu\"\n",
    "this rig's modem is external"
)]
#[case::variant("variant = 3\n", SIGNED_ON, "this rig's modem is external")]
#[case::snapshot(
    "",
    "[[steps]]\nsee = \"signed-on\"\n[expect]\nsnapshot = [\"modem\"]\n",
    "this rig's modem is external"
)]
#[case::other_modem(
    "terminal = \"keyed-line\"\nnetwork = \"line-normal\"\n",
    SIGNED_ON,
    "this rig has no line-modem"
)]
#[case::time(
    "",
    "[[steps]]\nsee = \"signed-on\"\n[expect]\ntook = { at-most = \"9s\" }\n",
    "this rig has no virtual-time"
)]
fn what_only_our_own_modem_can_do_is_not_run(#[case] world: &str, #[case] rest: &str, #[case] why: &str) {
    let rig = rig(&format!("[lines]\nmodem = {{ external = \"tcp:127.0.0.1:{}\" }}\n", free_port()));
    let report = play(&Desk::new(), &rig, &sign_on(world, rest));
    assert_eq!((report.verdict, report.why.as_deref()), (Verdict::NotRun, Some(why)));
}
