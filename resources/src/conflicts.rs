//! Objects of one stack that would undo each other's work: the same thing said in two places, in two
//! ways. Each of the two alone is right, so no type can see it; a plan after it would never be empty.
//!
//! Pure: looks at what is planned and at nothing else. What is not known yet counts only where it is
//! written as a reference to another object of the stack.

use std::collections::BTreeMap;

use model::{InstanceAddr, Map, Planned, Value};

use crate::registry::types;
use crate::route53::names::plain;

/// A part of an object that can be said with it, or by an object of its own.
struct Inline {
    /// Types, and the attribute with which they say it.
    owners: &'static [&'static str],
    attribute: &'static str,
    /// Whether the owner says it even if it says nothing.
    always: bool,
    /// Types that say it separately, and the attribute with which they name the owner.
    parts: &'static [&'static str],
    names: &'static str,
    /// Of those, the ones that are about this attribute, and that say something else than the owner.
    applies: fn(part: &Map, owner: &Planned<'_>) -> bool,
}

/// Attributes that together name one thing, of which there can be one object.
struct Single {
    types: &'static [&'static str],
    attributes: &'static [&'static str],
    what: &'static str,
}

const GROUPS: &[&str] = &["aws_security_group", "aws_default_security_group"];
const TABLES: &[&str] = &["aws_route_table", "aws_default_route_table"];
const GATEWAY: &[&str] = &["aws_vpn_gateway_route_propagation"];
const RULES: &[&str] = &["aws_network_acl_rule"];
const ROLES: &[&str] = &["aws_iam_role"];
const BUCKETS: &[&str] = &["aws_s3_bucket"];

const INLINE: &[Inline] = &[
    of(GROUPS, "ingress", &["aws_vpc_security_group_ingress_rule"], "security_group_id"),
    of(GROUPS, "egress", &["aws_vpc_security_group_egress_rule"], "security_group_id"),
    of(GROUPS, "ingress", &["aws_security_group_rule"], "security_group_id").only(is_ingress),
    of(GROUPS, "egress", &["aws_security_group_rule"], "security_group_id").only(is_egress),
    of(TABLES, "route", &["aws_route"], "route_table_id"),
    of(TABLES, "propagating_vgws", GATEWAY, "route_table_id").only(is_other_gateway),
    of(&["aws_network_acl"], "ingress", RULES, "network_acl_id").only(enters),
    of(&["aws_network_acl"], "egress", RULES, "network_acl_id").only(leaves),
    of(&["aws_default_network_acl"], "ingress", RULES, "network_acl_id").always().only(enters),
    of(&["aws_default_network_acl"], "egress", RULES, "network_acl_id").always().only(leaves),
    of(&["aws_vpn_gateway"], "vpc_id", &["aws_vpn_gateway_attachment"], "vpn_gateway_id")
        .only(is_other_vpc),
    of(ROLES, "inline_policy", &["aws_iam_role_policy"], "role"),
    of(ROLES, "managed_policy_arns", &["aws_iam_role_policy_attachment"], "role")
        .only(is_other_policy),
    of(BUCKETS, "policy", &["aws_s3_bucket_policy"], "bucket"),
    of(BUCKETS, "acl", &["aws_s3_bucket_acl"], "bucket"),
    of(BUCKETS, "grant", &["aws_s3_bucket_acl"], "bucket"),
    of(BUCKETS, "cors_rule", &["aws_s3_bucket_cors_configuration"], "bucket"),
    of(BUCKETS, "lifecycle_rule", &["aws_s3_bucket_lifecycle_configuration"], "bucket"),
    of(BUCKETS, "logging", &["aws_s3_bucket_logging"], "bucket"),
    of(BUCKETS, "versioning", &["aws_s3_bucket_versioning"], "bucket"),
    of(BUCKETS, "website", &["aws_s3_bucket_website_configuration"], "bucket"),
    of(
        BUCKETS,
        "server_side_encryption_configuration",
        &["aws_s3_bucket_server_side_encryption_configuration"],
        "bucket",
    ),
];

