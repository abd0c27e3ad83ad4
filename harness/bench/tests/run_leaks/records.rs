//! Records of a tape that somebody wrote who did not know the secrets.

use serde_json::{Value as Json, json};

use crate::{secrets::Value, writing::Writing};

/// Whether a tape can have it in this way.
pub fn takes(writing: Writing, value: &Value) -> bool {
    match value {
        Value::Pressed(_) => writing == Writing::Text,
        _ => writing.bytes(value).is_some(),
    }
}

/// The tape with the records of these values before its end.
pub fn plant(tape: &str, writing: Writing, values: &[&Value]) -> String {
    let (records, end) = tape.trim_end().rsplit_once('\n').unwrap();
    let mut end: Json = serde_json::from_str(end).unwrap();
    assert_eq!(end["end"], "complete");
    let (from, at) = (end["n"].as_u64().unwrap(), end["t"].clone());
    let mut planted: Vec<_> = values.iter().flat_map(|value| of(writing, value)).collect();
    for (record, n) in planted.iter_mut().zip(from..) {
        record["n"] = n.into();
        record["t"] = at.clone();
    }
    end["n"] = (from + planted.len() as u64).into();
    let planted: String = planted.iter().chain([&end]).map(|record| format!("{record}\n")).collect();
    format!("{records}\n{planted}")
}

/// A value's records: keys that were pressed, a note, rows of the screen, or bytes of the modem's line.
fn of(writing: Writing, value: &Value) -> Vec<Json> {
    match (value, writing) {
        (Value::Pressed(keys), _) => {
            let keys = keys.chars().chain(['\r']);
            keys.map(|key| text("panel", "to-terminal", &key.to_string())).collect()
        }
        (_, Writing::Spaced) => vec![json!({"note": "step", "text": writing.rows(value).unwrap().concat()})],
        (_, Writing::Rows) => {
            let rows = writing.rows(value).unwrap();
            let placed = rows.iter().zip(2..).map(|(row, y)| format!("\u{1b}[{y};1H\u{1b}[K{row}"));
            vec![text("panel", "from-terminal", &placed.collect::<String>())]
        }
        _ => carried(&writing.bytes(value).unwrap(), writing.piece()),
    }
}

/// On a line, in records of so many bytes, while another one carries something as well.
fn carried(bytes: &[u8], length: usize) -> Vec<Json> {
    // Nobody's, so that the value before is over.
    let bytes = [bytes, &[0xEE; 2]].concat();
    let modem = |piece: &[u8]| json!({"line": "modem", "dir": "from-terminal", "data": [{"hex": hex::encode(piece)}]});
    bytes.chunks(length).flat_map(|piece| [modem(piece), text("panel", "from-terminal", ".")]).collect()
}

fn text(line: &str, direction: &str, text: &str) -> Json {
    json!({"line": line, "dir": direction, "data": [text]})
}
