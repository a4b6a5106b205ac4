//! `aws_partition`: which of the separate AWSs of the world the region belongs to.

use model::{Attributes, Out};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::data::Data;
use crate::resource::Result;

/// Which of the separate AWSs of the world the region belongs to.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_partition")]
pub(crate) struct Partition {
    /// The end of the names of hosts, such as `amazonaws.com`.
    dns_suffix: Out<String>,
    /// As ARNs name it: `aws`, `aws-cn`, `aws-us-gov`.
    partition: Out<String>,
    /// The beginning of the names of endpoint services, such as `com.amazonaws`.
    reverse_dns_prefix: Out<String>,
    /// As ARNs name it.
    id: Out<String>,
}

impl Data for Partition {
    async fn read(aws: &Aws, _given: Self) -> Result<Self> {
        let it = aws.partition();
        Ok(Partition {
            dns_suffix: Out(Some(it.dns_suffix.to_owned())),
            partition: Out(Some(it.name.to_owned())),
            reverse_dns_prefix: Out(Some(it.reverse_dns_prefix.to_owned())),
            id: Out(Some(it.name.to_owned())),
        })
    }
}
