//! A decoded frame as JSON.

use serde_json::{Map, Value as Json};

use crate::decode::Decoded;
use crate::dialect::Dialect;
use crate::mask;
use crate::message::Value;

/// `{"length":..,"tpdu":"..","header":"..","mti":"..","fields":{"2":"..",..}}`, the fields in ascending order.
///
/// Digits and text are as they are, bytes are upper-case hex. PAN and tracks are masked unless `reveal`.
#[must_use]
pub fn to_json(dialect: &Dialect, decoded: &Decoded, reveal: bool) -> Json {
    let frame = &decoded.frame;
    let shown = |number: u8, value: &Value| match dialect.field(number).and_then(|f| f.secret) {
        Some(secret) if !reveal => mask::masked(secret, &value.to_string()),
        _ => value.to_string(),
    };
    let fields: Map<String, Json> =
        frame.message.fields.iter().map(|(n, v)| (n.to_string(), Json::String(shown(*n, v)))).collect();
    let entries = [
        ("length", Json::from(decoded.length)),
        ("tpdu", Json::String(hex::encode_upper(frame.tpdu))),
        ("header", Json::String(hex::encode_upper(frame.header))),
        ("mti", Json::String(frame.message.mti.clone())),
        ("fields", Json::Object(fields)),
    ];
    Json::Object(entries.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())
}
