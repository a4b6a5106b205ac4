//! What every type in the tables must hold to, whatever it is.

use std::collections::BTreeMap;
use std::path::Path;

use model::{Attribute, Attributes, Given, Object, Schema, Shape};
use serde_json::{Value as Json, json};

use crate::registry::{data_sources, types};
use crate::settings::Settings;
use crate::testing::Script;

/// Where a schema knowingly differs from the AWS provider's: the attribute's path, and why.
const DEVIATIONS: &[(&str, &str)] = &[
    ("aws.ignore_tags", "one block is what the provider allows, though its schema does not say so"),
    (
        "aws.default_tags",
        "one block is what the provider allows, though its schema does not say so",
    ),
    ("aws.assume_role_with_web_identity", "as above"),
    ("aws_ecs_service.triggers", "AWS has no say in it, though the provider's schema says so"),
    ("aws.secret_key", "a secret is never printed"),
    ("aws.token", "a secret is never printed"),
    ("aws.assume_role_with_web_identity.web_identity_token", "a secret is never printed"),
    ("aws_lb_listener_rule.action.authenticate_cognito.scope", "as on a listener: AWS chooses"),
    (
        "aws_lb_listener_rule.action.authenticate_cognito.session_cookie_name",
        "as on a listener: AWS chooses",
    ),
    (
        "aws_lb_listener_rule.action.authenticate_cognito.session_timeout",
        "as on a listener: AWS chooses",
    ),
    ("aws_lb_listener_rule.action.authenticate_oidc.scope", "as on a listener: AWS chooses"),
    (
        "aws_lb_listener_rule.action.authenticate_oidc.session_cookie_name",
        "as on a listener: AWS chooses",
    ),
    (
        "aws_lb_listener_rule.action.authenticate_oidc.session_timeout",
        "as on a listener: AWS chooses",
    ),
    ("aws_alb_listener_rule.action.authenticate_cognito.scope", "as on a listener: AWS chooses"),
    (
        "aws_alb_listener_rule.action.authenticate_cognito.session_cookie_name",
        "as on a listener: AWS chooses",
    ),
    (
        "aws_alb_listener_rule.action.authenticate_cognito.session_timeout",
        "as on a listener: AWS chooses",
    ),
    ("aws_alb_listener_rule.action.authenticate_oidc.scope", "as on a listener: AWS chooses"),
    (
        "aws_alb_listener_rule.action.authenticate_oidc.session_cookie_name",
        "as on a listener: AWS chooses",
    ),
    (
        "aws_alb_listener_rule.action.authenticate_oidc.session_timeout",
        "as on a listener: AWS chooses",
    ),
    (
        "aws_s3_bucket_acl.acl",
        "what is granted is known by its name where it has one, so that a change by others shows",
    ),
    ("aws_s3_bucket_lifecycle_configuration.rule", "at least one is what S3 takes"),
    (
        "aws_s3_bucket_lifecycle_configuration.rule.abort_incomplete_multipart_upload",
        "one block is what the provider allows, though its schema does not say so",
    ),
    (
        "aws_s3_bucket_lifecycle_configuration.rule.expiration",
        "one block is what the provider allows, though its schema does not say so",
    ),
    (
        "aws_s3_bucket_lifecycle_configuration.rule.filter",
        "one block is what the provider allows, though its schema does not say so",
    ),
    (
        "aws_s3_bucket_lifecycle_configuration.rule.filter.and",
        "one block is what the provider allows, though its schema does not say so",
    ),
    (
        "aws_s3_bucket_lifecycle_configuration.rule.filter.tag",
        "one block is what the provider allows, though its schema does not say so",
    ),
    (
        "aws_s3_bucket_lifecycle_configuration.rule.noncurrent_version_expiration",
        "one block is what the provider allows, though its schema does not say so",
    ),
    (
        "aws_s3_bucket_lifecycle_configuration.rule.prefix",
        "not given means none; the provider computes it only for states of old",
    ),
    (
        "aws_s3_bucket_lifecycle_configuration.rule.expiration.days",
        "not given means none; the provider computes it only for states of old",
    ),
    (
        "aws_s3_bucket_lifecycle_configuration.rule.expiration.expired_object_delete_marker",
        "not given means none; the provider computes it only for states of old",
    ),
    (
        "aws_s3_bucket_lifecycle_configuration.rule.filter.object_size_greater_than",
        "not given means none; the provider computes it only for states of old",
    ),
    (
        "aws_s3_bucket_lifecycle_configuration.rule.filter.object_size_less_than",
        "not given means none; the provider computes it only for states of old",
    ),
    (
        "aws_s3_bucket_lifecycle_configuration.rule.filter.prefix",
        "not given means none; the provider computes it only for states of old",
    ),
    (
        "aws_s3_bucket_lifecycle_configuration.rule.filter.and.object_size_greater_than",
        "not given means none; the provider computes it only for states of old",
    ),
    (
        "aws_s3_bucket_lifecycle_configuration.rule.filter.and.object_size_less_than",
        "not given means none; the provider computes it only for states of old",
    ),
    (
        "aws_s3_bucket_lifecycle_configuration.rule.filter.and.prefix",
        "not given means none; the provider computes it only for states of old",
    ),
    (
        "aws_s3_bucket_lifecycle_configuration.rule.noncurrent_version_expiration.newer_noncurrent_versions",
        "not given means none; the provider computes it only for states of old",
    ),
    (
        "aws_s3_bucket_lifecycle_configuration.rule.noncurrent_version_transition.newer_noncurrent_versions",
        "not given means none; the provider computes it only for states of old",
    ),
    (
        "aws_s3_bucket_lifecycle_configuration.rule.transition.days",
        "not given means none; the provider computes it only for states of old",
    ),
    (
        "aws_cloudfront_distribution.default_cache_behavior.forwarded_values.cookies.whitelisted_names",
        "not given means none, so that it can be taken away",
    ),
    (
        "aws_cloudfront_distribution.default_cache_behavior.forwarded_values.headers",
        "not given means none, so that it can be taken away",
    ),
    (
        "aws_cloudfront_distribution.default_cache_behavior.forwarded_values.query_string_cache_keys",
        "not given means none, so that it can be taken away",
    ),
    (
        "aws_cloudfront_distribution.default_cache_behavior.trusted_key_groups",
        "not given means none, so that it can be taken away",
    ),
    (
        "aws_cloudfront_distribution.default_cache_behavior.trusted_signers",
        "not given means none, so that it can be taken away",
    ),
    (
        "aws_cloudfront_distribution.ordered_cache_behavior.forwarded_values.headers",
        "not given means none, so that it can be taken away",
    ),
    (
        "aws_cloudfront_distribution.ordered_cache_behavior.forwarded_values.query_string_cache_keys",
        "not given means none, so that it can be taken away",
    ),
    (
        "aws_cloudfront_distribution.restrictions.geo_restriction.locations",
        "not given means none, so that it can be taken away",
    ),
];

