//! Rules across objects: what would undo each other's work or does not fit together and, if asked, what
//! of the cloud an apply would fail for. All of it is reported where it is written.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::future::join_all;
use model::{
    Diagnostic, Diagnostics, Finding, InstanceAddr, Key, Kind, Map, Mode, Planned, ResourceAddr,
    Severity, Span, Value,
};
use stacks::references::{Reference, Subject, body_references, parse, references};
use stacks::stack::Resource;
use stacks::syntax::tree::{Block, Body, Expr, ExprKind, ObjectKey};

use super::Planner;
use crate::graph::ProviderAddr;
use crate::retry::reading;
use crate::world::BlockScope;

/// A planned object, as rules across objects look at it.
pub(super) struct Looked {
    address: InstanceAddr,
    provider: ProviderAddr,
    given: Map,
    after: Map,
    refers: BTreeMap<Arc<str>, InstanceAddr>,
    mentions: BTreeMap<Arc<str>, Vec<InstanceAddr>>,
    encoded: BTreeMap<Arc<str>, Value>,
}

impl Looked {
    fn planned(&self) -> Planned<'_> {
        let Looked { address, given, after, refers, mentions, encoded, .. } = self;
        Planned { address, given, after, refers, mentions, encoded }
    }
}

impl Planner<'_, '_> {
    pub(super) fn remember(
        &mut self,
        address: &InstanceAddr,
        provider: &ProviderAddr,
        resource: &Resource,
        scope: &BlockScope<'_>,
        (given, after): (&Map, &Map),
    ) {
        let unknown = || after.iter().filter(|it| !it.1.is_known()).map(|it| it.0.clone());
        let open = after.iter().filter(|it| !it.1.is_wholly_known()).map(|it| it.0.clone());
        let refers = unknown().filter_map(|it| Some((it.clone(), referred(resource, scope, &it)?)));
        let mentions = open.map(|it| (it.clone(), mentioned(resource, scope, &it)));
        let encoded = unknown().filter_map(|it| Some((it.clone(), encoded(resource, scope, &it)?)));
        self.objects.push(Looked {
            address: address.clone(),
            provider: provider.clone(),
            given: given.clone(),
            after: after.clone(),
            refers: refers.collect(),
            mentions: mentions.filter(|it| !it.1.is_empty()).collect(),
            encoded: encoded.collect(),
        });
    }

    pub(super) fn conflicts(&mut self) {
        let planned: Vec<Planned<'_>> = self.objects.iter().map(Looked::planned).collect();
        let found = self.input.registry.conflicts(&planned);
        self.report(found);
    }

    /// Asks each type what is wrong with objects that are there. What cannot be asked is no reason to stop.
    pub(super) async fn trouble(&mut self) {
        let all: Vec<Planned<'_>> = self.objects.iter().map(Looked::planned).collect();
        let (providers, own) = (self.providers, self.by_type(&all));
        let asked = own.iter().map(|((provider, ty), own)| async move {
            let bound = providers.resource(provider, ty).await?;
            let found = reading(bound.reader.rate(), || bound.ty.trouble(own)).await;
            found.map_err(|fault| {
                let summary = format!("Cannot tell how objects of {ty} are");
                vec![Diagnostic::warning(summary, fault.to_string())]
            })
        });
        let answers = join_all(asked).await;
        self.hear(answers);
    }

