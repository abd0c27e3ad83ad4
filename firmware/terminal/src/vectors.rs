//! Reads the shared test vectors.

use std::path::PathBuf;
use std::string::String;
use std::vec::Vec;

use serde::Deserialize;
use serde_json::{Map, Value};

/// One vector.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) inputs: Map<String, Value>,
    pub(crate) outputs: Map<String, Value>,
}

/// One file's vectors.
pub(crate) struct Vectors(Vec<Case>);

impl Vectors {
    pub(crate) fn load(file: &str) -> Self {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
            .join("../../fixtures/vectors")
            .join(std::format!("{file}.json"));
        let text = std::fs::read_to_string(&path).unwrap();
        let cases: Vec<Case> = serde_json::from_str(&text).unwrap();
        assert!(!cases.is_empty(), "{file} holds no vector");
        Self(cases)
    }

    pub(crate) fn named(&self, name: &str) -> Case {
        self.0.iter().find(|case| case.name == name).unwrap().clone()
    }
}

impl IntoIterator for Vectors {
    type Item = Case;
    type IntoIter = std::vec::IntoIter<Case>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl Case {
    pub(crate) fn input(&self, key: &str) -> &str {
        self.inputs[key].as_str().unwrap()
    }

    pub(crate) fn output(&self, key: &str) -> &str {
        self.outputs[key].as_str().unwrap()
    }
}

/// Hex digits as an array.
pub(crate) fn bytes<const N: usize>(hex: &str) -> [u8; N] {
    hex::decode(hex).unwrap().try_into().unwrap()
}