/// Arguments that only say how something is to be done: what changes them is not sent.
const NOT_SENT: &[&str] = &[
    "aws_acm_certificate.early_renewal_duration",
    "aws_autoscaling_group.force_delete",
    "aws_autoscaling_group.force_delete_warm_pool",
    "aws_autoscaling_group.ignore_failed_scaling_activities",
    "aws_autoscaling_group.instance_refresh",
    "aws_autoscaling_group.min_elb_capacity",
    "aws_autoscaling_group.wait_for_capacity_timeout",
    "aws_autoscaling_group.wait_for_elb_capacity",
    "aws_cloudfront_distribution.retain_on_delete",
    "aws_cloudfront_distribution.wait_for_deployment",
    "aws_cloudwatch_event_rule.force_destroy",
    "aws_cloudwatch_event_target.force_destroy",
    "aws_cloudwatch_log_group.skip_destroy",
    "aws_ecr_repository.force_delete",
    "aws_ecs_service.force_delete",
    "aws_ecs_service.wait_for_steady_state",
    "aws_ecs_task_definition.skip_destroy",
    "aws_ecs_task_definition.track_latest",
    "aws_default_security_group.revoke_rules_on_delete",
    "aws_default_subnet.force_destroy",
    "aws_default_vpc.force_destroy",
    "aws_iam_role.force_detach_policies",
    "aws_iam_user.force_destroy",
    // What changes more of it than tags makes another machine.
    "aws_instance.ebs_block_device",
    "aws_instance.get_password_data",
    "aws_instance.user_data_replace_on_change",
    "aws_kms_key.bypass_policy_lockout_safety_check",
    "aws_kms_key.deletion_window_in_days",
    "aws_launch_template.update_default_version",
    "aws_secretsmanager_secret.force_overwrite_replica_secret",
    "aws_secretsmanager_secret.recovery_window_in_days",
    "aws_service_discovery_service.force_destroy",
    "aws_ssm_parameter.overwrite",
    "aws_route53_record.allow_overwrite",
    "aws_route53_zone.force_destroy",
    "aws_s3_bucket.force_destroy",
    "aws_s3_bucket_object.force_destroy",
    // Its rules are JSON, which the samples here are not.
    "aws_s3_bucket.website",
    "aws_s3_bucket_website_configuration.routing_rules",
    "aws_s3_object.force_destroy",
    "aws_s3_object.override_provider",
    "aws_security_group.revoke_rules_on_delete",
    "aws_spot_fleet_request.terminate_instances_on_delete",
    "aws_spot_fleet_request.wait_for_fulfillment",
    "aws_sns_topic_subscription.confirmation_timeout_in_minutes",
    "aws_sns_topic_subscription.endpoint_auto_confirms",
    // What was accepted stays accepted.
    "aws_vpc_endpoint.auto_accept",
];

