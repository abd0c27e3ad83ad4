//! A wrong dialect file is refused in one sentence that names file, line and column.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "test helpers")]

mod support;

use payrig_iso8583::Dialect;
use rstest::rstest;
use support::fixture;

/// `from` is changed into `to`; the refusal points to `at`, the nearest there is to the change.
fn refused(from: &str, to: &str, at: &str, sentence: &str) {
    let text = fixture("dialects/cup.toml");
    let changed_at = text.find(from).expect("the case changes nothing");
    let changed = text.replacen(from, to, 1);
    let places = changed.match_indices(at).map(|(i, _)| i);
    let place = places.min_by_key(|i| i.abs_diff(changed_at)).expect("the place is nowhere");
    let before = &changed[..place];
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
    let error = Dialect::from_toml("fixtures/dialects/cup.toml", &changed).unwrap_err();
    assert_eq!(error.to_string(), format!("fixtures/dialects/cup.toml:{line}:{column}: {sentence}"));
}

#[rstest]
#[case::no_toml(
    "name = \"cup\"",
    "name = cup",
    "cup\n",
    "string values must be quoted, expected literal string"
)]
#[case::unknown_key(
    "largest = 2048",
    "lagest = 2048",
    "lagest",
    "unknown key `lagest`; did you mean `largest`?"
)]
#[case::wrong_type(
    "name = \"operator\"",
    "name = 5",
    "5\nformat",
    "invalid type: integer `5`, expected a string"
)]
#[case::missing_key("format = \"n12\"\n", "", "[field.4]", "missing field `format`")]
#[case::too_small("largest = 2048", "largest = 20", "20\n", LARGEST)]
#[case::too_large("largest = 2048", "largest = 24576", "24576", LARGEST)]
#[case::mti_letters("\"0100\" =", "\"01X0\" =", "\"01X0\"", "`01X0`: an MTI has four digits")]
#[case::header_sum(
    "\"sub-version\", size = 6",
    "\"sub-version\", size = 5",
    "[\n    { name = \"app",
    HEADER_SUM
)]
fn a_wrong_frame_is_refused(#[case] from: &str, #[case] to: &str, #[case] at: &str, #[case] sentence: &str) {
    refused(from, to, at, sentence);
}

const LARGEST: &str = "expected 21 (a frame without fields) to 24575 bytes (below a TPDU's 60 in a length)";
const HEADER_SUM: &str = "the parts have 11 digits, expected 12";

#[rstest]
#[case::one("[field.2]", "[field.1]", "1]", "`1`: a field's number is 2 to 64")]
#[case::beyond_the_bitmap("[field.2]", "[field.65]", "65]", "`65`: a field's number is 2 to 64")]
#[case::twice("[field.3]", "[field.2]", "2]\nname = \"processing", "duplicate key")]
#[case::twice_in_disguise("[field.3]", "[field.02]", "02]", "`02`: a field's number is 2 to 64")]
#[case::misspelt_type(
    "\"ans15\"",
    "\"asn15\"",
    "\"asn15\"",
    "unknown format type `asn`: expected n, an, ans, z or b; did you mean `ans`?"
)]
#[case::unknown_type(
    "\"n12\"",
    "\"bcd12\"",
    "\"bcd12\"",
    "unknown format type `bcd`: expected n, an, ans, z or b"
)]
#[case::no_number(
    "\"n12\"",
    "\"n\"",
    "\"n\"",
    "format `n`: expected a number from 1 to 999 after the letters"
)]
#[case::part_of_a_byte(
    "\"b64\"",
    "\"b63\"",
    "\"b63\"",
    "format `b63`: a fixed b counts bits, so expected a multiple of 8"
)]
#[case::unknown_justify("\"left\"", "\"lift\"", "\"lift\"", "unknown value `lift`; did you mean `left`?")]
#[case::track_at_the_right(
    "format = \"z..37\"",
    "format = \"z..37\"\njustify = \"right\"",
    "35]",
    "field 35: a track's digits stand at the left"
)]
#[case::unknown_length("\"LL\"", "\"LLLL\"", "\"LLLL\"", "unknown value `LLLL`; did you mean `LLL`?")]
#[case::no_length(
    "\"n..11\"\nlength = \"LL\"",
    "\"n..11\"",
    "\"n..11\"",
    "a variable format needs `length = \"LL\"` or `\"LLL\"`"
)]
#[case::length_of_fixed(
    "\"n12\"",
    "\"n12\"\nlength = \"LL\"",
    "\"LL\"",
    "`n12` is a fixed format, which has no length in front"
)]
#[case::too_long_for_ll(
    "\"LLL\"\nsecret",
    "\"LL\"\nsecret",
    "\"LL\"",
    "LL counts to 99, this field has up to 104: use \"LLL\""
)]
#[case::unknown_secret(
    "\"pan\"",
    "\"everything\"",
    "\"everything\"",
    "unknown value `everything`; expected `pan` or `track`"
)]
#[case::secret_text(
    "name = \"operator\"",
    "name = \"operator\"\nsecret = \"pan\"",
    "63]",
    "field 63: only a field of digits (n, z) can be secret"
)]
fn a_wrong_field_is_refused(#[case] from: &str, #[case] to: &str, #[case] at: &str, #[case] sentence: &str) {
    refused(from, to, at, sentence);
}

