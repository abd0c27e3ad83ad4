//! Transactions over every way to the host: what they share a connection with, and how the way fails them.

use crate::bench::memory::Flash;
use crate::bench::modem::Kind::{self, Ec20, Line, Sim800};
use crate::bench::modem::Script;
use crate::bench::{Memories, Powered, scenario};
use crate::operator::*;
use crate::rotation::rig::{host_at, rebooted, signed_on_with};
use rstest::rstest;

/// What opens a connection.
fn opening(kind: Kind) -> &'static str {
    match kind {
        Sim800 => "AT+CIPSTART=\"TCP\",\"192.0.2.10\",\"5000\"",
        Ec20 => "AT+QIOPEN=1,0,\"TCP\",\"192.0.2.10\",5000,0,1",
        Line => "ATDT0,95516",
    }
}

/// Signs on and goes back to the menu.
async fn signed_on(memories: &Memories, script: &std::rc::Rc<Script>) -> Powered {
    let mut powered = keyed(memories, script).await;
    assert_eq!(id(&sign_on(&mut powered).await), "M111");
    powered.panel.press("\r");
    powered.panel.see("M100").await;
    script.commands.borrow_mut().clear();
    script.host.requests.borrow_mut().clear();
    powered
}

/// Sells, and returns the phases and the screen that it ends with.
async fn sell(powered: &mut Powered) -> (Vec<String>, Vec<String>) {
    for (keys, screen) in
        [("2", "M200"), ("100\r", "M201"), ("6212345678901232\r", "M202"), ("1230\r", "M203")]
    {
        powered.panel.press(keys);
        powered.panel.see(screen).await;
    }
    powered.panel.press("\r");
    let mut phases = Vec::new();
    loop {
        let screen = powered.panel.next_screen().await;
        match id(&screen) {
            "M203" => {}
            "M210" => phases.push(screen[2].clone()),
            _ => return (phases, screen),
        }
    }
}

/// The message types of the requests.
fn mtis(script: &Script) -> Vec<String> {
    script.host.requests.borrow().iter().map(|request| hex::encode(&request[13..15])).collect()
}

#[rstest]
#[case(Sim800, &["Modem", "Network", "Connecting", "Host"])]
#[case(Ec20, &["Modem", "Network", "Connecting", "Host"])]
#[case(Line, &["Modem", "Dialling", "Host"])]
fn a_sale_is_declined(#[case] kind: Kind, #[case] expected: &[&str]) {
    scenario(async {
        let (memories, script) = (Memories::default(), Script::of(kind));
        let mut powered = signed_on(&memories, &script).await;
        let (phases, screen) = sell(&mut powered).await;
        assert_eq!((id(&screen), screen[3].as_str()), ("E520", "Insufficient funds"));
        assert_eq!(phases, expected);
        assert_eq!(mtis(&script), ["0200"]);
    });
}

#[rstest]
fn a_reversal_and_the_sale_behind_it_share_a_connection(#[values(Sim800, Ec20, Line)] kind: Kind) {
    scenario(async {
        let (memories, script) = (Memories::default(), Script::of(kind));
        let mut powered = signed_on(&memories, &script).await;
        script.host.silent.set(true);
        let (_, screen) = sell(&mut powered).await;
        let rows = [screen[1].as_str(), &screen[5], &screen[6], id(&screen)];
        assert_eq!(rows, ["Sale failed", "60 s", "To be reversed", "E210"]);
        script.mend();
        script.commands.borrow_mut().clear();
        powered.panel.press("\r");
        assert_eq!(powered.panel.see("M100").await[6], "Reversals due 1");
        let (phases, screen) = sell(&mut powered).await;
        assert_eq!(id(&screen), "E520");
        assert_eq!(phases[phases.len() - 2..], ["Reversal", "Host"]);
        assert_eq!(mtis(&script), ["0200", "0400", "0200"]);
        let openings = script.commands().iter().filter(|command| *command == opening(kind)).count();
        assert_eq!(openings, 1);
    });
}

