//! `aws_s3_bucket`: a container for objects.
//!
//! Most of its blocks have types of their own by now. Where a block is not written, the bucket shows
//! what those have made of it, and leaves it alone.

mod blocks;
mod lifecycle;
mod replication;
mod aspects;

use std::collections::BTreeSet;

use aws_sdk_s3::types as sdk;
use model::{
    Attributes, Auto, Contents, Fault, FaultKind, Live, Map, One, Op, Out, Phase, Tags, Timeouts,
    Type, Unread, Value,
};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::fault::{OrFault, rejected};
use crate::mirror::{FromSdk, ToSdk};
use crate::naming::{known, name_or_unique, prefix_of};
use crate::policy::Policy;
use crate::resource::{Resource, Result, each};
use crate::s3::{emptying, object, region_of, regions, retag};

/// A container for objects.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_s3_bucket", timeouts = [create, delete, read, update])]
pub(crate) struct Bucket {
    /// Its name, unique in the world. Without it or `bucket_prefix`, a unique one is made.
    #[attr(replace)]
    bucket: Auto<String>,
    /// The beginning of a unique name.
    #[attr(replace)]
    bucket_prefix: Auto<String>,
    /// Whether what it holds may be thrown away when it is destroyed.
    #[attr(default = false)]
    force_destroy: Unread<bool>,
    /// Whether objects can be locked against deletion.
    #[attr(replace)]
    object_lock_enabled: Auto<bool>,
    /// Whether S3 Transfer Acceleration is on: `Enabled` or `Suspended`. Deprecated.
    acceleration_status: Auto<String>,
    /// A canned ACL, such as `private`. Deprecated.
    acl: Auto<Unread<String>>,
    /// What is allowed or denied, as an IAM policy document in JSON. Deprecated.
    policy: Auto<Policy>,
    /// Who pays for requests: `BucketOwner` or `Requester`. Deprecated.
    request_payer: Auto<String>,
    /// Tags of its own; those of the provider's `default_tags` come on top.
    tags: Tags,
    /// Which pages of other sites may use its objects. Deprecated.
    cors_rule: Auto<Vec<blocks::CorsRule>>,
    /// Who may do what with it. Deprecated.
    grant: Auto<BTreeSet<blocks::Grant>>,
    /// What becomes of objects as they get older. Deprecated.
    lifecycle_rule: Auto<Vec<lifecycle::LifecycleRule>>,
    /// Where the log of requests goes. Deprecated.
    logging: Auto<One<blocks::Logging>>,
    /// For how long new objects cannot be deleted. Deprecated.
    object_lock_configuration: Auto<One<blocks::ObjectLock>>,
    /// Which objects are copied to other buckets. Deprecated.
    replication_configuration: Auto<One<replication::Replication>>,
    /// How objects are encrypted. Deprecated.
    server_side_encryption_configuration: Auto<One<blocks::Encryption>>,
    /// Whether old versions of objects are kept. Deprecated.
    versioning: Auto<One<blocks::Versioning>>,
    /// What it is as a website. Deprecated.
    website: Auto<One<blocks::Website>>,
    /// Its Amazon Resource Name.
    arn: Out<String>,
    /// Its host name: `NAME.s3.amazonaws.com`.
    bucket_domain_name: Out<String>,
    /// Its host name in its region: `NAME.s3.REGION.amazonaws.com`.
    bucket_regional_domain_name: Out<String>,
    /// The Route 53 zone id to use in an alias record for its website.
    hosted_zone_id: Out<String>,
    /// The region it is in.
    region: Out<String>,
    /// The domain of its website, for alias records. Deprecated.
    website_domain: Out<String>,
    /// The host name of its website. Deprecated.
    website_endpoint: Out<String>,
    /// Its name.
    id: Out<String>,
}

