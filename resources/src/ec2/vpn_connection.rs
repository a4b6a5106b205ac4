//! `aws_vpn_connection`: a VPN of two tunnels between a network of one's own and AWS.

mod configuration;
mod standards;
mod tunnel;

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ec2::types as sdk;
use model::{
    Attributes, Auto, Fault, FaultKind, Live, Map, Mirror, One, Op, Out, Phase, Secret, Tags,
    Timeouts, Value,
};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::ec2::{filter, forget_tokens, made_with, retag, tag_on_create, tags_from_sdk};
use crate::fault::{OrFault, must};
use crate::mirror::{FromSdk, ToSdk, moment};
use crate::resource::{Resource, Result, changed};

use configuration::ends;
use standards::{
    DpdAction, DpdSeconds, IkeVersions, Phase1Encryption, Phase1Groups, Phase1Integrity,
    Phase1Seconds, Phase2Encryption, Phase2Groups, Phase2Integrity, Phase2Seconds, RekeyFuzz,
    RekeyMargin, ReplayWindow, StartupAction,
};
use tunnel::LogOptions;

/// The attributes of both tunnels are the same but for their names, so each is written once.
macro_rules! connection {
    ($($(#[$meta:meta])* $field:ident: $ty:ty = $one:ident, $two:ident;)+) => {
        /// A VPN of two tunnels between a network of one's own and AWS.
        #[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
        #[resource("aws_vpn_connection")]
        pub(crate) struct VpnConnection {
            /// The other end.
            customer_gateway_id: String,
            /// `ipsec.1`.
            #[attr(replace)]
            r#type: String,
            /// Whether traffic takes the network of Global Accelerator. For transit gateways.
            #[attr(replace)]
            enable_acceleration: Auto<bool>,
            /// The IPv4 addresses at the other end that may use the VPN.
            local_ipv4_network_cidr: Auto<String>,
            /// The IPv6 addresses at the other end that may use the VPN.
            local_ipv6_network_cidr: Auto<String>,
            /// `PublicIpv4` or `PrivateIpv4`.
            #[attr(replace)]
            outside_ip_address_type: Auto<String>,
            /// Where AWS keeps the keys: `Standard`, with the VPN, or `SecretsManager`.
            preshared_key_storage: Auto<String>,
            /// The IPv4 addresses at AWS's end that may use the VPN.
            remote_ipv4_network_cidr: Auto<String>,
            /// The IPv6 addresses at AWS's end that may use the VPN.
            remote_ipv6_network_cidr: Auto<String>,
            /// Whether routes are written down, with `aws_vpn_connection_route`, and not learnt by BGP.
            #[attr(replace)]
            static_routes_only: Auto<bool>,
            /// The transit gateway it leads to.
            transit_gateway_id: Option<String>,
            /// What carries a private VPN: the attachment to the transit gateway.
            #[attr(replace)]
            transport_transit_gateway_attachment_id: Option<String>,
            /// `ipv4` or `ipv6`.
            #[attr(replace)]
            tunnel_inside_ip_version: Auto<String>,
            /// The virtual private gateway it leads to.
            vpn_gateway_id: Option<String>,
            /// Tags of its own; those of the provider's `default_tags` come on top.
            tags: Tags,
            $($(#[$meta])* $one: $ty, $(#[$meta])* $two: $ty,)+
            /// The core network of Cloud WAN it leads to.
            core_network_arn: Out<String>,
            /// What attaches it to the core network.
            core_network_attachment_arn: Out<String>,
            /// Everything the other end has to know, in AWS's XML.
            #[attr(volatile)]
            customer_gateway_configuration: Out<Secret<String>>,
            /// The secret that holds the keys.
            preshared_key_arn: Out<String>,
            /// The destinations that are known to be behind it.
            #[attr(volatile)]
            routes: Out<BTreeSet<StaticRoute>>,
            /// What attaches it to the transit gateway.
            transit_gateway_attachment_id: Out<String>,
            /// How the tunnels are.
            #[attr(volatile)]
            vgw_telemetry: Out<BTreeSet<Telemetry>>,
            /// Its Amazon Resource Name.
            arn: Out<String>,
            /// Its id, such as `vpn-0123456789abcdef0`.
            id: Out<String>,
        }

        /// One of the two tunnels.
        #[derive(Clone)]
        struct Tunnel {
            $($field: $ty,)+
        }

        impl VpnConnection {
            fn tunnels(&self) -> [Tunnel; 2] {
                [Tunnel { $($field: self.$one.clone(),)+ }, Tunnel { $($field: self.$two.clone(),)+ }]
            }

            fn with(self, [one, two]: [Tunnel; 2]) -> VpnConnection {
                VpnConnection { $($one: one.$field, $two: two.$field,)+ ..self }
            }
        }
    };
}

connection! {
    /// What happens when the other end is silent: `clear`, `none` or `restart`.
    dpd_timeout_action: DpdAction = tunnel1_dpd_timeout_action, tunnel2_dpd_timeout_action;
    /// After how many seconds the other end counts as silent.
    dpd_timeout_seconds: DpdSeconds = tunnel1_dpd_timeout_seconds, tunnel2_dpd_timeout_seconds;
    /// Whether one decides oneself when AWS's end is replaced.
    enable_tunnel_lifecycle_control: Option<bool> =
        tunnel1_enable_tunnel_lifecycle_control, tunnel2_enable_tunnel_lifecycle_control;
    /// `ikev1` and `ikev2`.
    ike_versions: IkeVersions = tunnel1_ike_versions, tunnel2_ike_versions;
    /// Its IPv4 addresses inside: a /30 of `169.254.0.0/16`.
    #[attr(replace)]
    inside_cidr: Auto<String> = tunnel1_inside_cidr, tunnel2_inside_cidr;
    /// Its IPv6 addresses inside: a /126 of `fd00::/8`.
    #[attr(replace)]
    inside_ipv6_cidr: Auto<String> = tunnel1_inside_ipv6_cidr, tunnel2_inside_ipv6_cidr;
    /// What is logged.
    log_options: Auto<One<LogOptions>> = tunnel1_log_options, tunnel2_log_options;
    /// The Diffie-Hellman groups for IKE.
    phase1_dh_group_numbers: Phase1Groups =
        tunnel1_phase1_dh_group_numbers, tunnel2_phase1_dh_group_numbers;
    /// The ciphers for IKE.
    phase1_encryption_algorithms: Phase1Encryption =
        tunnel1_phase1_encryption_algorithms, tunnel2_phase1_encryption_algorithms;
    /// The digests for IKE.
    phase1_integrity_algorithms: Phase1Integrity =
        tunnel1_phase1_integrity_algorithms, tunnel2_phase1_integrity_algorithms;
    /// How many seconds a key of IKE lives.
    phase1_lifetime_seconds: Phase1Seconds =
        tunnel1_phase1_lifetime_seconds, tunnel2_phase1_lifetime_seconds;
    /// The Diffie-Hellman groups for the traffic.
    phase2_dh_group_numbers: Phase2Groups =
        tunnel1_phase2_dh_group_numbers, tunnel2_phase2_dh_group_numbers;
    /// The ciphers for the traffic.
    phase2_encryption_algorithms: Phase2Encryption =
        tunnel1_phase2_encryption_algorithms, tunnel2_phase2_encryption_algorithms;
    /// The digests for the traffic.
    phase2_integrity_algorithms: Phase2Integrity =
        tunnel1_phase2_integrity_algorithms, tunnel2_phase2_integrity_algorithms;
    /// How many seconds a key for the traffic lives.
    phase2_lifetime_seconds: Phase2Seconds =
        tunnel1_phase2_lifetime_seconds, tunnel2_phase2_lifetime_seconds;
    /// The secret both ends share. Else AWS makes one up.
    preshared_key: Auto<Secret<String>> = tunnel1_preshared_key, tunnel2_preshared_key;
    /// By how much, in percent, the moment of a new key varies.
    rekey_fuzz_percentage: RekeyFuzz =
        tunnel1_rekey_fuzz_percentage, tunnel2_rekey_fuzz_percentage;
    /// How many seconds before the end of a key's life AWS asks for a new one.
    rekey_margin_time_seconds: RekeyMargin =
        tunnel1_rekey_margin_time_seconds, tunnel2_rekey_margin_time_seconds;
    /// How many packets back a repeated one is recognised.
    replay_window_size: ReplayWindow = tunnel1_replay_window_size, tunnel2_replay_window_size;
    /// Who begins: `add` for the other end, `start` for AWS.
    startup_action: StartupAction = tunnel1_startup_action, tunnel2_startup_action;
    /// The public address of AWS's end.
    address: Out<String> = tunnel1_address, tunnel2_address;
    /// The number of AWS's end in BGP.
    bgp_asn: Out<String> = tunnel1_bgp_asn, tunnel2_bgp_asn;
    /// How many seconds BGP waits for a sign of life.
    bgp_holdtime: Out<i32> = tunnel1_bgp_holdtime, tunnel2_bgp_holdtime;
    /// The address of the other end inside.
    cgw_inside_address: Out<String> = tunnel1_cgw_inside_address, tunnel2_cgw_inside_address;
    /// The address of AWS's end inside.
    vgw_inside_address: Out<String> = tunnel1_vgw_inside_address, tunnel2_vgw_inside_address;
}

/// What follows from where a connection leads to.
const ENDS: [&str; 10] = [
    "tunnel1_address",
    "tunnel1_bgp_asn",
    "tunnel1_bgp_holdtime",
    "tunnel1_cgw_inside_address",
    "tunnel1_vgw_inside_address",
    "tunnel2_address",
    "tunnel2_bgp_asn",
    "tunnel2_bgp_holdtime",
    "tunnel2_cgw_inside_address",
    "tunnel2_vgw_inside_address",
];

/// A destination behind a connection.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Mirror, Serialize, Deserialize,
)]
#[mirror(sdk::VpnStaticRoute)]
pub(crate) struct StaticRoute {
    /// The addresses.
    destination_cidr_block: Option<String>,
    /// How it came to be known: `Static`, or nothing.
    source: Option<String>,
    /// How far it has come.
    state: Option<String>,
}

/// How a tunnel is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Serialize, Deserialize)]
pub(crate) struct Telemetry {
    /// How many routes came in by BGP.
    accepted_route_count: Option<i32>,
    /// The certificate of AWS's end.
    certificate_arn: Option<String>,
    /// When its status changed.
    last_status_change: Out<String>,
    /// The public address of AWS's end.
    outside_ip_address: Option<String>,
    /// `UP` or `DOWN`.
    status: Option<String>,
    /// Why.
    status_message: Option<String>,
}

impl Resource for VpnConnection {
    const BATCH: usize = 100;
    const TIMEOUTS: Timeouts = Timeouts::minutes(40, 40, 40);

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        let found = connections(aws, ids).await?;
        if found.is_empty() {
            return Ok(Vec::new());
        }
        let arn = aws.arn("ec2", "vpn-connection/").await?;
        let attachments = attachments(aws, &found).await?;
        Ok(found.iter().map(|it| live(it, &arn, &attachments)).collect())
    }

    async fn create(aws: &Aws, want: &Self, token: &str) -> Result<String> {
        let tags = tag_on_create(sdk::ResourceType::VpnConnection, &want.tags, token);
        let call = aws.ec2().create_vpn_connection().r#type(&want.r#type);
        let call = call
            .customer_gateway_id(&want.customer_gateway_id)
            .set_transit_gateway_id(want.transit_gateway_id.clone())
            .set_vpn_gateway_id(want.vpn_gateway_id.clone())
            .set_pre_shared_key_storage(want.preshared_key_storage.to_sdk())
            .options(want.options())
            .set_tag_specifications(Some(tags));
        let answer = call.send().await.or_fault("CreateVpnConnection")?;
        must(answer.vpn_connection.and_then(|it| it.vpn_connection_id), "CreateVpnConnection")
    }

    /// AWS takes one change at a time, and minutes for each. Where there are several, each attempt
    /// makes the first that is still due.
    async fn update(aws: &Aws, id: &str, have: &Self, want: &Self) -> Result<()> {
        let due = due(have, want);
        match due.as_slice() {
            [] => (),
            [only] => make(aws, id, *only, have, want).await?,
            [..] => {
                let found = Self::read(aws, &[id.to_owned()]).await?.into_iter().next();
                let now = must(found, "DescribeVpnConnections")?;
                if let Phase::Changing(how) = now.phase {
                    return Err(busy(how.what));
                }
                let left = due_now(&now.attributes, want, &due);
                if let Some((next, others)) = left.split_first() {
                    make(aws, id, *next, &now.attributes, want).await?;
                    if !others.is_empty() {
                        return Err(busy("it takes one change at a time".to_owned()));
                    }
                }
            }
        }
        retag(aws, id, &have.tags, &want.tags).await
    }

    async fn delete(aws: &Aws, id: &str, _have: &Self) -> Result<()> {
        let call = aws.ec2().delete_vpn_connection().vpn_connection_id(id);
        call.send().await.or_fault("DeleteVpnConnection")?;
        Ok(())
    }

    async fn find(aws: &Aws, _want: &Self, token: &str) -> Result<Option<String>> {
        let call = aws.ec2().describe_vpn_connections().filters(made_with(token));
        let answer = call.send().await.or_fault("DescribeVpnConnections")?;
        let found = answer.vpn_connections.unwrap_or_default();
        Ok(found.into_iter().find_map(|it| it.vpn_connection_id))
    }

    async fn forget(aws: &Aws, ids: &[String]) -> Result<()> {
        forget_tokens(aws, ids).await
    }

    /// Other gateways have other addresses.
    fn adjust(_aws: &Aws, prior: Option<&Map>, planned: &mut Map) {
        let Some(prior) = prior else { return };
        const GATEWAYS: [&str; 3] = ["customer_gateway_id", "transit_gateway_id", "vpn_gateway_id"];
        if GATEWAYS.iter().all(|it| prior.get(*it) == planned.get(*it)) {
            return;
        }
        for it in ENDS.iter().filter_map(|it| Self::SCHEMA.attribute(it)) {
            planned.insert(it.name.into(), Value::unknown(it.shape.ty()));
        }
    }

    fn check(given: &Map) -> Vec<(&'static str, String)> {
        let has = |name: &str| given.get(name).is_some_and(|it| it.is_known() && !it.is_null());
        match has("transit_gateway_id") && has("vpn_gateway_id") {
            true => vec![("vpn_gateway_id", "cannot be given with `transit_gateway_id`".into())],
            false => Vec::new(),
        }
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        const NEW: [&str; 3] = [
            "InvalidCustomerGatewayID.NotFound",
            "InvalidVpnGatewayID.NotFound",
            "InvalidTransitGatewayID.NotFound",
        ];
        let making = matches!(op, Op::Create | Op::Update);
        (making && NEW.contains(&fault.code.as_str())).then_some(FaultKind::NotYet)
    }
}

/// A change that AWS makes with one call.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Gateways,
    Networks,
    Tunnel(usize),
}

