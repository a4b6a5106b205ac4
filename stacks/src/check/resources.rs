//! Resources and data sources: their types, their arguments, and what these name.

use model::{Attributes, Diagnostic, Mode, Schema};

use super::{Checker, Place};
use crate::provisioners::LocalExec;
use crate::stack::{Check, IgnoreChanges, Import, Provisioner, Repeat, Resource};
use crate::suggest;
use crate::syntax::tree::{Step, Traversal};

impl Checker<'_> {
    /// A resource of the module, or the data source of a check.
    pub(super) fn resource(&mut self, it: &Resource, check: Option<&Check>) {
        let schema = self.schema(it.mode, &it.ty.name);
        match schema {
            Some(schema) => self.body(&it.body, it.json, schema),
            None => self.no_type(it),
        }
        self.resource_provider(it);
        let nowhere = Place { own: Some(it), check, ..Place::default() };
        let place = Place { own: Some(it), check, ..Place::within(&it.repeat) };
        match &it.repeat {
            Repeat::Once => (),
            Repeat::Count(expr) | Repeat::ForEach(expr) => self.expr(expr, nowhere),
        }
        self.depends_on(&it.depends_on);
        self.body_names(&it.body, it.json, place);
        self.functions_in(&it.body);
        self.lifecycle(it, schema, place);
        let with_self = Place { this: Some((it.mode, &it.ty.name)), own: None, ..place };
        if let Some(body) = &it.connection {
            self.body_names(body, it.json, with_self);
            self.functions_in(body);
        }
        self.provisioners(&it.provisioners, with_self);
    }

    /// Provisioners: those of a resource, or of a `removed` block.
    pub(super) fn provisioners(&mut self, provisioners: &[Provisioner], place: Place<'_>) {
        for it in provisioners {
            for body in std::iter::once(&it.body).chain(&it.connection) {
                self.body_names(body, it.json, place);
                self.functions_in(body);
            }
            if &*it.kind.name == "local-exec" {
                self.body(&it.body, it.json, &LocalExec::SCHEMA);
            } else if matches!(&*it.kind.name, "remote-exec" | "file") {
                let detail = format!(
                    "groundplan does not log in to machines, so a {:?} provisioner cannot run. Use \
                     user data, or a local-exec provisioner that calls ssh.",
                    it.kind.name
                );
                let problem = Diagnostic::error("Unsupported provisioner type", detail);
                self.problems.push(problem.at(&it.kind.span));
            } else {
                let detail = format!("There is no provisioner {:?}.", it.kind.name);
                let known = ["local-exec", "remote-exec", "file"];
                let hint = suggest::hint(&it.kind.name, known);
                let problem = Diagnostic::error("Invalid provisioner type", detail);
                self.add(problem.at(&it.kind.span), hint);
            }
        }
    }

    fn lifecycle(&mut self, it: &Resource, schema: Option<&'static Schema>, place: Place<'_>) {
        let lifecycle = &it.lifecycle;
        let without_own = Place { own: None, ..place };
        lifecycle.prevent_destroy.iter().for_each(|it| self.expr(it, place));
        lifecycle.replace_triggered_by.iter().for_each(|it| self.expr(it, place));
        lifecycle.preconditions.iter().for_each(|it| self.rule(it, without_own));
        let with_self = Place { this: Some((it.mode, &it.ty.name)), ..without_own };
        lifecycle.postconditions.iter().for_each(|it| self.rule(it, with_self));
        if let (IgnoreChanges::Some(paths), Some(schema)) = (&lifecycle.ignore_changes, schema) {
            paths.iter().for_each(|path| self.ignored(path, it, schema));
        }
    }

    /// A path of `ignore_changes`: one that the type has, and that the user could have given.
    fn ignored(&mut self, path: &Traversal, resource: &Resource, schema: &'static Schema) {
        let root = Step::Attr(path.root.clone());
        let steps: Vec<Step> = std::iter::once(root).chain(path.steps.iter().cloned()).collect();
        self.attributes(resource.mode, &resource.ty.name, &steps);
        let Some(attribute) = schema.attribute(&path.root.name) else { return };
        if attribute.given == model::Given::Output && attribute.name != "id" {
            let detail = format!(
                "Adding an attribute name to ignore_changes tells groundplan to ignore future \
                 changes to the argument in configuration after the object has been created, \
                 retaining the value originally configured.\n\nThe attribute {} is decided by the \
                 provider alone and therefore there can be no configured value to compare with. \
                 Including this attribute in ignore_changes has no effect. Remove the attribute \
                 from ignore_changes to quiet this warning.",
                attribute.name
            );
            let problem = Diagnostic::warning("Redundant ignore_changes element", detail);
            self.problems.push(problem.at(&path.span));
        }
    }

    fn no_type(&mut self, it: &Resource) {
        let ty = &*it.ty.name;
        let (summary, what, other) = match it.mode {
            Mode::Managed => ("Invalid resource type", "resource type", Mode::Data),
            Mode::Data => ("Invalid data source", "data source", Mode::Managed),
            Mode::Ephemeral => ("Invalid ephemeral resource", "ephemeral resource", Mode::Data),
        };
        let provider = self.provider_schema(&it.provider.name);
        let source = provider
            .map(|it| it.source.strip_prefix("registry.terraform.io/").unwrap_or(it.source));
        let Some(source) = source else {
            return self.no_provider(&it.provider.name, &it.ty.span);
        };
        let detail = format!("The provider {source} does not support {what} {ty:?}.");
        let hint = match (self.schema(other, ty), other) {
            (Some(_), Mode::Data) => Some(format!(
                "did you intend to use the data source {ty:?}? If so, declare this using a \
                 \"data\" block instead of a \"resource\" block."
            )),
            (Some(_), Mode::Managed) => Some(format!(
                "did you intend to use the managed resource type {ty:?}? If so, declare this using \
                 a \"resource\" block instead of a \"data\" block."
            )),
            (None, _) | (_, Mode::Ephemeral) => suggest::hint(ty, self.registry.names(it.mode)),
        };
        self.add(Diagnostic::error(summary, detail).at(&it.ty.span), hint);
    }

    pub(super) fn import(&mut self, it: &Import) {
        if let Some(for_each) = &it.for_each {
            self.expr(for_each, Place::default());
        }
        let place = Place { each: it.for_each.is_some(), ..Place::default() };
        self.expr(&it.id, place);
    }
}
