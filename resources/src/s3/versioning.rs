//! `aws_s3_bucket_versioning`: whether a bucket keeps old versions of objects.

use aws_sdk_s3::types as sdk;
use model::{Attributes, Auto, Fault, FaultKind, Live, One, Op, Out, Phase, Unread};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::fault::OrFault;
use crate::mirror::{FromSdk, ToSdk};
use crate::resource::{Resource, Result, changed, each};
use crate::s3::{aspect, classify_aspect, owned, owner_of};

const NAME: &str = "aws_s3_bucket_versioning";

/// Whether a bucket keeps old versions of objects.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_s3_bucket_versioning")]
pub(crate) struct BucketVersioning {
    /// The bucket.
    #[attr(replace)]
    bucket: String,
    /// The account that the bucket must belong to.
    #[attr(replace)]
    expected_bucket_owner: Option<String>,
    /// The serial number of the root user's device, a space, and the code that it shows.
    mfa: Unread<String>,
    /// Whether old versions are kept.
    #[attr(required)]
    versioning_configuration: One<Versioning>,
    /// The bucket, and the expected owner if there is one.
    id: Out<String>,
}

/// Whether old versions are kept.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct Versioning {
    /// Whether deleting a version takes a code: `Enabled` or `Disabled`.
    mfa_delete: Auto<String>,
    /// `Enabled`, `Suspended` or, for a bucket that never had versions, `Disabled`.
    status: String,
}

impl Resource for BucketVersioning {
    const BATCH: usize = 20;

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        each(ids, |id| live(aws, id)).await
    }

    async fn create(aws: &Aws, want: &Self, _token: &str) -> Result<String> {
        put(aws, want).await?;
        Ok(owned(&want.bucket, want.expected_bucket_owner.as_deref()))
    }

    async fn update(aws: &Aws, _id: &str, have: &Self, want: &Self) -> Result<()> {
        if changed!(have, want; versioning_configuration, mfa) {
            put(aws, want).await?;
        }
        Ok(())
    }

    /// A bucket that has had versions can only stop to make more of them.
    async fn delete(aws: &Aws, id: &str, have: &Self) -> Result<()> {
        let never =
            have.versioning_configuration.0.as_ref().is_some_and(|it| it.status == DISABLED);
        if !never {
            let status = sdk::BucketVersioningStatus::Suspended;
            let it = sdk::VersioningConfiguration::builder().status(status).build();
            let (bucket, owner) = owner_of(id);
            let call = aws.s3().put_bucket_versioning().bucket(bucket);
            let call = call.versioning_configuration(it).set_expected_bucket_owner(owner);
            call.set_mfa(have.mfa.0.clone()).send().await.or_fault("PutBucketVersioning")?;
        }
        aws.abandon(NAME, id);
        Ok(())
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        classify_aspect(op, fault)
    }
}

/// What a bucket is that never had versions. AWS has no name for it.
const DISABLED: &str = "Disabled";

async fn put(aws: &Aws, want: &BucketVersioning) -> Result<()> {
    let Some(it) = want.versioning_configuration.0.as_ref().filter(|it| it.status != DISABLED)
    else {
        return Ok(());
    };
    let it = sdk::VersioningConfiguration::builder()
        .status(it.status.as_str().into())
        .set_mfa_delete(it.mfa_delete.to_sdk());
    let call = aws.s3().put_bucket_versioning().bucket(&want.bucket);
    let call = call.versioning_configuration(it.build()).set_mfa(want.mfa.to_sdk());
    let call = call.set_expected_bucket_owner(want.expected_bucket_owner.clone());
    call.send().await.or_fault("PutBucketVersioning")?;
    Ok(())
}

async fn live(aws: &Aws, id: &str) -> Result<Option<Live<BucketVersioning>>> {
    let (bucket, owner) = owner_of(id);
    let call = aws.s3().get_bucket_versioning().bucket(bucket);
    let call = call.set_expected_bucket_owner(owner.clone());
    let Some(it) = aspect(call.send().await.or_fault("GetBucketVersioning"))? else {
        return Ok(None);
    };
    let versioning = Versioning {
        mfa_delete: Auto::from_sdk(it.mfa_delete()),
        status: it.status().map_or(DISABLED, |it| it.as_str()).to_owned(),
    };
    let attributes = BucketVersioning {
        bucket: bucket.to_owned(),
        expected_bucket_owner: owner,
        mfa: Unread(None),
        versioning_configuration: One(Some(versioning)),
        id: Out(Some(id.to_owned())),
    };
    Ok(Some(Live { id: id.to_owned(), phase: Phase::Ready, attributes }))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, want, xml};

    #[tokio::test]
    async fn versions_are_turned_on() {
        let aws = Script::new([xml("")]);
        let want = want::<BucketVersioning>(
            r#"{"bucket": "web", "versioning_configuration": [{"status": "Enabled"}]}"#,
        );
        assert_eq!(BucketVersioning::create(&aws, &want, "token").await.unwrap(), "web");
        aws.sent(expect![[r#"
            PUT web.s3.eu-west-1.amazonaws.com/?versioning
                <VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Status>Enabled</Status></VersioningConfiguration>
        "#]]);
    }

    #[tokio::test]
    async fn a_bucket_that_never_had_versions_is_left_alone() {
        let aws = Script::new([]);
        let want = want::<BucketVersioning>(
            r#"{"bucket": "web", "versioning_configuration": [{"status": "Disabled"}]}"#,
        );
        BucketVersioning::create(&aws, &want, "token").await.unwrap();
        BucketVersioning::delete(&aws, "web", &want).await.unwrap();
        aws.sent(expect![[""]]);
    }

    #[tokio::test]
    async fn no_answer_means_disabled() {
        let aws = Script::new([xml("<VersioningConfiguration/>")]);
        let found = BucketVersioning::read(&aws, &["web,123456789012".to_owned()]).await.unwrap();
        let it = &found[0].attributes;
        assert_eq!(it.bucket, "web");
        assert_eq!(it.expected_bucket_owner.as_deref(), Some("123456789012"));
        assert_eq!(it.versioning_configuration.0.as_ref().unwrap().status, "Disabled");
    }
}
