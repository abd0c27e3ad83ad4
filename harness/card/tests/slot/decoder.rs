//! What passed, put in words.

use payrig_card::chip::{AtrBuilder, SlotDecoder, SlotDirection, SlotItem, SlotMeaning, SlotSettings};
use proptest::prelude::*;

use super::{
    card::{TestCard, inverse, t0, t1},
    play::{play, settings},
    reader_t1::Blocks,
};

const VERIFY: [u8; 13] = [0x00, 0x20, 0x00, 0x80, 0x08, 0x24, 0x12, 0x34, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF];

#[test]
fn a_session_at_t0_reads_as_what_was_said() {
    let atr = AtrBuilder { ta1: Some(0x12), ..inverse(t0()) };
    let toml = "fault = { parity = { apdu = 1, character = 3, times = 2 } }";
    let told = play(TestCard::new(atr, &[b"\x63\xC2"]), settings(toml), |mut contact, _| async move {
        contact.off().await;
        contact.reset(true).await.unwrap();
        contact.say(&[0xFF, 0x10, 0x12, 0xFD]).await;
        for _ in 0..4 {
            contact.careful(std::time::Duration::from_secs(1)).await.unwrap();
        }
        assert_eq!(contact.t0(&VERIFY).await.unwrap(), b"\x63\xC2");
        contact.told
    });
    assert_eq!(
        told,
        [
            "> RST low",
            "> VCC off",
            "> RST low",
            "> VCC on",
            "> RST high",
            "< ATR T=0, inverse convention, TA1 12",
            "> PPS request T=0, rate 12",
            "< PPS response T=0, rate 12",
            "> VERIFY 0020008008",
            "< procedure byte 20",
            "> data, 8 bytes",
            "> error signal",
            "> error signal",
            "< 63C2, 2 tries left",
        ]
    );
}

#[test]
fn a_character_that_a_card_refused_is_told_apart_from_the_next_header() {
    let toml = "fault = { error-signal = { apdu = 1, character = 5, times = 2 } }";
    let told = play(TestCard::new(t0(), &[b"\x90\x00"]), settings(toml), |mut contact, _| async move {
        contact.reset(true).await.unwrap();
        contact.t0(&VERIFY).await.unwrap();
        contact.told.split_off(4)
    });
    assert_eq!(
        told,
        [
            "> VERIFY 0020008008",
            "< error signal",
            "> 1 characters",
            "< error signal",
            "> 1 characters",
            "< procedure byte 20",
            "> data, 8 bytes",
            "< 9000, done",
        ]
    );
}

#[test]
fn a_session_at_t1_reads_as_blocks() {
    let toml = "fault = { edc = { block = 2 } }";
    let told = play(TestCard::new(t1(), &[b"data\x90\x00"]), settings(toml), |mut contact, _| async move {
        contact.reset(true).await.unwrap();
        let mut blocks = Blocks::begin(&mut contact, 8, 5).await.unwrap();
        blocks.exchange(&VERIFY).await.unwrap();
        contact.told.split_off(3)
    });
    assert_eq!(
        told,
        [
            "< ATR T=1",
            "> S(IFS request), 1 bytes",
            "< S(IFS response), 1 bytes",
            "> I(0), more, 8 bytes: VERIFY 00200080",
            "< R(1), go on, 0 bytes, harmed",
            "> R(0), EDC or parity error, 0 bytes",
            "< R(1), go on, 0 bytes",
            "> I(1), 5 bytes",
            "< I(0), more, 5 bytes",
            "> R(1), go on, 0 bytes",
            "< I(1), 1 bytes: 9000, done",
        ]
    );
}

