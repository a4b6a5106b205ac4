//! A folder with a stack, a private sandbox, and the binary that runs in the one on the other.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;
use tokio::time::timeout;

/// The local AWS of one test: gone when the test is.
pub struct Cloud {
    private: sandbox::Private,
}

/// Counts what is in the account, kind by kind; only what an empty account has not.
const COUNT: &str = r#"
import boto3, os, sys
endpoint = {"endpoint_url": os.environ["AWS_ENDPOINT_URL"], "region_name": REGION}
client = lambda name: boto3.client(name, **endpoint)
ec2, ecs, elb, iam = client("ec2"), client("ecs"), client("elbv2"), client("iam")
gone = ("terminated", "deleted")
instances = [it for r in ec2.describe_instances()["Reservations"] for it in r["Instances"]]
scalable = client("application-autoscaling").describe_scalable_targets(ServiceNamespace="ecs")
counts = {
    "vpcs": sum(not it["IsDefault"] for it in ec2.describe_vpcs()["Vpcs"]),
    "groups": sum(it["GroupName"] != "default" for it in ec2.describe_security_groups()["SecurityGroups"]),
    "gateways": len(ec2.describe_internet_gateways()["InternetGateways"]),
    "tunnels": sum(it["State"] not in gone for it in ec2.describe_vpn_connections()["VpnConnections"]),
    "vpn gateways": sum(it["State"] not in gone for it in ec2.describe_vpn_gateways()["VpnGateways"]),
    "keys": len(ec2.describe_key_pairs()["KeyPairs"]),
    "templates": len(ec2.describe_launch_templates()["LaunchTemplates"]),
    "instances": sum(it["State"]["Name"] not in gone for it in instances),
    "scaling groups": len(client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]),
    "clusters": len(ecs.list_clusters()["clusterArns"]),
    "task definitions": len(ecs.list_task_definitions()["taskDefinitionArns"]),
    "scalable": len(scalable["ScalableTargets"]),
    "balancers": len(elb.describe_load_balancers()["LoadBalancers"]),
    "target groups": len(elb.describe_target_groups()["TargetGroups"]),
    "roles": sum(not it["Path"].startswith("/aws-service-role/") for it in iam.list_roles()["Roles"]),
    "users": len(iam.list_users()["Users"]),
    "policies": len(iam.list_policies(Scope="Local")["Policies"]),
    "certificates": len(client("acm").list_certificates()["CertificateSummaryList"]),
    "distributions": client("cloudfront").list_distributions()["DistributionList"]["Quantity"],
    "buckets": len(client("s3").list_buckets()["Buckets"]),
    "repositories": len(client("ecr").describe_repositories()["repositories"]),
    "zones": len(client("route53").list_hosted_zones()["HostedZones"]),
    "log groups": len(client("logs").describe_log_groups()["logGroups"]),
    "alarms": len(client("cloudwatch").describe_alarms()["MetricAlarms"]),
    "secrets": len(client("secretsmanager").list_secrets()["SecretList"]),
}
print(", ".join(f"{count} {name}" for name, count in counts.items() if count))
"#;

/// Virtual environments are made one at a time.
static STARTING: Mutex<()> = Mutex::new(());

impl Cloud {
    pub fn start() -> Cloud {
        let _one = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
        let options = sandbox::Options::from_env();
        let private = sandbox::private(&options, &|what| eprintln!("sandbox: {what}"));
        Cloud { private: private.expect("the sandbox starts") }
    }

    pub fn env(&self) -> Vec<(String, String)> {
        self.private.env()
    }

    pub fn port(&self) -> u16 {
        self.private.port
    }

    /// Makes the next `n` calls of an operation go wrong.
    pub fn disturb(&self, operation: &str, fault: sandbox::Fault, n: u32) {
        self.private.disturb(operation, fault, n).expect("the sandbox answers");
    }

    /// The operations that have been called so far.
    pub fn calls(&self) -> Vec<String> {
        let calls = self.private.calls().expect("the sandbox answers");
        calls.lines().map(str::to_owned).collect()
    }

    /// Python with boto3 at hand.
    pub fn interpreter(&self) -> Command {
        let mut command = Command::new(self.private.python());
        command.envs(self.env());
        command
    }

    /// Runs a Python program with boto3 at hand, and returns what it prints.
    pub fn python(&self, program: &str) -> String {
        let output = self.interpreter().args(["-c", program]).output().expect("python starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("it prints text").trim().to_owned()
    }

    /// How many of everything are in the account.
    pub fn count(&self, region: &str) -> String {
        self.python(&COUNT.replace("REGION", &format!("{region:?}")))
    }
}

/// A web site, and its address: to the n-th request it says a status and a text.
pub fn site<A>(answer: A) -> String
where
    A: Fn(usize, &str) -> (u16, &'static str) + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("it is bound");
    thread::spawn(move || {
        for (n, stream) in listener.incoming().flatten().enumerate() {
            let (mut stream, mut request) = (stream, [0; 4096]);
            let length = stream.read(&mut request).unwrap_or_default();
            let request = String::from_utf8_lossy(&request[..length]).to_lowercase();
            let (status, text) = answer(n, &request);
            let head = format!(
                "HTTP/1.1 {status} Said\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n\
                 Connection: close\r\n\r\n",
                text.len()
            );
            _ = stream.write_all(format!("{head}{text}").as_bytes());
        }
    });
    format!("http://{address}/")
}

/// A working directory.
pub struct Stack {
    dir: TempDir,
}

/// What a run printed, and how it ended.
#[derive(Debug)]
pub struct Ran {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Stack {
    pub fn new(files: &[(&str, &str)]) -> Stack {
        let stack = Stack { dir: tempfile::tempdir().expect("a temporary folder") };
        for (name, text) in files {
            stack.write(name, text);
        }
        stack
    }

