//! A patch that lets the configuration say what others have made of its objects, for whoever wants to
//! keep that: an apply would undo it.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use engine::{BlockAddr, Drift};
use model::{Given, InstanceAddr, Object, Registry, Schema};
use similar::TextDiff;
use stacks::stack::{Repeat, Resource, Stack};
use stacks::syntax::tree::{Expr, ExprKind};

use crate::generate;
use crate::host::BUILTIN;
use crate::report::Sources;

/// A patch as `git apply` takes it, and in words what it cannot say.
#[derive(Debug, Default)]
pub struct Patch {
    pub text: String,
    pub left: Vec<String>,
}

/// Bytes of a file that become something else.
struct Edit {
    at: Range<usize>,
    text: String,
}

/// What has to change in the configuration for these objects to be as it says.
pub fn patch(stack: &Stack, sources: &Sources, drift: &[Drift]) -> Patch {
    let mut edits: BTreeMap<Arc<str>, Vec<Edit>> = BTreeMap::new();
    let mut left = Vec::new();
    for it in drift.iter().filter(|it| it.deposed.is_none()) {
        let Some(object) = &it.after else {
            left.push(format!("{} is gone", it.address));
            continue;
        };
        let (resource, schema) = match described(stack, &it.address) {
            Ok(found) => found,
            Err(why) => {
                left.push(format!("{}: {why}", it.address));
                continue;
            }
        };
        let Some(source) = sources.get(&resource.body.end.file) else { continue };
        for name in &it.changed {
            match edit(resource, schema, object, name, source) {
                Ok(Some(edit)) => {
                    edits.entry(resource.body.end.file.clone()).or_default().push(edit);
                }
                Ok(None) => (),
                Err(why) => left.push(format!("{}.{name} {why}", it.address)),
            }
        }
    }
    let text = edits.into_iter().map(|(file, edits)| difference(&file, &sources[&file], edits));
    Patch { text: text.collect(), left }
}

/// The block of an object that has one to itself.
fn described<'a>(
    stack: &'a Stack,
    address: &InstanceAddr,
) -> Result<(&'a Resource, &'static Schema), &'static str> {
    let at = &address.resource;
    if !BlockAddr::of(at).module.is_empty() {
        return Err("it is in a module, which others may call too");
    }
    let key = (at.mode, at.ty.clone(), at.name.clone());
    let resource = stack.root.resources.get(&key).ok_or("no block describes it")?;
    if !matches!(resource.repeat, Repeat::Once) {
        return Err("its block describes several objects");
    }
    if resource.json {
        return Err("its block is written as JSON");
    }
    let schema = BUILTIN.resource_schema(&at.ty).ok_or("its type is not known")?;
    Ok((resource, schema))
}

/// How an attribute comes to be as it is in the object. None if the configuration does not mind.
fn edit(
    resource: &Resource,
    schema: &Schema,
    object: &Object,
    name: &str,
    source: &str,
) -> Result<Option<Edit>, &'static str> {
    let Some(attribute) = schema.attribute(name) else { return Ok(None) };
    let written = resource.body.attributes.iter().find(|it| &*it.name.name == name);
    if attribute.given == Given::Output || name == "tags_all" {
        return Ok(None);
    }
    if attribute.is_block() {
        return Err("is made of blocks");
    }
    if attribute.sensitive {
        return Err("is a secret");
    }
    let value = engine::arguments(schema, object);
    let value = value.and_then(|it| generate::text(it.get(name)?)).ok_or("cannot be written")?;
    match written {
        Some(it) if !is_plain(&it.expr) => {
            Err("is not written as a value, but follows from others")
        }
        Some(it) => {
            let at = bytes(it.expr.span.start.byte, it.expr.span.end.byte);
            let text = indented(&value, indent(source, at.start));
            Ok(Some(Edit { at, text }))
        }
        None if attribute.given == Given::Auto => Ok(None),
        None => {
            let end = resource.body.end.start.byte as usize;
            let start = source[..end].rfind('\n').map_or(0, |it| it + 1);
            let margin = format!("{}  ", indent(source, end));
            let line = format!("{margin}{name} = {}\n", indented(&value, &margin));
            match source[start..end].trim().is_empty() {
                true => Ok(Some(Edit { at: start..start, text: line })),
                false => Err("cannot be added to a block on one line"),
            }
        }
    }
}

fn bytes(start: u32, end: u32) -> Range<usize> {
    start as usize..end as usize
}

/// The white space that the line of this byte begins with.
fn indent(source: &str, at: usize) -> &str {
    let line = &source[source[..at].rfind('\n').map_or(0, |it| it + 1)..];
    &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
}

fn indented(value: &str, indent: &str) -> String {
    value.trim_end().replace('\n', &format!("\n{indent}"))
}

/// Whether an expression is a value, and names nothing.
fn is_plain(expr: &Expr) -> bool {
    let mut plain = true;
    expr.walk(&mut |it| {
        plain &= matches!(
            it.kind,
            ExprKind::Null
                | ExprKind::Bool(_)
                | ExprKind::Number(_)
                | ExprKind::String(_)
                | ExprKind::Tuple(_)
                | ExprKind::Object(_)
                | ExprKind::Unary(..)
        );
    });
    plain
}

/// A file before and after, as a patch.
fn difference(file: &str, before: &str, mut edits: Vec<Edit>) -> String {
    edits.sort_by_key(|it| it.at.start);
    let mut after = before.to_owned();
    for it in edits.into_iter().rev() {
        after.replace_range(it.at, &it.text);
    }
    let diff = TextDiff::from_lines(before, &after);
    let (old, new) = (format!("a/{file}"), format!("b/{file}"));
    diff.unified_diff().context_radius(3).header(&old, &new).to_string()
}
