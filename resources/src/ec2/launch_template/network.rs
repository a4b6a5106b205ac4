//! The network interfaces of a launch template.

use std::collections::BTreeSet;

use aws_sdk_ec2::types as sdk;
use model::{Attributes, Mirror, One};
use serde::{Deserialize, Serialize};

use crate::mirror::{FromSdk, ToSdk};
use crate::spelling::{Flag, not_zero};

/// A network interface.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct Interface {
    /// Whether it gets an address of the carrier, in a Wavelength zone.
    associate_carrier_ip_address: Option<Flag>,
    /// Whether it gets a public address.
    associate_public_ip_address: Option<Flag>,
    /// Whether it goes with the instance.
    delete_on_termination: Option<Flag>,
    /// What it is for.
    description: Option<String>,
    /// Its number on the instance; 0 is the first.
    device_index: Option<i32>,
    /// `interface`, `efa` or `efa-only`.
    interface_type: Option<String>,
    /// How many more IPv4 addresses it gets.
    ipv4_address_count: Option<i32>,
    /// Its IPv4 addresses, the one of `private_ip_address` among them.
    ipv4_addresses: Option<BTreeSet<String>>,
    /// How many IPv4 prefixes it gets.
    ipv4_prefix_count: Option<i32>,
    /// Its IPv4 prefixes.
    ipv4_prefixes: Option<BTreeSet<String>>,
    /// How many IPv6 addresses it gets.
    ipv6_address_count: Option<i32>,
    /// Its IPv6 addresses.
    ipv6_addresses: Option<BTreeSet<String>>,
    /// How many IPv6 prefixes it gets.
    ipv6_prefix_count: Option<i32>,
    /// Its IPv6 prefixes.
    ipv6_prefixes: Option<BTreeSet<String>>,
    /// The network card it is on.
    network_card_index: Option<i32>,
    /// One that exists, instead of a new one.
    network_interface_id: Option<String>,
    /// Whether its first IPv6 address stays for good.
    primary_ipv6: Option<Flag>,
    /// Its first IPv4 address.
    private_ip_address: Option<String>,
    /// Ids of its security groups.
    security_groups: Option<BTreeSet<String>>,
    /// Its subnet.
    subnet_id: Option<String>,
    /// How long idle connections are remembered.
    connection_tracking_specification: One<Tracking>,
    /// ENA Express.
    ena_srd_specification: One<EnaSrd>,
}

/// How long idle connections are remembered.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::ConnectionTrackingSpecificationRequest, sdk::ConnectionTrackingSpecification)]
pub(crate) struct Tracking {
    /// Seconds for established TCP connections.
    tcp_established_timeout: Option<i32>,
    /// Seconds for UDP flows with traffic in both directions.
    udp_stream_timeout: Option<i32>,
    /// Seconds for UDP flows with traffic in one direction.
    udp_timeout: Option<i32>,
}

/// ENA Express.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::EnaSrdSpecificationRequest, sdk::LaunchTemplateEnaSrdSpecification)]
pub(crate) struct EnaSrd {
    /// Whether it is on.
    ena_srd_enabled: Option<bool>,
    /// The same for UDP.
    ena_srd_udp_specification: One<EnaSrdUdp>,
}

/// ENA Express for UDP.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::EnaSrdUdpSpecificationRequest, sdk::LaunchTemplateEnaSrdUdpSpecification)]
pub(crate) struct EnaSrdUdp {
    /// Whether it is on.
    ena_srd_udp_enabled: Option<bool>,
}

