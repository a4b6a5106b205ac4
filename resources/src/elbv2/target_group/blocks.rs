//! The blocks of a target group.

use aws_sdk_elasticloadbalancingv2::types as sdk;
use model::{Attributes, Auto, One};
use serde::{Deserialize, Serialize};

use crate::elbv2::settings::Found;
use crate::mirror::FromSdk;

/// How targets are found to be healthy.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct HealthCheck {
    /// Whether they are checked.
    #[attr(default = true)]
    pub enabled: bool,
    /// How many checks in a row must succeed.
    #[attr(default = 3)]
    pub healthy_threshold: i32,
    /// The time between checks, in seconds.
    #[attr(default = 30)]
    pub interval: i32,
    /// Which codes are a success: `200`, `200-299` or `0-99` for gRPC.
    pub matcher: Auto<String>,
    /// The path to ask for.
    pub path: Auto<String>,
    /// The port to ask at: a number, or `traffic-port`.
    #[attr(default = "traffic-port")]
    pub port: String,
    /// `HTTP`, `HTTPS` or `TCP`.
    #[attr(default = "HTTP")]
    pub protocol: String,
    /// How long to wait for an answer, in seconds.
    pub timeout: Auto<i32>,
    /// How many checks in a row must fail.
    #[attr(default = 3)]
    pub unhealthy_threshold: i32,
}

/// Whether a client stays with a target.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct Stickiness {
    /// For how long, in seconds.
    #[attr(default = 86400)]
    pub cookie_duration: i32,
    /// The cookie of the application that tells clients apart.
    pub cookie_name: Option<String>,
    /// Whether it does.
    #[attr(default = true)]
    pub enabled: bool,
    /// `lb_cookie`, `app_cookie`, `source_ip` and others.
    pub r#type: String,
}

/// What happens to connections when a target fails.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct TargetFailover {
    /// When it is taken out: `rebalance` or `no_rebalance`.
    pub on_deregistration: String,
    /// When it is not healthy: `rebalance` or `no_rebalance`.
    pub on_unhealthy: String,
}

/// When a zone counts as healthy.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct TargetGroupHealth {
    /// When DNS leads clients elsewhere.
    pub dns_failover: Auto<One<DnsFailover>>,
    /// When requests go to all targets, healthy or not.
    pub unhealthy_state_routing: Auto<One<UnhealthyStateRouting>>,
}

/// When DNS leads clients elsewhere.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct DnsFailover {
    /// The least number of healthy targets, or `off`.
    #[attr(default = "1")]
    pub minimum_healthy_targets_count: String,
    /// The least share of healthy targets in percent, or `off`.
    #[attr(default = "off")]
    pub minimum_healthy_targets_percentage: String,
}

/// When requests go to all targets, healthy or not.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct UnhealthyStateRouting {
    /// The least number of healthy targets.
    #[attr(default = 1)]
    pub minimum_healthy_targets_count: i32,
    /// The least share of healthy targets in percent, or `off`.
    #[attr(default = "off")]
    pub minimum_healthy_targets_percentage: String,
}

/// What happens to connections to a target that is not healthy any more.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct TargetHealthState {
    /// Whether they are ended.
    pub enable_unhealthy_connection_termination: bool,
    /// How long they may go on, in seconds.
    pub unhealthy_draining_interval: Option<i32>,
}

