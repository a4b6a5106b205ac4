//! `aws_lb_listener`: a port that a load balancer listens on.

use aws_sdk_elasticloadbalancingv2::types as sdk;
use model::{
    Attributes, Auto, Fault, FaultKind, Live, Map, Mirror, One, Op, Out, Phase, Tags, Timeouts,
    Value,
};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::elbv2::action::Action;
use crate::elbv2::settings::{Found, changes, settings};
use crate::elbv2::{retag, tags_of, tags_to_sdk};
use crate::fault::{OrFault, must};
use crate::mirror::{FromSdk, ToSdk};
use crate::naming::known;
use crate::resource::{Resource, Result, changed, each};

/// A port that a load balancer listens on.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_lb_listener", timeouts = [create, update])]
pub(crate) struct Listener {
    /// The load balancer.
    #[attr(replace)]
    load_balancer_arn: String,
    /// The port. Not for gateway load balancers.
    port: Option<i32>,
    /// `HTTP`, `HTTPS`, `TCP`, `TLS`, `UDP` or `TCP_UDP`.
    protocol: Auto<String>,
    /// What is done with a request that no rule is about.
    #[attr(required)]
    default_action: Vec<Action>,
    /// The ALPN policy: `HTTP1Only`, `HTTP2Only`, `HTTP2Optional`, `HTTP2Preferred` or `None`.
    alpn_policy: Option<String>,
    /// The certificate to show when no other fits.
    certificate_arn: Option<String>,
    /// Whether clients must show certificates.
    mutual_authentication: Auto<One<MutualAuthentication>>,
    /// Which TLS versions and ciphers are spoken.
    ssl_policy: Auto<String>,
    /// The name of the header with the certificate of the client.
    routing_http_request_x_amzn_mtls_clientcert_header_name: Auto<String>,
    /// The name of the header with the issuer of the client's certificate.
    routing_http_request_x_amzn_mtls_clientcert_issuer_header_name: Auto<String>,
    /// The name of the header with the leaf certificate of the client.
    routing_http_request_x_amzn_mtls_clientcert_leaf_header_name: Auto<String>,
    /// The name of the header with the serial number of the client's certificate.
    routing_http_request_x_amzn_mtls_clientcert_serial_number_header_name: Auto<String>,
    /// The name of the header with the subject of the client's certificate.
    routing_http_request_x_amzn_mtls_clientcert_subject_header_name: Auto<String>,
    /// The name of the header with the validity of the client's certificate.
    routing_http_request_x_amzn_mtls_clientcert_validity_header_name: Auto<String>,
    /// The name of the header with the cipher suite.
    routing_http_request_x_amzn_tls_cipher_suite_header_name: Auto<String>,
    /// The name of the header with the TLS version.
    routing_http_request_x_amzn_tls_version_header_name: Auto<String>,
    /// The value of `Access-Control-Allow-Credentials` in answers.
    routing_http_response_access_control_allow_credentials_header_value: Auto<String>,
    /// The value of `Access-Control-Allow-Headers` in answers.
    routing_http_response_access_control_allow_headers_header_value: Auto<String>,
    /// The value of `Access-Control-Allow-Methods` in answers.
    routing_http_response_access_control_allow_methods_header_value: Auto<String>,
    /// The value of `Access-Control-Allow-Origin` in answers.
    routing_http_response_access_control_allow_origin_header_value: Auto<String>,
    /// The value of `Access-Control-Expose-Headers` in answers.
    routing_http_response_access_control_expose_headers_header_value: Auto<String>,
    /// The value of `Access-Control-Max-Age` in answers.
    routing_http_response_access_control_max_age_header_value: Auto<String>,
    /// The value of `Content-Security-Policy` in answers.
    routing_http_response_content_security_policy_header_value: Auto<String>,
    /// Whether answers have the header `Server`.
    routing_http_response_server_enabled: Auto<bool>,
    /// The value of `Strict-Transport-Security` in answers.
    routing_http_response_strict_transport_security_header_value: Auto<String>,
    /// The value of `X-Content-Type-Options` in answers.
    routing_http_response_x_content_type_options_header_value: Auto<String>,
    /// The value of `X-Frame-Options` in answers.
    routing_http_response_x_frame_options_header_value: Auto<String>,
    /// How long a TCP connection may be idle, in seconds.
    tcp_idle_timeout_seconds: Auto<i32>,
    /// Tags of its own; those of the provider's `default_tags` come on top.
    tags: Tags,
    /// Its Amazon Resource Name.
    arn: Out<String>,
    /// Its Amazon Resource Name.
    id: Out<String>,
}

