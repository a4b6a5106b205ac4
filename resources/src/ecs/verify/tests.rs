use expect_test::{Expect, expect};
use model::{Map, from_json};

use super::*;
use crate::testing::{Answer, Script, json, json_refusal, query};

fn map(json: &serde_json::Value) -> Map {
    from_json(json).entries().unwrap().clone()
}

/// What is found of one task definition, beside another object of the plan.
async fn check(
    task: serde_json::Value,
    other: Option<(&str, serde_json::Value)>,
    answers: Vec<Answer>,
    expect: Expect,
) {
    let (none, nothing, unencoded) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    let mut objects = vec![("aws_ecs_task_definition.web".to_owned(), map(&task))];
    objects.extend(other.map(|(address, json)| (address.to_owned(), map(&json))));
    let objects: Vec<(InstanceAddr, Map)> =
        objects.into_iter().map(|(address, it)| (address.parse().unwrap(), it)).collect();
    let all: Vec<Planned<'_>> = objects
        .iter()
        .map(|(address, it)| Planned {
            address,
            given: it,
            after: it,
            refers: &none,
            mentions: &nothing,
            encoded: &unencoded,
        })
        .collect();
    let aws = Script::new(answers);
    let found = task_definitions(&aws, &all[..1], &all).await.unwrap();
    let lines = found.into_iter().map(|it| {
        let path: String = it.path.iter().map(ToString::to_string).collect();
        let mark = if it.severity == Severity::Error { "" } else { "?" };
        format!("{mark}{path} {}: {}\n", it.summary, it.detail)
    });
    expect.assert_eq(&lines.collect::<String>());
}

fn containers(it: serde_json::Value) -> serde_json::Value {
    serde_json::json!({"container_definitions": serde_json::json!([it]).to_string()})
}

const ARN: &str = "arn:aws:iam::123456789012:role/tasks";

fn trust(service: &str) -> String {
    serde_json::json!({"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
                                      "Principal": {"Service": service}}]})
    .to_string()
}

#[tokio::test]
async fn roles_of_the_plan_are_judged_by_what_they_will_be() {
    let task = || serde_json::json!({"execution_role_arn": ARN});
    let role = |service: &str| {
        let role = serde_json::json!({"arn": ARN, "assume_role_policy": trust(service)});
        Some(("aws_iam_role.tasks", role))
    };
    check(task(), role("ecs-tasks.amazonaws.com"), vec![], expect![""]).await;
    check(task(), role("ec2.amazonaws.com"), vec![], expect![[r#"
        ["execution_role_arn"] Role cannot be assumed: The trust policy of aws_iam_role.tasks lets ec2.amazonaws.com assume it, and has to let ecs-tasks.amazonaws.com assume it.
    "#]]).await;
}

#[tokio::test]
async fn images_elsewhere_are_not_looked_up() {
    let web = containers(serde_json::json!({"name": "web", "image": "nginx"}));
    check(web, None, vec![], expect![[r#"
        ?["container_definitions"][0]["image"] Not verified: Only images in ECR are looked up, so not "nginx".
    "#]]).await;
}

#[tokio::test]
async fn secrets_and_log_groups_that_are_missing() {
    let web = || {
        containers(serde_json::json!({
            "name": "web",
            "secrets": [{"name": "KEY", "valueFrom": "/web/key"}],
            "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "web"}},
        }))
    };
    let parameters = |invalid: &str| json(&format!(r#"{{"InvalidParameters": {invalid}}}"#));
    let groups = |names: &str| json(&format!(r#"{{"logGroups": {names}}}"#));
    check(web(), None, vec![parameters("[]"), groups(r#"[{"logGroupName": "web"}]"#)], expect![""])
        .await;
    check(web(), None, vec![parameters(r#"["/web/key"]"#), groups(r#"[{"logGroupName": "web-2"}]"#)], expect![[r#"
        ["container_definitions"][0]["secrets"][0]["valueFrom"] Parameter not found: There is no parameter "/web/key".
        ["container_definitions"][0]["logConfiguration"]["options"]["awslogs-group"] Log group not found: There is no log group "web", so tasks cannot start. This plan does not make it, and `awslogs-create-group` is not "true".
    "#]]).await;
    let made = ("aws_cloudwatch_log_group.web", serde_json::json!({"name": "web"}));
    check(web(), Some(made), vec![parameters("[]")], expect![""]).await;
}

#[tokio::test]
async fn what_is_denied_is_said_and_stops_nothing() {
    let web = containers(serde_json::json!({
        "name": "web",
        "secrets": [{"name": "KEY", "valueFrom": "/web/key"}],
    }));
    let denied = json_refusal("AccessDeniedException", "not you");
    check(web, None, vec![denied], expect![[r#"
        ?["container_definitions"][0]["secrets"][0]["valueFrom"] Not verified: GetParameters: not you (AccessDeniedException).
    "#]]).await;
}

#[tokio::test]
async fn a_role_is_asked_for() {
    let task = || serde_json::json!({"task_role_arn": ARN});
    let caller = || {
        query(
            "GetCallerIdentity",
            "<Account>123456789012</Account><Arn>arn</Arn><UserId>u</UserId>",
        )
    };
    let role = query(
        "GetRole",
        &format!(
            "<Role><Path>/</Path><RoleName>tasks</RoleName><RoleId>A</RoleId><Arn>{ARN}</Arn>\
         <CreateDate>2026-01-01T00:00:00Z</CreateDate>\
         <AssumeRolePolicyDocument>%7B%22Statement%22%3A%5B%5D%7D</AssumeRolePolicyDocument></Role>"
        ),
    );
    check(task(), None, vec![caller(), role], expect![[r#"
        ["task_role_arn"] Role cannot be assumed: The trust policy of arn:aws:iam::123456789012:role/tasks lets no service assume it, and has to let ecs-tasks.amazonaws.com assume it.
    "#]]).await;
}
