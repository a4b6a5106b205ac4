//! `aws_ecs_service`: keeps a number of tasks running, and rolls out new revisions of them.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ecs::types as sdk;
use model::{
    Attributes, Auto, Fault, FaultKind, Finding, Kept, Live, Map, One, Op, Out, Phase, Planned,
    Standing, Tags, Timeouts, Unread, Value,
};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::ecs::{deployment, kept, retag, tags_from_sdk, tags_to_sdk, verify};
use crate::fault::{OrFault, must};
use crate::mirror::{FromSdk, ToSdk};
use crate::naming::{known, uuid_of};
use crate::resource::{Resource, Result, changed};

mod blocks;
mod connect;
mod names;

pub(crate) use blocks::CapacityProvider;
use blocks::{
    Alarms, CircuitBreaker, Constraint, Controller, Lattice, LoadBalancer, Network, Registry,
    Strategy, Volume,
};
use connect::ServiceConnect;
use names::NameOrArn;
pub(crate) use names::Revision;

/// Keeps a number of tasks running, and rolls out new revisions of them.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_ecs_service", version = 1, timeouts = [create, delete, update])]
pub(crate) struct Service {
    /// Its name, unique in the cluster.
    #[attr(replace)]
    name: String,
    /// Whether tasks are moved to spread them over zones: `ENABLED` or `DISABLED`.
    #[attr(default = "DISABLED")]
    availability_zone_rebalancing: String,
    /// The cluster, by name or ARN.
    #[attr(replace)]
    cluster: Auto<NameOrArn>,
    /// The most tasks during a deployment, as a percentage of `desired_count`.
    #[attr(default = 200)]
    deployment_maximum_percent: i32,
    /// The least healthy tasks during a deployment, as a percentage of `desired_count`.
    #[attr(default = 100)]
    deployment_minimum_healthy_percent: i32,
    /// How many tasks shall run.
    #[attr(default = 0)]
    desired_count: i32,
    /// Whether ECS tags the tasks with the names of cluster and service.
    #[attr(default = false)]
    enable_ecs_managed_tags: bool,
    /// Whether commands may be run in its containers.
    #[attr(default = false)]
    enable_execute_command: bool,
    /// Whether it is deleted even if it has not been scaled down to zero.
    #[attr(default = false)]
    force_delete: Unread<bool>,
    /// Whether any change, one of `triggers` too, starts a new deployment.
    #[attr(default = false)]
    force_new_deployment: Unread<bool>,
    /// For how many seconds failing health checks of a new task are ignored.
    #[attr(default = 0)]
    health_check_grace_period_seconds: i32,
    /// The role that a classic load balancer is called with.
    #[attr(replace)]
    iam_role: Auto<NameOrArn>,
    /// `EC2`, `FARGATE` or `EXTERNAL`.
    #[attr(replace)]
    launch_type: Auto<String>,
    /// The version of Fargate.
    platform_version: Auto<String>,
    /// Whose tags tasks get: `SERVICE`, `TASK_DEFINITION` or `NONE`.
    #[attr(default = "NONE")]
    propagate_tags: String,
    /// `REPLICA` or `DAEMON`.
    #[attr(replace, default = "REPLICA")]
    scheduling_strategy: String,
    /// The task definition, as `family:revision` or ARN.
    task_definition: Option<Revision>,
    /// Anything whose change starts a new deployment, if `force_new_deployment` is on.
    triggers: Unread<BTreeMap<String, String>>,
    /// Whether to wait until the deployment is done.
    #[attr(default = false)]
    wait_for_steady_state: Unread<bool>,
    /// Its ARN.
    id: Out<String>,
    /// Tags of its own; those of the provider's `default_tags` come on top.
    tags: Tags,
    /// Alarms that make a deployment fail.
    alarms: One<Alarms>,
    /// Which capacity providers tasks are spread over.
    capacity_provider_strategy: Auto<BTreeSet<CapacityProvider>>,
    /// What happens when new tasks do not start.
    deployment_circuit_breaker: Auto<One<CircuitBreaker>>,
    /// Who rolls out.
    #[attr(replace)]
    deployment_controller: Auto<One<Controller>>,
    /// Load balancers that send it requests.
    load_balancer: BTreeSet<LoadBalancer>,
    /// The network of its tasks, with the network mode `awsvpc`.
    network_configuration: One<Network>,
    /// How tasks are placed on instances.
    #[attr(max = 5)]
    ordered_placement_strategy: Vec<Strategy>,
    /// On which instances tasks may be placed.
    #[attr(max = 10)]
    placement_constraints: BTreeSet<Constraint>,
    /// How it finds other services, and how they find it.
    service_connect_configuration: Unread<One<ServiceConnect>>,
    /// The Cloud Map service that its tasks are registered in.
    service_registries: One<Registry>,
    /// The volume that each task gets.
    volume_configuration: Unread<One<Volume>>,
    /// VPC Lattice target groups that its tasks are registered in.
    vpc_lattice_configurations: Unread<BTreeSet<Lattice>>,
}