fn due(have: &VpnConnection, want: &VpnConnection) -> Vec<Step> {
    let mut due = Vec::new();
    if changed!(have, want; customer_gateway_id, transit_gateway_id, vpn_gateway_id) {
        due.push(Step::Gateways);
    }
    if changed!(
        have, want; local_ipv4_network_cidr, local_ipv6_network_cidr, remote_ipv4_network_cidr,
        remote_ipv6_network_cidr
    ) {
        due.push(Step::Networks);
    }
    let moved = changed!(have, want; preshared_key_storage);
    for (n, (have, want)) in have.tunnels().iter().zip(&want.tunnels()).enumerate() {
        if moved || have.modification(want).is_some() {
            due.push(Step::Tunnel(n));
        }
    }
    due
}

/// Those of `due` that have not been made yet.
fn due_now(now: &VpnConnection, want: &VpnConnection, planned: &[Step]) -> Vec<Step> {
    due(now, want).into_iter().filter(|it| planned.contains(it)).collect()
}

async fn make(
    aws: &Aws,
    id: &str,
    step: Step,
    have: &VpnConnection,
    want: &VpnConnection,
) -> Result<()> {
    match step {
        Step::Gateways => {
            let new = |have: &Option<String>, want: &Option<String>| {
                want.clone().filter(|_| have != want)
            };
            let customer = Some(want.customer_gateway_id.clone());
            let call = aws.ec2().modify_vpn_connection().vpn_connection_id(id);
            let call = call
                .set_customer_gateway_id(
                    customer.filter(|_| changed!(have, want; customer_gateway_id)),
                )
                .set_transit_gateway_id(new(&have.transit_gateway_id, &want.transit_gateway_id))
                .set_vpn_gateway_id(new(&have.vpn_gateway_id, &want.vpn_gateway_id));
            call.send().await.or_fault("ModifyVpnConnection")?;
        }
        Step::Networks => {
            let new =
                |have: &Auto<String>, want: &Auto<String>| want.0.clone().filter(|_| have != want);
            let call = aws.ec2().modify_vpn_connection_options().vpn_connection_id(id);
            let call = call
                .set_local_ipv4_network_cidr(new(
                    &have.local_ipv4_network_cidr,
                    &want.local_ipv4_network_cidr,
                ))
                .set_local_ipv6_network_cidr(new(
                    &have.local_ipv6_network_cidr,
                    &want.local_ipv6_network_cidr,
                ))
                .set_remote_ipv4_network_cidr(new(
                    &have.remote_ipv4_network_cidr,
                    &want.remote_ipv4_network_cidr,
                ))
                .set_remote_ipv6_network_cidr(new(
                    &have.remote_ipv6_network_cidr,
                    &want.remote_ipv6_network_cidr,
                ));
            call.send().await.or_fault("ModifyVpnConnectionOptions")?;
        }
        Step::Tunnel(n) => {
            let storage = want.preshared_key_storage.to_sdk();
            let storage = storage.filter(|_| changed!(have, want; preshared_key_storage));
            let (have, want) = (&have.tunnels()[n], &want.tunnels()[n]);
            let call = aws.ec2().modify_vpn_tunnel_options().vpn_connection_id(id);
            let call = call
                .set_vpn_tunnel_outside_ip_address(have.address.0.clone())
                .set_tunnel_options(have.modification(want))
                .set_pre_shared_key_storage(storage);
            call.send().await.or_fault("ModifyVpnTunnelOptions")?;
        }
    }
    Ok(())
}

