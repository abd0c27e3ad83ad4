//! What a transaction leaves in the terminal's RAM, read through the debug probe: no PIN, no track, no card number, no key in clear.
//!
//! INTERFACE.md, section 21, RAM. The battery-backed key store is another memory, which tamper erases (tests/tamper.rs).

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on says so by its panic"
)]

mod forms;
mod memory;
mod plant;
mod play;
mod secrets;

use std::time::Duration;

use memory::{Leak, Memory};
use payrig_bench::{Finding, World};
use play::{Means, play};
use rstest::rstest;
use secrets::Searched;

/// At the menu again nothing is left of the transaction. The keys of the key store are not in RAM either: it is read whenever
/// one of them is used.
#[rstest]
#[case::swiped("swiped", Means::Swiped)]
#[case::typed("typed", Means::Typed)]
#[case::chip_with_online_pin("chip-online", Means::Chip("nineteen-digits"))]
#[case::chip_with_plaintext_pin("chip-plaintext", Means::Chip("nineteen-plaintext-pin"))]
#[case::chip_with_enciphered_pin("chip-enciphered", Means::Chip("nineteen-enciphered-pin"))]
fn a_sale_leaves_no_secret_in_ram(#[case] name: &str, #[case] means: Means) {
    play(name, means, move |world| {
        Box::pin(async move {
            play::sell(world, means).await?;
            nothing_is_left(world, means).await
        })
    });
}

/// To overwrite all of the unused stack takes less than anybody waits for (INTERFACE.md, section 11, `PAYRIG_SCRUB_US`).
#[test]
fn overwriting_the_stack_is_not_noticed() {
    play("scrub", Means::Typed, |world| {
        Box::pin(async move {
            play::sell(world, Means::Typed).await?;
            let took = world.read_memory(memory::image().symbol("PAYRIG_SCRUB_US")?, 4).await?;
            let bytes = took.and_then(|bytes| bytes.try_into().ok()).expect("four bytes");
            let took = Duration::from_micros(u32::from_le_bytes(bytes).into());
            println!("overwriting the unused stack took {took:?}");
            world.figure("overwriting the unused stack", took);
            assert!(Duration::ZERO < took && took < Duration::from_millis(100), "{took:?}");
            Ok(())
        })
    });
}

/// A sale that is not brought to its end: the PIN is typed, and the operator cancels.
#[test]
fn a_cancelled_sale_leaves_no_secret_in_ram() {
    play("cancelled", Means::Swiped, |world| {
        Box::pin(async move {
            play::sell_up_to_the_pin(world, Means::Swiped).await?;
            world.press("cancel").await?;
            world.press("any").await?;
            play::back_to_menu(world).await?;
            nothing_is_left(world, Means::Swiped).await
        })
    });
}

/// The tamper switch opens while the PIN is being typed: all of it goes at once, and the keys with it.
#[rstest]
#[case::swiped("tamper-swiped", Means::Swiped)]
#[case::chip("tamper-chip", Means::Chip("nineteen-plaintext-pin"))]
fn tamper_in_the_middle_of_a_sale_leaves_no_secret_in_ram(#[case] name: &str, #[case] means: Means) {
    play(name, means, move |world| {
        Box::pin(async move {
            play::sell_up_to_the_pin(world, means).await?;
            world.tamper(true).await?;
            world.see("tampered").await?;
            nothing_is_left(world, means).await
        })
    });
}

/// The search finds what is there: while a PIN is typed it is in RAM, and so is the card's number.
#[test]
fn what_a_sale_is_busy_with_is_found() {
    play("busy", Means::Swiped, |world| {
        Box::pin(async move {
            play::sell_up_to_the_pin(world, Means::Swiped).await?;
            let leaks = leaks(world, Means::Swiped).await?;
            for secret in ["PIN", "card number"] {
                assert!(leaks.iter().any(|leak| leak.secret == secret), "no {secret} among {leaks:?}");
            }
            Ok(())
        })
    });
}

/// A PIN that somebody leaves in unused RAM is found there, in each of its forms, by its place.
#[test]
fn a_planted_pin_is_found_by_its_place() {
    play("planted", Means::Typed, |world| {
        Box::pin(async move {
            play::sell(world, Means::Typed).await?;
            let image = memory::image();
            // Between what is placed by the linker and the stack.
            let free = image.symbol("__sheap")? + 0x1003;
            for form in forms::of_digits(play::PIN) {
                plant::write(world, free, &form.bytes())?;
                let leaks = leaks(world, Means::Typed).await?;
                let found = leaks.iter().any(|leak| leak.secret == "PIN" && leak.address.abs_diff(free) <= 1);
                assert!(found, "planted as {} at {free:#x}, found: {leaks:?}", form.name);
                plant::write(world, free, &vec![0; form.bytes().len()])?;
            }
            nothing_is_left(world, Means::Typed).await
        })
    });
}

/// What of the transaction's secrets and of the keys is in RAM.
async fn leaks(world: &mut World, means: Means) -> Result<Vec<Leak>, Finding> {
    let searched = Searched::in_world(world, means)?;
    Ok(Memory::read(world).await?.search(&searched))
}

async fn nothing_is_left(world: &mut World, means: Means) -> Result<(), Finding> {
    match leaks(world, means).await?.as_slice() {
        [] => Ok(()),
        leaks => {
            let lines: Vec<_> = leaks.iter().map(ToString::to_string).collect();
            Err(Finding::Terminal(format!("left in RAM:\n  {}", lines.join("\n  "))))
        }
    }
}
