//! The keys of chip cards, as their issuer derives them.
#![allow(clippy::unwrap_used, reason = "test helpers")]

mod support;

use payrig_acquirer::{Acquirer, AcquirerProfile};
use payrig_keys::emv::{Cvn, Derivation};
use rstest::rstest;
use support::chip::*;
use support::money::*;
use support::*;

/// Two keys of a long number are two cards: which option its issuer has taken is said of the card.
#[rstest]
#[case(None, Derivation::OptionA, true)]
#[case(None, Derivation::OptionB, false)]
#[case(Some("option-a"), Derivation::OptionA, true)]
#[case(Some("option-b"), Derivation::OptionA, false)]
#[case(Some("option-b"), Derivation::OptionB, true)]
#[tokio::test]
async fn a_long_number_s_key_is_derived_by_the_option_of_the_host_s_card(
    #[case] said: Option<&str>,
    #[case] derivation: Derivation,
    #[case] right: bool,
) {
    let mut text = fixture("acquirers/cup.toml");
    if let Some(said) = said {
        let table = "[card.nineteen-digits.chip]\n";
        assert!(text.contains(table));
        text = text.replace(table, &format!("{table}derivation = \"{said}\"\n"));
    }
    let profile = AcquirerProfile::from_toml("cup.toml", &text).unwrap();
    let mut till =
        Till::signed_on(&Acquirer::new(profile, cup(), vec![device(), other_device()], 1), "000001").await;
    let card = ChipCard { derivation, ..ChipCard::new("6212349876543210981", Cvn::Pboc01) };
    let answer = till.ask(card.sale(&till, "000002", 1234)).await;
    assert_eq!(answer.text(39) == Some("00"), right, "{}", judgement(&till.host));
}
