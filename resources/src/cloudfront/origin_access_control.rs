//! `aws_cloudfront_origin_access_control`: how CloudFront shows an origin that it may read.

use aws_sdk_cloudfront::types as sdk;
use model::{Attributes, Fault, FaultKind, Live, Map, Op, Out, Phase};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::cloudfront::{classify, etag};
use crate::fault::{OrFault, must};
use crate::mirror::FromSdk;
use crate::naming::known;
use crate::resource::{Resource, Result, changed, each};

/// How CloudFront shows an origin that it may read.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_cloudfront_origin_access_control")]
pub(crate) struct OriginAccessControl {
    /// What it is for.
    #[attr(default = "Managed by Terraform")]
    description: String,
    /// Its name, unique in the account.
    name: String,
    /// What kind of origin it is for: `s3`, `mediastore`, `mediapackagev2` or `lambda`.
    origin_access_control_origin_type: String,
    /// Which requests are signed: `always`, `never` or `no-override`.
    signing_behavior: String,
    /// How they are signed: `sigv4`.
    signing_protocol: String,
    /// Its Amazon Resource Name.
    arn: Out<String>,
    /// Its version.
    #[attr(volatile)]
    etag: Out<String>,
    /// Its id: `E327GJI25M56DG`.
    id: Out<String>,
}

impl Resource for OriginAccessControl {
    const BATCH: usize = 20;

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        each(ids, |id| live(aws, id)).await
    }

    async fn create(aws: &Aws, want: &Self, _token: &str) -> Result<String> {
        let call = aws.cloudfront().create_origin_access_control();
        let call = call.origin_access_control_config(config(want));
        let answer = call.send().await.or_fault("CreateOriginAccessControl")?;
        let made = must(answer.origin_access_control, "CreateOriginAccessControl")?;
        Ok(made.id)
    }

    async fn update(aws: &Aws, id: &str, have: &Self, want: &Self) -> Result<()> {
        if !changed!(have, want;
            description, name, origin_access_control_origin_type, signing_behavior, signing_protocol)
        {
            return Ok(());
        }
        let call = aws.cloudfront().update_origin_access_control().id(id);
        let call = call.if_match(version(aws, id).await?);
        let call = call.origin_access_control_config(config(want));
        call.send().await.or_fault("UpdateOriginAccessControl")?;
        Ok(())
    }

    async fn delete(aws: &Aws, id: &str, _have: &Self) -> Result<()> {
        let version = version(aws, id).await?;
        let call = aws.cloudfront().delete_origin_access_control().id(id).if_match(version);
        call.send().await.or_fault("DeleteOriginAccessControl")?;
        Ok(())
    }

    fn claim(planned: &Map) -> Option<String> {
        known(planned, "name").map(str::to_owned)
    }

    async fn holder(aws: &Aws, claim: &str) -> Result<Option<String>> {
        let found = all(aws).await?.into_iter().find(|it| it.name() == claim);
        Ok(found.map(|it| it.id().to_owned()))
    }

    /// Names are unique, so one of this name that says the same is the one.
    async fn find(aws: &Aws, want: &Self, _token: &str) -> Result<Option<String>> {
        let same = |it: &sdk::OriginAccessControlSummary| {
            it.name() == want.name
                && it.description() == want.description
                && it.signing_behavior().as_str() == want.signing_behavior
                && it.origin_access_control_origin_type().as_str()
                    == want.origin_access_control_origin_type
        };
        let found = all(aws).await?.into_iter().find(same);
        Ok(found.map(|it| it.id().to_owned()))
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        classify(op, fault)
    }
}

async fn all(aws: &Aws) -> Result<Vec<sdk::OriginAccessControlSummary>> {
    let pages = aws.cloudfront().list_origin_access_controls().into_paginator().send();
    let pages = pages.collect::<std::result::Result<Vec<_>, _>>().await;
    let pages = pages.or_fault("ListOriginAccessControls")?;
    let lists = pages.iter().filter_map(|it| it.origin_access_control_list());
    Ok(lists.flat_map(|it| it.items()).cloned().collect())
}

fn config(want: &OriginAccessControl) -> sdk::OriginAccessControlConfig {
    let it = sdk::OriginAccessControlConfig::builder()
        .description(&want.description)
        .name(&want.name)
        .origin_access_control_origin_type(want.origin_access_control_origin_type.as_str().into())
        .signing_behavior(want.signing_behavior.as_str().into())
        .signing_protocol(want.signing_protocol.as_str().into());
    it.build().expect("a name, a type and how to sign are set")
}

async fn version(aws: &Aws, id: &str) -> Result<String> {
    let call = aws.cloudfront().get_origin_access_control().id(id).send();
    etag(call.await.or_fault("GetOriginAccessControl")?.e_tag, "GetOriginAccessControl")
}

