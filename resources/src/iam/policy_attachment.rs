//! `aws_iam_policy_attachment`: all who have a policy. Whoever else has it loses it.

use std::collections::BTreeSet;

use aws_sdk_iam::types::PolicyUsageType;
use model::{Attributes, Fault, FaultKind, Live, Map, Op, Out, Phase, Timeouts};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::fault::OrFault;
use crate::resource::{Resource, Result, each, missing_is_none};

/// All who have a policy. Whoever else has it loses it.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_iam_policy_attachment")]
pub(crate) struct PolicyAttachment {
    /// A name for it, which AWS does not know.
    #[attr(replace)]
    name: String,
    /// ARN of the policy.
    #[attr(replace)]
    policy_arn: String,
    /// The groups that have it.
    groups: Option<BTreeSet<String>>,
    /// The roles that have it.
    roles: Option<BTreeSet<String>>,
    /// The users who have it.
    users: Option<BTreeSet<String>>,
    /// Its name.
    id: Out<String>,
}

/// Whoever can have a policy.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Holder {
    Group(String),
    Role(String),
    User(String),
}

impl PolicyAttachment {
    fn path(&self) -> String {
        format!("{}/{}", self.name, self.policy_arn)
    }

    fn holders(&self) -> BTreeSet<Holder> {
        let names = |it: &Option<BTreeSet<String>>| it.clone().unwrap_or_default().into_iter();
        let groups = names(&self.groups).map(Holder::Group);
        let roles = names(&self.roles).map(Holder::Role);
        groups.chain(roles).chain(names(&self.users).map(Holder::User)).collect()
    }
}

impl Resource for PolicyAttachment {
    const BATCH: usize = 50;
    const TIMEOUTS: Timeouts = Timeouts::minutes(2, 2, 2);

    /// Its name, which AWS does not know, and the policy.
    fn identity(&self) -> Option<String> {
        Some(self.path())
    }

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        each(ids, |id| live(aws, id)).await
    }

    /// Giving a policy again changes nothing. `update` takes it from all others.
    async fn create(aws: &Aws, want: &Self, _token: &str) -> Result<String> {
        for it in want.holders() {
            give(aws, &want.policy_arn, &it).await?;
        }
        Ok(want.path())
    }

    async fn update(aws: &Aws, _id: &str, have: &Self, want: &Self) -> Result<()> {
        let (before, after) = (have.holders(), want.holders());
        for it in after.difference(&before) {
            give(aws, &want.policy_arn, it).await?;
        }
        for it in before.difference(&after) {
            take(aws, &want.policy_arn, it).await?;
        }
        Ok(())
    }

    async fn delete(aws: &Aws, _id: &str, have: &Self) -> Result<()> {
        for it in holders(aws, &have.policy_arn).await? {
            take(aws, &have.policy_arn, &it).await?;
        }
        Ok(())
    }

    async fn find(aws: &Aws, want: &Self, _token: &str) -> Result<Option<String>> {
        let holders = missing_is_none(holders(aws, &want.policy_arn).await.map(Some))?;
        let found = holders.is_some_and(|it| it.is_superset(&want.holders()));
        Ok(found.then(|| want.path()))
    }

    fn check(given: &Map) -> Vec<(&'static str, String)> {
        let none = ["groups", "roles", "users"].iter().all(|name| {
            let it = given.get(*name).filter(|it| !it.is_null());
            it.is_none_or(|it| it.is_known() && it.items().is_some_and(|it| it.is_empty()))
        });
        match none {
            true => vec![("policy_arn", "somebody must have the policy".to_owned())],
            false => Vec::new(),
        }
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        // The holder or the policy was created a moment ago.
        let fresh = fault.code == "NoSuchEntity";
        (fresh && matches!(op, Op::Create | Op::Update)).then_some(FaultKind::NotYet)
    }
}

async fn live(aws: &Aws, id: &str) -> Result<Option<Live<PolicyAttachment>>> {
    let Some((name, policy)) = id.split_once("/arn:") else { return Ok(None) };
    let policy = format!("arn:{policy}");
    let (mut groups, mut roles, mut users) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for it in holders(aws, &policy).await? {
        match it {
            Holder::Group(name) => groups.insert(name),
            Holder::Role(name) => roles.insert(name),
            Holder::User(name) => users.insert(name),
        };
    }
    if groups.is_empty() && roles.is_empty() && users.is_empty() {
        return Ok(None);
    }
    let attributes = PolicyAttachment {
        name: name.to_owned(),
        policy_arn: policy,
        groups: Some(groups),
        roles: Some(roles),
        users: Some(users),
        id: Out(Some(name.to_owned())),
    };
    Ok(Some(Live { id: id.to_owned(), phase: Phase::Ready, attributes }))
}

