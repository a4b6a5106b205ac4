//! `aws_cloudwatch_dashboard`: metrics on a page.

use model::{Attributes, Json, Live, Out, Phase, Timeouts};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::fault::OrFault;
use crate::mirror::FromSdk;
use crate::resource::{Resource, Result, each, missing_is_none};

/// Metrics on a page.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_cloudwatch_dashboard")]
pub(crate) struct Dashboard {
    /// What is shown, in JSON.
    dashboard_body: Json,
    /// Its name.
    #[attr(replace)]
    dashboard_name: String,
    /// Its Amazon Resource Name.
    dashboard_arn: Out<String>,
    /// Its name.
    id: Out<String>,
}

impl Resource for Dashboard {
    const BATCH: usize = 50;
    const TIMEOUTS: Timeouts = Timeouts::minutes(2, 2, 2);

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        each(ids, |id| live(aws, id)).await
    }

    /// Putting a dashboard again changes nothing.
    async fn create(aws: &Aws, want: &Self, _token: &str) -> Result<String> {
        let call = aws.cloudwatch().put_dashboard().dashboard_name(&want.dashboard_name);
        let call = call.dashboard_body(&want.dashboard_body.0);
        call.send().await.or_fault("PutDashboard")?;
        Ok(want.dashboard_name.clone())
    }

    async fn update(aws: &Aws, _id: &str, have: &Self, want: &Self) -> Result<()> {
        if have.dashboard_body != want.dashboard_body {
            Self::create(aws, want, "").await?;
        }
        Ok(())
    }

    async fn delete(aws: &Aws, id: &str, _have: &Self) -> Result<()> {
        let call = aws.cloudwatch().delete_dashboards().dashboard_names(id);
        call.send().await.or_fault("DeleteDashboards")?;
        Ok(())
    }

    async fn find(aws: &Aws, want: &Self, _token: &str) -> Result<Option<String>> {
        let found = missing_is_none(live(aws, &want.dashboard_name).await)?;
        let same = |it: &Live<Self>| it.attributes.dashboard_body == want.dashboard_body;
        Ok(found.filter(same).map(|it| it.id))
    }
}

async fn live(aws: &Aws, id: &str) -> Result<Option<Live<Dashboard>>> {
    let answer = aws.cloudwatch().get_dashboard().dashboard_name(id).send().await;
    let it = answer.or_fault("GetDashboard")?;
    let attributes = Dashboard {
        dashboard_body: Json::from_sdk(it.dashboard_body()),
        dashboard_name: id.to_owned(),
        dashboard_arn: Out::from_sdk(it.dashboard_arn()),
        id: Out(Some(id.to_owned())),
    };
    Ok(Some(Live { id: id.to_owned(), phase: Phase::Ready, attributes }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Script, want};

    #[tokio::test]
    async fn a_body_in_other_words_is_not_sent() {
        let aws = Script::agreeable();
        let body = |body: &str| {
            let json = serde_json::json!({"dashboard_name": "web", "dashboard_body": body});
            want::<Dashboard>(&json.to_string())
        };
        let have = body(r#"{"widgets":[]}"#);

        Dashboard::update(&aws, "web", &have, &body("{ \"widgets\": [ ] }")).await.unwrap();
        assert_eq!(aws.asked(), 0);
        // What is answered is not in CloudWatch's format; what counts is that one call was made.
        _ = Dashboard::update(&aws, "web", &have, &body(r#"{"widgets":[{}]}"#)).await;
        assert_eq!(aws.asked(), 1);
    }
}
