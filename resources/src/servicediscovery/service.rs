//! `aws_service_discovery_service`: a name under which instances are found.

#![expect(deprecated, reason = "the AWS provider still has these arguments")]

use aws_sdk_servicediscovery::types as sdk;
use model::{Attributes, Auto, Contents, Live, Mirror, One, Out, Phase, Tags, Unread};
use serde::{Deserialize, Serialize};

use super::{retag, tags, tags_to_sdk};
use crate::aws::Aws;
use crate::fault::{OrFault, must};
use crate::mirror::{FromSdk, ToSdk};
use crate::naming::uuid_of;
use crate::resource::{Resource, Result, changed, each};

/// A name under which instances are found.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_service_discovery_service")]
pub(crate) struct Service {
    /// Its name.
    #[attr(replace)]
    name: String,
    /// What it is for, in the user's words.
    description: Option<String>,
    /// Whether its instances may be thrown out when it is destroyed.
    #[attr(default = false)]
    force_destroy: Unread<bool>,
    /// The namespace it is in.
    #[attr(replace)]
    namespace_id: Auto<String>,
    /// `HTTP` for one that is not found by DNS.
    #[attr(replace)]
    r#type: Auto<String>,
    /// Its id.
    id: Out<String>,
    /// Tags of its own; those of the provider's `default_tags` come on top.
    tags: Tags,
    /// Its Amazon Resource Name.
    arn: Out<String>,
    /// The records that Cloud Map makes for instances.
    dns_config: One<Dns>,
    /// How Route 53 checks instances, in a public namespace.
    health_check_config: One<HealthCheck>,
    /// Whether the user, or ECS, says which instances are healthy.
    #[attr(replace)]
    health_check_custom_config: One<CustomHealthCheck>,
}

/// The records that Cloud Map makes for instances.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct Dns {
    /// The namespace.
    #[attr(replace)]
    namespace_id: String,
    /// `MULTIVALUE` or `WEIGHTED`.
    #[attr(replace, default = "MULTIVALUE")]
    routing_policy: String,
    /// A record of each type.
    #[attr(required)]
    dns_records: Vec<Record>,
}

/// A record.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::DnsRecord, checked)]
pub(crate) struct Record {
    /// For how many seconds resolvers keep it.
    ttl: i64,
    /// `A`, `AAAA`, `CNAME` or `SRV`.
    #[attr(replace)]
    r#type: String,
}

/// How Route 53 checks instances.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::HealthCheckConfig, checked)]
pub(crate) struct HealthCheck {
    /// How many checks in a row must differ for the state to change.
    failure_threshold: Option<i32>,
    /// The path that is asked for.
    resource_path: Option<String>,
    /// `HTTP`, `HTTPS` or `TCP`.
    #[attr(replace, default = "HTTP")]
    r#type: String,
}

/// Whether the user, or ECS, says which instances are healthy.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::HealthCheckCustomConfig)]
pub(crate) struct CustomHealthCheck {
    /// Always 1. Deprecated.
    #[attr(replace, default = 1)]
    failure_threshold: i32,
}

impl Resource for Service {
    const BATCH: usize = 50;
    const FORCE: Option<&'static str> = Some("force_destroy");

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        each(ids, |id| live(aws, id)).await
    }

    async fn create(aws: &Aws, want: &Self, token: &str) -> Result<String> {
        let call = aws.servicediscovery().create_service().name(&want.name);
        let call = call
            .creator_request_id(uuid_of(token))
            .set_description(want.description.clone())
            .set_namespace_id(want.namespace_id.to_sdk())
            .set_type(want.r#type.0.as_deref().filter(|it| *it == "HTTP").map(Into::into))
            .set_dns_config(want.dns_config.to_sdk())
            .set_health_check_config(want.health_check_config.to_sdk())
            .set_health_check_custom_config(want.health_check_custom_config.to_sdk())
            .set_tags((!want.tags.0.is_empty()).then(|| tags_to_sdk(&want.tags)));
        let answer = call.send().await.or_fault("CreateService")?;
        must(answer.service.and_then(|it| it.id), "CreateService")
    }

    async fn update(aws: &Aws, id: &str, have: &Self, want: &Self) -> Result<()> {
        if changed!(have, want; description, dns_config, health_check_config) {
            let dns = want.dns_config.0.as_ref().map(|it| {
                let change = sdk::DnsConfigChange::builder();
                let change = change.set_dns_records(it.dns_records.to_sdk());
                change.build().expect("records are set")
            });
            let change = sdk::ServiceChange::builder()
                .description(want.description.as_deref().unwrap_or_default())
                .set_dns_config(dns)
                .set_health_check_config(want.health_check_config.to_sdk());
            let call = aws.servicediscovery().update_service().id(id).service(change.build());
            call.send().await.or_fault("UpdateService")?;
        }
        retag(aws, have.arn.0.as_deref(), &have.tags, &want.tags).await
    }

    async fn delete(aws: &Aws, id: &str, _have: &Self) -> Result<()> {
        let call = aws.servicediscovery().delete_service().id(id);
        call.send().await.or_fault("DeleteService")?;
        Ok(())
    }

    async fn contents(
        aws: &Aws,
        id: &str,
        _have: &Self,
        _going: &[(String, String)],
    ) -> Result<Option<Contents>> {
        let count = instances(aws, id).await?.len() as u64;
        Ok((count > 0).then(|| Contents { count, text: format!("{count} instances"), stuck: None }))
    }

    async fn empty(
        aws: &Aws,
        id: &str,
        _have: &Self,
        progress: &(dyn Fn(u64) + Send + Sync),
    ) -> Result<()> {
        for (n, instance) in (1..).zip(instances(aws, id).await?) {
            let call = aws.servicediscovery().deregister_instance().service_id(id);
            call.instance_id(instance).send().await.or_fault("DeregisterInstance")?;
            progress(n);
        }
        Ok(())
    }
}

