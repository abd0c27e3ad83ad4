//! What a slot tells the bench.

/// What happened to a card in a slot that the bench did not do itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SlotEvent {
    /// A fault of its settings pulled it out: the terminal is to be told that the slot is empty.
    PulledOut,
    /// The card itself says that it is not there any more: a physical one that was taken from its reader.
    Gone,
    /// What stands between the bench and the card is broken, with a sentence. The card is mute until a reset.
    Broken(String),
}
