//! `aws_cloudwatch_log_stream`: one source of a log group.

use model::{Attributes, Live, Out, Phase, Timeouts};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::fault::OrFault;
use crate::mirror::FromSdk;
use crate::resource::{Resource, Result, each};

/// One source of a log group.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_cloudwatch_log_stream")]
pub(crate) struct LogStream {
    /// Its name.
    #[attr(replace)]
    name: String,
    /// The log group it is in.
    #[attr(replace)]
    log_group_name: String,
    /// Its Amazon Resource Name.
    arn: Out<String>,
    /// Its name.
    id: Out<String>,
}

impl Resource for LogStream {
    const BATCH: usize = 50;
    const TIMEOUTS: Timeouts = Timeouts::minutes(2, 2, 2);

    /// The id that imports have: a name alone does not tell the group.
    fn identity(&self) -> Option<String> {
        Some(format!("{}:{}", self.log_group_name, self.name))
    }

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        each(ids, |id| live(aws, id)).await
    }

    async fn create(aws: &Aws, want: &Self, _token: &str) -> Result<String> {
        let call = aws.logs().create_log_stream().log_group_name(&want.log_group_name);
        call.log_stream_name(&want.name).send().await.or_fault("CreateLogStream")?;
        Ok(format!("{}:{}", want.log_group_name, want.name))
    }

    async fn update(_: &Aws, _: &str, _: &Self, _: &Self) -> Result<()> {
        Ok(())
    }

    async fn delete(aws: &Aws, _id: &str, have: &Self) -> Result<()> {
        let call = aws.logs().delete_log_stream().log_group_name(&have.log_group_name);
        call.log_stream_name(&have.name).send().await.or_fault("DeleteLogStream")?;
        Ok(())
    }

    /// Names are unique in a group.
    async fn find(aws: &Aws, want: &Self, _token: &str) -> Result<Option<String>> {
        let id = format!("{}:{}", want.log_group_name, want.name);
        Ok(live(aws, &id).await?.map(|it| it.id))
    }
}

async fn live(aws: &Aws, id: &str) -> Result<Option<Live<LogStream>>> {
    let Some((group, name)) = id.split_once(':') else { return Ok(None) };
    // Streams come in order of name: the one that is all prefix is the first.
    let call = aws.logs().describe_log_streams().log_group_name(group);
    let call = call.log_stream_name_prefix(name);
    let answer = call.send().await.or_fault("DescribeLogStreams")?;
    let found = answer.log_streams().iter().find(|it| it.log_stream_name() == Some(name));
    Ok(found.map(|it| {
        let attributes = LogStream {
            name: name.to_owned(),
            log_group_name: group.to_owned(),
            arn: Out::from_sdk(it.arn()),
            id: Out(Some(name.to_owned())),
        };
        Live { id: id.to_owned(), phase: Phase::Ready, attributes }
    }))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, json, want};

    #[tokio::test]
    async fn a_stream_is_found_by_its_group_and_name() {
        let streams = r#"{"logStreams": [{"logStreamName": "web", "arn": "arn:web"},
            {"logStreamName": "web-2", "arn": "arn:web-2"}]}"#;
        let aws = Script::new([json("{}"), json(streams), json("{}")]);
        let have = want::<LogStream>(r#"{"name": "web", "log_group_name": "/app"}"#);

        let id = LogStream::create(&aws, &have, "token").await.unwrap();
        assert_eq!(LogStream::find(&aws, &have, "token").await.unwrap(), Some(id.clone()));
        LogStream::delete(&aws, &id, &have).await.unwrap();

        assert_eq!(Some(id), have.identity());
        aws.sent(expect![[r#"
            CreateLogStream
                logGroupName="/app"
                logStreamName="web"
            DescribeLogStreams
                logGroupName="/app"
                logStreamNamePrefix="web"
            DeleteLogStream
                logGroupName="/app"
                logStreamName="web"
        "#]]);
    }
}
