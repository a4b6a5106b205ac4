//! `null_data_source`: gives back what it is given.

use std::collections::BTreeMap;

use model::{Attributes, Auto, Host, Out};
use serde::{Deserialize, Serialize};

use crate::local::null::number;
use crate::local::{LocalData, out};
use crate::resource::Result;

/// Gives back what it is given. Local values do the same with less.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("null_data_source")]
pub(crate) struct NullDataSource {
    /// What to give back.
    inputs: Option<BTreeMap<String, Option<String>>>,
    /// What was given.
    outputs: Out<BTreeMap<String, Option<String>>>,
    /// Another number each time.
    random: Out<String>,
    /// `default`, if nothing else is given.
    has_computed_default: Auto<String>,
    /// Always `static`.
    id: Out<String>,
}

impl LocalData for NullDataSource {
    async fn read(_host: &dyn Host, given: Self) -> Result<Self> {
        let default = given.has_computed_default.0.unwrap_or_else(|| "default".to_owned());
        Ok(NullDataSource {
            outputs: Out(given.inputs.clone()),
            inputs: given.inputs,
            random: out(number()),
            has_computed_default: Auto(Some(default)),
            id: out("static"),
        })
    }
}
