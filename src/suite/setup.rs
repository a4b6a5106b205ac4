//! A run's stack: the module under test with the providers of the test file, pretended ones among
//! them, and with what is overridden put in its place.

use std::sync::Arc;

use model::{Diagnostic, Diagnostics, InstanceAddr, Kind, Map, Mode, ModuleAddr, Span, Value};
use stacks::load::{
    MockProvider, MockValues, Override, OverrideKind, Suite, TestProvider, TestRun,
};
use stacks::stack::{Module, ProviderBlock, ProviderRef};
use stacks::syntax::tree::{Attribute, Body, Expr, ExprKind, Ident, Item, ObjectKey};
use stacks::{Scope, Stack, evaluate};

use crate::mock::{Answer, MARK, Mock};

/// The stack of a run, and the mocks that its providers refer to. Values of mocks and settings of
/// providers are evaluated in `scope`.
pub fn prepare(
    suite: &Suite,
    run: &TestRun,
    stack: Stack,
    scope: &dyn Scope,
) -> Result<(Stack, Vec<Mock>), Diagnostics> {
    let mut setup = Setup { stack, scope, mocks: Vec::new(), problems: Vec::new() };
    for (inner, provider) in chosen(suite, run, &mut setup.problems) {
        setup.provider(inner, provider);
    }
    let of_mocks = suite.providers.values().filter_map(|it| match it {
        TestProvider::Mock(it) => Some(&it.overrides),
        TestProvider::Real(_) => None,
    });
    let of_mocks: Vec<&Override> = of_mocks.flatten().collect();
    // What stands nearer to the run wins.
    for it in of_mocks.into_iter().chain(&suite.overrides).chain(&run.overrides) {
        setup.replace(it);
    }
    match setup.problems.is_empty() {
        true => Ok((setup.stack, setup.mocks)),
        false => Err(setup.problems),
    }
}

/// The providers of the test file that a run uses, by their names in the module.
fn chosen<'a>(
    suite: &'a Suite,
    run: &TestRun,
    problems: &mut Diagnostics,
) -> Vec<(ProviderRef, &'a TestProvider)> {
    let Some(passed) = &run.providers else {
        return suite.providers.iter().map(|(name, it)| (name.clone(), it)).collect();
    };
    let mut chosen = Vec::new();
    for (inner, outer) in passed {
        match suite.providers.get(outer) {
            Some(it) => chosen.push((inner.clone(), it)),
            None => {
                let detail = format!("The test file has no provider block {outer}.");
                let problem = Diagnostic::error("Missing provider", detail);
                problems.push(problem.at(&run.span));
            }
        }
    }
    chosen
}

struct Setup<'a> {
    stack: Stack,
    scope: &'a dyn Scope,
    mocks: Vec<Mock>,
    problems: Diagnostics,
}