#[rstest]
#[case::too_long(
    "\"reserved\", size = 13",
    "\"reserved\", size = 14",
    "14 }",
    "the parts are longer than the field (16)"
)]
#[case::of_nothing("\"reserved\", size = 13", "\"reserved\", size = 0", "0 }", "a part has at least 1")]
#[case::without_size(
    "\"batch\", size = 6 },\n    { name = \"network",
    "\"batch\" },\n    { name = \"network",
    "\"batch\" }",
    "part `batch` needs a size: only the last part takes the rest"
)]
#[case::repeated_without_size(
    "\"amount\", size = 12",
    "\"amount\"",
    "\"amount\" }",
    "part `amount` needs a size: `each` takes the rest"
)]
#[case::secret_bytes(
    "\"label\", size = 11",
    "\"label\", secret = \"pan\", size = 11",
    "\"label\"",
    "part `label`: only digits of a field (n, z) can be secret"
)]
#[case::values_and_parts(
    "name = \"security control\"",
    "name = \"security control\"\nvalues = {}",
    "53]",
    "field 53: expected only one of values, parts, elements, layouts"
)]
#[case::layout_by_no_field(
    "when = { mti = \"0810\", length = 24, field = 60",
    "when = { mti = \"0810\", length = 24, field = 6",
    "6, at",
    "this dialect has no field 6"
)]
fn a_wrong_part_is_refused(#[case] from: &str, #[case] to: &str, #[case] at: &str, #[case] sentence: &str) {
    refused(from, to, at, sentence);
}

#[rstest]
#[case::long_tag("\"A3\"", "\"A33\"", "\"A33\"", "a tag has two characters")]
#[case::without_lengths(
    "length-digits = [3, 2]",
    "",
    "59]",
    "field 59: elements need `length-digits`, such as [3, 2]"
)]
#[case::wrong_lengths("[3, 2]", "[3, 4]", "[3, 4]", "a length has 1 to 3 digits")]
#[case::lengths_of_nothing(
    "format = \"ans15\"",
    "format = \"ans15\"\nlength-digits = [3]",
    "[3]",
    "`length-digits` says how `elements` are read; there are none"
)]
#[case::lengths_of_ber(
    "format = \"b..255\"",
    "format = \"b..255\"\nlength-digits = [3]",
    "[3]",
    "elements of a binary field are BER-TLV, which has no `length-digits`"
)]
#[case::of_digits(
    "format = \"b..255\"",
    "format = \"n..255\"",
    "55]",
    "field 55: elements are of text or bytes, not of digits"
)]
#[case::half_a_tag("\"9F26\"", "\"9F\"", "\"9F\"", BER_TAG)]
#[case::two_tags(
    "\"82\"",
    "\"8295\"",
    "\"8295\"",
    "`8295`: expected a BER tag in upper-case hex, such as `95` or `9F26`"
)]
#[case::secret_text(
    "tag = \"A3\"",
    "secret = \"pan\"\ntag = \"A3\"",
    "\"A3\"",
    "only an element of a binary field can be secret"
)]
fn a_wrong_element_is_refused(
    #[case] from: &str,
    #[case] to: &str,
    #[case] at: &str,
    #[case] sentence: &str,
) {
    refused(from, to, at, sentence);
}

const BER_TAG: &str = "`9F`: expected a BER tag in upper-case hex, such as `95` or `9F26`";

#[test]
fn a_missing_file_is_named() {
    let error = Dialect::load(std::path::Path::new("no/such/dialect.toml")).unwrap_err();
    assert!(error.to_string().starts_with("no/such/dialect.toml: cannot be read: "), "{error}");
}

#[test]
fn a_refusal_shows_the_line_as_a_diagnostic() {
    let error = Dialect::from_toml("d.toml", "name = 1\n").unwrap_err();
    let report = miette::Report::new(error);
    assert!(format!("{report:?}").contains("name = 1"), "{report:?}");
}
