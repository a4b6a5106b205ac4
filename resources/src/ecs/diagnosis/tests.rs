//! What is said to each kind of failure, and where the facts come from.

use aws_sdk_ecs::types as sdk;
use expect_test::{Expect, expect};

use super::*;
use crate::ecs::deployment::Watched;
use crate::testing::{Script, json, json_refusal, query};

fn stopped(code: &str, reason: &str, containers: &[(&str, Option<i32>, &str)]) -> Stopped {
    let container = |it: &(&str, Option<i32>, &str)| Container {
        name: it.0.to_owned(),
        image: "web:1".to_owned(),
        exit_code: it.1,
        reason: it.2.to_owned(),
        unhealthy: false,
    };
    Stopped {
        task: "0f3a".to_owned(),
        code: code.to_owned(),
        reason: reason.to_owned(),
        containers: containers.iter().map(container).collect(),
        ..Stopped::default()
    }
}

/// What is said of a task that has stopped.
fn check(it: Stopped, expect: Expect) {
    let facts = Facts { stopped: vec![it], ..Facts::default() };
    expect.assert_eq(&diagnose(&facts).join("\n\n"));
}

#[test]
fn six_failures_are_told_with_their_cause_and_what_to_do() {
    let web = [("web", None, "")];
    check(
        stopped(
            "TaskFailedToStart",
            "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to \
             resolve ref nginx:nope: not found",
            &web,
        ),
        expect![[r#"
            task 0f3a has stopped: CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref nginx:nope: not found (TaskFailedToStart)
            container web of the image web:1
            usual cause: the image or its tag does not exist in the repository
            next: look up its tags (aws ecr list-images), push it, or correct `image`"#]],
    );
    check(
        stopped(
            "TaskFailedToStart",
            "ResourceInitializationError: unable to pull secrets or registry auth: execution resource \
             retrieval failed: unable to retrieve secret from asm: AccessDeniedException: User is not \
             authorized to perform: secretsmanager:GetSecretValue",
            &web,
        ),
        expect![[r#"
            task 0f3a has stopped: ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secret from asm: AccessDeniedException: User is not authorized to perform: secretsmanager:GetSecretValue (TaskFailedToStart)
            container web of the image web:1
            usual cause: the execution role may not read a secret or parameter that a container is given
            next: allow secretsmanager:GetSecretValue or ssm:GetParameters, and kms:Decrypt of its key, to `execution_role_arn`"#]],
    );
    let killed = "OutOfMemoryError: Container killed due to memory usage";
    let mut memory = stopped(
        "EssentialContainerExited",
        "Essential container in task exited",
        &[("proxy", Some(143), ""), ("web", Some(137), killed)],
    );
    memory.log = Some(Log {
        group: "/web".to_owned(),
        stream: "web/web/0f3a".to_owned(),
        lines: vec!["loading".to_owned(), "loading more".to_owned()],
    });
    check(
        memory,
        expect![[r#"
            task 0f3a has stopped: Essential container in task exited (EssentialContainerExited)
            container web of the image web:1: exit code 137: OutOfMemoryError: Container killed due to memory usage
            usual cause: the container was killed, most often because it used more memory than it may
            next: raise `memory` of the container or task, or limit what the application takes

            the last 2 lines of its log (/web, web/web/0f3a):
              | loading
              | loading more"#]],
    );
    let mut unhealthy = stopped(
        "ServiceSchedulerInitiated",
        "Task failed container health checks",
        &[("proxy", Some(143), ""), ("web", Some(143), "")],
    );
    unhealthy.containers[1].unhealthy = true;
    check(
        unhealthy,
        expect![[r#"
            task 0f3a has stopped: Task failed container health checks (ServiceSchedulerInitiated)
            container web of the image web:1: exit code 143
            usual cause: the container's own health check fails, or begins before the application is ready
            next: run its command in the container, and give it a longer `startPeriod`"#]],
    );
}

/// What is said when no task starts at all.
#[test]
fn what_a_service_says_is_told_with_its_cause() {
    let facts = Facts {
        events: vec![
            "(service web) was unable to place a task because no container instance met all of its \
             requirements. The closest matching (container-instance 1) has insufficient memory \
             available."
                .to_owned(),
            "(service web) was unable to place a task because no container instance met all of its \
             requirements. The closest matching (container-instance 1) is already using a port \
             required by your task."
                .to_owned(),
            "(service web) has started 1 tasks: (task 1).".to_owned(),
        ],
        ..Facts::default()
    };
    expect![[r#"
        (service web) was unable to place a task because no container instance met all of its requirements. The closest matching (container-instance 1) has insufficient memory available.
        usual cause: no instance has as much CPU or memory left as a task needs
        next: add instances, make the task smaller, or lower `deployment_minimum_healthy_percent` so that old tasks make room

        (service web) was unable to place a task because no container instance met all of its requirements. The closest matching (container-instance 1) is already using a port required by your task.
        usual cause: the host port that a task needs is in use on every instance, often by the old task
        next: leave `hostPort` out, add an instance, or lower `deployment_minimum_healthy_percent`"#]]
    .assert_eq(&diagnose(&facts).join("\n\n"));
}

#[test]
fn texts_of_ecs_are_told_apart() {
    let cause = |code: &str, reason: &str, exit: Option<i32>| {
        format!("{:?}", cause::of_task(&stopped(code, reason, &[("web", exit, "")])))
    };
    let start = |reason: &str| cause("TaskFailedToStart", reason, None);
    let pull = "CannotPullContainerError: ";
    assert_eq!(start(&format!("{pull}toomanyrequests: You have reached your limit")), "ImageRate");
    assert_eq!(start(&format!("{pull}dial tcp 1.2.3.4:443: i/o timeout")), "Network");
    assert_eq!(start(&format!("{pull}no basic auth credentials")), "ImageDenied");
    assert_eq!(
        start(&format!("{pull}image Manifest does not match provided platform 'linux/amd64'")),
        "Processor"
    );
    let init = "ResourceInitializationError: ";
    assert_eq!(
        start(&format!(
            "{init}failed to validate logger args: The specified log group does not exist"
        )),
        "LogGroup"
    );
    assert_eq!(
        start(&format!("{init}unable to pull secrets: RequestCanceled: context deadline exceeded")),
        "Network"
    );
    assert_eq!(
        start(&format!("{init}unable to retrieve secret from asm: ResourceNotFoundException")),
        "SecretMissing"
    );
    assert_eq!(start(&format!("{init}failed to invoke EFS utils commands: timeout")), "Volume");
    assert_eq!(
        start("CannotStartContainerError: exec: \"serve\": executable file not found in $PATH"),
        "Command"
    );
    let exit = |code| cause("EssentialContainerExited", "Essential container in task exited", code);
    assert_eq!(exit(Some(1)), "Exited");
    assert_eq!(exit(Some(137)), "Memory");
    assert_eq!(cause("SpotInterruption", "Your Spot Task was interrupted.", Some(143)), "Spot");
    let elb = "Task failed ELB health checks in (target-group arn:x:targetgroup/web/1)";
    assert_eq!(cause("ServiceSchedulerInitiated", elb, Some(143)), "TargetHealth");
    assert_eq!(cause("InfrastructureHealth", "something new", None), "Unknown");
}

#[test]
fn texts_of_a_service_are_told_apart() {
    let cause = |text: &str| cause::of_event(text).map(|it| format!("{it:?}")).unwrap_or_default();
    let place =
        |why: &str| cause(&format!("(service web) was unable to place a task. Reason: {why}"));
    assert_eq!(place("No Container Instances were found in your cluster."), "NoInstances");
    assert_eq!(place("RESOURCE:MEMORY"), "Capacity");
    assert_eq!(place("RESOURCE:PORTS"), "Port");
    assert_eq!(place("Capacity is unavailable at this time."), "FargateCapacity");
    assert_eq!(
        place("The closest match is missing an attribute required by your task."),
        "Constraint"
    );
    assert_eq!(
        cause("failed to launch a task with (error ECS was unable to assume the role)"),
        "Role"
    );
    assert_eq!(
        cause("(port 80) is unhealthy in (target-group arn:x) due to (...)"),
        "TargetHealth"
    );
    assert_eq!(cause("(service web) has reached a steady state."), "");
}

#[test]
fn the_container_that_ended_first_is_to_blame() {
    let failing = |containers: &[(&str, Option<i32>, &str)]| {
        let it =
            stopped("EssentialContainerExited", "Essential container in task exited", containers);
        it.failing().map(|it| it.name.clone()).unwrap_or_default()
    };
    assert_eq!(failing(&[("proxy", Some(143), ""), ("web", Some(1), "")]), "web");
    assert_eq!(failing(&[("proxy", Some(137), ""), ("web", Some(0), "")]), "web");
    assert_eq!(failing(&[("web", Some(137), ""), ("proxy", Some(143), "")]), "web");
    assert_eq!(
        failing(&[("init", Some(0), ""), ("web", None, "CannotStartContainerError")]),
        "web"
    );
    assert_eq!(failing(&[]), "");
}

#[test]
fn the_same_cause_is_told_once() {
    let exited = |task: &str| Stopped {
        task: task.to_owned(),
        ..stopped("EssentialContainerExited", "Essential container in task exited", &[])
    };
    let facts = Facts { stopped: vec![exited("1"), exited("2")], ..Facts::default() };
    assert_eq!(diagnose(&facts).len(), 1);
    assert_eq!(diagnose(&Facts::default()), Vec::<String>::new());
}

const ARN: &str = "arn:aws:ecs:eu-west-1:1:service/main/web";

fn service() -> sdk::Service {
    let group = "arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/front/1";
    let behind = sdk::LoadBalancer::builder().target_group_arn(group).container_name("web");
    let builder = sdk::Service::builder().service_arn(ARN).service_name("web");
    builder.cluster_arn("main").load_balancers(behind.build()).build()
}

fn watched() -> Watched {
    Watched { id: "ecs-svc/2".to_owned(), began: 100.0, since: 100.0 }
}

/// Tasks of before, and those that had to make room, have not failed.
#[tokio::test]
async fn only_tasks_of_the_deployment_that_have_failed_are_looked_at() {
    let task = |n: i32, by: &str, at: i32, reason: &str| {
        format!(
            r#"{{"taskArn": "arn:x:task/main/{n}", "startedBy": "{by}", "stoppedAt": {at},
                "lastStatus": "STOPPED", "startedAt": 1, "stopCode": "EssentialContainerExited",
                "stoppedReason": "{reason}", "taskDefinitionArn": "web:2",
                "containers": [{{"name": "web", "image": "web:2", "exitCode": 3}}]}}"#
        )
    };
    let over = "Essential container in task exited";
    let tasks = [
        task(1, "ecs-svc/1", 120, over),
        task(2, "ecs-svc/2", 90, over),
        task(3, "ecs-svc/2", 130, "Scaling activity initiated by (deployment ecs-svc/3)"),
        task(5, "ecs-svc/2", 150, over),
        task(4, "ecs-svc/2", 140, over),
    ];
    let definition = r#"{"taskDefinition": {"containerDefinitions": [{"name": "web",
        "environment": [{"name": "TOKEN", "value": "hunter2"}],
        "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "/web",
            "awslogs-region": "eu-west-1", "awslogs-stream-prefix": "web"}}}]}}"#;
    let health = "<TargetHealthDescriptions><member><TargetHealth><State>unhealthy</State>\
        <Reason>Target.ResponseCodeMismatch</Reason><Description>Health checks failed with these \
        codes: [503]</Description></TargetHealth></member><member><TargetHealth><State>healthy</State>\
        </TargetHealth></member></TargetHealthDescriptions>";
    let aws = Script::new([
        json(r#"{"taskArns": ["1", "2", "3", "4", "5"]}"#),
        json(&format!(r#"{{"tasks": [{}]}}"#, tasks.join(", "))),
        json(definition),
        json(r#"{"events": [{"message": "starting\n"}, {"message": "no database"}]}"#),
        query("DescribeTargetHealth", health),
    ]);

    let found = facts(&aws, &service(), &watched(), &[]).await;

    expect![[r#"
        task 4 has stopped: Essential container in task exited (EssentialContainerExited)
        container web of the image web:2: exit code 3
        usual cause: the application ended by itself
        next: its log says why; compare its environment and secrets with what it needs

        the last 2 lines of its log (/web, web/web/4):
          | starting
          | no database

        targets of the target group front are unhealthy: Health checks failed with these codes: [503] (Target.ResponseCodeMismatch)"#]]
    .assert_eq(&diagnose(&found).join("\n\n"));
    aws.sent(expect![[r#"
        ListTasks
            cluster="main"
            desiredStatus="STOPPED"
            serviceName="web"
        DescribeTasks
            cluster="main"
            tasks=["1","2","3","4","5"]
        DescribeTaskDefinition
            taskDefinition="web:2"
        GetLogEvents
            limit=20
            logGroupName="/web"
            logStreamName="web/web/4"
            startFromHead=false
        DescribeTargetHealth
            TargetGroupArn=arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/front/1
    "#]]);
}

#[tokio::test]
async fn what_cannot_be_read_stops_nothing() {
    let aws = Script::new([json_refusal("AccessDeniedException", "not authorized")]);
    let events = ["(service web) was unable to place a task because ...".to_owned()];
    let found = facts(&aws, &service(), &watched(), &events).await;
    let pieces = diagnose(&found);
    assert_eq!(
        pieces.last().unwrap(),
        "not known: ListTasks: not authorized (AccessDeniedException)"
    );
}
