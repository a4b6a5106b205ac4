//! What a target is told besides the event, for each kind of target that takes more.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_eventbridge::types as sdk;
use model::{Attributes, Mirror};
use serde::{Deserialize, Serialize};

use crate::mirror::{FromSdk, ToSdk};

/// An operation of AppSync.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::AppSyncParameters)]
pub(crate) struct AppSync {
    /// The operation, in GraphQL.
    #[mirror(graph_ql_operation)]
    graphql_operation: Option<String>,
}

/// A job of Batch.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct Batch {
    /// How many jobs an array has: 2 to 10,000.
    array_size: Option<i32>,
    /// How often it is tried: 1 to 10.
    job_attempts: Option<i32>,
    /// ARN of the job definition.
    job_definition: String,
    /// The name of the job.
    job_name: String,
}

/// Where events go that cannot be delivered.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::DeadLetterConfig)]
pub(crate) struct DeadLetter {
    /// ARN of a queue.
    arn: Option<String>,
}

/// What is sent over HTTP.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::HttpParameters)]
pub(crate) struct Http {
    /// Headers.
    header_parameters: Option<BTreeMap<String, String>>,
    /// What stands for the `*` of the endpoint's path.
    path_parameter_values: Option<Vec<String>>,
    /// The query string.
    query_string_parameters: Option<BTreeMap<String, String>>,
}

/// What the target gets instead of the event.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::InputTransformer, checked)]
pub(crate) struct Transformer {
    /// Names for parts of the event, as paths.
    #[mirror(input_paths_map)]
    input_paths: Option<BTreeMap<String, String>>,
    /// What is sent, with those names in angle brackets.
    input_template: String,
}

/// Where in a stream of Kinesis events go.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct Kinesis {
    /// The path of what in an event is the partition key.
    partition_key_path: Option<String>,
}

/// A statement for Redshift.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::RedshiftDataParameters, checked)]
pub(crate) struct Redshift {
    /// The database.
    database: String,
    /// The user.
    db_user: Option<String>,
    /// ARN of the secret that has the password.
    #[mirror(secret_manager_arn)]
    secrets_manager_arn: Option<String>,
    /// The statement.
    sql: Option<String>,
    /// The statement's name.
    statement_name: Option<String>,
    /// Whether an event is sent when it is done.
    #[attr(default = false)]
    with_event: bool,
}

/// How long deliveries are tried.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct Retry {
    /// For how many seconds: 60 to 86,400.
    maximum_event_age_in_seconds: Option<i32>,
    /// How often: 0 to 185.
    maximum_retry_attempts: Option<i32>,
}

/// Instances on which Systems Manager runs a command.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::RunCommandTarget, checked)]
pub(crate) struct RunCommand {
    /// `InstanceIds` or `tag:NAME`.
    key: String,
    /// Ids of instances, or values of the tag.
    #[attr(required)]
    values: Vec<String>,
}

/// A pipeline of SageMaker.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::SageMakerPipelineParameters)]
pub(crate) struct SageMaker {
    /// The pipeline's parameters.
    #[attr(max = 200)]
    pipeline_parameter_list: BTreeSet<PipelineParameter>,
}

/// A parameter of a pipeline.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Mirror, Serialize, Deserialize,
)]
#[mirror(sdk::SageMakerPipelineParameter, checked)]
pub(crate) struct PipelineParameter {
    /// Its name.
    name: String,
    /// Its value.
    value: String,
}

/// How messages of a FIFO queue are grouped.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::SqsParameters)]
pub(crate) struct Sqs {
    /// The group.
    message_group_id: Option<String>,
}

impl ToSdk<Option<sdk::BatchParameters>> for Batch {
    fn to_sdk(&self) -> Option<sdk::BatchParameters> {
        let size = self.array_size.filter(|it| *it > 0);
        let attempts = self.job_attempts.filter(|it| *it > 0);
        let array = size.map(|it| sdk::BatchArrayProperties::builder().size(it).build());
        let retry = attempts.map(|it| sdk::BatchRetryStrategy::builder().attempts(it).build());
        let batch = sdk::BatchParameters::builder()
            .set_array_properties(array)
            .set_retry_strategy(retry)
            .job_definition(&self.job_definition)
            .job_name(&self.job_name);
        Some(batch.build().expect("a job definition and a name are set"))
    }
}

impl FromSdk<&sdk::BatchParameters> for Batch {
    fn from_sdk(it: &sdk::BatchParameters) -> Self {
        Batch {
            array_size: it.array_properties().map(sdk::BatchArrayProperties::size),
            job_attempts: it.retry_strategy().map(sdk::BatchRetryStrategy::attempts),
            job_definition: String::from_sdk(it.job_definition()),
            job_name: String::from_sdk(it.job_name()),
        }
    }
}

impl ToSdk<Option<sdk::KinesisParameters>> for Kinesis {
    fn to_sdk(&self) -> Option<sdk::KinesisParameters> {
        let path = self.partition_key_path.clone().unwrap_or_default();
        let kinesis = sdk::KinesisParameters::builder().partition_key_path(path);
        Some(kinesis.build().expect("a path is set"))
    }
}

impl FromSdk<&sdk::KinesisParameters> for Kinesis {
    fn from_sdk(it: &sdk::KinesisParameters) -> Self {
        Kinesis { partition_key_path: Some(it.partition_key_path().to_owned()) }
    }
}

impl ToSdk<Option<sdk::RetryPolicy>> for Retry {
    fn to_sdk(&self) -> Option<sdk::RetryPolicy> {
        let age = self.maximum_event_age_in_seconds.filter(|it| *it > 0);
        let retry = sdk::RetryPolicy::builder()
            .set_maximum_event_age_in_seconds(age)
            .set_maximum_retry_attempts(self.maximum_retry_attempts);
        Some(retry.build())
    }
}

impl FromSdk<&sdk::RetryPolicy> for Retry {
    fn from_sdk(it: &sdk::RetryPolicy) -> Self {
        Retry {
            maximum_event_age_in_seconds: it.maximum_event_age_in_seconds(),
            maximum_retry_attempts: it.maximum_retry_attempts(),
        }
    }
}
