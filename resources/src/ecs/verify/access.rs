//! Whether the execution role of tasks may do what it takes to start them: read secrets and files, write
//! logs, pull images. IAM is asked to simulate it, with the policies that the plan adds.
//!
//! What the plan takes away is not seen, nor a role that the plan makes: there is nothing to simulate yet.

use std::collections::BTreeMap;

use aws_sdk_iam::types::{EvaluationResult, PolicyEvaluationDecisionType as Verdict};
use model::{FaultKind, Finding, InstanceAddr, Key, Planned, Severity, Value};

use super::names::{Image, Secret};
use super::{CONTAINERS, Places, strings};
use crate::aws::Aws;
use crate::ecs::containers::{self, Container};
use crate::fault::OrFault;
use crate::resource::Result;

/// What a role has to be allowed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Need {
    actions: &'static [&'static str],
    resource: String,
    /// The resource as a policy names it.
    named: String,
}

/// By the ARN of a role, what it has to be allowed, and the places that ask for it.
pub(super) type Needs = BTreeMap<String, BTreeMap<Need, Places>>;

const READ_SECRET: &[&str] = &["secretsmanager:GetSecretValue"];
const READ_PARAMETER: &[&str] = &["ssm:GetParameters"];
const DECRYPT: &[&str] = &["kms:Decrypt"];
const READ_FILE: &[&str] = &["s3:GetObject"];
const FIND_BUCKET: &[&str] = &["s3:GetBucketLocation"];
const LOG_IN: &[&str] = &["ecr:GetAuthorizationToken"];
const PULL: &[&str] = &["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"];
const MAKE_GROUP: &[&str] = &["logs:CreateLogGroup"];
const WRITE_LOG: &[&str] = &["logs:CreateLogStream", "logs:PutLogEvents"];

/// Where a role is, and the provider: ARNs of what it needs are made with it.
struct Site<'a> {
    partition: &'a str,
    account: &'a str,
    region: &'a str,
}

impl Site<'_> {
    fn arn(&self, service: &str, region: Option<&str>, rest: &str) -> String {
        let (partition, account) = (self.partition, self.account);
        format!("arn:{partition}:{service}:{}:{account}:{rest}", region.unwrap_or(self.region))
    }
}

/// What the execution roles of task definitions need, as far as it is known. `key` says which key of
/// the account a secret is encrypted with.
pub(super) fn needs(
    region: &str,
    own: &[Planned<'_>],
    key: &dyn Fn(&Secret) -> Option<String>,
) -> Needs {
    let mut needs = Needs::new();
    for it in own {
        let Some(role) = it.after.get("execution_role_arn").and_then(Value::as_str) else {
            continue;
        };
        let ["arn", partition, "iam", _, account, _] = role.splitn(6, ':').collect::<Vec<_>>()[..]
        else {
            continue;
        };
        let site = Site { partition, account, region };
        // On instances it is their own role that pulls images and, mostly, writes logs.
        let fargate = it.after.get("requires_compatibilities").map(strings).unwrap_or_default();
        let fargate = fargate.iter().any(|it| it == "FARGATE");
        let of_role = needs.entry(role.to_owned()).or_default();
        for (n, container) in containers::planned(it).iter().flatten().enumerate() {
            let mut found = secrets(container, &site, key);
            found.extend(files(container, &site));
            if fargate {
                found.extend(image(n, container, &site));
                found.extend(log(n, container, &site));
            }
            for (path, need) in found {
                let path = [vec![Key::from(CONTAINERS)], path].concat();
                of_role.entry(need).or_default().push((it.address.clone(), path));
            }
        }
    }
    needs
}

type Placed = Vec<(Vec<Key>, Need)>;

fn need(actions: &'static [&'static str], resource: String) -> Need {
    Need { actions, named: resource.clone(), resource }
}

fn secrets(it: &Container, site: &Site<'_>, key: &dyn Fn(&Secret) -> Option<String>) -> Placed {
    let mut found = Vec::new();
    for (path, from) in &it.secrets {
        let secret = Secret::parse(from);
        let (read, region) = match &secret {
            Secret::Manager { arn, region } => {
                (need(READ_SECRET, arn.clone()), Some(region.as_str()))
            }
            Secret::Parameter { name, region } => {
                let name = format!("parameter/{}", name.trim_start_matches('/'));
                (need(READ_PARAMETER, site.arn("ssm", region.as_deref(), &name)), region.as_deref())
            }
        };
        found.push((path.clone(), read));
        let key = key(&secret).and_then(|it| key_arn(&it, site, region));
        found.extend(key.map(|it| (path.clone(), need(DECRYPT, it))));
    }
    found
}

