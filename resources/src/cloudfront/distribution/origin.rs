//! Where a distribution gets its files: origins, and groups of them.

use std::collections::BTreeSet;

use aws_sdk_cloudfront::types as sdk;
use model::{Attributes, Mirror, One};
use serde::{Deserialize, Serialize};

use super::blocks::{Empty, Unless};
use crate::cloudfront::counted;
use crate::mirror::{FromSdk, ToSdk};

/// Where files come from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Serialize, Deserialize)]
pub(crate) struct Origin {
    /// How often it is tried: 1 to 3 times.
    #[attr(default = 3)]
    connection_attempts: i32,
    /// For how many seconds each time: 1 to 10.
    #[attr(default = 10)]
    connection_timeout: i32,
    /// The host name.
    domain_name: String,
    /// The origin access control that shows CloudFront's right to read it.
    origin_access_control_id: Option<String>,
    /// What behaviors name it by.
    origin_id: String,
    /// What comes before the path of each request.
    origin_path: Option<String>,
    /// Headers that each request gets.
    custom_header: BTreeSet<Header>,
    /// How a web server is talked to.
    custom_origin_config: One<CustomOrigin>,
    /// One more cache in front of it.
    origin_shield: Unless<Shield>,
    /// Who reads a bucket.
    s3_origin_config: Unless<S3Origin>,
    /// An origin in a private subnet.
    vpc_origin_config: One<VpcOrigin>,
}

/// A header that each request gets.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Mirror, Serialize, Deserialize,
)]
#[mirror(sdk::OriginCustomHeader, checked)]
pub(crate) struct Header {
    /// Its name.
    #[mirror(header_name)]
    name: String,
    /// Its value.
    #[mirror(header_value)]
    value: String,
}

/// How a web server is talked to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Serialize, Deserialize)]
pub(crate) struct CustomOrigin {
    /// The port for HTTP.
    http_port: i32,
    /// The port for HTTPS.
    https_port: i32,
    /// For how many seconds an idle connection is kept.
    #[attr(default = 5)]
    origin_keepalive_timeout: i32,
    /// `http-only`, `https-only` or `match-viewer`.
    origin_protocol_policy: String,
    /// For how many seconds an answer is waited for.
    #[attr(default = 30)]
    origin_read_timeout: i32,
    /// Which versions of TLS may be used: `TLSv1.2`.
    #[attr(required)]
    origin_ssl_protocols: BTreeSet<String>,
}

/// One more cache in front of an origin.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Mirror, Serialize, Deserialize,
)]
#[mirror(sdk::OriginShield, checked)]
pub(crate) struct Shield {
    /// Whether there is one.
    enabled: bool,
    /// The region it is in.
    origin_shield_region: Option<String>,
}

/// Who reads a bucket.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Mirror, Serialize, Deserialize,
)]
#[mirror(sdk::S3OriginConfig)]
pub(crate) struct S3Origin {
    /// The path of an origin access identity.
    origin_access_identity: String,
}

/// An origin in a private subnet.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Mirror, Serialize, Deserialize,
)]
#[mirror(sdk::VpcOriginConfig, checked)]
pub(crate) struct VpcOrigin {
    /// For how many seconds an idle connection is kept.
    #[attr(default = 5)]
    origin_keepalive_timeout: i32,
    /// For how many seconds an answer is waited for.
    #[attr(default = 30)]
    origin_read_timeout: i32,
    /// The VPC origin.
    vpc_origin_id: String,
}

/// Two origins, of which the second is asked where the first fails.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Serialize, Deserialize)]
pub(crate) struct OriginGroup {
    /// What behaviors name it by.
    origin_id: String,
    /// When the second is asked.
    #[attr(required)]
    failover_criteria: One<Failover>,
    /// The first and the second.
    #[attr(min = 2, max = 2)]
    member: Vec<Member>,
}

/// When the second origin is asked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Serialize, Deserialize)]
pub(crate) struct Failover {
    /// The status codes of the first one's answer.
    #[attr(required)]
    status_codes: BTreeSet<i32>,
}

/// One origin of a group.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Mirror, Serialize, Deserialize,
)]
#[mirror(sdk::OriginGroupMember, checked)]
pub(crate) struct Member {
    /// The origin.
    origin_id: String,
}

impl Empty for Shield {
    fn is_empty(&self) -> bool {
        !self.enabled
    }
}

impl Empty for S3Origin {
    fn is_empty(&self) -> bool {
        self.origin_access_identity.is_empty()
    }
}

