//! The schema that editors use says what the reader says.

use std::fs;

use payrig_bench::scenario::schema;
use serde_json::{Value, json};

use crate::desk::root;

#[test]
fn the_schema_beside_the_scenarios_is_that_of_the_types() {
    let kept = fs::read_to_string(root().join("fixtures/scenarios/schema.json")).unwrap();
    assert!(
        serde_json::from_str::<Value>(&kept).unwrap() == schema(),
        "renew it: payrig list --schema > fixtures/scenarios/schema.json"
    );
}

/// By a validator that knows nothing of us.
#[test]
fn the_schema_takes_every_scenario_and_refuses_wrong_ones() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let mut files = 0;
    for group in fs::read_dir(root().join("fixtures/scenarios")).unwrap().map(|entry| entry.unwrap().path()) {
        for file in fs::read_dir(&group).into_iter().flatten().map(|entry| entry.unwrap().path()) {
            let text = fs::read_to_string(&file).unwrap();
            let value = serde_json::to_value(toml::from_str::<toml::Value>(&text).unwrap()).unwrap();
            let errors: Vec<_> = validator.iter_errors(&value).map(|e| e.to_string()).collect();
            assert!(errors.is_empty(), "{}: {errors:?}", file.display());
            files += 1;
        }
    }
    assert!(files > 10, "{files} files");
    let step = |step: Value| json!({ "title": "A case", "steps": [step] });
    assert!(validator.is_valid(&step(json!({ "wait": "1s" }))));
    for wrong in [
        step(json!({ "wait": "1 s" })),
        step(json!({ "wiat": "1s" })),
        step(json!({ "power": "off" })),
        step(json!({ "acquirer": { "fault": { "wrong-kcv": "TMK" } } })),
        json!({ "steps": [] }),
        json!({ "title": "A case", "steps": [], "expect": { "host-messages": "none" } }),
        json!({ "title": "A case", "steps": [], "matrix": { "key": "PIK" } }),
    ] {
        assert!(!validator.is_valid(&wrong), "{wrong}");
    }
}
