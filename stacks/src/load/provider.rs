//! `provider` and `terraform` blocks, and how resources and modules name a provider.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::{Diagnostic, Diagnostics, Span};

use super::constant::{self, NAME_RULE};
use super::content::{Form, Kind, partial, whole};
use super::resource::{repeated, reserved, unescape};
use crate::stack::{ProviderBlock, ProviderRef, RequiredProvider, Terraform};
use crate::syntax::tree::{Attribute, Block, Expr, ExprKind, Step, Traversal};
use crate::version::{Constraints, Version};

/// The release of Terraform whose language this is; `required_version` is compared with it.
pub const LANGUAGE_VERSION: &str = "1.11.4";

pub(super) const PROVIDER_KINDS: &[Kind] = &[("_", &[]), ("lifecycle", &[]), ("locals", &[])];

pub(super) const TERRAFORM_KINDS: &[Kind] = &[
    ("backend", &["type"]),
    ("cloud", &[]),
    ("required_providers", &[]),
    ("provider_meta", &["provider"]),
];

const PROVIDER: Form = Form {
    arguments: &[
        ("alias", false),
        ("version", false),
        ("count", false),
        ("depends_on", false),
        ("for_each", false),
        ("source", false),
    ],
    blocks: PROVIDER_KINDS,
};

const TERRAFORM: Form = Form {
    arguments: &[("required_version", false), ("experiments", false), ("language", false)],
    blocks: TERRAFORM_KINDS,
};

/// `aws` or `aws.east`, the value of `argument`.
pub(super) fn provider_ref(
    expr: &Expr,
    json: bool,
    argument: &str,
    problems: &mut Diagnostics,
) -> Option<ProviderRef> {
    let n_before = problems.len();
    let traversal = constant::traversal(expr, json, problems);
    let mut refuse = |detail: String, span: &Span| {
        let summary = "Invalid provider configuration reference";
        problems.push(Diagnostic::error(summary, detail).at(span));
        None
    };
    let Some(traversal) = traversal else {
        if expr.kind != ExprKind::Broken {
            problems.truncate(n_before);
            let detail = format!(
                "The {argument} argument requires a provider type name, optionally followed by a \
                 period and then a configuration alias."
            );
            let summary = "Invalid provider configuration reference";
            problems.push(Diagnostic::error(summary, detail).at(&expr.span));
        }
        return None;
    };
    match compact(&traversal) {
        Some(found) => Some(found),
        None if traversal.steps.len() > 1 => refuse(
            format!(
                "The {argument} argument requires a provider type name, optionally followed by a \
                 period and then a configuration alias."
            ),
            &expr.span,
        ),
        None => refuse(
            "Provider name must either stand alone or be followed by a period and then a \
             configuration alias."
                .to_owned(),
            &expr.span,
        ),
    }
}

fn compact(traversal: &Traversal) -> Option<ProviderRef> {
    let alias = match &traversal.steps[..] {
        [] => None,
        [Step::Attr(alias)] => Some(alias.name.clone()),
        _ => return None,
    };
    Some(ProviderRef { name: traversal.root.name.clone(), alias })
}

/// A provider's local name has small letters, digits and hyphens only.
fn check_local_name(name: &str, span: &Span, problems: &mut Diagnostics) -> bool {
    let lower = name.to_lowercase();
    let is_plain = |it: char| it.is_alphanumeric() || it == '-';
    let is_name = !name.is_empty()
        && name.chars().all(is_plain)
        && !name.starts_with('-')
        && !name.ends_with('-');
    let detail = if !is_name {
        format!(
            "{name} is an invalid provider local name: must contain only letters, digits, and \
             dashes, and may not use leading or trailing dashes"
        )
    } else if lower != name {
        format!(
            "Provider names must be normalized. Replace {name:?} with {lower:?} to fix this error."
        )
    } else {
        return true;
    };
    problems.push(Diagnostic::error("Invalid provider local name", detail).at(span));
    false
}

