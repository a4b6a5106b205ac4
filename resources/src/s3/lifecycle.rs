//! `aws_s3_bucket_lifecycle_configuration`: what becomes of a bucket's objects as they get older.

mod rules;

use aws_sdk_s3::types as sdk;
use model::{Attributes, Auto, Fault, FaultKind, Live, Map, Op, Out, Phase, Timeouts, Value};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::fault::OrFault;
use crate::mirror::{FromSdk, ToSdk};
use crate::resource::{Resource, Result, changed, each};
use crate::s3::lifecycle::rules::Rules;
use crate::s3::{aspect, classify_aspect, owned, owner_of};

/// What becomes of a bucket's objects as they get older.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_s3_bucket_lifecycle_configuration", version = 1, timeouts = [create, update])]
pub(crate) struct LifecycleConfiguration {
    /// The bucket.
    #[attr(replace)]
    bucket: String,
    /// The account that the bucket must belong to.
    #[attr(replace)]
    expected_bucket_owner: Auto<String>,
    /// From which size on objects go to another storage class: `all_storage_classes_128K` or
    /// `varies_by_storage_class`.
    transition_default_minimum_object_size: Auto<String>,
    /// The rules. Their order does not matter.
    #[attr(required)]
    rule: Rules,
    /// The bucket, and the expected owner if there is one.
    id: Out<String>,
}

impl Resource for LifecycleConfiguration {
    const BATCH: usize = 20;
    const TIMEOUTS: Timeouts = Timeouts::minutes(3, 3, 3);

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        each(ids, |id| live(aws, id)).await
    }

    async fn create(aws: &Aws, want: &Self, _token: &str) -> Result<String> {
        put(aws, want).await?;
        Ok(owned(&want.bucket, want.expected_bucket_owner.0.as_deref()))
    }

    async fn update(aws: &Aws, _id: &str, have: &Self, want: &Self) -> Result<()> {
        if changed!(have, want; rule, transition_default_minimum_object_size) {
            put(aws, want).await?;
        }
        Ok(())
    }

    async fn delete(aws: &Aws, id: &str, _have: &Self) -> Result<()> {
        let (bucket, owner) = owner_of(id);
        let call = aws.s3().delete_bucket_lifecycle().bucket(bucket);
        call.set_expected_bucket_owner(owner).send().await.or_fault("DeleteBucketLifecycle")?;
        Ok(())
    }

    fn check(given: &Map) -> Vec<(&'static str, String)> {
        let rules = given.get("rule").and_then(Value::items).unwrap_or_default();
        rules.iter().filter_map(Value::entries).flat_map(rules::problems).collect()
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        classify_aspect(op, fault)
    }
}

async fn put(aws: &Aws, want: &LifecycleConfiguration) -> Result<()> {
    let rules = sdk::BucketLifecycleConfiguration::builder().set_rules(want.rule.0.to_sdk());
    let call = aws
        .s3()
        .put_bucket_lifecycle_configuration()
        .bucket(&want.bucket)
        .set_expected_bucket_owner(want.expected_bucket_owner.0.clone())
        .set_transition_default_minimum_object_size(
            want.transition_default_minimum_object_size.to_sdk(),
        )
        .lifecycle_configuration(rules.build().expect("rules are set"));
    call.send().await.or_fault("PutBucketLifecycleConfiguration")?;
    Ok(())
}

