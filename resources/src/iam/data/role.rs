//! `aws_iam_role`: a role that is looked up by its name.

use std::collections::BTreeMap;

use model::{Attributes, Auto, Out};
use serde::{Deserialize, Serialize};

use super::shown;
use crate::aws::Aws;
use crate::data::Data;
use crate::fault::{OrFault, must};
use crate::mirror::{FromSdk, moment};
use crate::policy::Policy;
use crate::resource::Result;

/// A role that is looked up by its name.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_iam_role")]
pub(crate) struct Role {
    /// Its name.
    name: String,
    /// Its name.
    id: Out<String>,
    /// Its tags.
    tags: Auto<BTreeMap<String, String>>,
    /// Who may take it on, as a policy in JSON.
    assume_role_policy: Out<String>,
    /// When it was created.
    create_date: Out<String>,
    /// What it is for.
    description: Out<String>,
    /// For how many seconds it can be taken on at once.
    max_session_duration: Out<i32>,
    /// The path of its name.
    path: Out<String>,
    /// ARN of the policy that limits what it can ever do.
    permissions_boundary: Out<String>,
    /// When and where it was last used.
    role_last_used: Out<Vec<LastUsed>>,
    /// Its unique id.
    unique_id: Out<String>,
    /// Its Amazon Resource Name.
    arn: Out<String>,
}

/// When and where a role was last used.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct LastUsed {
    /// When.
    last_used_date: Option<String>,
    /// In which region.
    region: Option<String>,
}

impl Data for Role {
    async fn read(aws: &Aws, given: Self) -> Result<Self> {
        let answer = aws.iam().get_role().role_name(&given.name).send().await;
        let it = must(answer.or_fault("GetRole")?.role, "GetRole")?;
        let boundary = it.permissions_boundary().and_then(|it| it.permissions_boundary_arn());
        let used = it.role_last_used().map(|it| LastUsed {
            last_used_date: moment(it.last_used_date()).0,
            region: Option::from_sdk(it.region()),
        });
        Ok(Role {
            id: Out(Some(given.name.clone())),
            tags: shown(aws, it.tags()),
            assume_role_policy: Out(it
                .assume_role_policy_document()
                .map(|it| Policy::decoded(it).0)),
            create_date: moment(Some(it.create_date())),
            description: Out::from_sdk(it.description()),
            max_session_duration: Out(it.max_session_duration()),
            path: Out::from_sdk(Some(it.path())),
            permissions_boundary: Out::from_sdk(boundary),
            role_last_used: Out(Some(used.into_iter().collect())),
            unique_id: Out::from_sdk(Some(it.role_id())),
            arn: Out::from_sdk(Some(it.arn())),
            ..given
        })
    }
}
