//! `aws_iam_service_linked_role`: a role that belongs to an AWS service.

use model::{Attributes, Fault, FaultKind, Live, Map, Op, Out, Phase, Tags};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::fault::{OrFault, must};
use crate::iam::{role, tags_from_sdk};
use crate::mirror::{FromSdk, moment};
use crate::naming::known;
use crate::resource::{Resource, Result, each};

/// A role that belongs to an AWS service.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_iam_service_linked_role")]
pub(crate) struct ServiceLinkedRole {
    /// The service, such as `ecs.amazonaws.com`.
    #[attr(replace)]
    aws_service_name: String,
    /// The end of its name, for services that may have several.
    #[attr(replace)]
    custom_suffix: Option<String>,
    /// What it is for, in the user's words.
    description: Option<String>,
    /// Its ARN.
    id: Out<String>,
    /// Tags of its own; those of the provider's `default_tags` come on top.
    tags: Tags,
    /// When it was created.
    create_date: Out<String>,
    /// Its name.
    name: Out<String>,
    /// The path of its name.
    path: Out<String>,
    /// Its unique id, such as `AROA...`.
    unique_id: Out<String>,
    /// Its Amazon Resource Name.
    arn: Out<String>,
}

impl Resource for ServiceLinkedRole {
    const BATCH: usize = 50;

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        each(ids, |id| live(aws, id)).await
    }

    /// Tags are set by `update`.
    async fn create(aws: &Aws, want: &Self, _token: &str) -> Result<String> {
        let call = aws.iam().create_service_linked_role().aws_service_name(&want.aws_service_name);
        let call = call
            .set_custom_suffix(want.custom_suffix.clone())
            .set_description(want.description.clone());
        let answer = call.send().await.or_fault("CreateServiceLinkedRole")?;
        Ok(must(answer.role, "CreateServiceLinkedRole")?.arn)
    }

    async fn update(aws: &Aws, id: &str, have: &Self, want: &Self) -> Result<()> {
        if have.description != want.description {
            let call = aws.iam().update_role().role_name(name_of(id));
            let call = call.description(want.description.as_deref().unwrap_or_default());
            call.send().await.or_fault("UpdateRole")?;
        }
        role::retag(aws, name_of(id), &have.tags, &want.tags).await
    }

    /// IAM asks the service whether it still needs the role, which takes a while.
    async fn delete(aws: &Aws, id: &str, _have: &Self) -> Result<()> {
        let call = aws.iam().delete_service_linked_role().role_name(name_of(id));
        call.send().await.or_fault("DeleteServiceLinkedRole")?;
        Ok(())
    }

    fn claim(planned: &Map) -> Option<String> {
        let suffix = planned.get("custom_suffix")?;
        let suffix =
            suffix.as_str().map(|it| format!("_{it}")).or(suffix.is_null().then(String::new))?;
        Some(format!("{}{suffix}", known(planned, "aws_service_name")?))
    }

    async fn holder(aws: &Aws, claim: &str) -> Result<Option<String>> {
        let (service, suffix) = match claim.split_once('_') {
            Some((service, suffix)) => (service, Some(suffix)),
            None => (claim, None),
        };
        role_of(aws, service, suffix).await
    }

    /// A service has one such role for each suffix.
    async fn find(aws: &Aws, want: &Self, _token: &str) -> Result<Option<String>> {
        role_of(aws, &want.aws_service_name, want.custom_suffix.as_deref()).await
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        let taken = fault.message.contains("has been taken in this account");
        (op == Op::Create && taken).then_some(FaultKind::Exists)
    }
}

/// The role of a service with this suffix, or with none.
async fn role_of(aws: &Aws, service: &str, suffix: Option<&str>) -> Result<Option<String>> {
    let path = format!("/aws-service-role/{service}/");
    let answer = aws.iam().list_roles().path_prefix(path).send().await.or_fault("ListRoles")?;
    let own = |name: &str| name.split_once('_').map(|it| it.1) == suffix;
    Ok(answer.roles.into_iter().find(|it| own(it.role_name())).map(|it| it.arn))
}

fn name_of(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

async fn live(aws: &Aws, id: &str) -> Result<Option<Live<ServiceLinkedRole>>> {
    let answer = aws.iam().get_role().role_name(name_of(id)).send().await.or_fault("GetRole")?;
    let it = must(answer.role, "GetRole")?;
    let suffix = it.role_name().split_once('_').map(|it| it.1.to_owned());
    let attributes = ServiceLinkedRole {
        aws_service_name: it.path().split('/').nth(2).unwrap_or_default().to_owned(),
        custom_suffix: suffix,
        description: Option::from_sdk(it.description()),
        id: Out::from_sdk(Some(it.arn())),
        tags: tags_from_sdk(it.tags()),
        create_date: moment(Some(it.create_date())),
        name: Out::from_sdk(Some(it.role_name())),
        path: Out::from_sdk(Some(it.path())),
        unique_id: Out::from_sdk(Some(it.role_id())),
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
    async fn the_role_that_a_service_has_is_found() {
        let role = "<Roles><member><RoleName>AWSServiceRoleForECS</RoleName>\
                    <Arn>arn:role</Arn></member></Roles><IsTruncated>false</IsTruncated>";
        let aws = Script::new([query("ListRoles", role)]);
        let want = want::<ServiceLinkedRole>(r#"{"aws_service_name": "ecs.amazonaws.com"}"#);

        let found = ServiceLinkedRole::find(&aws, &want, "token").await.unwrap();

        assert_eq!(found.as_deref(), Some("arn:role"));
        aws.sent(expect![[r#"
            ListRoles
                PathPrefix=/aws-service-role/ecs.amazonaws.com/
        "#]]);
    }
}
