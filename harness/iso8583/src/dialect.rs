//! A dialect: which fields there are, how they are packed, what their parts mean.

use std::collections::BTreeMap;
use std::path::Path;

use payrig_fixture::FixtureError;

use crate::check::Checker;
use crate::format::{Kind, Size};
use crate::schema::{DialectFile, Element, Justify, Layout, Part, Secret};

/// Why a dialect file was refused; the message names file, line and column.
pub type DialectError = FixtureError;

/// A message dialect, read from a file such as `fixtures/dialects/cup.toml`.
#[derive(Clone, Debug)]
pub struct Dialect {
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) largest: usize,
    pub(crate) tpdu: Vec<Part>,
    pub(crate) header: Vec<Part>,
    pub(crate) mti: BTreeMap<String, String>,
    pub(crate) fields: Vec<Option<Field>>,
}

/// One field of a dialect.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its number: its bit in the bitmap.
    pub number: u8,
    /// Its name in plain words.
    pub name: String,
    /// What it is made of.
    pub kind: Kind,
    /// How much of it there is.
    pub size: Size,
    /// Where an odd number of digits stands.
    pub justify: Justify,
    /// What of it must not be shown.
    pub secret: Option<Secret>,
    pub(crate) meaning: Meaning,
}

/// How a field's value is explained.
#[derive(Clone, Debug)]
pub(crate) enum Meaning {
    None,
    Values(BTreeMap<String, String>),
    Parts(Vec<Part>),
    Elements { length_digits: Vec<usize>, elements: Vec<Element> },
    Tlv(Vec<Element>),
    Layouts(Vec<Layout>),
}

impl Dialect {
    /// Reads a dialect from the text of its file; `name` is the file's name for messages.
    ///
    /// # Errors
    /// A sentence with file, line and column for anything that the text cannot mean.
    pub fn from_toml(name: &str, text: &str) -> Result<Self, DialectError> {
        let file: DialectFile = payrig_fixture::parse(name, text)?;
        Checker { file: name, text }.dialect(file)
    }

    /// Reads a dialect file.
    ///
    /// # Errors
    /// As [`Dialect::from_toml`], and when the file cannot be read.
    pub fn load(path: &Path) -> Result<Self, DialectError> {
        Self::from_toml(&path.display().to_string(), &FixtureError::read(path)?)
    }

    /// Its short name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its name in plain words.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The definition of field `number`.
    #[must_use]
    pub fn field(&self, number: u8) -> Option<&Field> {
        self.fields.get(usize::from(number))?.as_ref()
    }

    /// All fields in ascending order.
    pub fn fields(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().flatten()
    }

    /// The most bytes that a frame may have after its length.
    #[must_use]
    pub const fn largest_frame(&self) -> usize {
        self.largest
    }
}
