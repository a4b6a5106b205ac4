//! What a service says to ECS, and what it makes of the answers.

use expect_test::expect;

use super::*;
use crate::testing::{Script, fault, json, want};

const ARN: &str = "arn:aws:ecs:eu-west-1:1:service/main/web";

fn service(more: &str) -> Service {
    want(&format!(
        r#"{{"name": "web", "cluster": "main", "task_definition": "web:1", "desired_count": 2{more}}}"#
    ))
}

fn answer(status: &str, running: u32, deployments: &str) -> crate::testing::Answer {
    json(&format!(
        r#"{{"services": [{{"serviceArn": "{ARN}", "serviceName": "web", "status": "{status}",
            "clusterArn": "arn:aws:ecs:eu-west-1:1:cluster/main", "desiredCount": 2,
            "runningCount": {running}, "taskDefinition": "arn:x:task-definition/web:1",
            "deployments": [{deployments}]}}]}}"#
    ))
}

#[tokio::test]
async fn a_service_is_created_in_one_call() {
    let aws = Script::new([json(&format!(r#"{{"service": {{"serviceArn": "{ARN}"}}}}"#))]);
    let want = service(
        r#", "launch_type": "FARGATE", "tags": {"team": "edge"},
            "network_configuration": [{"subnets": ["subnet-1"]}],
            "load_balancer": [{"target_group_arn": "arn:tg", "container_name": "web", "container_port": 80}]"#,
    );

    assert_eq!(Service::create(&aws, &want, "token").await.unwrap(), ARN);

    aws.sent(expect![[r#"
        CreateService
            availabilityZoneRebalancing="DISABLED"
            clientToken="094de9d8-5b56-5c33-8965-e758b0aef552"
            cluster="main"
            deploymentConfiguration={"maximumPercent":200,"minimumHealthyPercent":100}
            desiredCount=2
            enableECSManagedTags=false
            enableExecuteCommand=false
            launchType="FARGATE"
            loadBalancers=[{"containerName":"web","containerPort":80,"targetGroupArn":"arn:tg"}]
            networkConfiguration={"awsvpcConfiguration":{"assignPublicIp":"DISABLED","subnets":["subnet-1"]}}
            schedulingStrategy="REPLICA"
            serviceName="web"
            tags=[{"key":"team","value":"edge"}]
            taskDefinition="web:1"
    "#]]);
}

#[tokio::test]
async fn only_what_changes_is_sent() {
    let aws = Script::new([json("{}")]);
    let have = service(r#", "tags": {"team": "edge"}"#);
    let want = want(
        r#"{"name": "web", "cluster": "arn:aws:ecs:eu-west-1:1:cluster/main", "desired_count": 2,
            "task_definition": "web:2", "tags": {"team": "edge"}}"#,
    );

    Service::update(&aws, ARN, &have, &want).await.unwrap();

    aws.sent(expect![[r#"
        UpdateService
            cluster="main"
            service="arn:aws:ecs:eu-west-1:1:service/main/web"
            taskDefinition="web:2"
    "#]]);
}

#[tokio::test]
async fn a_service_is_what_it_was_asked_to_be() {
    let aws = Script::new([answer("ACTIVE", 0, "")]);

    let found = Service::read(&aws, &[ARN.to_owned()]).await.unwrap();

    assert_eq!(found[0].phase, Phase::Ready);
    let have = &found[0].attributes;
    let want = service("");
    assert_eq!(have.cluster, want.cluster);
    assert_eq!(have.task_definition, want.task_definition);
    assert_eq!(have.desired_count, 2);
}

#[tokio::test]
async fn who_waits_for_a_deployment_learns_how_it_ended() {
    let deployment = |id: u32, status: &str, state: &str| {
        format!(
            r#"{{"id": "ecs-svc/{id}", "status": "{status}", "rolloutState": "{state}",
                "createdAt": {id}00, "runningCount": 1, "desiredCount": 2, "failedTasks": 1}}"#
        )
    };
    let record = |status: &str| {
        json(&format!(
            r#"{{"serviceDeployments": [{{"status": "{status}", "statusReason": "it did not start",
                "targetServiceRevisionArn": "arn:x:service-revision/main/web/2"}}]}}"#
        ))
    };
    let created = format!(
        r#"{{"service": {{"serviceArn": "{ARN}", "deployments": [{}]}}}}"#,
        deployment(2, "PRIMARY", "IN_PROGRESS")
    );
    let running = deployment(2, "PRIMARY", "IN_PROGRESS");
    let none = || json(r#"{"taskArns": []}"#);
    let aws = Script::new([
        json(&created),
        answer("ACTIVE", 1, &running),
        record("IN_PROGRESS"),
        none(),
        // All tasks run, but that is not all of a deployment.
        answer("ACTIVE", 2, &running),
        record("IN_PROGRESS"),
        none(),
        answer("ACTIVE", 2, &deployment(1, "PRIMARY", "COMPLETED")),
        record("ROLLBACK_SUCCESSFUL"),
        none(),
    ]);
    let want = service(r#", "wait_for_steady_state": true"#);
    Service::create(&aws, &want, "token").await.unwrap();

    let mut phases = Vec::new();
    for _ in 0..3 {
        let found = Service::read(&aws, &[ARN.to_owned()]).await.unwrap();
        phases.push(match &found[0].phase {
            Phase::Ready => "ready".to_owned(),
            Phase::Changing(how) => how.what.clone(),
            Phase::Failed(failing, how) => format!("{failing:?}: {}", how.what),
        });
    }

    expect![[r#"
        deployment ecs-svc/2: 1 of 2 tasks are running, 1 failed
        deployment ecs-svc/2: 1 of 2 tasks are running, 1 failed, 1 of before still run
        RolledBack: deployment ecs-svc/2 has failed and was rolled back, web:1 is what runs: it did not start"#]]
    .assert_eq(&phases.join("\n"));
}

#[tokio::test]
async fn a_service_is_gone_when_its_last_task_is() {
    let aws =
        Script::new([json("{}"), json("{}"), answer("DRAINING", 1, ""), answer("INACTIVE", 0, "")]);
    Service::delete(&aws, ARN, &service("")).await.unwrap();

    let draining = Service::read(&aws, &[ARN.to_owned()]).await.unwrap();
    let inactive = Service::read(&aws, &[ARN.to_owned()]).await.unwrap();

    assert_eq!(draining[0].phase, Phase::changing("it is draining, 1 tasks are left"));
    assert_eq!(inactive, []);
    aws.sent(expect![[r#"
        UpdateService
            cluster="main"
            desiredCount=0
            service="arn:aws:ecs:eu-west-1:1:service/main/web"
        DeleteService
            cluster="main"
            force=true
            service="arn:aws:ecs:eu-west-1:1:service/main/web"
        DescribeServices
            cluster="main"
            include=["TAGS"]
            services=["arn:aws:ecs:eu-west-1:1:service/main/web"]
        DescribeServices
            cluster="main"
            include=["TAGS"]
            services=["arn:aws:ecs:eu-west-1:1:service/main/web"]
    "#]]);
}

#[test]
fn a_target_group_without_a_listener_is_waited_for() {
    let mut refusal = fault(FaultKind::Rejected, "InvalidParameterException");
    refusal.message = "The target group arn:tg does not have an associated load balancer.".into();
    assert_eq!(Service::classify(Op::Create, &refusal), Some(FaultKind::NotYet));
}
