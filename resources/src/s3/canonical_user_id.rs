//! `aws_canonical_user_id`: the account as access control lists name it.

use model::{Attributes, Out};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::data::Data;
use crate::fault::{OrFault, must};
use crate::mirror::FromSdk;
use crate::resource::Result;

/// The account as access control lists name it.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_canonical_user_id")]
pub(crate) struct CanonicalUserId {
    /// The name that S3 shows.
    display_name: Out<String>,
    /// The canonical user id.
    id: Out<String>,
}

impl Data for CanonicalUserId {
    /// Every list of buckets says whose they are.
    async fn read(aws: &Aws, _given: Self) -> Result<Self> {
        let answer = aws.s3().list_buckets().max_buckets(1).send().await.or_fault("ListBuckets")?;
        let owner = must(answer.owner(), "ListBuckets")?;
        Ok(CanonicalUserId {
            display_name: Out::from_sdk(owner.display_name()),
            id: Out::from_sdk(owner.id()),
        })
    }
}
