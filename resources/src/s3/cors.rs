//! `aws_s3_bucket_cors_configuration`: which pages of other sites may use a bucket's objects.

use std::collections::BTreeSet;

use aws_sdk_s3::types as sdk;
use model::{Attributes, Fault, FaultKind, Live, Mirror, Op, Out, Phase};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::fault::OrFault;
use crate::mirror::{FromSdk, ToSdk};
use crate::resource::{Resource, Result, each};
use crate::s3::{aspect, classify_aspect, owned, owner_of};

/// Which pages of other sites may use a bucket's objects.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_s3_bucket_cors_configuration")]
pub(crate) struct CorsConfiguration {
    /// The bucket.
    #[attr(replace)]
    bucket: String,
    /// The account that the bucket must belong to.
    #[attr(replace)]
    expected_bucket_owner: Option<String>,
    /// The rules. The first that fits a request counts.
    #[attr(required, max = 100)]
    cors_rule: BTreeSet<CorsRule>,
    /// The bucket, and the expected owner if there is one.
    id: Out<String>,
}

/// What pages of some sites may do.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Mirror, Serialize, Deserialize,
)]
#[mirror(sdk::CorsRule, checked)]
pub(crate) struct CorsRule {
    /// The headers that a preflight request may ask for.
    allowed_headers: Option<BTreeSet<String>>,
    /// `GET`, `PUT`, `HEAD`, `POST` or `DELETE`.
    #[attr(required)]
    allowed_methods: BTreeSet<String>,
    /// The sites, with at most one `*` each.
    #[attr(required)]
    allowed_origins: BTreeSet<String>,
    /// The headers of answers that pages may see.
    expose_headers: Option<BTreeSet<String>>,
    /// The name of the rule.
    id: Option<String>,
    /// For how many seconds a browser may keep the answer to a preflight request.
    max_age_seconds: Option<i32>,
}

impl Resource for CorsConfiguration {
    const BATCH: usize = 20;

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        each(ids, |id| live(aws, id)).await
    }

    async fn create(aws: &Aws, want: &Self, _token: &str) -> Result<String> {
        let rules = sdk::CorsConfiguration::builder().set_cors_rules(want.cors_rule.to_sdk());
        let call = aws.s3().put_bucket_cors().bucket(&want.bucket);
        let call = call.set_expected_bucket_owner(want.expected_bucket_owner.clone());
        let call = call.cors_configuration(rules.build().expect("rules are set"));
        call.send().await.or_fault("PutBucketCors")?;
        Ok(owned(&want.bucket, want.expected_bucket_owner.as_deref()))
    }

    async fn update(aws: &Aws, _id: &str, have: &Self, want: &Self) -> Result<()> {
        if have.cors_rule != want.cors_rule {
            Self::create(aws, want, "").await?;
        }
        Ok(())
    }

    async fn delete(aws: &Aws, id: &str, _have: &Self) -> Result<()> {
        let (bucket, owner) = owner_of(id);
        let call = aws.s3().delete_bucket_cors().bucket(bucket);
        call.set_expected_bucket_owner(owner).send().await.or_fault("DeleteBucketCors")?;
        Ok(())
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        classify_aspect(op, fault)
    }
}

async fn live(aws: &Aws, id: &str) -> Result<Option<Live<CorsConfiguration>>> {
    let (bucket, owner) = owner_of(id);
    let call = aws.s3().get_bucket_cors().bucket(bucket).set_expected_bucket_owner(owner.clone());
    let Some(it) = aspect(call.send().await.or_fault("GetBucketCors"))? else { return Ok(None) };
    let attributes = CorsConfiguration {
        bucket: bucket.to_owned(),
        expected_bucket_owner: owner,
        cors_rule: BTreeSet::from_sdk(it.cors_rules()),
        id: Out(Some(id.to_owned())),
    };
    Ok(Some(Live { id: id.to_owned(), phase: Phase::Ready, attributes }))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, s3_refusal, want, xml};

    #[tokio::test]
    async fn only_what_a_rule_says_is_sent() {
        let aws = Script::new([xml("")]);
        let want = want::<CorsConfiguration>(
            r#"{"bucket": "web", "expected_bucket_owner": "123456789012", "cors_rule": [
                {"allowed_methods": ["GET", "HEAD"], "allowed_origins": ["*"]},
                {"allowed_methods": ["PUT"], "allowed_origins": ["https://a.example"],
                 "allowed_headers": ["x-a"], "expose_headers": ["ETag"], "id": "put", "max_age_seconds": 60}]}"#,
        );
        let id = CorsConfiguration::create(&aws, &want, "token").await.unwrap();
        assert_eq!(id, "web,123456789012");
        aws.sent(expect![[r#"
            PUT web.s3.eu-west-1.amazonaws.com/?cors
                <CORSConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><CORSRule><AllowedMethod>GET</AllowedMethod><AllowedMethod>HEAD</AllowedMethod><AllowedOrigin>*</AllowedOrigin></CORSRule><CORSRule><ID>put</ID><AllowedHeader>x-a</AllowedHeader><AllowedMethod>PUT</AllowedMethod><AllowedOrigin>https://a.example</AllowedOrigin><ExposeHeader>ETag</ExposeHeader><MaxAgeSeconds>60</MaxAgeSeconds></CORSRule></CORSConfiguration>
        "#]]);
    }

    #[tokio::test]
    async fn a_bucket_without_rules_has_no_configuration() {
        let aws = Script::new([s3_refusal("NoSuchCORSConfiguration", "none")]);
        assert!(CorsConfiguration::read(&aws, &["web".to_owned()]).await.unwrap().is_empty());
    }
}
