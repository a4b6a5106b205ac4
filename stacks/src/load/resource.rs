//! `resource` and `data` blocks: their meta-arguments, and the rest for the type's schema.

use model::{Diagnostic, Diagnostics, Mode, Span};

use super::constant::{self, check_name};
use super::content::{Content, Form, Kind, partial, whole};
use super::named::{RULE_KINDS, rule};
use super::provider::provider_ref;
use super::provisioner::{check_destroy_references, provisioner};
use crate::references::{self, Subject};
use crate::stack::{IgnoreChanges, Lifecycle, ProviderRef, Provisioner, Repeat, Resource, Rule};
use crate::syntax::tree::{Block, Body, Expr, ExprKind};

pub(super) const RESOURCE_KINDS: &[Kind] = &[
    ("lifecycle", &[]),
    ("connection", &[]),
    ("provisioner", &["type"]),
    ("locals", &[]),
    ("_", &[]),
];

const ARGUMENTS: &[(&str, bool)] =
    &[("count", false), ("for_each", false), ("provider", false), ("depends_on", false)];

const RESOURCE: Form = Form { arguments: ARGUMENTS, blocks: RESOURCE_KINDS };

const DATA: Form =
    Form { arguments: ARGUMENTS, blocks: &[("lifecycle", &[]), ("locals", &[]), ("_", &[])] };

const LIFECYCLE: Form = Form {
    arguments: &[
        ("create_before_destroy", false),
        ("prevent_destroy", false),
        ("ignore_changes", false),
        ("replace_triggered_by", false),
    ],
    blocks: RULE_KINDS,
};

/// A `resource` or `data` block. `nested` is for a data source in a `check` block.
pub(super) fn resource(
    block: Block,
    mode: Mode,
    nested: bool,
    problems: &mut Diagnostics,
) -> Resource {
    let json = block.json;
    let form = if mode == Mode::Managed { &RESOURCE } else { &DATA };
    let mut content = partial(block.body, json, form, problems);
    let mut labels = block.labels.into_iter();
    let ty = labels.next().expect("its two labels have been checked");
    let name = labels.next().expect("its two labels have been checked");
    match mode {
        Mode::Managed => {
            check_name(&ty, "resource type name", problems);
            check_name(&name, "resource name", problems);
        }
        Mode::Data => {
            check_name(&ty, "data source name", problems);
            check_name(&name, "data resource name", problems);
        }
        Mode::Ephemeral => {
            check_name(&ty, "ephemeral resource type name", problems);
            check_name(&name, "ephemeral resource name", problems);
        }
    }
    let repeat = match nested {
        true => refuse_repeat(&mut content, problems),
        false => repeat(&mut content, problems),
    };
    let given_provider = content.take("provider");
    let provider_span = given_provider.as_ref().map(|it| it.expr.span.clone());
    let provider = given_provider.and_then(|it| provider_ref(&it.expr, json, "provider", problems));
    let provider = provider.unwrap_or_else(|| {
        let first_word = ty.name.split('_').next().unwrap_or_default();
        ProviderRef { name: first_word.into(), alias: None }
    });
    let depends_on = constant::traversals(content.take("depends_on"), json, problems);
    let mut body = std::mem::take(&mut content.rest);
    let mut meta = meta_blocks(content.blocks, "resource", &mut body, problems);
    let lifecycle = meta.lifecycle.take();
    let lifecycle = lifecycle.map(|it| self::lifecycle(it, mode, problems)).unwrap_or_default();
    check_self_references(&lifecycle, mode, &ty.name, &name.name, problems);
    if let Some(connection) = &meta.connection
        && meta.provisioners.iter().any(|it| it.on_destroy)
    {
        check_destroy_references(connection, problems);
    }
    Resource {
        mode,
        ty,
        name,
        repeat,
        depends_on,
        provider,
        provider_span,
        lifecycle,
        provisioners: meta.provisioners,
        connection: meta.connection,
        body,
        span: block.span,
        json,
    }
}

