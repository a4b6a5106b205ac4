//! The `provider "aws"` block: where calls go, as whom, and with which tags.

mod endpoints;
mod roles;
mod session;
mod throttled;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::{BehaviorVersion, ConfigLoader, Region};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider as Tls, TlsContext, TrustStore};
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_types::SdkConfig;
use aws_types::sdk_config::{RetryConfig, TimeoutConfig};
use model::{Attributes, Object, One, Secret};
use serde::{Deserialize, Serialize};

use crate::aws::{Aws, Options};
use crate::fault::rejected;
use crate::resource::{Result, decode};
use crate::settings::endpoints::Endpoints;
use crate::settings::roles::{AssumeRole, AssumeRoleWithWebIdentity};
use crate::tags::TagSettings;

pub(crate) use session::Session;
pub(crate) use throttled::OnlyThrottled;

/// How to reach AWS.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws")]
pub(crate) struct Settings {
    /// The region to work in. Else that of the environment or the profile.
    region: Option<String>,
    /// The profile of the shared files to use.
    profile: Option<String>,
    /// The id of an access key. Better left to the environment.
    access_key: Option<String>,
    /// The secret of the access key.
    secret_key: Option<Secret<String>>,
    /// The session token of temporary credentials.
    token: Option<Secret<String>>,
    /// Accounts that may be worked in; in any other, nothing is done.
    allowed_account_ids: Option<BTreeSet<String>>,
    /// Accounts that must not be worked in.
    forbidden_account_ids: Option<BTreeSet<String>>,
    /// Configuration files to read in place of `~/.aws/config`.
    shared_config_files: Option<Vec<String>>,
    /// Credentials files to read in place of `~/.aws/credentials`.
    shared_credentials_files: Option<Vec<String>>,
    /// A file of certificates to trust besides the system's.
    custom_ca_bundle: Option<String>,
    /// The URL of the instance metadata service.
    ec2_metadata_service_endpoint: Option<String>,
    /// Whether the instance metadata service is reached by `IPv4` or `IPv6`.
    ec2_metadata_service_endpoint_mode: Option<String>,
    /// The proxy for plain HTTP.
    http_proxy: Option<String>,
    /// The proxy for HTTPS.
    https_proxy: Option<String>,
    /// Hosts to reach without a proxy, separated by commas.
    no_proxy: Option<String>,
    /// Not supported: certificates are always verified.
    insecure: Option<bool>,
    /// How often a call that failed in passing is sent. Calls are repeated with knowledge of what
    /// they do unless this is set.
    max_retries: Option<i32>,
    /// `standard` or `adaptive`.
    retry_mode: Option<String>,
    /// `legacy` or `regional`. S3's regional endpoint is always used.
    s3_us_east_1_regional_endpoint: Option<String>,
    /// Whether buckets are named in the path of URLs rather than in the host.
    s3_use_path_style: Option<bool>,
    /// Credentials are never validated before they are used, so this changes nothing.
    skip_credentials_validation: Option<bool>,
    /// Whether the instance metadata service is not to be asked.
    skip_metadata_api_check: Option<String>,
    /// Whether any name is taken for a region.
    skip_region_validation: Option<bool>,
    /// Whether the account is not to be asked for. Some ARNs are then incomplete.
    skip_requesting_account_id: Option<bool>,
    /// The region to ask for roles in.
    sts_region: Option<String>,
    /// Accepted; calls are paced by what AWS answers.
    token_bucket_rate_limiter_capacity: Option<i64>,
    /// Whether endpoints that speak IPv6 too are used.
    use_dualstack_endpoint: Option<bool>,
    /// Whether FIPS endpoints are used.
    use_fips_endpoint: Option<bool>,
    /// A role to work as. With several, each assumes the next.
    assume_role: Vec<AssumeRole>,
    /// A role to work as, proven by a token of an identity provider.
    #[attr(max = 1)]
    assume_role_with_web_identity: Vec<AssumeRoleWithWebIdentity>,
    /// Tags for everything that can be tagged.
    #[attr(max = 1)]
    default_tags: One<DefaultTags>,
    /// Tags that others manage.
    #[attr(max = 1)]
    ignore_tags: One<IgnoreTags>,
    /// URLs to use in place of AWS's own.
    endpoints: BTreeSet<Endpoints>,
}

/// Tags for everything that can be tagged.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct DefaultTags {
    /// Tags for everything that can be tagged. A resource's own tag of the same name wins.
    tags: Option<BTreeMap<String, String>>,
}

/// Tags that others manage.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct IgnoreTags {
    /// Beginnings of the names of tags to leave alone.
    key_prefixes: Option<BTreeSet<String>>,
    /// Names of tags to leave alone.
    keys: Option<BTreeSet<String>>,
}

