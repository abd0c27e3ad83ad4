//! A wrong dialect file is refused in one sentence that names file, line and column.

mod support;

use payrig_iso8583::Dialect;
use rstest::rstest;
use support::fixture;

#[rstest]
#[case::unknown_key("largest = 2048", "lagest = 2048", "14:1: unknown key `lagest`; did you mean `largest`?")]
#[case::misspelt_type(
    "format = \"ans15\"",
    "format = \"asn15\"",
    "unknown format type `asn`: expected n, an, ans, z or b; did you mean `ans`?"
)]
#[case::unknown_type(
    "format = \"n12\"",
    "format = \"bcd12\"",
    "unknown format type `bcd`: expected n, an, ans, z or b"
)]
#[case::unknown_justify(
    "justify = \"left\"",
    "justify = \"lift\"",
    "unknown value `lift`; did you mean `left`?"
)]
#[case::unknown_secret(
    "secret = \"pan\"",
    "secret = \"everything\"",
    "unknown value `everything`; expected `pan` or `track`"
)]
#[case::unknown_length("length = \"LL\"", "length = \"LLLL\"", "unknown value `LLLL`; did you mean `LLL`?")]
#[case::no_length(
    "format = \"n..11\"\nlength = \"LL\"",
    "format = \"n..11\"",
    "a variable format needs `length = \"LL\"` or `\"LLL\"`"
)]
#[case::length_of_fixed(
    "format = \"n12\"",
    "format = \"n12\"\nlength = \"LL\"",
    "`n12` is a fixed format, which has no length in front"
)]
#[case::too_long_for_ll(
    "length = \"LLL\"\nsecret",
    "length = \"LL\"\nsecret",
    "LL counts to 99, this field has up to 104: use \"LLL\""
)]
#[case::field_one("[field.2]", "[field.1]", "`1`: a field's number is 2 to 64")]
#[case::field_65("[field.2]", "[field.65]", "`65`: a field's number is 2 to 64")]
#[case::field_twice("[field.3]", "[field.2]", "duplicate key")]
#[case::field_twice_in_disguise("[field.3]", "[field.02]", "`02`: a field's number is 2 to 64")]
#[case::secret_text(
    "name = \"operator\"",
    "name = \"operator\"\nsecret = \"pan\"",
    "field 63: only a field of digits (n, z) can be secret"
)]
#[case::header_sum(
    "{ name = \"sub-version\", size = 6 }",
    "{ name = \"sub-version\", size = 5 }",
    "the parts have 11 digits, expected 12"
)]
#[case::parts_too_long(
    "{ name = \"reserved\", size = 13 }",
    "{ name = \"reserved\", size = 14 }",
    "the parts are longer than the field (16)"
)]
#[case::part_without_size(
    "{ name = \"batch\", size = 6 },\n    { name = \"network",
    "{ name = \"batch\" },\n    { name = \"network",
    "part `batch` needs a size: only the last part takes the rest"
)]
#[case::values_and_parts(
    "name = \"security control\"",
    "name = \"security control\"\nvalues = {}",
    "field 53: expected only one of values, parts, elements, layouts"
)]
#[case::layout_of_nothing(
    "when = { mti = \"0810\", length = 24, field = 60",
    "when = { mti = \"0810\", length = 24, field = 6",
    "this dialect has no field 6"
)]
#[case::long_tag("tag = \"A3\"", "tag = \"A33\"", "a tag has two characters")]
#[case::wrong_type("name = \"operator\"", "name = 5", "invalid type: integer `5`, expected a string")]
#[case::mti_letters("\"0100\" =", "\"01X0\" =", "`01X0`: an MTI has four digits")]
fn a_wrong_dialect_file_is_refused(#[case] from: &str, #[case] to: &str, #[case] sentence: &str) {
    let text = fixture("dialects/cup.toml");
    assert!(text.contains(from), "the case changes nothing");
    let changed = text.replacen(from, to, 1);
    let error = Dialect::from_toml("fixtures/dialects/cup.toml", &changed).unwrap_err();
    let message = error.to_string();
    assert!(message.contains(sentence), "{message}");
    // The place is that of the change.
    let line = text[..text.find(from).unwrap()].lines().count().max(1);
    let mut place = message.strip_prefix("fixtures/dialects/cup.toml:").unwrap().split(':');
    let (at, column): (usize, usize) =
        (place.next().unwrap().parse().unwrap(), place.next().unwrap().parse().unwrap());
    assert!(
        at >= line.saturating_sub(6) && at <= line + 6 && column >= 1,
        "expected about line {line}: {message}"
    );
}

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
