//! Blocks about what the state holds: `moved`, `import`, `removed`; and `check` blocks.

use std::sync::Arc;

use model::{Diagnostic, Diagnostics, Key, Mode, Span};

use super::constant::{self, check_name};
use super::content::{Form, whole};
use super::named::rule;
use super::provider::provider_ref;
use super::provisioner::provisioner;
use super::resource::resource;
use crate::stack::{Check, Import, MoveEnd, Moved, Removed};
use crate::syntax::tree::{Block, Expr, ExprKind, Step, Traversal};

const MOVED: Form = Form { arguments: &[("from", true), ("to", true)], blocks: &[] };

const IMPORT: Form = Form {
    arguments: &[
        ("to", true),
        ("id", true),
        ("for_each", false),
        ("provider", false),
        ("if_exists", false),
    ],
    blocks: &[],
};

const REMOVED: Form = Form {
    arguments: &[("from", true)],
    blocks: &[("lifecycle", &[]), ("provisioner", &["type"]), ("connection", &[])],
};

const REMOVED_LIFECYCLE: Form = Form { arguments: &[("destroy", false)], blocks: &[] };

const CHECK: Form =
    Form { arguments: &[], blocks: &[("data", &["type", "name"]), ("assert", &[])] };

pub(super) fn moved(block: Block, problems: &mut Diagnostics) -> Option<Moved> {
    let mut content = whole(block.body, block.json, &MOVED, problems);
    let from = content.take("from").map(|it| move_end(&it.expr, block.json, problems));
    let to = content.take("to").map(|it| move_end(&it.expr, block.json, problems));
    let ((mode, from), (_, to)) = (from??, to??);
    if mode == Mode::Data {
        // A data source is read anew in each run, under whatever name it has.
        return None;
    }
    let is_module = |it: &MoveEnd| matches!(it, MoveEnd::Module(_));
    if is_module(&from) != is_module(&to) {
        let detail = "The \"from\" and \"to\" addresses must either both refer to resources or \
                      both refer to modules.";
        problems.push(Diagnostic::error("Invalid \"moved\" addresses", detail).at(&block.span));
        return None;
    }
    Some(Moved { from, to, span: block.span })
}

/// An address relative to the module it stands in, as `from` and `to` take it.
fn move_end(expr: &Expr, json: bool, problems: &mut Diagnostics) -> Option<(Mode, MoveEnd)> {
    if let Some((base, key)) = variable_key(expr)
        && base.as_traversal().is_some()
    {
        let detail = "Resource instance key must be given in square brackets as a number or a \
                      quoted text.";
        problems.push(Diagnostic::error("Invalid address", detail).at(&key.span));
        return None;
    }
    let traversal = constant::traversal(expr, json, problems)?;
    match address(&traversal) {
        Ok(found) => Some(found),
        Err(problem) => {
            problems.push(*problem);
            None
        }
    }
}

fn variable_key(expr: &Expr) -> Option<(&Expr, &Expr)> {
    match &expr.kind {
        ExprKind::Index(of, key)
            if !matches!(key.kind, ExprKind::String(_) | ExprKind::Number(_)) =>
        {
            Some((of, key))
        }
        _ => None,
    }
}

fn address(traversal: &Traversal) -> Result<(Mode, MoveEnd), Box<Diagnostic>> {
    let refuse = |summary: &str, detail: &str| {
        Err(Box::new(Diagnostic::error(summary, detail).at(&traversal.span)))
    };
    let mut names: Vec<(Arc<str>, Option<Key>)> = vec![(traversal.root.name.clone(), None)];
    for step in &traversal.steps {
        match step {
            Step::Attr(name) => names.push((name.name.clone(), None)),
            Step::Index(key, span) => match names.last_mut() {
                Some((_, last @ None)) => *last = Some(key.clone()),
                _ => {
                    let detail = "An instance key may follow a name only once.";
                    return Err(Box::new(Diagnostic::error("Invalid address", detail).at(span)));
                }
            },
        }
    }
    let mut names = names.into_iter().peekable();
    let mut module = Vec::new();
    while names.next_if(|it| &*it.0 == "module" && it.1.is_none()).is_some() {
        match names.next() {
            Some(step) => module.push(step),
            None => {
                let detail = "Prefix \"module.\" must be followed by a module name.";
                return refuse("Invalid address operator", detail);
            }
        }
    }
    let mut mode = Mode::Managed;
    let Some(mut ty) = names.next() else { return Ok((mode, MoveEnd::Module(module))) };
    if &*ty.0 == "data" && ty.1.is_none() {
        mode = Mode::Data;
        match names.next() {
            Some(it) => ty = it,
            None => {
                let detail = "Resource specification must include a resource type and name.";
                return refuse("Invalid address", detail);
            }
        }
    }
    match (ty, names.next(), names.next()) {
        ((ty, None), Some((name, key)), None) => {
            Ok((mode, MoveEnd::Resource { module, ty, name, key }))
        }
        (_, _, Some(_)) => {
            refuse("Invalid address", "Resource instance key must be given in square brackets.")
        }
        _ => refuse(
            "Invalid address",
            "Resource specification must include a resource type and name.",
        ),
    }
}

