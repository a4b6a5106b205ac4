//! How a deployment stands, by what ECS shows of it.

use expect_test::{Expect, expect};

use super::*;
use crate::testing::{Script, json, json_refusal};

const ARN: &str = "arn:aws:ecs:eu-west-1:1:service/main/web";

/// A deployment of a service's list: which, what it is there, and how far it is.
fn deployment(n: i64, status: &str, state: &str, why: &str) -> sdk::Deployment {
    sdk::Deployment::builder()
        .id(format!("ecs-svc/{n}"))
        .status(status)
        .rollout_state(state.into())
        .rollout_state_reason(why)
        .created_at(DateTime::from_secs(n))
        .task_definition(format!("arn:x:task-definition/web:{n}"))
        .desired_count(2)
        .build()
}

fn service(running: i32, deployments: &[sdk::Deployment]) -> sdk::Service {
    let breaker = sdk::DeploymentCircuitBreaker::builder().enable(true).rollback(true).build();
    let configuration = sdk::DeploymentConfiguration::builder().deployment_circuit_breaker(breaker);
    sdk::Service::builder()
        .service_arn(ARN)
        .status("ACTIVE")
        .desired_count(2)
        .running_count(running)
        .deployment_configuration(configuration.build())
        .task_definition("arn:x:task-definition/web:1")
        .set_deployments(Some(deployments.to_vec()))
        .build()
}

fn failed(mut service: sdk::Service) -> sdk::Service {
    let message = "(service web) (deployment ecs-svc/2) deployment failed: tasks failed to start.";
    service.events = Some(vec![sdk::ServiceEvent::builder().message(message).build()]);
    service
}

fn record(n: i64, status: &str) -> Record {
    sdk::ServiceDeploymentBrief::builder()
        .target_service_revision_arn(format!("arn:x:service-revision/main/web/{n}"))
        .created_at(DateTime::from_secs(n))
        .status(status.into())
        .status_reason("so it is")
        .build()
}

/// How the second deployment stands.
fn check(service: &sdk::Service, records: &[Record], expect: Expect) {
    let watched = Watched { id: "ecs-svc/2".to_owned(), began: 2.0, since: 2.0 };
    let standing = standing(&watched, service, records);
    expect.assert_eq(&told(&watched, &standing, service));
}

#[test]
fn a_record_says_how_a_deployment_has_ended() {
    let own = service(2, &[deployment(2, "PRIMARY", "COMPLETED", "")]);
    let fewer = service(1, &[deployment(2, "PRIMARY", "COMPLETED", "")]);
    let old = deployment(1, "ACTIVE", "COMPLETED", "");
    let both = service(2, &[deployment(2, "PRIMARY", "IN_PROGRESS", ""), old.clone()]);
    let next = service(2, &[deployment(3, "PRIMARY", "IN_PROGRESS", ""), old]);
    let dead = service(0, &[deployment(2, "PRIMARY", "FAILED", "tasks failed to start.")]);
    let watched = Watched { id: "ecs-svc/2".to_owned(), began: 2.0, since: 2.0 };
    assert_eq!(standing(&watched, &own, &[record(2, "SUCCESSFUL")]), Standing::Done);
    assert_eq!(standing(&watched, &next, &[record(2, "SUCCESSFUL")]), Standing::Done);
    assert_eq!(standing(&watched, &fewer, &[record(2, "SUCCESSFUL")]), Standing::UnderWay);
    // All tasks run, but those of before do so too.
    check(
        &both,
        &[record(2, "IN_PROGRESS")],
        expect!["deployment ecs-svc/2: 0 of 2 tasks are running, 2 of before still run"],
    );
    check(
        &own,
        &[record(2, "ROLLBACK_IN_PROGRESS")],
        expect!["deployment ecs-svc/2 has failed and is being rolled back: so it is"],
    );
    check(
        &failed(service(2, &[deployment(4, "PRIMARY", "COMPLETED", "")])),
        &[record(2, "ROLLBACK_SUCCESSFUL")],
        expect![
            "deployment ecs-svc/2 has failed and was rolled back, web:1 is what runs: tasks failed to start"
        ],
    );
    check(
        &own,
        &[record(2, "ROLLBACK_FAILED")],
        expect![
            "deployment ecs-svc/2 has failed: so it is; to bring back what was before has failed too"
        ],
    );
    // The records know of another one, and the service was read before it came.
    check(
        &both,
        &[record(3, "IN_PROGRESS"), record(2, "STOPPED")],
        expect!["deployment ecs-svc/2: 0 of 2 tasks are running, 2 of before still run"],
    );
    check(
        &next,
        &[record(3, "IN_PROGRESS"), record(2, "STOPPED")],
        expect![
            "deployment ecs-svc/2 was overtaken by ecs-svc/3 of web:3, which was not started by this run"
        ],
    );
    check(
        &dead,
        &[record(2, "STOPPED")],
        expect!["deployment ecs-svc/2 has failed: tasks failed to start"],
    );
}

