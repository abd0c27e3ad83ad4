use payrig_acquirer::AcquirerProfile;
use payrig_card::chip::emv::{AcKind, Certified, Generate, ProfileCard};
use payrig_keys::RsaKey;
use payrig_tape::{Direction, Lens, Piece, Tape, read, render, restore};
use rstest::rstest;
use tokio::time::Instant;

use super::*;
use crate::{Fixtures, cards};

fn fixtures() -> Fixtures {
    Fixtures::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures").as_ref()).unwrap()
}

/// Every profile's account is one of the host's cards, so that the host finds it, by the same data.
#[test]
fn the_accounts_of_the_profiles_are_the_host_s_cards() {
    let fixtures = fixtures();
    let cards = AcquirerProfile::load(&fixtures.path("acquirers", "cup")).unwrap().cards;
    let names = fixtures.names("cards");
    assert!(names.len() > 50, "{}", names.len());
    for name in names.iter() {
        let profile = fixtures.card_profile(name).unwrap();
        let account = &profile.account;
        let card = cards.iter().find(|card| card.pan == account.pan());
        let card = card.unwrap_or_else(|| panic!("{name}: the host has no card of this number"));
        assert_eq!((card.expiry.as_str(), card.pin.as_str()), (account.expiry(), account.pin()), "{name}");
        let chip = card.chip.as_ref().unwrap_or_else(|| panic!("{name}: the host knows of no chip"));
        assert_eq!(chip.sequence.as_deref(), account.sequence(), "{name}");
        let keys = profile.keys().unwrap();
        for application in profile.application.values() {
            let master = |name: &str| keys.master(name).unwrap().key.bytes().to_vec();
            assert_eq!(chip.issuer.ac.bytes(), master(&application.keys.cryptograms), "{name}");
            assert_eq!(chip.issuer.smi.bytes(), master(&application.keys.script_macs), "{name}");
            assert_eq!(chip.issuer.smc.bytes(), master(&application.keys.script_data), "{name}");
            assert_eq!(chip.version, application.cryptogram.cvn(), "{name}");
            assert_eq!(chip.derivation, application.key_derivation(), "{name}");
            // Another scheme's application no terminal of ours knows, so that no host is asked about it.
            let aid = &application.aid.0;
            assert!(aid.starts_with(&chip.aid) || !aid.starts_with(b"\xA0\x00\x00\x03\x33"), "{name}");
        }
    }
}

