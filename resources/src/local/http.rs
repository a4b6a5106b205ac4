//! The provider `http`: asks a server.

use std::collections::BTreeMap;
use std::io::Read;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use model::{Attributes, Fault, Host, Out, Secret};
use serde::{Deserialize, Serialize};
use ureq::http::Response;
use ureq::tls::{Certificate, ClientCert, PrivateKey, RootCerts, TlsConfig};
use ureq::{Agent, Body, Error};

use crate::fault::rejected;
use crate::local::{LocalData, LocalProvider, aside, found, out, provider};
use crate::resource::Result;

pub(crate) const PROVIDER: LocalProvider = LocalProvider {
    schema: provider("http", "registry.terraform.io/hashicorp/http"),
    types: &[],
    data: &[found::<Http>()],
};

/// What a server answers. An answer that is an error, such as 404, is an answer, too: a
/// postcondition can look at `status_code`. Only an error of the server itself (500 and above) or
/// too many requests (429) fail, after what `retry` says.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("http")]
pub(crate) struct Http {
    /// The address, with the scheme `http` or `https`.
    url: String,
    /// `GET`, `POST` or `HEAD`; by default `GET`.
    method: Option<String>,
    /// Headers of the request, by name.
    request_headers: Option<BTreeMap<String, String>>,
    /// The body of the request.
    request_body: Option<String>,
    /// How long an answer may take, in milliseconds.
    request_timeout_ms: Option<i64>,
    /// Whether to ask again.
    retry: Option<Retry>,
    /// Certificates of authorities to trust instead of those of this machine, in PEM.
    ca_cert_pem: Option<String>,
    /// A certificate to show to the server, in PEM.
    client_cert_pem: Option<String>,
    /// The private key of that certificate, in PEM.
    client_key_pem: Option<Secret<String>>,
    /// Whether to trust any server.
    insecure: Option<bool>,
    /// The status of the answer, such as 200.
    status_code: Out<i64>,
    /// The body of the answer, as a text.
    response_body: Out<String>,
    /// The older name of `response_body`.
    body: Out<String>,
    /// The body of the answer, as bytes in base 64.
    response_body_base64: Out<String>,
    /// Headers of the answer, by name.
    response_headers: Out<BTreeMap<String, String>>,
    /// The address.
    id: Out<String>,
}

/// When a request is made again.
#[derive(Debug, Clone, Default, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct Retry {
    /// How often at most.
    attempts: Option<i64>,
    /// The pause before the first time, in milliseconds; then it doubles.
    min_delay_ms: Option<i64>,
    /// The longest pause, in milliseconds.
    max_delay_ms: Option<i64>,
}

/// How large an answer may be.
const MAX_BODY: u64 = 1 << 30;

fn fault(code: &str, text: impl Into<String>) -> Fault {
    rejected("http", code, text)
}

fn milliseconds(it: Option<i64>) -> Option<Duration> {
    it.and_then(|it| u64::try_from(it).ok()).map(Duration::from_millis)
}

/// `content-type` as `Content-Type`.
fn canonical(name: &str) -> String {
    let part = |it: &str| {
        let (first, rest) = it.split_at_checked(1).unwrap_or((it, ""));
        first.to_ascii_uppercase() + &rest.to_ascii_lowercase()
    };
    name.split('-').map(part).collect::<Vec<_>>().join("-")
}

/// The certificates in a text.
fn certificates(name: &str, text: &str) -> Result<Vec<Certificate<'static>>> {
    let found = crate::local::tls::pem::blocks(text).into_iter();
    let found = found.filter(|it| it.0 == "CERTIFICATE");
    let found: Vec<_> = found.map(|(_, der)| Certificate::from_der(&der).to_owned()).collect();
    match found.is_empty() {
        true => Err(fault("InvalidArgument", format!("there is no certificate in `{name}`"))),
        false => Ok(found),
    }
}

impl Retry {
    /// The pause after the `n`th request, which the server may lengthen.
    fn pause(&self, n: u32, asked: Option<Duration>) -> Duration {
        let least = milliseconds(self.min_delay_ms).unwrap_or(Duration::from_secs(1));
        let most = milliseconds(self.max_delay_ms).unwrap_or(Duration::from_secs(30));
        asked.unwrap_or_else(|| least.saturating_mul(1 << n.min(20)).min(most))
    }
}

/// Whether another try may help: the server is unwell, or says that there are too many requests.
fn passes(status: u16) -> bool {
    status == 429 || (status >= 500 && status != 501)
}