fn busy(why: String) -> Fault {
    let (kind, code) = (FaultKind::Busy, "IncorrectState".to_owned());
    Fault { kind, operation: "ModifyVpnConnection", code, message: why }
}

impl VpnConnection {
    fn options(&self) -> sdk::VpnConnectionOptionsSpecification {
        let v6 = self.tunnel_inside_ip_version.0.as_deref() == Some("ipv6");
        let only = |it: &Auto<String>, when: bool| it.0.clone().filter(|_| when);
        let version = if v6 { sdk::TunnelInsideIpVersion::Ipv6 } else { "ipv4".into() };
        let tunnels = self.tunnels().iter().map(Tunnel::specification).collect();
        sdk::VpnConnectionOptionsSpecification::builder()
            .set_enable_acceleration(self.enable_acceleration.0)
            .set_local_ipv4_network_cidr(only(&self.local_ipv4_network_cidr, !v6))
            .set_local_ipv6_network_cidr(only(&self.local_ipv6_network_cidr, v6))
            .set_outside_ip_address_type(self.outside_ip_address_type.to_sdk())
            .set_remote_ipv4_network_cidr(only(&self.remote_ipv4_network_cidr, !v6))
            .set_remote_ipv6_network_cidr(only(&self.remote_ipv6_network_cidr, v6))
            .set_static_routes_only(self.static_routes_only.0)
            .set_transport_transit_gateway_attachment_id(
                self.transport_transit_gateway_attachment_id.clone(),
            )
            .tunnel_inside_ip_version(version)
            .set_tunnel_options(Some(tunnels))
            .build()
    }
}

