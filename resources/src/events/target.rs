//! `aws_cloudwatch_event_target`: what a rule sets going.

use std::collections::BTreeSet;

use aws_sdk_eventbridge::types as sdk;
use model::{
    Attributes, Auto, Fault, FaultKind, Json, Live, One, Op, Out, Phase, Timeouts, Unread,
};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::events::DEFAULT_BUS;
use crate::events::target_blocks::{
    AppSync, Batch, DeadLetter, Http, Kinesis, Redshift, Retry, RunCommand, SageMaker, Sqs,
    Transformer,
};
use crate::events::target_ecs::EcsTarget;
use crate::fault::{OrFault, kind_of, rejected};
use crate::mirror::{FromSdk, ToSdk};
use crate::naming::name_or_unique;
use crate::resource::{Resource, Result, missing_is_none};

/// What a rule sets going.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_cloudwatch_event_target", version = 1)]
pub(crate) struct Target {
    /// ARN of what is set going: a function, a queue, a topic, a cluster and so on.
    arn: String,
    /// The bus of the rule, by name or ARN.
    #[attr(replace, default = "default")]
    event_bus_name: String,
    /// Whether it is removed even if a service of AWS manages the rule.
    #[attr(default = false)]
    force_destroy: Unread<bool>,
    /// What is sent instead of the event, in JSON.
    input: Option<Json>,
    /// The path of the part of the event that is sent.
    input_path: Option<String>,
    /// ARN of the role that does it.
    role_arn: Option<String>,
    /// The name of the rule.
    #[attr(replace)]
    rule: String,
    /// Its id within the rule. Without it, a unique one is made.
    #[attr(replace)]
    target_id: Auto<String>,
    /// An operation of AppSync.
    appsync_target: One<AppSync>,
    /// A job of Batch.
    batch_target: One<Batch>,
    /// Where events go that cannot be delivered.
    dead_letter_config: One<DeadLetter>,
    /// Tasks of ECS that are started.
    ecs_target: One<EcsTarget>,
    /// What is sent over HTTP.
    http_target: One<Http>,
    /// What the target gets instead of the event.
    input_transformer: One<Transformer>,
    /// Where in a stream of Kinesis events go.
    kinesis_target: One<Kinesis>,
    /// A statement for Redshift.
    redshift_target: One<Redshift>,
    /// How long deliveries are tried.
    retry_policy: One<Retry>,
    /// Instances on which Systems Manager runs a command.
    #[attr(max = 5)]
    run_command_targets: Vec<RunCommand>,
    /// A pipeline of SageMaker.
    sagemaker_pipeline_target: One<SageMaker>,
    /// How messages of a FIFO queue are grouped.
    sqs_target: One<Sqs>,
    /// The rule's name and the target's id, after the bus if that is not the default one, with
    /// hyphens between them.
    id: Out<String>,
}

impl Target {
    fn target_id(&self, token: &str) -> String {
        name_or_unique(&self.target_id, &Auto(None), token)
    }
}

impl Resource for Target {
    const BATCH: usize = 100;
    const TIMEOUTS: Timeouts = Timeouts::minutes(5, 5, 5);

    /// The id that imports have: the attribute `id` does not tell where the rule's name ends.
    fn identity(&self) -> Option<String> {
        let target = self.target_id.0.as_deref()?;
        Some(format!("{}/{}/{target}", self.event_bus_name, self.rule))
    }

