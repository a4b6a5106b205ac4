//! `aws_kms_key`: a key that never leaves AWS.

use aws_sdk_kms::types as sdk;
use model::{Attributes, Auto, Fault, FaultKind, Live, Op, Out, Phase, Tags, Timeouts, Unread};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::fault::{OrFault, must};
use crate::mirror::{FromSdk, ToSdk};
use crate::policy::Policy;
use crate::resource::{Resource, Result, changed, each};
use crate::tags::INTENT;

/// A key that never leaves AWS.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_kms_key", timeouts = [create])]
pub(crate) struct Key {
    /// Whether a policy is accepted that locks its author out.
    #[attr(default = false)]
    bypass_policy_lockout_safety_check: Unread<bool>,
    /// The store that holds it, if that is the user's own.
    #[attr(replace)]
    custom_key_store_id: Option<String>,
    /// Such as `SYMMETRIC_DEFAULT` or `RSA_2048`.
    #[attr(replace, default = "SYMMETRIC_DEFAULT")]
    customer_master_key_spec: String,
    /// For how many days it can be restored after it is destroyed: 7 to 30.
    deletion_window_in_days: Unread<i32>,
    /// What it is for, in the user's words.
    description: Auto<String>,
    /// Whether it gets new material from time to time.
    #[attr(default = false)]
    enable_key_rotation: bool,
    /// Whether it can be used.
    #[attr(default = true)]
    is_enabled: bool,
    /// `ENCRYPT_DECRYPT`, `SIGN_VERIFY`, `GENERATE_VERIFY_MAC` or `KEY_AGREEMENT`.
    #[attr(replace, default = "ENCRYPT_DECRYPT")]
    key_usage: String,
    /// Whether it can be copied to other regions.
    #[attr(replace)]
    multi_region: Auto<bool>,
    /// Who may use it, as an IAM policy document in JSON.
    policy: Auto<Policy>,
    /// After how many days it gets new material.
    rotation_period_in_days: Auto<i32>,
    /// The external key behind it.
    #[attr(replace)]
    xks_key_id: Option<String>,
    /// Its id.
    id: Out<String>,
    /// Tags of its own; those of the provider's `default_tags` come on top.
    tags: Tags,
    /// Its id.
    key_id: Out<String>,
    /// Its Amazon Resource Name.
    arn: Out<String>,
}

