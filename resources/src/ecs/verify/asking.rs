//! The calls that find out whether something is there. One that is denied says nothing about that.

use std::collections::BTreeSet;

use futures::future::try_join_all;
use model::{Fault, FaultKind};

use super::names::{Image, Secret, Version};
use super::{Question, Seen, distrust};
use crate::aws::Aws;
use crate::ec2::place::Vpc;
use crate::ecs::containers;
use crate::ecs::fit::{Group, Known, Task};
use crate::ecs::task_definition::TaskDefinition;
use crate::fault::OrFault;
use crate::policy::percent_decoded;
use crate::resource::{Resource, Result};

pub(super) async fn ask(aws: &Aws, question: &Question) -> Result<Seen> {
    let answer = match question {
        Question::Role { arn, service } => role(aws, arn, service).await,
        Question::Image(Image::Other(text)) => {
            let detail = format!("Only images in ECR are looked up, so not {text:?}.");
            Ok(Seen::Unseen(detail))
        }
        Question::Image(Image::Ecr { account, region, repository, version }) => {
            match elsewhere(aws, region, "image") {
                Some(seen) => Ok(seen),
                None => image(aws, account, repository, version).await,
            }
        }
        Question::Secret(Secret::Manager { arn, region }) => {
            match elsewhere(aws, region, "secret") {
                Some(seen) => Ok(seen),
                None => secret(aws, arn).await,
            }
        }
        Question::Secret(Secret::Parameter { name, region }) => {
            let region = region.as_deref().unwrap_or(aws.region());
            match elsewhere(aws, region, "parameter") {
                Some(seen) => Ok(seen),
                None => parameter(aws, name).await,
            }
        }
        Question::LogGroup { name, region } => {
            let region = region.as_deref().unwrap_or(aws.region());
            match elsewhere(aws, region, "log group") {
                Some(seen) => Ok(seen),
                None => log_group(aws, name).await,
            }
        }
    };
    match answer {
        Err(fault) if fault.kind == FaultKind::Rejected => Ok(Seen::Unseen(format!("{fault}."))),
        other => other,
    }
}

/// What is in another region than the provider's is not looked at.
fn elsewhere(aws: &Aws, region: &str, what: &str) -> Option<Seen> {
    (region != aws.region()).then(|| {
        let own = aws.region();
        Seen::Unseen(format!("The {what} is in {region}, and only {own} is looked at."))
    })
}

fn is_missing<T>(answer: &Result<T>) -> bool {
    matches!(answer, Err(Fault { kind: FaultKind::NotFound, .. }))
}

async fn role(aws: &Aws, arn: &str, service: &str) -> Result<Seen> {
    let own = aws.account().await?;
    let account = arn.split(':').nth(4).unwrap_or_default();
    if !own.is_empty() && account != own {
        return Ok(Seen::Unseen(format!("The role {arn} is in another account.")));
    }
    let name = arn.rsplit('/').next().unwrap_or(arn);
    let answer = aws.iam().get_role().role_name(name).send().await.or_fault("GetRole");
    if is_missing(&answer) {
        return Ok(Seen::Wrong("Role not found", format!("There is no role {name:?}.")));
    }
    let role = answer?.role;
    let policy = role.as_ref().and_then(|it| it.assume_role_policy_document());
    let policy = percent_decoded(policy.unwrap_or_default());
    Ok(match distrust(arn, &policy, service) {
        Some((summary, detail)) => Seen::Wrong(summary, detail),
        None => Seen::There,
    })
}

async fn image(aws: &Aws, account: &str, repository: &str, version: &Version) -> Result<Seen> {
    let id = aws_sdk_ecr::types::ImageIdentifier::builder();
    let (id, text) = match version {
        Version::Tag(tag) => (id.image_tag(tag), format!("with the tag {tag:?}")),
        Version::Digest(digest) => (id.image_digest(digest), format!("{digest:?}")),
    };
    let call = aws.ecr().describe_images().registry_id(account).repository_name(repository);
    let answer = call.image_ids(id.build()).send().await.or_fault("DescribeImages");
    match answer {
        Err(fault) if fault.code == "RepositoryNotFoundException" => {
            no_repository(aws, account, repository).await
        }
        Err(fault) if fault.kind == FaultKind::NotFound => {
            let detail = format!("The repository {repository:?} has no image {text}.");
            Ok(Seen::Wrong("Image not found", detail))
        }
        other => other.map(|_| Seen::There),
    }
}

/// A repository that is not there may come with the first pull, through a cache.
async fn no_repository(aws: &Aws, account: &str, repository: &str) -> Result<Seen> {
    let call = aws.ecr().describe_pull_through_cache_rules().registry_id(account);
    let rules = call.send().await.or_fault("DescribePullThroughCacheRules");
    let rules = rules.map(|it| it.pull_through_cache_rules.unwrap_or_default()).unwrap_or_default();
    let prefixes = rules.iter().filter_map(|it| it.ecr_repository_prefix());
    let mut own = prefixes.filter(|it| repository.starts_with(&format!("{it}/")));
    Ok(match own.next() {
        Some(prefix) => {
            Seen::Unseen(format!("{repository:?} is pulled through the cache {prefix:?}."))
        }
        None => Seen::Wrong("Image not found", format!("There is no repository {repository:?}.")),
    })
}

