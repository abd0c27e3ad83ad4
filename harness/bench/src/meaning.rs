//! What was said on the host line, as people and snapshots read it: decoded, masked, never ciphertext.

use std::fmt::Write;

use payrig_acquirer::Acquirer;
use payrig_iso8583::{Detail, Dialect, ExplainOptions, explain};

/// Every exchange so far: the request, the answer, and why the host answered so.
pub(crate) fn of_exchanges(dialect: &Dialect, acquirer: &Acquirer) -> String {
    let mut text = String::new();
    let mut issued = 0;
    for (n, exchange) in acquirer.exchanges().iter().enumerate() {
        let _ = writeln!(text, "exchange {}: {}", n + 1, exchange.judgement);
        let _ = writeln!(text, "-> terminal to host");
        message(&mut text, dialect, &exchange.request, issued);
        match &exchange.answer {
            Some(answer) => {
                issued += usize::from(carries_keys(dialect, answer));
                let _ = writeln!(text, "<- host to terminal");
                message(&mut text, dialect, answer, issued);
            }
            None => {
                let _ = writeln!(text, "<- no answer");
            }
        }
    }
    if text.is_empty() { "no exchange\n".into() } else { text }
}

fn message(text: &mut String, dialect: &Dialect, frame: &[u8], issued: usize) {
    let explanation = explain(dialect, frame, &ExplainOptions::default());
    let mut details = explanation.details().peekable();
    while let Some(detail) = details.next() {
        let told_by_parts = details.peek().is_some_and(|next| is_field(detail) && is_part(next));
        let value = if told_by_parts { String::new() } else { shown(detail, issued) };
        let line = format!("   {:<6} {:<20} {value:<24} {}", detail.label, detail.name, detail.meaning);
        let _ = writeln!(text, "{}", line.trim_end());
    }
    for note in explanation.notes() {
        let _ = writeln!(text, "   note: {note}");
    }
    if let Some(error) = explanation.error() {
        let _ = writeln!(text, "   error: {error}");
    }
}

fn is_field(detail: &Detail) -> bool {
    !detail.label.is_empty() && detail.label.bytes().all(|b| b.is_ascii_digit())
}

fn is_part(detail: &Detail) -> bool {
    !detail.label.is_empty() && !is_field(detail)
}

/// A cryptogram is named, not shown; whether it was right is in the host's judgement. Everything else is as the dump shows it.
fn shown(detail: &Detail, issued: usize) -> String {
    match detail.name.strip_suffix(", encrypted") {
        Some(key) => format!("{{key {key}#{issued}}}"),
        None if detail.name == "proof" => "{proof}".into(),
        None => detail.value.clone(),
    }
}

fn carries_keys(dialect: &Dialect, frame: &[u8]) -> bool {
    let explanation = explain(dialect, frame, &ExplainOptions::default());
    explanation.details().any(|detail| detail.name.ends_with(", encrypted"))
}
