//! `aws_ecs_task_definition`: a revision of what a task is made of.

#![expect(deprecated, reason = "Elastic Inference has ended, but its argument remains")]

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ecs::types as sdk;
use model::{
    Attributes, Auto, Fault, FaultKind, Finding, Kept, Live, Map, Mirror, One, Op, Out, Phase,
    Planned, Standing, Tags, Unread, Value,
};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::ecs::container_definitions::ContainerDefinitions;
use crate::ecs::{containers, fargate, kept, retag, revisions, tags_from_sdk, tags_to_sdk, verify};
use crate::fault::{OrFault, must, rejected};
use crate::mirror::{FromSdk, ToSdk};
use crate::resource::{Resource, Result, each, missing_is_none};

mod blocks;

use blocks::Amount;
pub(crate) use blocks::Volume;

/// A revision of what a task is made of. A change registers a new revision.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_ecs_task_definition", version = 1)]
pub(crate) struct TaskDefinition {
    /// The containers, as a JSON list in the form that AWS documents.
    #[attr(replace)]
    pub container_definitions: ContainerDefinitions,
    /// The name that all revisions share.
    #[attr(replace)]
    pub family: String,
    /// How much CPU a task gets, such as `256` or `0.25 vCPU`. Fargate needs it.
    #[attr(replace)]
    cpu: Option<Amount>,
    /// Whether AWS Fault Injection Service may harm its tasks.
    #[attr(replace)]
    enable_fault_injection: Auto<bool>,
    /// ARN of the role that the agent pulls images and writes logs with.
    #[attr(replace)]
    execution_role_arn: Option<String>,
    /// Which IPC namespace containers share: `host`, `task` or `none`.
    #[attr(replace)]
    ipc_mode: Option<String>,
    /// How much memory a task gets, such as `512` or `1 GB`. Fargate needs it.
    #[attr(replace)]
    memory: Option<Amount>,
    /// `awsvpc`, `bridge`, `host` or `none`. Fargate needs `awsvpc`.
    #[attr(replace)]
    pub network_mode: Auto<String>,
    /// Which process namespace containers share: `host` or `task`.
    #[attr(replace)]
    pid_mode: Option<String>,
    /// What it must be able to run on: `EC2`, `FARGATE`, `EXTERNAL`.
    #[attr(replace)]
    requires_compatibilities: Option<BTreeSet<String>>,
    /// Whether destroying it only makes us forget it.
    #[attr(default = false)]
    skip_destroy: Unread<bool>,
    /// ARN of the role that the containers have.
    #[attr(replace)]
    task_role_arn: Option<String>,
    /// Whether the latest revision of the family is compared, and not the one that was registered.
    #[attr(default = false)]
    pub track_latest: Unread<bool>,
    /// Its family.
    id: Out<String>,
    /// Tags of its own; those of the provider's `default_tags` come on top. How many revisions of the
    /// family stay active when another one takes its place, `groundplan:keep-revisions` says.
    tags: Tags,
    /// The ARN without the revision's number.
    arn_without_revision: Out<String>,
    /// The revision's number.
    revision: Out<i32>,
    /// Its Amazon Resource Name, with the revision.
    pub arn: Out<String>,
    /// How much storage a task on Fargate has.
    #[attr(replace)]
    ephemeral_storage: One<EphemeralStorage>,
    /// Elastic Inference accelerators for its containers.
    #[attr(replace)]
    inference_accelerator: BTreeSet<InferenceAccelerator>,
    /// On which instances its tasks may be placed.
    #[attr(replace, max = 10)]
    placement_constraints: BTreeSet<PlacementConstraint>,
    /// The App Mesh proxy.
    #[attr(replace)]
    proxy_configuration: One<ProxyConfiguration>,
    /// The operating system and processor.
    #[attr(replace)]
    runtime_platform: One<RuntimePlatform>,
    /// Volumes that containers may mount.
    #[attr(replace)]
    volume: BTreeSet<Volume>,
}

/// How much storage a task on Fargate has.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::EphemeralStorage)]
pub(crate) struct EphemeralStorage {
    /// In GiB: 21 to 200.
    #[attr(replace)]
    size_in_gib: i32,
}

/// An Elastic Inference accelerator.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Mirror, Serialize, Deserialize,
)]
#[mirror(sdk::InferenceAccelerator, checked)]
pub(crate) struct InferenceAccelerator {
    /// The name that containers use.
    #[attr(replace)]
    device_name: String,
    /// Its type.
    #[attr(replace)]
    device_type: String,
}

