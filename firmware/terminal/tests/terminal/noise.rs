//! Modems that answer anything: a sign-on always ends, loses no key, and the next one works.

use std::rc::Rc;

use proptest::prelude::*;

use crate::bench::modem::Script;
use crate::bench::{Memories, scenario};
use crate::operator::*;

/// Every command of a sign-on but those with data.
const COMMANDS: [&str; 15] = [
    "AT",
    "ATE0",
    "AT+CMEE=1",
    "AT+CPIN?",
    "AT+CSQ",
    "AT+CREG?",
    "AT+CGATT?",
    "AT+CGATT=1",
    "AT+CIPSHUT",
    "AT+CIPHEAD=1",
    "AT+CSTT=\"cmnet\"",
    "AT+CIICR",
    "AT+CIFSR",
    "AT+CIPSTART=\"TCP\",\"192.0.2.10\",\"5000\"",
    "AT+CIPCLOSE=1",
];

/// Something that a modem might send, or that a bad line makes of it.
fn answer() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..200),
        prop::collection::vec(any::<u8>(), 9_000..10_000),
        prop::sample::select(vec![
            "\r\nOK\r\n",
            "\r\nERROR\r\n",
            "\r\n+CME ERROR: 14\r\n",
            "\r\n+CME ERROR: 133\r\n",
            "\r\n+CPIN: READY\r\n",
            "\r\n+CREG: 0,1\r\n",
            "\r\n> ",
            "> > > ",
            "\r\nCONNECT OK\r\n",
            "\r\nCLOSED\r\n",
            "\r\n+PDP: DEACT\r\n",
            "\r\n+IPD,2048:",
            "\r\n+IPD,5:\0\u{3}abc",
            "\r\nRDY\r\n",
            "\r\nO",
            "K\r\n",
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_sign_on_ends_and_the_next_one_works(
        answers in prop::collection::btree_map(prop::sample::select(COMMANDS.to_vec()), prop::collection::vec(answer(), 1..4), 1..4),
    ) {
        scenario(async move {
            let (memories, script) = (Memories::default(), Rc::<Script>::default());
            let mut powered = keyed(&memories, &script).await;
            let before = memories.ram_bytes();
            for (command, parts) in &answers {
                script.answer_bytes(command, parts.concat());
            }
            let ended = sign_on(&mut powered).await;
            let signed_on = id(&ended) == "M111";
            assert!(signed_on || id(&ended).starts_with("E2") || id(&ended).starts_with("E3"), "{ended:?}");
            if !signed_on {
                assert_eq!(before, memories.ram_bytes(), "{ended:?}");
            }
            script.answers.borrow_mut().clear();
            powered.panel.press("\r");
            powered.panel.see("M100").await;
            let again = sign_on(&mut powered).await;
            assert_eq!(id(&again), if signed_on { "E314" } else { "M111" }, "{again:?}, after {ended:?}");
        });
    }

    #[test]
    fn noise_on_the_keypad_never_stops_the_terminal(noise in prop::collection::vec(any::<u8>(), 0..3000)) {
        scenario(async move {
            let (memories, script) = (Memories::default(), Rc::<Script>::default());
            let mut powered = keyed(&memories, &script).await;
            powered.panel.press_bytes(&noise);
            powered.front_end.put(&noise);
            // Whatever it began is over by then: a sign-on, or a record that went silent.
            tokio::time::sleep(std::time::Duration::from_secs(600)).await;
            powered.panel.press("\u{1B}\r\r7\r");
            powered.panel.see_at_last("M100").await;
            powered.panel.press("8");
            powered.panel.see("M130").await;
        });
    }
}
