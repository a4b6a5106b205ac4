//! `aws_cloudwatch_log_group`: where log streams are kept, and for how long.

use aws_sdk_cloudwatchlogs::types as sdk;
use model::{Attributes, Auto, Live, Map, Out, Phase, Tags, Unread};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::fault::OrFault;
use crate::mirror::{FromSdk, ToSdk};
use crate::naming::{known, name_or_unique, prefix_of};
use crate::resource::{Resource, Result, each};

/// Where log streams are kept, and for how long.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_cloudwatch_log_group")]
pub(crate) struct LogGroup {
    /// Its name. Without it or `name_prefix`, a unique one is made.
    #[attr(replace)]
    name: Auto<String>,
    /// The beginning of a unique name.
    #[attr(replace)]
    name_prefix: Auto<String>,
    /// ARN of the KMS key that logs are encrypted with.
    kms_key_id: Option<String>,
    /// `STANDARD`, `INFREQUENT_ACCESS` or `DELIVERY`.
    #[attr(replace)]
    log_group_class: Auto<String>,
    /// For how many days logs are kept; 0 for ever.
    #[attr(default = 0)]
    retention_in_days: i32,
    /// Whether destroying it only makes us forget it.
    #[attr(default = false)]
    skip_destroy: Unread<bool>,
    /// Tags of its own; those of the provider's `default_tags` come on top.
    tags: Tags,
    /// Its Amazon Resource Name.
    arn: Out<String>,
    /// Its name.
    id: Out<String>,
}

impl Resource for LogGroup {
    const BATCH: usize = 50;
    const MISSED: bool = true;

    fn abandons(&self) -> bool {
        self.skip_destroy.0 == Some(true)
    }

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        each(ids, |id| live(aws, id)).await
    }

    /// How long logs are kept is told by `update`.
    async fn create(aws: &Aws, want: &Self, token: &str) -> Result<String> {
        let name = name_or_unique(&want.name, &want.name_prefix, token);
        let call = aws.logs().create_log_group().log_group_name(&name);
        let call = call
            .set_kms_key_id(want.kms_key_id.clone())
            .set_log_group_class(want.log_group_class.to_sdk())
            .set_tags((!want.tags.0.is_empty()).then(|| want.tags.0.clone().into_iter().collect()));
        call.send().await.or_fault("CreateLogGroup")?;
        Ok(name)
    }

    async fn update(aws: &Aws, id: &str, have: &Self, want: &Self) -> Result<()> {
        if have.retention_in_days != want.retention_in_days {
            retain(aws, id, want.retention_in_days).await?;
        }
        if have.kms_key_id != want.kms_key_id {
            encrypt(aws, id, want.kms_key_id.as_deref()).await?;
        }
        retag(aws, have.arn.0.as_deref().unwrap_or_default(), &have.tags, &want.tags).await
    }

    async fn delete(aws: &Aws, id: &str, _have: &Self) -> Result<()> {
        let call = aws.logs().delete_log_group().log_group_name(id);
        call.send().await.or_fault("DeleteLogGroup")?;
        Ok(())
    }

    fn claim(planned: &Map) -> Option<String> {
        known(planned, "name").map(str::to_owned)
    }

    /// Names are unique, so a group of this name with the same tags is the one.
    async fn find(aws: &Aws, want: &Self, token: &str) -> Result<Option<String>> {
        let name = name_or_unique(&want.name, &want.name_prefix, token);
        let found = live(aws, &name).await?;
        Ok(found.filter(|it| it.attributes.tags == want.tags).map(|_| name))
    }
}

async fn live(aws: &Aws, id: &str) -> Result<Option<Live<LogGroup>>> {
    // Groups come in order of name: the one that is all prefix is the first.
    let call = aws.logs().describe_log_groups().log_group_name_prefix(id);
    let answer = call.send().await.or_fault("DescribeLogGroups")?;
    let same = |it: &&sdk::LogGroup| it.log_group_name() == Some(id);
    let Some(it) = answer.log_groups().iter().find(same) else { return Ok(None) };
    let arn = it.arn().unwrap_or_default().trim_end_matches(":*");
    let call = aws.logs().list_tags_for_resource().resource_arn(arn);
    let tags = call.send().await.or_fault("ListTagsForResource")?.tags.unwrap_or_default();
    let attributes = LogGroup {
        name: Auto::from_sdk(Some(id)),
        name_prefix: Auto(prefix_of(id)),
        kms_key_id: Option::from_sdk(it.kms_key_id()),
        log_group_class: Auto::from_sdk(it.log_group_class()),
        retention_in_days: it.retention_in_days().unwrap_or(0),
        skip_destroy: Unread(None),
        tags: tags.into_iter().collect(),
        arn: Out::from_sdk(Some(arn)),
        id: Out::from_sdk(Some(id)),
    };
    Ok(Some(Live { id: id.to_owned(), phase: Phase::Ready, attributes }))
}

async fn retain(aws: &Aws, id: &str, days: i32) -> Result<()> {
    if days == 0 {
        let call = aws.logs().delete_retention_policy().log_group_name(id);
        call.send().await.or_fault("DeleteRetentionPolicy")?;
    } else {
        let call = aws.logs().put_retention_policy().log_group_name(id).retention_in_days(days);
        call.send().await.or_fault("PutRetentionPolicy")?;
    }
    Ok(())
}

async fn encrypt(aws: &Aws, id: &str, key: Option<&str>) -> Result<()> {
    match key {
        Some(key) => {
            let call = aws.logs().associate_kms_key().log_group_name(id).kms_key_id(key);
            call.send().await.or_fault("AssociateKmsKey")?;
        }
        None => {
            let call = aws.logs().disassociate_kms_key().log_group_name(id);
            call.send().await.or_fault("DisassociateKmsKey")?;
        }
    }
    Ok(())
}

async fn retag(aws: &Aws, arn: &str, have: &Tags, want: &Tags) -> Result<()> {
    let (set, unset) = want.changes_from(have);
    if !unset.is_empty() {
        let call = aws.logs().untag_resource().resource_arn(arn).set_tag_keys(Some(unset));
        call.send().await.or_fault("UntagResource")?;
    }
    if !set.is_empty() {
        let set = set.into_iter().collect();
        let call = aws.logs().tag_resource().resource_arn(arn).set_tags(Some(set));
        call.send().await.or_fault("TagResource")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, json, want};

    #[tokio::test]
    async fn keeping_logs_for_ever_is_no_policy() {
        let aws = Script::new([json("{}")]);
        let have = want::<LogGroup>(r#"{"name": "web", "retention_in_days": 7}"#);

        LogGroup::update(&aws, "web", &have, &want(r#"{"name": "web"}"#)).await.unwrap();

        aws.sent(expect![[r#"
            DeleteRetentionPolicy
                logGroupName="web"
        "#]]);
    }

    #[tokio::test]
    async fn a_group_whose_name_only_begins_so_is_another() {
        let aws = Script::new([json(r#"{"logGroups": [{"logGroupName": "web-2", "arn": "a"}]}"#)]);

        let found = LogGroup::read(&aws, &["web".to_owned()]).await.unwrap();

        assert_eq!(found, []);
    }
}
