//! `aws_instance`: a virtual machine.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ec2::types as sdk;
use model::{
    Attributes, Auto, Fault, FaultKind, Live, Map, One, Op, Out, Tags, Timeouts, Type, Unread,
    Value, to_typed_json,
};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::ec2::filter;
use crate::ec2::user_data::{UserData, follow_user_data};
use crate::fault::OrFault;
use crate::naming::uuid_of;
use crate::resource::{Resource, Result, differs};

mod blocks;
mod start;
mod show;
mod change;
mod restart;
mod tags;

use blocks::{
    Cpu, Credit, Ebs, Enclave, Ephemeral, Interface, Maintenance, Market, Metadata, PrivateDns,
    Reservation, Root, Template,
};

/// A virtual machine.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_instance", version = 1, timeouts = [create, read, update, delete])]
pub(crate) struct Instance {
    /// The image it starts from.
    #[attr(replace)]
    ami: Auto<String>,
    /// Whether it gets a public address. Otherwise its subnet says.
    #[attr(replace)]
    associate_public_ip_address: Auto<Unread<bool>>,
    /// The availability zone.
    #[attr(replace)]
    availability_zone: Auto<String>,
    /// How many cores it has; `cpu_options` says so too.
    #[attr(replace)]
    cpu_core_count: Auto<i32>,
    /// How many threads each core has; `cpu_options` says so too.
    #[attr(replace)]
    cpu_threads_per_core: Auto<i32>,
    /// Whether it cannot be stopped.
    disable_api_stop: Auto<bool>,
    /// Whether it cannot be terminated.
    disable_api_termination: Auto<bool>,
    /// Whether it has bandwidth of its own to EBS.
    #[attr(replace)]
    ebs_optimized: Auto<bool>,
    /// Whether its first IPv6 address stays for good.
    #[attr(replace)]
    enable_primary_ipv6: Auto<Unread<bool>>,
    /// Whether the password of a Windows machine is wanted. It is shown when there is one.
    #[attr(default = false)]
    get_password_data: Unread<bool>,
    /// Whether it can sleep.
    #[attr(replace)]
    hibernation: Option<bool>,
    /// The dedicated host it is on.
    #[attr(replace)]
    host_id: Auto<String>,
    /// A resource group of dedicated hosts.
    #[attr(replace)]
    host_resource_group_arn: Auto<String>,
    /// The profile that gives it a role, by name.
    iam_instance_profile: Auto<String>,
    /// What a shutdown from inside does: `stop` or `terminate`.
    instance_initiated_shutdown_behavior: Auto<String>,
    /// `spot` or `scheduled`, or nothing.
    instance_lifecycle: Out<String>,
    /// `running`, `stopped` and others.
    instance_state: Out<String>,
    /// The instance type, such as `t3.micro`. To change it, the machine is stopped and started again.
    instance_type: Auto<String>,
    /// How many IPv6 addresses it has.
    ipv6_address_count: Auto<i32>,
    /// Its IPv6 addresses.
    #[attr(replace)]
    ipv6_addresses: Auto<Vec<String>>,
    /// The key pair that lets people in.
    #[attr(replace)]
    key_name: Auto<String>,
    /// Whether metrics are taken every minute rather than every five.
    monitoring: Auto<bool>,
    /// The Outpost it is on.
    outpost_arn: Out<String>,
    /// The password of a Windows machine, encrypted with the key pair.
    password_data: Out<String>,
    /// The placement group.
    #[attr(replace)]
    placement_group: Auto<String>,
    /// The partition of the placement group.
    #[attr(replace)]
    placement_partition_number: Auto<i32>,
    /// Its first network interface.
    primary_network_interface_id: Out<String>,
    /// Its name inside the VPC.
    private_dns: Out<String>,
    /// Its address inside the VPC.
    #[attr(replace)]
    private_ip: Auto<String>,
    /// Its public name.
    public_dns: Out<String>,
    /// Its public address. An `aws_eip` that is associated with it is not seen here at once.
    public_ip: Out<String>,
    /// More addresses inside the VPC.
    secondary_private_ips: Auto<BTreeSet<String>>,
    /// Names of security groups, in the default VPC.
    #[attr(replace)]
    security_groups: Auto<BTreeSet<String>>,
    /// Whether it gets and sends only what is addressed to and comes from itself.
    #[attr(default = true)]
    source_dest_check: bool,
    /// The request for a Spot Instance that made it.
    spot_instance_request_id: Out<String>,
    /// The subnet.
    #[attr(replace)]
    subnet_id: Auto<String>,
    /// Tags of its own; those of the provider's `default_tags` come on top.
    tags: Tags,
    /// `default`, `dedicated` or `host`.
    #[attr(replace)]
    tenancy: Auto<String>,
    /// What it is told when it starts. The state has only a hash of it. To change it, the machine is
    /// stopped and started again.
    user_data: Auto<UserData>,
    /// The same in base64, for what is not text.
    user_data_base64: Auto<Unread<String>>,
    /// Whether a change of what it is told makes another machine.
    #[attr(default = false)]
    user_data_replace_on_change: Unread<bool>,
    /// Tags of all volumes that it is made with.
    volume_tags: Unread<BTreeMap<String, String>>,
    /// Ids of security groups.
    vpc_security_group_ids: Auto<BTreeSet<String>>,
    /// Its Amazon Resource Name.
    arn: Out<String>,
    /// Its id. Where a change makes another machine and no attribute says so by itself, this one does.
    #[attr(replace)]
    id: Out<String>,
    /// Which capacity reservation it may use.
    capacity_reservation_specification: Auto<One<Reservation>>,
    /// The processors.
    #[attr(replace)]
    cpu_options: Auto<One<Cpu>>,
    /// How bursts are paid for.
    credit_specification: Auto<One<Credit>>,
    /// Volumes in EBS. A change, but for tags, makes another machine.
    ebs_block_device: Auto<BTreeSet<Ebs>>,
    /// Isolated environments inside it.
    #[attr(replace)]
    enclave_options: Auto<One<Enclave>>,
    /// Volumes on the instance.
    #[attr(replace)]
    ephemeral_block_device: Unread<BTreeSet<Ephemeral>>,
    /// How it is bought.
    #[attr(replace)]
    instance_market_options: Unread<One<Market>>,
    /// A launch template that says what is not said here.
    #[attr(replace)]
    launch_template: Unread<One<Template>>,
    /// What AWS does about failing hardware.
    maintenance_options: Auto<One<Maintenance>>,
    /// How programs on it learn about it.
    metadata_options: Auto<One<Metadata>>,
    /// Network interfaces that exist, instead of a new one.
    #[attr(replace)]
    network_interface: Unread<BTreeSet<Interface>>,
    /// The host name.
    private_dns_name_options: Auto<One<PrivateDns>>,
    /// The volume of the root device.
    root_block_device: Auto<One<Root>>,
}

