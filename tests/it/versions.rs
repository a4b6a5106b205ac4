//! Versions of an app side by side on a cluster of spot instances: deployed, cut over, pruned.

use expect_test::expect_file;

use crate::support::{Cloud, Ran, Stack};

const REGION: &str = "ap-southeast-2";

/// Prints where requests for the app go, and with which weights.
const LIVE: &str = r#"
import boto3, os
elb = boto3.client("elbv2", endpoint_url=os.environ["AWS_ENDPOINT_URL"], region_name="ap-southeast-2")
names = {it["TargetGroupArn"]: it["TargetGroupName"] for it in elb.describe_target_groups()["TargetGroups"]}
balancer = elb.describe_load_balancers()["LoadBalancers"][0]["LoadBalancerArn"]
for listener in elb.describe_listeners(LoadBalancerArn=balancer)["Listeners"]:
    for rule in elb.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"]:
        if any("example.apps.example.net" in it["HostHeaderConfig"]["Values"] for it in rule["Conditions"]):
            groups = rule["Actions"][0]["ForwardConfig"]["TargetGroups"]
            print(" ".join(sorted(f'{names[it["TargetGroupArn"]]}={it["Weight"]}' for it in groups)))
"#;

struct Platform {
    cloud: Cloud,
    stack: Stack,
}

impl Platform {
    fn run(&self, args: &[&str]) -> Ran {
        self.stack.run_on(&self.cloud, args)
    }

    /// The list of versions, with those that are live.
    fn list(&self, versions: &[(&str, &str)], traffic: &[(&str, u32)]) {
        let versions: Vec<String> =
            versions.iter().map(|(name, time)| format!("\"{name}\": \"{time}\"")).collect();
        let traffic: Vec<String> =
            traffic.iter().map(|(name, weight)| format!("\"{name}\": {weight}")).collect();
        let text = format!(
            "{{\"versions\": {{{}}}, \"traffic\": {{{}}}}}\n",
            versions.join(", "),
            traffic.join(", ")
        );
        self.stack.write("versions.auto.tfvars.json", &text);
    }
}

#[test]
fn versions_are_deployed_cut_over_and_pruned() {
    let platform = Platform { cloud: Cloud::start(), stack: Stack::example("versions") };
    let before = platform.cloud.count(REGION);
    let domain = "-var=domain=apps.example.net";
    platform.run(&["init"]).ended(0);
    let cluster = ["-chdir=cluster", "apply", "-auto-approve", domain];
    platform.run(&cluster).ended(0).says("28 added");
    let empty = platform.cloud.count(REGION);
    let apply = ["apply", "-auto-approve"];
    let plan = platform.run(&["plan"]).ended(0);
    expect_file!["plans/versions.txt"].assert_eq(&plan.steady());
    platform.run(&apply).ended(0).says("15 added");
    platform.run(&["plan", "-detailed-exitcode"]).ended(0).says("No changes.");
    assert_eq!(platform.cloud.python(LIVE), "Example-10-b4cce22=100");

    // A version beside it gets no requests until it is told so; then a part of them, then all.
    let old = ("10-b4cce22", "2018-08-14T03:14:32Z");
    let next = ("11-0c1d2e3", "2018-09-01T00:00:00Z");
    platform.list(&[old, next], &[("10-b4cce22", 100)]);
    platform.run(&apply).ended(0).says("Plan: 7 to add, 0 to change, 0 to destroy.");
    let urls = platform.run(&["output", "versions"]).ended(0);
    urls.says("https://example-11-0c1d2e3.apps.example.net/app/healthcheck");
    assert_eq!(platform.cloud.python(LIVE), "Example-10-b4cce22=100");
    platform.list(&[old, next], &[("10-b4cce22", 90), ("11-0c1d2e3", 10)]);
    platform.run(&apply).ended(0).says("Plan: 0 to add, 1 to change, 0 to destroy.");
    assert_eq!(platform.cloud.python(LIVE), "Example-10-b4cce22=90 Example-11-0c1d2e3=10");
    platform.list(&[old, next], &[("11-0c1d2e3", 100)]);
    platform.run(&apply).ended(0);
    assert_eq!(platform.cloud.python(LIVE), "Example-11-0c1d2e3=100");

    // The live one does not go, neither by hand nor by its age; the newest stay, and what is excepted.
    platform.list(&[old], &[("11-0c1d2e3", 100)]);
    platform.run(&["plan"]).ended(1).says("A version that is live must be deployed");
    let newer = [("12-aaaaaaa", "2018-09-02T00:00:00Z"), ("13-bbbbbbb", "2018-09-03T00:00:00Z")];
    platform.list(&[old, next, newer[0], newer[1]], &[("11-0c1d2e3", 100)]);
    platform.run(&apply).ended(0).says("14 to add");
    let keep =
        |except: &str| format!("-var=retention={{older_than=\"72h\",keep=1,except=[{except}]}}");
    let spared = platform.run(&["plan", &keep("\"12-\"")]).ended(0);
    spared.says("0 to add, 0 to change, 7 to destroy").says("+ \"10-b4cce22\"");
    let pruned = platform.run(&["apply", "-auto-approve", &keep("")]).ended(0);
    pruned.says("0 added, 0 changed, 14 destroyed");
    platform.run(&["plan", "-detailed-exitcode", &keep("")]).ended(0).says("No changes.");
    let left = platform.run(&["output", "-json", "versions"]).ended(0);
    left.says("11-0c1d2e3").says("13-bbbbbbb");
    assert!(!left.out.contains("10-") && !left.out.contains("12-"), "{}", left.out);

    platform.run(&["destroy", "-auto-approve"]).ended(0).says("Nothing is left.");
    assert_eq!(platform.cloud.count(REGION), empty);
    let destroy = ["-chdir=cluster", "destroy", "-auto-approve", domain];
    platform.run(&destroy).ended(0).says("Nothing is left.");
    assert_eq!(platform.cloud.count(REGION), before);
}
