//! HTTP, as far as fetching modules needs it: a trait with one method, and how it is done.

use std::io::Read;
use std::time::Duration;

use super::S3Place;

/// Something that answers GET requests.
pub trait Fetch {
    /// The answer to a request, after redirects. Answers such as 404 are answers too.
    ///
    /// # Errors
    ///
    /// When there is no answer: what went wrong, in words.
    fn get(&self, url: &str) -> Result<Reply, String>;

    /// The object at a place in S3, or all objects whose keys begin like its key and a slash: each
    /// with its key.
    ///
    /// # Errors
    ///
    /// When there is none, or S3 does not answer: what went wrong, in words.
    fn objects(&self, _place: &S3Place) -> Result<Vec<(String, Vec<u8>)>, String> {
        Err("packages in S3 cannot be fetched here".to_owned())
    }
}

/// An answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reply {
    pub status: u16,
    /// Names in small letters.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|it| it.0 == name).map(|it| &*it.1)
    }

    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// Requests over the network. Hosts for which the environment has a `TF_TOKEN_HOST` are sent it.
pub struct Http {
    agent: ureq::Agent,
}

/// How long a request may take as a whole.
const TIMEOUT: Duration = Duration::from_secs(300);
/// How large an archive may be.
const MAX_BODY: u64 = 1 << 30;

impl Default for Http {
    fn default() -> Http {
        // The certificates that this machine trusts, not a list of our own.
        let tls = ureq::tls::TlsConfig::builder()
            .root_certs(ureq::tls::RootCerts::PlatformVerifier)
            .build();
        let config = ureq::Agent::config_builder()
            .tls_config(tls)
            .timeout_global(Some(TIMEOUT))
            .http_status_as_error(false)
            .user_agent(concat!("groundplan/", env!("CARGO_PKG_VERSION")));
        Http { agent: config.build().into() }
    }
}

impl Fetch for Http {
    fn get(&self, url: &str) -> Result<Reply, String> {
        let mut request = self.agent.get(url);
        if let Some(token) = token(url) {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        let mut response = request.call().map_err(|error| format!("GET {url}: {error}"))?;
        let headers = response.headers().iter().filter_map(|(name, value)| {
            Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
        });
        let mut reply = Reply {
            status: response.status().as_u16(),
            headers: headers.collect(),
            body: Vec::new(),
        };
        let mut body = response.body_mut().as_reader().take(MAX_BODY + 1);
        body.read_to_end(&mut reply.body).map_err(|error| format!("GET {url}: {error}"))?;
        if reply.body.len() as u64 > MAX_BODY {
            return Err(format!("GET {url}: the answer is larger than 1 GiB"));
        }
        Ok(reply)
    }
}

/// The token for a URL's host: in the variable's name dots are `_` and hyphens are `__`.
fn token(url: &str) -> Option<String> {
    let (_, rest) = url.split_once("://")?;
    let host = rest.split(['/', '?', ':']).next()?;
    let name = format!("TF_TOKEN_{}", host.replace('-', "__").replace('.', "_"));
    std::env::var(name).ok()
}

/// A location in an answer: an address of its own, or one relative to where the answer came from.
pub(super) fn resolve(base: &str, location: &str) -> String {
    if location.contains("://") || location.contains("::") {
        return location.to_owned();
    }
    let base = base.split(['?', '#']).next().unwrap_or(base);
    let host_end = base
        .find("://")
        .map_or(0, |it| base[it + 3..].find('/').map_or(base.len(), |slash| it + 3 + slash));
    let (host, path) = base.split_at(host_end);
    if location.starts_with('/') {
        return format!("{host}{location}");
    }
    let mut parts: Vec<&str> = path.split('/').collect();
    parts.pop();
    for part in location.split('/') {
        match part {
            "." => (),
            ".." if parts.len() > 1 => drop(parts.pop()),
            ".." => (),
            part => parts.push(part),
        }
    }
    format!("{host}{}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locations_are_relative_to_where_they_were_read() {
        let base = "https://x.io/v1/a/b?c=d";
        for (location, full) in [
            ("https://y.io/z", "https://y.io/z"),
            ("git::ssh://y/z", "git::ssh://y/z"),
            ("/z", "https://x.io/z"),
            ("z", "https://x.io/v1/a/z"),
            ("./z?q=1", "https://x.io/v1/a/z?q=1"),
            ("../z", "https://x.io/v1/z"),
            ("../../../../z", "https://x.io/z"),
        ] {
            assert_eq!(resolve(base, location), full, "{location}");
        }
    }
}