impl Resource for Service {
    const BATCH: usize = 10;
    const TIMEOUTS: Timeouts = Timeouts::minutes(20, 20, 20);

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        let mut found = Vec::new();
        let clusters: BTreeSet<&str> = ids.iter().map(|it| cluster_of(it)).collect();
        for cluster in clusters {
            let own = ids.iter().filter(|it| cluster_of(it) == cluster).cloned().collect();
            for it in describe(aws, cluster, own).await? {
                aws.note_ailing(it.service_arn().unwrap_or_default(), deployment::ails(&it));
                let phase = deployment::phase(aws, &it).await?;
                found.push(live(&it, phase));
            }
        }
        Ok(found)
    }

    async fn create(aws: &Aws, want: &Self, token: &str) -> Result<String> {
        let call = aws.ecs().create_service().service_name(&want.name);
        let daemon = want.scheduling_strategy == "DAEMON";
        let grace = want.health_check_grace_period_seconds;
        let call = call
            .client_token(uuid_of(token))
            .set_cluster(want.cluster.to_sdk())
            .set_task_definition(want.task_definition.to_sdk())
            .set_desired_count((!daemon).then_some(want.desired_count))
            .set_launch_type(want.launch_type.to_sdk())
            .set_platform_version(want.platform_version.to_sdk())
            .set_role(want.iam_role.to_sdk())
            .set_scheduling_strategy(want.scheduling_strategy.to_sdk())
            .set_availability_zone_rebalancing(want.availability_zone_rebalancing.to_sdk())
            .set_health_check_grace_period_seconds((grace > 0).then_some(grace))
            .enable_ecs_managed_tags(want.enable_ecs_managed_tags)
            .enable_execute_command(want.enable_execute_command);
        let call = call
            .set_propagate_tags(propagation(&want.propagate_tags))
            .set_deployment_configuration(Some(deployment_configuration(want, false)))
            .set_deployment_controller(want.deployment_controller.to_sdk())
            .set_capacity_provider_strategy(some(want.capacity_provider_strategy.to_sdk()))
            .set_load_balancers(some(want.load_balancer.to_sdk()))
            .set_network_configuration(want.network_configuration.to_sdk())
            .set_placement_constraints(some(want.placement_constraints.to_sdk()))
            .set_placement_strategy(some(want.ordered_placement_strategy.to_sdk()))
            .set_service_connect_configuration(want.service_connect_configuration.to_sdk())
            .set_service_registries(want.service_registries.0.to_sdk().map(|it| vec![it]))
            .set_volume_configurations(volumes(want))
            .set_vpc_lattice_configurations(some(want.vpc_lattice_configurations.to_sdk()))
            .set_tags((!want.tags.0.is_empty()).then(|| tags_to_sdk(&want.tags)));
        let answer = call.send().await.or_fault("CreateService")?;
        let it = must(answer.service, "CreateService")?;
        watch(aws, want, &it);
        must(it.service_arn, "CreateService")
    }

    async fn update(aws: &Aws, id: &str, have: &Self, want: &Self) -> Result<()> {
        let (have_tags, want_tags) = (&have.tags, &want.tags);
        // What only says how things are done is no reason to call.
        let quiet = |it: &Service| Service {
            tags: Tags::default(),
            force_delete: Unread(None),
            wait_for_steady_state: Unread(None),
            ..it.clone()
        };
        if quiet(have) != quiet(want) {
            change(aws, id, have, want).await?;
        }
        retag(aws, id, have_tags, want_tags).await
    }

    /// Its tasks stop first; until they have, it is draining.
    async fn delete(aws: &Aws, id: &str, have: &Self) -> Result<()> {
        aws.unwatch(id);
        let cluster = cluster_of(id);
        let external =
            matches!(&have.deployment_controller.0, Some(One(Some(it))) if it.is_external());
        if have.scheduling_strategy != "DAEMON" && !external {
            let call = aws.ecs().update_service().cluster(cluster).service(id).desired_count(0);
            match call.send().await.or_fault("UpdateService") {
                Err(fault) if fault.code == "ServiceNotActiveException" => (),
                result => _ = result?,
            }
        }
        let call = aws.ecs().delete_service().cluster(cluster).service(id).force(true);
        match call.send().await.or_fault("DeleteService") {
            Err(fault) if fault.code == "ServiceNotActiveException" => Ok(()),
            result => result.map(|_| ()),
        }
    }

    fn claim(planned: &Map) -> Option<String> {
        let cluster = planned.get("cluster")?;
        let cluster = cluster.as_str().or(cluster.is_null().then_some("default"))?;
        let cluster = cluster.rsplit('/').next().unwrap_or_default();
        Some(format!("{cluster}/{}", known(planned, "name")?))
    }

    /// Names are unique in a cluster.
    async fn find(aws: &Aws, want: &Self, _token: &str) -> Result<Option<String>> {
        let cluster = want.cluster.0.as_ref().map_or("default", |it| it.0.as_str());
        let found = describe(aws, cluster, vec![want.name.clone()]).await?;
        let active = found.into_iter().find(|it| it.status() == Some("ACTIVE"));
        let same = |it: &sdk::Service| tags_from_sdk(it.tags()) == want.tags;
        Ok(active.filter(same).and_then(|it| it.service_arn))
    }

    async fn import(aws: &Aws, text: &str) -> Result<String> {
        match text.starts_with("arn:") {
            true => Ok(text.to_owned()),
            false => aws.arn("ecs", &format!("service/{text}")).await,
        }
    }

    fn adjust(_aws: &Aws, prior: Option<&Map>, planned: &mut Map) {
        if planned.get("scheduling_strategy").and_then(Value::as_str) != Some("DAEMON") {
            return;
        }
        // A task on each instance: counts are not the user's, and defaults are others.
        planned.insert("desired_count".into(), Value::from(0));
        let defaults = [
            ("deployment_maximum_percent", 200, 100),
            ("deployment_minimum_healthy_percent", 100, 0),
        ];
        for (name, usual, daemon) in defaults {
            if planned.get(name) == Some(&Value::from(usual)) {
                let before = prior.and_then(|it| it.get(name)).cloned();
                planned.insert(name.into(), before.unwrap_or_else(|| Value::from(daemon)));
            }
        }
    }

    async fn keep(aws: &Aws, it: &Standing<'_>) -> Result<Vec<Kept>> {
        kept::of_service(aws, it).await
    }

    async fn trouble(aws: &Aws, own: &[Planned<'_>]) -> Result<Vec<Finding>> {
        deployment::ailing(aws, own).await
    }

    async fn verify(aws: &Aws, own: &[Planned<'_>], all: &[Planned<'_>]) -> Result<Vec<Finding>> {
        verify::services(aws, own, all).await
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        let says = |it: &str| fault.message.contains(it);
        match op {
            // The listener, or the role, was made a moment ago.
            Op::Create | Op::Update
                if says("does not have an associated load balancer")
                    || says("assume the service linked role")
                    || says("Please verify that the ECS service role being passed") =>
            {
                Some(FaultKind::NotYet)
            }
            // A service of the same name is on its way out.
            Op::Create if says("still Draining") => Some(FaultKind::Busy),
            Op::Delete if says("deployments are active") || says("scaled above 0") => {
                Some(FaultKind::Busy)
            }
            _ => None,
        }
    }
}

