//! Whether what an expression names is there, and may be named where the expression stands.

use std::sync::Arc;

use model::{Diagnostic, Key, Mode, Span};

use super::{Checker, Place};
use crate::references::{Reference, Subject};
use crate::stack::{Call, Repeat, Resource};
use crate::suggest;
use crate::syntax::tree::{Step, Traversal};

impl<'a> Checker<'a> {
    pub(super) fn reference(&mut self, it: &Reference, place: Place<'_>) {
        match &it.subject {
            Subject::Variable(name) => match self.module.variables.get(name) {
                Some(variable) => self.steps(&variable.ty, &it.rest, false),
                None => self.no_variable(name, &it.span),
            },
            Subject::Local(name) => {
                if !self.module.locals.contains_key(name) {
                    let detail =
                        format!("A local value with the name {name:?} has not been declared.");
                    let summary = "Reference to undeclared local value";
                    let known = self.module.locals.keys().map(|it| &**it);
                    let hint = suggest::hint(name, known);
                    self.add(Diagnostic::error(summary, detail).at(&it.span), hint);
                }
            }
            Subject::Resource { mode, ty, name, key } => {
                self.resource_reference(it, (*mode, ty, name), key.as_ref(), place);
            }
            Subject::Call { name, .. } => {
                self.called(name, &it.span);
            }
            Subject::Output { call, key, name } => {
                if let Some(call) = self.called(call, &it.span) {
                    self.output_reference(it, call, key.as_ref(), name);
                }
            }
            Subject::Each(name) => self.each(name, &it.span, place),
            Subject::Count(name) => self.count(name, &it.span, place),
            Subject::Path(name) => {
                let known = ["module", "root", "cwd"];
                if !known.contains(&&**name) {
                    let detail =
                        format!("The \"path\" object does not have an attribute named {name:?}.");
                    let problem = Diagnostic::error("Invalid \"path\" attribute", detail);
                    self.add(problem.at(&it.span), suggest::hint(name, known));
                }
            }
            Subject::Terraform(name) => self.terraform(name, &it.span),
            Subject::This => self.this(it, place),
        }
    }

    fn no_variable(&mut self, name: &str, span: &Span) {
        let known = self.module.variables.keys().map(|it| &**it);
        let hint = suggest::hint(name, known);
        let more = match &hint {
            Some(_) => String::new(),
            None => format!(" This variable can be declared with a variable {name:?} {{}} block."),
        };
        let detail =
            format!("An input variable with the name {name:?} has not been declared.{more}");
        let summary = "Reference to undeclared input variable";
        self.add(Diagnostic::error(summary, detail).at(span), hint);
    }

    fn each(&mut self, name: &str, span: &Span, place: Place<'_>) {
        if !matches!(name, "key" | "value") {
            let detail = format!(
                "The \"each\" object does not have an attribute named {name:?}. The supported \
                 attributes are each.key and each.value, the current key and value pair of the \
                 \"for_each\" attribute set."
            );
            self.problems.push(Diagnostic::error("Invalid \"each\" attribute", detail).at(span));
        } else if !place.each {
            let detail = "The \"each\" object can be used only in \"module\" or \"resource\" \
                          blocks, and only when the \"for_each\" argument is set.";
            let summary = "Reference to \"each\" in context without for_each";
            self.problems.push(Diagnostic::error(summary, detail).at(span));
        }
    }

    fn count(&mut self, name: &str, span: &Span, place: Place<'_>) {
        if name != "index" {
            let detail = format!(
                "The \"count\" object does not have an attribute named {name:?}. The only supported \
                 attribute is count.index, which is the index of each instance of a resource block \
                 that has the \"count\" argument set."
            );
            self.problems.push(Diagnostic::error("Invalid \"count\" attribute", detail).at(span));
        } else if !place.count {
            let detail = "The \"count\" object can only be used in \"module\", \"resource\", and \
                          \"data\" blocks, and only when the \"count\" argument is set.";
            let summary = "Reference to \"count\" in non-counted context";
            self.problems.push(Diagnostic::error(summary, detail).at(span));
        }
    }

    fn terraform(&mut self, name: &str, span: &Span) {
        let detail = match name {
            "workspace" | "applying" => return,
            "env" => {
                "The terraform.env attribute was deprecated in v0.10 and removed in v0.12. The \
                      \"state environment\" concept was renamed to \"workspace\" in v0.12, and so \
                      the workspace name can now be accessed using the terraform.workspace \
                      attribute."
                    .to_owned()
            }
            _ => format!(
                "The \"terraform\" object does not have an attribute named {name:?}. The only \
                 supported attributes are terraform.workspace, the name of the currently-selected \
                 workspace, and terraform.applying, a boolean which is true only during apply."
            ),
        };
        self.problems.push(Diagnostic::error("Invalid \"terraform\" attribute", detail).at(span));
    }

