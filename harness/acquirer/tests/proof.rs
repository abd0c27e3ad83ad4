//! The terminal's proof: what somebody without the chip could send, each refused with the host's alert.
#![allow(clippy::unwrap_used, reason = "test helpers")]

mod support;

use payrig_iso8583::{Message, Value};
use payrig_keys::{LengthDigits, Sm4Key, TerminalProof};
use rstest::rstest;
use support::money::Till;
use support::*;

const OTHER_SERIAL: &str = "0000290210015709";

/// A sign-on with this proof; ids and STAN are right.
fn with(proof: &TerminalProof) -> Message {
    sign_on("000007").with(59, Value::text(proof.encode(LengthDigits::Three)))
}

fn right() -> TerminalProof {
    TerminalProof::new(&factory_key(), "02", SERIAL, "000007", "PT000100")
}

fn of_another_factory_key() -> TerminalProof {
    let clone = Sm4Key::from_hex("FFEEDDCCBBAA99887766554433221100").unwrap();
    TerminalProof::new(&clone, "02", SERIAL, "000007", "PT000100")
}

/// As it was recorded at an earlier sign-on.
fn of_another_stan() -> TerminalProof {
    TerminalProof::new(&factory_key(), "02", SERIAL, "000006", "PT000100")
}

/// The same, dressed up as this one's.
fn of_another_stan_in_disguise() -> TerminalProof {
    TerminalProof { factor: "000007".to_owned(), ..of_another_stan() }
}

/// A genuine device of the same make whose factory key is the same.
fn of_another_serial() -> TerminalProof {
    TerminalProof::new(&factory_key(), "02", OTHER_SERIAL, "000007", "PT000100")
}

fn of_another_serial_in_disguise() -> TerminalProof {
    TerminalProof { serial: SERIAL.to_owned(), ..of_another_serial() }
}

fn of_nothing() -> TerminalProof {
    TerminalProof { proof: "00000000".to_owned(), ..right() }
}

#[rstest]
#[case::factory_key(
    of_another_factory_key(),
    "proof does not match the device's factory key: cloned terminal?"
)]
#[case::stan(
    of_another_stan(),
    "factor is 000006, expected 000007: an old proof sent again, cloned terminal?"
)]
#[case::stan_disguised(
    of_another_stan_in_disguise(),
    "proof does not match the device's factory key: cloned terminal?"
)]
#[case::serial(of_another_serial(), "serial number is not the device's: cloned terminal?")]
#[case::serial_disguised(
    of_another_serial_in_disguise(),
    "proof does not match the device's factory key: cloned terminal?"
)]
#[case::zeros(of_nothing(), "proof does not match the device's factory key: cloned terminal?")]
#[tokio::test]
async fn a_wrong_proof_raises_the_alert_and_gets_nothing(#[case] wrong: TerminalProof, #[case] why: &str) {
    let host = host(1);
    // The genuine device is in the field, and stays in business.
    let mut till = Till::signed_on(&host, "000001").await;
    let answer = ask(&host, with(&wrong)).await;
    assert_eq!((answer.text(39), answer.get(62)), (Some("97"), None));
    assert_eq!(judgement(&host), format!("refused with 97: proof of the device: {why}"));
    assert_eq!(host.issued().len(), 1);
    let sale = till.sale("000002", 1500);
    assert_eq!(till.ask(sale).await.text(39), Some("00"));
    // Nor did the forgery use up the STAN of the genuine one.
    assert_eq!(ask(&host, with(&right())).await.text(39), Some("00"));
}

/// A proof proves the device, not who sends it: the whole recorded message is known by its STAN.
#[tokio::test]
async fn a_whole_recorded_sign_on_is_no_better() {
    let host = host(1);
    let recorded = with(&right());
    assert_eq!(ask(&host, recorded.clone()).await.text(39), Some("00"));
    let answer = ask(&host, recorded).await;
    assert_eq!((answer.text(39), answer.get(62)), (Some("94"), None));
}
