//! `aws_iam_policy_document`: writes a policy in JSON, byte for byte as the AWS provider does.

mod document;

use std::collections::BTreeSet;

use model::{Attributes, Out};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::data::Data;
use crate::fault::rejected;
use crate::iam::policy_document::document::{Condition, Document, Node, Principal, Statement};
use crate::resource::Result;

/// A policy in JSON.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_iam_policy_document")]
pub(crate) struct PolicyDocument {
    /// An id of the policy.
    policy_id: Option<String>,
    /// The version of the policy language: `2012-10-17` or `2008-10-17`.
    #[attr(default = "2012-10-17")]
    version: String,
    /// Policies to begin with, in JSON. Their `Sid`s must differ.
    source_policy_documents: Option<Vec<String>>,
    /// Policies whose statements come last and replace those of the same `Sid`, in JSON.
    override_policy_documents: Option<Vec<String>>,
    /// Not used.
    source_json: Option<String>,
    /// Not used.
    override_json: Option<String>,
    /// Statements of the policy.
    statement: Vec<GivenStatement>,
    /// The policy.
    json: Out<String>,
    /// The policy, without white space.
    minified_json: Out<String>,
    /// A number made from the policy.
    id: Out<String>,
}

/// A statement of the policy.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct GivenStatement {
    /// An id of the statement: letters and digits.
    sid: Option<String>,
    /// `Allow` or `Deny`.
    #[attr(default = "Allow")]
    effect: String,
    /// What it is about.
    actions: Option<BTreeSet<String>>,
    /// What it is not about.
    not_actions: Option<BTreeSet<String>>,
    /// On which resources, by ARN.
    resources: Option<BTreeSet<String>>,
    /// On which resources not, by ARN.
    not_resources: Option<BTreeSet<String>>,
    /// By whom.
    principals: BTreeSet<GivenPrincipal>,
    /// By whom not.
    not_principals: BTreeSet<GivenPrincipal>,
    /// Under which conditions.
    condition: BTreeSet<GivenCondition>,
}

/// Who does something.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Serialize, Deserialize)]
pub(crate) struct GivenPrincipal {
    /// `AWS`, `Service`, `Federated`, `CanonicalUser` or `*`.
    r#type: String,
    /// ARNs, accounts, names of services and so on.
    #[attr(required)]
    identifiers: BTreeSet<String>,
}

/// When a statement holds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Serialize, Deserialize)]
pub(crate) struct GivenCondition {
    /// How to compare, such as `StringEquals`.
    test: String,
    /// What to compare, such as `aws:SourceArn`.
    variable: String,
    /// What to compare it with; one must match.
    #[attr(required)]
    values: Vec<String>,
}

impl Data for PolicyDocument {
    async fn read(_aws: &Aws, given: Self) -> Result<Self> {
        let document = given.document().map_err(|it| rejected("policy", "InvalidPolicy", it))?;
        let node = document.node();
        let json = node.indented();
        Ok(PolicyDocument {
            id: Out(Some(crc32(json.as_bytes()).to_string())),
            minified_json: Out(Some(node.minified())),
            json: Out(Some(json)),
            ..given
        })
    }
}

impl PolicyDocument {
    fn document(&self) -> std::result::Result<Document, String> {
        let mut merged = Document::default();
        let mut sids = BTreeSet::new();
        for (index, text) in self.source_policy_documents.iter().flatten().enumerate() {
            let source = Document::parse(text)
                .map_err(|error| format!("merging source document {index}: {error}"))?;
            for sid in source.statements.iter().map(|it| &it.sid).filter(|it| !it.is_empty()) {
                if !sids.insert(sid.clone()) {
                    return Err(format!(
                        "merging source document {index}: duplicate Sid ({sid}) in \
                         source_policy_documents"
                    ));
                }
            }
            merged.merge(source);
        }
        merged.merge(self.own()?);
        for (index, text) in self.override_policy_documents.iter().flatten().enumerate() {
            let over = Document::parse(text)
                .map_err(|error| format!("merging override document {index}: {error}"))?;
            merged.merge(over);
        }
        Ok(merged)
    }

