//! What a destroy finds beside its objects, and takes with it: what is in them, and what AWS made for them.

use std::thread;

use crate::support::{Cloud, Stack};

const FULL: &str = r#"
provider "aws" {
  region = "us-east-1"
}

resource "aws_s3_bucket" "files" {
  bucket = "files-of-bob"
}

resource "aws_s3_bucket_versioning" "files" {
  bucket = aws_s3_bucket.files.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_ecr_repository" "app" {
  name = "app-of-bob"
}
"#;

/// 300 versions and 40 delete markers, an unfinished upload, and an image for two platforms.
const FILL: &str = r#"
import boto3, concurrent.futures, hashlib, json, os
endpoint = {"endpoint_url": os.environ["AWS_ENDPOINT_URL"], "region_name": "us-east-1"}
s3, ecr = boto3.client("s3", **endpoint), boto3.client("ecr", **endpoint)
with concurrent.futures.ThreadPoolExecutor(8) as pool:
    list(pool.map(lambda n: s3.put_object(Bucket="files-of-bob", Key=f"{n % 100}", Body=b"x"), range(300)))
    list(pool.map(lambda n: s3.delete_object(Bucket="files-of-bob", Key=f"{n}"), range(40)))
s3.create_multipart_upload(Bucket="files-of-bob", Key="unfinished")
docker = "application/vnd.docker.distribution.manifest"
children = []
for name in ("amd64", "arm64"):
    text = json.dumps({"schemaVersion": 2, "mediaType": docker + ".v2+json", "layers": [],
                       "config": {"mediaType": "application/vnd.docker.container.image.v1+json", "size": 1,
                                  "digest": "sha256:" + name.encode().hex().ljust(64, "0")}})
    put = ecr.put_image(repositoryName="app-of-bob", imageManifest=text, imageTag=name)
    children.append({"mediaType": docker + ".v2+json", "size": len(text), "digest": put["image"]["imageId"]["imageDigest"],
                     "platform": {"architecture": name, "os": "linux"}})
index = {"schemaVersion": 2, "mediaType": docker + ".list.v2+json", "manifests": children}
ecr.put_image(repositoryName="app-of-bob", imageManifest=json.dumps(index), imageTag="1.0",
              imageManifestMediaType=docker + ".list.v2+json")
"#;

const COUNT_FULL: &str = r#"
import boto3, os
endpoint = {"endpoint_url": os.environ["AWS_ENDPOINT_URL"], "region_name": "us-east-1"}
s3, ecr = boto3.client("s3", **endpoint), boto3.client("ecr", **endpoint)
print(len(s3.list_buckets()["Buckets"]), len(ecr.describe_repositories()["repositories"]))
"#;

const DESTROY: [&str; 2] = ["destroy", "-auto-approve"];

#[test]
fn one_destroy_takes_all_that_is_in_things_and_none_without_leave() {
    let cloud = Cloud::start();
    let stack = Stack::new(&[("main.tf", FULL)]);
    stack.run_on(&cloud, &["apply", "-auto-approve"]).ended(0);
    cloud.python(FILL);

    let refused = stack.run_on(&cloud, &DESTROY).ended(1);
    refused
        .says("aws_s3_bucket.files holds 300 object versions, 40 delete markers and 1 unfinished");
    refused.says("aws_ecr_repository.app holds 3 images");
    refused.says("`force_destroy = true`").says("`force_delete = true`").says("-empty");
    assert_eq!(cloud.python(COUNT_FULL), "1 1");
    assert_eq!(stack.addresses().len(), 3);

    let destroyed = stack.run_on(&cloud, &["destroy", "-auto-approve", "-empty"]).ended(0);
    destroyed.says("3 destroyed").says("Nothing is left.");
    assert_eq!(cloud.python(COUNT_FULL), "0 0");
}

const LOCKED: &str = r#"
provider "aws" {
  region = "us-east-1"
}

resource "aws_s3_bucket" "records" {
  bucket              = "records-of-bob"
  force_destroy       = true
  object_lock_enabled = true
}
"#;

const LOCK: &str = r#"
import boto3, datetime, os
s3 = boto3.client("s3", endpoint_url=os.environ["AWS_ENDPOINT_URL"], region_name="us-east-1")
until = datetime.datetime(2999, 1, 1)
s3.put_object(Bucket="records-of-bob", Key="kept", Body=b"x", ObjectLockMode="COMPLIANCE",
              ObjectLockRetainUntilDate=until)
s3.put_object(Bucket="records-of-bob", Key="free", Body=b"x")
"#;

#[test]
fn what_nobody_can_delete_yet_stops_a_destroy_before_it_begins() {
    let cloud = Cloud::start();
    let stack = Stack::new(&[("main.tf", LOCKED)]);
    stack.run_on(&cloud, &["apply", "-auto-approve"]).ended(0);
    cloud.python(LOCK);

    let refused = stack.run_on(&cloud, &[&DESTROY[..], &["-empty"]].concat()).ended(1);

    refused.says("aws_s3_bucket.records holds 2 object versions");
    refused.says("1 object version is locked until 2999-01-01T00:00:00Z");
    refused.says("Nothing has been deleted.");
}

const WRITTEN: &str = r#"
provider "aws" {
  region = "us-east-1"
}

resource "aws_ecs_cluster" "main" {
  name = "main"
}

resource "aws_cloudwatch_log_group" "insights" {
  name              = "/aws/ecs/containerinsights/main/performance"
  retention_in_days = 1
  tags              = { team = "edge" }
}

resource "aws_cloudwatch_log_group" "app" {
  name = "/app"
}

# The cluster goes some time after its group has gone.
resource "time_sleep" "wait" {
  destroy_duration = "4s"
  depends_on       = [aws_ecs_cluster.main]
}
"#;

