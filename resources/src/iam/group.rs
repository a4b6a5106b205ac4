//! `aws_iam_group`: users that are given policies together.

use model::{Attributes, Live, Map, Out, Phase, Timeouts};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::fault::{OrFault, must};
use crate::mirror::FromSdk;
use crate::naming::known;
use crate::resource::{Resource, Result, each};

/// Users that are given policies together.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_iam_group")]
pub(crate) struct Group {
    /// Its name.
    #[attr(replace)]
    name: String,
    /// The path of its name.
    #[attr(default = "/")]
    path: String,
    /// Its name.
    id: Out<String>,
    /// Its unique id, such as `AGPA...`.
    unique_id: Out<String>,
    /// Its Amazon Resource Name.
    #[attr(volatile)]
    arn: Out<String>,
}

impl Resource for Group {
    const BATCH: usize = 50;
    const TIMEOUTS: Timeouts = Timeouts::minutes(2, 2, 2);

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        each(ids, |id| live(aws, id)).await
    }

    async fn create(aws: &Aws, want: &Self, _token: &str) -> Result<String> {
        let call = aws.iam().create_group().group_name(&want.name).path(&want.path);
        call.send().await.or_fault("CreateGroup")?;
        Ok(want.name.clone())
    }

    async fn update(aws: &Aws, id: &str, have: &Self, want: &Self) -> Result<()> {
        if have.path != want.path {
            let call = aws.iam().update_group().group_name(id).new_path(&want.path);
            call.send().await.or_fault("UpdateGroup")?;
        }
        Ok(())
    }

    async fn delete(aws: &Aws, id: &str, _have: &Self) -> Result<()> {
        aws.iam().delete_group().group_name(id).send().await.or_fault("DeleteGroup")?;
        Ok(())
    }

    fn claim(planned: &Map) -> Option<String> {
        known(planned, "name").map(str::to_owned)
    }

    /// Names are unique, so a group of this name and path is the one.
    async fn find(aws: &Aws, want: &Self, _token: &str) -> Result<Option<String>> {
        let found = live(aws, &want.name).await?;
        Ok(found.filter(|it| it.attributes.path == want.path).map(|it| it.id))
    }
}

async fn live(aws: &Aws, id: &str) -> Result<Option<Live<Group>>> {
    let answer = aws.iam().get_group().group_name(id).max_items(1).send().await;
    let it = must(answer.or_fault("GetGroup")?.group, "GetGroup")?;
    let attributes = Group {
        name: String::from_sdk(it.group_name()),
        path: String::from_sdk(it.path()),
        id: Out::from_sdk(Some(it.group_name())),
        unique_id: Out::from_sdk(Some(it.group_id())),
        arn: Out::from_sdk(Some(it.arn())),
    };
    Ok(Some(Live { id: id.to_owned(), phase: Phase::Ready, attributes }))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, query, want};

    #[tokio::test]
    async fn a_group_is_moved_to_another_path() {
        let aws = Script::new([query("UpdateGroup", "")]);
        let have = want::<Group>(r#"{"name": "admins"}"#);
        let want = want::<Group>(r#"{"name": "admins", "path": "/people/"}"#);

        Group::update(&aws, "admins", &have, &want).await.unwrap();

        aws.sent(expect![[r#"
            UpdateGroup
                GroupName=admins
                NewPath=/people/
        "#]]);
    }
}