impl Http {
    fn agent(&self) -> Result<Agent> {
        let mut tls = TlsConfig::builder();
        match (&self.ca_cert_pem, self.insecure.unwrap_or(false)) {
            (Some(_), true) => {
                let both = "`ca_cert_pem` and `insecure`";
                return Err(fault("InvalidArgument", format!("only one of {both} may be given")));
            }
            (Some(text), false) => {
                let certificates = certificates("ca_cert_pem", text)?;
                tls = tls.root_certs(RootCerts::new_with_certs(&certificates));
            }
            (None, true) => tls = tls.disable_verification(true),
            (None, false) => tls = tls.root_certs(RootCerts::PlatformVerifier),
        }
        match (&self.client_cert_pem, &self.client_key_pem) {
            (Some(certificate), Some(key)) => {
                let certificates = certificates("client_cert_pem", certificate)?;
                let wrong = |_| fault("InvalidArgument", "`client_key_pem` cannot be read");
                let key = PrivateKey::from_pem(key.0.as_bytes()).map_err(wrong)?;
                tls = tls.client_cert(Some(ClientCert::new_with_certs(&certificates, key)));
            }
            (None, None) => (),
            _ => {
                let both = "`client_cert_pem` and `client_key_pem`";
                return Err(fault("InvalidArgument", format!("{both} need each other")));
            }
        }
        let config = Agent::config_builder()
            .tls_config(tls.build())
            .timeout_global(milliseconds(self.request_timeout_ms).filter(|it| !it.is_zero()))
            .http_status_as_error(false)
            .user_agent(concat!("groundplan/", env!("CARGO_PKG_VERSION")));
        Ok(config.build().into())
    }

    fn asked(&self, agent: &Agent) -> std::result::Result<Response<Body>, Error> {
        let headers = self.request_headers.iter().flatten();
        let body = self.request_body.as_deref();
        match (self.method.as_deref(), body) {
            (Some("POST"), body) => {
                let request = headers.fold(agent.post(&self.url), |it, (k, v)| it.header(k, v));
                request.send(body.unwrap_or_default())
            }
            (Some("HEAD"), _) => {
                headers.fold(agent.head(&self.url), |it, (k, v)| it.header(k, v)).call()
            }
            (_, None) => headers.fold(agent.get(&self.url), |it, (k, v)| it.header(k, v)).call(),
            (_, Some(body)) => {
                let request = agent.get(&self.url).force_send_body();
                headers.fold(request, |it, (k, v)| it.header(k, v)).send(body)
            }
        }
    }

    /// The answer, after as many tries as are allowed.
    fn answer(&self) -> Result<Response<Body>> {
        let method = self.method.as_deref().unwrap_or("GET");
        if !matches!(method, "GET" | "POST" | "HEAD") {
            let text = format!("`method` is GET, POST or HEAD, not {method:?}");
            return Err(fault("InvalidArgument", text));
        }
        let (agent, retry) = (self.agent()?, self.retry.clone().unwrap_or_default());
        let more = retry.attempts.and_then(|it| u32::try_from(it).ok()).unwrap_or_default();
        let mut n = 0;
        loop {
            let (why, asked) = match self.asked(&agent) {
                Ok(answer) if !passes(answer.status().as_u16()) => return Ok(answer),
                Ok(answer) => {
                    let after = answer.headers().get("retry-after");
                    let after = after.and_then(|it| it.to_str().ok()?.parse().ok());
                    (format!("the server answered {}", answer.status()), after)
                }
                Err(error @ (Error::BadUri(_) | Error::Tls(_) | Error::Rustls(_))) => {
                    return Err(fault("NotAsked", format!("{method} {}: {error}", self.url)));
                }
                Err(error) => (error.to_string(), None),
            };
            if n >= more {
                let tries = if n == 0 { String::new() } else { format!(" ({} tries)", n + 1) };
                return Err(fault("NoAnswer", format!("{method} {}: {why}{tries}", self.url)));
            }
            std::thread::sleep(retry.pause(n, asked.map(Duration::from_secs)));
            n += 1;
        }
    }

    fn read_answer(self) -> Result<Http> {
        let mut answer = self.answer()?;
        let mut headers: BTreeMap<String, String> = BTreeMap::new();
        for (name, value) in answer.headers() {
            let value = String::from_utf8_lossy(value.as_bytes());
            let all = headers.entry(canonical(name.as_str())).or_default();
            *all = if all.is_empty() { value.into_owned() } else { format!("{all}, {value}") };
        }
        let mut body = Vec::new();
        let read = answer.body_mut().as_reader().take(MAX_BODY).read_to_end(&mut body);
        read.map_err(|error| fault("NoAnswer", format!("{}: {error}", self.url)))?;
        let text = String::from_utf8_lossy(&body).into_owned();
        Ok(Http {
            status_code: out(i64::from(answer.status().as_u16())),
            response_body: out(text.clone()),
            body: out(text),
            response_body_base64: out(STANDARD.encode(&body)),
            response_headers: Out(Some(headers)),
            id: out(self.url.clone()),
            ..self
        })
    }
}

