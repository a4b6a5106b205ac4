//! The revisions of a task definition's family: which are there, which are used, which may go.
//!
//! How many stay when one takes the place of another is told by a tag, which travels with the
//! configuration and is as good to every other tool.

mod rules;

use std::collections::BTreeSet;

use aws_sdk_ecs::types as sdk;
use model::Tags;

use crate::aws::Aws;
use crate::fault::OrFault;
use crate::resource::Result;

pub(crate) use rules::{is_denied_look, started};

/// The tag of a task definition that says how many of its family's revisions stay active.
pub(crate) const KEEP: &str = "groundplan:keep-revisions";

/// How many revisions these tags say shall stay. None if they say nothing.
pub(crate) fn keep(tags: &Tags) -> Option<usize> {
    tags.0.get(KEEP).and_then(|it| number(it))
}

/// A number of revisions, as a tag has it.
pub(crate) fn number(text: &str) -> Option<usize> {
    text.parse().ok().filter(|it| *it > 0)
}

/// Which of a family's revisions may go: all but the `keep` newest, and but those that are used.
pub(crate) fn surplus(active: &[String], keep: usize, used: &BTreeSet<String>) -> Vec<String> {
    let mut newest: Vec<&String> = active.iter().collect();
    newest.sort_by_key(|it| std::cmp::Reverse(revision(it)));
    let rest = newest.into_iter().skip(keep);
    rest.filter(|it| !used.contains(*it)).cloned().collect()
}

/// The number at the end of a revision's ARN.
pub(crate) fn revision(arn: &str) -> u64 {
    arn.rsplit(':').next().and_then(|it| it.parse().ok()).unwrap_or_default()
}

/// The family in a revision's ARN.
fn family_of(arn: &str) -> &str {
    let name = arn.rsplit('/').next().unwrap_or(arn);
    name.rsplit_once(':').map_or(name, |it| it.0)
}

/// Removes revisions of a family up to `last`, so that with those after it, or the one that is still
/// to come, no more than `keep` are left, besides those that are used.
pub(crate) async fn prune(aws: &Aws, last: &str, keep: usize) -> Result<()> {
    let active = active(aws, family_of(last)).await?;
    let is_newer = |it: &String| revision(it) > revision(last);
    let (newer, active): (Vec<_>, Vec<_>) = active.into_iter().partition(is_newer);
    let keep = keep.saturating_sub(newer.len().max(1));
    if surplus(&active, keep, &BTreeSet::new()).is_empty() {
        return Ok(());
    }
    let used = match used(aws, family_of(last)).await {
        // Nothing goes that may be in use.
        Err(fault) if is_denied_look(&fault) => return Ok(()),
        used => used?,
    };
    for arn in surplus(&active, keep, &used) {
        discard(aws, &arn).await?;
    }
    Ok(())
}

/// A revision becomes inactive: what uses it goes on, and may come back to it.
pub(crate) async fn deregister(aws: &Aws, arn: &str) -> Result<()> {
    let call = aws.ecs().deregister_task_definition().task_definition(arn);
    match call.send().await.or_fault("DeregisterTaskDefinition") {
        Err(fault) if !super::task_definition::is_inactive(&fault) => Err(fault),
        _ => Ok(()),
    }
}

/// A revision becomes inactive, and then goes away when its last task is gone.
pub(crate) async fn discard(aws: &Aws, arn: &str) -> Result<()> {
    deregister(aws, arn).await?;
    let call = aws.ecs().delete_task_definitions().task_definitions(arn);
    match call.send().await.or_fault("DeleteTaskDefinitions") {
        // Not everyone who may deregister may delete. What is left costs nothing.
        Err(fault) if fault.code == "AccessDeniedException" => Ok(()),
        Err(fault) if !super::task_definition::is_inactive(&fault) => Err(fault),
        _ => Ok(()),
    }
}

/// ARNs of a family's active revisions.
pub(crate) async fn active(aws: &Aws, family: &str) -> Result<Vec<String>> {
    let call = aws.ecs().list_task_definitions().family_prefix(family);
    let mut pages = call.into_paginator().items().send();
    let mut found = Vec::new();
    while let Some(arn) = pages.next().await {
        found.push(arn.or_fault("ListTaskDefinitions")?);
    }
    found.retain(|it| family_of(it) == family);
    Ok(found)
}

