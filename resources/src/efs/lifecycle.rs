//! The `lifecycle_policy` blocks of `aws_efs_file_system`: when files go to cheaper storage.

use std::collections::BTreeSet;

use aws_sdk_efs::types as sdk;
use model::{Attributes, Field, Given, Mirror, Shape};
use serde::{Deserialize, Serialize};

use crate::mirror::{FromSdk, ToSdk};

/// When files go to another storage class and back. The order of the blocks does not matter, nor
/// whether one says several things.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Lifecycle(pub Vec<Policy>);

/// When files go to another storage class, or back.
#[derive(Debug, Clone, Default, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::LifecyclePolicy)]
pub(crate) struct Policy {
    /// When unused files go to the archive: `AFTER_90_DAYS`.
    transition_to_archive: Option<String>,
    /// When unused files go to infrequent access: `AFTER_30_DAYS`.
    transition_to_ia: Option<String>,
    /// When they come back: `AFTER_1_ACCESS`.
    transition_to_primary_storage_class: Option<String>,
}

impl Field for Lifecycle {
    const SHAPE: Shape = Vec::<Policy>::SHAPE;
    const GIVEN: Given = Given::Optional;
    const MAX_ITEMS: u32 = 3;
}

impl PartialEq for Lifecycle {
    fn eq(&self, other: &Self) -> bool {
        self.meaning() == other.meaning()
    }
}

impl Lifecycle {
    fn meaning(&self) -> BTreeSet<(&'static str, &str)> {
        fn parts(it: &Policy) -> [(&'static str, &Option<String>); 3] {
            [
                ("archive", &it.transition_to_archive),
                ("infrequent access", &it.transition_to_ia),
                ("back", &it.transition_to_primary_storage_class),
            ]
        }
        let parts = self.0.iter().flat_map(parts);
        parts
            .filter_map(|(to, it)| Some((to, it.as_deref().filter(|it| !it.is_empty())?)))
            .collect()
    }

    /// AWS takes one thing in each policy.
    pub fn to_sdk(&self) -> Vec<sdk::LifecyclePolicy> {
        let single = |it: &Policy| {
            let one = Policy::default;
            let (archive, ia) = (it.transition_to_archive.clone(), it.transition_to_ia.clone());
            let back = it.transition_to_primary_storage_class.clone();
            [
                ia.map(|it| Policy { transition_to_ia: Some(it), ..one() }),
                archive.map(|it| Policy { transition_to_archive: Some(it), ..one() }),
                back.map(|it| Policy { transition_to_primary_storage_class: Some(it), ..one() }),
            ]
        };
        self.0.iter().flat_map(single).flatten().filter_map(|it| ToSdk::to_sdk(&it)).collect()
    }

    pub fn from_sdk(it: &[sdk::LifecyclePolicy]) -> Self {
        Lifecycle(Vec::from_sdk(it))
    }
}
