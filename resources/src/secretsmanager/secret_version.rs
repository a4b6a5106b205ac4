//! `aws_secretsmanager_secret_version`: a value of a secret.

use std::collections::BTreeSet;

use aws_smithy_types::Blob;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use model::{Attributes, Auto, Live, Out, Phase, Secret, Unread, WriteOnly};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::fault::{OrFault, must, rejected};
use crate::mirror::{FromSdk, ToSdk};
use crate::naming::uuid_of;
use crate::resource::{Resource, Result, each};

/// A value of a secret.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_secretsmanager_secret_version")]
pub(crate) struct SecretVersion {
    /// The secret, by ARN or name.
    #[attr(replace)]
    secret_id: String,
    /// The value as bytes, in base64.
    #[attr(replace)]
    secret_binary: Option<Secret<String>>,
    /// The value as text.
    #[attr(replace)]
    secret_string: Option<Secret<String>>,
    /// The value as text, which is not compared with what is there.
    #[attr(replace)]
    secret_string_wo: WriteOnly<Secret<String>>,
    /// A number whose change writes `secret_string_wo` again.
    #[attr(replace)]
    secret_string_wo_version: Unread<i32>,
    /// Labels of this version; by default `AWSCURRENT`.
    version_stages: Auto<BTreeSet<String>>,
    /// The secret's id and the version's, with a bar between them.
    id: Out<String>,
    /// Whether `secret_string_wo` is given.
    has_secret_string_wo: Out<bool>,
    /// The version's id.
    version_id: Out<String>,
    /// ARN of the secret.
    arn: Out<String>,
}

const NAME: &str = "aws_secretsmanager_secret_version";
const CURRENT: &str = "AWSCURRENT";

impl Resource for SecretVersion {
    const BATCH: usize = 50;

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        each(ids, |id| live(aws, id)).await
    }

    /// The same token gives the same version again.
    async fn create(aws: &Aws, want: &Self, token: &str) -> Result<String> {
        let bytes = want.secret_binary.as_ref().map(|it| STANDARD.decode(it.0.as_bytes()));
        let bytes = bytes.transpose().map_err(|error| {
            rejected("PutSecretValue", "InvalidBase64", format!("secret_binary: {error}"))
        })?;
        let text = want.secret_string_wo.0.as_ref().or(want.secret_string.as_ref());
        let call = aws.secretsmanager().put_secret_value().secret_id(&want.secret_id);
        let call = call
            .client_request_token(uuid_of(token))
            .set_secret_string(text.map(|it| it.0.clone()))
            .set_secret_binary(bytes.map(Blob::new))
            .set_version_stages(want.version_stages.to_sdk());
        let answer = call.send().await.or_fault("PutSecretValue")?;
        let version = must(answer.version_id, "PutSecretValue")?;
        Ok(format!("{}|{version}", want.secret_id))
    }

    async fn update(aws: &Aws, id: &str, have: &Self, want: &Self) -> Result<()> {
        let (secret, version) = id.split_once('|').unwrap_or((&want.secret_id, id));
        let labels = |it: &Self| it.version_stages.0.clone().unwrap_or_default();
        for it in labels(want).difference(&labels(have)) {
            let call = aws.secretsmanager().update_secret_version_stage().secret_id(secret);
            let call = call.version_stage(it).move_to_version_id(version);
            call.send().await.or_fault("UpdateSecretVersionStage")?;
        }
        for it in labels(have).difference(&labels(want)).filter(|it| *it != CURRENT) {
            unlabel(aws, secret, version, it).await?;
        }
        Ok(())
    }

    /// A version cannot be deleted. It loses its labels, but for that of the current one, and is
    /// ours no more.
    async fn delete(aws: &Aws, id: &str, have: &Self) -> Result<()> {
        if let Some((secret, version)) = id.split_once('|') {
            for it in have.version_stages.0.iter().flatten().filter(|it| *it != CURRENT) {
                unlabel(aws, secret, version, it).await?;
            }
        }
        aws.abandon(NAME, id);
        Ok(())
    }
}

async fn unlabel(aws: &Aws, secret: &str, version: &str, label: &str) -> Result<()> {
    let call = aws.secretsmanager().update_secret_version_stage().secret_id(secret);
    let call = call.version_stage(label).remove_from_version_id(version);
    call.send().await.or_fault("UpdateSecretVersionStage")?;
    Ok(())
}

async fn live(aws: &Aws, id: &str) -> Result<Option<Live<SecretVersion>>> {
    let Some((secret, version)) = id.split_once('|') else { return Ok(None) };
    let call = aws.secretsmanager().get_secret_value().secret_id(secret).version_id(version);
    let it = match call.send().await.or_fault("GetSecretValue") {
        // The secret waits for its end.
        Err(fault) if fault.message.contains("marked for deletion") => return Ok(None),
        Err(fault) if fault.message.contains("marked deleted") => return Ok(None),
        answer => answer?,
    };
    let bytes = it.secret_binary().map(|it| Secret(STANDARD.encode(it.as_ref())));
    let attributes = SecretVersion {
        secret_id: secret.to_owned(),
        secret_binary: bytes,
        secret_string: Option::from_sdk(it.secret_string()),
        secret_string_wo: WriteOnly(None),
        secret_string_wo_version: Unread(None),
        version_stages: Auto::from_sdk(it.version_stages()),
        id: Out(Some(id.to_owned())),
        has_secret_string_wo: Out(None),
        version_id: Out(Some(version.to_owned())),
        arn: Out::from_sdk(it.arn()),
    };
    Ok(Some(Live { id: id.to_owned(), phase: Phase::Ready, attributes }))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, json, want};

    #[tokio::test]
    async fn a_version_is_made_once_for_each_intent() {
        let aws = Script::new([json(r#"{"VersionId": "v1"}"#)]);
        let want = want::<SecretVersion>(r#"{"secret_id": "arn:db", "secret_string": "s3cret"}"#);

        let id = SecretVersion::create(&aws, &want, "token").await.unwrap();

        assert_eq!(id, "arn:db|v1");
        aws.sent(expect![[r#"
            PutSecretValue
                ClientRequestToken="094de9d8-5b56-5c33-8965-e758b0aef552"
                SecretId="arn:db"
                SecretString="s3cret"
        "#]]);
    }

    #[tokio::test]
    async fn the_current_label_stays() {
        let aws = Script::new([json("{}")]);
        let have = want::<SecretVersion>(
            r#"{"secret_id": "arn:db", "version_stages": ["AWSCURRENT", "blue"]}"#,
        );

        SecretVersion::delete(&aws, "arn:db|v1", &have).await.unwrap();

        assert!(aws.has_abandoned(NAME, "arn:db|v1"));
        aws.sent(expect![[r#"
            UpdateSecretVersionStage
                RemoveFromVersionId="v1"
                SecretId="arn:db"
                VersionStage="blue"
        "#]]);
    }
}
