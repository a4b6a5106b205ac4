use expect_test::{Expect, expect};
use model::FaultKind::{Busy, Rejected};

use super::*;
use crate::ec2::internet_gateway::InternetGateway;
use crate::ec2::security_group::SecurityGroup;
use crate::ec2::subnet::Subnet;
use crate::ec2::vpc::Vpc;
use crate::resource::Resource;
use crate::testing::{
    Answer, Script, ec2, json, json_refusal, query, query_refusal, refusal, want,
};

fn interface(description: &str, more: &str) -> Answer {
    let interface = format!(
        "<networkInterfaceId>eni-1</networkInterfaceId><description>{description}</description>{more}"
    );
    let set = format!("<networkInterfaceSet><item>{interface}</item></networkInterfaceSet>");
    ec2("DescribeNetworkInterfaces", &set)
}

fn no_groups() -> Answer {
    ec2("DescribeSecurityGroups", "<securityGroupInfo></securityGroupInfo>")
}

fn refused(what: &str) -> Answer {
    refusal("DependencyViolation", &format!("{what} has a dependent object"))
}

/// Deletes a group that this interface holds; `look` is what is found out about its owner.
async fn group_held_by(interface: Answer, look: Option<Answer>, kind: FaultKind, text: Expect) {
    let answers = [refused("sg-1"), interface, no_groups(), no_groups()];
    let aws = Script::new(answers.into_iter().chain(look));
    let have = want(r#"{"name": "web"}"#);

    let fault = SecurityGroup::delete(&aws, "sg-1", &have).await.unwrap_err();

    text.assert_eq(&fault.to_string());
    assert_eq!(fault.kind, kind);
}

const GONE: &str = "which nothing has any more";

#[tokio::test]
async fn a_balancer_that_is_gone_lets_go() {
    group_held_by(
        interface("ELB app/web/50dc6c495c0c9188", "<requesterManaged>true</requesterManaged>"),
        Some(query_refusal("LoadBalancerNotFound", GONE)),
        Busy,
        expect!["DeleteSecurityGroup: sg-1 has a dependent object: it is held by network interface eni-1 of load balancer `web`, which is going away (DependencyViolation)"],
    )
    .await;
}

#[tokio::test]
async fn a_balancer_that_nobody_manages_is_named() {
    let arn = "arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/app/web/50dc6c495c0c9188";
    let balancer = format!("<member><LoadBalancerArn>{arn}</LoadBalancerArn></member>");
    group_held_by(
        interface("ELB app/web/50dc6c495c0c9188", "<requesterManaged>true</requesterManaged>"),
        Some(query(
            "DescribeLoadBalancers",
            &format!("<LoadBalancers>{balancer}</LoadBalancers>"),
        )),
        Rejected,
        expect!["DeleteSecurityGroup: sg-1 has a dependent object: it is held by network interface eni-1 of load balancer `web`; delete load balancer `web`, then run this again (DependencyViolation)"],
    )
    .await;
}

const FUNCTION: &str = "AWS Lambda VPC ENI-jobs-1a2b3c4d-0000-1111-2222-333344445555";

#[tokio::test]
async fn a_function_that_nobody_manages_is_named() {
    group_held_by(
        interface(FUNCTION, "<interfaceType>lambda</interfaceType>"),
        Some(json(r#"{"VpcConfig": {"SecurityGroupIds": ["sg-1"]}}"#)),
        Rejected,
        expect!["DeleteSecurityGroup: sg-1 has a dependent object: it is held by network interface eni-1 of Lambda function `jobs`; delete the function `jobs` or take it out of the VPC, then run this again (DependencyViolation)"],
    )
    .await;
}

#[tokio::test]
async fn a_function_that_is_gone_or_has_moved_lets_go() {
    let going = "DeleteSecurityGroup: sg-1 has a dependent object: it is held by network interface \
                 eni-1 of Lambda function `jobs`, which is going away (DependencyViolation)";
    for look in [
        json_refusal("ResourceNotFoundException", GONE),
        json(r#"{"VpcConfig": {"SecurityGroupIds": ["sg-2"]}}"#),
        json("{}"),
    ] {
        let answers = [refused("sg-1"), interface(FUNCTION, ""), no_groups(), no_groups(), look];
        let aws = Script::new(answers);
        let have = want(r#"{"name": "web"}"#);
        let fault = SecurityGroup::delete(&aws, "sg-1", &have).await.unwrap_err();
        assert_eq!((fault.kind, fault.to_string().as_str()), (Busy, going));
    }
}

#[tokio::test]
async fn a_rule_of_another_group_is_named() {
    let other = "<securityGroupInfo><item><groupId>sg-2</groupId><groupName>db</groupName></item>
        </securityGroupInfo>";
    let none = "<networkInterfaceSet></networkInterfaceSet>";
    let aws = Script::new([
        refused("sg-1"),
        ec2("DescribeNetworkInterfaces", none),
        ec2("DescribeSecurityGroups", other),
        no_groups(),
    ]);

    let have = want(r#"{"name": "web"}"#);
    let fault = SecurityGroup::delete(&aws, "sg-1", &have).await.unwrap_err();

    assert_eq!(fault.kind, Rejected);
    expect!["DeleteSecurityGroup: sg-1 has a dependent object: it is held by a rule for incoming traffic in security group sg-2 (db); remove that rule of sg-2, then run this again (DependencyViolation)"]
        .assert_eq(&fault.to_string());
    aws.sent(expect![[r#"
        DeleteSecurityGroup
            GroupId=sg-1
        DescribeNetworkInterfaces
            Filter.1.Name=group-id
            Filter.1.Value.1=sg-1
        DescribeSecurityGroups
            Filter.1.Name=ip-permission.group-id
            Filter.1.Value.1=sg-1
        DescribeSecurityGroups
            Filter.1.Name=egress.ip-permission.group-id
            Filter.1.Value.1=sg-1
    "#]]);
}

#[tokio::test]
async fn an_interface_that_is_detaching_lets_go_and_a_forgotten_one_does_not() {
    let attachment =
        "<attachment><instanceId>i-1</instanceId><status>detaching</status></attachment>";
    group_held_by(
        interface("", attachment),
        None,
        Busy,
        expect!["DeleteSecurityGroup: sg-1 has a dependent object: it is held by network interface eni-1, which is detaching (DependencyViolation)"],
    )
    .await;
    group_held_by(
        interface("", "<status>available</status>"),
        None,
        Rejected,
        expect!["DeleteSecurityGroup: sg-1 has a dependent object: it is held by network interface eni-1, which nothing uses; delete eni-1, then run this again (DependencyViolation)"],
    )
    .await;
}

#[tokio::test]
async fn a_subnet_waits_for_a_nat_gateway_that_is_deleting() {
    let gateway = |state: &str| {
        let gateway = format!("<natGatewayId>nat-1</natGatewayId><state>{state}</state>");
        let set = format!("<natGatewaySet><item>{gateway}</item></natGatewaySet>");
        ec2("DescribeNatGateways", &set)
    };
    for (state, kind) in [("deleting", Busy), ("available", Rejected)] {
        let nat = interface("Interface for NAT Gateway nat-1", "");
        let aws = Script::new([refused("subnet-1"), nat, gateway(state)]);
        let have = want(r#"{"vpc_id": "vpc-1"}"#);
        let fault = Subnet::delete(&aws, "subnet-1", &have).await.unwrap_err();
        assert_eq!(fault.kind, kind, "{fault}");
        assert!(fault.message.contains("of NAT gateway nat-1"), "{fault}");
    }
}

#[tokio::test]
async fn what_is_left_in_a_vpc_is_named() {
    let subnets = |n: u8| format!("<item><subnetId>subnet-{n}</subnetId></item>");
    let subnets: String = (1..=4).map(subnets).collect();
    let aws = Script::new([
        refused("vpc-1"),
        ec2("DescribeNetworkInterfaces", "<networkInterfaceSet></networkInterfaceSet>"),
        ec2("DescribeSubnets", &format!("<subnetSet>{subnets}</subnetSet>")),
        no_groups(),
        ec2("DescribeInternetGateways", "<internetGatewaySet></internetGatewaySet>"),
        ec2("DescribeVpnGateways", "<vpnGatewaySet></vpnGatewaySet>"),
    ]);

    let fault = Vpc::delete(&aws, "vpc-1", &want("{}")).await.unwrap_err();

    assert_eq!(fault.kind, Rejected);
    expect!["DeleteVpc: vpc-1 has a dependent object: it is held by subnet subnet-1, subnet subnet-2, subnet subnet-3 and 1 more; delete subnet-1, delete subnet-2, delete subnet-3, then run this again (DependencyViolation)"]
        .assert_eq(&fault.to_string());
}

#[tokio::test]
async fn a_public_address_that_stays_is_named_and_not_waited_for() {
    let public = "<association><publicIp>52.0.0.1</publicIp></association>
        <attachment><instanceId>i-1</instanceId></attachment>";
    let instance = "<reservationSet><item><instancesSet><item><instanceId>i-1</instanceId>
        <instanceState><name>running</name></instanceState></item></instancesSet></item>
        </reservationSet>";
    let aws =
        Script::new([refused("vpc-1"), interface("", public), ec2("DescribeInstances", instance)]);

    let have = want(r#"{"vpc_id": "vpc-1"}"#);
    let fault = InternetGateway::delete(&aws, "igw-1", &have).await.unwrap_err();

    assert_eq!(fault.kind, Rejected);
    expect!["DetachInternetGateway: vpc-1 has a dependent object: it is held by network interface eni-1 of instance i-1; terminate i-1, then run this again (DependencyViolation)"]
        .assert_eq(&fault.to_string());
}

#[tokio::test]
async fn a_refusal_whose_reason_cannot_be_seen_passes_as_before() {
    let aws = Script::new([refused("sg-1"), refusal("UnauthorizedOperation", "no")]);
    let have = want(r#"{"name": "web"}"#);
    let fault = SecurityGroup::delete(&aws, "sg-1", &have).await.unwrap_err();
    assert_eq!(fault.kind, Busy);
    assert_eq!(fault.message, "sg-1 has a dependent object");
}
