//! A scripted AWS: gives the answers it is told to, and shows what was sent.

use std::collections::VecDeque;
use std::ops::Deref;
use std::sync::{Arc, Mutex};

use aws_config::{BehaviorVersion, Region};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_types::SdkConfig;
use aws_types::sdk_config::RetryConfig;
use expect_test::Expect;
use model::{Fault, FaultKind};

use crate::aws::{Aws, Options};
use crate::data::Data;
use crate::resource::{Resource, decode};

/// Numbers that look random and are the same in each run.
pub(crate) struct Random(pub u64);

impl Random {
    pub fn below(&mut self, n: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }

    pub fn chance(&mut self) -> bool {
        self.below(2) == 0
    }

    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for n in (1..items.len()).rev() {
            let other = self.below(n as u64 + 1) as usize;
            items.swap(n, other);
        }
    }

    /// Changes one text, number or truth value somewhere in a document, and says where. None if
    /// there is none.
    pub fn change_leaf(&mut self, it: &mut serde_json::Value) -> Option<String> {
        use serde_json::{Value, json};
        let step = |name: String, below: Option<String>| below.map(|it| format!("{name}.{it}"));
        match it {
            Value::Null => None,
            Value::Bool(is) => {
                *is = !*is;
                Some(String::new())
            }
            Value::Number(number) => {
                *it = json!(number.as_i64().unwrap_or(0) + 1);
                Some(String::new())
            }
            Value::String(text) => {
                text.push('x');
                Some(String::new())
            }
            Value::Array(items) if items.is_empty() => None,
            Value::Array(items) => {
                let n = self.below(items.len() as u64) as usize;
                step(n.to_string(), self.change_leaf(&mut items[n]))
            }
            Value::Object(fields) if fields.is_empty() => None,
            Value::Object(fields) => {
                let n = self.below(fields.len() as u64) as usize;
                let (name, it) = fields.iter_mut().nth(n)?;
                step(name.clone(), self.change_leaf(it))
            }
        }
    }
}

/// An AWS that plays a script.
pub(crate) struct Script {
    aws: Arc<Aws>,
    wire: Wire,
}

pub(crate) struct Answer(u16, String, Vec<(&'static str, String)>);

impl Answer {
    /// The answer with one more header.
    pub fn with(mut self, header: &'static str, value: &str) -> Self {
        self.2.push((header, value.to_owned()));
        self
    }
}

pub(crate) fn json(body: &str) -> Answer {
    Answer(200, body.to_owned(), Vec::new())
}

/// A success of one of EC2's operations.
pub(crate) fn ec2(operation: &str, body: &str) -> Answer {
    Answer(200, format!("<{operation}Response>{body}</{operation}Response>"), Vec::new())
}

/// A success of an operation of a service with a query protocol: IAM, ELB, SNS and so on.
pub(crate) fn query(operation: &str, body: &str) -> Answer {
    let body = format!("<{operation}Result>{body}</{operation}Result>");
    Answer(200, format!("<{operation}Response>{body}</{operation}Response>"), Vec::new())
}

/// A success of a service that speaks XML over REST: S3, Route 53, CloudFront.
pub(crate) fn xml(body: &str) -> Answer {
    Answer(200, body.to_owned(), Vec::new())
}

/// An error in EC2's format.
pub(crate) fn refusal(code: &str, message: &str) -> Answer {
    let error = format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>");
    Answer(400, format!("<Response><Errors>{error}</Errors></Response>"), Vec::new())
}

/// An error in the format of the other services that speak XML.
pub(crate) fn query_refusal(code: &str, message: &str) -> Answer {
    let error = format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>");
    Answer(400, format!("<ErrorResponse>{error}</ErrorResponse>"), Vec::new())
}

/// An error in S3's format.
pub(crate) fn s3_refusal(code: &str, message: &str) -> Answer {
    Answer(
        400,
        format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>"),
        Vec::new(),
    )
}

/// An answer without a text, as to HEAD requests.
pub(crate) fn bare(status: u16) -> Answer {
    Answer(status, String::new(), Vec::new())
}

/// An error in the format of the services that speak JSON.
pub(crate) fn json_refusal(code: &str, message: &str) -> Answer {
    Answer(400, serde_json::json!({"__type": code, "message": message}).to_string(), Vec::new())
}

/// A fault with this code, as if AWS had sent it.
pub(crate) fn fault(kind: FaultKind, code: &str) -> Fault {
    Fault { kind, operation: "Test", code: code.to_owned(), message: String::new() }
}

/// The object a user would have written.
pub(crate) fn want<R: Resource>(json: &str) -> R {
    let object = serde_json::from_str(json).expect("valid JSON");
    decode(&R::SCHEMA, object).expect("an object of this type")
}

/// What a user would have given a data source.
pub(crate) fn want_data<D: Data>(json: &str) -> D {
    let object = serde_json::from_str(json).expect("valid JSON");
    decode(&D::SCHEMA, object).expect("an object of this type")
}

impl Script {
    pub fn new(answers: impl IntoIterator<Item = Answer>) -> Self {
        Script::with(Options::default(), answers)
    }

    pub fn with(options: Options, answers: impl IntoIterator<Item = Answer>) -> Self {
        let wire = Wire { script: Some(answers.into_iter().collect()), ..Wire::default() };
        Script { aws: Arc::new(aws(options, wire.clone())), wire }
    }

    /// An AWS that says yes to everything.
    pub fn agreeable() -> Self {
        let wire = Wire::default();
        Script { aws: Arc::new(aws(Options::default(), wire.clone())), wire }
    }

    pub fn aws(&self) -> Arc<Aws> {
        self.aws.clone()
    }

    /// How many calls were made.
    pub fn asked(&self) -> usize {
        self.wire.sent.lock().unwrap().len()
    }

    /// Everything that was sent so far.
    pub fn transcript(&self) -> String {
        self.wire.sent.lock().unwrap().concat()
    }

    /// Checks what went over the wire: each call's name, and below it what it said.
    pub fn sent(&self, expect: Expect) {
        let lines = self.transcript();
        let lines = lines.split_inclusive('\n').map(without_random);
        expect.assert_eq(&lines.collect::<String>());
    }
}

/// The SDK makes up an id for some requests.
fn without_random(line: &str) -> String {
    match line.split_once("UpdaterRequestId=") {
        Some((before, _)) => format!("{before}UpdaterRequestId=(random)\n"),
        None => line.to_owned(),
    }
}

impl Deref for Script {
    type Target = Aws;

    fn deref(&self) -> &Aws {
        &self.aws
    }
}

/// The other end of the wire. Without a script it says yes to everything.
#[derive(Debug, Clone, Default)]
struct Wire {
    script: Option<Arc<Mutex<VecDeque<Answer>>>>,
    sent: Arc<Mutex<Vec<String>>>,
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.0, self.1)
    }
}

