//! Cards of ours, as an EMV terminal sees them that is none of ours: `emvtool` selects an application, starts its transaction, reads its
//! records, has it check the PIN and make a cryptogram. It speaks T=0 only.

use std::process::Command;

use payrig_keys::emv::Cvn;

use crate::{
    Test,
    cards::{Inserted, card_profile},
    private::{Pcscd, output, run},
};

pub const TESTS: &[Test] = &[
    ("a_foreign_terminal_reads_the_application_of_a_card", reads),
    ("a_foreign_terminal_lists_each_application_of_a_card", lists),
    ("a_foreign_terminal_finds_no_application_where_there_is_no_directory", finds_none),
    ("a_foreign_terminal_gets_a_cryptogram_that_is_right_for_the_issuer", cryptogram),
    ("a_foreign_terminal_counts_the_pin_tries_of_a_card", pin_tries),
];

fn emvtool(arguments: &[&str]) -> String {
    run(Command::new("emvtool").args(arguments))
}

/// The rows of its tables; what it wraps is put together again.
fn rows(said: &str) -> Vec<Vec<String>> {
    // It draws lines in the terminal's other character set.
    const LINE: &str = "\x1B(0x\x1B(B";
    let mut rows: Vec<Vec<String>> = Vec::new();
    for line in said.lines().filter(|line| line.starts_with(LINE)) {
        let cells: Vec<String> = line.split(LINE).map(|cell| cell.trim().to_owned()).collect();
        let cells = &cells[1..cells.len() - 1];
        match rows.last_mut() {
            Some(row) if cells[0].is_empty() => {
                row.iter_mut().zip(cells).filter(|(_, more)| !more.is_empty()).for_each(|(cell, more)| {
                    *cell = format!("{cell} {more}");
                });
            }
            _ => rows.push(cells.to_vec()),
        }
    }
    rows
}

/// What stands last in the row that begins so.
#[track_caller]
fn value(rows: &[Vec<String>], first: &str) -> String {
    let row = rows.iter().find(|row| row[0] == first).unwrap_or_else(|| panic!("no {first} in {rows:?}"));
    row.last().unwrap().clone()
}

/// Bytes as it prints those that it takes for no more than that.
fn bytes(bytes: &[u8]) -> String {
    let hex: Vec<String> = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    format!("[{}]", hex.join(" "))
}

fn reads() {
    for name in ["unionpay-credit", "unionpay-debit", "tagged"] {
        let _service = Pcscd::start();
        let _card = Inserted::seen(name);
        let profile = card_profile(name);
        let (account, main) = (&profile.account, &profile.application["main"]);
        let said = emvtool(&["appdata", "0"]);
        let selected = format!("Selected application \"{}\" ({})", main.label, bytes(&main.aid.0));
        assert_eq!(said.lines().next().unwrap(), selected);
        let rows = rows(&said);
        let has = |tag: &str, expected: &str| assert_eq!(value(&rows, tag), expected, "{name}: {tag}");
        // DDA, CVMs, risk management, the issuer by EXTERNAL AUTHENTICATE; two records of SFI 1, the second is signed, and five of SFI 2.
        has("AIP", "[60, 0]");
        has("AFL", "[8, 1, 1, 0, 8, 2, 2, 1, 16, 1, 5, 0]");
        has("[5A]", account.pan());
        let track_2 = hex::decode(format!("{:F<38}", &*account.track_2())).unwrap();
        has("[57]", &bytes(&track_2));
        has("[5F 24]", "30/12/31");
        has("[5F 25]", "20/01/01");
        has("[5F 34]", "1");
        has("[5F 28]", "CN");
        has("[9F 42]", "CNY");
        has("[5F 30]", "[02 01]");
        has("[9F 08]", &bytes(&main.version.0));
        has("[9F 0D]", &bytes(&main.iac_default.0));
        has("[9F 0E]", &bytes(&main.iac_denial.0));
        has("[9F 0F]", &bytes(&main.iac_online.0));
        let asked = value(&rows, "[8C]");
        assert_eq!(
            asked.matches("(([").count() + asked.matches("((9").count(),
            main.cdol1.0.len(),
            "{asked}"
        );
        assert!(asked.starts_with("[(([9F 02]) Amount, Authorised, 6), (([9F 03])"), "{asked}");
        assert!(value(&rows, "[8E]").contains("Enciphered PIN verified online"), "{name}");
        let rows = self::rows(&emvtool(&["info"]));
        let counter = |what: &str| value(&rows, what).parse::<u16>().unwrap();
        assert_eq!(counter("pin_retries"), u16::from(profile.pin_tries));
        assert_eq!((counter("atc"), counter("last_online_atc")), (main.atc + 1, main.last_online_atc));
    }
}

