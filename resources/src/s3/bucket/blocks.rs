//! The blocks of `aws_s3_bucket`, which types of their own have taken the place of.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_s3::types as sdk;
use model::{Attributes, Json, Mirror, One};
use serde::{Deserialize, Serialize};

use crate::mirror::{FromSdk, ToSdk};
use crate::resource::Result;
use crate::s3::encryption::ByDefault;
use crate::s3::routing;

/// Which pages of other sites may use the bucket's objects.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::CorsRule, checked)]
pub(crate) struct CorsRule {
    /// The headers that a preflight request may ask for.
    allowed_headers: Option<Vec<String>>,
    /// `GET`, `PUT`, `HEAD`, `POST` or `DELETE`.
    #[attr(required)]
    allowed_methods: Vec<String>,
    /// The sites, with at most one `*` each.
    #[attr(required)]
    allowed_origins: Vec<String>,
    /// The headers of answers that pages may see.
    expose_headers: Option<Vec<String>>,
    /// For how many seconds a browser may keep the answer to a preflight request.
    max_age_seconds: Option<i32>,
}

/// What someone may do with the bucket.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Serialize, Deserialize)]
pub(crate) struct Grant {
    /// The canonical user id, for `CanonicalUser`.
    id: Option<String>,
    /// `READ`, `WRITE`, `READ_ACP`, `WRITE_ACP` or `FULL_CONTROL`.
    #[attr(required)]
    permissions: BTreeSet<String>,
    /// `CanonicalUser` or `Group`.
    r#type: String,
    /// The URI of the group, for `Group`.
    uri: Option<String>,
}

/// Where the log of requests goes.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct Logging {
    /// The bucket that logs are written to.
    target_bucket: String,
    /// What the keys of logs begin with.
    target_prefix: Option<String>,
}

/// For how long new objects cannot be deleted.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::ObjectLockConfiguration)]
pub(crate) struct ObjectLock {
    /// `Enabled`. Deprecated.
    pub(super) object_lock_enabled: Option<String>,
    /// The rule for new objects.
    rule: One<LockRule>,
}

/// The rule for new objects.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::ObjectLockRule)]
pub(crate) struct LockRule {
    /// How new objects are locked.
    #[attr(required)]
    default_retention: One<Retention>,
}

/// How new objects are locked.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::DefaultRetention)]
pub(crate) struct Retention {
    /// For how many days.
    days: Option<i32>,
    /// `GOVERNANCE` or `COMPLIANCE`.
    mode: String,
    /// For how many years.
    years: Option<i32>,
}

/// How objects are encrypted.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct Encryption {
    /// The rule.
    #[attr(required)]
    rule: One<EncryptionRule>,
}

/// How objects are encrypted.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::ServerSideEncryptionRule)]
pub(crate) struct EncryptionRule {
    /// Whether a key of the bucket saves calls to KMS.
    bucket_key_enabled: Option<bool>,
    /// How objects are encrypted that come without a wish.
    #[attr(required)]
    apply_server_side_encryption_by_default: One<ByDefault>,
}

/// Whether old versions of objects are kept.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct Versioning {
    /// Whether old versions are kept. Once they are, this can only be suspended.
    #[attr(default = false)]
    enabled: bool,
    /// Whether deleting a version takes a code of the root user's device.
    #[attr(default = false)]
    mfa_delete: bool,
}

/// What the bucket is as a website.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct Website {
    /// The object that is shown when there is an error.
    error_document: Option<String>,
    /// The object that is shown for a folder.
    index_document: Option<String>,
    /// The host that all requests are sent to, with or without `https://`.
    redirect_all_requests_to: Option<String>,
    /// Rules for sending requests elsewhere, in JSON.
    routing_rules: Option<Json>,
}

impl Encryption {
    pub fn from_rules(rules: &[sdk::ServerSideEncryptionRule]) -> One<Encryption> {
        let rule = rules.first().map(EncryptionRule::from_sdk);
        One(rule.map(|it| Encryption { rule: One(Some(it)) }))
    }

    pub fn rules(&self) -> Vec<sdk::ServerSideEncryptionRule> {
        self.rule.0.iter().filter_map(ToSdk::to_sdk).collect()
    }
}

impl ToSdk<Option<sdk::LoggingEnabled>> for Logging {
    fn to_sdk(&self) -> Option<sdk::LoggingEnabled> {
        let it = sdk::LoggingEnabled::builder().target_bucket(&self.target_bucket);
        let it = it.target_prefix(self.target_prefix.as_deref().unwrap_or_default());
        Some(it.build().expect("a bucket and a prefix are set"))
    }
}

