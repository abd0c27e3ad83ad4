//! A card behind PC/SC is the card that it is without.

use payrig_card::{
    chip::{
        Atr, CardFault, ChipCard,
        emv::{Directory, read_directory},
    },
    pcsc::PhysicalCard,
    vpcd::Ended,
};

use crate::{
    Test,
    cards::{Inserted, Scripted, block_on, profile_card},
    private::{Pcscd, until},
};

pub const TESTS: &[Test] = &[
    ("a_profile_card_answers_through_pcsc_as_it_does_directly", answers_are_the_same),
    ("what_a_t0_reader_shows_of_lengths_is_followed", lengths_at_t0),
    ("what_a_t1_card_says_is_its_own_word", word_at_t1),
    ("a_card_of_both_protocols_speaks_the_one_that_a_slot_takes_up", first_of_both),
    ("each_reset_and_power_cycle_reaches_the_card", resets),
    ("a_card_that_is_pulled_out_at_a_command_is_removed", removed_at_a_command),
    ("a_card_that_is_pulled_out_while_nothing_is_asked_is_noticed", removed_in_peace),
    ("a_mute_card_is_mute", mute),
];

/// Waits until PC/SC has seen the card.
pub async fn open() -> PhysicalCard {
    let card = PhysicalCard::open(Some("Virtual PCD 00 00")).await.unwrap();
    let mut presence = card.presence().await.unwrap();
    presence.wait_for(|is_in| *is_in).await.unwrap();
    card
}

/// Commands of a sale, in the order in which a terminal gives them, and some that no terminal gives.
fn commands() -> Vec<Vec<u8>> {
    let select = |name: &[u8]| [&[0, 0xA4, 4, 0, name.len() as u8], name, &[0]].concat();
    let record = |sfi: u8, number: u8| vec![0, 0xB2, number, sfi << 3 | 4, 0];
    let mut commands = vec![
        select(b"1PAY.SYS.DDF01"),
        record(1, 1),
        record(1, 2),
        select(b"\xA0\0\0\x03\x33\x01\x01\x02"),
        b"\x80\xA8\x00\x00\x02\x83\x00\x00".to_vec(),
    ];
    commands.extend((1..=5).flat_map(|sfi| (1..=4).map(move |number| record(sfi, number))));
    commands.extend([0x36, 0x13, 0x17, 0x4F, 0x79].map(|tag| vec![0x80, 0xCA, 0x9F, tag, 0]));
    commands.push(vec![0, 0x84, 0, 0, 8]);
    commands.push(b"\0\x88\0\0\x04\x01\x02\x03\x04\0".to_vec());
    commands.push(b"\0\xEE\0\0".to_vec());
    commands
}

async fn answers(card: &mut dyn ChipCard) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut answers = vec![(Vec::new(), card.power_on().await.unwrap())];
    for command in commands() {
        let answer = card.transmit(&command).await.unwrap();
        answers.push((command, answer));
    }
    card.power_off().await.unwrap();
    answers
}

fn answers_are_the_same() {
    for name in ["unionpay-credit", "t1"] {
        let service = Pcscd::start();
        let inserted = Inserted::new(move || profile_card(name));
        let (through, directly) = block_on(async {
            let (mut physical, mut direct) = (open().await, profile_card(name));
            (answers(&mut physical).await, answers(&mut direct).await)
        });
        let refused = directly.iter().filter(|(_, answer)| !answer.ends_with(&[0x90, 0])).count();
        assert!(directly.len() - refused >= 10, "{name}: {refused} of {} refused", directly.len());
        for ((command, through), (_, directly)) in through.iter().zip(&directly) {
            assert!(through == directly, "{name}: {command:02X?}: {through:02X?}, directly {directly:02X?}");
        }
        service.end();
        assert_eq!(inserted.ended(), Ended::ByVpcd);
    }
}

fn lengths_at_t0() {
    let _service = Pcscd::start();
    let answers: &[(&[u8], Option<&[u8]>)] = &[
        (&[0, 0xA4, 4, 0, 1, 0xA0], Some(&[0x61, 2])),
        (&[0, 0xC0, 0, 0, 2], Some(&[1, 2, 0x90, 0])),
        (&[0, 0xB2, 1, 12, 0], Some(&[0x6C, 3])),
        (&[0, 0xB2, 1, 12, 3], Some(&[3, 4, 5, 0x90, 0])),
    ];
    let _card = Inserted::new(|| Scripted::new(&[0x3B, 0x00], answers));
    block_on(async {
        let mut card = open().await;
        let atr = card.power_on().await.unwrap();
        assert_eq!(Atr::parse(&atr).unwrap().protocols(), [0]);
        assert_eq!(card.transmit(&[0, 0xA4, 4, 0, 1, 0xA0, 0]).await.unwrap(), [1, 2, 0x90, 0]);
        assert_eq!(card.transmit(&[0, 0xB2, 1, 12, 0]).await.unwrap(), [3, 4, 5, 0x90, 0]);
    });
}

fn word_at_t1() {
    let _service = Pcscd::start();
    let answers: &[(&[u8], Option<&[u8]>)] =
        &[(&[0, 0xA4, 4, 0, 1, 0xA0, 0], Some(&[0x61, 2])), (&[0, 0xB2, 1, 12, 0], Some(&[0x6C, 3]))];
    let _card = Inserted::new(|| Scripted::new(&[0x3B, 0x80, 0x01, 0x81], answers));
    block_on(async {
        let mut card = open().await;
        card.power_on().await.unwrap();
        assert_eq!(card.transmit(&[0, 0xA4, 4, 0, 1, 0xA0, 0]).await.unwrap(), [0x61, 2]);
        assert_eq!(card.transmit(&[0, 0xB2, 1, 12, 0]).await.unwrap(), [0x6C, 3]);
    });
}