    fn own(&self) -> std::result::Result<Document, String> {
        let mut sids = BTreeSet::new();
        let mut statements = Vec::new();
        for it in &self.statement {
            let sid = it.sid.clone().unwrap_or_default();
            if !sid.is_empty() && !sids.insert(sid.clone()) {
                return Err(format!(
                    "duplicate Sid ({sid}). Remove the Sid or ensure it is unique."
                ));
            }
            statements.push(it.statement(sid, &self.version)?);
        }
        let id = self.policy_id.clone().unwrap_or_default();
        Ok(Document { version: self.version.clone(), id, statements })
    }
}

impl GivenStatement {
    fn statement(&self, sid: String, version: &str) -> std::result::Result<Statement, String> {
        let replaced = |texts: &Option<BTreeSet<String>>| {
            let texts = texts.iter().flatten().map(|it| variables(it, version));
            texts.collect::<std::result::Result<BTreeSet<_>, _>>()
        };
        let principals = |it: &BTreeSet<GivenPrincipal>| {
            it.iter().map(|it| it.principal(version)).collect::<std::result::Result<Vec<_>, _>>()
        };
        let conditions = self.condition.iter().map(|it| it.condition(version));
        Ok(Statement {
            sid,
            effect: self.effect.clone(),
            actions: one_or_many(&self.actions.clone().unwrap_or_default()),
            not_actions: one_or_many(&self.not_actions.clone().unwrap_or_default()),
            resources: one_or_many(&replaced(&self.resources)?),
            not_resources: one_or_many(&replaced(&self.not_resources)?),
            principals: principals(&self.principals)?,
            not_principals: principals(&self.not_principals)?,
            conditions: conditions.collect::<std::result::Result<_, _>>()?,
        })
    }
}

impl GivenPrincipal {
    fn principal(&self, version: &str) -> std::result::Result<Principal, String> {
        let identifiers = self.identifiers.iter().map(|it| variables(it, version));
        Ok(Principal {
            kind: self.r#type.clone(),
            list: self.identifiers.len() != 1,
            identifiers: identifiers.collect::<std::result::Result<_, _>>()?,
        })
    }
}

impl GivenCondition {
    fn condition(&self, version: &str) -> std::result::Result<Condition, String> {
        let values = self.values.iter().map(|it| variables(it, version));
        Ok(Condition {
            test: self.test.clone(),
            variable: self.variable.clone(),
            values: values.collect::<std::result::Result<_, _>>()?,
        })
    }
}

/// `&{` stands for `${`, which the configuration language would take for its own.
fn variables(text: &str, version: &str) -> std::result::Result<String, String> {
    if version == "2008-10-17" && text.contains("&{") {
        return Err(format!(
            "found &{{ sequence in ({text}), which is not supported in document version 2008-10-17"
        ));
    }
    Ok(text.replace("&{", "${"))
}

