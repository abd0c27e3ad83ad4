//! Whatever is asked and answered comes through, small blocks and damage that can be mended notwithstanding.

use payrig_card::chip::{AtrBuilder, BlockHarm, Harm, Procedure, SlotFault, SlotSettings};
use proptest::prelude::*;

use super::{
    card::{TestCard, inverse, t0, t1},
    play::play,
    reader_t1::{Blocks, Damage},
};

fn harm(most: u32) -> impl Strategy<Value = Option<Harm>> {
    prop::option::of((0..3u32, 1..300u32, 1..=most).prop_map(|(apdu, character, times)| Harm {
        apdu,
        character,
        times,
    }))
}

fn status() -> impl Strategy<Value = [u8; 2]> {
    prop::sample::select(vec![[0x90, 0x00], [0x6A, 0x82], [0x69, 0x85], [0x63, 0xC2], [0x62, 0x83]])
}

/// A command as T=0 has it, and what the card answers.
fn command() -> impl Strategy<Value = (Vec<u8>, Vec<u8>)> {
    let bytes = |most: usize| prop::collection::vec(any::<u8>(), 1..=most);
    let reading = (
        prop::sample::select(vec![0x84, 0xB0, 0xB2, 0xCA]),
        any::<[u8; 3]>(),
        any::<u8>(),
        bytes(256),
        status(),
    )
        .prop_map(|(ins, [cla, p1, p2], le, data, sw)| {
            (vec![cla & 0xEF, ins, p1, p2, le], [&data[..], &sw].concat())
        });
    let writing =
        (prop::sample::select(vec![0x20, 0x82, 0xDA, 0x1E]), any::<[u8; 3]>(), bytes(255), status())
            .prop_map(|(ins, [cla, p1, p2], data, sw)| {
                ([&[cla & 0xEF, ins, p1, p2, data.len() as u8][..], &data].concat(), sw.to_vec())
            });
    let both = (prop::sample::select(vec![0xA4, 0xA8, 0xAE, 0x88]), any::<[u8; 3]>(), bytes(255), bytes(256))
        .prop_map(|(ins, [cla, p1, p2], data, answer)| {
            let command = [&[cla & 0xEF, ins, p1, p2, data.len() as u8][..], &data, &[0]].concat();
            (command, [&answer[..], &[0x90, 0x00]].concat())
        });
    prop_oneof![reading, writing, both]
}

type Damages = (Option<Harm>, Option<(u32, u32)>, Vec<(usize, Damage)>);

