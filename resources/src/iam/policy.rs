//! `aws_iam_policy`: a policy of the account's, that roles, users and groups can be given.

use aws_sdk_iam::types as sdk;
use model::{Attributes, Auto, Live, Map, Out, Phase, Tags, Timeouts};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::fault::{OrFault, must};
use crate::iam::{tags_from_sdk, tags_to_sdk};
use crate::mirror::FromSdk;
use crate::naming::{known, name_or_unique, prefix_of};
use crate::policy::Policy as Document;
use crate::resource::{Resource, Result, each};

/// A policy of the account's, that roles, users and groups can be given.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_iam_policy")]
pub(crate) struct Policy {
    /// What is allowed or denied, as an IAM policy document in JSON.
    policy: Document,
    /// What it is for, in the user's words.
    #[attr(replace)]
    description: Option<String>,
    /// Its name. Without it or `name_prefix`, a unique one is made.
    #[attr(replace)]
    name: Auto<String>,
    /// The beginning of a unique name.
    #[attr(replace)]
    name_prefix: Auto<String>,
    /// The path of its name.
    #[attr(replace, default = "/")]
    path: String,
    /// Its ARN.
    id: Out<String>,
    /// Tags of its own; those of the provider's `default_tags` come on top.
    tags: Tags,
    /// How many roles, users and groups have it.
    attachment_count: Out<i32>,
    /// Its unique id, such as `ANPA...`.
    policy_id: Out<String>,
    /// Its Amazon Resource Name.
    arn: Out<String>,
}

/// IAM keeps no more versions of a policy than these.
const MOST_VERSIONS: usize = 5;

impl Resource for Policy {
    const BATCH: usize = 50;
    const TIMEOUTS: Timeouts = Timeouts::minutes(2, 2, 2);

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        each(ids, |id| live(aws, id)).await
    }

    async fn create(aws: &Aws, want: &Self, token: &str) -> Result<String> {
        let name = name_or_unique(&want.name, &want.name_prefix, token);
        let call = aws.iam().create_policy().policy_name(name).path(&want.path);
        let call = call
            .policy_document(&want.policy.0)
            .set_description(want.description.clone())
            .set_tags((!want.tags.0.is_empty()).then(|| tags_to_sdk(&want.tags)));
        let answer = call.send().await.or_fault("CreatePolicy")?;
        must(answer.policy.and_then(|it| it.arn), "CreatePolicy")
    }

    async fn update(aws: &Aws, id: &str, have: &Self, want: &Self) -> Result<()> {
        if have.policy != want.policy {
            make_room(aws, id).await?;
            let call = aws.iam().create_policy_version().policy_arn(id);
            let call = call.policy_document(&want.policy.0).set_as_default(true);
            call.send().await.or_fault("CreatePolicyVersion")?;
        }
        retag(aws, id, &have.tags, &want.tags).await
    }

    async fn delete(aws: &Aws, id: &str, _have: &Self) -> Result<()> {
        for it in versions(aws, id).await?.iter().filter(|it| !it.is_default_version()) {
            remove_version(aws, id, it).await?;
        }
        aws.iam().delete_policy().policy_arn(id).send().await.or_fault("DeletePolicy")?;
        Ok(())
    }

    fn claim(planned: &Map) -> Option<String> {
        Some(format!("{}{}", known(planned, "path")?, known(planned, "name")?))
    }

    /// The same name cannot be on two paths.
    fn comes_first(before: &Map, after: &Map) -> bool {
        known(before, "name") != known(after, "name")
    }

    async fn holder(aws: &Aws, claim: &str) -> Result<Option<String>> {
        arn_of(aws, claim).await.map(Some)
    }

    /// Names are unique, so a policy of this name that says the same is the one.
    async fn find(aws: &Aws, want: &Self, token: &str) -> Result<Option<String>> {
        let name = name_or_unique(&want.name, &want.name_prefix, token);
        let arn = arn_of(aws, &format!("{}{name}", want.path)).await?;
        let found = live(aws, &arn).await?.map(|it| it.attributes);
        Ok(found.filter(|it| it.policy == want.policy && it.tags == want.tags).map(|_| arn))
    }
}

/// The ARN of the policy with this path and name.
async fn arn_of(aws: &Aws, name: &str) -> Result<String> {
    let (partition, account) = (aws.partition().name, aws.account().await?);
    Ok(format!("arn:{partition}:iam::{account}:policy{name}"))
}

async fn live(aws: &Aws, id: &str) -> Result<Option<Live<Policy>>> {
    let answer = aws.iam().get_policy().policy_arn(id).send().await.or_fault("GetPolicy")?;
    let it = must(answer.policy, "GetPolicy")?;
    let call = aws.iam().get_policy_version().policy_arn(id);
    let call = call.set_version_id(it.default_version_id().map(str::to_owned));
    let version = call.send().await.or_fault("GetPolicyVersion")?.policy_version;
    let document = must(version.and_then(|it| it.document), "GetPolicyVersion")?;
    let attributes = Policy {
        policy: Document::decoded(&document),
        description: Option::from_sdk(it.description()),
        name: Auto::from_sdk(it.policy_name()),
        name_prefix: Auto(it.policy_name().and_then(prefix_of)),
        path: String::from_sdk(it.path()),
        id: Out::from_sdk(it.arn()),
        tags: tags_from_sdk(it.tags()),
        attachment_count: Out(it.attachment_count()),
        policy_id: Out::from_sdk(it.policy_id()),
        arn: Out::from_sdk(it.arn()),
    };
    Ok(Some(Live { id: id.to_owned(), phase: Phase::Ready, attributes }))
}

