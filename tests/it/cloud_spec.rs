//! A service from a cloud spec, in the account that the spec takes for granted.

use expect_test::{expect, expect_file};

use crate::support::{Cloud, Ran, Stack, site};

const REGION: &str = "us-east-1";

/// The spec as the team's runbook has it.
const SPEC: &str = include_str!("../../examples/cloud-spec/cloud-spec.json");

/// Prints the priorities of all rules of all listeners.
const PRIORITIES: &str = r#"
import boto3, os
elb = boto3.client("elbv2", endpoint_url=os.environ["AWS_ENDPOINT_URL"], region_name="us-east-1")
found = []
for balancer in elb.describe_load_balancers()["LoadBalancers"]:
    for listener in elb.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]:
        found += [it["Priority"] for it in elb.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"]]
print(" ".join(sorted(found)))
"#;

/// An account for an environment, and the stack beside it.
struct Account {
    cloud: Cloud,
    stack: Stack,
    environment: &'static str,
}

impl Account {
    fn new(environment: &'static str) -> Account {
        Account::of(SPEC, environment)
    }

    fn of(spec: &str, environment: &'static str) -> Account {
        let account =
            Account { cloud: Cloud::start(), stack: Stack::example("cloud-spec"), environment };
        account.stack.write("cloud-spec.json", spec);
        account.stack.run(&["init"]).ended(0);
        account.run(&["-chdir=account", "apply", "-auto-approve"]).ended(0);
        let known = account.stack.run(&["-chdir=account", "output", "-raw", "stand_ins"]).ended(0);
        account.stack.write("stand_ins.auto.tfvars.json", &known.out);
        account.work_in(environment);
        account
    }

    fn work_in(&self, workspace: &str) {
        self.stack.write(".terraform/environment", workspace);
    }

    fn run(&self, args: &[&str]) -> Ran {
        let environment = format!("-var=environment={}", self.environment);
        self.stack.run_on(&self.cloud, &[args, &[&environment]].concat())
    }

    fn priorities(&self) -> String {
        self.cloud.python(PRIORITIES)
    }
}

/// The service of another spec: the same with another number.
fn another() -> String {
    let spec = SPEC.replace("example1\"", "example5\"").replace("/example1", "/example5");
    spec.replace("-111", "-555").replace("hello.", "hello5.").replace("goodbye.", "goodbye5.")
}

#[test]
fn a_service_comes_from_its_spec_in_each_environment_and_leaves_nothing() {
    for environment in ["prestaging", "staging"] {
        let account = Account::new(environment);
        let before = account.cloud.count(REGION);
        let host = format!("host: example1.{environment}.clari.com");
        let url = site(move |n, request| match n < 2 || !request.contains(&host) {
            true => (404, "Not yet."),
            false => (200, "buildVersion:  \"7\""),
        });
        let (version, url) = ("-var=build_version=7", format!("-var=verification_url={url}"));

        let plan = account.run(&["plan", version, &url]).ended(0);
        expect_file![format!("plans/cloud-spec.{environment}.txt")]
            .assert_eq(&steady(&account, &plan));
        let apply = ["apply", "-auto-approve", "-check-timeout=30s", version, &url];
        let applied = account.run(&apply).ended(0);
        applied.says("6 added, 0 changed, 0 destroyed");
        assert!(!applied.err.contains("Warning"), "{}", applied.err);
        account.run(&["plan", "-detailed-exitcode", version, &url]).ended(0).says("No changes.");
        let other = ["plan", "-var=build_version=8", &url];
        account.run(&other).ended(0).says("has no /buildVersion:[ ]+\"8\"/");

        account.run(&["destroy", "-auto-approve"]).ended(0).says("Nothing is left.");
        assert_eq!(account.cloud.count(REGION), before);
    }
}

/// The plan with secrets as the spec has them: their last letters are AWS's.
fn steady(account: &Account, plan: &Ran) -> String {
    let text = account.stack.read("stand_ins.auto.tfvars.json");
    let known: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let pairs = known["stand_ins"].as_object().expect("a map");
    let secrets = pairs.iter().filter(|(it, _)| it.contains("secrets-") || it.contains('_'));
    secrets.fold(plan.steady(), |text, (name, here)| {
        text.replace(here.as_str().expect("a text"), name)
    })
}

#[test]
fn rules_stay_where_they_are_when_others_come_and_go() {
    let account = Account::new("prestaging");
    account.run(&["apply", "-auto-approve"]).ended(0);
    assert_eq!(account.priorities(), "100 default");

    let rule = r#"{"placement":"start","conditions":[{"Field":"path-pattern","Values":["/first/*"]}],
        "action":{"type":"forward","targetGroupName":"example-prestaging-555"}},"#;
    let spec = another().replace("\"rules\":[", &format!("\"rules\":[{rule}"));
    account.stack.write("gw5.json", &spec);
    account.work_in("gw5-prestaging");
    account.run(&["apply", "-auto-approve", "-var=spec=gw5.json"]).ended(0);
    assert_eq!(account.priorities(), "1 100 99 default");

    account.work_in("prestaging");
    account.run(&["destroy", "-auto-approve"]).ended(0);
    account.work_in("gw5-prestaging");
    let plan = ["plan", "-detailed-exitcode", "-var=spec=gw5.json"];
    account.run(&plan).ended(0).says("No changes.");
    assert_eq!(account.priorities(), "1 99 default");
    account.run(&["destroy", "-auto-approve", "-var=spec=gw5.json"]).ended(0);
}

