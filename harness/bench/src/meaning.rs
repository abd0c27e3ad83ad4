//! What was said on the host line, as people and snapshots read it: decoded, masked, never ciphertext.

use std::fmt::Write;

use payrig_acquirer::IssuedKeys;
use payrig_iso8583::{Detail, Dialect, ExplainOptions, Explanation, explain};

use crate::{
    Finding,
    host::{Heard, Host},
    keys_seen, made_with,
    scenario::MessagePattern,
};

/// Every exchange so far: the request, the answer, and why the host answered so, where it says.
pub(crate) fn of_exchanges(dialect: &Dialect, host: &Host) -> String {
    let mut text = String::new();
    let keys = host.issued();
    let mut issued = 0;
    for (n, heard) in host.heard().iter().enumerate() {
        let judgement = heard.judgement.iter().map(|judgement| format!(": {judgement}"));
        let _ = writeln!(text, "exchange {}{}", n + 1, judgement.collect::<String>());
        match &heard.request {
            Some(request) => {
                let _ = writeln!(text, "-> terminal to host");
                message(&mut text, dialect, request, (issued, &keys));
            }
            None => {
                let _ = writeln!(text, "-> no request");
            }
        }
        match &heard.answer {
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

/// Messages of the host line, in order, each on one row: the last `most` of them, and what went wrong on the way.
pub(crate) fn last(dialect: &Dialect, host: &Host, most: usize) -> Vec<String> {
    let heard = host.heard();
    let rows = heard.iter().flat_map(|heard| {
        let judgement: String = heard.judgement.iter().map(|judgement| format!(": {judgement}")).collect();
        let request = heard.request.as_ref().map(|request| format!("-> {}", brief(dialect, request)));
        let answer = match &heard.answer {
            Some(answer) => format!("<- {}{judgement}", brief(dialect, answer)),
            None => format!("<- no answer{judgement}"),
        };
        request.into_iter().chain([answer])
    });
    let rows: Vec<_> = rows.collect();
    rows.iter().skip(rows.len().saturating_sub(most)).cloned().chain(host.trouble()).collect()
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
    host: &Host,
    patterns: &[MessagePattern],
) -> Result<(), Finding> {
    let heard = host.heard();
    let mut messages = heard
        .iter()
        .flat_map(|heard| [&heard.request, &heard.answer].map(|frame| (frame, heard)))
        .filter_map(|(frame, heard)| {
            Some((explain(dialect, frame.as_ref()?, &ExplainOptions::default()), heard))
        });
    for pattern in patterns {
        if !messages.by_ref().any(|(message, heard)| matches(pattern, &message, heard)) {
            return Err(Finding::terminal(format!(
                "expected a message with {pattern}, in this order; what was said:\n{}",
                last(dialect, host, usize::MAX).join("\n")
            )));
        }
    }
    Ok(())
}

fn matches(pattern: &MessagePattern, message: &Explanation, heard: &Heard) -> bool {
    let said = |wanted: &str| {
        let mut details = message.details();
        details.find(|detail| detail.label == wanted || wanted == "MTI" && detail.name == "MTI")
    };
    let judgement = heard.judgement.as_deref().unwrap_or_default();
    said("MTI").is_some_and(|mti| pattern.mti.matches(&mti.value))
        && pattern
            .fields
            .iter()
            .all(|(label, value)| said(label).is_some_and(|found| value.matches(&found.value)))
        && pattern.judged.as_ref().is_none_or(|judged| judged.matches(judgement))
}

fn message(text: &mut String, dialect: &Dialect, frame: &[u8], issued: (usize, &[IssuedKeys])) {
    let explanation = explain(dialect, frame, &ExplainOptions::default());
    fields(text, &explanation, |detail| match detail.label.as_str() {
        "35" => track(dialect, frame, 35, detail, issued),
        "36" => track(dialect, frame, 36, detail, issued),
        "52" => made_with::pin_block(dialect, frame, 52, issued.1),
        _ if detail.name == "PIN block" => made_with::pin_block(dialect, frame, 62, issued.1),
        "64" | "64.1" => made_with::mac(dialect, frame, issued.1),
        _ => shown(detail, issued),
    });
}

/// What an encrypted track shows of its ciphertext hangs on the seed.
fn track(
    dialect: &Dialect,
    frame: &[u8],
    field: u8,
    detail: &Detail,
    issued: (usize, &[IssuedKeys]),
) -> String {
    made_with::track(dialect, frame, field, issued.1).unwrap_or_else(|| shown(detail, issued))
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
    // Tags of field 55 that look like numbers, such as 95, are above every field's.
    detail.label.parse::<u8>().is_ok_and(|number| number <= 64)
}

fn is_part(detail: &Detail) -> bool {
    !detail.label.is_empty() && !is_field(detail)
}

/// Data objects of a chip's field 55 that are random, or follow from what is.
const CHIP_RANDOM: [&str; 3] = ["cryptogram", "random number", "issuer authentication"];

/// A cryptogram, a MAC, a PIN block and a KCV are named, not shown: they hang on the seed. Whether a cryptogram was right is in the host's
/// judgement; a KCV is that of the key that it is named after. Everything else is as the dump shows it.
fn shown(detail: &Detail, (number, keys): (usize, &[IssuedKeys])) -> String {
    match detail.name.rsplit_once(", ") {
        Some((key, "encrypted")) => format!("{{key {key}#{number}}}"),
        Some((key, "KCV")) => format!("{{KCV of {}}}", keys_seen::name(key, &detail.value, keys)),
        _ if detail.name == "proof" => "{proof}".into(),
        _ if CHIP_RANDOM.contains(&detail.name.as_str()) => format!("{{{}}}", detail.name),
        _ => detail.value.clone(),
    }
}

fn carries_keys(dialect: &Dialect, frame: &[u8]) -> bool {
    let explanation = explain(dialect, frame, &ExplainOptions::default());
    explanation.details().any(|detail| detail.name.ends_with(", encrypted"))
}
