//! `import` blocks: objects that exist come into the state instead of being created.

use std::sync::Arc;

use model::{
    Diagnostic, Diagnostics, Fault, FaultKind, InstanceAddr, Key, Kind, ModuleAddr, ResourceAddr,
    Span, Value,
};
use stacks::eval::evaluate;
use stacks::stack::{Import, MoveEnd, Repeat, Resource};
use stacks::syntax::tree::{Expr, ExprKind};
use state::ObjectState;

use super::Planner;
use crate::graph::{BlockAddr, ProviderAddr, provider_addr};
use crate::lifecycle::as_written;
use crate::providers::{Bound, Providers, state_text};
use crate::repeat::{Instances, expand};
use crate::world::{BlockScope, World};

/// What an `import` block asks for in one of its instances.
pub struct Request {
    pub to: InstanceAddr,
    pub id: String,
    /// Whether the object may be missing, and is created then.
    pub if_exists: bool,
    span: Span,
}

impl Planner<'_, '_> {
    /// Brings in what `import` blocks name of a resource, unless the state has it already.
    pub(super) async fn import(&mut self, addr: &ResourceAddr, resource: &Resource) {
        let root = ModuleAddr::default();
        let Some(scope) = self.world.scope(&root) else { return };
        let block = BlockAddr::of(addr);
        let mut requests = Vec::new();
        for it in scope.module.imports.iter().filter(|it| is_about(it, &block)) {
            match asked(it, &scope) {
                Ok(found) => requests.extend(found),
                Err(found) => self.problems.extend(found),
            }
        }
        requests.retain(|it| it.to.resource == *addr);
        for it in requests {
            let seen = self.imported.get(&it.to);
            if let Some(id) = seen.filter(|id| **id != it.id) {
                let detail = format!("Another import block gives {} the id {id:?} already.", it.to);
                let problem = Diagnostic::error("Duplicate import configuration", detail);
                self.problems.push(problem.at(&it.span));
            }
            if seen.is_some() || self.state.instances.contains_key(&it.to) {
                continue;
            }
            let path = addr.module.path();
            let provider = provider_addr(self.input.stack, &path, &resource.provider);
            match read_import(self.providers, &provider, &it.to, &it.id).await {
                Ok(Some((_, object))) => self.take_in(it, &provider, object),
                Ok(None) if it.if_exists => {}
                Ok(None) => self.problems.push(missing(&it.to, &it.id).at(&it.span)),
                Err(found) => {
                    self.problems.extend(found.into_iter().map(|found| found.at(&it.span)));
                }
            }
        }
    }

    fn take_in(&mut self, request: Request, provider: &ProviderAddr, object: ObjectState) {
        let Request { to, id, .. } = request;
        let provider = state_text(self.input.stack, self.input.registry, provider);
        self.state.set(&to, None, &provider, Some(object));
        self.by_block.entry(BlockAddr::of(&to.resource)).or_default().insert(to.clone());
        self.imported.insert(to, id);
    }

    /// Reports `import` blocks of what the configuration does not have.
    pub(super) fn imports_without_block(&mut self) {
        let Some(scope) = self.world.scope(&ModuleAddr::default()) else { return };
        for it in &scope.module.imports {
            let Ok(found) = asked(it, &scope) else { continue };
            for request in found {
                let known = self.state.instances.contains_key(&request.to)
                    || self.imported.contains_key(&request.to)
                    || !self.is_selected(&request.to)
                    || self.waiting.contains(&BlockAddr::of(&request.to.resource))
                    || self.is_configured(&request.to);
                if !known {
                    let detail = format!("The configuration has no {}.", request.to);
                    let summary = "Configuration for import target does not exist";
                    let hint = "write a resource block for it, or let it be written: groundplan \
                                plan -generate-config-out=FILE";
                    let problem = Diagnostic::error(summary, detail).at(&request.span);
                    self.problems.push(problem.hint(hint));
                }
            }
        }
    }

    fn is_configured(&self, address: &InstanceAddr) -> bool {
        let instances = self.world.resource_instances(&address.resource);
        instances.is_ok_and(|it| {
            *it == Instances::Unknown && self.configured(address).is_some()
                || it.contains(address.key.as_ref())
        })
    }
}

/// All requests of all `import` blocks, with their blocks.
///
/// # Errors
///
/// What is wrong with a block.
pub fn requests(world: &World<'_>) -> Result<Vec<(Import, Request)>, Diagnostics> {
    let Some(scope) = world.scope(&ModuleAddr::default()) else { return Ok(Vec::new()) };
    let mut all = Vec::new();
    for it in &scope.module.imports {
        all.extend(asked(it, &scope)?.into_iter().map(|request| (it.clone(), request)));
    }
    Ok(all)
}

fn is_about(it: &Import, block: &BlockAddr) -> bool {
    match &it.target {
        MoveEnd::Module(_) => false,
        MoveEnd::Resource { module, ty, name, .. } => {
            module.iter().map(|it| &it.0).eq(&block.module)
                && (ty, name) == (&block.ty, &block.name)
        }
    }
}