impl ToSdk<Option<sdk::Origin>> for Origin {
    fn to_sdk(&self) -> Option<sdk::Origin> {
        // An origin of no other kind is a bucket, read without an identity.
        let bucket = self.custom_origin_config.0.is_none() && self.vpc_origin_config.0.is_none();
        let identity = self.s3_origin_config.0.to_sdk();
        let none = || sdk::S3OriginConfig::builder().origin_access_identity("").build();
        let headers = self.custom_header.iter().filter_map(ToSdk::to_sdk).collect();
        let it = sdk::Origin::builder()
            .id(&self.origin_id)
            .domain_name(&self.domain_name)
            .origin_path(self.origin_path.as_deref().unwrap_or_default())
            .custom_headers(counted!(sdk::CustomHeaders, headers))
            .connection_attempts(self.connection_attempts)
            .connection_timeout(self.connection_timeout)
            .origin_access_control_id(self.origin_access_control_id.as_deref().unwrap_or_default())
            .set_custom_origin_config(self.custom_origin_config.to_sdk())
            .set_origin_shield(self.origin_shield.0.to_sdk())
            .set_s3_origin_config(identity.or_else(|| bucket.then(none)))
            .set_vpc_origin_config(self.vpc_origin_config.to_sdk());
        Some(it.build().expect("an id and a host are set"))
    }
}

impl<'a> FromSdk<&'a sdk::Origin> for Origin {
    fn from_sdk(it: &'a sdk::Origin) -> Self {
        let headers = it.custom_headers().map(|it| it.items()).unwrap_or_default();
        let some = |it: Option<&str>| it.filter(|it| !it.is_empty()).map(str::to_owned);
        Origin {
            connection_attempts: it.connection_attempts().unwrap_or(3),
            connection_timeout: it.connection_timeout().unwrap_or(10),
            domain_name: it.domain_name().to_owned(),
            origin_access_control_id: some(it.origin_access_control_id()),
            origin_id: it.id().to_owned(),
            origin_path: some(it.origin_path()),
            custom_header: BTreeSet::from_sdk(headers),
            custom_origin_config: One::from_sdk(it.custom_origin_config()),
            origin_shield: Unless::some(it.origin_shield().map(Shield::from_sdk)),
            s3_origin_config: Unless::some(it.s3_origin_config().map(S3Origin::from_sdk)),
            vpc_origin_config: One::from_sdk(it.vpc_origin_config()),
        }
    }
}

impl ToSdk<Option<sdk::CustomOriginConfig>> for CustomOrigin {
    fn to_sdk(&self) -> Option<sdk::CustomOriginConfig> {
        let protocols = self.origin_ssl_protocols.iter().map(|it| it.as_str().into()).collect();
        let it = sdk::CustomOriginConfig::builder()
            .http_port(self.http_port)
            .https_port(self.https_port)
            .origin_keepalive_timeout(self.origin_keepalive_timeout)
            .origin_protocol_policy(self.origin_protocol_policy.as_str().into())
            .origin_read_timeout(self.origin_read_timeout)
            .origin_ssl_protocols(counted!(sdk::OriginSslProtocols, protocols, required));
        Some(it.build().expect("ports and a policy are set"))
    }
}

impl<'a> FromSdk<&'a sdk::CustomOriginConfig> for CustomOrigin {
    fn from_sdk(it: &'a sdk::CustomOriginConfig) -> Self {
        let protocols = it.origin_ssl_protocols().map(|it| it.items()).unwrap_or_default();
        CustomOrigin {
            http_port: it.http_port(),
            https_port: it.https_port(),
            origin_keepalive_timeout: it.origin_keepalive_timeout().unwrap_or(5),
            origin_protocol_policy: it.origin_protocol_policy().as_str().to_owned(),
            origin_read_timeout: it.origin_read_timeout().unwrap_or(30),
            origin_ssl_protocols: BTreeSet::from_sdk(protocols),
        }
    }
}

impl ToSdk<Option<sdk::OriginGroup>> for OriginGroup {
    fn to_sdk(&self) -> Option<sdk::OriginGroup> {
        let codes = self.failover_criteria.0.iter().flat_map(|it| it.status_codes.clone());
        let codes = counted!(sdk::StatusCodes, codes.collect(), required);
        let criteria = sdk::OriginGroupFailoverCriteria::builder().status_codes(codes).build();
        let members = self.member.iter().filter_map(ToSdk::to_sdk).collect();
        let it = sdk::OriginGroup::builder()
            .id(&self.origin_id)
            .failover_criteria(criteria)
            .members(counted!(sdk::OriginGroupMembers, members, required));
        Some(it.build().expect("an id is set"))
    }
}

impl<'a> FromSdk<&'a sdk::OriginGroup> for OriginGroup {
    fn from_sdk(it: &'a sdk::OriginGroup) -> Self {
        let codes = it.failover_criteria().and_then(|it| it.status_codes());
        let codes = codes.map(|it| it.items()).unwrap_or_default();
        let members = it.members().map(|it| it.items()).unwrap_or_default();
        let criteria = Failover { status_codes: codes.iter().copied().collect() };
        OriginGroup {
            origin_id: it.id().to_owned(),
            failover_criteria: One(Some(criteria)),
            member: Vec::from_sdk(members),
        }
    }
}