#[test]
fn a_service_that_is_older_than_records_says_it_itself() {
    let own = |state| deployment(2, "PRIMARY", state, "tasks failed to start.");
    let old = deployment(1, "ACTIVE", "COMPLETED", "");
    let back =
        deployment(3, "PRIMARY", "IN_PROGRESS", "ECS deployment circuit breaker: rolling back to");
    let watched = Watched { id: "ecs-svc/2".to_owned(), began: 2.0, since: 2.0 };
    let is = |service: &sdk::Service, records: &[Record]| standing(&watched, service, records);
    // There may be a record of another deployment.
    let others = [record(1, "SUCCESSFUL")];
    assert_eq!(is(&service(2, &[own("COMPLETED")]), &others), Standing::Done);
    assert_eq!(is(&service(2, &[own("IN_PROGRESS")]), &others), Standing::UnderWay);
    assert_eq!(is(&service(1, &[own("COMPLETED")]), &[]), Standing::UnderWay);
    let why = "tasks failed to start".to_owned();
    let failing = [own("FAILED"), old.clone()];
    assert_eq!(is(&service(2, &failing), &[]), Standing::RollingBack(why.clone()));
    assert_eq!(is(&service(0, &[own("FAILED")]), &[]), Standing::Failed(why.clone()));
    let rolling = [back.clone(), deployment(2, "ACTIVE", "FAILED", "tasks failed to start.")];
    assert_eq!(is(&service(2, &rolling), &[]), Standing::RollingBack(why.clone()));
    let done = failed(service(2, &[deployment(3, "PRIMARY", "COMPLETED", "")]));
    assert_eq!(is(&done, &[]), Standing::RolledBack(why));
    let next = [deployment(3, "PRIMARY", "IN_PROGRESS", ""), old.clone()];
    let by = "ecs-svc/3 of web:3".to_owned();
    assert_eq!(is(&service(2, &next), &[]), Standing::Overtaken(by));
    // A read that is late shows only what was before.
    let late = deployment(1, "PRIMARY", "COMPLETED", "");
    assert_eq!(is(&service(2, &[late]), &[]), Standing::UnderWay);
}

#[test]
fn what_happened_before_is_no_news() {
    let event = |at: i64, message: &str| {
        sdk::ServiceEvent::builder().created_at(DateTime::from_secs(at)).message(message).build()
    };
    let with = |deployment: sdk::Deployment, events: &[sdk::ServiceEvent]| {
        let mut it = service(2, &[deployment]);
        it.events = Some(events.to_vec());
        it
    };
    let old = event(3, "has reached a steady state.");
    let ours = with(deployment(4, "PRIMARY", "IN_PROGRESS", ""), std::slice::from_ref(&old));
    let scaled = with(deployment(2, "PRIMARY", "COMPLETED", ""), std::slice::from_ref(&old));
    let later = [event(6, "third"), event(5, "second"), old];
    let now = with(deployment(4, "PRIMARY", "COMPLETED", ""), &later);
    assert_eq!(events(&Watched::of(&ours), &now), ["second", "third"]);
    assert_eq!(events(&Watched::of(&scaled), &now), ["second", "third"]);
}

#[tokio::test]
async fn who_may_not_read_records_can_wait_all_the_same() {
    let it = service(2, &[deployment(2, "PRIMARY", "COMPLETED", "")]);
    let aws = Script::new([json_refusal("AccessDeniedException", "not authorized")]);
    watch(&aws, &it);
    assert_eq!(phase(&aws, &it).await.unwrap(), Phase::Ready);
    // Nobody waits any more.
    assert_eq!(phase(&aws, &it).await.unwrap(), Phase::Ready);
    assert_eq!(aws.asked(), 1);
}

#[tokio::test]
async fn a_throttled_read_is_no_end() {
    let it = service(2, &[deployment(2, "PRIMARY", "COMPLETED", "")]);
    let aws = Script::new([json_refusal("ThrottlingException", "slower"), json("{}")]);
    watch(&aws, &it);
    assert_eq!(
        phase(&aws, &it).await.unwrap_err().kind,
        FaultKind::Throttled { retry_after: None }
    );
    assert_eq!(phase(&aws, &it).await.unwrap(), Phase::Ready);
}

#[test]
fn a_service_ails_whose_tasks_fail_again_and_again() {
    let with = |state: &str, failed: i32, started: &[&str]| {
        let mut primary = deployment(2, "PRIMARY", state, "");
        primary.failed_tasks = failed;
        let mut it = service(0, &[primary, deployment(1, "ACTIVE", "COMPLETED", "")]);
        let event = |it: &&str| {
            let at = DateTime::from_secs(3);
            sdk::ServiceEvent::builder().message(*it).created_at(at).build()
        };
        it.events = Some(started.iter().map(event).collect());
        ails(&it)
    };
    assert!(with("FAILED", 0, &[]));
    assert!(with("IN_PROGRESS", 1, &[]));
    assert!(!with("IN_PROGRESS", 0, &["(service web) has started 2 tasks: (task a) (task b)."]));
    // They ran for a while, which ECS does not count as a failure.
    let started =
        ["(service web) has started 2 tasks: (task a) (task b).", "has started 1 tasks: (task c)."];
    assert!(with("IN_PROGRESS", 0, &started));
    assert!(!with("COMPLETED", 3, &started));
}
