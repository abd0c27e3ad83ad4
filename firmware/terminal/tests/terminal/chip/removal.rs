//! A card that is pulled out, at each of the commands of a sale and while somebody else is asked.

use rstest::rstest;

use super::card::Card;
use super::contacts::Protocol::{self, T0, T1};
use super::rig::*;
use crate::bench::{Memories, scenario};
use crate::operator::*;
use crate::stripe::rig::some;

/// Commands of a sale: PSE, twice the AID's next occurrence and itself, GPO, record, counters, GENERATE AC twice.
#[rstest]
fn a_card_is_pulled_out_at_any_command(#[values(T0, T1)] protocol: Protocol) {
    let mut reversed = 0;
    for at in 0.. {
        let is_over = std::rc::Rc::new(std::cell::Cell::new(None));
        let told = is_over.clone();
        scenario(async move {
            let memories = Memories::default();
            let (mut powered, script) = ready(&memories, "").await;
            let log = hold(&mut powered, protocol, Card { leaves_at: Some(at), ..Card::default() });
            present(&mut powered, '2').await;
            let screen = outcome(&mut powered).await;
            if id(&screen) == "M211" {
                return;
            }
            assert_eq!([id(&screen), &screen[2], &screen[5]], ["E542", "Card removed", ""], "{at}");
            let is_due = screen[6] == "To be reversed";
            assert_eq!(is_due, wanted(&log).len() == 2, "{at}");
            leave(&mut powered).await;
            assert_eq!(sell_typed(&mut powered).await, "M211");
            let asked = asked(&script);
            match &asked[..] {
                [_] if !is_due => {}
                [_, (mti, reversal), _] if is_due => {
                    assert_eq!((mti.as_str(), some(reversal, [39])), ("0400", ["96"]));
                }
                _ => panic!("{at}: {asked:?}"),
            }
            told.set(Some(is_due));
        });
        match is_over.get() {
            Some(is_due) => reversed += usize::from(is_due),
            None => break,
        }
        assert!(at < 50);
    }
    assert_eq!(reversed, 1);
}

#[rstest]
#[case("0100", "M222")]
#[case("0200", "M203")]
fn a_card_is_pulled_out_while_a_pin_is_entered(#[case] rules: &'static str, #[case] shown: &'static str) {
    scenario(async move {
        let memories = Memories::default();
        let (mut powered, script) = ready(&memories, "").await;
        hold(&mut powered, T1, Card::default().with_rules(rules));
        present(&mut powered, '2').await;
        powered.panel.see(shown).await;
        powered.panel.press("12");
        put(&powered, false);
        assert_eq!(id(&powered.panel.see_error().await), "E542");
        leave(&mut powered).await;
        assert!(script.host.asked().is_empty());
    });
}

/// Before the request nothing is sent any more; behind it the host's word is waited for.
#[rstest]
#[case::connecting(true, "00", "E542", "", &[])]
#[case::approved(false, "00", "E542", "To be reversed", &["0200"])]
#[case::declined(false, "51", "E520", "", &["0200"])]
fn a_card_is_pulled_out_on_the_way_to_the_host(
    #[case] before: bool,
    #[case] code: &'static str,
    #[case] expected: &'static str,
    #[case] reversal: &'static str,
    #[case] mtis: &'static [&'static str],
) {
    scenario(async move {
        let memories = Memories::default();
        let (mut powered, script) = ready(&memories, "").await;
        script.host.response_code.set(code.as_bytes().try_into().unwrap());
        if before {
            script.answer("AT+CIPSTART=\"TCP\",\"192.0.2.10\",\"5000\"", "\r\nOK\r\n");
        } else {
            script.host.silent.set(true);
        }
        hold(&mut powered, T0, Card::default());
        present(&mut powered, '2').await;
        loop {
            let screen = powered.panel.see("M210").await;
            if screen[2] == if before { "Connecting" } else { "Host" } {
                break;
            }
        }
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        put(&powered, false);
        if !before {
            tokio::time::sleep(std::time::Duration::from_secs(1)).await;
            script.host.silent.set(false);
            let request = script.host.requests.borrow_mut().pop().unwrap();
            let answer = script.host.answer(&request).unwrap();
            powered.say_as_modem(&crate::bench::modem::announced(Default::default(), &answer));
        }
        let screen = outcome(&mut powered).await;
        assert_eq!([id(&screen), &screen[6]], [expected, reversal]);
        assert_eq!(super::rig::mtis(&script), *mtis);
    });
}
