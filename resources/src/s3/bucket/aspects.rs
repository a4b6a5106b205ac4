//! The aspects of a bucket, each with calls of its own.

use aws_sdk_s3::operation::get_bucket_website::GetBucketWebsiteOutput;
use aws_sdk_s3::types as sdk;
use futures::{FutureExt, try_join};
use model::{One, Tags};

use crate::aws::Aws;
use crate::fault::OrFault;
use crate::mirror::ToSdk;
use crate::resource::Result;
use crate::s3::bucket::lifecycle::LifecycleRule;
use crate::s3::bucket::{Bucket, blocks};
use crate::s3::{aspect, tags_from_sdk};

/// What a bucket is like.
pub(super) struct Aspects {
    pub acceleration: Option<String>,
    pub policy: Option<String>,
    pub payer: Option<String>,
    pub tags: Tags,
    pub cors: Vec<sdk::CorsRule>,
    pub grants: Vec<sdk::Grant>,
    pub lifecycle: Vec<sdk::LifecycleRule>,
    pub logging: Option<sdk::LoggingEnabled>,
    pub lock: Option<sdk::ObjectLockConfiguration>,
    pub replication: Option<sdk::ReplicationConfiguration>,
    pub encryption: Vec<sdk::ServerSideEncryptionRule>,
    pub versioning: blocks::Versioning,
    pub website: Option<GetBucketWebsiteOutput>,
}

/// One question about a bucket, and nothing for an answer if the aspect was never set.
macro_rules! ask {
    ($aws:ident, $bucket:ident, $call:ident, $name:literal) => {
        $aws.s3().$call().bucket($bucket).send().map(|it| aspect(it.or_fault($name))).boxed()
    };
}

/// Asks all there is to know about a bucket, all at once.
pub(super) async fn read(aws: &Aws, bucket: &str) -> Result<Aspects> {
    let access = async {
        try_join!(
            ask!(aws, bucket, get_bucket_policy, "GetBucketPolicy"),
            ask!(aws, bucket, get_bucket_acl, "GetBucketAcl"),
            ask!(aws, bucket, get_bucket_tagging, "GetBucketTagging"),
            ask!(aws, bucket, get_bucket_request_payment, "GetBucketRequestPayment"),
        )
    };
    let keeping = async {
        try_join!(
            ask!(
                aws,
                bucket,
                get_bucket_lifecycle_configuration,
                "GetBucketLifecycleConfiguration"
            ),
            ask!(aws, bucket, get_object_lock_configuration, "GetObjectLockConfiguration"),
            ask!(aws, bucket, get_bucket_replication, "GetBucketReplication"),
            ask!(aws, bucket, get_bucket_encryption, "GetBucketEncryption"),
            ask!(aws, bucket, get_bucket_versioning, "GetBucketVersioning"),
        )
    };
    let serving = async {
        try_join!(
            ask!(
                aws,
                bucket,
                get_bucket_accelerate_configuration,
                "GetBucketAccelerateConfiguration"
            ),
            ask!(aws, bucket, get_bucket_cors, "GetBucketCors"),
            ask!(aws, bucket, get_bucket_logging, "GetBucketLogging"),
            ask!(aws, bucket, get_bucket_website, "GetBucketWebsite"),
        )
    };
    let (access, keeping, serving) = try_join!(access, keeping, serving)?;
    let (policy, acl, tags, payer) = access;
    let (lifecycle, lock, replication, encryption, versioning) = keeping;
    let (acceleration, cors, logging, website) = serving;
    let encryption = encryption.and_then(|it| it.server_side_encryption_configuration);
    let enabled = |it: &aws_sdk_s3::operation::get_bucket_versioning::GetBucketVersioningOutput| {
        let mfa = it.mfa_delete() == Some(&sdk::MfaDeleteStatus::Enabled);
        (it.status() == Some(&sdk::BucketVersioningStatus::Enabled), mfa)
    };
    let (versioned, mfa_delete) = versioning.as_ref().map(enabled).unwrap_or_default();
    Ok(Aspects {
        acceleration: acceleration.and_then(|it| it.status).map(|it| it.as_str().to_owned()),
        policy: policy.and_then(|it| it.policy),
        payer: payer.and_then(|it| it.payer).map(|it| it.as_str().to_owned()),
        tags: tags.map(|it| tags_from_sdk(it.tag_set())).unwrap_or_default(),
        cors: cors.and_then(|it| it.cors_rules).unwrap_or_default(),
        grants: acl.and_then(|it| it.grants).unwrap_or_default(),
        lifecycle: lifecycle.and_then(|it| it.rules).unwrap_or_default(),
        logging: logging.and_then(|it| it.logging_enabled),
        lock: lock.and_then(|it| it.object_lock_configuration),
        replication: replication.and_then(|it| it.replication_configuration),
        encryption: encryption.map(|it| it.rules).unwrap_or_default(),
        versioning: blocks::Versioning::new(versioned, mfa_delete),
        website,
    })
}

