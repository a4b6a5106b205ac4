//! Providers: whether there is such a one, and the configuration that a resource asks for.

use model::{Diagnostic, ProviderSchema, Span};

use super::{Checker, Place};
use crate::stack::{Module, ProviderBlock, ProviderRef, Resource};
use crate::suggest;

impl Checker<'_> {
    /// The provider that a local name of the module stands for.
    pub(super) fn provider_schema(&self, local: &str) -> Option<&ProviderSchema> {
        let providers = self.registry.providers();
        match self.module.terraform.required_providers.get(local) {
            Some(required) => {
                let source = full_source(&required.source);
                providers.iter().find(|it| it.source == source)
            }
            None => providers.iter().find(|it| it.name == local),
        }
    }

    pub(super) fn no_provider(&mut self, local: &str, span: &Span) {
        let known: Vec<&str> = self.registry.providers().iter().map(|it| it.name).collect();
        let source = match self.module.terraform.required_providers.get(local) {
            Some(required) => required.source.clone(),
            None => format!("hashicorp/{local}"),
        };
        let detail = format!(
            "There is no provider {source} in groundplan, which has its providers built in: {}.",
            known.join(", ")
        );
        let hint = suggest::hint(local, known);
        self.add(Diagnostic::error("Provider not supported", detail).at(span), hint);
    }

    pub(super) fn provider_block(&mut self, it: &ProviderBlock) {
        match self.provider_schema(&it.name.name).map(|it| it.settings) {
            Some(settings) => self.body(&it.body, it.json, &settings),
            None => self.no_provider(&it.name.name, &it.span),
        }
        self.body_names(&it.body, it.json, Place::default());
        self.functions_in(&it.body);
    }

    pub(super) fn resource_provider(&mut self, it: &Resource) {
        let span = it.provider_span.as_ref().unwrap_or(&it.span);
        self.provider_reference(&it.provider, span);
        let expected = self.registry.provider_of(&it.ty.name);
        let given = self.provider_schema(&it.provider.name).map(|it| it.name);
        if let (Some(expected), Some(given), Some(span)) = (expected, given, &it.provider_span)
            && expected != given
        {
            let detail = format!(
                "The provider {:?} does not support resource type {:?}, which is of the provider \
                 {expected:?}.",
                it.provider.name, it.ty.name
            );
            self.problems.push(Diagnostic::error("Invalid resource type", detail).at(span));
        }
    }

    /// A configuration with an alias must be there, or be one that callers pass in.
    pub(super) fn provider_reference(&mut self, it: &ProviderRef, span: &Span) {
        let Some(alias) = &it.alias else { return };
        if has_configuration(self.module, it) {
            return;
        }
        let detail = format!(
            "There is no configuration of provider {:?} with the alias {alias:?} in {}.",
            it.name,
            self.here()
        );
        let declared = self.module.providers.keys().filter(|known| known.name == it.name);
        let aliases = declared.filter_map(|it| it.alias.as_deref());
        let hint = suggest::suggest(alias, aliases);
        let hint = hint.map(|alias| format!("did you mean {}.{alias}?", it.name));
        let summary = "Reference to undeclared provider configuration";
        self.add(Diagnostic::error(summary, detail).at(span), hint);
    }
}

/// Whether a module has a provider configuration of its own, or is passed one.
pub(super) fn has_configuration(module: &Module, it: &ProviderRef) -> bool {
    let required = module.terraform.required_providers.get(&it.name);
    module.providers.contains_key(it)
        || required.is_some_and(|required| required.configuration_aliases.contains(it))
}

/// `HOST/NAMESPACE/NAME`
fn full_source(source: &str) -> String {
    match source.split('/').count() {
        1 => format!("registry.terraform.io/hashicorp/{source}"),
        2 => format!("registry.terraform.io/{source}"),
        _ => source.to_owned(),
    }
}
