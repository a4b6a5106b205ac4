//! `aws_route_tables`: the ids of all route tables that match.

use std::collections::{BTreeMap, BTreeSet};

use model::{Attributes, Auto, Out};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::data::Data;
use crate::ec2::lookup::{Conditions, Filter};
use crate::fault::OrFault;
use crate::resource::Result;

/// The ids of all route tables that match.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_route_tables", timeouts = [read])]
pub(crate) struct RouteTables {
    /// Conditions on the tables.
    filter: BTreeSet<Filter>,
    /// Tags they must have.
    tags: Auto<BTreeMap<String, String>>,
    /// The VPC they must be in.
    vpc_id: Option<String>,
    /// The ids of those that match; maybe none.
    ids: Out<Vec<String>>,
    /// The name of the region.
    id: Out<String>,
}

impl Data for RouteTables {
    async fn read(aws: &Aws, given: Self) -> Result<Self> {
        let vpc = Auto(given.vpc_id.clone());
        let conditions = Conditions::of(&given.filter, &given.tags).and("vpc-id", &vpc);
        let call = aws.ec2().describe_route_tables().set_filters(conditions.sdk());
        let mut pages = call.into_paginator().items().send();
        let mut ids = Vec::new();
        while let Some(it) = pages.next().await {
            ids.extend(it.or_fault("DescribeRouteTables")?.route_table_id);
        }
        Ok(RouteTables { ids: Out(Some(ids)), id: Out(Some(aws.region().to_owned())), ..given })
    }
}
