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

/// What IAM answers: of each action and resource what it decides, and the rest of the result.
fn simulated(decisions: &[(&str, &str, &str, &str)]) -> Answer {
    let results = decisions.iter().map(|(action, resource, decision, more)| {
        format!(
            "<member><EvalActionName>{action}</EvalActionName><EvalResourceName>{resource}</EvalResourceName>\
             <EvalDecision>{decision}</EvalDecision>{more}</member>"
        )
    });
    let results: String = results.collect();
    query(
        "SimulatePrincipalPolicy",
        &format!(
            "<EvaluationResults>{results}</EvaluationResults><IsTruncated>false</IsTruncated>"
        ),
    )
}

/// A task whose role, which is in the plan and exists, is asked about.
fn with_role(mut task: serde_json::Value) -> serde_json::Value {
    task["execution_role_arn"] = ARN.into();
    task
}

fn own_role() -> Option<(&'static str, serde_json::Value)> {
    let role =
        serde_json::json!({"arn": ARN, "assume_role_policy": trust("ecs-tasks.amazonaws.com")});
    Some(("aws_iam_role.tasks", role))
}

const KEY: &str = "arn:aws:ssm:eu-west-1:123456789012:parameter/web/key";

#[tokio::test]
async fn what_the_execution_role_may_not_do_is_said_with_what_allows_it() {
    let web = || {
        with_role(containers(serde_json::json!({
            "name": "web", "secrets": [{"name": "KEY", "valueFrom": "/web/key"}],
        })))
    };
    let there = || json(r#"{"Parameters": [{"Name": "/web/key"}]}"#);
    let asked =
        |decision, more| vec![there(), simulated(&[("ssm:GetParameters", KEY, decision, more)])];
    check(web(), own_role(), asked("allowed", ""), expect![""]).await;
    check(web(), own_role(), asked("implicitDeny", ""), expect![[r#"
        ["container_definitions"][0]["secrets"][0]["valueFrom"] Role lacks a permission: The role arn:aws:iam::123456789012:role/tasks may not ssm:GetParameters on arn:aws:ssm:eu-west-1:123456789012:parameter/web/key. Its policies lack this statement:
        {"Effect": "Allow", "Action": "ssm:GetParameters", "Resource": "arn:aws:ssm:eu-west-1:123456789012:parameter/web/key"}
    "#]]).await;
    let by = "<MatchedStatements><member><SourcePolicyId>deny-all</SourcePolicyId></member></MatchedStatements>";
    check(web(), own_role(), asked("explicitDeny", by), expect![[r#"
        ["container_definitions"][0]["secrets"][0]["valueFrom"] Role lacks a permission: The role arn:aws:iam::123456789012:role/tasks may not ssm:GetParameters on arn:aws:ssm:eu-west-1:123456789012:parameter/web/key. It is denied by a statement of the policy deny-all.
    "#]]).await;
    let open = "<MissingContextValues><member>aws:SourceVpc</member></MissingContextValues>";
    check(web(), own_role(), asked("implicitDeny", open), expect![[r#"
        ?["container_definitions"][0]["secrets"][0]["valueFrom"] Role lacks a permission: The role arn:aws:iam::123456789012:role/tasks may not ssm:GetParameters on arn:aws:ssm:eu-west-1:123456789012:parameter/web/key. At least not in a simulation, which does not know aws:SourceVpc.
    "#]]).await;
    let limit = "<PermissionsBoundaryDecisionDetail><AllowedByPermissionsBoundary>false\
                 </AllowedByPermissionsBoundary></PermissionsBoundaryDecisionDetail>";
    check(web(), own_role(), asked("implicitDeny", limit), expect![[r#"
        ["container_definitions"][0]["secrets"][0]["valueFrom"] Role lacks a permission: The role arn:aws:iam::123456789012:role/tasks may not ssm:GetParameters on arn:aws:ssm:eu-west-1:123456789012:parameter/web/key. What does not allow it is its permissions boundary.
    "#]]).await;
    let denied = crate::testing::query_refusal("AccessDenied", "not you");
    check(web(), own_role(), vec![there(), denied], expect![[r#"
        ?["execution_role_arn"] Not verified: What arn:aws:iam::123456789012:role/tasks is allowed cannot be told. SimulatePrincipalPolicy: not you (AccessDenied).
    "#]]).await;
}

#[tokio::test]
async fn what_a_resource_may_allow_itself_is_a_warning() {
    let secret = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:login-AbCdEf";
    let web = || {
        with_role(containers(serde_json::json!({
            "name": "web", "secrets": [{"name": "A", "valueFrom": format!("{secret}:password::")}],
        })))
    };
    let described = || json(r#"{"KmsKeyId": "1234"}"#);
    let key = "arn:aws:kms:eu-west-1:123456789012:key/1234";
    let read = |decision| simulated(&[("secretsmanager:GetSecretValue", secret, decision, "")]);
    let decrypt = |decision| simulated(&[("kms:Decrypt", key, decision, "")]);
    let policy = json(r#"{"ResourcePolicy": "{}"}"#);
    let answers = vec![described(), decrypt("implicitDeny"), read("implicitDeny"), policy];
    check(web(), own_role(), answers, expect![[r#"
        ?["container_definitions"][0]["secrets"][0]["valueFrom"] Role lacks a permission: The role arn:aws:iam::123456789012:role/tasks may not kms:Decrypt on arn:aws:kms:eu-west-1:123456789012:key/1234. Its policies lack this statement:
        {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "arn:aws:kms:eu-west-1:123456789012:key/1234"}
        Unless the resource's own policy allows it, which is not looked at.
        ?["container_definitions"][0]["secrets"][0]["valueFrom"] Role lacks a permission: The role arn:aws:iam::123456789012:role/tasks may not secretsmanager:GetSecretValue on arn:aws:secretsmanager:eu-west-1:123456789012:secret:login-AbCdEf. Its policies lack this statement:
        {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:login-AbCdEf"}
        Unless the resource's own policy allows it, which is not looked at.
    "#]]).await;
    let answers = vec![described(), decrypt("allowed"), read("implicitDeny"), json("{}")];
    check(web(), own_role(), answers, expect![[r#"
        ["container_definitions"][0]["secrets"][0]["valueFrom"] Role lacks a permission: The role arn:aws:iam::123456789012:role/tasks may not secretsmanager:GetSecretValue on arn:aws:secretsmanager:eu-west-1:123456789012:secret:login-AbCdEf. Its policies lack this statement:
        {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:login-AbCdEf"}
    "#]]).await;
}

#[test]
fn what_a_role_needs_follows_from_containers() {
    let web = containers(serde_json::json!({
        "name": "web",
        "image": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/web:1",
        "environmentFiles": [{"type": "s3", "value": "arn:aws:s3:::config/web.env"}],
        "logConfiguration": {"logDriver": "awslogs", "options": {
            "awslogs-group": "/web", "awslogs-region": "eu-west-1", "awslogs-stream-prefix": "web",
            "awslogs-create-group": "true",
        }},
    }));
    let needs = |compatibilities: &[&str]| {
        let mut task = with_role(web.clone());
        task["requires_compatibilities"] = compatibilities.into();
        let (none, nothing, unencoded) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        let (address, it) = ("aws_ecs_task_definition.web".parse().unwrap(), map(&task));
        let planned = Planned {
            address: &address,
            given: &it,
            after: &it,
            refers: &none,
            mentions: &nothing,
            encoded: &unencoded,
        };
        format!("{:#?}", access::needs("eu-west-1", &[planned], &|_| None))
    };
    let all = needs(&["FARGATE"]);
    for it in [
        "ecr:GetAuthorizationToken",
        "arn:aws:ecr:eu-west-1:123456789012:repository/web",
        "arn:aws:s3:::config/web.env",
        "\"arn:aws:s3:::config\"",
        "arn:aws:logs:eu-west-1:123456789012:log-group:/web:log-stream:web/web/task",
        "arn:aws:logs:eu-west-1:123456789012:log-group:/web:*",
        "logs:CreateLogGroup",
    ] {
        assert!(all.contains(it), "{it} is not in {all}");
    }
    let on_instances = needs(&["EC2"]);
    assert!(on_instances.contains("s3:GetObject") && !on_instances.contains("ecr:"));
}
