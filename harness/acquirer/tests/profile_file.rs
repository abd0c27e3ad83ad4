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
#[case("format = \"30\"", "format = \"300\"", "45:10: a response code is two letters or digits")]
#[case("format = \"30\"", "format = \"00\"", "45:10: 00 means approved: no reason to refuse")]
#[case("system = \"96\"", "", "missing field `system`")]
#[case("year = \"26\"", "year = \"2026\"", "53:8: a year has two digits here, as an expiry date has")]
#[case("mac = \"cup-ecb\"", "mac = \"cup-ebc\"", "54:7: unknown value `cup-ebc`; did you mean `cup-ecb`?")]
#[case("mac = \"cup-ecb\"", "mac = \"sm4-cbc\"", "54:7: expected a MAC under DES keys")]
#[case("mac-sm4 = \"sm4-cbc-hex\"", "mac-sm4 = \"x9.19\"", "55:11: expected a MAC under SM4 keys")]
#[case("amount = \"13\"", "amount = \"00\"", "00 means approved: no reason to refuse")]
#[case("6212345678901232", "6212345678901233", "the last digit of the card number is not its check digit")]
#[case("6212345678901232", "6212345678901240", "card `debit` has this number already")]
#[case("expiry = \"3012\"", "expiry = \"3013\"", "expected an expiry date as YYMM")]
#[case("pin = \"8642\"", "pin = \"864\"", "a PIN has 4 to 12 digits")]
#[case("balance = 100\n", "balance = -1\n", "a balance is 0 to 999999999999")]
#[case("service-code = \"201\"", "service-code = \"21\"", "a service code has 3 digits")]
#[case("service-code = \"201\"", "", "expected `service-code` beside it: without one the card has no stripe")]
#[case("\"0000047110815\"", "\"00000471108150\"", "track 2 has room for 13 digits behind this number")]
#[case("fallback = \"accept\"", "fallback = \"accpt\"", "unknown value `accpt`; did you mean `accept`?")]
#[case("\"4C00000000\"", "\"4C000000\"", "a TVR has 10 hex digits")]
#[case("cryptogram = \"05\"", "cryptogram = \"00\"", "00 means approved: no reason to refuse")]
#[case("\"9E15204313F7318ACB79B90BD986AD29\"", "\"9E15204313F7318A\"", "an issuer's key has 32 hex digits")]
#[case("issuer = \"test\"", "issuer = \"other\"", "no `issuer` table has this name")]
#[case("cvn = \"18\"", "cvn = \"17\"", "expected \"01\", \"10\" or \"18\"")]
#[case("sequence = \"01\"", "sequence = \"1\"", "a card sequence number has 2 digits")]
#[case("\"A0000003330101\"", "\"A0000003\"", "an AID has 10 to 32 hex digits")]
#[case("\"0385920174\"", "\"03859201740\"", "track 2 has room for 10 digits behind this number")]
fn a_wrong_profile_is_refused(#[case] from: &str, #[case] to: &str, #[case] sentence: &str) {
    let text = fixture("acquirers/cup.toml");
    assert!(text.contains(from), "the case changes nothing");
    let error = AcquirerProfile::from_toml("cup.toml", &text.replacen(from, to, 1)).unwrap_err().to_string();
    assert!(error.starts_with("cup.toml:") && error.contains(sentence), "{error}");
}
