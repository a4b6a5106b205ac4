//! Encrypted states through the binary: taken over, changed in key, in a bucket, with KMS.

use crate::support::{Cloud, Ran, Stack};

const ONE: &str = "correct horse battery";
const TWO: &str = "another staple, the new one";

const PASSPHRASE: &str = "GROUNDPLAN_STATE_PASSPHRASE";
const OLD_PASSPHRASE: &str = "GROUNDPLAN_STATE_OLD_PASSPHRASE";
const KMS_KEY: &str = "GROUNDPLAN_STATE_KMS_KEY";
const OLD_KMS_KEY: &str = "GROUNDPLAN_STATE_OLD_KMS_KEY";

const MAIN: &str = r#"
resource "terraform_data" "it" {
  input = "canary"
}

output "it" {
  value = terraform_data.it.output
}
"#;

fn run(stack: &Stack, env: &[(&str, &str)], args: &[&str]) -> Ran {
    let mut command = stack.command(args);
    command.envs(env.iter().copied());
    Ran::of(command.output().expect("the binary starts"))
}

fn is_open(stack: &Stack, file: &str) -> bool {
    stack.read(file).contains("canary")
}

#[test]
fn a_state_is_encrypted_gets_another_passphrase_and_is_plain_again() {
    let stack = Stack::new(&[("main.tf", MAIN)]);
    let state = "terraform.tfstate";
    run(&stack, &[], &["apply", "-auto-approve"]).ended(0);
    let plain = stack.read(state);

    let one = [(PASSPHRASE, ONE)];
    run(&stack, &one, &["plan", "-detailed-exitcode"]).ended(0);
    run(&stack, &one, &["refresh"]).ended(0);
    assert!(!is_open(&stack, state) && !is_open(&stack, "terraform.tfstate.backup"));
    run(&stack, &one, &["output", "-raw", "it"]).ended(0).says("canary");
    assert_eq!(run(&stack, &one, &["state", "pull"]).ended(0).out, plain);

    let without = run(&stack, &[], &["plan"]).ended(1);
    without.says("cannot read terraform.tfstate: it is encrypted with a passphrase");
    without.says("GROUNDPLAN_STATE_PASSPHRASE is not set");
    run(&stack, &[(PASSPHRASE, TWO)], &["plan"]).ended(1).says("another passphrase");
    run(&stack, &[(PASSPHRASE, "short")], &["plan"]).ended(1).says("less than 16 characters");
    run(&stack, &[(PASSPHRASE, "")], &["plan"]).ended(1).says("is set, and empty");
    let both = run(&stack, &[(PASSPHRASE, ONE), (KMS_KEY, "alias/x")], &["plan"]).ended(1);
    both.says("are both set");

    run(&stack, &[(PASSPHRASE, TWO), (OLD_PASSPHRASE, ONE)], &["refresh"]).ended(0);
    run(&stack, &[(PASSPHRASE, TWO)], &["plan", "-detailed-exitcode"]).ended(0);
    run(&stack, &one, &["plan"]).ended(1).says("another passphrase");

    run(&stack, &[(OLD_PASSPHRASE, TWO)], &["refresh"]).ended(0);
    assert_eq!(stack.read(state), plain);
}

#[test]
fn a_saved_plan_is_encrypted_and_is_no_state() {
    let stack = Stack::new(&[("main.tf", MAIN)]);
    let one = [(PASSPHRASE, ONE)];
    run(&stack, &one, &["plan", "-out=it.plan"]).ended(0);
    assert!(!is_open(&stack, "it.plan"));
    let without = run(&stack, &[], &["apply", "it.plan"]).ended(1);
    without.says("cannot read it.plan: it is encrypted with a passphrase");
    run(&stack, &one, &["show", "it.plan"]).ended(0).says("terraform_data.it");
    let pushed = run(&stack, &one, &["state", "push", "it.plan"]).ended(1);
    pushed.says("it is an encrypted plan");
    run(&stack, &one, &["apply", "it.plan"]).ended(0).says("1 added");
    run(&stack, &one, &["show", "terraform.tfstate"]).ended(0).says("terraform_data.it");
    stack.write("pulled", &run(&stack, &one, &["state", "pull"]).ended(0).out);
    run(&stack, &one, &["state", "push", "pulled"]).ended(0);
    stack.write("sealed", &stack.read("terraform.tfstate"));
    run(&stack, &one, &["state", "push", "sealed"]).ended(0);
    assert!(!is_open(&stack, "terraform.tfstate"));
}

