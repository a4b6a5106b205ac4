//! `aws_service_discovery_http_namespace`: names that instances are found by over the Cloud Map API.

use aws_sdk_servicediscovery::types as sdk;
use model::{Attributes, Fault, FaultKind, Live, Map, Out, Phase, Tags};
use serde::{Deserialize, Serialize};

use super::{namespaces, retag, tags, tags_to_sdk};
use crate::aws::Aws;
use crate::fault::OrFault;
use crate::mirror::FromSdk;
use crate::naming::{known, uuid_of};
use crate::resource::{Resource, Result, each};

/// Names that instances are found by over the Cloud Map API.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_service_discovery_http_namespace")]
pub(crate) struct HttpNamespace {
    /// Its name.
    #[attr(replace)]
    name: String,
    /// What it is for, in the user's words.
    description: Option<String>,
    /// Its id.
    id: Out<String>,
    /// Tags of its own; those of the provider's `default_tags` come on top.
    tags: Tags,
    /// The name that instances are found by.
    http_name: Out<String>,
    /// Its Amazon Resource Name.
    arn: Out<String>,
}

impl Resource for HttpNamespace {
    const BATCH: usize = 50;

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        each(ids, |id| live(aws, id)).await
    }

    async fn create(aws: &Aws, want: &Self, token: &str) -> Result<String> {
        let call = aws.servicediscovery().create_http_namespace().name(&want.name);
        let call = call
            .creator_request_id(uuid_of(token))
            .set_description(want.description.clone())
            .set_tags((!want.tags.0.is_empty()).then(|| tags_to_sdk(&want.tags)));
        match call.send().await.or_fault("CreateHttpNamespace") {
            // The same call came before, and is being worked on.
            Err(fault) if fault.code == "DuplicateRequest" => {
                let found = namespaces::find(aws, &want.name, "HTTP").await?;
                found.ok_or(Fault { kind: FaultKind::Busy, ..fault })
            }
            answer => namespaces::made(aws, answer?.operation_id).await,
        }
    }

    async fn update(aws: &Aws, id: &str, have: &Self, want: &Self) -> Result<()> {
        if have.description != want.description {
            let change = sdk::HttpNamespaceChange::builder()
                .description(want.description.as_deref().unwrap_or_default());
            let call = aws.servicediscovery().update_http_namespace().id(id);
            let call = call.namespace(change.build().expect("a description is set"));
            call.send().await.or_fault("UpdateHttpNamespace")?;
        }
        retag(aws, have.arn.0.as_deref(), &have.tags, &want.tags).await
    }

    async fn delete(aws: &Aws, id: &str, _have: &Self) -> Result<()> {
        let call = aws.servicediscovery().delete_namespace().id(id);
        call.send().await.or_fault("DeleteNamespace")?;
        Ok(())
    }

    fn claim(planned: &Map) -> Option<String> {
        known(planned, "name").map(str::to_owned)
    }

    async fn holder(aws: &Aws, claim: &str) -> Result<Option<String>> {
        namespaces::find(aws, claim, "HTTP").await
    }

    async fn find(aws: &Aws, want: &Self, _token: &str) -> Result<Option<String>> {
        let Some(id) = namespaces::find(aws, &want.name, "HTTP").await? else { return Ok(None) };
        let found = live(aws, &id).await?;
        Ok(found.filter(|it| it.attributes.tags == want.tags).map(|_| id))
    }
}

async fn live(aws: &Aws, id: &str) -> Result<Option<Live<HttpNamespace>>> {
    let it = namespaces::describe(aws, id).await?;
    let attributes = HttpNamespace {
        name: String::from_sdk(it.name()),
        http_name: Out::from_sdk(namespaces::http_name(&it)),
        description: Option::from_sdk(it.description()),
        id: Out::from_sdk(it.id()),
        tags: tags(aws, it.arn().unwrap_or_default()).await?,
        arn: Out::from_sdk(it.arn()),
    };
    Ok(Some(Live { id: id.to_owned(), phase: Phase::Ready, attributes }))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, json, want};

    #[tokio::test]
    async fn a_description_is_changed_in_place() {
        let aws = Script::new([json("{}")]);
        let have = want::<HttpNamespace>(r#"{"name": "shop"}"#);
        let want = want::<HttpNamespace>(r#"{"name": "shop", "description": "all of it"}"#);

        HttpNamespace::update(&aws, "ns-1", &have, &want).await.unwrap();

        aws.sent(expect![[r#"
            UpdateHttpNamespace
                Id="ns-1"
                Namespace={"Description":"all of it"}
                UpdaterRequestId=(random)
        "#]]);
    }
}
