//! How many columns a character takes.

/// The first character of the blocks that hold what Chinese is written with: from the CJK radicals on, everything that
/// the terminal writes takes two columns (Unicode Standard Annex 11, `W` and `F`).
const FIRST_WIDE: char = '\u{2E80}';

/// The columns of a character that the terminal writes: ASCII, or Chinese with its punctuation.
pub(crate) fn of_character(character: char) -> usize {
    if character < FIRST_WIDE { 1 } else { 2 }
}

/// The columns of a text.
pub(crate) fn of_text(text: &str) -> usize {
    text.chars().map(of_character).sum()
}
