//! What ECR can be asked about without managing it.

pub(crate) mod authorization_token;
pub(crate) mod image;
pub(crate) mod repository;

use aws_sdk_ecr::types::ImageDetail;

use crate::aws::Aws;
use crate::fault::OrFault;
use crate::resource::Result;

/// The images of a repository that `only` asks for, or all of them, the latest first.
async fn images(
    aws: &Aws,
    repository: &str,
    registry: Option<&String>,
    only: Option<aws_sdk_ecr::types::ImageIdentifier>,
) -> Result<Vec<ImageDetail>> {
    let call = aws.ecr().describe_images().repository_name(repository);
    let call = call.set_registry_id(registry.cloned()).set_image_ids(only.map(|it| vec![it]));
    let pages = call.into_paginator().items().send();
    let all = pages.collect::<std::result::Result<Vec<_>, _>>().await;
    let mut all = all.or_fault("DescribeImages")?;
    let pushed = |it: &ImageDetail| it.image_pushed_at().map(|it| (it.secs(), it.subsec_nanos()));
    all.sort_by_key(|it| std::cmp::Reverse(pushed(it)));
    Ok(all)
}

/// The repository of this name.
async fn repository(
    aws: &Aws,
    name: &str,
    registry: Option<&String>,
) -> Result<aws_sdk_ecr::types::Repository> {
    let call = aws.ecr().describe_repositories().repository_names(name);
    let answer = call.set_registry_id(registry.cloned()).send().await;
    let found = answer.or_fault("DescribeRepositories")?.repositories.unwrap_or_default();
    crate::fault::only(&format!("repository `{name}`"), "DescribeRepositories", found)
}
