//! A scenario's matrix: parameters, their values, and the places where they stand.

use std::collections::{BTreeMap, BTreeSet};

use payrig_fixture::{FixtureError, FixtureFile, nearest};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

const MATRIX: &str = "matrix";
/// The entry of a row that names it.
const VALUE: &str = "value";
/// More rows than this are a computation, which is Rust's.
const MOST: usize = 1000;

/// The file with the values of one row in their places.
pub(super) struct Variant<'t> {
    /// `[parameter=value,...]`; empty without a matrix.
    pub suffix: String,
    /// The file's values, without the matrix.
    pub table: Spanned<DeTable<'t>>,
}

/// A parameter with its values.
struct Axis<'t> {
    name: Spanned<String>,
    rows: Vec<Row<'t>>,
}

/// A value of a parameter: what `${parameter}` stands for under the empty name, and what `${parameter.entry}` does.
struct Row<'t> {
    label: String,
    entries: BTreeMap<String, DeValue<'t>>,
}

/// The file once for each row of its matrix.
///
/// # Errors
/// A matrix that cannot be, or a `${...}` that it does not have.
pub(super) fn expand(file: &FixtureFile) -> Result<Vec<Variant<'_>>, FixtureError> {
    let mut table = file.table()?;
    let axes = match table.get_mut().remove(MATRIX) {
        Some(matrix) => axes(file, &matrix)?,
        None => Vec::new(),
    };
    let mut rows: Vec<Vec<&Row<'_>>> = vec![Vec::new()];
    for axis in &axes {
        rows = rows
            .iter()
            .flat_map(|row| axis.rows.iter().map(move |value| row.iter().copied().chain([value]).collect()))
            .collect();
        if rows.len() > MOST {
            return Err(file.wrong(&axis.name, &format!("expected a matrix of at most {MOST} rows in all")));
        }
    }
    let mut used = BTreeSet::new();
    let mut variants = Vec::new();
    for row in rows {
        let mut table = table.clone();
        let mut places = Places { file, axes: &axes, row: &row, used: &mut used };
        places.fill_table(table.get_mut())?;
        variants.push(Variant { suffix: suffix(&axes, &row), table });
    }
    match axes.iter().find(|axis| !used.contains(axis.name.get_ref())) {
        Some(axis) => {
            let name = axis.name.get_ref();
            Err(file
                .wrong(&axis.name, &format!("the parameter is not used: write ${{{name}}} where it belongs")))
        }
        None => Ok(variants),
    }
}

fn suffix(axes: &[Axis<'_>], row: &[&Row<'_>]) -> String {
    let values: Vec<_> = axes
        .iter()
        .zip(row)
        .map(|(axis, value)| format!("{}={}", axis.name.get_ref(), value.label))
        .collect();
    if values.is_empty() { String::new() } else { format!("[{}]", values.join(",")) }
}

fn axes<'t>(file: &FixtureFile, matrix: &Spanned<DeValue<'t>>) -> Result<Vec<Axis<'t>>, FixtureError> {
    let DeValue::Table(parameters) = matrix.get_ref() else {
        return Err(file.wrong(matrix, "expected a table of parameters, each with a list of values"));
    };
    if parameters.is_empty() {
        return Err(file.wrong(matrix, "expected at least one parameter; remove the matrix otherwise"));
    }
    parameters
        .iter()
        .map(|(name, values)| {
            if !is_word(name.get_ref()) {
                return Err(file.wrong(name, "expected a parameter's name of a-z, 0-9 and `-`"));
            }
            let name = Spanned::new(name.span(), name.get_ref().to_string());
            Ok(Axis { rows: rows(file, values)?, name })
        })
        .collect()
}

fn rows<'t>(file: &FixtureFile, values: &Spanned<DeValue<'t>>) -> Result<Vec<Row<'t>>, FixtureError> {
    let list = match values.get_ref() {
        DeValue::Array(list) if !list.is_empty() => list,
        _ => return Err(file.wrong(values, "expected a list of at least one value")),
    };
    let mut rows = Vec::<Row<'t>>::new();
    for value in list {
        let row = row(file, value)?;
        if rows.iter().any(|earlier| earlier.label == row.label) {
            return Err(file.wrong(value, &format!("the value `{}` is in the list twice", row.label)));
        }
        if let Some(first) = rows.first()
            && !first.entries.keys().eq(row.entries.keys())
        {
            return Err(file.wrong(value, "expected the same entries as in the rows before"));
        }
        rows.push(row);
    }
    Ok(rows)
}