pub(super) fn provider(block: Block, problems: &mut Diagnostics) -> Option<ProviderBlock> {
    let json = block.json;
    let mut content = partial(block.body, json, &PROVIDER, problems);
    let name = block.labels.into_iter().next().expect("its one label has been checked");
    if !check_local_name(&name.name, &name.span, problems) {
        return None;
    }
    let alias = content.take("alias").and_then(|it| {
        let alias = constant::text(&it.expr, problems)?;
        if !constant::is_name(&alias) {
            let detail = format!("An alias must be a valid name. {NAME_RULE}");
            let summary = "Invalid provider configuration alias";
            problems.push(Diagnostic::error(summary, detail).at(&it.expr.span));
        }
        Some(Arc::from(alias))
    });
    if let Some(given) = content.take("version") {
        problems.push(deprecated_version(&given.expr.span));
        version_constraint(&given.expr, problems);
    }
    for reserved in ["count", "depends_on", "for_each", "source"] {
        if let Some(given) = content.take(reserved) {
            let detail = format!(
                "The provider argument name {reserved:?} is reserved for use in a future version."
            );
            let summary = "Reserved argument name in provider block";
            problems.push(Diagnostic::error(summary, detail).at(&given.name.span));
        }
    }
    let mut body = std::mem::take(&mut content.rest);
    let mut first: Option<Span> = None;
    for it in content.blocks {
        match (&*it.kind.name, &first) {
            ("_", Some(first)) => problems.push(repeated("_", "provider", first).at(&it.span)),
            ("_", None) => {
                first = Some(it.span.clone());
                unescape(&mut body, it.body);
            }
            _ => problems.push(reserved(&it, "provider")),
        }
    }
    let name = ProviderRef { name: name.name, alias };
    Some(ProviderBlock { name, body, span: block.span, json })
}

fn deprecated_version(span: &Span) -> Diagnostic {
    Diagnostic::warning(
        "Version constraints inside provider configuration blocks are deprecated",
        "Terraform 0.13 and earlier allowed provider version constraints inside the provider \
         configuration block, but that is now deprecated and will be removed in a future version. \
         To silence this warning, move the provider version constraint into the required_providers \
         block.",
    )
    .at(span)
}

/// The text of a version constraint, if it is one.
pub(super) fn version_constraint(expr: &Expr, problems: &mut Diagnostics) -> Option<String> {
    let text = constant::text(expr, problems)?;
    if Constraints::parse(&text).is_none() {
        let detail = "This string does not use correct version constraint syntax.";
        problems.push(Diagnostic::error("Invalid version constraint", detail).at(&expr.span));
        return None;
    }
    Some(text)
}

/// Adds what a `terraform` block says to what earlier ones said.
pub(super) fn terraform(block: Block, settings: &mut Terraform, problems: &mut Diagnostics) {
    let mut content = whole(block.body, block.json, &TERRAFORM, problems);
    if let Some(given) = content.take("required_version")
        && let Some(text) = version_constraint(&given.expr, problems)
    {
        check_language_version(&text, &given.expr.span, problems);
        settings.required_version.push((text, given.expr.span));
    }
    if let Some(given) = content.take("experiments") {
        let is_empty = matches!(&given.expr.kind, ExprKind::Tuple(items) if items.is_empty());
        if !is_empty {
            let detail = "Experimental features are intended only for gathering early feedback on \
                          new language designs, and so are not available here.";
            let summary = "Module uses experimental features";
            problems.push(Diagnostic::error(summary, detail).at(&given.name.span));
        }
    }
    for it in content.blocks {
        match &*it.kind.name {
            "backend" | "cloud" => backend(it, settings, problems),
            "required_providers" => required_providers(it, settings, problems),
            // `provider_meta` is for a provider's own statistics.
            _ => (),
        }
    }
}

fn check_language_version(text: &str, span: &Span, problems: &mut Diagnostics) {
    let ours = Version::parse(LANGUAGE_VERSION).expect("the constant is a version");
    if Constraints::parse(text).is_some_and(|it| !it.allow(&ours)) {
        let detail = format!(
            "This configuration does not support the language of Terraform {LANGUAGE_VERSION}, \
             which is what groundplan reads: it asks for {text:?}."
        );
        let summary = "Unsupported Terraform Core version";
        problems.push(Diagnostic::error(summary, detail).at(span));
    }
}

fn backend(block: Block, settings: &mut Terraform, problems: &mut Diagnostics) {
    let Some(first) = &settings.backend else {
        settings.backend = Some(block);
        return;
    };
    let (summary, detail) = match (&*first.kind.name, &*block.kind.name) {
        ("backend", "backend") => (
            "Duplicate backend configuration",
            "A module may have only one backend configuration. The backend",
        ),
        ("cloud", "cloud") => (
            "Duplicate cloud configurations",
            "A module may have only one 'cloud' block configuring a cloud backend. A cloud backend",
        ),
        _ => (
            "Both a backend and a cloud configuration are present",
            "A module may declare either one 'cloud' block configuring a cloud backend OR one \
             'backend' block configuring a state backend. The other one",
        ),
    };
    let detail = format!("{detail} was previously configured at {}.", first.span);
    problems.push(Diagnostic::error(summary, detail).at(&block.span));
}

