//! Receipts as text.

use std::fmt::Write;

use super::receipt::{COLUMNS, PrintedLine, Receipt, columns, indent};

/// Receipts as text, one after the other, numbered from 1; a sentence where there is none.
#[must_use]
pub fn to_text(receipts: &[Receipt]) -> String {
    if receipts.is_empty() {
        return "nothing was printed\n".to_owned();
    }
    let texts =
        (1..).zip(receipts).map(|(number, receipt)| format!("receipt {number}\n{}", receipt.to_text()));
    texts.collect::<Vec<_>>().join("\n")
}

pub(super) fn of(receipt: &Receipt) -> String {
    let mut text = String::new();
    let mut line = |line: &str| {
        text.push_str(line.trim_end());
        text.push('\n');
    };
    receipt.written().iter().for_each(|printed| line(&row(printed)));
    match receipt.cut_short {
        None => line(&format!("{:-<COLUMNS$}", "-- 8< ")),
        Some(why) => line(&format!("~~ incomplete: {why} ~~")),
    }
    for note in &receipt.notes {
        let _ = writeln!(text, "{note}");
    }
    text
}

fn row(line: &PrintedLine) -> String {
    let text = line.text();
    format!("{:indent$}{text}", "", indent = indent(line.align, columns(&text)))
}
