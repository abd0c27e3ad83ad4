//! What of a profile cannot be, and which of its keys says so.

/// A sentence, and the way to the key that it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Obstacle {
    /// From the outermost table on; the file as a whole where it is empty.
    pub keys: Vec<String>,
    pub message: String,
}

impl Obstacle {
    pub(super) fn at<const N: usize>(keys: [&str; N], message: impl Into<String>) -> Self {
        Self { keys: keys.map(str::to_owned).into(), message: message.into() }
    }

    /// The same of an application of this name: its keys lead on from the application's table.
    pub(super) fn of_application(mut self, name: &str) -> Self {
        self.keys.splice(0..0, ["application".to_owned(), name.to_owned()]);
        self.message.push_str(&format!(" (application {name})"));
        self
    }
}
