//! `timeouts` blocks.

use std::collections::BTreeMap;
use std::time::Duration;

use model::{Diagnostic, Diagnostics, Schema, Type};

use crate::convert::convert;
use crate::eval::{Scope, evaluate};
use crate::suggest;
use crate::syntax::json::as_blocks;
use crate::syntax::tree::{Attribute, Block, Body};

/// The operations that a `timeouts` block names, against those that the type has timeouts for.
pub(super) fn check(block: &Block, schema: &Schema, problems: &mut Diagnostics) {
    for it in &block.body.attributes {
        let name = &*it.name.name;
        if !schema.timeouts.contains(&name) {
            let detail = format!("An argument named {name:?} is not expected here.");
            let mut problem = Diagnostic::error("Unsupported argument", detail).at(&it.name.span);
            problem.hint = suggest::hint(name, schema.timeouts.iter().copied());
            problems.push(problem);
        }
    }
    for it in &block.body.blocks {
        let detail = format!("Blocks of type {:?} are not expected here.", it.kind.name);
        problems.push(Diagnostic::error("Unsupported block type", detail).at(&it.kind.span));
    }
}

/// A `timeouts` block's values by operation, as durations of Go (`30m`, `1h10m`). An operation that
/// the type has no timeout for is left out: [`super::decode`] reports it.
///
/// # Errors
///
/// A value that is no duration.
pub fn timeouts(
    body: &Body,
    schema: &Schema,
    scope: &dyn Scope,
) -> Result<BTreeMap<String, Duration>, Diagnostics> {
    let mut problems = Diagnostics::new();
    let mut found = BTreeMap::new();
    let in_json = body.attribute("timeouts").filter(|_| schema.attribute("timeouts").is_none());
    // A problem with the form of the block has been reported with the rest of the body.
    let in_json = in_json.and_then(|it| as_blocks(it, 0).ok()).unwrap_or_default();
    for block in body.blocks_of("timeouts").chain(&in_json) {
        for it in &block.body.attributes {
            if !schema.timeouts.contains(&&*it.name.name) {
                continue;
            }
            match duration(it, scope) {
                Ok(None) => (),
                Ok(Some(duration)) => {
                    found.insert(it.name.name.to_string(), duration);
                }
                Err(more) => problems.extend(more),
            }
        }
    }
    if problems.is_empty() { Ok(found) } else { Err(problems) }
}

/// None for null and for what is not known yet.
fn duration(it: &Attribute, scope: &dyn Scope) -> Result<Option<Duration>, Diagnostics> {
    let value = evaluate(&it.expr, scope)?;
    let wrong =
        |summary: &str, detail: String| vec![Diagnostic::error(summary, detail).at(&it.expr.span)];
    let value = convert(&value, &Type::String).map_err(|why| {
        let detail = format!("Inappropriate value for attribute {:?}: {why}.", it.name.name);
        wrong("Incorrect attribute value type", detail)
    })?;
    let Some(text) = value.as_str() else { return Ok(None) };
    match parse(text) {
        Some(duration) => Ok(Some(duration)),
        None => {
            let detail = format!("The value of {:?} is no duration: {text:?}.", it.name.name);
            let mut problems = wrong("Invalid timeout", detail);
            problems[0].hint =
                Some("write numbers with units, such as \"30m\" or \"1h10m\"".into());
            Err(problems)
        }
    }
}

/// A duration as Go writes it: numbers with units, one after the other.
fn parse(text: &str) -> Option<Duration> {
    let mut rest = text.strip_prefix('+').unwrap_or(text);
    if rest == "0" {
        return Some(Duration::ZERO);
    }
    let mut seconds = 0.0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..end].parse().ok()?;
        rest = &rest[end..];
        let end = rest.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(rest.len());
        let unit = match &rest[..end] {
            "ns" => 1e-9,
            "us" | "µs" | "μs" => 1e-6,
            "ms" => 1e-3,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            _ => return None,
        };
        seconds += number * unit;
        rest = &rest[end..];
    }
    Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_written_as_go_writes_them() {
        for (text, seconds) in [
            ("30m", Some(1800.0)),
            ("1h10m", Some(4200.0)),
            ("1.5h", Some(5400.0)),
            ("90s", Some(90.0)),
            ("100ms", Some(0.1)),
            ("0", Some(0.0)),
            ("", None),
            ("30", None),
            ("m", None),
            ("-5m", None),
            ("5 m", None),
            ("5d", None),
            ("1..5s", None),
        ] {
            assert_eq!(parse(text).map(|it| it.as_secs_f64()), seconds, "{text}");
        }
    }
}