/// ARNs of the revisions that a task, a service, a deployment or a rule uses, in any cluster.
pub(crate) async fn used(aws: &Aws, family: &str) -> Result<BTreeSet<String>> {
    let mut used = BTreeSet::new();
    let clusters = clusters(aws).await?;
    for cluster in &clusters {
        used.extend(by_tasks(aws, cluster, family).await?);
        used.extend(by_services(aws, cluster).await?);
    }
    used.extend(started(aws, &clusters).await?);
    Ok(used)
}

/// ARNs of all clusters.
pub(crate) async fn clusters(aws: &Aws) -> Result<Vec<String>> {
    let mut pages = aws.ecs().list_clusters().into_paginator().items().send();
    let mut clusters = Vec::new();
    while let Some(cluster) = pages.next().await {
        clusters.push(cluster.or_fault("ListClusters")?);
    }
    Ok(clusters)
}

async fn by_tasks(aws: &Aws, cluster: &str, family: &str) -> Result<Vec<String>> {
    const AT_ONCE: usize = 100;
    let call = aws.ecs().list_tasks().cluster(cluster).family(family);
    let mut pages = call.into_paginator().items().send();
    let mut tasks = Vec::new();
    while let Some(arn) = pages.next().await {
        tasks.push(arn.or_fault("ListTasks")?);
    }
    let mut used = Vec::new();
    for some in tasks.chunks(AT_ONCE) {
        let call = aws.ecs().describe_tasks().cluster(cluster).set_tasks(Some(some.to_vec()));
        let found = call.send().await.or_fault("DescribeTasks")?.tasks.unwrap_or_default();
        used.extend(found.into_iter().filter_map(|it| it.task_definition_arn));
    }
    Ok(used)
}

async fn by_services(aws: &Aws, cluster: &str) -> Result<Vec<String>> {
    const AT_ONCE: usize = 10;
    let mut pages = aws.ecs().list_services().cluster(cluster).into_paginator().items().send();
    let mut services = Vec::new();
    while let Some(arn) = pages.next().await {
        services.push(arn.or_fault("ListServices")?);
    }
    let mut used = Vec::new();
    for some in services.chunks(AT_ONCE) {
        let call = aws.ecs().describe_services().cluster(cluster);
        let call = call.set_services(Some(some.to_vec()));
        let found = call.send().await.or_fault("DescribeServices")?.services.unwrap_or_default();
        for it in found {
            used.extend(it.task_definition);
            let deployments = it.deployments.into_iter().flatten().filter(|it| !is_over(it));
            used.extend(deployments.filter_map(|it| it.task_definition));
            let sets = it.task_sets.into_iter().flatten();
            used.extend(sets.filter_map(|it| it.task_definition));
        }
    }
    Ok(used)
}

