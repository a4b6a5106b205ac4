//! The arguments of the backend `s3`: roles, profiles, files, encryption, endpoints.

use crate::support::{Cloud, Ran, Stack};

/// A stack that needs no provider: what reaches AWS is the backend's.
fn main(arguments: &str) -> String {
    format!(
        r#"
terraform {{
  backend "s3" {{
    {arguments}
  }}
}}

resource "terraform_data" "it" {{
  input = 1
}}
"#
    )
}

const AWS: &str = r#"
import boto3, json, os
endpoint = {"endpoint_url": os.environ["AWS_ENDPOINT_URL"], "region_name": "us-east-1"}
s3 = boto3.client("s3", **endpoint)
def table(client):
    client.create_table(TableName="locks", BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "LockID", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "LockID", "AttributeType": "S"}])
def items(client):
    return [it["LockID"]["S"] for it in client.scan(TableName="locks")["Items"]]
def other():
    sts = boto3.client("sts", **endpoint)
    role = sts.assume_role(RoleArn="arn:aws:iam::111111111111:role/states", RoleSessionName="tests")
    it = role["Credentials"]
    return {"aws_access_key_id": it["AccessKeyId"], "aws_secret_access_key": it["SecretAccessKey"],
            "aws_session_token": it["SessionToken"], **endpoint}
"#;

fn python(cloud: &Cloud, program: &str) -> String {
    cloud.python(&format!("{AWS}\n{program}"))
}

fn cloud() -> Cloud {
    let cloud = Cloud::start();
    python(&cloud, "s3.create_bucket(Bucket='states')");
    cloud
}

/// An apply with this backend, and the digest that it leaves in the table of another account: so it
/// has worked with the credentials of that account.
fn works_in_the_other_account(cloud: &Cloud, files: &[(&str, &str)], arguments: &str) {
    let stack = Stack::new(&[("main.tf", &main(arguments))]);
    for (name, text) in files {
        stack.write(name, text);
    }
    stack.run_on(cloud, &["init"]).ended(0);
    stack.run_on(cloud, &["apply", "-auto-approve"]).ended(0);
    stack.run_on(cloud, &["plan", "-detailed-exitcode"]).ended(0);
    let items = python(cloud, "print(items(boto3.client('dynamodb', **other())))");
    assert_eq!(items, "['states/it.tfstate-md5']", "{arguments}");
    python(
        cloud,
        "boto3.client('dynamodb', **other()).delete_item(TableName='locks', \
         Key={'LockID': {'S': 'states/it.tfstate-md5'}})\n\
         s3.delete_object(Bucket='states', Key='it.tfstate')",
    );
}

#[test]
fn a_role_a_profile_and_files_say_who_reaches_the_state() {
    let cloud = cloud();
    python(&cloud, "table(boto3.client('dynamodb', **other()))");
    let place = "bucket = \"states\"\n key = \"it.tfstate\"\n region = \"us-east-1\"\n \
                 dynamodb_table = \"locks\"";
    let role = "arn:aws:iam::111111111111:role/states";
    let block = format!(
        "{place}\n assume_role = {{\n role_arn = \"{role}\"\n session_name = \"groundplan\"\n \
         external_id = \"e\"\n duration = \"30m\"\n tags = {{ team = \"a\" }}\n }}"
    );
    works_in_the_other_account(&cloud, &[], &block);
    let old = format!("{place}\n role_arn = \"{role}\"\n session_name = \"groundplan\"");
    works_in_the_other_account(&cloud, &[], &old);

    let keys = python(
        &cloud,
        "iam = boto3.client('iam', **other())\n\
         iam.create_user(UserName='states')\n\
         it = iam.create_access_key(UserName='states')['AccessKey']\n\
         print(it['AccessKeyId'], it['SecretAccessKey'])",
    );
    let (id, secret) = keys.split_once(' ').expect("a key and its secret");
    let credentials =
        format!("[states]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\n");
    let files = format!(
        "{place}\n profile = \"states\"\n shared_credentials_files = [\"credentials\"]\n \
         shared_config_files = [\"config\"]"
    );
    let config = "[profile states]\nregion = eu-west-1\n";
    works_in_the_other_account(
        &cloud,
        &[("credentials", &credentials), ("config", config)],
        &files,
    );
    let old = format!("{place}\n profile = \"states\"\n shared_credentials_file = \"credentials\"");
    works_in_the_other_account(&cloud, &[("credentials", &credentials)], &old);
    let given = format!("{place}\n access_key = \"{id}\"\n secret_key = \"{secret}\"");
    works_in_the_other_account(&cloud, &[], &given);
}

