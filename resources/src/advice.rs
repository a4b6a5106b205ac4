//! What to do about an answer of AWS that no other call would get a better one to.

use model::Fault;

/// The next thing to do for who reads of this fault, where that follows from its code.
pub(crate) fn advise(fault: &Fault) -> Option<String> {
    let code = fault.code.as_str();
    let text = match code {
        "AccessDenied"
        | "AccessDeniedException"
        | "AuthorizationError"
        | "AuthorizationErrorException"
        | "UnauthorizedOperation" => format!("allow {} to who runs this", action(fault)),
        "AuthFailure"
        | "InvalidAccessKeyId"
        | "InvalidClientTokenId"
        | "NoCredentials"
        | "SignatureDoesNotMatch"
        | "UnrecognizedClientException" => {
            "see which credentials are used: aws sts get-caller-identity".to_owned()
        }
        "NoAnswer" | "TimedOut" => {
            "see whether the service can be reached from here, and the region and endpoints of the \
             provider"
                .to_owned()
        }
        "OptInRequired" => "enable the region for the account, or choose another".to_owned(),
        _ if is_limit(code) => {
            "ask for more in Service Quotas, or delete what is not needed any more".to_owned()
        }
        _ => return None,
    };
    Some(text)
}

/// The permission that is missing: as AWS names it, or as the call is called.
fn action(fault: &Fault) -> &str {
    let named = fault.message.split_once("perform: ").map(|it| it.1);
    let named = named.and_then(|it| it.split([' ', ',']).next()).filter(|it| it.contains(':'));
    named.map_or(fault.operation, |it| it.trim_end_matches('.'))
}

/// Whether a code is about how many there may be, and not about how fast.
fn is_limit(code: &str) -> bool {
    let of_time = ["Request", "Rate", "Throughput"].iter().any(|it| code.contains(it));
    let ends =
        ["LimitExceeded", "LimitExceededException", "QuotaExceeded", "QuotaExceededException"];
    !of_time && (ends.iter().any(|it| code.ends_with(it)) || code.starts_with("TooMany"))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use model::FaultKind;

    use super::*;

    #[test]
    fn advice_follows_from_the_code() {
        let table = [
            ("AccessDenied", "User: bob is not authorized to perform: iam:PassRole on resource: x"),
            ("UnauthorizedOperation", "You are not authorized to perform this operation."),
            ("AddressLimitExceeded", "the maximum number of addresses has been reached"),
            ("TooManyBuckets", "You have attempted to create more buckets than allowed"),
            ("RequestLimitExceeded", "slower"),
            ("InvalidClientTokenId", "The security token is invalid"),
            ("NoAnswer", "connection refused"),
            ("InvalidParameterValue", "no"),
        ];
        let mut told = String::new();
        for (code, message) in table {
            let fault = Fault {
                kind: FaultKind::Rejected,
                operation: "RunInstances",
                code: code.to_owned(),
                message: message.to_owned(),
            };
            told += &format!("{code}: {}\n", advise(&fault).unwrap_or_default());
        }
        expect![[r#"
            AccessDenied: allow iam:PassRole to who runs this
            UnauthorizedOperation: allow RunInstances to who runs this
            AddressLimitExceeded: ask for more in Service Quotas, or delete what is not needed any more
            TooManyBuckets: ask for more in Service Quotas, or delete what is not needed any more
            RequestLimitExceeded: 
            InvalidClientTokenId: see which credentials are used: aws sts get-caller-identity
            NoAnswer: see whether the service can be reached from here, and the region and endpoints of the provider
            InvalidParameterValue: 
        "#]].assert_eq(&told);
    }
}