/// On which instances tasks may be placed.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Mirror, Serialize, Deserialize,
)]
#[mirror(sdk::TaskDefinitionPlacementConstraint)]
pub(crate) struct PlacementConstraint {
    /// In the cluster query language.
    #[attr(replace)]
    expression: Option<String>,
    /// `memberOf`.
    #[attr(replace)]
    r#type: String,
}

/// The App Mesh proxy.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct ProxyConfiguration {
    /// The container that is the proxy.
    #[attr(replace)]
    container_name: String,
    /// Network settings of the proxy.
    #[attr(replace)]
    properties: Option<BTreeMap<String, String>>,
    /// `APPMESH`.
    #[attr(replace, default = "APPMESH")]
    r#type: String,
}

/// The operating system and processor.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::RuntimePlatform)]
pub(crate) struct RuntimePlatform {
    /// `X86_64` or `ARM64`.
    #[attr(replace)]
    cpu_architecture: Option<String>,
    /// Such as `LINUX` or `WINDOWS_SERVER_2022_CORE`.
    #[attr(replace)]
    operating_system_family: Option<String>,
}

impl Resource for TaskDefinition {
    const BATCH: usize = 50;

    /// The revision; with `track_latest` it stands for the latest one of its family.
    fn identity(&self) -> Option<String> {
        match self.track_latest.0 {
            Some(true) => self.arn.0.as_ref().map(|it| tracking(&self.family, it)),
            _ => self.arn.0.clone(),
        }
    }

