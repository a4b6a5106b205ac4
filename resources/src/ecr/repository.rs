//! `aws_ecr_repository`: where images of one name are kept.

use std::collections::BTreeSet;

use aws_sdk_ecr::types as sdk;
use model::{
    Attributes, Auto, Contents, Live, Map, Mirror, One, Out, Phase, Tags, Timeouts, Unread,
};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::ecr::{retag, tags_of, tags_to_sdk};
use crate::fault::{OrFault, must};
use crate::mirror::{FromSdk, ToSdk};
use crate::naming::known;
use crate::resource::{Resource, Result};

/// Where images of one name are kept.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_ecr_repository", timeouts = [delete])]
pub(crate) struct Repository {
    /// Its name, with slashes if need be: `team/app`.
    #[attr(replace)]
    name: String,
    /// Whether the images it holds may be thrown away when it is destroyed.
    force_delete: Unread<bool>,
    /// Whether a tag can be moved to another image: `MUTABLE` or `IMMUTABLE`.
    #[attr(default = "MUTABLE")]
    image_tag_mutability: String,
    /// How images are encrypted.
    #[attr(replace)]
    encryption_configuration: Auto<Vec<Encryption>>,
    /// Whether images are looked over for known weaknesses.
    image_scanning_configuration: Auto<One<Scanning>>,
    /// Tags of its own; those of the provider's `default_tags` come on top.
    tags: Tags,
    /// Its Amazon Resource Name.
    arn: Out<String>,
    /// The account whose registry it is in.
    registry_id: Out<String>,
    /// What image names begin with: `ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME`.
    repository_url: Out<String>,
    /// Its name.
    id: Out<String>,
}

/// How images are encrypted.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::EncryptionConfiguration, checked)]
pub(crate) struct Encryption {
    /// `AES256`, `KMS` or `KMS_DSSE`.
    #[attr(replace, default = "AES256")]
    encryption_type: String,
    /// The KMS key, with `KMS`.
    #[attr(replace)]
    kms_key: Auto<String>,
}

/// Whether images are looked over for known weaknesses.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::ImageScanningConfiguration)]
pub(crate) struct Scanning {
    /// Whether each image is when it is pushed.
    scan_on_push: bool,
}

impl Resource for Repository {
    const BATCH: usize = 100;
    const TIMEOUTS: Timeouts = Timeouts::minutes(10, 10, 20);
    const FORCE: Option<&'static str> = Some("force_delete");

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        let call = aws.ecr().describe_repositories().set_repository_names(Some(ids.to_vec()));
        let found = call.send().await.or_fault("DescribeRepositories")?;
        let found = found.repositories.unwrap_or_default();
        let arns: Vec<_> = found.iter().filter_map(|it| it.repository_arn.clone()).collect();
        let tags = tags_of(aws, &arns).await?;
        let tags = |it: &sdk::Repository| tags.get(it.repository_arn()?).cloned();
        Ok(found.iter().map(|it| live(it, tags(it).unwrap_or_default())).collect())
    }

    async fn create(aws: &Aws, want: &Self, _token: &str) -> Result<String> {
        let encryption = want.encryption_configuration.0.iter().flatten().next();
        let scanning = want.image_scanning_configuration.0.as_ref().and_then(|it| it.0.as_ref());
        let call = aws
            .ecr()
            .create_repository()
            .repository_name(&want.name)
            .image_tag_mutability(want.image_tag_mutability.as_str().into())
            .set_encryption_configuration(encryption.and_then(ToSdk::to_sdk))
            .set_image_scanning_configuration(scanning.and_then(ToSdk::to_sdk))
            .set_tags(Some(tags_to_sdk(&want.tags)));
        let answer = call.send().await.or_fault("CreateRepository")?;
        must(answer.repository.and_then(|it| it.repository_name), "CreateRepository")
    }

    async fn update(aws: &Aws, id: &str, have: &Self, want: &Self) -> Result<()> {
        if have.image_tag_mutability != want.image_tag_mutability {
            let call = aws.ecr().put_image_tag_mutability().repository_name(id);
            let call = call.image_tag_mutability(want.image_tag_mutability.as_str().into());
            call.send().await.or_fault("PutImageTagMutability")?;
        }
        if have.image_scanning_configuration != want.image_scanning_configuration
            && let Some(One(it)) = &want.image_scanning_configuration.0
        {
            let off = Scanning { scan_on_push: false };
            let call = aws.ecr().put_image_scanning_configuration().repository_name(id);
            let call = call.set_image_scanning_configuration(it.as_ref().unwrap_or(&off).to_sdk());
            call.send().await.or_fault("PutImageScanningConfiguration")?;
        }
        retag(aws, have.arn.0.as_deref().unwrap_or_default(), &have.tags, &want.tags).await
    }

    /// By force, ECR throws the images away itself, and in one call.
    async fn delete(aws: &Aws, id: &str, have: &Self) -> Result<()> {
        let call = aws.ecr().delete_repository().repository_name(id);
        let call = call.force(have.force_delete.0 == Some(true));
        call.send().await.or_fault("DeleteRepository")?;
        Ok(())
    }

    fn claim(planned: &Map) -> Option<String> {
        known(planned, "name").map(str::to_owned)
    }

    /// Names are unique, so a repository of this name with the same tags is the one.
    async fn find(aws: &Aws, want: &Self, _token: &str) -> Result<Option<String>> {
        let found = Self::read(aws, std::slice::from_ref(&want.name)).await?;
        let found = found.into_iter().find(|it| it.attributes.tags == want.tags);
        Ok(found.map(|it| it.id))
    }

    async fn contents(
        aws: &Aws,
        id: &str,
        _have: &Self,
        _going: &[(String, String)],
    ) -> Result<Option<Contents>> {
        let pages = aws.ecr().list_images().repository_name(id).into_paginator().items().send();
        let all = pages.collect::<std::result::Result<Vec<_>, _>>().await.or_fault("ListImages")?;
        // An image with several tags is listed as often.
        let images: BTreeSet<_> = all.iter().map(|it| it.image_digest()).collect();
        let count = images.len() as u64;
        let text = format!("{count} image{}", if count == 1 { "" } else { "s" });
        Ok((count > 0).then_some(Contents { count, text }))
    }
}

