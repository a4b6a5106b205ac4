//! The data source `aws_security_group`: a security group that is managed elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use model::{Attributes, Auto, Out};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::data::Data;
use crate::ec2::lookup::{Conditions, Filter, visible_tags};
use crate::fault::{OrFault, only};
use crate::mirror::FromSdk;
use crate::resource::Result;

/// A security group that is managed elsewhere.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_security_group", timeouts = [read])]
pub(crate) struct SecurityGroup {
    /// Its id.
    id: Auto<String>,
    /// Conditions on it.
    filter: BTreeSet<Filter>,
    /// Its name.
    name: Auto<String>,
    /// Its tags.
    tags: Auto<BTreeMap<String, String>>,
    /// The VPC it is in.
    vpc_id: Auto<String>,
    /// What it is for.
    description: Out<String>,
    /// Its Amazon Resource Name.
    arn: Out<String>,
}

impl Data for SecurityGroup {
    async fn read(aws: &Aws, given: Self) -> Result<Self> {
        let conditions = Conditions::of(&given.filter, &given.tags)
            .and("group-id", &given.id)
            .and("group-name", &given.name)
            .and("vpc-id", &given.vpc_id);
        let call = aws.ec2().describe_security_groups().set_filters(conditions.sdk());
        let answer = call.send().await.or_fault("DescribeSecurityGroups")?;
        let found = answer.security_groups.unwrap_or_default();
        let it = only("security group", "DescribeSecurityGroups", found)?;
        let (id, owner) = (it.group_id().unwrap_or_default(), it.owner_id().unwrap_or_default());
        let (partition, region) = (aws.partition().name, aws.region());
        Ok(SecurityGroup {
            filter: given.filter,
            name: Auto::from_sdk(it.group_name()),
            tags: visible_tags(aws, it.tags()),
            vpc_id: Auto::from_sdk(it.vpc_id()),
            description: Out::from_sdk(it.description()),
            arn: Out(Some(format!("arn:{partition}:ec2:{region}:{owner}:security-group/{id}"))),
            id: Auto::from_sdk(Some(id)),
        })
    }
}
