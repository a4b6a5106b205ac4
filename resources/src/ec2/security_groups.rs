//! `aws_security_groups`: the ids of all security groups that match.

use std::collections::{BTreeMap, BTreeSet};

use model::{Attributes, Auto, Out};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::data::Data;
use crate::ec2::lookup::{Conditions, Filter};
use crate::fault::OrFault;
use crate::mirror::FromSdk;
use crate::resource::Result;

/// The ids of all security groups that match.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_security_groups", timeouts = [read])]
pub(crate) struct SecurityGroups {
    /// Conditions on the groups.
    filter: BTreeSet<Filter>,
    /// Tags they must have.
    tags: Auto<BTreeMap<String, String>>,
    /// The Amazon Resource Names of those that match.
    arns: Out<Vec<String>>,
    /// The ids of those that match; maybe none.
    ids: Out<Vec<String>>,
    /// The VPCs of those that match, in the same order.
    vpc_ids: Out<Vec<String>>,
    /// The name of the region.
    id: Out<String>,
}

impl Data for SecurityGroups {
    async fn read(aws: &Aws, given: Self) -> Result<Self> {
        let conditions = Conditions::of(&given.filter, &given.tags);
        let call = aws.ec2().describe_security_groups().set_filters(conditions.sdk());
        let mut pages = call.into_paginator().items().send();
        let (partition, region) = (aws.partition().name, aws.region());
        let (mut arns, mut ids, mut vpcs) = (Vec::new(), Vec::new(), Vec::new());
        while let Some(it) = pages.next().await {
            let it = it.or_fault("DescribeSecurityGroups")?;
            let (id, owner) = (String::from_sdk(it.group_id()), String::from_sdk(it.owner_id()));
            arns.push(format!("arn:{partition}:ec2:{region}:{owner}:security-group/{id}"));
            ids.push(id);
            vpcs.push(String::from_sdk(it.vpc_id()));
        }
        Ok(SecurityGroups {
            arns: Out(Some(arns)),
            ids: Out(Some(ids)),
            vpc_ids: Out(Some(vpcs)),
            id: Out(Some(region.to_owned())),
            ..given
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Script, ec2};

    #[tokio::test]
    async fn the_lists_are_in_one_order() {
        let group = |n: u8| {
            format!(
                "<item><groupId>sg-{n}</groupId><vpcId>vpc-{n}</vpcId><ownerId>1</ownerId></item>"
            )
        };
        let set = format!("<securityGroupInfo>{}{}</securityGroupInfo>", group(2), group(1));
        let aws = Script::new([ec2("DescribeSecurityGroups", &set)]);
        let given = crate::resource::decode(&SecurityGroups::SCHEMA, serde_json::Map::new());

        let found = SecurityGroups::read(&aws, given.unwrap()).await.unwrap();

        assert_eq!(found.ids.0.unwrap(), ["sg-2", "sg-1"]);
        assert_eq!(found.vpc_ids.0.unwrap(), ["vpc-2", "vpc-1"]);
        assert_eq!(found.arns.0.unwrap()[0], "arn:aws:ec2:eu-west-1:1:security-group/sg-2");
    }
}
