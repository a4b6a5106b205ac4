use expect_test::expect;

use super::*;
use crate::testing::{Answer, Script, ec2, query_refusal, want};

const ZONE: &str = "<HostedZone><Id>/hostedzone/Z1</Id><Name>example.com.</Name>\
    <CallerReference>r</CallerReference></HostedZone>";

fn zone() -> Answer {
    ec2("GetHostedZone", ZONE)
}

fn changed() -> Answer {
    ec2("ChangeResourceRecordSets", "")
}

fn records(sets: &str) -> String {
    format!(
        "<ResourceRecordSets>{sets}</ResourceRecordSets><IsTruncated>false</IsTruncated>\
         <MaxItems>300</MaxItems>"
    )
}

const A: &str = "<ResourceRecordSet><Name>www.example.com.</Name><Type>A</Type><TTL>60</TTL>\
    <ResourceRecords><ResourceRecord><Value>10.0.0.1</Value></ResourceRecord></ResourceRecords>\
    </ResourceRecordSet>";
const TXT: &str = "<ResourceRecordSet><Name>\\052.example.com.</Name><Type>TXT</Type><TTL>60</TTL>\
    <ResourceRecords><ResourceRecord><Value>\"hello\"</Value></ResourceRecord></ResourceRecords>\
    </ResourceRecordSet>";

