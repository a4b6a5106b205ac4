//! What is known while a plan is made or applied, and the value of every name in it.
//!
//! Names are evaluated when they are asked for and remembered. That is safe because nothing asks for
//! a name before all that it needs has been planned, or applied: the graph sees to that.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::SystemTime;

use model::{
    Diagnostic, Diagnostics, Key, Kind, Map, Marks, Mode, ModuleAddr, Registry, ResourceAddr, Span,
    Type, Value,
};
use stacks::eval::{Scope, evaluate};
use stacks::stack::{Call, Module, Repeat, Stack, Variable};
use stacks::syntax::tree::{Expr, Ident, Step};

use crate::repeat::{Instances, expand};

/// Where and under which name a stack runs.
#[derive(Debug, Clone, Default)]
pub struct Site {
    pub workspace: String,
    /// The directory that relative paths start from, and what `path.cwd` says.
    pub cwd: PathBuf,
    /// What `path.root` says: `.`.
    pub root: PathBuf,
    /// When the plan was or is made: `plantimestamp()`.
    pub planned: Option<SystemTime>,
}

/// The configuration, its variables, and every object as it is or will be.
pub struct World<'a> {
    pub stack: &'a Stack,
    pub registry: &'a dyn Registry,
    pub site: &'a Site,
    variables: &'a BTreeMap<String, Value>,
    applying: bool,
    known: Mutex<Known>,
}

/// Objects of one resource, by key.
pub type Objects = Vec<(Option<Key>, Value)>;

#[derive(Default)]
struct Known {
    resources: HashMap<ResourceAddr, Resource>,
    names: HashMap<(ModuleAddr, Named), Result<Value, Diagnostics>>,
    repeats: HashMap<(ModuleAddr, Repeated), Result<Arc<Instances>, Diagnostics>>,
}

/// The objects of a resource block in one instance of its module.
#[derive(Clone, Default)]
struct Resource {
    instances: Option<Arc<Instances>>,
    objects: BTreeMap<Option<Key>, Value>,
    /// All of them as one value, once that has been asked for.
    whole: Option<Value>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Named {
    Variable(Arc<str>),
    Local(Arc<str>),
    Output(Arc<str>),
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Repeated {
    Call(Arc<str>),
    Resource(Mode, Arc<str>, Arc<str>),
}

/// The names that an expression sees: those of its module, and what its block repeats over.
#[derive(Clone)]
pub struct BlockScope<'a> {
    pub world: &'a World<'a>,
    pub module: Arc<Module>,
    pub addr: ModuleAddr,
    /// Which instance of its block the expression is evaluated for.
    pub key: Option<Key>,
    /// `each.value`.
    pub each: Option<Value>,
    /// `self`, in conditions and provisioners.
    pub this: Option<Value>,
    /// A data source that only this scope sees: that of a `check` block.
    pub nested: Option<Arc<(ResourceAddr, Value)>>,
}

impl<'a> World<'a> {
    pub fn new(
        stack: &'a Stack,
        registry: &'a dyn Registry,
        site: &'a Site,
        variables: &'a BTreeMap<String, Value>,
        applying: bool,
    ) -> World<'a> {
        World { stack, registry, site, variables, applying, known: Mutex::default() }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().expect("nothing panics while it holds this")
    }

    /// The module of the configuration that `addr` is an instance of.
    pub fn module(&self, addr: &ModuleAddr) -> Option<Arc<Module>> {
        let mut module = self.stack.root.clone();
        for (name, _) in &addr.0 {
            module = module.calls.get(name)?.module.clone()?;
        }
        Some(module)
    }

