//! The SDK clients, one per service, each made when it is first asked for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use aws_config::identity::IdentityCache;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_types::SdkConfig;
use model::FaultKind;
use tokio::sync::OnceCell;

use crate::fault::{OrFault, must};
use crate::resource::Result;
use crate::settings::{OnlyThrottled, Session};
use crate::tags::TagSettings;

/// AWS as one `provider` block sees it.
pub struct Aws {
    config: SdkConfig,
    options: Options,
    /// What calls are signed with, if it can be looked up again.
    session: Option<Arc<Session>>,
    caller: OnceCell<Caller>,
    /// Types and ids of the objects that are to be forgotten though they exist.
    abandoned: Mutex<BTreeSet<(&'static str, String)>>,
    /// Whether all that changes begin is waited for.
    sees_through: AtomicBool,
    /// By object, what of it is waited for.
    watched: Mutex<BTreeMap<String, String>>,
    /// The objects that were not well when they were read last.
    ailing: Mutex<BTreeSet<String>>,
    /// By object, the secret that is told once.
    heard: Mutex<BTreeMap<String, String>>,
    clients: Clients,
}

/// What the settings say besides what the SDK understands.
#[derive(Debug, Clone, Default)]
pub(crate) struct Options {
    /// URLs by service, as the `endpoints` block names services.
    pub endpoints: BTreeMap<String, String>,
    pub s3_path_style: bool,
    pub sts_region: Option<String>,
    /// Send calls again whatever went wrong, as often as the SDK's settings say.
    pub sends_again: bool,
    /// Take the account as unknown rather than ask for it.
    pub skip_account: bool,
    pub tags: TagSettings,
}

/// Whom AWS takes us for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Caller {
    pub account: String,
    pub arn: String,
    pub user_id: String,
}

macro_rules! clients {
    ($($service:ident: $sdk:ident, $names:expr;)+) => {
        #[derive(Default)]
        struct Clients {
            s3: OnceLock<aws_sdk_s3::Client>,
            sts: OnceLock<aws_sdk_sts::Client>,
            $($service: OnceLock<$sdk::Client>),+
        }

        impl Aws {
            $(pub(crate) fn $service(&self) -> &$sdk::Client {
                self.clients.$service.get_or_init(|| {
                    let mut config = $sdk::config::Builder::from(&self.config);
                    if !self.options.sends_again {
                        config = config.retry_classifier(OnlyThrottled);
                    }
                    if let Some(url) = self.endpoint(&$names) {
                        config = config.endpoint_url(url);
                    }
                    $sdk::Client::from_conf(config.build())
                })
            })+
        }
    };
}

clients! {
    acm: aws_sdk_acm, ["acm"];
    appautoscaling: aws_sdk_applicationautoscaling, ["appautoscaling", "applicationautoscaling"];
    autoscaling: aws_sdk_autoscaling, ["autoscaling"];
    cloudfront: aws_sdk_cloudfront, ["cloudfront"];
    cloudwatch: aws_sdk_cloudwatch, ["cloudwatch"];
    logs: aws_sdk_cloudwatchlogs, ["logs", "cloudwatchlogs", "cloudwatchlog"];
    dynamodb: aws_sdk_dynamodb, ["dynamodb"];
    ec2: aws_sdk_ec2, ["ec2"];
    ecr: aws_sdk_ecr, ["ecr"];
    ecs: aws_sdk_ecs, ["ecs"];
    efs: aws_sdk_efs, ["efs"];
    elbv2: aws_sdk_elasticloadbalancingv2, ["elbv2", "elasticloadbalancingv2", "elb"];
    events: aws_sdk_eventbridge, ["events", "eventbridge", "cloudwatchevents"];
    iam: aws_sdk_iam, ["iam"];
    kms: aws_sdk_kms, ["kms"];
    lambda: aws_sdk_lambda, ["lambda"];
    route53: aws_sdk_route53, ["route53"];
    secretsmanager: aws_sdk_secretsmanager, ["secretsmanager"];
    servicediscovery: aws_sdk_servicediscovery, ["servicediscovery"];
    sns: aws_sdk_sns, ["sns"];
    sqs: aws_sdk_sqs, ["sqs"];
    ssm: aws_sdk_ssm, ["ssm"];
    tagging: aws_sdk_resourcegroupstagging, ["resourcegroupstaggingapi", "resourcegroupstagging"];
}

