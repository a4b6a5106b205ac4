//! Clusters on instances of one's own: what holds on to what, and in which order it lets go.

use crate::support::{Cloud, Stack};

/// A cluster, its group of instances, and the capacity provider between them, which protects
/// instances from being terminated.
pub const CLUSTER: &str = r#"
provider "aws" {
  region = "us-east-1"
}

resource "aws_iam_role" "node" {
  name               = "story-node"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }]
  })
}

resource "aws_iam_instance_profile" "node" {
  name = "story-node"
  role = aws_iam_role.node.name
}

resource "aws_launch_template" "node" {
  name_prefix            = "story-"
  image_id               = "ami-1e749f67"
  instance_type          = var.instance_type
  update_default_version = true
  user_data              = base64encode("echo ECS_CLUSTER=story >> /etc/ecs/ecs.config")
  iam_instance_profile {
    arn = aws_iam_instance_profile.node.arn
  }
}

variable "instance_type" {
  type    = string
  default = "t3.small"
}

resource "aws_autoscaling_group" "nodes" {
  name                  = "story"
  min_size              = 1
  max_size              = 4
  desired_capacity      = 2
  availability_zones    = ["us-east-1a"]
  protect_from_scale_in = true
  launch_template {
    id      = aws_launch_template.node.id
    version = aws_launch_template.node.latest_version
  }
  instance_refresh {
    strategy = "Rolling"
  }
  tag {
    key                 = "Name"
    value               = "story"
    propagate_at_launch = true
  }
}

resource "aws_ecs_capacity_provider" "nodes" {
  name = "story"
  auto_scaling_group_provider {
    auto_scaling_group_arn         = aws_autoscaling_group.nodes.arn
    managed_termination_protection = "ENABLED"
    managed_scaling {
      status          = "ENABLED"
      target_capacity = 90
    }
  }
}

resource "aws_ecs_cluster" "main" {
  name = "story"
}
"#;

/// The cluster may use the capacity provider.
const ATTACHED: &str = r#"
resource "aws_ecs_cluster_capacity_providers" "main" {
  cluster_name       = CLUSTER
  capacity_providers = [PROVIDER]
  default_capacity_provider_strategy {
    capacity_provider = PROVIDER
    weight            = 1
  }
}
"#;

pub fn attached(cluster: &str, provider: &str) -> String {
    ATTACHED.replace("CLUSTER", cluster).replace("PROVIDER", provider)
}

/// Counts what is left.
const COUNT: &str = r#"
import boto3, os
endpoint = {"endpoint_url": os.environ["AWS_ENDPOINT_URL"], "region_name": "us-east-1"}
client = lambda name: boto3.client(name, **endpoint)
asg, ec2, ecs = client("autoscaling"), client("ec2"), client("ecs")
instances = [i for r in ec2.describe_instances()["Reservations"] for i in r["Instances"]]
providers = ecs.describe_capacity_providers()["capacityProviders"]
counts = {
    "groups": len(asg.describe_auto_scaling_groups()["AutoScalingGroups"]),
    "instances": sum(it["State"]["Name"] != "terminated" for it in instances),
    "templates": len(ec2.describe_launch_templates()["LaunchTemplates"]),
    "providers": sum(not it["name"].startswith("FARGATE") for it in providers),
    "clusters": len(ecs.list_clusters()["clusterArns"]),
    "roles": sum(it["RoleName"] == "story-node" for it in client("iam").list_roles()["Roles"]),
}
print(", ".join(f"{count} {name}" for name, count in counts.items() if count))
"#;

const ALL: &str = "1 groups, 2 instances, 1 templates, 1 providers, 1 clusters, 1 roles";

#[test]
fn a_cluster_on_instances_comes_from_nothing_and_goes_to_nothing() {
    let cloud = Cloud::start();
    let names = attached("aws_ecs_cluster.main.name", "aws_ecs_capacity_provider.nodes.name");
    let stack = Stack::new(&[("main.tf", CLUSTER), ("attached.tf", &names)]);
    stack.run_on(&cloud, &["apply", "-auto-approve"]).ended(0).says("Apply complete!");
    assert_eq!(cloud.python(COUNT).trim(), ALL);
    // ECS has tagged the group, which is no difference.
    stack.run_on(&cloud, &["plan", "-detailed-exitcode"]).ended(0);

    let smaller = "-var=instance_type=t3.micro";
    let ran = stack.run_on(&cloud, &["apply", "-auto-approve", smaller]).ended(0);
    ran.says("0 added, 2 changed, 0 destroyed");
    stack.run_on(&cloud, &["plan", "-detailed-exitcode", smaller]).ended(0);

    stack.run_on(&cloud, &["destroy", "-auto-approve"]).ended(0);
    assert_eq!(cloud.python(COUNT).trim(), "");
}

/// Names that are written out give no order in which to destroy.
#[test]
fn nothing_is_left_where_no_reference_gives_the_order() {
    let cloud = Cloud::start();
    let stack = Stack::new(&[("main.tf", CLUSTER)]);
    stack.run_on(&cloud, &["apply", "-auto-approve"]).ended(0).says("Apply complete!");
    stack.write("attached.tf", &attached("\"story\"", "\"story\""));
    let ran = stack.run_on(&cloud, &["apply", "-auto-approve"]).ended(0);
    ran.says("1 added, 0 changed, 0 destroyed");
    assert_eq!(cloud.python(COUNT).trim(), ALL);

    stack.run_on(&cloud, &["destroy", "-auto-approve"]).ended(0);
    assert_eq!(cloud.python(COUNT).trim(), "");
}