    /// The scope of a block's expressions, without instance.
    pub fn scope(&self, addr: &ModuleAddr) -> Option<BlockScope<'_>> {
        let module = self.module(addr)?;
        Some(BlockScope {
            world: self,
            module,
            addr: addr.clone(),
            key: None,
            each: None,
            this: None,
            nested: None,
        })
    }

    /// Says how many instances a resource has, before its objects are set.
    pub fn set_instances(&self, resource: &ResourceAddr, instances: Arc<Instances>) {
        let mut known = self.known();
        let entry = known.resources.entry(resource.clone()).or_default();
        entry.objects.retain(|key, _| instances.contains(key.as_ref()));
        entry.instances = Some(instances);
        entry.whole = None;
    }

    /// Says what an object is, or will be.
    pub fn set_object(&self, resource: &ResourceAddr, key: Option<Key>, value: Value) {
        let mut known = self.known();
        let entry = known.resources.entry(resource.clone()).or_default();
        entry.objects.insert(key, value);
        entry.whole = None;
    }

    /// Forgets everything: done once, before the objects are planned, since the settings of providers
    /// have been evaluated with the objects of the state before.
    pub fn forget(&self) {
        *self.known() = Known::default();
    }

    /// Says that a variable is not valid: what uses it fails for the same reasons, and no others.
    pub fn refuse_variable(&self, addr: &ModuleAddr, name: &Arc<str>, why: Diagnostics) {
        self.known().names.insert((addr.clone(), Named::Variable(name.clone())), Err(why));
    }

    /// The same of an output.
    pub fn refuse_output(&self, addr: &ModuleAddr, name: &Arc<str>, why: Diagnostics) {
        self.known().names.insert((addr.clone(), Named::Output(name.clone())), Err(why));
    }

    /// An object as it is known now.
    pub fn object(&self, resource: &ResourceAddr, key: Option<&Key>) -> Option<Value> {
        self.known().resources.get(resource)?.objects.get(&key.cloned()).cloned()
    }

    /// The objects and instances of every resource, in order: what a plan carries.
    pub fn resources(&self) -> Vec<(ResourceAddr, Option<Arc<Instances>>, Objects)> {
        let known = self.known();
        let mut all: Vec<_> = known
            .resources
            .iter()
            .map(|(addr, it)| {
                let objects = it.objects.iter().map(|(k, v)| (k.clone(), v.clone())).collect();
                (addr.clone(), it.instances.clone(), objects)
            })
            .collect();
        all.sort_by(|a, b| a.0.cmp(&b.0));
        all
    }

    /// All instances of a module of the configuration. A part of the path whose instances are not
    /// known yet has none.
    ///
    /// # Errors
    ///
    /// What is wrong with a `count` or `for_each` on the way.
    pub fn instances_of(&self, path: &[Arc<str>]) -> Result<Vec<ModuleAddr>, Diagnostics> {
        let mut found = vec![ModuleAddr::default()];
        for name in path {
            let mut next = Vec::new();
            for addr in found {
                let instances = self.call_instances(&addr, name)?;
                next.extend(instances.keys().into_iter().map(|key| addr.child(name, key)));
            }
            found = next;
        }
        Ok(found)
    }

    /// The instances of a module call.
    ///
    /// # Errors
    ///
    /// What is wrong with its `count` or `for_each`.
    pub fn call_instances(
        &self,
        addr: &ModuleAddr,
        name: &Arc<str>,
    ) -> Result<Arc<Instances>, Diagnostics> {
        let Some(scope) = self.scope(addr) else { return Ok(Arc::new(Instances::Unknown)) };
        let Some(call) = scope.module.calls.get(name) else {
            return Ok(Arc::new(Instances::Unknown));
        };
        self.repeats(addr, Repeated::Call(name.clone()), &call.repeat, &scope)
    }

    /// The instances that a resource's `count` or `for_each` asks for.
    ///
    /// # Errors
    ///
    /// What is wrong with them.
    pub fn resource_instances(&self, addr: &ResourceAddr) -> Result<Arc<Instances>, Diagnostics> {
        let Some(scope) = self.scope(&addr.module) else {
            return Ok(Arc::new(Instances::Unknown));
        };
        let block = (addr.mode, addr.ty.clone(), addr.name.clone());
        let Some(resource) = scope.module.resources.get(&block) else {
            return Ok(Arc::new(Instances::Unknown));
        };
        let (mode, ty, name) = block;
        self.repeats(&addr.module, Repeated::Resource(mode, ty, name), &resource.repeat, &scope)
    }

    fn repeats(
        &self,
        addr: &ModuleAddr,
        what: Repeated,
        repeat: &Repeat,
        scope: &BlockScope<'_>,
    ) -> Result<Arc<Instances>, Diagnostics> {
        let key = (addr.clone(), what);
        if let Some(it) = self.known().repeats.get(&key) {
            return it.clone();
        }
        let result = expand(repeat, scope).map(Arc::new);
        self.known().repeats.insert(key, result.clone());
        result
    }

    fn remembered(
        &self,
        addr: &ModuleAddr,
        named: Named,
        evaluate: impl FnOnce() -> Result<Value, Diagnostics>,
    ) -> Result<Value, Diagnostics> {
        let key = (addr.clone(), named);
        if let Some(it) = self.known().names.get(&key) {
            return it.clone();
        }
        let result = evaluate();
        self.known().names.insert(key, result.clone());
        result
    }

    /// The value of an input variable in an instance of its module.
    ///
    /// # Errors
    ///
    /// What is wrong with the argument it gets, or with its type.
    pub fn variable(&self, addr: &ModuleAddr, name: &Arc<str>) -> Result<Value, Diagnostics> {
        let Some((call_name, key)) = addr.0.last() else {
            let refused = (addr.clone(), Named::Variable(name.clone()));
            if let Some(it) = self.known().names.get(&refused) {
                return it.clone();
            }
            let value = self.variables.get(&**name).cloned();
            return Ok(value.unwrap_or_else(|| Value::unknown(Type::Any)));
        };
        self.remembered(addr, Named::Variable(name.clone()), || {
            let parent = ModuleAddr(addr.0[..addr.0.len() - 1].to_vec());
            let (Some(scope), Some(module)) = (self.scope(&parent), self.module(addr)) else {
                return Ok(Value::unknown(Type::Any));
            };
            let (Some(call), Some(variable)) =
                (scope.module.calls.get(call_name), module.variables.get(name))
            else {
                return Ok(Value::unknown(Type::Any));
            };
            let given = match call.inputs.iter().find(|it| it.name.name == *name) {
                None => None,
                Some(input) => {
                    let each = self.each(&parent, call_name, key.as_ref())?;
                    let scope = BlockScope { key: key.clone(), each, ..scope.clone() };
                    Some((evaluate(&input.expr, &scope)?, input.expr.span.clone()))
                }
            };
            let span = given.as_ref().map_or(&call.span, |it| &it.1);
            accept(variable, given.as_ref().map(|it| it.0.clone()), span)
        })
    }

    /// `each.value` for an instance of a module call.
    fn each(
        &self,
        parent: &ModuleAddr,
        call: &Arc<str>,
        key: Option<&Key>,
    ) -> Result<Option<Value>, Diagnostics> {
        let Some(Key::Name(key)) = key else { return Ok(None) };
        Ok(self.call_instances(parent, call)?.value(key))
    }

    pub fn local(&self, addr: &ModuleAddr, name: &Arc<str>) -> Result<Value, Diagnostics> {
        self.remembered(addr, Named::Local(name.clone()), || {
            let Some(scope) = self.scope(addr) else { return Ok(Value::unknown(Type::Any)) };
            match scope.module.locals.get(name) {
                Some(local) => evaluate(&local.expr, &scope),
                None => Ok(Value::unknown(Type::Any)),
            }
        })
    }

    pub fn output(&self, addr: &ModuleAddr, name: &Arc<str>) -> Result<Value, Diagnostics> {
        self.remembered(addr, Named::Output(name.clone()), || {
            let Some(scope) = self.scope(addr) else { return Ok(Value::unknown(Type::Any)) };
            let Some(output) = scope.module.outputs.get(name) else {
                return Ok(Value::unknown(Type::Any));
            };
            let marks = Marks { sensitive: output.sensitive, ephemeral: output.ephemeral };
            let value = evaluate(&output.value, &scope)?;
            if value.marks_deep().ephemeral && !output.ephemeral {
                let detail = "This output value is not declared as returning an ephemeral value, so \
                              it cannot be set to a result derived from an ephemeral value.";
                let problem = Diagnostic::error("Ephemeral value not allowed", detail);
                let hint = "write `ephemeral = true` in the output block of a called module";
                return Err(vec![problem.at(&output.value.span).hint(hint)]);
            }
            Ok(value.mark(marks))
        })
    }

    /// All outputs of an instance of a module, as `module.name` shows them.
    fn outputs(&self, addr: &ModuleAddr, module: &Module) -> Result<Value, Diagnostics> {
        let pairs = module.outputs.keys().map(|name| Ok((name.clone(), self.output(addr, name)?)));
        Ok(Value::object(pairs.collect::<Result<Map, Diagnostics>>()?))
    }

    /// A resource as an expression sees it: an object, or a tuple or an object of them.
    fn resource_value(&self, addr: &ResourceAddr) -> Value {
        let mut known = self.known();
        let Some(resource) = known.resources.get_mut(addr) else {
            return Value::unknown(Type::Any);
        };
        if let Some(whole) = &resource.whole {
            return whole.clone();
        }
        let object = |key: Option<Key>| {
            let value = resource.objects.get(&key).cloned();
            value.unwrap_or_else(|| Value::unknown(self.ty(addr)))
        };
        let whole = match resource.instances.as_deref() {
            None | Some(Instances::Unknown) => Value::unknown(Type::Any),
            Some(Instances::Single) => object(None),
            Some(Instances::Count(n)) => {
                Value::tuple((0..*n).map(|it| object(Some(Key::Index(it)))).collect())
            }
            Some(Instances::Each(entries)) => {
                let pair = |key: &Arc<str>| (key.clone(), object(Some(Key::Name(key.clone()))));
                Value::object(entries.keys().map(pair).collect())
            }
        };
        resource.whole = Some(whole.clone());
        whole
    }

    /// One instance of a resource, if it has `key`.
    fn instance_value(&self, addr: &ResourceAddr, key: &Key) -> Option<Value> {
        let known = self.known();
        let resource = known.resources.get(addr)?;
        let instances = resource.instances.as_ref()?;
        if !instances.contains(Some(key)) {
            return None;
        }
        let value = resource.objects.get(&Some(key.clone())).cloned();
        Some(value.unwrap_or_else(|| Value::unknown(self.ty(addr))))
    }

    fn ty(&self, addr: &ResourceAddr) -> Type {
        let schema = match addr.mode {
            Mode::Managed => self.registry.resource_schema(&addr.ty),
            Mode::Data => self.registry.data_schema(&addr.ty),
            Mode::Ephemeral => self.registry.ephemeral_schema(&addr.ty),
        };
        schema.map_or(Type::Any, |it| it.ty())
    }
}