async fn live(aws: &Aws, id: &str) -> Result<Option<Live<OriginAccessControl>>> {
    let call = aws.cloudfront().get_origin_access_control().id(id).send();
    let answer = call.await.or_fault("GetOriginAccessControl")?;
    let it = answer.origin_access_control.and_then(|it| it.origin_access_control_config);
    let it = must(it, "GetOriginAccessControl")?;
    let (partition, account) = (aws.partition().name, aws.account().await?);
    let attributes = OriginAccessControl {
        description: String::from_sdk(it.description()),
        name: it.name().to_owned(),
        origin_access_control_origin_type: it.origin_access_control_origin_type().to_string(),
        signing_behavior: it.signing_behavior().to_string(),
        signing_protocol: it.signing_protocol().to_string(),
        arn: Out(Some(format!("arn:{partition}:cloudfront::{account}:origin-access-control/{id}"))),
        etag: Out(answer.e_tag),
        id: Out(Some(id.to_owned())),
    };
    Ok(Some(Live { id: id.to_owned(), phase: Phase::Ready, attributes }))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, fault, want, xml};

    const WEB: &str = r#"{"name": "web", "description": "old", "signing_protocol": "sigv4",
        "signing_behavior": "always", "origin_access_control_origin_type": "s3"}"#;
    const ANSWER: &str = "<OriginAccessControl><Id>E1</Id><OriginAccessControlConfig>\
        <Name>web</Name><Description>old</Description><SigningProtocol>sigv4</SigningProtocol>\
        <SigningBehavior>always</SigningBehavior>\
        <OriginAccessControlOriginType>s3</OriginAccessControlOriginType>\
        </OriginAccessControlConfig></OriginAccessControl>";

    #[tokio::test]
    async fn it_is_changed_and_deleted_by_who_knows_its_version() {
        let read = || xml(ANSWER).with("etag", "V1");
        let aws = Script::new([xml(ANSWER), read(), xml(ANSWER), read(), xml("")]);
        let have = want::<OriginAccessControl>(WEB);
        assert_eq!(OriginAccessControl::create(&aws, &have, "token").await.unwrap(), "E1");
        let want = want::<OriginAccessControl>(&WEB.replace("old", "new"));
        OriginAccessControl::update(&aws, "E1", &have, &want).await.unwrap();
        OriginAccessControl::delete(&aws, "E1", &want).await.unwrap();
        aws.sent(expect![[r#"
            POST cloudfront.amazonaws.com/2020-05-31/origin-access-control
                <OriginAccessControlConfig xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/"><Name>web</Name><Description>old</Description><SigningProtocol>sigv4</SigningProtocol><SigningBehavior>always</SigningBehavior><OriginAccessControlOriginType>s3</OriginAccessControlOriginType></OriginAccessControlConfig>
            GET cloudfront.amazonaws.com/2020-05-31/origin-access-control/E1
            PUT cloudfront.amazonaws.com/2020-05-31/origin-access-control/E1/config
                <OriginAccessControlConfig xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/"><Name>web</Name><Description>new</Description><SigningProtocol>sigv4</SigningProtocol><SigningBehavior>always</SigningBehavior><OriginAccessControlOriginType>s3</OriginAccessControlOriginType></OriginAccessControlConfig>
            GET cloudfront.amazonaws.com/2020-05-31/origin-access-control/E1
            DELETE cloudfront.amazonaws.com/2020-05-31/origin-access-control/E1
        "#]]);
    }

    #[tokio::test]
    async fn a_lost_reply_is_found_by_the_name() {
        let aws = Script::new([xml(
            "<OriginAccessControlList><Marker/><MaxItems>100</MaxItems><IsTruncated>false</IsTruncated>\
             <Quantity>1</Quantity><Items><OriginAccessControlSummary><Id>E1</Id><Name>web</Name>\
             <Description>old</Description><SigningProtocol>sigv4</SigningProtocol>\
             <SigningBehavior>always</SigningBehavior>\
             <OriginAccessControlOriginType>s3</OriginAccessControlOriginType>\
             </OriginAccessControlSummary></Items></OriginAccessControlList>",
        )]);
        let found = OriginAccessControl::find(&aws, &want(WEB), "token").await.unwrap();
        assert_eq!(found.as_deref(), Some("E1"));
    }

    #[test]
    fn it_waits_for_distributions_to_let_go() {
        let used = fault(FaultKind::Rejected, "OriginAccessControlInUse");
        assert_eq!(OriginAccessControl::classify(Op::Delete, &used), Some(FaultKind::Busy));
    }
}
