//! The containers of a task, as JSON text.
//!
//! The text goes through the SDK's own model of a container, so it says what AWS understands of it.
//! Two texts are equal when AWS would run the same: order, defaults and nulls do not count.

use aws_sdk_ecs::types::ContainerDefinition;
use aws_smithy_json::codec::JsonCodec;
use aws_smithy_schema::codec::Codec;
use aws_smithy_schema::serde::ShapeSerializer;
use model::{Field, Shape};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

/// The containers of a task, kept as written.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct ContainerDefinitions(pub String);

impl Field for ContainerDefinitions {
    const SHAPE: Shape = Shape::String;
}

impl PartialEq for ContainerDefinitions {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
            || match (self.meaning(), other.meaning()) {
                (Ok(own), Ok(other)) => own == other,
                _ => false,
            }
    }
}

impl ContainerDefinitions {
    /// What AWS has, as text.
    pub fn from_sdk(containers: &[ContainerDefinition]) -> Self {
        let containers = containers.iter().filter_map(|it| encode(it).ok());
        ContainerDefinitions(Json::Array(containers.collect()).to_string())
    }

    /// # Errors
    ///
    /// What is wrong with the text, in words.
    pub fn to_sdk(&self) -> Result<Vec<ContainerDefinition>, String> {
        let Json::Array(items) = serde_json::from_str(&self.0).map_err(|it| it.to_string())? else {
            return Err("it must be a list of containers".to_owned());
        };
        items.into_iter().enumerate().map(|(n, it)| decode(n, it)).collect()
    }

    /// The text with the host port of each port mapping filled in as AWS does where containers have
    /// a network of their own: there it always equals the container's port. None if it is said.
    pub fn with_host_ports(&self) -> Option<Self> {
        let mut containers: Json = serde_json::from_str(&self.0).ok()?;
        let mut missing = false;
        let mappings = containers.as_array_mut()?.iter_mut().flat_map(|it| {
            it.get_mut("portMappings").and_then(Json::as_array_mut).into_iter().flatten()
        });
        for it in mappings.filter_map(Json::as_object_mut) {
            let said = it.get("hostPort").and_then(Json::as_i64).is_some_and(|it| it != 0);
            if let Some(port) = it.get("containerPort").filter(|_| !said).cloned() {
                it.insert("hostPort".to_owned(), port);
                missing = true;
            }
        }
        missing.then(|| ContainerDefinitions(containers.to_string()))
    }

    /// A value that all texts with this meaning have in common.
    fn meaning(&self) -> Result<Json, String> {
        let containers = self.to_sdk()?;
        let containers = containers.iter().map(encode).collect::<Result<Vec<Json>, String>>()?;
        Ok(bare("containers", Json::Array(containers)).unwrap_or_default())
    }
}

fn decode(n: usize, container: Json) -> Result<ContainerDefinition, String> {
    if !container.is_object() {
        return Err(format!("container {} is not an object", n + 1));
    }
    let text = uncapitalized(container).to_string();
    let mut deserializer = JsonCodec::default().create_deserializer(text.as_bytes());
    ContainerDefinition::deserialize(&mut deserializer)
        .map_err(|error| format!("container {}: {error}", n + 1))
}

fn encode(container: &ContainerDefinition) -> Result<Json, String> {
    let mut serializer = JsonCodec::default().create_serializer();
    let written = serializer.write_struct(ContainerDefinition::SCHEMA, container);
    written.map_err(|error| error.to_string())?;
    serde_json::from_slice(&serializer.finish()).map_err(|error| error.to_string())
}

/// Whether an object's keys are the user's own, and not names of arguments.
fn is_map(key: &str) -> bool {
    matches!(key, "dockerLabels" | "options")
}

/// `Name` is `name`: the AWS provider is not strict about capitals.
pub(super) fn uncapitalized(it: Json) -> Json {
    match it {
        Json::Array(items) => items.into_iter().map(uncapitalized).collect(),
        Json::Object(fields) => {
            let field = |(key, it): (String, Json)| {
                let key = match key.chars().next() {
                    Some(first) => {
                        first.to_lowercase().collect::<String>() + &key[first.len_utf8()..]
                    }
                    None => key,
                };
                let it = if is_map(&key) { it } else { uncapitalized(it) };
                (key, it)
            };
            fields.into_iter().map(field).collect()
        }
        other => other,
    }
}

/// What is left of the value of `key` when everything is taken away that says nothing.
fn bare(key: &str, it: Json) -> Option<Json> {
    match it {
        Json::Null | Json::Bool(false) if key != "essential" => None,
        Json::String(text) if text.is_empty() => None,
        Json::Array(items) => {
            let item = |it: Json| match it {
                Json::Object(fields) => Some(Json::Object(bare_fields(key, fields))),
                Json::Null => None,
                other => Some(other),
            };
            let mut items: Vec<Json> = items.into_iter().filter_map(item).collect();
            if !has_order(key) {
                items.sort_by_cached_key(Json::to_string);
            }
            (!items.is_empty()).then_some(Json::Array(items))
        }
        Json::Object(fields) => {
            let fields = if is_map(key) { fields } else { bare_fields(key, fields) };
            (!fields.is_empty()).then_some(Json::Object(fields))
        }
        other => Some(other),
    }
}

