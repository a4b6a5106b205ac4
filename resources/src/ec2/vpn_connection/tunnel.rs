//! One tunnel: as it is asked for, as it is changed, as it is.

use aws_sdk_ec2::types as sdk;
use model::{Attributes, Auto, One, Out, Secret};
use serde::{Deserialize, Serialize};

use super::configuration::End;
use super::{
    DpdAction, DpdSeconds, IkeVersions, Phase1Encryption, Phase1Groups, Phase1Integrity,
    Phase1Seconds, Phase2Encryption, Phase2Groups, Phase2Integrity, Phase2Seconds, RekeyFuzz,
    RekeyMargin, ReplayWindow, StartupAction, Tunnel,
};
use crate::mirror::FromSdk;

/// What of a tunnel is logged.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct LogOptions {
    /// Logs in CloudWatch.
    cloudwatch_log_options: Auto<One<CloudwatchLogOptions>>,
}

/// Logs in CloudWatch.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct CloudwatchLogOptions {
    /// Whether there are any.
    log_enabled: Option<bool>,
    /// The log group.
    log_group_arn: Option<String>,
    /// `json` or `text`.
    log_output_format: Option<String>,
}

/// AWS wraps each element of a list into a structure of its own.
macro_rules! list {
    ($values:expr, $wrapper:ident) => {
        $values.map(|it| {
            let wrap = |it| sdk::$wrapper::builder().value(it).build();
            it.into_iter().map(wrap).collect::<Vec<_>>()
        })
    };
}

/// What a request to create and one to change have in common: a value for each option, or none.
macro_rules! options {
    ($builder:expr, $value:ident) => {
        $builder
            .set_dpd_timeout_action($value!(dpd_timeout_action))
            .set_dpd_timeout_seconds($value!(dpd_timeout_seconds))
            .set_ike_versions(list!($value!(ike_versions), IkeVersionsRequestListValue))
            .set_phase1_dh_group_numbers(list!(
                $value!(phase1_dh_group_numbers),
                Phase1DhGroupNumbersRequestListValue
            ))
            .set_phase1_encryption_algorithms(list!(
                $value!(phase1_encryption_algorithms),
                Phase1EncryptionAlgorithmsRequestListValue
            ))
            .set_phase1_integrity_algorithms(list!(
                $value!(phase1_integrity_algorithms),
                Phase1IntegrityAlgorithmsRequestListValue
            ))
            .set_phase1_lifetime_seconds($value!(phase1_lifetime_seconds))
            .set_phase2_dh_group_numbers(list!(
                $value!(phase2_dh_group_numbers),
                Phase2DhGroupNumbersRequestListValue
            ))
            .set_phase2_encryption_algorithms(list!(
                $value!(phase2_encryption_algorithms),
                Phase2EncryptionAlgorithmsRequestListValue
            ))
            .set_phase2_integrity_algorithms(list!(
                $value!(phase2_integrity_algorithms),
                Phase2IntegrityAlgorithmsRequestListValue
            ))
            .set_phase2_lifetime_seconds($value!(phase2_lifetime_seconds))
            .set_rekey_fuzz_percentage($value!(rekey_fuzz_percentage))
            .set_rekey_margin_time_seconds($value!(rekey_margin_time_seconds))
            .set_replay_window_size($value!(replay_window_size))
            .set_startup_action($value!(startup_action))
    };
}

impl Tunnel {
    pub(super) fn specification(&self) -> sdk::VpnTunnelOptionsSpecification {
        macro_rules! given {
            ($field:ident) => {
                self.$field.given()
            };
        }
        options!(sdk::VpnTunnelOptionsSpecification::builder(), given)
            .set_enable_tunnel_lifecycle_control(self.enable_tunnel_lifecycle_control)
            .set_log_options(self.logs())
            .set_pre_shared_key(self.key())
            .set_tunnel_inside_cidr(self.inside_cidr.0.clone())
            .set_tunnel_inside_ipv6_cidr(self.inside_ipv6_cidr.0.clone())
            .build()
    }

    /// What turns this tunnel into `want`, if anything has to be done.
    pub(super) fn modification(
        &self,
        want: &Tunnel,
    ) -> Option<sdk::ModifyVpnTunnelOptionsSpecification> {
        macro_rules! new {
            ($field:ident) => {
                (self.$field != want.$field).then(|| want.$field.meant())
            };
        }
        let control = |it: &Tunnel| it.enable_tunnel_lifecycle_control == Some(true);
        let options = options!(sdk::ModifyVpnTunnelOptionsSpecification::builder(), new)
            .set_enable_tunnel_lifecycle_control(
                (control(self) != control(want)).then_some(control(want)),
            )
            .set_log_options(want.logs().filter(|_| self.logs() != want.logs()))
            .set_pre_shared_key(want.key().filter(|_| self.key() != want.key()))
            .build();
        let nothing = sdk::ModifyVpnTunnelOptionsSpecification::builder().build();
        (options != nothing).then_some(options)
    }