/// One text alone, several from last to first.
fn one_or_many(texts: &BTreeSet<String>) -> Option<Node> {
    match texts.len() {
        0 => None,
        1 => texts.first().cloned().map(Node::Text),
        _ => Some(Node::List(texts.iter().rev().cloned().map(Node::Text).collect())),
    }
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc: u32, _| {
            (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg())
        })
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::resource::decode;
    use crate::testing::Script;

    async fn rendered(given: serde_json::Value) -> PolicyDocument {
        let given = given.as_object().cloned().unwrap_or_default();
        let given = decode(&PolicyDocument::SCHEMA, given).unwrap();
        PolicyDocument::read(&Script::new([]), given).await.unwrap()
    }

    fn sources() -> serde_json::Value {
        let source = r#"{"Version":"2012-10-17","Id":"src","Statement":[{"Sid":"A",
            "Effect":"Allow","Action":"s3:GetObject","Resource":"*",
            "Condition":{"StringEquals":{"aws:x":["<b>","a&b"]}}}]}"#;
        let anyone = r#"{"Statement":[{"Effect":"Allow","Principal":"*","Action":["b","a"],
            "Resource":["x"],"Condition":{"Bool":{"aws:SecureTransport":true}}}]}"#;
        json!([source, anyone])
    }

    /// The texts and the id are what version 5.100 of the AWS provider writes.
    #[tokio::test]
    async fn documents_are_those_of_the_aws_provider() {
        let document = rendered(json!({
            "source_policy_documents": sources(),
            "override_policy_documents": [r#"{"Version":"2012-10-17","Statement":[{"Sid":"B",
                "Effect":"Deny","Principal":{"AWS":["1","2"]},"NotAction":"x","Resource":"*"}]}"#],
            "statement": [
                {
                    "actions": ["ecs:A", "ecs:B", "ecs:C"],
                    "resources": ["arn:aws:s3:::&{aws:username}/*"],
                    "principals": [
                        {"type": "AWS", "identifiers": [
                            "arn:aws:iam::1:root", "arn:aws:iam::2:root"
                        ]},
                        {"type": "Service", "identifiers": ["ecs.amazonaws.com"]}
                    ],
                    "condition": [
                        {"test": "StringLike", "variable": "v", "values": ["b", "a"]},
                        {"test": "StringEquals", "variable": "w", "values": ["one"]}
                    ]
                },
                {"sid": "B", "effect": "Deny", "not_actions": ["iam:*"],
                    "not_resources": ["r1", "r2"],
                    "principals": [{"type": "*", "identifiers": ["*"]}]}
            ]
        }))
        .await;

        let minified = concat!(
            r#"{"Version":"2012-10-17","Id":"src","Statement":[{"Sid":"A","Effect":"Allow","#,
            r#""Action":"s3:GetObject","Resource":"*","Condition":{"StringEquals":{"aws:x":["#,
            r#""\u003cb\u003e","a\u0026b"]}}},{"Effect":"Allow","Action":["b","a"],"#,
            r#""Resource":["x"],"Principal":"*","Condition":{"Bool":{"aws:SecureTransport":"#,
            r#""true"}}},{"Effect":"Allow","Action":["ecs:C","ecs:B","ecs:A"],"Resource":"#,
            r#""arn:aws:s3:::${aws:username}/*","Principal":{"AWS":["arn:aws:iam::2:root","#,
            r#""arn:aws:iam::1:root"],"Service":"ecs.amazonaws.com"},"Condition":{"#,
            r#""StringEquals":{"w":"one"},"StringLike":{"v":["b","a"]}}},{"Sid":"B","#,
            r#""Effect":"Deny","NotAction":"x","Resource":"*","Principal":{"AWS":["2","1"]}}]}"#,
        );
        assert_eq!(document.minified_json.0.as_deref(), Some(minified));
        assert_eq!(document.id.0.as_deref(), Some("1745160376"));
    }

    #[tokio::test]
    async fn an_empty_document_has_a_version() {
        let document = rendered(json!({})).await;
        assert_eq!(document.json.0.as_deref(), Some("{\n  \"Version\": \"2012-10-17\"\n}"));
        assert_eq!(document.id.0.as_deref(), Some("1132004489"));
    }

    #[tokio::test]
    async fn sources_must_not_share_a_sid() {
        let source = r#"{"Statement": [{"Sid": "A"}]}"#;
        let given = json!({"source_policy_documents": [source, source]});
        let given = given.as_object().cloned().unwrap_or_default();
        let given = decode(&PolicyDocument::SCHEMA, given).unwrap();

        let fault = PolicyDocument::read(&Script::new([]), given).await.unwrap_err();

        assert!(fault.message.contains("duplicate Sid (A)"), "{fault}");
    }
}
