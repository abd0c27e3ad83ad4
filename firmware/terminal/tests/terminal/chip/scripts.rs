//! Issuer scripts, and the message that tells what became of them.

use std::rc::Rc;

use rstest::rstest;

use super::card::{Card, hex, tlv};
use super::contacts::Protocol::{T0, T1};
use super::rig::*;
use crate::bench::modem::Script;
use crate::bench::{Memories, Powered, scenario};
use crate::operator::*;
use crate::stripe::rig::some;

/// An application unblock before, a PIN change behind the second GENERATE AC; ARPC and response code before them.
fn issuer_data() -> Vec<u8> {
    let command = |instruction: u8| vec![0x84, instruction, 0, 0, 4, 1, 2, 3, 4];
    let script = |tag, id: u8, instruction| {
        tlv(tag, &[tlv(0x9F18, &[0, 0, 0, id]), tlv(0x86, &command(instruction))].concat())
    };
    [tlv(0x91, &hex("11223344556677883030")), script(0x71, 1, 0x1E), script(0x72, 2, 0x24)].concat()
}

/// A sale whose answer brings scripts, up to its outcome.
async fn sell(powered: &mut Powered, script: &Script, card: Card) -> (Vec<String>, Log) {
    script.host.issuer_data.replace(issuer_data());
    let log = hold(powered, T1, card);
    present(powered, '2').await;
    let screen = outcome(powered).await;
    script.host.issuer_data.borrow_mut().clear();
    (screen, log)
}

/// The STANs of all script results.
fn results(script: &Script) -> Vec<String> {
    asked(script)
        .into_iter()
        .filter(|(mti, _)| mti == "0620")
        .map(|(_, fields)| fields[&11].clone())
        .collect()
}

#[test]
fn what_became_of_scripts_goes_out_on_the_sale_s_connection() {
    scenario(async {
        let memories = Memories::default();
        let (mut powered, script) = ready(&memories, "").await;
        script.commands.borrow_mut().clear();
        let (screen, log) = sell(&mut powered, &script, Card::default()).await;
        assert_eq!(id(&screen), "M211");
        let order: Vec<u8> = log.borrow().iter().map(|command| command[1]).collect();
        assert!(order.ends_with(&[0xAE, 0x82, 0x1E, 0xAE, 0x24]), "{order:02X?}");
        let asked = asked(&script);
        let [(_, sale), (mti, result)] = &asked[..] else { panic!("{asked:?}") };
        assert_eq!(mti, "0620");
        let same = [2, 3, 4, 22, 23, 41, 42, 49];
        assert_eq!(some(result, same), some(sale, same));
        let expected = ["000003", "072022130001", "00000519951500", "0005190000020720"];
        let found = some(result, [11, 37, 60, 61]);
        assert_eq!([found[0], found[1], found[3]], [expected[0], expected[1], expected[3]]);
        assert_eq!(found[2], "0000051995150");
        assert!(result[&55].starts_with("9F3303E0F8C8950580000080009F1E08"), "{}", result[&55]);
        assert!(result[&55].contains("DF310A20000000012000000002"), "{}", result[&55]);
        let commands = script.commands();
        assert_eq!(commands.iter().filter(|command| command.starts_with("AT+CIPSTART")).count(), 1);
        assert_eq!(commands.last().map(String::as_str), Some("AT+CIPCLOSE=1"));
        leave(&mut powered).await;
        assert_eq!(sell_typed(&mut powered).await, "M211");
        assert_eq!(results(&script), ["000003"]);
    });
}

/// Three tries with one STAN, over a power cut as well; or fewer, where the host answers.
#[rstest]
#[case::never_answered(usize::MAX, 3)]
#[case::answered(1, 2)]
fn a_script_result_is_tried_again(#[case] answered_after: usize, #[case] tries: usize) {
    scenario(async move {
        let memories = Memories::default();
        let (mut powered, script) = ready(&memories, "fresh-keys=accept\nhost-timeout=1\n").await;
        script.host.deaf_to.set(Some(0x06));
        assert_eq!(id(&sell(&mut powered, &script, Card::default()).await.0), "M211");
        leave(&mut powered).await;
        powered.cut().await;
        let mut powered = crate::rotation::rig::rebooted(&memories, &script).await;
        for sale in 1..5 {
            if sale >= answered_after {
                script.host.deaf_to.set(None);
            }
            assert_eq!(sell_typed(&mut powered).await, "M211", "{sale}");
        }
        assert_eq!(results(&script), vec!["000003"; tries]);
    });
}

/// A decline, a card that declines, and a balance have results too.
#[rstest]
#[case::declined('2', "51", &[], "E520", &["0200", "0620"])]
#[case::declined_by_card('2', "00", &[0x80, 0x00], "E547", &["0200", "0620"])]
#[case::balance('4', "00", &[], "M213", &["0200", "0620"])]
fn results_of_what_was_not_sold(
    #[case] choice: char,
    #[case] code: &'static str,
    #[case] gives: &'static [u8],
    #[case] expected: &'static str,
    #[case] messages: &'static [&'static str],
) {
    scenario(async move {
        let memories = Memories::default();
        let (mut powered, script) = ready(&memories, "host-timeout=1\n").await;
        script.host.response_code.set(code.as_bytes().try_into().unwrap());
        // The host is a day ahead of the card's date.
        script.host.time.set([0x07, 0x21, 0x00, 0x13, 0x01]);
        script.host.issuer_data.replace(issuer_data());
        hold(&mut powered, T0, Card { gives: gives.to_vec(), ..Card::default() });
        present(&mut powered, choice).await;
        assert_eq!(id(&outcome(&mut powered).await), expected);
        assert_eq!(mtis(&script), *messages);
        // The answer's reference and day, whatever it said and the card did.
        let result = &asked(&script)[1].1;
        assert_eq!(some(result, [37, 61]), ["072022130001", "0005190000020721"]);
        leave(&mut powered).await;
        script.host.response_code.set(*b"00");
        script.host.issuer_data.borrow_mut().clear();
        assert_eq!(sell_typed(&mut powered).await, "M211");
        assert_eq!(results(&script).len(), 1);
        let reversals = asked(&script).into_iter().filter(|(mti, _)| mti == "0400").count();
        assert_eq!(reversals, usize::from(expected == "E547"));
    });
}

/// After the reversals, before the transaction.
#[test]
fn a_script_result_waits_for_the_reversals() {
    scenario(async {
        let memories = Memories::default();
        let (mut powered, script) = ready(&memories, "host-timeout=1\n").await;
        let script: Rc<Script> = script;
        script.host.deaf_to.set(Some(0x06));
        let card = Card { gives: vec![0x80, 0x00], ..Card::default() };
        assert_eq!(id(&sell(&mut powered, &script, card).await.0), "E547");
        leave(&mut powered).await;
        script.host.deaf_to.set(None);
        assert_eq!(sell_typed(&mut powered).await, "M211");
        assert_eq!(mtis(&script), ["0200", "0620", "0400", "0620", "0200"]);
        let reversal = asked(&script)[2].1[&55].clone();
        assert!(reversal.ends_with("DF310A20000000012000000002"), "{reversal}");
    });
}
