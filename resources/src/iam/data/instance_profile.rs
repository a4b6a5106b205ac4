//! `aws_iam_instance_profile`: an instance profile that is looked up by its name.

use model::{Attributes, Out};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::data::Data;
use crate::fault::{OrFault, must};
use crate::mirror::{FromSdk, moment};
use crate::resource::Result;

/// An instance profile that is looked up by its name.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_iam_instance_profile")]
pub(crate) struct InstanceProfile {
    /// Its name.
    name: String,
    /// Its unique id.
    id: Out<String>,
    /// When it was created.
    create_date: Out<String>,
    /// The path of its name.
    path: Out<String>,
    /// ARN of its role.
    role_arn: Out<String>,
    /// Unique id of its role.
    role_id: Out<String>,
    /// Name of its role.
    role_name: Out<String>,
    /// Its Amazon Resource Name.
    arn: Out<String>,
}

impl Data for InstanceProfile {
    async fn read(aws: &Aws, given: Self) -> Result<Self> {
        let call = aws.iam().get_instance_profile().instance_profile_name(&given.name);
        let answer = call.send().await.or_fault("GetInstanceProfile")?;
        let it = must(answer.instance_profile, "GetInstanceProfile")?;
        let role = it.roles().first();
        Ok(InstanceProfile {
            id: Out::from_sdk(Some(it.instance_profile_id())),
            create_date: moment(Some(it.create_date())),
            path: Out::from_sdk(Some(it.path())),
            role_arn: Out::from_sdk(role.map(|it| it.arn())),
            role_id: Out::from_sdk(role.map(|it| it.role_id())),
            role_name: Out::from_sdk(role.map(|it| it.role_name())),
            arn: Out::from_sdk(Some(it.arn())),
            ..given
        })
    }
}
