//! `aws_cloudfront_cache_policy` as data: a cache policy, of AWS or one's own, that is looked up.

use aws_sdk_cloudfront::types as sdk;
use model::{Attributes, Out};
use serde::{Deserialize, Serialize};

use super::policies::{CookiesConfig, HeadersConfig, QueryStringsConfig};
use crate::aws::Aws;
use crate::data::Data;
use crate::fault::{OrFault, must, only, rejected};
use crate::mirror::FromSdk;
use crate::resource::Result;

/// A cache policy that is looked up by its name or id.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_cloudfront_cache_policy")]
pub(crate) struct CachePolicy {
    /// Its id.
    id: Option<String>,
    /// Its name: `Managed-CachingOptimized`.
    name: Option<String>,
    /// Its Amazon Resource Name.
    arn: Out<String>,
    /// What it is for.
    comment: Out<String>,
    /// For how many seconds an answer is kept that does not say.
    default_ttl: Out<i64>,
    /// Its version.
    etag: Out<String>,
    /// For how many seconds an answer is kept at most.
    max_ttl: Out<i64>,
    /// For how many seconds an answer is kept at least.
    min_ttl: Out<i64>,
    /// What of a request counts for the cache and is passed on.
    parameters_in_cache_key_and_forwarded_to_origin: Out<Vec<Parameters>>,
}

/// What of a request counts for the cache and is passed on.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct Parameters {
    /// Which cookies do.
    cookies_config: Vec<CookiesConfig>,
    /// Whether answers may be compressed with Brotli.
    enable_accept_encoding_brotli: bool,
    /// Whether answers may be compressed with Gzip.
    enable_accept_encoding_gzip: bool,
    /// Which headers do.
    headers_config: Vec<HeadersConfig>,
    /// Which parts of the query do.
    query_strings_config: Vec<QueryStringsConfig>,
}

impl Data for CachePolicy {
    async fn read(aws: &Aws, given: Self) -> Result<Self> {
        let id = match (given.id, given.name) {
            (Some(id), _) => id,
            (None, Some(name)) => by_name(aws, &name).await?,
            (None, None) => {
                let text = "one of `id` and `name` must be given";
                return Err(rejected("GetCachePolicy", "InvalidArgument", text));
            }
        };
        let answer = aws.cloudfront().get_cache_policy().id(&id).send().await;
        let answer = answer.or_fault("GetCachePolicy")?;
        let it = answer.cache_policy.and_then(|it| it.cache_policy_config);
        let it = must(it, "GetCachePolicy")?;
        let (partition, account) = (aws.partition().name, aws.account().await?);
        let parameters = it.parameters_in_cache_key_and_forwarded_to_origin();
        Ok(CachePolicy {
            name: Some(it.name().to_owned()),
            arn: Out(Some(format!("arn:{partition}:cloudfront::{account}:cache-policy/{id}"))),
            comment: Out::from_sdk(it.comment()),
            default_ttl: Out::from_sdk(it.default_ttl()),
            etag: Out(answer.e_tag),
            max_ttl: Out::from_sdk(it.max_ttl()),
            min_ttl: Out(Some(it.min_ttl())),
            parameters_in_cache_key_and_forwarded_to_origin: Out(Some(
                parameters.iter().map(|it| shown(it)).collect(),
            )),
            id: Some(id),
        })
    }
}

async fn by_name(aws: &Aws, name: &str) -> Result<String> {
    let (mut found, mut marker) = (Vec::new(), None);
    loop {
        let call = aws.cloudfront().list_cache_policies().set_marker(marker).send();
        let answer = call.await.or_fault("ListCachePolicies")?;
        let list = must(answer.cache_policy_list, "ListCachePolicies")?;
        let policies = list.items().iter().filter_map(|it| it.cache_policy());
        let named =
            |it: &&sdk::CachePolicy| it.cache_policy_config().is_some_and(|it| it.name() == name);
        found.extend(policies.filter(named).map(|it| it.id().to_owned()));
        marker = list.next_marker.filter(|it| !it.is_empty());
        if marker.is_none() {
            return only("cache policy", "ListCachePolicies", found);
        }
    }
}

fn shown(it: &sdk::ParametersInCacheKeyAndForwardedToOrigin) -> Parameters {
    let cookies = it.cookies_config().map(|it| {
        CookiesConfig::new(it.cookie_behavior().as_str(), it.cookies().map(|it| it.items()))
    });
    let headers = it.headers_config().map(|it| {
        HeadersConfig::new(it.header_behavior().as_str(), it.headers().map(|it| it.items()))
    });
    let queries = it.query_strings_config().map(|it| {
        let names = it.query_strings().map(|it| it.items());
        QueryStringsConfig::new(it.query_string_behavior().as_str(), names)
    });
    Parameters {
        cookies_config: cookies.into_iter().collect(),
        enable_accept_encoding_brotli: it.enable_accept_encoding_brotli().unwrap_or_default(),
        enable_accept_encoding_gzip: it.enable_accept_encoding_gzip(),
        headers_config: headers.into_iter().collect(),
        query_strings_config: queries.into_iter().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::Options;
    use crate::resource::decode;
    use crate::testing::{Script, xml};

    const POLICY: &str = "<CachePolicy><Id>p1</Id><LastModifiedTime>2025-01-31T12:00:00Z</LastModifiedTime>\
        <CachePolicyConfig><Comment/><Name>Managed-X</Name><DefaultTTL>86400</DefaultTTL><MaxTTL>99</MaxTTL>\
        <MinTTL>1</MinTTL><ParametersInCacheKeyAndForwardedToOrigin>\
        <EnableAcceptEncodingGzip>true</EnableAcceptEncodingGzip>\
        <HeadersConfig><HeaderBehavior>whitelist</HeaderBehavior><Headers><Quantity>1</Quantity><Items>\
        <Name>Host</Name></Items></Headers></HeadersConfig>\
        <CookiesConfig><CookieBehavior>none</CookieBehavior></CookiesConfig>\
        </ParametersInCacheKeyAndForwardedToOrigin></CachePolicyConfig></CachePolicy>";

    #[tokio::test]
    async fn a_policy_is_found_by_its_name() {
        let page = |name: &str, next: &str| {
            let policy = POLICY.replace("Managed-X", name);
            xml(&format!(
                "<CachePolicyList>{next}<MaxItems>1</MaxItems><Quantity>1</Quantity><Items>\
                 <CachePolicySummary><Type>managed</Type>{policy}</CachePolicySummary></Items></CachePolicyList>"
            ))
        };
        let options = Options { skip_account: true, ..Default::default() };
        let aws = Script::with(
            options,
            [
                page("Managed-Other", "<NextMarker>m</NextMarker>"),
                page("Managed-X", ""),
                xml(POLICY).with("etag", "V1"),
            ],
        );
        let given = serde_json::from_str(r#"{"name": "Managed-X"}"#).unwrap();
        let given = decode(&CachePolicy::SCHEMA, given).unwrap();
        let it = CachePolicy::read(&aws, given).await.unwrap();
        assert_eq!(it.id.as_deref(), Some("p1"));
        assert_eq!(it.etag.0.as_deref(), Some("V1"));
        let parameters = &it.parameters_in_cache_key_and_forwarded_to_origin.0.unwrap()[0];
        let headers = &parameters.headers_config[0];
        assert_eq!(*headers, HeadersConfig::new("whitelist", Some(&["Host".to_owned()])));
        assert!(parameters.enable_accept_encoding_gzip);
    }
}
