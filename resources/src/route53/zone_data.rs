//! `aws_route53_zone` as data: a zone that is looked up by its id, or by its name and more.

use std::collections::BTreeMap;

use aws_sdk_route53::types as sdk;
use model::{Attributes, Auto, Out};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::data::Data;
use crate::fault::{OrFault, must, only, rejected};
use crate::mirror::FromSdk;
use crate::resource::Result;
use crate::route53::names::plain;
use crate::route53::zone::servers_of;
use crate::route53::{bare, tags_from_sdk};

/// A zone that is looked up by its id, or by its name and more.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_route53_zone")]
pub(crate) struct Zone {
    /// The domain.
    name: Auto<String>,
    /// Whether it is one that only VPCs see.
    private_zone: Option<bool>,
    /// Tags that it has.
    tags: Auto<BTreeMap<String, String>>,
    /// A VPC that sees it.
    vpc_id: Auto<String>,
    /// Its id: `Z1D633PJN98FT9`.
    zone_id: Auto<String>,
    /// Its Amazon Resource Name.
    arn: Out<String>,
    /// The text that it was made with.
    caller_reference: Out<String>,
    /// What it is for.
    comment: Out<String>,
    /// What the service that made it says about it.
    linked_service_description: Out<String>,
    /// The service that made it.
    linked_service_principal: Out<String>,
    /// Its name servers.
    name_servers: Out<Vec<String>>,
    /// The name server that its records are made on.
    primary_name_server: Out<String>,
    /// How many records it has.
    resource_record_set_count: Out<i64>,
    /// Its id: `Z1D633PJN98FT9`.
    id: Out<String>,
}

impl Data for Zone {
    async fn read(aws: &Aws, given: Self) -> Result<Self> {
        let private = given.private_zone == Some(true) || given.vpc_id.0.is_some();
        let found = match (&given.zone_id.0, &given.name.0) {
            (Some(id), _) => vec![bare(id).to_owned()],
            (None, Some(name)) => named(aws, name, private).await?,
            (None, None) => {
                let text = "one of `zone_id` and `name` must be given";
                return Err(rejected("ListHostedZones", "InvalidArgument", text));
            }
        };
        let mut zones = Vec::new();
        for id in found {
            zones.extend(matching(aws, &id, &given).await?);
        }
        let (id, it, tags) = only("hosted zone", "ListHostedZonesByName", zones)?;
        let zone = must(it.hosted_zone(), "GetHostedZone")?;
        let private = zone.config().is_some_and(|it| it.private_zone());
        let servers = match (it.delegation_set(), private) {
            (Some(set), false) => set.name_servers().to_vec(),
            _ => servers_of(aws, &id, zone.name()).await?,
        };
        let linked = zone.linked_service();
        let shown = tags.into_iter().filter(|(key, _)| !aws.tags().ignores(key));
        Ok(Zone {
            name: Auto(Some(plain(zone.name()))),
            tags: Auto(Some(shown.collect())),
            arn: Out(Some(format!("arn:{}:route53:::hostedzone/{id}", aws.partition().name))),
            caller_reference: Out(Some(zone.caller_reference().to_owned())),
            comment: Out::from_sdk(zone.config().and_then(|it| it.comment())),
            linked_service_description: Out::from_sdk(linked.and_then(|it| it.description())),
            linked_service_principal: Out::from_sdk(linked.and_then(|it| it.service_principal())),
            primary_name_server: Out(servers.first().cloned()),
            name_servers: Out(Some(servers)),
            resource_record_set_count: Out::from_sdk(zone.resource_record_set_count()),
            zone_id: Auto(Some(id.clone())),
            id: Out(Some(id)),
            ..given
        })
    }
}

/// The ids of the zones of this name that are private, or not.
async fn named(aws: &Aws, name: &str, private: bool) -> Result<Vec<String>> {
    let name = plain(name);
    let call = aws.route53().list_hosted_zones_by_name().dns_name(&name);
    // They are in order of name, and no domain has more zones than a page.
    let answer = call.send().await.or_fault("ListHostedZonesByName")?;
    let same = |it: &&sdk::HostedZone| {
        plain(it.name()) == name && it.config().is_some_and(|it| it.private_zone()) == private
    };
    let zones = answer.hosted_zones().iter().filter(same);
    Ok(zones.map(|it| bare(it.id()).to_owned()).collect())
}

type Described = aws_sdk_route53::operation::get_hosted_zone::GetHostedZoneOutput;

/// A zone with its tags, if the VPC and the tags are those that are asked for.
async fn matching(
    aws: &Aws,
    id: &str,
    given: &Zone,
) -> Result<Option<(String, Described, BTreeMap<String, String>)>> {
    let it = aws.route53().get_hosted_zone().id(id).send().await.or_fault("GetHostedZone")?;
    let call = aws.route53().list_tags_for_resource();
    let call = call.resource_type(sdk::TagResourceType::Hostedzone).resource_id(id);
    let tags = call.send().await.or_fault("ListTagsForResource")?;
    let tags = tags.resource_tag_set().map(|it| tags_from_sdk(it.tags()).0).unwrap_or_default();
    let vpc = given.vpc_id.0.as_deref();
    let seen = vpc.is_none_or(|vpc| it.vpcs().iter().any(|it| it.vpc_id() == Some(vpc)));
    let tagged = given.tags.0.iter().flatten().all(|(key, value)| tags.get(key) == Some(value));
    Ok((seen && tagged).then(|| (id.to_owned(), it, tags)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::decode;
    use crate::testing::{Answer, Script, xml};

    fn zone(id: &str, private: bool) -> String {
        format!(
            "<HostedZone><Id>/hostedzone/{id}</Id><Name>a.com.</Name><CallerReference>r</CallerReference>\
             <Config><PrivateZone>{private}</PrivateZone></Config>\
             <ResourceRecordSetCount>2</ResourceRecordSetCount></HostedZone>"
        )
    }

    fn described(id: &str) -> Answer {
        xml(&format!(
            "<GetHostedZoneResponse>{}<DelegationSet><NameServers><NameServer>ns-2</NameServer>\
             <NameServer>ns-1</NameServer></NameServers></DelegationSet></GetHostedZoneResponse>",
            zone(id, false)
        ))
    }

    #[tokio::test]
    async fn a_public_zone_is_found_by_its_name() {
        let list = format!(
            "<ListHostedZonesByNameResponse><HostedZones>{}{}</HostedZones>\
             <IsTruncated>false</IsTruncated><MaxItems>100</MaxItems></ListHostedZonesByNameResponse>",
            zone("Z0", true),
            zone("Z1", false)
        );
        let tags = "<ListTagsForResourceResponse><ResourceTagSet/></ListTagsForResourceResponse>";
        let aws = Script::new([xml(&list), described("Z1"), xml(tags)]);
        let given = serde_json::from_str(r#"{"name": "a.com."}"#).unwrap();
        let it = Zone::read(&aws, decode(&Zone::SCHEMA, given).unwrap()).await.unwrap();
        assert_eq!(it.zone_id.0.as_deref(), Some("Z1"));
        assert_eq!(it.name.0.as_deref(), Some("a.com"));
        assert_eq!(it.primary_name_server.0.as_deref(), Some("ns-2"));
        assert_eq!(it.resource_record_set_count.0, Some(2));
    }
}
