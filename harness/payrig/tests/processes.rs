//! However the harness ends, nothing of it stays: no emulator, no socket and no lock in the way, no heap of temporary folders.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "tests of processes run in wall time, and fail by a panic"
)]

mod support;

use std::{
    fs,
    time::{Duration, Instant},
};

use rstest::rstest;
use rustix::process::Signal;
use support::{Desk, LIMIT, Running, root, said};

/// Moments of a life at which it is ended.
const KILLS: u32 = 30;
/// The cases of a run that is ended: two.
const GROUP: &str = "power::keys-survive";
/// Two cases at once, each with a folder for its board and one for its sockets.
const FOLDERS: usize = 4;

/// Moments spread over a life of this length, each somewhere else in its stretch.
fn moments(life: Duration) -> impl Iterator<Item = Duration> {
    (0..KILLS).map(move |n| life * (n * 97 + n * 61 % 97) / (KILLS * 97))
}

fn passes(running: Running) -> String {
    let output = running.output();
    assert!(output.status.success(), "{}: {}", output.status, said(&output));
    said(&output)
}

fn test_run<'a>(run: &'a str, case: &'a str) -> [&'a str; 6] {
    ["test", "--run-dir", run, "--test-threads=2", "--color=never", case]
}

#[test]
fn a_run_that_is_killed_at_any_moment_leaves_nothing_that_disturbs_the_next() {
    let desk = Desk::new();
    let started = Instant::now();
    passes(Running::start(&mut desk.payrig(&test_run("runs/first", GROUP))));
    let life = started.elapsed();
    let (mut emulators, mut most_folders, mut tapes, mut incomplete) = (0, 0, 0, 0);
    for (n, moment) in moments(life).enumerate() {
        let run = format!("runs/{n}");
        let victim = Running::start(&mut desk.payrig(&test_run(&run, GROUP)));
        victim.ended_within(moment);
        emulators += desk.processes().len().saturating_sub(1);
        victim.signal(Signal::KILL);
        drop(victim);
        desk.wait_until_deserted();
        let folders = desk.temporary().len();
        assert!(folders <= FOLDERS, "those of earlier runs were not removed: {:?}", desk.temporary());
        most_folders = most_folders.max(folders);
        for tape in desk.tapes(&run) {
            tapes += 1;
            incomplete += u32::from(!tape.complete);
        }
    }
    passes(Running::start(&mut desk.payrig(&test_run("runs/last", GROUP))));
    assert_eq!(desk.temporary(), [] as [&str; 0]);
    println!(
        "{KILLS} kills over a run of {:.2} s: {emulators} emulators ended with it, at most {most_folders} temporary \
         folders left and removed by the next run, {tapes} tapes readable, {incomplete} of them incomplete",
        life.as_secs_f64()
    );
    assert!(emulators > 0 && incomplete > 0, "no kill met a running board");
}

#[test]
fn a_kept_board_is_free_as_soon_as_its_holder_is_killed() {
    let desk = Desk::new();
    passes(Running::start(&mut desk.payrig(&["flash"])));
    let flash = fs::read(desk.path("board/flash.bin")).unwrap();
    // The same socket each time: that of the killed holder is in the way.
    let socket = desk.path("probe.sock");
    let power = |seconds: &'static str| {
        desk.payrig(&["power", "--probe-socket", socket.to_str().unwrap(), "--seconds", seconds])
    };
    let started = Instant::now();
    passes(Running::start(&mut power("0")));
    let life = started.elapsed();
    let mut sockets = 0;
    for moment in moments(life) {
        let victim = Running::start(&mut power("3600"));
        victim.ended_within(moment);
        victim.signal(Signal::KILL);
        drop(victim);
        sockets += u32::from(socket.exists());
        // Without waiting: the emulator of the killed one may be about to end.
        passes(Running::start(&mut power("0")));
    }
    desk.wait_until_deserted();
    assert_eq!(desk.temporary(), [] as [&str; 0]);
    assert!(fs::read(desk.path("board/flash.bin")).unwrap() == flash, "the board's flash has changed");
    println!(
        "{KILLS} kills over {:.2} s of a powered board: the next one had the board each time, {sockets} times over \
         a socket that was left",
        life.as_secs_f64()
    );
    assert!(sockets > 0, "no kill met a socket");
}

#[test]
fn a_board_in_use_is_refused_with_its_holder() {
    let desk = Desk::new();
    let holder = Running::start(&mut desk.payrig(&["power"]));
    holder
        .until(|| fs::read_to_string(desk.path("board/lock")).is_ok_and(|id| id == holder.id().to_string()));
    for command in [&["power"][..], &["flash"]] {
        let second = Running::start(&mut desk.payrig(command)).output();
        assert_eq!(second.status.code(), Some(3), "{}", said(&second));
        let sentence = format!("is in use by process {}\n", holder.id());
        assert!(said(&second).contains(&sentence), "{}", said(&second));
    }
    // Cases have boards of their own.
    passes(Running::start(&mut desk.payrig(&test_run("runs/beside", "power::a-blank"))));
    holder.signal(Signal::TERM);
    passes(holder);
    desk.wait_until_deserted();
    assert_eq!(desk.temporary(), [] as [&str; 0]);
}

#[rstest]
#[case::emulated("rig.toml", "power::")]
#[case::simulated("rigs/sim.toml", "sale::host-behaves")]
fn two_runs_at_once_do_not_meet(#[case] rig: &str, #[case] cases: &str) {
    let desk = Desk::new();
    let rig = if rig == "rig.toml" { desk.path(rig) } else { root().join(rig) };
    let start = || Running::start(&mut desk.payrig_on(&rig, &["test", "--test-threads=2", cases]));
    for running in [start(), start()] {
        passes(running);
    }
    let runs: Vec<_> = fs::read_dir(desk.path("runs")).unwrap().map(|run| run.unwrap().path()).collect();
    assert_eq!(runs.len(), 2, "each has a run folder of its own: {runs:?}");
    let results = runs.iter().map(|run| fs::read_to_string(run.join("results.json")).unwrap());
    assert!(
        results.into_iter().all(|text| text.contains("\"fail\": 0") && text.contains("\"rig-fault\": 0"))
    );
    desk.wait_until_deserted();
    assert_eq!(desk.temporary(), [] as [&str; 0]);
}

#[rstest]
#[case::interrupted(Signal::INT, 130)]
#[case::terminated(Signal::TERM, 143)]
#[case::hung_up(Signal::HUP, 129)]
fn a_run_that_is_asked_to_end_does_so_at_once(#[case] signal: Signal, #[case] code: i32) {
    let desk = Desk::new();
    let running = Running::start(&mut desk.payrig(&test_run("run", "power::")));
    // From the first record on and while a board runs, not at its end.
    running.until(|| desk.processes().len() > 1 && desk.tapes("run").iter().any(|t| t.notes().count() > 0));
    running.signal(signal);
    assert!(running.ended_within(LIMIT));
    let output = running.output();
    assert_eq!(output.status.code(), Some(code), "{}", said(&output));
    let told = "payrig: interrupted; the records so far: run (not searched for secrets as a whole)";
    assert!(said(&output).contains(told), "{}", said(&output));
    desk.wait_until_deserted();
    assert_eq!(desk.temporary(), [] as [&str; 0]);
    let tapes = desk.tapes("run");
    assert!(tapes.iter().any(|tape| !tape.complete && tape.entries.len() > 1));
    assert!(!desk.path("run/results.json").exists(), "results of a part of the cases could pass for all");
}