impl Resource for Bucket {
    const BATCH: usize = 20;
    const TIMEOUTS: Timeouts = Timeouts::minutes(20, 20, 60);
    const FORCE: Option<&'static str> = Some("force_destroy");

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        each(ids, |id| live(aws, id)).await
    }

    /// What the bucket is like is told by `update`.
    async fn create(aws: &Aws, want: &Self, token: &str) -> Result<String> {
        let name = name_or_unique(&want.bucket, &want.bucket_prefix, token);
        let region = aws.region();
        // There, to create a bucket that one has is a success that resets its ACL.
        if region == "us-east-1" && region_of(aws, &name).await?.is_some() {
            return Err(exists(&name));
        }
        let place = sdk::CreateBucketConfiguration::builder().location_constraint(region.into());
        let lock = want.object_lock_configuration.0.as_ref().and_then(|it| it.0.as_ref());
        let locked = lock.is_some_and(|it| it.object_lock_enabled.as_deref() == Some("Enabled"))
            || want.object_lock_enabled.0 == Some(true);
        let call = aws
            .s3()
            .create_bucket()
            .bucket(&name)
            .set_create_bucket_configuration((region != "us-east-1").then(|| place.build()))
            .set_acl(want.acl.0.as_ref().and_then(|it| it.to_sdk()))
            .set_object_lock_enabled_for_bucket(locked.then_some(true));
        call.send().await.or_fault("CreateBucket")?;
        Ok(name)
    }

    async fn update(aws: &Aws, id: &str, have: &Self, want: &Self) -> Result<()> {
        aspects::update(aws, id, have, want).await?;
        retag(aws, id, &have.tags, &want.tags).await
    }

    async fn delete(aws: &Aws, id: &str, have: &Self) -> Result<()> {
        let answer = aws.s3().delete_bucket().bucket(id).send().await.or_fault("DeleteBucket");
        match answer {
            // More has come in since the bucket was emptied.
            Err(fault) if fault.code == "BucketNotEmpty" && have.force_destroy.0 == Some(true) => {
                Self::empty(aws, id, have, &|_| ()).await?;
                Err(Fault { kind: FaultKind::Busy, ..fault })
            }
            Err(fault) => Err(fault),
            Ok(_) => Ok(()),
        }
    }

    fn claim(planned: &Map) -> Option<String> {
        known(planned, "bucket").map(str::to_owned)
    }

    /// Names are unique, so an empty bucket of this name without foreign tags is the one.
    async fn find(aws: &Aws, want: &Self, token: &str) -> Result<Option<String>> {
        let name = name_or_unique(&want.bucket, &want.bucket_prefix, token);
        let Some(found) = live(aws, &name).await? else { return Ok(None) };
        let ours = found.attributes.tags.0.iter().all(|(key, it)| want.tags.0.get(key) == Some(it));
        Ok((ours && emptying::contents(aws, &name, &BTreeSet::new()).await?.is_none())
            .then_some(name))
    }

    /// The names of a website follow from whether there is one.
    fn adjust(_aws: &Aws, prior: Option<&Map>, planned: &mut Map) {
        let before = prior.and_then(|it| it.get("website"));
        if before.is_some_and(|it| planned.get("website").is_some_and(|planned| planned != it)) {
            for name in ["website_domain", "website_endpoint"] {
                planned.insert(name.into(), Value::unknown(Type::String));
            }
        }
    }

    fn check(given: &Map) -> Vec<(&'static str, String)> {
        let text = |name: &str| given.get(name).and_then(|it| it.as_str());
        let mut problems = Vec::new();
        if let Some(name) = text("bucket")
            && !(3..=63).contains(&name.len())
            && !name.is_empty()
        {
            problems.push(("bucket", "a bucket's name has 3 to 63 characters".to_owned()));
        }
        if text("bucket").is_some_and(|it| it.chars().any(|c| c.is_ascii_uppercase())) {
            problems.push(("bucket", "a bucket's name has no capital letters".to_owned()));
        }
        if text("bucket").is_some() && text("bucket_prefix").is_some() {
            let message = "only one of `bucket` and `bucket_prefix` may be given";
            problems.push(("bucket_prefix", message.to_owned()));
        }
        if text("bucket_prefix").is_some_and(|it| it.len() > 37) {
            problems.push(("bucket_prefix", "it has at most 37 characters".to_owned()));
        }
        problems
    }

    async fn contents(
        aws: &Aws,
        id: &str,
        _have: &Self,
        going: &[(String, String)],
    ) -> Result<Option<Contents>> {
        let object = |(ty, id): &(String, String)| {
            matches!(ty.as_str(), "aws_s3_object" | "aws_s3_bucket_object").then(|| id.clone())
        };
        let own = |it: String| Some(object::clean(it.strip_prefix(id)?.strip_prefix('/')?));
        let keys = going.iter().filter_map(object).filter_map(own).collect();
        emptying::contents(aws, id, &keys).await
    }

    async fn empty(
        aws: &Aws,
        id: &str,
        have: &Self,
        progress: &(dyn Fn(u64) + Send + Sync),
    ) -> Result<()> {
        emptying::empty(aws, id, have.object_lock_enabled.0 == Some(true), progress).await
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        match (op, fault.code.as_str()) {
            // A bucket of this name was deleted a moment ago, or another change is under way.
            (Op::Create, "OperationAborted") => Some(FaultKind::Busy),
            // The bucket was made a moment ago.
            (Op::Update, "NoSuchBucket") => Some(FaultKind::NotYet),
            // Public access was unblocked, or the policy's principal made, a moment ago.
            (Op::Update, "MalformedPolicy") if fault.message.contains("Invalid principal") => {
                Some(FaultKind::NotYet)
            }
            _ => None,
        }
    }
}