    fn abandons(&self) -> bool {
        self.skip_destroy.0 == Some(true)
    }

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        each(ids, |id| async move { missing_is_none(live(aws, id).await.map_err(missing)) }).await
    }

    async fn create(aws: &Aws, want: &Self, _token: &str) -> Result<String> {
        let containers = want.container_definitions.to_sdk().map_err(|error| {
            rejected("RegisterTaskDefinition", "InvalidContainerDefinitions", error)
        })?;
        let call = aws.ecs().register_task_definition().family(&want.family);
        let call = call
            .set_container_definitions(Some(containers))
            .set_cpu(want.cpu.to_sdk())
            .set_memory(want.memory.to_sdk())
            .set_enable_fault_injection(want.enable_fault_injection.0)
            .set_execution_role_arn(want.execution_role_arn.clone())
            .set_task_role_arn(want.task_role_arn.clone())
            .set_ipc_mode(want.ipc_mode.to_sdk())
            .set_pid_mode(want.pid_mode.to_sdk())
            .set_network_mode(want.network_mode.to_sdk())
            .set_requires_compatibilities(want.requires_compatibilities.to_sdk())
            .set_ephemeral_storage(want.ephemeral_storage.to_sdk())
            .set_inference_accelerators(some(&want.inference_accelerator))
            .set_placement_constraints(some(&want.placement_constraints))
            .set_proxy_configuration(want.proxy_configuration.to_sdk())
            .set_runtime_platform(want.runtime_platform.to_sdk())
            .set_volumes(some(&want.volume))
            .set_tags((!want.tags.0.is_empty()).then(|| tags_to_sdk(&want.tags)));
        let answer = call.send().await.or_fault("RegisterTaskDefinition")?;
        let it = must(answer.task_definition, "RegisterTaskDefinition")?;
        let arn = must(it.task_definition_arn, "RegisterTaskDefinition")?;
        Ok(if want.track_latest.0 == Some(true) { tracking(&want.family, &arn) } else { arn })
    }

    async fn update(aws: &Aws, _id: &str, have: &Self, want: &Self) -> Result<()> {
        let arn = have.arn.0.as_deref().unwrap_or_default();
        retag(aws, arn, &have.tags, &want.tags).await
    }

    /// With it go the revisions that were kept for it to go back to.
    async fn delete(aws: &Aws, id: &str, have: &Self) -> Result<()> {
        let arn = have.arn.0.as_deref().unwrap_or(id);
        revisions::discard(aws, arn).await?;
        forget_tracked(aws, id);
        match revisions::keep(&have.tags) {
            Some(_) => revisions::prune(aws, arn, 0).await,
            None => Ok(()),
        }
    }

    /// It stays, if so many revisions are kept, and then it is an older one that goes. It is not
    /// deleted otherwise, as a deployment that fails goes back to it.
    async fn retire(aws: &Aws, id: &str, have: &Self) -> Result<()> {
        let arn = have.arn.0.as_deref().unwrap_or(id);
        let Some(keep) = revisions::keep(&have.tags) else {
            revisions::deregister(aws, arn).await?;
            forget_tracked(aws, id);
            return Ok(());
        };
        revisions::prune(aws, arn, keep).await?;
        aws.abandon(Self::SCHEMA.name, id);
        Ok(())
    }

    /// It is not one to go back to, so it does not count among those that are kept either. What it was
    /// can still be looked up.
    async fn withdraw(aws: &Aws, have: &Self) -> Result<Option<String>> {
        let Some(arn) = have.arn.0.as_deref() else { return Ok(None) };
        if revisions::used(aws, &have.family).await?.contains(arn) {
            return Ok(None);
        }
        revisions::deregister(aws, arn).await?;
        let name = arn.rsplit('/').next().unwrap_or(arn);
        Ok(Some(format!("{name} has failed and is deregistered; nothing uses it")))
    }

    /// The latest revision, if it is what is wanted. A revision too many would do no harm either.
    async fn find(aws: &Aws, want: &Self, _token: &str) -> Result<Option<String>> {
        let found = missing_is_none(live(aws, &want.family).await.map_err(missing))?;
        let Some(it) = found.map(|it| it.attributes) else { return Ok(None) };
        let same = it.container_definitions == want.container_definitions
            && it.tags == want.tags
            && (&it.cpu, &it.memory) == (&want.cpu, &want.memory)
            && it.volume == want.volume;
        Ok(if same {
            TaskDefinition { track_latest: want.track_latest.clone(), ..it }.identity()
        } else {
            None
        })
    }

    fn adjust(_aws: &Aws, _prior: Option<&Map>, planned: &mut Map) {
        let text = |name: &str| planned.get(name).and_then(Value::as_str);
        if !matches!(text("network_mode"), Some("awsvpc" | "host")) {
            return;
        }
        let containers = text("container_definitions").map(str::to_owned);
        let filled = containers.and_then(|it| ContainerDefinitions(it).with_host_ports());
        if let (Some(filled), Some(old)) = (filled, planned.get_mut("container_definitions")) {
            *old = Value::from(filled.0).mark(old.marks);
        }
    }

    fn check(given: &Map) -> Vec<(&'static str, String)> {
        let mut problems = fargate::problems(given);
        let tags = given.get("tags").and_then(Value::entries);
        let keep = tags.and_then(|it| it.get(revisions::KEEP)).and_then(Value::as_str);
        if keep.is_some_and(|it| revisions::number(it).is_none()) {
            let text = format!("The tag {} has to be a number of at least 1.", revisions::KEEP);
            problems.push(("tags", text));
        }
        let containers = given.get("container_definitions").and_then(Value::as_str);
        if let Some(text) = containers {
            if let Err(error) = ContainerDefinitions(text.to_owned()).to_sdk() {
                let text = format!("ECS Task Definition container_definitions is invalid: {error}");
                problems.push(("container_definitions", text));
            }
            let has_secrets = containers::parse(text).iter().flatten().any(|it| it.has_secrets);
            let role = given.get("execution_role_arn").filter(|it| !it.is_null());
            if has_secrets && role.is_none() {
                let text =
                    "secrets are read with the role of `execution_role_arn`, which is missing";
                problems.push(("container_definitions", text.to_owned()));
            }
        }
        problems
    }

    async fn keep(aws: &Aws, it: &Standing<'_>) -> Result<Vec<Kept>> {
        kept::of_task_definition(aws, it).await
    }

    /// Who says that the latest is tracked means the one that is the latest now.
    fn compared(have: &model::Object, config: &Map) -> Option<String> {
        let text = |name: &str| have.get(name).and_then(serde_json::Value::as_str);
        let tracks = config.get("track_latest").and_then(Value::as_bool) == Some(true);
        let tracked = have.get("track_latest").and_then(serde_json::Value::as_bool) == Some(true);
        (tracks && !tracked).then(|| Some(tracking(text("family")?, text("arn")?)))?
    }

    fn put(it: &Kept, config: &mut Map) {
        if !kept::put_images(it, config) {
            it.put(&Self::SCHEMA, config);
        }
    }

    async fn verify(aws: &Aws, own: &[Planned<'_>], all: &[Planned<'_>]) -> Result<Vec<Finding>> {
        verify::task_definitions(aws, own, all).await
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        // A role that was created a moment ago.
        let message = fault.message.to_lowercase();
        let role = message.contains("role") && message.contains("valid");
        (op == Op::Create && fault.code == "ClientException" && role).then_some(FaultKind::NotYet)
    }
}