fn lists() {
    let _service = Pcscd::start();
    let _card = Inserted::seen("two-applications");
    let profile = card_profile("two-applications");
    let rows = rows(&emvtool(&["listapps"]));
    let expected: Vec<Vec<String>> = ["main", "second"]
        .iter()
        .zip(["0", "1"])
        .map(|(name, index)| {
            let application = &profile.application[*name];
            vec![index.to_owned(), format!("\"{}\"", application.label), bytes(&application.aid.0)]
        })
        .collect();
    assert_eq!(rows[1..], expected);
    let rows = self::rows(&emvtool(&["appdata", "1"]));
    assert_eq!(value(&rows, "[5A]"), profile.account.pan());
}

/// It knows three names of other schemes besides, which the card refuses.
fn finds_none() {
    let _service = Pcscd::start();
    let _card = Inserted::seen("no-directory");
    let rows = rows(&emvtool(&["listapps"]));
    assert_eq!(rows, [["Index", "Label", "ADF"]]);
}

/// Its code is ATC and cryptogram, as the card's 9F56 asks; what it sends for it are an amount, a number, a date, a TVR and zeros.
fn cryptogram() {
    let _service = Pcscd::start();
    let _card = Inserted::seen("one-time-codes");
    let profile = card_profile("one-time-codes");
    let account = &profile.account;
    let said = emvtool(&["--pin", account.pin(), "cap", "--challenge", "12345678", "--amount", "12.34"]);
    let code: u128 = said.trim().parse().unwrap_or_else(|e| panic!("{e}: {said}"));
    let atc = (profile.application["main"].atc + 1).to_be_bytes();
    let value = |tag: u16| -> Option<&[u8]> {
        Some(match tag {
            0x9F02 => &[0, 0, 0, 0, 0x12, 0x34],
            0x9F03 => &[0; 6],
            0x9F1A | 0x5F2A => &[0; 2],
            0x95 => &[0x80, 0, 0, 0, 0],
            0x9A => &[1, 1, 1],
            0x9C => &[0],
            0x9F37 => &[0x12, 0x34, 0x56, 0x78],
            // CVMs, risk management, the issuer by EXTERNAL AUTHENTICATE.
            0x82 => &[0x1C, 0],
            0x9F36 => &atc,
            // An ARQC, and the PIN was right.
            0x9F10 => &[7, 1, 1, 3, 0xA4, 0, 0, 1],
            _ => return None,
        })
    };
    let issuer = profile.keys().unwrap().master("imk-ac").unwrap().key.clone();
    let key =
        Cvn::Pboc01.derivation().master_key(&issuer, account.pan(), account.sequence().unwrap()).unwrap();
    let cryptogram = Cvn::Pboc01.cryptogram(&key, atc, &Cvn::Pboc01.covered(value).unwrap()).unwrap();
    let expected = [&[0; 6], atc.as_slice(), &cryptogram].concat();
    assert_eq!(code, u128::from_be_bytes(expected.try_into().unwrap()));
}

fn pin_tries() {
    let _service = Pcscd::start();
    let _card = Inserted::seen("one-time-codes");
    let profile = card_profile("one-time-codes");
    let tries = || value(&rows(&emvtool(&["info"])), "pin_retries");
    let mut wrong = Command::new("emvtool");
    wrong.args(["--pin", "1111", "cap", "--challenge", "1"]);
    let refused = output(&mut wrong);
    assert_eq!((refused.status.code(), refused.stdout.as_slice()), (Some(1), b"Invalid PIN\n".as_slice()));
    assert_eq!(tries(), "2");
    emvtool(&["--pin", profile.account.pin(), "cap", "--challenge", "1"]);
    assert_eq!(tries(), "3", "a right PIN gives them back");
}
