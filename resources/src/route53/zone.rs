//! `aws_route53_zone`: the records of a domain and what is below it.

use std::collections::BTreeSet;

use aws_sdk_route53::types as sdk;
use model::{
    Attributes, Auto, Contents, Fault, FaultKind, Live, Map, Mirror, Op, Out, Phase, Tags,
    Timeouts, Unread,
};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::fault::{OrFault, must};
use crate::mirror::{FromSdk, ToSdk};
use crate::naming::uuid_of;
use crate::resource::{Resource, Result, each};
use crate::route53::names::{DnsName, plain};
use crate::route53::record::Key;
use crate::route53::{bare, change, page, records_of, retag, tags_from_sdk};

/// The records of a domain and what is below it.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_route53_zone", timeouts = [create, delete, update])]
pub(crate) struct Zone {
    /// The domain.
    #[attr(replace)]
    name: DnsName,
    /// What it is for.
    #[attr(default = "Managed by Terraform")]
    comment: Option<String>,
    /// The id of the set of name servers to use.
    #[attr(replace)]
    delegation_set_id: Option<String>,
    /// Whether the records it holds may be thrown away when it is destroyed.
    #[attr(default = false)]
    force_destroy: Unread<bool>,
    /// The VPCs it is seen from. With any, nobody else sees it.
    vpc: BTreeSet<Vpc>,
    /// Tags of its own; those of the provider's `default_tags` come on top.
    tags: Tags,
    /// Its Amazon Resource Name.
    arn: Out<String>,
    /// Its name servers, in order of name.
    name_servers: Out<Vec<String>>,
    /// The name server that its records are made on.
    primary_name_server: Out<String>,
    /// Its id: `Z1D633PJN98FT9`.
    zone_id: Out<String>,
    /// Its id: `Z1D633PJN98FT9`.
    id: Out<String>,
}

/// A VPC that a zone is seen from.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Mirror, Serialize, Deserialize,
)]
#[mirror(sdk::Vpc)]
pub(crate) struct Vpc {
    /// The VPC.
    vpc_id: String,
    /// The region it is in.
    vpc_region: Auto<String>,
}

impl Resource for Zone {
    const BATCH: usize = 20;
    const TIMEOUTS: Timeouts = Timeouts::minutes(30, 30, 30);
    const FORCE: Option<&'static str> = Some("force_destroy");

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        each(ids, |id| live(aws, id)).await
    }

    /// More than one VPC, and tags, are for `update`.
    async fn create(aws: &Aws, want: &Self, token: &str) -> Result<String> {
        let private = !want.vpc.is_empty();
        let config = sdk::HostedZoneConfig::builder()
            .set_comment(want.comment.clone())
            .private_zone(private);
        let call = aws
            .route53()
            .create_hosted_zone()
            .name(want.name.plain())
            .caller_reference(uuid_of(token))
            .hosted_zone_config(config.build())
            .set_delegation_set_id(want.delegation_set_id.clone())
            .set_vpc(want.vpc.first().and_then(|it| in_region(aws, it)));
        let answer = call.send().await.or_fault("CreateHostedZone")?;
        let zone = must(answer.hosted_zone, "CreateHostedZone")?;
        Ok(bare(zone.id()).to_owned())
    }

    async fn update(aws: &Aws, id: &str, have: &Self, want: &Self) -> Result<()> {
        if have.comment != want.comment {
            let call = aws.route53().update_hosted_zone_comment().id(id);
            let call = call.comment(want.comment.as_deref().unwrap_or_default());
            call.send().await.or_fault("UpdateHostedZoneComment")?;
        }
        // A private zone always has a VPC, so new ones come before old ones go.
        for it in missing_from(&have.vpc, &want.vpc) {
            let call = aws.route53().associate_vpc_with_hosted_zone().hosted_zone_id(id);
            let call = call.set_vpc(in_region(aws, it));
            call.send().await.or_fault("AssociateVPCWithHostedZone")?;
        }
        for it in missing_from(&want.vpc, &have.vpc) {
            let call = aws.route53().disassociate_vpc_from_hosted_zone().hosted_zone_id(id);
            let call = call.set_vpc(in_region(aws, it));
            call.send().await.or_fault("DisassociateVPCFromHostedZone")?;
        }
        retag(aws, sdk::TagResourceType::Hostedzone, id, &have.tags, &want.tags).await
    }

    async fn delete(aws: &Aws, id: &str, have: &Self) -> Result<()> {
        let answer = aws.route53().delete_hosted_zone().id(id).send().await;
        match answer.or_fault("DeleteHostedZone") {
            // More has come in since the zone was emptied.
            Err(fault)
                if fault.code == "HostedZoneNotEmpty" && have.force_destroy.0 == Some(true) =>
            {
                Self::empty(aws, id, have, &|_| ()).await?;
                Err(Fault { kind: FaultKind::Busy, ..fault })
            }
            Err(fault) => Err(fault),
            Ok(_) => Ok(()),
        }
    }

    /// The reference that it was created with tells which it is.
    async fn find(aws: &Aws, want: &Self, token: &str) -> Result<Option<String>> {
        let call = aws.route53().list_hosted_zones_by_name().dns_name(want.name.plain());
        let answer = call.send().await.or_fault("ListHostedZonesByName")?;
        let reference = uuid_of(token);
        let zone = answer.hosted_zones().iter().find(|it| it.caller_reference() == reference);
        Ok(zone.map(|it| bare(it.id()).to_owned()))
    }

    async fn import(_aws: &Aws, text: &str) -> Result<String> {
        Ok(bare(text).to_owned())
    }

    fn check(given: &Map) -> Vec<(&'static str, String)> {
        let vpcs = given.get("vpc").and_then(|it| it.items()).is_some_and(|it| !it.is_empty());
        let delegated = given.get("delegation_set_id").is_some_and(|it| !it.is_null());
        match vpcs && delegated {
            true => vec![("delegation_set_id", "a private zone has no delegation set".to_owned())],
            false => Vec::new(),
        }
    }

    async fn contents(
        aws: &Aws,
        id: &str,
        have: &Self,
        going: &[(String, String)],
    ) -> Result<Option<Contents>> {
        let records = records_of(aws, id).await?;
        let going: Vec<Key> = going
            .iter()
            .filter(|(ty, _)| ty == "aws_route53_record")
            .filter_map(|(_, it)| Key::parse(it).filter(|it| it.zone == id))
            .collect();
        let stays = |it: &sdk::ResourceRecordSet| {
            is_own(have, it) && going.iter().all(|key| !key.is_of(&have.name.0, it))
        };
        let count = records.iter().filter(|it| stays(it)).count() as u64;
        let text = format!("{count} record{}", if count == 1 { "" } else { "s" });
        Ok((count > 0).then_some(Contents { count, text, stuck: None }))
    }

    async fn empty(
        aws: &Aws,
        id: &str,
        have: &Self,
        progress: &(dyn Fn(u64) + Send + Sync),
    ) -> Result<()> {
        const AT_ONCE: usize = 100;
        let records = records_of(aws, id).await?;
        let own: Vec<_> = records.into_iter().filter(|it| is_own(have, it)).collect();
        let mut gone = 0;
        for some in own.chunks(AT_ONCE) {
            let delete = |it: &sdk::ResourceRecordSet| (sdk::ChangeAction::Delete, it.clone());
            change(aws, id, some.iter().map(delete)).await?;
            gone += some.len() as u64;
            progress(gone);
        }
        Ok(())
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        match (op, fault.code.as_str()) {
            // The VPC was made a moment ago.
            (Op::Create | Op::Update, "InvalidVPCId") => Some(FaultKind::NotYet),
            (Op::Create, "HostedZoneAlreadyExists") => Some(FaultKind::Exists),
            _ => None,
        }
    }
}