impl TaskDefinition {
    /// A revision, whether or not it is still active.
    pub async fn revision(aws: &Aws, arn: &str) -> Result<Option<TaskDefinition>> {
        let found = missing_is_none(describe(aws, arn).await.map_err(missing))?;
        Ok(found.map(|(it, _)| it))
    }

    /// Whether tasks of the two differ in nothing but what `container_definitions` says.
    pub fn same_but_for_containers(&self, other: &TaskDefinition) -> bool {
        let plain = |it: &TaskDefinition| TaskDefinition {
            container_definitions: ContainerDefinitions(String::new()),
            skip_destroy: Unread(None),
            track_latest: Unread(None),
            tags: Tags::default(),
            id: Out(None),
            arn_without_revision: Out(None),
            revision: Out(None),
            arn: Out(None),
            enable_fault_injection: Auto(Some(it.enable_fault_injection.0.unwrap_or(false))),
            ..it.clone()
        };
        plain(self) == plain(other)
    }
}

/// Under which id a revision is found as the latest of its family.
fn tracking(family: &str, arn: &str) -> String {
    format!("{family}@{arn}")
}

/// A revision that is gone is gone, whatever is the latest of its family then.
fn forget_tracked(aws: &Aws, id: &str) {
    if id.contains('@') {
        aws.abandon(TaskDefinition::SCHEMA.name, id);
    }
}

async fn live(aws: &Aws, id: &str) -> Result<Option<Live<TaskDefinition>>> {
    let found = describe(aws, id).await?;
    let active = found.filter(|(_, is_active)| *is_active);
    Ok(active.map(|(attributes, _)| Live { id: id.to_owned(), phase: Phase::Ready, attributes }))
}

/// A revision, and whether it is active.
async fn describe(aws: &Aws, id: &str) -> Result<Option<(TaskDefinition, bool)>> {
    let name = id.split_once('@').map_or(id, |it| it.0);
    let call = aws.ecs().describe_task_definition().task_definition(name);
    let call = call.include(sdk::TaskDefinitionField::Tags);
    let answer = call.send().await.or_fault("DescribeTaskDefinition")?;
    let it = must(answer.task_definition, "DescribeTaskDefinition")?;
    let is_active = it.status() == Some(&sdk::TaskDefinitionStatus::Active);
    let tags = tags_from_sdk(answer.tags.as_deref().unwrap_or_default());
    let arn = it.task_definition_arn();
    let containers = ContainerDefinitions::from_sdk(it.container_definitions());
    let own_network = matches!(it.network_mode().map(AsRef::as_ref), Some("awsvpc" | "host"));
    let filled = own_network.then(|| containers.with_host_ports()).flatten();
    let compatibilities = Option::from_sdk(it.requires_compatibilities());
    let attributes = TaskDefinition {
        container_definitions: filled.unwrap_or(containers),
        family: String::from_sdk(it.family()),
        cpu: Option::from_sdk(it.cpu()),
        enable_fault_injection: Auto(Some(it.enable_fault_injection().unwrap_or(false))),
        execution_role_arn: Option::from_sdk(it.execution_role_arn()),
        ipc_mode: Option::from_sdk(it.ipc_mode()),
        memory: Option::from_sdk(it.memory()),
        network_mode: Auto::from_sdk(it.network_mode()),
        pid_mode: Option::from_sdk(it.pid_mode()),
        requires_compatibilities: compatibilities.filter(|it: &BTreeSet<_>| !it.is_empty()),
        skip_destroy: Unread(None),
        task_role_arn: Option::from_sdk(it.task_role_arn()),
        track_latest: Unread(None),
        id: Out::from_sdk(it.family()),
        tags,
        arn_without_revision: Out(arn.and_then(|it| it.rsplit_once(':')).map(|it| it.0.to_owned())),
        revision: Out(Some(it.revision())),
        arn: Out::from_sdk(arn),
        ephemeral_storage: One::from_sdk(it.ephemeral_storage()),
        inference_accelerator: BTreeSet::from_sdk(it.inference_accelerators()),
        placement_constraints: BTreeSet::from_sdk(it.placement_constraints()),
        proxy_configuration: One::from_sdk(it.proxy_configuration()),
        runtime_platform: One::from_sdk(it.runtime_platform()),
        volume: BTreeSet::from_sdk(it.volumes()),
    };
    Ok(Some((attributes, is_active)))
}