#[test]
fn withheld_characters_are_counted_and_not_guessed() {
    let mut decoder = SlotDecoder::new();
    let mut told = vec![];
    let mut tell = |found: Vec<SlotItem>| told.extend(found.iter().map(|item| item.meaning.to_string()));
    tell(decoder.feed(SlotDirection::FromTerminal, b"\x10\x52\x00\x10\x56\x01\x10\x52\x01"));
    tell(decoder.feed(SlotDirection::ToTerminal, b"\x3b\x00"));
    tell(decoder.feed(SlotDirection::FromTerminal, &VERIFY[..5]));
    tell(decoder.feed(SlotDirection::ToTerminal, &[0x20]));
    tell(decoder.feed_withheld(SlotDirection::FromTerminal, 8));
    tell(decoder.feed(SlotDirection::ToTerminal, b"\x90\x00"));
    assert_eq!(
        told[3..],
        ["ATR T=0", "VERIFY 0020008008", "procedure byte 20", "data, 8 bytes", "9000, done"]
    );
}

#[test]
fn a_text_tells_no_data() {
    let told = play(
        TestCard::new(t1(), &[b"secret\x90\x00"]),
        SlotSettings::default(),
        |mut contact, _| async move {
            contact.reset(true).await.unwrap();
            let mut blocks = Blocks::begin(&mut contact, 0xFE, 0xFE).await.unwrap();
            blocks.exchange(&VERIFY).await.unwrap();
            contact.told.join("\n")
        },
    );
    assert!(!told.contains("2412") && !told.contains("secret") && !told.contains("7365"), "{told}");
}

/// Bytes as a session may have them, and noise.
fn piece() -> impl Strategy<Value = (bool, Vec<u8>)> {
    let known = prop::sample::select(vec![
        b"\x10\x52\x00\x10\x56\x01".to_vec(),
        b"\x10\x52\x01".to_vec(),
        b"\x3b\x00".to_vec(),
        b"\x3b\x80\x81\x31\xfe\x45\x8b".to_vec(),
        b"\xff\x10\x12\xfd".to_vec(),
        b"\x00\xb2\x01\x0c\x03".to_vec(),
        b"\xb2\x01\x02\x03\x90\x00".to_vec(),
        b"\x10\x50".to_vec(),
        b"\x10\x45".to_vec(),
        b"\x00\x00\x04\x00\xb2\x01\x0c\xbb".to_vec(),
        b"\x03\x1f".to_vec(),
    ]);
    (any::<bool>(), prop_oneof![3 => known, 1 => prop::collection::vec(any::<u8>(), 0..9)])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn whatever_passes_every_byte_is_in_one_item_and_pieces_make_no_difference(
        pieces in prop::collection::vec(piece(), 0..30),
    ) {
        let direction = |from_terminal: bool| match from_terminal {
            true => SlotDirection::FromTerminal,
            false => SlotDirection::ToTerminal,
        };
        let mut decoder = SlotDecoder::new();
        let mut found = vec![];
        for (from_terminal, bytes) in &pieces {
            found.extend(decoder.feed(direction(*from_terminal), bytes));
        }
        found.extend(decoder.finish());
        for from_terminal in [false, true] {
            let fed: u64 = pieces.iter().filter(|piece| piece.0 == from_terminal).map(|piece| piece.1.len() as u64).sum();
            let mut at = 0;
            for item in found.iter().filter(|item| item.direction == direction(from_terminal)) {
                prop_assert_eq!(item.bytes.start, at, "{:?}", found);
                at = item.bytes.end;
            }
            prop_assert_eq!(at, fed, "{:?}", found);
        }
        let mut single = SlotDecoder::new();
        let mut apart = vec![];
        for (from_terminal, bytes) in &pieces {
            for byte in bytes {
                apart.extend(single.feed(direction(*from_terminal), &[*byte]));
            }
        }
        let meant = |items: Vec<SlotItem>| -> Vec<SlotItem> {
            items.into_iter().filter(|item| !matches!(item.meaning, SlotMeaning::Characters(_))).collect()
        };
        apart.extend(single.finish());
        let (found, apart) = (meant(found), meant(apart));
        prop_assert_eq!(found, apart);
    }
}