fn live(it: &sdk::Repository, tags: Tags) -> Live<Repository> {
    let attributes = Repository {
        name: String::from_sdk(it.repository_name()),
        force_delete: Unread(None),
        image_tag_mutability: String::from_sdk(it.image_tag_mutability()),
        encryption_configuration: Auto(Some(
            it.encryption_configuration().map(Encryption::from_sdk).into_iter().collect(),
        )),
        image_scanning_configuration: Auto(Some(One::from_sdk(it.image_scanning_configuration()))),
        tags,
        arn: Out::from_sdk(it.repository_arn()),
        registry_id: Out::from_sdk(it.registry_id()),
        repository_url: Out::from_sdk(it.repository_uri()),
        id: Out::from_sdk(it.repository_name()),
    };
    Live { id: String::from_sdk(it.repository_name()), phase: Phase::Ready, attributes }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, json, want};

    #[tokio::test]
    async fn creates_with_everything_in_one_call() {
        let aws = Script::new([json(r#"{"repository": {"repositoryName": "team/app"}}"#)]);
        let want = want::<Repository>(
            r#"{"name": "team/app", "image_scanning_configuration": [{"scan_on_push": true}],
                "encryption_configuration": [{"encryption_type": "KMS"}], "tags": {"a": "b"}}"#,
        );
        assert_eq!(Repository::create(&aws, &want, "token").await.unwrap(), "team/app");
        aws.sent(expect![[r#"
            CreateRepository
                encryptionConfiguration={"encryptionType":"KMS"}
                imageScanningConfiguration={"scanOnPush":true}
                imageTagMutability="MUTABLE"
                repositoryName="team/app"
                tags=[{"Key":"a","Value":"b"}]
        "#]]);
    }

    #[tokio::test]
    async fn only_what_differs_is_sent() {
        let aws = Script::new([json("{}")]);
        let have = want::<Repository>(
            r#"{"name": "app", "image_scanning_configuration": [{"scan_on_push": true}]}"#,
        );
        let want = want::<Repository>(
            r#"{"name": "app", "image_tag_mutability": "IMMUTABLE",
                "image_scanning_configuration": [{"scan_on_push": true}]}"#,
        );
        Repository::update(&aws, "app", &have, &want).await.unwrap();
        aws.sent(expect![[r#"
            PutImageTagMutability
                imageTagMutability="IMMUTABLE"
                repositoryName="app"
        "#]]);
    }

    #[tokio::test]
    async fn images_are_counted_once_and_go_by_force() {
        let aws = Script::new([
            json(
                r#"{"imageIds": [{"imageDigest": "sha256:1", "imageTag": "a"},
                    {"imageDigest": "sha256:1", "imageTag": "b"}, {"imageDigest": "sha256:2"}]}"#,
            ),
            json("{}"),
        ]);
        let have = want::<Repository>(r#"{"name": "app", "force_delete": true}"#);
        let found = Repository::contents(&aws, "app", &have, &[]).await.unwrap().unwrap();
        assert_eq!((found.count, found.text.as_str()), (2, "2 images"));
        Repository::delete(&aws, "app", &have).await.unwrap();
        aws.sent(expect![[r#"
            ListImages
                repositoryName="app"
            DeleteRepository
                force=true
                repositoryName="app"
        "#]]);
    }
}
