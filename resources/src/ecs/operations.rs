//! What people ask of running services: how they stand, what they log, which revisions there are. For
//! the commands; nothing here goes through a plan, so nothing here changes what a plan manages.

mod logs;
mod revisions;

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_sdk_ecs::types as sdk;
use aws_sdk_elasticloadbalancingv2::types::TargetHealthStateEnum;
use futures::future::try_join_all;
use model::Provider;
use serde::Serialize;

use crate::aws::Aws;
use crate::ecs::containers;
use crate::ecs::task_definition::TaskDefinition;
use crate::fault::OrFault;
use crate::registry::AwsProvider;
use crate::resource::Result;

pub use logs::{LogLine, LogPage, LogSource};
pub use revisions::{Old, Revision};

/// What can be asked of the services in one account and region.
pub struct Operations {
    aws: Arc<Aws>,
}

/// A service as it stands.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Service {
    pub arn: String,
    pub name: String,
    pub cluster: String,
    pub status: String,
    pub desired: i32,
    pub running: i32,
    pub pending: i32,
    /// `family:revision`.
    pub task_definition: String,
    /// The newest first.
    pub deployments: Vec<Deployment>,
    /// What it said of itself, the newest first.
    pub events: Vec<Event>,
    pub target_groups: Vec<Health>,
}

/// A deployment of a service.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Deployment {
    pub id: String,
    /// `PRIMARY`, `ACTIVE` or `INACTIVE`.
    pub status: String,
    /// `IN_PROGRESS`, `COMPLETED` or `FAILED`.
    pub rollout: String,
    pub task_definition: String,
    pub desired: i32,
    pub running: i32,
    pub failed: i32,
}

/// What a service said of itself.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Event {
    /// In seconds since 1970.
    pub at: i64,
    pub message: String,
}

/// A task of a service.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Task {
    pub id: String,
    pub status: String,
    /// `HEALTHY`, `UNHEALTHY` or `UNKNOWN`.
    pub health: String,
    pub task_definition: String,
    pub zone: String,
    /// Why it stopped, if it has.
    pub stopped: Option<String>,
}

/// How the targets of a target group are.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Health {
    pub target_group: String,
    pub healthy: usize,
    /// Those whose health is not looked at, since no listener sends requests to the group.
    pub unused: usize,
    pub targets: usize,
}

impl Operations {
    /// What can be asked through a provider. None if it is not one of AWS.
    pub fn of(provider: &dyn Provider) -> Option<Operations> {
        let own = provider.as_any()?.downcast_ref::<AwsProvider>()?;
        Some(Operations { aws: own.aws.clone() })
    }

    /// Services by their ARNs, in that order. Those that are not there are left out.
    ///
    /// # Errors
    ///
    /// What AWS answers.
    pub async fn services(&self, arns: &[String]) -> Result<Vec<Service>> {
        const BATCH: usize = 10;
        let mut by_cluster: BTreeMap<&str, Vec<&String>> = BTreeMap::new();
        for it in arns {
            by_cluster.entry(cluster_of(it)).or_default().push(it);
        }
        let mut found = BTreeMap::new();
        for (cluster, arns) in by_cluster {
            for batch in arns.chunks(BATCH) {
                let call = self.aws.ecs().describe_services().cluster(cluster);
                let arns = Some(batch.iter().map(|it| (*it).clone()).collect());
                let answer = call.set_services(arns).send().await.or_fault("DescribeServices")?;
                for it in answer.services() {
                    found.insert(text(it.service_arn()), self.service(it).await?);
                }
            }
        }
        Ok(arns.iter().filter_map(|it| found.remove(it)).collect())
    }

    async fn service(&self, it: &sdk::Service) -> Result<Service> {
        let groups = it.load_balancers().iter().filter_map(|it| it.target_group_arn());
        let health: Vec<_> = groups.map(|it| self.health(it)).collect();
        let event = |it: &sdk::ServiceEvent| Event {
            at: it.created_at().map_or(0, |it| it.secs()),
            message: text(it.message()),
        };
        Ok(Service {
            arn: text(it.service_arn()),
            name: text(it.service_name()),
            cluster: last(&text(it.cluster_arn())).to_owned(),
            status: text(it.status()),
            desired: it.desired_count(),
            running: it.running_count(),
            pending: it.pending_count(),
            task_definition: last(&text(it.task_definition())).to_owned(),
            deployments: it.deployments().iter().map(deployment).collect(),
            events: it.events().iter().map(event).collect(),
            target_groups: try_join_all(health).await?,
        })
    }

