//! `aws_ssm_parameter`: a value with a name, secret or not.

use std::collections::BTreeMap;

use aws_sdk_ssm::types as sdk;
use model::{
    Attributes, Auto, Live, Map, Out, Phase, Secret, Tags, Timeouts, Unread, Value, WriteOnly,
};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::fault::OrFault;
use crate::mirror::{FromSdk, ToSdk};
use crate::naming::known;
use crate::resource::{Resource, Result, changed, each};

/// A value with a name, secret or not.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_ssm_parameter")]
pub(crate) struct Parameter {
    /// Its name.
    #[attr(replace)]
    name: String,
    /// `String`, `StringList` or `SecureString`.
    r#type: String,
    /// A regular expression that values must match.
    allowed_pattern: Option<String>,
    /// `text`, `aws:ssm:integration` or `aws:ec2:image`.
    data_type: Auto<String>,
    /// What it is for, in the user's words.
    description: Option<String>,
    /// Its value, where everyone may see it.
    #[attr(volatile)]
    insecure_value: Auto<String>,
    /// The KMS key that a `SecureString` is encrypted with.
    key_id: Auto<String>,
    /// Whether one that exists is taken over. Deprecated.
    overwrite: Unread<bool>,
    /// `Standard`, `Advanced` or `Intelligent-Tiering`.
    tier: Auto<String>,
    /// Its value.
    #[attr(volatile)]
    value: Auto<Secret<String>>,
    /// Its value, which is not compared with what is there.
    value_wo: WriteOnly<Secret<String>>,
    /// A number whose change writes `value_wo` again.
    value_wo_version: Unread<i32>,
    /// Its Amazon Resource Name.
    arn: Auto<String>,
    /// Its name.
    id: Out<String>,
    /// Tags of its own; those of the provider's `default_tags` come on top.
    tags: Tags,
    /// Whether `value_wo` is given.
    has_value_wo: Out<bool>,
    /// How often it was written.
    #[attr(volatile)]
    version: Out<i64>,
}

impl Resource for Parameter {
    const BATCH: usize = 10;
    const TIMEOUTS: Timeouts = Timeouts::minutes(2, 2, 2);
    const MISSED: bool = true;

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        let call = aws.ssm().get_parameters().set_names(Some(ids.to_vec())).with_decryption(true);
        let found = call.send().await.or_fault("GetParameters")?.parameters.unwrap_or_default();
        if found.is_empty() {
            return Ok(Vec::new());
        }
        let described = describe(aws, ids).await?;
        let tags = tags(aws, ids).await?;
        let parameter = |it: &sdk::Parameter| {
            let name = it.name().unwrap_or_default();
            let more = described.get(name)?;
            Some(live(it, more, tags.get(name).cloned().unwrap_or_default()))
        };
        Ok(found.iter().filter_map(parameter).collect())
    }

    /// Tags of one that is taken over are set by `update`.
    async fn create(aws: &Aws, want: &Self, _token: &str) -> Result<String> {
        let overwrite = want.overwrite.0 == Some(true);
        put(aws, want, want.given(None), overwrite).await?;
        Ok(want.name.clone())
    }

    async fn update(aws: &Aws, id: &str, have: &Self, want: &Self) -> Result<()> {
        let written = changed!(
            have, want;
            allowed_pattern, arn, data_type, description, insecure_value, key_id, r#type, tier,
            value, value_wo, value_wo_version
        );
        if written {
            put(aws, want, want.given(Some(have)), true).await?;
        }
        retag(aws, id, &have.tags, &want.tags).await
    }

    async fn delete(aws: &Aws, id: &str, _have: &Self) -> Result<()> {
        aws.ssm().delete_parameter().name(id).send().await.or_fault("DeleteParameter")?;
        Ok(())
    }

    fn claim(planned: &Map) -> Option<String> {
        let overwrites = planned.get("overwrite").and_then(Value::as_bool) == Some(true);
        known(planned, "name").filter(|_| !overwrites).map(str::to_owned)
    }

    /// Names are unique, so a parameter of this name with this value and tags is the one.
    async fn find(aws: &Aws, want: &Self, _token: &str) -> Result<Option<String>> {
        let found = Self::read(aws, std::slice::from_ref(&want.name)).await?;
        let value = want.given(None).map(str::to_owned);
        let text = |it: &Self| it.description.clone().unwrap_or_default();
        let same = |it: &Live<Self>| {
            let have = &it.attributes;
            // Of a run that was cut off only what is not secret is known.
            let same_value = match &value {
                Some(value) => have.given(None) == Some(value),
                None => have.r#type == want.r#type && text(have) == text(want),
            };
            have.tags == want.tags && same_value
        };
        Ok(found.into_iter().find(same).map(|it| it.id))
    }
}

