//! `aws_iam_roles`: the roles below a path.

use std::collections::BTreeSet;

use model::{Attributes, Out};
use regex::Regex;
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::data::Data;
use crate::fault::{OrFault, rejected};
use crate::resource::Result;

/// The roles below a path.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_iam_roles")]
pub(crate) struct Roles {
    /// A regular expression that names must match.
    name_regex: Option<String>,
    /// The path, such as `/people/`.
    path_prefix: Option<String>,
    /// The region.
    id: Out<String>,
    /// Their ARNs.
    arns: Out<BTreeSet<String>>,
    /// Their names.
    names: Out<BTreeSet<String>>,
}

impl Data for Roles {
    async fn read(aws: &Aws, given: Self) -> Result<Self> {
        let pattern = given.name_regex.as_deref().map(Regex::new).transpose();
        let pattern =
            pattern.map_err(|it| rejected("aws_iam_roles", "InvalidPattern", it.to_string()))?;
        let pages = aws.iam().list_roles().set_path_prefix(given.path_prefix.clone());
        let pages = pages.into_paginator().items().send();
        let all = pages.collect::<std::result::Result<Vec<_>, _>>().await;
        let mut all = all.or_fault("ListRoles")?;
        all.retain(|it| pattern.as_ref().is_none_or(|own| own.is_match(it.role_name())));
        Ok(Roles {
            id: Out(Some(aws.region().to_owned())),
            arns: Out(Some(all.iter().map(|it| it.arn().to_owned()).collect())),
            names: Out(Some(all.iter().map(|it| it.role_name().to_owned()).collect())),
            ..given
        })
    }
}
