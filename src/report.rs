//! Problems as people read them: what, where, the line itself, why, and what to do next.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use model::{Diagnostic, Severity, Span};
use serde_json::{Value as Json, json};

use crate::style::Style;

/// The text of each file that a span may name.
pub type Sources = BTreeMap<Arc<str>, Arc<str>>;

/// A problem, in lines.
pub fn text(it: &Diagnostic, sources: &Sources, style: Style) -> String {
    let head = match it.severity {
        Severity::Error => style.red(&style.bold("Error:")),
        Severity::Warning => style.yellow(&style.bold("Warning:")),
    };
    let mut text = format!("{head} {}\n", style.bold(&it.summary));
    if let Some(span) = &it.span {
        place(&mut text, span, sources, style);
    }
    if let Some(address) = &it.address {
        let address = format!("  with {address}");
        writeln!(text, "{}", style.dim(&address)).expect("writing to a String");
    }
    for (name, value) in &it.values {
        let line = format!("  {name} is {value}");
        writeln!(text, "{}", style.dim(&line)).expect("writing to a String");
    }
    for line in it.detail.lines() {
        writeln!(text, "  {line}").expect("writing to a String");
    }
    if let Some(hint) = &it.hint {
        writeln!(text, "  {} {hint}", style.cyan("hint:")).expect("writing to a String");
    }
    text
}

/// The place and its line, with what is meant underlined.
fn place(text: &mut String, span: &Span, sources: &Sources, style: Style) {
    writeln!(text, "  {} {span}", style.dim("-->")).expect("writing to a String");
    let Some(source) = sources.get(&span.file) else { return };
    let number = usize::try_from(span.start.line).unwrap_or(usize::MAX);
    let Some(line) = number.checked_sub(1).and_then(|n| source.lines().nth(n)) else { return };
    let before = span.start.column.saturating_sub(1);
    let one_line = span.end.line == span.start.line;
    let width = match one_line {
        true => span.end.column.saturating_sub(span.start.column).max(1),
        false => u32::try_from(line.trim_end().chars().count()).unwrap_or(1).saturating_sub(before),
    };
    let indent: String =
        line.chars().take(before as usize).map(|it| if it == '\t' { '\t' } else { ' ' }).collect();
    let marks = "^".repeat(width.max(1) as usize);
    let margin = number.to_string();
    let blank = " ".repeat(margin.len());
    writeln!(text, "  {}", style.dim(&format!("{blank} |"))).expect("writing to a String");
    writeln!(text, "  {} {}", style.dim(&format!("{margin} |")), line.trim_end())
        .expect("writing to a String");
    writeln!(text, "  {} {indent}{}", style.dim(&format!("{blank} |")), style.red(&marks))
        .expect("writing to a String");
}

/// A problem as Terraform's `-json` output writes it.
pub fn json(it: &Diagnostic, sources: &Sources) -> Json {
    let severity = match it.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let mut json = json!({"severity": severity, "summary": it.summary, "detail": it.detail});
    if let Some(address) = &it.address {
        json["address"] = json!(address);
    }
    if let Some(hint) = &it.hint {
        json["hint"] = json!(hint);
    }
    if let Some(failing) = it.failing {
        json["failing"] = json!(failing.name());
    }
    if let Some(span) = &it.span {
        let at =
            |it: &model::Position| json!({"line": it.line, "column": it.column, "byte": it.byte});
        json["range"] =
            json!({"filename": &*span.file, "start": at(&span.start), "end": at(&span.end)});
        if let Some(source) = sources.get(&span.file) {
            json["snippet"] = snippet(it, span, source);
        }
    }
    json
}

/// The lines that a problem is about. Offsets are in bytes of `code`.
fn snippet(it: &Diagnostic, span: &Span, source: &str) -> Json {
    let byte = |it: &model::Position| usize::try_from(it.byte).unwrap_or(0).min(source.len());
    let (start, end) = (byte(&span.start), byte(&span.end).max(byte(&span.start)));
    let from = source.get(..start).and_then(|it| it.rfind('\n')).map_or(0, |it| it + 1);
    let to = source.get(end..).and_then(|it| it.find('\n')).map_or(source.len(), |it| it + end);
    let values = it.values.iter();
    let values =
        values.map(|(name, value)| json!({"traversal": name, "statement": format!("is {value}")}));
    json!({
        "context": context(span, source, start),
        "code": source.get(from..to).unwrap_or_default(),
        "start_line": span.start.line,
        "highlight_start_offset": start - from,
        "highlight_end_offset": end - from,
        "values": values.collect::<Vec<_>>(),
    })
}

/// The header of the block that stands around a place.
fn context(span: &Span, source: &str, place: usize) -> Option<String> {
    if span.file.ends_with(".json") || span.file.starts_with('<') {
        return None;
    }
    let (body, _) = stacks::syntax::parse::body(&span.file, source);
    let byte = |it: &model::Position| usize::try_from(it.byte).unwrap_or(usize::MAX);
    let around = body
        .blocks
        .iter()
        .find(|it| byte(&it.span.start) <= place && place <= byte(&it.body.end.end))?;
    let labels = around.labels.iter().map(|it| format!(" {:?}", it.name));
    Some(format!("{}{}", around.kind.name, labels.collect::<String>()))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use model::Position;

    use super::*;

    #[test]
    fn a_problem_shows_its_line_and_what_to_do() {
        let file: Arc<str> = "main.tf".into();
        let at = |line, column, byte| Position { line, column, byte };
        let span = Span { file: file.clone(), start: at(2, 3, 20), end: at(2, 7, 24) };
        let it = Diagnostic::error("Unsupported argument", "An argument \"nmae\" is not expected.")
            .at(&span)
            .on("aws_vpc.main")
            .hint("did you mean \"name\"?");
        let sources = Sources::from([(file, "resource {\n  nmae = 1\n}\n".into())]);
        expect![[r#"
            Error: Unsupported argument
              --> main.tf:2:3
                |
              2 |   nmae = 1
                |   ^^^^
              with aws_vpc.main
              An argument "nmae" is not expected.
              hint: did you mean "name"?
        "#]]
        .assert_eq(&text(&it, &sources, Style::PLAIN));
    }

    #[test]
    fn a_program_is_told_the_place_in_terraforms_words() {
        let file: Arc<str> = "main.tf".into();
        let at = |line, column, byte| Position { line, column, byte };
        let span = Span { file: file.clone(), start: at(2, 8, 26), end: at(2, 9, 27) };
        let it = Diagnostic::error("Wrong", "It is wrong.").at(&span);
        let sources = Sources::from([(file, "resource \"a\" \"b\" {\n  \u{e4} = 1\n}\n".into())]);
        let snippet = &json(&it, &sources)["snippet"];
        assert_eq!(snippet["context"], "resource \"a\" \"b\"");
        assert_eq!(snippet["code"], "  \u{e4} = 1");
        let offsets = (&snippet["highlight_start_offset"], &snippet["highlight_end_offset"]);
        assert_eq!(offsets, (&serde_json::json!(7), &serde_json::json!(8)));
    }
}
