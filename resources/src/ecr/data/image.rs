//! `aws_ecr_image`: an image that is looked up by its tag or digest, or as the latest one.

use aws_sdk_ecr::types::{ImageDetail, ImageIdentifier};
use model::{Attributes, Auto, Out};
use serde::{Deserialize, Serialize};

use super::{images, repository};
use crate::aws::Aws;
use crate::data::Data;
use crate::fault::{only, rejected};
use crate::mirror::FromSdk;
use crate::resource::Result;

/// An image that is looked up by its tag or digest, or as the latest one.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_ecr_image")]
pub(crate) struct Image {
    /// Its digest.
    image_digest: Auto<String>,
    /// One of its tags.
    image_tag: Option<String>,
    /// Whether the one that was pushed last is meant.
    most_recent: Option<bool>,
    /// The account whose registry it is in.
    registry_id: Auto<String>,
    /// The repository.
    repository_name: String,
    /// Its digest.
    id: Out<String>,
    /// When it was pushed, in seconds since 1970.
    image_pushed_at: Out<i64>,
    /// Its size.
    image_size_in_bytes: Out<i64>,
    /// All of its tags.
    image_tags: Out<Vec<String>>,
    /// How it is pulled: `ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME@DIGEST`.
    image_uri: Out<String>,
}

impl Data for Image {
    async fn read(aws: &Aws, given: Self) -> Result<Self> {
        let latest = given.most_recent == Some(true);
        let id = ImageIdentifier::builder()
            .set_image_digest(given.image_digest.0.clone())
            .set_image_tag(given.image_tag.clone())
            .build();
        let named = id.image_digest().is_some() || id.image_tag().is_some();
        if !named && !latest {
            let text = "one of `image_digest`, `image_tag` and `most_recent` must be given";
            return Err(rejected("aws_ecr_image", "MissingArgument", text));
        }
        let (name, registry) = (&given.repository_name, given.registry_id.0.as_ref());
        let mut found = images(aws, name, registry, named.then_some(id)).await?;
        found.truncate(if latest { 1 } else { 2 });
        let it: ImageDetail = only("image", "DescribeImages", found)?;
        let repository = repository(aws, name, registry).await?;
        let digest = String::from_sdk(it.image_digest());
        let uri = format!("{}@{digest}", repository.repository_uri().unwrap_or_default());
        Ok(Image {
            image_digest: Auto(Some(digest.clone())),
            registry_id: Auto::from_sdk(it.registry_id()),
            id: Out(Some(digest)),
            image_pushed_at: Out(it.image_pushed_at().map(|it| it.secs())),
            image_size_in_bytes: Out(it.image_size_in_bytes()),
            image_tags: Out::from_sdk(it.image_tags()),
            image_uri: Out(Some(uri)),
            ..given
        })
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, json, want_data};

    #[tokio::test]
    async fn the_latest_image_is_the_one_that_was_pushed_last() {
        let images = r#"{"imageDetails": [
            {"registryId": "1", "imageDigest": "sha256:a", "imagePushedAt": 10},
            {"registryId": "1", "imageDigest": "sha256:b", "imagePushedAt": 20,
             "imageTags": ["v2"], "imageSizeInBytes": 5}]}"#;
        let repositories = r#"{"repositories": [{"repositoryUri": "1.dkr.ecr/app"}]}"#;
        let aws = Script::new([json(images), json(repositories)]);

        let given = want_data(r#"{"repository_name": "app", "most_recent": true}"#);
        let it = Image::read(&aws, given).await.unwrap();

        assert_eq!(it.image_uri.0.as_deref(), Some("1.dkr.ecr/app@sha256:b"));
        assert_eq!(it.image_pushed_at.0, Some(20));
        aws.sent(expect![[r#"
            DescribeImages
                repositoryName="app"
            DescribeRepositories
                repositoryNames=["app"]
        "#]]);
    }
}
