//! `aws_kms_alias`: a name for a key, to be managed or looked up.

use model::{Attributes, Auto, Field, Live, Map, Out, Phase, Shape, Timeouts};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::data::Data;
use crate::fault::{OrFault, must, rejected};
use crate::mirror::FromSdk;
use crate::naming::{known, name_or_unique, prefix_of};
use crate::resource::{Resource, Result};

/// A name for a key.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_kms_alias")]
pub(crate) struct Alias {
    /// The key, by id or ARN.
    target_key_id: KeyName,
    /// The name; it begins with `alias/`. Without it or `name_prefix`, a unique one is made.
    #[attr(replace)]
    name: Auto<String>,
    /// The beginning of a unique name; it begins with `alias/`.
    #[attr(replace)]
    name_prefix: Auto<String>,
    /// The name.
    id: Out<String>,
    /// ARN of the key.
    #[attr(volatile)]
    target_key_arn: Out<String>,
    /// Its Amazon Resource Name.
    arn: Out<String>,
}

/// A name for a key that is looked up.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_kms_alias")]
pub(crate) struct Found {
    /// The name; it begins with `alias/`.
    name: String,
    /// Its ARN.
    id: Out<String>,
    /// ARN of the key.
    target_key_arn: Out<String>,
    /// The key's id.
    target_key_id: Out<String>,
    /// Its Amazon Resource Name.
    arn: Out<String>,
}

/// A key by its id, or by the ARN that ends in it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct KeyName(String);

impl Field for KeyName {
    const SHAPE: Shape = Shape::String;
}

impl PartialEq for KeyName {
    fn eq(&self, other: &Self) -> bool {
        let id = |it: &KeyName| it.0.rsplit('/').next().map(str::to_owned);
        id(self) == id(other)
    }
}

impl Resource for Alias {
    const BATCH: usize = 100;
    const TIMEOUTS: Timeouts = Timeouts::minutes(2, 2, 2);

    /// Aliases are only listed all together.
    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        let all = aws.kms().list_aliases().into_paginator().items().send();
        let all = all.collect::<std::result::Result<Vec<_>, _>>().await.or_fault("ListAliases")?;
        let mut found = Vec::new();
        for it in all {
            let (Some(name), Some(arn)) = (it.alias_name(), it.alias_arn()) else { continue };
            let key = it.target_key_id().unwrap_or_default();
            if !ids.iter().any(|id| id == name) {
                continue;
            }
            let attributes = Alias {
                target_key_id: KeyName(key.to_owned()),
                name: Auto(Some(name.to_owned())),
                name_prefix: Auto(prefix_of(name)),
                id: Out(Some(name.to_owned())),
                target_key_arn: Out(Some(key_arn(arn, key))),
                arn: Out(Some(arn.to_owned())),
            };
            found.push(Live { id: name.to_owned(), phase: Phase::Ready, attributes });
        }
        Ok(found)
    }

    async fn create(aws: &Aws, want: &Self, token: &str) -> Result<String> {
        let prefix = Auto(Some(want.name_prefix.0.clone().unwrap_or("alias/".to_owned())));
        let name = name_or_unique(&want.name, &prefix, token);
        let call = aws.kms().create_alias().alias_name(&name).target_key_id(&want.target_key_id.0);
        call.send().await.or_fault("CreateAlias")?;
        Ok(name)
    }

    async fn update(aws: &Aws, id: &str, have: &Self, want: &Self) -> Result<()> {
        if have.target_key_id != want.target_key_id {
            let call = aws.kms().update_alias().alias_name(id);
            let call = call.target_key_id(&want.target_key_id.0);
            call.send().await.or_fault("UpdateAlias")?;
        }
        Ok(())
    }

    async fn delete(aws: &Aws, id: &str, _have: &Self) -> Result<()> {
        aws.kms().delete_alias().alias_name(id).send().await.or_fault("DeleteAlias")?;
        Ok(())
    }

    fn claim(planned: &Map) -> Option<String> {
        known(planned, "name").map(str::to_owned)
    }

    /// Names are unique, so an alias of this name for this key is the one.
    async fn find(aws: &Aws, want: &Self, token: &str) -> Result<Option<String>> {
        let prefix = Auto(Some(want.name_prefix.0.clone().unwrap_or("alias/".to_owned())));
        let name = name_or_unique(&want.name, &prefix, token);
        let found = Self::read(aws, std::slice::from_ref(&name)).await?;
        let same = |it: &Live<Self>| it.attributes.target_key_id == want.target_key_id;
        Ok(found.into_iter().find(same).map(|it| it.id))
    }
}

impl Data for Found {
    async fn read(aws: &Aws, given: Self) -> Result<Self> {
        let all = aws.kms().list_aliases().into_paginator().items().send();
        let all = all.collect::<std::result::Result<Vec<_>, _>>().await.or_fault("ListAliases")?;
        let Some(it) = all.iter().find(|it| it.alias_name() == Some(&given.name)) else {
            let text = format!("there is no alias `{}`", given.name);
            return Err(rejected("ListAliases", "NotFoundException", text));
        };
        // An alias of AWS's own has no key before it is first used.
        let key =
            aws.kms().describe_key().key_id(&given.name).send().await.or_fault("DescribeKey")?;
        let key = must(key.key_metadata, "DescribeKey")?;
        Ok(Found {
            id: Out::from_sdk(it.alias_arn()),
            target_key_arn: Out::from_sdk(key.arn()),
            target_key_id: Out::from_sdk(Some(key.key_id())),
            arn: Out::from_sdk(it.alias_arn()),
            ..given
        })
    }
}

/// A key's ARN is like that of its alias.
fn key_arn(alias_arn: &str, key: &str) -> String {
    match alias_arn.rsplit_once(":alias/") {
        Some((rest, _)) => format!("{rest}:key/{key}"),
        None => key.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, json, want};

    #[tokio::test]
    async fn an_alias_is_moved_to_another_key_only_if_it_is_another() {
        let aws = Script::new([json("{}")]);
        let alias = |key: &str| {
            want::<Alias>(&format!(r#"{{"name": "alias/db", "target_key_id": "{key}"}}"#))
        };
        let arn = alias("arn:aws:kms:eu-west-1:1:key/k-1");

        Alias::update(&aws, "alias/db", &alias("k-1"), &arn).await.unwrap();
        Alias::update(&aws, "alias/db", &alias("k-1"), &alias("k-2")).await.unwrap();

        aws.sent(expect![[r#"
            UpdateAlias
                AliasName="alias/db"
                TargetKeyId="k-2"
        "#]]);
    }

    #[tokio::test]
    async fn the_key_has_an_arn_like_its_alias() {
        let aws = Script::new([json(
            r#"{"Aliases": [{"AliasName": "alias/db", "TargetKeyId": "k-1",
                "AliasArn": "arn:aws:kms:eu-west-1:1:alias/db"}]}"#,
        )]);
        let found = Alias::read(&aws, &["alias/db".to_owned()]).await.unwrap();
        let arn = found[0].attributes.target_key_arn.0.as_deref();
        assert_eq!(arn, Some("arn:aws:kms:eu-west-1:1:key/k-1"));
    }
}
