//! The profiles and keys that there are, and what is said of those that cannot be.

use std::{collections::BTreeSet, fs};

use payrig_card::chip::emv::{CardProfile, ChipKeys, EmvFault, KeyDraft, KeyRole};
use rstest::rstest;

use crate::reader::{Reader, folder};

fn names() -> BTreeSet<String> {
    let files = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    files.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect()
}

/// The folders of cards and keys, for a test that writes to them.
fn copied() -> tempfile::TempDir {
    let base = tempfile::tempdir().unwrap();
    for kind in ["cards", "keys"] {
        let (from, to) = (folder().join("..").join(kind), base.path().join(kind));
        fs::create_dir_all(&to).unwrap();
        for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
            fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
    base
}

#[test]
fn every_profile_is_issued_and_prints_no_number() {
    let names = names();
    assert!(names.len() > 50 && names.contains("unionpay-credit"));
    for name in names {
        let profile = CardProfile::load(&folder().join(format!("{name}.toml"))).unwrap();
        let account = &profile.account;
        assert!(payrig_card::chip::Atr::parse(&profile.atr.0).is_ok(), "{name}");
        let card = profile.issue(&[]).unwrap();
        let shown = format!("{card:?} {profile:?}");
        assert!(!shown.contains(account.pan()) && !shown.contains(account.pin()), "{name}");
    }
}

#[rstest]
#[case("atr = \"3B\"", "card.toml:3:1", "`atr`: expected 2 to 33 bytes, TS first")]
#[case("atr = \"3B6\"", "card.toml:3:7", "expected bytes in hex digits, two for each")]
#[case("pin-trys = 3", "card.toml:3:1", "unknown key `pin-trys`; did you mean `pin-tries`?")]
#[case("faults = [\"wrong-crypto\"]", "card.toml:3:", "unknown value `wrong-crypto`")]
#[case("[account]\npan = \"62x\"", "card.toml:4:7", "expected 13 to 19 digits")]
#[case("[application.main]\ncdol1 = \"9F02\"", "card.toml:4:9", "expected tags, each with its length")]
#[case("[application.main]\npriority = 16", "card.toml:4:1", "`priority`: expected 1 to 15")]
#[case(
    "# The priority.\n[application.main]\nlabel = \"priority\"\npriority = 16",
    "card.toml:6:1",
    "`priority`: expected 1 to 15"
)]
#[case(
    "[application.main]\npreferred-name = \"seventeen letters\"",
    "card.toml:4:1",
    "`preferred-name`: expected at most 16"
)]
#[case(
    "[application.main]\nlabel = \"\u{e9}\"",
    "card.toml:4:1",
    "`label`: expected at most 16 characters, printable ASCII"
)]
#[case("[application.main]\naid = \"A000\"", "card.toml:4:1", "`aid`: expected 5 to 16 bytes")]
#[case("[application.main.records]\n\"x\" = []", "card.toml:4:1", "record \"x\": expected SFI 1 to 30")]
#[case(
    "[application.main]\nauthenticated = [\"1.2\", \"0.1\"]",
    "card.toml:4:1",
    "record \"0.1\": expected SFI 1 to 30"
)]
#[case(
    "[application.main.data]\n\"9F1F\" = \"00\"\n\"5A5A\" = \"00\"",
    "card.toml:5:1",
    "data \"5A5A\": expected a tag in hex"
)]
#[case(
    "[application.main]\ncdol2 = \"9F02C9\"",
    "card.toml:4:1",
    "`cdol2`: expected to ask for 200 bytes at most"
)]
#[case(
    "[application.main.keys]\nicc = \"nobody\"",
    "card.toml:4:1",
    "unknown card's key [icc.NAME] `nobody`"
)]
#[case(
    "[application.main.keys]\nscript-macs = \"imk-sm\"",
    "card.toml:4:1",
    "unknown master key [keys.NAME] `imk-sm`"
)]
#[case("faults = [{ missing = \"82\" }]", "card.toml:3:1", "`missing = \"82\"` does nothing")]
#[case(
    "[application.main.keys]\nissuer = \"isuer\"",
    "card.toml:4:1",
    "unknown issuer's key [issuer.NAME] `isuer`; did you mean issuer?"
)]
#[case("[application.main.cvm]\nrules = [{ method = \"pin\" }]", "card.toml:4:", "unknown value `pin`")]
fn a_profile_that_cannot_be_is_refused_with_its_place(
    #[case] text: &str,
    #[case] place: &str,
    #[case] sentence: &str,
) {
    let base = copied();
    let path = base.path().join("cards/card.toml");
    fs::write(&path, format!("title = \"\"\nlike = \"unionpay-credit\"\n{text}\n")).unwrap();
    let refused = CardProfile::load(&path).and_then(|profile| profile.issue(&[]).map(drop));
    let told = refused.unwrap_err().to_string();
    assert!(told.contains(place) && told.contains(sentence), "{told}");
}