pub(super) async fn describe(
    aws: &Aws,
    cluster: &str,
    services: Vec<String>,
) -> Result<Vec<sdk::Service>> {
    let call = aws.ecs().describe_services().cluster(cluster).set_services(Some(services));
    let call = call.include(sdk::ServiceField::Tags);
    match call.send().await.or_fault("DescribeServices") {
        Err(fault) if fault.code == "ClusterNotFoundException" => Ok(Vec::new()),
        answer => {
            // A deleted service stays describable for a while, as INACTIVE.
            let services = answer?.services.unwrap_or_default();
            Ok(services.into_iter().filter(|it| it.status() != Some("INACTIVE")).collect())
        }
    }
}

/// Sends what has changed.
async fn change(aws: &Aws, id: &str, have: &Service, want: &Service) -> Result<()> {
    let moved = have.capacity_provider_strategy != want.capacity_provider_strategy;
    let forced = want.force_new_deployment.0 == Some(true);
    let mut call = aws.ecs().update_service().cluster(cluster_of(id)).service(id);
    call = call.set_force_new_deployment((forced || moved).then_some(true));
    macro_rules! send {
        ($($field:ident => $set:ident($value:expr)),+ $(,)?) => {
            $(if have.$field != want.$field { call = call.$set($value); })+
        };
    }
    let connect = || {
        let none = || Some(sdk::ServiceConnectConfiguration::builder().enabled(false).build());
        want.service_connect_configuration.to_sdk().or_else(none)
    };
    send!(
        task_definition => set_task_definition(want.task_definition.to_sdk()),
        desired_count => set_desired_count(Some(want.desired_count)),
        platform_version => set_platform_version(want.platform_version.to_sdk()),
        availability_zone_rebalancing =>
            set_availability_zone_rebalancing(want.availability_zone_rebalancing.to_sdk()),
        health_check_grace_period_seconds =>
            set_health_check_grace_period_seconds(Some(want.health_check_grace_period_seconds)),
        enable_ecs_managed_tags => set_enable_ecs_managed_tags(Some(want.enable_ecs_managed_tags)),
        enable_execute_command => set_enable_execute_command(Some(want.enable_execute_command)),
        propagate_tags => set_propagate_tags(want.propagate_tags.to_sdk()),
        capacity_provider_strategy =>
            set_capacity_provider_strategy(want.capacity_provider_strategy.to_sdk()),
        load_balancer => set_load_balancers(want.load_balancer.to_sdk()),
        network_configuration => set_network_configuration(want.network_configuration.to_sdk()),
        placement_constraints => set_placement_constraints(want.placement_constraints.to_sdk()),
        ordered_placement_strategy =>
            set_placement_strategy(want.ordered_placement_strategy.to_sdk()),
        service_connect_configuration => set_service_connect_configuration(connect()),
        service_registries =>
            set_service_registries(Some(want.service_registries.0.to_sdk().into_iter().collect())),
        volume_configuration =>
            set_volume_configurations(Some(volumes(want).unwrap_or_default())),
        vpc_lattice_configurations => set_vpc_lattice_configurations(
            Some(want.vpc_lattice_configurations.to_sdk().unwrap_or_default())
        ),
    );
    let deployment = changed!(
        have, want;
        alarms, deployment_circuit_breaker, deployment_maximum_percent,
        deployment_minimum_healthy_percent
    );
    if deployment {
        call =
            call.deployment_configuration(deployment_configuration(want, have.alarms.0.is_some()));
    }
    let answer = call.send().await.or_fault("UpdateService")?;
    if let Some(it) = answer.service {
        watch(aws, want, &it);
    }
    Ok(())
}