async fn secret(aws: &Aws, arn: &str) -> Result<Seen> {
    let call = aws.secretsmanager().describe_secret().secret_id(arn);
    let answer = call.send().await.or_fault("DescribeSecret");
    if is_missing(&answer) {
        return Ok(Seen::Wrong("Secret not found", format!("There is no secret {arn:?}.")));
    }
    let answer = answer?;
    Ok(match (answer.deleted_date(), answer.kms_key_id()) {
        (Some(_), _) => {
            let detail = format!("The secret {arn:?} is deleted, and cannot be read any more.");
            Seen::Wrong("Secret not found", detail)
        }
        (None, Some(key)) => Seen::Encrypted(key.to_owned()),
        (None, None) => Seen::There,
    })
}

/// What a secure parameter says stays encrypted.
async fn parameter(aws: &Aws, name: &str) -> Result<Seen> {
    let call = aws.ssm().get_parameters().names(name).with_decryption(false);
    let answer = call.send().await.or_fault("GetParameters")?;
    Ok(match answer.invalid_parameters().is_empty() {
        true => Seen::There,
        false => Seen::Wrong("Parameter not found", format!("There is no parameter {name:?}.")),
    })
}

async fn log_group(aws: &Aws, name: &str) -> Result<Seen> {
    // Groups come in order of name: the one that is all prefix is the first.
    let call = aws.logs().describe_log_groups().log_group_name_prefix(name);
    let answer = call.send().await.or_fault("DescribeLogGroups")?;
    let there = answer.log_groups().iter().any(|it| it.log_group_name() == Some(name));
    let detail = format!(
        "There is no log group {name:?}, so tasks cannot start. This plan does not make it, and \
         `awslogs-create-group` is not \"true\"."
    );
    Ok(if there { Seen::There } else { Seen::Wrong("Log group not found", detail) })
}

/// Reads task definitions; answers those that are not there.
pub(super) async fn tasks(
    aws: &Aws,
    wanted: &BTreeSet<String>,
    known: &mut Known,
) -> Result<Vec<String>> {
    let ids: Vec<String> = wanted.iter().cloned().collect();
    let found = TaskDefinition::read(aws, &ids).await?;
    for it in &found {
        let containers = containers::parse(&it.attributes.container_definitions.0);
        let mode = it.attributes.network_mode.0.clone();
        let task = Task { network_mode: Some(mode.unwrap_or("bridge".to_owned())), containers };
        known.tasks.insert(it.id.clone(), task);
    }
    Ok(ids.into_iter().filter(|it| !known.tasks.contains_key(it)).collect())
}

/// Reads target groups; answers those that are not there.
pub(super) async fn groups(
    aws: &Aws,
    wanted: &BTreeSet<String>,
    known: &mut Known,
) -> Result<Vec<String>> {
    let asked = wanted.iter().map(|arn| async move {
        let call = aws.elbv2().describe_target_groups().target_group_arns(arn);
        let answer = call.send().await.or_fault("DescribeTargetGroups");
        if is_missing(&answer) {
            return Ok(None);
        }
        Ok(answer?.target_groups.unwrap_or_default().pop())
    });
    let asked: Vec<_> = asked.collect();
    let mut missing = Vec::new();
    for (arn, group) in wanted.iter().zip(try_join_all(asked).await?) {
        let Some(it) = group else {
            missing.push(arn.clone());
            continue;
        };
        let target_type = it.target_type().map(|it| it.as_str().to_owned());
        let vpc = it.vpc_id.map(Vpc::Id);
        known.groups.insert(arn.clone(), Group { target_type, vpc });
    }
    Ok(missing)
}

/// Reads in which VPCs subnets or security groups are; answers those that are not there.
pub(super) async fn vpcs(
    aws: &Aws,
    part: &str,
    wanted: &BTreeSet<String>,
    known: &mut Known,
) -> Result<Vec<String>> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    // A filter finds those that are there; a list of ids fails for one that is not.
    let filter = |name: &str| {
        let values = Some(wanted.iter().cloned().collect());
        aws_sdk_ec2::types::Filter::builder().name(name).set_values(values).build()
    };
    let found: Vec<(Option<String>, Option<String>)> = if part == "subnets" {
        let call = aws.ec2().describe_subnets().filters(filter("subnet-id"));
        let answer = call.send().await.or_fault("DescribeSubnets")?;
        answer.subnets.unwrap_or_default().into_iter().map(|it| (it.subnet_id, it.vpc_id)).collect()
    } else {
        let call = aws.ec2().describe_security_groups().filters(filter("group-id"));
        let answer = call.send().await.or_fault("DescribeSecurityGroups")?;
        let found = answer.security_groups.unwrap_or_default();
        found.into_iter().map(|it| (it.group_id, it.vpc_id)).collect()
    };
    for (id, vpc) in found {
        if let (Some(id), Some(vpc)) = (id, vpc) {
            known.vpcs.insert(id, Vpc::Id(vpc));
        }
    }
    Ok(wanted.iter().filter(|it| !known.vpcs.contains_key(*it)).cloned().collect())
}
