//! `aws_s3_bucket_website_configuration`: a bucket as a website.

use aws_sdk_s3::types as sdk;
use model::{Attributes, Auto, Fault, FaultKind, Json, Live, Map, Mirror, One, Op, Out, Phase};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::fault::OrFault;
use crate::mirror::{FromSdk, ToSdk};
use crate::resource::{Resource, Result, changed, each, follow};
use crate::s3::{aspect, classify_aspect, owned, owner_of, regions, routing};

/// A bucket as a website.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_s3_bucket_website_configuration")]
pub(crate) struct WebsiteConfiguration {
    /// The bucket.
    #[attr(replace)]
    bucket: String,
    /// The account that the bucket must belong to.
    #[attr(replace)]
    expected_bucket_owner: Option<String>,
    /// Rules for sending requests elsewhere, in JSON.
    routing_rules: Auto<Json>,
    /// What is shown when there is an error.
    error_document: One<ErrorDocument>,
    /// What is shown for a folder.
    index_document: One<IndexDocument>,
    /// Where all requests are sent to. Then there is nothing else.
    redirect_all_requests_to: One<RedirectAll>,
    /// Rules for sending requests elsewhere. The first that fits a request counts.
    routing_rule: Auto<Vec<RoutingRule>>,
    /// The domain of the website, for alias records.
    website_domain: Out<String>,
    /// The host name of the website.
    website_endpoint: Out<String>,
    /// The bucket, and the expected owner if there is one.
    id: Out<String>,
}

/// What is shown when there is an error.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::ErrorDocument, checked)]
pub(crate) struct ErrorDocument {
    /// The key of the object.
    key: String,
}

/// What is shown for a folder.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::IndexDocument, checked)]
pub(crate) struct IndexDocument {
    /// What comes after the folder: `index.html`.
    suffix: String,
}

/// Where all requests are sent to.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::RedirectAllRequestsTo, checked)]
pub(crate) struct RedirectAll {
    /// The host.
    host_name: String,
    /// `http` or `https`. Without it, that of the request.
    protocol: Option<String>,
}

/// A rule for sending requests elsewhere.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::RoutingRule)]
pub(crate) struct RoutingRule {
    /// Which requests it is for. Without it, all.
    condition: One<Condition>,
    /// Where they are sent to.
    #[attr(required)]
    redirect: One<Redirect>,
}

/// Which requests a rule is for.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::Condition)]
pub(crate) struct Condition {
    /// Those that end in this error: `404`.
    http_error_code_returned_equals: Option<String>,
    /// Those for keys that begin with this.
    key_prefix_equals: Option<String>,
}

/// Where requests are sent to.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::Redirect)]
pub(crate) struct Redirect {
    /// The host. Without it, that of the request.
    host_name: Option<String>,
    /// The status code of the answer: `301`.
    http_redirect_code: Option<String>,
    /// `http` or `https`. Without it, that of the request.
    protocol: Option<String>,
    /// What takes the place of the prefix in the condition.
    replace_key_prefix_with: Option<String>,
    /// The key that takes the place of the one in the request.
    replace_key_with: Option<String>,
}

impl Resource for WebsiteConfiguration {
    const BATCH: usize = 20;

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        each(ids, |id| live(aws, id)).await
    }

    async fn create(aws: &Aws, want: &Self, _token: &str) -> Result<String> {
        put(aws, want, want.blocks()).await?;
        Ok(owned(&want.bucket, want.expected_bucket_owner.as_deref()))
    }

    async fn update(aws: &Aws, _id: &str, have: &Self, want: &Self) -> Result<()> {
        // One follows from the other, so the one that is known and differs is what is wanted.
        let json = have.routing_rules != want.routing_rules && want.routing_rules.0.is_some();
        let others = changed!(have, want; error_document, index_document, redirect_all_requests_to);
        if json {
            put(aws, want, None).await?;
        } else if others || have.routing_rule != want.routing_rule {
            put(aws, want, want.blocks()).await?;
        }
        Ok(())
    }

    async fn delete(aws: &Aws, id: &str, _have: &Self) -> Result<()> {
        let (bucket, owner) = owner_of(id);
        let call = aws.s3().delete_bucket_website().bucket(bucket);
        call.set_expected_bucket_owner(owner).send().await.or_fault("DeleteBucketWebsite")?;
        Ok(())
    }

    fn adjust(_aws: &Aws, prior: Option<&Map>, planned: &mut Map) {
        follow::<Self>(prior, planned, &["routing_rule", "routing_rules"]);
    }

    fn check(given: &Map) -> Vec<(&'static str, String)> {
        let written = |name: &str| match given.get(name) {
            Some(it) => !it.is_null() && it.items().is_none_or(|it| !it.is_empty()),
            None => false,
        };
        let elsewhere = written("redirect_all_requests_to");
        let own = ["index_document", "error_document", "routing_rule", "routing_rules"];
        let mut problems = Vec::new();
        if elsewhere && own.iter().any(|it| written(it)) {
            let text = "where all requests are sent elsewhere, nothing else may be said";
            problems.push(("redirect_all_requests_to", text.to_owned()));
        }
        if !elsewhere && !written("index_document") {
            let known = ["index_document", "redirect_all_requests_to"]
                .iter()
                .all(|name| given.get(*name).is_some_and(|it| it.items().is_some()));
            let text = "one of `index_document` and `redirect_all_requests_to` must be given";
            problems.extend(known.then(|| ("index_document", text.to_owned())));
        }
        if written("routing_rule") && written("routing_rules") {
            let text = "only one of `routing_rule` and `routing_rules` may be given";
            problems.push(("routing_rules", text.to_owned()));
        }
        problems
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        classify_aspect(op, fault)
    }
}