/// `None` rather than an empty list.
fn some<S, T: ToSdk<Option<S>>>(items: &BTreeSet<T>) -> Option<Vec<S>> {
    items.to_sdk().filter(|it: &Vec<S>| !it.is_empty())
}

/// ECS says that a task definition is not there in its own way.
fn missing(fault: Fault) -> Fault {
    match fault.code == "ClientException" && fault.message.contains("Unable to describe") {
        true => Fault { kind: FaultKind::NotFound, ..fault },
        false => fault,
    }
}

/// Whether it is on its way out already.
pub(super) fn is_inactive(fault: &Fault) -> bool {
    let message = fault.message.to_lowercase();
    let gone = ["inactive", "delete_in_progress", "in the process of being deleted", "not found"];
    gone.iter().any(|it| message.contains(it)) || message.contains("unable to describe")
}

impl ToSdk<Option<sdk::ProxyConfiguration>> for ProxyConfiguration {
    fn to_sdk(&self) -> Option<sdk::ProxyConfiguration> {
        let pair = |(name, value): (&String, &String)| {
            sdk::KeyValuePair::builder().name(name).value(value).build()
        };
        let pairs = self.properties.as_ref().map(|it| it.iter().map(pair).collect());
        let call = sdk::ProxyConfiguration::builder().container_name(&self.container_name);
        let call = call.r#type(self.r#type.as_str().into()).set_properties(pairs);
        Some(call.build().expect("a container is named"))
    }
}

impl<'a> FromSdk<&'a sdk::ProxyConfiguration> for ProxyConfiguration {
    fn from_sdk(it: &'a sdk::ProxyConfiguration) -> Self {
        let pair =
            |it: &sdk::KeyValuePair| (String::from_sdk(it.name()), String::from_sdk(it.value()));
        ProxyConfiguration {
            container_name: String::from_sdk(it.container_name()),
            properties: Some(it.properties().iter().map(pair).collect()),
            r#type: String::from_sdk(it.r#type()),
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, json, json_refusal, want};

    const WEB: &str = r#"{
        "family": "web",
        "container_definitions": "[{\"name\": \"web\", \"image\": \"nginx\", \"portMappings\": [{\"containerPort\": 80}]}]",
        "cpu": "256", "memory": "512",
        "network_mode": "awsvpc",
        "requires_compatibilities": ["FARGATE"],
        "volume": [{"name": "data"}],
        "tags": {"team": "edge"}
    }"#;

