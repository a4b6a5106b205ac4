//! `aws_spot_fleet_request`: buys capacity of several instance types, and keeps it.

use std::collections::BTreeSet;

use aws_sdk_ec2::types as sdk;
use model::{
    Attributes, Auto, Fault, FaultKind, Field, Live, Mirror, One, Op, Out, Phase, Shape, Tags,
    Timeouts, Unread,
};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::ec2::{retag, tags_from_sdk, tags_to_sdk};
use crate::fault::{OrFault, must, rejected};
use crate::mirror::{FromSdk, ToSdk};
use crate::naming::uuid_of;
use crate::resource::{Resource, Result, changed};
use crate::spelling::{Flag, Moment};

mod launch;
mod templates;

use launch::LaunchSpecification;
use templates::TemplateConfig;

/// Buys capacity of several instance types, and keeps it.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_spot_fleet_request", version = 1, timeouts = [create, update, delete])]
pub(crate) struct SpotFleet {
    /// From which pools capacity comes: `lowestPrice`, `diversified`, `capacityOptimized`,
    /// `capacityOptimizedPrioritized` or `priceCapacityOptimized`.
    #[attr(replace, default = "lowestPrice")]
    allocation_strategy: String,
    /// What makes creating safe to repeat.
    client_token: Out<String>,
    /// Reserved.
    context: Option<String>,
    /// Whether instances go when less capacity is wanted: `Default` or `NoTermination`.
    #[attr(default = "Default")]
    excess_capacity_termination_policy: Excess,
    /// `maintain` keeps the capacity, `request` buys it once.
    #[attr(replace, default = "maintain")]
    fleet_type: String,
    /// The role that allows to start and stop instances.
    #[attr(replace)]
    iam_fleet_role: String,
    /// What happens to instances when AWS needs them back: `terminate`, `stop` or `hibernate`.
    #[attr(replace, default = "terminate")]
    instance_interruption_behaviour: String,
    /// Over how many pools capacity is spread, with `lowestPrice`.
    #[attr(replace, default = 1)]
    instance_pools_to_use_count: i32,
    /// Names of classic load balancers.
    #[attr(replace)]
    load_balancers: Auto<BTreeSet<String>>,
    /// Which On-Demand Instances come first: `lowestPrice` or `prioritized`.
    #[attr(replace, default = "lowestPrice")]
    on_demand_allocation_strategy: String,
    /// The most to pay for an hour of all On-Demand Instances.
    #[attr(replace)]
    on_demand_max_total_price: Option<String>,
    /// How much of the capacity are On-Demand Instances.
    on_demand_target_capacity: Option<i32>,
    /// Whether unhealthy instances are replaced.
    #[attr(replace, default = false)]
    replace_unhealthy_instances: bool,
    /// The most to pay for an hour of a unit of capacity.
    #[attr(replace)]
    spot_price: Option<String>,
    /// `submitted`, `active`, `modifying` and others.
    spot_request_state: Out<String>,
    /// Tags of its own; those of the provider's `default_tags` come on top.
    tags: Tags,
    /// How much capacity.
    target_capacity: i32,
    /// What capacity counts: `units`, `vcpu` or `memory-mib`.
    #[attr(replace)]
    target_capacity_unit_type: Option<String>,
    /// ARNs of target groups that instances are registered in.
    #[attr(replace)]
    target_group_arns: Auto<BTreeSet<String>>,
    /// Whether instances go with it. Otherwise `terminate_instances_with_expiration` says.
    terminate_instances_on_delete: Unread<Flag>,
    /// Whether instances go when it ends.
    #[attr(replace)]
    terminate_instances_with_expiration: Option<bool>,
    /// When it begins.
    #[attr(replace)]
    valid_from: Option<Moment>,
    /// When it ends.
    #[attr(replace)]
    valid_until: Option<Moment>,
    /// Whether to wait until the capacity is there.
    #[attr(default = false)]
    wait_for_fulfillment: Unread<bool>,
    /// Its id.
    id: Out<String>,
    /// Kinds of instances, each with all that is needed to start them.
    #[attr(replace)]
    launch_specification: BTreeSet<LaunchSpecification>,
    /// Launch templates, and instance types for them.
    #[attr(replace)]
    launch_template_config: BTreeSet<TemplateConfig>,
    /// What is done about instances that AWS is about to need back.
    #[attr(replace)]
    spot_maintenance_strategies: One<Strategies>,
}