/// The ARN of a key. None of an alias: policies name keys.
fn key_arn(key: &str, site: &Site<'_>, region: Option<&str>) -> Option<String> {
    match key {
        it if it.starts_with("arn:") => it.contains(":key/").then(|| it.to_owned()),
        it if it.starts_with("alias/") || it.is_empty() => None,
        id => Some(site.arn("kms", region, &format!("key/{id}"))),
    }
}

fn files(it: &Container, site: &Site<'_>) -> Placed {
    let of = |(path, file): &(Vec<Key>, String)| {
        let bucket = file.split_once(":::")?.1.split('/').next()?;
        let bucket = format!("arn:{}:s3:::{bucket}", site.partition);
        let needs = [need(READ_FILE, file.clone()), need(FIND_BUCKET, bucket)];
        Some(needs.map(|it| (path.clone(), it)))
    };
    it.files.iter().filter_map(of).flatten().collect()
}

fn image(n: usize, it: &Container, site: &Site<'_>) -> Placed {
    let image = it.image.as_deref().map(Image::parse);
    let Some(Image::Ecr { account, region, repository, .. }) = image else { return Vec::new() };
    let repository =
        format!("arn:{}:ecr:{region}:{account}:repository/{repository}", site.partition);
    let needs = [need(LOG_IN, "*".to_owned()), need(PULL, repository)];
    needs.map(|it| (vec![n.into(), "image".into()], it)).to_vec()
}

fn log(n: usize, it: &Container, site: &Site<'_>) -> Placed {
    let Some(group) = it.log_group() else { return Vec::new() };
    let option = |name: &str| it.log.options.get(name).map(String::as_str);
    let group = site.arn("logs", option("awslogs-region"), &format!("log-group:{group}"));
    let named = format!("{group}:*");
    let prefix = option("awslogs-stream-prefix").map(|it| format!("{it}/")).unwrap_or_default();
    let container = it.name.as_deref().unwrap_or("container");
    let resource = format!("{group}:log-stream:{prefix}{container}/task");
    let mut needs = vec![Need { actions: WRITE_LOG, resource, named }];
    if option("awslogs-create-group") == Some("true") {
        needs.push(need(MAKE_GROUP, group));
    }
    let path = ["logConfiguration", "options", "awslogs-group"].map(Key::from);
    let path: Vec<Key> = std::iter::once(Key::from(n)).chain(path).collect();
    needs.into_iter().map(|it| (path.clone(), it)).collect()
}

