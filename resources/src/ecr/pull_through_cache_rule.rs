//! `aws_ecr_pull_through_cache_rule`: keeps copies of the images of another registry.

use aws_sdk_ecr::types as sdk;
use model::{Attributes, Field, Live, Map, Out, Phase, Shape};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::fault::OrFault;
use crate::mirror::{FromSdk, ToSdk, text};
use crate::naming::known;
use crate::resource::{Resource, Result, changed};

/// Keeps copies of the images of another registry.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_ecr_pull_through_cache_rule")]
pub(crate) struct PullThroughCacheRule {
    /// ARN of the secret with the user and password of the other registry.
    credential_arn: Option<String>,
    /// ARN of the role that reads from another registry of ECR.
    custom_role_arn: Option<String>,
    /// What the names of the repositories with the copies begin with.
    #[attr(replace)]
    ecr_repository_prefix: String,
    /// The other registry.
    #[attr(replace)]
    upstream_registry_url: String,
    /// What the names of the repositories in the other registry begin with; `ROOT` for any.
    #[attr(replace)]
    upstream_repository_prefix: Option<Prefix>,
    /// The account whose registry it is in.
    registry_id: Out<String>,
    /// The prefix.
    id: Out<String>,
}

/// What names begin with. `ROOT` is what ECR says where nothing was said.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Prefix(String);

text!(Prefix);

impl Field for Prefix {
    const SHAPE: Shape = Shape::String;
}

impl PartialEq for Prefix {
    fn eq(&self, other: &Self) -> bool {
        let all = |it: &Self| matches!(it.0.as_str(), "" | "ROOT");
        self.0 == other.0 || (all(self) && all(other))
    }
}

impl Resource for PullThroughCacheRule {
    const BATCH: usize = 100;

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        let call = aws.ecr().describe_pull_through_cache_rules();
        let call = call.set_ecr_repository_prefixes(Some(ids.to_vec()));
        let pages = call.into_paginator().items().send();
        let all = pages.collect::<std::result::Result<Vec<_>, _>>().await;
        Ok(all.or_fault("DescribePullThroughCacheRules")?.iter().map(live).collect())
    }

    async fn create(aws: &Aws, want: &Self, _token: &str) -> Result<String> {
        let call = aws.ecr().create_pull_through_cache_rule();
        let call = call
            .ecr_repository_prefix(&want.ecr_repository_prefix)
            .upstream_registry_url(&want.upstream_registry_url)
            .set_credential_arn(want.credential_arn.clone())
            .set_custom_role_arn(want.custom_role_arn.clone())
            .set_upstream_repository_prefix(want.upstream_repository_prefix.to_sdk());
        call.send().await.or_fault("CreatePullThroughCacheRule")?;
        Ok(want.ecr_repository_prefix.clone())
    }

    async fn update(aws: &Aws, id: &str, have: &Self, want: &Self) -> Result<()> {
        if changed!(have, want; credential_arn, custom_role_arn) {
            let call = aws.ecr().update_pull_through_cache_rule().ecr_repository_prefix(id);
            let call = call
                .set_credential_arn(want.credential_arn.clone())
                .set_custom_role_arn(want.custom_role_arn.clone());
            call.send().await.or_fault("UpdatePullThroughCacheRule")?;
        }
        Ok(())
    }

    async fn delete(aws: &Aws, id: &str, _have: &Self) -> Result<()> {
        let call = aws.ecr().delete_pull_through_cache_rule().ecr_repository_prefix(id);
        call.send().await.or_fault("DeletePullThroughCacheRule")?;
        Ok(())
    }

    fn claim(planned: &Map) -> Option<String> {
        known(planned, "ecr_repository_prefix").map(str::to_owned)
    }

    /// Prefixes are unique, so a rule of this prefix for this registry is the one.
    async fn find(aws: &Aws, want: &Self, _token: &str) -> Result<Option<String>> {
        let found = Self::read(aws, std::slice::from_ref(&want.ecr_repository_prefix)).await?;
        let url = &want.upstream_registry_url;
        let same = |it: &Live<Self>| it.attributes.upstream_registry_url == *url;
        Ok(found.into_iter().find(same).map(|it| it.id))
    }
}

fn live(it: &sdk::PullThroughCacheRule) -> Live<PullThroughCacheRule> {
    let attributes = PullThroughCacheRule {
        credential_arn: Option::from_sdk(it.credential_arn()),
        custom_role_arn: Option::from_sdk(it.custom_role_arn()),
        ecr_repository_prefix: String::from_sdk(it.ecr_repository_prefix()),
        upstream_registry_url: String::from_sdk(it.upstream_registry_url()),
        upstream_repository_prefix: Option::from_sdk(it.upstream_repository_prefix()),
        registry_id: Out::from_sdk(it.registry_id()),
        id: Out::from_sdk(it.ecr_repository_prefix()),
    };
    let id = attributes.ecr_repository_prefix.clone();
    Live { id, phase: Phase::Ready, attributes }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, json, want};

    const HUB: &str = r#"{"ecr_repository_prefix": "hub",
        "upstream_registry_url": "registry-1.docker.io", "credential_arn": "arn:secret"}"#;

    #[tokio::test]
    async fn rules_are_read_together() {
        let rules = r#"{"pullThroughCacheRules": [{"ecrRepositoryPrefix": "hub",
            "upstreamRegistryUrl": "registry-1.docker.io", "credentialArn": "arn:secret",
            "upstreamRepositoryPrefix": "ROOT", "registryId": "1"}]}"#;
        let aws = Script::new([json("{}"), json(rules), json("{}")]);
        let want = want::<PullThroughCacheRule>(HUB);

        let id = PullThroughCacheRule::create(&aws, &want, "token").await.unwrap();
        let found = PullThroughCacheRule::read(&aws, std::slice::from_ref(&id)).await.unwrap();
        let have = found[0].attributes.clone();
        let other = PullThroughCacheRule { credential_arn: Some("arn:2".to_owned()), ..want };
        PullThroughCacheRule::update(&aws, &id, &have, &other).await.unwrap();

        let schema = PullThroughCacheRule::SCHEMA.attribute("upstream_repository_prefix").unwrap();
        assert!(schema.same(&serde_json::json!("ROOT"), &serde_json::Value::Null));
        aws.sent(expect![[r#"
            CreatePullThroughCacheRule
                credentialArn="arn:secret"
                ecrRepositoryPrefix="hub"
                upstreamRegistryUrl="registry-1.docker.io"
            DescribePullThroughCacheRules
                ecrRepositoryPrefixes=["hub"]
            UpdatePullThroughCacheRule
                credentialArn="arn:2"
                ecrRepositoryPrefix="hub"
        "#]]);
    }
}