    /// One call answers for all targets of a rule.
    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        let rules: BTreeSet<(&str, &str)> =
            ids.iter().filter_map(|it| parts(it)).map(|(bus, rule, _)| (bus, rule)).collect();
        let mut found = Vec::new();
        for (bus, rule) in rules {
            let targets = missing_is_none(targets(aws, bus, rule).await.map(Some))?;
            found.extend(targets.iter().flatten().map(|it| live(bus, rule, it)));
        }
        found.retain(|it| ids.contains(&it.id));
        Ok(found)
    }

    /// Putting a target again changes nothing.
    async fn create(aws: &Aws, want: &Self, token: &str) -> Result<String> {
        let target = want.target_id(token);
        put(aws, want, &target).await?;
        Ok(format!("{}/{}/{target}", want.event_bus_name, want.rule))
    }

    /// A target is written as a whole.
    async fn update(aws: &Aws, id: &str, have: &Self, want: &Self) -> Result<()> {
        let unread = |it: &Self| Target { force_destroy: Unread(None), ..it.clone() };
        if unread(have) != unread(want) {
            let target = parts(id).map_or(id, |it| it.2);
            put(aws, want, target).await?;
        }
        Ok(())
    }

    async fn delete(aws: &Aws, id: &str, have: &Self) -> Result<()> {
        let target = parts(id).map_or(id, |it| it.2);
        let call = aws.events().remove_targets().rule(&have.rule).ids(target);
        let call = call.event_bus_name(&have.event_bus_name);
        let call = call.force(have.force_destroy.0 == Some(true));
        let answer = call.send().await.or_fault("RemoveTargets")?;
        match answer.failed_entries().first() {
            Some(it) => Err(failed("RemoveTargets", it.error_code(), it.error_message())),
            None => Ok(()),
        }
    }

    async fn find(aws: &Aws, want: &Self, token: &str) -> Result<Option<String>> {
        let id = format!("{}/{}/{}", want.event_bus_name, want.rule, want.target_id(token));
        let found = Self::read(aws, std::slice::from_ref(&id)).await?;
        Ok(found.into_iter().find(|it| it.attributes.arn == want.arn).map(|it| it.id))
    }

    /// `RULE/TARGET` for the default bus, or `BUS/RULE/TARGET`.
    async fn import(_aws: &Aws, text: &str) -> Result<String> {
        match text.matches('/').count() {
            0 => {
                let text = format!("`{text}` is not of the form event_bus_name/rule/target_id");
                Err(rejected("import", "InvalidId", text))
            }
            1 => Ok(format!("{DEFAULT_BUS}/{text}")),
            _ => Ok(text.to_owned()),
        }
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        match (op, fault.code.as_str()) {
            // The rule or the role was created a moment ago.
            (Op::Create, "ResourceNotFoundException") => Some(FaultKind::NotYet),
            (Op::Create | Op::Update, "ValidationException")
                if fault.message.contains("cannot be assumed by principal") =>
            {
                Some(FaultKind::NotYet)
            }
            _ => None,
        }
    }
}

/// The bus, the rule and the target that an id says. A bus may have slashes of its own.
fn parts(id: &str) -> Option<(&str, &str, &str)> {
    let (rest, target) = id.rsplit_once('/')?;
    let (bus, rule) = rest.rsplit_once('/')?;
    Some((bus, rule, target))
}

async fn targets(aws: &Aws, bus: &str, rule: &str) -> Result<Vec<sdk::Target>> {
    let (mut all, mut next) = (Vec::new(), None);
    loop {
        let call = aws.events().list_targets_by_rule().event_bus_name(bus).rule(rule);
        let answer = call.set_next_token(next).send().await.or_fault("ListTargetsByRule")?;
        all.extend(answer.targets.unwrap_or_default());
        next = answer.next_token;
        if next.is_none() {
            return Ok(all);
        }
    }
}

async fn put(aws: &Aws, want: &Target, target: &str) -> Result<()> {
    let commands = want.run_command_targets.to_sdk().filter(|it| !it.is_empty());
    let commands = commands.map(|it| {
        let parameters = sdk::RunCommandParameters::builder().set_run_command_targets(Some(it));
        parameters.build().expect("targets are set")
    });
    let target = sdk::Target::builder()
        .id(target)
        .arn(&want.arn)
        .set_input(want.input.to_sdk())
        .set_input_path(want.input_path.clone())
        .set_role_arn(want.role_arn.clone())
        .set_app_sync_parameters(want.appsync_target.to_sdk())
        .set_batch_parameters(want.batch_target.to_sdk())
        .set_dead_letter_config(want.dead_letter_config.to_sdk())
        .set_ecs_parameters(want.ecs_target.to_sdk())
        .set_http_parameters(want.http_target.to_sdk())
        .set_input_transformer(want.input_transformer.to_sdk())
        .set_kinesis_parameters(want.kinesis_target.to_sdk())
        .set_redshift_data_parameters(want.redshift_target.to_sdk())
        .set_retry_policy(want.retry_policy.to_sdk())
        .set_run_command_parameters(commands)
        .set_sage_maker_pipeline_parameters(want.sagemaker_pipeline_target.to_sdk())
        .set_sqs_parameters(want.sqs_target.to_sdk())
        .build()
        .expect("an id and an ARN are set");
    let call = aws.events().put_targets().rule(&want.rule).targets(target);
    let answer = call.event_bus_name(&want.event_bus_name).send().await.or_fault("PutTargets")?;
    match answer.failed_entries().first() {
        Some(it) => Err(failed("PutTargets", it.error_code(), it.error_message())),
        None => Ok(()),
    }
}

