//! `aws_s3_bucket_acl`: who may do what with a bucket, by its access control list.
//!
//! S3 turns a canned ACL into grants. What is read back is named again by the grants it stands for,
//! so that a list which was changed by others shows.

use std::collections::BTreeSet;

use aws_sdk_s3::types as sdk;
use model::{
    Attributes, Auto, Fault, FaultKind, Field, Live, Map, Mirror, One, Op, Out, Phase, Shape,
};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::fault::OrFault;
use crate::mirror::{FromSdk, ToSdk};
use crate::resource::{Resource, Result, each, follow};
use crate::s3::grants::Grantee;
use crate::s3::{aspect, classify_aspect, owned, owner_of};

const NAME: &str = "aws_s3_bucket_acl";

/// Who may do what with a bucket, by its access control list.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_s3_bucket_acl")]
pub(crate) struct BucketAcl {
    /// A canned ACL: `private`, `public-read`, `public-read-write`, `authenticated-read`,
    /// `log-delivery-write`, `aws-exec-read`, `bucket-owner-read` or `bucket-owner-full-control`.
    acl: Auto<Canned>,
    /// The bucket.
    #[attr(replace)]
    bucket: String,
    /// The account that the bucket must belong to.
    #[attr(replace)]
    expected_bucket_owner: Option<String>,
    /// The owner and what is granted, if it is not a canned ACL.
    access_control_policy: Auto<One<Policy>>,
    /// The bucket, the expected owner and the canned ACL, of these what there is.
    #[attr(volatile)]
    id: Out<String>,
}

/// The name of a canned ACL. Some mean the same for a bucket.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Canned(String);

/// The owner and what is granted.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::AccessControlPolicy)]
pub(crate) struct Policy {
    /// What is granted, and to whom.
    #[mirror(grants)]
    grant: BTreeSet<Grant>,
    /// The owner of the bucket.
    #[attr(required)]
    owner: One<Owner>,
}

/// What is granted, and to whom.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Mirror, Serialize, Deserialize,
)]
#[mirror(sdk::Grant)]
pub(crate) struct Grant {
    /// `FULL_CONTROL`, `WRITE`, `WRITE_ACP`, `READ` or `READ_ACP`.
    permission: String,
    /// Whom it is granted to.
    grantee: One<Grantee>,
}

/// The owner of a bucket.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::Owner)]
pub(crate) struct Owner {
    /// The name that S3 shows.
    display_name: Auto<String>,
    /// The canonical user id.
    id: String,
}

const ALL: &str = "http://acs.amazonaws.com/groups/global/AllUsers";
const AUTHENTICATED: &str = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers";
const LOGS: &str = "http://acs.amazonaws.com/groups/s3/LogDelivery";
/// The account that EC2 fetches machine images with.
const IMAGES: &str = "6aa5a366c34c1cbe25dc49211496e913e0351eb0e8c37aa3477e40942ec6b97c";

/// What canned ACLs grant besides full control for the owner.
const CANNED: &[(&str, &[(&str, &str)])] = &[
    ("private", &[]),
    ("public-read", &[("READ", ALL)]),
    ("public-read-write", &[("READ", ALL), ("WRITE", ALL)]),
    ("authenticated-read", &[("READ", AUTHENTICATED)]),
    ("log-delivery-write", &[("READ_ACP", LOGS), ("WRITE", LOGS)]),
    ("aws-exec-read", &[("READ", IMAGES)]),
];

impl Field for Canned {
    const SHAPE: Shape = Shape::String;
}

impl PartialEq for Canned {
    fn eq(&self, other: &Self) -> bool {
        self.meaning() == other.meaning()
    }
}

impl Canned {
    /// What is about the owner of a bucket means something for objects only.
    fn meaning(&self) -> &str {
        match self.0.as_str() {
            "bucket-owner-read" | "bucket-owner-full-control" => "private",
            it => it,
        }
    }
}

impl Resource for BucketAcl {
    const BATCH: usize = 20;