    /// How the targets of a target group are.
    ///
    /// # Errors
    ///
    /// What AWS answers.
    pub async fn health(&self, target_group: &str) -> Result<Health> {
        let call = self.aws.elbv2().describe_target_health().target_group_arn(target_group);
        let answer = call.send().await.or_fault("DescribeTargetHealth")?;
        let targets = answer.target_health_descriptions();
        let states = targets.iter().filter_map(|it| it.target_health()?.state());
        let count = |state| states.clone().filter(|it| **it == state).count();
        let healthy = count(TargetHealthStateEnum::Healthy);
        let unused = count(TargetHealthStateEnum::Unused);
        let target_group = target_group.to_owned();
        Ok(Health { target_group, healthy, unused, targets: targets.len() })
    }

    /// The tasks of a service: those that run, and those that have stopped a moment ago.
    ///
    /// # Errors
    ///
    /// What AWS answers.
    pub async fn tasks(&self, service: &str) -> Result<Vec<Task>> {
        const BATCH: usize = 100;
        let (cluster, name) = (cluster_of(service), last(service));
        let mut arns = Vec::new();
        for status in [sdk::DesiredStatus::Running, sdk::DesiredStatus::Stopped] {
            let call = self.aws.ecs().list_tasks().cluster(cluster).service_name(name);
            let pages = call.desired_status(status).into_paginator().items().send();
            let all = pages.collect::<std::result::Result<Vec<_>, _>>().await;
            arns.extend(all.or_fault("ListTasks")?);
        }
        let mut tasks = Vec::new();
        for batch in arns.chunks(BATCH) {
            let call = self.aws.ecs().describe_tasks().cluster(cluster);
            let call = call.set_tasks(Some(batch.to_vec()));
            let answer = call.send().await.or_fault("DescribeTasks")?;
            tasks.extend(answer.tasks().iter().map(task));
        }
        Ok(tasks)
    }

    /// The containers of a task definition and their images.
    ///
    /// # Errors
    ///
    /// What AWS answers.
    pub async fn images(&self, task_definition: &str) -> Result<BTreeMap<String, String>> {
        let found = TaskDefinition::revision(&self.aws, task_definition).await?;
        let text = found.map(|it| it.container_definitions.0).unwrap_or_default();
        let containers = containers::parse(&text).unwrap_or_default();
        Ok(containers.into_iter().filter_map(|it| Some((it.name?, it.image?))).collect())
    }

    /// Between which counts the tasks of a service are scaled, if they are.
    ///
    /// # Errors
    ///
    /// What AWS answers.
    pub async fn range(&self, service: &str) -> Result<Option<(i32, i32)>> {
        let (cluster, name) = (cluster_of(service), last(service));
        crate::appautoscaling::target::range(&self.aws, &format!("service/{cluster}/{name}")).await
    }
}

fn deployment(it: &sdk::Deployment) -> Deployment {
    Deployment {
        id: text(it.id()),
        status: text(it.status()),
        rollout: it.rollout_state().map(|it| it.as_str().to_owned()).unwrap_or_default(),
        task_definition: last(&text(it.task_definition())).to_owned(),
        desired: it.desired_count(),
        running: it.running_count(),
        failed: it.failed_tasks(),
    }
}

fn task(it: &sdk::Task) -> Task {
    Task {
        id: last(&text(it.task_arn())).to_owned(),
        status: text(it.last_status()),
        health: it.health_status().map_or("UNKNOWN", |it| it.as_str()).to_owned(),
        task_definition: last(&text(it.task_definition_arn())).to_owned(),
        zone: text(it.availability_zone()),
        stopped: it.stopped_reason().map(str::to_owned),
    }
}

fn text(it: Option<&str>) -> String {
    it.unwrap_or_default().to_owned()
}

/// The name at the end of an ARN.
fn last(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

/// The cluster of a service, from its ARN.
fn cluster_of(arn: &str) -> &str {
    match arn.split('/').collect::<Vec<_>>()[..] {
        [_, cluster, _] => cluster,
        _ => "default",
    }
}
