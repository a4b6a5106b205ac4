//! `aws_iam_role`: an identity that services and people take on.

use std::collections::BTreeSet;

use aws_sdk_iam::types as sdk;
use model::{
    Attributes, Auto, Fault, FaultKind, Live, Map, Op, Out, Phase, Tags, Timeouts, Unread,
};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::fault::{OrFault, must};
use crate::iam::{tags_from_sdk, tags_to_sdk};
use crate::mirror::{FromSdk, ToSdk, moment};
use crate::naming::{known, name_or_unique, prefix_of};
use crate::policy::Policy;
use crate::resource::{Resource, Result, changed, each};

/// An identity that services and people take on.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_iam_role")]
pub(crate) struct Role {
    /// Its name. Without it or `name_prefix`, a unique one is made.
    #[attr(replace)]
    name: Auto<String>,
    /// The beginning of a unique name.
    #[attr(replace)]
    name_prefix: Auto<String>,
    /// Who may take it on, as a policy in JSON.
    assume_role_policy: Policy,
    /// What it is for.
    description: Option<String>,
    /// Whether policies that others gave it are taken from it when it is destroyed.
    #[attr(default = false)]
    force_detach_policies: Unread<bool>,
    /// Policies of its own. When given, these and no others. Deprecated.
    inline_policy: Auto<BTreeSet<InlinePolicy>>,
    /// ARNs of policies it has. When given, these and no others. Deprecated.
    managed_policy_arns: Auto<BTreeSet<String>>,
    /// For how many seconds it can be taken on at once: 3600 to 43200.
    #[attr(default = 3600)]
    max_session_duration: i32,
    /// The path of its name.
    #[attr(replace, default = "/")]
    path: String,
    /// ARN of the policy that limits what it can ever do.
    permissions_boundary: Option<String>,
    /// Tags of its own; those of the provider's `default_tags` come on top.
    tags: Tags,
    /// Its Amazon Resource Name.
    arn: Out<String>,
    /// When it was created.
    create_date: Out<String>,
    /// Its unique id, such as `AROA...`, which a role of the same name created later does not have.
    unique_id: Out<String>,
    /// Its name.
    id: Out<String>,
}

/// A policy of a role's own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Serialize, Deserialize)]
pub(crate) struct InlinePolicy {
    /// The name of the policy.
    name: Option<String>,
    /// The policy in JSON.
    policy: Option<Policy>,
}

impl Resource for Role {
    const BATCH: usize = 50;
    const TIMEOUTS: Timeouts = Timeouts::minutes(2, 2, 2);
    const MISSED: bool = true;

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        each(ids, |id| live(aws, id)).await
    }

    /// What a role has is given to it by `update`.
    async fn create(aws: &Aws, want: &Self, token: &str) -> Result<String> {
        let name = name_or_unique(&want.name, &want.name_prefix, token);
        let call = aws.iam().create_role().role_name(name).path(&want.path);
        let call = call
            .assume_role_policy_document(&want.assume_role_policy.0)
            .max_session_duration(want.max_session_duration)
            .set_description(want.description.clone())
            .set_permissions_boundary(want.permissions_boundary.clone())
            .set_tags((!want.tags.0.is_empty()).then(|| tags_to_sdk(&want.tags)));
        let answer = call.send().await.or_fault("CreateRole")?;
        Ok(must(answer.role, "CreateRole")?.role_name)
    }

    async fn update(aws: &Aws, id: &str, have: &Self, want: &Self) -> Result<()> {
        if have.assume_role_policy != want.assume_role_policy {
            let call = aws.iam().update_assume_role_policy().role_name(id);
            let call = call.policy_document(&want.assume_role_policy.0);
            call.send().await.or_fault("UpdateAssumeRolePolicy")?;
        }
        if changed!(have, want; description, max_session_duration) {
            let call = aws.iam().update_role().role_name(id);
            let call = call.description(want.description.as_deref().unwrap_or_default());
            let call = call.max_session_duration(want.max_session_duration);
            call.send().await.or_fault("UpdateRole")?;
        }
        if have.permissions_boundary != want.permissions_boundary {
            bound(aws, id, want.permissions_boundary.as_deref()).await?;
        }
        if let Some(arns) = &want.managed_policy_arns.0 {
            attach(aws, id, &have.managed_policy_arns.0.clone().unwrap_or_default(), arns).await?;
        }
        if let Some(policies) = &want.inline_policy.0 {
            inline(aws, id, &have.inline_policy.0.clone().unwrap_or_default(), policies).await?;
        }
        retag(aws, id, &have.tags, &want.tags).await
    }

    async fn delete(aws: &Aws, id: &str, have: &Self) -> Result<()> {
        leave_profiles(aws, id).await?;
        let forced = have.force_detach_policies.0 == Some(true);
        let managed = have.managed_policy_arns.0.iter().flatten().next().is_some();
        if forced || managed {
            attach(aws, id, &attached(aws, id).await?, &BTreeSet::new()).await?;
        }
        if forced || have.inline_policy.0.iter().flatten().next().is_some() {
            for name in inline_names(aws, id).await? {
                remove_inline(aws, id, &name).await?;
            }
        }
        aws.iam().delete_role().role_name(id).send().await.or_fault("DeleteRole")?;
        Ok(())
    }

    fn claim(planned: &Map) -> Option<String> {
        known(planned, "name").map(str::to_owned)
    }

    /// Names are unique, so a role of this name that trusts the same is the one.
    async fn find(aws: &Aws, want: &Self, token: &str) -> Result<Option<String>> {
        let name = name_or_unique(&want.name, &want.name_prefix, token);
        let Some(found) = live(aws, &name).await? else { return Ok(None) };
        let it = found.attributes;
        let same = it.assume_role_policy == want.assume_role_policy && it.tags == want.tags;
        Ok(same.then_some(name))
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        match (op, fault.code.as_str()) {
            // The policy trusts a role or user that was created a moment ago.
            (Op::Create | Op::Update, "MalformedPolicyDocument")
                if fault.message.contains("Invalid principal in policy") =>
            {
                Some(FaultKind::NotYet)
            }
            // A policy to attach that was created a moment ago.
            (Op::Update, "NoSuchEntity") => Some(FaultKind::NotYet),
            _ => None,
        }
    }
}