/// Whether clients must show certificates.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::MutualAuthenticationAttributes)]
pub(crate) struct MutualAuthentication {
    /// Whether clients are told whose certificates are accepted: `on` or `off`.
    advertise_trust_store_ca_names: Auto<String>,
    /// Whether certificates may have expired.
    #[attr(default = false)]
    ignore_client_certificate_expiry: bool,
    /// `off`, `passthrough` or `verify`.
    mode: String,
    /// The trust store to verify with.
    trust_store_arn: Option<String>,
}

const HTTP: &[&str] = &["HTTP", "HTTPS"];
const HTTPS: &[&str] = &["HTTPS"];
const TCP: &[&str] = &["TCP"];

settings! {
    Listener;
    routing_http_request_x_amzn_mtls_clientcert_header_name =
        "routing.http.request.x_amzn_mtls_clientcert.header_name", HTTPS;
    routing_http_request_x_amzn_mtls_clientcert_issuer_header_name =
        "routing.http.request.x_amzn_mtls_clientcert_issuer.header_name", HTTPS;
    routing_http_request_x_amzn_mtls_clientcert_leaf_header_name =
        "routing.http.request.x_amzn_mtls_clientcert_leaf.header_name", HTTPS;
    routing_http_request_x_amzn_mtls_clientcert_serial_number_header_name =
        "routing.http.request.x_amzn_mtls_clientcert_serial_number.header_name", HTTPS;
    routing_http_request_x_amzn_mtls_clientcert_subject_header_name =
        "routing.http.request.x_amzn_mtls_clientcert_subject.header_name", HTTPS;
    routing_http_request_x_amzn_mtls_clientcert_validity_header_name =
        "routing.http.request.x_amzn_mtls_clientcert_validity.header_name", HTTPS;
    routing_http_request_x_amzn_tls_cipher_suite_header_name =
        "routing.http.request.x_amzn_tls_cipher_suite.header_name", HTTPS;
    routing_http_request_x_amzn_tls_version_header_name =
        "routing.http.request.x_amzn_tls_version.header_name", HTTPS;
    routing_http_response_access_control_allow_credentials_header_value =
        "routing.http.response.access_control_allow_credentials.header_value", HTTP;
    routing_http_response_access_control_allow_headers_header_value =
        "routing.http.response.access_control_allow_headers.header_value", HTTP;
    routing_http_response_access_control_allow_methods_header_value =
        "routing.http.response.access_control_allow_methods.header_value", HTTP;
    routing_http_response_access_control_allow_origin_header_value =
        "routing.http.response.access_control_allow_origin.header_value", HTTP;
    routing_http_response_access_control_expose_headers_header_value =
        "routing.http.response.access_control_expose_headers.header_value", HTTP;
    routing_http_response_access_control_max_age_header_value =
        "routing.http.response.access_control_max_age.header_value", HTTP;
    routing_http_response_content_security_policy_header_value =
        "routing.http.response.content_security_policy.header_value", HTTP;
    routing_http_response_server_enabled = "routing.http.response.server.enabled", HTTP;
    routing_http_response_strict_transport_security_header_value =
        "routing.http.response.strict_transport_security.header_value", HTTP;
    routing_http_response_x_content_type_options_header_value =
        "routing.http.response.x_content_type_options.header_value", HTTP;
    routing_http_response_x_frame_options_header_value =
        "routing.http.response.x_frame_options.header_value", HTTP;
    tcp_idle_timeout_seconds = "tcp.idle_timeout.seconds", TCP;
}