const SINGLE: &[Single] = &[
    one(&["aws_s3_bucket_policy"], &["bucket"], "the policy of a bucket"),
    one(&["aws_s3_bucket_acl"], &["bucket"], "the ACL of a bucket"),
    one(&["aws_s3_bucket_cors_configuration"], &["bucket"], "the CORS rules of a bucket"),
    one(&["aws_s3_bucket_lifecycle_configuration"], &["bucket"], "the lifecycle rules of a bucket"),
    one(&["aws_s3_bucket_logging"], &["bucket"], "the logging of a bucket"),
    one(&["aws_s3_bucket_notification"], &["bucket"], "the notifications of a bucket"),
    one(&["aws_s3_bucket_ownership_controls"], &["bucket"], "the ownership of a bucket's objects"),
    one(&["aws_s3_bucket_public_access_block"], &["bucket"], "the public access to a bucket"),
    one(&["aws_s3_bucket_versioning"], &["bucket"], "the versioning of a bucket"),
    one(&["aws_s3_bucket_website_configuration"], &["bucket"], "the website of a bucket"),
    one(
        &["aws_s3_bucket_server_side_encryption_configuration"],
        &["bucket"],
        "the encryption of a bucket",
    ),
    one(
        &["aws_route53_record"],
        &["zone_id", "name", "type", "set_identifier"],
        "the records of a zone with one name, type and set identifier",
    ),
    one(
        &["aws_lb_listener", "aws_alb_listener"],
        &["load_balancer_arn", "port"],
        "a port of a load balancer",
    ),
    one(&["aws_route"], &["route_table_id", "destination_cidr_block"], "a destination of a table"),
    one(
        &["aws_route"],
        &["route_table_id", "destination_ipv6_cidr_block"],
        "a destination of a table",
    ),
    one(&["aws_route_table_association"], &["subnet_id"], "the route table of a subnet"),
    one(&["aws_main_route_table_association"], &["vpc_id"], "the main route table of a VPC"),
    one(&["aws_vpc_dhcp_options_association"], &["vpc_id"], "the DHCP options of a VPC"),
    one(&["aws_sqs_queue_policy"], &["queue_url"], "the policy of a queue"),
    one(&["aws_sns_topic_policy"], &["arn"], "the policy of a topic"),
    one(&["aws_ecr_lifecycle_policy"], &["repository"], "the lifecycle policy of a repository"),
    one(&["aws_ecr_repository_policy"], &["repository"], "the policy of a repository"),
];

const fn of(
    owners: &'static [&'static str],
    attribute: &'static str,
    parts: &'static [&'static str],
    names: &'static str,
) -> Inline {
    Inline { owners, attribute, always: false, parts, names, applies: |_, _| true }
}

const fn one(
    types: &'static [&'static str],
    attributes: &'static [&'static str],
    what: &'static str,
) -> Single {
    Single { types, attributes, what }
}

impl Inline {
    const fn always(self) -> Inline {
        Inline { always: true, ..self }
    }

    const fn only(self, applies: fn(&Map, &Planned<'_>) -> bool) -> Inline {
        Inline { applies, ..self }
    }
}

fn text<'a>(of: &'a Map, name: &str) -> Option<&'a str> {
    of.get(name).and_then(Value::as_str)
}

fn is_ingress(part: &Map, _: &Planned<'_>) -> bool {
    text(part, "type") == Some("ingress")
}

fn is_egress(part: &Map, _: &Planned<'_>) -> bool {
    text(part, "type") == Some("egress")
}

fn leaves(part: &Map, _: &Planned<'_>) -> bool {
    part.get("egress").and_then(Value::as_bool) == Some(true)
}

fn enters(part: &Map, owner: &Planned<'_>) -> bool {
    !leaves(part, owner)
}

/// Two that say the same do no harm.
fn is_other_policy(part: &Map, owner: &Planned<'_>) -> bool {
    !is_among(part.get("policy_arn"), owner.given.get("managed_policy_arns"))
}

fn is_other_gateway(part: &Map, owner: &Planned<'_>) -> bool {
    !is_among(part.get("vpn_gateway_id"), owner.given.get("propagating_vgws"))
}

fn is_other_vpc(part: &Map, owner: &Planned<'_>) -> bool {
    let (own, other) = (text(part, "vpc_id"), text(owner.given, "vpc_id"));
    own.is_some() && other.is_some() && own != other
}

/// What is not known may be among them.
fn is_among(it: Option<&Value>, items: Option<&Value>) -> bool {
    let (Some(it), Some(items)) = (it, items) else { return false };
    let may_be = |other: &Value| !other.is_known() || other.as_str() == it.as_str();
    !it.is_known() || !items.is_known() || items.items().unwrap_or_default().iter().any(may_be)
}

