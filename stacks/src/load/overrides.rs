//! Override files: their blocks are laid over the blocks of the same name before anything is read
//! from them.

use std::sync::Arc;

use model::{Diagnostic, Diagnostics};

use super::content::{Kind, lift};
use super::named::{PRECONDITION, RULE_KINDS, VALIDATION};
use super::provider::PROVIDER_KINDS;
use super::resource::RESOURCE_KINDS;
use crate::syntax::tree::{Attribute, Block, Body, ExprKind};

/// Lays the blocks of override files over `base`. `terraform` blocks are not dealt with here.
pub(super) fn lay_over(base: &mut Vec<Block>, over: Vec<Block>, problems: &mut Diagnostics) {
    for mut it in over {
        match &*it.kind.name {
            "locals" => locals(base, it, problems),
            "moved" | "import" | "removed" | "check" => problems.push(not_here(&it)),
            _ => {
                let n_before = problems.len();
                prepare(&mut it, problems);
                refuse_fixed(&it, problems);
                if problems.len() == n_before {
                    block(base, it, problems);
                }
            }
        }
    }
}

/// Blocks in the JSON form become blocks, so that both forms can be laid over one another.
fn prepare(block: &mut Block, problems: &mut Diagnostics) {
    lift(&mut block.body, block.json, kinds(&block.kind.name), problems);
    for it in &mut block.body.blocks {
        if &*it.kind.name == "lifecycle" {
            lift(&mut it.body, it.json, RULE_KINDS, problems);
        }
    }
}

fn kinds(kind: &str) -> &'static [Kind] {
    match kind {
        "resource" | "data" => RESOURCE_KINDS,
        "variable" => VALIDATION,
        "output" => PRECONDITION,
        "provider" => PROVIDER_KINDS,
        _ => &[],
    }
}

fn not_here(block: &Block) -> Diagnostic {
    let kind = &block.kind.name;
    let (summary, detail) = match &**kind {
        "check" => (
            "Can't override check blocks".to_owned(),
            "Override files cannot override check blocks.".to_owned(),
        ),
        "moved" => (
            "Cannot override 'moved' blocks".to_owned(),
            "Records of moved objects can appear only in normal files, not in override files."
                .to_owned(),
        ),
        _ => (
            format!("Cannot override '{kind}' blocks"),
            "These blocks can appear only in normal files, not in override files.".to_owned(),
        ),
    };
    Diagnostic::error(summary, detail).at(&block.span)
}

/// Rules and `depends_on` stay as the primary files have them.
fn refuse_fixed(block: &Block, problems: &mut Diagnostics) {
    let inner = block.body.blocks_of("lifecycle").flat_map(|it| &it.body.blocks);
    for it in block.body.blocks.iter().chain(inner) {
        let kind = &*it.kind.name;
        if matches!(kind, "validation" | "precondition" | "postcondition") {
            let detail = format!("Override files cannot override {kind:?} blocks.");
            let summary = format!("Can't override {kind} blocks");
            problems.push(Diagnostic::error(summary, detail).at(&it.span));
        }
    }
    if matches!(&*block.kind.name, "provider" | "variable") {
        return;
    }
    if let Some(given) = block.body.attribute("depends_on")
        && !matches!(&given.expr.kind, ExprKind::Tuple(items) if items.is_empty())
    {
        let detail = "The depends_on argument may not be overridden.";
        problems.push(Diagnostic::error("Unsupported override", detail).at(&given.expr.span));
    }
}

fn block(base: &mut Vec<Block>, over: Block, problems: &mut Diagnostics) {
    let is_same = |it: &&mut Block| {
        it.kind.name == over.kind.name
            && it.labels.iter().map(|it| &it.name).eq(over.labels.iter().map(|it| &it.name))
            && (&*it.kind.name != "provider" || alias(it) == alias(&over))
    };
    match base.iter_mut().find(is_same) {
        Some(found) => {
            prepare(found, problems);
            found.json |= over.json;
            let expand_lifecycle = matches!(&*over.kind.name, "resource" | "data");
            merge(&mut found.body, over.body, expand_lifecycle);
        }
        // A provider that is not configured is as one configured with nothing.
        None if &*over.kind.name == "provider" && alias(&over).is_none() => base.push(over),
        None => problems.push(no_base(&over)),
    }
}