    /// The objects of each type and provider.
    fn by_type<'a>(
        &'a self,
        all: &[Planned<'a>],
    ) -> BTreeMap<(&'a ProviderAddr, &'a str), Vec<Planned<'a>>> {
        let mut own: BTreeMap<(&ProviderAddr, &str), Vec<Planned<'_>>> = BTreeMap::new();
        for (it, planned) in self.objects.iter().zip(all) {
            own.entry((&it.provider, &it.address.resource.ty)).or_default().push(*planned);
        }
        own
    }

    fn hear(&mut self, answers: Vec<Result<Vec<Finding>, Diagnostics>>) {
        for answer in answers {
            match answer {
                Ok(found) => self.report(found),
                Err(found) => self.problems.extend(found),
            }
        }
    }

    /// Asks each type what in the cloud an apply would fail for: all types at once.
    pub(super) async fn verify(&mut self) {
        if !self.options.verify {
            return;
        }
        let all: Vec<Planned<'_>> = self.objects.iter().map(Looked::planned).collect();
        let own = self.by_type(&all);
        let (providers, all) = (self.providers, &all);
        let asked = own.iter().map(|((provider, ty), own)| async move {
            let bound = providers.resource(provider, ty).await?;
            let found = reading(bound.reader.rate(), || bound.ty.verify(own, all)).await;
            found.map_err(|fault| {
                vec![Diagnostic::error(format!("Cannot verify {ty}"), fault.to_string())]
            })
        });
        let answers = join_all(asked).await;
        self.hear(answers);
    }

    fn report(&mut self, mut found: Vec<Finding>) {
        found.sort();
        for it in found {
            let problem = match it.severity {
                Severity::Error => Diagnostic::error(it.summary, it.detail.clone()),
                Severity::Warning => Diagnostic::warning(it.summary, it.detail.clone()),
            };
            let problem = problem.on(&it.address);
            self.problems.push(match self.configured(&it.address) {
                Some((resource, scope)) => {
                    let path = self.as_written(&it, &resource, &scope).unwrap_or(it.path);
                    problem.at(place(&resource.body, &path).unwrap_or(&resource.span))
                }
                None => problem,
            });
        }
    }

    /// The path of a finding with the position that a block is written at, in the place of the one that it
    /// has in the object: a set has an order of its own, and a `dynamic` block gives several.
    fn as_written(
        &self,
        it: &Finding,
        resource: &Resource,
        scope: &BlockScope<'_>,
    ) -> Option<Vec<Key>> {
        let [Key::Name(name), Key::Index(n), rest @ ..] = it.path.as_slice() else { return None };
        let n = usize::try_from(*n).ok()?;
        let object = self.objects.iter().find(|of| of.address == it.address)?;
        let element = object.after.get(name)?.items()?.get(n)?;
        let schema = self.input.registry.resource_schema(&resource.ty.name)?;
        let json = resource.json;
        let written = stacks::decode::blocks(&resource.body, json, schema, name, scope);
        let (_, span) = written.iter().find(|it| may_become(&it.0, element))?;
        let mut blocks = resource.body.blocks.iter().filter(|it| is_of(it, name));
        let n = blocks.position(|it| it.span == *span)?;
        let place = [Key::Name(name.clone()), Key::from(n)];
        Some([&place[..], rest].concat())
    }
}

/// Whether what is written as a block says nothing that a planned block contradicts.
fn may_become(written: &Value, planned: &Value) -> bool {
    let Some(entries) = written.entries() else { return false };
    entries.iter().all(|(name, it)| {
        let plain = |it: &Value| it.clone().unmark_deep().0;
        let planned = planned.get(name);
        it.is_null()
            || !it.is_wholly_known()
            || planned.is_none_or(|of| !of.is_wholly_known() || plain(it) == plain(of))
    })
}

/// The object whose attribute an argument is, where that is all it says.
fn referred(resource: &Resource, scope: &BlockScope<'_>, name: &str) -> Option<InstanceAddr> {
    let traversal = resource.body.attribute(name)?.expr.as_traversal()?;
    managed(&parse(&traversal).ok()?, scope)
}

/// All objects that an argument, or the blocks of a kind, are written with.
fn mentioned(resource: &Resource, scope: &BlockScope<'_>, name: &str) -> Vec<InstanceAddr> {
    let body = &resource.body;
    let blocks = body.blocks.iter().filter(|it| is_of(it, name));
    let inside = blocks.flat_map(|it| body_references(&it.body, it.json));
    let argument = body.attribute(name).map(|it| references(&it.expr)).unwrap_or_default();
    argument.iter().chain(&inside.collect::<Vec<_>>()).filter_map(|it| managed(it, scope)).collect()
}

