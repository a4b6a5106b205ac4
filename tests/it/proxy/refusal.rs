//! Answers that AWS gives in place of what was asked, in the words of each protocol.

use std::time::Duration;

use super::call::{Call, Protocol};
use super::wire::{Headers, Reply};

/// Why a call is not carried out.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    pub status: u16,
    pub code: String,
    pub message: String,
    pub retry_after: Option<Duration>,
}

impl Refusal {
    pub fn new(status: u16, code: &str, message: &str) -> Refusal {
        let (code, message) = (code.to_owned(), message.to_owned());
        Refusal { status, code, message, retry_after: None }
    }

    /// The service is asked too often.
    pub fn throttled(call: &Call) -> Refusal {
        let (status, code, message) = match call.protocol {
            Protocol::Ec2 => (503, "RequestLimitExceeded", "Request limit exceeded."),
            Protocol::S3 => (503, "SlowDown", "Please reduce your request rate."),
            Protocol::Query | Protocol::RestXml => (400, "Throttling", "Rate exceeded"),
            Protocol::Json | Protocol::Cbor => (400, "ThrottlingException", "Rate exceeded"),
            Protocol::RestJson => (429, "TooManyRequestsException", "Rate exceeded"),
        };
        Refusal::new(status, code, message)
    }

    /// The service is unwell.
    pub fn unwell(call: &Call) -> Refusal {
        let (status, code) = match call.protocol {
            Protocol::Ec2 => (503, "Unavailable"),
            Protocol::S3 => (500, "InternalError"),
            Protocol::Query | Protocol::RestXml => (503, "ServiceUnavailable"),
            Protocol::Json | Protocol::Cbor => (500, "ServerException"),
            Protocol::RestJson => (500, "InternalServerError"),
        };
        Refusal::new(status, code, "The service is unavailable. Please try again shortly.")
    }

    /// The session that signed the call is over.
    pub fn expired(call: &Call) -> Refusal {
        let message = "The security token included in the request is expired";
        match call.protocol {
            Protocol::Ec2 => Refusal::new(400, "RequestExpired", "Request has expired."),
            Protocol::S3 => Refusal::new(400, "ExpiredToken", "The provided token has expired."),
            Protocol::Query | Protocol::RestXml => Refusal::new(403, "ExpiredToken", message),
            Protocol::Json | Protocol::Cbor => Refusal::new(400, "ExpiredTokenException", message),
            Protocol::RestJson => Refusal::new(403, "ExpiredTokenException", message),
        }
    }

    /// Says when the call may be made again.
    pub fn after(self, retry_after: Duration) -> Refusal {
        Refusal { retry_after: Some(retry_after), ..self }
    }

    pub fn reply(&self, call: &Call) -> Reply {
        let (code, message) = (self.code.as_str(), self.message.as_str());
        let error = format!("<Code>{code}</Code><Message>{message}</Message>");
        let json = serde_json::json!({"__type": code, "message": message}).to_string();
        let (ty, body) = match call.protocol {
            Protocol::Ec2 => {
                let errors = format!("<Errors><Error>{error}</Error></Errors>");
                ("text/xml", format!("<Response>{errors}<RequestID>r-1</RequestID></Response>"))
            }
            Protocol::Query | Protocol::RestXml => {
                let error = format!("<Error><Type>Sender</Type>{error}</Error>");
                let request = "<RequestId>r-1</RequestId>";
                ("text/xml", format!("<ErrorResponse>{error}{request}</ErrorResponse>"))
            }
            Protocol::S3 => {
                ("application/xml", format!("<Error>{error}<RequestId>r-1</RequestId></Error>"))
            }
            Protocol::Json => ("application/x-amz-json-1.1", json),
            Protocol::RestJson => ("application/json", json),
            Protocol::Cbor => ("application/cbor", String::new()),
        };
        let body = match call.protocol {
            _ if call.operation.starts_with("HEAD ") => Vec::new(),
            Protocol::Cbor => cbor(&[("__type", code), ("message", message)]),
            Protocol::Ec2
            | Protocol::Query
            | Protocol::Json
            | Protocol::RestJson
            | Protocol::RestXml
            | Protocol::S3 => body.into_bytes(),
        };
        let mut headers = vec![("content-type".to_owned(), ty.to_owned())];
        let own = match call.protocol {
            Protocol::Cbor => Some(("smithy-protocol", "rpc-v2-cbor")),
            Protocol::RestJson => Some(("x-amzn-errortype", code)),
            Protocol::Ec2 | Protocol::Query | Protocol::Json | Protocol::RestXml | Protocol::S3 => {
                None
            }
        };
        headers.extend(own.map(|(name, value)| (name.to_owned(), value.to_owned())));
        let after = self.retry_after.map(|it| ("retry-after".to_owned(), it.as_secs().to_string()));
        headers.extend(after);
        Reply { status: self.status, headers: Headers(headers), body }
    }
}

/// A map of texts shorter than 256 bytes.
fn cbor(entries: &[(&str, &str)]) -> Vec<u8> {
    let mut bytes = vec![0xa0 + u8::try_from(entries.len()).expect("a few entries")];
    for text in entries.iter().flat_map(|(name, value)| [name, value]) {
        bytes.extend([0x78, u8::try_from(text.len()).expect("a short text")]);
        bytes.extend(text.bytes());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::super::call::tests::{FORM, request};
    use super::*;

    #[test]
    fn each_protocol_has_its_own_words() {
        let text = |call: &Call| {
            let reply = Refusal::throttled(call).reply(call);
            format!("{} {}", reply.status, String::from_utf8_lossy(&reply.body))
        };
        let ec2 = Call::of(&request("ec2", "POST /", &[FORM], "Action=DescribeVpcs"));
        assert_eq!(
            text(&ec2),
            "503 <Response><Errors><Error><Code>RequestLimitExceeded</Code><Message>Request limit \
             exceeded.</Message></Error></Errors><RequestID>r-1</RequestID></Response>"
        );
        let ecs = Call::of(&request("ecs", "POST /", &[("x-amz-target", "A.CreateCluster")], "{}"));
        assert_eq!(text(&ecs), r#"400 {"__type":"ThrottlingException","message":"Rate exceeded"}"#);
        let s3 = Call::of(&request("s3", "PUT /a", &[], ""));
        assert_eq!(
            text(&s3),
            "503 <Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message>\
             <RequestId>r-1</RequestId></Error>"
        );
        let cbor = [("smithy-protocol", "rpc-v2-cbor")];
        let alarms = Call::of(&request("monitoring", "POST /s/o/DescribeAlarms", &cbor, ""));
        let body = Refusal::throttled(&alarms).reply(&alarms).body;
        assert_eq!(body[..10], *b"\xa2\x78\x06__type\x78");
    }

    #[test]
    fn a_refusal_may_say_when_to_come_back() {
        let call = Call::of(&request("lambda", "GET /functions", &[], ""));
        let refusal = Refusal::throttled(&call).after(Duration::from_secs(3));
        assert_eq!(refusal.reply(&call).headers.value("retry-after"), Some("3"));
    }
}
