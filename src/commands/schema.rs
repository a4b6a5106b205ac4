//! `groundplan schema`: what every type takes and gives, for programs.

use std::process::ExitCode;

use crate::host::BUILTIN;
use model::{Attribute, Given, Mode, ProviderSchema, Registry, Schema, Shape};
use serde_json::{Map, Value as Json, json};

use crate::args::{Args, Flag, UsageError, switch};
use crate::commands::metadata::signature;
use crate::commands::{COMMON, Command, Failed};

const FLAGS: &[Flag] =
    &[switch("json", "Writes the schemas, in the format of `terraform providers schema -json`.")];

pub const COMMAND: Command = Command {
    name: "schema",
    about: "Lists all types there are, or their schemas",
    usage: "[TYPE]...",
    help: "Without -json: the names of all resource types and data sources. `groundplan docs TYPE` is for \
           people what `groundplan schema -json TYPE` is for programs. `providers schema -json` is the same.",
    flags: &[FLAGS, COMMON],
    run,
};

fn run(args: &Args) -> Result<ExitCode, Failed> {
    let wanted = args.rest.as_slice();
    for it in wanted {
        let known = BUILTIN.resource_schema(it).is_some() || BUILTIN.data_schema(it).is_some();
        if !known {
            return Err(UsageError(unknown(it)).into());
        }
    }
    if args.is_on("json", false) {
        println!("{}", whole(wanted));
        return Ok(ExitCode::SUCCESS);
    }
    for (mode, word) in [(Mode::Managed, "resource"), (Mode::Data, "data")] {
        for it in names(mode) {
            if wanted.is_empty() || wanted.iter().any(|name| name == it) {
                println!("{word:<8} {it}");
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// That there is no such type, with the nearest that there is.
pub fn unknown(name: &str) -> String {
    let all = names(Mode::Managed).into_iter().chain(names(Mode::Data));
    let near = stacks::suggest::suggest(name, all);
    let hint = near.map(|it| format!("; did you mean {it}?")).unwrap_or_default();
    format!("there is no type {name:?} here{hint}")
}

fn names(mode: Mode) -> Vec<&'static str> {
    let mut names = BUILTIN.names(mode);
    names.sort_unstable();
    names.dedup();
    names
}

/// Which provider a type or data source belongs to: the one whose name its own begins with.
fn belongs(provider: &ProviderSchema, ty: &str) -> bool {
    match BUILTIN.provider_of(ty) {
        Some(it) => it == provider.name,
        None => ty.split('_').next() == Some(provider.name),
    }
}

/// All schemas, by provider and type; only of `wanted` types, if there are any.
pub fn whole(wanted: &[String]) -> Json {
    let mut providers = Map::new();
    for provider in BUILTIN.providers() {
        let is_wanted = |it: &&str| {
            belongs(provider, it) && (wanted.is_empty() || wanted.iter().any(|name| name == it))
        };
        let all = |mode, schema: fn(&resources::Builtin, &str) -> Option<&'static Schema>| {
            let pairs = names(mode).into_iter().filter(is_wanted);
            pairs.filter_map(|it| Some((it.to_owned(), versioned(schema(&BUILTIN, it)?)))).collect()
        };
        let resources: Map<String, Json> = all(Mode::Managed, |it, name| it.resource_schema(name));
        let data: Map<String, Json> = all(Mode::Data, |it, name| it.data_schema(name));
        if resources.is_empty() && data.is_empty() && !wanted.is_empty() {
            continue;
        }
        let mut entry = json!({"provider": versioned(&provider.settings)});
        let own = format!("provider::{}::", provider.name);
        let functions = stacks::functions::all().filter_map(|it| {
            let name = it.name.strip_prefix(&own)?;
            Some((name.to_owned(), signature(it)))
        });
        let functions: Map<String, Json> = functions.collect();
        for (key, part) in [
            ("resource_schemas", resources),
            ("data_source_schemas", data),
            ("functions", functions),
        ] {
            if !part.is_empty() {
                entry[key] = Json::Object(part);
            }
        }
        providers.insert(provider.source.to_owned(), entry);
    }
    json!({"format_version": "1.0", "provider_schemas": providers})
}

fn versioned(schema: &Schema) -> Json {
    let mut block = block(schema.attributes, schema.doc);
    if !schema.timeouts.is_empty() {
        let time = json!({"type": "string", "description_kind": "plain", "optional": true});
        let times: Map<String, Json> =
            schema.timeouts.iter().map(|it| ((*it).to_owned(), time.clone())).collect();
        let inner = json!({"attributes": times, "description_kind": "plain"});
        if block.get("block_types").is_none() {
            block["block_types"] = json!({});
        }
        block["block_types"]["timeouts"] = json!({"nesting_mode": "single", "block": inner});
    }
    json!({"version": schema.version, "block": block})
}

fn block(attributes: &[Attribute], doc: &str) -> Json {
    let mut block = json!({"description_kind": "plain"});
    if !doc.is_empty() {
        block["description"] = json!(doc);
    }
    let is_block = |it: &&Attribute| it.is_block() && !it.assignable;
    let plain: Map<String, Json> = attributes
        .iter()
        .filter(|it| !is_block(it))
        .map(|it| (it.name.to_owned(), attribute(it)))
        .collect();
    let blocks: Map<String, Json> =
        attributes.iter().filter(is_block).map(|it| (it.name.to_owned(), nested(it))).collect();
    if !plain.is_empty() {
        block["attributes"] = Json::Object(plain);
    }
    if !blocks.is_empty() {
        block["block_types"] = Json::Object(blocks);
    }
    block
}

fn attribute(it: &Attribute) -> Json {
    let mut json = json!({"type": it.shape.ty().to_json(), "description_kind": "plain"});
    if !it.doc.is_empty() {
        json["description"] = json!(it.doc);
    }
    let marks: &[&str] = match it.given {
        Given::Required => &["required"],
        Given::Optional => &["optional"],
        Given::Auto => &["optional", "computed"],
        Given::Output => &["computed"],
    };
    for mark in marks {
        json[*mark] = json!(true);
    }
    if it.sensitive {
        json["sensitive"] = json!(true);
    }
    json
}

fn nested(it: &Attribute) -> Json {
    let mode = match it.shape {
        Shape::Set(_) => "set",
        Shape::Map(_) => "map",
        Shape::Object(_) => "single",
        Shape::List(_) | Shape::Any | Shape::Bool | Shape::Number | Shape::String => "list",
    };
    let inner = block(it.blocks().unwrap_or_default(), it.doc);
    let mut json = json!({"nesting_mode": mode, "block": inner});
    if it.min_items > 0 {
        json["min_items"] = json!(it.min_items);
    }
    if it.max_items > 0 {
        json["max_items"] = json!(it.max_items);
    }
    json
}
