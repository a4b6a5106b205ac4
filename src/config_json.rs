//! A configuration as `terraform show -json` writes it: what each block says, expressions by what they
//! refer to.

use std::path::Path;
use std::sync::Arc;

use crate::host::BUILTIN;
use engine::{modules, provider_addr};
use model::{Attribute as Described, Mode, Registry, Schema, Shape};
use serde_json::{Map, Value as Json, json};
use stacks::references::{Reference, Subject, references};
use stacks::stack::{Call, Module, ProviderBlock, Repeat, Resource};
use stacks::syntax::tree::{Body, Expr, Ident, Step, Traversal};
use stacks::{Scope, Stack, evaluate};

use crate::commands::providers::{source_of, used};
use crate::values_json::known;

/// The whole configuration.
pub fn configuration(stack: &Stack) -> Json {
    let mut json = json!({"root_module": module(stack, &stack.root)});
    let providers = providers(stack);
    if !providers.is_empty() {
        json["provider_config"] = Json::Object(providers);
    }
    json
}

/// A scope in which nothing has a name.
struct Nothing;

impl Scope for Nothing {
    fn resolve(
        &self,
        root: &Ident,
        _: &[Step],
    ) -> Result<(model::Value, usize), model::Diagnostics> {
        Err(vec![model::Diagnostic::error("Not a constant", "").at(&root.span)])
    }

    fn base_dir(&self) -> &Path {
        Path::new(".")
    }
}

