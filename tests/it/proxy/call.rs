//! What a request asks of which service: the name of its operation, and whether it changes anything.

use std::time::Duration;

use super::wire::Request;

/// How a service wants to be spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    Ec2,
    Query,
    Json,
    Cbor,
    RestJson,
    RestXml,
    S3,
}

/// A call, and what came of it.
#[derive(Debug, Clone)]
pub struct Call {
    /// Its place among all calls, from 0.
    pub n: usize,
    /// Its place among the calls of its operation, from 0.
    pub nth: usize,
    /// Its place among the calls that change something, from 1; of others how many came before.
    pub n_changes: usize,
    /// As signatures name it: `elasticloadbalancing`.
    pub service: String,
    /// `CreateVpc`; for services that have no such names `PUT /bucket?policy`.
    pub operation: String,
    pub protocol: Protocol,
    pub changes: bool,
    /// Of the access key that signed it.
    pub key: String,
    /// All that it asks, as text.
    pub text: String,
    /// A number that looks random and follows from the seed, the operation and `nth`.
    pub dice: u64,
    /// When it came, counted from when the proxy began.
    pub at: Duration,
    /// How it was answered; none if it was not, or is not yet.
    pub status: Option<u16>,
}

impl Call {
    /// A request as a call; its places among others are the caller's to fill in.
    pub fn of(request: &Request) -> Call {
        let (key, service) = signer(request.headers.value("authorization").unwrap_or_default());
        let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
        let body = String::from_utf8_lossy(&request.body);
        let form = request.headers.value("content-type").unwrap_or_default();
        let action = match form.starts_with("application/x-www-form-urlencoded") {
            true => body.split('&').find_map(|it| it.strip_prefix("Action=")),
            false => None,
        };
        let target = request.headers.value("x-amz-target").and_then(|it| it.rsplit('.').next());
        let cbor = request.headers.value("smithy-protocol") == Some("rpc-v2-cbor");
        let (protocol, operation) = match (action, target) {
            (Some(action), _) if service == "ec2" => (Protocol::Ec2, action.to_owned()),
            (Some(action), _) => (Protocol::Query, action.to_owned()),
            (_, Some(target)) => (Protocol::Json, target.to_owned()),
            _ if cbor => (Protocol::Cbor, path.rsplit('/').next().unwrap_or(path).to_owned()),
            _ => {
                let protocol = match service.as_str() {
                    "s3" => Protocol::S3,
                    "route53" | "cloudfront" => Protocol::RestXml,
                    _ => Protocol::RestJson,
                };
                // Parts of a bucket are named by a parameter without a value.
                let part = query.split('&').map(|it| it.trim_end_matches('='));
                let part = part
                    .filter(|it| !it.is_empty() && !it.contains('='))
                    .map(|it| format!("?{it}"));
                (protocol, format!("{} {path}{}", request.method, part.collect::<String>()))
            }
        };
        let changes = match protocol {
            Protocol::Ec2 | Protocol::Query | Protocol::Json | Protocol::Cbor => {
                !READS.iter().any(|it| operation.starts_with(it))
            }
            Protocol::RestJson | Protocol::RestXml | Protocol::S3 => {
                !["GET", "HEAD"].contains(&request.method.as_str())
            }
        };
        Call {
            n: 0,
            nth: 0,
            n_changes: 0,
            service,
            operation,
            protocol,
            changes,
            key,
            text: unescaped(&format!("{} {body}", request.target)),
            dice: 0,
            at: Duration::ZERO,
            status: None,
        }
    }

    /// True for so many of a hundred calls.
    pub fn percent(&self, n: u64) -> bool {
        self.dice % 100 < n
    }
}

/// How operations that only look begin.
const READS: &[&str] =
    &["Describe", "Get", "List", "BatchGet", "BatchCheck", "Search", "Simulate", "AssumeRole"];

/// The access key and the service of an `Authorization` header.
fn signer(header: &str) -> (String, String) {
    let scope = header.split_once("Credential=").map_or("", |it| it.1);
    let mut scope = scope.split(',').next().unwrap_or_default().split('/');
    let key = scope.next().unwrap_or_default().to_owned();
    (key, scope.nth(2).unwrap_or_default().to_owned())
}

/// Text without percent signs.
fn unescaped(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        bytes.extend(before.bytes());
        match after.get(..2).and_then(|it| u8::from_str_radix(it, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(b'%');
                rest = after;
            }
        }
    }
    bytes.extend(rest.bytes());
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
pub mod tests {
    use super::super::wire::Headers;
    use super::*;

    pub fn request(
        service: &str,
        line: &str,
        headers: &[(&str, &str)],
        body: impl Into<Vec<u8>>,
    ) -> Request {
        let (method, target) = line.split_once(' ').unwrap();
        let signed = format!(
            "AWS4-HMAC-SHA256 Credential=AKIA1/20260101/us-east-1/{service}/aws4_request, S=1"
        );
        let mut all = vec![("Authorization".to_owned(), signed)];
        all.extend(headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let (method, target) = (method.to_owned(), target.to_owned());
        Request { method, target, headers: Headers(all), body: body.into() }
    }

    pub const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

    fn check(it: &Request, protocol: Protocol, operation: &str, changes: bool) {
        let call = Call::of(it);
        assert_eq!(
            (call.protocol, call.operation.as_str(), call.changes),
            (protocol, operation, changes)
        );
        assert_eq!(call.key, "AKIA1");
    }

    #[test]
    fn a_request_says_what_it_asks() {
        let rpc = |service, body: &str| request(service, "POST /", &[FORM], body);
        check(&rpc("ec2", "Action=DescribeVpcs&V=1"), Protocol::Ec2, "DescribeVpcs", false);
        check(&rpc("iam", "Action=CreateRole&RoleName=a"), Protocol::Query, "CreateRole", true);
        let target = [("X-Amz-Target", "AmazonEC2ContainerServiceV20141113.CreateCluster")];
        check(&request("ecs", "POST /", &target, "{}"), Protocol::Json, "CreateCluster", true);
        let cbor = [("smithy-protocol", "rpc-v2-cbor")];
        let line = "POST /service/GraniteServiceVersion20100801/operation/PutMetricAlarm";
        check(&request("monitoring", line, &cbor, ""), Protocol::Cbor, "PutMetricAlarm", true);
        check(&request("s3", "PUT /logs?policy=", &[], ""), Protocol::S3, "PUT /logs?policy", true);
        check(&request("s3", "HEAD /logs", &[], ""), Protocol::S3, "HEAD /logs", false);
        let line = "GET /2013-04-01/hostedzone/Z1/rrset?name=a&type=A";
        let operation = "GET /2013-04-01/hostedzone/Z1/rrset";
        check(&request("route53", line, &[], ""), Protocol::RestXml, operation, false);
        let line = "DELETE /2015-03-31/functions/a";
        check(&request("lambda", line, &[], ""), Protocol::RestJson, line, true);
    }

    #[test]
    fn what_a_request_asks_is_readable() {
        let it = request("ec2", "POST /", &[FORM], "Action=A&Value=a%2Fb%20c%");
        assert_eq!(Call::of(&it).text, "/ Action=A&Value=a/b c%");
    }
}
