//! Service Connect: how a service finds other services, and how they find it.

use std::collections::BTreeMap;

use aws_sdk_ecs::types as sdk;
use model::{Attributes, Auto, Mirror, One};
use serde::{Deserialize, Serialize};

use crate::mirror::{FromSdk, ToSdk};

/// How a service finds other services, and how they find it.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::ServiceConnectConfiguration)]
pub(crate) struct ServiceConnect {
    /// Whether it takes part.
    enabled: bool,
    /// The Cloud Map namespace, by name or ARN; by default that of the cluster.
    namespace: Auto<String>,
    /// Where the proxy logs.
    log_configuration: One<Log>,
    /// What others may find.
    #[mirror(services)]
    service: Vec<Endpoint>,
}

/// Where the proxy logs.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::LogConfiguration, checked)]
pub(crate) struct Log {
    /// Such as `awslogs`.
    log_driver: String,
    /// Options of the driver.
    options: Auto<BTreeMap<String, String>>,
    /// Options that are secret.
    #[mirror(secret_options)]
    secret_option: Vec<SecretOption>,
}

/// An option that is secret.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::Secret, checked)]
pub(crate) struct SecretOption {
    /// The option's name.
    name: String,
    /// ARN of the secret or parameter.
    value_from: String,
}

/// A port that others may find.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct Endpoint {
    /// Its name in Cloud Map; by default that of the port.
    discovery_name: Auto<String>,
    /// The port that the proxy listens on.
    ingress_port_override: Option<i32>,
    /// The name of the port in the task definition.
    port_name: String,
    /// The name and port that others use.
    client_alias: One<ClientAlias>,
    /// When connections are given up.
    timeout: One<Timeout>,
    /// How traffic is encrypted.
    tls: One<Tls>,
}

/// The name and port that others use.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::ServiceConnectClientAlias, checked)]
pub(crate) struct ClientAlias {
    /// The name.
    dns_name: Auto<String>,
    /// The port.
    port: i32,
}

/// When connections are given up.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::TimeoutConfiguration)]
pub(crate) struct Timeout {
    /// After how many idle seconds; 0 for never.
    idle_timeout_seconds: Option<i32>,
    /// After how many seconds a request is given up; 0 for never.
    per_request_timeout_seconds: Option<i32>,
}

/// How traffic is encrypted.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::ServiceConnectTlsConfiguration)]
pub(crate) struct Tls {
    /// The KMS key.
    kms_key: Option<String>,
    /// ARN of the role for it.
    role_arn: Option<String>,
    /// Who signs certificates.
    #[attr(required)]
    #[mirror(issuer_certificate_authority)]
    issuer_cert_authority: One<CertificateAuthority>,
}

/// Who signs certificates.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::ServiceConnectTlsCertificateAuthority)]
pub(crate) struct CertificateAuthority {
    /// ARN of the private certificate authority.
    aws_pca_authority_arn: String,
}

impl ToSdk<Option<sdk::ServiceConnectService>> for Endpoint {
    fn to_sdk(&self) -> Option<sdk::ServiceConnectService> {
        let alias = self.client_alias.0.as_ref().and_then(ClientAlias::to_sdk);
        let service = sdk::ServiceConnectService::builder()
            .port_name(&self.port_name)
            .set_discovery_name(self.discovery_name.to_sdk())
            .set_ingress_port_override(self.ingress_port_override)
            .set_client_aliases(alias.map(|it| vec![it]))
            .set_timeout(self.timeout.to_sdk())
            .set_tls(self.tls.to_sdk());
        Some(service.build().expect("a port is named"))
    }
}

impl<'a> FromSdk<&'a sdk::ServiceConnectService> for Endpoint {
    fn from_sdk(it: &'a sdk::ServiceConnectService) -> Self {
        Endpoint {
            discovery_name: Auto::from_sdk(it.discovery_name()),
            ingress_port_override: it.ingress_port_override(),
            port_name: String::from_sdk(it.port_name()),
            client_alias: One::from_sdk(it.client_aliases().first()),
            timeout: One::from_sdk(it.timeout()),
            tls: One::from_sdk(it.tls()),
        }
    }
}