impl Setup<'_> {
    fn provider(&mut self, name: ProviderRef, provider: &TestProvider) {
        let block = match provider {
            TestProvider::Real(it) => {
                let body = self.known(&it.body);
                ProviderBlock { name: name.clone(), body, ..it.clone() }
            }
            TestProvider::Mock(it) => {
                let mock = self.mock(it);
                self.pretended(name.clone(), mock)
            }
        };
        Arc::make_mut(&mut self.stack.root).providers.insert(name, block);
    }

    /// A body whose expressions are values: those of a test file mean nothing in the module.
    fn known(&mut self, body: &Body) -> Body {
        let mut body = body.clone();
        for it in &mut body.attributes {
            match evaluate(&it.expr, self.scope) {
                Ok(value) => it.expr = literal(&value, &it.expr.span),
                Err(found) => self.problems.extend(found),
            }
        }
        for it in &mut body.blocks {
            it.body = self.known(&it.body);
        }
        body
    }

    fn mock(&mut self, it: &MockProvider) -> Mock {
        let mut answers = |all: &std::collections::BTreeMap<Arc<str>, MockValues>| {
            all.iter()
                .map(|(ty, values)| (ty.clone(), self.answer(values, it.during_plan)))
                .collect()
        };
        let (resources, data) = (answers(&it.resources), answers(&it.data));
        let other = Answer { values: Map::new(), during_plan: it.during_plan };
        Mock { resources, data, other }
    }

    fn answer(&mut self, it: &MockValues, during_plan: bool) -> Answer {
        let during_plan = it.during_plan.unwrap_or(during_plan);
        let values = it.values.as_ref().map(|expr| match evaluate(expr, self.scope) {
            Ok(value) => match value.entries() {
                Some(entries) => entries.clone(),
                None => {
                    let detail = "The values are an object: { name = value }.";
                    let problem = Diagnostic::error("Invalid mock values", detail);
                    self.problems.push(problem.at(&expr.span));
                    Map::new()
                }
            },
            Err(found) => {
                self.problems.extend(found);
                Map::new()
            }
        });
        Answer { values: values.unwrap_or_default(), during_plan }
    }

    /// A provider block that says which mock it is.
    fn pretended(&mut self, name: ProviderRef, mock: Mock) -> ProviderBlock {
        self.mocks.push(mock);
        let span = Span::default();
        let number = (self.mocks.len() - 1).to_string();
        let mark = Attribute {
            name: Ident { name: MARK.into(), span: span.clone() },
            expr: Expr { kind: ExprKind::String(number.into()), span: span.clone() },
            span: span.clone(),
        };
        let body = Body { attributes: vec![mark], ..Body::default() };
        ProviderBlock { name, body, span, json: false }
    }

    fn replace(&mut self, it: &Override) {
        let done = match it.kind {
            OverrideKind::Module => self.replace_module(it),
            OverrideKind::Resource => self.replace_block(it, Mode::Managed),
            OverrideKind::Data => self.replace_block(it, Mode::Data),
        };
        // An override may be meant for the module of another run.
        if done.is_none() && self.names_nothing(it) {
            let detail = format!("{} is no address that can be overridden.", it.target);
            let problem = Diagnostic::error("Invalid override target", detail);
            self.problems.push(problem.at(&it.target.span));
        }
    }

    fn names_nothing(&self, it: &Override) -> bool {
        let text = it.target.to_string();
        text.parse::<InstanceAddr>().is_err() && text.parse::<ModuleAddr>().is_err()
    }

    /// The block gets a provider of its own, which gives it the values.
    fn replace_block(&mut self, it: &Override, mode: Mode) -> Option<()> {
        let address = it.target.to_string().parse::<InstanceAddr>().ok()?.resource;
        let key = (mode, address.ty.clone(), address.name.clone());
        let path = address.module.path();
        let name =
            module_mut(&mut self.stack.root, &path)?.resources.get(&key)?.provider.name.clone();
        let other = self.answer(&it.values, false);
        let alias = format!("overridden-{}", self.mocks.len());
        let name = ProviderRef { name, alias: Some(alias.into()) };
        let block = self.pretended(name.clone(), Mock { other, ..Mock::default() });
        let module = module_mut(&mut self.stack.root, &path)?;
        module.providers.insert(name.clone(), block);
        let resource = module.resources.get_mut(&key)?;
        resource.provider = name;
        resource.provisioners.clear();
        Some(())
    }

    /// The module has nothing but outputs with the values that are given for them.
    fn replace_module(&mut self, it: &Override) -> Option<()> {
        let path = it.target.to_string().parse::<ModuleAddr>().ok()?.path();
        let values = self.answer(&it.values, false).values;
        let module = module_mut(&mut self.stack.root, &path)?;
        let mut empty = Module {
            path: module.path.clone(),
            dir: module.dir.clone(),
            variables: module.variables.clone(),
            outputs: module.outputs.clone(),
            ..Module::default()
        };
        empty.variables.values_mut().for_each(|it| it.validations.clear());
        for (name, output) in &mut empty.outputs {
            let null = Value::null(model::Type::Any);
            output.value = literal(values.get(name).unwrap_or(&null), &it.span);
            output.preconditions.clear();
            output.depends_on.clear();
        }
        *module = empty;
        Some(())
    }
}

fn module_mut<'a>(root: &'a mut Arc<Module>, path: &[Arc<str>]) -> Option<&'a mut Module> {
    let mut module = Arc::make_mut(root);
    for name in path {
        module = Arc::make_mut(module.calls.get_mut(name)?.module.as_mut()?);
    }
    Some(module)
}

/// An expression that gives a value.
fn literal(value: &Value, span: &Span) -> Expr {
    let inner = |it: &Value| literal(it, span);
    let entry = |(key, it): (&Arc<str>, &Value)| Item {
        key: ObjectKey::Expr(Expr { kind: ExprKind::String(key.clone()), span: span.clone() }),
        value: inner(it),
    };
    let kind = match &value.kind {
        Kind::Null(_) => ExprKind::Null,
        Kind::Bool(it) => ExprKind::Bool(*it),
        Kind::Number(it) => ExprKind::Number(it.clone()),
        Kind::String(it) => ExprKind::String(it.clone()),
        Kind::List(_, items) | Kind::Set(_, items) | Kind::Tuple(items) => {
            ExprKind::Tuple(items.iter().map(inner).collect())
        }
        Kind::Map(_, entries) | Kind::Object(entries) => {
            ExprKind::Object(entries.iter().map(entry).collect())
        }
        Kind::Unknown(_) => ExprKind::Broken,
    };
    Expr { kind, span: span.clone() }
}
