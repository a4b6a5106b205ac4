//! What a request must be like for a rule to be about it.

use std::collections::BTreeSet;

use aws_sdk_elasticloadbalancingv2::types as sdk;
use model::{Attributes, Mirror, One};
use serde::{Deserialize, Serialize};

use crate::mirror::{FromSdk, ToSdk};

/// What a request must be like, in one respect.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Serialize, Deserialize)]
pub(crate) struct Condition {
    /// Its host is one of these.
    host_header: One<HostHeader>,
    /// One of its headers has one of these values.
    http_header: One<HttpHeader>,
    /// Its method is one of these.
    http_request_method: One<Method>,
    /// Its path is one of these.
    path_pattern: One<PathPattern>,
    /// Its query has one of these.
    query_string: BTreeSet<QueryString>,
    /// It comes from one of these addresses.
    source_ip: One<SourceIp>,
}

macro_rules! values {
    ($(#[doc = $doc:literal] $name:ident: $sdk:ident;)+) => { $(
        #[doc = $doc]
        #[derive(
            Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Mirror, Serialize, Deserialize,
        )]
        #[mirror(sdk::$sdk)]
        pub(crate) struct $name {
            /// What is accepted; `*` and `?` stand for any text and any character.
            #[attr(required)]
            values: BTreeSet<String>,
        }
    )+ };
}

values! {
    /// Hosts.
    HostHeader: HostHeaderConditionConfig;
    /// Methods.
    Method: HttpRequestMethodConditionConfig;
    /// Paths.
    PathPattern: PathPatternConditionConfig;
    /// Addresses, such as `10.0.0.0/8`.
    SourceIp: SourceIpConditionConfig;
}

/// Values of a header.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Mirror, Serialize, Deserialize,
)]
#[mirror(sdk::HttpHeaderConditionConfig)]
pub(crate) struct HttpHeader {
    /// The name of the header.
    http_header_name: String,
    /// What is accepted; `*` and `?` stand for any text and any character.
    #[attr(required)]
    values: BTreeSet<String>,
}

/// A key and a value in a query.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Mirror, Serialize, Deserialize,
)]
#[mirror(sdk::QueryStringKeyValuePair)]
pub(crate) struct QueryString {
    /// The key. Else any.
    key: Option<String>,
    /// The value.
    value: String,
}

impl ToSdk<Option<sdk::RuleCondition>> for Condition {
    fn to_sdk(&self) -> Option<sdk::RuleCondition> {
        let condition = sdk::RuleCondition::builder();
        let condition = match self {
            Condition { host_header: One(Some(it)), .. } => {
                condition.field("host-header").set_host_header_config(it.to_sdk())
            }
            Condition { http_header: One(Some(it)), .. } => {
                condition.field("http-header").set_http_header_config(it.to_sdk())
            }
            Condition { http_request_method: One(Some(it)), .. } => {
                condition.field("http-request-method").set_http_request_method_config(it.to_sdk())
            }
            Condition { path_pattern: One(Some(it)), .. } => {
                condition.field("path-pattern").set_path_pattern_config(it.to_sdk())
            }
            Condition { source_ip: One(Some(it)), .. } => {
                condition.field("source-ip").set_source_ip_config(it.to_sdk())
            }
            Condition { query_string, .. } => {
                let config = sdk::QueryStringConditionConfig::builder();
                let config = config.set_values(query_string.to_sdk());
                condition.field("query-string").query_string_config(config.build())
            }
        };
        Some(condition.build())
    }
}

impl<'a> FromSdk<&'a sdk::RuleCondition> for Condition {
    fn from_sdk(it: &'a sdk::RuleCondition) -> Self {
        let queries = it.query_string_config().map(|it| it.values()).unwrap_or_default();
        Condition {
            host_header: One::from_sdk(it.host_header_config()),
            http_header: One::from_sdk(it.http_header_config()),
            http_request_method: One::from_sdk(it.http_request_method_config()),
            path_pattern: One::from_sdk(it.path_pattern_config()),
            query_string: BTreeSet::from_sdk(queries),
            source_ip: One::from_sdk(it.source_ip_config()),
        }
    }
}
