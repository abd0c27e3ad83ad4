//! The matrix as people read it.

use std::{
    collections::BTreeSet,
    fmt::{self, Write},
};

use payrig_network::Dialect;

use super::{Matrix, Row};

impl fmt::Display for Matrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dialects: BTreeSet<_> = self.rows.iter().map(|row| row.dialect).collect();
        for (nth, dialect) in dialects.into_iter().enumerate() {
            if nth > 0 {
                writeln!(f)?;
            }
            self.table(f, dialect)?;
            self.proofs(f, dialect)?;
        }
        Ok(())
    }
}

impl Matrix {
    /// Conditions and their behaviours below each other, messages side by side.
    fn table(&self, f: &mut fmt::Formatter<'_>, dialect: Dialect) -> fmt::Result {
        let rows: Vec<_> = self.rows.iter().filter(|row| row.dialect == dialect).collect();
        let conditions: BTreeSet<_> = rows.iter().map(|row| &row.condition).collect();
        let said = rows.iter().flat_map(|row| row.shown.keys().chain(&row.causes));
        let mut columns: Vec<_> = said.collect::<BTreeSet<_>>().into_iter().collect();
        columns.sort_by_key(|name| self.id(dialect, name));
        writeln!(
            f,
            "{dialect}: {} behaviours of {} conditions, {} variants of each from seed {}\n",
            rows.len(),
            conditions.len(),
            self.variants,
            self.seed
        )?;
        let width = |text: fn(&Row) -> &str| rows.iter().map(|row| text(row).len()).max().unwrap_or(0);
        let (first, second) = (width(|row| &row.condition), width(|row| &row.behaviour));
        let mut head = format!("{:first$}  {:second$}", "condition", "behaviour");
        for column in &columns {
            let _ = write!(head, " {:>5}", self.id(dialect, column));
        }
        writeln!(f, "{head}")?;
        let mut before = "";
        for row in rows {
            let condition = if row.condition == before { "" } else { &row.condition };
            before = &row.condition;
            let mut line = format!("{condition:first$}  {:second$}", row.behaviour);
            for column in &columns {
                let _ = write!(line, " {:>5}", cell(row, column));
            }
            writeln!(f, "{line}")?;
        }
        writeln!(f)?;
        columns.iter().try_for_each(|column| writeln!(f, "{}", self.message(dialect, column)))
    }

    fn proofs(&self, f: &mut fmt::Formatter<'_>, dialect: Dialect) -> fmt::Result {
        let pairs: Vec<_> = self.pairs.iter().filter(|pair| pair.dialect == dialect).collect();
        if pairs.is_empty() {
            return Ok(());
        }
        writeln!(f, "\nconditions with the same cause, and the dialogues that both led to:")?;
        for pair in pairs {
            let verdict = match pair.is_proven() {
                true => "indistinguishable",
                false => "UNPROVEN",
            };
            let cause = self.id(dialect, &pair.cause);
            writeln!(f, "{cause} {} / {}: {}: {verdict}", pair.one, pair.other, pair.counts())?;
        }
        Ok(())
    }
}

/// How often it was said: `.` never, though it might have been `-`, and marked where it was wrong.
fn cell(row: &Row, message: &String) -> String {
    match (row.shown.get(message), row.is_right(message)) {
        (Some(times), true) => times.to_string(),
        (Some(times), false) => format!("!{times}"),
        (None, true) => "-".into(),
        (None, false) => ".".into(),
    }
}
