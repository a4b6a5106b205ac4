//! The provider `template`: texts with gaps. The function `templatefile` does the same.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::{Attributes, Host, Map, Out, Schema, Type, Value};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::fault::rejected;
use crate::local::checksums::hex;
use crate::local::cloudinit::CloudinitConfig;
use crate::local::files::fault;
use crate::local::{LocalData, LocalDataEntry, LocalProvider, aside, found, out, provider};
use crate::resource::Result;

/// The older name of `cloudinit_config`.
const CLOUDINIT: Schema = Schema { name: "template_cloudinit_config", ..CloudinitConfig::SCHEMA };

pub(crate) const PROVIDER: LocalProvider = LocalProvider {
    schema: provider("template", "registry.terraform.io/hashicorp/template"),
    types: &[],
    data: &[
        found::<TemplateFile>(),
        LocalDataEntry { schema: &CLOUDINIT, bind: found::<CloudinitConfig>().bind },
    ],
};

/// A text with its gaps filled.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("template_file")]
pub(crate) struct TemplateFile {
    /// The text, with gaps such as `${name}`.
    template: Option<String>,
    /// A file with the text. `file` in `template` does the same.
    filename: Option<String>,
    /// What the names in the gaps stand for.
    vars: Option<BTreeMap<String, Option<String>>>,
    /// The text with its gaps filled.
    rendered: Out<String>,
    /// The SHA-256 of that.
    id: Out<String>,
}

impl LocalData for TemplateFile {
    async fn read(host: &dyn Host, given: Self) -> Result<Self> {
        let wrong = |text: String| rejected("template_file", "InvalidTemplate", text);
        let template = match (&given.template, &given.filename) {
            (Some(_), Some(_)) => {
                let both = "`template` and `filename`";
                return Err(wrong(format!("only one of {both} may be given")));
            }
            (_, Some(path)) => {
                let path = path.clone();
                let read = move || {
                    std::fs::read_to_string(&path).map_err(|error| fault("read", &path, &error))
                };
                aside(read).await?
            }
            (text, None) => text.clone().unwrap_or_default(),
        };
        let value = |it: &Option<String>| match it {
            Some(text) => Value::from(text.as_str()),
            None => Value::null(Type::String),
        };
        let variables = given.vars.iter().flatten();
        let variables: Map = variables.map(|(k, v)| (Arc::from(k.as_str()), value(v))).collect();
        let rendered = host.render(&template, &variables).map_err(wrong)?;
        let id = out(hex(&Sha256::digest(&rendered)));
        Ok(TemplateFile { rendered: out(rendered), id, ..given })
    }
}