    fn this(&mut self, it: &Reference, place: Place<'_>) {
        match place.this {
            Some((mode, ty)) => {
                self.attributes(mode, ty, &it.rest);
            }
            None => {
                let detail = "The \"self\" object is not available in this context. This object \
                              can be used only in resource provisioner, connection, and \
                              postcondition blocks.";
                let problem = Diagnostic::error("Invalid \"self\" reference", detail);
                self.problems.push(problem.at(&it.span));
            }
        }
    }

    fn resource_reference(
        &mut self,
        it: &Reference,
        (mode, ty, name): (Mode, &Arc<str>, &Arc<str>),
        key: Option<&Key>,
        place: Place<'_>,
    ) {
        let scoped = place.check.and_then(|it| it.data.as_ref());
        let is_it = |it: &&Resource| it.mode == mode && it.ty.name == *ty && it.name.name == *name;
        let declared = self.module.resources.get(&(mode, ty.clone(), name.clone()));
        let Some(found) = declared.or(scoped.filter(is_it)) else {
            return self.no_resource(mode, ty, name, &it.span);
        };
        if place.own.is_some_and(|own| is_it(&own)) {
            let data = mode.prefix();
            let detail = format!("Configuration for {data}{ty}.{name} may not refer to itself.");
            self.problems.push(Diagnostic::error("Self-referential block", detail).at(&it.span));
            return;
        }
        if self.instance_key(it, found, key) {
            self.attributes(mode, ty, &it.rest);
        }
    }

    /// Whether a reference has a key exactly if what it names has several instances.
    fn instance_key(&mut self, it: &Reference, found: &Resource, key: Option<&Key>) -> bool {
        let data = found.mode.prefix();
        let address = format!("{data}{}.{}", found.ty.name, found.name.name);
        let (argument, index) = match (&found.repeat, key) {
            (Repeat::Once, None) | (Repeat::Count(_) | Repeat::ForEach(_), Some(_)) => return true,
            (Repeat::Once, Some(_)) => {
                let detail = format!(
                    "Because {address} does not have \"count\" or \"for_each\" set, references to \
                     it must not include an index key. Remove the bracketed index to refer to the \
                     single instance of this resource."
                );
                let problem = Diagnostic::error("Unexpected resource instance key", detail);
                self.problems.push(problem.at(&it.span));
                return false;
            }
            (Repeat::Count(_), None) => ("count", "count.index"),
            (Repeat::ForEach(_), None) => ("for_each", "each.key"),
        };
        if matches!(it.rest.first(), Some(Step::Attr(_))) {
            let detail = format!(
                "Because {address} has {argument:?} set, its attributes must be accessed on \
                 specific instances.\n\nFor example, to correlate with indices of a referring \
                 resource, use:\n    {address}[{index}]"
            );
            let problem = Diagnostic::error("Missing resource instance key", detail);
            self.problems.push(problem.at(&it.span));
        }
        false
    }

    fn no_resource(&mut self, mode: Mode, ty: &Arc<str>, name: &Arc<str>, span: &Span) {
        let (what, other) = match mode {
            Mode::Managed => ("A managed", Mode::Data),
            Mode::Data => ("A data", Mode::Managed),
            Mode::Ephemeral => ("An ephemeral", Mode::Data),
        };
        let detail =
            format!("{what} resource {ty:?} {name:?} has not been declared in {}.", self.here());
        let resources = &self.module.resources;
        let hint = match (resources.contains_key(&(other, ty.clone(), name.clone())), mode) {
            (true, Mode::Managed | Mode::Ephemeral) => {
                Some(format!("did you mean the data resource data.{ty}.{name}?"))
            }
            (true, Mode::Data) => Some(format!("did you mean the managed resource {ty}.{name}?")),
            (false, _) => self.near_resource(mode, ty, name),
        };
        let summary = "Reference to undeclared resource";
        self.add(Diagnostic::error(summary, detail).at(span), hint);
    }

