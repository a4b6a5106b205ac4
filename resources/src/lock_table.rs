//! A DynamoDB table with locks and digests of states, as Terraform's S3 backend has used it before S3
//! could write on a condition.

use std::sync::Arc;

use aws_sdk_dynamodb::types::AttributeValue;
use md5::{Digest, Md5};

use crate::aws::Aws;
use crate::resource::Result;

/// A table whose items are known by their `LockID`.
pub struct LockTable {
    aws: Arc<Aws>,
    table: String,
}

impl LockTable {
    pub(crate) fn new(aws: Arc<Aws>, table: &str) -> LockTable {
        LockTable { aws, table: table.to_owned() }
    }

    /// Takes a lock and leaves a text in it. False if it is held.
    ///
    /// # Errors
    ///
    /// What DynamoDB answers.
    pub async fn lock(&self, id: &str, info: &str) -> Result<bool> {
        let call = self.aws.dynamodb().put_item().table_name(&self.table);
        let call = call.item("LockID", AttributeValue::S(id.to_owned()));
        let call = call.item("Info", AttributeValue::S(info.to_owned()));
        let call = call.condition_expression("attribute_not_exists(LockID)");
        match self.aws.renewing("PutItem", || call.clone().send()).await {
            Ok(_) => Ok(true),
            Err(fault) if fault.code == "ConditionalCheckFailedException" => Ok(false),
            Err(fault) => Err(fault),
        }
    }

    /// The text in a lock. None if nobody holds it.
    ///
    /// # Errors
    ///
    /// What DynamoDB answers.
    pub async fn locked(&self, id: &str) -> Result<Option<String>> {
        let call = self.aws.dynamodb().get_item().table_name(&self.table).consistent_read(true);
        let call = call.key("LockID", AttributeValue::S(id.to_owned()));
        let item = self.aws.renewing("GetItem", || call.clone().send()).await?.item;
        let info = item.map(|mut it| it.remove("Info"));
        Ok(info.map(|it| match it {
            Some(AttributeValue::S(text)) => text,
            Some(_) | None => String::new(),
        }))
    }

    /// Gives a lock back, whoever holds it.
    ///
    /// # Errors
    ///
    /// What DynamoDB answers.
    pub async fn unlock(&self, id: &str) -> Result<()> {
        let call = self.aws.dynamodb().delete_item().table_name(&self.table);
        let call = call.key("LockID", AttributeValue::S(id.to_owned()));
        self.aws.renewing("DeleteItem", || call.clone().send()).await?;
        Ok(())
    }

    /// Notes the MD5 digest of a state, which Terraform compares with what it reads.
    ///
    /// # Errors
    ///
    /// What DynamoDB answers.
    pub async fn note_digest(&self, id: &str, content: &[u8]) -> Result<()> {
        let digest: String = Md5::digest(content).iter().map(|it| format!("{it:02x}")).collect();
        let call = self.aws.dynamodb().put_item().table_name(&self.table);
        let call = call.item("LockID", AttributeValue::S(format!("{id}-md5")));
        let call = call.item("Digest", AttributeValue::S(digest));
        self.aws.renewing("PutItem", || call.clone().send()).await?;
        Ok(())
    }

    /// Forgets the digest of a state that is gone.
    ///
    /// # Errors
    ///
    /// What DynamoDB answers.
    pub async fn forget_digest(&self, id: &str) -> Result<()> {
        self.unlock(&format!("{id}-md5")).await
    }
}
