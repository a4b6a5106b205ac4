//! A KMS key for what is kept beside resources: it makes data keys for states and plans, and opens them.

use std::sync::Arc;

use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::DataKeySpec;

use crate::aws::Aws;
use crate::fault::must;
use crate::resource::Result;
use crate::settings::configure;
use crate::storage::in_region;

/// What a key policy may ask for, and CloudTrail shows.
const CONTEXT: (&str, &str) = ("purpose", "groundplan state");

/// A key of KMS, reached with the credentials of the environment.
pub struct DataKeys {
    aws: Arc<Aws>,
    key: String,
}

impl DataKeys {
    /// A key by its id, ARN or alias; an ARN says the region too.
    ///
    /// # Errors
    ///
    /// When the settings of the environment are wrong.
    pub async fn new(key: &str) -> Result<DataKeys> {
        let region = key.strip_prefix("arn:").and_then(|it| it.split(':').nth(2));
        let aws = Arc::new(configure(in_region(region)).await?);
        Ok(DataKeys { aws, key: key.to_owned() })
    }

    /// A new data key, and the same as only KMS can open it.
    ///
    /// # Errors
    ///
    /// What KMS answers.
    pub async fn generate(&self) -> Result<(Vec<u8>, Vec<u8>)> {
        let call = self.aws.kms().generate_data_key().key_id(&self.key);
        let call = call.key_spec(DataKeySpec::Aes256).encryption_context(CONTEXT.0, CONTEXT.1);
        let made = self.aws.renewing("GenerateDataKey", || call.clone().send()).await?;
        let plain = must(made.plaintext, "GenerateDataKey")?;
        let sealed = must(made.ciphertext_blob, "GenerateDataKey")?;
        Ok((plain.into_inner(), sealed.into_inner()))
    }

    /// Opens a data key that this key has made.
    ///
    /// # Errors
    ///
    /// What KMS answers.
    pub async fn open(&self, data_key: &[u8]) -> Result<Vec<u8>> {
        let call = self.aws.kms().decrypt().key_id(&self.key);
        let call = call.ciphertext_blob(Blob::new(data_key));
        let call = call.encryption_context(CONTEXT.0, CONTEXT.1);
        let opened = self.aws.renewing("Decrypt", || call.clone().send()).await?;
        Ok(must(opened.plaintext, "Decrypt")?.into_inner())
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, json, json_refusal};

    #[tokio::test]
    async fn a_data_key_is_made_and_opened_by_the_key_that_is_named() {
        let made = r#"{"Plaintext": "a2V5", "CiphertextBlob": "c2VhbGVk", "KeyId": "k"}"#;
        let opened = r#"{"Plaintext": "a2V5", "KeyId": "k"}"#;
        let other = json_refusal("IncorrectKeyException", "another key");
        let script = Script::new([json(made), json(opened), other]);
        let keys = DataKeys { aws: script.aws(), key: "alias/state".to_owned() };

        assert_eq!(keys.generate().await.unwrap(), (b"key".to_vec(), b"sealed".to_vec()));
        assert_eq!(keys.open(b"sealed").await.unwrap(), b"key");
        assert_eq!(keys.open(b"other").await.unwrap_err().code, "IncorrectKeyException");
        script.sent(expect![[r#"
            GenerateDataKey
                EncryptionContext={"purpose":"groundplan state"}
                KeyId="alias/state"
                KeySpec="AES_256"
            Decrypt
                CiphertextBlob="c2VhbGVk"
                EncryptionContext={"purpose":"groundplan state"}
                KeyId="alias/state"
            Decrypt
                CiphertextBlob="b3RoZXI="
                EncryptionContext={"purpose":"groundplan state"}
                KeyId="alias/state"
        "#]]);
    }
}
