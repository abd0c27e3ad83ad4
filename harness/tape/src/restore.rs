//! Puts the values back in the place of their tokens.

use crate::form::{bytes_to_nibbles, nibbles_to_bytes};
use crate::piece::{Piece, hex_to_nibbles};
use crate::secrets::Secrets;
use crate::token::Token;

/// Why the bytes cannot be had back.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum RestoreError {
    /// The registry does not hold this secret.
    #[error("no value is known for {token}; register it from the fixtures that the run was made with")]
    Unknown {
        /// The token.
        token: String,
    },
    /// The registry holds a value that the token cannot have stood for.
    #[error("the value known for {token} does not fit it; the run was made with other fixtures")]
    Misfit {
        /// The token.
        token: String,
    },
    /// The line had no lens.
    #[error("{bytes} bytes were never recorded: the line has no lens")]
    Withheld {
        /// How many.
        bytes: u64,
    },
    /// The pieces do not make whole bytes: some are missing.
    #[error("the pieces end inside a byte")]
    HalfByte,
}

/// The bytes that went over the line, from its pieces and the secrets.
///
/// # Errors
/// When a value is not known or does not fit, or the bytes were never recorded.
pub fn restore(pieces: &[Piece], secrets: &Secrets) -> Result<Vec<u8>, RestoreError> {
    let mut nibbles = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Text(text) => nibbles.extend(bytes_to_nibbles(text.as_bytes())),
            Piece::Hex(digits) => nibbles.extend(hex_to_nibbles(digits)),
            Piece::Token(token) => nibbles.extend(token_nibbles(token, secrets)?),
            Piece::Slot(characters) => nibbles.extend(bytes_to_nibbles(&characters.restore(secrets)?)),
            Piece::Withheld(bytes) => return Err(RestoreError::Withheld { bytes: *bytes }),
        }
    }
    if nibbles.len() % 2 == 1 {
        return Err(RestoreError::HalfByte);
    }
    Ok(nibbles_to_bytes(&nibbles))
}

fn token_nibbles(token: &Token, secrets: &Secrets) -> Result<Vec<u8>, RestoreError> {
    let secret =
        secrets.get(&token.name).ok_or_else(|| RestoreError::Unknown { token: token.to_string() })?;
    let misfit = || RestoreError::Misfit { token: token.to_string() };
    let whole = token.form.nibbles(&secret, secret.value()).ok_or_else(misfit)?;
    let end = token.from.checked_add(token.nibbles).ok_or_else(misfit)?;
    if whole.len() != token.of.unwrap_or(token.nibbles) {
        return Err(misfit());
    }
    let mut nibbles = whole.get(token.from..end).ok_or_else(misfit)?.to_vec();
    if token.form.any_case() {
        let highs = nibbles.iter_mut().enumerate().filter(|(at, _)| (token.from + at).is_multiple_of(2));
        for ((_, nibble), case) in highs.zip(token.cases().chars()) {
            if *nibble == 4 && case == 'l' {
                *nibble = 6;
            }
        }
    }
    Ok(nibbles)
}
