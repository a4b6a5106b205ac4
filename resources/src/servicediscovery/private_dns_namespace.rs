//! `aws_service_discovery_private_dns_namespace`: names that instances in a VPC are found by.

use aws_sdk_servicediscovery::types as sdk;
use model::{Attributes, Fault, FaultKind, Live, Out, Phase, Tags, Unread};
use serde::{Deserialize, Serialize};

use super::{namespaces, retag, tags, tags_to_sdk};
use crate::aws::Aws;
use crate::fault::OrFault;
use crate::mirror::FromSdk;
use crate::naming::uuid_of;
use crate::resource::{Resource, Result, each};

/// Names that instances in a VPC are found by.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_service_discovery_private_dns_namespace")]
pub(crate) struct PrivateDnsNamespace {
    /// Its name.
    #[attr(replace)]
    name: String,
    /// The VPC.
    #[attr(replace, required)]
    vpc: Unread<String>,
    /// What it is for, in the user's words.
    description: Option<String>,
    /// Its id.
    id: Out<String>,
    /// Tags of its own; those of the provider's `default_tags` come on top.
    tags: Tags,
    /// The Route 53 zone of its names.
    hosted_zone: Out<String>,
    /// Its Amazon Resource Name.
    arn: Out<String>,
}

impl Resource for PrivateDnsNamespace {
    const BATCH: usize = 50;

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        each(ids, |id| live(aws, id)).await
    }

    async fn create(aws: &Aws, want: &Self, token: &str) -> Result<String> {
        let call = aws.servicediscovery().create_private_dns_namespace().name(&want.name);
        let call = call
            .creator_request_id(uuid_of(token))
            .set_vpc(want.vpc.0.clone())
            .set_description(want.description.clone())
            .set_tags((!want.tags.0.is_empty()).then(|| tags_to_sdk(&want.tags)));
        match call.send().await.or_fault("CreatePrivateDnsNamespace") {
            // The same call came before, and is being worked on.
            Err(fault) if fault.code == "DuplicateRequest" => {
                let found = namespaces::find(aws, &want.name, "DNS_PRIVATE").await?;
                found.ok_or(Fault { kind: FaultKind::Busy, ..fault })
            }
            answer => namespaces::made(aws, answer?.operation_id).await,
        }
    }

    async fn update(aws: &Aws, id: &str, have: &Self, want: &Self) -> Result<()> {
        if have.description != want.description {
            let change = sdk::PrivateDnsNamespaceChange::builder()
                .description(want.description.as_deref().unwrap_or_default());
            let call = aws.servicediscovery().update_private_dns_namespace().id(id);
            let call = call.namespace(change.build());
            call.send().await.or_fault("UpdatePrivateDnsNamespace")?;
        }
        retag(aws, have.arn.0.as_deref(), &have.tags, &want.tags).await
    }

    async fn delete(aws: &Aws, id: &str, _have: &Self) -> Result<()> {
        let call = aws.servicediscovery().delete_namespace().id(id);
        call.send().await.or_fault("DeleteNamespace")?;
        Ok(())
    }

    /// As the provider's documentation says: `ID:VPC`. AWS says of a namespace no VPC.
    async fn import(_aws: &Aws, text: &str) -> Result<String> {
        Ok(text.split_once(':').map_or(text, |it| it.0).to_owned())
    }

    async fn find(aws: &Aws, want: &Self, _token: &str) -> Result<Option<String>> {
        let Some(id) = namespaces::find(aws, &want.name, "DNS_PRIVATE").await? else {
            return Ok(None);
        };
        let found = live(aws, &id).await?;
        Ok(found.filter(|it| it.attributes.tags == want.tags).map(|_| id))
    }
}

async fn live(aws: &Aws, id: &str) -> Result<Option<Live<PrivateDnsNamespace>>> {
    let it = namespaces::describe(aws, id).await?;
    let attributes = PrivateDnsNamespace {
        name: String::from_sdk(it.name()),
        vpc: Unread(None),
        hosted_zone: Out::from_sdk(namespaces::hosted_zone(&it)),
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
    async fn the_operation_says_which_namespace_it_makes() {
        let aws = Script::new([
            json(r#"{"OperationId": "op-1"}"#),
            json(r#"{"Operation": {"Status": "PENDING", "Targets": {"NAMESPACE": "ns-1"}}}"#),
        ]);
        let want = want::<PrivateDnsNamespace>(r#"{"name": "shop.local", "vpc": "vpc-1"}"#);

        let id = PrivateDnsNamespace::create(&aws, &want, "token").await.unwrap();

        assert_eq!(id, "ns-1");
        aws.sent(expect![[r#"
            CreatePrivateDnsNamespace
                CreatorRequestId="094de9d8-5b56-5c33-8965-e758b0aef552"
                Name="shop.local"
                Vpc="vpc-1"
            GetOperation
                OperationId="op-1"
        "#]]);
    }

    #[tokio::test]
    async fn an_operation_without_a_namespace_is_waited_for() {
        let aws = Script::new([
            json(r#"{"OperationId": "op-1"}"#),
            json(r#"{"Operation": {"Status": "SUBMITTED"}}"#),
            json(r#"{"OperationId": "op-1"}"#),
            json(r#"{"Operation": {"Status": "FAIL", "ErrorMessage": "no such VPC"}}"#),
        ]);
        let want = want::<PrivateDnsNamespace>(r#"{"name": "shop.local", "vpc": "vpc-1"}"#);

        let pending = PrivateDnsNamespace::create(&aws, &want, "token").await.unwrap_err();
        let failed = PrivateDnsNamespace::create(&aws, &want, "token").await.unwrap_err();

        assert_eq!(pending.kind, FaultKind::Busy);
        assert_eq!(failed.message, "no such VPC");
    }
}