async fn live(aws: &Aws, id: &str) -> Result<Option<Live<Service>>> {
    let answer = aws.servicediscovery().get_service().id(id).send().await;
    let it = must(answer.or_fault("GetService")?.service, "GetService")?;
    let attributes = Service {
        name: String::from_sdk(it.name()),
        description: Option::from_sdk(it.description()),
        force_destroy: Unread(None),
        namespace_id: Auto::from_sdk(it.namespace_id()),
        r#type: Auto::from_sdk(it.r#type()),
        id: Out::from_sdk(it.id()),
        tags: tags(aws, it.arn().unwrap_or_default()).await?,
        arn: Out::from_sdk(it.arn()),
        dns_config: One(it.dns_config().map(|dns| Dns::of(dns, it.namespace_id()))),
        health_check_config: One::from_sdk(it.health_check_config()),
        health_check_custom_config: One::from_sdk(it.health_check_custom_config()),
    };
    Ok(Some(Live { id: id.to_owned(), phase: Phase::Ready, attributes }))
}

async fn instances(aws: &Aws, id: &str) -> Result<Vec<String>> {
    let pages = aws.servicediscovery().list_instances().service_id(id).into_paginator();
    let pages = pages.send().collect::<std::result::Result<Vec<_>, _>>().await;
    let all = pages
        .or_fault("ListInstances")?
        .into_iter()
        .flat_map(|it| it.instances.unwrap_or_default());
    Ok(all.filter_map(|it| it.id).collect())
}

impl Dns {
    fn of(it: &sdk::DnsConfig, namespace: Option<&str>) -> Self {
        let own = it.namespace_id();
        Dns {
            namespace_id: String::from_sdk(own.or(namespace)),
            routing_policy: it.routing_policy().map_or("MULTIVALUE", |it| it.as_str()).to_owned(),
            dns_records: Vec::from_sdk(it.dns_records()),
        }
    }
}

impl ToSdk<Option<sdk::DnsConfig>> for Dns {
    fn to_sdk(&self) -> Option<sdk::DnsConfig> {
        let dns = sdk::DnsConfig::builder().namespace_id(&self.namespace_id);
        let dns = dns.set_routing_policy(self.routing_policy.to_sdk());
        let dns = dns.set_dns_records(self.dns_records.to_sdk());
        Some(dns.build().expect("records are set"))
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, json, want};

    const WEB: &str = r#"{
        "name": "web",
        "dns_config": [{"namespace_id": "ns-1", "dns_records": [{"ttl": 10, "type": "A"}]}],
        "health_check_custom_config": [{}]
    }"#;

    #[tokio::test]
    async fn a_service_is_created_with_its_records() {
        let aws = Script::new([json(r#"{"Service": {"Id": "srv-1"}}"#)]);
        assert_eq!(Service::create(&aws, &want(WEB), "token").await.unwrap(), "srv-1");
        aws.sent(expect![[r#"
            CreateService
                CreatorRequestId="094de9d8-5b56-5c33-8965-e758b0aef552"
                DnsConfig={"DnsRecords":[{"TTL":10,"Type":"A"}],"NamespaceId":"ns-1","RoutingPolicy":"MULTIVALUE"}
                HealthCheckCustomConfig={"FailureThreshold":1}
                Name="web"
        "#]]);
    }

    #[tokio::test]
    async fn instances_are_counted_and_thrown_out() {
        let two = r#"{"Instances": [{"Id": "i-1"}, {"Id": "i-2"}]}"#;
        let aws = Script::new([json(two), json(two), json("{}"), json("{}")]);

        let contents = Service::contents(&aws, "srv-1", &want(WEB), &[]).await.unwrap().unwrap();
        Service::empty(&aws, "srv-1", &want(WEB), &|_| ()).await.unwrap();

        assert_eq!(contents.text, "2 instances");
        aws.sent(expect![[r#"
            ListInstances
                ServiceId="srv-1"
            ListInstances
                ServiceId="srv-1"
            DeregisterInstance
                InstanceId="i-1"
                ServiceId="srv-1"
            DeregisterInstance
                InstanceId="i-2"
                ServiceId="srv-1"
        "#]]);
    }
}