    fn identity(&self) -> Option<String> {
        Some(owned(&self.bucket, self.expected_bucket_owner.as_deref()))
    }

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        each(ids, |id| live(aws, id)).await
    }

    async fn create(aws: &Aws, want: &Self, _token: &str) -> Result<String> {
        put(aws, want, want.acl.0.as_ref()).await?;
        Ok(owned(&want.bucket, want.expected_bucket_owner.as_deref()))
    }

    async fn update(aws: &Aws, _id: &str, have: &Self, want: &Self) -> Result<()> {
        // One follows from the other, so the one that is known and differs is what is wanted.
        let acl = want.acl.0.as_ref().filter(|_| have.acl != want.acl);
        if acl.is_some() || have.access_control_policy != want.access_control_policy {
            put(aws, want, acl).await?;
        }
        Ok(())
    }

    /// A bucket always has an access control list: it stays as it is.
    async fn delete(aws: &Aws, id: &str, _have: &Self) -> Result<()> {
        aws.abandon(NAME, id);
        Ok(())
    }

    /// `BUCKET`, `BUCKET,OWNER`, `BUCKET,ACL` or `BUCKET,OWNER,ACL`.
    async fn import(_aws: &Aws, text: &str) -> Result<String> {
        let mut parts = text.split(',');
        let bucket = parts.next().unwrap_or_default();
        let account = |it: &&str| it.len() == 12 && it.bytes().all(|it| it.is_ascii_digit());
        Ok(owned(bucket, parts.next().filter(account)))
    }

    fn adjust(_aws: &Aws, prior: Option<&Map>, planned: &mut Map) {
        follow::<Self>(prior, planned, &["acl", "access_control_policy"]);
    }

    fn check(given: &Map) -> Vec<(&'static str, String)> {
        let acl = given.get("acl").map(|it| !it.is_null());
        let policy = given.get("access_control_policy").and_then(|it| it.items());
        let text = match (acl, policy) {
            (Some(true), Some([_, ..])) => {
                "only one of `acl` and `access_control_policy` may be given"
            }
            (Some(false), Some([])) => "one of `acl` and `access_control_policy` must be given",
            (Some(_) | None, Some(_) | None) => return Vec::new(),
        };
        vec![("acl", text.to_owned())]
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        match (op, fault.code.as_str()) {
            // ACLs are allowed by `aws_s3_bucket_ownership_controls`, perhaps a moment ago.
            (Op::Create | Op::Update, "AccessControlListNotSupported") => Some(FaultKind::NotYet),
            _ => classify_aspect(op, fault),
        }
    }
}

async fn put(aws: &Aws, want: &BucketAcl, acl: Option<&Canned>) -> Result<()> {
    let policy = want.access_control_policy.0.as_ref().filter(|_| acl.is_none());
    let call = aws
        .s3()
        .put_bucket_acl()
        .bucket(&want.bucket)
        .set_expected_bucket_owner(want.expected_bucket_owner.clone())
        .set_acl(acl.map(|it| it.0.as_str().into()))
        .set_access_control_policy(policy.and_then(ToSdk::to_sdk));
    call.send().await.or_fault("PutBucketAcl")?;
    Ok(())
}

async fn live(aws: &Aws, id: &str) -> Result<Option<Live<BucketAcl>>> {
    let (bucket, owner) = owner_of(id);
    let call = aws.s3().get_bucket_acl().bucket(bucket).set_expected_bucket_owner(owner.clone());
    let Some(it) = aspect(call.send().await.or_fault("GetBucketAcl"))? else { return Ok(None) };
    let policy =
        Policy { grant: BTreeSet::from_sdk(it.grants()), owner: One::from_sdk(it.owner()) };
    let acl = name_of(&policy);
    let attributes = BucketAcl {
        id: Out(Some(match acl {
            Some(acl) => format!("{id},{acl}"),
            None => id.to_owned(),
        })),
        acl: Auto(acl.map(|it| Canned(it.to_owned()))),
        bucket: bucket.to_owned(),
        expected_bucket_owner: owner,
        access_control_policy: Auto(Some(One(Some(policy)))),
    };
    Ok(Some(Live { id: id.to_owned(), phase: Phase::Ready, attributes }))
}

