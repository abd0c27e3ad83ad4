//! The leak check finds what is planted, and nothing where nothing is.

#![allow(clippy::unwrap_used, reason = "a helper of tests fails the test")]

use payrig_tape::{Form, Place, Secret, SecretKind, Secrets, leaks};
use rstest::rstest;

const KEY: [u8; 16] =
    [0x5A, 0xA7, 0x1C, 0xDE, 0x0F, 0x93, 0xB4, 0x28, 0xE1, 0x6D, 0x37, 0xC9, 0x42, 0xFB, 0x80, 0x7E];

fn secrets() -> Secrets {
    let secrets = Secrets::new();
    secrets.register(SecretKind::Pan, "pan#1", b"6212345678901232").unwrap();
    secrets.register(SecretKind::Track, "track#1", b"6212345678901232=30121010000012300000").unwrap();
    secrets
        .register(SecretKind::Track, "track1#1", b"B4111222233334444^DOE/JANE^30121200000047110815")
        .unwrap();
    secrets.register(SecretKind::Flux, "flux#1.1", &flux()).unwrap();
    secrets.register(SecretKind::Key, "PIK#1", &KEY).unwrap();
    secrets.add(Secret::new(SecretKind::Pin, "pin#1", b"471108154711").unwrap().on_lines(["panel"])).unwrap();
    secrets
}

/// Intervals of 1129 us and halves of it.
fn flux() -> Vec<u8> {
    [0, 0, 1, 0, 1, 1, 0, 1, 0, 0]
        .repeat(10)
        .into_iter()
        .flat_map(|one| [1129_u16, 565][one].to_be_bytes())
        .collect()
}

#[rstest]
#[case::track_1(b"B4111222233334444^DOE/JANE^30121200000047110815".to_vec(), "track1#1", Form::Ascii)]
#[case::flux(flux(), "flux#1.1", Form::Raw)]
#[case::flux_hex(hex::encode(flux()).into_bytes(), "flux#1.1", Form::Hex)]
#[case::ascii(b"6212345678901232".to_vec(), "pan#1", Form::Ascii)]
#[case::groups(b"6212 3456 7890 1232".to_vec(), "pan#1", Form::AsciiGroups)]
#[case::packed(hex::decode("6212345678901232").unwrap(), "pan#1", Form::Bcd)]
#[case::packed_low_nibble(hex::decode("f6212345678901232f").unwrap(), "pan#1", Form::Bcd)]
#[case::hex_of_text(hex::encode("6212345678901232").into_bytes(), "pan#1", Form::Hex)]
#[case::pan_base64(b"NjIxMjM0NTY3ODkwMTIzMg==".to_vec(), "pan#1", Form::Base64(0))]
#[case::track(b"6212345678901232=30121010000012300000".to_vec(), "track#1", Form::AsciiEquals)]
#[case::track_packed(hex::decode("6212345678901232d301210100000123000000").unwrap(), "track#1", Form::Bcd)]
#[case::pin(b"471108154711".to_vec(), "pin#1", Form::Ascii)]
#[case::key(KEY.to_vec(), "PIK#1", Form::Raw)]
#[case::key_hex(hex::encode(KEY).into_bytes(), "PIK#1", Form::Hex)]
#[case::key_hex_upper(hex::encode_upper(KEY).into_bytes(), "PIK#1", Form::Hex)]
#[case::key_hex_spaced(b"5a a7 1c de 0f 93 b4 28 e1 6d 37 c9 42 fb 80 7e".to_vec(), "PIK#1", Form::HexSpaced)]
#[case::key_base64(b"WqccI94Pk7Qo4W03yUL7gH4=".to_vec(), "", Form::Raw)]
#[case::key_base64_true(b"Wqcc3g+TtCjhbTfJQvuAfg==".to_vec(), "PIK#1", Form::Base64(0))]
#[case::key_base64_url(b"Wqcc3g-TtCjhbTfJQvuAfg".to_vec(), "PIK#1", Form::Base64Url(0))]
fn a_planted_leak_is_found(#[case] plant: Vec<u8>, #[case] name: &str, #[case] form: Form) {
    let dir = tempfile::tempdir().unwrap();
    let deep = dir.path().join("case/deep");
    std::fs::create_dir_all(&deep).unwrap();
    std::fs::write(dir.path().join("clean.txt"), b"621234******1232 {key PIK#1 kcv 900ECCE3}").unwrap();
    std::fs::write(deep.join("log.bin"), [b"\x00\xff before ", &plant[..], b" after"].concat()).unwrap();
    let found = leaks(dir.path(), &secrets()).unwrap();
    if name.is_empty() {
        assert_eq!(found, [], "a near miss is no leak");
        return;
    }
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].name.as_str(), found[0].form), (name, form));
    assert_eq!(found[0].place, Place::Byte(10));
    assert!(found[0].path.ends_with("case/deep/log.bin"));
}

#[test]
fn a_name_of_a_file_can_leak_too() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("card-6212345678901232.txt"), b"").unwrap();
    let found = leaks(dir.path(), &secrets()).unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].place, Place::Name);
}

#[test]
fn what_cannot_be_searched_is_not_clean() {
    let error = leaks(std::path::Path::new("no/such/folder"), &secrets()).unwrap_err();
    assert!(error.to_string().starts_with("failed to search no/such/folder for secrets"), "{error}");
}
