//! A server on this machine with a certificate of an authority of its own.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, Stream};
use x509_cert::name::Name;

use crate::local::tls::issue::{Authority, Issued, Wanted, alt_names, certificate};
use crate::local::tls::keys::Key;
use crate::local::tls::names::Subject;
use crate::local::tls::pem;

pub(crate) struct Server {
    pub url: String,
    /// The certificate of the authority, in PEM.
    pub authority: String,
}

fn named(name: &str) -> Name {
    let it = serde_json::json!({"common_name": name});
    serde_json::from_value::<Subject>(it).unwrap().name().unwrap()
}

fn issued(key: &Key, subject: Name, is_ca: bool, uses: &[&str], by: &Key) -> Issued {
    let uses: Vec<String> = uses.iter().map(|it| (*it).to_owned()).collect();
    let wanted = Wanted {
        subject,
        issuer: named("authority"),
        public: key.public().unwrap(),
        names: match is_ca {
            true => Vec::new(),
            false => alt_names(&[], &["127.0.0.1".to_owned()], &[]).unwrap(),
        },
        uses: &uses,
        hours: 1,
        is_ca,
        max_path_length: is_ca.then_some(0),
        set_subject_key_id: true,
        authority_key_id: Authority::Unsaid,
    };
    certificate(&wanted, by).unwrap()
}

/// Says `fine` to each request.
pub(crate) fn server(algorithm: &str, curve: &str) -> Server {
    let authority_key = Key::generate("ECDSA", 0, "P384").unwrap();
    let authority =
        issued(&authority_key, named("authority"), true, &["cert_signing"], &authority_key);
    let key = Key::generate(algorithm, 2048, curve).unwrap();
    let own =
        issued(&key, named("server"), false, &["digital_signature", "server_auth"], &authority_key);
    let der = |pem: &str| pem::blocks(pem).remove(0).1;
    let chain = [&own.pem, &authority.pem].map(|it| CertificateDer::from(der(it))).to_vec();
    let secret = PrivatePkcs8KeyDer::from(der(&key.pem_pkcs8().unwrap()));
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, secret.into())
        .unwrap();
    let (config, listener) = (Arc::new(config), TcpListener::bind("127.0.0.1:0").unwrap());
    let url = format!("https://{}/", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for socket in listener.incoming() {
            let mut socket = socket.unwrap();
            let mut connection = ServerConnection::new(config.clone()).unwrap();
            let mut stream = Stream::new(&mut connection, &mut socket);
            if stream.read(&mut [0; 4096]).is_ok_and(|it| it > 0) {
                let head = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4\r\n\r\n";
                _ = stream.write_all(format!("{head}fine").as_bytes());
                _ = stream.flush();
            }
        }
    });
    Server { url, authority: authority.pem }
}