fn expression(expr: &Expr) -> Json {
    let found = references(expr);
    if found.is_empty() {
        let mut calls = false;
        expr.walk(&mut |it| {
            calls |= matches!(it.kind, stacks::syntax::tree::ExprKind::Call { .. });
        });
        return match evaluate(expr, &Nothing) {
            Ok(value) if !calls && value.is_wholly_known() => {
                json!({"constant_value": known(&value)})
            }
            Ok(_) | Err(_) => json!({}),
        };
    }
    let mut names: Vec<String> = Vec::new();
    for it in &found {
        for name in mentioned(it) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    json!({"references": names})
}

/// What a reference names, from the whole of it to the smallest thing that has an address.
fn mentioned(it: &Reference) -> Vec<String> {
    let subject = subject(&it.subject);
    let mut names = Vec::new();
    for n in (0..=it.rest.len()).rev() {
        let rest = Traversal {
            root: Ident { name: subject[0].as_str().into(), span: it.span.clone() },
            steps: it.rest[..n].to_vec(),
            span: it.span.clone(),
        };
        names.push(rest.to_string());
    }
    names.extend(subject.into_iter().skip(1));
    names
}

/// A subject's address, and then the addresses of what it is a part of.
fn subject(it: &Subject) -> Vec<String> {
    let keyed = |text: String, key: &Option<model::Key>| match key {
        None => vec![text],
        Some(model::Key::Index(n)) => vec![format!("{text}[{n}]"), text],
        Some(model::Key::Name(name)) => vec![format!("{text}[{name:?}]"), text],
    };
    match it {
        Subject::Variable(name) => vec![format!("var.{name}")],
        Subject::Local(name) => vec![format!("local.{name}")],
        Subject::Resource { mode, ty, name, key } => {
            keyed(format!("{}{ty}.{name}", mode.prefix()), key)
        }
        Subject::Call { name, key } => keyed(format!("module.{name}"), key),
        Subject::Output { call, key, name } => {
            let call = keyed(format!("module.{call}"), key);
            vec![format!("{}.{name}", call[0]), call[0].clone()]
        }
        Subject::Each(name) => vec![format!("each.{name}")],
        Subject::Count(name) => vec![format!("count.{name}")],
        Subject::Path(name) => vec![format!("path.{name}")],
        Subject::Terraform(name) => vec![format!("terraform.{name}")],
        Subject::This => vec!["self".to_owned()],
    }
}

/// What the body of a block says, by argument; nested blocks inside of it.
fn expressions(body: &Body, described: &[Described]) -> Map<String, Json> {
    let mut all = Map::new();
    for it in &body.attributes {
        all.insert(it.name.name.to_string(), expression(&it.expr));
    }
    for it in &body.blocks {
        let name = &*it.kind.name;
        let Some(found) = described.iter().find(|it| it.name == name) else { continue };
        let inner = Json::Object(expressions(&it.body, found.blocks().unwrap_or_default()));
        match found.shape {
            Shape::Object(_) => drop(all.insert(name.to_owned(), inner)),
            Shape::List(_)
            | Shape::Set(_)
            | Shape::Map(_)
            | Shape::Any
            | Shape::Bool
            | Shape::Number
            | Shape::String => {
                let entry = all.entry(name.to_owned()).or_insert_with(|| json!([]));
                if let Some(items) = entry.as_array_mut() {
                    items.push(inner);
                }
            }
        }
    }
    all
}

fn providers(stack: &Stack) -> Map<String, Json> {
    let mut all = Map::new();
    for (path, module) in modules(stack) {
        let address: Vec<String> = path.iter().map(|it| format!("module.{it}")).collect();
        let address = address.join(".");
        let versions = used(&module);
        let mut add = |name: &str, alias: Option<&str>, block: Option<&ProviderBlock>| {
            let local = alias.map_or_else(|| name.to_owned(), |it| format!("{name}.{it}"));
            let key = match address.is_empty() {
                true => local,
                false => format!("{address}:{local}"),
            };
            let source = source_of(&module, name);
            let mut json = json!({"name": name, "full_name": source});
            if let Some(Some(version)) = versions.get(&source) {
                json["version_constraint"] = json!(version);
            }
            if let Some(alias) = alias {
                json["alias"] = json!(alias);
            }
            if !address.is_empty() {
                json["module_address"] = json!(address);
            }
            if let Some(block) = block {
                let schema = BUILTIN.providers().iter().find(|it| it.source == source);
                let described = schema.map_or(&[][..], |it| it.settings.attributes);
                let said = expressions(&block.body, described);
                if !said.is_empty() {
                    json["expressions"] = Json::Object(said);
                }
            }
            all.entry(key).or_insert(json);
        };
        for (name, it) in &module.providers {
            add(&name.name, name.alias.as_deref(), Some(it));
        }
        if path.is_empty() {
            let required = module.terraform.required_providers.keys().map(|it| &**it);
            let implied = module.resources.values().map(|it| &*it.provider.name);
            required.chain(implied).for_each(|it| add(it, None, None));
        }
    }
    all
}

fn module(stack: &Stack, module: &Module) -> Json {
    let mut json = json!({});
    let outputs = module.outputs.iter().map(|(name, it)| {
        let mut json = json!({"expression": expression(&it.value)});
        if it.sensitive {
            json["sensitive"] = json!(true);
        }
        if let Some(text) = &it.description {
            json["description"] = json!(text);
        }
        depends_on(&mut json, &it.depends_on);
        (name.to_string(), json)
    });
    put(&mut json, "outputs", outputs.collect());
    let resources: Vec<Json> =
        module.resources.values().map(|it| resource(stack, module, it)).collect();
    if !resources.is_empty() {
        json["resources"] = Json::Array(resources);
    }
    let calls = module.calls.iter().map(|(name, it)| (name.to_string(), call(stack, it)));
    put(&mut json, "module_calls", calls.collect());
    let variables = module.variables.iter().map(|(name, it)| {
        let mut json = json!({});
        if let Some(default) = &it.default {
            json["default"] = known(default);
        }
        if let Some(text) = &it.description {
            json["description"] = json!(text);
        }
        if it.sensitive {
            json["sensitive"] = json!(true);
        }
        (name.to_string(), json)
    });
    put(&mut json, "variables", variables.collect());
    json
}

fn put(json: &mut Json, key: &str, entries: Map<String, Json>) {
    if !entries.is_empty() {
        json[key] = Json::Object(entries);
    }
}

fn depends_on(json: &mut Json, names: &[Traversal]) {
    if !names.is_empty() {
        json["depends_on"] = names.iter().map(|it| json!(it.to_string())).collect();
    }
}

fn repeat(json: &mut Json, it: &Repeat) {
    let (key, expr) = match it {
        Repeat::Once => return,
        Repeat::Count(expr) => ("count_expression", expr),
        Repeat::ForEach(expr) => ("for_each_expression", expr),
    };
    let said = expression(expr);
    if said != json!({}) {
        json[key] = said;
    }
}

fn resource(stack: &Stack, module: &Module, it: &Resource) -> Json {
    let (mode, schema): (_, Option<&Schema>) = match it.mode {
        Mode::Managed => ("managed", BUILTIN.resource_schema(&it.ty.name)),
        Mode::Data => ("data", BUILTIN.data_schema(&it.ty.name)),
        Mode::Ephemeral => ("ephemeral", BUILTIN.ephemeral_schema(&it.ty.name)),
    };
    let data = if it.mode == Mode::Data { "data." } else { "" };
    let path: Vec<Arc<str>> = module.path.clone();
    let provider = provider_addr(stack, &path, &it.provider);
    let key: Vec<String> = provider.module.iter().map(|it| format!("module.{it}")).collect();
    let key = match key.is_empty() {
        true => provider.name.to_string(),
        false => format!("{}:{}", key.join("."), provider.name),
    };
    let described = schema.map_or(&[][..], |it| it.attributes);
    let mut json = json!({
        "address": format!("{data}{}.{}", it.ty.name, it.name.name),
        "mode": mode,
        "type": &*it.ty.name,
        "name": &*it.name.name,
        "provider_config_key": key,
        "schema_version": schema.map_or(0, |it| it.version),
    });
    put(&mut json, "expressions", expressions(&it.body, described));
    repeat(&mut json, &it.repeat);
    depends_on(&mut json, &it.depends_on);
    if !it.provisioners.is_empty() {
        let provisioners = it.provisioners.iter().map(|it| {
            let said = expressions(&it.body, &[]);
            json!({"type": &*it.kind.name, "expressions": said})
        });
        json["provisioners"] = provisioners.collect();
    }
    json
}

fn call(stack: &Stack, it: &Call) -> Json {
    let mut json = json!({"source": it.source});
    let inputs = it.inputs.iter().map(|it| (it.name.name.to_string(), expression(&it.expr)));
    put(&mut json, "expressions", inputs.collect());
    repeat(&mut json, &it.repeat);
    depends_on(&mut json, &it.depends_on);
    if let Some(version) = &it.version {
        json["version_constraint"] = json!(version);
    }
    if let Some(inner) = &it.module {
        json["module"] = module(stack, inner);
    }
    json
}