/// `count` or `for_each`.
pub(super) fn repeat(content: &mut Content, problems: &mut Diagnostics) -> Repeat {
    match (content.take("count"), content.take("for_each")) {
        (None, None) => Repeat::Once,
        (Some(count), None) => Repeat::Count(count.expr),
        (None, Some(for_each)) => Repeat::ForEach(for_each.expr),
        (Some(_), Some(for_each)) => {
            let summary = "Invalid combination of \"count\" and \"for_each\"";
            let detail = "The \"count\" and \"for_each\" meta-arguments are mutually-exclusive, \
                          only one should be used to be explicit about the number of resources to \
                          be created.";
            problems.push(Diagnostic::error(summary, detail).at(&for_each.name.span));
            Repeat::ForEach(for_each.expr)
        }
    }
}

fn refuse_repeat(content: &mut Content, problems: &mut Diagnostics) -> Repeat {
    for name in ["count", "for_each"] {
        if let Some(given) = content.take(name) {
            let detail = "The \"count\" and \"for_each\" meta-arguments are not supported within \
                          nested data blocks.";
            let summary = format!("Invalid {name:?} attribute");
            problems.push(Diagnostic::error(summary, detail).at(&given.name.span));
        }
    }
    Repeat::Once
}

/// The blocks in a block that are not the schema's.
#[derive(Default)]
pub(super) struct Meta {
    lifecycle: Option<Block>,
    pub connection: Option<Body>,
    provisioners: Vec<Provisioner>,
}

pub(super) fn meta_blocks(
    blocks: Vec<Block>,
    what: &str,
    body: &mut Body,
    problems: &mut Diagnostics,
) -> Meta {
    let mut meta = Meta::default();
    let mut seen: Vec<(String, Span)> = Vec::new();
    for it in blocks {
        let kind = it.kind.name.to_string();
        if kind == "provisioner" {
            meta.provisioners.extend(provisioner(it, problems));
            continue;
        }
        if let Some((_, first)) = seen.iter().find(|it| it.0 == kind) {
            problems.push(repeated(&kind, what, first).at(&it.span));
            continue;
        }
        seen.push((kind.clone(), it.span.clone()));
        match &*kind {
            "lifecycle" => meta.lifecycle = Some(it),
            "connection" => meta.connection = Some(it.body),
            "_" => unescape(body, it.body),
            _ => problems.push(reserved(&it, what)),
        }
    }
    meta
}

/// Puts what an `_` block holds beside the arguments that are not meta-arguments.
pub(super) fn unescape(body: &mut Body, escaped: Body) {
    body.attributes.extend(escaped.attributes);
    body.blocks.extend(escaped.blocks);
}

pub(super) fn repeated(kind: &str, what: &str, first: &Span) -> Diagnostic {
    match kind {
        "_" => Diagnostic::error(
            "Duplicate escaping block",
            format!(
                "The special block type \"_\" can be used to force particular arguments to be \
                 interpreted as {what}-specific rather than as meta-arguments, but each {what} \
                 block can have only one such block. The first escaping block was at {first}."
            ),
        ),
        _ => Diagnostic::error(
            format!("Duplicate {kind} block"),
            format!("This {what} already has a {kind} block at {first}."),
        ),
    }
}

pub(super) fn reserved(block: &Block, what: &str) -> Diagnostic {
    let name = &block.kind.name;
    let detail = format!("The block type name {name:?} is reserved for use in a future version.");
    Diagnostic::error(format!("Reserved block type name in {what} block"), detail)
        .at(&block.kind.span)
}

