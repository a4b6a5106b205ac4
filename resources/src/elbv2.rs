//! Elastic Load Balancing: application, network and gateway load balancers.

mod settings;
mod action;
pub(crate) mod load_balancer;
pub(crate) mod fit;
pub(crate) mod listener;
pub(crate) mod listener_rule;
pub(crate) mod listener_certificate;
pub(crate) mod target_group;
pub(crate) mod target_group_attachment;
pub(crate) mod load_balancer_data;
pub(crate) mod listener_data;
pub(crate) mod listener_rules_data;
pub(crate) mod target_group_data;
pub(crate) mod service_account;

use std::collections::BTreeMap;

use aws_sdk_elasticloadbalancingv2::types::Tag;
use model::{Attributes, Auto, Schema, Tags};

use crate::aws::Aws;
use crate::elbv2::listener::Listener;
use crate::elbv2::listener_certificate::ListenerCertificate;
use crate::elbv2::listener_rule::ListenerRule;
use crate::elbv2::load_balancer::LoadBalancer;
use crate::elbv2::target_group::TargetGroup;
use crate::elbv2::target_group_attachment::TargetGroupAttachment;
use crate::fault::OrFault;
use crate::registry::{DataEntry, Entry, alias, data, data_alias, entry};
use crate::resource::Result;

pub(crate) const TYPES: &[Entry] = &[
    entry::<LoadBalancer>(),
    alias::<LoadBalancer>(&Schema { name: "aws_alb", ..LoadBalancer::SCHEMA }),
    entry::<Listener>(),
    alias::<Listener>(&Schema { name: "aws_alb_listener", ..Listener::SCHEMA }),
    entry::<ListenerCertificate>(),
    entry::<ListenerRule>(),
    alias::<ListenerRule>(&Schema { name: "aws_alb_listener_rule", ..ListenerRule::SCHEMA }),
    entry::<TargetGroup>(),
    alias::<TargetGroup>(&Schema { name: "aws_alb_target_group", ..TargetGroup::SCHEMA }),
    entry::<TargetGroupAttachment>(),
];

pub(crate) const DATA: &[DataEntry] = &[
    data::<load_balancer_data::LoadBalancer>(),
    data_alias::<load_balancer_data::LoadBalancer>(&Schema {
        name: "aws_alb",
        ..load_balancer_data::LoadBalancer::SCHEMA
    }),
    data::<listener_data::Listener>(),
    data_alias::<listener_data::Listener>(&Schema {
        name: "aws_alb_listener",
        ..listener_data::Listener::SCHEMA
    }),
    data::<listener_rules_data::ListenerRules>(),
    data::<target_group_data::TargetGroup>(),
    data_alias::<target_group_data::TargetGroup>(&Schema {
        name: "aws_alb_target_group",
        ..target_group_data::TargetGroup::SCHEMA
    }),
    data::<service_account::ServiceAccount>(),
];

/// Whether an object has all the tags that are asked for.
fn has_tags(have: Option<&Tags>, want: &Auto<BTreeMap<String, String>>) -> bool {
    let has =
        |(key, value): (&String, &String)| have.is_some_and(|it| it.0.get(key) == Some(value));
    want.0.iter().flatten().all(has)
}

/// The tags of up to 20 objects, by ARN.
async fn tags_of(aws: &Aws, arns: &[String]) -> Result<BTreeMap<String, Tags>> {
    if arns.is_empty() {
        return Ok(BTreeMap::new());
    }
    let call = aws.elbv2().describe_tags().set_resource_arns(Some(arns.to_vec()));
    let answer = call.send().await.or_fault("DescribeTags")?;
    let pair = |it: aws_sdk_elasticloadbalancingv2::types::TagDescription| {
        let tags = tags_from_sdk(it.tags());
        Some((it.resource_arn?, tags))
    };
    Ok(answer.tag_descriptions.unwrap_or_default().into_iter().filter_map(pair).collect())
}

/// None rather than no tags: AWS refuses an empty list.
fn tags_to_sdk(tags: &Tags) -> Option<Vec<Tag>> {
    let tag = |(key, value)| Tag::builder().key(key).value(value).build();
    let tags: Vec<Tag> = tags.0.iter().map(tag).collect();
    (!tags.is_empty()).then_some(tags)
}

fn tags_from_sdk(tags: &[Tag]) -> Tags {
    tags.iter().map(|it| (it.key().unwrap_or_default(), it.value().unwrap_or_default())).collect()
}

/// Sets and removes tags on any object of the service.
async fn retag(aws: &Aws, arn: &str, have: &Tags, want: &Tags) -> Result<()> {
    let (set, unset) = want.changes_from(have);
    if !unset.is_empty() {
        let call = aws.elbv2().remove_tags().resource_arns(arn).set_tag_keys(Some(unset));
        call.send().await.or_fault("RemoveTags")?;
    }
    if !set.is_empty() {
        let set = tags_to_sdk(&set.into_iter().collect());
        let call = aws.elbv2().add_tags().resource_arns(arn).set_tags(set);
        call.send().await.or_fault("AddTags")?;
    }
    Ok(())
}