#[test]
fn what_exists_is_refused_or_taken_over_as_the_spec_says() {
    let account = Account::new("prestaging");
    let before = account.cloud.count(REGION);
    account.run(&["apply", "-auto-approve"]).ended(0);

    account.work_in("again-prestaging");
    let refused = account.run(&["plan"]).ended(1);
    refused.says("aws_ecs_service.main is to be created, but").says("It exists already");

    let spec = SPEC.replace("\"allowExisting\":false", "\"allowExisting\":true");
    account.stack.write("cloud-spec.json", &spec);
    account.run(&["apply", "-auto-approve"]).ended(0).says("5 imported, 1 added");
    account.run(&["plan", "-detailed-exitcode"]).ended(0).says("No changes.");
    assert_eq!(account.priorities(), "100 default");
    account.run(&["destroy", "-auto-approve"]).ended(0).says("Nothing is left.");

    // Nothing exists now, and so it is made.
    account.work_in("new-prestaging");
    account.run(&["apply", "-auto-approve"]).ended(0).says("6 added");
    account.run(&["destroy", "-auto-approve"]).ended(0).says("Nothing is left.");
    account.work_in("prestaging");
    account.run(&["destroy", "-auto-approve"]).ended(0);
    assert_eq!(account.cloud.count(REGION), before);
}

/// Scales the service by hand, and prints how many tasks it is to have.
const SCALE: &str = r#"
import boto3, os, sys
ecs = boto3.client("ecs", endpoint_url=os.environ["AWS_ENDPOINT_URL"], region_name="us-east-1")
it = dict(cluster="testing-prestaging")
if COUNT is not None:
    ecs.update_service(service="example1", desiredCount=COUNT, **it)
print(ecs.describe_services(services=["example1"], **it)["services"][0]["desiredCount"])
"#;

#[test]
fn the_count_is_that_of_the_spec_unless_it_is_scaled() {
    let account = Account::new("prestaging");
    let scale = |count: &str| account.cloud.python(&SCALE.replace("COUNT", count));
    account.run(&["apply", "-auto-approve"]).ended(0);
    assert_eq!(scale("5"), "5");
    account.run(&["plan", "-detailed-exitcode"]).ended(0).says("it is scaled between 1 and 50");

    let mut spec: serde_json::Value = serde_json::from_str(SPEC).expect("JSON");
    let service = spec["aws"]["ecs"]["service"].as_object_mut().expect("an object");
    service.remove("scalableTarget");
    service.remove("scalingPolicy");
    service["desiredCount"] = 3.into();
    account.stack.write("cloud-spec.json", &spec.to_string());
    account.run(&["apply", "-auto-approve"]).ended(0).says("2 destroyed");
    account.run(&["apply", "-auto-approve"]).ended(0);
    assert_eq!(scale("None"), "3");
    scale("4");
    account.run(&["plan", "-detailed-exitcode"]).ended(2).says("desired_count");
    account.run(&["apply", "-auto-approve"]).ended(0);
    assert_eq!(scale("None"), "3");
    account.run(&["plan", "-detailed-exitcode"]).ended(0);
}