/// The pairs that a block is sent as.
pub(super) type Pairs = Vec<(&'static str, String)>;

impl HealthCheck {
    pub fn read(it: &sdk::TargetGroup) -> HealthCheck {
        let codes = it.matcher().and_then(|it| it.http_code().or(it.grpc_code()));
        HealthCheck {
            enabled: it.health_check_enabled().unwrap_or(true),
            healthy_threshold: it.healthy_threshold_count().unwrap_or(3),
            interval: it.health_check_interval_seconds().unwrap_or(30),
            matcher: Auto::from_sdk(codes),
            path: Auto::from_sdk(it.health_check_path()),
            port: it.health_check_port().unwrap_or("traffic-port").to_owned(),
            protocol: it.health_check_protocol().map_or("HTTP", |it| it.as_str()).to_owned(),
            timeout: Auto(it.health_check_timeout_seconds()),
            unhealthy_threshold: it.unhealthy_threshold_count().unwrap_or(3),
        }
    }
}

impl Stickiness {
    /// None if targets of this kind have none.
    pub fn read(found: &Found) -> Option<Stickiness> {
        let kind = found.get("stickiness.type")?;
        let duration = match kind.as_str() {
            "lb_cookie" => found.get("stickiness.lb_cookie.duration_seconds"),
            "app_cookie" => found.get("stickiness.app_cookie.duration_seconds"),
            _ => None,
        };
        let name = found.get("stickiness.app_cookie.cookie_name");
        Some(Stickiness {
            cookie_duration: duration.and_then(|it| it.parse().ok()).unwrap_or(86400),
            cookie_name: name.filter(|it| !it.is_empty() && kind == "app_cookie").cloned(),
            enabled: found.get("stickiness.enabled").is_some_and(|it| it == "true"),
            r#type: kind.clone(),
        })
    }

    pub fn pairs(&self) -> Pairs {
        let mut pairs = vec![("stickiness.enabled", self.enabled.to_string())];
        pairs.push(("stickiness.type", self.r#type.clone()));
        let duration = self.cookie_duration.to_string();
        match self.r#type.as_str() {
            "lb_cookie" => pairs.push(("stickiness.lb_cookie.duration_seconds", duration)),
            "app_cookie" => {
                let name = self.cookie_name.clone().unwrap_or_default();
                pairs.push(("stickiness.app_cookie.duration_seconds", duration));
                pairs.push(("stickiness.app_cookie.cookie_name", name));
            }
            _ => (),
        }
        pairs
    }
}

impl TargetFailover {
    pub fn read(found: &Found) -> Option<TargetFailover> {
        Some(TargetFailover {
            on_deregistration: found.get("target_failover.on_deregistration")?.clone(),
            on_unhealthy: found.get("target_failover.on_unhealthy")?.clone(),
        })
    }

    pub fn pairs(&self) -> Pairs {
        vec![
            ("target_failover.on_deregistration", self.on_deregistration.clone()),
            ("target_failover.on_unhealthy", self.on_unhealthy.clone()),
        ]
    }
}

const DNS: [&str; 2] = [
    "target_group_health.dns_failover.minimum_healthy_targets.count",
    "target_group_health.dns_failover.minimum_healthy_targets.percentage",
];
const ROUTING: [&str; 2] = [
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count",
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage",
];

impl TargetGroupHealth {
    pub fn read(found: &Found) -> Option<TargetGroupHealth> {
        let text = |key: &str| found.get(key).cloned();
        let or_off = |it: Option<String>| it.unwrap_or_else(|| "off".to_owned());
        let dns = text(DNS[0]).map(|count| DnsFailover {
            minimum_healthy_targets_count: count,
            minimum_healthy_targets_percentage: or_off(text(DNS[1])),
        });
        let routing = text(ROUTING[0]).map(|count| UnhealthyStateRouting {
            minimum_healthy_targets_count: count.parse().unwrap_or(1),
            minimum_healthy_targets_percentage: or_off(text(ROUTING[1])),
        });
        (dns.is_some() || routing.is_some()).then_some(TargetGroupHealth {
            dns_failover: Auto(Some(One(dns))),
            unhealthy_state_routing: Auto(Some(One(routing))),
        })
    }

    pub fn pairs(&self) -> Pairs {
        let mut pairs = Vec::new();
        if let Some(One(Some(it))) = &self.dns_failover.0 {
            pairs.push((DNS[0], it.minimum_healthy_targets_count.clone()));
            pairs.push((DNS[1], it.minimum_healthy_targets_percentage.clone()));
        }
        if let Some(One(Some(it))) = &self.unhealthy_state_routing.0 {
            pairs.push((ROUTING[0], it.minimum_healthy_targets_count.to_string()));
            pairs.push((ROUTING[1], it.minimum_healthy_targets_percentage.clone()));
        }
        pairs
    }
}

const TERMINATION: &str = "target_health_state.unhealthy.connection_termination.enabled";
const DRAINING: &str = "target_health_state.unhealthy.draining_interval_seconds";

impl TargetHealthState {
    pub fn read(found: &Found) -> Option<TargetHealthState> {
        let draining = found.get(DRAINING).and_then(|it| it.parse().ok());
        Some(TargetHealthState {
            enable_unhealthy_connection_termination: found.get(TERMINATION)? == "true",
            unhealthy_draining_interval: draining,
        })
    }

    pub fn pairs(&self) -> Pairs {
        let termination = self.enable_unhealthy_connection_termination;
        let mut pairs = vec![(TERMINATION, termination.to_string())];
        // Connections that are ended do not drain.
        let draining = self.unhealthy_draining_interval.filter(|_| !termination);
        pairs.extend(draining.map(|it| (DRAINING, it.to_string())));
        pairs
    }
}
