//! What was said on the host line, as people and snapshots read it: decoded, masked, never ciphertext.

use std::fmt::Write;

use payrig_acquirer::{Acquirer, Exchange, IssuedKeys};
use payrig_iso8583::{Detail, Dialect, ExplainOptions, Explanation, explain};

use crate::{Finding, keys_seen, scenario::MessagePattern};

/// Every exchange so far: the request, the answer, and why the host answered so.
pub(crate) fn of_exchanges(dialect: &Dialect, acquirer: &Acquirer) -> String {
    let mut text = String::new();
    let keys = acquirer.issued();
    let mut issued = 0;
    for (n, exchange) in acquirer.exchanges().iter().enumerate() {
        let _ = writeln!(text, "exchange {}: {}", n + 1, exchange.judgement);
        let _ = writeln!(text, "-> terminal to host");
        message(&mut text, dialect, &exchange.request, (issued, &keys));
        match &exchange.answer {
            Some(answer) => {
                issued += usize::from(carries_keys(dialect, answer));
                let _ = writeln!(text, "<- host to terminal");
                message(&mut text, dialect, answer, (issued, &keys));
            }
            None => {
                let _ = writeln!(text, "<- no answer");
            }
        }
    }
    if text.is_empty() { "no exchange\n".into() } else { text }
}

/// Messages of the host line, in order, each on one row: the last `most` of them.
pub(crate) fn last(dialect: &Dialect, acquirer: &Acquirer, most: usize) -> Vec<String> {
    let exchanges = acquirer.exchanges();
    let rows = exchanges.iter().flat_map(|exchange| {
        let answer = match &exchange.answer {
            Some(answer) => format!("<- {}: {}", brief(dialect, answer), exchange.judgement),
            None => format!("<- no answer: {}", exchange.judgement),
        };
        [format!("-> {}", brief(dialect, &exchange.request)), answer]
    });
    let rows: Vec<_> = rows.collect();
    rows[rows.len().saturating_sub(most)..].to_vec()
}

fn brief(dialect: &Dialect, frame: &[u8]) -> String {
    let explanation = explain(dialect, frame, &ExplainOptions::default());
    let said = |label: &str, name: &str| {
        let detail = explanation.details().find(|detail| detail.label == label || detail.name == name)?;
        Some(format!("{} {}", detail.name, detail.value))
    };
    let parts = [said("MTI", "MTI"), said("11", "STAN"), said("39", "response code")];
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    if parts.is_empty() { format!("{} bytes that are no message", frame.len()) } else { parts.join(", ") }
}

/// Looks for messages that match `patterns`, in their order, others between them or not.
pub(crate) fn expect_messages(
    dialect: &Dialect,
    acquirer: &Acquirer,
    patterns: &[MessagePattern],
) -> Result<(), Finding> {
    let exchanges = acquirer.exchanges();
    let mut messages = exchanges
        .iter()
        .flat_map(|exchange| {
            [Some(&exchange.request), exchange.answer.as_ref()].map(|frame| (frame, exchange))
        })
        .filter_map(|(frame, exchange)| {
            Some((explain(dialect, frame?, &ExplainOptions::default()), exchange))
        });
    for pattern in patterns {
        if !messages.by_ref().any(|(message, exchange)| matches(pattern, &message, exchange)) {
            return Err(Finding::terminal(format!(
                "expected a message with {pattern}, in this order; what was said:\n{}",
                last(dialect, acquirer, usize::MAX).join("\n")
            )));
        }
    }
    Ok(())
}

fn matches(pattern: &MessagePattern, message: &Explanation, exchange: &Exchange) -> bool {
    let said = |wanted: &str| {
        let mut details = message.details();
        details.find(|detail| detail.label == wanted || wanted == "MTI" && detail.name == "MTI")
    };
    let judgement = exchange.judgement.to_string();
    said("MTI").is_some_and(|mti| pattern.mti.matches(&mti.value))
        && pattern
            .fields
            .iter()
            .all(|(label, value)| said(label).is_some_and(|found| value.matches(&found.value)))
        && pattern.judged.as_ref().is_none_or(|judged| judged.matches(&judgement))
}

fn message(text: &mut String, dialect: &Dialect, frame: &[u8], issued: (usize, &[IssuedKeys])) {
    let explanation = explain(dialect, frame, &ExplainOptions::default());
    fields(text, &explanation, |detail| shown(detail, issued));
}

/// The fields and parts of a message, a line each, with their values as `shown` has them.
pub(crate) fn fields(text: &mut String, explanation: &Explanation, shown: impl Fn(&Detail) -> String) {
    let mut details = explanation.details().peekable();
    while let Some(detail) = details.next() {
        let told_by_parts = details.peek().is_some_and(|next| is_field(detail) && is_part(next));
        let value = if told_by_parts { String::new() } else { shown(detail) };
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

/// A cryptogram and a KCV are named, not shown: they hang on the seed. Whether a cryptogram was right is in the host's judgement; a
/// KCV is that of the key that it is named after. Everything else is as the dump shows it.
fn shown(detail: &Detail, (number, keys): (usize, &[IssuedKeys])) -> String {
    match detail.name.rsplit_once(", ") {
        Some((key, "encrypted")) => format!("{{key {key}#{number}}}"),
        Some((key, "KCV")) => format!("{{KCV of {}}}", keys_seen::name(key, &detail.value, keys)),
        _ if detail.name == "proof" => "{proof}".into(),
        _ => detail.value.clone(),
    }
}

fn carries_keys(dialect: &Dialect, frame: &[u8]) -> bool {
    let explanation = explain(dialect, frame, &ExplainOptions::default());
    explanation.details().any(|detail| detail.name.ends_with(", encrypted"))
}