/// What is wrong may be said by the file that this one is like, and lead nowhere but with what this one says.
#[test]
fn what_is_wrong_is_told_where_it_is_said() {
    let base = copied();
    let write = |name: &str, text: &str| {
        let path = base.path().join(format!("cards/{name}.toml"));
        fs::write(&path, text).unwrap();
        path
    };
    write(
        "parent",
        "title = \"\"\nlike = \"unionpay-credit\"\n[application.main.keys]\n# The card's.\nicc = \"nobody\"\n",
    );
    let path =
        write("card", "title = \"The icc of nobody\"\nlike = \"parent\"\n[application.main]\npriority = 2\n");
    let told = CardProfile::load(&path).unwrap().issue(&[]).unwrap_err().to_string();
    assert!(told.contains("parent.toml:5:1: unknown card's key [icc.NAME] `nobody`"), "{told}");
    // Without the key's name neither file says it: the application is the place.
    write("parent", "title = \"\"\nlike = \"no-offline-authentication\"\n[application.main]\npriority = 2\n");
    let path = write(
        "card",
        "title = \"\"\nlike = \"parent\"\npin-tries = 4\n[application.main]\noffline-authentication = \"cda\"\n[application.main.keys]\nissuer = \"isuer\"\n",
    );
    let told = CardProfile::load(&path).unwrap().issue(&[]).unwrap_err().to_string();
    assert!(told.contains("card.toml:7:1: unknown issuer's key"), "{told}");
}

/// A name belongs to one key, whichever file it stands in, and so do RID and index of a scheme's.
#[test]
fn a_key_that_is_there_already_is_refused_with_its_place() {
    let base = copied();
    let keys = base.path().join("keys");
    let rsa = fs::read_to_string(keys.join("chip-rsa.toml")).unwrap();
    let chip = fs::read_to_string(keys.join("chip.toml")).unwrap();
    let table = |text: &str, head: &str| {
        let rest = &text[text.find(head).unwrap_or_else(|| panic!("{head}"))..];
        rest.split("\n\n").next().unwrap().to_owned()
    };
    let [ca, issuer, icc, master] =
        [(&rsa, "[ca."), (&rsa, "[issuer."), (&rsa, "[icc."), (&chip, "[keys.imk-ac]")]
            .map(|(text, head)| table(text, head));
    let again = |text: &str| {
        let more = keys.join("more.toml");
        fs::write(&more, format!("title = \"\"\n\n{text}\n")).unwrap();
        let files = ["chip.toml", "chip-rsa.toml", "more.toml"].map(|name| keys.join(name));
        ChipKeys::load(files.iter().map(|path| path.as_path())).unwrap_err().to_string()
    };
    for (text, column, what) in
        [(&ca, 5, "scheme's"), (&issuer, 9, "issuer's"), (&icc, 6, "card's"), (&master, 7, "master")]
    {
        let told = again(text);
        let place = format!("more.toml:3:{column}: there is a {what} key of this name already");
        assert!(told.contains(&place), "{told}");
    }
    let name = ca.split(']').next().unwrap();
    let told = again(&ca.replace(name, "[ca.another"));
    let first = name.trim_start_matches("[ca.");
    assert!(told.contains(&format!("more.toml:3:5: `{first}` has this RID and index already")), "{told}");
}

#[test]
fn faults_are_data() {
    let text = "title = \"\"\nlike = \"unionpay-credit\"\nfaults = [\n  \"wrong-cryptogram\", { flipped-bit = { of = \"icc-certificate\" } }, \
                { wrong-hash = \"issuer-certificate\" }, \
                \"refuses-arpc\", { ca-index = \"EE\" },\n  \"unknown-tags\", { truncated = \"70\" }, { missing = \"5A\" }, { duplicate = \"57\" },\n  \
                { other = { tag = \"9F07\", value = \"0000\" } },\n  { status = { instruction = \"read-record\", nth = 2, sw = \"6581\" } },\n  \
                \"blocked-applications\", \"blocked-card\", \"no-pin-tries\", { declines = \"second\" },\n  \
                { wrong-kind = { at = \"first\", kind = \"tc\" } }, \"refuses-processing\",\n]\n";
    let path = folder().join("any.toml");
    let profile: CardProfile = payrig_fixture::parse_like(&path, text, &[]).unwrap();
    assert_eq!(profile.faults.len(), 17);
    assert_eq!(profile.faults[0], EmvFault::WrongCryptogram);
    let schema = serde_json::to_string(&schemars::schema_for!(CardProfile)).unwrap();
    for name in ["wrong-cryptogram", "refuses-processing", "offline-authentication", "pin-tries-left"] {
        assert!(schema.contains(name), "{name}");
    }
}

#[test]
fn records_may_be_laid_out_otherwise() {
    let text = "title = \"\"\nlike = \"no-offline-authentication\"\n[application.main]\nauthenticated = [\"3.1\"]\n\
                [application.main.records]\n\"1.5\" = [\"8C\", \"8D\", \"9F1F\"]\n\"3.1\" = [\"5A\", \"5F24\"]\n\"3.2\" = [\"57\"]\n\
                [application.main.data]\n\"9F1F\" = \"30 31\"\n";
    let base = copied();
    let path = base.path().join("cards/card.toml");
    fs::write(&path, text).unwrap();
    let issued = CardProfile::load(&path).and_then(|profile| profile.issue(&[]));
    let mut reader = Reader::with(payrig_card::chip::emv::ProfileCard::new(issued.unwrap().into(), 1));
    reader.select(&[0xA0, 0, 0, 3, 0x33, 1, 1, 2]);
    assert_eq!(reader.options(), 0x9000);
    assert_eq!(hex::encode_upper(&reader.values[&0x94]), "0805050018010201");
    reader.records();
    assert_eq!(reader.values[&0x9F1F], *b"01");
}

#[test]
fn a_key_is_the_one_that_its_seed_gives() {
    let file = fs::read_to_string(folder().join("../keys/chip-rsa.toml")).unwrap();
    let role = KeyRole::Icc { expiry: [0x12, 0x30], serial: [0x00, 0x03, 0x01] };
    let draft = KeyDraft { name: "card".into(), seed: 301, bits: 1024, exponent: 3, role };
    assert!(file.contains(&draft.table().unwrap()));
}