impl Aws {
    pub(crate) fn new(config: SdkConfig, options: Options) -> Self {
        Aws {
            config,
            options,
            session: None,
            caller: OnceCell::new(),
            abandoned: Mutex::default(),
            sees_through: AtomicBool::new(false),
            watched: Mutex::default(),
            ailing: Mutex::default(),
            heard: Mutex::default(),
            clients: Clients::default(),
        }
    }

    /// The same, with calls signed by what this session has.
    pub(crate) fn signed_by(self, session: Arc<Session>) -> Self {
        let credentials: Arc<dyn ProvideCredentials> = session.clone();
        let credentials = SharedCredentialsProvider::from(credentials);
        // What the SDK remembers it cannot be made to forget. The session remembers.
        let remember = IdentityCache::no_cache();
        let config = self.config.to_builder();
        let config = config.credentials_provider(credentials).identity_cache(remember).build();
        Aws { config, session: Some(session), ..self }
    }

    pub(crate) fn session(&self) -> Option<&Session> {
        self.session.as_deref()
    }

    /// Makes a call that is no part of a run, which would look after its credentials itself: if they
    /// have ended and there are new ones, it is made again.
    pub(crate) async fn renewing<T, F>(
        &self,
        operation: &'static str,
        send: impl Fn() -> F,
    ) -> Result<T>
    where
        F: Future<Output: OrFault<T>>,
    {
        match (send().await.or_fault(operation), self.session()) {
            (Err(fault), Some(session)) if fault.kind == FaultKind::Expired => {
                match session.renew().await {
                    Ok(true) => send().await.or_fault(operation),
                    Ok(false) | Err(_) => Err(fault),
                }
            }
            (answer, _) => answer,
        }
    }

    pub(crate) fn s3(&self) -> &aws_sdk_s3::Client {
        self.clients.s3.get_or_init(|| {
            let url = self.endpoint(&["s3", "s3api"]);
            let own = url.clone().or_else(|| std::env::var("AWS_ENDPOINT_URL_S3").ok());
            // Buckets have no host names of their own on this machine.
            let local = own.map_or_else(|| self.is_local(), |it| is_local(&it));
            let mut config = aws_sdk_s3::config::Builder::from(&self.config);
            config = config.force_path_style(self.options.s3_path_style || local);
            if !self.options.sends_again {
                config = config.retry_classifier(OnlyThrottled);
            }
            if let Some(url) = url {
                config = config.endpoint_url(url);
            }
            aws_sdk_s3::Client::from_conf(config.build())
        })
    }

    /// Whether this is no cloud but an emulator on this machine.
    pub(crate) fn is_local(&self) -> bool {
        self.config.endpoint_url().is_some_and(is_local)
    }

    pub(crate) fn sts(&self) -> &aws_sdk_sts::Client {
        self.clients.sts.get_or_init(|| sts(&self.config, &self.options))
    }

    pub(crate) fn region(&self) -> &str {
        self.config.region().map(|it| it.as_ref()).unwrap_or_default()
    }

    pub(crate) fn partition(&self) -> Partition {
        partition(self.region())
    }

    pub(crate) fn tags(&self) -> &TagSettings {
        &self.options.tags
    }

    /// The account everything is in. Asked for once; empty if the settings say not to ask.
    pub(crate) async fn account(&self) -> Result<&str> {
        if self.options.skip_account {
            return Ok("");
        }
        Ok(&self.caller().await?.account)
    }

    /// Takes an object for gone from now on.
    pub(crate) fn abandon(&self, ty: &'static str, id: &str) {
        let mut abandoned = self.abandoned.lock().unwrap_or_else(PoisonError::into_inner);
        abandoned.insert((ty, id.to_owned()));
    }

    /// Takes an object for there again: one that has the id of one that was abandoned.
    pub(crate) fn adopt(&self, ty: &'static str, id: &str) {
        let mut abandoned = self.abandoned.lock().unwrap_or_else(PoisonError::into_inner);
        abandoned.remove(&(ty, id.to_owned()));
    }

    pub(crate) fn has_abandoned(&self, ty: &'static str, id: &str) -> bool {
        let abandoned = self.abandoned.lock().unwrap_or_else(PoisonError::into_inner);
        abandoned.contains(&(ty, id.to_owned()))
    }

    /// Waits from now on for all that changes begin.
    pub(crate) fn see_through(&self) {
        self.sees_through.store(true, Ordering::Relaxed);
    }

    pub(crate) fn sees_through(&self) -> bool {
        self.sees_through.load(Ordering::Relaxed)
    }

    /// Waits from now on for something of an object, such as a deployment of a service.
    pub(crate) fn watch(&self, id: &str, what: &str) {
        let mut watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        watched.insert(id.to_owned(), what.to_owned());
    }

