//! `aws_availability_zones`: the zones of the region.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ec2::types as sdk;
use model::{Attributes, Auto, Out};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::data::Data;
use crate::ec2::lookup::{Conditions, Filter};
use crate::fault::OrFault;
use crate::resource::Result;

/// The zones of the region.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_availability_zones", timeouts = [read])]
pub(crate) struct AvailabilityZones {
    /// Whether to include zones that the account has not opted in to.
    all_availability_zones: Option<bool>,
    /// Names of zones to leave out.
    exclude_names: Option<BTreeSet<String>>,
    /// Ids of zones to leave out.
    exclude_zone_ids: Option<BTreeSet<String>>,
    /// Conditions on the zones.
    filter: BTreeSet<Filter>,
    /// The state they must be in: `available`, `information`, `impaired` or `unavailable`.
    state: Option<String>,
    /// The groups of zones they are in.
    group_names: Out<BTreeSet<String>>,
    /// Their names, in order.
    names: Out<Vec<String>>,
    /// Their ids, in the order of the names.
    zone_ids: Out<Vec<String>>,
    /// The name of the region.
    id: Out<String>,
}

impl Data for AvailabilityZones {
    async fn read(aws: &Aws, given: Self) -> Result<Self> {
        let conditions = Conditions::of(&given.filter, &Auto(None));
        let conditions = conditions.and("state", &Auto(given.state.clone()));
        let call = aws.ec2().describe_availability_zones().set_filters(conditions.sdk());
        let call = call.set_all_availability_zones(given.all_availability_zones);
        let answer = call.send().await.or_fault("DescribeAvailabilityZones")?;
        let excluded = |list: &Option<BTreeSet<String>>, text: Option<&str>| {
            list.iter().flatten().any(|it| Some(it.as_str()) == text)
        };
        let wanted = |it: &&sdk::AvailabilityZone| {
            !excluded(&given.exclude_names, it.zone_name())
                && !excluded(&given.exclude_zone_ids, it.zone_id())
        };
        let text = |it: Option<&str>| it.unwrap_or_default().to_owned();
        let zones = answer.availability_zones().iter().filter(wanted);
        let zones: BTreeMap<_, _> = zones
            .map(|it| (text(it.zone_name()), (text(it.zone_id()), text(it.group_name()))))
            .collect();
        Ok(AvailabilityZones {
            group_names: Out(Some(zones.values().map(|(_, group)| group.clone()).collect())),
            zone_ids: Out(Some(zones.values().map(|(id, _)| id.clone()).collect())),
            names: Out(Some(zones.into_keys().collect())),
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
    async fn zones_come_in_order_without_those_excluded() {
        let zone = |name: &str, id: &str| {
            format!(
                "<item><zoneName>{name}</zoneName><zoneId>{id}</zoneId>
                 <groupName>eu-west-1</groupName></item>"
            )
        };
        let zones = [zone("eu-west-1b", "1"), zone("eu-west-1a", "2"), zone("eu-west-1c", "3")];
        let zones = format!("<availabilityZoneInfo>{}</availabilityZoneInfo>", zones.concat());
        let aws = Script::new([ec2("DescribeAvailabilityZones", &zones)]);
        let given = serde_json::json!({"state": "available", "exclude_names": ["eu-west-1c"]});
        let given = given.as_object().unwrap().clone();
        let given = crate::resource::decode(&AvailabilityZones::SCHEMA, given).unwrap();

        let found = AvailabilityZones::read(&aws, given).await.unwrap();

        let names = found.names.0.unwrap();
        assert_eq!(names, ["eu-west-1a", "eu-west-1b"]);
        assert_eq!(found.zone_ids.0.unwrap(), ["2", "1"]);
        aws.sent(expect![[r#"
            DescribeAvailabilityZones
                Filter.1.Name=state
                Filter.1.Value.1=available
        "#]]);
    }
}
