//! `aws_autoscaling_group`: keeps a number of instances running.

use std::collections::BTreeSet;

use aws_sdk_autoscaling::types as sdk;
use model::{
    Attributes, Auto, Fault, FaultKind, Kind, Live, Map, One, Op, Out, Timeouts, Unread, Value,
};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::fault::OrFault;
use crate::mirror::FromSdk;
use crate::naming::{known, name_or_unique, prefix_of};
use crate::resource::{Resource, Result, changed, follow};

pub(super) mod blocks;
pub(super) mod mixed;
mod refresh;
mod waiting;
mod change;
mod empty;

use blocks::{
    Distribution, Hook, Maintenance, Reservation, Source, Tag, Template, Terminations, WarmPool,
};
use mixed::Mixed;
use refresh::Refresh;

/// Keeps a number of instances running.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_autoscaling_group", version = 1, timeouts = [update, delete])]
pub(crate) struct Group {
    /// Its name. Without it or `name_prefix`, a unique one is made.
    #[attr(replace)]
    pub name: Auto<String>,
    /// The beginning of a unique name.
    #[attr(replace)]
    name_prefix: Auto<String>,
    /// The least instances.
    pub min_size: i32,
    /// The most instances.
    pub max_size: i32,
    /// How many instances shall run. Without it, scaling policies decide.
    pub desired_capacity: Auto<i32>,
    /// What capacity counts: `units`, `vcpu` or `memory-mib`.
    pub desired_capacity_type: Option<String>,
    /// Availability zones of the default VPC, instead of subnets.
    pub availability_zones: Auto<BTreeSet<String>>,
    /// Ids of subnets.
    vpc_zone_identifier: Auto<BTreeSet<String>>,
    /// Whether Spot Instances are replaced before they are taken away.
    capacity_rebalance: Option<bool>,
    /// Reserved.
    context: Option<String>,
    /// For how many seconds after a scaling activity no other one starts.
    pub default_cooldown: Auto<i32>,
    /// After how many seconds a new instance counts in metrics.
    default_instance_warmup: Option<i32>,
    /// Group metrics that are collected.
    pub enabled_metrics: Option<BTreeSet<String>>,
    /// How often they are.
    #[attr(default = "1Minute")]
    metrics_granularity: String,
    /// Whether the group is deleted with its instances at once, rather than emptied first.
    #[attr(default = false)]
    force_delete: Unread<bool>,
    /// Whether the warm pool is deleted with its instances at once.
    #[attr(default = false)]
    force_delete_warm_pool: Unread<bool>,
    /// For how many seconds failing health checks of a new instance are ignored.
    #[attr(default = 300)]
    pub health_check_grace_period: i32,
    /// Whose health checks count: `EC2`, `ELB` and others.
    pub health_check_type: Auto<String>,
    /// Whether instances that do not start are no reason to stop waiting.
    #[attr(default = false)]
    ignore_failed_scaling_activities: Unread<bool>,
    /// The launch configuration instances start from, by name.
    pub launch_configuration: Option<String>,
    /// Names of classic load balancers.
    pub load_balancers: Auto<BTreeSet<String>>,
    /// After how many seconds an instance is replaced.
    pub max_instance_lifetime: Option<i32>,
    /// How many instances must be healthy to the load balancers before the group is done.
    min_elb_capacity: Unread<i32>,
    /// The placement group.
    pub placement_group: Option<String>,
    /// The size that a predictive scaling policy expects.
    #[attr(volatile)]
    pub predicted_capacity: Out<i32>,
    /// Whether new instances are protected from scale-in.
    #[attr(default = false)]
    pub protect_from_scale_in: bool,
    /// The service-linked role of Auto Scaling.
    pub service_linked_role_arn: Auto<String>,
    /// What the group shall not do, such as `AZRebalance`.
    pub suspended_processes: Option<BTreeSet<String>>,
    /// ARNs of target groups that its instances are registered in.
    pub target_group_arns: Auto<BTreeSet<String>>,
    /// Which instances go first.
    pub termination_policies: Option<Terminations>,
    /// For how long to wait until its instances are in service; `0` for not at all.
    #[attr(default = "10m")]
    wait_for_capacity_timeout: Unread<String>,
    /// The same as `min_elb_capacity`, and after a change of size too.
    wait_for_elb_capacity: Unread<i32>,
    /// How many instances the warm pool has.
    #[attr(volatile)]
    pub warm_pool_size: Out<i32>,
    /// Its Amazon Resource Name.
    pub arn: Out<String>,
    /// Its name.
    id: Out<String>,
    /// How instances are spread over zones.
    availability_zone_distribution: Auto<One<Distribution>>,
    /// Which capacity reservations instances may use.
    capacity_reservation_specification: Auto<One<Reservation>>,
    /// Instances are held while something else is done about them. Only new groups get these.
    #[attr(replace)]
    initial_lifecycle_hook: Unread<BTreeSet<Hook>>,
    /// How many instances must be healthy while some are replaced.
    pub instance_maintenance_policy: One<Maintenance>,
    /// Replaces instances when what they start from changes.
    instance_refresh: Unread<One<Refresh>>,
    /// The launch template instances start from.
    pub launch_template: One<Template>,
    /// Several instance types, On-Demand and Spot.
    pub mixed_instances_policy: One<Mixed>,
    /// Tags. Those of the provider's `default_tags` are not added.
    pub tag: BTreeSet<Tag>,
    /// What sends traffic to the instances. Not together with `target_group_arns` or
    /// `load_balancers`.
    pub traffic_source: Auto<BTreeSet<Source>>,
    /// Instances that are started before they are needed.
    pub warm_pool: One<WarmPool>,
}

