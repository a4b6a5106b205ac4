//! `aws_ecr_repository`: a repository that is looked up by its name.

use std::collections::BTreeMap;

use model::{Attributes, Auto, Out};
use serde::{Deserialize, Serialize};

use super::images;
use crate::aws::Aws;
use crate::data::Data;
use crate::ecr::tags_of;
use crate::mirror::FromSdk;
use crate::resource::Result;

/// A repository that is looked up by its name.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_ecr_repository")]
pub(crate) struct Repository {
    /// Its name.
    name: String,
    /// The account whose registry it is in.
    registry_id: Auto<String>,
    /// Its name.
    id: Out<String>,
    /// Its tags.
    tags: Auto<BTreeMap<String, String>>,
    /// How images are encrypted.
    encryption_configuration: Out<Vec<Encryption>>,
    /// Whether images are looked over for known weaknesses.
    image_scanning_configuration: Out<Vec<Scanning>>,
    /// Whether a tag can be moved to another image: `MUTABLE` or `IMMUTABLE`.
    image_tag_mutability: Out<String>,
    /// The tags of the image that was pushed last.
    most_recent_image_tags: Out<Vec<String>>,
    /// What image names begin with: `ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME`.
    repository_url: Out<String>,
    /// Its Amazon Resource Name.
    arn: Out<String>,
}

/// How images are encrypted.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct Encryption {
    /// `AES256`, `KMS` or `KMS_DSSE`.
    encryption_type: Option<String>,
    /// The KMS key, with `KMS`.
    kms_key: Option<String>,
}

/// Whether images are looked over for known weaknesses.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct Scanning {
    /// Whether each image is when it is pushed.
    scan_on_push: Option<bool>,
}

impl Data for Repository {
    async fn read(aws: &Aws, given: Self) -> Result<Self> {
        let registry = given.registry_id.0.as_ref();
        let it = super::repository(aws, &given.name, registry).await?;
        let arn = String::from_sdk(it.repository_arn());
        let tags = tags_of(aws, std::slice::from_ref(&arn)).await?;
        let tags = tags.into_values().flat_map(|it| it.0).filter(|it| !aws.tags().ignores(&it.0));
        let images = images(aws, &given.name, registry, None).await?;
        let tagged = images.iter().find(|it| !it.image_tags().is_empty());
        let encryption = it.encryption_configuration().map(|it| Encryption {
            encryption_type: Option::from_sdk(Some(it.encryption_type().as_str())),
            kms_key: Option::from_sdk(it.kms_key()),
        });
        let scanning = it
            .image_scanning_configuration()
            .map(|it| Scanning { scan_on_push: Some(it.scan_on_push()) });
        Ok(Repository {
            registry_id: Auto::from_sdk(it.registry_id()),
            id: Out(Some(given.name.clone())),
            tags: Auto(Some(tags.collect())),
            encryption_configuration: Out(Some(encryption.into_iter().collect())),
            image_scanning_configuration: Out(Some(scanning.into_iter().collect())),
            image_tag_mutability: Out::from_sdk(it.image_tag_mutability()),
            most_recent_image_tags: Out::from_sdk(
                tagged.map(|it| it.image_tags()).unwrap_or_default(),
            ),
            repository_url: Out::from_sdk(it.repository_uri()),
            arn: Out(Some(arn)),
            ..given
        })
    }
}