#[tokio::test]
async fn a_short_name_is_sent_in_full() {
    let aws = Script::new([zone(), changed()]);
    let want = want::<Record>(
        r#"{"zone_id": "Z1", "name": "WWW", "type": "TXT", "ttl": 60, "records": ["hi"]}"#,
    );
    assert_eq!(Record::create(&aws, &want, "token").await.unwrap(), "Z1_www_TXT");
    aws.sent(expect![[r#"
        GET route53.amazonaws.com/2013-04-01/hostedzone/Z1
        POST route53.amazonaws.com/2013-04-01/hostedzone/Z1/rrset
            <ChangeResourceRecordSetsRequest xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><ChangeBatch><Changes><Change><Action>CREATE</Action><ResourceRecordSet><Name>www.example.com</Name><Type>TXT</Type><TTL>60</TTL><ResourceRecords><ResourceRecord><Value>&quot;hi&quot;</Value></ResourceRecord></ResourceRecords></ResourceRecordSet></Change></Changes></ChangeBatch></ChangeResourceRecordSetsRequest>
    "#]]);
}

#[tokio::test]
async fn an_alias_has_a_target_and_a_policy() {
    let aws = Script::new([zone(), changed()]);
    let want = want::<Record>(
        r#"{"zone_id": "Z1", "name": "www.example.com", "type": "A", "set_identifier": "blue",
            "alias": [{"name": "lb.aws.com", "zone_id": "Z2", "evaluate_target_health": true}],
            "weighted_routing_policy": [{"weight": 10}]}"#,
    );
    assert_eq!(Record::create(&aws, &want, "token").await.unwrap(), "Z1_www.example.com_A_blue");
    aws.sent(expect![[r#"
        GET route53.amazonaws.com/2013-04-01/hostedzone/Z1
        POST route53.amazonaws.com/2013-04-01/hostedzone/Z1/rrset
            <ChangeResourceRecordSetsRequest xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><ChangeBatch><Changes><Change><Action>CREATE</Action><ResourceRecordSet><Name>www.example.com</Name><Type>A</Type><SetIdentifier>blue</SetIdentifier><Weight>10</Weight><AliasTarget><HostedZoneId>Z2</HostedZoneId><DNSName>lb.aws.com</DNSName><EvaluateTargetHealth>true</EvaluateTargetHealth></AliasTarget></ResourceRecordSet></Change></Changes></ChangeBatch></ChangeResourceRecordSetsRequest>
    "#]]);
}

#[tokio::test]
async fn one_record_is_looked_up_and_deleted_as_it_is() {
    let aws = Script::new([zone(), ec2("ListResourceRecordSets", &records(A)), changed()]);
    let have = want::<Record>(r#"{"zone_id": "Z1", "name": "www", "type": "A"}"#);
    Record::delete(&aws, "Z1_www_A", &have).await.unwrap();
    aws.sent(expect![[r#"
        GET route53.amazonaws.com/2013-04-01/hostedzone/Z1
        GET route53.amazonaws.com/2013-04-01/hostedzone/Z1/rrset?name=www.example.com&type=A&maxitems=100
        POST route53.amazonaws.com/2013-04-01/hostedzone/Z1/rrset
            <ChangeResourceRecordSetsRequest xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><ChangeBatch><Changes><Change><Action>DELETE</Action><ResourceRecordSet><Name>www.example.com.</Name><Type>A</Type><TTL>60</TTL><ResourceRecords><ResourceRecord><Value>10.0.0.1</Value></ResourceRecord></ResourceRecords></ResourceRecordSet></Change></Changes></ChangeBatch></ChangeResourceRecordSetsRequest>
    "#]]);
}

#[tokio::test]
async fn what_was_made_is_found_though_route_53_spells_it_otherwise() {
    let alias = "<ResourceRecordSet><Name>www.example.com.</Name><Type>A</Type><AliasTarget>\
        <HostedZoneId>Z2</HostedZoneId><DNSName>lb.aws.com.</DNSName>\
        <EvaluateTargetHealth>true</EvaluateTargetHealth></AliasTarget></ResourceRecordSet>";
    let find = async |zone: &str| {
        let aws = Script::new([self::zone(), ec2("ListResourceRecordSets", &records(alias))]);
        let alias = format!(
            r#"{{"name": "LB.aws.com", "zone_id": "{zone}", "evaluate_target_health": true}}"#
        );
        let json =
            format!(r#"{{"zone_id": "Z1", "name": "www", "type": "A", "alias": [{alias}]}}"#);
        Record::find(&aws, &want::<Record>(&json), "token").await.unwrap()
    };
    assert_eq!(find("Z2").await.as_deref(), Some("Z1_www_A"));
    assert_eq!(find("Z3").await, None);
}

#[tokio::test]
async fn many_records_of_a_zone_are_read_as_one_list() {
    let aws = Script::new([zone(), ec2("ListResourceRecordSets", &records(&format!("{TXT}{A}")))]);
    let ids = ["Z1_www_A", "Z1_www.example.com_A", "Z1_*_TXT", "Z1_gone_A"].map(str::to_owned);
    let found = Record::read(&aws, &ids).await.unwrap();
    let ids: Vec<_> = found.iter().map(|it| it.id.as_str()).collect();
    assert_eq!(ids, ["Z1_www_A", "Z1_www.example.com_A", "Z1_*_TXT"]);
    let texts = found[2].attributes.records.clone().unwrap();
    assert_eq!(texts, BTreeSet::from(["hello".to_owned()]));
    assert_eq!(found[0].attributes.fqdn.0.as_deref(), Some("www.example.com"));
}

#[tokio::test]
async fn a_record_that_exists_is_not_taken_over() {
    let refused = query_refusal("InvalidChangeBatch", "it already exists");
    let aws = Script::new([zone(), refused]);
    let want = want::<Record>(
        r#"{"zone_id": "Z1", "name": "www", "type": "A", "ttl": 60, "records": ["10.0.0.1"]}"#,
    );
    let fault = Record::create(&aws, &want, "token").await.unwrap_err();
    assert_eq!(Record::classify(Op::Create, &fault), Some(FaultKind::Exists));
}

#[test]
fn ids_are_taken_apart() {
    let key = |id: &str| Key::parse(id).map(|it| (it.zone, it.name, it.ty, it.set));
    let text = str::to_owned;
    let some = |name: &str, ty: &str, set: Option<&str>| {
        Some((text("Z1"), text(name), text(ty), set.map(text)))
    };
    assert_eq!(key("Z1_www.example.com_A"), some("www.example.com", "A", None));
    assert_eq!(key("Z1__acme.example.com_TXT"), some("_acme.example.com", "TXT", None));
    assert_eq!(key("Z1_a_b_CNAME_blue_1"), some("a_b", "CNAME", Some("blue_1")));
    assert_eq!(key("Z1_example.com"), None);
    assert_eq!(key("Z1__NS"), some("", "NS", None));
}