/// Those that exist. A deleted one stays describable for a while.
pub(super) async fn connections(aws: &Aws, ids: &[String]) -> Result<Vec<sdk::VpnConnection>> {
    let call = aws.ec2().describe_vpn_connections().filters(filter("vpn-connection-id", ids));
    let answer = call.send().await.or_fault("DescribeVpnConnections")?;
    let exists = |it: &sdk::VpnConnection| it.state() != Some(&sdk::VpnState::Deleted);
    Ok(answer.vpn_connections.unwrap_or_default().into_iter().filter(exists).collect())
}

/// What attaches connections to transit gateways, by the connection's id.
async fn attachments(
    aws: &Aws,
    connections: &[sdk::VpnConnection],
) -> Result<BTreeMap<String, String>> {
    let attached = connections.iter().filter(|it| it.transit_gateway_id().is_some());
    let ids: Vec<_> = attached.filter_map(|it| it.vpn_connection_id.clone()).collect();
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let call = aws.ec2().describe_transit_gateway_attachments();
    let call = call.filters(filter("resource-id", &ids));
    let call = call.filters(filter("resource-type", &["vpn".to_owned()]));
    let answer = call.send().await.or_fault("DescribeTransitGatewayAttachments")?;
    let found = answer.transit_gateway_attachments.unwrap_or_default().into_iter();
    Ok(found.filter_map(|it| Some((it.resource_id?, it.transit_gateway_attachment_id?))).collect())
}

