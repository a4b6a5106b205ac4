//! The main job: a Fargate sandbox from nothing to nothing.

use std::collections::BTreeSet;

use expect_test::expect_file;

use crate::support::{Cloud, Stack};

const REGION: &str = "us-east-1";

/// Puts 1,500 versions, 200 delete markers, an unfinished upload and two images where people put them.
const FILL: &str = r#"
import boto3, concurrent.futures, json, os
endpoint = {"endpoint_url": os.environ["AWS_ENDPOINT_URL"], "region_name": "us-east-1"}
s3, ecr = boto3.client("s3", **endpoint), boto3.client("ecr", **endpoint)
bucket = "bob-test-access-logs-" + boto3.client("sts", **endpoint).get_caller_identity()["Account"]
def put(n):
    s3.put_object(Bucket=bucket, Key=f"log-{n % 500}", Body=b"x")
with concurrent.futures.ThreadPoolExecutor(8) as pool:
    list(pool.map(put, range(1500)))
    list(pool.map(lambda n: s3.delete_object(Bucket=bucket, Key=f"log-{n}"), range(200)))
s3.create_multipart_upload(Bucket=bucket, Key="unfinished")
for tag in ("one", "two"):
    manifest = {"schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
                "config": {"mediaType": "application/vnd.docker.container.image.v1+json", "size": 1,
                           "digest": "sha256:" + tag.encode().hex().ljust(64, "0")}, "layers": []}
    ecr.put_image(repositoryName="bob-test", imageManifest=json.dumps(manifest), imageTag=tag)
versions = s3.get_paginator("list_object_versions").paginate(Bucket=bucket)
pages = list(versions)
print(sum(len(p.get("Versions", [])) for p in pages), sum(len(p.get("DeleteMarkers", [])) for p in pages))
"#;

/// What the team's guide says that is made, and what remains in the state of Terraform: what was looked up.
const GUIDE: &str = include_str!("fargate/guide.txt");

#[test]
fn a_sandbox_comes_from_nothing_and_goes_to_nothing() {
    let cloud = Cloud::start();
    let stack = Stack::example("fargate-sandbox");
    let network = ["-chdir=network", "apply", "-auto-approve"];
    stack.run_on(&cloud, &network).ended(0).says("Apply complete!");
    let before = cloud.count(REGION);

    let name = "-var=name=bob";
    let plan = stack.run_on(&cloud, &["plan", name]).ended(0);
    expect_file!["plans/fargate-sandbox.txt"].assert_eq(&plan.steady());
    let applied = stack.run_on(&cloud, &["apply", "-auto-approve", name]).ended(0);
    applied.says("Plan: 29 to add, 0 to change, 0 to destroy.");
    applied.says("29 added, 0 changed, 0 destroyed");
    let managed = stack.addresses().into_iter().filter(|it| !it.contains("data.")).count();
    assert_eq!(managed, 29);
    let url = stack.run(&["output", "-raw", "url"]).ended(0);
    assert_eq!(url.out, "http://site.bob-test:80");

    let again = stack.run_on(&cloud, &["plan", "-detailed-exitcode", name]).ended(0);
    again.says("No changes.");

    assert_eq!(cloud.python(FILL), "1500 200");
    let destroyed = stack.run_on(&cloud, &["destroy", "-auto-approve", name]).ended(0);
    destroyed.says("1500 object versions");
    destroyed.says("29 destroyed");
    destroyed.says("Looked up all 29 ids once more: none of them is left.");
    destroyed.says("Nothing is left.");
    assert_eq!(cloud.count(REGION), before);
    assert!(stack.addresses().is_empty());

    stack.run_on(&cloud, &["destroy", "-auto-approve", name]).ended(0).says("No changes.");
    stack.run_on(&cloud, &["-chdir=network", "destroy", "-auto-approve"]).ended(0);
    assert_eq!(cloud.count(REGION), "");
}

#[test]
fn the_teams_own_stack_runs_with_other_modules_for_its_private_ones() {
    let cloud = Cloud::start();
    let stack = Stack::example("fargate-sandbox");
    let run = |args: &[&str]| stack.run_on(&cloud, args);
    let vpc = "-var=vpc_name=wdsops-east-dev";
    run(&["-chdir=network", "apply", "-auto-approve", vpc]).ended(0);
    let before = cloud.count(REGION);

    run(&["-chdir=team", "init"]).ended(0).says("service in ../modules/ecs_service");
    let name = "-var=name=bob";
    let applied = run(&["-chdir=team", "apply", "-auto-approve", name]).ended(0);
    applied.says("Plan: 29 to add, 0 to change, 0 to destroy.");
    assert!(stack.exists("team/.tfstate/status-page.tfstate"));
    let listed = run(&["-chdir=team", "state", "list"]).ended(0);
    let listed: BTreeSet<&str> = listed.out.lines().collect();
    let guide: BTreeSet<&str> = GUIDE.lines().collect();
    assert_eq!(guide.difference(&listed).count(), 0, "{listed:#?}");
    assert_eq!(guide.len(), 39);

    run(&["-chdir=team", "destroy", "-auto-approve", name]).ended(0).says("Nothing is left.");
    assert_eq!(cloud.count(REGION), before);
}

#[test]
fn a_bucket_that_holds_something_stops_the_destroy_before_it_begins() {
    let cloud = Cloud::start();
    let main = |force: &str| {
        format!(
            "provider \"aws\" {{\n  region = \"us-east-1\"\n}}\n\
             resource \"aws_s3_bucket\" \"logs\" {{\n  bucket = \"logs-of-bob\"\n{force}}}\n\
             resource \"aws_s3_object\" \"first\" {{\n  bucket = aws_s3_bucket.logs.id\n  \
             key = \"first\"\n  content = \"x\"\n}}\n"
        )
    };
    let stack = Stack::new(&[("main.tf", &main(""))]);
    stack.run_on(&cloud, &["apply", "-auto-approve"]).ended(0);
    let put = "import boto3, os\n\
               s3 = boto3.client('s3', endpoint_url=os.environ['AWS_ENDPOINT_URL'])\n\
               s3.put_object(Bucket='logs-of-bob', Key='late', Body=b'x')";
    cloud.python(put);

    let refused = stack.run_on(&cloud, &["destroy", "-auto-approve"]).ended(1);
    refused.says("aws_s3_bucket.logs holds");
    refused.says("Nothing has been deleted.");
    refused.says("force_destroy = true");
    assert_eq!(stack.addresses().len(), 2);

    // The flag counts as it stands in the configuration now: no apply is needed.
    stack.write("main.tf", &main("  force_destroy = true\n"));
    stack.run_on(&cloud, &["destroy", "-auto-approve"]).ended(0).says("Nothing is left.");
    assert!(stack.addresses().is_empty());
}
