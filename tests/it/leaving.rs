//! In which order things go, as the calls say it: what still uses a thing is gone before the thing.

use std::sync::{Arc, Mutex};

use crate::capacity::{CLUSTER, attached};
use crate::edge::DISTRIBUTION;
use crate::proxy::{Call, Fate, Moment, Proxy};
use crate::support::{Cloud, Stack};

/// Counts the tasks that have not stopped.
const TASKS: &str = r#"
import boto3, os
ecs = boto3.client("ecs", endpoint_url=os.environ["AWS_ENDPOINT_URL"], region_name="us-east-1")
count = 0
for cluster in ecs.list_clusters()["clusterArns"]:
    tasks = ecs.list_tasks(cluster=cluster)["taskArns"]
    found = ecs.describe_tasks(cluster=cluster, tasks=tasks)["tasks"] if tasks else []
    count += sum(it["lastStatus"] != "STOPPED" for it in found)
print(count)
"#;

#[test]
fn a_role_is_left_alone_until_the_last_task_has_stopped() {
    let cloud = Cloud::start();
    let stack = Stack::example("fargate-sandbox");
    let name = "-var=name=bob";
    stack.run_on(&cloud, &["-chdir=network", "apply", "-auto-approve"]).ended(0);
    stack.run_on(&cloud, &["apply", "-auto-approve", name]).ended(0);
    assert_eq!(cloud.python(TASKS), "1");

    let count = Mutex::new(cloud.interpreter());
    let counted = Arc::new(Mutex::new(None));
    let tell = counted.clone();
    let proxy = Proxy::start(&cloud, 1, move |call| {
        let mut told = tell.lock().expect("held for this only");
        if told.is_none() && takes_a_role_of_tasks(call) {
            let mut python = count.lock().expect("held for this only");
            let output = python.args(["-c", TASKS]).output().expect("python starts");
            *told = Some(String::from_utf8_lossy(&output.stdout).trim().to_owned());
        }
        Fate::Pass
    });
    let mut command = stack.command(&["destroy", "-auto-approve", name]);
    command.envs(cloud.env());
    proxy.run(command).ended(0);
    assert_eq!(counted.lock().expect("held for this only").as_deref(), Some("0"));
    let calls = proxy.calls();
    let first =
        |is: &dyn Fn(&Call) -> bool| calls.iter().position(is).expect("there is such a call");
    assert!(first(&|it| it.operation == "DeleteService") < first(&takes_a_role_of_tasks));
}

/// Whether a call takes something of IAM from a role that tasks work as.
fn takes_a_role_of_tasks(call: &Call) -> bool {
    let role = call.text.contains("-task-role") || call.text.contains("-task-execution-role");
    let takes = ["Delete", "Detach"].iter().any(|it| call.operation.starts_with(it));
    call.service == "iam" && takes && role
}

/// What holds a capacity provider is let go of first, so that nothing has to be tried again and again.
#[test]
fn a_capacity_provider_goes_with_few_tries() {
    let cloud = Cloud::start();
    let names = ("aws_ecs_cluster.main.name", "aws_ecs_capacity_provider.nodes.name");
    for (cluster, provider) in [names, ("\"story\"", "\"story\"")] {
        let stack = Stack::new(&[("main.tf", CLUSTER)]);
        stack.run_on(&cloud, &["apply", "-auto-approve"]).ended(0);
        stack.write("attached.tf", &attached(cluster, provider));
        stack.run_on(&cloud, &["apply", "-auto-approve"]).ended(0);
        let proxy = Proxy::start(&cloud, 1, |_| Fate::Pass);
        let mut command = stack.command(&["destroy", "-auto-approve"]);
        command.envs(cloud.env());
        proxy.run(command).ended(0).says("Nothing is left.");
        for it in proxy.calls().iter().filter(|it| it.changes) {
            assert!(it.nth <= 3, "{} was tried {} times", it.operation, it.nth + 1);
        }
    }
}

#[test]
fn a_distribution_that_is_being_disabled_is_deleted_by_the_next_run() {
    let cloud = Cloud::start();
    let stack = Stack::new(&[("main.tf", DISTRIBUTION)]);
    stack.run_on(&cloud, &["apply", "-auto-approve"]).ended(0);
    for moment in [Moment::During, Moment::After] {
        let proxy = Proxy::start(&cloud, 1, move |call| {
            match call.operation.starts_with("PUT ") && call.operation.ends_with("/config") {
                true => Fate::killed(moment),
                false => Fate::Pass,
            }
        });
        let mut command = stack.command(&["destroy", "-auto-approve"]);
        command.envs(cloud.env());
        assert_eq!(proxy.run(command).code, None);
        stack.run_on(&cloud, &["destroy", "-auto-approve"]).ended(0).says("Nothing is left.");
        stack.run_on(&cloud, &["apply", "-auto-approve"]).ended(0);
    }
    stack.run_on(&cloud, &["destroy", "-auto-approve"]).ended(0);
}