    /// What of an object is waited for.
    pub(crate) fn watched(&self, id: &str) -> Option<String> {
        let watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        watched.get(id).cloned()
    }

    /// Waits for nothing of an object any more.
    pub(crate) fn unwatch(&self, id: &str) {
        let mut watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        watched.remove(id);
    }

    /// Remembers whether an object that was just read is well.
    pub(crate) fn note_ailing(&self, id: &str, ails: bool) {
        let mut ailing = self.ailing.lock().unwrap_or_else(PoisonError::into_inner);
        if ails {
            ailing.insert(id.to_owned());
        } else {
            ailing.remove(id);
        }
    }

    /// Whether an object was not well when it was read last.
    pub(crate) fn is_ailing(&self, id: &str) -> bool {
        let ailing = self.ailing.lock().unwrap_or_else(PoisonError::into_inner);
        ailing.contains(id)
    }

    /// Keeps a secret that only the answer to a create has had.
    pub(crate) fn hear(&self, id: &str, secret: &str) {
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        heard.insert(id.to_owned(), secret.to_owned());
    }

    /// The secret of an object that was made a moment ago.
    pub(crate) fn heard(&self, id: &str) -> Option<String> {
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        heard.get(id).cloned()
    }

    pub(crate) async fn caller(&self) -> Result<&Caller> {
        self.caller.get_or_try_init(|| self.ask_caller()).await
    }

    /// `arn:aws:SERVICE:REGION:ACCOUNT:RESOURCE`, for objects whose ARN no answer carries.
    pub(crate) async fn arn(&self, service: &str, resource: &str) -> Result<String> {
        let (partition, region) = (self.partition().name, self.region());
        Ok(format!("arn:{partition}:{service}:{region}:{}:{resource}", self.account().await?))
    }

    async fn ask_caller(&self) -> Result<Caller> {
        let answer = self.sts().get_caller_identity().send().await.or_fault("GetCallerIdentity")?;
        Ok(Caller {
            account: must(answer.account, "GetCallerIdentity")?,
            arn: answer.arn.unwrap_or_default(),
            user_id: answer.user_id.unwrap_or_default(),
        })
    }

    fn endpoint(&self, names: &[&str]) -> Option<String> {
        names.iter().find_map(|it| self.options.endpoints.get(*it)).cloned()
    }
}

/// A client for the service that says who we are and lends us roles.
pub(crate) fn sts(config: &SdkConfig, options: &Options) -> aws_sdk_sts::Client {
    let mut sts = aws_sdk_sts::config::Builder::from(config);
    if !options.sends_again {
        sts = sts.retry_classifier(OnlyThrottled);
    }
    if let Some(url) = options.endpoints.get("sts") {
        sts = sts.endpoint_url(url);
    }
    if let Some(region) = &options.sts_region {
        sts = sts.region(aws_types::region::Region::new(region.clone()));
    }
    aws_sdk_sts::Client::from_conf(sts.build())
}

fn is_local(url: &str) -> bool {
    url.contains("127.0.0.1") || url.contains("localhost")
}

/// One of the separate AWSs of the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Partition {
    /// As ARNs name it.
    pub name: &'static str,
    pub dns_suffix: &'static str,
    pub reverse_dns_prefix: &'static str,
}

pub(crate) fn partition(region: &str) -> Partition {
    let (name, dns_suffix, reverse_dns_prefix) = match region {
        it if it.starts_with("cn-") => ("aws-cn", "amazonaws.com.cn", "cn.com.amazonaws"),
        it if it.starts_with("us-gov-") => ("aws-us-gov", "amazonaws.com", "com.amazonaws"),
        it if it.starts_with("us-isob-") => ("aws-iso-b", "sc2s.sgov.gov", "gov.sgov.sc2s"),
        it if it.starts_with("us-isof-") => ("aws-iso-f", "csp.hci.ic.gov", "gov.ic.hci.csp"),
        it if it.starts_with("us-iso-") => ("aws-iso", "c2s.ic.gov", "gov.ic.c2s"),
        it if it.starts_with("eu-isoe-") => ("aws-iso-e", "cloud.adc-e.uk", "uk.adc-e.cloud"),
        it if it.starts_with("eusc-") => ("aws-eusc", "amazonaws.eu", "eu.amazonaws"),
        _ => ("aws", "amazonaws.com", "com.amazonaws"),
    };
    Partition { name, dns_suffix, reverse_dns_prefix }
}