/// With `clear`, alarms that are there and not wanted are taken away.
fn deployment_configuration(want: &Service, clear: bool) -> sdk::DeploymentConfiguration {
    let none = || {
        let none = sdk::DeploymentAlarms::builder().set_alarm_names(Some(Vec::new()));
        none.enable(false).rollback(false).build().ok()
    };
    let alarms = want.alarms.to_sdk().or_else(|| if clear { none() } else { None });
    let configuration = sdk::DeploymentConfiguration::builder()
        .maximum_percent(want.deployment_maximum_percent)
        .minimum_healthy_percent(want.deployment_minimum_healthy_percent)
        .set_deployment_circuit_breaker(want.deployment_circuit_breaker.to_sdk())
        .set_alarms(alarms);
    configuration.build()
}

fn live(it: &sdk::Service, phase: Phase) -> Live<Service> {
    let deployment = it.deployment_configuration();
    let daemon = it.scheduling_strategy() == Some(&sdk::SchedulingStrategy::Daemon);
    let alarms = deployment.and_then(|it| it.alarms()).filter(|it| !it.alarm_names().is_empty());
    let percent = |it: Option<i32>, usual: i32, daemons: i32| {
        it.unwrap_or(if daemon { daemons } else { usual })
    };
    let rebalancing = it.availability_zone_rebalancing().map_or("DISABLED", |it| it.as_str());
    let attributes = Service {
        name: String::from_sdk(it.service_name()),
        availability_zone_rebalancing: rebalancing.to_owned(),
        cluster: Auto::from_sdk(it.cluster_arn()),
        deployment_maximum_percent: percent(
            deployment.and_then(|it| it.maximum_percent()),
            200,
            100,
        ),
        deployment_minimum_healthy_percent: percent(
            deployment.and_then(|it| it.minimum_healthy_percent()),
            100,
            0,
        ),
        desired_count: if daemon { 0 } else { it.desired_count() },
        enable_ecs_managed_tags: it.enable_ecs_managed_tags(),
        enable_execute_command: it.enable_execute_command(),
        force_delete: Unread(None),
        force_new_deployment: Unread(None),
        health_check_grace_period_seconds: it.health_check_grace_period_seconds().unwrap_or(0),
        iam_role: Auto::from_sdk(it.role_arn()),
        launch_type: Auto::from_sdk(it.launch_type()),
        platform_version: Auto::from_sdk(it.platform_version()),
        propagate_tags: it.propagate_tags().map_or("NONE", |it| it.as_str()).to_owned(),
        scheduling_strategy: it
            .scheduling_strategy()
            .map_or("REPLICA", |it| it.as_str())
            .to_owned(),
        task_definition: Option::from_sdk(it.task_definition()),
        triggers: Unread(None),
        wait_for_steady_state: Unread(None),
        id: Out::from_sdk(it.service_arn()),
        tags: tags_from_sdk(it.tags()),
        alarms: One::from_sdk(alarms),
        capacity_provider_strategy: Auto::from_sdk(it.capacity_provider_strategy()),
        deployment_circuit_breaker: Auto(Some(One::from_sdk(
            deployment.and_then(|it| it.deployment_circuit_breaker()),
        ))),
        deployment_controller: Auto(Some(One(Some(Controller::of(it.deployment_controller()))))),
        load_balancer: BTreeSet::from_sdk(it.load_balancers()),
        network_configuration: One::from_sdk(
            it.network_configuration().filter(|it| has_network(it)),
        ),
        ordered_placement_strategy: Vec::from_sdk(it.placement_strategy()),
        placement_constraints: BTreeSet::from_sdk(it.placement_constraints()),
        service_connect_configuration: Unread(None),
        service_registries: One::from_sdk(it.service_registries().first()),
        volume_configuration: Unread(None),
        vpc_lattice_configurations: Unread(None),
    };
    Live { id: String::from_sdk(it.service_arn()), phase, attributes }
}