/// Configurations and AWS write it in different case.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Excess(String);

impl PartialEq for Excess {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Field for Excess {
    const SHAPE: Shape = Shape::String;
}

impl Excess {
    fn to_sdk(&self) -> sdk::ExcessCapacityTerminationPolicy {
        match self.0.eq_ignore_ascii_case("NoTermination") {
            true => sdk::ExcessCapacityTerminationPolicy::NoTermination,
            false => sdk::ExcessCapacityTerminationPolicy::Default,
        }
    }
}

/// What is done about instances that AWS is about to need back.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::SpotMaintenanceStrategies)]
pub(crate) struct Strategies {
    /// They are replaced before.
    #[attr(replace)]
    capacity_rebalance: One<Rebalance>,
}

/// Instances are replaced before AWS needs them back.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::SpotCapacityRebalance)]
pub(crate) struct Rebalance {
    /// `launch`.
    #[attr(replace)]
    replacement_strategy: Option<String>,
}

const FULFILLED: &str = "fulfilled";

impl Resource for SpotFleet {
    const BATCH: usize = 100;
    const TIMEOUTS: Timeouts = Timeouts::minutes(10, 10, 15);

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        let call = aws.ec2().describe_spot_fleet_requests();
        let call = call.set_spot_fleet_request_ids(Some(ids.to_vec()));
        let answer = call.send().await.or_fault("DescribeSpotFleetRequests")?;
        let mut found = Vec::new();
        for it in answer.spot_fleet_request_configs() {
            if let Some(phase) = phase(aws, it) {
                let id = String::from_sdk(it.spot_fleet_request_id());
                found.push(Live { id, phase, attributes: live(aws, it).await? });
            }
        }
        Ok(found)
    }

    async fn create(aws: &Aws, want: &Self, token: &str) -> Result<String> {
        let config = config(aws, want, token).await?;
        let call = aws.ec2().request_spot_fleet().spot_fleet_request_config(config);
        let answer = call.send().await.or_fault("RequestSpotFleet")?;
        let id = must(answer.spot_fleet_request_id, "RequestSpotFleet")?;
        if want.wait_for_fulfillment.0 == Some(true) {
            aws.watch(&id, FULFILLED);
        }
        Ok(id)
    }

    async fn update(aws: &Aws, id: &str, have: &Self, want: &Self) -> Result<()> {
        if changed!(
            have, want;
            target_capacity, on_demand_target_capacity, excess_capacity_termination_policy, context
        ) {
            let call = aws.ec2().modify_spot_fleet_request().spot_fleet_request_id(id);
            let call = call
                .target_capacity(want.target_capacity)
                .set_on_demand_target_capacity(want.on_demand_target_capacity)
                .excess_capacity_termination_policy(
                    want.excess_capacity_termination_policy.to_sdk(),
                )
                .set_context(want.context.to_sdk());
            call.send().await.or_fault("ModifySpotFleetRequest")?;
            if want.wait_for_fulfillment.0 == Some(true) {
                aws.watch(id, FULFILLED);
            }
        }
        retag(aws, id, &have.tags, &want.tags).await
    }