fn required_providers(block: Block, settings: &mut Terraform, problems: &mut Diagnostics) {
    if let Some(first) = &settings.required_providers_span {
        let detail = format!(
            "A module may have only one required providers configuration. The required providers \
             were previously configured at {first}."
        );
        let summary = "Duplicate required providers configuration";
        problems.push(Diagnostic::error(summary, detail).at(&block.span));
        return;
    }
    settings.required_providers_span = Some(block.span);
    for it in &block.body.blocks {
        let summary = format!("Unexpected {:?} block", it.kind.name);
        problems.push(Diagnostic::error(summary, "Blocks are not allowed here.").at(&it.kind.span));
    }
    for it in block.body.attributes {
        if block.json && &*it.name.name == "//" {
            continue;
        }
        if let Some(found) = required_provider(&it, block.json, problems) {
            settings.required_providers.insert(it.name.name, found);
        }
    }
}

fn required_provider(
    given: &Attribute,
    json: bool,
    problems: &mut Diagnostics,
) -> Option<RequiredProvider> {
    let name = &*given.name.name;
    let mut found = RequiredProvider {
        source: format!("hashicorp/{name}"),
        version: None,
        configuration_aliases: Vec::new(),
        span: given.expr.span.clone(),
    };
    if matches!(given.expr.kind, ExprKind::String(_) | ExprKind::Number(_)) {
        found.version = version_constraint(&given.expr, problems);
        return Some(found);
    }
    if !check_local_name(name, &given.expr.span, problems) {
        return None;
    }
    let ExprKind::Object(items) = &given.expr.kind else {
        let detail = "required_providers entries must be strings or objects.";
        let summary = "Invalid required_providers object";
        problems.push(Diagnostic::error(summary, detail).at(&given.expr.span));
        return None;
    };
    for item in items {
        let key = constant::key(item);
        let word = match &key.kind {
            ExprKind::Name(it) | ExprKind::String(it) => &**it,
            _ => "",
        };
        match word {
            "version" => found.version = version_constraint(&item.value, problems),
            "source" => {
                if let Some(source) = source(&item.value, problems) {
                    found.source = source;
                }
            }
            "configuration_aliases" => {
                for it in constant::list(&item.value, problems) {
                    let alias = configuration_alias(it, name, json, problems);
                    found.configuration_aliases.extend(alias);
                }
            }
            _ => {
                let detail = "required_providers objects can only contain \"version\", \"source\" \
                              and \"configuration_aliases\" attributes. To configure a provider, \
                              use a \"provider\" block.";
                let summary = "Invalid required_providers object";
                problems.push(Diagnostic::error(summary, detail).at(&key.span));
                break;
            }
        }
    }
    Some(found)
}

/// `[HOST/][NAMESPACE/]NAME`
fn source(expr: &Expr, problems: &mut Diagnostics) -> Option<String> {
    let text = constant::text(expr, problems)?;
    let parts: Vec<&str> = text.split('/').collect();
    let is_part = |it: &&str| {
        !it.is_empty()
            && it.chars().all(|it| it.is_alphanumeric() || it == '-' || it == '_')
            && !it.starts_with('-')
    };
    let (host, names) = match &parts[..] {
        [host, names @ ..] if names.len() == 2 => (Some(*host), names),
        names => (None, names),
    };
    let is_host = host.is_none_or(|it| it.contains('.') || it.contains(':') || it == "localhost");
    if names.is_empty() || names.len() > 2 || !names.iter().all(is_part) || !is_host {
        let detail = "The \"source\" attribute must be in the format \
                      \"[hostname/][namespace/]name\"";
        let summary = "Invalid provider source string";
        problems.push(Diagnostic::error(summary, detail).at(&expr.span));
        return None;
    }
    Some(if parts.len() == 1 { format!("hashicorp/{text}") } else { text })
}

fn configuration_alias(
    expr: &Expr,
    name: &str,
    json: bool,
    problems: &mut Diagnostics,
) -> Option<ProviderRef> {
    let summary = "Invalid configuration_aliases value";
    let traversal = constant::traversal(expr, json, problems)?;
    let detail = match compact(&traversal) {
        Some(found) if &*found.name == name => return Some(found),
        Some(found) => format!(
            "Configuration aliases must be prefixed with the provider name. Expected {name:?}, but \
             found {:?}.",
            found.name
        ),
        None => "Configuration aliases can only contain references to local provider \
                 configuration names in the format of provider.alias"
            .to_owned(),
    };
    problems.push(Diagnostic::error(summary, detail).at(&expr.span));
    None
}

/// Replaces the entries that an override file gives, keeps the others.
pub(super) fn override_required_providers(
    base: &mut BTreeMap<Arc<str>, RequiredProvider>,
    over: BTreeMap<Arc<str>, RequiredProvider>,
) {
    base.extend(over);
}
