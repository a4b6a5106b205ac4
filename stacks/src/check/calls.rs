//! Calls of modules: inputs, and the provider configurations that are passed.

use model::Diagnostic;

use super::providers::has_configuration;
use super::{Checker, Place};
use crate::load::constant;
use crate::references;
use crate::stack::{Call, Module, ProviderRef, Repeat, Variable};
use crate::suggest;
use crate::syntax::tree::{Attribute, ExprKind};
use crate::variables::convert_to;

impl Checker<'_> {
    pub(super) fn call(&mut self, call: &Call) {
        let nowhere = Place::default();
        match &call.repeat {
            Repeat::Once => (),
            Repeat::Count(expr) | Repeat::ForEach(expr) => self.expr(expr, nowhere),
        }
        self.depends_on(&call.depends_on);
        let place = Place::within(&call.repeat);
        call.inputs.iter().for_each(|it| self.expr(&it.expr, place));
        for (_, outside, span) in &call.providers {
            self.provider_reference(outside, span);
        }
        if let Some(module) = &call.module {
            self.inputs(call, module);
            self.passed_providers(call, module);
        }
    }

    fn inputs(&mut self, call: &Call, module: &Module) {
        for it in &call.inputs {
            let name = &it.name.name;
            if let Some(variable) = module.variables.get(name) {
                self.input(call, it, variable);
            } else {
                let detail = format!("An argument named {name:?} is not expected here.");
                let problem = Diagnostic::error("Unsupported argument", detail);
                let given = |name: &str| call.inputs.iter().any(|it| &*it.name.name == name);
                let known = module.variables.keys().map(|it| &**it).filter(|it| !given(it));
                self.add(problem.at(&it.name.span), suggest::hint(name, known));
            }
        }
        for (name, variable) in &module.variables {
            let given = call.inputs.iter().any(|it| it.name.name == *name);
            if !given && variable.default.is_none() {
                let detail =
                    format!("The argument {name:?} is required, but no definition was found.");
                let problem = Diagnostic::error("Missing required argument", detail);
                self.problems.push(problem.at(&call.end));
            }
        }
    }

    /// An input that depends on nothing has its value now.
    fn input(&mut self, call: &Call, given: &Attribute, variable: &Variable) {
        let mut calls = false;
        given.expr.walk(&mut |it| calls |= matches!(it.kind, ExprKind::Call { .. }));
        if calls || !references::traversals(&given.expr).is_empty() {
            return;
        }
        // What is wrong with the expression itself is found when it is evaluated.
        let Some(value) = constant::value(&given.expr, &mut Vec::new()) else { return };
        if let Err(why) = convert_to(variable, &value) {
            let detail = format!(
                "The given value is not suitable for module.{}.var.{} declared at {}: {why}.",
                call.name.name, variable.name.name, variable.span
            );
            let problem = Diagnostic::error("Invalid value for input variable", detail);
            self.problems.push(problem.at(&given.expr.span));
        }
    }

    fn passed_providers(&mut self, call: &Call, module: &Module) {
        for (inside, _, span) in &call.providers {
            let is_required = module.terraform.required_providers.contains_key(&inside.name);
            let is_known = match inside.alias {
                Some(_) => has_configuration(module, inside),
                None => is_required || uses(module, &inside.name),
            };
            if !is_known {
                let detail = format!(
                    "There is no explicit declaration for local provider name \"{inside}\" in \
                     module.{0}, so it is assumed that you mean to pass a configuration for \
                     \"hashicorp/{1}\".\n\nIf you also control the child module, add a \
                     required_providers entry named \"{inside}\" with the source address \
                     \"hashicorp/{1}\".",
                    call.name.name, inside.name
                );
                let problem = Diagnostic::warning("Reference to undefined provider", detail);
                self.problems.push(problem.at(span));
            }
        }
        let aliases = module.terraform.required_providers.values();
        for wanted in aliases.flat_map(|it| &it.configuration_aliases) {
            if !call.providers.iter().any(|it| it.0 == *wanted) {
                self.not_passed(call, module, wanted);
            }
        }
        self.own_providers(call, module);
    }

    fn not_passed(&mut self, call: &Call, module: &Module, wanted: &ProviderRef) {
        let source = module.terraform.required_providers.get(&wanted.name);
        let source = source.map(|it| &*it.source).unwrap_or_default();
        let detail = format!(
            "The child module requires an additional configuration for provider {source}, with the \
             local name \"{wanted}\".\n\nRefer to the module's documentation to understand the \
             intended purpose of this additional provider configuration, and then add an entry for \
             {wanted} in the \"providers\" meta-argument in the module block to choose which \
             provider configuration the module should use for that purpose."
        );
        let problem = Diagnostic::error("Missing required provider configuration", detail);
        self.problems.push(problem.at(&call.span));
    }

    /// A module with providers of its own cannot come in several instances.
    fn own_providers(&mut self, call: &Call, module: &Module) {
        let argument = match &call.repeat {
            Repeat::Count(_) => "count",
            Repeat::ForEach(_) => "for_each",
            Repeat::Once if !call.depends_on.is_empty() => "depends_on",
            Repeat::Once => return,
        };
        // An empty block is the old way to say that a configuration is passed in.
        let is_own = |it: &&crate::stack::ProviderBlock| {
            !it.body.attributes.is_empty() || !it.body.blocks.is_empty()
        };
        if module.providers.values().any(|it| is_own(&it)) {
            let detail = format!(
                "The module at module.{} is a legacy module which contains its own local provider \
                 configurations, and so calls to it may not use the count, for_each, or depends_on \
                 arguments.\n\nIf you also control the module {:?}, consider updating this module \
                 to instead expect provider configurations to be passed by its caller.",
                call.name.name, call.source
            );
            let summary = "Module is incompatible with count, for_each, and depends_on";
            let problem = Diagnostic::error(summary, detail).at(&call.span);
            self.add(problem, Some(format!("remove {argument:?}, or the provider blocks")));
        }
    }
}

/// Whether anything in a module is of a provider.
fn uses(module: &Module, provider: &str) -> bool {
    module.resources.values().any(|it| &*it.provider.name == provider)
        || module.providers.keys().any(|it| &*it.name == provider)
}