/// The call succeeded, but not for the one target that it was about.
fn failed(operation: &'static str, code: Option<&str>, message: Option<&str>) -> Fault {
    let (code, message) = (code.unwrap_or("Failed"), message.unwrap_or_default());
    Fault { kind: kind_of(code, message), ..rejected(operation, code, message) }
}

fn live(bus: &str, rule: &str, it: &sdk::Target) -> Live<Target> {
    let id = if bus == DEFAULT_BUS { String::new() } else { format!("{bus}-") };
    let commands = it.run_command_parameters().map(|it| it.run_command_targets());
    let attributes = Target {
        arn: String::from_sdk(it.arn()),
        event_bus_name: bus.to_owned(),
        force_destroy: Unread(None),
        input: Option::from_sdk(it.input()),
        input_path: Option::from_sdk(it.input_path()),
        role_arn: Option::from_sdk(it.role_arn()),
        rule: rule.to_owned(),
        target_id: Auto::from_sdk(Some(it.id())),
        appsync_target: One::from_sdk(it.app_sync_parameters()),
        batch_target: One::from_sdk(it.batch_parameters()),
        dead_letter_config: One::from_sdk(it.dead_letter_config()),
        ecs_target: One::from_sdk(it.ecs_parameters()),
        http_target: One::from_sdk(it.http_parameters()),
        input_transformer: One::from_sdk(it.input_transformer()),
        kinesis_target: One::from_sdk(it.kinesis_parameters()),
        redshift_target: One::from_sdk(it.redshift_data_parameters()),
        retry_policy: One::from_sdk(it.retry_policy()),
        run_command_targets: Vec::from_sdk(commands.unwrap_or_default()),
        sagemaker_pipeline_target: One::from_sdk(it.sage_maker_pipeline_parameters()),
        sqs_target: One::from_sdk(it.sqs_parameters()),
        id: Out(Some(format!("{id}{rule}-{}", it.id()))),
    };
    Live { id: format!("{bus}/{rule}/{}", it.id()), phase: Phase::Ready, attributes }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, json, json_refusal, want};

    const TASK: &str = r#"{"rule": "nightly", "target_id": "clean", "arn": "arn:cluster",
        "role_arn": "arn:role", "input": "{\"a\": 1}",
        "retry_policy": [{"maximum_retry_attempts": 0}],
        "ecs_target": [{"task_definition_arn": "arn:task", "launch_type": "FARGATE",
            "tags": {"a": "b"}, "network_configuration": [{"subnets": ["s-1"]}]}]}"#;

    #[tokio::test]
    async fn tasks_are_started() {
        let aws = Script::new([json("{}")]);

        let id = Target::create(&aws, &want(TASK), "token").await.unwrap();
        assert_eq!(id, "default/nightly/clean");

        aws.sent(expect![[r#"
            PutTargets
                EventBusName="default"
                Rule="nightly"
                Targets=[{"Arn":"arn:cluster","EcsParameters":{"LaunchType":"FARGATE","NetworkConfiguration":{"awsvpcConfiguration":{"AssignPublicIp":"DISABLED","Subnets":["s-1"]}},"Tags":[{"Key":"a","Value":"b"}],"TaskCount":1,"TaskDefinitionArn":"arn:task"},"Id":"clean","Input":"{\"a\": 1}","RetryPolicy":{"MaximumRetryAttempts":0},"RoleArn":"arn:role"}]
        "#]]);
    }

    #[tokio::test]
    async fn what_is_sent_comes_back() {
        let kinds = [
            TASK,
            r#"{"rule": "r", "target_id": "t", "arn": "arn:x", "batch_target": [
                {"job_definition": "d", "job_name": "n", "array_size": 2, "job_attempts": 3}]}"#,
            r#"{"rule": "r", "target_id": "t", "arn": "arn:x", "kinesis_target": [
                {"partition_key_path": "$.id"}], "dead_letter_config": [{"arn": "arn:dead"}]}"#,
            r#"{"rule": "r", "target_id": "t", "arn": "arn:x", "run_command_targets": [
                {"key": "InstanceIds", "values": ["i-1"]}]}"#,
            r#"{"rule": "r", "target_id": "t", "arn": "arn:x", "sqs_target": [
                {"message_group_id": "g"}], "input_transformer": [
                {"input_template": "<a>", "input_paths": {"a": "$.a"}}]}"#,
            r#"{"rule": "r", "target_id": "t", "arn": "arn:x", "http_target": [
                {"header_parameters": {"a": "b"}, "path_parameter_values": ["c"],
                 "query_string_parameters": {"d": "e"}}]}"#,
            r#"{"rule": "r", "target_id": "t", "arn": "arn:x", "redshift_target": [
                {"database": "d", "sql": "select 1", "with_event": true}]}"#,
            r#"{"rule": "r", "target_id": "t", "arn": "arn:x", "sagemaker_pipeline_target": [
                {"pipeline_parameter_list": [{"name": "a", "value": "b"}]}]}"#,
            r#"{"rule": "r", "target_id": "t", "arn": "arn:x", "appsync_target": [
                {"graphql_operation": "mutation"}]}"#,
        ];
        for kind in kinds {
            let aws = Script::new([json("{}")]);
            let want = want::<Target>(kind);
            let id = Target::create(&aws, &want, "token").await.unwrap();
            let sent = aws.transcript();
            let target = sent.lines().find_map(|it| it.trim().strip_prefix("Targets=")).unwrap();

            let aws = Script::new([json(&format!(r#"{{"Targets": {target}}}"#))]);
            let found = Target::read(&aws, &[id]).await.unwrap().remove(0).attributes;
            let found =
                Target { id: Out(None), force_destroy: want.force_destroy.clone(), ..found };
            assert_eq!(found, want);
        }
    }

    #[tokio::test]
    async fn a_target_that_fails_is_a_fault() {
        let answer = r#"{"FailedEntryCount": 1, "FailedEntries": [
            {"TargetId": "clean", "ErrorCode": "ConcurrentModificationException"}]}"#;
        let aws = Script::new([json(answer)]);
        let fault = Target::create(&aws, &want(TASK), "token").await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Busy);
    }

    #[tokio::test]
    async fn a_rule_is_asked_once_for_its_targets() {
        let aws = Script::new([
            json_refusal("ResourceNotFoundException", "Rule gone does not exist."),
            json(r#"{"Targets": [{"Id": "b", "Arn": "arn:b"}, {"Id": "c", "Arn": "arn:c"}]}"#),
        ]);
        let ids = ["default/gone/a", "default/r/b", "default/r/d"].map(str::to_owned);

        let found = Target::read(&aws, &ids).await.unwrap();

        assert_eq!((found.len(), found[0].id.as_str()), (1, "default/r/b"));
        assert_eq!(found[0].attributes.id.0.as_deref(), Some("r-b"));
        assert_eq!(aws.asked(), 2);
    }

    #[tokio::test]
    async fn an_import_may_leave_out_the_default_bus() {
        let aws = Script::new([]);
        let id = async |text| Target::import(&aws, text).await;
        assert_eq!(id("r/t").await.unwrap(), "default/r/t");
        assert_eq!(id("b/r/t").await.unwrap(), "b/r/t");
        assert!(id("t").await.is_err());
    }
}
