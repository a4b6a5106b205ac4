//! What a task's containers say, for those who look at them: rules, merges and operations.

use std::collections::BTreeMap;

use model::{Key, Planned, Value};
use serde_json::Value as Json;

use crate::ecs::container_definitions::uncapitalized;

/// One container, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Container {
    pub name: Option<String>,
    pub image: Option<String>,
    /// The ports that it listens on, with the last of each range. None if not all are known.
    pub ports: Option<Vec<(i64, i64)>>,
    /// What it gets from Secrets Manager and Parameter Store, and where that is written.
    pub secrets: Vec<(Vec<Key>, String)>,
    /// Whether it gets anything from there.
    pub has_secrets: bool,
    /// The files in S3 that its environment is read from, and where that is written.
    pub files: Vec<(Vec<Key>, String)>,
    pub log: Log,
}

/// Where a container's log goes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Log {
    pub driver: Option<String>,
    pub options: BTreeMap<String, String>,
}

impl Container {
    /// Its log group, if it writes to CloudWatch.
    pub fn log_group(&self) -> Option<&str> {
        let driver = self.log.driver.as_deref() == Some("awslogs");
        self.log.options.get("awslogs-group").filter(|_| driver).map(String::as_str)
    }

    pub fn listens_on(&self, port: i64) -> Option<bool> {
        self.ports.as_ref().map(|it| it.iter().any(|(from, to)| (*from..=*to).contains(&port)))
    }
}

/// The containers of a task definition that is planned. None if nothing is known of them.
pub(crate) fn planned(it: &Planned<'_>) -> Option<Vec<Container>> {
    const NAME: &str = "container_definitions";
    let text = it.after.get(NAME).and_then(Value::as_str);
    match (text, it.encoded.get(NAME)) {
        (Some(text), _) => parse(text),
        (None, Some(value)) => of(&model::to_json(value)),
        (None, None) => None,
    }
}

/// The containers of a text. None if it is no list of containers.
pub(crate) fn parse(text: &str) -> Option<Vec<Container>> {
    of(&serde_json::from_str(text).ok()?)
}

/// The same of JSON, in which null stands for what is not known.
fn of(json: &Json) -> Option<Vec<Container>> {
    let Json::Array(items) = uncapitalized(json.clone()) else { return None };
    Some(items.iter().enumerate().map(|(n, it)| container(n, it)).collect())
}

fn container(n: usize, it: &Json) -> Container {
    let text = |name: &str| it.get(name).and_then(Json::as_str).map(str::to_owned);
    let log = it.get("logConfiguration").unwrap_or(&Json::Null);
    let mut secrets = secrets(it.get("secrets"), &[Key::from(n), Key::from("secrets")]);
    let of_log = [Key::from(n), Key::from("logConfiguration"), Key::from("secretOptions")];
    secrets.extend(self::secrets(log.get("secretOptions"), &of_log));
    let login = it.get("repositoryCredentials").and_then(|it| it.get("credentialsParameter"));
    if let Some(login) = login.and_then(Json::as_str) {
        let path = [Key::from(n), "repositoryCredentials".into(), "credentialsParameter".into()];
        secrets.push((path.to_vec(), login.to_owned()));
    }
    let some = |it: Option<&Json>| it.and_then(Json::as_array).is_some_and(|it| !it.is_empty());
    let options = log.get("options").and_then(Json::as_object).into_iter().flatten();
    let options = options.filter_map(|(key, it)| Some((key.clone(), it.as_str()?.to_owned())));
    Container {
        name: text("name"),
        image: text("image"),
        ports: ports(it.get("portMappings")),
        has_secrets: some(it.get("secrets")) || some(log.get("secretOptions")),
        secrets,
        files: texts(
            it.get("environmentFiles"),
            "value",
            &[Key::from(n), "environmentFiles".into()],
        ),
        log: Log {
            driver: log.get("logDriver").and_then(Json::as_str).map(str::to_owned),
            options: options.collect(),
        },
    }
}

fn secrets(items: Option<&Json>, path: &[Key]) -> Vec<(Vec<Key>, String)> {
    texts(items, "valueFrom", path)
}

/// A text of each item of a list, and where that is written.
fn texts(items: Option<&Json>, name: &str, path: &[Key]) -> Vec<(Vec<Key>, String)> {
    let items = items.and_then(Json::as_array).into_iter().flatten().enumerate();
    let one = |(n, it): (usize, &Json)| {
        let text = it.get(name)?.as_str()?.to_owned();
        Some(([path, &[Key::from(n), Key::from(name)]].concat(), text))
    };
    items.filter_map(one).collect()
}

fn ports(mappings: Option<&Json>) -> Option<Vec<(i64, i64)>> {
    let Some(mappings) = mappings else { return Some(Vec::new()) };
    mappings.as_array()?.iter().map(port).collect()
}

fn port(mapping: &Json) -> Option<(i64, i64)> {
    if let Some(range) = mapping.get("containerPortRange") {
        let (from, to) = range.as_str()?.split_once('-')?;
        return Some((from.parse().ok()?, to.parse().ok()?));
    }
    let port = mapping.get("containerPort")?;
    let port = port.as_i64().or_else(|| port.as_str()?.parse().ok())?;
    Some((port, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> Container {
        parse(&format!("[{text}]")).unwrap().pop().unwrap()
    }

    #[test]
    fn ports_and_ranges_of_them() {
        let it =
            one(r#"{"portMappings": [{"containerPort": 80}, {"containerPortRange": "90-95"}]}"#);
        assert_eq!(it.ports, Some(vec![(80, 80), (90, 95)]));
        assert_eq!(
            [80, 90, 95, 96].map(|port| it.listens_on(port).unwrap()),
            [true, true, true, false]
        );
        assert_eq!(one("{}").listens_on(80), Some(false));
        let unknown = one(r#"{"portMappings": [{"containerPort": null}]}"#);
        assert_eq!(unknown.listens_on(80), None);
        assert_eq!(one(r#"{"portMappings": null}"#).listens_on(80), None);
    }

    #[test]
    fn secrets_and_where_they_are_written() {
        let it = one(
            r#"{"Secrets": [{"Name": "A", "ValueFrom": "a"}, {"Name": "B", "ValueFrom": null}],
                "logConfiguration": {"logDriver": "splunk", "secretOptions": [{"valueFrom": "b"}]},
                "repositoryCredentials": {"credentialsParameter": "c"}}"#,
        );
        let lines = it.secrets.iter().map(|(path, from)| {
            let path: String = path.iter().map(ToString::to_string).collect();
            format!("{path} = {from}")
        });
        let lines: Vec<String> = lines.collect();
        assert_eq!(
            lines,
            [
                r#"[0]["secrets"][0]["valueFrom"] = a"#,
                r#"[0]["logConfiguration"]["secretOptions"][0]["valueFrom"] = b"#,
                r#"[0]["repositoryCredentials"]["credentialsParameter"] = c"#,
            ]
        );
        assert!(it.has_secrets);
        assert_eq!(it.log_group(), None);
    }

    #[test]
    fn what_is_not_a_list_of_containers_says_nothing() {
        assert_eq!(parse("{}"), None);
        assert_eq!(parse("["), None);
    }
}
