//! Turns an SDK error into a [`Fault`]. The one place where AWS error codes get a meaning.

use std::any::Any;
use std::error::Error;
use std::fmt::Debug;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use model::{Fault, FaultKind};

pub(crate) trait OrFault<T> {
    /// Says which AWS operation failed, and what that means for us.
    fn or_fault(self, operation: &'static str) -> Result<T, Fault>;
}

impl<T, E, R> OrFault<T> for Result<T, SdkError<E, R>>
where
    E: Error + ProvideErrorMetadata + 'static,
    R: Debug + 'static,
{
    fn or_fault(self, operation: &'static str) -> Result<T, Fault> {
        self.map_err(|error| match (error.code(), error.message()) {
            (Some(code), message) => Fault {
                kind: kind_of(code, message.unwrap_or_default()),
                operation,
                code: code.to_owned(),
                message: message.unwrap_or("no message was given").to_owned(),
            },
            (None, _) => no_answer(operation, &error),
        })
    }
}

/// An answer that AWS's own model says is optional, but that a successful call always has.
pub(crate) fn must<T>(answer: Option<T>, operation: &'static str) -> Result<T, Fault> {
    let message = "the call succeeded but its answer is empty";
    answer.ok_or_else(|| rejected(operation, "EmptyAnswer", message))
}

/// A fault that no other call will change.
pub(crate) fn rejected(operation: &'static str, code: &str, message: impl Into<String>) -> Fault {
    Fault { kind: FaultKind::Rejected, operation, code: code.to_owned(), message: message.into() }
}

/// The only one of `found`. What is looked for must be there, and be one thing.
pub(crate) fn only<T>(what: &str, operation: &'static str, found: Vec<T>) -> Result<T, Fault> {
    let mut found = found.into_iter();
    match (found.next(), found.next()) {
        (Some(it), None) => Ok(it),
        (None, _) => Err(rejected(operation, "EmptyResult", format!("no {what} matches"))),
        (Some(_), Some(_)) => {
            let text =
                format!("more than one {what} matches; say more about the one that is meant");
            Err(rejected(operation, "TooManyResults", text))
        }
    }
}

/// No answer came that has an error code in it.
fn no_answer<E, R>(operation: &'static str, error: &SdkError<E, R>) -> Fault
where
    E: Error + 'static,
    R: Debug + 'static,
{
    let message = causes(error);
    if let Some(credentials) = cause::<CredentialsError>(error) {
        let message = format!("no usable AWS credentials: {}", causes(credentials));
        return rejected(operation, "NoCredentials", message);
    }
    let raw = error.raw_response().and_then(|it| (it as &dyn Any).downcast_ref::<HttpResponse>());
    if let (SdkError::ServiceError(_), Some(raw)) = (error, raw) {
        return of_status(operation, raw);
    }
    let (kind, code) = match error {
        SdkError::ConstructionFailure(_) => (FaultKind::Rejected, "InvalidRequest"),
        SdkError::TimeoutError(_) => (FaultKind::Lost, "TimedOut"),
        SdkError::DispatchFailure(it) if it.is_user() => (FaultKind::Rejected, "InvalidRequest"),
        SdkError::DispatchFailure(_) => (FaultKind::Lost, "NoAnswer"),
        // An answer came, but cut short or garbled: what it says about the call is not known.
        SdkError::ResponseError(_) => (FaultKind::Lost, "UnreadableAnswer"),
        _ => (FaultKind::Rejected, "UnknownError"),
    };
    Fault { kind, operation, code: code.to_owned(), message }
}

/// A refusal without a text, as every answer to a HEAD request is: its status says what it is.
fn of_status(operation: &'static str, answer: &HttpResponse) -> Fault {
    let status = answer.status().as_u16();
    let reason = http::StatusCode::from_u16(status).ok().and_then(|it| it.canonical_reason());
    let kind = match status {
        404 => FaultKind::NotFound,
        429 => FaultKind::Throttled,
        500.. => FaultKind::Lost,
        _ => FaultKind::Rejected,
    };
    let code = reason.unwrap_or("UnknownError").replace(' ', "");
    let region = answer.headers().get("x-amz-bucket-region").filter(|_| status != 404);
    let region = region.map(|it| format!("; the bucket is in {it}")).unwrap_or_default();
    let message = format!("the answer is {status} and says no more{region}");
    Fault { kind, operation, code, message }
}

/// What an error says, and what its causes say, without repetition.
fn causes(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    for it in std::iter::successors(error.source(), |it| (*it).source()) {
        let it = it.to_string();
        if !text.contains(&it) {
            text = format!("{text}: {it}");
        }
    }
    text
}

fn cause<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    std::iter::successors(Some(error), |it| (*it).source()).find_map(|it| it.downcast_ref())
}

/// What an error code means whatever the service. A type that knows better says so in `classify`.
pub(crate) fn kind_of(code: &str, message: &str) -> FaultKind {
    match code {
        "Throttling"
        | "ThrottlingException"
        | "ThrottledException"
        | "RequestLimitExceeded"
        | "RequestThrottled"
        | "RequestThrottledException"
        | "TooManyRequestsException"
        | "SlowDown"
        | "BandwidthLimitExceeded"
        | "PriorRequestNotComplete"
        | "RequestThrottledDueToTooManyRequests" => FaultKind::Throttled,
        // The service is unwell. Whether it did the call is not known.
        "InternalError"
        | "InternalFailure"
        | "InternalServerError"
        | "InternalServiceError"
        | "InternalServerException"
        | "ServerException"
        | "ServiceException"
        | "ServiceUnavailable"
        | "ServiceUnavailableException"
        | "Unavailable"
        | "RequestTimeout"
        | "RequestTimeoutException" => FaultKind::Lost,
        "DependencyViolation"
        | "ResourceInUse"
        | "ResourceInUseException"
        | "DeleteConflict"
        | "DeleteConflictException"
        | "IncorrectState"
        | "OperationAborted"
        | "ConcurrentModification"
        | "ConcurrentModificationException"
        | "ConcurrentUpdateException"
        | "UpdateInProgressException"
        | "OperationInProgress"
        | "ResourceContention"
        | "ScalingActivityInProgress" => FaultKind::Busy,
        "ConflictException" if message.contains("already exists") => FaultKind::Exists,
        "ConflictException" => FaultKind::Busy,
        "EntityAlreadyExists"
        | "AlreadyExists"
        | "AlreadyExistsException"
        | "ResourceAlreadyExistsException"
        | "ResourceExistsException"
        | "BucketAlreadyOwnedByYou"
        | "BucketAlreadyExists"
        | "ParameterAlreadyExists"
        | "RepositoryAlreadyExistsException"
        | "InvalidGroup.Duplicate"
        | "InvalidPermission.Duplicate"
        | "InvalidKeyPair.Duplicate"
        | "RouteAlreadyExists" => FaultKind::Exists,
        "NoSuchEntity" | "NoSuchBucket" | "NoSuchKey" | "NotFound" | "ResourceNotFound"
        | "ParameterNotFound" => FaultKind::NotFound,
        it if it.starts_with("NoSuch") => FaultKind::NotFound,
        it if it.ends_with(".NotFound") || it.ends_with("NotFoundException") => FaultKind::NotFound,
        it if it.ends_with("NotFound") && !it.contains("Dependency") => FaultKind::NotFound,
        it if it.ends_with("AlreadyExists") || it.ends_with("AlreadyExistsException") => {
            FaultKind::Exists
        }
        _ => FaultKind::Rejected,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Script, bare};

    #[tokio::test]
    async fn an_answer_without_a_text_is_told_by_its_status() {
        let elsewhere = bare(301).with("x-amz-bucket-region", "eu-central-1");
        let script = Script::new([bare(403), elsewhere, bare(503)]);
        let mut told = Vec::new();
        for _ in 0..3 {
            let answer = script.aws().s3().head_bucket().bucket("web").send().await;
            let fault = answer.or_fault("HeadBucket").unwrap_err();
            told.push((fault.kind, fault.to_string()));
        }
        let head = "HeadBucket: the answer is";
        let is = [
            (FaultKind::Rejected, format!("{head} 403 and says no more (Forbidden)")),
            (
                FaultKind::Rejected,
                format!(
                    "{head} 301 and says no more; the bucket is in eu-central-1 (MovedPermanently)"
                ),
            ),
            (FaultKind::Lost, format!("{head} 503 and says no more (ServiceUnavailable)")),
        ];
        assert_eq!(told, is);
    }
}