/// Changes the aspects that differ, in an order in which each can do: logs and policies may depend on
/// ACLs, replication and locks on versions.
pub(super) async fn update(aws: &Aws, id: &str, have: &Bucket, want: &Bucket) -> Result<()> {
    access(aws, id, have, want).await?;
    keeping(aws, id, have, want).await?;
    serving(aws, id, have, want).await
}

/// Who may do what.
async fn access(aws: &Aws, id: &str, have: &Bucket, want: &Bucket) -> Result<()> {
    if let Some(acl) = want.acl.0.as_ref().filter(|_| have.acl != want.acl) {
        let call = aws.s3().put_bucket_acl().bucket(id).set_acl(acl.to_sdk());
        call.send().await.or_fault("PutBucketAcl")?;
    }
    if let Some(grants) = want.grant.0.as_ref().filter(|_| have.grant != want.grant) {
        let found = aws.s3().get_bucket_acl().bucket(id).send().await.or_fault("GetBucketAcl")?;
        let policy = sdk::AccessControlPolicy::builder()
            .set_owner(found.owner)
            .set_grants(Some(blocks::grants_to_sdk(grants)));
        let call = aws.s3().put_bucket_acl().bucket(id).access_control_policy(policy.build());
        call.send().await.or_fault("PutBucketAcl")?;
    }
    if let Some(policy) = want.policy.0.as_ref().filter(|_| have.policy != want.policy) {
        let call = aws.s3().put_bucket_policy().bucket(id).policy(&policy.0);
        call.send().await.or_fault("PutBucketPolicy")?;
    }
    if let Some(payer) =
        want.request_payer.0.as_ref().filter(|_| have.request_payer != want.request_payer)
    {
        let it = sdk::RequestPaymentConfiguration::builder().payer(payer.as_str().into());
        let call = aws.s3().put_bucket_request_payment().bucket(id);
        let call = call.request_payment_configuration(it.build().expect("a payer is set"));
        call.send().await.or_fault("PutBucketRequestPayment")?;
    }
    Ok(())
}

/// How objects are kept.
async fn keeping(aws: &Aws, id: &str, have: &Bucket, want: &Bucket) -> Result<()> {
    if let Some(One(Some(it))) =
        want.versioning.0.as_ref().filter(|_| have.versioning != want.versioning)
    {
        let call = aws.s3().put_bucket_versioning().bucket(id);
        let call = call.versioning_configuration(it.configuration());
        call.send().await.or_fault("PutBucketVersioning")?;
    }
    if have.server_side_encryption_configuration != want.server_side_encryption_configuration
        && let Some(One(it)) = &want.server_side_encryption_configuration.0
    {
        encrypt(aws, id, it.as_ref()).await?;
    }
    if have.object_lock_configuration != want.object_lock_configuration
        && let Some(One(Some(it))) = &want.object_lock_configuration.0
    {
        let call = aws.s3().put_object_lock_configuration().bucket(id);
        let call = call.set_object_lock_configuration(it.to_sdk());
        call.send().await.or_fault("PutObjectLockConfiguration")?;
    }
    if let Some(rules) =
        want.lifecycle_rule.0.as_ref().filter(|_| have.lifecycle_rule != want.lifecycle_rule)
    {
        age(aws, id, rules).await?;
    }
    if have.replication_configuration != want.replication_configuration
        && let Some(One(it)) = &want.replication_configuration.0
    {
        match it {
            Some(it) => {
                let call = aws.s3().put_bucket_replication().bucket(id);
                let call = call.replication_configuration(it.configuration());
                call.send().await.or_fault("PutBucketReplication")?;
            }
            None => {
                let call = aws.s3().delete_bucket_replication().bucket(id);
                call.send().await.or_fault("DeleteBucketReplication")?;
            }
        }
    }
    Ok(())
}