/// What writes to a group that is gone makes it again, two seconds later, for as long as it lives.
const WRITER: &str = r#"
import boto3, os, time
client = lambda name: boto3.client(name, endpoint_url=os.environ["AWS_ENDPOINT_URL"], region_name="us-east-1")
logs, ecs = client("logs"), client("ecs")
there = lambda name: any(it["logGroupName"] == name for it in logs.describe_log_groups()["logGroups"])
names = ["/aws/ecs/containerinsights/main/performance", "/app"]
end = time.time() + 60
while all(map(there, names)) and time.time() < end:
    time.sleep(0.1)
time.sleep(2)
alive = ecs.describe_clusters(clusters=["main"])["clusters"][0]["status"] == "ACTIVE"
if alive:
    for name in names:
        logs.create_log_group(logGroupName=name)
    logs.put_retention_policy(logGroupName=names[0], retentionInDays=1)
print(alive)
"#;

const GROUPS: &str = r#"
import boto3, os
logs = boto3.client("logs", endpoint_url=os.environ["AWS_ENDPOINT_URL"], region_name="us-east-1")
print(*(it["logGroupName"] for it in logs.describe_log_groups()["logGroups"]))
"#;

#[test]
fn groups_that_are_written_to_after_their_end_go_again() {
    let cloud = Cloud::start();
    let stack = Stack::new(&[("main.tf", WRITTEN)]);
    stack.run_on(&cloud, &["apply", "-auto-approve"]).ended(0);

    let destroyed = thread::scope(|scope| {
        let writer = scope.spawn(|| cloud.python(WRITER));
        let destroyed = stack.run_on(&cloud, &DESTROY).ended(0);
        assert_eq!(writer.join().expect("the writer ends"), "True");
        destroyed
    });

    destroyed.says("swept: aws_cloudwatch_log_group /app (it was written to after it was deleted)");
    destroyed.says("swept: aws_cloudwatch_log_group /aws/ecs/containerinsights/main/performance");
    destroyed.says("Nothing is left.");
    assert_eq!(cloud.python(GROUPS), "");
}

const FAMILY: &str = r#"
provider "aws" {
  region = "us-east-1"
}

resource "aws_ecs_task_definition" "web" {
  family                = "web"
  container_definitions = jsonencode([{ name = "web", image = "nginx", memory = 64 }])
  tags                  = { stack = "bob" }
}
"#;

/// Revisions of before: two that had the stack's tags, one of somebody else, one of another family.
const OLD_REVISIONS: &str = r#"
import boto3, os
ecs = boto3.client("ecs", endpoint_url=os.environ["AWS_ENDPOINT_URL"], region_name="us-east-1")
def old(family, value):
    arn = ecs.register_task_definition(
        family=family, containerDefinitions=[{"name": "web", "image": "nginx", "memory": 64}],
        tags=[{"key": "stack", "value": value}])["taskDefinition"]["taskDefinitionArn"]
    ecs.deregister_task_definition(taskDefinition=arn)
old("web", "bob")
old("web", "bob")
old("web", "alice")
old("web-2", "bob")
"#;

const REVISIONS: &str = r#"
import boto3, os
ecs = boto3.client("ecs", endpoint_url=os.environ["AWS_ENDPOINT_URL"], region_name="us-east-1")
arns = [arn for it in ("ACTIVE", "INACTIVE") for arn in ecs.list_task_definitions(status=it)["taskDefinitionArns"]]
print(*(arn.split("/")[-1] for arn in arns))
"#;

#[test]
fn old_revisions_go_if_they_are_ours() {
    let cloud = Cloud::start();
    let stack = Stack::new(&[("main.tf", FAMILY)]);
    stack.run_on(&cloud, &["apply", "-auto-approve"]).ended(0);
    cloud.python(OLD_REVISIONS);
    assert_eq!(cloud.python(REVISIONS), "web:1 web:2 web:3 web:4 web-2:1");

    let destroyed = stack.run_on(&cloud, &DESTROY).ended(0);

    destroyed.says("task-definition/web:2 (it is inactive, and has the tags of the family web");
    destroyed.says("task-definition/web:3");
    assert_eq!(cloud.python(REVISIONS), "web:4 web-2:1");
}

const NETWORK: &str = r#"
provider "aws" {
  region = "us-east-1"
}

resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_subnet" "main" {
  vpc_id     = aws_vpc.main.id
  cidr_block = "10.0.1.0/24"
}

resource "aws_security_group" "tasks" {
  name   = "tasks"
  vpc_id = aws_vpc.main.id
}

output "subnet" {
  value = aws_subnet.main.id
}

output "group" {
  value = aws_security_group.tasks.id
}
"#;

const INTERFACE: &str = r#"
import boto3, os
ec2 = boto3.client("ec2", endpoint_url=os.environ["AWS_ENDPOINT_URL"], region_name="us-east-1")
text = "arn:aws:ecs:us-east-1:123456789012:attachment/1a2b3c4d-0000-1111-2222-333344445555"
ec2.create_network_interface(SubnetId="SUBNET", Groups=["GROUP"], Description=text)
"#;

#[test]
fn an_interface_that_a_task_left_in_our_group_does_not_hold_it() {
    let cloud = Cloud::start();
    let stack = Stack::new(&[("main.tf", NETWORK)]);
    stack.run_on(&cloud, &["apply", "-auto-approve"]).ended(0);
    let output = |name| stack.run(&["output", "-raw", name]).ended(0).out;
    let program = INTERFACE.replace("SUBNET", output("subnet").trim());
    cloud.python(&program.replace("GROUP", output("group").trim()));

    stack.run_on(&cloud, &DESTROY).ended(0).says("Nothing is left.");
}