/// The canned ACL that grants just this.
fn name_of(policy: &Policy) -> Option<&'static str> {
    let owner = policy.owner.0.as_ref().map(|it| it.id.as_str()).unwrap_or_default();
    let grants = policy
        .grant
        .iter()
        .filter_map(|it| Some((it.permission.as_str(), it.grantee.0.as_ref()?.who())));
    let mut grants: BTreeSet<(&str, &str)> = grants.collect();
    let owned = grants.remove(&("FULL_CONTROL", owner));
    let same = |it: &[(&str, &str)]| it.iter().copied().collect::<BTreeSet<_>>() == grants;
    CANNED.iter().find(|(_, it)| owned && same(it)).map(|(name, _)| *name)
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, s3_refusal, want, xml};

    const PUBLIC: &str = r#"<AccessControlPolicy><Owner><ID>me</ID></Owner><AccessControlList>
        <Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"><ID>me</ID></Grantee>
          <Permission>FULL_CONTROL</Permission></Grant>
        <Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="Group">
          <URI>http://acs.amazonaws.com/groups/global/AllUsers</URI></Grantee><Permission>READ</Permission></Grant>
        </AccessControlList></AccessControlPolicy>"#;

    #[tokio::test]
    async fn grants_are_read_back_as_the_canned_acl_they_stand_for() {
        let aws = Script::new([xml(PUBLIC)]);
        let found = BucketAcl::read(&aws, &["web,123456789012".to_owned()]).await.unwrap();
        let it = &found[0].attributes;
        assert_eq!(it.acl.0, Some(Canned("public-read".to_owned())));
        assert_eq!(it.id.0.as_deref(), Some("web,123456789012,public-read"));
        assert_eq!(it.identity().as_deref(), Some("web,123456789012"));
    }

    #[tokio::test]
    async fn either_the_name_or_the_grants_are_sent() {
        let aws = Script::new([xml(""), xml("")]);
        let canned = want::<BucketAcl>(r#"{"bucket": "web", "acl": "public-read"}"#);
        BucketAcl::create(&aws, &canned, "token").await.unwrap();
        let mut grants = want::<BucketAcl>(
            r#"{"bucket": "web", "access_control_policy": [{"owner": [{"id": "me"}], "grant": [
                {"permission": "READ", "grantee": [{"type": "CanonicalUser", "id": "you"}]}]}]}"#,
        );
        grants.acl = canned.acl.clone();
        BucketAcl::update(&aws, "web", &canned, &grants).await.unwrap();
        aws.sent(expect![[r#"
            PUT web.s3.eu-west-1.amazonaws.com/?acl
            PUT web.s3.eu-west-1.amazonaws.com/?acl
                <AccessControlPolicy xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><AccessControlList><Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"><ID>you</ID></Grantee><Permission>READ</Permission></Grant></AccessControlList><Owner><ID>me</ID></Owner></AccessControlPolicy>
        "#]]);
    }

    #[tokio::test]
    async fn it_waits_for_the_bucket_to_allow_lists() {
        let text = "The bucket does not allow ACLs";
        let aws = Script::new([s3_refusal("AccessControlListNotSupported", text)]);
        let want = want::<BucketAcl>(r#"{"bucket": "web", "acl": "public-read"}"#);
        let fault = BucketAcl::create(&aws, &want, "token").await.unwrap_err();
        assert_eq!(BucketAcl::classify(Op::Create, &fault), Some(FaultKind::NotYet));
    }

    #[tokio::test]
    async fn an_id_to_import_may_name_the_owner_and_the_acl() {
        let aws = Script::new([]);
        for (text, id) in [
            ("web", "web"),
            ("web,private", "web"),
            ("web,123456789012", "web,123456789012"),
            ("web,123456789012,private", "web,123456789012"),
        ] {
            assert_eq!(BucketAcl::import(&aws, text).await.unwrap(), id);
        }
    }
    #[test]
    fn one_of_the_two_ways_must_be_taken() {
        let problems = |text: &str| {
            let ty = BucketAcl::SCHEMA.ty();
            let given = model::from_typed_json(&serde_json::from_str(text).unwrap(), &ty).unwrap();
            BucketAcl::check(given.entries().unwrap()).len()
        };
        let policy = r#""access_control_policy": [{"owner": [{"id": "me"}]}]"#;
        assert_eq!(problems(r#"{"bucket": "web", "access_control_policy": []}"#), 1);
        assert_eq!(problems(&format!(r#"{{"bucket": "web", "acl": "private", {policy}}}"#)), 1);
        assert_eq!(problems(&format!(r#"{{"bucket": "web", {policy}}}"#)), 0);
    }
}
