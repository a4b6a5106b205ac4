//! `aws_iam_role_policy` and `aws_iam_user_policy`: policies that belong to one role or user.

use model::{Attributes, Auto, Fault, FaultKind, Live, Map, Op, Out, Phase, Timeouts};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::fault::OrFault;
use crate::naming::{name_or_unique, prefix_of};
use crate::policy::Policy;
use crate::resource::{Resource, Result, differs, each};

/// One kind of holder: its name, its type, and the operations that concern it.
macro_rules! own_policy {
    (
        $(#[$doc:meta])+ $ty:tt $policy:ident, $holder:ident, $set_holder:ident,
        $get:ident $get_name:tt, $put:ident $put_name:tt, $delete:ident $delete_name:tt
    ) => {
        $(#[$doc])+
        #[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
        #[resource($ty)]
        pub(crate) struct $policy {
            /// What is allowed or denied, as an IAM policy document in JSON.
            policy: Policy,
            /// Whose policy it is.
            #[attr(replace)]
            $holder: String,
            /// Its name. Without it or `name_prefix`, a unique one is made.
            #[attr(replace)]
            name: Auto<String>,
            /// The beginning of a unique name.
            #[attr(replace)]
            name_prefix: Auto<String>,
            /// The holder's name and its own, with a colon between them.
            id: Out<String>,
        }

        impl Resource for $policy {
            const BATCH: usize = 50;
            const TIMEOUTS: Timeouts = Timeouts::minutes(2, 2, 2);

            async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
                each(ids, |id| async move {
                    let Some((holder, name)) = id.split_once(':') else { return Ok(None) };
                    let call = aws.iam().$get().$set_holder(holder).policy_name(name);
                    let answer = call.send().await.or_fault($get_name)?;
                    let attributes = $policy {
                        policy: Policy::decoded(answer.policy_document()),
                        $holder: holder.to_owned(),
                        name: Auto(Some(name.to_owned())),
                        name_prefix: Auto(prefix_of(name)),
                        id: Out(Some(id.to_owned())),
                    };
                    Ok(Some(Live { id: id.to_owned(), phase: Phase::Ready, attributes }))
                })
                .await
            }

            /// Writing a policy again changes nothing.
            async fn create(aws: &Aws, want: &Self, token: &str) -> Result<String> {
                let name = name_or_unique(&want.name, &want.name_prefix, token);
                let id = format!("{}:{name}", want.$holder);
                let call = aws.iam().$put().$set_holder(&want.$holder).policy_name(name);
                let call = call.policy_document(&want.policy.0);
                call.send().await.or_fault($put_name)?;
                Ok(id)
            }

            async fn update(aws: &Aws, id: &str, have: &Self, want: &Self) -> Result<()> {
                if have.policy == want.policy {
                    return Ok(());
                }
                let (holder, name) = id.split_once(':').unwrap_or((&want.$holder, id));
                let call = aws.iam().$put().$set_holder(holder).policy_name(name);
                let call = call.policy_document(&want.policy.0);
                call.send().await.or_fault($put_name)?;
                Ok(())
            }

            async fn delete(aws: &Aws, id: &str, have: &Self) -> Result<()> {
                let (holder, name) = id.split_once(':').unwrap_or((&have.$holder, id));
                let call = aws.iam().$delete().$set_holder(holder).policy_name(name);
                call.send().await.or_fault($delete_name)?;
                Ok(())
            }

            /// Another holder has room for it, and would miss it.
            fn comes_first(before: &Map, after: &Map) -> bool {
                differs::<Self>(before, after, stringify!($holder))
            }

            fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
                // The holder was created a moment ago.
                (op == Op::Create && fault.code == "NoSuchEntity").then_some(FaultKind::NotYet)
            }
        }
    };
}

own_policy! {
    /// A policy that belongs to one role.
    "aws_iam_role_policy" RolePolicy, role, role_name,
    get_role_policy "GetRolePolicy", put_role_policy "PutRolePolicy",
    delete_role_policy "DeleteRolePolicy"
}

own_policy! {
    /// A policy that belongs to one user.
    "aws_iam_user_policy" UserPolicy, user, user_name,
    get_user_policy "GetUserPolicy", put_user_policy "PutUserPolicy",
    delete_user_policy "DeleteUserPolicy"
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, query, want};

    const READ: &str = r#"{"role": "web", "name": "read", "policy": "{\"Statement\":[]}"}"#;

    #[tokio::test]
    async fn a_policy_is_found_by_its_holder_and_name() {
        let found = "<PolicyDocument>%7B%22Statement%22%3A%5B%5D%7D</PolicyDocument>\
                     <RoleName>web</RoleName><PolicyName>read</PolicyName>";
        let aws = Script::new([query("PutRolePolicy", ""), query("GetRolePolicy", found)]);
        let want: RolePolicy = want(READ);

        let id = RolePolicy::create(&aws, &want, "token").await.unwrap();
        let found = RolePolicy::read(&aws, &[id]).await.unwrap();

        assert_eq!(found[0].attributes.policy, want.policy);
        aws.sent(expect![[r#"
            PutRolePolicy
                PolicyDocument={"Statement":[]}
                PolicyName=read
                RoleName=web
            GetRolePolicy
                PolicyName=read
                RoleName=web
        "#]]);
    }

    #[test]
    fn a_role_that_is_not_there_yet_is_waited_for() {
        let fault = crate::testing::fault(FaultKind::NotFound, "NoSuchEntity");
        assert_eq!(RolePolicy::classify(Op::Create, &fault), Some(FaultKind::NotYet));
        assert_eq!(RolePolicy::classify(Op::Delete, &fault), None);
    }
}
