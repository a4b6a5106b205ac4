//! `aws_cloudfront_origin_access_identity`: the user that CloudFront reads a bucket as.

use aws_sdk_cloudfront::types as sdk;
use model::{Attributes, Fault, FaultKind, Live, Op, Out, Phase};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::cloudfront::{classify, etag};
use crate::fault::{OrFault, must};
use crate::naming::uuid_of;
use crate::resource::{Resource, Result, each};

/// The user that CloudFront reads a bucket as. The newer way is
/// `aws_cloudfront_origin_access_control`.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_cloudfront_origin_access_identity")]
pub(crate) struct OriginAccessIdentity {
    /// What it is for.
    #[attr(default = "")]
    comment: String,
    /// Its Amazon Resource Name.
    arn: Out<String>,
    /// The text that it was made with.
    caller_reference: Out<String>,
    /// What `s3_origin_config` of a distribution names it by.
    cloudfront_access_identity_path: Out<String>,
    /// Its version.
    #[attr(volatile)]
    etag: Out<String>,
    /// ARN of the user, for bucket policies.
    iam_arn: Out<String>,
    /// The canonical user id, for access control lists.
    s3_canonical_user_id: Out<String>,
    /// Its id: `E74FTE3AEXAMPLE`.
    id: Out<String>,
}

impl Resource for OriginAccessIdentity {
    const BATCH: usize = 20;

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        each(ids, |id| live(aws, id)).await
    }

    /// The same reference with the same comment gives the same identity again.
    async fn create(aws: &Aws, want: &Self, token: &str) -> Result<String> {
        let call = aws.cloudfront().create_cloud_front_origin_access_identity();
        let call =
            call.cloud_front_origin_access_identity_config(config(&uuid_of(token), &want.comment));
        let answer = call.send().await.or_fault("CreateCloudFrontOriginAccessIdentity")?;
        let made = answer.cloud_front_origin_access_identity;
        Ok(must(made, "CreateCloudFrontOriginAccessIdentity")?.id)
    }

    async fn update(aws: &Aws, id: &str, have: &Self, want: &Self) -> Result<()> {
        if have.comment == want.comment {
            return Ok(());
        }
        let (now, version) = describe(aws, id).await?;
        let call = aws.cloudfront().update_cloud_front_origin_access_identity().id(id);
        let call = call
            .if_match(version)
            .cloud_front_origin_access_identity_config(config(&reference(&now), &want.comment));
        call.send().await.or_fault("UpdateCloudFrontOriginAccessIdentity")?;
        Ok(())
    }

    async fn delete(aws: &Aws, id: &str, _have: &Self) -> Result<()> {
        let (_, version) = describe(aws, id).await?;
        let call = aws.cloudfront().delete_cloud_front_origin_access_identity().id(id);
        let call = call.if_match(version).send();
        call.await.or_fault("DeleteCloudFrontOriginAccessIdentity")?;
        Ok(())
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        classify(op, fault)
    }
}

fn config(reference: &str, comment: &str) -> sdk::CloudFrontOriginAccessIdentityConfig {
    let it = sdk::CloudFrontOriginAccessIdentityConfig::builder().caller_reference(reference);
    it.comment(comment).build().expect("a reference and a comment are set")
}

fn reference(it: &sdk::CloudFrontOriginAccessIdentity) -> String {
    let config = it.cloud_front_origin_access_identity_config();
    config.map(|it| it.caller_reference().to_owned()).unwrap_or_default()
}

/// An identity and its version.
async fn describe(aws: &Aws, id: &str) -> Result<(sdk::CloudFrontOriginAccessIdentity, String)> {
    const NAME: &str = "GetCloudFrontOriginAccessIdentity";
    let call = aws.cloudfront().get_cloud_front_origin_access_identity().id(id).send();
    let answer = call.await.or_fault(NAME)?;
    Ok((must(answer.cloud_front_origin_access_identity, NAME)?, etag(answer.e_tag, NAME)?))
}