    pub(super) fn live(it: Option<&sdk::TunnelOption>, end: Option<End>) -> Tunnel {
        macro_rules! values {
            ($name:ident, $list:ident) => {
                $name::of(
                    it.map(|it| it.$list().iter().filter_map(|it| it.value.clone()).collect()),
                )
            };
        }
        let end = end.unwrap_or_default();
        let key = end.preshared_key.or_else(|| it.and_then(|it| it.pre_shared_key.clone()));
        let address = end.address.or_else(|| it.and_then(|it| it.outside_ip_address.clone()));
        let text = |it: Option<&str>| it.map(str::to_owned);
        Tunnel {
            dpd_timeout_action: DpdAction::of(text(it.and_then(|it| it.dpd_timeout_action()))),
            dpd_timeout_seconds: DpdSeconds::of(it.and_then(|it| it.dpd_timeout_seconds())),
            enable_tunnel_lifecycle_control: it.and_then(|it| it.enable_tunnel_lifecycle_control()),
            ike_versions: values!(IkeVersions, ike_versions),
            inside_cidr: Auto::from_sdk(it.and_then(|it| it.tunnel_inside_cidr())),
            inside_ipv6_cidr: Auto::from_sdk(it.and_then(|it| it.tunnel_inside_ipv6_cidr())),
            log_options: Auto(Some(One(it.and_then(|it| it.log_options()).map(logs_from_sdk)))),
            phase1_dh_group_numbers: values!(Phase1Groups, phase1_dh_group_numbers),
            phase1_encryption_algorithms: values!(Phase1Encryption, phase1_encryption_algorithms),
            phase1_integrity_algorithms: values!(Phase1Integrity, phase1_integrity_algorithms),
            phase1_lifetime_seconds: Phase1Seconds::of(
                it.and_then(|it| it.phase1_lifetime_seconds()),
            ),
            phase2_dh_group_numbers: values!(Phase2Groups, phase2_dh_group_numbers),
            phase2_encryption_algorithms: values!(Phase2Encryption, phase2_encryption_algorithms),
            phase2_integrity_algorithms: values!(Phase2Integrity, phase2_integrity_algorithms),
            phase2_lifetime_seconds: Phase2Seconds::of(
                it.and_then(|it| it.phase2_lifetime_seconds()),
            ),
            preshared_key: Auto(key.map(Secret)),
            rekey_fuzz_percentage: RekeyFuzz::of(it.and_then(|it| it.rekey_fuzz_percentage())),
            rekey_margin_time_seconds: RekeyMargin::of(
                it.and_then(|it| it.rekey_margin_time_seconds()),
            ),
            replay_window_size: ReplayWindow::of(it.and_then(|it| it.replay_window_size())),
            startup_action: StartupAction::of(text(it.and_then(|it| it.startup_action()))),
            address: Out(address),
            bgp_asn: Out(end.bgp_asn),
            bgp_holdtime: Out(end.bgp_holdtime),
            cgw_inside_address: Out(end.cgw_inside_address),
            vgw_inside_address: Out(end.vgw_inside_address),
        }
    }

    fn key(&self) -> Option<String> {
        self.preshared_key.0.as_ref().map(|it| it.0.clone())
    }

    fn logs(&self) -> Option<sdk::VpnTunnelLogOptionsSpecification> {
        let options = self.log_options.0.as_ref()?.0.as_ref()?;
        let cloudwatch = options.cloudwatch_log_options.0.as_ref()?.0.as_ref()?;
        // No group and no format where there are no logs.
        let on = cloudwatch.log_enabled == Some(true);
        let cloudwatch = sdk::CloudWatchLogOptionsSpecification::builder()
            .log_enabled(on)
            .set_log_group_arn(cloudwatch.log_group_arn.clone().filter(|_| on))
            .set_log_output_format(cloudwatch.log_output_format.clone().filter(|_| on));
        let options = sdk::VpnTunnelLogOptionsSpecification::builder();
        Some(options.cloud_watch_log_options(cloudwatch.build()).build())
    }
}

fn logs_from_sdk(it: &sdk::VpnTunnelLogOptions) -> LogOptions {
    let cloudwatch = |it: &sdk::CloudWatchLogOptions| {
        let on = it.log_enabled() == Some(true);
        CloudwatchLogOptions {
            log_enabled: it.log_enabled(),
            log_group_arn: Option::from_sdk(it.log_group_arn().filter(|_| on)),
            log_output_format: Option::from_sdk(it.log_output_format().filter(|_| on)),
        }
    };
    let cloudwatch = it.cloud_watch_log_options().map(cloudwatch);
    LogOptions { cloudwatch_log_options: Auto(Some(One(cloudwatch))) }
}
