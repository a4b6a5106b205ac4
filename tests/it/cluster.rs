//! A cluster made once, and the apps on it, each from a stack of its own.

use expect_test::expect_file;

use crate::support::{Cloud, Stack};

const REGION: &str = "us-east-2";

/// What a team writes down for its cluster.
const SETTINGS: &str = r#"
domain        = "apps.example.org"
public_key    = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDdnAw8WkLk8W4WGNyGu9XYDiFZoeQqzFHE8sAy1bR7a story@example"
ssh_from      = ["203.0.113.0/24"]
force_destroy = true
"#;

/// The tunnels, for those who have them.
const VPN: &str = r#"
vpn = {
  addresses = ["203.0.113.4", "203.0.113.5"]
  networks  = ["192.0.2.0/24"]
}
"#;

/// The policies as the team's runbook has them, with its placeholders.
const BUCKET_POLICY: &str = include_str!("cluster/config-bucket.json");
const READ_POLICY: &str = include_str!("cluster/config-read.json");
const DEPLOY_POLICY: &str = include_str!("cluster/deploy.json");

/// Prints the policies that are in force: of the bucket, of the tasks, and of the CI.
const POLICIES: &str = r#"
import boto3, json, os
endpoint = {"endpoint_url": os.environ["AWS_ENDPOINT_URL"], "region_name": "us-east-2"}
s3, iam = boto3.client("s3", **endpoint), boto3.client("iam", **endpoint)
def attached(listed):
    for it in listed["AttachedPolicies"]:
        policy = iam.get_policy(PolicyArn=it["PolicyArn"])["Policy"]
        version = iam.get_policy_version(PolicyArn=it["PolicyArn"], VersionId=policy["DefaultVersionId"])
        return version["PolicyVersion"]["Document"]
print(json.dumps([
    json.loads(s3.get_bucket_policy(Bucket="cob-digital-apps-config")["Policy"]),
    attached(iam.list_attached_role_policies(RoleName="digitalAppsTask")),
    attached(iam.list_attached_user_policies(UserName="digitalTravis")),
]))
"#;

/// What people leave behind: newer versions of an app's variables, and two images.
const FILL: &str = r#"
import boto3, json, os
endpoint = {"endpoint_url": os.environ["AWS_ENDPOINT_URL"], "region_name": "us-east-2"}
s3, ecr = boto3.client("s3", **endpoint), boto3.client("ecr", **endpoint)
for n in range(3):
    s3.put_object(Bucket="cob-digital-apps-config", Key="registry-certs/.env", Body=b"A=%d\n" % n,
                  ServerSideEncryption="AES256")
s3.put_object(Bucket="cob-digital-apps-config", Key="old-app/.env", Body=b"A=1\n", ServerSideEncryption="AES256")
for tag in ("1-a", "2-b"):
    manifest = {"schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
                "config": {"mediaType": "application/vnd.docker.container.image.v1+json", "size": 1,
                           "digest": "sha256:" + tag.encode().hex().ljust(64, "0")}, "layers": []}
    ecr.put_image(repositoryName="digital-apps/registry-certs", imageManifest=json.dumps(manifest), imageTag=tag)
"#;

/// The stack of one app, told where the cluster is, with the workspace that is called after it.
fn app(name: &str, cluster: &Stack) -> Stack {
    let stack = Stack::example("service");
    stack.write(".terraform/environment", name);
    let state = cluster.path().join("terraform.tfstate");
    let settings = format!(
        "cluster_state = {{ backend = \"local\", config = {{ path = \"{}\" }} }}\n\
         env = {{ DB_PASSWORD = \"s3cret\" }}\n",
        state.display()
    );
    stack.write("terraform.tfvars", &settings);
    stack
}

fn managed(stack: &Stack) -> usize {
    stack.addresses().into_iter().filter(|it| !it.starts_with("data.")).count()
}

#[test]
fn two_apps_live_on_one_cluster_and_leave_nothing() {
    let cloud = Cloud::start();
    let before = cloud.count(REGION);
    let cluster = Stack::example("cluster");
    cluster.write("terraform.tfvars", SETTINGS);
    cluster.write("vpn.auto.tfvars", VPN);
    let plan = cluster.run_on(&cloud, &["plan"]).ended(0);
    expect_file!["plans/cluster.txt"].assert_eq(&plan.steady());
    cluster.run_on(&cloud, &["apply", "-auto-approve"]).ended(0).says("51 added");
    cluster.run_on(&cloud, &["plan", "-detailed-exitcode"]).ended(0).says("No changes.");
    let empty_cluster = cloud.count(REGION);

    let certs = app("registry-certs", &cluster);
    let plan = certs.run_on(&cloud, &["plan"]).ended(0);
    expect_file!["plans/service.txt"].assert_eq(&plan.steady());
    let apply = certs.run_on(&cloud, &["apply", "-auto-approve"]).ended(0);
    apply.says("Plan: 12 to add, 0 to change, 0 to destroy.");
    assert!(!apply.out.contains("s3cret"), "{}", apply.out);
    let first_app = cloud.count(REGION);
    let permits = app("permits-staging", &cluster);
    permits.run_on(&cloud, &["apply", "-auto-approve"]).ended(0).says("Apply complete!");
    for stack in [&cluster, &certs, &permits] {
        stack.run_on(&cloud, &["plan", "-detailed-exitcode"]).ended(0).says("No changes.");
    }
    let url = permits.run(&["output", "-raw", "url"]).ended(0);
    assert_eq!(url.out, "https://permits-staging.apps.example.org");

    cloud.python(FILL);
    let destroy = ["destroy", "-auto-approve"];
    permits.run_on(&cloud, &destroy).ended(0).says("Nothing is left.");
    assert_eq!(cloud.count(REGION), first_app);
    certs.run_on(&cloud, &destroy).ended(0).says("Nothing is left.");
    assert_eq!(cloud.count(REGION), empty_cluster);
    cluster.run_on(&cloud, &destroy).ended(0).says("Nothing is left.");
    assert_eq!(cloud.count(REGION), before);
    assert_eq!([managed(&cluster), managed(&certs), managed(&permits)], [0, 0, 0]);
}

#[test]
fn the_policies_are_those_of_the_runbook() {
    let cloud = Cloud::start();
    let cluster = Stack::example("cluster");
    cluster.write("terraform.tfvars", SETTINGS);
    cluster.run_on(&cloud, &["apply", "-auto-approve"]).ended(0).says("43 added");

    let role = |name: &str| format!("arn:aws:iam::123456789012:role/digitalApps{name}");
    let written = [BUCKET_POLICY, READ_POLICY, DEPLOY_POLICY].map(|it| {
        let it = it.replace("BUCKET_NAME", "cob-digital-apps-config");
        let it = it.replace("<<<SERVICE_ROLE_ARN>>>", &role("Service"));
        let it = it.replace("<<<TASK_ROLE_ARN>>>", &role("Task"));
        serde_json::from_str::<serde_json::Value>(&it).expect("JSON")
    });
    let in_force: Vec<serde_json::Value> =
        serde_json::from_str(&cloud.python(POLICIES)).expect("JSON");
    assert_eq!(in_force, written);
}
