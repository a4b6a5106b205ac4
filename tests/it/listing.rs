//! What is in an account of the sandbox: every object as the sandbox itself describes it, without what
//! differs from one time to the next.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use crate::support::Cloud;

/// Answers each line, the number of an account, with a line: a key of that account, and what is in it.
/// An id becomes the name of what it means, if that has one.
const PROGRAM: &str = r#"
import boto3, datetime, json, os, re, sys
where = {"endpoint_url": os.environ["AWS_ENDPOINT_URL"], "region_name": "us-east-1"}
ID = re.compile(r"\b[a-z]+-[0-9a-f]{8,17}\b|\b[A-Z0-9]{12,}\b|\b\d{12}\b|\b[0-9a-f]{16,64}\b|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
PASSING = ("CreationTime", "creationTime", "CallerReference", "revision", "pendingCount", "runningCount",
           "pendingTasksCount", "runningTasksCount", "AvailableIpAddressCount")
keys, clients = {}, {}

def key(account):
    if account not in keys:
        role = f"arn:aws:iam::{account}:role/tests"
        answer = boto3.client("sts", **where).assume_role(RoleArn=role, RoleSessionName="tests")
        keys[account] = answer["Credentials"]["AccessKeyId"]
    return keys[account]

def client(account, name):
    if (account, name) not in clients:
        clients[account, name] = boto3.client(name, aws_access_key_id=key(account), aws_secret_access_key="x", **where)
    return clients[account, name]

def objects(account):
    of = lambda name: client(account, name)
    ec2, ecs, elb, iam, s3 = of("ec2"), of("ecs"), of("elbv2"), of("iam"), of("s3")
    yield "vpc", [it for it in ec2.describe_vpcs()["Vpcs"] if not it["IsDefault"]]
    yield "subnet", [it for it in ec2.describe_subnets()["Subnets"] if not it["DefaultForAz"]]
    groups = [it for it in ec2.describe_security_groups()["SecurityGroups"] if it["GroupName"] != "default"]
    yield "group", groups
    ids = [it["GroupId"] for it in groups]
    rules = ec2.describe_security_group_rules()["SecurityGroupRules"]
    yield "rule", [it for it in rules if it["GroupId"] in ids]
    yield "table", [it for it in ec2.describe_route_tables()["RouteTables"] if it.get("Tags")]
    yield "gateway", ec2.describe_internet_gateways()["InternetGateways"]
    yield "nat", ec2.describe_nat_gateways()["NatGateways"]
    yield "address", ec2.describe_addresses()["Addresses"]
    yield "endpoint", ec2.describe_vpc_endpoints()["VpcEndpoints"]
    clusters = ecs.list_clusters()["clusterArns"]
    everything = ["ATTACHMENTS", "CONFIGURATIONS", "SETTINGS", "TAGS"]
    yield "cluster", ecs.describe_clusters(clusters=clusters, include=everything)["clusters"]
    for cluster in clusters:
        services = ecs.list_services(cluster=cluster)["serviceArns"]
        if services:
            found = ecs.describe_services(cluster=cluster, services=services, include=["TAGS"])["services"]
            yield "service", [{k: v for k, v in it.items() if k not in ("events", "deployments")} for it in found]
    for arn in ecs.list_task_definitions(status="ACTIVE")["taskDefinitionArns"]:
        found = ecs.describe_task_definition(taskDefinition=arn, include=["TAGS"])
        yield "definition", [{k: v for k, v in found.items() if k != "ResponseMetadata"}]
    for it in elb.describe_load_balancers()["LoadBalancers"]:
        arn = it["LoadBalancerArn"]
        it["attributes"] = elb.describe_load_balancer_attributes(LoadBalancerArn=arn)["Attributes"]
        it["tags"] = elb.describe_tags(ResourceArns=[arn])["TagDescriptions"]
        it["listeners"] = elb.describe_listeners(LoadBalancerArn=arn)["Listeners"]
        yield "balancer", [it]
    for it in elb.describe_target_groups()["TargetGroups"]:
        arn = it["TargetGroupArn"]
        it["attributes"] = elb.describe_target_group_attributes(TargetGroupArn=arn)["Attributes"]
        it["tags"] = elb.describe_tags(ResourceArns=[arn])["TagDescriptions"]
        yield "targets", [it]
    for it in iam.list_roles()["Roles"]:
        if not it["Path"].startswith("/aws-service-role/"):
            name = it["RoleName"]
            it["tags"] = iam.list_role_tags(RoleName=name)["Tags"]
            it["inline"] = iam.list_role_policies(RoleName=name)["PolicyNames"]
            it["attached"] = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
            it.pop("RoleLastUsed", None)
            yield "role", [it]
    for it in iam.list_policies(Scope="Local")["Policies"]:
        version = iam.get_policy_version(PolicyArn=it["Arn"], VersionId=it["DefaultVersionId"])
        it["document"] = version["PolicyVersion"]["Document"]
        yield "policy", [it]
    for it in s3.list_buckets()["Buckets"]:
        name = it["Name"]
        for part in ("versioning", "encryption", "policy", "tagging"):
            try:
                answer = getattr(s3, f"get_bucket_{part}")(Bucket=name)
                it[part] = {k: v for k, v in answer.items() if k != "ResponseMetadata"}
            except Exception as error:
                it[part] = type(error).__name__
        yield "bucket", [it]
    yield "repository", of("ecr").describe_repositories()["repositories"]
    route53 = of("route53")
    for it in route53.list_hosted_zones()["HostedZones"]:
        it["records"] = route53.list_resource_record_sets(HostedZoneId=it["Id"])["ResourceRecordSets"]
        yield "zone", [it]
    logs = of("logs")
    yield "log group", [dict(it, storedBytes=0) for it in logs.describe_log_groups()["logGroups"]]
    scaling = of("application-autoscaling")
    yield "scalable", scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    yield "scaling", scaling.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"]
    yield "alarm", of("cloudwatch").describe_alarms()["MetricAlarms"]

def names(value, found):
    if isinstance(value, list):
        for it in value: names(it, found)
    if isinstance(value, dict):
        tags = {it.get("Key"): it.get("Value") for it in value.get("Tags") or [] if isinstance(it, dict)}
        named = [v for k, v in value.items() if k.endswith("Name") and isinstance(v, str) and "." not in v]
        name = tags.get("Name") or (named[0] if named else None)
        for k, v in value.items():
            if name and isinstance(v, str) and ID.fullmatch(v): found.setdefault(v, name)
            names(v, found)

def plain(value, found):
    if isinstance(value, dict):
        return {k: plain(v, found) for k, v in value.items() if k not in PASSING}
    if isinstance(value, (list, tuple)):
        return sorted((plain(it, found) for it in value), key=lambda it: json.dumps(it, sort_keys=True))
    if isinstance(value, str):
        value = ID.sub(lambda match: "<" + found.get(match[0], "id") + ">", value)
        value = re.sub(r"(task-definition/[^:]+):\d+", r"\1:N", value)
        value = re.sub(r"(scalable-target)/\w+", r"\1/N", value)
        return re.sub(r"-\d{8,10}(\.[a-z0-9-]+\.elb\.)", r"-N\1", value)
    return "TIME" if isinstance(value, datetime.datetime) else value

def listing(account):
    all = [(kind, it) for kind, items in objects(account) for it in items]
    found = {account: "account"}
    names([it for _, it in all], found)
    return sorted(f"{kind} {json.dumps(plain(it, found), sort_keys=True)}" for kind, it in all)

for line in sys.stdin:
    account = line.strip()
    print(json.dumps({"key": key(account), "lines": listing(account)}), flush=True)
"#;

/// A program that lists accounts.
pub struct Listing {
    child: Child,
    ask: ChildStdin,
    answers: BufReader<ChildStdout>,
}

/// An account, as it was when it was listed.
#[derive(Debug, serde::Deserialize)]
pub struct Account {
    /// An access key that is good for it.
    pub key: String,
    lines: Vec<String>,
}

impl Account {
    /// What one of two accounts has and the other has not; empty if they are the same.
    pub fn differences(&self, other: &Account) -> String {
        let without = |mine: &Account, its: &Account| {
            let mut left = mine.lines.clone();
            for line in &its.lines {
                if let Some(n) = left.iter().position(|it| it == line) {
                    left.remove(n);
                }
            }
            left
        };
        let here = without(self, other).into_iter().map(|it| format!("only here: {it}\n"));
        let there = without(other, self).into_iter().map(|it| format!("only there: {it}\n"));
        here.chain(there).collect()
    }

    /// How many objects it has.
    pub fn len(&self) -> usize {
        self.lines.len()
    }
}

impl Listing {
    pub fn start(cloud: &Cloud) -> Listing {
        let mut command = cloud.interpreter();
        command.args(["-c", PROGRAM]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("python starts");
        let ask = child.stdin.take().expect("it was asked for");
        let answers = BufReader::new(child.stdout.take().expect("it was asked for"));
        Listing { child, ask, answers }
    }

    /// What is in an account.
    pub fn of(&mut self, account: &str) -> Account {
        writeln!(self.ask, "{account}").expect("the program reads");
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("the program answers");
        serde_json::from_str(&line).expect("it answers with an account")
    }
}

impl Drop for Listing {
    fn drop(&mut self) {
        // It may have ended by itself; either way nothing is left to do.
        _ = self.child.kill();
        _ = self.child.wait();
    }
}
