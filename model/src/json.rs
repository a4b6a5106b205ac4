//! Values to and from JSON, with and without a type beside them.

use serde_json::Value as Json;

use crate::number::Number;
use crate::types::Type;
use crate::value::{Kind, Map, Value};

/// Why a JSON document is not a value of the type that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: expected {expected}, found {found}")]
pub struct JsonError {
    /// Where in the document, as `.name` and `[0]` steps.
    pub path: String,
    pub expected: String,
    pub found: &'static str,
}

/// A value as plain JSON. Marks are dropped; what is unknown becomes null.
pub fn to_json(value: &Value) -> Json {
    match &value.kind {
        Kind::Unknown(_) | Kind::Null(_) => Json::Null,
        Kind::Bool(it) => Json::Bool(*it),
        Kind::Number(it) => number_to_json(it),
        Kind::String(it) => Json::String(it.to_string()),
        Kind::List(_, items) | Kind::Set(_, items) | Kind::Tuple(items) => {
            Json::Array(items.iter().map(to_json).collect())
        }
        Kind::Map(_, entries) | Kind::Object(entries) => {
            Json::Object(entries.iter().map(|(key, it)| (key.to_string(), to_json(it))).collect())
        }
    }
}

/// All digits, as the `arbitrary_precision` of `serde_json` keeps them. JSON has no infinity.
fn number_to_json(it: &Number) -> Json {
    it.to_string().parse().map_or(Json::Null, Json::Number)
}

/// Plain JSON as a value of the type that JSON itself says: objects and tuples.
pub fn from_json(json: &Json) -> Value {
    match json {
        Json::Null => Value::null(Type::Any),
        Json::Bool(it) => (*it).into(),
        Json::Number(it) => match it.to_string().parse::<Number>() {
            Ok(it) => Value::number(it),
            Err(()) => Value::null(Type::Number),
        },
        Json::String(it) => it.as_str().into(),
        Json::Array(items) => Value::tuple(items.iter().map(from_json).collect()),
        Json::Object(entries) => {
            Value::object_of(entries.iter().map(|(key, it)| (key.as_str(), from_json(it))))
        }
    }
}

/// JSON as a value of type `ty`, as in state files: attributes that are missing are null, those that
/// the type does not know are dropped, `Any` is an object of `type` and `value`.
///
/// # Errors
///
/// Where the document has something else than the type says.
pub fn from_typed_json(json: &Json, ty: &Type) -> Result<Value, JsonError> {
    read(json, ty).map_err(|mut it| {
        it.path = if it.path.is_empty() { "value".to_owned() } else { it.path };
        it
    })
}

fn read(json: &Json, ty: &Type) -> Result<Value, JsonError> {
    let wrong = || JsonError { path: String::new(), expected: ty.friendly(), found: found(json) };
    let at = |step: String| {
        move |mut it: JsonError| {
            it.path.insert_str(0, &step);
            it
        }
    };
    let items = |element: &Type| -> Result<Vec<Value>, JsonError> {
        let items = json.as_array().ok_or_else(wrong)?;
        items
            .iter()
            .enumerate()
            .map(|(n, it)| read(it, element).map_err(at(format!("[{n}]"))))
            .collect()
    };
    if json.is_null() {
        return Ok(Value::null(ty.clone()));
    }
    Ok(match ty {
        Type::Any => match (json.get("type"), json.get("value")) {
            (Some(ty), Some(value)) => match type_from_json(ty) {
                Some(ty) => read(value, &ty)?,
                None => from_json(json),
            },
            _ => from_json(json),
        },
        Type::Bool => match json {
            Json::Bool(it) => (*it).into(),
            Json::String(it) if it == "true" || it == "false" => (it == "true").into(),
            _ => return Err(wrong()),
        },
        Type::Number => match json {
            Json::Number(it) => {
                Value::number(it.to_string().parse::<Number>().map_err(|()| wrong())?)
            }
            Json::String(it) => Value::number(it.parse::<Number>().map_err(|()| wrong())?),
            _ => return Err(wrong()),
        },
        Type::String => match json {
            Json::String(it) => it.as_str().into(),
            Json::Number(it) => it.to_string().into(),
            Json::Bool(it) => it.to_string().into(),
            _ => return Err(wrong()),
        },
        Type::List(element) => Value::list((**element).clone(), items(element)?),
        Type::Set(element) => Value::set((**element).clone(), items(element)?),
        Type::Map(element) => {
            let entries = json.as_object().ok_or_else(wrong)?;
            let entries = entries.iter().map(|(key, it)| {
                Ok((key.as_str().into(), read(it, element).map_err(at(format!("[{key:?}]")))?))
            });
            Value::map((**element).clone(), entries.collect::<Result<Map, JsonError>>()?)
        }
        Type::Tuple(types) => {
            let items = json.as_array().ok_or_else(wrong)?;
            if items.len() != types.len() {
                return Err(wrong());
            }
            let pairs = items.iter().zip(types.iter()).enumerate();
            let items = pairs.map(|(n, (it, ty))| read(it, ty).map_err(at(format!("[{n}]"))));
            Value::tuple(items.collect::<Result<_, _>>()?)
        }
        Type::Object(object) => {
            let entries = json.as_object().ok_or_else(wrong)?;
            let entries = object.attributes.iter().map(|(name, ty)| {
                let it = entries.get(name).unwrap_or(&Json::Null);
                Ok((name.as_str().into(), read(it, ty).map_err(at(format!(".{name}")))?))
            });
            Value::object(entries.collect::<Result<Map, JsonError>>()?)
        }
    })
}