    async fn delete(aws: &Aws, id: &str, have: &Self) -> Result<()> {
        aws.watch(id, "");
        let said = have.terminate_instances_on_delete.0.to_sdk();
        let terminate = said.or(have.terminate_instances_with_expiration).unwrap_or(false);
        let call = aws.ec2().cancel_spot_fleet_requests().spot_fleet_request_ids(id);
        let answer = call.terminate_instances(terminate).send().await;
        let answer = answer.or_fault("CancelSpotFleetRequests")?;
        let error = answer.unsuccessful_fleet_requests().first().and_then(|it| it.error());
        match error {
            Some(it)
                if it.code() == Some(&sdk::CancelBatchErrorCode::FleetRequestIdDoesNotExist) =>
            {
                Ok(())
            }
            Some(it) => {
                let code = it.code().map_or("unknown", |it| it.as_str());
                let message = it.message().unwrap_or_default();
                Err(rejected("CancelSpotFleetRequests", code, message))
            }
            None => Ok(()),
        }
    }

    async fn find(aws: &Aws, _want: &Self, token: &str) -> Result<Option<String>> {
        let token = uuid_of(token);
        let mut pages = aws.ec2().describe_spot_fleet_requests().into_paginator().items().send();
        while let Some(it) = pages.next().await {
            let it = it.or_fault("DescribeSpotFleetRequests")?;
            let own = it.spot_fleet_request_config().and_then(|it| it.client_token());
            if own == Some(token.as_str()) {
                return Ok(it.spot_fleet_request_id);
            }
        }
        Ok(None)
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        let says = |it: &str| fault.message.contains(it);
        match op {
            // The role or the profile was made a moment ago.
            Op::Create
                if says("IamFleetRole is invalid") || says("Invalid IAM Instance Profile") =>
            {
                Some(FaultKind::NotYet)
            }
            Op::Update if says("modifying") => Some(FaultKind::Busy),
            _ => None,
        }
    }
}

/// How far it has come; none if it is over.
fn phase(aws: &Aws, it: &sdk::SpotFleetRequestConfig) -> Option<Phase> {
    use sdk::ActivityStatus::{Error, Fulfilled};
    use sdk::BatchState::{
        Cancelled, CancelledRunning, CancelledTerminatingInstances, Failed, Modifying, Submitted,
    };
    let wanted = aws.watched(it.spot_fleet_request_id().unwrap_or_default());
    let wanted = wanted.as_deref() == Some(FULFILLED);
    Some(match it.spot_fleet_request_state() {
        // Those that it leaves behind are nobody's.
        Some(Cancelled | CancelledRunning) => return None,
        Some(CancelledTerminatingInstances) => {
            Phase::changing("its instances are being terminated")
        }
        Some(Failed) => Phase::failed("it could not be started"),
        Some(state @ (Submitted | Modifying)) => Phase::changing(format!("its state is {state}")),
        _ if !wanted || it.activity_status() == Some(&Fulfilled) => Phase::Ready,
        _ if it.activity_status() == Some(&Error) => Phase::failed("its capacity cannot be bought"),
        _ => Phase::changing("its capacity is not there yet"),
    })
}