/// What the roles are not allowed: each role and kind of thing with a call of its own.
pub(super) async fn denied(aws: &Aws, needs: Needs, all: &[Planned<'_>]) -> Result<Vec<Finding>> {
    let mut found = Vec::new();
    for (role, needs) in &needs {
        let Some(added) = added(role, all) else { continue };
        let mut kinds: BTreeMap<&[&str], Vec<(&Need, &Places)>> = BTreeMap::new();
        for (need, places) in needs {
            kinds.entry(need.actions).or_default().push((need, places));
        }
        for (actions, needs) in kinds {
            let resources = needs.iter().map(|it| it.0.resource.clone()).collect();
            match simulate(aws, role, actions, resources, &added).await {
                Ok(results) => {
                    for (need, places) in needs {
                        let seen = judge(aws, role, need, &results).await?;
                        let at = |seen| places.iter().map(move |it| finding(it, seen));
                        found.extend(seen.iter().flat_map(at));
                    }
                }
                // That there is no such role is said by others.
                Err(fault) if fault.kind == FaultKind::NotFound => break,
                Err(fault) if fault.kind == FaultKind::Rejected => {
                    let why = format!("What {role} is allowed cannot be told. {fault}.");
                    found.extend(unseen(&needs, &why));
                    break;
                }
                Err(fault) => return Err(fault),
            }
        }
    }
    Ok(found)
}

/// Said once of each task definition.
fn unseen(needs: &[(&Need, &Places)], why: &str) -> Vec<Finding> {
    let mut addresses: Vec<&InstanceAddr> =
        needs.iter().flat_map(|it| it.1).map(|it| &it.0).collect();
    addresses.sort();
    addresses.dedup();
    let warn = |it: &&InstanceAddr| Finding {
        address: (*it).clone(),
        path: vec!["execution_role_arn".into()],
        summary: "Not verified",
        detail: why.to_owned(),
        severity: Severity::Warning,
    };
    addresses.iter().map(warn).collect()
}

/// The documents of policies that the plan gives a role. None if not all that it gives is known: then
/// what the role has now says nothing.
fn added(role: &str, all: &[Planned<'_>]) -> Option<Vec<String>> {
    let of_type = |ty: &'static str| all.iter().filter(move |it| *it.address.resource.ty == *ty);
    let text = |it: &Planned<'_>, name: &str| {
        it.after.get(name).and_then(Value::as_str).map(str::to_owned)
    };
    let own = of_type("aws_iam_role").find(|it| text(it, "arn").as_deref() == Some(role));
    // The whole of what it has attached is said in the role itself, and may be about to change.
    let whole = |it: &&Planned<'_>| {
        let given = |name: &str| {
            let given = it.given.get(name);
            given.is_some_and(|it| !it.is_null() && it.items() != Some(&[]))
        };
        given("managed_policy_arns") || given("inline_policy")
    };
    if own.as_ref().is_some_and(whole) {
        return None;
    }
    let name = role.rsplit('/').next().unwrap_or(role);
    let is_of_it = |it: &Planned<'_>| {
        let refers = own.is_some_and(|own| it.refers.get("role") == Some(own.address));
        refers || text(it, "role").as_deref() == Some(name)
    };
    let mut documents = Vec::new();
    for it in of_type("aws_iam_role_policy").filter(|it| is_of_it(it)) {
        documents.push(text(it, "policy")?);
    }
    for it in of_type("aws_iam_role_policy_attachment").filter(|it| is_of_it(it)) {
        let (arn, made) = (text(it, "policy_arn"), it.refers.get("policy_arn"));
        let mut policies = of_type("aws_iam_policy");
        let policy = policies
            .find(|it| made == Some(it.address) || (arn.is_some() && text(it, "arn") == arn));
        match policy {
            Some(policy) => documents.push(text(policy, "policy")?),
            // What is attached already is known to IAM.
            None => _ = text(it, "id")?,
        }
    }
    Some(documents)
}

async fn simulate(
    aws: &Aws,
    role: &str,
    actions: &[&str],
    resources: Vec<String>,
    added: &[String],
) -> Result<Vec<EvaluationResult>> {
    let call = aws.iam().simulate_principal_policy().policy_source_arn(role);
    let call = call.set_action_names(Some(actions.iter().map(|it| (*it).to_owned()).collect()));
    let call = call.set_policy_input_list((!added.is_empty()).then(|| added.to_vec()));
    let pages = call.set_resource_arns(Some(resources)).into_paginator().items().send();
    let all = pages.collect::<std::result::Result<Vec<_>, _>>().await;
    all.or_fault("SimulatePrincipalPolicy")
}

/// What IAM says of an action and a resource.
struct Decision {
    verdict: Verdict,
    /// The policies that deny it.
    by: Vec<String>,
    /// Keys of conditions that a simulation has no values of.
    open: Vec<String>,
    /// Who besides the role's own policies does not allow it.
    limit: Option<&'static str>,
}

fn decision(results: &[EvaluationResult], action: &str, resource: &str) -> Option<Decision> {
    let mut of_action = results.iter().filter(|it| it.eval_action_name() == action);
    of_action.find_map(|it| {
        let by = |all: &[aws_sdk_iam::types::Statement]| {
            all.iter().filter_map(|it| it.source_policy_id().map(str::to_owned)).collect()
        };
        let organization = it.organizations_decision_detail();
        let boundary = it.permissions_boundary_decision_detail();
        let limit = match () {
            () if organization.is_some_and(|it| !it.allowed_by_organizations()) => {
                Some("the policies of the organization")
            }
            () if boundary.is_some_and(|it| !it.allowed_by_permissions_boundary()) => {
                Some("its permissions boundary")
            }
            () => None,
        };
        let specific = it.resource_specific_results();
        if let Some(it) = specific.iter().find(|it| it.eval_resource_name() == resource) {
            return Some(Decision {
                verdict: it.eval_resource_decision().clone(),
                by: by(it.matched_statements()),
                open: it.missing_context_values().to_vec(),
                limit,
            });
        }
        (it.eval_resource_name() == Some(resource)).then(|| Decision {
            verdict: it.eval_decision().clone(),
            by: by(it.matched_statements()),
            open: it.missing_context_values().to_vec(),
            limit,
        })
    })
}