pub(super) fn import(block: Block, problems: &mut Diagnostics) -> Option<Import> {
    let mut content = whole(block.body, block.json, &IMPORT, problems);
    let provider = content.take("provider");
    let provider = provider.and_then(|it| provider_ref(&it.expr, block.json, "provider", problems));
    let (to, id) = (content.take("to"), content.take("id"));
    let to = constant::expression(&to?.expr, block.json, problems)?;
    Some(Import {
        target: import_target(&to, problems)?,
        to,
        id: id?.expr,
        for_each: content.take("for_each").map(|it| it.expr),
        provider,
        if_exists: constant::flag(content.take("if_exists"), false, problems),
        span: block.span,
    })
}

fn import_target(to: &Expr, problems: &mut Diagnostics) -> Option<MoveEnd> {
    let target = match variable_key(to) {
        Some((of, _)) => of.as_traversal(),
        None => to.as_traversal(),
    };
    let problem = match target.as_ref().map(address) {
        _ if to.kind == ExprKind::Broken => return None,
        Some(Ok((Mode::Managed, target @ MoveEnd::Resource { .. }))) => return Some(target),
        Some(Ok(_)) => {
            let detail = "Only managed resources can be imported.";
            Diagnostic::error("Invalid import address", detail).at(&to.span)
        }
        Some(Err(problem)) => *problem,
        None => {
            let detail = "An import target is the address of a resource. Only the key of an \
                          instance may be an expression.";
            Diagnostic::error("Invalid import address", detail).at(&to.span)
        }
    };
    problems.push(problem);
    None
}

pub(super) fn removed(block: Block, problems: &mut Diagnostics) -> Option<Removed> {
    let mut content = whole(block.body, block.json, &REMOVED, problems);
    let from = content.take("from")?;
    let (mode, target) = move_end(&from.expr, block.json, problems)?;
    check_removed(mode, &target, &from.expr.span, problems);
    let mut removed =
        Removed { from: target, destroy: true, provisioners: Vec::new(), span: block.span };
    let mut lifecycle: Option<Span> = None;
    for it in content.blocks {
        match (&*it.kind.name, &lifecycle) {
            ("lifecycle", Some(first)) => {
                let detail =
                    format!("This removed block already has a lifecycle block at {first}.");
                problems.push(Diagnostic::error("Duplicate lifecycle block", detail).at(&it.span));
            }
            ("lifecycle", None) => {
                lifecycle = Some(it.span.clone());
                let mut inner = whole(it.body, it.json, &REMOVED_LIFECYCLE, problems);
                removed.destroy = constant::flag(inner.take("destroy"), true, problems);
            }
            ("provisioner", _) => removed.provisioners.extend(destroy_provisioner(it, problems)),
            _ => {
                let detail = "A connection belongs to the provisioner that uses it.";
                problems.push(Diagnostic::error("Invalid connection block", detail).at(&it.span));
            }
        }
    }
    Some(removed)
}

fn check_removed(mode: Mode, from: &MoveEnd, span: &Span, problems: &mut Diagnostics) {
    let (summary, detail) = match from {
        MoveEnd::Module(steps) if steps.iter().any(|it| it.1.is_some()) => (
            "Module instance keys not allowed",
            "Module address must be a module (e.g. \"module.foo\"), not a module instance (e.g. \
             \"module.foo[1]\").",
        ),
        MoveEnd::Resource { .. } if mode == Mode::Data => (
            "Data source address not allowed",
            "Data sources are never destroyed, so they are not valid targets of removed blocks. To \
             remove the data source from state, remove the data source block from configuration.",
        ),
        MoveEnd::Resource { module, key, .. }
            if key.is_some() || module.iter().any(|it| it.1.is_some()) =>
        {
            (
                "Resource instance keys not allowed",
                "Resource address must be a resource (e.g. \"test_instance.foo\"), not a resource \
                 instance (e.g. \"test_instance.foo[1]\").",
            )
        }
        MoveEnd::Module(_) | MoveEnd::Resource { .. } => return,
    };
    problems.push(Diagnostic::error(summary, detail).at(span));
}

fn destroy_provisioner(
    block: Block,
    problems: &mut Diagnostics,
) -> Option<crate::stack::Provisioner> {
    let found = provisioner(block, problems)?;
    if !found.on_destroy {
        let detail = "Only destroy-time provisioners are valid in \"removed\" blocks. To declare a \
                      destroy-time provisioner, use:\n    when = destroy";
        problems.push(Diagnostic::error("Invalid provisioner block", detail).at(&found.span));
        return None;
    }
    Some(found)
}

pub(super) fn check(block: Block, problems: &mut Diagnostics) -> Check {
    let content = whole(block.body, block.json, &CHECK, problems);
    let name = block.labels.into_iter().next().expect("its one label has been checked");
    check_name(&name, "check block name", problems);
    let mut check = Check { name, data: None, asserts: Vec::new(), span: block.span };
    let mut n_asserts = 0;
    for it in content.blocks {
        match (&*it.kind.name, &check.data) {
            ("data", Some(first)) => {
                let detail = format!(
                    "This check block already has a data resource defined at {}.",
                    first.span
                );
                problems
                    .push(Diagnostic::error("Multiple data resource blocks", detail).at(&it.span));
            }
            ("data", None) => check.data = Some(resource(it, Mode::Data, true, problems)),
            _ => {
                n_asserts += 1;
                check.asserts.extend(rule(it, problems));
            }
        }
    }
    if n_asserts == 0 {
        let detail = "Check blocks must have at least one assert block.";
        problems.push(Diagnostic::error("Zero assert blocks", detail).at(&check.span));
    }
    check
}