/// All who have a policy. Those whom it only limits are not among them.
async fn holders(aws: &Aws, policy: &str) -> Result<BTreeSet<Holder>> {
    let call = aws.iam().list_entities_for_policy().policy_arn(policy);
    let call = call.policy_usage_filter(PolicyUsageType::PermissionsPolicy);
    let pages = call.into_paginator().send().collect::<std::result::Result<Vec<_>, _>>().await;
    let mut all = BTreeSet::new();
    for it in pages.or_fault("ListEntitiesForPolicy")? {
        let groups = it.policy_groups.unwrap_or_default().into_iter();
        let roles = it.policy_roles.unwrap_or_default().into_iter();
        let users = it.policy_users.unwrap_or_default().into_iter();
        all.extend(groups.filter_map(|it| it.group_name).map(Holder::Group));
        all.extend(roles.filter_map(|it| it.role_name).map(Holder::Role));
        all.extend(users.filter_map(|it| it.user_name).map(Holder::User));
    }
    Ok(all)
}

async fn give(aws: &Aws, policy: &str, to: &Holder) -> Result<()> {
    match to {
        Holder::Group(name) => {
            let call = aws.iam().attach_group_policy().group_name(name).policy_arn(policy);
            call.send().await.or_fault("AttachGroupPolicy")?;
        }
        Holder::Role(name) => {
            let call = aws.iam().attach_role_policy().role_name(name).policy_arn(policy);
            call.send().await.or_fault("AttachRolePolicy")?;
        }
        Holder::User(name) => {
            let call = aws.iam().attach_user_policy().user_name(name).policy_arn(policy);
            call.send().await.or_fault("AttachUserPolicy")?;
        }
    }
    Ok(())
}

/// Takes a policy from who may have lost it, or be gone, by now.
async fn take(aws: &Aws, policy: &str, from: &Holder) -> Result<()> {
    let taken = match from {
        Holder::Group(name) => {
            let call = aws.iam().detach_group_policy().group_name(name).policy_arn(policy);
            call.send().await.or_fault("DetachGroupPolicy").map(|_| ())
        }
        Holder::Role(name) => {
            let call = aws.iam().detach_role_policy().role_name(name).policy_arn(policy);
            call.send().await.or_fault("DetachRolePolicy").map(|_| ())
        }
        Holder::User(name) => {
            let call = aws.iam().detach_user_policy().user_name(name).policy_arn(policy);
            call.send().await.or_fault("DetachUserPolicy").map(|_| ())
        }
    };
    missing_is_none(taken.map(Some)).map(|_| ())
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, query, query_refusal, want};

    const READ: &str =
        r#"{"name": "read", "policy_arn": "arn:p", "roles": ["web"], "users": ["ann"]}"#;

    #[tokio::test]
    async fn whoever_else_has_the_policy_loses_it() {
        let entities = "<PolicyRoles><member><RoleName>web</RoleName></member>\
            <member><RoleName>old</RoleName></member></PolicyRoles>\
            <PolicyUsers><member><UserName>ann</UserName></member></PolicyUsers>\
            <IsTruncated>false</IsTruncated>";
        let aws = Script::new([
            query("AttachRolePolicy", ""),
            query("AttachUserPolicy", ""),
            query("ListEntitiesForPolicy", entities),
            query_refusal("NoSuchEntity", "not attached any more"),
        ]);
        let want = want::<PolicyAttachment>(READ);

        let id = PolicyAttachment::create(&aws, &want, "token").await.unwrap();
        let have = PolicyAttachment::read(&aws, std::slice::from_ref(&id)).await.unwrap();
        PolicyAttachment::update(&aws, &id, &have[0].attributes, &want).await.unwrap();

        assert_eq!(id, "read/arn:p");
        aws.sent(expect![[r#"
            AttachRolePolicy
                PolicyArn=arn:p
                RoleName=web
            AttachUserPolicy
                PolicyArn=arn:p
                UserName=ann
            ListEntitiesForPolicy
                PolicyArn=arn:p
                PolicyUsageFilter=PermissionsPolicy
            DetachRolePolicy
                PolicyArn=arn:p
                RoleName=old
        "#]]);
    }

    #[tokio::test]
    async fn a_policy_that_nobody_has_is_not_given() {
        let nobody = query("ListEntitiesForPolicy", "<IsTruncated>false</IsTruncated>");
        let aws = Script::new([nobody]);
        assert!(PolicyAttachment::read(&aws, &["read/arn:p".to_owned()]).await.unwrap().is_empty());
    }
}
