//! The data source `aws_vpc_endpoint`: an endpoint that is managed elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use model::{Attributes, Auto, Out};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::data::{Data, shown};
use crate::ec2::lookup::{Conditions, Filter, visible_tags};
use crate::ec2::vpc_endpoint::{DnsEntry, described, state_of};
use crate::fault::{OrFault, only};
use crate::resource::Result;

/// An endpoint that is managed elsewhere.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_vpc_endpoint", timeouts = [read])]
pub(crate) struct VpcEndpoint {
    /// Conditions on it.
    filter: BTreeSet<Filter>,
    /// Its id.
    id: Auto<String>,
    /// The service it leads to.
    service_name: Auto<String>,
    /// How far it has come.
    state: Auto<String>,
    /// Its tags.
    tags: Auto<BTreeMap<String, String>>,
    /// The VPC it is in.
    vpc_id: Auto<String>,
    /// The addresses of the service, for type `Gateway`.
    cidr_blocks: Out<Vec<String>>,
    /// The names that lead to it.
    dns_entry: Out<Vec<DnsEntry>>,
    /// How names of the service resolve in the VPC.
    dns_options: Out<Vec<DnsOptions>>,
    /// `ipv4`, `ipv6` or `dualstack`.
    ip_address_type: Out<String>,
    /// Its network interfaces.
    network_interface_ids: Out<BTreeSet<String>>,
    /// The account it belongs to.
    owner_id: Out<String>,
    /// What is allowed or denied through it.
    policy: Out<String>,
    /// The list of the addresses of the service, for type `Gateway`.
    prefix_list_id: Out<String>,
    /// Whether the usual names of the service lead to it.
    private_dns_enabled: Out<bool>,
    /// Whether the service manages it.
    requester_managed: Out<bool>,
    /// The route tables that lead to it, for type `Gateway`.
    route_table_ids: Out<BTreeSet<String>>,
    /// The security groups its network interfaces belong to.
    security_group_ids: Out<BTreeSet<String>>,
    /// The subnets it has network interfaces in.
    subnet_ids: Out<BTreeSet<String>>,
    /// `Gateway`, `Interface` or `GatewayLoadBalancer`.
    vpc_endpoint_type: Out<String>,
    /// Its Amazon Resource Name.
    arn: Out<String>,
}

/// How names of the service resolve in the VPC.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct DnsOptions {
    /// Which records there are.
    dns_record_ip_type: Option<String>,
    /// Whether only resolvers that questions come in by from outside answer with it.
    private_dns_only_for_inbound_resolver_endpoint: Option<bool>,
}

impl Data for VpcEndpoint {
    async fn read(aws: &Aws, given: Self) -> Result<Self> {
        let conditions = Conditions::of(&given.filter, &given.tags)
            .and("vpc-endpoint-id", &given.id)
            .and("service-name", &given.service_name)
            .and("vpc-endpoint-state", &given.state)
            .and("vpc-id", &given.vpc_id);
        let call = aws.ec2().describe_vpc_endpoints().set_filters(conditions.sdk());
        let answer = call.send().await.or_fault("DescribeVpcEndpoints")?;
        // A deleted one stays describable for a while.
        let exists = |it: &aws_sdk_ec2::types::VpcEndpoint| state_of(it) != "deleted";
        let found = answer.vpc_endpoints.unwrap_or_default().into_iter().filter(exists).collect();
        let it = only("VPC endpoint", "DescribeVpcEndpoints", found)?;
        let tags = visible_tags(aws, it.tags());
        let lives = described(aws, std::slice::from_ref(&it)).await?;
        let live = only("VPC endpoint", "DescribeVpcEndpoints", lives)?;
        Ok(VpcEndpoint { filter: given.filter, tags, ..shown(&live.attributes)? })
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, ec2};

    #[tokio::test]
    async fn an_endpoint_is_found_by_its_service_and_vpc() {
        let endpoint = "<vpcEndpointSet>
            <item><vpcEndpointId>vpce-0</vpcEndpointId><state>deleted</state></item>
            <item><vpcEndpointId>vpce-1</vpcEndpointId><state>available</state>
            <vpcEndpointType>Interface</vpcEndpointType><vpcId>vpc-1</vpcId>
            <serviceName>com.amazonaws.eu-west-1.sqs</serviceName></item></vpcEndpointSet>";
        let aws = Script::new([ec2("DescribeVpcEndpoints", endpoint)]);
        let given = r#"{"vpc_id": "vpc-1", "service_name": "com.amazonaws.eu-west-1.sqs"}"#;
        let given = serde_json::from_str(given).unwrap();
        let given = crate::resource::decode(&VpcEndpoint::SCHEMA, given).unwrap();

        let found = VpcEndpoint::read(&aws, given).await.unwrap();

        assert_eq!(found.id.0.as_deref(), Some("vpce-1"));
        assert_eq!(found.vpc_endpoint_type.0.as_deref(), Some("Interface"));
        aws.sent(expect![[r#"
            DescribeVpcEndpoints
                Filter.1.Name=service-name
                Filter.1.Value.1=com.amazonaws.eu-west-1.sqs
                Filter.2.Name=vpc-id
                Filter.2.Value.1=vpc-1
        "#]]);
    }
}
