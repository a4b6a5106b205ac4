//! `aws_caller_identity`: whom AWS takes us for.

use model::{Attributes, Out};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::data::Data;
use crate::resource::Result;

/// Whom AWS takes us for.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_caller_identity")]
pub(crate) struct CallerIdentity {
    /// The account.
    account_id: Out<String>,
    /// The ARN of the user or of the session of a role.
    arn: Out<String>,
    /// The unique id of the user or role.
    user_id: Out<String>,
    /// The account.
    id: Out<String>,
}

impl Data for CallerIdentity {
    async fn read(aws: &Aws, _given: Self) -> Result<Self> {
        let caller = aws.caller().await?;
        Ok(CallerIdentity {
            account_id: Out(Some(caller.account.clone())),
            arn: Out(Some(caller.arn.clone())),
            user_id: Out(Some(caller.user_id.clone())),
            id: Out(Some(caller.account.clone())),
        })
    }
}