/// ECS tags groups that it scales.
const MANAGED_BY_ECS: &str = "AmazonECSManaged";

impl Resource for Group {
    const BATCH: usize = 50;
    // How long a new group is waited for is up to `wait_for_capacity_timeout`.
    const TIMEOUTS: Timeouts = Timeouts::minutes(24 * 60, 10, 10);

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        let mut found = Vec::new();
        for it in describe(aws, ids.to_vec()).await? {
            let id = String::from_sdk(it.auto_scaling_group_name());
            let phase = waiting::phase(aws, &it).await?;
            found.push(Live { id, phase, attributes: live(aws, &it) });
        }
        Ok(found)
    }

    async fn create(aws: &Aws, want: &Self, token: &str) -> Result<String> {
        let name = name_or_unique(&want.name, &want.name_prefix, token);
        change::create(aws, &name, want).await?;
        waiting::wait(aws, &name, None, want);
        Ok(name)
    }

    async fn update(aws: &Aws, id: &str, have: &Self, want: &Self) -> Result<()> {
        change::update(aws, id, have, want).await?;
        if changed!(have, want; min_size, desired_capacity) {
            waiting::wait(aws, id, Some(have), want);
        }
        Ok(())
    }

    async fn delete(aws: &Aws, id: &str, have: &Self) -> Result<()> {
        waiting::forget(aws, id);
        let force = have.force_delete.0 == Some(true);
        let force_pool = force || have.force_delete_warm_pool.0 == Some(true);
        empty::delete(aws, id, force, force_pool).await
    }

    fn claim(planned: &Map) -> Option<String> {
        known(planned, "name").map(str::to_owned)
    }

    /// Names are unique.
    async fn find(aws: &Aws, want: &Self, token: &str) -> Result<Option<String>> {
        let name = name_or_unique(&want.name, &want.name_prefix, token);
        let found = describe(aws, vec![name.clone()]).await?;
        let same = found.iter().any(|it| it.status().is_none() && live(aws, it).tag == want.tag);
        if same {
            waiting::wait(aws, &name, None, want);
        }
        Ok(same.then_some(name))
    }

    fn adjust(_aws: &Aws, prior: Option<&Map>, planned: &mut Map) {
        let Some(prior) = prior else { return };
        follow::<Self>(Some(prior), planned, &["vpc_zone_identifier", "availability_zones"]);
        let traffic = ["target_group_arns", "load_balancers", "traffic_source"];
        follow::<Self>(Some(prior), planned, &traffic);
        keep_tag_of_ecs(prior, planned);
    }

    fn check(given: &Map) -> Vec<(&'static str, String)> {
        let mut problems = Vec::new();
        let timeout = given.get("wait_for_capacity_timeout").and_then(Value::as_str);
        if let Some(problem) = timeout.and_then(waiting::problem) {
            problems.push(("wait_for_capacity_timeout", problem));
        }
        let number =
            |name: &str| given.get(name).and_then(Value::as_number).and_then(|it| it.to_i64());
        let (least, most) = (number("min_size"), number("max_size"));
        if let Some((least, most)) = least.zip(most).filter(|(least, most)| most < least) {
            problems.push(("max_size", format!("{most} is less than `min_size`, {least}")));
        }
        let given = |name: &&str| match given.get(*name) {
            Some(it) => it.items().map_or(!it.is_null(), |it| !it.is_empty()),
            None => false,
        };
        let starts = ["launch_configuration", "launch_template", "mixed_instances_policy"];
        let several: Vec<&'static str> = starts.into_iter().filter(|it| given(it)).collect();
        if let Some(second) = several.get(1) {
            let problem = "instances start from one thing: a launch configuration, a launch template \
                           or a mixed instances policy";
            problems.push((second, problem.to_owned()));
        }
        problems
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        let says = |it: &str| fault.message.contains(it);
        match op {
            // The profile, the role or the template was made a moment ago.
            Op::Create | Op::Update
                if says("Invalid IAM Instance Profile")
                    || says("Unable to publish test message to notification target") =>
            {
                Some(FaultKind::NotYet)
            }
            Op::Update if fault.code.starts_with("InstanceRefreshInProgress") => {
                Some(FaultKind::Busy)
            }
            Op::Create if says("pending delete") => Some(FaultKind::Busy),
            Op::Update | Op::Delete
                if says("pending delete") || says("AutoScalingGroup name not found") =>
            {
                Some(FaultKind::NotFound)
            }
            _ => None,
        }
    }
}

