//! What namespaces have in common, and `aws_service_discovery_dns_namespace` and
//! `aws_service_discovery_http_namespace` as data: namespaces that are looked up by name.

use std::collections::BTreeMap;

use aws_sdk_servicediscovery::types as sdk;
use model::{Attributes, Auto, Fault, FaultKind, Out};
use serde::{Deserialize, Serialize};

use super::tags;
use crate::aws::Aws;
use crate::data::Data;
use crate::fault::{OrFault, must, rejected};
use crate::mirror::FromSdk;
use crate::resource::Result;

/// A DNS namespace that is looked up by its name.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_service_discovery_dns_namespace")]
pub(crate) struct DnsNamespace {
    /// Its name.
    name: String,
    /// `DNS_PUBLIC` or `DNS_PRIVATE`.
    r#type: String,
    /// Its id.
    id: Out<String>,
    /// Its tags.
    tags: Auto<BTreeMap<String, String>>,
    /// What it is for.
    description: Out<String>,
    /// The Route 53 zone of its names.
    hosted_zone: Out<String>,
    /// Its Amazon Resource Name.
    arn: Out<String>,
}

/// An HTTP namespace that is looked up by its name.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_service_discovery_http_namespace")]
pub(crate) struct HttpNamespace {
    /// Its name.
    name: String,
    /// Its id.
    id: Out<String>,
    /// Its tags.
    tags: Auto<BTreeMap<String, String>>,
    /// What it is for.
    description: Out<String>,
    /// The name that instances are found by over HTTP.
    http_name: Out<String>,
    /// Its Amazon Resource Name.
    arn: Out<String>,
}

impl Data for DnsNamespace {
    async fn read(aws: &Aws, given: Self) -> Result<Self> {
        let it = by_name(aws, &given.name, &given.r#type).await?;
        Ok(DnsNamespace {
            id: Out::from_sdk(it.id()),
            tags: shown(aws, it.arn()).await?,
            description: Out::from_sdk(it.description()),
            hosted_zone: Out::from_sdk(hosted_zone(&it)),
            arn: Out::from_sdk(it.arn()),
            ..given
        })
    }
}

impl Data for HttpNamespace {
    async fn read(aws: &Aws, given: Self) -> Result<Self> {
        let it = by_name(aws, &given.name, "HTTP").await?;
        Ok(HttpNamespace {
            id: Out::from_sdk(it.id()),
            tags: shown(aws, it.arn()).await?,
            description: Out::from_sdk(it.description()),
            http_name: Out::from_sdk(http_name(&it)),
            arn: Out::from_sdk(it.arn()),
            ..given
        })
    }
}

pub(super) fn hosted_zone(it: &sdk::Namespace) -> Option<&str> {
    it.properties().and_then(|it| it.dns_properties()).and_then(|it| it.hosted_zone_id())
}

pub(super) fn http_name(it: &sdk::Namespace) -> Option<&str> {
    it.properties().and_then(|it| it.http_properties()).and_then(|it| it.http_name())
}

async fn shown(aws: &Aws, arn: Option<&str>) -> Result<Auto<BTreeMap<String, String>>> {
    let tags = tags(aws, arn.unwrap_or_default()).await?.0;
    Ok(Auto(Some(tags.into_iter().filter(|(key, _)| !aws.tags().ignores(key)).collect())))
}

async fn by_name(aws: &Aws, name: &str, ty: &str) -> Result<sdk::Namespace> {
    let Some(id) = find(aws, name, ty).await? else {
        let text = format!("there is no namespace `{name}` of the type {ty}");
        return Err(rejected("ListNamespaces", "NamespaceNotFound", text));
    };
    describe(aws, &id).await
}

pub(super) async fn describe(aws: &Aws, id: &str) -> Result<sdk::Namespace> {
    let answer = aws.servicediscovery().get_namespace().id(id).send().await;
    must(answer.or_fault("GetNamespace")?.namespace, "GetNamespace")
}

/// The id of the namespace of this name and type.
pub(super) async fn find(aws: &Aws, name: &str, ty: &str) -> Result<Option<String>> {
    let own = sdk::NamespaceFilter::builder().name(sdk::NamespaceFilterName::Type).values(ty);
    let own = own.build().expect("a filter with a name and a value");
    let pages = aws.servicediscovery().list_namespaces().filters(own).into_paginator();
    let pages = pages.send().collect::<std::result::Result<Vec<_>, _>>().await;
    let pages = pages.or_fault("ListNamespaces")?;
    let mut all = pages.into_iter().flat_map(|it| it.namespaces.unwrap_or_default());
    let found = all.find(|it| it.name() == Some(name));
    Ok(found.and_then(|it| it.id))
}

/// The namespace that an operation makes. It has an id before it is there.
pub(super) async fn made(aws: &Aws, operation: Option<String>) -> Result<String> {
    let id = must(operation, "CreateNamespace")?;
    let answer = aws.servicediscovery().get_operation().operation_id(id).send().await;
    let it = must(answer.or_fault("GetOperation")?.operation, "GetOperation")?;
    if it.status() == Some(&sdk::OperationStatus::Fail) {
        let code = it.error_code().unwrap_or("OperationFailed");
        return Err(rejected("CreateNamespace", code, it.error_message().unwrap_or_default()));
    }
    let made = it.targets().and_then(|it| it.get(&sdk::OperationTargetType::Namespace)).cloned();
    made.ok_or_else(|| Fault {
        kind: FaultKind::Busy,
        ..rejected("GetOperation", "OperationPending", "the namespace is being created")
    })
}
