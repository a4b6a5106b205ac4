//! Reads a state file of format version 4.
//!
//! Whatever cannot be understood wholly is an error: a state is never taken to be empty because it
//! could not be read.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::{AddressError, InstanceAddr, Key, Mode, ModuleAddr, Object, ResourceAddr};
use serde::Deserialize;
use serde_json::Value as Json;

use crate::file::{Identity, ObjectState, Output, State};

/// Why a text is not a state that can be worked with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    #[error("the state is empty")]
    Empty,
    #[error("the state is damaged or cut short: {0}")]
    Syntax(String),
    #[error("this is no state: it has no `version`")]
    NoVersion,
    #[error("the state is encrypted by OpenTofu")]
    Encrypted,
    #[error("the state has the old format version {0}; only version 4 can be read")]
    Old(u64),
    #[error("the state was written by a newer version{by}: it has format version {version}, and only version 4 can be read", by = by(.terraform))]
    Newer { version: String, terraform: Option<String> },
    #[error("the state holds {address} more than once")]
    Duplicate { address: String },
    #[error("the state has an invalid entry: {0}")]
    Content(String),
}

fn by(terraform: &Option<String>) -> String {
    terraform.as_ref().map_or(String::new(), |it| format!(" (Terraform {it})"))
}

impl FileError {
    /// What to do about it, where it is not the file's content that was lost.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            FileError::Old(_) => Some(
                "run `terraform apply -refresh-only` once with Terraform 0.13 or newer, which \
                 writes version 4",
            ),
            FileError::Newer { .. } => Some("use the program that wrote it, or a newer groundplan"),
            FileError::Encrypted => {
                Some("turn state encryption off in OpenTofu and run `tofu apply` once")
            }
            FileError::Empty
            | FileError::Syntax(_)
            | FileError::NoVersion
            | FileError::Duplicate { .. }
            | FileError::Content(_) => None,
        }
    }
}

impl State {
    /// Reads a state file's content.
    ///
    /// # Errors
    ///
    /// Whenever there is anything in it that cannot be understood.
    pub fn parse(text: &[u8]) -> Result<State, FileError> {
        if text.iter().all(u8::is_ascii_whitespace) {
            return Err(FileError::Empty);
        }
        check_version(text)?;
        let file: File = serde_json::from_slice(text).map_err(unreadable)?;
        let mut state = State {
            lineage: file.lineage,
            serial: file.serial,
            terraform_version: file.terraform_version,
            outputs: file.outputs,
            instances: BTreeMap::new(),
            check_results: file.check_results.filter(|it| !it.is_null()),
        };
        for resource in file.resources {
            resource.read_into(&mut state)?;
        }
        Ok(state)
    }
}

#[derive(Deserialize)]
struct Envelope {
    version: Option<Json>,
    terraform_version: Option<String>,
    encrypted_data: Option<serde::de::IgnoredAny>,
}

/// Whether the text is a state of version 4, before its content is looked at.
fn check_version(text: &[u8]) -> Result<(), FileError> {
    let envelope: Envelope = serde_json::from_slice(text).map_err(unreadable)?;
    if envelope.encrypted_data.is_some() {
        return Err(FileError::Encrypted);
    }
    let version = envelope.version.ok_or(FileError::NoVersion)?;
    match version.as_u64() {
        Some(4) => Ok(()),
        Some(old @ 0..4) => Err(FileError::Old(old)),
        Some(_) | None => Err(FileError::Newer {
            version: version.to_string(),
            terraform: envelope.terraform_version,
        }),
    }
}

fn unreadable(error: serde_json::Error) -> FileError {
    match error.classify() {
        serde_json::error::Category::Data => FileError::Content(error.to_string()),
        serde_json::error::Category::Io
        | serde_json::error::Category::Syntax
        | serde_json::error::Category::Eof => FileError::Syntax(error.to_string()),
    }
}

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    terraform_version: String,
    #[serde(default)]
    serial: u64,
    lineage: String,
    #[serde(default)]
    outputs: BTreeMap<String, Output>,
    #[serde(default)]
    resources: Vec<FileResource>,
    check_results: Option<Json>,
}

