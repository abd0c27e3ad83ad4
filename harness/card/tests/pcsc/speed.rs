//! What the relay costs.

use std::time::{Duration, Instant};

use payrig_card::chip::ChipCard;

use crate::{
    Test,
    cards::{Inserted, block_on, profile_card},
    private::Pcscd,
    relay::open,
};

pub const TESTS: &[Test] =
    &[("the_relay_adds_less_than_a_millisecond_to_a_command", the_relay_adds_less_than_a_millisecond)];

const ROUNDS: usize = 200;

async fn once(card: &mut dyn ChipCard, command: &[u8]) -> Duration {
    let since = Instant::now();
    let answer = card.transmit(command).await.unwrap();
    let took = since.elapsed();
    assert!(answer.ends_with(&[0x90, 0]), "{answer:02X?}");
    took
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// Direct and relayed in turn, so that both meet the same machine.
fn the_relay_adds_less_than_a_millisecond() {
    let _service = Pcscd::start();
    let _card = Inserted::new(|| profile_card("unionpay-credit"));
    block_on(async {
        let (mut physical, mut direct) = (open().await, profile_card("unionpay-credit"));
        physical.power_on().await.unwrap();
        direct.power_on().await.unwrap();
        let select = b"\x00\xA4\x04\x00\x0E1PAY.SYS.DDF01\x00";
        let (mut relayed, mut directly) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            directly.push(once(&mut direct, select).await);
            relayed.push(once(&mut physical, select).await);
        }
        physical.power_off().await.unwrap();
        let (directly, relayed) = (median(directly), median(relayed));
        println!(
            "medians of {ROUNDS}: directly {directly:?}, relayed {relayed:?}, added {:?}",
            relayed - directly
        );
        assert!(relayed - directly < Duration::from_millis(1));
    });
}
