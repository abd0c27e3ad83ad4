//! A dialect: which fields there are, how they are packed, what their parts mean.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use payrig_fixture::FixtureError;
use toml::Spanned;

use crate::format::{self, Kind, Size};
use crate::schema::{DialectFile, Element, FieldTable, Justify, Layout, LengthKind, Part, Secret};

/// Why a dialect file was refused; the message names file, line and column.
pub type DialectError = FixtureError;

/// A message dialect, read from a file such as `fixtures/dialects/cup.toml`.
#[derive(Clone, Debug)]
pub struct Dialect {
    name: String,
    title: String,
    pub(crate) largest: usize,
    pub(crate) tpdu: Vec<Part>,
    pub(crate) header: Vec<Part>,
    pub(crate) mti: BTreeMap<String, String>,
    fields: Vec<Option<Field>>,
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

/// Turns the file into a dialect; knows the text for messages.
struct Checker<'a> {
    file: &'a str,
    text: &'a str,
}

impl Checker<'_> {
    fn refuse<T>(&self, span: Range<usize>, message: impl Into<String>) -> Result<T, DialectError> {
        Err(FixtureError::at(self.file, self.text, span, message))
    }

    fn dialect(&self, file: DialectFile) -> Result<Dialect, DialectError> {
        self.framing(&file)?;
        let mut mti = BTreeMap::new();
        for (code, meaning) in file.mti {
            if code.get_ref().len() != 4 || !code.get_ref().bytes().all(|b| b.is_ascii_digit()) {
                return self.refuse(code.span(), format!("`{}`: an MTI has four digits", code.get_ref()));
            }
            mti.insert(code.into_inner(), meaning);
        }
        let mut fields = vec![None; 65];
        for (key, table) in file.field {
            let number = self.number(&key)?;
            if let Some(slot) = fields.get_mut(usize::from(number)) {
                *slot = Some(self.field(number, &key, table)?);
            }
        }
        let dialect = Dialect {
            name: file.name,
            title: file.title,
            largest: file.framing.largest.into_inner(),
            tpdu: file.framing.tpdu.into_inner(),
            header: file.framing.header.into_inner(),
            mti,
            fields,
        };
        self.layouts(&dialect)?;
        Ok(dialect)
    }

    fn framing(&self, file: &DialectFile) -> Result<(), DialectError> {
        let framing = &file.framing;
        if !(21..=0x5FFF).contains(framing.largest.get_ref()) {
            let message =
                "expected 21 (a frame without fields) to 24575 bytes (below a TPDU's 60 in a length)";
            return self.refuse(framing.largest.span(), message);
        }
        for (parts, digits) in [(&framing.tpdu, 10), (&framing.header, 12)] {
            self.parts(parts.get_ref(), digits)?;
            let sum: usize =
                parts.get_ref().iter().filter_map(|p| p.size.as_ref()).map(|s| *s.get_ref()).sum();
            if sum != digits {
                return self.refuse(parts.span(), format!("the parts have {sum} digits, expected {digits}"));
            }
        }
        Ok(())
    }

    fn number(&self, key: &Spanned<String>) -> Result<u8, DialectError> {
        match key.get_ref().parse::<u8>() {
            Ok(n) if (2..=64).contains(&n) && !key.get_ref().starts_with(['0', '+']) => Ok(n),
            _ => self.refuse(key.span(), format!("`{}`: a field's number is 2 to 64", key.get_ref())),
        }
    }

    fn field(&self, number: u8, key: &Spanned<String>, table: FieldTable) -> Result<Field, DialectError> {
        let format = match format::parse(table.format.get_ref()) {
            Ok(format) => format,
            Err(message) => return self.refuse(table.format.span(), message),
        };
        let size = self.size(&table, format)?;
        let left = format.variable || format.kind == Kind::Track;
        let default = if left { Justify::Left } else { Justify::Right };
        if table.secret.is_some() && !format.kind.is_packed() {
            return self
                .refuse(key.span(), format!("field {number}: only a field of digits (n, z) can be secret"));
        }
        if format.kind == Kind::Track && table.justify == Some(Justify::Right) {
            return self.refuse(key.span(), format!("field {number}: a track's digits stand at the left"));
        }
        Ok(Field {
            number,
            justify: table.justify.unwrap_or(default),
            secret: table.secret,
            kind: format.kind,
            size,
            meaning: self.meaning(number, key, &table, format)?,
            name: table.name,
        })
    }

    fn size(&self, table: &FieldTable, format: format::Format) -> Result<Size, DialectError> {
        let max = format.number;
        match (&table.length, format.variable) {
            (None, false) => Ok(Size::Fixed(max)),
            (None, true) => {
                self.refuse(table.format.span(), "a variable format needs `length = \"LL\"` or `\"LLL\"`")
            }
            (Some(length), false) => {
                let format = table.format.get_ref();
                self.refuse(
                    length.span(),
                    format!("`{format}` is a fixed format, which has no length in front"),
                )
            }
            (Some(length), true) if *length.get_ref() == LengthKind::Two && max > 99 => self
                .refuse(length.span(), format!("LL counts to 99, this field has up to {max}: use \"LLL\"")),
            (Some(length), true) => {
                let length_digits = if *length.get_ref() == LengthKind::Two { 2 } else { 3 };
                Ok(Size::Variable { max, length_digits })
            }
        }
    }

    fn meaning(
        &self,
        number: u8,
        key: &Spanned<String>,
        table: &FieldTable,
        format: format::Format,
    ) -> Result<Meaning, DialectError> {
        let given = [
            table.values.is_some(),
            table.parts.is_some(),
            table.elements.is_some(),
            table.layouts.is_some(),
        ];
        if given.iter().filter(|g| **g).count() > 1 {
            let message = format!("field {number}: expected only one of values, parts, elements, layouts");
            return self.refuse(key.span(), message);
        }
        if let (Some(digits), None) = (&table.length_digits, &table.elements) {
            return self
                .refuse(digits.span(), "`length-digits` says how `elements` are read; there are none");
        }
        if let Some(values) = &table.values {
            return Ok(Meaning::Values(values.clone()));
        }
        if let Some(parts) = &table.parts {
            self.parts(parts, format.number)?;
            return Ok(Meaning::Parts(parts.clone()));
        }
        if let Some(elements) = &table.elements {
            return self.elements(number, key, table, elements);
        }
        Ok(table.layouts.clone().map_or(Meaning::None, Meaning::Layouts))
    }

    fn parts(&self, parts: &[Part], most: usize) -> Result<(), DialectError> {
        let mut sum = 0;
        for (i, part) in parts.iter().enumerate() {
            match &part.size {
                Some(size) if *size.get_ref() == 0 => {
                    return self.refuse(size.span(), "a part has at least 1");
                }
                Some(size) => {
                    sum += size.get_ref();
                    if sum > most {
                        return self
                            .refuse(size.span(), format!("the parts are longer than the field ({most})"));
                    }
                }
                None if i + 1 < parts.len() => {
                    let name = part.name.get_ref();
                    let message = format!("part `{name}` needs a size: only the last part takes the rest");
                    return self.refuse(part.name.span(), message);
                }
                None => {}
            }
        }
        Ok(())
    }

    fn elements(
        &self,
        number: u8,
        key: &Spanned<String>,
        table: &FieldTable,
        elements: &[Element],
    ) -> Result<Meaning, DialectError> {
        let Some(digits) = &table.length_digits else {
            let message = format!("field {number}: elements need `length-digits`, such as [3, 2]");
            return self.refuse(key.span(), message);
        };
        if digits.get_ref().is_empty() || digits.get_ref().iter().any(|d| !(1..=3).contains(d)) {
            return self.refuse(digits.span(), "a length has 1 to 3 digits");
        }
        for element in elements.iter().flat_map(|e| std::iter::once(e).chain(&e.inside)) {
            if element.tag.get_ref().len() != 2 || !element.tag.get_ref().is_ascii() {
                return self.refuse(element.tag.span(), "a tag has two characters");
            }
        }
        Ok(Meaning::Elements { length_digits: digits.get_ref().clone(), elements: elements.to_vec() })
    }

    /// Layouts may lean on another field, so they are checked when all are known.
    fn layouts(&self, dialect: &Dialect) -> Result<(), DialectError> {
        for field in dialect.fields() {
            let Meaning::Layouts(layouts) = &field.meaning else { continue };
            for layout in layouts {
                if let Some(other) = &layout.when.field
                    && dialect.field(*other.get_ref()).is_none()
                {
                    let message = format!("this dialect has no field {}", other.get_ref());
                    return self.refuse(other.span(), message);
                }
                let (Size::Fixed(most) | Size::Variable { max: most, .. }) = field.size;
                self.parts(&layout.parts, layout.when.length.unwrap_or(most))?;
            }
        }
        Ok(())
    }
}