/// The inverse of [`from_typed_json`].
pub fn to_typed_json(value: &Value, ty: &Type) -> Json {
    match (ty, &value.kind) {
        (_, Kind::Unknown(_) | Kind::Null(_)) => Json::Null,
        (Type::Any, _) => {
            let own = value.ty();
            serde_json::json!({"type": type_to_json(&own), "value": to_typed_json(value, &own)})
        }
        (Type::List(it) | Type::Set(it), _) if value.items().is_some() => {
            let items = value.items().unwrap_or_default();
            Json::Array(items.iter().map(|value| to_typed_json(value, it)).collect())
        }
        (Type::Tuple(types), Kind::Tuple(items)) => Json::Array(
            items.iter().zip(types.iter()).map(|(it, ty)| to_typed_json(it, ty)).collect(),
        ),
        (Type::Map(it), Kind::Map(_, entries) | Kind::Object(entries)) => {
            let pair = |(key, value): (&std::sync::Arc<str>, &Value)| {
                (key.to_string(), to_typed_json(value, it))
            };
            Json::Object(entries.iter().map(pair).collect())
        }
        (Type::Object(object), Kind::Object(entries) | Kind::Map(_, entries)) => {
            let pair = |(name, ty): (&String, &Type)| {
                let value = entries.get(name.as_str());
                (name.clone(), value.map_or(Json::Null, |it| to_typed_json(it, ty)))
            };
            Json::Object(object.attributes.iter().map(pair).collect())
        }
        _ => to_json(value),
    }
}

/// A type as state files write it: `"string"`, `["list", "string"]`, `["object", {...}]`.
pub(crate) fn type_to_json(ty: &Type) -> Json {
    match ty {
        Type::Any => "dynamic".into(),
        Type::Bool => "bool".into(),
        Type::Number => "number".into(),
        Type::String => "string".into(),
        Type::List(it) => serde_json::json!(["list", type_to_json(it)]),
        Type::Set(it) => serde_json::json!(["set", type_to_json(it)]),
        Type::Map(it) => serde_json::json!(["map", type_to_json(it)]),
        Type::Tuple(items) => {
            serde_json::json!(["tuple", items.iter().map(type_to_json).collect::<Vec<_>>()])
        }
        Type::Object(it) => {
            let attributes: serde_json::Map<String, Json> =
                it.attributes.iter().map(|(name, ty)| (name.clone(), type_to_json(ty))).collect();
            serde_json::json!(["object", attributes])
        }
    }
}

pub(crate) fn type_from_json(json: &Json) -> Option<Type> {
    if let Some(name) = json.as_str() {
        return match name {
            "dynamic" => Some(Type::Any),
            "bool" => Some(Type::Bool),
            "number" => Some(Type::Number),
            "string" => Some(Type::String),
            _ => None,
        };
    }
    let [kind, of] = json.as_array()?.as_slice() else { return None };
    match kind.as_str()? {
        "list" => Some(Type::list(type_from_json(of)?)),
        "set" => Some(Type::set(type_from_json(of)?)),
        "map" => Some(Type::map(type_from_json(of)?)),
        "tuple" => {
            Some(Type::tuple(of.as_array()?.iter().map(type_from_json).collect::<Option<_>>()?))
        }
        "object" => {
            let pair = |(name, ty): (&String, &Json)| Some((name.clone(), type_from_json(ty)?));
            Some(Type::object(of.as_object()?.iter().map(pair).collect::<Option<Vec<_>>>()?))
        }
        _ => None,
    }
}

impl Type {
    /// The type as state files write it.
    pub fn to_json(&self) -> Json {
        type_to_json(self)
    }

    /// Reads what [`Type::to_json`] writes.
    pub fn from_json(json: &Json) -> Option<Type> {
        type_from_json(json)
    }
}

fn found(json: &Json) -> &'static str {
    match json {
        Json::Null => "null",
        Json::Bool(_) => "a boolean",
        Json::Number(_) => "a number",
        Json::String(_) => "a string",
        Json::Array(_) => "an array",
        Json::Object(_) => "an object",
    }
}
