//! Variants: the same module with other manners, and the same meaning.
#![allow(clippy::unwrap_used, reason = "a test may fail by it")]

mod world;

use std::{collections::BTreeSet, time::Duration};

use payrig_network::{Dialect, dialogue, is_unasked};
use tokio::{
    io::AsyncReadExt,
    time::{Instant, sleep},
};
use world::{World, profile};

/// Sends commands one by one and gives what is heard, raw.
async fn heard(world: &mut World, commands: &[&str]) -> Vec<u8> {
    let mut all = Vec::new();
    for command in commands {
        world.send(format!("{command}\r").as_bytes()).await;
        let mut space = [0; 4096];
        // Longer than a command takes, and than a variant draws its answer out.
        let until = Instant::now() + Duration::from_secs(5);
        while let Ok(Ok(count)) = tokio::time::timeout_at(until, world.terminal.read(&mut space)).await {
            all.extend(&space[..count]);
        }
    }
    all
}

const CELLULAR: [&str; 7] = ["ATE0", "AT+CMEE=1", "AT+CPIN?", "AT+CSQ", "AT+CREG?", "AT+CGATT?", "AT+NONE"];

/// The answers line by line, without echo, empty lines and what was not asked for.
fn lines(heard: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(heard).into_owned();
    let lines =
        text.split(['\r', '\n']).map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("AT"));
    lines.filter(|line| !is_unasked(line, Some("AT+CPIN?"), &[])).map(str::to_owned).collect()
}

/// Of two hundred variants of two modules each says the same.
#[tokio::test(start_paused = true)]
async fn a_variant_means_the_same() {
    for network in ["cellular-normal", "sim-pin", "no-signal", "registration-denied"] {
        for dialect in [Dialect::Sim800, Dialect::Ec20] {
            let profile = profile(network).with_dialect(dialect).unwrap();
            let plain = lines(&heard(&mut World::with(profile.clone(), false, 1 << 16), &CELLULAR).await);
            for variant in 0..25 {
                let mut world = World::varied(profile.clone(), variant);
                let raw = heard(&mut world, &CELLULAR).await;
                assert_eq!(
                    lines(&raw),
                    plain,
                    "variant {variant} of {network} with {dialect}: {}",
                    raw.escape_ascii()
                );
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn variants_differ_and_each_is_its_seed_s() {
    let mut shapes = BTreeSet::new();
    for variant in 0..50 {
        let raw = heard(&mut World::varied(profile("cellular-normal"), variant), &CELLULAR).await;
        assert_eq!(raw, heard(&mut World::varied(profile("cellular-normal"), variant), &CELLULAR).await);
        shapes.insert(raw);
    }
    assert!(shapes.len() >= 40, "{} shapes of 50", shapes.len());
    let has = |part: &[u8]| shapes.iter().any(|raw| raw.windows(part.len()).any(|window| window == part));
    assert!(has(b"ATE0") && !shapes.iter().all(|raw| raw.starts_with(b"ATE0")), "echo on and off at first");
    assert!(has(b"\r\r\nOK"), "line ends of another shape");
    assert!(has(b"+CSQ: 21,0\r\nOK"), "no head before a line that follows another");
    assert!(has(b"Ready\r\n") && has(b"RING") && has(b"+CTZV: +32,0"), "lines that answer nothing");
}

/// Whatever a variant does, a line that is not of the same answer has a line end before it: nobody has to guess where it begins.
#[tokio::test(start_paused = true)]
async fn each_answer_begins_with_a_line_end() {
    for variant in 0..60 {
        let mut world = World::varied(profile("line-carrier-lost"), variant);
        // It is woken, and what it says unasked is over.
        heard(&mut world, &["AT"]).await;
        sleep(Duration::from_secs(100)).await;
        heard(&mut world, &["ATE0V1X4"]).await;
        let raw = heard(&mut world, &["AT"]).await;
        assert!(
            raw.starts_with(b"\r") && raw.ends_with(b"\r\nOK\r\n"),
            "variant {variant}: {}",
            raw.escape_ascii()
        );
        heard(&mut world, &["ATDT95516"]).await;
        world.send(b"\x02\x00\x20 half of this frame and no more").await;
        let mut raw = vec![0; 64];
        sleep(Duration::from_secs(5)).await;
        let count = world.terminal.read(&mut raw).await.unwrap();
        let said = raw[..count].escape_ascii().to_string();
        assert!(
            said.starts_with("\\r") && said.ends_with("\\r\\nNO CARRIER\\r\\n"),
            "variant {variant}: {said}"
        );
    }
}

/// What a variant says comes in pieces, but no later than a terminal waits.
#[tokio::test(start_paused = true)]
async fn an_answer_is_drawn_out_a_little() {
    let mut pieces = BTreeSet::new();
    for variant in 0..40 {
        let mut world = World::varied(profile("cellular-normal"), variant);
        world.send(b"ATE0\r").await;
        sleep(Duration::from_secs(300)).await;
        heard(&mut world, &["AT"]).await;
        world.send(b"AT+CSQ\r").await;
        let asked = Instant::now();
        let (mut heard, mut count) = (Vec::new(), 0);
        while !heard.ends_with(b"OK\r\n") {
            let mut space = [0; 64];
            let length = world.terminal.read(&mut space).await.unwrap();
            heard.extend(&space[..length]);
            count += 1;
        }
        assert!(asked.elapsed() <= Duration::from_millis(50), "{:?}", asked.elapsed());
        pieces.insert(count);
    }
    assert!(pieces.len() > 3 && pieces.contains(&1), "{pieces:?}");
}

/// A line modem gives digits at first in some variants, and the carrier's loss in the form that is set.
#[tokio::test(start_paused = true)]
async fn a_line_modem_s_variants_begin_with_words_or_digits() {
    let mut firsts = BTreeSet::new();
    for variant in 0..40 {
        let mut world = World::varied(profile("line-busy"), variant);
        let raw = heard(&mut world, &["AT"]).await;
        firsts.insert(lines(&raw).concat());
        let raw = heard(&mut world, &["ATE0V1X4", "ATDT95516"]).await;
        let said = lines(&raw);
        assert_eq!(said.first().map(String::as_str), Some("OK"), "variant {variant}");
        sleep(Duration::from_secs(10)).await;
        assert!(dialogue(&world.handle.transcript()).contains("BUSY"), "variant {variant}");
    }
    assert!(firsts.contains("OK") && firsts.contains("0"), "{firsts:?}");
}
