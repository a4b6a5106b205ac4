//! `aws_vpc_endpoint_service`: a service that endpoints can lead to.

use std::collections::{BTreeMap, BTreeSet};

use model::{Attributes, Auto, Out};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::data::Data;
use crate::ec2::lookup::{Conditions, Filter, visible_tags};
use crate::fault::{OrFault, only};
use crate::mirror::FromSdk;
use crate::naming::hash_of;
use crate::resource::Result;

/// A service that endpoints can lead to.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_vpc_endpoint_service", timeouts = [read])]
pub(crate) struct VpcEndpointService {
    /// Conditions on it.
    filter: BTreeSet<Filter>,
    /// The short name of a service of AWS, such as `s3`.
    service: Option<String>,
    /// Its name, such as `com.amazonaws.eu-west-1.s3`.
    service_name: Auto<String>,
    /// The regions to look in. Else this one.
    service_regions: Option<BTreeSet<String>>,
    /// `Gateway`, `Interface` or `GatewayLoadBalancer`.
    service_type: Auto<String>,
    /// Its tags.
    tags: Auto<BTreeMap<String, String>>,
    /// Whether its owner has to accept endpoints.
    acceptance_required: Out<bool>,
    /// The zones it is in.
    availability_zones: Out<BTreeSet<String>>,
    /// The names of the service.
    base_endpoint_dns_names: Out<BTreeSet<String>>,
    /// Whether the service manages its endpoints.
    manages_vpc_endpoints: Out<bool>,
    /// The account it belongs to, or `amazon`.
    owner: Out<String>,
    /// The usual name of the service.
    private_dns_name: Out<String>,
    /// The usual names of the service.
    private_dns_names: Out<BTreeSet<String>>,
    /// The region it is in.
    region: Out<String>,
    /// Its id, such as `vpce-svc-0123456789abcdef0`.
    service_id: Out<String>,
    /// `ipv4` and `ipv6`.
    supported_ip_address_types: Out<BTreeSet<String>>,
    /// Whether endpoints may have a policy.
    vpc_endpoint_policy_supported: Out<bool>,
    /// Its Amazon Resource Name.
    arn: Out<String>,
    /// Made from its name.
    id: Out<String>,
}

impl Data for VpcEndpointService {
    async fn read(aws: &Aws, given: Self) -> Result<Self> {
        let region = aws.region();
        let short = given.service.as_ref().map(|it| format!("com.amazonaws.{region}.{it}"));
        let name = given.service_name.0.clone().or(short);
        let conditions = Conditions::of(&given.filter, &given.tags)
            .and("service-type", &given.service_type)
            .sdk();
        let regions = given.service_regions.as_ref().filter(|it| !it.is_empty());
        let call = aws.ec2().describe_vpc_endpoint_services().set_filters(conditions);
        let call = call.set_service_names(name.map(|it| vec![it]));
        let call = call.set_service_regions(regions.map(|it| it.iter().cloned().collect()));
        let answer = call.send().await.or_fault("DescribeVpcEndpointServices")?;
        let found = answer.service_details.unwrap_or_default();
        let it = only("VPC endpoint service", "DescribeVpcEndpointServices", found)?;
        let (id, name) = (String::from_sdk(it.service_id()), String::from_sdk(it.service_name()));
        let set = |items: &[String]| Out(Some(items.iter().cloned().collect::<BTreeSet<_>>()));
        let types = it.supported_ip_address_types().iter().map(|it| it.as_str().to_owned());
        let names = it.private_dns_names().iter().filter_map(|it| it.private_dns_name.clone());
        Ok(VpcEndpointService {
            service_type: Auto::from_sdk(
                it.service_type().first().and_then(|it| it.service_type()),
            ),
            tags: visible_tags(aws, it.tags()),
            acceptance_required: Out(it.acceptance_required()),
            availability_zones: set(it.availability_zones()),
            base_endpoint_dns_names: set(it.base_endpoint_dns_names()),
            manages_vpc_endpoints: Out(it.manages_vpc_endpoints()),
            owner: Out::from_sdk(it.owner()),
            private_dns_name: Out::from_sdk(it.private_dns_name()),
            private_dns_names: Out(Some(names.collect())),
            region: Out::from_sdk(it.service_region().or(Some(region))),
            supported_ip_address_types: Out(Some(types.collect())),
            vpc_endpoint_policy_supported: Out(it.vpc_endpoint_policy_supported()),
            arn: Out(Some(aws.arn("ec2", &format!("vpc-endpoint-service/{id}")).await?)),
            service_id: Out(Some(id)),
            id: Out(Some(hash_of(&name).to_string())),
            service_name: Auto(Some(name)),
            ..given
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Script, ec2, query};

    #[tokio::test]
    async fn a_service_of_aws_has_a_short_name() {
        let service =
            "<serviceDetailSet><item><serviceName>com.amazonaws.eu-west-1.s3</serviceName>
            <serviceId>vpce-svc-1</serviceId><serviceType><item><serviceType>Gateway</serviceType>
            </item></serviceType></item></serviceDetailSet>";
        let account = query("GetCallerIdentity", "<Account>1</Account>");
        let aws = Script::new([ec2("DescribeVpcEndpointServices", service), account]);
        let given =
            serde_json::from_str(r#"{"service": "s3", "service_type": "Gateway"}"#).unwrap();
        let given = crate::resource::decode(&VpcEndpointService::SCHEMA, given).unwrap();

        let found = VpcEndpointService::read(&aws, given).await.unwrap();

        assert_eq!(found.service_name.0.as_deref(), Some("com.amazonaws.eu-west-1.s3"));
        assert!(aws.transcript().contains("ServiceName.1=com.amazonaws.eu-west-1.s3\n"));
        assert!(aws.transcript().contains("Filter.1.Name=service-type\n"));
    }
}
