//! `aws_iam_policy`: a policy that is looked up by its ARN, or by its name.

use std::collections::BTreeMap;

use aws_sdk_iam::types::PolicyScopeType;
use model::{Attributes, Auto, Out};
use serde::{Deserialize, Serialize};

use super::shown;
use crate::aws::Aws;
use crate::data::Data;
use crate::fault::{OrFault, must, rejected};
use crate::mirror::FromSdk;
use crate::policy::Policy as Document;
use crate::resource::Result;

/// A policy that is looked up by its ARN, or by its name.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_iam_policy")]
pub(crate) struct Policy {
    /// Its name.
    name: Auto<String>,
    /// The path that its own begins with.
    path_prefix: Option<String>,
    /// Its Amazon Resource Name.
    arn: Auto<String>,
    /// Its ARN.
    id: Out<String>,
    /// Its tags.
    tags: Auto<BTreeMap<String, String>>,
    /// How many roles, users and groups have it.
    attachment_count: Out<i32>,
    /// What it is for.
    description: Out<String>,
    /// The path of its name.
    path: Out<String>,
    /// What is allowed or denied, in JSON.
    policy: Out<String>,
    /// Its unique id.
    policy_id: Out<String>,
}

impl Data for Policy {
    async fn read(aws: &Aws, given: Self) -> Result<Self> {
        let arn = match (&given.arn.0, &given.name.0) {
            (Some(arn), _) => arn.clone(),
            (None, Some(name)) => find(aws, name, given.path_prefix.as_deref()).await?,
            (None, None) => {
                let text = "one of `arn` and `name` must be given";
                return Err(rejected("aws_iam_policy", "MissingArgument", text));
            }
        };
        let answer = aws.iam().get_policy().policy_arn(&arn).send().await.or_fault("GetPolicy")?;
        let it = must(answer.policy, "GetPolicy")?;
        let call = aws.iam().get_policy_version().policy_arn(&arn);
        let call = call.set_version_id(it.default_version_id().map(str::to_owned));
        let version = call.send().await.or_fault("GetPolicyVersion")?.policy_version;
        let document = must(version.and_then(|it| it.document), "GetPolicyVersion")?;
        Ok(Policy {
            name: Auto::from_sdk(it.policy_name()),
            path_prefix: given.path_prefix,
            id: Out(Some(arn.clone())),
            arn: Auto(Some(arn)),
            tags: shown(aws, it.tags()),
            attachment_count: Out(it.attachment_count()),
            description: Out::from_sdk(it.description()),
            path: Out::from_sdk(it.path()),
            policy: Out(Some(Document::decoded(&document).0)),
            policy_id: Out::from_sdk(it.policy_id()),
        })
    }
}

async fn find(aws: &Aws, name: &str, path: Option<&str>) -> Result<String> {
    let call = aws.iam().list_policies().scope(PolicyScopeType::All);
    let pages = call.set_path_prefix(path.map(str::to_owned)).into_paginator().items().send();
    let all = pages.collect::<std::result::Result<Vec<_>, _>>().await.or_fault("ListPolicies")?;
    let found = all.into_iter().find(|it| it.policy_name() == Some(name));
    found.and_then(|it| it.arn).ok_or_else(|| {
        rejected("ListPolicies", "NoSuchEntity", format!("there is no policy `{name}`"))
    })
}
