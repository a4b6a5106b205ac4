//! What AWS is sent about groups.

use expect_test::expect;
use model::{FaultKind, Phase};

use super::*;
use crate::testing::{Script, query, query_refusal, want};

fn group(more: &str) -> Group {
    want(&format!(
        r#"{{"name": "web", "min_size": 1, "max_size": 3, "desired_capacity": 2,
            "vpc_zone_identifier": ["subnet-1", "subnet-2"],
            "launch_template": [{{"id": "lt-1", "version": "4"}}] {more}}}"#
    ))
}

fn described(inside: &str) -> crate::testing::Answer {
    let group = format!(
        "<AutoScalingGroups><member><AutoScalingGroupName>web</AutoScalingGroupName>
         <MinSize>1</MinSize><MaxSize>3</MaxSize><DesiredCapacity>2</DesiredCapacity>
         {inside}</member></AutoScalingGroups>"
    );
    query("DescribeAutoScalingGroups", &group)
}

fn instances(states: &[&str], more: &str) -> String {
    let one = |(n, state): (usize, &&str)| {
        format!(
            "<member><InstanceId>i-{n}</InstanceId><LifecycleState>{state}</LifecycleState>
             <HealthStatus>Healthy</HealthStatus>{more}</member>"
        )
    };
    let all: String = states.iter().enumerate().map(one).collect();
    format!("<Instances>{all}</Instances>")
}

#[tokio::test]
async fn a_new_group_is_ready_when_its_instances_are_in_service() {
    let aws = Script::new([
        query("CreateAutoScalingGroup", ""),
        described(&instances(&["InService", "Pending"], "")),
        query("DescribeScalingActivities", ""),
        described(&instances(&["InService", "InService"], "")),
        described(&instances(&["InService"], "")),
    ]);
    let ids = [Group::create(&aws, &group(""), "token").await.unwrap()];

    let first = Group::read(&aws, &ids).await.unwrap();
    let second = Group::read(&aws, &ids).await.unwrap();
    // Later, what scaling does is no concern of ours.
    let third = Group::read(&aws, &ids).await.unwrap();

    assert_eq!(first[0].phase, Phase::changing("1 of 2 are in service"));
    assert_eq!(second[0].phase, Phase::Ready);
    assert_eq!(third[0].phase, Phase::Ready);
}

#[tokio::test]
async fn an_instance_that_cannot_start_ends_the_waiting() {
    let activity = "<Activities><member><ActivityId>a</ActivityId>
        <StartTime>2100-01-01T00:00:00Z</StartTime><StatusCode>Failed</StatusCode>
        <StatusMessage>no capacity</StatusMessage></member></Activities>";
    let aws = Script::new([
        query("CreateAutoScalingGroup", ""),
        described(""),
        query("DescribeScalingActivities", activity),
    ]);
    let ids = [Group::create(&aws, &group(""), "token").await.unwrap()];

    let found = Group::read(&aws, &ids).await.unwrap();

    let reason = "an instance does not start: no capacity".to_owned();
    assert_eq!(found[0].phase, Phase::failed(reason));
}

