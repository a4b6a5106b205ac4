//! `terraform_remote_state`: what a stack reads of another, in a file, in a bucket and on the sandbox.

use crate::support::{Cloud, Ran, Stack};

const STATES: &str = r#"
import boto3, os
s3 = boto3.client("s3", endpoint_url=os.environ["AWS_ENDPOINT_URL"], region_name="us-east-1")
s3.create_bucket(Bucket="states")
"#;

const NETWORK: &str = r#"
terraform {
  backend "s3" {
    bucket       = "states"
    key          = "network.tfstate"
    region       = "us-east-1"
    use_lockfile = true
  }
}

output "subnets" {
  value = { (terraform.workspace) = ["subnet-1", "subnet-2"] }
}

output "token" {
  value     = "secret-of-the-network"
  sensitive = true
}
"#;

/// A stack that reads another through this backend, with these arguments.
fn reader(backend: &str, config: &str) -> String {
    format!(
        r#"
variable "workspace" {{
  type    = string
  default = null
}}

data "terraform_remote_state" "network" {{
  backend   = "{backend}"
  workspace = var.workspace
  config    = {{
    {config}
  }}
  defaults = {{ zones = 2 }}
}}

output "read" {{
  value     = data.terraform_remote_state.network.outputs
  sensitive = true
}}
"#
    )
}

fn read(stack: &Stack) -> String {
    stack.run(&["output", "-json", "read"]).ended(0).out.trim().to_owned()
}

#[test]
fn a_stack_reads_what_another_keeps_in_a_bucket() {
    let cloud = Cloud::start();
    cloud.python(STATES);
    let network = Stack::new(&[("main.tf", NETWORK)]);
    network.run_on(&cloud, &["init"]).ended(0);
    network.run_on(&cloud, &["apply", "-auto-approve"]).ended(0);
    network.run_on(&cloud, &["workspace", "new", "prod"]).ended(0);
    network.run_on(&cloud, &["apply", "-auto-approve"]).ended(0);

    let config = "bucket = \"states\"\n key = \"network.tfstate\"\n region = \"us-east-1\"";
    let stack = Stack::new(&[("main.tf", &reader("s3", config))]);
    let apply = |args: &[&str]| -> Ran {
        stack.run_on(&cloud, &[&["apply", "-auto-approve"], args].concat())
    };
    let applied = apply(&[]).ended(0);
    assert!(!applied.out.contains("secret-of"), "{}", applied.out);
    let of = |workspace: &str| {
        format!(
            "{{\"subnets\":{{\"{workspace}\":[\"subnet-1\",\"subnet-2\"]}},\
             \"token\":\"secret-of-the-network\",\"zones\":2}}"
        )
    };
    assert_eq!(read(&stack), of("default"));
    apply(&["-var=workspace=prod"]).ended(0);
    assert_eq!(read(&stack), of("prod"));
    let missing = apply(&["-var=workspace=test"]).ended(1);
    missing.says("there is no state of the workspace \"test\" there");

    stack.write("main.tf", &reader("s3", "bucket = \"states\""));
    apply(&[]).ended(1).says("The backend \"s3\" needs the argument \"key\".");
    stack.write("main.tf", &reader("s3", &config.replace("states", "none")));
    apply(&[]).ended(1).says("NoSuchBucket");
    stack.write("main.tf", &reader("gcs", "bucket = \"states\""));
    apply(&[]).ended(1).says("the backend \"gcs\" is not supported; \"local\" and \"s3\" are");
}

#[test]
fn on_the_sandbox_a_stack_reads_what_the_other_has_on_the_sandbox() {
    let output = |value: &str| format!("output \"id\" {{\n  value = \"{value}\"\n}}\n");
    let stack = Stack::new(&[
        ("network/main.tf", &output("real")),
        ("app/main.tf", &reader("local", "path = \"../network/terraform.tfstate\"")),
        ("app/states/kept.tfstate", &state_with("kept")),
    ]);
    let run = |sandbox: bool, args: &[&str]| -> Ran {
        let mut command = stack.command(args);
        if sandbox {
            command.env("GROUNDPLAN_SANDBOX", "1");
        }
        Ran::of(command.output().expect("the binary starts"))
    };
    let apply = |dir: &str, sandbox: bool| {
        run(sandbox, &[&format!("-chdir={dir}"), "apply", "-auto-approve"])
    };
    let read = |sandbox: bool| {
        run(sandbox, &["-chdir=app", "output", "-json", "read"]).ended(0).out.trim().to_owned()
    };
    apply("network", false).ended(0);
    apply("app", false).ended(0);
    assert_eq!(read(false), "{\"id\":\"real\",\"zones\":2}");

    let early = apply("app", true).ended(1);
    early.says("has no state on the sandbox");
    early.says("network apply -sandbox");
    stack.write("network/main.tf", &output("local"));
    apply("network", true).ended(0);
    apply("app", true).ended(0);
    assert_eq!(read(true), "{\"id\":\"local\",\"zones\":2}");
    assert_eq!(read(false), "{\"id\":\"real\",\"zones\":2}");

    // A file that is no stack's is read as it is.
    stack.write("app/main.tf", &reader("local", "path = \"states/kept.tfstate\""));
    apply("app", true).ended(0);
    assert_eq!(read(true), "{\"id\":\"kept\",\"zones\":2}");
}

fn state_with(id: &str) -> String {
    let stack = Stack::new(&[("main.tf", &format!("output \"id\" {{\n  value = \"{id}\"\n}}\n"))]);
    stack.run(&["apply", "-auto-approve"]).ended(0);
    stack.read("terraform.tfstate")
}
