//! A wrong profile is refused in one sentence that names file, line and column.

mod support;

use payrig_acquirer::AcquirerProfile;
use rstest::rstest;
use support::fixture;

#[rstest]
#[case("tpdu = \"swap\"", "tdpu = \"swap\"", "8:1: unknown key `tdpu`; did you mean `tpdu`?")]
#[case("tpdu = \"swap\"", "tpdu = \"swop\"", "8:8: unknown value `swop`; did you mean `swap`?")]
#[case("\"00085500\"", "\"0008550X\"", "6:15: an acquirer id has 1 to 11 digits")]
#[case("header = \"echo\"", "header = \"6031\"", "10:10: expected \"echo\" or the header's twelve digits")]
#[case("date = \"0720\"", "date = \"1320\"", "14:8: expected a date as MMDD")]
#[case("time = \"221301\"", "time = \"241301\"", "15:8: expected a time as hhmmss")]
#[case("first = 1", "first = 0", "19:9: a batch number is 1 to 999999")]
#[case("[3, 2]", "[4]", "27:17: expected [3], [2], [3, 2] or [2, 3]")]
#[case("[3, 2]", "[]", "27:17: expected [3], [2], [3, 2] or [2, 3]")]
#[case("\"004\" =", "\"04\" =", "34:1: field 60.3 has three digits")]
#[case(
    "\"double-with-track\"",
    "\"double-with-tdk\"",
    "34:9: unknown value `double-with-tdk`; did you mean `double-with-track`?"
)]
#[case("format = \"30\"", "format = \"300\"", "42:10: a response code is two letters or digits")]
#[case("format = \"30\"", "format = \"00\"", "42:10: 00 means approved: no reason to refuse")]
#[case("system = \"96\"", "", "missing field `system`")]
#[case("year = \"26\"", "year = \"2026\"", "49:8: a year has two digits here, as an expiry date has")]
#[case("mac = \"cup-ecb\"", "mac = \"cup-ebc\"", "50:7: unknown value `cup-ebc`; did you mean `cup-ecb`?")]
#[case("amount = \"13\"", "amount = \"00\"", "00 means approved: no reason to refuse")]
#[case("6212345678901232", "6212345678901233", "the last digit of the card number is not its check digit")]
#[case("6212345678901232", "6212345678901240", "card `debit` has this number already")]
#[case("expiry = \"3012\"", "expiry = \"3013\"", "expected an expiry date as YYMM")]
#[case("pin = \"8642\"", "pin = \"864\"", "a PIN has 4 to 12 digits")]
#[case("balance = 100\n", "balance = -1\n", "a balance is 0 to 999999999999")]
fn a_wrong_profile_is_refused(#[case] from: &str, #[case] to: &str, #[case] sentence: &str) {
    let text = fixture("acquirers/cup.toml");
    assert!(text.contains(from), "the case changes nothing");
    let error = AcquirerProfile::from_toml("cup.toml", &text.replacen(from, to, 1)).unwrap_err().to_string();
    assert!(error.starts_with("cup.toml:") && error.contains(sentence), "{error}");
}