#[test]
fn a_state_is_written_with_the_encryption_and_the_list_that_are_asked_for() {
    let cloud = cloud();
    let key =
        python(&cloud, "print(boto3.client('kms', **endpoint).create_key()['KeyMetadata']['Arn'])");
    let head = "it = s3.head_object(Bucket='states', Key='it.tfstate')\n\
                print(it['ServerSideEncryption'], it.get('SSEKMSKeyId'), it['ContentType'])";
    let place =
        "bucket = \"states\"\n key = \"it.tfstate\"\n region = \"us-east-1\"\n encrypt = true";
    let stack = Stack::new(&[("main.tf", &main(place))]);
    stack.run_on(&cloud, &["init"]).ended(0);
    stack.run_on(&cloud, &["apply", "-auto-approve"]).ended(0);
    assert_eq!(python(&cloud, head), "AES256 None application/json");

    let with_key =
        format!("{place}\n kms_key_id = \"{key}\"\n acl = \"bucket-owner-full-control\"");
    stack.write("main.tf", &main(&with_key).replace("input = 1", "input = 2"));
    stack.run_on(&cloud, &["init", "-reconfigure"]).ended(0);
    stack.run_on(&cloud, &["apply", "-auto-approve"]).ended(0);
    assert_eq!(python(&cloud, head), format!("aws:kms {key} application/json"));
}

#[test]
fn endpoints_and_switches_stand_in_files_and_pairs() {
    let cloud = cloud();
    let (_, url) = cloud
        .env()
        .into_iter()
        .find(|it| it.0 == "AWS_ENDPOINT_URL")
        .expect("the sandbox's address");
    let stack = Stack::new(&[
        ("main.tf", &main("key = \"it.tfstate\"")),
        (
            "s3.tfbackend",
            "region = \"us-east-1\"\nuse_path_style = true\nskip_credentials_validation = true\n\
             skip_metadata_api_check = true\nskip_region_validation = true\n\
             skip_requesting_account_id = true\nskip_s3_checksum = true\nmax_retries = 2\n",
        ),
        ("keys.json", "{\"access_key\": \"test\", \"secret_key\": \"test\"}"),
    ]);
    // Nothing of the environment says where the service is.
    let run = |args: &[&str]| -> Ran {
        let mut command = stack.command(args);
        for (name, _) in cloud.env() {
            command.env_remove(name);
        }
        Ran::of(command.output().expect("the binary starts"))
    };
    let endpoints = format!("-backend-config=endpoints={{ s3 = \"{url}\", sts = \"{url}\" }}");
    let init = [
        "init",
        "-backend-config=s3.tfbackend",
        "-backend-config=keys.json",
        "-backend-config=bucket=states",
        "-backend-config=use_lockfile=true",
        &endpoints,
    ];
    run(&init).ended(0);
    run(&["apply", "-auto-approve"]).ended(0);
    run(&["plan", "-detailed-exitcode"]).ended(0);
    let keys = "print([it['Key'] for it in s3.list_objects_v2(Bucket='states')['Contents']])";
    assert_eq!(python(&cloud, keys), "['it.tfstate']");

    let wrong = run(&["init", "-reconfigure", "-backend-config=buckets=states"]).ended(1);
    wrong.says("The backend \"s3\" has no argument \"buckets\"");
    let missing = run(&["init", "-reconfigure", "-backend-config=none.tfbackend"]).ended(1);
    missing.says("cannot read the backend's arguments in none.tfbackend");
    let old = format!(
        "bucket = \"states\"\n key = \"it.tfstate\"\n region = \"us-east-1\"\n \
         endpoint = \"{url}\"\n force_path_style = true\n access_key = \"test\"\n \
         secret_key = \"test\"\n skip_credentials_validation = true"
    );
    stack.write("main.tf", &main(&old));
    run(&["init", "-reconfigure"]).ended(0);
    run(&["plan", "-detailed-exitcode"]).ended(0);
}