impl Resource for Key {
    const BATCH: usize = 50;
    const TIMEOUTS: Timeouts = Timeouts::minutes(2, 2, 2);

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        each(ids, |id| live(aws, id)).await
    }

    /// Rotation, and whether it can be used, are set by `update`. KMS knows no client tokens, so that
    /// of the intent is a tag until the key is known.
    async fn create(aws: &Aws, want: &Self, token: &str) -> Result<String> {
        let mut tags = tags_to_sdk(&want.tags);
        tags.push(tag(INTENT, token));
        let call = aws.kms().create_key();
        let call = call
            .set_policy(want.policy.0.as_ref().map(|it| it.0.clone()))
            .set_bypass_policy_lockout_safety_check(want.bypass_policy_lockout_safety_check.0)
            .set_custom_key_store_id(want.custom_key_store_id.clone())
            .set_key_spec(want.customer_master_key_spec.to_sdk())
            .set_key_usage(want.key_usage.to_sdk())
            .set_description(want.description.0.clone())
            .set_multi_region(want.multi_region.0)
            .set_xks_key_id(want.xks_key_id.clone())
            .set_tags(Some(tags));
        let answer = call.send().await.or_fault("CreateKey")?;
        Ok(must(answer.key_metadata, "CreateKey")?.key_id)
    }

    async fn update(aws: &Aws, id: &str, have: &Self, want: &Self) -> Result<()> {
        // A key that is off cannot be changed.
        if want.is_enabled && !have.is_enabled {
            aws.kms().enable_key().key_id(id).send().await.or_fault("EnableKey")?;
        }
        if changed!(have, want; enable_key_rotation, rotation_period_in_days) {
            rotate(aws, id, want).await?;
        }
        if have.description != want.description {
            let call = aws.kms().update_key_description().key_id(id);
            let call = call.description(want.description.0.as_deref().unwrap_or_default());
            call.send().await.or_fault("UpdateKeyDescription")?;
        }
        if let Some(policy) = want.policy.0.as_ref().filter(|_| have.policy != want.policy) {
            let call = aws.kms().put_key_policy().key_id(id).policy_name("default");
            let call = call
                .policy(&policy.0)
                .set_bypass_policy_lockout_safety_check(want.bypass_policy_lockout_safety_check.0);
            call.send().await.or_fault("PutKeyPolicy")?;
        }
        if have.is_enabled && !want.is_enabled {
            aws.kms().disable_key().key_id(id).send().await.or_fault("DisableKey")?;
        }
        retag(aws, id, &have.tags, &want.tags).await
    }

    async fn delete(aws: &Aws, id: &str, have: &Self) -> Result<()> {
        let days = have.deletion_window_in_days.0.filter(|it| *it > 0);
        let call = aws.kms().schedule_key_deletion().key_id(id).set_pending_window_in_days(days);
        match call.send().await.or_fault("ScheduleKeyDeletion") {
            Err(fault) if fault.message.contains("pending deletion") => Ok(()),
            result => result.map(|_| ()),
        }
    }

    async fn find(aws: &Aws, _want: &Self, token: &str) -> Result<Option<String>> {
        let keys = aws.kms().list_keys().into_paginator().items().send();
        let keys = keys.collect::<std::result::Result<Vec<_>, _>>().await.or_fault("ListKeys")?;
        let ids: Vec<String> = keys.into_iter().filter_map(|it| it.key_id).collect();
        let made = |id: &str| {
            let call = aws.kms().list_resource_tags().key_id(id);
            let id = id.to_owned();
            async move {
                match call.send().await.or_fault("ListResourceTags") {
                    Ok(it) => {
                        let ours = it.tags().contains(&tag(INTENT, token));
                        Ok(ours.then_some(id))
                    }
                    // Keys of others may be closed to us.
                    Err(fault) if fault.code.contains("AccessDenied") => Ok(None),
                    Err(fault) => Err(fault),
                }
            }
        };
        Ok(each(&ids, made).await?.into_iter().next())
    }

    async fn forget(aws: &Aws, ids: &[String]) -> Result<()> {
        for id in ids {
            let call = aws.kms().untag_resource().key_id(id).tag_keys(INTENT);
            call.send().await.or_fault("UntagResource")?;
        }
        Ok(())
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        // The policy names a role that was created a moment ago.
        let named = fault.code == "MalformedPolicyDocumentException"
            && fault.message.contains("invalid principals");
        (op != Op::Read && named).then_some(FaultKind::NotYet)
    }
}

async fn live(aws: &Aws, id: &str) -> Result<Option<Live<Key>>> {
    let answer = aws.kms().describe_key().key_id(id).send().await.or_fault("DescribeKey")?;
    let it = must(answer.key_metadata, "DescribeKey")?;
    if it.deletion_date().is_some() {
        return Ok(None);
    }
    let policy = aws.kms().get_key_policy().key_id(id).policy_name("default").send().await;
    let policy = policy.or_fault("GetKeyPolicy")?.policy;
    let tags =
        aws.kms().list_resource_tags().key_id(id).send().await.or_fault("ListResourceTags")?;
    let tags = tags.tags.unwrap_or_default();
    // Only symmetric keys of AWS's own making get new material.
    let turns = it.key_spec() == Some(&sdk::KeySpec::SymmetricDefault)
        && it.origin() == Some(&sdk::OriginType::AwsKms);
    let rotation = match turns {
        true => {
            let call = aws.kms().get_key_rotation_status().key_id(id);
            Some(call.send().await.or_fault("GetKeyRotationStatus")?)
        }
        false => None,
    };
    let attributes = Key {
        bypass_policy_lockout_safety_check: Unread(None),
        custom_key_store_id: Option::from_sdk(it.custom_key_store_id()),
        customer_master_key_spec: String::from_sdk(it.key_spec()),
        deletion_window_in_days: Unread(None),
        description: Auto(Some(it.description().unwrap_or_default().to_owned())),
        enable_key_rotation: rotation.as_ref().is_some_and(|it| it.key_rotation_enabled()),
        is_enabled: it.enabled(),
        key_usage: String::from_sdk(it.key_usage()),
        multi_region: Auto(Some(it.multi_region().unwrap_or(false))),
        policy: Auto(policy.map(Policy)),
        rotation_period_in_days: Auto(rotation.and_then(|it| it.rotation_period_in_days())),
        xks_key_id: Option::from_sdk(it.xks_key_configuration().and_then(|it| it.id())),
        id: Out::from_sdk(Some(it.key_id())),
        tags: tags.iter().map(|it| (it.tag_key(), it.tag_value())).collect(),
        key_id: Out::from_sdk(Some(it.key_id())),
        arn: Out::from_sdk(it.arn()),
    };
    let phase = match it.key_state() {
        Some(sdk::KeyState::Creating | sdk::KeyState::Updating) => {
            Phase::changing("it is being made")
        }
        _ => Phase::Ready,
    };
    Ok(Some(Live { id: id.to_owned(), phase, attributes }))
}

