//! The revisions of a task definition: which there are, which are used, and which may go.

use std::collections::BTreeSet;

use aws_sdk_ecs::types as sdk;
use serde::Serialize;

use super::{Operations, is_missing};
use crate::fault::OrFault;
use crate::resource::Result;

/// A revision of a task definition that can be started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Revision {
    pub arn: String,
    pub number: u64,
    /// In seconds since 1970; zero if it is not known.
    pub registered: i64,
}

impl Operations {
    /// The active revisions of a family, the oldest first. When they were registered is asked for each
    /// of them, and only if it `matters`.
    ///
    /// # Errors
    ///
    /// What AWS answers.
    pub async fn revisions(&self, family: &str, age_matters: bool) -> Result<Vec<Revision>> {
        let call = self.aws.ecs().list_task_definitions().family_prefix(family);
        let call = call.status(sdk::TaskDefinitionStatus::Active);
        let pages = call.into_paginator().items().send();
        let all = pages.collect::<std::result::Result<Vec<_>, _>>().await;
        let mut found = Vec::new();
        for arn in all.or_fault("ListTaskDefinitions")? {
            let Some((own, number)) = super::last(&arn).split_once(':') else { continue };
            let Some(number) = number.parse().ok().filter(|_| own == family) else { continue };
            let registered = if age_matters { self.registered(&arn).await? } else { 0 };
            found.push(Revision { arn, number, registered });
        }
        found.sort_by_key(|it| it.number);
        Ok(found)
    }

    async fn registered(&self, arn: &str) -> Result<i64> {
        let call = self.aws.ecs().describe_task_definition().task_definition(arn);
        let answer = call.send().await.or_fault("DescribeTaskDefinition")?;
        let at = answer.task_definition.and_then(|it| it.registered_at);
        Ok(at.map_or(0, |it| it.secs()))
    }

    /// The revisions of a family that services or tasks use, in any cluster of the region.
    ///
    /// # Errors
    ///
    /// What AWS answers.
    pub async fn used(&self, family: &str) -> Result<BTreeSet<String>> {
        let pages = self.aws.ecs().list_clusters().into_paginator().items().send();
        let clusters = pages.collect::<std::result::Result<Vec<_>, _>>().await;
        let mut used = BTreeSet::new();
        for cluster in clusters.or_fault("ListClusters")? {
            used.extend(self.used_by_services(&cluster).await?);
            used.extend(self.used_by_tasks(&cluster, family).await?);
        }
        Ok(used)
    }

    async fn used_by_services(&self, cluster: &str) -> Result<Vec<String>> {
        const BATCH: usize = 10;
        let pages = self.aws.ecs().list_services().cluster(cluster).into_paginator().items().send();
        let arns = pages.collect::<std::result::Result<Vec<_>, _>>().await;
        let mut used = Vec::new();
        for batch in arns.or_fault("ListServices")?.chunks(BATCH) {
            let call = self.aws.ecs().describe_services().cluster(cluster);
            let call = call.set_services(Some(batch.to_vec()));
            let answer = call.send().await.or_fault("DescribeServices")?;
            for it in answer.services() {
                let deployments = it.deployments().iter().filter_map(|it| it.task_definition());
                let sets = it.task_sets().iter().filter_map(|it| it.task_definition());
                let all = it.task_definition().into_iter().chain(deployments).chain(sets);
                used.extend(all.map(str::to_owned));
            }
        }
        Ok(used)
    }

    async fn used_by_tasks(&self, cluster: &str, family: &str) -> Result<Vec<String>> {
        const BATCH: usize = 100;
        let call = self.aws.ecs().list_tasks().cluster(cluster).family(family);
        let pages = call.into_paginator().items().send();
        let arns = pages.collect::<std::result::Result<Vec<_>, _>>().await;
        let mut used = Vec::new();
        for batch in arns.or_fault("ListTasks")?.chunks(BATCH) {
            let call = self.aws.ecs().describe_tasks().cluster(cluster);
            let call = call.set_tasks(Some(batch.to_vec()));
            let answer = call.send().await.or_fault("DescribeTasks")?;
            used.extend(answer.tasks().iter().filter_map(|it| it.task_definition_arn.clone()));
        }
        Ok(used)
    }

    /// Deletes a revision: it becomes inactive, and goes away when its last task is gone.
    ///
    /// # Errors
    ///
    /// What AWS answers.
    pub async fn delete_revision(&self, arn: &str) -> Result<()> {
        let call = self.aws.ecs().deregister_task_definition().task_definition(arn);
        call.send().await.or_fault("DeregisterTaskDefinition")?;
        let call = self.aws.ecs().delete_task_definitions().task_definitions(arn);
        match call.send().await.or_fault("DeleteTaskDefinitions") {
            // Not everyone who may deregister may delete. What is left costs nothing.
            Err(fault) if fault.code == "AccessDeniedException" || is_missing(&fault) => Ok(()),
            result => result.map(|_| ()),
        }
    }
}

/// Which revisions may go: those that nobody uses, but for the newest `keep` of all, and only those
/// that were registered before a moment, if one is given.
pub fn prunable<'a>(
    all: &'a [Revision],
    used: &BTreeSet<String>,
    keep: usize,
    before: Option<i64>,
) -> Vec<&'a Revision> {
    let mut newest_first: Vec<&Revision> = all.iter().collect();
    newest_first.sort_by_key(|it| std::cmp::Reverse(it.number));
    let old = newest_first.into_iter().skip(keep);
    let is_old = |it: &&Revision| before.is_none_or(|before| it.registered < before);
    let mut found: Vec<_> = old.filter(|it| !used.contains(&it.arn)).filter(is_old).collect();
    found.reverse();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pruned(used: &[u64], keep: usize, before: Option<i64>) -> Vec<u64> {
        let all: Vec<Revision> = (1..=6)
            .map(|number| Revision { arn: format!("web:{number}"), number, registered: i64::try_from(number).unwrap() })
            .collect();
        let used = used.iter().map(|it| format!("web:{it}")).collect();
        prunable(&all, &used, keep, before).into_iter().map(|it| it.number).collect()
    }

    #[test]
    fn the_oldest_go_unless_somebody_uses_them() {
        assert_eq!(pruned(&[6], 3, None), [1, 2, 3]);
        assert_eq!(pruned(&[6, 2], 3, None), [1, 3]);
        assert_eq!(pruned(&[2], 0, None), [1, 3, 4, 5, 6]);
        assert_eq!(pruned(&[], 6, None), [0; 0]);
        assert_eq!(pruned(&[], 2, Some(3)), [1, 2]);
        assert_eq!(pruned(&[], 5, Some(9)), [1]);
    }
}
