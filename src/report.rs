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
    if let Some(span) = &it.span {
        let at =
            |it: &model::Position| json!({"line": it.line, "column": it.column, "byte": it.byte});
        json["range"] =
            json!({"filename": &*span.file, "start": at(&span.start), "end": at(&span.end)});
        let line = sources.get(&span.file).and_then(|source| {
            source.lines().nth(usize::try_from(span.start.line).ok()?.checked_sub(1)?)
        });
        if let Some(line) = line {
            let start = span.start.column.saturating_sub(1);
            let values = it.values.iter().map(
                |(name, value)| json!({"traversal": name, "statement": format!("is {value}")}),
            );
            json["snippet"] = json!({
                "context": null,
                "code": line,
                "start_line": span.start.line,
                "highlight_start_offset": start,
                "highlight_end_offset": match span.end.line == span.start.line {
                    true => span.end.column.saturating_sub(1),
                    false => u32::try_from(line.len()).unwrap_or(start),
                },
                "values": values.collect::<Vec<_>>(),
            });
        }
    }
    json
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
}