/// Causes of every kind: the title, whether a reversal is due, and that the transaction is not tried again.
#[rstest]
#[case::no_sim(Sim800, "AT+CPIN?", "\r\n+CME ERROR: 12\r\n", "E211", "")]
#[case::denied(Sim800, "AT+CREG?", "\r\n+CREG: 0,3\r\n\r\nOK\r\n", "E206", "")]
#[case::no_name(Ec20, "connection", "\r\nOK\r\n\r\n+QIOPEN: 0,565\r\n", "E217", "")]
#[case::no_connection(Ec20, "connection", "\r\nOK\r\n", "E218", "")]
#[case::restarts(Ec20, "AT", "\r\nRDY\r\n", "E219", "")]
#[case::no_dial_tone(Line, "connection", "\r\nNO DIALTONE\r\n", "E230", "")]
#[case::busy(Line, "connection", "\r\nBUSY\r\n", "E231", "")]
#[case::port_dead(Line, "AT", "", "E240", "")]
#[case::echo(Line, "AT", "BT\r", "E223", "")]
#[case::while_sending(Sim800, "data", "\r\nSEND FAIL\r\n", "E221", "To be reversed")]
#[case::lost(Sim800, "data", "\r\nSEND OK\r\n\r\nCLOSED\r\n", "E222", "To be reversed")]
#[case::lost(Ec20, "data", "\r\nSEND OK\r\n\r\n+QIURC: \"closed\",0\r\n", "E222", "To be reversed")]
#[case::carrier_lost(Line, "data", "\r\nNO CARRIER\r\n", "E234", "To be reversed")]
#[case::noisy(Line, "data", "\u{15}", "E235", "To be reversed")]
fn a_sale_fails_on_the_way(
    #[case] kind: Kind,
    #[case] place: &str,
    #[case] answer: &str,
    #[case] expected: &str,
    #[case] reversal: &str,
) {
    scenario(async {
        let (memories, script) = (Memories::default(), Script::of(kind));
        let mut powered = signed_on(&memories, &script).await;
        match place {
            "connection" => script.answer(opening(kind), answer),
            "data" => drop(script.after_data.replace(Some(answer.into()))),
            "AT" if kind == Line => {
                script.answer("AT", answer);
                script.answer("ATH", answer);
            }
            _ => script.answer(place, answer),
        }
        let (_, screen) = sell(&mut powered).await;
        assert_eq!([screen[1].as_str(), &screen[6], id(&screen)], ["Sale failed", reversal, expected]);
        let openings = script.commands().iter().filter(|command| *command == opening(kind)).count();
        assert!(openings <= 1, "{:?}", script.commands());
        script.mend();
        powered.panel.press("\r");
        powered.panel.see("M100").await;
        assert_eq!(id(&sell(&mut powered).await.1), "E520");
    });
}

/// What the signal is to blame for, before the request and behind it.
#[rstest]
fn a_sale_fails_in_a_weak_signal(#[values(Sim800, Ec20)] kind: Kind) {
    scenario(async {
        let (memories, script) = (Memories::default(), Script::of(kind));
        script.answer("AT+CSQ", "\r\n+CSQ: 4,0\r\n\r\nOK\r\n");
        let mut powered = signed_on(&memories, &script).await;
        script.after_data.replace(Some(b"\r\nSEND OK\r\n".to_vec()));
        let (_, screen) = sell(&mut powered).await;
        let rows = [screen[1].as_str(), &screen[2], &screen[5], &screen[6], id(&screen)];
        assert_eq!(rows, ["Sale failed", "Weak signal", "+CSQ: 4,0", "To be reversed", "E215"]);
    });
}

/// The map of the journal's state brings back the item before one that does not read back, and with it a STAN.
#[test]
fn a_flipped_bit_in_the_state_takes_no_captured_sale_away() {
    scenario(async {
        let (memories, script) = (Memories::default(), host_at("0720221301"));
        let powered = &mut signed_on_with(&memories, &script, "").await;
        order(powered, '2');
        assert_eq!(powered.panel.see("M211").await[5], "Voucher 000002");
        let state = [1_u32, 2, 519].map(u32::to_be_bytes).concat();
        let place = memories.flash.bytes.borrow().windows(state.len()).rposition(|window| window == state);
        memories.flash.bytes.borrow_mut()[place.unwrap() + 7] ^= 4;
        let memories = memories.left();
        let powered = &mut rebooted(&memories, &script).await;
        order(powered, '2');
        assert_eq!(powered.panel.see("M211").await[5], "Voucher 000003");
        powered.panel.press("\r");
        powered.panel.see("M100").await;
        powered.panel.press("5");
        for (position, stan) in [(1, 2), (2, 3)] {
            let screen = powered.panel.see("M240").await;
            let rows = [screen[1].as_str(), &screen[2], &screen[6]];
            let expected =
                [format!("Record {position} of 2"), format!("Sale 00000{stan}"), "Captured".into()];
            assert_eq!(rows, expected);
            powered.panel.press("\r");
        }
    });
}

/// Each wrong PIN takes two places of the log. There are 32 here, of which 26 are kept for what a sale may still need.
#[test]
fn a_wrong_pin_is_asked_for_again_only_while_the_log_has_room() {
    scenario(async {
        let memories = Memories { flash: Flash::new(vec![0xFF; 10 * 4096]), ..Memories::default() };
        let script = host_at("0720221301");
        let powered = &mut signed_on_with(&memories, &script, "").await;
        script.host.response_code.set(*b"55");
        script.host.requests.borrow_mut().clear();
        order(powered, '2');
        let screen = loop {
            let screen = powered.panel.next_screen().await;
            match (id(&screen), screen[6].as_str()) {
                ("M203", "Wrong PIN, once more") => powered.panel.press("\r"),
                ("M200" | "M201" | "M202" | "M203" | "M210", _) => {}
                _ => break screen,
            }
        };
        assert_eq!((id(&screen), screen[2].as_str(), screen[6].as_str()), ("E503", "Batch is full", ""));
        assert_eq!(script.host.asked(), ["0200"; 4]);
        let commands = script.commands();
        assert_eq!(commands.last().map(String::as_str), Some("AT+CIPCLOSE=1"), "the line is let go");
        powered.panel.press("\r");
        assert_eq!(powered.panel.see("M100").await[6], "");
    });
}