/// Guards against the commonest mistake: an argument that `update` forgets.
#[tokio::test]
async fn every_argument_that_can_change_is_sent() {
    let mut forgotten = Vec::new();
    for entry in types() {
        let mutable = |it: &&Attribute| it.given != Given::Output && !it.replace;
        let sample = |n| move |it: &Attribute| (it.name.to_owned(), value(it.shape, n));
        let have: Object = entry.schema.attributes.iter().map(sample(1)).collect();
        for it in entry.schema.attributes.iter().filter(mutable) {
            let path = format!("{}.{}", entry.schema.name, it.name);
            let mut want = have.clone();
            want.insert(it.name.to_owned(), value(it.shape, 2));
            if it.name == "tags" {
                want.insert("tags_all".to_owned(), value(it.shape, 2));
            }
            let script = Script::agreeable();
            // The answer is empty, so some types refuse it; what counts is that they asked.
            _ = entry.bind(script.aws()).update("id/id", &have, &want).await;
            if script.asked() == 0 && !NOT_SENT.contains(&path.as_str()) {
                forgotten.push(path);
            }
        }
    }
    assert!(forgotten.is_empty(), "`update` ignores {forgotten:#?}");
}

/// What the AWS provider does not have, and why it is here.
const OURS: &[(&str, &str)] =
    &[("aws_lb_listener_rules", "stacks that share a listener have to find a free priority")];

