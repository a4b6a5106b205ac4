//! What can be said against a whole [`Stack`] without any value from outside: what `validate` prints,
//! all at once. Expressions are evaluated with all names unknown.

mod names;
mod attributes;
mod resources;
mod calls;
mod providers;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use model::{Diagnostic, Diagnostics, Mode, Registry, Schema, Type, Value};

use crate::decode;
use crate::eval::{Scope, evaluate};
use crate::references::{self, Reference};
use crate::stack::{Check, Module, MoveEnd, Repeat, Resource, Rule, Stack};
use crate::suggest;
use crate::syntax::tree::{Body, Expr, ExprKind, Ident, Step};

/// Checks every module of a stack: names, types of resources, arguments, attributes, functions.
pub fn check(stack: &Stack, registry: &dyn Registry) -> Diagnostics {
    let functions = crate::functions::names();
    let mut problems = Vec::new();
    let mut seen = BTreeSet::new();
    let mut waiting = vec![stack.root.clone()];
    while let Some(module) = waiting.pop() {
        let mut checker = Checker {
            module: &module,
            registry,
            functions: &functions,
            types: BTreeMap::new(),
            problems: Vec::new(),
        };
        checker.module();
        // A module that is called twice has each of its problems once.
        let is_new = |it: &Diagnostic| {
            let place = it.span.as_ref().map(|it| (it.file.clone(), it.start));
            seen.insert((place, it.summary.clone(), it.detail.clone()))
        };
        problems.extend(checker.problems.into_iter().filter(is_new));
        waiting.extend(module.calls.values().rev().filter_map(|it| it.module.clone()));
    }
    crate::load::in_order(&mut problems);
    problems
}

/// What is wrong with the names in an expression that stands in no file but is meant for the root
/// module.
pub fn names(stack: &Stack, registry: &dyn Registry, expr: &Expr) -> Diagnostics {
    let module = &stack.root;
    let (types, problems) = (BTreeMap::new(), Vec::new());
    let mut checker = Checker { module, registry, functions: &[], types, problems };
    let (found, wrong) = references::check(expr);
    checker.problems.extend(wrong);
    checker.references(&found, Place::default());
    checker.problems
}

/// A scope in which every name has a value that is not known.
struct Nameless;

impl Scope for Nameless {
    fn resolve(&self, _root: &Ident, _steps: &[Step]) -> Result<(Value, usize), Diagnostics> {
        Ok((Value::unknown(Type::Any), 0))
    }

    fn base_dir(&self) -> &Path {
        Path::new(".")
    }

    fn is_planning(&self) -> bool {
        true
    }
}

struct Checker<'a> {
    module: &'a Module,
    registry: &'a dyn Registry,
    functions: &'a [&'static str],
    /// Types of resources' objects, which are large and asked for often.
    types: BTreeMap<(Mode, Arc<str>), Type>,
    problems: Diagnostics,
}

/// Where an expression stands, as far as that decides what it may name.
#[derive(Clone, Copy, Default)]
struct Place<'a> {
    /// Inside of something that has `for_each`.
    each: bool,
    /// Inside of something that has `count`.
    count: bool,
    /// What `self` stands for: a resource of this type.
    this: Option<(Mode, &'a Arc<str>)>,
    /// The resource whose configuration this is part of: it may not name itself.
    own: Option<&'a Resource>,
    /// The check whose own data source may be named.
    check: Option<&'a Check>,
}

impl<'a> Place<'a> {
    fn within(repeat: &Repeat) -> Place<'a> {
        Place {
            each: matches!(repeat, Repeat::ForEach(_)),
            count: matches!(repeat, Repeat::Count(_)),
            ..Place::default()
        }
    }
}

impl<'a> Checker<'a> {
    fn module(&mut self) {
        let module = self.module;
        let nowhere = Place::default();
        for it in module.variables.values() {
            it.validations.iter().for_each(|it| self.rule(it, nowhere));
        }
        module.locals.values().for_each(|it| self.expr(&it.expr, nowhere));
        module.providers.values().for_each(|it| self.provider_block(it));
        module.resources.values().for_each(|it| self.resource(it, None));
        module.calls.values().for_each(|it| self.call(it));
        for it in module.outputs.values() {
            self.expr(&it.value, nowhere);
            self.depends_on(&it.depends_on);
            it.preconditions.iter().for_each(|it| self.rule(it, nowhere));
        }
        for it in &module.checks {
            let place = Place { check: Some(it), ..nowhere };
            it.data.iter().for_each(|data| self.resource(data, Some(it)));
            it.asserts.iter().for_each(|it| self.rule(it, place));
        }
        module.imports.iter().for_each(|it| self.import(it));
        if !module.path.is_empty() {
            self.only_in_root();
        }
        for removed in &module.removed {
            let this = match &removed.from {
                MoveEnd::Resource { ty, .. } => Some((Mode::Managed, ty)),
                MoveEnd::Module(_) => None,
            };
            let place = Place { each: true, count: true, this, ..nowhere };
            self.provisioners(&removed.provisioners, place);
        }
    }