/// A machine that has just been made is not let go of while it starts.
const STARTING: &str = "starting";

impl Resource for Instance {
    const BATCH: usize = 200;
    const TIMEOUTS: Timeouts = Timeouts::minutes(10, 10, 20);
    /// What must not be stopped cannot be terminated either.
    const PROTECTIONS: &[&str] = &["disable_api_termination", "disable_api_stop"];

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        show::read(aws, ids).await
    }

    async fn create(aws: &Aws, want: &Self, token: &str) -> Result<String> {
        let id = start::run(aws, want, &uuid_of(token)).await?;
        aws.watch(&id, STARTING);
        Ok(id)
    }

    async fn update(aws: &Aws, id: &str, have: &Self, want: &Self) -> Result<()> {
        restart::restart(aws, id, have, want).await?;
        change::change(aws, id, have, want).await
    }

    async fn delete(aws: &Aws, id: &str, have: &Self) -> Result<()> {
        aws.watch(id, "");
        // Else a persistent request would start another one in its place.
        if let Some(request) = have.spot_instance_request_id.0.as_ref().filter(|it| !it.is_empty())
        {
            let call = aws.ec2().cancel_spot_instance_requests().spot_instance_request_ids(request);
            call.send().await.or_fault("CancelSpotInstanceRequests")?;
        }
        let call = aws.ec2().terminate_instances().instance_ids(id);
        call.send().await.or_fault("TerminateInstances")?;
        Ok(())
    }

    /// The token that it was made with stays on it.
    async fn find(aws: &Aws, _want: &Self, token: &str) -> Result<Option<String>> {
        let tokens = [uuid_of(token)];
        let call = aws.ec2().describe_instances().filters(filter("client-token", &tokens));
        let answer = call.send().await.or_fault("DescribeInstances")?;
        let gone =
            |it: &sdk::Instance| show::state(it) == Some(&sdk::InstanceStateName::Terminated);
        let instances = answer.reservations().iter().flat_map(|it| it.instances());
        Ok(instances.filter(|it| !gone(it)).find_map(|it| it.instance_id.clone()))
    }

    fn adjust(aws: &Aws, prior: Option<&Map>, planned: &mut Map) {
        follow_user_data::<Self>(prior, planned);
        tags::settle(aws, prior, planned);
        let Some(prior) = prior else { return };
        // How an imported machine got its address cannot be told; only whether it has one.
        let asked = "associate_public_ip_address";
        let has = prior.get("public_ip").and_then(Value::as_str).is_some_and(|it| !it.is_empty());
        let unsaid = prior.get(asked).filter(|it| it.is_null());
        if let Some(unsaid) =
            unsaid.filter(|_| planned.get(asked).and_then(Value::as_bool) == Some(has))
        {
            planned.insert(asked.into(), unsaid.clone());
        }
        let told = differs::<Self>(prior, planned, "user_data");
        let replace =
            planned.get("user_data_replace_on_change").and_then(Value::as_bool) == Some(true);
        if (told && replace) || other_volumes(prior, planned) {
            planned.insert("id".into(), Value::unknown(Type::String));
        } else if told || differs::<Self>(prior, planned, "instance_type") {
            // What is started again has another address.
            for name in ["public_ip", "public_dns"] {
                planned.insert(name.into(), Value::unknown(Type::String));
            }
        }
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        let says = |it: &str| fault.message.contains(it);
        match op {
            // The profile, or the role in it, was made a moment ago.
            Op::Create | Op::Update
                if says("Invalid IAM Instance Profile") || says("has no attached IAM roles") =>
            {
                Some(FaultKind::NotYet)
            }
            Op::Update | Op::Delete if fault.code == "IncorrectInstanceState" => {
                Some(FaultKind::Busy)
            }
            _ => None,
        }
    }
}

/// Whether volumes besides the root differ in more than tags.
fn other_volumes(prior: &Map, planned: &Map) -> bool {
    let name = "ebs_block_device";
    if !differs::<Instance>(prior, planned, name) {
        return false;
    }
    let Some(it) = Instance::SCHEMA.attribute(name) else { return false };
    let volumes = |of: &Map| -> Option<BTreeSet<Ebs>> {
        let bare = of.get(name)?.items()?.iter().map(tags::untagged).collect::<Vec<Value>>();
        if !bare.iter().all(Value::is_wholly_known) {
            return None;
        }
        let ty = it.shape.ty();
        let Type::Set(element) = &ty else { return None };
        let value = Value::set((**element).clone(), bare);
        serde_json::from_value(to_typed_json(&value, &ty)).ok()
    };
    match (volumes(prior), volumes(planned)) {
        (Some(old), Some(new)) => old != new,
        _ => true,
    }
}

#[cfg(test)]
mod tests;
