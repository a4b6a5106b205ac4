//! Log groups that were written to after their group, or whatever they were for, was deleted: whoever
//! writes to a group that is not there makes it again.

use std::collections::BTreeSet;

use aws_sdk_cloudwatchlogs::types as sdk;
use model::{Ours, Stray, Whose};

use super::{LOG_GROUP, gone};
use crate::aws::Aws;
use crate::fault::OrFault;
use crate::resource::{Result, each};

/// Nobody has told these groups for how long to keep what, and nobody has tagged them: they are what a
/// writer makes on its own.
pub(super) async fn left(aws: &Aws, ours: &[Ours]) -> Result<Vec<Stray>> {
    let groups = gone(ours, LOG_GROUP, "name");
    let clusters = still_gone(aws, gone(ours, "aws_ecs_cluster", "name")).await?;
    let insights: Vec<String> = clusters.iter().map(|it| insights_of(it)).collect();
    let kept: BTreeSet<&str> = ours
        .iter()
        .filter(|it| it.ty == LOG_GROUP && !groups.contains(name(it)))
        .map(name)
        .collect();
    let names: BTreeSet<&str> =
        groups.iter().copied().chain(insights.iter().map(String::as_str)).collect();
    let names: Vec<String> =
        names.into_iter().filter(|it| !kept.contains(it)).map(str::to_owned).collect();
    let found = each(&names, |name| untagged(aws, name)).await?;
    let stray = |it: sdk::LogGroup| {
        let id = it.log_group_name()?.to_owned();
        let cluster = clusters.iter().find(|it| insights_of(it) == id);
        let why = match (cluster, it.retention_in_days()) {
            // Container Insights says for how long it keeps what.
            (Some(it), _) => format!("Container Insights wrote of the cluster {it}, which is gone"),
            (None, None) => "it was written to after it was deleted".to_owned(),
            (None, Some(_)) => return None,
        };
        Some(Stray { whose: Whose::Ours, kind: LOG_GROUP.to_owned(), id, why })
    };
    Ok(found.into_iter().filter_map(stray).collect())
}

fn name(it: &Ours) -> &str {
    super::text(it, "name").unwrap_or_default()
}

fn insights_of(cluster: &str) -> String {
    format!("/aws/ecs/containerinsights/{cluster}/performance")
}

/// Those of the clusters that nobody has made again.
async fn still_gone<'a>(aws: &Aws, names: BTreeSet<&'a str>) -> Result<Vec<&'a str>> {
    const AT_ONCE: usize = 100;
    let names: Vec<&str> = names.into_iter().collect();
    let mut left = Vec::new();
    for names in names.chunks(AT_ONCE) {
        let ids = names.iter().map(|it| (*it).to_owned()).collect();
        let call = aws.ecs().describe_clusters().set_clusters(Some(ids));
        let answer = call.send().await.or_fault("DescribeClusters")?;
        let there = answer.clusters().iter().filter(|it| it.status() != Some("INACTIVE"));
        let there: BTreeSet<&str> = there.filter_map(|it| it.cluster_name()).collect();
        left.extend(names.iter().filter(|it| !there.contains(*it)));
    }
    Ok(left)
}

async fn untagged(aws: &Aws, name: &str) -> Result<Option<sdk::LogGroup>> {
    // Groups come in order of name: the one that is all prefix is the first.
    let call = aws.logs().describe_log_groups().log_group_name_prefix(name);
    let answer = call.send().await.or_fault("DescribeLogGroups")?;
    let groups = answer.log_groups.unwrap_or_default();
    let Some(it) = groups.into_iter().find(|it| it.log_group_name() == Some(name)) else {
        return Ok(None);
    };
    let arn = it.arn().unwrap_or_default().trim_end_matches(":*");
    let call = aws.logs().list_tags_for_resource().resource_arn(arn);
    let tags = call.send().await.or_fault("ListTagsForResource")?.tags.unwrap_or_default();
    Ok(tags.is_empty().then_some(it))
}