fn bare_fields(of: &str, fields: Map<String, Json>) -> Map<String, Json> {
    let fields = fields.into_iter().filter(|(key, it)| !is_default(of, key, it));
    let mut fields: Vec<(String, Json)> =
        fields.filter_map(|(key, it)| bare(&key, it).map(|it| (key, it))).collect();
    fields.sort_by(|(a, _), (b, _)| a.cmp(b));
    fields.into_iter().collect()
}

/// Whether AWS fills this in by itself.
fn is_default(of: &str, key: &str, it: &Json) -> bool {
    match (of, key) {
        (_, "essential") => *it == Json::Bool(true),
        ("containers", "cpu") | ("portMappings", "hostPort") => is_number(it, 0),
        ("containers", "versionConsistency") => it == "enabled",
        ("portMappings", "protocol") => it == "tcp",
        ("healthCheck", "interval") => is_number(it, 30),
        ("healthCheck", "timeout") => is_number(it, 5),
        ("healthCheck", "retries") => is_number(it, 3),
        ("healthCheck", "startPeriod") => is_number(it, 0),
        _ => false,
    }
}

fn is_number(it: &Json, number: i64) -> bool {
    it.as_i64() == Some(number)
}

/// Whether the order of a list means something.
fn has_order(key: &str) -> bool {
    matches!(
        key,
        "command"
            | "entryPoint"
            | "environmentFiles"
            | "dnsServers"
            | "dnsSearchDomains"
            | "mountOptions"
    )
}

#[cfg(test)]
mod shuffled;

#[cfg(test)]
mod tests {
    use super::*;

    fn same(a: &str, b: &str) -> bool {
        ContainerDefinitions(a.to_owned()) == ContainerDefinitions(b.to_owned())
    }

    #[test]
    fn what_aws_fills_in_says_nothing() {
        assert!(same(
            r#"[{"name": "web", "image": "nginx", "portMappings": [{"containerPort": 80}],
                 "healthCheck": {"command": ["CMD", "true"]}, "memory": null}]"#,
            r#"[{"name": "web", "image": "nginx", "cpu": 0, "essential": true, "environment": [],
                 "mountPoints": [], "volumesFrom": [], "systemControls": [],
                 "portMappings": [{"containerPort": 80, "hostPort": 0, "protocol": "tcp"}],
                 "healthCheck": {"command": ["CMD", "true"], "interval": 30, "timeout": 5,
                                 "retries": 3}}]"#,
        ));
    }

    #[test]
    fn order_matters_only_where_it_means_something() {
        let environment = |names: [&str; 2]| {
            let [a, b] = names.map(|it| format!(r#"{{"name": "{it}", "value": "1"}}"#));
            format!(r#"[{{"name": "web", "environment": [{a}, {b}]}}]"#)
        };
        assert!(same(&environment(["A", "B"]), &environment(["B", "A"])));
        let command = |words: &str| format!(r#"[{{"name": "web", "command": {words}}}]"#);
        assert!(!same(&command(r#"["a", "b"]"#), &command(r#"["b", "a"]"#)));
        assert!(!same(&command(r#"["a", ""]"#), &command(r#"["a"]"#)));
    }

    #[test]
    fn what_means_something_counts() {
        let web = |more: &str| format!(r#"[{{"name": "web"{more}}}]"#);
        assert!(!same(&web(""), &web(r#", "essential": false"#)));
        let label = |value: &str| web(&format!(r#", "dockerLabels": {{"Key": "{value}"}}"#));
        assert!(!same(&web(""), &label("")));
        assert!(!same(&label("a"), &label("b")));
        let swap = |n: u8| web(&format!(r#", "linuxParameters": {{"swappiness": {n}}}"#));
        assert!(!same(&swap(0), &web("")));
    }

    #[test]
    fn capitals_do_not_matter_in_names_of_arguments() {
        assert!(same(
            r#"[{"Name": "web", "LogConfiguration": {"LogDriver": "awslogs", "Options": {"A": "b"}}}]"#,
            r#"[{"name": "web", "logConfiguration": {"logDriver": "awslogs", "options": {"A": "b"}}}]"#,
        ));
    }

    #[test]
    fn what_is_wrong_is_said() {
        let wrong = |text: &str| ContainerDefinitions(text.to_owned()).to_sdk().unwrap_err();
        assert_eq!(wrong(r#"{"name": "web"}"#), "it must be a list of containers");
        assert_eq!(wrong("[1]"), "container 1 is not an object");
        assert!(wrong(r#"[{"name": "web", "cpu": "many"}]"#).starts_with("container 1: "));
        assert!(wrong("[").starts_with("EOF"));
    }

    #[test]
    fn host_ports_are_filled_in_where_they_are_missing() {
        let text = |mapping: &str| {
            ContainerDefinitions(format!(r#"[{{"name": "web", "portMappings": [{mapping}]}}]"#))
        };
        let full = text(r#"{"containerPort": 80, "hostPort": 80}"#);
        assert_eq!(text(r#"{"containerPort": 80}"#).with_host_ports(), Some(full.clone()));
        assert_eq!(full.with_host_ports(), None);
    }
}