impl<'a> FromSdk<&'a sdk::LoggingEnabled> for Logging {
    fn from_sdk(it: &'a sdk::LoggingEnabled) -> Self {
        let target_prefix = Some(it.target_prefix().to_owned()).filter(|it| !it.is_empty());
        Logging { target_bucket: it.target_bucket().to_owned(), target_prefix }
    }
}

impl Versioning {
    pub fn new(enabled: bool, mfa_delete: bool) -> Self {
        Versioning { enabled, mfa_delete }
    }

    pub fn configuration(&self) -> sdk::VersioningConfiguration {
        let status = match self.enabled {
            true => sdk::BucketVersioningStatus::Enabled,
            false => sdk::BucketVersioningStatus::Suspended,
        };
        let it = sdk::VersioningConfiguration::builder().status(status);
        let mfa = self.mfa_delete.then_some(sdk::MfaDelete::Enabled);
        it.set_mfa_delete(mfa).build()
    }
}

impl Website {
    pub fn from_answer(
        it: &aws_sdk_s3::operation::get_bucket_website::GetBucketWebsiteOutput,
    ) -> Website {
        let redirect = it.redirect_all_requests_to().map(|it| match it.protocol() {
            Some(protocol) => format!("{}://{}", protocol.as_str(), it.host_name()),
            None => it.host_name().to_owned(),
        });
        let rules: Vec<_> = it.routing_rules().iter().map(routing::to_json).collect();
        let rules = serde_json::Value::Array(rules);
        Website {
            error_document: it.error_document().map(|it| it.key().to_owned()),
            index_document: it.index_document().map(|it| it.suffix().to_owned()),
            redirect_all_requests_to: redirect,
            routing_rules: (!it.routing_rules().is_empty()).then(|| Json(rules.to_string())),
        }
    }

    pub fn configuration(&self) -> Result<sdk::WebsiteConfiguration> {
        let index = self.index_document.as_ref();
        let index = index.map(|it| sdk::IndexDocument::builder().suffix(it).build());
        let error = self.error_document.as_ref();
        let error = error.map(|it| sdk::ErrorDocument::builder().key(it).build());
        let redirect = self.redirect_all_requests_to.as_ref().map(|it| {
            let (protocol, host) = match it.split_once("://") {
                Some((protocol, host)) => (Some(sdk::Protocol::from(protocol)), host),
                None => (None, it.as_str()),
            };
            let it = sdk::RedirectAllRequestsTo::builder().host_name(host).set_protocol(protocol);
            it.build().expect("a host is set")
        });
        let it = sdk::WebsiteConfiguration::builder()
            .set_index_document(index.map(|it| it.expect("a suffix is set")))
            .set_error_document(error.map(|it| it.expect("a key is set")))
            .set_redirect_all_requests_to(redirect);
        let rules = self.routing_rules.as_ref().map(|it| routing::from_json(&it.0)).transpose()?;
        Ok(it.set_routing_rules(rules).build())
    }
}

/// Grants as AWS has them, one for each permission, gathered by who they are given to.
pub(super) fn grants_from_sdk(grants: &[sdk::Grant]) -> BTreeSet<Grant> {
    let mut found: BTreeMap<_, BTreeSet<String>> = BTreeMap::new();
    for it in grants {
        let Some(to) = it.grantee() else { continue };
        let key = (to.r#type().as_str(), to.id(), to.uri());
        found.entry(key).or_default().extend(it.permission().map(|it| it.as_str().to_owned()));
    }
    let grant = |((ty, id, uri), permissions): ((&str, Option<&str>, Option<&str>), _)| Grant {
        id: id.map(str::to_owned),
        permissions,
        r#type: ty.to_owned(),
        uri: uri.map(str::to_owned),
    };
    found.into_iter().map(grant).collect()
}

pub(super) fn grants_to_sdk(grants: &BTreeSet<Grant>) -> Vec<sdk::Grant> {
    let mut all = Vec::new();
    for it in grants {
        let to = sdk::Grantee::builder()
            .r#type(it.r#type.as_str().into())
            .set_id(it.id.clone())
            .set_uri(it.uri.clone());
        let to = to.build().expect("a type is set");
        all.extend(it.permissions.iter().map(|permission| {
            sdk::Grant::builder().grantee(to.clone()).permission(permission.as_str().into()).build()
        }));
    }
    all
}
