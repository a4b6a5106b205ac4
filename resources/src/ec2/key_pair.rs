//! `aws_key_pair`: a public key that instances let in.

use aws_sdk_ec2::primitives::Blob;
use aws_sdk_ec2::types as sdk;
use model::{Attributes, Auto, Field, Live, Map, Out, Phase, Shape, Tags};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::ec2::{filter, retag, tags_from_sdk, tags_to_sdk};
use crate::fault::{OrFault, must};
use crate::mirror::FromSdk;
use crate::naming::{known, name_or_unique, prefix_of};
use crate::resource::{Resource, Result};

/// A public key that instances let in.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_key_pair", version = 1)]
pub(crate) struct KeyPair {
    /// The key, as OpenSSH writes it.
    #[attr(replace)]
    public_key: PublicKey,
    /// Its name. Without it or `key_name_prefix`, a unique one is made.
    #[attr(replace)]
    key_name: Auto<String>,
    /// The beginning of a unique name.
    #[attr(replace)]
    key_name_prefix: Auto<String>,
    /// Tags of its own; those of the provider's `default_tags` come on top.
    tags: Tags,
    /// The digest of the key.
    fingerprint: Out<String>,
    /// Its id, such as `key-0123456789abcdef0`.
    key_pair_id: Out<String>,
    /// `rsa` or `ed25519`.
    key_type: Out<String>,
    /// Its Amazon Resource Name.
    arn: Out<String>,
    /// Its name.
    id: Out<String>,
}

/// A key without regard to the comment after it. To compare it with nothing says nothing.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct PublicKey(String);

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        let (own, others) = (self.parts(), other.parts());
        own.is_empty() || others.is_empty() || own == others
    }
}

impl Field for PublicKey {
    const SHAPE: Shape = Shape::String;
}

impl PublicKey {
    fn parts(&self) -> Vec<&str> {
        self.0.split_whitespace().take(2).collect()
    }
}

impl Resource for KeyPair {
    const BATCH: usize = 200;

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        let call = aws.ec2().describe_key_pairs().filters(filter("key-name", ids));
        let answer = call.include_public_key(true).send().await.or_fault("DescribeKeyPairs")?;
        if answer.key_pairs().is_empty() {
            return Ok(Vec::new());
        }
        let arn = aws.arn("ec2", "key-pair/").await?;
        Ok(answer.key_pairs().iter().map(|it| live(it, &arn)).collect())
    }

    async fn create(aws: &Aws, want: &Self, token: &str) -> Result<String> {
        let tags = sdk::TagSpecification::builder().resource_type(sdk::ResourceType::KeyPair);
        let tags = tags.set_tags(Some(tags_to_sdk(&want.tags))).build();
        let name = name_or_unique(&want.key_name, &want.key_name_prefix, token);
        let call = aws.ec2().import_key_pair().key_name(name);
        let call = call.public_key_material(Blob::new(want.public_key.0.trim()));
        let call = match want.tags.0.is_empty() {
            true => call,
            false => call.tag_specifications(tags),
        };
        must(call.send().await.or_fault("ImportKeyPair")?.key_name, "ImportKeyPair")
    }

    async fn update(aws: &Aws, _id: &str, have: &Self, want: &Self) -> Result<()> {
        let id = have.key_pair_id.0.as_deref().unwrap_or_default();
        retag(aws, id, &have.tags, &want.tags).await
    }

    async fn delete(aws: &Aws, id: &str, _have: &Self) -> Result<()> {
        aws.ec2().delete_key_pair().key_name(id).send().await.or_fault("DeleteKeyPair")?;
        Ok(())
    }

    fn claim(planned: &Map) -> Option<String> {
        known(planned, "key_name").map(str::to_owned)
    }

    async fn find(aws: &Aws, want: &Self, token: &str) -> Result<Option<String>> {
        let name = name_or_unique(&want.key_name, &want.key_name_prefix, token);
        let found = Self::read(aws, &[name]).await?;
        let same = |it: &Live<Self>| it.attributes.public_key == want.public_key;
        Ok(found.into_iter().find(same).map(|it| it.id))
    }
}

fn live(it: &sdk::KeyPairInfo, arn: &str) -> Live<KeyPair> {
    let name = it.key_name().unwrap_or_default();
    let attributes = KeyPair {
        public_key: PublicKey(String::from_sdk(it.public_key())),
        key_name: Auto::from_sdk(Some(name)),
        key_name_prefix: Auto(prefix_of(name)),
        tags: tags_from_sdk(it.tags()),
        fingerprint: Out::from_sdk(it.key_fingerprint()),
        key_pair_id: Out::from_sdk(it.key_pair_id()),
        key_type: Out::from_sdk(it.key_type()),
        arn: Out(Some(format!("{arn}{name}"))),
        id: Out::from_sdk(Some(name)),
    };
    Live { id: name.to_owned(), phase: Phase::Ready, attributes }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_comment_of_a_key_does_not_matter() {
        let key = |it: &str| PublicKey(it.to_owned());
        assert_eq!(key("ssh-rsa AAAA me@home\n"), key("ssh-rsa AAAA"));
        assert_ne!(key("ssh-rsa AAAA"), key("ssh-rsa BBBB"));
        assert_eq!(key("ssh-rsa AAAA"), key(""));
    }
}