impl WebsiteConfiguration {
    /// The rules that are written as blocks, if any.
    fn blocks(&self) -> Option<&Vec<RoutingRule>> {
        self.routing_rule.0.as_ref().filter(|it| !it.is_empty())
    }
}

/// Says what the website is, with rules in blocks or else in JSON.
async fn put(
    aws: &Aws,
    want: &WebsiteConfiguration,
    blocks: Option<&Vec<RoutingRule>>,
) -> Result<()> {
    let json = want.routing_rules.0.as_ref().filter(|it| !it.0.is_empty());
    let rules = match (blocks, json) {
        (Some(it), _) => it.to_sdk(),
        (None, Some(it)) => Some(routing::from_json(&it.0)?),
        (None, None) => None,
    };
    let it = sdk::WebsiteConfiguration::builder()
        .set_error_document(want.error_document.to_sdk())
        .set_index_document(want.index_document.to_sdk())
        .set_redirect_all_requests_to(want.redirect_all_requests_to.to_sdk())
        .set_routing_rules(rules.filter(|it| !it.is_empty()));
    let call = aws.s3().put_bucket_website().bucket(&want.bucket);
    let call = call.set_expected_bucket_owner(want.expected_bucket_owner.clone());
    call.website_configuration(it.build()).send().await.or_fault("PutBucketWebsite")?;
    Ok(())
}

async fn live(aws: &Aws, id: &str) -> Result<Option<Live<WebsiteConfiguration>>> {
    let (bucket, owner) = owner_of(id);
    let call = aws.s3().get_bucket_website().bucket(bucket);
    let call = call.set_expected_bucket_owner(owner.clone());
    let answer = aspect(call.send().await.or_fault("GetBucketWebsite"))?;
    let Some(it) = answer else { return Ok(None) };
    let domain = regions::website_domain(aws.region(), aws.partition().dns_suffix);
    let json: Vec<_> = it.routing_rules().iter().map(routing::to_json).collect();
    let json = (!json.is_empty()).then(|| Json(serde_json::Value::Array(json).to_string()));
    let attributes = WebsiteConfiguration {
        bucket: bucket.to_owned(),
        expected_bucket_owner: owner,
        routing_rules: Auto(json),
        error_document: One::from_sdk(it.error_document()),
        index_document: One::from_sdk(it.index_document()),
        redirect_all_requests_to: One::from_sdk(it.redirect_all_requests_to()),
        routing_rule: Auto(Some(Vec::from_sdk(it.routing_rules()))),
        website_endpoint: Out(Some(format!("{bucket}.{domain}"))),
        website_domain: Out(Some(domain)),
        id: Out(Some(id.to_owned())),
    };
    Ok(Some(Live { id: id.to_owned(), phase: Phase::Ready, attributes }))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, want, xml};

    const WEB: &str = r#"{"bucket": "web", "index_document": [{"suffix": "index.html"}],
        "error_document": [{"key": "error.html"}],
        "routing_rule": [{"condition": [{"key_prefix_equals": "docs/"}],
            "redirect": [{"replace_key_prefix_with": "documents/"}]}]}"#;

    #[tokio::test]
    async fn rules_may_be_blocks_or_json() {
        let aws = Script::new([xml(""), xml("")]);
        let have = want::<WebsiteConfiguration>(WEB);
        WebsiteConfiguration::create(&aws, &have, "token").await.unwrap();
        let mut want = have.clone();
        want.routing_rules = Auto(Some(Json(
            r#"[{"Condition": {"HttpErrorCodeReturnedEquals": "404"}, "Redirect": {"HostName": "b.example"}}]"#.to_owned(),
        )));
        WebsiteConfiguration::update(&aws, "web", &have, &want).await.unwrap();
        aws.sent(expect![[r#"
            PUT web.s3.eu-west-1.amazonaws.com/?website
                <WebsiteConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><ErrorDocument><Key>error.html</Key></ErrorDocument><IndexDocument><Suffix>index.html</Suffix></IndexDocument><RoutingRules><RoutingRule><Condition><KeyPrefixEquals>docs/</KeyPrefixEquals></Condition><Redirect><ReplaceKeyPrefixWith>documents/</ReplaceKeyPrefixWith></Redirect></RoutingRule></RoutingRules></WebsiteConfiguration>
            PUT web.s3.eu-west-1.amazonaws.com/?website
                <WebsiteConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><ErrorDocument><Key>error.html</Key></ErrorDocument><IndexDocument><Suffix>index.html</Suffix></IndexDocument><RoutingRules><RoutingRule><Condition><HttpErrorCodeReturnedEquals>404</HttpErrorCodeReturnedEquals></Condition><Redirect><HostName>b.example</HostName></Redirect></RoutingRule></RoutingRules></WebsiteConfiguration>
        "#]]);
    }

    #[tokio::test]
    async fn a_website_knows_its_address_and_its_rules_both_ways() {
        let aws = Script::new([xml(
            "<WebsiteConfiguration><IndexDocument><Suffix>index.html</Suffix></IndexDocument>\
             <RoutingRules><RoutingRule><Redirect><Protocol>https</Protocol></Redirect></RoutingRule>\
             </RoutingRules></WebsiteConfiguration>",
        )]);
        let found = WebsiteConfiguration::read(&aws, &["web".to_owned()]).await.unwrap();
        let it = &found[0].attributes;
        let endpoint = it.website_endpoint.0.as_deref();
        assert_eq!(endpoint, Some("web.s3-website-eu-west-1.amazonaws.com"));
        assert_eq!(it.blocks().map(Vec::len), Some(1));
        let json = it.routing_rules.0.as_ref().map(|it| it.0.as_str());
        assert_eq!(json, Some(r#"[{"Redirect":{"Protocol":"https"}}]"#));
    }
}