/// AWS as these settings see it.
pub(crate) async fn configure(settings: Object) -> Result<Aws> {
    let settings: Settings = decode(&Settings::SCHEMA, settings.into_iter().collect())?;
    let options = settings.options();
    let config = settings.load().await?;
    settings.check_region(&config)?;
    let credentials = config.credentials_provider();
    let mut aws = Aws::new(config, options);
    if let Some(credentials) = credentials {
        aws = aws.signed_by(Arc::new(Session::new(settings.clone(), credentials)));
    }
    settings.check_account(&aws).await?;
    Ok(aws)
}

impl Settings {
    /// All that the settings, the environment and the shared files say, read now.
    async fn load(&self) -> Result<SdkConfig> {
        let options = self.options();
        let mut config = self.of_profile(self.loader()?.load().await);
        for role in &self.assume_role {
            config = role.assume(&config, &options)?;
        }
        for role in &self.assume_role_with_web_identity {
            config = role.assume(&config, &options)?;
        }
        Ok(config)
    }

    fn loader(&self) -> Result<ConfigLoader> {
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .http_client(self.http_client()?)
            .retry_config(self.retries())
            .timeout_config(timeouts());
        if let Some(region) = &self.region {
            loader = loader.region(Region::new(region.clone()));
        }
        if let Some(profile) = &self.profile {
            loader = loader.profile_name(profile);
        }
        if let Some(files) = self.shared_files() {
            loader = loader.profile_files(files);
        }
        if let (Some(key), Some(Secret(secret))) = (&self.access_key, &self.secret_key) {
            let token = self.token.as_ref().map(|it| it.0.clone());
            let from = "the provider's settings";
            loader = loader.credentials_provider(Credentials::new(key, secret, token, None, from));
        }
        if let Some(use_fips) = self.use_fips_endpoint {
            loader = loader.use_fips(use_fips);
        }
        if let Some(use_dual_stack) = self.use_dualstack_endpoint {
            loader = loader.use_dual_stack(use_dual_stack);
        }
        Ok(loader)
    }

    /// The same with the credentials of the profile that is named: keys in the environment are not
    /// meant then. On the sandbox they are, as it has no profiles.
    fn of_profile(&self, config: SdkConfig) -> SdkConfig {
        let has_keys = self.access_key.is_some() && self.secret_key.is_some();
        let on_sandbox = std::env::var_os("GROUNDPLAN_SANDBOX").is_some();
        let Some(profile) = self.profile.as_ref().filter(|_| !has_keys && !on_sandbox) else {
            return config;
        };
        let mut from = ProviderConfig::default().with_region(config.region().cloned());
        if let Some(client) = config.http_client() {
            from = from.with_http_client(client);
        }
        let mut found = ProfileFileCredentialsProvider::builder();
        found = found.configure(&from).profile_name(profile);
        if let Some(files) = self.shared_files() {
            found = found.profile_files(files);
        }
        let found = SharedCredentialsProvider::new(found.build());
        config.into_builder().credentials_provider(found).build()
    }

    fn shared_files(&self) -> Option<EnvConfigFiles> {
        let (config, credentials) = (&self.shared_config_files, &self.shared_credentials_files);
        if config.is_none() && credentials.is_none() {
            return None;
        }
        let mut files = EnvConfigFiles::builder();
        for path in config.iter().flatten() {
            files = files.with_file(EnvConfigFileKind::Config, home(path));
        }
        for path in credentials.iter().flatten() {
            files = files.with_file(EnvConfigFileKind::Credentials, home(path));
        }
        if config.is_none() {
            files = files.include_default_config_file(true);
        }
        if credentials.is_none() {
            files = files.include_default_credentials_file(true);
        }
        Some(files.build())
    }

    /// A call that is repeated blindly may do its work twice. Repeating is left to those who know
    /// what a call does, unless the user asks for it; but a call that was throttled did nothing, and
    /// what is read with several calls should not begin anew for one of them.
    fn retries(&self) -> RetryConfig {
        let Some(max) = self.max_retries else {
            let first = Duration::from_millis(500);
            return RetryConfig::standard().with_max_attempts(4).with_initial_backoff(first);
        };
        let retries = match self.retry_mode.as_deref() {
            Some("adaptive") => RetryConfig::adaptive(),
            _ => RetryConfig::standard(),
        };
        retries.with_max_attempts(max.max(0).unsigned_abs().saturating_add(1))
    }

