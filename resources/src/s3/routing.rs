//! Routing rules of a website as JSON, with the names that S3's own documentation has.

use aws_sdk_s3::types as sdk;
use serde_json::{Map, Value as Json, json};

use crate::fault::rejected;
use crate::resource::Result;

pub(super) fn to_json(it: &sdk::RoutingRule) -> Json {
    let mut rule = Map::new();
    if let Some(it) = it.condition() {
        let condition = fields(&[
            ("HttpErrorCodeReturnedEquals", it.http_error_code_returned_equals()),
            ("KeyPrefixEquals", it.key_prefix_equals()),
        ]);
        rule.insert("Condition".to_owned(), condition);
    }
    if let Some(it) = it.redirect() {
        let redirect = fields(&[
            ("HostName", it.host_name()),
            ("HttpRedirectCode", it.http_redirect_code()),
            ("Protocol", it.protocol().map(|it| it.as_str())),
            ("ReplaceKeyPrefixWith", it.replace_key_prefix_with()),
            ("ReplaceKeyWith", it.replace_key_with()),
        ]);
        rule.insert("Redirect".to_owned(), redirect);
    }
    Json::Object(rule)
}

fn fields(all: &[(&str, Option<&str>)]) -> Json {
    let given = all.iter().filter_map(|(name, it)| Some(((*name).to_owned(), json!((*it)?))));
    Json::Object(given.collect())
}

pub(super) fn from_json(text: &str) -> Result<Vec<sdk::RoutingRule>> {
    let rules: Vec<Json> = serde_json::from_str(text).map_err(|error| {
        let message = format!("the routing rules are not a list in JSON: {error}");
        rejected("PutBucketWebsite", "InvalidArgument", message)
    })?;
    Ok(rules.iter().map(rule).collect())
}

fn rule(it: &Json) -> sdk::RoutingRule {
    let text = |block: &str, name: &str| it[block][name].as_str().map(str::to_owned);
    let condition = sdk::Condition::builder()
        .set_http_error_code_returned_equals(text("Condition", "HttpErrorCodeReturnedEquals"))
        .set_key_prefix_equals(text("Condition", "KeyPrefixEquals"));
    let redirect = sdk::Redirect::builder()
        .set_host_name(text("Redirect", "HostName"))
        .set_http_redirect_code(text("Redirect", "HttpRedirectCode"))
        .set_protocol(text("Redirect", "Protocol").map(|it| it.as_str().into()))
        .set_replace_key_prefix_with(text("Redirect", "ReplaceKeyPrefixWith"))
        .set_replace_key_with(text("Redirect", "ReplaceKeyWith"));
    sdk::RoutingRule::builder()
        .set_condition(it.get("Condition").map(|_| condition.build()))
        .set_redirect(it.get("Redirect").map(|_| redirect.build()))
        .build()
}
