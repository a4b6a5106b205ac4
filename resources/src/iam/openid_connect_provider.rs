//! `aws_iam_openid_connect_provider`: lets identities of others, such as CI jobs, take on roles.

use std::collections::BTreeSet;

use model::{Attributes, Auto, Field, Live, Map, Out, Phase, Shape, Tags, Timeouts};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::fault::{OrFault, must};
use crate::iam::{tags_from_sdk, tags_to_sdk};
use crate::mirror::{FromSdk, ToSdk};
use crate::naming::known;
use crate::resource::{Resource, Result, each};

/// Lets identities of others, such as CI jobs, take on roles.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_iam_openid_connect_provider")]
pub(crate) struct OpenIdConnectProvider {
    /// Who tokens may be meant for, such as `sts.amazonaws.com`.
    #[attr(required)]
    client_id_list: BTreeSet<String>,
    /// The issuer, such as `https://token.actions.githubusercontent.com`.
    #[attr(replace)]
    url: Issuer,
    /// Fingerprints of certificates that the issuer may have.
    thumbprint_list: Auto<Vec<String>>,
    /// Its ARN.
    id: Out<String>,
    /// Tags of its own; those of the provider's `default_tags` come on top.
    tags: Tags,
    /// Its Amazon Resource Name.
    arn: Out<String>,
}

/// An address, of which IAM forgets that it begins with `https://`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Issuer(String);

impl Field for Issuer {
    const SHAPE: Shape = Shape::String;
}

impl PartialEq for Issuer {
    fn eq(&self, other: &Self) -> bool {
        self.bare() == other.bare()
    }
}

impl Issuer {
    fn bare(&self) -> &str {
        self.0.trim_start_matches("https://")
    }
}

impl Resource for OpenIdConnectProvider {
    const BATCH: usize = 50;
    const TIMEOUTS: Timeouts = Timeouts::minutes(2, 2, 2);

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        each(ids, |id| live(aws, id)).await
    }

    async fn create(aws: &Aws, want: &Self, _token: &str) -> Result<String> {
        let call = aws.iam().create_open_id_connect_provider();
        let call = call
            .url(format!("https://{}", want.url.bare()))
            .set_client_id_list(want.client_id_list.to_sdk())
            .set_thumbprint_list(want.thumbprint_list.to_sdk())
            .set_tags((!want.tags.0.is_empty()).then(|| tags_to_sdk(&want.tags)));
        let answer = call.send().await.or_fault("CreateOpenIDConnectProvider")?;
        must(answer.open_id_connect_provider_arn, "CreateOpenIDConnectProvider")
    }

    async fn update(aws: &Aws, id: &str, have: &Self, want: &Self) -> Result<()> {
        if have.thumbprint_list != want.thumbprint_list {
            let call = aws.iam().update_open_id_connect_provider_thumbprint();
            let call = call
                .open_id_connect_provider_arn(id)
                .set_thumbprint_list(want.thumbprint_list.to_sdk());
            call.send().await.or_fault("UpdateOpenIDConnectProviderThumbprint")?;
        }
        for it in have.client_id_list.difference(&want.client_id_list) {
            let call = aws.iam().remove_client_id_from_open_id_connect_provider();
            let call = call.open_id_connect_provider_arn(id).client_id(it);
            call.send().await.or_fault("RemoveClientIDFromOpenIDConnectProvider")?;
        }
        for it in want.client_id_list.difference(&have.client_id_list) {
            let call = aws.iam().add_client_id_to_open_id_connect_provider();
            let call = call.open_id_connect_provider_arn(id).client_id(it);
            call.send().await.or_fault("AddClientIDToOpenIDConnectProvider")?;
        }
        retag(aws, id, &have.tags, &want.tags).await
    }

    async fn delete(aws: &Aws, id: &str, _have: &Self) -> Result<()> {
        let call = aws.iam().delete_open_id_connect_provider().open_id_connect_provider_arn(id);
        call.send().await.or_fault("DeleteOpenIDConnectProvider")?;
        Ok(())
    }

    fn claim(planned: &Map) -> Option<String> {
        known(planned, "url").map(|it| Issuer(it.to_owned()).bare().to_owned())
    }

    async fn holder(aws: &Aws, claim: &str) -> Result<Option<String>> {
        arn_of(aws, claim).await.map(Some)
    }

    /// An account has one provider for each issuer.
    async fn find(aws: &Aws, want: &Self, _token: &str) -> Result<Option<String>> {
        let arn = arn_of(aws, want.url.bare()).await?;
        let found = live(aws, &arn).await?;
        Ok(found.filter(|it| it.attributes.tags == want.tags).map(|_| arn))
    }
}

/// The ARN of the provider for this issuer.
async fn arn_of(aws: &Aws, issuer: &str) -> Result<String> {
    let (partition, account) = (aws.partition().name, aws.account().await?);
    Ok(format!("arn:{partition}:iam::{account}:oidc-provider/{issuer}"))
}

async fn live(aws: &Aws, id: &str) -> Result<Option<Live<OpenIdConnectProvider>>> {
    let call = aws.iam().get_open_id_connect_provider().open_id_connect_provider_arn(id);
    let it = call.send().await.or_fault("GetOpenIDConnectProvider")?;
    let attributes = OpenIdConnectProvider {
        client_id_list: BTreeSet::from_sdk(it.client_id_list()),
        url: Issuer(String::from_sdk(it.url())),
        thumbprint_list: Auto::from_sdk(it.thumbprint_list()),
        id: Out(Some(id.to_owned())),
        tags: tags_from_sdk(it.tags()),
        arn: Out(Some(id.to_owned())),
    };
    Ok(Some(Live { id: id.to_owned(), phase: Phase::Ready, attributes }))
}

async fn retag(aws: &Aws, id: &str, have: &Tags, want: &Tags) -> Result<()> {
    let (set, unset) = want.changes_from(have);
    if !unset.is_empty() {
        let call = aws.iam().untag_open_id_connect_provider().open_id_connect_provider_arn(id);
        call.set_tag_keys(Some(unset)).send().await.or_fault("UntagOpenIDConnectProvider")?;
    }
    if !set.is_empty() {
        let set = tags_to_sdk(&set.into_iter().collect());
        let call = aws.iam().tag_open_id_connect_provider().open_id_connect_provider_arn(id);
        call.set_tags(Some(set)).send().await.or_fault("TagOpenIDConnectProvider")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, query, want};

    #[tokio::test]
    async fn client_ids_come_and_go_one_by_one() {
        let done = |operation| query(operation, "");
        let aws = Script::new([
            done("RemoveClientIDFromOpenIDConnectProvider"),
            done("AddClientIDToOpenIDConnectProvider"),
        ]);
        let provider = |url: &str, client: &str| {
            want(&format!(r#"{{"url": "{url}", "client_id_list": ["{client}"]}}"#))
        };
        let have: OpenIdConnectProvider = provider("token.example.com", "old");
        let want: OpenIdConnectProvider = provider("https://token.example.com", "new");
        assert_eq!(have.url, want.url);

        OpenIdConnectProvider::update(&aws, "arn:oidc", &have, &want).await.unwrap();

        aws.sent(expect![[r#"
            RemoveClientIDFromOpenIDConnectProvider
                ClientID=old
                OpenIDConnectProviderArn=arn:oidc
            AddClientIDToOpenIDConnectProvider
                ClientID=new
                OpenIDConnectProviderArn=arn:oidc
        "#]]);
    }
}