/// What never harms three blocks in a row of those that come to the terminal.
fn damages() -> impl Strategy<Value = Damages> {
    let kind = prop_oneof![any::<u16>().prop_map(Damage::Bit), Just(Damage::Lost)];
    let damage = |most: usize| prop::collection::vec((0..40usize, kind.clone()), 0..=most);
    prop_oneof![
        (harm(2), damage(1)).prop_map(|(parity, damage)| (parity, None, damage)),
        ((1..60u32, 1..3u32), damage(1)).prop_map(|(edc, damage)| (None, Some(edc), damage)),
        damage(8).prop_map(|damage| (None, None, damage)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn every_command_and_answer_comes_through_t0(
        exchanges in prop::collection::vec(command(), 1..4),
        is_inverse: bool, single: bool, seed: u64,
        parity in harm(3), error_signal in harm(3),
    ) {
        let atr = if is_inverse { inverse(t0()) } else { t0() };
        let answers: Vec<&[u8]> = exchanges.iter().map(|(_, answer)| &answer[..]).collect();
        let card = TestCard::new(atr, &answers);
        let asked = card.asked.clone();
        let procedure = if single { Procedure::Single } else { Procedure::Whole };
        let fault = SlotFault { parity, error_signal, ..SlotFault::default() };
        let settings = SlotSettings { procedure, fault, seed, ..SlotSettings::default() };
        let sent = exchanges.clone();
        let told = play(card, settings, |mut contact, _| async move {
            contact.reset(true).await?;
            let mut got = vec![];
            for (command, _) in &sent {
                got.push(contact.t0(command).await?);
            }
            Ok::<_, String>((got, contact.told))
        });
        let (got, told) = told.map_or_else(|why| (Err(why), vec![]), |(got, told)| (Ok(got), told));
        let stray = told.iter().find(|item| item.ends_with(" characters"));
        prop_assert!(stray.is_none() || error_signal.is_some(), "{told:?}");
        prop_assert_eq!(got, Ok(exchanges.iter().map(|(_, answer)| answer.clone()).collect()));
        let without_le = |(command, _): &(Vec<u8>, Vec<u8>)| match command.len() {
            5 => command.clone(),
            _ => command[..5 + usize::from(command[4])].to_vec(),
        };
        prop_assert_eq!(asked.all(), exchanges.iter().map(without_le).collect::<Vec<_>>());
    }

    #[test]
    fn every_command_and_answer_comes_through_t1(
        exchanges in prop::collection::vec(
            (prop::collection::vec(any::<u8>(), 4..600), prop::collection::vec(any::<u8>(), 2..600)), 1..4),
        ifsc in 1..=254u8, ifsd in 1..=254u8, ifs in prop::option::of(1..=254u8), is_inverse: bool,
        (parity, edc, damage) in damages(),
    ) {
        let atr = AtrBuilder { ifsc: Some(ifsc), ..t1() };
        let atr = if is_inverse { inverse(atr) } else { atr };
        let answers: Vec<&[u8]> = exchanges.iter().map(|(_, answer)| &answer[..]).collect();
        let card = TestCard::new(atr, &answers);
        let asked = card.asked.clone();
        let edc = edc.map(|(block, times)| BlockHarm { block, times });
        let fault = SlotFault { parity, edc, ..SlotFault::default() };
        let settings = SlotSettings { ifs, fault, ..SlotSettings::default() };
        let (sent, is_damaged) = (exchanges.clone(), !damage.is_empty());
        let told = play(card, settings, |mut contact, _| async move {
            contact.reset(true).await?;
            let mut blocks = Blocks::harmed(&mut contact, ifsc, ifsd, damage).await?;
            let mut got = vec![];
            for (command, _) in &sent {
                got.push(blocks.exchange(command).await?);
            }
            Ok::<_, String>((got, contact.told))
        });
        let (got, told) = told.map_or_else(|why| (Err(why), vec![]), |(got, told)| (Ok(got), told));
        prop_assert!(is_damaged || !told.iter().any(|item| item.ends_with(" characters")), "{told:?}");
        let ends = told.iter().filter(|item| item.starts_with("< I(") && item.contains(": ")).count();
        prop_assert!(ends >= exchanges.len(), "{told:?}");
        prop_assert_eq!(got, Ok(exchanges.iter().map(|(_, answer)| answer.clone()).collect()));
        prop_assert_eq!(asked.all(), exchanges.iter().map(|(command, _)| command.clone()).collect::<Vec<_>>());
    }

    #[test]
    fn noise_from_a_terminal_never_makes_the_card_fall(
        pieces in prop::collection::vec((prop::collection::vec(any::<u8>(), 0..40), 0..30u64), 1..20),
        blocks: bool,
    ) {
        let card = TestCard::new(if blocks { t1() } else { t0() }, &[b"data\x90\x00"]);
        let atr = play(card, SlotSettings::default(), |mut contact, handle| async move {
            contact.reset(true).await?;
            for (bytes, pause) in pieces {
                contact.signal(&bytes).await;
                while contact.any(std::time::Duration::from_millis(pause)).await {}
            }
            contact.signal(&[0x00, 0x00]).await;
            contact.off().await;
            while contact.any(std::time::Duration::from_secs(3)).await {}
            assert!(handle.is_taken());
            contact.reset(true).await
        });
        prop_assert!(atr.is_ok(), "{atr:?}");
    }
}