#[derive(Deserialize)]
struct FileResource {
    #[serde(default)]
    module: String,
    mode: String,
    #[serde(rename = "type")]
    ty: Arc<str>,
    name: Arc<str>,
    provider: String,
    #[serde(default)]
    instances: Vec<FileInstance>,
}

#[derive(Deserialize)]
struct FileInstance {
    index_key: Option<Json>,
    status: Option<String>,
    deposed: Option<String>,
    #[serde(default)]
    schema_version: u64,
    attributes: Option<Object>,
    attributes_flat: Option<serde::de::IgnoredAny>,
    sensitive_attributes: Option<Vec<Json>>,
    identity_schema_version: Option<u64>,
    identity: Option<Json>,
    private: Option<String>,
    dependencies: Option<Vec<String>>,
    #[serde(default)]
    create_before_destroy: bool,
}

impl FileResource {
    fn read_into(self, state: &mut State) -> Result<(), FileError> {
        let module = match self.module.as_str() {
            "" => ModuleAddr::default(),
            text => text.parse().map_err(|it: AddressError| FileError::Content(it.to_string()))?,
        };
        let mode = match self.mode.as_str() {
            "managed" => Mode::Managed,
            "data" => Mode::Data,
            mode => {
                let what = format!("{}.{} has the mode {mode:?}", self.ty, self.name);
                return Err(FileError::Content(what));
            }
        };
        let resource = ResourceAddr { module, mode, ty: self.ty, name: self.name };
        for instance in self.instances {
            let address = resource.instance(key(&resource, instance.index_key.as_ref())?);
            let slot = state.instances.entry(address.clone()).or_default();
            slot.provider.clone_from(&self.provider);
            let deposed = instance.deposed.clone().filter(|it| !it.is_empty());
            let object = instance.object(&address)?;
            let before = match deposed {
                None => slot.current.replace(object),
                Some(key) => slot.deposed.insert(key, object),
            };
            if before.is_some() {
                return Err(FileError::Duplicate { address: address.to_string() });
            }
        }
        Ok(())
    }
}

fn key(resource: &ResourceAddr, json: Option<&Json>) -> Result<Option<Key>, FileError> {
    match json {
        None | Some(Json::Null) => Ok(None),
        Some(Json::String(it)) => Ok(Some(Key::Name(it.as_str().into()))),
        Some(it) => it.as_u64().map(|it| Some(Key::Index(it))).ok_or_else(|| {
            FileError::Content(format!("{resource} has an instance with the key {it}"))
        }),
    }
}