async fn encrypt(aws: &Aws, id: &str, want: Option<&blocks::Encryption>) -> Result<()> {
    let Some(it) = want else {
        let call = aws.s3().delete_bucket_encryption().bucket(id);
        call.send().await.or_fault("DeleteBucketEncryption")?;
        return Ok(());
    };
    let rules = sdk::ServerSideEncryptionConfiguration::builder().set_rules(Some(it.rules()));
    let call = aws.s3().put_bucket_encryption().bucket(id);
    let call = call.server_side_encryption_configuration(rules.build().expect("rules are set"));
    call.send().await.or_fault("PutBucketEncryption")?;
    Ok(())
}

async fn age(aws: &Aws, id: &str, rules: &Vec<LifecycleRule>) -> Result<()> {
    if rules.is_empty() {
        let call = aws.s3().delete_bucket_lifecycle().bucket(id);
        call.send().await.or_fault("DeleteBucketLifecycle")?;
        return Ok(());
    }
    let it = sdk::BucketLifecycleConfiguration::builder().set_rules(rules.to_sdk());
    let call = aws.s3().put_bucket_lifecycle_configuration().bucket(id);
    let call = call.lifecycle_configuration(it.build().expect("rules are set"));
    call.send().await.or_fault("PutBucketLifecycleConfiguration")?;
    Ok(())
}

/// How objects are served.
async fn serving(aws: &Aws, id: &str, have: &Bucket, want: &Bucket) -> Result<()> {
    if let Some(status) = want
        .acceleration_status
        .0
        .as_ref()
        .filter(|_| have.acceleration_status != want.acceleration_status)
    {
        let it = sdk::AccelerateConfiguration::builder().status(status.as_str().into()).build();
        let call = aws.s3().put_bucket_accelerate_configuration().bucket(id);
        let call = call.accelerate_configuration(it);
        call.send().await.or_fault("PutBucketAccelerateConfiguration")?;
    }
    if let Some(rules) = want.cors_rule.0.as_ref().filter(|_| have.cors_rule != want.cors_rule) {
        if rules.is_empty() {
            let call = aws.s3().delete_bucket_cors().bucket(id);
            call.send().await.or_fault("DeleteBucketCors")?;
        } else {
            let it = sdk::CorsConfiguration::builder().set_cors_rules(rules.to_sdk());
            let call = aws.s3().put_bucket_cors().bucket(id);
            let call = call.cors_configuration(it.build().expect("rules are set"));
            call.send().await.or_fault("PutBucketCors")?;
        }
    }
    if let Some(One(it)) = want.logging.0.as_ref().filter(|_| have.logging != want.logging) {
        let status = sdk::BucketLoggingStatus::builder();
        let status = status.set_logging_enabled(it.as_ref().and_then(ToSdk::to_sdk)).build();
        let call = aws.s3().put_bucket_logging().bucket(id).bucket_logging_status(status);
        call.send().await.or_fault("PutBucketLogging")?;
    }
    if let Some(One(it)) = want.website.0.as_ref().filter(|_| have.website != want.website) {
        match it {
            Some(it) => {
                let call = aws.s3().put_bucket_website().bucket(id);
                let call = call.website_configuration(it.configuration()?);
                call.send().await.or_fault("PutBucketWebsite")?;
            }
            None => {
                let call = aws.s3().delete_bucket_website().bucket(id);
                call.send().await.or_fault("DeleteBucketWebsite")?;
            }
        }
    }
    Ok(())
}