fn alias(provider: &Block) -> Option<Arc<str>> {
    match &provider.body.attribute("alias")?.expr.kind {
        ExprKind::String(it) => Some(it.clone()),
        _ => None,
    }
}

/// Arguments replace those of the same name; blocks replace all blocks of their kind. `lifecycle` is
/// merged argument by argument.
fn merge(base: &mut Body, over: Body, expand_lifecycle: bool) {
    let (lifecycles, blocks): (Vec<Block>, Vec<Block>) =
        over.blocks.into_iter().partition(|it| expand_lifecycle && &*it.kind.name == "lifecycle");
    let replaced = |it: &Block| match &*it.kind.name {
        "dynamic" => it.labels.first().map(|it| it.name.clone()),
        _ => Some(it.kind.name.clone()),
    };
    let hidden: Vec<Arc<str>> = blocks.iter().filter_map(replaced).collect();
    let is_given = |name: &Arc<str>| over.attributes.iter().any(|it| it.name.name == *name);
    base.blocks.retain(|it| replaced(it).is_none_or(|it| !hidden.contains(&it) && !is_given(&it)));
    base.attributes.retain(|it| !hidden.contains(&it.name.name) && !is_given(&it.name.name));
    base.attributes.extend(over.attributes);
    base.blocks.extend(blocks);
    for it in lifecycles {
        match base.blocks.iter_mut().find(|it| &*it.kind.name == "lifecycle") {
            Some(found) => {
                found.json |= it.json;
                merge(&mut found.body, it.body, false);
            }
            None => base.blocks.push(it),
        }
    }
}

fn no_base(block: &Block) -> Diagnostic {
    let label = |n: usize| block.labels.get(n).map(|it| &*it.name).unwrap_or_default();
    let (kind, name) = (&*block.kind.name, label(0));
    let (what, there_is, verb) = match kind {
        "resource" | "data" => {
            let what = if kind == "data" { "data resource" } else { "resource" };
            let there_is = format!("There is no {name} {what} named {:?}.", label(1));
            (format!("{what} to override"), there_is, "a resource block defined")
        }
        "variable" => (
            "base variable declaration to override".to_owned(),
            format!("There is no variable named {name:?}."),
            "a variable that was already declared",
        ),
        "output" => (
            "base output definition to override".to_owned(),
            format!("There is no output named {name:?}."),
            "an output that was already defined",
        ),
        "module" => (
            "module call to override".to_owned(),
            format!("There is no module call named {name:?}."),
            "a module call that was defined",
        ),
        _ => (
            format!("base {kind} configuration for override"),
            format!(
                "There is no {name} {kind} configuration with the alias {:?}.",
                alias(block).as_deref().unwrap_or_default()
            ),
            "a configuration that was already defined",
        ),
    };
    let detail = format!(
        "{there_is} An override file can only override {verb} in a primary configuration file."
    );
    Diagnostic::error(format!("Missing {what}"), detail).at(&block.span)
}

fn locals(base: &mut [Block], over: Block, problems: &mut Diagnostics) {
    for it in over.body.attributes {
        let mut known = base
            .iter_mut()
            .filter(|it| &*it.kind.name == "locals")
            .flat_map(|it| it.body.attributes.iter_mut());
        match known.find(|known| known.name.name == it.name.name) {
            Some(found) => *found = it,
            None => problems.push(no_local(&it)),
        }
    }
}

fn no_local(local: &Attribute) -> Diagnostic {
    let detail = format!(
        "There is no local value named {:?}. An override file can only override a local value that \
         was already defined in a primary configuration file.",
        local.name.name
    );
    Diagnostic::error("Missing base local value definition to override", detail)
        .at(&local.name.span)
}