async fn live(aws: &Aws, id: &str) -> Result<Option<Live<OriginAccessIdentity>>> {
    let (it, version) = describe(aws, id).await?;
    let config = it.cloud_front_origin_access_identity_config();
    let (partition, account) = (aws.partition().name, aws.account().await?);
    let attributes = OriginAccessIdentity {
        comment: config.map(|it| it.comment().to_owned()).unwrap_or_default(),
        arn: Out(Some(format!(
            "arn:{partition}:cloudfront::{account}:origin-access-identity/{id}"
        ))),
        caller_reference: Out(Some(reference(&it))),
        cloudfront_access_identity_path: Out(Some(format!(
            "origin-access-identity/cloudfront/{id}"
        ))),
        etag: Out(Some(version)),
        iam_arn: Out(Some(format!(
            "arn:{partition}:iam::cloudfront:user/CloudFront Origin Access Identity {id}"
        ))),
        s3_canonical_user_id: Out(Some(it.s3_canonical_user_id().to_owned())),
        id: Out(Some(id.to_owned())),
    };
    Ok(Some(Live { id: id.to_owned(), phase: Phase::Ready, attributes }))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, want, xml};

    const ANSWER: &str = "<CloudFrontOriginAccessIdentity><Id>E1</Id>\
        <S3CanonicalUserId>abc</S3CanonicalUserId><CloudFrontOriginAccessIdentityConfig>\
        <CallerReference>ref</CallerReference><Comment>old</Comment>\
        </CloudFrontOriginAccessIdentityConfig></CloudFrontOriginAccessIdentity>";

    #[tokio::test]
    async fn its_comment_is_changed_with_the_reference_it_has() {
        let aws = Script::new([
            xml(ANSWER),
            xml(ANSWER).with("etag", "V1"),
            xml(ANSWER),
            xml(ANSWER).with("etag", "V2"),
            xml(""),
        ]);
        let have = want::<OriginAccessIdentity>(r#"{"comment": "old"}"#);
        assert_eq!(OriginAccessIdentity::create(&aws, &have, "token").await.unwrap(), "E1");
        let want = want::<OriginAccessIdentity>(r#"{"comment": "new"}"#);
        OriginAccessIdentity::update(&aws, "E1", &have, &want).await.unwrap();
        OriginAccessIdentity::delete(&aws, "E1", &want).await.unwrap();
        aws.sent(expect![[r#"
            POST cloudfront.amazonaws.com/2020-05-31/origin-access-identity/cloudfront
                <CloudFrontOriginAccessIdentityConfig xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/"><CallerReference>094de9d8-5b56-5c33-8965-e758b0aef552</CallerReference><Comment>old</Comment></CloudFrontOriginAccessIdentityConfig>
            GET cloudfront.amazonaws.com/2020-05-31/origin-access-identity/cloudfront/E1
            PUT cloudfront.amazonaws.com/2020-05-31/origin-access-identity/cloudfront/E1/config
                <CloudFrontOriginAccessIdentityConfig xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/"><CallerReference>ref</CallerReference><Comment>new</Comment></CloudFrontOriginAccessIdentityConfig>
            GET cloudfront.amazonaws.com/2020-05-31/origin-access-identity/cloudfront/E1
            DELETE cloudfront.amazonaws.com/2020-05-31/origin-access-identity/cloudfront/E1
        "#]]);
    }

    #[tokio::test]
    async fn policies_name_it_by_its_arn() {
        let aws = Script::with(
            crate::aws::Options { skip_account: true, ..Default::default() },
            [xml(ANSWER).with("etag", "V1")],
        );
        let found = OriginAccessIdentity::read(&aws, &["E1".to_owned()]).await.unwrap();
        let it = &found[0].attributes;
        let arn = it.iam_arn.0.as_deref();
        assert_eq!(arn, Some("arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1"));
        assert_eq!(it.etag.0.as_deref(), Some("V1"));
    }
}
