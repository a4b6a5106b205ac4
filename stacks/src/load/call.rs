//! `module` blocks.

use model::{Diagnostic, Diagnostics, Span};

use super::constant::{self, check_name};
use super::content::{Form, partial};
use super::provider::{provider_ref, version_constraint};
use super::resource::{repeat, repeated, reserved, unescape};
use crate::source::ModuleSource;
use crate::stack::{Call, ProviderRef};
use crate::syntax::tree::{Attribute, Block};

const CALL: Form = Form {
    arguments: &[
        ("source", true),
        ("version", false),
        ("count", false),
        ("for_each", false),
        ("depends_on", false),
        ("providers", false),
    ],
    blocks: &[("_", &[]), ("lifecycle", &[]), ("locals", &[]), ("provider", &["type"])],
};

/// A call of a module, which is not loaded yet. None without a source.
pub(super) fn call(block: Block, problems: &mut Diagnostics) -> Option<Call> {
    let json = block.json;
    let mut content = partial(block.body, json, &CALL, problems);
    let name = block.labels.into_iter().next().expect("its one label has been checked");
    check_name(&name, "module instance name", problems);
    let version = content.take("version");
    let has_version = version.is_some();
    let version = version.and_then(|it| version_constraint(&it.expr, problems));
    let source = content.take("source");
    let repeat = repeat(&mut content, problems);
    let depends_on = constant::traversals(content.take("depends_on"), json, problems);
    let providers = content.take("providers");
    let providers = providers.map(|it| passed(&it, json, problems)).unwrap_or_default();
    let mut body = std::mem::take(&mut content.rest);
    let mut first: Option<Span> = None;
    for it in std::mem::take(&mut content.blocks) {
        match (&*it.kind.name, &first) {
            ("_", Some(first)) => problems.push(repeated("_", "module", first).at(&it.span)),
            ("_", None) => {
                first = Some(it.span.clone());
                unescape(&mut body, it.body);
            }
            _ => problems.push(reserved(&it, "module")),
        }
    }
    for it in &body.blocks {
        let detail = format!("Blocks of type {:?} are not expected here.", it.kind.name);
        problems.push(Diagnostic::error("Unsupported block type", detail).at(&it.kind.span));
    }
    let source = source?;
    let text = constant::text(&source.expr, problems)?;
    check_source(&text, has_version, &source.expr.span, problems);
    Some(Call {
        name,
        source: text,
        source_span: source.expr.span,
        version,
        repeat,
        depends_on,
        providers,
        inputs: body.attributes,
        module: None,
        span: block.span,
        end: body.end,
    })
}

fn check_source(text: &str, has_version: bool, span: &Span, problems: &mut Diagnostics) {
    let parsed = match has_version {
        true => ModuleSource::parse_registry(text),
        false => ModuleSource::parse(text),
    };
    let Err(why) = parsed else { return };
    let problem = match has_version {
        true => Diagnostic::error(
            "Invalid registry module source address",
            format!(
                "Failed to parse module registry address: {why}.\n\nA module registry source \
                 address is assumed because the argument \"version\" is set, which applies only to \
                 registry modules."
            ),
        ),
        false => Diagnostic::error("Invalid module source address", why),
    };
    problems.push(problem.at(span));
}

/// `providers = { name in the module = name here }`.
fn passed(
    given: &Attribute,
    json: bool,
    problems: &mut Diagnostics,
) -> Vec<(ProviderRef, ProviderRef, Span)> {
    let mut found: Vec<(ProviderRef, ProviderRef, Span)> = Vec::new();
    for item in constant::entries(&given.expr, problems).unwrap_or_default() {
        let key = constant::key(item);
        let inside = provider_ref(&key, json, "providers", problems);
        let outside = provider_ref(&item.value, json, "providers", problems);
        let (Some(inside), Some(outside)) = (inside, outside) else { continue };
        if let Some((_, _, first)) = found.iter().find(|it| it.0 == inside) {
            let detail = format!(
                "A provider configuration was already passed to {inside} at {first}. Each child \
                 provider configuration can be assigned only once."
            );
            problems
                .push(Diagnostic::error("Duplicate provider address", detail).at(&item.value.span));
            continue;
        }
        found.push((inside, outside, key.span.to(&item.value.span)));
    }
    found
}
