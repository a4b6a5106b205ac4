//! The blocks of one directory to a [`Module`], each name once.

use model::{Diagnostic, Diagnostics, Mode, Span};

use super::call::call;
use super::content::{Form, whole};
use super::files::Source;
use super::moves;
use super::named;
use super::overrides::lay_over;
use super::provider::{self, override_required_providers};
use super::resource::resource;
use crate::stack::{Module, Resource, Terraform};
use crate::syntax::tree::Block;

const ROOT: Form = Form {
    arguments: &[],
    blocks: &[
        ("terraform", &[]),
        ("required_providers", &[]),
        ("provider", &["name"]),
        ("variable", &["name"]),
        ("locals", &[]),
        ("output", &["name"]),
        ("module", &["name"]),
        ("resource", &["type", "name"]),
        ("data", &["type", "name"]),
        ("ephemeral", &["type", "name"]),
        ("moved", &[]),
        ("import", &[]),
        ("removed", &[]),
        ("check", &["name"]),
    ],
};

/// What the files of a directory say. Modules that it calls are not loaded yet.
pub(super) fn module(sources: Vec<Source>, problems: &mut Diagnostics) -> Module {
    let (mut blocks, mut over, mut over_terraform) = (Vec::new(), Vec::new(), Vec::new());
    for source in sources {
        let found = whole(source.body, source.json, &ROOT, problems).blocks;
        match source.overrides {
            false => blocks.extend(found),
            true => {
                let (terraform, others): (Vec<Block>, Vec<Block>) =
                    found.into_iter().partition(|it| &*it.kind.name == "terraform");
                over.extend(others);
                over_terraform.extend(terraform);
            }
        }
    }
    lay_over(&mut blocks, over, problems);
    let mut module = Module::default();
    for it in blocks {
        add(&mut module, it, problems);
    }
    for it in over_terraform {
        override_terraform(&mut module.terraform, it, problems);
    }
    module
}

fn override_terraform(base: &mut Terraform, block: Block, problems: &mut Diagnostics) {
    let mut over = Terraform::default();
    provider::terraform(block, &mut over, problems);
    if !over.required_version.is_empty() {
        base.required_version = over.required_version;
    }
    if over.backend.is_some() {
        base.backend = over.backend;
    }
    override_required_providers(&mut base.required_providers, over.required_providers);
}

fn add(module: &mut Module, block: Block, problems: &mut Diagnostics) {
    match &*block.kind.name {
        "terraform" => provider::terraform(block, &mut module.terraform, problems),
        "required_providers" => {
            let detail = "A \"required_providers\" block must be nested inside a \"terraform\" \
                          block.";
            let summary = "Invalid required_providers block";
            problems.push(Diagnostic::error(summary, detail).at(&block.kind.span));
        }
        "provider" => add_provider(module, block, problems),
        "variable" => {
            let found = named::variable(block, problems);
            let span = found.span.clone();
            match module.variables.get(&found.name.name) {
                Some(first) => problems.push(twice(
                    "Duplicate variable declaration",
                    &format!("A variable named {:?} was already declared", found.name.name),
                    "Variable names must be unique within a module.",
                    &first.span,
                    &span,
                )),
                None => drop(module.variables.insert(found.name.name.clone(), found)),
            }
        }
        "locals" => add_locals(module, block, problems),
        "output" => {
            let Some(found) = named::output(block, problems) else { return };
            let span = found.span.clone();
            match module.outputs.get(&found.name.name) {
                Some(first) => problems.push(twice(
                    "Duplicate output definition",
                    &format!("An output named {:?} was already defined", found.name.name),
                    "Output names must be unique within a module.",
                    &first.span,
                    &span,
                )),
                None => drop(module.outputs.insert(found.name.name.clone(), found)),
            }
        }
        "module" => {
            let Some(found) = call(block, problems) else { return };
            let span = found.span.clone();
            match module.calls.get(&found.name.name) {
                Some(first) => problems.push(twice(
                    "Duplicate module call",
                    &format!("A module call named {:?} was already defined", found.name.name),
                    "Module calls must have unique names within a module.",
                    &first.span,
                    &span,
                )),
                None => drop(module.calls.insert(found.name.name.clone(), found)),
            }
        }
        "resource" => {
            let found = resource(block, Mode::Managed, false, problems);
            add_resource(module, found, problems);
        }
        "data" => {
            let found = resource(block, Mode::Data, false, problems);
            add_resource(module, found, problems);
        }
        "ephemeral" => {
            let found = resource(block, Mode::Ephemeral, false, problems);
            add_resource(module, found, problems);
        }
        "moved" => module.moved.extend(moves::moved(block, problems)),
        "import" => module.imports.extend(moves::import(block, problems)),
        "removed" => module.removed.extend(moves::removed(block, problems)),
        "check" => add_check(module, block, problems),
        kind => unreachable!("{kind} is no kind of block that the form lets through"),
    }
}