    fn http_client(&self) -> Result<SharedHttpClient> {
        let mut roots = TrustStore::default();
        let bundle = self.custom_ca_bundle.clone();
        if let Some(path) = bundle.or_else(|| std::env::var("AWS_CA_BUNDLE").ok()) {
            let pem = std::fs::read(home(&path))
                .map_err(|error| invalid(format!("custom_ca_bundle: {path}: {error}")))?;
            roots = roots.with_pem_certificate(pem);
        }
        let tls = TlsContext::builder().with_trust_store(roots).build();
        let tls = tls.map_err(|error| invalid(format!("custom_ca_bundle: {error}")))?;
        let proxy = self.proxy()?;
        Ok(Builder::new().build_with_connector_fn(move |settings, components| {
            let mut connector = Connector::builder()
                .tls_provider(Tls::rustls(CryptoMode::Ring))
                .tls_context(tls.clone());
            connector = connector.proxy_config(proxy.clone());
            connector.set_connector_settings(settings.cloned());
            connector.set_sleep_impl(components.and_then(|it| it.sleep_impl()));
            connector.build()
        }))
    }

    fn proxy(&self) -> Result<ProxyConfig> {
        let proxy = match (&self.https_proxy, &self.http_proxy) {
            (Some(url), _) => ProxyConfig::https(url.as_str()),
            (None, Some(url)) => ProxyConfig::all(url.as_str()),
            (None, None) => return Ok(ProxyConfig::from_env()),
        };
        let proxy = proxy.map_err(|error| invalid(format!("proxy: {error}")))?;
        Ok(match &self.no_proxy {
            Some(hosts) => proxy.no_proxy(hosts),
            None => proxy,
        })
    }

    fn options(&self) -> Options {
        let endpoints = self.endpoints.iter().flat_map(|it| &it.0);
        let given = |url: &Option<String>| url.clone().filter(|it| !it.is_empty());
        let ignored = self.ignore_tags.0.as_ref();
        Options {
            endpoints: endpoints
                .filter_map(|(name, url)| Some((name.clone(), given(url)?)))
                .collect(),
            s3_path_style: self.s3_use_path_style == Some(true),
            sts_region: self.sts_region.clone(),
            sends_again: self.max_retries.is_some(),
            skip_account: self.skip_requesting_account_id == Some(true),
            tags: TagSettings {
                default: self
                    .default_tags
                    .0
                    .as_ref()
                    .and_then(|it| it.tags.clone())
                    .unwrap_or_default(),
                ignored_keys: ignored.and_then(|it| it.keys.clone()).unwrap_or_default(),
                ignored_prefixes: ignored
                    .and_then(|it| it.key_prefixes.clone())
                    .unwrap_or_default(),
            },
        }
    }

    fn check_region(&self, config: &SdkConfig) -> Result<()> {
        let Some(region) = config.region() else {
            let text = "no AWS region is set: set `region`, AWS_REGION, or the profile's region";
            return Err(invalid(text));
        };
        // `us-east-1`, `us-gov-west-1`, `us-isob-east-1`.
        let parts: Vec<&str> = region.as_ref().split('-').collect();
        let words = |it: &&str| it.len() > 1 && it.chars().all(|c| c.is_ascii_lowercase());
        let number = parts.last().is_some_and(|it| it.parse::<u8>().is_ok());
        let valid =
            matches!(parts.len(), 3 | 4) && number && parts[..parts.len() - 1].iter().all(words);
        if valid || self.skip_region_validation == Some(true) {
            return Ok(());
        }
        Err(invalid(format!("invalid AWS Region: {region}")))
    }

    async fn check_account(&self, aws: &Aws) -> Result<()> {
        let (allowed, forbidden) = (&self.allowed_account_ids, &self.forbidden_account_ids);
        if allowed.as_ref().is_none_or(|it| it.is_empty())
            && forbidden.as_ref().is_none_or(|it| it.is_empty())
        {
            return Ok(());
        }
        // The sandbox has one account, which is nobody's.
        let key = std::env::var("AWS_ACCESS_KEY_ID");
        if aws.is_local() && key.is_ok_and(|it| it == "sandbox") {
            return Ok(());
        }
        let account = &aws.caller().await?.account;
        let not_allowed =
            allowed.as_ref().is_some_and(|it| !it.is_empty() && !it.contains(account));
        if not_allowed || forbidden.as_ref().is_some_and(|it| it.contains(account)) {
            return Err(invalid(format!("AWS account ID not allowed: {account}")));
        }
        Ok(())
    }
}

fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(10))
        .operation_attempt_timeout(Duration::from_secs(120))
        .build()
}

fn home(path: &str) -> String {
    match (path.strip_prefix("~/"), std::env::var("HOME")) {
        (Some(rest), Ok(home)) => format!("{home}/{rest}"),
        _ => path.to_owned(),
    }
}

fn invalid(message: impl Into<String>) -> model::Fault {
    rejected("provider \"aws\"", "InvalidSettings", message)
}
