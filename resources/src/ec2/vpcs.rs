//! `aws_vpcs`: the ids of all VPCs that match.

use std::collections::{BTreeMap, BTreeSet};

use model::{Attributes, Auto, Out};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::data::Data;
use crate::ec2::lookup::{Conditions, Filter};
use crate::fault::OrFault;
use crate::resource::Result;

/// The ids of all VPCs that match.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_vpcs", timeouts = [read])]
pub(crate) struct Vpcs {
    /// Conditions on the VPCs.
    filter: BTreeSet<Filter>,
    /// Tags they must have.
    tags: Auto<BTreeMap<String, String>>,
    /// The ids of those that match; maybe none.
    ids: Out<Vec<String>>,
    /// The name of the region.
    id: Out<String>,
}

impl Data for Vpcs {
    async fn read(aws: &Aws, given: Self) -> Result<Self> {
        let conditions = Conditions::of(&given.filter, &given.tags);
        let call = aws.ec2().describe_vpcs().set_filters(conditions.sdk());
        let mut pages = call.into_paginator().items().send();
        let mut ids = Vec::new();
        while let Some(it) = pages.next().await {
            ids.extend(it.or_fault("DescribeVpcs")?.vpc_id);
        }
        Ok(Vpcs { ids: Out(Some(ids)), id: Out(Some(aws.region().to_owned())), ..given })
    }
}