    /// A copy of an example.
    pub fn example(name: &str) -> Stack {
        let stack = Stack::new(&[]);
        let from = Path::new("examples").join(name);
        copy(&from, stack.path());
        stack
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    pub fn write(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path().join(name)).expect("a file to read")
    }

    pub fn exists(&self, name: &str) -> bool {
        self.path().join(name).exists()
    }

    /// The binary, without anything of the environment that could change what it does.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_groundplan"));
        command.current_dir(self.path()).args(args).env_remove("AWS_PROFILE").env("NO_COLOR", "1");
        command
    }

    pub fn run(&self, args: &[&str]) -> Ran {
        Ran::of(self.command(args).output().expect("the binary starts"))
    }

    pub fn run_on(&self, cloud: &Cloud, args: &[&str]) -> Ran {
        Ran::of(self.command(args).envs(cloud.env()).output().expect("the binary starts"))
    }

    /// The same, ended when it takes longer.
    pub fn run_within(&self, limit: Duration, cloud: &Cloud, args: &[&str]) -> Ran {
        let mut command = tokio::process::Command::from(self.command(args));
        command.envs(cloud.env()).stdin(Stdio::null()).kill_on_drop(true);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let ran = async { timeout(limit, command.output()).await };
        match runtime.expect("a runtime").block_on(ran) {
            Ok(output) => Ran::of(output.expect("the binary starts")),
            Err(_) => {
                let err = format!("not done after {} seconds", limit.as_secs());
                Ran { code: None, out: String::new(), err }
            }
        }
    }

    /// The state's resources as addresses.
    pub fn addresses(&self) -> Vec<String> {
        let ran = self.run(&["state", "list"]);
        ran.out.lines().map(str::to_owned).collect()
    }
}

impl Ran {
    pub fn of(output: Output) -> Ran {
        Ran {
            code: output.status.code(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// What it printed, with the ids that AWS chose replaced by numbers, in the order of the text.
    pub fn steady(&self) -> String {
        let mut known: BTreeMap<String, String> = BTreeMap::new();
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        let is_word = |it: char| it.is_ascii_alphanumeric() || it == '-';
        let mut steady = String::new();
        let mut rest = self.out.as_str();
        while !rest.is_empty() {
            let (word, after) = rest.split_at(rest.find(|it| !is_word(it)).unwrap_or(rest.len()));
            let (between, after) = after.split_at(after.find(is_word).unwrap_or(after.len()));
            match chosen_by_aws(word) {
                Some(kind) => {
                    let name = known.entry(word.to_owned()).or_insert_with(|| {
                        let count = counts.entry(kind).or_default();
                        *count += 1;
                        format!("{kind}-{count}")
                    });
                    steady.push_str(name);
                }
                None => steady.push_str(word),
            }
            steady.push_str(between);
            rest = after;
        }
        steady
    }

    /// The run itself, if it ended with this code.
    pub fn ended(self, code: i32) -> Ran {
        assert_eq!(self.code, Some(code), "{}\n{}", self.out, self.err);
        self
    }

    pub fn says(&self, text: &str) -> &Ran {
        let found = self.out.contains(text) || self.err.contains(text);
        assert!(found, "{text:?} is not in:\n{}\n{}", self.out, self.err);
        self
    }
}

/// What a word names, if AWS makes up such words: `subnet-0123456789abcdef0`, parts of ARNs, zones.
fn chosen_by_aws(word: &str) -> Option<&str> {
    let is_hex = |it: &str| it.chars().all(|it| matches!(it, '0'..='9' | 'a'..='f'));
    let is_id = |it: char| it.is_ascii_uppercase() || it.is_ascii_digit();
    // The name of a load balancer, as it begins the name of its host.
    if let Some((name, number)) = word.rsplit_once('-')
        && (6..=10).contains(&number.len())
        && number.chars().all(|it| it.is_ascii_digit())
    {
        return Some(name);
    }
    match word.split_once('-') {
        Some((kind, id)) if (id.len() == 8 || id.len() == 17) && is_hex(id) => Some(kind),
        Some(_) if word.len() == 36 && word.matches('-').count() == 4 => Some("uuid"),
        None if word.len() == 16 && is_hex(word) => Some("arn"),
        None if word.len() > 12 && word.chars().all(is_id) => {
            word.contains(|it: char| it.is_ascii_uppercase()).then_some("id")
        }
        _ => None,
    }
}

/// A number that the environment gives.
pub fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is a number, not {text:?}")))
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder to read").flatten() {
        let target: PathBuf = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => copy(&entry.path(), &target),
            false => _ = fs::copy(entry.path(), target).expect("a file to copy"),
        }
    }
}