fn missing_from<'a>(have: &BTreeSet<Vpc>, want: &'a BTreeSet<Vpc>) -> Vec<&'a Vpc> {
    want.iter().filter(|it| have.iter().all(|have| have.vpc_id != it.vpc_id)).collect()
}

fn in_region(aws: &Aws, it: &Vpc) -> Option<sdk::Vpc> {
    let region = it.vpc_region.0.clone().unwrap_or_else(|| aws.region().to_owned());
    Vpc { vpc_id: it.vpc_id.clone(), vpc_region: Auto(Some(region)) }.to_sdk()
}

/// Whether a record was made by someone: all zones have two that were not.
fn is_own(zone: &Zone, it: &sdk::ResourceRecordSet) -> bool {
    let made = matches!(it.r#type(), sdk::RrType::Ns | sdk::RrType::Soa);
    !(made && plain(it.name()) == zone.name.plain())
}

async fn live(aws: &Aws, id: &str) -> Result<Option<Live<Zone>>> {
    let answer = aws.route53().get_hosted_zone().id(id).send().await.or_fault("GetHostedZone")?;
    let it = must(answer.hosted_zone.as_ref(), "GetHostedZone")?;
    let call = aws.route53().list_tags_for_resource();
    let call = call.resource_type(sdk::TagResourceType::Hostedzone).resource_id(id);
    let tags = call.send().await.or_fault("ListTagsForResource")?;
    let tags = tags.resource_tag_set().map(|it| tags_from_sdk(it.tags())).unwrap_or_default();
    let private = it.config().is_some_and(|it| it.private_zone());
    let servers = match (answer.delegation_set(), private) {
        (Some(set), false) => set.name_servers().to_vec(),
        _ => servers_of(aws, id, it.name()).await?,
    };
    let primary = servers.first().cloned();
    let mut servers = servers;
    servers.sort();
    let set = answer.delegation_set().and_then(|it| it.id()).map(bare);
    let attributes = Zone {
        name: DnsName(plain(it.name())),
        comment: Option::from_sdk(it.config().and_then(|it| it.comment())),
        delegation_set_id: set.map(str::to_owned),
        force_destroy: Unread(None),
        vpc: BTreeSet::from_sdk(answer.vpcs()),
        tags,
        arn: Out(Some(format!("arn:{}:route53:::hostedzone/{id}", aws.partition().name))),
        name_servers: Out(Some(servers)),
        primary_name_server: Out(primary),
        zone_id: Out(Some(id.to_owned())),
        id: Out(Some(id.to_owned())),
    };
    Ok(Some(Live { id: id.to_owned(), phase: Phase::Ready, attributes }))
}

/// The name servers of a private zone, which only its records tell.
pub(super) async fn servers_of(aws: &Aws, id: &str, name: &str) -> Result<Vec<String>> {
    let from =
        crate::route53::Start { name: name.to_owned(), ty: Some("NS".to_owned()), set: None };
    let (records, _) = page(aws, id, Some(&from), 1).await?;
    let ns = records.iter().filter(|it| *it.r#type() == sdk::RrType::Ns);
    let values = ns.flat_map(|it| it.resource_records()).map(|it| plain(it.value()));
    Ok(values.collect())
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, ec2, want};

    const RECORDS: &str = "<ResourceRecordSets>\
        <ResourceRecordSet><Name>a.com.</Name><Type>NS</Type></ResourceRecordSet>\
        <ResourceRecordSet><Name>a.com.</Name><Type>SOA</Type></ResourceRecordSet>\
        <ResourceRecordSet><Name>www.a.com.</Name><Type>A</Type><TTL>60</TTL><ResourceRecords>\
        <ResourceRecord><Value>10.0.0.1</Value></ResourceRecord></ResourceRecords>\
        </ResourceRecordSet></ResourceRecordSets><IsTruncated>false</IsTruncated>\
        <MaxItems>300</MaxItems>";

    #[tokio::test]
    async fn a_private_zone_is_made_with_a_vpc_and_gets_the_others_after() {
        let aws = Script::new([
            ec2(
                "CreateHostedZone",
                "<HostedZone><Id>/hostedzone/Z1</Id><Name>a.com.</Name>\
                 <CallerReference>r</CallerReference></HostedZone>",
            ),
            ec2("AssociateVPCWithHostedZone", ""),
        ]);
        let full =
            want::<Zone>(r#"{"name": "a.com", "vpc": [{"vpc_id": "vpc-1"}, {"vpc_id": "vpc-2"}]}"#);
        assert_eq!(Zone::create(&aws, &full, "token").await.unwrap(), "Z1");
        let have = want::<Zone>(r#"{"name": "a.com", "vpc": [{"vpc_id": "vpc-1"}]}"#);
        Zone::update(&aws, "Z1", &have, &full).await.unwrap();
        aws.sent(expect![[r#"
            POST route53.amazonaws.com/2013-04-01/hostedzone
                <CreateHostedZoneRequest xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><CallerReference>094de9d8-5b56-5c33-8965-e758b0aef552</CallerReference><HostedZoneConfig><Comment>Managed by Terraform</Comment><PrivateZone>true</PrivateZone></HostedZoneConfig><Name>a.com</Name><VPC><VPCRegion>eu-west-1</VPCRegion><VPCId>vpc-1</VPCId></VPC></CreateHostedZoneRequest>
            POST route53.amazonaws.com/2013-04-01/hostedzone/Z1/associatevpc
                <AssociateVPCWithHostedZoneRequest xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><VPC><VPCRegion>eu-west-1</VPCRegion><VPCId>vpc-2</VPCId></VPC></AssociateVPCWithHostedZoneRequest>
        "#]]);
    }

    #[tokio::test]
    async fn what_every_zone_has_is_neither_counted_nor_deleted() {
        let aws = Script::new([
            ec2("ListResourceRecordSets", RECORDS),
            ec2("ListResourceRecordSets", RECORDS),
            ec2("ListResourceRecordSets", RECORDS),
            ec2("ChangeResourceRecordSets", ""),
        ]);
        let have = want::<Zone>(r#"{"name": "a.com"}"#);
        let found = Zone::contents(&aws, "Z1", &have, &[]).await.unwrap().unwrap();
        assert_eq!(found.text, "1 record");
        let going = [("aws_route53_record".to_owned(), "Z1_www_A".to_owned())];
        assert_eq!(Zone::contents(&aws, "Z1", &have, &going).await.unwrap(), None);
        Zone::empty(&aws, "Z1", &have, &|_| ()).await.unwrap();
        aws.sent(expect![[r#"
            GET route53.amazonaws.com/2013-04-01/hostedzone/Z1/rrset?maxitems=300
            GET route53.amazonaws.com/2013-04-01/hostedzone/Z1/rrset?maxitems=300
            GET route53.amazonaws.com/2013-04-01/hostedzone/Z1/rrset?maxitems=300
            POST route53.amazonaws.com/2013-04-01/hostedzone/Z1/rrset
                <ChangeResourceRecordSetsRequest xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><ChangeBatch><Changes><Change><Action>DELETE</Action><ResourceRecordSet><Name>www.a.com.</Name><Type>A</Type><TTL>60</TTL><ResourceRecords><ResourceRecord><Value>10.0.0.1</Value></ResourceRecord></ResourceRecords></ResourceRecordSet></Change></Changes></ChangeBatch></ChangeResourceRecordSetsRequest>
        "#]]);
    }
}
