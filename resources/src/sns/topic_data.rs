//! `aws_sns_topic`: a topic that is looked up by its name.

use std::collections::BTreeMap;

use model::{Attributes, Auto, Out};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::data::Data;
use crate::fault::{OrFault, only};
use crate::resource::Result;

/// A topic that is looked up by its name.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_sns_topic")]
pub(crate) struct Topic {
    /// Its name.
    name: String,
    /// Its ARN.
    id: Out<String>,
    /// Its tags.
    tags: Auto<BTreeMap<String, String>>,
    /// Its Amazon Resource Name.
    arn: Out<String>,
}

impl Data for Topic {
    async fn read(aws: &Aws, given: Self) -> Result<Self> {
        let pages = aws.sns().list_topics().into_paginator().items().send();
        let all = pages.collect::<std::result::Result<Vec<_>, _>>().await.or_fault("ListTopics")?;
        let arns = all.into_iter().filter_map(|it| it.topic_arn);
        let named = arns.filter(|it| it.rsplit(':').next() == Some(&given.name)).collect();
        let arn = only(&format!("topic `{}`", given.name), "ListTopics", named)?;
        let tags = super::tags(aws, &arn).await?.0.into_iter();
        Ok(Topic {
            id: Out(Some(arn.clone())),
            tags: Auto(Some(tags.filter(|it| !aws.tags().ignores(&it.0)).collect())),
            arn: Out(Some(arn)),
            ..given
        })
    }
}
