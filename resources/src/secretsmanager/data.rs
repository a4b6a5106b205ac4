//! `aws_secretsmanager_secret` and `aws_secretsmanager_secret_version`: secrets that are looked up.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use model::{Attributes, Auto, Out, Secret as Hidden};
use serde::{Deserialize, Serialize};

use super::tags_from_sdk;
use crate::aws::Aws;
use crate::data::Data;
use crate::fault::{OrFault, rejected};
use crate::mirror::{FromSdk, moment};
use crate::resource::Result;

/// A secret that is looked up by its name or ARN.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_secretsmanager_secret")]
pub(crate) struct Secret {
    /// Its name.
    name: Auto<String>,
    /// Its Amazon Resource Name.
    arn: Auto<String>,
    /// Its ARN.
    id: Out<String>,
    /// Its tags.
    tags: Auto<BTreeMap<String, String>>,
    /// When it was created.
    created_date: Out<String>,
    /// What it is for.
    description: Out<String>,
    /// The KMS key it is encrypted with.
    kms_key_id: Out<String>,
    /// When it was last changed.
    last_changed_date: Out<String>,
    /// Who may use it, in JSON.
    policy: Out<String>,
}

/// A value of a secret.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_secretsmanager_secret_version")]
pub(crate) struct SecretVersion {
    /// The secret, by ARN or name.
    secret_id: String,
    /// The version's id.
    version_id: Auto<String>,
    /// The version's label.
    #[attr(default = "AWSCURRENT")]
    version_stage: String,
    /// The secret's id and the version's, with a bar between them.
    id: Out<String>,
    /// When it was created.
    created_date: Out<String>,
    /// The value as bytes, in base64.
    secret_binary: Out<Hidden<String>>,
    /// The value as text.
    secret_string: Out<Hidden<String>>,
    /// Labels of this version.
    version_stages: Out<BTreeSet<String>>,
    /// ARN of the secret.
    arn: Out<String>,
}

impl Data for Secret {
    async fn read(aws: &Aws, given: Self) -> Result<Self> {
        let Some(name) = given.arn.0.or(given.name.0) else {
            let text = "one of `arn` and `name` must be given";
            return Err(rejected("aws_secretsmanager_secret", "MissingArgument", text));
        };
        let it = aws.secretsmanager().describe_secret().secret_id(&name).send().await;
        let it = it.or_fault("DescribeSecret")?;
        let policy = aws.secretsmanager().get_resource_policy().secret_id(&name).send().await;
        let tags = tags_from_sdk(it.tags()).0.into_iter();
        Ok(Secret {
            name: Auto::from_sdk(it.name()),
            arn: Auto::from_sdk(it.arn()),
            id: Out::from_sdk(it.arn()),
            tags: Auto(Some(tags.filter(|(key, _)| !aws.tags().ignores(key)).collect())),
            created_date: moment(it.created_date()),
            description: Out::from_sdk(it.description()),
            kms_key_id: Out::from_sdk(it.kms_key_id()),
            last_changed_date: moment(it.last_changed_date()),
            policy: Out(policy.or_fault("GetResourcePolicy")?.resource_policy),
        })
    }
}

impl Data for SecretVersion {
    async fn read(aws: &Aws, given: Self) -> Result<Self> {
        let call = aws.secretsmanager().get_secret_value().secret_id(&given.secret_id);
        let call = match &given.version_id.0 {
            Some(version) => call.version_id(version),
            None => call.version_stage(&given.version_stage),
        };
        let it = call.send().await.or_fault("GetSecretValue")?;
        let version = String::from_sdk(it.version_id());
        let bytes = it.secret_binary().map(|it| Hidden(STANDARD.encode(it.as_ref())));
        Ok(SecretVersion {
            id: Out(Some(format!("{}|{version}", given.secret_id))),
            version_id: Auto(Some(version)),
            created_date: moment(it.created_date()),
            secret_binary: Out(bytes),
            secret_string: Out::from_sdk(it.secret_string()),
            version_stages: Out::from_sdk(it.version_stages()),
            arn: Out::from_sdk(it.arn()),
            ..given
        })
    }
}