impl LocalData for Http {
    async fn read(_host: &dyn Host, given: Self) -> Result<Self> {
        aside(move || given.read_answer()).await
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::net::TcpListener;
    use std::sync::mpsc::{Receiver, channel};

    use super::*;

    /// A server that gives these answers, one a connection, and tells what it was asked.
    fn server(answers: &'static [&'static str]) -> (String, Receiver<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}/path", listener.local_addr().unwrap());
        let (tell, asked) = channel();
        std::thread::spawn(move || {
            for answer in answers {
                let (mut socket, _) = listener.accept().unwrap();
                let mut bytes = [0; 4096];
                let n = socket.read(&mut bytes).unwrap();
                tell.send(String::from_utf8_lossy(&bytes[..n]).into_owned()).unwrap();
                socket.write_all(answer.as_bytes()).unwrap();
            }
        });
        (address, asked)
    }

    fn http(url: String) -> Http {
        Http {
            url,
            method: None,
            request_headers: None,
            request_body: None,
            request_timeout_ms: Some(5000),
            retry: None,
            ca_cert_pem: None,
            client_cert_pem: None,
            client_key_pem: None,
            insecure: None,
            status_code: Out(None),
            response_body: Out(None),
            body: Out(None),
            response_body_base64: Out(None),
            response_headers: Out(None),
            id: Out(None),
        }
    }

    #[test]
    fn an_answer_has_a_status_headers_and_a_body() {
        let (url, asked) =
            server(&["HTTP/1.1 404 Not Found\r\ncontent-type: text/plain\r\nx-a: 1\r\nX-A: 2\r\n\
             Connection: close\r\nContent-Length: 4\r\n\r\nnone"]);
        let headers = BTreeMap::from([("X-Key".to_owned(), "k".to_owned())]);
        let it = Http { request_headers: Some(headers), ..http(url.clone()) };
        let it = it.read_answer().unwrap();
        assert_eq!((it.status_code, it.id), (out(404), out(url)));
        assert_eq!((it.response_body, it.response_body_base64), (out("none"), out("bm9uZQ==")));
        let headers = it.response_headers.0.unwrap();
        assert_eq!(headers["Content-Type"], "text/plain");
        assert_eq!(headers["X-A"], "1, 2");
        let asked = asked.recv().unwrap().to_lowercase();
        assert!(asked.starts_with("get /path http/1.1\r\n"), "{asked}");
        assert!(asked.contains("x-key: k\r\n"), "{asked}");
    }

    const UNWELL: &str = "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\
                          Content-Length: 0\r\n\r\n";
    const FINE: &str = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok";

    #[test]
    fn a_server_that_is_unwell_is_asked_again() {
        let (url, asked) = server(&[UNWELL, UNWELL, FINE]);
        let retry = Retry { attempts: Some(2), min_delay_ms: Some(1), max_delay_ms: Some(2) };
        let method = Some("POST".to_owned());
        let body = Some("question".to_owned());
        let it = Http { retry: Some(retry), method, request_body: body, ..http(url) };
        assert_eq!(it.read_answer().unwrap().response_body, out("ok"));
        assert_eq!(asked.iter().filter(|it| it.starts_with("POST")).count(), 3);
        let (url, _asked) = server(&[UNWELL]);
        let failed = http(url).read_answer().unwrap_err();
        assert!(failed.message.contains("503"), "{failed}");
    }

    #[test]
    fn a_server_is_trusted_as_told() {
        let server = crate::local::tls::testing::server("RSA", "");
        let it = http(server.url.clone());
        assert!(it.clone().read_answer().is_err());
        let own = Http { ca_cert_pem: Some(server.authority), ..it.clone() };
        assert_eq!(own.read_answer().unwrap().body, out("fine"));
        let any = Http { insecure: Some(true), ..it };
        assert_eq!(any.read_answer().unwrap().body, out("fine"));
    }

    #[test]
    fn arguments_that_do_not_go_together_are_told() {
        let it = http("http://127.0.0.1:1".to_owned());
        let both = Http { insecure: Some(true), ca_cert_pem: Some(String::new()), ..it.clone() };
        assert_eq!(both.read_answer().unwrap_err().code, "InvalidArgument");
        let half = Http { client_cert_pem: Some(String::new()), ..it.clone() };
        assert_eq!(half.read_answer().unwrap_err().code, "InvalidArgument");
        let method = Http { method: Some("DELETE".to_owned()), ..it.clone() };
        assert_eq!(method.read_answer().unwrap_err().code, "InvalidArgument");
        assert_eq!(it.read_answer().unwrap_err().code, "NoAnswer");
    }

    #[test]
    fn pauses_double_up_to_the_longest() {
        let it = Retry { attempts: None, min_delay_ms: Some(100), max_delay_ms: Some(300) };
        let pauses = [0, 1, 2, 30].map(|n| it.pause(n, None).as_millis());
        assert_eq!(pauses, [100, 200, 300, 300]);
        assert_eq!(it.pause(0, Some(Duration::from_secs(7))).as_secs(), 7);
    }
}
