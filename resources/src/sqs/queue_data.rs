//! `aws_sqs_queue`: a queue that is looked up by its name.

use std::collections::BTreeMap;

use aws_sdk_sqs::types::QueueAttributeName;
use model::{Attributes, Auto, Out};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::data::Data;
use crate::fault::{OrFault, must};
use crate::resource::Result;

/// A queue that is looked up by its name.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_sqs_queue")]
pub(crate) struct Queue {
    /// Its name.
    name: String,
    /// Its URL.
    id: Out<String>,
    /// Its tags.
    tags: Auto<BTreeMap<String, String>>,
    /// Its URL.
    url: Out<String>,
    /// Its Amazon Resource Name.
    arn: Out<String>,
}

impl Data for Queue {
    async fn read(aws: &Aws, given: Self) -> Result<Self> {
        let answer = aws.sqs().get_queue_url().queue_name(&given.name).send().await;
        let url = must(answer.or_fault("GetQueueUrl")?.queue_url, "GetQueueUrl")?;
        let call = aws.sqs().get_queue_attributes().queue_url(&url);
        let answer = call.attribute_names(QueueAttributeName::QueueArn).send().await;
        let mut all = answer.or_fault("GetQueueAttributes")?.attributes.unwrap_or_default();
        let tags = aws.sqs().list_queue_tags().queue_url(&url).send().await;
        let tags = tags.or_fault("ListQueueTags")?.tags.unwrap_or_default().into_iter();
        Ok(Queue {
            id: Out(Some(url.clone())),
            tags: Auto(Some(tags.filter(|it| !aws.tags().ignores(&it.0)).collect())),
            url: Out(Some(url)),
            arn: Out(all.remove(&QueueAttributeName::QueueArn)),
            ..given
        })
    }
}