fn row<'t>(file: &FixtureFile, value: &Spanned<DeValue<'t>>) -> Result<Row<'t>, FixtureError> {
    let entries: BTreeMap<_, _> = match value.get_ref() {
        DeValue::Table(entries) => entries
            .iter()
            .map(|(name, value)| {
                let name = if name.get_ref() == VALUE { "" } else { name.get_ref() };
                (name.to_owned(), value.get_ref().clone())
            })
            .collect(),
        scalar => BTreeMap::from([(String::new(), scalar.clone())]),
    };
    if entries.values().any(|entry| !stands(entry)) {
        return Err(file.wrong(value, "expected texts and numbers, or lists and tables in a row's entries"));
    }
    let label = entries.get("").and_then(scalar);
    let label = label.ok_or_else(|| file.wrong(value, "expected an entry `value`, which names the row"))?;
    if label.is_empty() || label.contains(|c: char| c.is_control() || "[],=/\\#:".contains(c)) {
        return Err(file.wrong(value, "expected a value without `[ ] , = / # :` and control characters"));
    }
    Ok(Row { label, entries })
}

/// Whether a placeholder can stand for it.
fn stands(value: &DeValue<'_>) -> bool {
    scalar(value).is_some() || matches!(value, DeValue::Table(_) | DeValue::Array(_))
}

/// The text of a text or a number.
fn scalar(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) if number.radix() == 10 => Some(number.as_str().to_owned()),
        _ => None,
    }
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// Puts a row's values where `${...}` stands for them.
struct Places<'a, 't> {
    file: &'a FixtureFile,
    axes: &'a [Axis<'t>],
    row: &'a [&'a Row<'t>],
    used: &'a mut BTreeSet<String>,
}

impl<'t> Places<'_, 't> {
    fn fill_table(&mut self, table: &mut DeTable<'t>) -> Result<(), FixtureError> {
        table.iter_mut().try_for_each(|(key, value)| {
            if key.get_ref().contains("${") {
                return Err(self.file.wrong(key, "`${...}` stands for values, not for keys"));
            }
            self.fill(value)
        })
    }

    fn fill(&mut self, value: &mut Spanned<DeValue<'t>>) -> Result<(), FixtureError> {
        let span = value.span();
        match value.get_mut() {
            DeValue::Table(table) => self.fill_table(table),
            DeValue::Array(values) => values.iter_mut().try_for_each(|value| self.fill(value)),
            DeValue::String(text) if text.contains("${") => {
                let filled = self.filled(text, &span)?;
                *value.get_mut() = filled;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// `text` with its placeholders replaced. A text that is nothing else than one becomes the value itself: a number stays one.
    fn filled(&mut self, text: &str, span: &std::ops::Range<usize>) -> Result<DeValue<'t>, FixtureError> {
        let wrong = |message: &str| self.file.wrong_at(span.clone(), message);
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let (name, after) = after.split_once('}').ok_or_else(|| wrong("`${` without its `}`"))?;
            let value = self.value(name).map_err(|message| wrong(&message))?.clone();
            self.used.insert(name.split('.').next().unwrap_or(name).to_owned());
            if before.is_empty() && after.is_empty() && filled.is_empty() {
                return Ok(value);
            }
            filled.push_str(before);
            let text = scalar(&value);
            filled.push_str(
                &text.ok_or_else(|| wrong("a list or a table stands alone in its place, as \"${...}\""))?,
            );
            rest = after;
        }
        filled.push_str(rest);
        Ok(DeValue::String(filled.into()))
    }

    fn value(&self, name: &str) -> Result<&DeValue<'t>, String> {
        let (parameter, entry) = name.split_once('.').unwrap_or((name, ""));
        let parameters: Vec<_> = self.axes.iter().map(|axis| axis.name.get_ref().as_str()).collect();
        let Some(at) = parameters.iter().position(|known| *known == parameter) else {
            let near = nearest(parameter, &parameters).map(|near| format!("; did you mean `{near}`?"));
            return Err(format!("the matrix has no parameter `{parameter}`{}", near.unwrap_or_default()));
        };
        let entries = &self.row[at].entries;
        entries.get(entry).ok_or_else(|| {
            let known: Vec<_> = entries.keys().filter(|key| !key.is_empty()).map(String::as_str).collect();
            let near = nearest(entry, &known).map(|near| format!("; did you mean `{near}`?"));
            format!("the rows of `{parameter}` have no entry `{entry}`{}", near.unwrap_or_default())
        })
    }
}