async fn config(
    aws: &Aws,
    want: &SpotFleet,
    token: &str,
) -> Result<sdk::SpotFleetRequestConfigData> {
    let mut specifications = Vec::new();
    for it in &want.launch_specification {
        specifications.push(it.to_sdk(aws).await?);
    }
    let tags = sdk::TagSpecification::builder()
        .resource_type(sdk::ResourceType::SpotFleetRequest)
        .set_tags(Some(tags_to_sdk(&want.tags)));
    let given = |it: &Option<String>| it.clone().filter(|it| !it.is_empty());
    let config = sdk::SpotFleetRequestConfigData::builder()
        .client_token(uuid_of(token))
        .set_allocation_strategy(want.allocation_strategy.to_sdk())
        .set_context(given(&want.context))
        .excess_capacity_termination_policy(want.excess_capacity_termination_policy.to_sdk())
        .set_type(want.fleet_type.to_sdk())
        .iam_fleet_role(&want.iam_fleet_role)
        .set_instance_interruption_behavior(want.instance_interruption_behaviour.to_sdk())
        .set_instance_pools_to_use_count(
            (want.allocation_strategy == "lowestPrice").then_some(want.instance_pools_to_use_count),
        )
        .set_load_balancers_config(balancers(want))
        .set_on_demand_allocation_strategy(want.on_demand_allocation_strategy.to_sdk())
        .set_on_demand_max_total_price(given(&want.on_demand_max_total_price))
        .set_on_demand_target_capacity(want.on_demand_target_capacity)
        .replace_unhealthy_instances(want.replace_unhealthy_instances)
        .set_spot_price(given(&want.spot_price))
        .target_capacity(want.target_capacity)
        .set_target_capacity_unit_type(want.target_capacity_unit_type.to_sdk())
        .set_terminate_instances_with_expiration(want.terminate_instances_with_expiration)
        .set_valid_from(want.valid_from.to_sdk())
        .set_valid_until(want.valid_until.to_sdk());
    let config = config
        .set_launch_specifications((!specifications.is_empty()).then_some(specifications))
        .set_launch_template_configs(
            want.launch_template_config.to_sdk().filter(|it| !it.is_empty()),
        )
        .set_spot_maintenance_strategies(want.spot_maintenance_strategies.to_sdk())
        .set_tag_specifications((!want.tags.0.is_empty()).then(|| vec![tags.build()]));
    Ok(config.build())
}

fn balancers(want: &SpotFleet) -> Option<sdk::LoadBalancersConfig> {
    let classic = want.load_balancers.0.iter().flatten();
    let classic: Vec<_> =
        classic.map(|it| sdk::ClassicLoadBalancer::builder().name(it).build()).collect();
    let groups = want.target_group_arns.0.iter().flatten();
    let groups: Vec<_> = groups.map(|it| sdk::TargetGroup::builder().arn(it).build()).collect();
    if classic.is_empty() && groups.is_empty() {
        return None;
    }
    let mut config = sdk::LoadBalancersConfig::builder();
    if !classic.is_empty() {
        let it = sdk::ClassicLoadBalancersConfig::builder();
        config = config
            .classic_load_balancers_config(it.set_classic_load_balancers(Some(classic)).build());
    }
    if !groups.is_empty() {
        let it = sdk::TargetGroupsConfig::builder();
        config = config.target_groups_config(it.set_target_groups(Some(groups)).build());
    }
    Some(config.build())
}