/// What is wrong with a need, and how sure that is. Nothing if it is allowed.
async fn judge(
    aws: &Aws,
    role: &str,
    need: &Need,
    results: &[EvaluationResult],
) -> Result<Vec<(Severity, String)>> {
    let decided = |action: &&'static str| {
        let it = decision(results, action, &need.resource)?;
        (it.verdict != Verdict::Allowed).then_some((*action, it))
    };
    let denied = need.actions.iter().filter_map(decided);
    let (explicit, implicit): (Vec<_>, Vec<(&str, Decision)>) =
        denied.partition(|it| it.1.verdict == Verdict::ExplicitDeny);
    let head = |actions: &[&str]| {
        format!("The role {role} may not {} on {}.", actions.join(", "), need.named)
    };
    let mut found = Vec::new();
    for (action, it) in explicit {
        let by = match it.by.join(", ") {
            none if none.is_empty() => "a statement".to_owned(),
            some => format!("a statement of the policy {some}"),
        };
        found.push((Severity::Error, format!("{} It is denied by {by}.", head(&[action]))));
    }
    let actions: Vec<&str> = implicit.iter().map(|it| it.0).collect();
    if let Some((_, first)) = implicit.first() {
        let (severity, why) = lacking(aws, need, &actions, first).await?;
        found.push((severity, format!("{} {why}", head(&actions))));
    }
    Ok(found)
}

/// Why nothing allows the actions, as far as the decision on the first of them tells.
async fn lacking(
    aws: &Aws,
    need: &Need,
    actions: &[&str],
    first: &Decision,
) -> Result<(Severity, String)> {
    if !first.open.is_empty() {
        let keys = first.open.join(", ");
        let text = format!("At least not in a simulation, which does not know {keys}.");
        return Ok((Severity::Warning, text));
    }
    if let Some(limit) = first.limit {
        return Ok((Severity::Error, format!("What does not allow it is {limit}.")));
    }
    let quoted: Vec<String> = actions.iter().map(|it| format!("{it:?}")).collect();
    let action = match quoted.as_slice() {
        [only] => only.clone(),
        all => format!("[{}]", all.join(", ")),
    };
    let statement =
        format!(r#"{{"Effect": "Allow", "Action": {action}, "Resource": {:?}}}"#, need.named);
    let text = format!("Its policies lack this statement:\n{statement}");
    Ok(match allows_itself(aws, need).await? {
        false => (Severity::Error, text),
        true => (
            Severity::Warning,
            format!("{text}\nUnless the resource's own policy allows it, which is not looked at."),
        ),
    })
}

/// Whether a resource has, or may have, a policy of its own, which may allow what the role's do not.
async fn allows_itself(aws: &Aws, need: &Need) -> Result<bool> {
    let name = |mark: &str| need.resource.rsplit_once(mark).map_or("", |it| it.1);
    let answer = match need.actions {
        it if it == READ_SECRET => {
            let call = aws.secretsmanager().get_resource_policy().secret_id(&need.resource);
            let answer = call.send().await.or_fault("GetResourcePolicy");
            answer.map(|it| it.resource_policy.is_some())
        }
        it if it == READ_FILE || it == FIND_BUCKET => {
            let bucket = name(":::").split('/').next().unwrap_or_default();
            let answer = aws.s3().get_bucket_policy().bucket(bucket).send().await;
            answer.or_fault("GetBucketPolicy").map(|it| it.policy.is_some())
        }
        it if it == PULL => {
            let call = aws.ecr().get_repository_policy().repository_name(name(":repository/"));
            let call = call.set_registry_id(need.resource.split(':').nth(4).map(str::to_owned));
            let answer = call.send().await.or_fault("GetRepositoryPolicy");
            answer.map(|it| it.policy_text.is_some())
        }
        // Every key has one.
        it => Ok(it == DECRYPT),
    };
    match answer {
        Err(fault) if fault.kind == FaultKind::NotFound => Ok(false),
        Err(fault) if fault.kind == FaultKind::Rejected => {
            Ok(!fault.code.starts_with("NoSuchBucketPolicy"))
        }
        other => other,
    }
}

fn finding((address, path): &(InstanceAddr, Vec<Key>), seen: &(Severity, String)) -> Finding {
    let (address, path) = (address.clone(), path.clone());
    let summary = "Role lacks a permission";
    Finding { address, path, summary, detail: seen.1.clone(), severity: seen.0 }
}
