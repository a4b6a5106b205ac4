//! Turns an SDK error into a [`Fault`]. The one place where AWS error codes get a meaning.

use std::any::Any;
use std::error::Error;
use std::time::{Duration, SystemTime};

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::date_time::{DateTime, Format};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use model::{Fault, FaultKind};

pub(crate) trait OrFault<T> {
    /// Says which AWS operation failed, and what that means for us.
    fn or_fault(self, operation: &'static str) -> Result<T, Fault>;
}

impl<T, E> OrFault<T> for Result<T, SdkError<E, HttpResponse>>
where
    E: Error + ProvideErrorMetadata + 'static,
{
    fn or_fault(self, operation: &'static str) -> Result<T, Fault> {
        self.map_err(|error| match (error.code(), error.message()) {
            (Some(code), message) => Fault {
                kind: match kind_of(code, message.unwrap_or_default()) {
                    FaultKind::Throttled { .. } => {
                        FaultKind::Throttled { retry_after: retry_after(&error) }
                    }
                    kind => kind,
                },
                operation,
                code: code.to_owned(),
                message: message.unwrap_or("no message was given").to_owned(),
            },
            (None, _) => no_answer(operation, &error),
        })
    }
}

/// When the service wants to be asked again.
fn retry_after<E>(error: &SdkError<E, HttpResponse>) -> Option<Duration> {
    told(error.raw_response()?)
}

fn told(answer: &HttpResponse) -> Option<Duration> {
    let text = answer.headers().get("retry-after")?;
    match (text.parse(), DateTime::from_str(text, Format::HttpDate)) {
        (Ok(seconds), _) => Some(Duration::from_secs(seconds)),
        (_, Ok(date)) => {
            let date = SystemTime::try_from(date).ok()?;
            Some(date.duration_since(SystemTime::now()).unwrap_or_default())
        }
        (Err(_), Err(_)) => None,
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
fn no_answer<E>(operation: &'static str, error: &SdkError<E, HttpResponse>) -> Fault
where
    E: Error + 'static,
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
    let kind = match kind_of_status(operation, status) {
        FaultKind::Throttled { .. } => FaultKind::Throttled { retry_after: told(answer) },
        kind => kind,
    };
    let code = reason.unwrap_or("UnknownError").replace(' ', "");
    let region = answer.headers().get("x-amz-bucket-region").filter(|_| status != 404);
    let region = region.map(|it| format!("; the bucket is in {it}")).unwrap_or_default();
    let message = format!("the answer is {status} and says no more{region}");
    Fault { kind, operation, code, message }
}

/// What stands between us and a service knows none of its codes, and a HEAD has no room for one.
fn kind_of_status(operation: &str, status: u16) -> FaultKind {
    match status {
        404 => FaultKind::NotFound,
        503 if operation.starts_with("Head") => FaultKind::Throttled { retry_after: None },
        429 => FaultKind::Throttled { retry_after: None },
        500.. => FaultKind::Lost,
        _ => FaultKind::Rejected,
    }
}

/// What an error says, and what its causes say, without repetition.
pub(crate) fn causes(error: &(dyn Error + 'static)) -> String {
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
        | "RequestThrottledDueToTooManyRequests" => FaultKind::Throttled { retry_after: None },
        "ExpiredToken" | "ExpiredTokenException" | "RequestExpired" | "TokenRefreshRequired" => {
            FaultKind::Expired
        }
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
    use crate::testing::{Script, bare, query_refusal};

    const NOW: FaultKind = FaultKind::Throttled { retry_after: None };

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
            (NOW, format!("{head} 503 and says no more (ServiceUnavailable)")),
        ];
        assert_eq!(told, is);
    }

    #[tokio::test]
    async fn a_call_that_was_throttled_says_when_to_come_back() {
        let refusal = query_refusal("Throttling", "Rate exceeded").with("retry-after", "7");
        let aws = Script::new([refusal, query_refusal("Throttling", "Rate exceeded")]);
        let ask = async || aws.iam().get_role().role_name("a").send().await.or_fault("GetRole");
        let after = Some(Duration::from_secs(7));
        assert_eq!(ask().await.unwrap_err().kind, FaultKind::Throttled { retry_after: after });
        assert_eq!(ask().await.unwrap_err().kind, NOW);
    }

    #[test]
    fn an_answer_without_a_code_is_judged_by_its_status() {
        assert_eq!(kind_of_status("HeadBucket", 503), NOW);
        assert_eq!(kind_of_status("PutObject", 429), NOW);
        // It may have happened.
        assert_eq!(kind_of_status("PutObject", 503), FaultKind::Lost);
        assert_eq!(kind_of_status("HeadBucket", 403), FaultKind::Rejected);
    }

    #[test]
    fn a_session_that_is_over_has_a_name_in_each_protocol() {
        for code in ["ExpiredToken", "ExpiredTokenException", "RequestExpired"] {
            assert_eq!(kind_of(code, ""), FaultKind::Expired, "{code}");
        }
    }
}