/// ECS adds its tag to a group that a capacity provider scales. It is no change that the user does
/// not have it.
fn keep_tag_of_ecs(prior: &Map, planned: &mut Map) {
    let managed = |it: &&Value| it.get("key").and_then(Value::as_str) == Some(MANAGED_BY_ECS);
    let before = prior.get("tag").and_then(Value::items).unwrap_or_default();
    let Some(tag) = before.iter().find(managed) else { return };
    let Some(Value { kind: Kind::Set(ty, items), .. }) = planned.get("tag") else { return };
    if items.iter().any(|it| managed(&it)) {
        return;
    }
    let items = items.iter().chain([tag]).cloned().collect();
    planned.insert("tag".into(), Value::set(ty.clone(), items));
}

pub(super) async fn describe(aws: &Aws, names: Vec<String>) -> Result<Vec<sdk::AutoScalingGroup>> {
    let call = aws.autoscaling().describe_auto_scaling_groups();
    let call = call.set_auto_scaling_group_names(Some(names)).max_records(100);
    let answer = call.send().await.or_fault("DescribeAutoScalingGroups")?;
    Ok(answer.auto_scaling_groups.unwrap_or_default())
}

/// A group as AWS describes it.
pub(super) fn live(aws: &Aws, it: &sdk::AutoScalingGroup) -> Group {
    let name = it.auto_scaling_group_name().unwrap_or_default();
    let subnets = it.vpc_zone_identifier().unwrap_or_default().split(',');
    let granularity = it.enabled_metrics().first().and_then(|it| it.granularity());
    let texts = |it: Vec<Option<&str>>| -> BTreeSet<String> {
        it.into_iter().flatten().map(str::to_owned).collect()
    };
    let pool = it.warm_pool_configuration();
    let pool = pool.filter(|it| it.status() != Some(&sdk::WarmPoolStatus::PendingDelete));
    let tags = it.tags().iter().map(Tag::from_sdk);
    Group {
        name: Auto::from_sdk(Some(name)),
        name_prefix: Auto(prefix_of(name)),
        min_size: it.min_size().unwrap_or_default(),
        max_size: it.max_size().unwrap_or_default(),
        desired_capacity: Auto(it.desired_capacity()),
        desired_capacity_type: Option::from_sdk(it.desired_capacity_type()),
        availability_zones: Auto::from_sdk(it.availability_zones()),
        vpc_zone_identifier: Auto(Some(
            subnets.filter(|it| !it.is_empty()).map(str::to_owned).collect(),
        )),
        capacity_rebalance: it.capacity_rebalance(),
        context: Option::from_sdk(it.context()),
        default_cooldown: Auto(it.default_cooldown()),
        default_instance_warmup: it.default_instance_warmup(),
        enabled_metrics: Some(texts(it.enabled_metrics().iter().map(|it| it.metric()).collect())),
        metrics_granularity: granularity.unwrap_or("1Minute").to_owned(),
        force_delete: Unread(None),
        force_delete_warm_pool: Unread(None),
        health_check_grace_period: it.health_check_grace_period().unwrap_or_default(),
        health_check_type: Auto::from_sdk(it.health_check_type()),
        ignore_failed_scaling_activities: Unread(None),
        launch_configuration: Option::from_sdk(it.launch_configuration_name()),
        load_balancers: Auto::from_sdk(it.load_balancer_names()),
        max_instance_lifetime: it.max_instance_lifetime(),
        min_elb_capacity: Unread(None),
        placement_group: Option::from_sdk(it.placement_group()),
        predicted_capacity: Out(it.predicted_capacity()),
        protect_from_scale_in: it.new_instances_protected_from_scale_in() == Some(true),
        service_linked_role_arn: Auto::from_sdk(it.service_linked_role_arn()),
        suspended_processes: Some(texts(
            it.suspended_processes().iter().map(|it| it.process_name()).collect(),
        )),
        target_group_arns: Auto::from_sdk(it.target_group_arns()),
        termination_policies: Some(Terminations(it.termination_policies().to_vec())),
        wait_for_capacity_timeout: Unread(None),
        wait_for_elb_capacity: Unread(None),
        warm_pool_size: Out(it.warm_pool_size()),
        arn: Out::from_sdk(it.auto_scaling_group_arn()),
        id: Out::from_sdk(Some(name)),
        availability_zone_distribution: Auto(Some(One::from_sdk(
            it.availability_zone_distribution(),
        ))),
        capacity_reservation_specification: Auto(Some(One::from_sdk(
            it.capacity_reservation_specification(),
        ))),
        initial_lifecycle_hook: Unread(None),
        instance_maintenance_policy: One::from_sdk(it.instance_maintenance_policy()),
        instance_refresh: Unread(None),
        launch_template: One::from_sdk(it.launch_template()),
        mixed_instances_policy: One::from_sdk(it.mixed_instances_policy()),
        tag: tags.filter(|it| !aws.tags().ignores(&it.key)).collect(),
        traffic_source: Auto(Some(it.traffic_sources().iter().map(Source::from_sdk).collect())),
        warm_pool: One::from_sdk(pool),
    }
}

#[cfg(test)]
mod tests;
