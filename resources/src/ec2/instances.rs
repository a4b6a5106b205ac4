//! `aws_instances`: the ids and addresses of all instances that match.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ec2::types as sdk;
use model::{Attributes, Auto, Out};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::data::Data;
use crate::ec2::lookup::{Conditions, Filter};
use crate::fault::OrFault;
use crate::resource::Result;

/// The ids and addresses of all instances that match.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_instances", timeouts = [read])]
pub(crate) struct Instances {
    /// Conditions on them.
    filter: BTreeSet<Filter>,
    /// Their states. Without any, running ones.
    instance_state_names: Option<BTreeSet<String>>,
    /// Tags they must have.
    instance_tags: Auto<BTreeMap<String, String>>,
    /// The ids of those that match; maybe none.
    ids: Out<Vec<String>>,
    /// Their IPv6 addresses.
    ipv6_addresses: Out<Vec<String>>,
    /// Their private addresses.
    private_ips: Out<Vec<String>>,
    /// Their public addresses.
    public_ips: Out<Vec<String>>,
    /// The name of the region.
    id: Out<String>,
}

impl Data for Instances {
    async fn read(aws: &Aws, given: Self) -> Result<Self> {
        let states = given.instance_state_names.iter().flatten().cloned().collect::<Vec<_>>();
        let states = match states.is_empty() {
            true => vec!["running".to_owned()],
            false => states,
        };
        let conditions = Conditions::of(&given.filter, &given.instance_tags);
        let mut filters = conditions.sdk().unwrap_or_default();
        filters.push(super::filter("instance-state-name", &states));
        let call = aws.ec2().describe_instances().set_filters(Some(filters));
        let mut pages = call.into_paginator().items().send();
        let mut found: Vec<sdk::Instance> = Vec::new();
        while let Some(it) = pages.next().await {
            found.extend(it.or_fault("DescribeInstances")?.instances.unwrap_or_default());
        }
        let all = |one: fn(&sdk::Instance) -> Option<&str>| {
            Out(Some(found.iter().filter_map(one).map(str::to_owned).collect::<Vec<String>>()))
        };
        Ok(Instances {
            ids: all(|it| it.instance_id()),
            ipv6_addresses: all(|it| it.ipv6_address()),
            private_ips: all(|it| it.private_ip_address()),
            public_ips: all(|it| it.public_ip_address()),
            id: Out(Some(aws.region().to_owned())),
            ..given
        })
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, ec2};

    #[tokio::test]
    async fn only_running_ones_match_unless_other_states_are_named() {
        let set = "<reservationSet><item><instancesSet><item><instanceId>i-1</instanceId>
            <privateIpAddress>10.0.0.5</privateIpAddress></item></instancesSet></item>
            </reservationSet>";
        let aws = Script::new([ec2("DescribeInstances", set)]);
        let given = serde_json::json!({"instance_tags": {"team": "edge"}});
        let given = given.as_object().unwrap().clone();
        let given = crate::resource::decode(&Instances::SCHEMA, given).unwrap();

        let found = Instances::read(&aws, given).await.unwrap();

        assert_eq!(found.ids.0, Some(vec!["i-1".to_owned()]));
        assert_eq!(found.private_ips.0, Some(vec!["10.0.0.5".to_owned()]));
        aws.sent(expect![[r#"
            DescribeInstances
                Filter.1.Name=tag:team
                Filter.1.Value.1=edge
                Filter.2.Name=instance-state-name
                Filter.2.Value.1=running
        "#]]);
    }
}