/// PC/SC would take T=1 by itself; a command comes from the slot as T=0 has it, and its data are to be fetched.
fn first_of_both() {
    let _service = Pcscd::start();
    let answers: &[(&[u8], Option<&[u8]>)] =
        &[(&[0, 0xA4, 4, 0, 1, 0xA0], Some(&[0x61, 2])), (&[0, 0xC0, 0, 0, 2], Some(&[1, 2, 0x90, 0]))];
    let mut scripted = Scripted::new(&[0x3B, 0x80, 0x80, 0x01, 0x01], answers);
    // After a warm reset it is a card of T=1.
    scripted.warm_atr = vec![0x3B, 0x80, 0x01, 0x81];
    let _card = Inserted::new(move || scripted);
    block_on(async {
        let mut card = open().await;
        let atr = card.power_on().await.unwrap();
        assert_eq!(Atr::parse(&atr).unwrap().protocols(), [0, 1]);
        assert_eq!(card.transmit(&[0, 0xA4, 4, 0, 1, 0xA0]).await.unwrap(), [1, 2, 0x90, 0]);
        card.reset().await.unwrap();
        assert_eq!(card.transmit(&[0, 0xA4, 4, 0, 1, 0xA0]).await.unwrap(), [0x61, 2]);
    });
}

fn resets() {
    let _service = Pcscd::start();
    let mut scripted = Scripted::new(&[0x3B, 0x00], &[(&[0, 0xB0, 0, 0, 1], Some(&[9, 0x90, 0]))]);
    scripted.warm_atr = vec![0x3B, 0x01, 0x77];
    let log = scripted.log.clone();
    let _card = Inserted::new(move || scripted);
    block_on(async {
        let mut card = open().await;
        let happened = || std::mem::take(&mut *log.lock().unwrap());
        happened();
        assert_eq!(card.power_on().await.unwrap(), [0x3B, 0x00]);
        let cold = happened();
        assert_eq!(&cold[cold.len() - 2..], ["off", "on"], "a card that has power already is reset cold");
        assert_eq!(card.reset().await.unwrap(), [0x3B, 0x01, 0x77]);
        assert_eq!(happened(), ["reset"]);
        assert_eq!(card.transmit(&[0, 0xB0, 0, 0, 1]).await.unwrap(), [9, 0x90, 0]);
        assert_eq!(happened(), ["[00, B0, 00, 00, 01]"], "a command is one exchange");
        card.power_off().await.unwrap();
        until("the end of power", || log.lock().unwrap().contains(&"off".into()));
        assert_eq!(card.transmit(&[0, 0xB0, 0, 0, 1]).await, Err(CardFault::Mute));
        assert_eq!(card.reset().await, Err(CardFault::Mute));
        assert_eq!(card.power_on().await.unwrap(), [0x3B, 0x00]);
    });
}

fn removed_at_a_command() {
    let _service = Pcscd::start();
    let inserted = Inserted::new(|| Scripted::new(&[0x3B, 0x00], &[(&[0, 0xB0, 0, 0, 1], None)]));
    block_on(async {
        let mut card = open().await;
        card.power_on().await.unwrap();
        assert_eq!(card.transmit(&[0, 0xB0, 0, 0, 1]).await, Err(CardFault::Removed));
        let fault = card.power_on().await.unwrap_err();
        assert_eq!(fault.to_string(), "no card is in the reader `Virtual PCD 00 00`: put one in");
        // The next one is another card.
        let _next = Inserted::new(|| profile_card("unionpay-credit"));
        card.presence().await.unwrap().wait_for(|is_in| *is_in).await.unwrap();
        card.power_on().await.unwrap();
        let Directory::Applications(applications) = read_directory(&mut card).await.unwrap() else {
            panic!("no applications")
        };
        assert_eq!(applications[0].aid, b"\xA0\0\0\x03\x33\x01\x01\x02");
        card.power_off().await.unwrap();
    });
    assert_eq!(inserted.ended(), Ended::Removed);
}

fn removed_in_peace() {
    let service = Pcscd::start();
    let line = crate::private::vpcd();
    let kept = line.try_clone().unwrap();
    let serving = std::thread::spawn(move || {
        block_on(async {
            line.set_nonblocking(true).unwrap();
            let line = tokio::net::TcpStream::from_std(line).unwrap();
            payrig_card::vpcd::serve(line, &mut profile_card("t1"), |_| ()).await.unwrap()
        })
    });
    block_on(async {
        let mut card = open().await;
        card.power_on().await.unwrap();
        let mut presence = card.presence().await.unwrap();
        assert!(*presence.borrow_and_update());
        kept.shutdown(std::net::Shutdown::Both).unwrap();
        presence.wait_for(|is_in| !is_in).await.unwrap();
        assert_eq!(card.transmit(&[0, 0xA4, 4, 0]).await, Err(CardFault::Removed));
        let mut presence = card.presence().await.unwrap();
        service.end();
        // Whoever watches hears that there is nothing to watch.
        while presence.changed().await.is_ok() {}
        assert!(!*presence.borrow());
    });
    assert_eq!(serving.join().unwrap(), Ended::ByVpcd);
}

fn mute() {
    let _service = Pcscd::start();
    let _card = Inserted::new(|| Scripted::new(&[0x3B, 0x00], &[(&[0, 0xB0, 0, 0, 1], Some(&[]))]));
    block_on(async {
        let mut card = open().await;
        card.power_on().await.unwrap();
        assert_eq!(card.transmit(&[0, 0xB0, 0, 0, 1]).await, Err(CardFault::Mute));
    });
}
