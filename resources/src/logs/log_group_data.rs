//! `aws_cloudwatch_log_group`: a log group that is looked up by its name.

use std::collections::BTreeMap;

use model::{Attributes, Auto, Out};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::data::Data;
use crate::fault::{OrFault, rejected};
use crate::mirror::FromSdk;
use crate::resource::Result;

/// A log group that is looked up by its name.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_cloudwatch_log_group")]
pub(crate) struct LogGroup {
    /// Its name.
    name: String,
    /// Its name.
    id: Out<String>,
    /// Its tags.
    tags: Auto<BTreeMap<String, String>>,
    /// When it was created, in milliseconds since 1970.
    creation_time: Out<i64>,
    /// ARN of the KMS key that logs are encrypted with.
    kms_key_id: Out<String>,
    /// `STANDARD`, `INFREQUENT_ACCESS` or `DELIVERY`.
    log_group_class: Out<String>,
    /// For how many days logs are kept; 0 for ever.
    retention_in_days: Out<i32>,
    /// Its Amazon Resource Name.
    arn: Out<String>,
}

impl Data for LogGroup {
    async fn read(aws: &Aws, given: Self) -> Result<Self> {
        // Groups come in order of name: the one that is all prefix is the first.
        let call = aws.logs().describe_log_groups().log_group_name_prefix(&given.name);
        let answer = call.send().await.or_fault("DescribeLogGroups")?;
        let named = answer.log_groups().iter().find(|it| it.log_group_name() == Some(&given.name));
        let Some(it) = named else {
            let text = format!("there is no log group `{}`", given.name);
            return Err(rejected("DescribeLogGroups", "ResourceNotFoundException", text));
        };
        let arn = it.arn().unwrap_or_default().trim_end_matches(":*");
        let tags = aws.logs().list_tags_for_resource().resource_arn(arn).send().await;
        let tags = tags.or_fault("ListTagsForResource")?.tags.unwrap_or_default().into_iter();
        Ok(LogGroup {
            id: Out(Some(given.name.clone())),
            tags: Auto(Some(tags.filter(|it| !aws.tags().ignores(&it.0)).collect())),
            creation_time: Out(it.creation_time()),
            kms_key_id: Out::from_sdk(it.kms_key_id()),
            log_group_class: Out::from_sdk(it.log_group_class()),
            retention_in_days: Out(Some(it.retention_in_days().unwrap_or(0))),
            arn: Out(Some(arn.to_owned())),
            ..given
        })
    }
}