#[test]
fn a_gateway_stands_behind_a_network_load_balancer() {
    let mut spec: serde_json::Value = serde_json::from_str(SPEC).expect("JSON");
    let elb = &mut spec["aws"]["elb"];
    let name = elb["targetGroups"][0]["name"].clone();
    elb["loadBalancers"][0]["type"] = "network".into();
    elb["loadBalancers"][0]["listeners"] = serde_json::json!([{
        "protocol": "TCP", "port": 5005, "action": { "type": "forward", "targetGroupName": name },
    }]);
    elb["targetGroups"][0]["protocol"] = "TCP".into();
    elb["targetGroups"][0]["healthCheck"] = serde_json::json!({
        "protocol": "TCP", "interval": 30, "timeout": 10, "healthyThreshold": 5, "unhealthyThreshold": 4,
    });
    let account = Account::of(&spec.to_string(), "prestaging");
    let before = account.cloud.count(REGION);

    account.run(&["apply", "-auto-approve"]).ended(0).says("6 added");
    account.run(&["plan", "-detailed-exitcode"]).ended(0).says("No changes.");
    account.run(&["destroy", "-auto-approve"]).ended(0).says("Nothing is left.");
    assert_eq!(account.cloud.count(REGION), before);
}

#[test]
fn a_mistake_is_told_with_its_path_in_the_spec() {
    let stack = Stack::example("cloud-spec");
    stack.run(&["init"]).ended(0);
    stack.write(".terraform/environment", "prestaging");
    let spec = SPEC
        .replace("\"placement\":\"end\"", "\"placement\":\"middle\"")
        .replace("\"Field\":\"host-header\"", "\"Field\":\"host\"")
        .replace(
            "\"protocol\":\"HTTP\",\"port\":80,\"healthCheck\"",
            "\"port\":\"web\",\"healthCheck\"",
        )
        .replace("\"containerPort\":80,\"target", "\"containerPort\":8080,\"target")
        .replace("desiredCount\":{\"prestaging\":1", "desiredCount\":{\"prestaging\":\"some\"")
        .replace("\"healthCheckGracePeriod\"", "\"gracePeriod\"")
        .replace("service/testing-prestaging/example1", "service/testing/example1")
        .replace("\"512mb\"", "\"512 MiB\"")
        .replace("\"image\":\"nginxdemos/hello\",", "")
        .replace(
            "\"targetGroupName\":{\"prestaging\":\"example-prestaging-111\"",
            "\"targetGroupName\":{\"prestaging\":\"other\"",
        );
    stack.write("cloud-spec.json", &spec);
    let refused = stack.run(&["plan", "-var=environment=prestaging"]).ended(1);
    expect![[r#"
        Error: Module output value precondition failed
          --> spec/main.tf:43:21
             |
          43 |     condition     = length(local.mistakes) == 0
             |                     ^^^^^^^^^^^^^^^^^^^^^^^^^^^
          cloud-spec.json is not right for prestaging:
          $.aws.ecs.taskDefinition.containerDefinitions[0].image is missing
          $.aws.elb.targetGroups[0].protocol is missing
          $.aws.elb.targetGroups[0].port is not a number
          $.aws.ecs.service.gracePeriod is not known here
          $.aws.elb.loadBalancers[0].listeners[0].rules[0].placement is start or end, not middle
          $.aws.elb.loadBalancers[0].listeners[0].rules[0].conditions[0].Field is one of host-header, path-pattern, http-request-method, source-ip, not host
          $.aws.elb.loadBalancers[0].listeners[0].rules[0].action.targetGroupName: there is no target group "other" in $.aws.elb.targetGroups
          $.aws.ecs.service.loadBalancers[0].containerPort: the container example has no port 8080
          $.aws.ecs.service.scalableTarget.ResourceId is service/testing-prestaging/example1, not service/testing/example1
          $.aws.ecs.service.scalingPolicy.ResourceId is service/testing-prestaging/example1, not service/testing/example1
          $.aws.ecs.service.desiredCount is a number, auto or match, not some
          $.aws.ecs.taskDefinition.memory is such as 512mb, 1gb or 1024, not 512 MiB

    "#]].assert_eq(&refused.err);

    stack.write(".terraform/environment", "production");
    let refused = stack.run(&["plan", "-var=environment=production"]).ended(1);
    refused.says("$ has no values for the environment production");
    let refused = stack.run(&["plan", "-var=environment=staging"]).ended(1);
    refused.says("The workspace is not one of this environment");
}