async fn versions(aws: &Aws, id: &str) -> Result<Vec<sdk::PolicyVersion>> {
    let pages = aws.iam().list_policy_versions().policy_arn(id).into_paginator();
    let all = pages.items().send().collect::<std::result::Result<Vec<_>, _>>().await;
    all.or_fault("ListPolicyVersions")
}

/// Removes the oldest version if there are as many as there may be.
async fn make_room(aws: &Aws, id: &str) -> Result<()> {
    let versions = versions(aws, id).await?;
    if versions.len() < MOST_VERSIONS {
        return Ok(());
    }
    let number = |it: &&sdk::PolicyVersion| {
        let number = it.version_id().and_then(|it| it.trim_start_matches('v').parse::<u32>().ok());
        number.unwrap_or(u32::MAX)
    };
    let oldest = versions.iter().filter(|it| !it.is_default_version()).min_by_key(number);
    match oldest {
        Some(it) => remove_version(aws, id, it).await,
        None => Ok(()),
    }
}

async fn remove_version(aws: &Aws, id: &str, version: &sdk::PolicyVersion) -> Result<()> {
    let call = aws.iam().delete_policy_version().policy_arn(id);
    let call = call.set_version_id(version.version_id().map(str::to_owned));
    call.send().await.or_fault("DeletePolicyVersion")?;
    Ok(())
}

async fn retag(aws: &Aws, id: &str, have: &Tags, want: &Tags) -> Result<()> {
    let (set, unset) = want.changes_from(have);
    if !unset.is_empty() {
        let call = aws.iam().untag_policy().policy_arn(id).set_tag_keys(Some(unset));
        call.send().await.or_fault("UntagPolicy")?;
    }
    if !set.is_empty() {
        let set = tags_to_sdk(&set.into_iter().collect());
        let call = aws.iam().tag_policy().policy_arn(id).set_tags(Some(set));
        call.send().await.or_fault("TagPolicy")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, query, want};

    fn policy(action: &str) -> Policy {
        let text = format!(r#"{{"Statement":[{{"Effect":"Allow","Action":"{action}"}}]}}"#);
        let text = serde_json::json!(text);
        want(&format!(r#"{{"name": "read", "policy": {text}}}"#))
    }

    fn versions(numbers: &[u32]) -> String {
        let last = numbers.last().copied().unwrap_or_default();
        let member = |n: &u32| {
            let default = *n == last;
            format!(
                "<member><VersionId>v{n}</VersionId>\
                 <IsDefaultVersion>{default}</IsDefaultVersion></member>"
            )
        };
        let members: String = numbers.iter().map(member).collect();
        format!("<Versions>{members}</Versions><IsTruncated>false</IsTruncated>")
    }

    #[tokio::test]
    async fn the_oldest_of_five_versions_makes_room() {
        let aws = Script::new([
            query("ListPolicyVersions", &versions(&[9, 10, 11, 12, 13])),
            query("DeletePolicyVersion", ""),
            query("CreatePolicyVersion", ""),
        ]);

        Policy::update(&aws, "arn:p", &policy("s3:Get"), &policy("s3:Put")).await.unwrap();

        aws.sent(expect![[r#"
            ListPolicyVersions
                PolicyArn=arn:p
            DeletePolicyVersion
                PolicyArn=arn:p
                VersionId=v9
            CreatePolicyVersion
                PolicyArn=arn:p
                PolicyDocument={"Statement":[{"Effect":"Allow","Action":"s3:Put"}]}
                SetAsDefault=true
        "#]]);
    }

    #[tokio::test]
    async fn all_versions_go_before_the_policy() {
        let aws = Script::new([
            query("ListPolicyVersions", &versions(&[1, 2])),
            query("DeletePolicyVersion", ""),
            query("DeletePolicy", ""),
        ]);

        Policy::delete(&aws, "arn:p", &policy("s3:Get")).await.unwrap();

        aws.sent(expect![[r#"
            ListPolicyVersions
                PolicyArn=arn:p
            DeletePolicyVersion
                PolicyArn=arn:p
                VersionId=v1
            DeletePolicy
                PolicyArn=arn:p
        "#]]);
    }

    #[tokio::test]
    async fn a_policy_that_means_the_same_is_not_written_again() {
        let aws = Script::new([]);
        Policy::update(&aws, "arn:p", &policy("s3:Get"), &policy("S3:get")).await.unwrap();
        aws.sent(expect![""]);
    }
}