    /// A declared resource whose type or name is misspelt in a reference; or another word there.
    fn near_resource(&self, mode: Mode, ty: &Arc<str>, name: &Arc<str>) -> Option<String> {
        if mode == Mode::Managed {
            let word = match &**ty {
                "variable" | "vars" => Some("var"),
                "locals" => Some("local"),
                "modules" => Some("module"),
                _ => suggest::suggest(ty, ["var", "local", "module"]).filter(|_| !ty.contains('_')),
            };
            let is_known = match word {
                Some("var") => self.module.variables.contains_key(name),
                Some("local") => self.module.locals.contains_key(name),
                Some(_) => self.module.calls.contains_key(name),
                None => false,
            };
            if let (Some(word), true) = (word, is_known) {
                return Some(format!("did you mean {word}.{name}?"));
            }
        }
        let mut known =
            self.module.resources.keys().filter(|it| it.0 == mode).map(|it| (&it.1, &it.2));
        let of_type = known.clone().filter(|it| it.0 == ty).map(|it| &**it.1);
        if let Some(found) = suggest::suggest(name, of_type) {
            let data = mode.prefix();
            return Some(format!("did you mean {data}{ty}.{found}?"));
        }
        let types = known.clone().filter(|it| it.1 == name).map(|it| &**it.0);
        let found = suggest::suggest(ty, types)?;
        known.find(|it| &**it.0 == found && it.1 == name)?;
        let data = mode.prefix();
        Some(format!("did you mean {data}{found}.{name}?"))
    }

    fn called(&mut self, name: &str, span: &Span) -> Option<&'a Call> {
        let module = self.module;
        let found = module.calls.get(name);
        if found.is_none() {
            let detail = format!("No module call named {name:?} is declared in {}.", self.here());
            let hint = suggest::hint(name, module.calls.keys().map(|it| &**it));
            let summary = "Reference to undeclared module";
            self.add(Diagnostic::error(summary, detail).at(span), hint);
        }
        found
    }

    fn output_reference(&mut self, it: &Reference, call: &Call, key: Option<&Key>, name: &str) {
        let (what, how) = match (&call.repeat, key) {
            (Repeat::Count(_), None) => ("list", "[count.index]"),
            (Repeat::ForEach(_), None) => ("map", "[each.key]"),
            (Repeat::Once, Some(_)) => {
                let detail = format!(
                    "Because module.{} does not have \"count\" or \"for_each\" set, references to \
                     it must not include an index key.",
                    call.name.name
                );
                let problem = Diagnostic::error("Unexpected module instance key", detail);
                self.problems.push(problem.at(&it.span));
                return;
            }
            (Repeat::Once, None) | (Repeat::Count(_) | Repeat::ForEach(_), Some(_)) => {
                return self.output_of(call, name, &it.span);
            }
        };
        let detail = format!(
            "Can't access attributes on a {what} of objects. Did you mean to access attribute \
             {name:?} for a specific element of the {what}, or across all elements of the {what}?"
        );
        let problem = Diagnostic::error("Unsupported attribute", detail).at(&it.span);
        self.add(problem, Some(format!("module.{}{how}.{name} is one element's", call.name.name)));
    }

    fn output_of(&mut self, call: &Call, name: &str, span: &Span) {
        let Some(module) = &call.module else { return };
        if !module.outputs.contains_key(name) {
            let detail = format!("This object does not have an attribute named {name:?}.");
            let known = module.outputs.keys().map(|it| &**it);
            let hint = suggest::hint(name, known)
                .unwrap_or_else(|| format!("module.{} has no output of this name", call.name.name));
            let problem = Diagnostic::error("Unsupported attribute", detail).at(span);
            self.add(problem, Some(hint));
        }
    }

    /// Entries of a `depends_on`: whole objects that exist.
    pub(super) fn depends_on(&mut self, entries: &[Traversal]) {
        for entry in entries {
            let found = match crate::references::parse(entry) {
                Ok(found) => found,
                Err(problem) => {
                    self.problems.push(*problem);
                    continue;
                }
            };
            if !found.rest.is_empty() {
                let detail = "References in depends_on must be to a whole object (resource, etc), \
                              not to an attribute of an object.";
                let problem = Diagnostic::error("Invalid depends_on reference", detail);
                self.problems.push(problem.at(&entry.span));
                continue;
            }
            match &found.subject {
                Subject::Each(_) | Subject::Count(_) | Subject::This => {
                    let detail = "A depends_on entry names something else that is to be finished \
                                  first: a resource, a data source or a module.";
                    let problem = Diagnostic::error("Invalid depends_on reference", detail);
                    self.problems.push(problem.at(&entry.span));
                }
                Subject::Resource { mode, ty, name, .. } => {
                    let key = (*mode, ty.clone(), name.clone());
                    if !self.module.resources.contains_key(&key) {
                        self.no_resource(*mode, ty, name, &found.span);
                    }
                }
                Subject::Call { name, .. } | Subject::Output { call: name, .. } => {
                    self.called(name, &found.span);
                }
                Subject::Variable(_)
                | Subject::Local(_)
                | Subject::Path(_)
                | Subject::Terraform(_) => self.reference(&found, Place::default()),
            }
        }
    }
}