async fn live(aws: &Aws, it: &sdk::SpotFleetRequestConfig) -> Result<SpotFleet> {
    let none = sdk::SpotFleetRequestConfigData::builder().build();
    let config = it.spot_fleet_request_config().unwrap_or(&none);
    let mut specifications = BTreeSet::new();
    for it in config.launch_specifications() {
        specifications.insert(LaunchSpecification::from_sdk(aws, it).await?);
    }
    let text = |it: Option<&str>, default: &str| it.unwrap_or(default).to_owned();
    let balancers = config.load_balancers_config();
    let classic = balancers.and_then(|it| it.classic_load_balancers_config());
    let classic = classic.into_iter().flat_map(|it| it.classic_load_balancers());
    let groups = balancers.and_then(|it| it.target_groups_config());
    let groups = groups.into_iter().flat_map(|it| it.target_groups());
    Ok(SpotFleet {
        allocation_strategy: text(
            config.allocation_strategy().map(|it| it.as_str()),
            "lowestPrice",
        ),
        client_token: Out::from_sdk(config.client_token()),
        context: Option::from_sdk(config.context()),
        excess_capacity_termination_policy: Excess(text(
            config.excess_capacity_termination_policy().map(|it| it.as_str()),
            "Default",
        )),
        fleet_type: text(config.r#type().map(|it| it.as_str()), "maintain"),
        iam_fleet_role: String::from_sdk(config.iam_fleet_role()),
        instance_interruption_behaviour: text(
            config.instance_interruption_behavior().map(|it| it.as_str()),
            "terminate",
        ),
        instance_pools_to_use_count: config.instance_pools_to_use_count().unwrap_or(1),
        load_balancers: Auto(Some(classic.filter_map(|it| it.name.clone()).collect())),
        on_demand_allocation_strategy: text(
            config.on_demand_allocation_strategy().map(|it| it.as_str()),
            "lowestPrice",
        ),
        on_demand_max_total_price: Option::from_sdk(config.on_demand_max_total_price()),
        on_demand_target_capacity: config.on_demand_target_capacity(),
        replace_unhealthy_instances: config.replace_unhealthy_instances() == Some(true),
        spot_price: Option::from_sdk(config.spot_price()),
        spot_request_state: Out::from_sdk(it.spot_fleet_request_state()),
        tags: tags_from_sdk(it.tags()),
        target_capacity: config.target_capacity().unwrap_or_default(),
        target_capacity_unit_type: Option::from_sdk(config.target_capacity_unit_type()),
        target_group_arns: Auto(Some(groups.filter_map(|it| it.arn.clone()).collect())),
        terminate_instances_on_delete: Unread(None),
        terminate_instances_with_expiration: config.terminate_instances_with_expiration(),
        valid_from: Option::from_sdk(config.valid_from()),
        valid_until: Option::from_sdk(config.valid_until()),
        wait_for_fulfillment: Unread(None),
        id: Out::from_sdk(it.spot_fleet_request_id()),
        launch_specification: specifications,
        launch_template_config: BTreeSet::from_sdk(config.launch_template_configs()),
        spot_maintenance_strategies: One::from_sdk(config.spot_maintenance_strategies()),
    })
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, ec2, refusal, want};

    const FLEET: &str = r#"{
        "iam_fleet_role": "arn:role", "spot_price": "0.4", "target_capacity": 4,
        "valid_until": "2030-01-01T00:00:00Z", "terminate_instances_with_expiration": true,
        "wait_for_fulfillment": true, "target_group_arns": ["arn:tg"], "tags": {"team": "edge"},
        "launch_template_config": [{
            "launch_template_specification": [{"id": "lt-1", "version": "1"}],
            "overrides": [
                {"instance_type": "m5.large", "subnet_id": "subnet-1", "weighted_capacity": 2},
                {"instance_type": "c5.large", "subnet_id": "subnet-1", "weighted_capacity": 2.5}
            ]}]
    }"#;

    fn state(state: &str, activity: &str) -> crate::testing::Answer {
        ec2(
            "DescribeSpotFleetRequests",
            &format!(
                "<spotFleetRequestConfigSet><item><spotFleetRequestId>sfr-1</spotFleetRequestId>
                 <spotFleetRequestState>{state}</spotFleetRequestState>
                 <activityStatus>{activity}</activityStatus><spotFleetRequestConfig/></item>
                 </spotFleetRequestConfigSet>"
            ),
        )
    }

    #[tokio::test]
    async fn everything_goes_over_the_wire() {
        let made = "<spotFleetRequestId>sfr-1</spotFleetRequestId>";
        let aws = Script::new([ec2("RequestSpotFleet", made)]);
        assert_eq!(SpotFleet::create(&aws, &want(FLEET), "token").await.unwrap(), "sfr-1");
        aws.sent(expect![[r#"
            RequestSpotFleet
                SpotFleetRequestConfig.AllocationStrategy=lowestPrice
                SpotFleetRequestConfig.ClientToken=094de9d8-5b56-5c33-8965-e758b0aef552
                SpotFleetRequestConfig.ExcessCapacityTerminationPolicy=default
                SpotFleetRequestConfig.IamFleetRole=arn:role
                SpotFleetRequestConfig.InstanceInterruptionBehavior=terminate
                SpotFleetRequestConfig.InstancePoolsToUseCount=1
                SpotFleetRequestConfig.LaunchTemplateConfigs.1.LaunchTemplateSpecification.LaunchTemplateId=lt-1
                SpotFleetRequestConfig.LaunchTemplateConfigs.1.LaunchTemplateSpecification.Version=1
                SpotFleetRequestConfig.LaunchTemplateConfigs.1.Overrides.1.InstanceType=c5.large
                SpotFleetRequestConfig.LaunchTemplateConfigs.1.Overrides.1.SubnetId=subnet-1
                SpotFleetRequestConfig.LaunchTemplateConfigs.1.Overrides.1.WeightedCapacity=2.5
                SpotFleetRequestConfig.LaunchTemplateConfigs.1.Overrides.2.InstanceType=m5.large
                SpotFleetRequestConfig.LaunchTemplateConfigs.1.Overrides.2.SubnetId=subnet-1
                SpotFleetRequestConfig.LaunchTemplateConfigs.1.Overrides.2.WeightedCapacity=2.0
                SpotFleetRequestConfig.LoadBalancersConfig.TargetGroupsConfig.TargetGroups.1.Arn=arn:tg
                SpotFleetRequestConfig.OnDemandAllocationStrategy=lowestPrice
                SpotFleetRequestConfig.ReplaceUnhealthyInstances=false
                SpotFleetRequestConfig.SpotPrice=0.4
                SpotFleetRequestConfig.TagSpecification.1.ResourceType=spot-fleet-request
                SpotFleetRequestConfig.TagSpecification.1.Tag.1.Key=team
                SpotFleetRequestConfig.TagSpecification.1.Tag.1.Value=edge
                SpotFleetRequestConfig.TargetCapacity=4
                SpotFleetRequestConfig.TerminateInstancesWithExpiration=true
                SpotFleetRequestConfig.Type=maintain
                SpotFleetRequestConfig.ValidUntil=2030-01-01T00:00:00Z
        "#]]);
    }

    #[tokio::test]
    async fn it_is_ready_when_its_capacity_is_there_if_that_is_asked_for() {
        let made = "<spotFleetRequestId>sfr-1</spotFleetRequestId>";
        let aws = Script::new([
            ec2("RequestSpotFleet", made),
            state("active", "pending_fulfillment"),
            state("active", "fulfilled"),
            state("cancelled_terminating", "pending_termination"),
            state("cancelled", ""),
        ]);
        let ids = [SpotFleet::create(&aws, &want(FLEET), "token").await.unwrap()];
        let mut phases = Vec::new();
        for _ in 0..4 {
            phases.push(SpotFleet::read(&aws, &ids).await.unwrap().pop().map(|it| it.phase));
        }
        let changing = |it: &str| Some(Phase::changing(it));
        assert_eq!(
            phases,
            [
                changing("its capacity is not there yet"),
                Some(Phase::Ready),
                changing("its instances are being terminated"),
                None,
            ]
        );
    }

    #[tokio::test]
    async fn instances_go_when_the_fleet_goes_if_that_was_said() {
        let aws = Script::new([ec2("CancelSpotFleetRequests", "")]);
        SpotFleet::delete(&aws, "sfr-1", &want(FLEET)).await.unwrap();
        aws.sent(expect![[r#"
            CancelSpotFleetRequests
                SpotFleetRequestId.1=sfr-1
                TerminateInstances=true
        "#]]);
    }

    #[tokio::test]
    async fn a_role_of_a_moment_ago_is_waited_for() {
        let message = "Parameter: SpotFleetRequestConfig.IamFleetRole is invalid.";
        let aws = Script::new([refusal("InvalidSpotFleetRequestConfig", message)]);
        let fault = SpotFleet::create(&aws, &want(FLEET), "token").await.unwrap_err();
        assert_eq!(SpotFleet::classify(Op::Create, &fault), Some(FaultKind::NotYet));
    }
}