    #[tokio::test]
    async fn a_revision_is_registered_in_one_call() {
        let arn = r#"{"taskDefinition": {"taskDefinitionArn": "arn:web:1"}}"#;
        let aws = Script::new([json(arn)]);

        let id = TaskDefinition::create(&aws, &want(WEB), "token").await.unwrap();

        assert_eq!(id, "arn:web:1");
        aws.sent(expect![[r#"
            RegisterTaskDefinition
                containerDefinitions=[{"cpu":0,"image":"nginx","name":"web","portMappings":[{"containerPort":80}]}]
                cpu="256"
                family="web"
                memory="512"
                networkMode="awsvpc"
                requiresCompatibilities=["FARGATE"]
                tags=[{"key":"team","value":"edge"}]
                volumes=[{"name":"data"}]
        "#]]);
    }

    #[tokio::test]
    async fn an_inactive_revision_is_gone() {
        let aws = Script::new([
            json(r#"{"taskDefinition": {"taskDefinitionArn": "arn:web:1", "status": "INACTIVE"}}"#),
            json_refusal("ClientException", "Unable to describe task definition."),
        ]);
        let ids = ["arn:web:1".to_owned(), "arn:web:2".to_owned()];
        assert_eq!(TaskDefinition::read(&aws, &ids).await.unwrap(), []);
    }

    #[tokio::test]
    async fn the_latest_is_tracked_until_the_revision_is_deleted() {
        let latest = json(
            r#"{"taskDefinition": {"taskDefinitionArn": "arn:x:task-definition/web:3", "family": "web",
                "revision": 3, "status": "ACTIVE"}}"#,
        );
        let aws = Script::new([latest, json("{}"), json("{}")]);
        let mut have = want::<TaskDefinition>(
            r#"{"family": "web", "container_definitions": "[]", "track_latest": true}"#,
        );
        have.arn = Out(Some("arn:x:task-definition/web:2".to_owned()));
        let id = have.identity().unwrap();
        let found = TaskDefinition::read(&aws, std::slice::from_ref(&id)).await.unwrap();
        assert_eq!((found[0].id.as_str(), found[0].attributes.revision.0), (id.as_str(), Some(3)));
        TaskDefinition::delete(&aws, &id, &have).await.unwrap();
        assert!(aws.has_abandoned("aws_ecs_task_definition", &id));
        aws.sent(expect![[r#"
            DescribeTaskDefinition
                include=["TAGS"]
                taskDefinition="web"
            DeregisterTaskDefinition
                taskDefinition="arn:x:task-definition/web:2"
            DeleteTaskDefinitions
                taskDefinitions=["arn:x:task-definition/web:2"]
        "#]]);
    }

    #[tokio::test]
    async fn deleting_again_does_no_harm() {
        let aws = Script::new([
            json_refusal("ClientException", "The specified task definition is inactive."),
            json("{}"),
        ]);
        TaskDefinition::delete(&aws, "arn:web:1", &want(WEB)).await.unwrap();
        aws.sent(expect![[r#"
            DeregisterTaskDefinition
                taskDefinition="arn:web:1"
            DeleteTaskDefinitions
                taskDefinitions=["arn:web:1"]
        "#]]);
    }

    #[tokio::test]
    async fn a_revision_that_is_replaced_is_deregistered_or_kept() {
        let arn = "arn:x:task-definition/web:2";
        let have: TaskDefinition = want(WEB);
        let aws = Script::new([json("{}")]);
        TaskDefinition::retire(&aws, arn, &have).await.unwrap();
        aws.sent(expect![[r#"
            DeregisterTaskDefinition
                taskDefinition="arn:x:task-definition/web:2"
        "#]]);

        let tags = [(revisions::KEEP, "2")].into_iter().collect();
        let have = TaskDefinition { tags, ..have };
        let all = r#"{"taskDefinitionArns": ["arn:x:task-definition/web:2"]}"#;
        let aws = Script::new([json(all)]);
        TaskDefinition::retire(&aws, arn, &have).await.unwrap();
        assert!(aws.has_abandoned("aws_ecs_task_definition", arn));
        assert_eq!(aws.asked(), 1);
    }

    #[tokio::test]
    async fn a_revision_that_has_failed_is_taken_back_unless_something_uses_it() {
        let arn = "arn:x:task-definition/web:2";
        let have = TaskDefinition { arn: Out(Some(arn.to_owned())), ..want(WEB) };
        let (clusters, none) = (|| json(r#"{"clusterArns": ["main"]}"#), || json("{}"));
        let aws = Script::new([clusters(), none(), none(), none(), none()]);
        let told = TaskDefinition::withdraw(&aws, &have).await.unwrap();
        assert_eq!(told.as_deref(), Some("web:2 has failed and is deregistered; nothing uses it"));
        assert!(
            aws.transcript()
                .ends_with(&format!("DeregisterTaskDefinition\n    taskDefinition=\"{arn}\"\n"))
        );

        let used = json(&format!(r#"{{"services": [{{"taskDefinition": "{arn}"}}]}}"#));
        let services = json(r#"{"serviceArns": ["s"]}"#);
        let aws = Script::new([clusters(), none(), services, used, none()]);
        assert_eq!(TaskDefinition::withdraw(&aws, &have).await.unwrap(), None);
        assert!(!aws.transcript().contains("Deregister"));
    }

    #[test]
    fn host_ports_follow_from_the_network_mode() {
        let planned = |mode: &str| {
            let containers = r#"[{"name":"web","portMappings":[{"containerPort":80}]}]"#;
            let mut planned = Map::from([
                ("network_mode".into(), mode.into()),
                ("container_definitions".into(), containers.into()),
            ]);
            TaskDefinition::adjust(&Script::agreeable(), None, &mut planned);
            planned["container_definitions"].as_str().unwrap().contains("hostPort")
        };
        assert!(planned("awsvpc"));
        assert!(!planned("bridge"));
    }

    #[test]
    fn containers_are_checked_before_anything_is_called() {
        let given = Map::from([("container_definitions".into(), "[{\"cpu\": \"x\"}]".into())]);
        let problems = TaskDefinition::check(&given);
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].0, "container_definitions");
    }
}
