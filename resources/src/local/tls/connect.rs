//! The certificates that a server shows.

use std::io;
use std::net::{TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::time::Duration;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, Error, SignatureScheme};
use rustls_platform_verifier::BuilderVerifierExt;

use crate::local::tls::fault;
use crate::resource::Result;

/// How long a server may take for each step.
const PATIENCE: Duration = Duration::from_secs(30);

/// The host and the port of an address with the scheme `https` or `tls`.
fn place(url: &str) -> Result<(String, u16)> {
    let wrong = |why: &str| fault(format!("{url:?} {why}"));
    let (scheme, rest) = url.split_once("://").ok_or_else(|| wrong("is not a URL"))?;
    let default = match scheme {
        "https" => Some(443),
        "tls" => None,
        _ => return Err(wrong("has another scheme than https or tls")),
    };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or_default();
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => {
            (name, Some(port.parse().map_err(|_| wrong("has a port that is no number"))?))
        }
        _ => (host, None),
    };
    let port = port.or(default).ok_or_else(|| wrong("does not say the port"))?;
    Ok((name.trim_matches(['[', ']']).to_owned(), port))
}

/// The certificates that the server at `url` shows, its own first, in DER.
pub(super) fn certificates(url: &str, verify: bool) -> Result<Vec<Vec<u8>>> {
    let (host, port) = place(url)?;
    let wrong = |why: String| fault(format!("cannot connect to {host}:{port}: {why}"));
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|error| wrong(error.to_string()))?;
    let config = match verify {
        true => builder
            .with_platform_verifier()
            .map_err(|error| wrong(error.to_string()))?
            .with_no_client_auth(),
        false => builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Unverified(provider)))
            .with_no_client_auth(),
    };
    let name = ServerName::try_from(host.clone()).map_err(|error| wrong(error.to_string()))?;
    let connection = ClientConnection::new(Arc::new(config), name);
    let mut connection = connection.map_err(|error| wrong(error.to_string()))?;
    let mut socket = open(&host, port).map_err(|error| wrong(error.to_string()))?;
    while connection.is_handshaking() {
        connection.complete_io(&mut socket).map_err(|error| wrong(error.to_string()))?;
    }
    let found = connection.peer_certificates().unwrap_or_default();
    Ok(found.iter().map(|it| it.to_vec()).collect())
}

fn open(host: &str, port: u16) -> io::Result<TcpStream> {
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the host has no address");
    for address in (host, port).to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, PATIENCE) {
            Ok(socket) => {
                socket.set_read_timeout(Some(PATIENCE))?;
                socket.set_write_timeout(Some(PATIENCE))?;
                return Ok(socket);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// Lets every certificate pass: it is what is asked for, not what is trusted.
#[derive(Debug)]
struct Unverified(Arc<CryptoProvider>);

impl ServerCertVerifier for Unverified {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> std::result::Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_says_a_host_and_a_port() {
        let place = |url: &str| place(url).map_err(|it| it.message);
        assert_eq!(place("https://a.b/c:1"), Ok(("a.b".to_owned(), 443)));
        assert_eq!(place("https://a.b:8443"), Ok(("a.b".to_owned(), 8443)));
        assert_eq!(place("tls://[::1]:25/"), Ok(("::1".to_owned(), 25)));
        assert_eq!(place("https://[::1]"), Ok(("::1".to_owned(), 443)));
        assert!(place("tls://a.b").is_err());
        assert!(place("http://a.b").is_err());
    }
}