fn managed(it: &Reference, scope: &BlockScope<'_>) -> Option<InstanceAddr> {
    match &it.subject {
        Subject::Resource { mode: Mode::Managed, ty, name, key } => {
            let (module, ty, name) = (scope.addr.clone(), ty.clone(), name.clone());
            Some(ResourceAddr { module, mode: Mode::Managed, ty, name }.instance(key.clone()))
        }
        _ => None,
    }
}

/// Whether it is a block of a kind, or a `dynamic` one that makes such blocks.
fn is_of(block: &Block, kind: &str) -> bool {
    let made = || block.labels.first().is_some_and(|it| &*it.name == kind);
    &*block.kind.name == kind || (&*block.kind.name == "dynamic" && made())
}

/// What `jsonencode` is given, as far as it is known.
fn encoded(resource: &Resource, scope: &BlockScope<'_>, name: &str) -> Option<Value> {
    let value = json_argument(&resource.body.attribute(name)?.expr)?;
    let found = stacks::evaluate(value, scope).ok()?;
    (!matches!(found.kind, Kind::Unknown(_))).then_some(found)
}

fn json_argument(expr: &Expr) -> Option<&Expr> {
    match &expr.kind {
        ExprKind::Paren(it) | ExprKind::Wrap(it) => json_argument(it),
        ExprKind::Call { name, args, .. } if &*name.name == "jsonencode" => args.first(),
        _ => None,
    }
}

/// Where a part of a block is written, as far as its path leads into what is written there.
fn place<'a>(body: &'a Body, path: &[Key]) -> Option<&'a Span> {
    let (Key::Name(name), rest) = path.split_first()? else { return None };
    if let Some(it) = body.attribute(name) {
        return Some(if rest.is_empty() { &it.span } else { inside(&it.expr, rest) });
    }
    let (n, rest) = match rest.split_first() {
        Some((Key::Index(n), rest)) => (usize::try_from(*n).unwrap_or(usize::MAX), rest),
        _ => (0, rest),
    };
    let mut blocks = body.blocks.iter().filter(|it| is_of(it, name)).collect::<Vec<_>>();
    let block = if n < blocks.len() { blocks.swap_remove(n) } else { blocks.pop()? };
    // What a `dynamic` block makes is written in its content.
    let content = block.body.blocks_of("content").next().filter(|_| &*block.kind.name == "dynamic");
    let body = content.map_or(&block.body, |it| &it.body);
    Some(place(body, rest).unwrap_or(&block.span))
}

fn inside<'a>(expr: &'a Expr, path: &[Key]) -> &'a Span {
    let Some((key, rest)) = path.split_first() else { return &expr.span };
    let found = match (&expr.kind, key) {
        (ExprKind::Paren(it) | ExprKind::Wrap(it), _) => return inside(it, path),
        // Functions such as `jsonencode` and `toset` leave what is in it where it is.
        (ExprKind::Call { args, .. }, _) => match args.as_slice() {
            [it] => return inside(it, path),
            _ => None,
        },
        (ExprKind::Tuple(items), Key::Index(n)) => {
            usize::try_from(*n).ok().and_then(|it| items.get(it))
        }
        (ExprKind::Object(items), Key::Name(name)) => {
            let is_it = |it: &&stacks::syntax::tree::Item| match &it.key {
                ObjectKey::Name(it) => it.name == *name,
                ObjectKey::Expr(it) => matches!(&it.kind, ExprKind::String(it) if it == name),
            };
            items.iter().find(is_it).map(|it| &it.value)
        }
        _ => None,
    };
    found.map_or(&expr.span, |it| inside(it, rest))
}