fn twice(summary: &str, what: &str, rule: &str, first: &Span, second: &Span) -> Diagnostic {
    Diagnostic::error(summary, format!("{what} at {first}. {rule}")).at(second)
}

fn add_provider(module: &mut Module, block: Block, problems: &mut Diagnostics) {
    let Some(found) = provider::provider(block, problems) else { return };
    let Some(first) = module.providers.get(&found.name) else {
        module.providers.insert(found.name.clone(), found);
        return;
    };
    let (name, at) = (&found.name.name, &first.span);
    let detail = match &found.name.alias {
        None => format!(
            "A default (non-aliased) provider configuration for {name:?} was already given at \
             {at}. If multiple configurations are required, set the \"alias\" argument for \
             alternative configurations."
        ),
        Some(alias) => format!(
            "A provider configuration for {name:?} with alias {alias:?} was already given at {at}. \
             Each configuration for the same provider must have a distinct alias."
        ),
    };
    problems.push(Diagnostic::error("Duplicate provider configuration", detail).at(&found.span));
}

fn add_locals(module: &mut Module, block: Block, problems: &mut Diagnostics) {
    for it in named::locals(block, problems) {
        match module.locals.get(&it.name.name) {
            Some(first) => problems.push(twice(
                "Duplicate local value definition",
                &format!("A local value named {:?} was already defined", it.name.name),
                "Local value names must be unique within a module.",
                &first.name.span,
                &it.name.span,
            )),
            None => drop(module.locals.insert(it.name.name.clone(), it)),
        }
    }
}

fn add_resource(module: &mut Module, found: Resource, problems: &mut Diagnostics) {
    let key = (found.mode, found.ty.name.clone(), found.name.name.clone());
    let Some(first) = module.resources.get(&key) else {
        module.resources.insert(key, found);
        return;
    };
    let (ty, name) = (&found.ty.name, &found.name.name);
    let (word, what) = match found.mode {
        Mode::Managed => ("resource", "resource"),
        Mode::Data => ("data", "data resource"),
        Mode::Ephemeral => ("ephemeral", "ephemeral resource"),
    };
    problems.push(twice(
        &format!("Duplicate {word} {ty:?} configuration"),
        &format!("A {ty} {what} named {name:?} was already declared"),
        "Resource names must be unique per type in each module.",
        &first.span,
        &found.span,
    ));
}

fn add_check(module: &mut Module, block: Block, problems: &mut Diagnostics) {
    let found = moves::check(block, problems);
    let name = &found.name.name;
    let first = module.checks.iter().find(|it| it.name.name == *name);
    if let Some(first) = first {
        problems.push(twice(
            &format!("Duplicate check {name:?} configuration"),
            &format!("A check block named {name:?} was already declared"),
            "Check blocks must be unique within each module.",
            &first.span,
            &found.span,
        ));
    } else {
        module.checks.push(found);
    }
}