/// The requests of an `import` block.
fn asked(it: &Import, scope: &BlockScope<'_>) -> Result<Vec<Request>, Diagnostics> {
    let Some(for_each) = &it.for_each else {
        return Ok(vec![request(it, scope)?]);
    };
    let instances = expand(&Repeat::ForEach(for_each.clone()), scope)?;
    if instances == Instances::Unknown {
        let detail = "The keys of an import block's for_each have to be known while planning.";
        return Err(vec![
            Diagnostic::error("Invalid for_each argument", detail).at(&for_each.span),
        ]);
    }
    let each = |key: Option<Key>| request(it, &scope.instance(&instances, key.as_ref()));
    instances.keys().into_iter().map(each).collect()
}

fn request(it: &Import, scope: &BlockScope<'_>) -> Result<Request, Diagnostics> {
    let MoveEnd::Resource { module, ty, name, key } = &it.target else {
        return Err(Vec::new());
    };
    let resource = ResourceAddr {
        module: ModuleAddr(module.clone()),
        mode: model::Mode::Managed,
        ty: ty.clone(),
        name: name.clone(),
    };
    let key = match variable_key(&it.to) {
        Some(expr) => Some(key_of(expr, scope)?),
        None => key.clone(),
    };
    let id = evaluate(&it.id, scope)?;
    let wrong = |why: &str| {
        let detail = format!("The import ID value {why}.");
        Err(vec![Diagnostic::error("Invalid import id argument", detail).at(&it.id.span)])
    };
    let asking = |id: String| {
        let to = resource.instance(key);
        Request { to, id, if_exists: it.if_exists, span: it.span.clone() }
    };
    match &id.kind {
        _ if id.marks_deep().sensitive => wrong("is sensitive, and would be shown"),
        _ if id.marks_deep().ephemeral => wrong("is ephemeral, and not the same each time"),
        Kind::Null(_) => wrong("is null"),
        Kind::Unknown(_) => {
            wrong("depends on something that is not applied yet; apply that first, with -target")
        }
        Kind::String(text) if text.is_empty() => wrong("is an empty text"),
        Kind::String(text) => Ok(asking(text.to_string())),
        Kind::Number(number) => Ok(asking(number.to_string())),
        _ => wrong("is not a text"),
    }
}

/// The key of an import's target, where it is an expression.
fn variable_key(to: &Expr) -> Option<&Expr> {
    match &to.kind {
        ExprKind::Index(_, key)
            if !matches!(key.kind, ExprKind::String(_) | ExprKind::Number(_)) =>
        {
            Some(key)
        }
        _ => None,
    }
}

fn key_of(expr: &Expr, scope: &BlockScope<'_>) -> Result<Key, Diagnostics> {
    let value: Value = evaluate(expr, scope)?;
    let key = match &value.kind {
        Kind::String(text) => Some(Key::Name(Arc::clone(text))),
        Kind::Number(n) => n.to_i64().and_then(|n| u64::try_from(n).ok()).map(Key::Index),
        _ => None,
    };
    key.filter(|_| !value.marks.sensitive).ok_or_else(|| {
        let detail = "The key of an import target is a text or a whole number that is known while \
                      planning and not sensitive.";
        vec![Diagnostic::error("Invalid import address", detail).at(&expr.span)]
    })
}

/// The object that a user means by `id`, as the state is to have it, if there is one.
///
/// # Errors
///
/// What the cloud answers.
pub async fn read_import(
    providers: &Providers<'_>,
    provider: &ProviderAddr,
    address: &InstanceAddr,
    id: &str,
) -> Result<Option<(Bound, ObjectState)>, Diagnostics> {
    let bound = providers.resource(provider, &address.resource.ty).await?;
    let refused = |fault: Fault| {
        let summary = format!("Cannot import {address}");
        vec![Diagnostic::error(summary, fault.to_string()).on(address)]
    };
    let real = match crate::retry::reading(bound.reader.rate(), || bound.ty.import(id)).await {
        Err(fault) if fault.kind == FaultKind::NotFound => return Ok(None),
        real => real.map_err(refused)?,
    };
    let live = bound.reader.read(&real).await.map_err(refused)?;
    let Some(live) = live else { return Ok(None) };
    let nothing = model::Object::new();
    let attributes = as_written(bound.ty.as_ref(), live.attributes, &nothing);
    let schema_version = bound.ty.schema().version;
    let object = ObjectState { schema_version, attributes, ..ObjectState::default() };
    Ok(Some((bound, object)))
}

/// That there is nothing with the id.
pub fn missing(address: &InstanceAddr, id: &str) -> Diagnostic {
    let detail = format!(
        "There is no object with the id {id:?} to import as {address}. Only objects that exist can be \
         imported; look whether the id, the region and the account are right."
    );
    Diagnostic::error("Cannot import non-existent remote object", detail).on(address)
}