impl BlockScope<'_> {
    /// The scope of one instance of a block in this module.
    pub fn instance(&self, instances: &Instances, key: Option<&Key>) -> Self {
        let each = match key {
            Some(Key::Name(name)) => instances.value(name),
            Some(Key::Index(_)) | None => None,
        };
        BlockScope { key: key.cloned(), each, ..self.clone() }
    }

    fn named(&self, ident: &Ident) -> Result<Option<Value>, Diagnostics> {
        Ok(match &*ident.name {
            "key" => match &self.key {
                Some(Key::Name(it)) => Some(Value::string(it.clone())),
                Some(Key::Index(_)) | None => None,
            },
            "value" => self.each.clone(),
            _ => None,
        })
    }

    fn call_value(&self, call: &Call, steps: &[Step]) -> Result<(Value, usize), Diagnostics> {
        let Some(module) = &call.module else { return Ok((Value::unknown(Type::Any), 1)) };
        let name = &call.name.name;
        let instances = self.world.call_instances(&self.addr, name)?;
        let (key, taken) = match (&*instances, steps.get(1)) {
            (Instances::Single, _) => (Some(None), 1),
            (Instances::Count(_) | Instances::Each(_), Some(Step::Index(key, _)))
                if instances.contains(Some(key)) =>
            {
                (Some(Some(key.clone())), 2)
            }
            _ => (None, 1),
        };
        if let Some(key) = key {
            let addr = self.addr.child(name, key);
            return match steps.get(taken) {
                Some(Step::Attr(output)) if module.outputs.contains_key(&output.name) => {
                    Ok((self.world.output(&addr, &output.name)?, taken + 1))
                }
                _ => Ok((self.world.outputs(&addr, module)?, taken)),
            };
        }
        let all = |key: Option<Key>| {
            let addr = self.addr.child(name, key);
            self.world.outputs(&addr, module)
        };
        let value = match &*instances {
            Instances::Single | Instances::Unknown => Value::unknown(Type::Any),
            Instances::Count(n) => {
                let items = (0..*n).map(|it| all(Some(Key::Index(it))));
                Value::tuple(items.collect::<Result<_, _>>()?)
            }
            Instances::Each(entries) => {
                let pair = |it: &Arc<str>| Ok((it.clone(), all(Some(Key::Name(it.clone())))?));
                let pairs = entries.keys().map(pair).collect::<Result<Map, Diagnostics>>()?;
                Value::object(pairs)
            }
        };
        Ok((value, 1))
    }

    fn resource(&self, mode: Mode, steps: &[&Ident], rest: &[Step]) -> Option<(Value, usize)> {
        let [ty, name] = steps else { return None };
        let block = (mode, ty.name.clone(), name.name.clone());
        if let Some((addr, value)) = self.nested.as_deref()
            && (addr.mode, &addr.ty, &addr.name) == (mode, &block.1, &block.2)
        {
            return Some((value.clone(), 0));
        }
        self.module.resources.get(&block)?;
        let addr = ResourceAddr { module: self.addr.clone(), mode, ty: block.1, name: block.2 };
        if let Some(Step::Index(key, _)) = rest.first()
            && let Some(value) = self.world.instance_value(&addr, key)
        {
            return Some((value, 1));
        }
        Some((self.world.resource_value(&addr), 0))
    }

    fn path(&self, which: &str) -> Option<Value> {
        let text = |it: &Path| Some(Value::string(it.to_string_lossy().into_owned()));
        match which {
            "module" => text(&self.module.dir),
            "root" => text(&self.world.site.root),
            "cwd" => text(&self.world.site.cwd),
            _ => None,
        }
    }
}