fn has_network(it: &sdk::NetworkConfiguration) -> bool {
    it.awsvpc_configuration().is_some_and(|it| !it.subnets().is_empty())
}

/// Remembers the deployment that somebody wants to see through.
fn watch(aws: &Aws, want: &Service, it: &sdk::Service) {
    if want.wait_for_steady_state.0 == Some(true) || aws.sees_through() {
        deployment::watch(aws, it);
    }
}

/// The cluster of a service, from its ARN.
pub(super) fn cluster_of(arn: &str) -> &str {
    match arn.split('/').collect::<Vec<_>>()[..] {
        [_, cluster, _] => cluster,
        _ => "default",
    }
}

fn volumes(want: &Service) -> Option<Vec<sdk::ServiceVolumeConfiguration>> {
    want.volume_configuration.to_sdk().map(|it: sdk::ServiceVolumeConfiguration| vec![it])
}

/// Not to say anything is the same as `NONE`, and older regions know only that.
fn propagation(text: &str) -> Option<sdk::PropagateTags> {
    (text != "NONE").then(|| text.into())
}

/// `None` rather than an empty list.
fn some<S>(items: Option<Vec<S>>) -> Option<Vec<S>> {
    items.filter(|it| !it.is_empty())
}

#[cfg(test)]
mod tests;
