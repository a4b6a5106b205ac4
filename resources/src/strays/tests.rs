use expect_test::expect;
use serde_json::json as object;

use super::*;
use crate::testing::{Answer, Script, ec2, json, json_refusal};

fn ours(ty: &str, exists: bool, attributes: Json) -> Ours {
    let attributes = attributes.as_object().unwrap().clone().into_iter().collect();
    Ours { ty: ty.to_owned(), attributes, exists, here: true }
}

fn group(name: &str, more: &str) -> Answer {
    json(&format!(
        r#"{{"logGroups": [{{"logGroupName": "{name}", "arn": "arn:{name}:*" {more}}}]}}"#
    ))
}

fn told(strays: &[Stray]) -> String {
    strays.iter().map(|it| format!("{:?} {} {}: {}\n", it.whose, it.kind, it.id, it.why)).collect()
}

#[tokio::test]
async fn a_group_that_was_made_again_by_a_writer_is_ours() {
    let none = || json(r#"{"tags": {}}"#);
    for (found, tags, expected) in [
        (group("/app", ""), Some(none()), 1),
        (group("/app", r#", "retentionInDays": 7"#), Some(none()), 0),
        (group("/app", ""), Some(json(r#"{"tags": {"team": "edge"}}"#)), 0),
        (group("/app-2", ""), None, 0),
    ] {
        let aws = Script::new([found].into_iter().chain(tags));
        let ours = [ours("aws_cloudwatch_log_group", false, object!({"name": "/app"}))];
        assert_eq!(leavings(&aws, &ours).await.unwrap().len(), expected);
    }
}

#[tokio::test]
async fn what_is_still_there_or_kept_on_purpose_is_not_looked_for() {
    let aws = Script::new([]);
    let ours = [
        ours("aws_cloudwatch_log_group", true, object!({"name": "/app"})),
        ours("aws_cloudwatch_log_group", false, object!({"name": "/kept", "skip_destroy": true})),
        ours("aws_ecs_cluster", true, object!({"name": "main"})),
        ours("aws_ecs_task_definition", true, object!({"family": "web"})),
        ours("aws_ecs_task_definition", false, object!({"family": "web"})),
        Ours { here: false, ..ours("aws_ecs_cluster", false, object!({"name": "far"})) },
    ];
    assert_eq!(leavings(&aws, &ours).await.unwrap(), []);
    assert_eq!(aws.asked(), 0);
}

#[tokio::test]
async fn insights_of_a_cluster_that_somebody_made_again_stay() {
    let cluster = |status: &str| {
        json(&format!(r#"{{"clusters": [{{"clusterName": "main", "status": "{status}"}}]}}"#))
    };
    let ours = [ours("aws_ecs_cluster", false, object!({"name": "main"}))];
    let aws = Script::new([cluster("ACTIVE")]);
    assert_eq!(leavings(&aws, &ours).await.unwrap(), []);

    let name = "/aws/ecs/containerinsights/main/performance";
    let found = group(name, r#", "retentionInDays": 1"#);
    let aws = Script::new([cluster("INACTIVE"), found, json(r#"{"tags": {}}"#)]);
    let found = leavings(&aws, &ours).await.unwrap();
    expect![[r#"
        Ours aws_cloudwatch_log_group /aws/ecs/containerinsights/main/performance: Container Insights wrote of the cluster main, which is gone
    "#]]
    .assert_eq(&told(&found));
}

const WEB: &str = "arn:aws:ecs:eu-west-1:1:task-definition/web:";

fn revisions() -> Answer {
    json(&format!(
        r#"{{"taskDefinitionArns": ["{WEB}2", "{WEB}1", "arn:aws:ecs:eu-west-1:1:task-definition/web-2:1"]}}"#
    ))
}

#[tokio::test]
async fn only_revisions_with_the_tags_of_ours_are_swept() {
    let tagged = |value: &str| {
        json(&format!(
            r#"{{"taskDefinition": {{}}, "tags": [{{"key": "team", "value": "{value}"}}]}}"#
        ))
    };
    let clusters = json("{}");
    let aws = Script::new([revisions(), tagged("edge"), tagged("core"), clusters, json("{}")]);
    let tags = object!({"family": "web", "tags_all": {"team": "edge"}});
    let found = leavings(&aws, &[ours("aws_ecs_task_definition", false, tags)]).await.unwrap();
    expect![[r#"
        Ours aws_ecs_task_definition arn:aws:ecs:eu-west-1:1:task-definition/web:2: it is inactive, and has the tags of the family web, which is gone
    "#]]
    .assert_eq(&told(&found));
    sweep(&aws, &found[0]).await.unwrap();
    assert!(aws.transcript().ends_with(&format!("taskDefinitions=[\"{WEB}2\"]\n")));
}

#[tokio::test]
async fn a_revision_that_a_rule_starts_is_not_swept() {
    let tagged = json(r#"{"taskDefinition": {}, "tags": [{"key": "team", "value": "edge"}]}"#);
    let target = json(&format!(
        r#"{{"Targets": [{{"Id": "1", "Arn": "main", "EcsParameters": {{"TaskDefinitionArn": "{WEB}2"}}}}]}}"#
    ));
    let aws = Script::new([
        json(&format!(r#"{{"taskDefinitionArns": ["{WEB}2"]}}"#)),
        tagged,
        json(r#"{"clusterArns": ["main"]}"#),
        json(r#"{"EventBuses": [{"Name": "default"}]}"#),
        json(r#"{"RuleNames": ["nightly"]}"#),
        target,
    ]);
    let tags = object!({"family": "web", "tags_all": {"team": "edge"}});
    let found = leavings(&aws, &[ours("aws_ecs_task_definition", false, tags)]).await.unwrap();
    assert_eq!(found, []);
}

#[tokio::test]
async fn revisions_without_tags_are_told_and_no_more() {
    let family = || ours("aws_ecs_task_definition", false, object!({"family": "web"}));
    let aws = Script::new([revisions()]);
    assert_eq!(leavings(&aws, &[family()]).await.unwrap(), []);
    let tags = json(r#"{"ResourceTagMappingList": []}"#);
    let aws = Script::new([revisions(), tags]);
    let found = strays(&aws.aws(), &[family()], &BTreeMap::new()).await.unwrap();
    expect![[r#"
        Unknown task definition family web: 2 inactive revisions have its name; nothing tells who made them
    "#]]
    .assert_eq(&told(&found));
}

fn mapped(arns: &[(&str, &str)]) -> Answer {
    let one =
        |(arn, tags): &(&str, &str)| format!(r#"{{"ResourceARN": "{arn}", "Tags": [{tags}]}}"#);
    let all: Vec<String> = arns.iter().map(one).collect();
    json(&format!(r#"{{"ResourceTagMappingList": [{}]}}"#, all.join(", ")))
}

#[tokio::test]
async fn what_has_the_tags_of_the_stack_is_told_unless_the_stack_has_it() {
    let by = r#"{"Key": "aws:autoscaling:groupName", "Value": "nodes"}"#;
    let found = mapped(&[
        ("arn:aws:ec2:eu-west-1:1:subnet/subnet-0a1b2c3d", ""),
        ("arn:aws:ec2:eu-west-1:1:volume/vol-0a1b2c3d", ""),
        ("arn:aws:ec2:eu-west-1:1:instance/i-0a1b2c3d", by),
        ("arn:aws:ecs:eu-west-1:1:task/main/0a1b2c3d", ""),
        ("arn:aws:ec2:eu-west-1:1:internet-gateway/igw-11111111", ""),
        ("arn:aws:lambda:eu-west-1:1:function:jobs", ""),
    ]);
    let ours = [
        ours("aws_subnet", true, object!({"id": "subnet-0a1b2c3d"})),
        ours("aws_instance", true, object!({"root_block_device": [{"volume_id": "vol-0a1b2c3d"}]})),
        ours("aws_autoscaling_group", true, object!({"id": "nodes"})),
    ];
    // What is gone may have its tags for a while.
    let aws = Script::new([found, mapped(&[]), ec2("DescribeInternetGateways", "")]);
    let mark = BTreeMap::from([("stack".to_owned(), "bob".to_owned())]);
    let found = strays(&aws.aws(), &ours, &mark).await.unwrap();
    expect![[r#"
        Marked function arn:aws:lambda:eu-west-1:1:function:jobs: it has the tag stack=bob
    "#]]
    .assert_eq(&told(&found));
}

#[tokio::test]
async fn a_create_that_nobody_finished_is_told_with_its_time() {
    let token = "0199a3c0-0000-7000-8000-000000000000";
    let tag = format!(r#"{{"Key": "groundplan:intent", "Value": "{token}"}}"#);
    let found = mapped(&[("arn:aws:ec2:eu-west-1:1:vpc/vpc-11111111", &tag)]);
    let aws = Script::new([found, json_refusal("UnauthorizedOperation", "no")]);
    let found = strays(&aws.aws(), &[], &BTreeMap::new()).await.unwrap();
    expect![[r#"
        Marked aws_vpc vpc-11111111: it was being made at 2025-10-02T07:08:13Z, by a run that was cut off or is under way
    "#]]
    .assert_eq(&told(&found));
}

#[test]
fn an_arn_tells_its_type_and_id() {
    for (arn, found) in [
        ("arn:aws:s3:::web", Some(("aws_s3_bucket", "web"))),
        ("arn:aws:logs:eu-west-1:1:log-group:/app:*", Some(("aws_cloudwatch_log_group", "/app"))),
        ("arn:aws:ecr:eu-west-1:1:repository/team/app", Some(("aws_ecr_repository", "team/app"))),
        ("arn:aws:sns:eu-west-1:1:jobs", Some(("aws_sns_topic", "arn:aws:sns:eu-west-1:1:jobs"))),
        ("arn:aws:cloudfront::1:distribution/E1", Some(("aws_cloudfront_distribution", "E1"))),
        ("arn:aws:sqs:eu-west-1:1:jobs", None),
        ("jobs", None),
    ] {
        let of = arns::of(arn);
        assert_eq!(of.as_ref().map(|(ty, id)| (*ty, id.as_str())), found, "{arn}");
    }
    for (id, telling) in [("vpc-0a1b2c3d", true), ("my-web", false), ("main", false)] {
        assert_eq!(arns::is_telling(id), telling, "{id}");
    }
}

#[test]
fn the_types_that_arns_tell_are_types() {
    let table = include_str!("arns.rs");
    let named = table.split("(\"aws_").skip(1).filter_map(|it| it.split('"').next());
    for name in named {
        let name = format!("aws_{name}");
        assert!(crate::registry::types().any(|it| it.schema.name == name), "{name}");
    }
}
