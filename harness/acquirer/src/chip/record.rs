//! What the issuer keeps of a sale that was made with a chip.

/// A chip's sale, to which the results of its scripts come later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChipRecord {
    /// Field 42, without the spaces at its end.
    pub merchant_id: String,
    /// Field 41, without the spaces at its end.
    pub terminal_id: String,
    /// Field 60.2.
    pub batch: String,
    /// Field 11.
    pub stan: String,
    /// Tag 9F36.
    pub atc: [u8; 2],
    /// Tag 95.
    pub tvr: [u8; 5],
    /// Whether the cryptogram was the card's.
    pub arqc_right: bool,
    /// What became of its scripts, a sentence each, as the terminal told with 0620.
    pub scripts: Vec<String>,
}
