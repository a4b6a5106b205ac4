//! `aws_kms_secrets`: texts that are stored encrypted, decrypted.

use std::collections::{BTreeMap, BTreeSet};

use aws_smithy_types::Blob;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use model::{Attributes, Out, Secret as Hidden};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::data::Data;
use crate::fault::{OrFault, rejected};
use crate::mirror::ToSdk;
use crate::resource::{Result, each};

/// Texts that are stored encrypted, decrypted.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_kms_secrets")]
pub(crate) struct Secrets {
    /// What is decrypted.
    #[attr(required)]
    secret: BTreeSet<Secret>,
    /// The region.
    id: Out<String>,
    /// The texts, by the names that were given.
    plaintext: Out<Hidden<BTreeMap<String, String>>>,
}

/// A text that is stored encrypted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Serialize, Deserialize)]
pub(crate) struct Secret {
    /// What was said when it was encrypted, and has to be said again.
    context: Option<BTreeMap<String, String>>,
    /// How it was encrypted.
    encryption_algorithm: Option<String>,
    /// Grants that are not known everywhere yet.
    grant_tokens: Option<Vec<String>>,
    /// The key, where the text does not tell it.
    key_id: Option<String>,
    /// A name for it.
    name: String,
    /// The encrypted text, in base64.
    payload: String,
}

impl Data for Secrets {
    async fn read(aws: &Aws, given: Self) -> Result<Self> {
        let names: Vec<String> = given.secret.iter().map(|it| it.name.clone()).collect();
        let named: BTreeMap<&str, &Secret> =
            given.secret.iter().map(|it| (it.name.as_str(), it)).collect();
        let texts = each(&names, |name| {
            let secret = named[name];
            async move { Ok(Some((name.to_owned(), decrypt(aws, secret).await?))) }
        });
        let texts: BTreeMap<String, String> = texts.await?.into_iter().collect();
        Ok(Secrets {
            id: Out(Some(aws.region().to_owned())),
            plaintext: Out(Some(Hidden(texts))),
            ..given
        })
    }
}

async fn decrypt(aws: &Aws, secret: &Secret) -> Result<String> {
    let unreadable = |what: &str| {
        let text = format!("the payload of the secret `{}` is not {what}", secret.name);
        rejected("Decrypt", "InvalidPayload", text)
    };
    let payload = STANDARD.decode(&secret.payload);
    let payload = payload.map_err(|_| unreadable("base64"))?;
    let call = aws.kms().decrypt().ciphertext_blob(Blob::new(payload));
    let call = call
        .set_encryption_context(secret.context.as_ref().and_then(|it| it.to_sdk()))
        .set_encryption_algorithm(secret.encryption_algorithm.to_sdk())
        .set_grant_tokens(secret.grant_tokens.clone())
        .set_key_id(secret.key_id.clone());
    let text = call.send().await.or_fault("Decrypt")?.plaintext.unwrap_or_else(|| Blob::new([]));
    String::from_utf8(text.into_inner()).map_err(|_| unreadable("a text in UTF-8"))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, json, want_data};

    #[tokio::test]
    async fn each_text_is_decrypted() {
        let aws = Script::new([json(r#"{"Plaintext": "aHVzaA=="}"#)]);
        let given = r#"{"secret": [{"name": "db", "payload": "AQID", "context": {"app": "web"}}]}"#;

        let it = Secrets::read(&aws, want_data(given)).await.unwrap();

        let expected = BTreeMap::from([("db".to_owned(), "hush".to_owned())]);
        assert_eq!(it.plaintext.0, Some(Hidden(expected)));
        aws.sent(expect![[r#"
            Decrypt
                CiphertextBlob="AQID"
                EncryptionContext={"app":"web"}
        "#]]);
    }

    #[tokio::test]
    async fn what_is_no_base64_is_said() {
        let aws = Script::new([]);
        let given = want_data::<Secrets>(r#"{"secret": [{"name": "db", "payload": "?"}]}"#);
        let text = Secrets::read(&aws, given).await.unwrap_err().message;
        assert_eq!(text, "the payload of the secret `db` is not base64");
    }
}
