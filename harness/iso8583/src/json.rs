//! A decoded frame as JSON.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use crate::decode::Decoded;
use crate::dialect::Dialect;
use crate::veil::{self, Veil};
use crate::view::View;

/// `{"length":..,"tpdu":"..","header":"..","mti":"..","fields":{"2":"..",..}}`, the fields in ascending order.
///
/// Digits and text are as they are, bytes are upper-case hex. PAN and tracks are masked unless `reveal`, as
/// [`explain`](crate::explain) masks them; all is masked of what the dialect could not have decoded.
#[must_use]
pub fn to_json(dialect: &Dialect, decoded: &Decoded, reveal: bool) -> Json {
    let shown = if reveal { Shown::whole(decoded) } else { Shown::masked(dialect, decoded) };
    let fields: Map<String, Json> =
        shown.fields.into_iter().map(|(number, text)| (number.to_string(), Json::String(text))).collect();
    let entries = [
        ("length", Json::from(decoded.length)),
        ("tpdu", Json::String(shown.tpdu)),
        ("header", Json::String(shown.header)),
        ("mti", Json::String(shown.mti)),
        ("fields", Json::Object(fields)),
    ];
    Json::Object(entries.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())
}

/// What of a frame is shown.
struct Shown {
    tpdu: String,
    header: String,
    mti: String,
    fields: BTreeMap<u8, String>,
}

impl Shown {
    fn whole(decoded: &Decoded) -> Self {
        let frame = &decoded.frame;
        Self {
            tpdu: hex::encode_upper(frame.tpdu),
            header: hex::encode_upper(frame.header),
            mti: frame.message.mti.clone(),
            fields: frame.message.fields.iter().map(|(n, v)| (*n, v.to_string())).collect(),
        }
    }

    /// What must be hidden is known by its place in the frame's bytes, so they are made again.
    fn masked(dialect: &Dialect, decoded: &Decoded) -> Self {
        let bytes = dialect.encode(&decoded.frame);
        match bytes.as_deref().ok().and_then(|bytes| dialect.view(bytes).ok()) {
            Some(view) => Self::veiled(&view, &Veil::over(&view, veil::doubtful(None, &decoded.notes))),
            None => Self::whole(decoded).hidden(),
        }
    }

    fn veiled(view: &View<'_>, veil: &Veil) -> Self {
        Self {
            tpdu: veil.hex(view.start, &view.tpdu()),
            header: veil.hex(view.header_at, &view.header()),
            mti: veil.hex(view.mti_offset(), &view.mti()),
            fields: view.fields().map(|f| (f.field.number, veil.text(&f, &f.value()))).collect(),
        }
    }

    fn hidden(mut self) -> Self {
        let texts = [&mut self.tpdu, &mut self.header, &mut self.mti];
        for text in texts.into_iter().chain(self.fields.values_mut()) {
            *text = "*".repeat(text.chars().count());
        }
        self
    }
}