const BUCKET: &str = r#"
terraform {
  backend "s3" {
    bucket       = "states"
    key          = "it.tfstate"
    region       = "us-east-1"
    use_lockfile = true
  }
}
"#;

const READER: &str = r#"
data "terraform_remote_state" "it" {
  backend = "s3"
  config  = { bucket = "states", key = "it.tfstate", region = "us-east-1" }
}

output "it" {
  value = data.terraform_remote_state.it.outputs.it
}
"#;

const AWS: &str = r#"
import boto3, os
endpoint = {"endpoint_url": os.environ["AWS_ENDPOINT_URL"], "region_name": "us-east-1"}
s3, kms = boto3.client("s3", **endpoint), boto3.client("kms", **endpoint)
"#;

#[test]
fn a_key_of_kms_encrypts_a_state_in_a_bucket() {
    let cloud = Cloud::start();
    let python = |text: &str| cloud.python(&format!("{AWS}\n{text}"));
    python("s3.create_bucket(Bucket='states')");
    let arn = "print(kms.create_key()['KeyMetadata']['Arn'])";
    let (first, second) = (python(arn), python(arn));
    let stack = Stack::new(&[("main.tf", &format!("{BUCKET}{MAIN}"))]);
    let run = |stack: &Stack, env: &[(&str, &str)], args: &[&str]| {
        let mut command = stack.command(args);
        command.envs(cloud.env()).envs(env.iter().copied());
        Ran::of(command.output().expect("the binary starts"))
    };
    let with = [(KMS_KEY, &*first)];
    run(&stack, &with, &["init"]).ended(0);
    run(&stack, &with, &["apply", "-auto-approve"]).ended(0);
    let there = || {
        python("print(s3.get_object(Bucket='states', Key='it.tfstate')['Body'].read().decode())")
    };
    assert!(!there().contains("canary") && there().contains(&first), "{}", there());
    run(&stack, &with, &["plan", "-detailed-exitcode"]).ended(0);

    let without = run(&stack, &[], &["plan"]).ended(1);
    without.says("GROUNDPLAN_STATE_KMS_KEY is not set").says(&format!("={first}"));
    let other = run(&stack, &[(KMS_KEY, &second)], &["plan"]).ended(1);
    other.says("it is encrypted with the KMS key").says("GROUNDPLAN_STATE_OLD_KMS_KEY");
    let missing = format!("{}-none", &first[..first.len() - 5]);
    let fresh = Stack::new(&[("main.tf", MAIN)]);
    let missing = run(&fresh, &[(KMS_KEY, &missing)], &["apply", "-auto-approve"]).ended(1);
    missing.says("cannot encrypt with the KMS key").says("GenerateDataKey");

    let reader = Stack::new(&[("main.tf", READER)]);
    run(&reader, &[], &["apply", "-auto-approve"]).ended(1).says("GROUNDPLAN_STATE_KMS_KEY");
    run(&reader, &[(OLD_KMS_KEY, &first)], &["apply", "-auto-approve"]).ended(0);
    run(&reader, &[], &["output", "-raw", "it"]).ended(0).says("canary");

    let to_passphrase = [(PASSPHRASE, ONE), (OLD_KMS_KEY, &*first)];
    run(&stack, &to_passphrase, &["refresh"]).ended(0);
    assert!(!there().contains("canary") && there().contains("argon2id"), "{}", there());
    run(&stack, &[(PASSPHRASE, ONE)], &["plan", "-detailed-exitcode"]).ended(0);
    let backup = stack.read(".terraform/groundplan/s3/states/it.tfstate.backup");
    assert!(!backup.contains("canary"));
}