    /// What a called module says of the whole configuration.
    fn only_in_root(&mut self) {
        for it in &self.module.imports {
            let detail = format!(
                "An import block was detected in {:?}. Import blocks are only allowed in the root \
                 module.",
                self.here()
            );
            let problem = Diagnostic::error("Invalid import configuration", detail);
            self.problems.push(problem.at(&it.span));
        }
        if let Some(backend) = &self.module.terraform.backend {
            let detail = "Any selected backend applies to the entire configuration, so backends are \
                          expected only in the root module.\n\nThis is a warning rather than an \
                          error because it's sometimes convenient to temporarily call a root module \
                          as a child module for testing purposes, but this backend configuration \
                          block will have no effect.";
            let problem = Diagnostic::warning("Backend configuration ignored", detail);
            self.problems.push(problem.at(&backend.span));
        }
    }

    fn rule(&mut self, rule: &Rule, place: Place<'_>) {
        self.expr(&rule.condition, place);
        self.expr(&rule.error_message, place);
    }

    /// An expression: what it names and what it calls.
    fn expr(&mut self, expr: &Expr, place: Place<'_>) {
        let (found, wrong) = references::check(expr);
        self.problems.extend(wrong);
        self.references(&found, place);
        self.functions(expr);
        self.problems.extend(evaluate(expr, &Nameless).err().into_iter().flatten());
    }

    /// The arguments and blocks of a body, and what their expressions give without any name.
    fn body(&mut self, body: &Body, json: bool, schema: &Schema) {
        let found = decode::check(body, json, schema);
        // What is not there cannot be evaluated.
        if !found.iter().any(Diagnostic::is_error) {
            let found = decode::decode(body, json, schema, &Nameless);
            self.problems.extend(found.err().into_iter().flatten());
        }
        self.problems.extend(found);
    }

    fn body_names(&mut self, body: &Body, json: bool, place: Place<'_>) {
        let (found, wrong) = references::check_body(body, json);
        self.problems.extend(wrong);
        self.references(&found, place);
    }

    fn references(&mut self, found: &[Reference], place: Place<'_>) {
        found.iter().for_each(|it| self.reference(it, place));
    }

    fn functions_in(&mut self, body: &Body) {
        body.attributes.iter().for_each(|it| self.functions(&it.expr));
        for it in &body.blocks {
            stacker::maybe_grow(64 * 1024, 1024 * 1024, || self.functions_in(&it.body));
        }
    }

    fn functions(&mut self, expr: &Expr) {
        let known = self.functions;
        let mut unknown = Vec::new();
        expr.walk(&mut |it| {
            if let ExprKind::Call { name, .. } = &it.kind {
                let core = name.name.strip_prefix("core::").unwrap_or(&name.name);
                if !known.contains(&core) {
                    unknown.push(name);
                }
            }
        });
        for name in unknown {
            let detail = format!("There is no function named {:?}.", name.name);
            let problem = Diagnostic::error("Call to unknown function", detail).at(&name.span);
            self.add(problem, suggest::hint(&name.name, known.iter().copied()));
        }
    }

    fn add(&mut self, mut problem: Diagnostic, hint: Option<String>) {
        problem.hint = hint;
        self.problems.push(problem);
    }

    /// The module as messages name it.
    fn here(&self) -> String {
        match &self.module.path[..] {
            [] => "the root module".to_owned(),
            path => path.iter().map(|it| format!("module.{it}")).collect::<Vec<_>>().join("."),
        }
    }

    fn schema(&self, mode: Mode, ty: &str) -> Option<&'static Schema> {
        match mode {
            Mode::Managed => self.registry.resource_schema(ty),
            Mode::Data => self.registry.data_schema(ty),
            Mode::Ephemeral => self.registry.ephemeral_schema(ty),
        }
    }
}

#[cfg(test)]
mod tests;