/// All that is wrong between the objects of a stack, in the order of the objects.
pub(crate) fn between(planned: &[Planned<'_>]) -> Vec<(InstanceAddr, String)> {
    let mut by_type: BTreeMap<&str, Vec<&Planned<'_>>> = BTreeMap::new();
    for it in planned {
        by_type.entry(&it.address.resource.ty).or_default().push(it);
    }
    let of = |types: &[&str]| {
        let found = types.iter().filter_map(|it| by_type.get(it));
        found.flatten().copied().collect::<Vec<_>>()
    };
    let mut problems: Vec<_> =
        INLINE.iter().flat_map(|it| it.problems(&of(it.owners), &of(it.parts))).collect();
    problems.extend(SINGLE.iter().flat_map(|it| it.problems(&of(it.types))));
    problems.sort();
    problems
}

impl Inline {
    fn problems(
        &self,
        owners: &[&Planned<'_>],
        parts: &[&Planned<'_>],
    ) -> Vec<(InstanceAddr, String)> {
        let says = |it: &&&Planned<'_>| self.always || is_given(it, self.attribute);
        let owners: Vec<_> = owners.iter().filter(says).collect();
        let mut problems = Vec::new();
        for part in parts {
            let Some(named) = named(part, self.names) else { continue };
            let applies =
                |it: &&&&Planned<'_>| is_named(it, &named) && (self.applies)(part.after, it);
            for owner in owners.iter().filter(applies) {
                problems.push((part.address.clone(), self.text(owner, part)));
            }
        }
        problems
    }

    fn text(&self, owner: &Planned<'_>, part: &Planned<'_>) -> String {
        let attribute = self.attribute;
        let (owner, part) = (owner.address, part.address);
        let says = match self.always {
            true => format!("{owner} has no `{attribute}` but its own"),
            false => format!("{owner} says with `{attribute}` what there is"),
        };
        format!(
            "{says}, and {part} adds to it: each would undo what the other does. Say it in one place"
        )
    }
}

impl Single {
    fn problems(&self, objects: &[&Planned<'_>]) -> Vec<(InstanceAddr, String)> {
        let mut first: BTreeMap<Vec<Named>, &InstanceAddr> = BTreeMap::new();
        let mut problems = Vec::new();
        for it in objects {
            let Some(key) = self.key(it) else { continue };
            match first.get(&key) {
                Some(other) => {
                    let (what, own) = (self.what, it.address);
                    let text = format!("{other} and {own} are both {what}: only one can be");
                    problems.push((own.clone(), text));
                }
                None => _ = first.insert(key, it.address),
            }
        }
        problems
    }

    fn key(&self, it: &Planned<'_>) -> Option<Vec<Named>> {
        let optional = |name: &str| matches!(name, "set_identifier");
        let of = |name: &&str| match named(it, name) {
            None if optional(name) && it.after.get(*name).is_none_or(Value::is_null) => {
                Some(Named::Text(String::new()))
            }
            Some(Named::Text(text)) if *name == "name" => Some(Named::Text(plain(&text))),
            named => named,
        };
        self.attributes.iter().map(of).collect()
    }
}

/// What an attribute names, as far as that is known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Named {
    Text(String),
    Object(InstanceAddr),
}

fn named(it: &Planned<'_>, attribute: &str) -> Option<Named> {
    let value = it.after.get(attribute)?;
    if !value.is_known() {
        return it.refers.get(attribute).cloned().map(Named::Object);
    }
    let number = value.as_number().map(ToString::to_string);
    let text = value.as_str().map(str::to_owned).or(number);
    text.filter(|it| !it.is_empty()).map(Named::Text)
}

/// Whether this object is the one that is named: by an id of any kind, or as what it is in the stack.
fn is_named(it: &Planned<'_>, named: &Named) -> bool {
    const IDS: [&str; 6] =
        ["id", "name", "bucket", "arn", "default_route_table_id", "default_network_acl_id"];
    match named {
        Named::Object(address) => it.address == address,
        Named::Text(text) => IDS.iter().any(|id| self::text(it.after, id) == Some(text)),
    }
}

/// Whether the configuration gives it. No blocks of a kind is how one writes "not given", unless `[]`
/// could have been written.
fn is_given(it: &Planned<'_>, attribute: &str) -> bool {
    let Some(value) = it.given.get(attribute).filter(|it| !it.is_null()) else { return false };
    let schema = types().map(|it| it.schema).find(|schema| schema.name == &*it.address.resource.ty);
    let only_blocks = schema
        .and_then(|it| it.attribute(attribute))
        .is_some_and(|it| it.is_block() && !it.assignable);
    !(only_blocks && value.items().is_some_and(<[Value]>::is_empty))
}

#[cfg(test)]
mod tests;