/// Card number and track 2 in the forms of a chip's records, and the issuer's keys, become tokens; what is the host's card's keeps its name.
#[tokio::test(start_paused = true)]
async fn no_record_of_a_card_reaches_a_tape() {
    let fixtures = fixtures();
    let cards = fixtures.cards("cup").unwrap();
    let profile = fixtures.card_profile("unionpay-credit").unwrap();
    let (card, chip_keys) = issue(&fixtures, "unionpay-credit", &[]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let tape = Tape::create(folder.path(), Instant::now()).unwrap();
    cards::register(tape.secrets(), &cards).unwrap();
    register(tape.secrets(), "unionpay-credit", &card, &chip_keys).unwrap();
    // Twice is once.
    let known = tape.secrets().len();
    register(tape.secrets(), "unionpay-credit", &card, &chip_keys).unwrap();
    assert_eq!(tape.secrets().len(), known);
    let track = profile.account.track_2();
    let packed = |digits: &str| {
        let digits = if digits.len().is_multiple_of(2) { digits.to_owned() } else { format!("{digits}F") };
        hex::decode(digits).unwrap()
    };
    let record =
        [&[0x70, 0x40, 0x5A, 0x08][..], &packed(profile.account.pan()), &[0x57, 0x13], &packed(&track)]
            .concat();
    let tap = tape.line("other", Lens::Binary);
    record.chunks(7).for_each(|chunk| tap.record(Direction::ToTerminal, chunk));
    let key = chip_keys.master("imk-ac").unwrap().key.bytes().to_vec();
    tap.record(Direction::FromTerminal, &key);
    let own = card.keys().find(|(name, _)| *name == "mk-ac").unwrap().1.bytes().to_vec();
    tap.record(Direction::FromTerminal, &own);
    tape.finish().unwrap();
    let recording = read(tape.path()).unwrap();
    let shown = render(&recording.stream("other", Direction::ToTerminal));
    assert!(shown.contains("{pan#with-chip ") && shown.contains("{track2#"), "{shown}");
    let pieces = recording.stream("other", Direction::ToTerminal);
    assert_eq!(restore(&pieces, tape.secrets()).unwrap(), record);
    let shown = render(&recording.stream("other", Direction::FromTerminal));
    let (issuers, own) = shown.split_at("{key imk-ac kcv 85057132}".len());
    assert_eq!(issuers, "{key imk-ac kcv 85057132}");
    assert!(own.starts_with("{key mk-ac#chip-unionpay-credit kcv "), "{own}");
}

/// The answers to all that a terminal reads of a card.
fn all_records(card: Arc<IssuedCard>) -> Vec<Vec<u8>> {
    let aid = card.profile().application["main"].aid.0.clone();
    let mut card = ProfileCard::new(card, 1);
    card.activate();
    let select = [&[0x00, 0xA4, 0x04, 0x00, u8::try_from(aid.len()).unwrap()], aid.as_slice()].concat();
    let mut commands = vec![select, vec![0x80, 0xA8, 0x00, 0x00, 0x02, 0x83, 0x00]];
    commands.extend((1..=3).flat_map(|sfi: u8| (1..=9).map(move |nth| vec![0x00, 0xB2, nth, sfi << 3 | 4])));
    let answers = commands.iter().map(|command| card.answer(command).unwrap());
    answers.filter(|answer| answer.ends_with(&[0x90, 0x00])).collect()
}

/// What somebody finds in clear bytes who has the issuer's public key, as each terminal has: card numbers in the certificates of a card's keys (EMV 4.3
/// Book 2, tables 14 and 23), and signatures over all that a record shows of a card, by which its number can be tried out (table 7).
fn found_by_public_key(clear: &[u8], issuer: &RsaKey) -> Vec<String> {
    let length = issuer.length();
    // A certificate stands behind its length.
    let places = (1..clear.len()).filter(|at| usize::from(clear[at - 1]) == length);
    let recovered = places.filter_map(|at| issuer.recover(clear.get(at..at + length)?).ok());
    let told = recovered.filter_map(|block| match block.as_slice() {
        [0x6A, 0x04, pan @ .., 0xBC] => Some(hex::encode(&pan[..10]).trim_end_matches('f').to_owned()),
        [0x6A, 0x03, .., 0xBC] => Some("signed static data".to_owned()),
        _ => None,
    });
    told.collect()
}

/// The bytes of a stream that a record shows; nothing but a zero stands for what it hides.
fn shown_bytes(pieces: &[Piece]) -> Vec<u8> {
    let each = pieces.iter().flat_map(|piece| match piece {
        Piece::Text(text) => text.as_bytes().to_vec(),
        Piece::Hex(digits) => hex::decode(format!("{digits}{}", &"0"[..digits.len() % 2])).unwrap(),
        _ => vec![0],
    });
    each.collect()
}

#[rstest]
#[tokio::test(start_paused = true)]
async fn no_card_number_is_recovered_from_a_tape_with_public_keys(
    #[values(
        "unionpay-credit",
        "cda",
        "long-keys-cda",
        "sda",
        "enciphered-pin-card-key",
        "nineteen-enciphered-pin"
    )]
    name: &str,
    #[values(false, true)] damaged: bool,
) {
    let fixtures = fixtures();
    // A bit is turned back as easily as it was turned over.
    let of = if name == "sda" { Certified::SignedStaticData } else { Certified::IccCertificate };
    let faults = if damaged { vec![EmvFault::FlippedBit { of, bit: 7 }] } else { Vec::new() };
    let (card, keys) = issue(&fixtures, name, &faults).unwrap();
    let issuer = keys.issuer(&card.profile().application["main"].keys.issuer).unwrap().key.clone();
    let answers = all_records(card.clone());
    if !damaged {
        let pan = card.profile().account.pan().to_owned();
        let told = if name == "sda" { "signed static data".to_owned() } else { pan };
        assert!(found_by_public_key(&answers.concat(), &issuer).contains(&told), "the answers tell it");
    }
    let folder = tempfile::tempdir().unwrap();
    let tape = Tape::create(folder.path(), Instant::now()).unwrap();
    register(tape.secrets(), name, &card, &keys).unwrap();
    let tap = tape.line("other", Lens::Binary);
    answers.concat().chunks(7).for_each(|chunk| tap.record(Direction::ToTerminal, chunk));
    tape.finish().unwrap();
    let pieces = read(tape.path()).unwrap().stream("other", Direction::ToTerminal);
    let shown = shown_bytes(&pieces);
    assert!(shown.windows(2).any(|pair| pair == [0x9F, 0x47] || pair == [0x90, 0x81]), "the rest is there");
    assert_eq!(found_by_public_key(&shown, &issuer), [""; 0]);
    for (tag, value) in card.telling_signatures() {
        assert!(!shown.windows(16).any(|window| window == &value[16..32]), "{tag}");
    }
    assert_eq!(restore(&pieces, tape.secrets()).unwrap(), answers.concat());
}

#[test]
fn a_note_tells_all_that_the_answers_follow_from() {
    let how = Insertion {
        card: "t1".into(),
        faults: vec![
            EmvFault::FlippedBit { of: Certified::IssuerCertificate, bit: 7 },
            EmvFault::WrongKind { at: Generate::Second, kind: AcKind::Aac },
        ],
        settings: SlotSettings { ifs: Some(32), ..SlotSettings::default() },
        physical: false,
    };
    let inserted = Inserted::new(2, 7, &how, false);
    assert_ne!(inserted.seed, Inserted::new(3, 7, &how, false).seed);
    assert_eq!(inserted.seed, inserted.settings.seed);
    let note: serde_json::Value = serde_json::from_str(&serde_json::to_string(&inserted).unwrap()).unwrap();
    assert_eq!((note["card"].as_str(), note["number"].as_u64()), (Some("t1"), Some(2)));
    // What is written can be read again as what it was.
    let faults: Vec<EmvFault> = serde_json::from_value(note["faults"].clone()).unwrap();
    let settings: SlotSettings = serde_json::from_value(note["settings"].clone()).unwrap();
    assert_eq!((faults, settings), (how.faults, inserted.settings));
}