impl FromIterator<Answer> for Arc<Mutex<VecDeque<Answer>>> {
    fn from_iter<I: IntoIterator<Item = Answer>>(answers: I) -> Self {
        Arc::new(Mutex::new(answers.into_iter().collect()))
    }
}

impl HttpConnector for Wire {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        self.sent.lock().unwrap().push(transcribe(&request));
        let answer = match &self.script {
            Some(script) => script.lock().unwrap().pop_front(),
            None => Some(yes(&request)),
        };
        HttpConnectorFuture::ready(match answer {
            Some(Answer(status, body, headers)) => {
                let status = status.try_into().expect("a valid status");
                let mut response = HttpResponse::new(status, SdkBody::from(body));
                for (name, value) in headers {
                    response.headers_mut().insert(name, value);
                }
                Ok(response)
            }
            None => Err(ConnectorError::io("the script has no more answers".into())),
        })
    }
}

impl HttpClient for Wire {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

fn aws(options: Options, wire: Wire) -> Aws {
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .credentials_provider(SharedCredentialsProvider::new(Credentials::for_tests()))
        .retry_config(RetryConfig::disabled())
        .http_client(wire);
    Aws::new(config.build(), options)
}

fn yes(request: &HttpRequest) -> Answer {
    let body = body(request);
    match body.split('&').find_map(|it| it.strip_prefix("Action=")) {
        Some(action) => query(action, ""),
        None => json("{}"),
    }
}

fn body(request: &HttpRequest) -> String {
    String::from_utf8_lossy(request.body().bytes().unwrap_or_default()).into_owned()
}

fn transcribe(request: &HttpRequest) -> String {
    let body = body(request);
    let (operation, lines) = match request.headers().get("x-amz-target") {
        // A JSON protocol: the operation is in a header.
        Some(target) => (target.rsplit('.').next().unwrap_or(target).to_owned(), fields(&body)),
        // A query protocol: everything is in the body.
        None if body.starts_with("Action=") => form(&body),
        // REST: the operation is the method and the path.
        None => {
            let uri = http::Uri::try_from(request.uri()).expect("a valid URI");
            let path = uri.path_and_query().map(ToString::to_string).unwrap_or_default();
            let host = uri.host().unwrap_or_default();
            let lines = match body.starts_with('{') {
                true => fields(&body),
                false => body.lines().map(str::to_owned).collect(),
            };
            (format!("{} {host}{path}", request.method()), lines)
        }
    };
    let lines = lines.iter().map(|it| format!("    {it}\n"));
    format!("{operation}\n") + &lines.collect::<String>()
}

fn fields(body: &str) -> Vec<String> {
    let object: model::Object = serde_json::from_str(body).unwrap_or_default();
    object.iter().map(|(key, value)| format!("{key}={value}")).collect()
}

fn form(body: &str) -> (String, Vec<String>) {
    let (mut operation, mut lines) = ("?".to_owned(), Vec::new());
    for (key, value) in body.split('&').filter_map(|it| it.split_once('=')) {
        let value = crate::policy::Policy::decoded(&value.replace('+', " ")).0;
        match key {
            "Action" => operation = value,
            "Version" => (),
            _ => lines.push(format!("{key}={value}")),
        }
    }
    lines.sort();
    (operation, lines)
}
