//! `aws_ecs_account_setting_default`: a setting for everyone in the account who has none of their own.

use aws_sdk_ecs::types as sdk;
use model::{Attributes, Live, Out, Phase};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::fault::OrFault;
use crate::mirror::FromSdk;
use crate::resource::{Resource, Result, each};

/// A setting for everyone in the account who has none of their own.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_ecs_account_setting_default")]
pub(crate) struct AccountSettingDefault {
    /// Such as `containerInsights` or `awsvpcTrunking`.
    #[attr(replace)]
    name: String,
    /// Such as `enabled` or `disabled`.
    value: String,
    /// ARN of the account.
    id: Out<String>,
    /// ARN of the account.
    principal_arn: Out<String>,
}

const NAME: &str = "aws_ecs_account_setting_default";

impl Resource for AccountSettingDefault {
    const BATCH: usize = 50;

    fn identity(&self) -> Option<String> {
        Some(self.name.clone())
    }

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        each(ids, |id| live(aws, id)).await
    }

    async fn create(aws: &Aws, want: &Self, _token: &str) -> Result<String> {
        aws.adopt(NAME, &want.name);
        put(aws, &want.name, &want.value).await?;
        Ok(want.name.clone())
    }

    async fn update(aws: &Aws, _id: &str, have: &Self, want: &Self) -> Result<()> {
        if have.value != want.value { put(aws, &want.name, &want.value).await } else { Ok(()) }
    }

    /// A setting cannot be removed. It gets the value it had at first, and is ours no more.
    async fn delete(aws: &Aws, id: &str, have: &Self) -> Result<()> {
        let first = match have.name.as_str() {
            "fargateTaskRetirementWaitPeriod" => "7",
            "tagResourceAuthorization" => "off",
            "defaultLogDriverMode" => "non-blocking",
            _ => "disabled",
        };
        put(aws, &have.name, first).await?;
        aws.abandon(NAME, id);
        Ok(())
    }
}

async fn live(aws: &Aws, id: &str) -> Result<Option<Live<AccountSettingDefault>>> {
    let call = aws.ecs().list_account_settings().name(id.into()).effective_settings(true);
    let answer = call.send().await.or_fault("ListAccountSettings")?;
    let own = |it: &&sdk::Setting| it.name().is_some_and(|it| it.as_str() == id);
    let Some(it) = answer.settings().iter().find(own) else { return Ok(None) };
    let attributes = AccountSettingDefault {
        name: id.to_owned(),
        value: String::from_sdk(it.value()),
        id: Out::from_sdk(it.principal_arn()),
        principal_arn: Out::from_sdk(it.principal_arn()),
    };
    Ok(Some(Live { id: id.to_owned(), phase: Phase::Ready, attributes }))
}

async fn put(aws: &Aws, name: &str, value: &str) -> Result<()> {
    let call = aws.ecs().put_account_setting_default().name(name.into()).value(value);
    call.send().await.or_fault("PutAccountSettingDefault")?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, json, want};

    #[tokio::test]
    async fn a_setting_goes_back_to_what_it_was_at_first() {
        let aws = Script::new([json("{}"), json("{}")]);
        let want = want::<AccountSettingDefault>(
            r#"{"name": "fargateTaskRetirementWaitPeriod", "value": "14"}"#,
        );

        let id = AccountSettingDefault::create(&aws, &want, "token").await.unwrap();
        AccountSettingDefault::delete(&aws, &id, &want).await.unwrap();

        assert!(aws.has_abandoned(NAME, &id));
        aws.sent(expect![[r#"
            PutAccountSettingDefault
                name="fargateTaskRetirementWaitPeriod"
                value="14"
            PutAccountSettingDefault
                name="fargateTaskRetirementWaitPeriod"
                value="7"
        "#]]);
    }
}