async fn rotate(aws: &Aws, id: &str, want: &Key) -> Result<()> {
    if want.enable_key_rotation {
        let call = aws.kms().enable_key_rotation().key_id(id);
        let call = call.set_rotation_period_in_days(want.rotation_period_in_days.0);
        call.send().await.or_fault("EnableKeyRotation")?;
    } else {
        aws.kms().disable_key_rotation().key_id(id).send().await.or_fault("DisableKeyRotation")?;
    }
    Ok(())
}

fn tags_to_sdk(tags: &Tags) -> Vec<sdk::Tag> {
    tags.0.iter().map(|(key, value)| tag(key, value)).collect()
}

fn tag(key: &str, value: &str) -> sdk::Tag {
    let tag = sdk::Tag::builder().tag_key(key).tag_value(value);
    tag.build().expect("a tag with a key and a value")
}

async fn retag(aws: &Aws, id: &str, have: &Tags, want: &Tags) -> Result<()> {
    let (set, unset) = want.changes_from(have);
    if !unset.is_empty() {
        let call = aws.kms().untag_resource().key_id(id).set_tag_keys(Some(unset));
        call.send().await.or_fault("UntagResource")?;
    }
    if !set.is_empty() {
        let set = tags_to_sdk(&set.into_iter().collect());
        let call = aws.kms().tag_resource().key_id(id).set_tags(Some(set));
        call.send().await.or_fault("TagResource")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, json, want};

    #[tokio::test]
    async fn a_key_is_turned_on_before_it_is_changed() {
        let aws = Script::new([json("{}"), json("{}")]);
        let have = want::<Key>(r#"{"is_enabled": false}"#);
        let want = want::<Key>(r#"{"enable_key_rotation": true, "rotation_period_in_days": 90}"#);

        Key::update(&aws, "k-1", &have, &want).await.unwrap();

        aws.sent(expect![[r#"
            EnableKey
                KeyId="k-1"
            EnableKeyRotation
                KeyId="k-1"
                RotationPeriodInDays=90
        "#]]);
    }

    #[tokio::test]
    async fn a_key_whose_answer_got_lost_is_found_by_the_tag_of_its_intent() {
        let keys = r#"{"Keys": [{"KeyId": "k-1"}, {"KeyId": "k-2"}]}"#;
        let others = r#"{"Tags": [{"TagKey": "groundplan:intent", "TagValue": "t-0"}]}"#;
        let ours = r#"{"Tags": [{"TagKey": "groundplan:intent", "TagValue": "t-1"}]}"#;
        let aws = Script::new([json(keys), json(others), json(ours), json("{}")]);
        let wanted = want::<Key>("{}");

        let found = Key::find(&aws, &wanted, "t-1").await.unwrap();
        assert_eq!(found.as_deref(), Some("k-2"));
        Key::forget(&aws, &["k-2".to_owned()]).await.unwrap();

        aws.sent(expect![[r#"
            ListKeys
            ListResourceTags
                KeyId="k-1"
            ListResourceTags
                KeyId="k-2"
            UntagResource
                KeyId="k-2"
                TagKeys=["groundplan:intent"]
        "#]]);
    }

    #[tokio::test]
    async fn a_key_that_waits_for_its_end_is_gone() {
        let key = r#"{"KeyMetadata": {"KeyId": "k-1", "KeyState": "PendingDeletion",
            "DeletionDate": 1700000000}}"#;
        let aws = Script::new([json(key)]);
        assert_eq!(Key::read(&aws, &["k-1".to_owned()]).await.unwrap(), []);
    }
}
