//! The smaller blocks of a distribution.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use aws_sdk_cloudfront::types as sdk;
use model::{Attributes, Field, Given, Mirror, One, Shape};
use serde::{Deserialize, Serialize};

use crate::cloudfront::counted;
use crate::mirror::{FromSdk, ToSdk};

/// A block that may say nothing.
pub(crate) trait Empty {
    fn is_empty(&self) -> bool;
}

/// A block that may stand at most once, and that is the same as none where it says nothing.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent, bound(serialize = "T: Serialize", deserialize = "T: Deserialize<'de>"))]
pub(crate) struct Unless<T>(pub One<T>);

impl<T: Field> Field for Unless<T> {
    const SHAPE: Shape = One::<T>::SHAPE;
    const GIVEN: Given = Given::Optional;
    const MAX_ITEMS: u32 = 1;
}

impl<T: Empty> Unless<T> {
    pub fn some(it: Option<T>) -> Self {
        Unless(One(it.filter(|it| !it.is_empty())))
    }

    fn meaning(&self) -> Option<&T> {
        self.0.0.as_ref().filter(|it| !it.is_empty())
    }
}

impl<T: Empty + PartialEq> PartialEq for Unless<T> {
    fn eq(&self, other: &Self) -> bool {
        self.meaning() == other.meaning()
    }
}

impl<T: Empty + Eq> Eq for Unless<T> {}

impl<T: Empty + Ord> PartialOrd for Unless<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T: Empty + Ord> Ord for Unless<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.meaning().cmp(&other.meaning())
    }
}

/// What is shown instead of an error.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Serialize, Deserialize)]
pub(crate) struct ErrorResponse {
    /// For how many seconds the error is kept.
    error_caching_min_ttl: Option<i64>,
    /// The status code of the origin's answer.
    error_code: i32,
    /// The status code that is shown.
    response_code: Option<i32>,
    /// The page that is shown.
    response_page_path: Option<String>,
}

/// Where the log of requests goes.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct Logging {
    /// The host name of the bucket: `logs.s3.amazonaws.com`.
    bucket: String,
    /// Whether cookies are logged.
    #[attr(default = false)]
    include_cookies: bool,
    /// What the keys of logs begin with.
    prefix: Option<String>,
}

/// Who is served.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct Restrictions {
    /// In which countries.
    #[attr(required)]
    geo_restriction: One<Countries>,
}

/// In which countries people are served.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct Countries {
    /// The countries: `DE`.
    locations: Option<BTreeSet<String>>,
    /// Whether only these are served (`whitelist`), all others (`blacklist`), or everyone (`none`).
    restriction_type: String,
}

/// The certificate that is shown to viewers.
#[derive(Debug, Clone, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::ViewerCertificate)]
pub(crate) struct Certificate {
    /// ARN of a certificate of ACM in us-east-1.
    acm_certificate_arn: Option<String>,
    /// Whether it is CloudFront's own, for `*.cloudfront.net`.
    #[mirror(cloud_front_default_certificate)]
    cloudfront_default_certificate: Option<bool>,
    /// The id of a certificate of IAM.
    iam_certificate_id: Option<String>,
    /// The oldest version of TLS that is spoken: `TLSv1.2_2021`.
    #[attr(default = "TLSv1")]
    minimum_protocol_version: String,
    /// How it is shown: `sni-only`, `vip` or `static-ip`.
    ssl_support_method: Option<String>,
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.meaning() == other.meaning()
    }
}

impl Certificate {
    /// The certificate, of ACM or IAM, the version and the method. With its own certificate,
    /// CloudFront decides about the rest.
    fn meaning(&self) -> Option<[Option<&str>; 4]> {
        fn some(it: &Option<String>) -> Option<&str> {
            it.as_deref().filter(|it| !it.is_empty())
        }
        let (acm, iam) = (some(&self.acm_certificate_arn), some(&self.iam_certificate_id));
        let version = Some(self.minimum_protocol_version.as_str());
        acm.or(iam).map(|_| [acm, iam, version, some(&self.ssl_support_method)])
    }

    pub fn to_sdk(&self) -> sdk::ViewerCertificate {
        let it = sdk::ViewerCertificate::builder();
        let Some([acm, iam, version, method]) = self.meaning() else {
            let version = self.minimum_protocol_version.as_str().into();
            let it = it.cloud_front_default_certificate(true).minimum_protocol_version(version);
            return it.build();
        };
        it.set_acm_certificate_arn(acm.map(str::to_owned))
            .set_iam_certificate_id(iam.map(str::to_owned))
            .set_minimum_protocol_version(version.map(Into::into))
            .set_ssl_support_method(method.map(Into::into))
            .build()
    }
}

