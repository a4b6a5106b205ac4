//! `aws_kms_key`: a key that is looked up by its id, ARN or alias.

use aws_sdk_kms::types as sdk;
use model::{Attributes, Out};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::data::Data;
use crate::fault::{OrFault, must};
use crate::mirror::{FromSdk, moment};
use crate::resource::Result;

/// A key that is looked up by its id, ARN or alias.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_kms_key")]
pub(crate) struct Key {
    /// Its id or ARN, or the name or ARN of an alias.
    key_id: String,
    /// Grants that are not known everywhere yet.
    grant_tokens: Option<Vec<String>>,
    /// Its id.
    id: Out<String>,
    /// The account it belongs to.
    aws_account_id: Out<String>,
    /// The cluster of CloudHSM that its material is in.
    cloud_hsm_cluster_id: Out<String>,
    /// When it was created.
    creation_date: Out<String>,
    /// The store that holds it, if that is the user's own.
    custom_key_store_id: Out<String>,
    /// Such as `SYMMETRIC_DEFAULT` or `RSA_2048`.
    customer_master_key_spec: Out<String>,
    /// When it will be deleted.
    deletion_date: Out<String>,
    /// What it is for.
    description: Out<String>,
    /// Whether it can be used.
    enabled: Out<bool>,
    /// Whether its material expires.
    expiration_model: Out<String>,
    /// Whether `AWS` manages it or the `CUSTOMER`.
    key_manager: Out<String>,
    /// Such as `SYMMETRIC_DEFAULT` or `RSA_2048`.
    key_spec: Out<String>,
    /// Such as `Enabled` or `PendingDeletion`.
    key_state: Out<String>,
    /// `ENCRYPT_DECRYPT`, `SIGN_VERIFY`, `GENERATE_VERIFY_MAC` or `KEY_AGREEMENT`.
    key_usage: Out<String>,
    /// Whether it can be copied to other regions.
    multi_region: Out<bool>,
    /// Its copies in other regions.
    multi_region_configuration: Out<Vec<MultiRegion>>,
    /// Where its material comes from.
    origin: Out<String>,
    /// For how many days it can be restored, once its copies are gone.
    pending_deletion_window_in_days: Out<i32>,
    /// When its material expires.
    valid_to: Out<String>,
    /// The external key behind it.
    xks_key_configuration: Out<Vec<External>>,
    /// Its Amazon Resource Name.
    arn: Out<String>,
}

/// A key's copies in other regions.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct MultiRegion {
    /// Whether it is the `PRIMARY` or a `REPLICA`.
    multi_region_key_type: Option<String>,
    /// The key that the others are copies of.
    primary_key: Vec<Copied>,
    /// The copies.
    replica_keys: Vec<Copied>,
}

/// A key in a region.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct Copied {
    /// Its Amazon Resource Name.
    arn: Option<String>,
    /// The region.
    region: Option<String>,
}

/// A key outside of AWS.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct External {
    /// Its id there.
    id: Option<String>,
}

impl Data for Key {
    async fn read(aws: &Aws, given: Self) -> Result<Self> {
        let call = aws.kms().describe_key().key_id(&given.key_id);
        let answer = call.set_grant_tokens(given.grant_tokens.clone()).send().await;
        let it = must(answer.or_fault("DescribeKey")?.key_metadata, "DescribeKey")?;
        let external = it.xks_key_configuration();
        let external = external.map(|it| External { id: Option::from_sdk(it.id()) });
        let regions = it.multi_region_configuration().map(MultiRegion::of);
        // The newer name of the same thing.
        let spec = Out::from_sdk(it.key_spec());
        Ok(Key {
            id: Out::from_sdk(Some(it.key_id())),
            aws_account_id: Out::from_sdk(it.aws_account_id()),
            cloud_hsm_cluster_id: Out::from_sdk(it.cloud_hsm_cluster_id()),
            creation_date: moment(it.creation_date()),
            custom_key_store_id: Out::from_sdk(it.custom_key_store_id()),
            customer_master_key_spec: spec.clone(),
            deletion_date: moment(it.deletion_date()),
            description: Out::from_sdk(it.description()),
            enabled: Out(Some(it.enabled())),
            expiration_model: Out::from_sdk(it.expiration_model()),
            key_manager: Out::from_sdk(it.key_manager()),
            key_spec: spec,
            key_state: Out::from_sdk(it.key_state()),
            key_usage: Out::from_sdk(it.key_usage()),
            multi_region: Out(Some(it.multi_region().unwrap_or(false))),
            multi_region_configuration: Out(Some(regions.into_iter().collect())),
            origin: Out::from_sdk(it.origin()),
            pending_deletion_window_in_days: Out(it.pending_deletion_window_in_days()),
            valid_to: moment(it.valid_to()),
            xks_key_configuration: Out(Some(external.into_iter().collect())),
            arn: Out::from_sdk(it.arn()),
            ..given
        })
    }
}

impl MultiRegion {
    fn of(it: &sdk::MultiRegionConfiguration) -> Self {
        let key = |it: &sdk::MultiRegionKey| Copied {
            arn: Option::from_sdk(it.arn()),
            region: Option::from_sdk(it.region()),
        };
        MultiRegion {
            multi_region_key_type: Option::from_sdk(it.multi_region_key_type()),
            primary_key: it.primary_key().map(key).into_iter().collect(),
            replica_keys: it.replica_keys().iter().map(key).collect(),
        }
    }
}