fn exists(name: &str) -> Fault {
    Fault {
        kind: FaultKind::Exists,
        operation: "CreateBucket",
        code: "BucketAlreadyOwnedByYou".to_owned(),
        message: format!("a bucket named {name} exists in this account"),
    }
}

async fn live(aws: &Aws, id: &str) -> Result<Option<Live<Bucket>>> {
    let Some(region) = region_of(aws, id).await? else { return Ok(None) };
    if region != aws.region() {
        let ours = aws.region();
        let text = format!("the bucket {id} is in {region}, and its provider works in {ours}");
        return Err(rejected("HeadBucket", "PermanentRedirect", text));
    }
    let it = aspects::read(aws, id).await?;
    let website_domain = regions::website_domain(&region, aws.partition().dns_suffix);
    let website_domain = it.website.is_some().then_some(website_domain);
    let attributes = Bucket {
        bucket: Auto(Some(id.to_owned())),
        bucket_prefix: Auto(prefix_of(id)),
        force_destroy: Unread(None),
        object_lock_enabled: Auto(Some(it.lock.is_some())),
        acceleration_status: Auto(it.acceleration),
        acl: Auto(None),
        policy: Auto(it.policy.map(Policy)),
        request_payer: Auto(it.payer),
        tags: it.tags,
        cors_rule: Auto(Some(Vec::from_sdk(it.cors.as_slice()))),
        grant: Auto(Some(blocks::grants_from_sdk(&it.grants))),
        lifecycle_rule: Auto(Some(Vec::from_sdk(it.lifecycle.as_slice()))),
        logging: Auto(Some(One::from_sdk(it.logging.as_ref()))),
        object_lock_configuration: Auto(Some(One::from_sdk(it.lock.as_ref()))),
        replication_configuration: Auto(Some(One::from_sdk(it.replication.as_ref()))),
        server_side_encryption_configuration: Auto(Some(blocks::Encryption::from_rules(
            &it.encryption,
        ))),
        versioning: Auto(Some(One(Some(it.versioning)))),
        website: Auto(Some(One(it.website.as_ref().map(blocks::Website::from_answer)))),
        arn: Out(Some(format!("arn:{}:s3:::{id}", aws.partition().name))),
        bucket_domain_name: Out(Some(format!("{id}.s3.{}", aws.partition().dns_suffix))),
        bucket_regional_domain_name: Out(Some(format!(
            "{id}.s3.{region}.{}",
            aws.partition().dns_suffix
        ))),
        hosted_zone_id: Out(regions::zone_id(&region).map(str::to_owned)),
        website_endpoint: Out(website_domain.as_ref().map(|it| format!("{id}.{it}"))),
        website_domain: Out(website_domain),
        region: Out(Some(region)),
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
    async fn a_bucket_is_made_in_its_region() {
        let aws = Script::new([xml("")]);
        let want = want::<Bucket>(r#"{"bucket": "web", "tags": {"team": "edge"}}"#);
        assert_eq!(Bucket::create(&aws, &want, "token").await.unwrap(), "web");
        aws.sent(expect![[r#"
            PUT web.s3.eu-west-1.amazonaws.com/
                <CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>
        "#]]);
    }

    #[tokio::test]
    async fn blocks_that_are_written_are_sent_and_others_are_left_alone() {
        let aws = Script::new([xml(""), xml(""), xml("")]);
        let have = want::<Bucket>(
            r#"{"bucket": "web", "cors_rule": [], "versioning": [{"enabled": false}]}"#,
        );
        let want = want::<Bucket>(
            r#"{"bucket": "web", "cors_rule": [], "versioning": [{"enabled": true}],
                "lifecycle_rule": [{"enabled": true, "id": "old", "prefix": "logs/", "expiration": [{"days": 30}],
                    "transition": [{"days": 0, "storage_class": "GLACIER"}]}],
                "server_side_encryption_configuration": [{"rule": [{
                    "apply_server_side_encryption_by_default": [{"sse_algorithm": "aws:kms"}]}]}]}"#,
        );
        Bucket::update(&aws, "web", &have, &want).await.unwrap();
        aws.sent(expect![[r#"
            PUT web.s3.eu-west-1.amazonaws.com/?versioning
                <VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Status>Enabled</Status></VersioningConfiguration>
            PUT web.s3.eu-west-1.amazonaws.com/?encryption
                <ServerSideEncryptionConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>aws:kms</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>
            PUT web.s3.eu-west-1.amazonaws.com/?lifecycle
                <LifecycleConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Rule><Expiration><Days>30</Days></Expiration><ID>old</ID><Filter><Prefix>logs/</Prefix></Filter><Status>Enabled</Status><Transition><Days>0</Days><StorageClass>GLACIER</StorageClass></Transition></Rule></LifecycleConfiguration>
        "#]]);
    }

    #[tokio::test]
    async fn tags_of_others_are_kept() {
        let found = "<Tagging><TagSet><Tag><Key>aws:x</Key><Value>1</Value></Tag>\
                     <Tag><Key>old</Key><Value>1</Value></Tag></TagSet></Tagging>";
        let aws = Script::new([xml(found), xml("")]);
        let have = want::<Bucket>(r#"{"bucket": "web", "tags": {"old": "1"}}"#);
        let want = want::<Bucket>(r#"{"bucket": "web", "tags": {"new": "2"}}"#);
        Bucket::update(&aws, "web", &have, &want).await.unwrap();
        aws.sent(expect![[r#"
            GET web.s3.eu-west-1.amazonaws.com/?tagging
            PUT web.s3.eu-west-1.amazonaws.com/?tagging
                <Tagging xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><TagSet><Tag><Key>aws:x</Key><Value>1</Value></Tag><Tag><Key>new</Key><Value>2</Value></Tag></TagSet></Tagging>
        "#]]);
    }

    #[tokio::test]
    async fn what_was_never_set_is_empty() {
        let found = |body: &str| xml(body);
        let aws = Script::new([
            xml(""),
            s3_refusal("NoSuchBucketPolicy", "none"),
            found("<AccessControlPolicy/>"),
            s3_refusal("NoSuchTagSet", "none"),
            found(
                "<RequestPaymentConfiguration><Payer>BucketOwner</Payer></RequestPaymentConfiguration>",
            ),
            s3_refusal("NoSuchLifecycleConfiguration", "none"),
            s3_refusal("ObjectLockConfigurationNotFoundError", "none"),
            s3_refusal("ReplicationConfigurationNotFoundError", "none"),
            s3_refusal("ServerSideEncryptionConfigurationNotFoundError", "none"),
            found("<VersioningConfiguration/>"),
            s3_refusal("MethodNotAllowed", "not here"),
            s3_refusal("NoSuchCORSConfiguration", "none"),
            found("<BucketLoggingStatus/>"),
            s3_refusal("NoSuchWebsiteConfiguration", "none"),
        ]);
        let found = Bucket::read(&aws, &["web".to_owned()]).await.unwrap();
        let it = &found[0].attributes;
        assert_eq!(it.request_payer.0.as_deref(), Some("BucketOwner"));
        assert_eq!(it.object_lock_enabled.0, Some(false));
        assert_eq!(
            it.bucket_regional_domain_name.0.as_deref(),
            Some("web.s3.eu-west-1.amazonaws.com")
        );
        assert_eq!(it.website_endpoint.0, None);
    }

    #[tokio::test]
    async fn more_that_comes_in_meanwhile_is_waited_for_only_by_force() {
        let full = || s3_refusal("BucketNotEmpty", "it is not empty");
        let nothing = ["<ListVersionsResult/>", "<ListMultipartUploadsResult/>"].map(xml);
        let aws = Script::new([full(), full()].into_iter().chain(nothing));
        let kept = want::<Bucket>(r#"{"bucket": "web"}"#);
        let forced = want::<Bucket>(r#"{"bucket": "web", "force_destroy": true}"#);
        let kind = |it: Result<()>| it.unwrap_err().kind;
        assert_eq!(kind(Bucket::delete(&aws, "web", &kept).await), FaultKind::Rejected);
        assert_eq!(kind(Bucket::delete(&aws, "web", &forced).await), FaultKind::Busy);
    }
    #[tokio::test]
    async fn a_bucket_in_another_region_is_named_with_its_region() {
        let elsewhere = s3_refusal("PermanentRedirect", "elsewhere");
        let aws = Script::new([elsewhere.with("x-amz-bucket-region", "us-east-2")]);
        let fault = Bucket::read(&aws, &["web".to_owned()]).await.unwrap_err();
        expect!["HeadBucket: the bucket web is in us-east-2, and its provider works in eu-west-1 (PermanentRedirect)"].assert_eq(&fault.to_string());
    }
}