#[test]
fn every_schema_is_that_of_the_aws_provider() {
    let mut differences = Vec::new();
    let folder = Path::new("tests/schema");
    let resources = types().map(|it| ("resources", it.schema));
    let data = data_sources().map(|it| ("data", it.schema));
    let settings = std::iter::once((".", &Settings::SCHEMA));
    for (kind, schema) in resources.chain(data).chain(settings) {
        if OURS.iter().any(|it| it.0 == schema.name) {
            continue;
        }
        let path = folder.join(kind).join(format!("{}.json", schema.name));
        match std::fs::read_to_string(&path) {
            Ok(text) => {
                let facts: Json = serde_json::from_str(&text).expect("valid JSON");
                compare(schema, &facts, &mut differences);
            }
            Err(error) => differences.push(format!("{}: {error}", path.display())),
        }
    }
    differences.retain(|it| {
        let path = it.split(": ").next().unwrap_or_default();
        DEVIATIONS.iter().all(|(deviation, _)| *deviation != path)
    });
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn every_attribute_is_documented() {
    let schemas = types().map(|it| it.schema).chain(data_sources().map(|it| it.schema));
    let mut missing = Vec::new();
    for schema in schemas.chain([&Settings::SCHEMA]) {
        undocumented(schema.name, schema.attributes, &mut missing);
    }
    assert!(missing.is_empty(), "without a doc comment: {missing:#?}");
}

#[test]
fn every_type_is_in_the_tables_once() {
    let mut names: Vec<&str> = types().map(|it| it.schema.name).collect();
    names.sort_unstable();
    let before = names.len();
    names.dedup();
    assert_eq!(names.len(), before);
}

/// Arguments that sound as if they stopped a delete, and do not: the type and the argument, and why.
const NO_PROTECTION: &[(&str, &str)] = &[
    ("aws_autoscaling_group.protect_from_scale_in", "a destroy takes it from the instances itself"),
    ("aws_launch_template.disable_api_stop", "of the machines that start from it"),
    ("aws_launch_template.disable_api_termination", "of the machines that start from it"),
];

#[test]
fn what_protects_from_deletion_can_be_lifted() {
    let aws = Script::agreeable();
    let mut unknown = Vec::new();
    for entry in types() {
        let protections = entry.bind(aws.aws()).protections();
        for name in protections {
            assert!(entry.schema.attribute(name).is_some(), "{}.{name}", entry.schema.name);
        }
        for it in entry.schema.attributes {
            let sounds = it.name.contains("protect") || it.name.starts_with("disable_api");
            let path = format!("{}.{}", entry.schema.name, it.name);
            let known =
                protections.contains(&it.name) || NO_PROTECTION.iter().any(|it| it.0 == path);
            if matches!(it.shape, Shape::Bool) && sounds && !known {
                unknown.push(path);
            }
        }
    }
    assert_eq!(unknown, Vec::<String>::new());
}

fn undocumented(path: &str, attributes: &[Attribute], missing: &mut Vec<String>) {
    for it in attributes {
        let path = format!("{path}.{}", it.name);
        if it.doc.is_empty() || it.doc.contains("FIXME") {
            missing.push(path.clone());
        }
        undocumented(&path, it.blocks().unwrap_or_default(), missing);
    }
}

fn compare(schema: &Schema, facts: &Json, differences: &mut Vec<String>) {
    let mut facts = facts.clone();
    let timeouts = facts["blocks"].as_object_mut().and_then(|it| it.remove("timeouts"));
    let theirs: Vec<&str> = timeouts
        .iter()
        .filter_map(|it| it["attributes"].as_object())
        .flat_map(|it| it.keys().map(String::as_str))
        .collect();
    if theirs.iter().any(|it| !schema.timeouts.contains(it))
        || theirs.len() != schema.timeouts.len()
    {
        differences
            .push(format!("{}.timeouts: {:?}, theirs {theirs:?}", schema.name, schema.timeouts));
    }
    compare_attributes(schema.name, schema.attributes, &facts, true, differences);
}

fn compare_attributes(
    path: &str,
    ours: &[Attribute],
    facts: &Json,
    top: bool,
    differences: &mut Vec<String>,
) {
    let none = serde_json::Map::new();
    let attributes = facts["attributes"].as_object().unwrap_or(&none);
    let blocks = facts["blocks"].as_object().unwrap_or(&none);
    for it in ours {
        let inner = format!("{path}.{}", it.name);
        match (attributes.get(it.name), blocks.get(it.name)) {
            (Some(theirs), _) => {
                // To the provider, `id` and `tags_all` are optional by an accident of history.
                let given = theirs_given(theirs);
                let accident = top && matches!(it.name, "id" | "tags_all");
                if !accident && it.given != given {
                    differences.push(format!("{inner}: {:?}, theirs {given:?}", it.given));
                }
                if it.sensitive != (theirs["sensitive"] == true) {
                    differences.push(format!("{inner}: sensitive {}", it.sensitive));
                }
                if it.write_only != (theirs["write_only"] == true) {
                    differences.push(format!("{inner}: write-only {}", it.write_only));
                }
                if ty(it.shape) != theirs["type"] {
                    differences.push(format!(
                        "{inner}: {}, theirs {}",
                        ty(it.shape),
                        theirs["type"]
                    ));
                }
            }
            (None, Some(theirs)) => {
                let nested = nesting(it);
                let theirs_nested = theirs_nesting(theirs);
                if nested != theirs_nested {
                    differences.push(format!("{inner}: {nested:?}, theirs {theirs_nested:?}"));
                }
                compare_attributes(
                    &inner,
                    it.blocks().unwrap_or_default(),
                    theirs,
                    false,
                    differences,
                );
            }
            (None, None) => differences.push(format!("{inner}: not in the provider's schema")),
        }
    }
    for name in attributes.keys().chain(blocks.keys()) {
        if ours.iter().all(|it| it.name != name) {
            differences.push(format!("{path}.{name}: missing"));
        }
    }
}

fn theirs_given(it: &Json) -> Given {
    match (it["required"] == true, it["optional"] == true, it["computed"] == true) {
        (true, ..) => Given::Required,
        (_, true, true) => Given::Auto,
        (_, true, false) => Given::Optional,
        (_, false, _) => Given::Output,
    }
}

/// How blocks nest: their collection, the least and the greatest number.
fn nesting(it: &Attribute) -> (&'static str, u64, u64) {
    let kind = match it.shape {
        Shape::Object(_) => return ("single", 0, 0),
        Shape::Set(_) => "set",
        Shape::Map(_) => "map",
        _ => "list",
    };
    (kind, it.min_items.into(), it.max_items.into())
}

fn theirs_nesting(it: &Json) -> (&'static str, u64, u64) {
    let count = |name: &str| it[name].as_u64().unwrap_or_default();
    let (least, most) = (count("min_items"), count("max_items"));
    match it["nesting"].as_str() {
        Some("single") => ("single", 0, 0),
        // A set of one is a list of one.
        Some("set") if most == 1 => ("list", least, most),
        Some("set") => ("set", least, most),
        Some("map") => ("map", least, most),
        _ => ("list", least, most),
    }
}

fn ty(shape: Shape) -> Json {
    match shape {
        Shape::Any => json!("dynamic"),
        Shape::Bool => json!("bool"),
        Shape::Number => json!("number"),
        Shape::String => json!("string"),
        Shape::List(it) => json!(["list", ty(*it)]),
        Shape::Set(it) => json!(["set", ty(*it)]),
        Shape::Map(it) => json!(["map", ty(*it)]),
        Shape::Object(it) => {
            let fields: BTreeMap<_, _> = it.iter().map(|it| (it.name, ty(it.shape))).collect();
            json!(["object", fields])
        }
    }
}

/// What is read from a state is what is written to it.
#[test]
fn objects_survive_being_decoded() {
    let aws = Script::agreeable();
    for entry in types() {
        let sample = |it: &Attribute| (it.name.to_owned(), value(it.shape, 1));
        let object: Object = entry.schema.attributes.iter().map(sample).collect();
        let again = (entry.round_trip)(aws.aws(), &object).unwrap();
        for it in entry.schema.attributes {
            let same = it.same(&object[it.name], &again[it.name]);
            assert!(same, "{}.{}: {}", entry.schema.name, it.name, again[it.name]);
        }
    }
}

/// Some value of this shape. Different numbers give different values.
fn value(shape: Shape, n: usize) -> Json {
    match shape {
        Shape::Any => json!({"type": "string", "value": format!("value-{n}")}),
        Shape::Bool => json!(n == 1),
        Shape::Number => json!(n),
        Shape::String => json!(format!("value-{n}")),
        Shape::List(item) | Shape::Set(item) => json!([value(*item, n)]),
        Shape::Map(item) => json!({"key": value(*item, n)}),
        Shape::Object(attributes) => {
            attributes.iter().map(|it| (it.name.to_owned(), value(it.shape, n))).collect()
        }
    }
}