async fn live(aws: &Aws, id: &str) -> Result<Option<Live<Role>>> {
    let answer = aws.iam().get_role().role_name(id).send().await.or_fault("GetRole")?;
    let it = must(answer.role, "GetRole")?;
    let (arns, names) = (attached(aws, id).await?, inline_names(aws, id).await?);
    let mut policies = BTreeSet::new();
    for name in names {
        let call = aws.iam().get_role_policy().role_name(id).policy_name(&name);
        let policy = call.send().await.or_fault("GetRolePolicy")?.policy_document;
        policies.insert(InlinePolicy { name: Some(name), policy: Some(Policy::decoded(&policy)) });
    }
    let boundary = it.permissions_boundary().and_then(|it| it.permissions_boundary_arn());
    let trust = Policy::decoded(it.assume_role_policy_document().unwrap_or_default());
    // For a moment, a new role's ARN is its unique id.
    let phase = match it.arn().starts_with("arn:") {
        true => Phase::Ready,
        false => Phase::changing("its ARN is not known yet"),
    };
    let attributes = Role {
        name: Auto::from_sdk(Some(it.role_name())),
        name_prefix: Auto(prefix_of(it.role_name())),
        assume_role_policy: trust,
        description: Option::from_sdk(it.description()),
        force_detach_policies: Unread(None),
        inline_policy: Auto(Some(policies)),
        managed_policy_arns: Auto(Some(arns)),
        max_session_duration: it.max_session_duration().unwrap_or(3600),
        path: String::from_sdk(it.path()),
        permissions_boundary: Option::from_sdk(boundary),
        tags: tags_from_sdk(it.tags()),
        arn: Out::from_sdk(Some(it.arn())),
        create_date: moment(Some(it.create_date())),
        unique_id: Out::from_sdk(Some(it.role_id())),
        id: Out::from_sdk(Some(it.role_name())),
    };
    Ok(Some(Live { id: id.to_owned(), phase, attributes }))
}

async fn attached(aws: &Aws, id: &str) -> Result<BTreeSet<String>> {
    let pages = aws.iam().list_attached_role_policies().role_name(id).into_paginator();
    let all = pages.items().send().collect::<std::result::Result<Vec<_>, _>>().await;
    let all = all.or_fault("ListAttachedRolePolicies")?;
    Ok(all.into_iter().filter_map(|it| it.policy_arn).collect())
}

async fn inline_names(aws: &Aws, id: &str) -> Result<Vec<String>> {
    let pages = aws.iam().list_role_policies().role_name(id).into_paginator();
    let all = pages.items().send().collect::<std::result::Result<Vec<_>, _>>().await;
    all.or_fault("ListRolePolicies")
}

async fn attach(
    aws: &Aws,
    id: &str,
    have: &BTreeSet<String>,
    want: &BTreeSet<String>,
) -> Result<()> {
    for arn in have.difference(want) {
        let call = aws.iam().detach_role_policy().role_name(id).policy_arn(arn);
        call.send().await.or_fault("DetachRolePolicy")?;
    }
    for arn in want.difference(have) {
        let call = aws.iam().attach_role_policy().role_name(id).policy_arn(arn);
        call.send().await.or_fault("AttachRolePolicy")?;
    }
    Ok(())
}

