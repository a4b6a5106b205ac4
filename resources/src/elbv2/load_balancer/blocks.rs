//! The blocks of a load balancer.

use aws_sdk_elasticloadbalancingv2::types as sdk;
use model::{Attributes, Field, Mirror, One, Out, Shape};
use serde::{Deserialize, Serialize};

use crate::elbv2::settings::Found;
use crate::mirror::{FromSdk, ToSdk};

/// Logs, if they are on. Logs that are off are equal to none at all.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Logs(One<LogsBlock>);

/// Where something is logged.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct LogsBlock {
    /// The bucket for logs.
    bucket: String,
    /// Whether they are written.
    #[attr(default = false)]
    enabled: bool,
    /// The folder in the bucket.
    prefix: Option<String>,
}

/// What AWS calls the settings of one kind of logs: whether they are on, the bucket, the folder.
pub(super) type Keys = [&'static str; 3];

pub(super) const ACCESS: Keys =
    ["access_logs.s3.enabled", "access_logs.s3.bucket", "access_logs.s3.prefix"];
pub(super) const CONNECTION: Keys =
    ["connection_logs.s3.enabled", "connection_logs.s3.bucket", "connection_logs.s3.prefix"];

impl Field for Logs {
    const SHAPE: Shape = One::<LogsBlock>::SHAPE;
    const GIVEN: model::Given = model::Given::Optional;
    const MAX_ITEMS: u32 = 1;
}

impl PartialEq for Logs {
    fn eq(&self, other: &Self) -> bool {
        self.on() == other.on()
    }
}

impl Logs {
    fn on(&self) -> Option<(&str, &str)> {
        let on = self.0.0.as_ref().filter(|it| it.enabled)?;
        Some((&on.bucket, on.prefix.as_deref().unwrap_or_default()))
    }

    pub(super) fn read(found: &Found, [enabled, bucket, prefix]: &Keys) -> Logs {
        let text = |key: &str| found.get(key).filter(|it| !it.is_empty()).cloned();
        Logs(One(text(bucket).map(|bucket| LogsBlock {
            bucket,
            enabled: text(enabled).as_deref() == Some("true"),
            prefix: text(prefix),
        })))
    }

    /// The pairs that turn `have` into this.
    pub(super) fn changes(&self, have: &Logs, keys: &Keys) -> Vec<(&'static str, String)> {
        let &[enabled, bucket, prefix] = keys;
        match self.on() {
            _ if self == have => Vec::new(),
            None => vec![(enabled, "false".to_owned())],
            Some((to, folder)) => {
                let on = (enabled, "true".to_owned());
                vec![on, (bucket, to.to_owned()), (prefix, folder.to_owned())]
            }
        }
    }
}

/// The pools addresses come from.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::IpamPools)]
pub(crate) struct IpamPools {
    /// The pool for IPv4 addresses.
    ipv4_ipam_pool_id: String,
}

/// The capacity a load balancer never goes below.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::MinimumLoadBalancerCapacity)]
pub(crate) struct Capacity {
    /// In capacity units.
    capacity_units: i32,
}

/// A subnet, with the addresses a load balancer has there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Serialize, Deserialize)]
pub(crate) struct SubnetMapping {
    /// The Elastic IP address.
    #[attr(replace)]
    allocation_id: Option<String>,
    /// The IPv6 address.
    #[attr(replace)]
    ipv6_address: Option<String>,
    /// The Outpost it is on.
    outpost_id: Out<String>,
    /// The private IPv4 address.
    #[attr(replace)]
    private_ipv4_address: Option<String>,
    /// The subnet.
    subnet_id: String,
}

impl ToSdk<Option<sdk::SubnetMapping>> for SubnetMapping {
    fn to_sdk(&self) -> Option<sdk::SubnetMapping> {
        let mapping = sdk::SubnetMapping::builder().subnet_id(&self.subnet_id);
        let mapping = mapping
            .set_allocation_id(self.allocation_id.clone())
            .set_ipv6_address(self.ipv6_address.clone())
            .set_private_ipv4_address(self.private_ipv4_address.clone());
        Some(mapping.build())
    }
}

impl<'a> FromSdk<&'a sdk::AvailabilityZone> for SubnetMapping {
    fn from_sdk(it: &'a sdk::AvailabilityZone) -> Self {
        let address = it.load_balancer_addresses().first();
        SubnetMapping {
            allocation_id: Option::from_sdk(address.and_then(|it| it.allocation_id())),
            ipv6_address: Option::from_sdk(address.and_then(|it| it.ipv6_address())),
            outpost_id: Out::from_sdk(it.outpost_id()),
            private_ipv4_address: Option::from_sdk(
                address.and_then(|it| it.private_ipv4_address()),
            ),
            subnet_id: String::from_sdk(it.subnet_id()),
        }
    }
}