impl Resource for Listener {
    const BATCH: usize = 20;
    const TIMEOUTS: Timeouts = Timeouts::minutes(5, 5, 10);

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        let call = aws.elbv2().describe_listeners().set_listener_arns(Some(ids.to_vec()));
        let answer = call.send().await.or_fault("DescribeListeners")?;
        let found = answer.listeners.unwrap_or_default();
        let arns: Vec<String> = found.iter().filter_map(|it| it.listener_arn.clone()).collect();
        let mut tags = tags_of(aws, &arns).await?;
        let mut lives = each(&arns, |arn| {
            let it = found.iter().find(|it| it.listener_arn() == Some(arn));
            async move {
                let Some(it) = it else { return Ok(None) };
                Ok(Some(live(it, &settings_of(aws, it).await?)))
            }
        })
        .await?;
        for it in &mut lives {
            it.attributes.tags = tags.remove(&it.id).unwrap_or_default();
        }
        Ok(lives)
    }

    /// Creating one that exists with the same settings gives that one. Settings are sent by `update`.
    async fn create(aws: &Aws, want: &Self, _token: &str) -> Result<String> {
        let call = aws.elbv2().create_listener().load_balancer_arn(&want.load_balancer_arn);
        let call = call
            .set_port(want.port)
            .set_protocol(want.spoken())
            .set_default_actions(want.default_action.to_sdk())
            .set_alpn_policy(want.alpn_policy.clone().map(|it| vec![it]))
            .set_certificates(want.certificates())
            .set_mutual_authentication(want.mutual_authentication())
            .set_ssl_policy(want.ssl_policy.to_sdk())
            .set_tags(tags_to_sdk(&want.tags));
        let answer = call.send().await.or_fault("CreateListener")?;
        let made = answer.listeners.unwrap_or_default().into_iter().next();
        must(made.and_then(|it| it.listener_arn), "CreateListener")
    }

    async fn update(aws: &Aws, id: &str, have: &Self, want: &Self) -> Result<()> {
        if changed!(
            have, want; port, protocol, default_action, alpn_policy, certificate_arn,
            mutual_authentication, ssl_policy
        ) {
            let call = aws.elbv2().modify_listener().listener_arn(id);
            let call = call
                .set_port(want.port)
                .set_protocol(want.spoken())
                .set_default_actions(want.default_action.to_sdk())
                .set_alpn_policy(want.alpn_policy.clone().map(|it| vec![it]))
                .set_certificates(want.certificates())
                .set_mutual_authentication(want.mutual_authentication())
                .set_ssl_policy(want.ssl_policy.to_sdk().filter(|_| want.is_secure()));
            call.send().await.or_fault("ModifyListener")?;
        }
        let kind = want.protocol.0.as_deref().unwrap_or_default();
        let pairs = changes(kind, &have.rows(), want.rows());
        if !pairs.is_empty() {
            let pair =
                |(key, value)| sdk::ListenerAttribute::builder().key(key).value(value).build();
            let call = aws.elbv2().modify_listener_attributes().listener_arn(id);
            let call = call.set_attributes(Some(pairs.into_iter().map(pair).collect()));
            call.send().await.or_fault("ModifyListenerAttributes")?;
        }
        retag(aws, id, &have.tags, &want.tags).await
    }

    async fn delete(aws: &Aws, id: &str, _have: &Self) -> Result<()> {
        aws.elbv2().delete_listener().listener_arn(id).send().await.or_fault("DeleteListener")?;
        Ok(())
    }

    /// Only connections of plain TCP have a timeout that can be set.
    fn adjust(_aws: &Aws, _prior: Option<&Map>, planned: &mut Map) {
        if known(planned, "protocol").is_some_and(|it| !TCP.contains(&it)) {
            let nothing = model::from_json(&serde_json::Value::Null);
            planned.insert("tcp_idle_timeout_seconds".into(), nothing);
        }
    }

    fn claim(planned: &Map) -> Option<String> {
        let port = planned.get("port").and_then(Value::as_number)?.to_i64()?;
        Some(format!("{} {port}", known(planned, "load_balancer_arn")?))
    }

    async fn holder(aws: &Aws, claim: &str) -> Result<Option<String>> {
        let Some((balancer, port)) = claim.split_once(' ') else { return Ok(None) };
        on_port(aws, balancer, port.parse().ok()).await
    }

    /// A load balancer listens on a port once.
    async fn find(aws: &Aws, want: &Self, _token: &str) -> Result<Option<String>> {
        on_port(aws, &want.load_balancer_arn, want.port).await
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        match (op, fault.code.as_str()) {
            (Op::Create, "DuplicateListener") => Some(FaultKind::Exists),
            // The certificate was issued a moment ago.
            (Op::Create | Op::Update, "CertificateNotFound") => Some(FaultKind::NotYet),
            _ => None,
        }
    }
}

/// The listener of a load balancer on a port.
async fn on_port(aws: &Aws, balancer: &str, port: Option<i32>) -> Result<Option<String>> {
    let call = aws.elbv2().describe_listeners().load_balancer_arn(balancer);
    let mut pages = call.into_paginator().items().send();
    while let Some(it) = pages.next().await {
        let it = it.or_fault("DescribeListeners")?;
        if it.port() == port {
            return Ok(it.listener_arn);
        }
    }
    Ok(None)
}

impl Listener {
    /// An application load balancer speaks HTTP if nothing is said; a gateway's has no protocol.
    fn spoken(&self) -> Option<sdk::ProtocolEnum> {
        let usual = self.load_balancer_arn.contains(":loadbalancer/app/");
        self.protocol.to_sdk().or_else(|| usual.then_some(sdk::ProtocolEnum::Http))
    }

    fn is_secure(&self) -> bool {
        matches!(self.protocol.0.as_deref(), Some("HTTPS" | "TLS"))
    }

    fn certificates(&self) -> Option<Vec<sdk::Certificate>> {
        let arn = self.certificate_arn.as_ref()?;
        Some(vec![sdk::Certificate::builder().certificate_arn(arn).build()])
    }

