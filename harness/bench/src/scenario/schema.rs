//! The JSON Schema of scenario files, by which editors complete and check them.

use schemars::{Schema, generate::SchemaSettings, transform::Transform};
use serde_json::{Value, json};

use super::file::RawScenario;

/// The schema of a file of `fixtures/scenarios`, made from the types that read it.
pub fn schema() -> Value {
    let generator = SchemaSettings::draft07().with_transform(Placeholders).into_generator();
    let mut schema = generator.into_root_schema_for::<RawScenario>().to_value();
    schema["$comment"] = json!("Made by `payrig list --schema`.");
    schema
}

/// Marks a list or a table that a placeholder may stand for as a whole.
const WHOLE: &str = "x-placeholder";

/// Lets `${parameter}` stand wherever something else than a free text belongs. A free text may hold it anyway.
#[derive(Clone, Debug)]
struct Placeholders;

impl Transform for Placeholders {
    fn transform(&mut self, schema: &mut Schema) {
        schemars::transform::transform_subschemas(self, schema);
        let Some(object) = schema.as_object_mut() else { return };
        // A placeholder is right for each of several values.
        if let Some(values) = object.remove("oneOf") {
            object.insert("anyOf".into(), values);
        }
        let closed =
            object.contains_key("enum") || object.contains_key("const") || object.contains_key("pattern");
        let number = object.get("type").is_some_and(|kind| kind.to_string().contains("integer"));
        let whole = object.remove(WHOLE).is_some();
        if !(closed || number || whole) {
            return;
        }
        let description = object.remove("description");
        let inner = std::mem::take(object);
        object
            .insert("anyOf".into(), json!([inner, { "type": "string", "pattern": "\\$\\{[a-z0-9.-]+\\}" }]));
        object.extend(description.map(|text| ("description".to_owned(), text)));
    }
}