impl Parameter {
    /// The value, from whichever argument has it. On an update the argument that differs counts.
    fn given(&self, have: Option<&Self>) -> Option<&str> {
        let open = self.insecure_value.0.as_deref();
        let value = self.value.0.as_ref().map(|it| it.0.as_str());
        let hidden = self.value_wo.0.as_ref().map(|it| it.0.as_str());
        let open_differs = have
            .is_some_and(|it| it.insecure_value != self.insecure_value && it.value == self.value);
        let value = if open_differs { open.or(value) } else { value.or(open) };
        hidden.or(value)
    }
}

async fn put(aws: &Aws, want: &Parameter, value: Option<&str>, overwrite: bool) -> Result<()> {
    let secret = want.r#type == "SecureString";
    let tags = (!overwrite && !want.tags.0.is_empty()).then(|| to_sdk(&want.tags));
    let call = aws.ssm().put_parameter().name(&want.name);
    let call = call
        .set_type(want.r#type.to_sdk())
        .set_value(value.map(str::to_owned))
        .overwrite(overwrite)
        .set_allowed_pattern(want.allowed_pattern.clone())
        .set_data_type(want.data_type.to_sdk())
        .set_description(want.description.clone())
        .set_key_id(want.key_id.0.clone().filter(|_| secret))
        .set_tier(want.tier.to_sdk())
        .set_tags(tags);
    call.send().await.or_fault("PutParameter")?;
    Ok(())
}

async fn describe(aws: &Aws, ids: &[String]) -> Result<BTreeMap<String, sdk::ParameterMetadata>> {
    let filter = sdk::ParameterStringFilter::builder().key("Name").option("Equals");
    let filter = filter.set_values(Some(ids.to_vec())).build().expect("a filter with a key");
    let call = aws.ssm().describe_parameters().parameter_filters(filter).max_results(50);
    let found = call.send().await.or_fault("DescribeParameters")?.parameters.unwrap_or_default();
    Ok(found.into_iter().filter_map(|it| Some((it.name.clone()?, it))).collect())
}

async fn tags(aws: &Aws, ids: &[String]) -> Result<BTreeMap<String, Tags>> {
    let tags = each(ids, |id| async move {
        let call = aws.ssm().list_tags_for_resource().resource_id(id);
        let call = call.resource_type(sdk::ResourceTypeForTagging::Parameter);
        match call.send().await.or_fault("ListTagsForResource") {
            // One of the parameters is gone.
            Err(fault) if fault.code == "InvalidResourceId" => Ok(None),
            answer => {
                let tags = answer?.tag_list.unwrap_or_default();
                let tags: Tags = tags.iter().map(|it| (it.key(), it.value())).collect();
                Ok(Some((id.to_owned(), tags)))
            }
        }
    });
    Ok(tags.await?.into_iter().collect())
}

fn live(it: &sdk::Parameter, more: &sdk::ParameterMetadata, tags: Tags) -> Live<Parameter> {
    let secret = it.r#type() == Some(&sdk::ParameterType::SecureString);
    let attributes = Parameter {
        name: String::from_sdk(it.name()),
        r#type: String::from_sdk(it.r#type()),
        allowed_pattern: Option::from_sdk(more.allowed_pattern()),
        data_type: Auto::from_sdk(it.data_type()),
        description: Option::from_sdk(more.description()),
        insecure_value: Auto::from_sdk(it.value().filter(|_| !secret)),
        key_id: Auto::from_sdk(more.key_id()),
        overwrite: Unread(None),
        tier: Auto::from_sdk(more.tier()),
        value: Auto::from_sdk(it.value()),
        value_wo: WriteOnly(None),
        value_wo_version: Unread(None),
        arn: Auto::from_sdk(it.arn()),
        id: Out::from_sdk(it.name()),
        tags,
        has_value_wo: Out(None),
        version: Out(Some(it.version())),
    };
    Live { id: String::from_sdk(it.name()), phase: Phase::Ready, attributes }
}

fn to_sdk(tags: &Tags) -> Vec<sdk::Tag> {
    let tag = |(key, value): (&String, &String)| {
        sdk::Tag::builder().key(key).value(value).build().expect("a tag with a key and a value")
    };
    tags.0.iter().map(tag).collect()
}

async fn retag(aws: &Aws, id: &str, have: &Tags, want: &Tags) -> Result<()> {
    let (set, unset) = want.changes_from(have);
    let kind = sdk::ResourceTypeForTagging::Parameter;
    if !unset.is_empty() {
        let call = aws.ssm().remove_tags_from_resource().resource_type(kind.clone());
        let call = call.resource_id(id).set_tag_keys(Some(unset));
        call.send().await.or_fault("RemoveTagsFromResource")?;
    }
    if !set.is_empty() {
        let call = aws.ssm().add_tags_to_resource().resource_type(kind).resource_id(id);
        let call = call.set_tags(Some(to_sdk(&set.into_iter().collect())));
        call.send().await.or_fault("AddTagsToResource")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, json, want};

    #[tokio::test]
    async fn a_parameter_is_created_with_its_tags() {
        let aws = Script::new([json("{}")]);
        let want = want::<Parameter>(
            r#"{"name": "/web/key", "type": "SecureString", "value": "s3cret",
                "tags": {"team": "edge"}}"#,
        );

        Parameter::create(&aws, &want, "token").await.unwrap();

        aws.sent(expect![[r#"
            PutParameter
                Name="/web/key"
                Overwrite=false
                Tags=[{"Key":"team","Value":"edge"}]
                Type="SecureString"
                Value="s3cret"
        "#]]);
    }

    #[tokio::test]
    async fn the_argument_that_differs_is_written() {
        let aws = Script::new([json("{}")]);
        let parameter = |open: &str| {
            want::<Parameter>(&format!(
                r#"{{"name": "a", "type": "String", "value": "old", "insecure_value": "{open}"}}"#
            ))
        };

        Parameter::update(&aws, "a", &parameter("old"), &parameter("new")).await.unwrap();

        aws.sent(expect![[r#"
            PutParameter
                Name="a"
                Overwrite=true
                Type="String"
                Value="new"
        "#]]);
    }

    #[tokio::test]
    async fn several_are_read_with_two_calls_and_their_tags() {
        let aws = Script::new([
            json(
                r#"{"Parameters": [{"Name": "a", "Type": "String", "Value": "1"}],
                     "InvalidParameters": ["b"]}"#,
            ),
            json(r#"{"Parameters": [{"Name": "a", "Description": "one"}]}"#),
            json(r#"{"TagList": [{"Key": "team", "Value": "edge"}]}"#),
            json(r#"{"TagList": []}"#),
        ]);

        let found = Parameter::read(&aws, &["a".to_owned(), "b".to_owned()]).await.unwrap();

        assert_eq!(found.len(), 1);
        assert_eq!(found[0].attributes.description.as_deref(), Some("one"));
        assert_eq!(found[0].attributes.tags.0["team"], "edge");
    }
}