async fn live(aws: &Aws, id: &str) -> Result<Option<Live<LifecycleConfiguration>>> {
    let (bucket, owner) = owner_of(id);
    let call = aws.s3().get_bucket_lifecycle_configuration().bucket(bucket);
    let call = call.set_expected_bucket_owner(owner.clone());
    let answer = call.send().await.or_fault("GetBucketLifecycleConfiguration");
    let Some(it) = aspect(answer)? else { return Ok(None) };
    let attributes = LifecycleConfiguration {
        bucket: bucket.to_owned(),
        expected_bucket_owner: Auto(owner),
        transition_default_minimum_object_size: Auto::from_sdk(
            it.transition_default_minimum_object_size(),
        ),
        rule: Rules(Vec::from_sdk(it.rules())),
        id: Out(Some(id.to_owned())),
    };
    Ok(Some(Live { id: id.to_owned(), phase: Phase::Ready, attributes }))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, s3_refusal, want, xml};

    fn with(rules: &str) -> LifecycleConfiguration {
        want(&format!(r#"{{"bucket": "logs", "rule": {rules}}}"#))
    }

    #[tokio::test]
    async fn every_kind_of_rule_is_sent() {
        let aws = Script::new([xml("")]);
        let want = want::<LifecycleConfiguration>(
            r#"{"bucket": "logs", "expected_bucket_owner": "123456789012",
                "transition_default_minimum_object_size": "varies_by_storage_class",
                "rule": [
                {"id": "old", "status": "Enabled", "filter": [{"prefix": "a/"}],
                 "abort_incomplete_multipart_upload": [{"days_after_initiation": 7}],
                 "expiration": [{"days": 90}],
                 "noncurrent_version_expiration": [{"noncurrent_days": 9, "newer_noncurrent_versions": 2}],
                 "noncurrent_version_transition": [{"noncurrent_days": 3, "storage_class": "GLACIER"}],
                 "transition": [{"days": 0, "storage_class": "GLACIER"},
                                {"date": "2030-01-01T00:00:00Z", "storage_class": "DEEP_ARCHIVE"}]},
                {"id": "tagged", "status": "Disabled",
                 "filter": [{"and": [{"prefix": "b/", "tags": {"k": "v"}, "object_size_less_than": 9}]}],
                 "expiration": [{"date": "2030-01-01T00:00:00Z"}]},
                {"id": "markers", "status": "Enabled", "prefix": "c/",
                 "expiration": [{"expired_object_delete_marker": true}]},
                {"id": "all", "status": "Enabled", "expiration": [{"days": 1}]}]}"#,
        );
        let id = LifecycleConfiguration::create(&aws, &want, "token").await.unwrap();
        assert_eq!(id, "logs,123456789012");
        let sent = aws.transcript().replace("<Rule>", "\n<Rule>");
        expect![[r#"
            PUT logs.s3.eu-west-1.amazonaws.com/?lifecycle
                <LifecycleConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
            <Rule><Expiration><Days>90</Days></Expiration><ID>old</ID><Filter><Prefix>a/</Prefix></Filter><Status>Enabled</Status><Transition><Days>0</Days><StorageClass>GLACIER</StorageClass></Transition><Transition><Date>2030-01-01T00:00:00Z</Date><StorageClass>DEEP_ARCHIVE</StorageClass></Transition><NoncurrentVersionTransition><NoncurrentDays>3</NoncurrentDays><StorageClass>GLACIER</StorageClass></NoncurrentVersionTransition><NoncurrentVersionExpiration><NoncurrentDays>9</NoncurrentDays><NewerNoncurrentVersions>2</NewerNoncurrentVersions></NoncurrentVersionExpiration><AbortIncompleteMultipartUpload><DaysAfterInitiation>7</DaysAfterInitiation></AbortIncompleteMultipartUpload></Rule>
            <Rule><Expiration><Date>2030-01-01T00:00:00Z</Date></Expiration><ID>tagged</ID><Filter><And><Prefix>b/</Prefix><Tag><Key>k</Key><Value>v</Value></Tag><ObjectSizeLessThan>9</ObjectSizeLessThan></And></Filter><Status>Disabled</Status></Rule>
            <Rule><Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration><ID>markers</ID><Prefix>c/</Prefix><Status>Enabled</Status></Rule>
            <Rule><Expiration><Days>1</Days></Expiration><ID>all</ID><Filter><Prefix></Prefix></Filter><Status>Enabled</Status></Rule></LifecycleConfiguration>
        "#]].assert_eq(&sent);
    }

    #[tokio::test]
    async fn what_is_read_back_is_what_was_sent() {
        let answer = r#"<LifecycleConfiguration>
            <Rule><ID>b</ID><Filter><And><Prefix>b/</Prefix><Tag><Key>k</Key><Value>v</Value></Tag></And></Filter>
              <Status>Enabled</Status><Expiration><Days>1</Days></Expiration></Rule>
            <Rule><ID>a</ID><Filter><Prefix></Prefix></Filter><Status>Enabled</Status>
              <Transition><Date>2030-01-01T00:00:00.000Z</Date><StorageClass>GLACIER</StorageClass></Transition></Rule>
            </LifecycleConfiguration>"#;
        let aws = Script::new([xml(answer)
            .with("x-amz-transition-default-minimum-object-size", "all_storage_classes_128K")]);
        let found = LifecycleConfiguration::read(&aws, &["logs".to_owned()]).await.unwrap();
        let it = &found[0].attributes;
        assert_eq!(
            it.transition_default_minimum_object_size.0.as_deref(),
            Some("all_storage_classes_128K")
        );
        let want = with(
            r#"[{"id": "a", "status": "Enabled", "filter": [{}],
                 "transition": [{"date": "2030-01-01", "storage_class": "GLACIER"}]},
                {"id": "b", "status": "Enabled", "expiration": [{"days": 1}],
                 "filter": [{"and": [{"prefix": "b/", "tags": {"k": "v"}}]}]}]"#,
        );
        assert_eq!(it.rule, want.rule);
    }

    #[test]
    fn a_prefix_may_stand_in_three_places() {
        let rule =
            |filter: &str| with(&format!(r#"[{{"id": "a", "status": "Enabled", {filter}}}]"#)).rule;
        let plain = rule(r#""filter": [{"prefix": "a/"}]"#);
        assert_eq!(plain, rule(r#""prefix": "a/""#));
        assert_eq!(plain, rule(r#""filter": [{"and": [{"prefix": "a/"}]}]"#));
        assert_ne!(plain, rule(r#""filter": [{"prefix": "b/"}]"#));
        assert_eq!(rule(r#""filter": [{}]"#), rule(r#""prefix": """#));
        assert_eq!(
            rule(r#""filter": [{"tag": [{"key": "k", "value": "v"}]}]"#),
            rule(r#""filter": [{"and": [{"tags": {"k": "v"}}]}]"#)
        );
    }

    #[tokio::test]
    async fn a_bucket_without_rules_has_no_configuration() {
        let aws = Script::new([s3_refusal("NoSuchLifecycleConfiguration", "none")]);
        let found = LifecycleConfiguration::read(&aws, &["logs".to_owned()]).await.unwrap();
        assert!(found.is_empty());
    }
    #[test]
    fn what_does_not_go_together_is_told_before_anything_is_done() {
        let problems = |rule: &str| {
            let text = format!(r#"{{"bucket": "logs", "rule": [{rule}]}}"#);
            let ty = LifecycleConfiguration::SCHEMA.ty();
            let given = model::from_typed_json(&serde_json::from_str(&text).unwrap(), &ty).unwrap();
            LifecycleConfiguration::check(given.entries().unwrap()).len()
        };
        assert_eq!(problems(r#"{"id": "a", "prefix": "a/", "filter": [{"prefix": "b/"}]}"#), 1);
        assert_eq!(
            problems(r#"{"id": "a", "filter": [{"prefix": "b/", "object_size_less_than": 9}]}"#),
            1
        );
        assert_eq!(
            problems(r#"{"id": "a", "expiration": [{"days": 1, "date": "2030-01-01"}]}"#),
            1
        );
        assert_eq!(problems(r#"{"id": "a", "prefix": "a/", "expiration": [{"days": 1}]}"#), 0);
    }
}