impl ToSdk<Option<sdk::LaunchTemplateInstanceNetworkInterfaceSpecificationRequest>> for Interface {
    fn to_sdk(&self) -> Option<sdk::LaunchTemplateInstanceNetworkInterfaceSpecificationRequest> {
        let several = self.ipv4_addresses.iter().flatten().next().is_some();
        let ipv4 = |it: &String| {
            let primary = self.private_ip_address.as_ref() == Some(it);
            let address = sdk::PrivateIpAddressSpecification::builder().private_ip_address(it);
            address.primary(primary).build()
        };
        let ipv6 =
            |it: &String| sdk::InstanceIpv6AddressRequest::builder().ipv6_address(it).build();
        let prefix4 =
            |it: &String| sdk::Ipv4PrefixSpecificationRequest::builder().ipv4_prefix(it).build();
        let prefix6 =
            |it: &String| sdk::Ipv6PrefixSpecificationRequest::builder().ipv6_prefix(it).build();
        let it = sdk::LaunchTemplateInstanceNetworkInterfaceSpecificationRequest::builder()
            .set_associate_carrier_ip_address(self.associate_carrier_ip_address.to_sdk())
            .set_associate_public_ip_address(self.associate_public_ip_address.to_sdk())
            .set_delete_on_termination(self.delete_on_termination.to_sdk())
            .set_description(self.description.to_sdk())
            // The first one of an instance has number 0, which the provider lets people leave out.
            .device_index(self.device_index.unwrap_or(0))
            .set_interface_type(self.interface_type.to_sdk())
            .set_secondary_private_ip_address_count(not_zero(self.ipv4_address_count))
            .set_private_ip_addresses(all(&self.ipv4_addresses, ipv4))
            .set_ipv4_prefix_count(not_zero(self.ipv4_prefix_count))
            .set_ipv4_prefixes(all(&self.ipv4_prefixes, prefix4))
            .set_ipv6_address_count(not_zero(self.ipv6_address_count))
            .set_ipv6_addresses(all(&self.ipv6_addresses, ipv6))
            .set_ipv6_prefix_count(not_zero(self.ipv6_prefix_count))
            .set_ipv6_prefixes(all(&self.ipv6_prefixes, prefix6))
            .set_network_card_index(self.network_card_index)
            .set_network_interface_id(self.network_interface_id.to_sdk())
            .set_primary_ipv6(self.primary_ipv6.to_sdk())
            .set_private_ip_address(self.private_ip_address.to_sdk().filter(|_| !several))
            .set_groups(all(&self.security_groups, Clone::clone))
            .set_subnet_id(self.subnet_id.to_sdk())
            .set_connection_tracking_specification(self.connection_tracking_specification.to_sdk())
            .set_ena_srd_specification(self.ena_srd_specification.to_sdk());
        Some(it.build())
    }
}

/// Each of several, if there are any.
fn all<T>(of: &Option<BTreeSet<String>>, one: impl Fn(&String) -> T) -> Option<Vec<T>> {
    of.as_ref().filter(|it| !it.is_empty()).map(|it| it.iter().map(one).collect())
}

impl<'a> FromSdk<&'a sdk::LaunchTemplateInstanceNetworkInterfaceSpecification> for Interface {
    fn from_sdk(it: &'a sdk::LaunchTemplateInstanceNetworkInterfaceSpecification) -> Self {
        let ipv4 = it.private_ip_addresses();
        let primary = ipv4.iter().find(|it| it.primary() == Some(true));
        let primary = primary.and_then(|it| it.private_ip_address());
        let texts = |it: Vec<Option<&str>>| {
            Some(it.into_iter().flatten().map(str::to_owned).collect::<BTreeSet<String>>())
        };
        Interface {
            associate_carrier_ip_address: Option::from_sdk(it.associate_carrier_ip_address()),
            associate_public_ip_address: Option::from_sdk(it.associate_public_ip_address()),
            delete_on_termination: Option::from_sdk(it.delete_on_termination()),
            description: Option::from_sdk(it.description()),
            device_index: it.device_index(),
            interface_type: Option::from_sdk(it.interface_type()),
            ipv4_address_count: it.secondary_private_ip_address_count(),
            ipv4_addresses: texts(ipv4.iter().map(|it| it.private_ip_address()).collect()),
            ipv4_prefix_count: it.ipv4_prefix_count(),
            ipv4_prefixes: texts(it.ipv4_prefixes().iter().map(|it| it.ipv4_prefix()).collect()),
            ipv6_address_count: it.ipv6_address_count(),
            ipv6_addresses: texts(it.ipv6_addresses().iter().map(|it| it.ipv6_address()).collect()),
            ipv6_prefix_count: it.ipv6_prefix_count(),
            ipv6_prefixes: texts(it.ipv6_prefixes().iter().map(|it| it.ipv6_prefix()).collect()),
            network_card_index: it.network_card_index(),
            network_interface_id: Option::from_sdk(it.network_interface_id()),
            primary_ipv6: Option::from_sdk(it.primary_ipv6()),
            private_ip_address: Option::from_sdk(primary.or(it.private_ip_address())),
            security_groups: Option::from_sdk(it.groups()),
            subnet_id: Option::from_sdk(it.subnet_id()),
            connection_tracking_specification: One::from_sdk(
                it.connection_tracking_specification(),
            ),
            ena_srd_specification: One::from_sdk(it.ena_srd_specification()),
        }
    }
}
