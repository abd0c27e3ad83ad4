//! What is in the way of a card is told with what to do about it.

use payrig_card::{
    chip::ChipCard,
    pcsc::{PhysicalCard, find_reader, readers},
};

use crate::{
    Test,
    cards::{Inserted, block_on, profile_card},
    private::Pcscd,
    relay::open,
};

pub const TESTS: &[Test] = &[
    ("no_service_is_told_with_how_to_start_it", no_service),
    ("no_reader_is_told", no_reader),
    ("a_reader_of_another_name_is_told_with_those_that_are_there", other_name),
    ("no_card_in_the_reader_is_told", no_card),
    ("a_card_that_another_program_uses_is_told", in_use),
    ("a_service_that_ends_under_way_is_told", service_ends),
];

fn no_service() {
    let told = block_on(PhysicalCard::open(None)).err().unwrap().to_string();
    assert!(
        told.starts_with("PC/SC does not run here, so no card reader can be used: start it with `systemctl"),
        "{told}"
    );
    assert_eq!(readers().unwrap_err().to_string(), told);
}

fn no_reader() {
    let _service = Pcscd::with_readers("");
    assert_eq!(readers().unwrap(), []);
    let told = block_on(PhysicalCard::open(Some("ACS"))).err().unwrap().to_string();
    assert_eq!(told, "PC/SC runs, but no card reader is there: plug one in");
}

fn other_name() {
    let _service = Pcscd::start();
    let told = block_on(PhysicalCard::open(Some("ACS"))).err().unwrap().to_string();
    assert_eq!(
        told,
        "no card reader is named like `ACS`: name one of `Virtual PCD 00 00`, `Virtual PCD 00 01`"
    );
    let told = find_reader(Some("virtual")).unwrap_err().what;
    assert_eq!(told, "several card readers are named like `virtual`");
}

fn no_card() {
    let _service = Pcscd::start();
    block_on(async {
        let mut card = PhysicalCard::open(Some("Virtual PCD 00 01")).await.unwrap();
        let told = card.power_on().await.unwrap_err().to_string();
        assert_eq!(told, "no card is in the reader `Virtual PCD 00 01`: put one in");
        assert!(!*card.presence().await.unwrap().borrow());
    });
}

fn in_use() {
    let _service = Pcscd::start();
    let _card = Inserted::new(|| profile_card("t1"));
    block_on(async {
        let (mut first, mut second) = (open().await, open().await);
        first.power_on().await.unwrap();
        let told = second.power_on().await.unwrap_err().to_string();
        assert!(
            told.starts_with("another program uses the card in the reader `Virtual PCD 00 00`: end it"),
            "{told}"
        );
        first.power_off().await.unwrap();
        second.power_on().await.unwrap();
    });
}

fn service_ends() {
    let service = Pcscd::start();
    let _card = Inserted::new(|| profile_card("t1"));
    block_on(async {
        let mut card = open().await;
        card.power_on().await.unwrap();
        service.end();
        let told = card.transmit(&[0, 0xA4, 4, 0]).await.unwrap_err().to_string();
        assert!(told.starts_with("PC/SC"), "{told}");
    });
}
