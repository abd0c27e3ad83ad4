//! A card that is none of ours, for the terminal's slot: whatever is in a PC/SC reader.
//!
//! ```toml
//! [cards]
//! slot = { reader = "ACR38" }
//! ```

use payrig_fixture::FixtureError;
use serde::Deserialize;
use toml::Spanned;

/// A PC/SC reader of this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardReader {
    /// Its name, or a part that no other reader's name has.
    pub reader: String,
}

/// The table `[cards]` of a rig's file.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawCards {
    slot: Option<RawReader>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawReader {
    reader: Spanned<String>,
}

/// The reader for the slot that the table names; `file` is the rig's file, `text` what it says.
pub(crate) fn slot(file: &str, text: &str, cards: RawCards) -> Result<Option<CardReader>, FixtureError> {
    let Some(RawReader { reader }) = cards.slot else { return Ok(None) };
    let name = reader.get_ref();
    if name.trim().is_empty() || name.contains('\0') {
        let message = format!(
            "expected the name of a PC/SC reader or a part of it, as in `ACR38`, found `{}`",
            name.escape_debug()
        );
        return Err(FixtureError::at(file, text, reader.span(), message));
    }
    Ok(Some(CardReader { reader: reader.into_inner() }))
}
