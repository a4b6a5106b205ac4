//! `aws_iam_role_policy_attachment` and the same for users and groups: who has which policy.

use std::collections::BTreeSet;

use model::{Attributes, Fault, FaultKind, Live, Map, Op, Out, Phase, Timeouts};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::fault::{OrFault, rejected};
use crate::resource::{Resource, Result, differs, each};

/// One kind of holder: its name, its type, and the operations that concern it.
macro_rules! attachment {
    (
        $(#[$doc:meta])+ $ty:tt $attachment:ident, $holder:ident, $set_holder:ident,
        $list:ident $list_name:tt, $attach:ident $attach_name:tt, $detach:ident $detach_name:tt
    ) => {
        $(#[$doc])+
        #[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
        #[resource($ty)]
        pub(crate) struct $attachment {
            /// Whom the policy is given to.
            #[attr(replace)]
            $holder: String,
            /// ARN of the policy.
            #[attr(replace)]
            policy_arn: String,
            /// The holder's name and the policy's ARN.
            id: Out<String>,
        }

        impl Resource for $attachment {
            const BATCH: usize = 100;
            const TIMEOUTS: Timeouts = Timeouts::minutes(2, 2, 2);

            fn identity(&self) -> Option<String> {
                Some(format!("{}/{}", self.$holder, self.policy_arn))
            }

            async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
                let holders = holders(ids);
                let given = each(&holders, |holder| async move {
                    let pages = aws.iam().$list().$set_holder(holder).into_paginator();
                    let all = pages.items().send();
                    let all = all.collect::<std::result::Result<Vec<_>, _>>().await;
                    let all = all.or_fault($list_name)?.into_iter();
                    let id = |arn: String| format!("{holder}/{arn}");
                    Ok(Some(all.filter_map(|it| it.policy_arn).map(id).collect::<Vec<String>>()))
                });
                let given: BTreeSet<String> = given.await?.into_iter().flatten().collect();
                let live = |(holder, policy_arn): (&str, &str)| {
                    let id = format!("{holder}/{policy_arn}");
                    let attributes = $attachment {
                        $holder: holder.to_owned(),
                        policy_arn: policy_arn.to_owned(),
                        id: Out(Some(id.clone())),
                    };
                    Live { id, phase: Phase::Ready, attributes }
                };
                let ids = ids.iter().filter(|it| given.contains(*it));
                Ok(ids.filter_map(|it| parts(it)).map(live).collect())
            }

            /// Giving a policy again changes nothing.
            async fn create(aws: &Aws, want: &Self, _token: &str) -> Result<String> {
                let call = aws.iam().$attach().$set_holder(&want.$holder);
                let call = call.policy_arn(&want.policy_arn);
                call.send().await.or_fault($attach_name)?;
                Ok(format!("{}/{}", want.$holder, want.policy_arn))
            }

            async fn update(_: &Aws, _: &str, _: &Self, _: &Self) -> Result<()> {
                Ok(())
            }

            async fn delete(aws: &Aws, _id: &str, have: &Self) -> Result<()> {
                let call = aws.iam().$detach().$set_holder(&have.$holder);
                let call = call.policy_arn(&have.policy_arn);
                call.send().await.or_fault($detach_name)?;
                Ok(())
            }

            /// Another holder has room for it, and would miss it.
            fn comes_first(before: &Map, after: &Map) -> bool {
                differs::<Self>(before, after, stringify!($holder))
            }

            async fn import(_aws: &Aws, text: &str) -> Result<String> {
                match parts(text) {
                    Some(_) => Ok(text.to_owned()),
                    None => {
                        let wanted = concat!(stringify!($holder), "-name/policy_arn");
                        let text = format!("`{text}` is not of the form {wanted}");
                        Err(rejected("import", "InvalidId", text))
                    }
                }
            }

            fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
                // The holder or the policy was created a moment ago.
                (op == Op::Create && fault.code == "NoSuchEntity").then_some(FaultKind::NotYet)
            }
        }
    };
}

attachment! {
    /// Gives a role a policy.
    "aws_iam_role_policy_attachment" RolePolicyAttachment, role, role_name,
    list_attached_role_policies "ListAttachedRolePolicies",
    attach_role_policy "AttachRolePolicy", detach_role_policy "DetachRolePolicy"
}

attachment! {
    /// Gives a user a policy.
    "aws_iam_user_policy_attachment" UserPolicyAttachment, user, user_name,
    list_attached_user_policies "ListAttachedUserPolicies",
    attach_user_policy "AttachUserPolicy", detach_user_policy "DetachUserPolicy"
}

attachment! {
    /// Gives a group a policy.
    "aws_iam_group_policy_attachment" GroupPolicyAttachment, group, group_name,
    list_attached_group_policies "ListAttachedGroupPolicies",
    attach_group_policy "AttachGroupPolicy", detach_group_policy "DetachGroupPolicy"
}

/// The holder and the policy that an id names.
fn parts(id: &str) -> Option<(&str, &str)> {
    id.split_once('/').filter(|(holder, arn)| !holder.is_empty() && arn.starts_with("arn:"))
}

/// The holders that `ids` name, each once.
fn holders(ids: &[String]) -> Vec<String> {
    let holders: BTreeSet<&str> = ids.iter().filter_map(|it| parts(it)).map(|it| it.0).collect();
    holders.into_iter().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, query, query_refusal, want};

    #[tokio::test]
    async fn each_role_is_asked_about_once() {
        let attached = "<AttachedPolicies><member><PolicyArn>arn:a</PolicyArn></member>\
                        <member><PolicyArn>arn:b</PolicyArn></member></AttachedPolicies>";
        let aws = Script::new([
            query_refusal("NoSuchEntity", "The role with name gone cannot be found."),
            query("ListAttachedRolePolicies", attached),
        ]);
        let ids = ["web/arn:a", "web/arn:b", "web/arn:c", "gone/arn:a"].map(str::to_owned);

        let found = RolePolicyAttachment::read(&aws, &ids).await.unwrap();

        let found: Vec<&str> = found.iter().map(|it| it.id.as_str()).collect();
        assert_eq!(found, ["web/arn:a", "web/arn:b"]);
        aws.sent(expect![[r#"
            ListAttachedRolePolicies
                RoleName=gone
            ListAttachedRolePolicies
                RoleName=web
        "#]]);
    }

    #[tokio::test]
    async fn a_policy_is_given_and_taken() {
        let aws = Script::new([query("AttachUserPolicy", ""), query("DetachUserPolicy", "")]);
        let want = want::<UserPolicyAttachment>(r#"{"user": "ann", "policy_arn": "arn:a"}"#);

        let id = UserPolicyAttachment::create(&aws, &want, "token").await.unwrap();
        UserPolicyAttachment::delete(&aws, &id, &want).await.unwrap();

        assert_eq!(Some(id), want.identity());
        aws.sent(expect![[r#"
            AttachUserPolicy
                PolicyArn=arn:a
                UserName=ann
            DetachUserPolicy
                PolicyArn=arn:a
                UserName=ann
        "#]]);
    }

    #[tokio::test]
    async fn an_id_has_two_parts() {
        let aws = Script::new([]);
        assert!(GroupPolicyAttachment::import(&aws, "admins").await.is_err());
        assert!(GroupPolicyAttachment::import(&aws, "admins/arn:aws:a").await.is_ok());
    }
}
