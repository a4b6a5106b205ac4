//! Working as a role: credentials that are asked of STS, and asked anew before they end.

use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use aws_sdk_sts::types as sdk;
use aws_types::SdkConfig;
use model::{Attributes, Secret};
use serde::{Deserialize, Serialize};

use crate::aws::{Options, sts};
use crate::resource::Result;
use crate::settings::invalid;

/// A role to work as.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct AssumeRole {
    /// How long the credentials last, such as `1h30m`.
    duration: Option<String>,
    /// What the role's owner asks for to recognize us.
    external_id: Option<String>,
    /// A policy that limits the role further, in JSON.
    policy: Option<String>,
    /// ARNs of policies that limit the role further.
    policy_arns: Option<BTreeSet<String>>,
    /// The role.
    role_arn: Option<String>,
    /// What to call the session.
    session_name: Option<String>,
    /// Who is behind the session.
    source_identity: Option<String>,
    /// Tags of the session.
    tags: Option<BTreeMap<String, String>>,
    /// Names of the tags that the next role of a chain has too.
    transitive_tag_keys: Option<BTreeSet<String>>,
}

/// A role to work as, proven by a token of an identity provider.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct AssumeRoleWithWebIdentity {
    /// How long the credentials last, such as `1h30m`.
    duration: Option<String>,
    /// A policy that limits the role further, in JSON.
    policy: Option<String>,
    /// ARNs of policies that limit the role further.
    policy_arns: Option<BTreeSet<String>>,
    /// The role.
    role_arn: Option<String>,
    /// What to call the session.
    session_name: Option<String>,
    /// The token.
    web_identity_token: Option<Secret<String>>,
    /// A file with the token.
    web_identity_token_file: Option<String>,
}

impl AssumeRole {
    /// The same configuration, but working as this role. A block without a role changes nothing.
    pub fn assume(&self, config: &SdkConfig, options: &Options) -> Result<SdkConfig> {
        let Some(role) = self.role_arn.clone() else { return Ok(config.clone()) };
        let sts = sts(config, options);
        let tag = |(key, value): (&String, &String)| {
            let tag = sdk::Tag::builder().key(key).value(value);
            tag.build().expect("a tag with a key and a value")
        };
        let call = sts
            .assume_role()
            .role_arn(role)
            .role_session_name(session(&self.session_name))
            .set_duration_seconds(seconds(&self.duration)?)
            .set_external_id(self.external_id.clone())
            .set_policy(self.policy.clone())
            .set_policy_arns(policies(&self.policy_arns))
            .set_source_identity(self.source_identity.clone())
            .set_tags(self.tags.as_ref().map(|it| it.iter().map(tag).collect()))
            .set_transitive_tag_keys(
                self.transitive_tag_keys.as_ref().map(|it| it.iter().cloned().collect()),
            );
        Ok(working_as(config, move || {
            let call = call.clone();
            async move { call.send().await.map_err(refused)?.credentials.ok_or_else(nothing) }
        }))
    }
}

impl AssumeRoleWithWebIdentity {
    pub fn assume(&self, config: &SdkConfig, options: &Options) -> Result<SdkConfig> {
        let Some(role) = self.role_arn.clone() else { return Ok(config.clone()) };
        let sts = sts(config, options);
        let call = sts
            .assume_role_with_web_identity()
            .role_arn(role)
            .role_session_name(session(&self.session_name))
            .set_duration_seconds(seconds(&self.duration)?)
            .set_policy(self.policy.clone())
            .set_policy_arns(policies(&self.policy_arns));
        let (token, file) = (self.web_identity_token.clone(), self.web_identity_token_file.clone());
        if token.is_none() && file.is_none() {
            let text = "assume_role_with_web_identity: one of `web_identity_token` and \
                        `web_identity_token_file` must be given";
            return Err(invalid(text));
        }
        Ok(working_as(config, move || {
            let (call, token, file) = (call.clone(), token.clone(), file.clone());
            async move {
                // The file is read each time: whoever runs us replaces it before the token ends.
                let token = match (token, file) {
                    (Some(Secret(token)), _) => token,
                    (None, file) => std::fs::read_to_string(file.unwrap_or_default())
                        .map_err(CredentialsError::provider_error)?,
                };
                let call = call.web_identity_token(token.trim());
                call.send().await.map_err(refused)?.credentials.ok_or_else(nothing)
            }
        }))
    }
}

/// Credentials that `ask` gives.
struct Lent<F>(F);

impl<F> std::fmt::Debug for Lent<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Lent")
    }
}

impl<F, A> ProvideCredentials for Lent<F>
where
    F: Fn() -> A + Send + Sync,
    A: Future<Output = std::result::Result<sdk::Credentials, CredentialsError>> + Send,
{
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async move {
            let it = (self.0)().await?;
            let expiry = SystemTime::try_from(*it.expiration()).ok();
            let token = Some(it.session_token().to_owned());
            let (key, secret) = (it.access_key_id(), it.secret_access_key());
            Ok(Credentials::new(key, secret, token, expiry, "an assumed role"))
        })
    }
}

fn working_as<F, A>(config: &SdkConfig, ask: F) -> SdkConfig
where
    F: Fn() -> A + Send + Sync + 'static,
    A: Future<Output = std::result::Result<sdk::Credentials, CredentialsError>> + Send + 'static,
{
    let credentials = SharedCredentialsProvider::new(Lent(ask));
    config.to_builder().credentials_provider(credentials).build()
}

fn refused(error: impl std::error::Error + Send + Sync + 'static) -> CredentialsError {
    CredentialsError::provider_error(error)
}

fn nothing() -> CredentialsError {
    CredentialsError::provider_error("the answer has no credentials")
}

fn session(name: &Option<String>) -> String {
    name.clone().unwrap_or_else(|| "groundplan".to_owned())
}

fn policies(arns: &Option<BTreeSet<String>>) -> Option<Vec<sdk::PolicyDescriptorType>> {
    let policy = |arn: &String| sdk::PolicyDescriptorType::builder().arn(arn).build();
    arns.as_ref().map(|it| it.iter().map(policy).collect())
}

/// `1h30m` in seconds.
fn seconds(duration: &Option<String>) -> Result<Option<i32>> {
    let Some(text) = duration.as_deref() else { return Ok(None) };
    let mut total = 0.0;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let number: Option<f64> = rest[..digits].parse().ok();
        let unit = match rest[digits..].chars().next() {
            Some('h') => Some(3600.0),
            Some('m') => Some(60.0),
            Some('s') => Some(1.0),
            _ => None,
        };
        let (Some(number), Some(unit)) = (number, unit) else {
            return Err(invalid(format!(
                "assume_role: `{text}` is not a duration such as `1h30m`"
            )));
        };
        total += number * unit;
        rest = &rest[digits + 1..];
    }
    Ok(Some(total as i32))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_go_writes_them() {
        let parse = |text: &str| seconds(&Some(text.to_owned())).ok().flatten();
        assert_eq!(parse("1h30m"), Some(5400));
        assert_eq!(parse("90m"), Some(5400));
        assert_eq!(parse("15m0s"), Some(900));
        assert_eq!(parse("15"), None);
        assert_eq!(parse("soon"), None);
    }
}