fn lifecycle(block: Block, mode: Mode, problems: &mut Diagnostics) -> Lifecycle {
    let mut content = whole(block.body, block.json, &LIFECYCLE, problems);
    let mut lifecycle = Lifecycle::default();
    for it in std::mem::take(&mut content.blocks) {
        let is_pre = &*it.kind.name == "precondition";
        let rules =
            if is_pre { &mut lifecycle.preconditions } else { &mut lifecycle.postconditions };
        rules.extend(rule(it, problems));
    }
    if mode != Mode::Managed {
        let what = if mode == Mode::Data { "data" } else { "ephemeral" };
        for (name, _) in LIFECYCLE.arguments {
            if let Some(given) = content.take(name) {
                let detail = format!(
                    "The lifecycle argument {name:?} is defined only for managed resources \
                     (\"resource\" blocks), and is not valid for {what} resources."
                );
                let summary = format!("Invalid {what} resource lifecycle argument");
                problems.push(Diagnostic::error(summary, detail).at(&given.name.span));
            }
        }
        return lifecycle;
    }
    if let Some(given) = content.take("create_before_destroy") {
        lifecycle.create_before_destroy = Some(constant::flag(Some(given), false, problems));
    }
    lifecycle.prevent_destroy = content.take("prevent_destroy").map(|it| it.expr);
    if let Some(given) = content.take("ignore_changes") {
        lifecycle.ignore_changes = ignore_changes(&given.expr, block.json, problems);
    }
    if let Some(given) = content.take("replace_triggered_by") {
        for it in constant::list(&given.expr, problems) {
            lifecycle.replace_triggered_by.extend(trigger(it, block.json, problems));
        }
    }
    lifecycle
}

fn ignore_changes(expr: &Expr, json: bool, problems: &mut Diagnostics) -> IgnoreChanges {
    match &expr.kind {
        ExprKind::Name(name) if &**name == "all" => return IgnoreChanges::All,
        ExprKind::String(text) if json && &**text == "all" => return IgnoreChanges::All,
        _ => (),
    }
    let mut paths = Vec::new();
    for it in constant::list(expr, problems) {
        if matches!(&it.kind, ExprKind::String(text) if &**text == "*") {
            let detail = "The [\"*\"] form of ignore_changes wildcard was deprecated and is now \
                          invalid. Use \"ignore_changes = all\" to ignore changes to all \
                          attributes.";
            let summary = "Invalid ignore_changes wildcard";
            problems.push(Diagnostic::error(summary, detail).at(&expr.span));
            continue;
        }
        paths.extend(constant::traversal(it, json, problems));
    }
    IgnoreChanges::Some(paths)
}

/// An entry of `replace_triggered_by`: one resource or an attribute of one.
fn trigger(expr: &Expr, json: bool, problems: &mut Diagnostics) -> Option<Expr> {
    let expr = constant::expression(expr, json, problems)?;
    let summary = "Invalid replace_triggered_by expression";
    let mut refuse = |detail: &str| {
        problems.push(Diagnostic::error(summary, detail).at(&expr.span));
        None
    };
    let (found, wrong) = references::check(&expr);
    if let Some(it) = wrong.into_iter().next() {
        problems.push(it);
        return None;
    }
    let is_key = |it: &Subject| matches!(it, Subject::Each(_) | Subject::Count(_));
    let mut resources = found.iter().filter(|it| !is_key(&it.subject));
    match (resources.next().map(|it| &it.subject), resources.next()) {
        (None, _) => refuse("Missing resource reference in replace_triggered_by expression."),
        (Some(Subject::Resource { mode: Mode::Managed, .. }), None) => Some(expr),
        (Some(Subject::Resource { mode: Mode::Managed, .. }), Some(_)) => {
            refuse("Multiple resource references in replace_triggered_by expression.")
        }
        (Some(_), _) => refuse(
            "Only resources can be used in the replace_triggered_by argument, not variables, \
             locals, data sources or modules.",
        ),
    }
}

/// A condition about a resource may name it only as `self`.
fn check_self_references(
    lifecycle: &Lifecycle,
    mode: Mode,
    ty: &str,
    name: &str,
    problems: &mut Diagnostics,
) {
    let pre = lifecycle.preconditions.iter().map(|it| ("precondition", it));
    let post = lifecycle.postconditions.iter().map(|it| ("postcondition", it));
    let is_own = |it: &Subject| match it {
        Subject::Resource { mode: m, ty: t, name: n, .. } => {
            *m == mode && &**t == ty && &**n == name
        }
        _ => false,
    };
    for (what, Rule { condition, error_message, .. }) in pre.chain(post) {
        for expr in [condition, error_message] {
            if references::references(expr).iter().any(|it| is_own(&it.subject)) {
                let data = mode.prefix();
                let summary = format!("Invalid reference in {what}");
                let detail =
                    format!("Configuration for {data}{ty}.{name} may not refer to itself.");
                problems.push(Diagnostic::error(summary, detail).at(&expr.span));
            }
        }
    }
}