async fn inline(
    aws: &Aws,
    id: &str,
    have: &BTreeSet<InlinePolicy>,
    want: &BTreeSet<InlinePolicy>,
) -> Result<()> {
    let names = |it: &BTreeSet<InlinePolicy>| -> BTreeSet<String> {
        it.iter().filter_map(|it| it.name.clone()).collect()
    };
    for name in names(have).difference(&names(want)) {
        remove_inline(aws, id, name).await?;
    }
    for it in want.difference(have) {
        // An empty block only says that there shall be none.
        let (Some(name), Some(policy)) = (&it.name, it.policy.to_sdk()) else { continue };
        let call = aws.iam().put_role_policy().role_name(id).policy_name(name);
        call.policy_document(policy).send().await.or_fault("PutRolePolicy")?;
    }
    Ok(())
}

async fn remove_inline(aws: &Aws, id: &str, name: &str) -> Result<()> {
    let call = aws.iam().delete_role_policy().role_name(id).policy_name(name);
    call.send().await.or_fault("DeleteRolePolicy")?;
    Ok(())
}

async fn bound(aws: &Aws, id: &str, boundary: Option<&str>) -> Result<()> {
    match boundary {
        Some(arn) => {
            let call = aws.iam().put_role_permissions_boundary().role_name(id);
            let call = call.permissions_boundary(arn);
            call.send().await.or_fault("PutRolePermissionsBoundary")?;
        }
        None => {
            let call = aws.iam().delete_role_permissions_boundary().role_name(id);
            call.send().await.or_fault("DeleteRolePermissionsBoundary")?;
        }
    }
    Ok(())
}

/// A role in an instance profile cannot be deleted.
async fn leave_profiles(aws: &Aws, id: &str) -> Result<()> {
    let pages = aws.iam().list_instance_profiles_for_role().role_name(id).into_paginator();
    let all = pages.items().send().collect::<std::result::Result<Vec<_>, _>>().await;
    let profiles: Vec<sdk::InstanceProfile> = all.or_fault("ListInstanceProfilesForRole")?;
    for it in profiles {
        let call = aws.iam().remove_role_from_instance_profile().role_name(id);
        let call = call.instance_profile_name(it.instance_profile_name());
        call.send().await.or_fault("RemoveRoleFromInstanceProfile")?;
    }
    Ok(())
}

pub(super) async fn retag(aws: &Aws, id: &str, have: &Tags, want: &Tags) -> Result<()> {
    let (set, unset) = want.changes_from(have);
    if !unset.is_empty() {
        let call = aws.iam().untag_role().role_name(id).set_tag_keys(Some(unset));
        call.send().await.or_fault("UntagRole")?;
    }
    if !set.is_empty() {
        let set = tags_to_sdk(&set.into_iter().collect());
        let call = aws.iam().tag_role().role_name(id).set_tags(Some(set));
        call.send().await.or_fault("TagRole")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, query, want};

    const TRUST: &str = r#"{"Statement":[]}"#;

    fn role(more: &str) -> Role {
        let trust = serde_json::json!(TRUST);
        want(&format!(r#"{{"name": "web", "assume_role_policy": {trust}{more}}}"#))
    }

    #[tokio::test]
    async fn a_role_without_a_name_gets_one_that_follows_from_the_intent() {
        let created = "<Role><RoleName>web-1</RoleName></Role>";
        let aws = Script::new([query("CreateRole", created)]);
        let mut want = role("");
        (want.name, want.name_prefix) = (Auto(None), Auto(Some("web-".to_owned())));

        Role::create(&aws, &want, "token").await.unwrap();

        aws.sent(expect![[r#"
            CreateRole
                AssumeRolePolicyDocument={"Statement":[]}
                MaxSessionDuration=3600
                Path=/
                RoleName=web-771895264969373092df153963
        "#]]);
    }

    #[tokio::test]
    async fn policies_not_wanted_are_taken_away() {
        let done = |operation| query(operation, "");
        let aws = Script::new([done("DetachRolePolicy"), done("AttachRolePolicy")]);
        let have = role(r#", "managed_policy_arns": ["arn:a", "arn:b"]"#);
        let want = role(r#", "managed_policy_arns": ["arn:b", "arn:c"]"#);

        Role::update(&aws, "web", &have, &want).await.unwrap();

        aws.sent(expect![[r#"
            DetachRolePolicy
                PolicyArn=arn:a
                RoleName=web
            AttachRolePolicy
                PolicyArn=arn:c
                RoleName=web
        "#]]);
    }

    #[tokio::test]
    async fn policies_of_others_are_left_alone() {
        let aws = Script::new([]);
        let have = role(r#", "managed_policy_arns": ["arn:a"]"#);

        Role::update(&aws, "web", &have, &role("")).await.unwrap();

        aws.sent(expect![""]);
    }
}