impl Scope for BlockScope<'_> {
    fn plan_time(&self) -> Option<SystemTime> {
        self.world.site.planned
    }

    fn is_planning(&self) -> bool {
        !self.world.applying
    }

    fn resolve(&self, root: &Ident, steps: &[Step]) -> Result<(Value, usize), Diagnostics> {
        let names: Vec<&Ident> = steps
            .iter()
            .map_while(|it| match it {
                Step::Attr(it) => Some(it),
                Step::Index(..) => None,
            })
            .collect();
        let first = names.first().copied();
        let undeclared = |what: &str| vec![undeclared(root, first, what)];
        match (&*root.name, first) {
            ("var", Some(it)) if self.module.variables.contains_key(&it.name) => {
                Ok((self.world.variable(&self.addr, &it.name)?, 1))
            }
            ("var", _) => Err(undeclared("an input variable")),
            ("local", Some(it)) if self.module.locals.contains_key(&it.name) => {
                Ok((self.world.local(&self.addr, &it.name)?, 1))
            }
            ("local", _) => Err(undeclared("a local value")),
            ("each", Some(it)) => match self.named(it)? {
                Some(value) => Ok((value, 1)),
                None => Err(undeclared("something that a `for_each` of this block gives")),
            },
            ("count", Some(it)) if &*it.name == "index" => match &self.key {
                Some(Key::Index(n)) => Ok((Value::from(i64::try_from(*n).unwrap_or(i64::MAX)), 1)),
                Some(Key::Name(_)) | None => {
                    Err(undeclared("something that a `count` of this block gives"))
                }
            },
            ("self", _) if self.this.is_some() => {
                Ok((self.this.clone().unwrap_or_else(|| Value::null(Type::Any)), 0))
            }
            ("path", Some(it)) => match self.path(&it.name) {
                Some(value) => Ok((value, 1)),
                None => Err(undeclared("a path: `path.module`, `path.root` or `path.cwd`")),
            },
            ("terraform", Some(it)) if &*it.name == "workspace" => {
                Ok((Value::string(self.world.site.workspace.clone()), 1))
            }
            ("terraform", Some(it)) if &*it.name == "applying" => {
                Ok((Value::from(self.world.applying).mark(Marks::EPHEMERAL), 1))
            }
            ("module", Some(it)) => match self.module.calls.get(&it.name) {
                Some(call) => self.call_value(call, steps),
                None => Err(undeclared("a module call")),
            },
            ("data" | "ephemeral", Some(_)) => {
                let mode = if &*root.name == "data" { Mode::Data } else { Mode::Ephemeral };
                let found = names.get(..2).and_then(|it| self.resource(mode, it, steps.get(2..)?));
                match found {
                    Some((value, taken)) => Ok((value, 2 + taken)),
                    None => Err(undeclared("a data source")),
                }
            }
            ("resource", Some(_)) => {
                let found =
                    names.get(..2).and_then(|it| self.resource(Mode::Managed, it, steps.get(2..)?));
                match found {
                    Some((value, taken)) => Ok((value, 2 + taken)),
                    None => Err(undeclared("a resource")),
                }
            }
            (_, Some(name)) => {
                let found =
                    steps.get(1..).and_then(|it| self.resource(Mode::Managed, &[root, name], it));
                match found {
                    Some((value, taken)) => Ok((value, 1 + taken)),
                    None => Err(undeclared("a resource")),
                }
            }
            (_, None) => Err(undeclared("anything that can be used alone")),
        }
    }

    fn base_dir(&self) -> &Path {
        &self.world.site.cwd
    }
}