    fn mutual_authentication(&self) -> Option<sdk::MutualAuthenticationAttributes> {
        self.mutual_authentication.0.as_ref().and_then(ToSdk::to_sdk)
    }
}

/// Listeners that are not for HTTP or TCP have none.
async fn settings_of(aws: &Aws, it: &sdk::Listener) -> Result<Found> {
    let protocol = it.protocol().map(|it| it.as_str()).unwrap_or_default();
    if !HTTP.contains(&protocol) && !TCP.contains(&protocol) {
        return Ok(Found::new());
    }
    let call = aws.elbv2().describe_listener_attributes();
    let call = call.set_listener_arn(it.listener_arn.clone());
    let answer = call.send().await.or_fault("DescribeListenerAttributes")?;
    let pairs = answer.attributes.unwrap_or_default().into_iter();
    Ok(pairs.filter_map(|it| Some((it.key?, it.value?))).collect())
}

fn live(it: &sdk::Listener, found: &Found) -> Live<Listener> {
    let arn = String::from_sdk(it.listener_arn());
    let protocol = String::from_sdk(it.protocol());
    let mut actions: Vec<_> = it.default_actions().iter().collect();
    actions.sort_by_key(|it| it.order());
    let fields = serde_json::Map::from_iter([("load_balancer_arn".to_owned(), "".into())]);
    let unknown: Listener = decode(fields);
    let mut attributes = Listener {
        load_balancer_arn: String::from_sdk(it.load_balancer_arn()),
        port: it.port(),
        protocol: Auto::from_sdk(it.protocol()),
        default_action: actions.into_iter().map(Action::from_sdk).collect(),
        alpn_policy: it.alpn_policy().first().cloned(),
        certificate_arn: it.certificates().first().and_then(|it| it.certificate_arn.clone()),
        mutual_authentication: Auto(Some(One::from_sdk(it.mutual_authentication()))),
        ssl_policy: Auto::from_sdk(it.ssl_policy()),
        arn: Out(Some(arn.clone())),
        id: Out(Some(arn.clone())),
        ..unknown
    };
    attributes.read_settings(&protocol, found);
    Live { id: arn, phase: Phase::Ready, attributes }
}

/// A listener of which little is known.
fn decode(fields: serde_json::Map<String, serde_json::Value>) -> Listener {
    crate::resource::decode(&Listener::SCHEMA, fields).expect("all that is required is given")
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, query, want};

    const WEB: &str = r#"{"load_balancer_arn": "arn:lb", "port": 443, "protocol": "HTTPS",
        "certificate_arn": "arn:cert",
        "default_action": [{"type": "forward", "target_group_arn": "arn:tg"}]}"#;

    #[tokio::test]
    async fn an_application_load_balancer_listens_for_http_where_nothing_is_said() {
        let made = "<Listeners><member><ListenerArn>arn:l</ListenerArn></member></Listeners>";
        for kind in ["app", "gwy"] {
            let aws = Script::new([query("CreateListener", made)]);
            let want = want(&format!(
                r#"{{"load_balancer_arn": "arn:aws:e:r:1:loadbalancer/{kind}/lb/1", "port": 80,
                    "default_action": [{{"type": "fixed-response"}}]}}"#
            ));

            Listener::create(&aws, &want, "token").await.unwrap();

            let protocol = aws.transcript().contains("Protocol=HTTP");
            assert_eq!(protocol, kind == "app", "{}", aws.transcript());
        }
    }

    #[tokio::test]
    async fn a_listener_is_created_with_its_certificate() {
        let made = "<Listeners><member><ListenerArn>arn:l</ListenerArn></member></Listeners>";
        let aws = Script::new([query("CreateListener", made)]);

        assert_eq!(Listener::create(&aws, &want(WEB), "token").await.unwrap(), "arn:l");

        aws.sent(expect![[r#"
            CreateListener
                Certificates.member.1.CertificateArn=arn:cert
                DefaultActions.member.1.TargetGroupArn=arn:tg
                DefaultActions.member.1.Type=forward
                LoadBalancerArn=arn:lb
                Port=443
                Protocol=HTTPS
        "#]]);
    }

    #[tokio::test]
    async fn only_settings_of_its_protocol_are_sent() {
        let aws = Script::new([query("ModifyListenerAttributes", "")]);
        let have = want::<Listener>(WEB);
        let want = Listener {
            routing_http_response_server_enabled: Auto(Some(false)),
            tcp_idle_timeout_seconds: Auto(Some(60)),
            ..have.clone()
        };

        Listener::update(&aws, "arn:l", &have, &want).await.unwrap();

        aws.sent(expect![[r#"
            ModifyListenerAttributes
                Attributes.member.1.Key=routing.http.response.server.enabled
                Attributes.member.1.Value=false
                ListenerArn=arn:l
        "#]]);
    }
}
