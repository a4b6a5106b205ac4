//! IAM policy documents, equal when they allow and deny the same.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use model::{Field, Shape};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use crate::mirror::text;

/// A policy document kept as written. One text and a list of that text are the same, and so are
/// lists in another order.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Policy(pub String);

text!(Policy);

impl Field for Policy {
    const SHAPE: Shape = Shape::String;
}

impl PartialEq for Policy {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Policy {}

impl PartialOrd for Policy {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Policies are in order of what they mean, so that those that mean the same are one in a set.
impl Ord for Policy {
    fn cmp(&self, other: &Self) -> Ordering {
        match self.0 == other.0 {
            true => Ordering::Equal,
            false => self.meaning().cmp(&other.meaning()),
        }
    }
}

impl Policy {
    /// What AWS answers with is percent-encoded in some services.
    pub fn decoded(text: &str) -> Policy {
        Policy(percent_decoded(text))
    }

    /// A text that all policies with this meaning have in common. A text that is no policy means
    /// itself.
    fn meaning(&self) -> String {
        let Ok(Json::Object(mut fields)) = serde_json::from_str(&self.0) else {
            return self.0.clone();
        };
        fields.retain(|_, it| !it.is_null());
        // The version of a policy that says none.
        fields.entry("Version").or_insert_with(|| json!("2008-10-17"));
        let statements = match fields.remove("Statement") {
            Some(Json::Array(items)) => items,
            Some(one) => vec![one],
            None => Vec::new(),
        };
        let statements: BTreeSet<String> =
            statements.into_iter().map(|it| statement(it).to_string()).collect();
        fields.insert("Statement".to_owned(), json!(statements));
        sorted(Json::Object(fields)).to_string()
    }
}

fn statement(it: Json) -> Json {
    let Json::Object(mut fields) = it else { return it };
    fields.retain(|name, value| !(value.is_null() || name == "Sid" && value == ""));
    fields.entry("Effect").or_insert_with(|| json!("Deny"));
    for (name, value) in &mut fields {
        *value = match (name.as_str(), value.take()) {
            ("Action" | "NotAction", it) => texts(it, &str::to_lowercase),
            ("Resource" | "NotResource", it) => texts(it, &str::to_owned),
            ("Principal" | "NotPrincipal", it) => principals(it),
            ("Condition", Json::Object(operators)) => {
                let keys = operators.into_iter().map(|(name, it)| (name, condition(it)));
                keys.filter(|(_, it)| !it.is_null() && *it != json!({})).collect()
            }
            (_, it) => it,
        };
    }
    fields.retain(|name, value| !(name == "Condition" && *value == json!({})));
    sorted(Json::Object(fields))
}

/// `"*"` is any AWS principal, and an account is its root user.
fn principals(it: Json) -> Json {
    let account = |text: &str| {
        let arn: Vec<&str> = text.split(':').collect();
        match arn[..] {
            ["arn", _, "iam", "", account, "root"] => account.to_owned(),
            _ => text.to_owned(),
        }
    };
    match it {
        Json::Object(kinds) => kinds
            .into_iter()
            .filter(|(_, it)| !it.is_null() && *it != json!([]))
            .map(|(kind, it)| (kind, texts(it, &account)))
            .collect(),
        other => json!({"AWS": texts(other, &account)}),
    }
}

fn condition(it: Json) -> Json {
    match it {
        Json::Object(keys) => keys
            .into_iter()
            .filter(|(_, it)| !it.is_null())
            .map(|(key, it)| (key.to_lowercase(), texts(it, &str::to_owned)))
            .collect(),
        other => other,
    }
}

/// One text or a list of texts, as a sorted list. Numbers and truth values are texts in policies.
fn texts(it: Json, change: &dyn Fn(&str) -> String) -> Json {
    let text = |it: &Json| match it {
        Json::String(text) => change(text),
        other => other.to_string(),
    };
    let texts: BTreeSet<String> = match &it {
        Json::Array(items) => items.iter().map(text).collect(),
        one => BTreeSet::from([text(one)]),
    };
    json!(texts)
}

/// The same with keys in order, whatever order the map type keeps them in.
fn sorted(it: Json) -> Json {
    match it {
        Json::Object(fields) => {
            let fields: std::collections::BTreeMap<_, _> =
                fields.into_iter().map(|(key, it)| (key, sorted(it))).collect();
            fields.into_iter().collect()
        }
        other => other,
    }
}

pub(crate) fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = text.get(at + 1..at + 3).and_then(|it| u8::from_str_radix(it, 16).ok());
        match (bytes[at], hex) {
            (b'%', Some(byte)) => {
                decoded.push(byte);
                at += 3;
            }
            (byte, _) => {
                decoded.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod shuffled;

#[cfg(test)]
mod tests {
    use super::*;

    fn same(a: &str, b: &str) -> bool {
        Policy(a.to_owned()) == Policy(b.to_owned())
    }

    #[test]
    fn one_and_a_list_of_one_are_the_same() {
        assert!(same(
            r#"{"Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": ["*"]}}"#,
            r#"{"Statement": [{"Action": ["s3:getobject"], "Effect": "Allow", "Resource": "*"}]}"#,
        ));
    }

    #[test]
    fn order_does_not_matter_but_content_does() {
        let policy = |actions: &str| {
            format!(r#"{{"Statement": [{{"Effect": "Allow", "Action": {actions}}}]}}"#)
        };
        assert!(same(&policy(r#"["a", "b"]"#), &policy(r#"["b", "a"]"#)));
        assert!(!same(&policy(r#"["a", "b"]"#), &policy(r#"["a"]"#)));
    }

    #[test]
    fn an_account_is_its_root() {
        let policy = |who: &str| format!(r#"{{"Statement": [{{"Principal": {{"AWS": {who}}}}}]}}"#);
        assert!(same(
            &policy(r#""123456789012""#),
            &policy(r#"["arn:aws:iam::123456789012:root"]"#)
        ));
        assert!(same(&policy(r#""*""#), r#"{"Statement": [{"Principal": "*"}]}"#));
    }

    #[test]
    fn answers_are_percent_decoded() {
        assert_eq!(Policy::decoded("%7B%22a%22%3A%20%22100%%22%7D").0, r#"{"a": "100%"}"#);
    }
}
