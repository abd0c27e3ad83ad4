//! What a dialect file may say; the rest is refused with its place.

use std::collections::BTreeMap;
use std::ops::Range;

use payrig_fixture::FixtureError;
use toml::Spanned;

use crate::dialect::{Dialect, DialectError, Field, Meaning};
use crate::format::{self, Kind, Size};
use crate::schema::{DialectFile, Element, FieldTable, Justify, LengthKind, Part};
use crate::tlv;

/// Turns the file into a dialect; knows the text for messages.
pub(crate) struct Checker<'a> {
    pub file: &'a str,
    pub text: &'a str,
}

impl Checker<'_> {
    fn refuse<T>(&self, span: Range<usize>, message: impl Into<String>) -> Result<T, DialectError> {
        Err(FixtureError::at(self.file, self.text, span, message))
    }

    pub fn dialect(&self, file: DialectFile) -> Result<Dialect, DialectError> {
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
            self.parts(parts.get_ref(), digits, false)?;
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
            self.parts(parts, format.number, format.kind.is_packed())?;
            return Ok(Meaning::Parts(parts.clone()));
        }
        if let Some(elements) = &table.elements {
            return self.elements(number, key, table, elements, format.kind);
        }
        Ok(table.layouts.clone().map_or(Meaning::None, Meaning::Layouts))
    }

    /// Parts of a value of at most `most` units; `digits`: of a field that may hold a PAN.
    fn parts(&self, parts: &[Part], most: usize, digits: bool) -> Result<(), DialectError> {
        let mut sum = 0;
        for (i, part) in parts.iter().enumerate() {
            self.secret_part(part, digits)?;
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
                    return self.sizeless(part, "only the last part takes the rest");
                }
                None => {}
            }
        }
        Ok(())
    }

    fn secret_part(&self, part: &Part, digits: bool) -> Result<(), DialectError> {
        match part.secret {
            Some(_) if !digits => {
                let message =
                    format!("part `{}`: only digits of a field (n, z) can be secret", part.name.get_ref());
                self.refuse(part.name.span(), message)
            }
            _ => Ok(()),
        }
    }

    fn sizeless(&self, part: &Part, why: &str) -> Result<(), DialectError> {
        self.refuse(part.name.span(), format!("part `{}` needs a size: {why}", part.name.get_ref()))
    }

    /// Elements of a text field, with lengths in digits, or of a binary one, in BER.
    fn elements(
        &self,
        number: u8,
        key: &Spanned<String>,
        table: &FieldTable,
        elements: &[Element],
        kind: Kind,
    ) -> Result<Meaning, DialectError> {
        match (kind, &table.length_digits) {
            (Kind::Binary, None) => {
                self.tags(elements)?;
                Ok(Meaning::Tlv(elements.to_vec()))
            }
            (Kind::Binary, Some(digits)) => self.refuse(
                digits.span(),
                "elements of a binary field are BER-TLV, which has no `length-digits`",
            ),
            (Kind::Digits | Kind::Track, _) => self
                .refuse(key.span(), format!("field {number}: elements are of text or bytes, not of digits")),
            (_, None) => {
                let message = format!("field {number}: elements need `length-digits`, such as [3, 2]");
                self.refuse(key.span(), message)
            }
            (_, Some(digits)) => {
                if digits.get_ref().is_empty() || digits.get_ref().iter().any(|d| !(1..=3).contains(d)) {
                    return self.refuse(digits.span(), "a length has 1 to 3 digits");
                }
                self.text_tags(elements)?;
                Ok(Meaning::Elements { length_digits: digits.get_ref().clone(), elements: elements.to_vec() })
            }
        }
    }

    fn text_tags(&self, elements: &[Element]) -> Result<(), DialectError> {
        for element in elements.iter().flat_map(|e| std::iter::once(e).chain(&e.inside)) {
            if element.tag.get_ref().len() != 2 || !element.tag.get_ref().is_ascii() {
                return self.refuse(element.tag.span(), "a tag has two characters");
            }
            if element.secret.is_some() {
                return self.refuse(element.tag.span(), "only an element of a binary field can be secret");
            }
        }
        Ok(())
    }

    fn tags(&self, elements: &[Element]) -> Result<(), DialectError> {
        for element in elements {
            let tag = element.tag.get_ref();
            let bytes = hex::decode(tag).unwrap_or_default();
            if tlv::tag_size(&bytes) != Some(bytes.len()) || hex::encode_upper(&bytes) != *tag {
                let message =
                    format!("`{tag}`: expected a BER tag in upper-case hex, such as `95` or `9F26`");
                return self.refuse(element.tag.span(), message);
            }
            if !element.inside.is_empty() {
                return self.refuse(element.tag.span(), "elements of a binary field are read one level deep");
            }
        }
        Ok(())
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
                let most = layout.when.length.unwrap_or(most);
                self.parts(&layout.parts, most, field.kind.is_packed())?;
                self.parts(&layout.each, most, field.kind.is_packed())?;
                if let Some(endless) = layout.parts.iter().chain(&layout.each).find(|p| p.size.is_none())
                    && !layout.each.is_empty()
                {
                    self.sizeless(endless, "`each` takes the rest")?;
                }
            }
        }
        Ok(())
    }
}
