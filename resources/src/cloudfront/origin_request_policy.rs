//! `aws_cloudfront_origin_request_policy` as data: a policy about what origins are told, of AWS or
//! one's own, that is looked up.

use aws_sdk_cloudfront::types as sdk;
use model::{Attributes, Out};
use serde::{Deserialize, Serialize};

use super::policies::{CookiesConfig, HeadersConfig, QueryStringsConfig};
use crate::aws::Aws;
use crate::data::Data;
use crate::fault::{OrFault, must, only, rejected};
use crate::mirror::FromSdk;
use crate::resource::Result;

/// A policy about what origins are told that is looked up by its name or id.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_cloudfront_origin_request_policy")]
pub(crate) struct OriginRequestPolicy {
    /// Its id.
    id: Option<String>,
    /// Its name: `Managed-AllViewer`.
    name: Option<String>,
    /// Its Amazon Resource Name.
    arn: Out<String>,
    /// What it is for.
    comment: Out<String>,
    /// Which cookies are passed on.
    cookies_config: Out<Vec<CookiesConfig>>,
    /// Its version.
    etag: Out<String>,
    /// Which headers are passed on.
    headers_config: Out<Vec<HeadersConfig>>,
    /// Which parts of the query are passed on.
    query_strings_config: Out<Vec<QueryStringsConfig>>,
}

impl Data for OriginRequestPolicy {
    async fn read(aws: &Aws, given: Self) -> Result<Self> {
        let id = match (given.id, given.name) {
            (Some(id), _) => id,
            (None, Some(name)) => by_name(aws, &name).await?,
            (None, None) => {
                let text = "one of `id` and `name` must be given";
                return Err(rejected("GetOriginRequestPolicy", "InvalidArgument", text));
            }
        };
        let answer = aws.cloudfront().get_origin_request_policy().id(&id).send().await;
        let answer = answer.or_fault("GetOriginRequestPolicy")?;
        let it = answer.origin_request_policy.and_then(|it| it.origin_request_policy_config);
        let it = must(it, "GetOriginRequestPolicy")?;
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
        let (partition, account) = (aws.partition().name, aws.account().await?);
        Ok(OriginRequestPolicy {
            name: Some(it.name().to_owned()),
            arn: Out(Some(format!(
                "arn:{partition}:cloudfront::{account}:origin-request-policy/{id}"
            ))),
            comment: Out::from_sdk(it.comment()),
            cookies_config: Out(Some(cookies.into_iter().collect())),
            etag: Out(answer.e_tag),
            headers_config: Out(Some(headers.into_iter().collect())),
            query_strings_config: Out(Some(queries.into_iter().collect())),
            id: Some(id),
        })
    }
}

async fn by_name(aws: &Aws, name: &str) -> Result<String> {
    let (mut found, mut marker) = (Vec::new(), None);
    loop {
        let call = aws.cloudfront().list_origin_request_policies().set_marker(marker).send();
        let answer = call.await.or_fault("ListOriginRequestPolicies")?;
        let list = must(answer.origin_request_policy_list, "ListOriginRequestPolicies")?;
        let policies = list.items().iter().filter_map(|it| it.origin_request_policy());
        let named = |it: &&sdk::OriginRequestPolicy| {
            it.origin_request_policy_config().is_some_and(|it| it.name() == name)
        };
        found.extend(policies.filter(named).map(|it| it.id().to_owned()));
        marker = list.next_marker.filter(|it| !it.is_empty());
        if marker.is_none() {
            return only("origin request policy", "ListOriginRequestPolicies", found);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::Options;
    use crate::resource::decode;
    use crate::testing::{Script, xml};

    #[tokio::test]
    async fn a_policy_is_read_by_its_id() {
        let options = Options { skip_account: true, ..Default::default() };
        let aws = Script::with(
            options,
            [xml(
                "<OriginRequestPolicy><Id>o1</Id><LastModifiedTime>2025-01-31T12:00:00Z</LastModifiedTime>\
                  <OriginRequestPolicyConfig><Name>Managed-AllViewer</Name>\
                  <HeadersConfig><HeaderBehavior>allViewer</HeaderBehavior></HeadersConfig>\
                  <CookiesConfig><CookieBehavior>all</CookieBehavior></CookiesConfig>\
                  <QueryStringsConfig><QueryStringBehavior>all</QueryStringBehavior></QueryStringsConfig>\
                  </OriginRequestPolicyConfig></OriginRequestPolicy>",
            )],
        );
        let given = serde_json::from_str(r#"{"id": "o1"}"#).unwrap();
        let given = decode(&OriginRequestPolicy::SCHEMA, given).unwrap();
        let it = OriginRequestPolicy::read(&aws, given).await.unwrap();
        assert_eq!(it.name.as_deref(), Some("Managed-AllViewer"));
        assert_eq!(it.cookies_config.0.unwrap(), [CookiesConfig::new("all", None)]);
    }
}