impl ToSdk<Option<sdk::CustomErrorResponse>> for ErrorResponse {
    fn to_sdk(&self) -> Option<sdk::CustomErrorResponse> {
        let code = self.response_code.filter(|it| *it > 0);
        let it = sdk::CustomErrorResponse::builder()
            .error_code(self.error_code)
            .error_caching_min_ttl(self.error_caching_min_ttl.unwrap_or_default())
            .response_code(code.map(|it| it.to_string()).unwrap_or_default())
            .response_page_path(self.response_page_path.as_deref().unwrap_or_default());
        Some(it.build().expect("a status code is set"))
    }
}

impl<'a> FromSdk<&'a sdk::CustomErrorResponse> for ErrorResponse {
    fn from_sdk(it: &'a sdk::CustomErrorResponse) -> Self {
        ErrorResponse {
            error_caching_min_ttl: it.error_caching_min_ttl().filter(|it| *it > 0),
            error_code: it.error_code(),
            response_code: it.response_code().and_then(|it| it.parse().ok()),
            response_page_path: it
                .response_page_path()
                .filter(|it| !it.is_empty())
                .map(str::to_owned),
        }
    }
}

/// The log, which is off where there is no block for it.
pub(super) fn logging(it: Option<&Logging>) -> sdk::LoggingConfig {
    sdk::LoggingConfig::builder()
        .enabled(it.is_some())
        .bucket(it.map(|it| it.bucket.as_str()).unwrap_or_default())
        .include_cookies(it.is_some_and(|it| it.include_cookies))
        .prefix(it.and_then(|it| it.prefix.as_deref()).unwrap_or_default())
        .build()
}

pub(super) fn logging_from_sdk(it: Option<&sdk::LoggingConfig>) -> One<Logging> {
    One(it.filter(|it| it.enabled()).map(|it| Logging {
        bucket: it.bucket().to_owned(),
        include_cookies: it.include_cookies(),
        prefix: Some(it.prefix().to_owned()).filter(|it| !it.is_empty()),
    }))
}

impl Restrictions {
    pub fn to_sdk(&self) -> sdk::Restrictions {
        let it = self.geo_restriction.0.as_ref();
        let kind = it.map_or("none", |it| it.restriction_type.as_str());
        let countries = it.and_then(|it| it.locations.clone()).filter(|_| kind != "none");
        let items: Vec<String> = countries.into_iter().flatten().collect();
        let it = sdk::GeoRestriction::builder()
            .restriction_type(kind.into())
            .quantity(crate::cloudfront::count(items.len()))
            .set_items(Some(items).filter(|it| !it.is_empty()));
        let it = it.build().expect("a type and a number are set");
        sdk::Restrictions::builder().geo_restriction(it).build()
    }
}

impl<'a> FromSdk<&'a sdk::Restrictions> for Restrictions {
    fn from_sdk(it: &'a sdk::Restrictions) -> Self {
        let countries = it.geo_restriction().map(|it| Countries {
            locations: Some(it.items().iter().cloned().collect()),
            restriction_type: it.restriction_type().as_str().to_owned(),
        });
        Restrictions { geo_restriction: One(countries) }
    }
}

/// Whose signatures count in a distribution.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct Signers {
    /// Whether any do.
    enabled: bool,
    /// Accounts, and their keys.
    items: Vec<Signer>,
}

/// An account whose signatures count.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct Signer {
    /// The account.
    aws_account_number: String,
    /// Its keys.
    key_pair_ids: BTreeSet<String>,
}

/// Which groups of keys count in a distribution.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct KeyGroups {
    /// Whether any do.
    enabled: bool,
    /// Groups, and their keys.
    items: Vec<KeyGroup>,
}

/// A group of keys that counts.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct KeyGroup {
    /// The group.
    key_group_id: String,
    /// Its keys.
    key_pair_ids: BTreeSet<String>,
}

fn keys(it: Option<&sdk::KeyPairIds>) -> BTreeSet<String> {
    it.map(|it| it.items().iter().cloned().collect()).unwrap_or_default()
}

pub(super) fn signers(it: Option<&sdk::ActiveTrustedSigners>) -> Vec<Signers> {
    let signer = |it: &sdk::Signer| Signer {
        aws_account_number: String::from_sdk(it.aws_account_number()),
        key_pair_ids: keys(it.key_pair_ids()),
    };
    let signers = it.map(|it| Signers {
        enabled: it.enabled(),
        items: it.items().iter().map(signer).collect(),
    });
    signers.into_iter().collect()
}

pub(super) fn key_groups(it: Option<&sdk::ActiveTrustedKeyGroups>) -> Vec<KeyGroups> {
    let group = |it: &sdk::KgKeyPairIds| KeyGroup {
        key_group_id: String::from_sdk(it.key_group_id()),
        key_pair_ids: keys(it.key_pair_ids()),
    };
    let groups = it.map(|it| KeyGroups {
        enabled: it.enabled(),
        items: it.items().iter().map(group).collect(),
    });
    groups.into_iter().collect()
}

/// Names in a list of CloudFront's, as it takes them.
pub(super) fn aliases(names: Option<&BTreeSet<String>>) -> sdk::Aliases {
    counted!(sdk::Aliases, names.into_iter().flatten().cloned().collect())
}