impl FileInstance {
    fn object(self, address: &InstanceAddr) -> Result<ObjectState, FileError> {
        if self.attributes.is_none() && self.attributes_flat.is_some() {
            let what = format!(
                "{address} has attributes in the form of Terraform 0.11 (`attributes_flat`)"
            );
            return Err(FileError::Content(what));
        }
        let tainted = match self.status.as_deref() {
            None | Some("") => false,
            Some("tainted") => true,
            Some(status) => {
                return Err(FileError::Content(format!("{address} has the status {status:?}")));
            }
        };
        Ok(ObjectState {
            schema_version: self.schema_version,
            attributes: self.attributes.unwrap_or_default(),
            sensitive: self.sensitive_attributes.unwrap_or_default(),
            identity: self
                .identity_schema_version
                .map(|schema_version| Identity { schema_version, values: self.identity }),
            private: self.private,
            dependencies: self.dependencies.unwrap_or_default(),
            create_before_destroy: self.create_before_destroy,
            tainted,
        })
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    #[test]
    fn a_state_of_terraform_is_written_again_byte_for_byte() {
        for text in [
            include_str!("../fixtures/terraform_data.tfstate"),
            include_str!("../fixtures/aws.tfstate"),
            include_str!("../fixtures/identity.tfstate"),
        ] {
            let state = State::parse(text.as_bytes()).unwrap();
            assert_eq!(String::from_utf8(state.encode()).unwrap(), text);
        }
    }

    #[test]
    fn outputs_keep_their_values() {
        let text = include_str!("../fixtures/terraform_data.tfstate");
        let state = State::parse(text.as_bytes()).unwrap();
        for (name, output) in &state.outputs {
            let value = output.value().unwrap();
            assert_eq!(Output::new(&value), *output, "{name}");
        }
    }

    #[test]
    fn a_cut_state_is_an_error_wherever_it_is_cut() {
        let text = include_str!("../fixtures/aws.tfstate").trim_end().as_bytes();
        for end in 0..text.len() {
            assert!(State::parse(&text[..end]).is_err(), "{end}");
        }
    }

    fn refused(text: &str, want: Expect) {
        let error = State::parse(text.as_bytes()).unwrap_err();
        want.assert_eq(&format!("{error}\n{}", error.hint().unwrap_or_default()));
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        refused(
            "",
            expect![[r#"
            the state is empty
        "#]],
        );
        refused(
            "{\"version\": 4,",
            expect![[r#"
            the state is damaged or cut short: EOF while parsing a value at line 1 column 14
        "#]],
        );
        refused(
            "{}",
            expect![[r#"
            this is no state: it has no `version`
        "#]],
        );
        refused(
            "[]",
            expect![[r#"
            the state has an invalid entry: invalid length 0, expected struct Envelope with 3 elements at line 1 column 2
        "#]],
        );
        refused(
            r#"{"version": 3, "serial": 1}"#,
            expect![[r#"
            the state has the old format version 3; only version 4 can be read
            run `terraform apply -refresh-only` once with Terraform 0.13 or newer, which writes version 4"#]],
        );
        refused(
            r#"{"version": 5, "terraform_version": "2.0.0"}"#,
            expect![[r#"
            the state was written by a newer version (Terraform 2.0.0): it has format version 5, and only version 4 can be read
            use the program that wrote it, or a newer groundplan"#]],
        );
        refused(
            r#"{"version": "x"}"#,
            expect![[r#"
            the state was written by a newer version: it has format version "x", and only version 4 can be read
            use the program that wrote it, or a newer groundplan"#]],
        );
        refused(
            r#"{"encrypted_data": "", "version": 4}"#,
            expect![[r#"
            the state is encrypted by OpenTofu
            turn state encryption off in OpenTofu and run `tofu apply` once"#]],
        );
        refused(
            r#"{"version": 4, "serial": 1}"#,
            expect![[r#"
            the state has an invalid entry: missing field `lineage` at line 1 column 27
        "#]],
        );
        let with = |resource: &str| {
            format!(r#"{{"version": 4, "lineage": "l", "resources": [{resource}]}}"#)
        };
        let instance = |instances: &str| {
            with(&format!(
                r#"{{"mode": "managed", "type": "a", "name": "b", "provider": "p", "instances": [{instances}]}}"#
            ))
        };
        refused(
            &instance("{}, {}"),
            expect![[r#"
            the state holds a.b more than once
        "#]],
        );
        refused(
            &instance(r#"{"deposed": "k"}, {"deposed": "k"}"#),
            expect![[r#"
            the state holds a.b more than once
        "#]],
        );
        refused(
            &instance(r#"{"attributes_flat": {}}"#),
            expect![[r#"
            the state has an invalid entry: a.b has attributes in the form of Terraform 0.11 (`attributes_flat`)
        "#]],
        );
        refused(
            &instance(r#"{"status": "odd"}"#),
            expect![[r#"
            the state has an invalid entry: a.b has the status "odd"
        "#]],
        );
        refused(
            &instance(r#"{"index_key": 1.5}"#),
            expect![[r#"
            the state has an invalid entry: a.b has an instance with the key 1.5
        "#]],
        );
        let odd = r#"{"mode": "odd", "type": "a", "name": "b", "provider": "p"}"#;
        refused(
            &with(odd),
            expect![[r#"
            the state has an invalid entry: a.b has the mode "odd"
        "#]],
        );
        let odd =
            r#"{"module": "odd", "mode": "managed", "type": "a", "name": "b", "provider": "p"}"#;
        refused(
            &with(odd),
            expect![[r#"
            the state has an invalid entry: "odd" is not a resource address: it names more than a module
        "#]],
        );
    }
}