/// The value that a variable of a called module gets from the argument given for it.
fn accept(variable: &Variable, given: Option<Value>, span: &Span) -> Result<Value, Diagnostics> {
    let marks = Marks { sensitive: variable.sensitive, ephemeral: variable.ephemeral };
    if !variable.ephemeral && given.as_ref().is_some_and(|it| it.marks_deep().ephemeral) {
        let detail = "This input variable is not declared as accepting ephemeral values, so it \
                      cannot be set to a result derived from an ephemeral value.";
        return Err(vec![Diagnostic::error("Ephemeral value not allowed", detail).at(span)]);
    }
    let given = given.or_else(|| variable.default.clone());
    let value = given.unwrap_or_else(|| Value::null(variable.ty.clone()));
    let value = stacks::variables::convert_to(variable, &value).map_err(|why| {
        let name = &variable.name.name;
        let detail = format!("The given value is not suitable for the variable \"{name}\": {why}.");
        vec![Diagnostic::error("Invalid value for input variable", detail).at(span)]
    })?;
    Ok(value.mark(marks))
}

fn undeclared(root: &Ident, name: Option<&Ident>, what: &str) -> Diagnostic {
    let (text, span) = match name {
        Some(name) => (format!("{}.{}", root.name, name.name), root.span.to(&name.span)),
        None => (root.name.to_string(), root.span.clone()),
    };
    Diagnostic::error("Invalid reference", format!("{text} is not {what} in this module."))
        .at(&span)
}

/// The message of a rule, without what must not be shown.
pub fn message(expr: &Expr, scope: &dyn Scope) -> String {
    match evaluate(expr, scope) {
        Ok(value) if value.marks_deep().sensitive => {
            "The error message has sensitive values in it, so it is not shown.".to_owned()
        }
        Ok(Value { kind: Kind::String(text), .. }) => text.to_string(),
        Ok(_) => "The error message is not known yet.".to_owned(),
        Err(_) => "The error message could not be evaluated.".to_owned(),
    }
}