/// Whether a deployment has failed and nothing runs of it any more.
fn is_over(it: &sdk::Deployment) -> bool {
    it.rollout_state() == Some(&sdk::DeploymentRolloutState::Failed)
        && it.status() != Some("PRIMARY")
        && it.running_count() == 0
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, json, json_refusal};

    fn arns(numbers: &[u32]) -> Vec<String> {
        numbers.iter().map(|it| format!("arn:x:task-definition/web:{it}")).collect()
    }

    #[test]
    fn the_newest_stay_and_what_is_used() {
        let gone = |active: &[u32], keep: usize, used: &[u32]| -> Vec<u64> {
            let gone = surplus(&arns(active), keep, &arns(used).into_iter().collect());
            gone.iter().map(|it| revision(it)).collect()
        };
        assert_eq!(gone(&[1, 2, 9, 10, 11], 2, &[]), [9, 2, 1]);
        assert_eq!(gone(&[1, 2, 9, 10, 11], 2, &[2]), [9, 1]);
        // What is used is kept besides the newest, not in their place.
        assert_eq!(gone(&[1, 2, 3], 2, &[3]), [1]);
        assert_eq!(gone(&[1, 2], 5, &[]), [0; 0]);
        assert_eq!(gone(&[1, 2], 0, &[1]), [2]);
    }

    #[test]
    fn a_tag_says_how_many() {
        let tags = |it: &str| [(KEEP, it)].into_iter().collect::<Tags>();
        assert_eq!(keep(&tags("5")), Some(5));
        assert_eq!(keep(&tags("0")), None);
        assert_eq!(keep(&Tags::default()), None);
    }

    fn list(numbers: &[u32]) -> crate::testing::Answer {
        json(&serde_json::json!({"taskDefinitionArns": arns(numbers)}).to_string())
    }

    #[tokio::test]
    async fn nothing_is_looked_up_while_there_is_nothing_to_remove() {
        // With the one that is to come there are three.
        let aws = Script::new([list(&[1, 2])]);
        prune(&aws, "arn:x:task-definition/web:2", 3).await.unwrap();
        assert_eq!(aws.asked(), 1);
    }

    #[tokio::test]
    async fn a_revision_that_something_runs_is_not_removed() {
        let services = r#"{"services": [{"taskDefinition": "arn:x:task-definition/web:2",
            "deployments": [{"taskDefinition": "arn:x:task-definition/web:5"}],
            "taskSets": [{"taskDefinition": "arn:x:task-definition/other:1"}]}]}"#;
        let target = r#"{"Targets": [{"Id": "1", "Arn": "main",
            "EcsParameters": {"TaskDefinitionArn": "arn:x:task-definition/web:1"}}]}"#;
        let aws = Script::new([
            list(&[1, 2, 3, 4, 5]),
            json(r#"{"clusterArns": ["main"]}"#),
            json(r#"{"taskArns": ["t"]}"#),
            json(r#"{"tasks": [{"taskDefinitionArn": "arn:x:task-definition/web:3"}]}"#),
            json(r#"{"serviceArns": ["s"]}"#),
            json(services),
            json(r#"{"EventBuses": [{"Name": "default"}]}"#),
            json(r#"{"RuleNames": ["nightly"]}"#),
            json(target),
            json("{}"),
            json("{}"),
        ]);
        prune(&aws, "arn:x:task-definition/web:5", 2).await.unwrap();
        // Of 4, 3, 2 and 1 three are used, and the newest two are 5 and the one that is to come.
        aws.sent(expect![[r#"
            ListTaskDefinitions
                familyPrefix="web"
            ListClusters
            ListTasks
                cluster="main"
                family="web"
            DescribeTasks
                cluster="main"
                tasks=["t"]
            ListServices
                cluster="main"
            DescribeServices
                cluster="main"
                services=["s"]
            ListEventBuses
            ListRuleNamesByTarget
                EventBusName="default"
                TargetArn="main"
            ListTargetsByRule
                EventBusName="default"
                Rule="nightly"
            DeregisterTaskDefinition
                taskDefinition="arn:x:task-definition/web:4"
            DeleteTaskDefinitions
                taskDefinitions=["arn:x:task-definition/web:4"]
        "#]]);
    }

    #[tokio::test]
    async fn nothing_is_removed_while_it_is_not_known_what_rules_start() {
        let aws = Script::new([
            list(&[1, 2]),
            json(r#"{"clusterArns": ["main"]}"#),
            json("{}"),
            json("{}"),
            json_refusal("AccessDeniedException", "not you"),
        ]);
        prune(&aws, "arn:x:task-definition/web:2", 1).await.unwrap();
        assert_eq!(aws.asked(), 5);
    }

    #[tokio::test]
    async fn a_deployment_that_has_failed_uses_nothing() {
        let services = r#"{"services": [{"taskDefinition": "arn:x:task-definition/web:1", "deployments": [
            {"status": "ACTIVE", "rolloutState": "FAILED", "runningCount": 0,
             "taskDefinition": "arn:x:task-definition/web:2"},
            {"status": "ACTIVE", "rolloutState": "FAILED", "runningCount": 1,
             "taskDefinition": "arn:x:task-definition/web:3"}]}]}"#;
        let aws = Script::new([
            json(r#"{"clusterArns": ["main"]}"#),
            json("{}"),
            json(r#"{"serviceArns": ["s"]}"#),
            json(services),
            json(r#"{"EventBuses": []}"#),
        ]);
        let used = used(&aws, "web").await.unwrap();
        assert_eq!(used, arns(&[1, 3]).into_iter().collect());
    }
}
