//! Modems that answer anything, over lines that harm it: a sign-on always ends, loses no key, and the next one works.

use proptest::prelude::*;

use crate::bench::modem::{Kind, Script};
use crate::bench::pipe::Harm;
use crate::bench::{Memories, scenario};
use crate::operator::*;

/// Every command of a sign-on and of what comes behind it, but those with other data.
fn commands(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Sim800 => &[
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
            "AT+CIPSTATUS",
            "AT+CIPSTART=\"TCP\",\"192.0.2.10\",\"5000\"",
            "AT+CIPCLOSE=1",
        ],
        Kind::Ec20 => &[
            "AT",
            "ATE0",
            "AT+CMEE=1",
            "AT+CPIN?",
            "AT+CSQ",
            "AT+CEREG?",
            "AT+CGATT?",
            "AT+CGATT=1",
            "AT+QIDEACT=1",
            "AT+QICSGP=1,1,\"cmnet\",\"\",\"\",0",
            "AT+QIACT=1",
            "AT+QIGETERROR",
            "AT+QIACT?",
            "AT+QIOPEN=1,0,\"TCP\",\"192.0.2.10\",5000,0,1",
            "AT+QICLOSE=0",
        ],
        Kind::Line => &["AT", "ATZ", "ATE0V1X4", "ATDT0,95516", "ATH"],
    }
}

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
            "\r\n+CPIN: NOT READY\r\n",
            "\r\n+CREG: 0,1\r\n",
            "\r\n+CEREG: 0,2\r\n",
            "\r\n> ",
            "> > > ",
            "\r\nCONNECT OK\r\n",
            "\r\n+QIOPEN: 0,0\r\n",
            "\r\nCLOSED\r\n",
            "\r\n+PDP: DEACT\r\n",
            "\r\n+QIURC: \"closed\",0\r\n",
            "\r\n+IPD,2048:",
            "\r\n+IPD,5:\0\u{3}abc",
            "\r\n+QIURC: \"recv\",0,2048\r\n",
            "\r\n+QIURC: \"recv\",0,5\r\n\0\u{3}abc",
            "\r\nSEND OK\r\n",
            "\r\nRDY\r\n",
            "\r\nCONNECT\r\n",
            "\r\nBUSY\r\n",
            "\r\nNO CARRIER\r\n",
            "\u{2}\u{1}\u{0}abc",
            "\u{2}\0\u{3}abc\u{3}`",
            "\u{15}",
            "0\r",
            "\r\nO",
            "K\r\n",
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
    ]
}

/// A byte that is lost, doubled or changed, or something unasked before it.
fn harm() -> impl Strategy<Value = Harm> {
    prop_oneof![
        Just(Harm::Lost),
        Just(Harm::Doubled),
        (1_u8..).prop_map(Harm::Flipped),
        answer().prop_map(Harm::Before),
    ]
}

fn kind() -> impl Strategy<Value = Kind> {
    prop::sample::select(vec![Kind::Sim800, Kind::Ec20, Kind::Line])
}

/// Signs on over a modem that the world spoils, and again over one that is mended.
fn a_sign_on_ends_and_the_next_one_works(kind: Kind, spoil: impl FnOnce(&Script)) {
    scenario(async move {
        let (memories, script) = (Memories::default(), Script::of(kind));
        let mut powered = keyed(&memories, &script).await;
        let before = memories.ram_bytes();
        spoil(&script);
        let ended = sign_on(&mut powered).await;
        let signed_on = id(&ended) == "M111";
        assert!(signed_on || id(&ended).starts_with("E2") || id(&ended).starts_with("E3"), "{ended:?}");
        if !signed_on {
            assert_eq!(before, memories.ram_bytes(), "{ended:?}");
        }
        script.mend();
        powered.panel.press("\r");
        powered.panel.see("M100").await;
        let again = sign_on(&mut powered).await;
        assert_eq!(id(&again), if signed_on { "E314" } else { "M111" }, "{again:?}, after {ended:?}");
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(250))]

    #[test]
    fn a_modem_that_answers_anything(
        (kind, answers) in kind().prop_flat_map(|kind| {
            let command = prop::sample::select(commands(kind).to_vec());
            let answers = prop::collection::vec(answer(), 0..4);
            (Just(kind), prop::collection::btree_map(command, answers, 1..4))
        }),
    ) {
        a_sign_on_ends_and_the_next_one_works(kind, |script| {
            for (command, parts) in &answers {
                script.answer_bytes(command, parts.concat());
            }
        });
    }

    #[test]
    fn anything_in_the_place_of_the_host_s_answer(kind in kind(), parts in prop::collection::vec(answer(), 0..5)) {
        a_sign_on_ends_and_the_next_one_works(kind, |script| {
            script.after_data.replace(Some(parts.concat()));
        });
    }

    #[test]
    fn a_line_that_harms_anything(
        kind in kind(),
        harms in prop::collection::vec((0_usize..700, harm()), 1..20),
    ) {
        a_sign_on_ends_and_the_next_one_works(kind, |script| script.noise.set(harms));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn noise_on_the_keypad_never_stops_the_terminal(noise in prop::collection::vec(any::<u8>(), 0..3000)) {
        scenario(async move {
            let (memories, script) = (Memories::default(), Script::of(Kind::Sim800));
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
