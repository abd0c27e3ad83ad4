//! What the tests share: the dialect and the frames of the vector file.
#![allow(dead_code, reason = "each test file uses a part")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "clippy sees no test in a file that tests share")]

use std::path::Path;

use payrig_iso8583::Dialect;

pub fn fixture(name: &str) -> String {
    // This crate's, and that of the package that compares it, one folder deeper.
    let mut above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|folder| folder.join("fixtures"));
    let path = above.find(|folder| folder.is_dir()).unwrap_or_default().join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

pub fn cup() -> Dialect {
    Dialect::from_toml("cup.toml", &fixture("dialects/cup.toml")).unwrap()
}

/// One published or recomputed frame, and what it says.
pub struct Vector {
    pub name: String,
    pub frame: Vec<u8>,
    pub outputs: serde_json::Value,
}

pub fn vectors() -> Vec<Vector> {
    let file: serde_json::Value = serde_json::from_str(&fixture("vectors/cup_frames.json")).unwrap();
    let vector = |v: &serde_json::Value| Vector {
        name: v["name"].as_str().unwrap().to_owned(),
        frame: hex::decode(v["inputs"]["frame"].as_str().unwrap()).unwrap(),
        outputs: v["outputs"].clone(),
    };
    let vectors: Vec<Vector> = file.as_array().unwrap().iter().map(vector).collect();
    assert_eq!(vectors.len(), 4, "a vector file that shrinks tests nothing");
    vectors
}

pub fn frame(name: &str) -> Vec<u8> {
    vectors().into_iter().find(|v| v.name == name).unwrap().frame
}

/// The PAN of the test cards, which the sale of the vector file carries in fields 2 and 35.
pub const PAN: &str = "6212345678901232";

/// The bytes that a dump shows, in hex without spaces: its second column.
pub fn cells(dump: &str) -> String {
    let bytes = |line: &str| -> String {
        let line = line.get(4..).filter(|rest| rest.starts_with("  ")).unwrap_or_default();
        line.chars().skip(2).take(23).filter(|c| *c != ' ').collect()
    };
    dump.lines().skip(1).map(bytes).collect()
}