fn telemetry(it: &sdk::VgwTelemetry) -> Telemetry {
    Telemetry {
        accepted_route_count: it.accepted_route_count(),
        certificate_arn: Option::from_sdk(it.certificate_arn()),
        last_status_change: moment(it.last_status_change()),
        outside_ip_address: Option::from_sdk(it.outside_ip_address()),
        status: Option::from_sdk(it.status()),
        status_message: Option::from_sdk(it.status_message()),
    }
}

fn live(
    it: &sdk::VpnConnection,
    arn: &str,
    attachments: &BTreeMap<String, String>,
) -> Live<VpnConnection> {
    let id = String::from_sdk(it.vpn_connection_id());
    let text = it.customer_gateway_configuration();
    let options = it.options();
    let storage = if it.pre_shared_key_arn().is_some() { "SecretsManager" } else { "Standard" };
    let attributes = VpnConnection {
        customer_gateway_id: String::from_sdk(it.customer_gateway_id()),
        r#type: String::from_sdk(it.r#type()),
        enable_acceleration: Auto(options.and_then(|it| it.enable_acceleration())),
        local_ipv4_network_cidr: Auto::from_sdk(
            options.and_then(|it| it.local_ipv4_network_cidr()),
        ),
        local_ipv6_network_cidr: Auto::from_sdk(
            options.and_then(|it| it.local_ipv6_network_cidr()),
        ),
        outside_ip_address_type: Auto::from_sdk(
            options.and_then(|it| it.outside_ip_address_type()),
        ),
        preshared_key_storage: Auto(Some(storage.to_owned())),
        remote_ipv4_network_cidr: Auto::from_sdk(
            options.and_then(|it| it.remote_ipv4_network_cidr()),
        ),
        remote_ipv6_network_cidr: Auto::from_sdk(
            options.and_then(|it| it.remote_ipv6_network_cidr()),
        ),
        static_routes_only: Auto(options.and_then(|it| it.static_routes_only())),
        transit_gateway_id: Option::from_sdk(it.transit_gateway_id()),
        transport_transit_gateway_attachment_id: Option::from_sdk(
            options.and_then(|it| it.transport_transit_gateway_attachment_id()),
        ),
        tunnel_inside_ip_version: Auto::from_sdk(
            options.and_then(|it| it.tunnel_inside_ip_version()),
        ),
        vpn_gateway_id: Option::from_sdk(it.vpn_gateway_id()),
        tags: tags_from_sdk(it.tags()),
        core_network_arn: Out::from_sdk(it.core_network_arn()),
        core_network_attachment_arn: Out::from_sdk(it.core_network_attachment_arn()),
        customer_gateway_configuration: Out(text.map(|it| Secret(it.to_owned()))),
        preshared_key_arn: Out::from_sdk(it.pre_shared_key_arn()),
        routes: Out::from_sdk(it.routes()),
        transit_gateway_attachment_id: Out(attachments.get(&id).cloned()),
        vgw_telemetry: Out(Some(it.vgw_telemetry().iter().map(telemetry).collect())),
        arn: Out(Some(format!("{arn}{id}"))),
        id: Out(Some(id.clone())),
        ..blank()
    };
    let tunnels = options.map(|it| it.tunnel_options()).unwrap_or_default();
    let [one, two] = ends(text.unwrap_or_default(), tunnels);
    let tunnels = [(tunnels.first(), one), (tunnels.get(1), two)];
    let attributes = attributes.with(tunnels.map(|(options, end)| Tunnel::live(options, end)));
    let phase = match it.state().map(|it| it.as_str()) {
        Some("available") | None => Phase::Ready,
        Some(state) => Phase::changing(format!("its state is {state}")),
    };
    Live { id, phase, attributes }
}

/// A connection about which nothing is known.
fn blank() -> VpnConnection {
    let required = ["customer_gateway_id", "type"].map(|it| (it.to_owned(), "".into()));
    crate::resource::decode(&VpnConnection::SCHEMA, required.into_iter().collect())
        .expect("all other attributes may be absent")
}

#[cfg(test)]
mod tests;
