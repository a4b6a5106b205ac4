//! The revisions of a task definition, for those who go back to one or delete old ones.

use std::collections::BTreeSet;

use serde::Serialize;

use super::Operations;
use crate::ecs::revisions::{active, discard, revision, surplus, used};
use crate::fault::OrFault;
use crate::resource::Result;

/// A revision of a task definition that can be started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Revision {
    pub arn: String,
    pub number: u64,
}

/// Revisions that may go, and how many there are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Old {
    /// The oldest first.
    pub revisions: Vec<Revision>,
    pub all: usize,
}

impl Operations {
    /// The active revisions of a family, the oldest first.
    ///
    /// # Errors
    ///
    /// What AWS answers.
    pub async fn revisions(&self, family: &str) -> Result<Vec<Revision>> {
        Ok(in_order(active(&self.aws, family).await?))
    }

    /// The revisions of a family that nobody uses, in any cluster, without the newest `keep` of all and
    /// those `besides`; and, with a moment in seconds since 1970, only those registered before it.
    ///
    /// # Errors
    ///
    /// What AWS answers.
    pub async fn old_revisions(
        &self,
        family: &str,
        keep: usize,
        before: Option<i64>,
        besides: &BTreeSet<String>,
    ) -> Result<Old> {
        let active = active(&self.aws, family).await?;
        let mut used = used(&self.aws, family).await?;
        used.extend(besides.iter().cloned());
        let mut old = Vec::new();
        for arn in surplus(&active, keep, &used) {
            let is_old = match before {
                Some(before) => self.registered(&arn).await? < before,
                None => true,
            };
            old.extend(is_old.then_some(arn));
        }
        Ok(Old { revisions: in_order(old), all: active.len() })
    }

    async fn registered(&self, arn: &str) -> Result<i64> {
        let call = self.aws.ecs().describe_task_definition().task_definition(arn);
        let answer = call.send().await.or_fault("DescribeTaskDefinition")?;
        let at = answer.task_definition.and_then(|it| it.registered_at);
        // One of which that is not known is not taken for old.
        Ok(at.map_or(i64::MAX, |it| it.secs()))
    }

    /// Deletes a revision: it becomes inactive, and goes away when its last task is gone.
    ///
    /// # Errors
    ///
    /// What AWS answers.
    pub async fn delete_revision(&self, arn: &str) -> Result<()> {
        discard(&self.aws, arn).await
    }
}

fn in_order(arns: Vec<String>) -> Vec<Revision> {
    let mut found: Vec<Revision> =
        arns.into_iter().map(|arn| Revision { number: revision(&arn), arn }).collect();
    found.sort_by_key(|it| it.number);
    found
}
