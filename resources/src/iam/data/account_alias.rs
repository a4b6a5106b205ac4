//! `aws_iam_account_alias`: the name that people know the account by.

use model::{Attributes, Out};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::data::Data;
use crate::fault::{OrFault, rejected};
use crate::resource::Result;

/// The name that people know the account by.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_iam_account_alias")]
pub(crate) struct AccountAlias {
    /// The name.
    id: Out<String>,
    /// The name.
    account_alias: Out<String>,
}

impl Data for AccountAlias {
    async fn read(aws: &Aws, _given: Self) -> Result<Self> {
        let answer =
            aws.iam().list_account_aliases().send().await.or_fault("ListAccountAliases")?;
        let Some(alias) = answer.account_aliases.into_iter().next() else {
            return Err(rejected("ListAccountAliases", "NoAlias", "the account has no alias"));
        };
        Ok(AccountAlias { id: Out(Some(alias.clone())), account_alias: Out(Some(alias)) })
    }
}