#[tokio::test]
async fn instances_must_be_healthy_to_the_load_balancer_if_that_is_asked_for() {
    let health = |state: &str| {
        query(
            "DescribeTargetHealth",
            &format!(
                "<TargetHealthDescriptions><member><Target><Id>i-0</Id></Target>
                 <TargetHealth><State>{state}</State></TargetHealth></member>
                 </TargetHealthDescriptions>"
            ),
        )
    };
    let both = instances(&["InService", "InService"], "")
        + "<TargetGroupARNs><member>arn:tg</member></TargetGroupARNs>";
    let aws = Script::new([
        query("CreateAutoScalingGroup", ""),
        described(&both),
        health("initial"),
        query("DescribeScalingActivities", ""),
        described(&both),
        health("healthy"),
    ]);
    let want = group(r#", "min_elb_capacity": 1"#);
    let ids = [Group::create(&aws, &want, "token").await.unwrap()];

    let first = Group::read(&aws, &ids).await.unwrap();
    let second = Group::read(&aws, &ids).await.unwrap();

    let waiting = "0 of 1 are healthy to the load balancer".to_owned();
    assert_eq!(first[0].phase, Phase::changing(waiting));
    assert_eq!(second[0].phase, Phase::Ready);
}

#[tokio::test]
async fn a_group_loses_its_protection_and_its_instances_before_it_goes() {
    let protected =
        instances(&["InService", "InService"], "<ProtectedFromScaleIn>true</ProtectedFromScaleIn>");
    let empty = query(
        "DescribeAutoScalingGroups",
        "<AutoScalingGroups><member><AutoScalingGroupName>web</AutoScalingGroupName>
         <MinSize>0</MinSize><MaxSize>0</MaxSize><DesiredCapacity>0</DesiredCapacity>
         </member></AutoScalingGroups>",
    );
    let aws = Script::new([
        described(&protected),
        query("UpdateAutoScalingGroup", ""),
        query("SetInstanceProtection", ""),
        empty,
        query("DeleteAutoScalingGroup", ""),
    ]);

    let fault = Group::delete(&aws, "web", &group("")).await.unwrap_err();
    Group::delete(&aws, "web", &group("")).await.unwrap();

    assert_eq!(fault.kind, FaultKind::Busy);
    assert_eq!(fault.message, "2 instances of web are left");
    aws.sent(expect![[r#"
        DescribeAutoScalingGroups
            AutoScalingGroupNames.member.1=web
            MaxRecords=100
        SetInstanceProtection
            AutoScalingGroupName=web
            InstanceIds.member.1=i-0
            InstanceIds.member.2=i-1
            ProtectedFromScaleIn=false
        UpdateAutoScalingGroup
            AutoScalingGroupName=web
            DesiredCapacity=0
            MaxSize=0
            MinSize=0
            NewInstancesProtectedFromScaleIn=false
        DescribeAutoScalingGroups
            AutoScalingGroupNames.member.1=web
            MaxRecords=100
        DeleteAutoScalingGroup
            AutoScalingGroupName=web
            ForceDelete=false
    "#]]);
}

#[tokio::test]
async fn force_delete_leaves_it_all_to_aws() {
    let aws = Script::new([
        described(&instances(&["InService"], "")),
        query("DeleteAutoScalingGroup", ""),
    ]);

    Group::delete(&aws, "web", &group(r#", "force_delete": true"#)).await.unwrap();

    aws.sent(expect![[r#"
        DescribeAutoScalingGroups
            AutoScalingGroupNames.member.1=web
            MaxRecords=100
        DeleteAutoScalingGroup
            AutoScalingGroupName=web
            ForceDelete=true
    "#]]);
}

#[tokio::test]
async fn a_new_version_of_the_template_starts_an_instance_refresh() {
    let refresh = r#", "instance_refresh": [{"strategy": "Rolling", "preferences":
        [{"min_healthy_percentage": 50, "instance_warmup": "30"}]}]"#;
    let have: Group = group(refresh);
    let mut want = have.clone();
    let version = Auto(Some("5".to_owned()));
    want.launch_template =
        One(Some(Template { version, ..have.launch_template.0.clone().unwrap() }));
    let aws = Script::new([
        query("UpdateAutoScalingGroup", ""),
        query("StartInstanceRefresh", "<InstanceRefreshId>r-1</InstanceRefreshId>"),
    ]);

    Group::update(&aws, "web", &have, &want).await.unwrap();

    aws.sent(expect![[r#"
        UpdateAutoScalingGroup
            AutoScalingGroupName=web
            LaunchTemplate.LaunchTemplateId=lt-1
            LaunchTemplate.Version=5
        StartInstanceRefresh
            AutoScalingGroupName=web
            Preferences.InstanceWarmup=30
            Preferences.MaxHealthyPercentage=100
            Preferences.MinHealthyPercentage=50
            Preferences.ScaleInProtectedInstances=Ignore
            Preferences.SkipMatching=false
            Preferences.StandbyInstances=Ignore
            Strategy=Rolling
    "#]]);
}

#[tokio::test]
async fn a_refresh_that_is_under_way_is_called_off_first() {
    let have = group(r#", "instance_refresh": [{"strategy": "Rolling"}]"#);
    let want = Group { launch_configuration: Some("lc-1".to_owned()), ..have.clone() };
    let aws = Script::new([
        query("UpdateAutoScalingGroup", ""),
        query_refusal("InstanceRefreshInProgress", "An Instance Refresh is already in progress"),
        query("CancelInstanceRefresh", ""),
    ]);

    let fault = Group::update(&aws, "web", &have, &want).await.unwrap_err();

    assert_eq!(Group::classify(Op::Update, &fault), Some(FaultKind::Busy));
}

#[tokio::test]
async fn a_template_is_named_in_one_way() {
    let template = |id: &str, name: &str| Template {
        id: Auto(Some(id.to_owned())),
        name: Auto(Some(name.to_owned())),
        version: Auto(None),
    };
    let have = template("lt-1", "one");
    let by_id = template("lt-2", "one").specification(Some(&have));
    let by_name = template("lt-1", "two").specification(Some(&have));
    assert_eq!((by_id.launch_template_id(), by_id.launch_template_name()), (Some("lt-2"), None));
    assert_eq!((by_name.launch_template_id(), by_name.launch_template_name()), (None, Some("two")));
}

#[test]
fn the_tag_of_ecs_is_no_change() {
    use model::{from_typed_json, to_typed_json};
    let object = |json: serde_json::Value| {
        let mut json = json.as_object().unwrap().clone();
        model::complete(Group::SCHEMA.attributes, &mut json);
        let value = from_typed_json(&json.into(), &Group::SCHEMA.ty()).unwrap();
        value.entries().unwrap().clone()
    };
    let tag = |key: &str| serde_json::json!({"key": key, "value": "", "propagate_at_launch": true});
    let prior = object(serde_json::json!({"tag": [tag("AmazonECSManaged"), tag("team")]}));
    let mut planned = object(serde_json::json!({"tag": [tag("team")]}));

    let aws = Script::agreeable();
    Group::adjust(&aws, Some(&prior), &mut planned);

    let it = Group::SCHEMA.attribute("tag").unwrap();
    let json = |of: &Map| to_typed_json(&of["tag"], &it.shape.ty());
    assert!(it.same(&json(&prior), &json(&planned)));
}
