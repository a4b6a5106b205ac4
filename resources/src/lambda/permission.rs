//! `aws_lambda_permission`: lets a service or an account call a function.

use std::collections::{BTreeMap, BTreeSet};

use model::{
    Attributes, Auto, Fault, FaultKind, Field, Live, Map, Op, Out, Phase, Shape, Timeouts,
};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::aws::Aws;
use crate::fault::{OrFault, rejected};
use crate::naming::{known, name_or_unique, prefix_of};
use crate::resource::{Resource, Result, missing_is_none};

/// Lets a service or an account call a function.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_lambda_permission")]
pub(crate) struct Permission {
    /// What is allowed: `lambda:InvokeFunction` or `lambda:InvokeFunctionUrl`.
    #[attr(replace)]
    action: String,
    /// For Alexa: the token that calls must have.
    #[attr(replace)]
    event_source_token: Option<String>,
    /// The function, by name or ARN.
    #[attr(replace)]
    function_name: String,
    /// For URLs: `AWS_IAM` or `NONE`.
    #[attr(replace)]
    function_url_auth_type: Option<String>,
    /// Who may call: a service such as `events.amazonaws.com`, an account, or an ARN.
    #[attr(replace)]
    principal: Principal,
    /// The organization that all callers must be in.
    #[attr(replace)]
    principal_org_id: Option<String>,
    /// A version or alias of the function.
    #[attr(replace)]
    qualifier: Option<String>,
    /// The account that what calls must belong to.
    #[attr(replace)]
    source_account: Option<String>,
    /// ARN of what calls, such as a rule or a bucket.
    #[attr(replace)]
    source_arn: Option<String>,
    /// Its name in the function's policy. Without it or `statement_id_prefix`, a unique one is made.
    #[attr(replace)]
    statement_id: Auto<String>,
    /// The beginning of a unique name.
    #[attr(replace)]
    statement_id_prefix: Auto<String>,
    /// Its name in the function's policy.
    id: Out<String>,
}

/// Who may call. An account is its root user.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Principal(String);

impl Field for Principal {
    const SHAPE: Shape = Shape::String;
}

impl PartialEq for Principal {
    fn eq(&self, other: &Self) -> bool {
        let account = |it: &Self| match it.0.strip_suffix(":root") {
            Some(arn) if arn.starts_with("arn:") => arn.split(':').nth(4).map(str::to_owned),
            _ => Some(it.0.clone()),
        };
        self.0 == other.0 || account(self) == account(other)
    }
}

impl Permission {
    /// The function, its version or alias, and the statement: what imports name it by.
    fn path(&self, statement: &str) -> String {
        match &self.qualifier {
            Some(qualifier) => format!("{}:{qualifier}/{statement}", self.function_name),
            None => format!("{}/{statement}", self.function_name),
        }
    }

    fn statement(&self, token: &str) -> String {
        name_or_unique(&self.statement_id, &self.statement_id_prefix, token)
    }
}

impl Resource for Permission {
    const BATCH: usize = 100;
    const TIMEOUTS: Timeouts = Timeouts::minutes(5, 2, 5);

    fn identity(&self) -> Option<String> {
        Some(self.path(self.statement_id.0.as_deref()?))
    }

    /// One call answers for all permissions of a function.
    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        let functions: BTreeSet<&str> =
            ids.iter().filter_map(|it| it.rsplit_once('/')).map(|(function, _)| function).collect();
        let mut found = Vec::new();
        for function in functions {
            let policy = missing_is_none(policy(aws, function).await.map(Some))?;
            let statements = policy.as_ref().and_then(|it| it["Statement"].as_array());
            found.extend(statements.into_iter().flatten().map(|it| live(function, it)));
        }
        found.retain(|it| ids.contains(&it.id));
        Ok(found)
    }

    async fn create(aws: &Aws, want: &Self, token: &str) -> Result<String> {
        let statement = want.statement(token);
        let call = aws.lambda().add_permission().function_name(&want.function_name);
        let call = call
            .action(&want.action)
            .set_event_source_token(want.event_source_token.clone())
            .set_function_url_auth_type(want.function_url_auth_type.as_deref().map(Into::into))
            .principal(&want.principal.0)
            .set_principal_org_id(want.principal_org_id.clone())
            .set_qualifier(want.qualifier.clone())
            .set_source_account(want.source_account.clone())
            .set_source_arn(want.source_arn.clone())
            .statement_id(&statement);
        call.send().await.or_fault("AddPermission")?;
        Ok(want.path(&statement))
    }

    async fn update(_: &Aws, _: &str, _: &Self, _: &Self) -> Result<()> {
        Ok(())
    }

    async fn delete(aws: &Aws, id: &str, have: &Self) -> Result<()> {
        let statement = id.rsplit('/').next().unwrap_or(id);
        let call = aws.lambda().remove_permission().function_name(&have.function_name);
        let call = call.set_qualifier(have.qualifier.clone()).statement_id(statement);
        call.send().await.or_fault("RemovePermission")?;
        Ok(())
    }

    fn claim(planned: &Map) -> Option<String> {
        Some(format!("{}/{}", known(planned, "function_name")?, known(planned, "statement_id")?))
    }

    /// Names are unique in a function's policy.
    async fn find(aws: &Aws, want: &Self, token: &str) -> Result<Option<String>> {
        let id = want.path(&want.statement(token));
        let found = Self::read(aws, std::slice::from_ref(&id)).await?;
        let same = |it: &Live<Self>| it.attributes.principal == want.principal;
        Ok(found.into_iter().find(same).map(|it| it.id))
    }

    async fn import(_aws: &Aws, text: &str) -> Result<String> {
        match text.rsplit_once('/') {
            Some((function, statement)) if !function.is_empty() && !statement.is_empty() => {
                Ok(text.to_owned())
            }
            Some(_) | None => {
                let text = format!(
                    "`{text}` is not of the form function_name/statement_id or \
                     function_name:qualifier/statement_id"
                );
                Err(rejected("import", "InvalidId", text))
            }
        }
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        match (op, fault.code.as_str()) {
            (Op::Create, "ResourceConflictException")
                if fault.message.contains("already exists") =>
            {
                Some(FaultKind::Exists)
            }
            // Another change to the function is under way.
            (_, "ResourceConflictException") => Some(FaultKind::Busy),
            // The function was created a moment ago.
            (Op::Create, "ResourceNotFoundException") => Some(FaultKind::NotYet),
            // The policy has changed since the service looked at it.
            (_, "PreconditionFailedException") => Some(FaultKind::Busy),
            _ => None,
        }
    }
}

/// The function and the version or alias that an id begins with. An ARN has colons of its own.
fn parts(function: &str) -> (&str, Option<&str>) {
    let colons = if function.starts_with("arn:") { 7 } else { 1 };
    match function.match_indices(':').nth(colons - 1) {
        Some((at, _)) => (&function[..at], Some(&function[at + 1..])),
        None => (function, None),
    }
}

async fn policy(aws: &Aws, function: &str) -> Result<Json> {
    let (name, qualifier) = parts(function);
    let call = aws.lambda().get_policy().function_name(name);
    let call = call.set_qualifier(qualifier.map(str::to_owned));
    let answer = call.send().await.or_fault("GetPolicy")?;
    Ok(serde_json::from_str(answer.policy().unwrap_or_default()).unwrap_or_default())
}

fn live(function: &str, it: &Json) -> Live<Permission> {
    let text = |it: &Json| it.as_str().map(str::to_owned);
    let conditions: BTreeMap<String, String> = it["Condition"]
        .as_object()
        .into_iter()
        .flat_map(|operators| operators.values().filter_map(Json::as_object))
        .flatten()
        .filter_map(|(key, value)| Some((key.to_lowercase(), text(value)?)))
        .collect();
    let condition = |key: &str| conditions.get(key).cloned();
    let principal = ["AWS", "Service"].iter().find_map(|kind| text(&it["Principal"][kind]));
    let (name, qualifier) = parts(function);
    let statement = text(&it["Sid"]).unwrap_or_default();
    let attributes = Permission {
        action: text(&it["Action"]).unwrap_or_default(),
        event_source_token: condition("lambda:eventsourcetoken"),
        function_name: name.to_owned(),
        function_url_auth_type: condition("lambda:functionurlauthtype"),
        principal: Principal(principal.or(text(&it["Principal"])).unwrap_or_default()),
        principal_org_id: condition("aws:principalorgid"),
        qualifier: qualifier.map(str::to_owned),
        source_account: condition("aws:sourceaccount"),
        source_arn: condition("aws:sourcearn"),
        statement_id: Auto(Some(statement.clone())),
        statement_id_prefix: Auto(prefix_of(&statement)),
        id: Out(Some(statement.clone())),
    };
    Live { id: format!("{function}/{statement}"), phase: Phase::Ready, attributes }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, json, json_refusal, want};

    const EVENTS: &str = r#"{"statement_id": "events", "function_name": "clean", "qualifier": "live",
        "action": "lambda:InvokeFunction", "principal": "events.amazonaws.com",
        "source_arn": "arn:rule", "source_account": "123456789012"}"#;

    fn policy(statements: &Json) -> crate::testing::Answer {
        let policy = serde_json::json!({"Version": "2012-10-17", "Statement": statements});
        json(&serde_json::json!({"Policy": policy.to_string()}).to_string())
    }

    #[tokio::test]
    async fn what_is_allowed_comes_back() {
        let statements = serde_json::json!([
            {"Sid": "events", "Effect": "Allow", "Action": "lambda:InvokeFunction",
             "Principal": {"Service": "events.amazonaws.com"}, "Resource": "arn:f:live",
             "Condition": {"StringEquals": {"AWS:SourceAccount": "123456789012"},
                           "ArnLike": {"AWS:SourceArn": "arn:rule"}}},
            {"Sid": "other", "Principal": "*"}
        ]);
        let aws = Script::new([json("{}"), policy(&statements), json("")]);
        let want = want::<Permission>(EVENTS);

        let id = Permission::create(&aws, &want, "token").await.unwrap();
        assert_eq!(Some(&id), want.identity().as_ref());
        let found = Permission::read(&aws, std::slice::from_ref(&id)).await.unwrap();
        Permission::delete(&aws, &id, &want).await.unwrap();

        assert_eq!(found.len(), 1);
        let found = found[0].attributes.clone();
        assert_eq!(Permission { id: Out(None), ..found }, want);
        aws.sent(expect![[r#"
            POST lambda.eu-west-1.amazonaws.com/2015-03-31/functions/clean/policy?Qualifier=live
                Action="lambda:InvokeFunction"
                Principal="events.amazonaws.com"
                SourceAccount="123456789012"
                SourceArn="arn:rule"
                StatementId="events"
            GET lambda.eu-west-1.amazonaws.com/2015-03-31/functions/clean/policy?Qualifier=live
            DELETE lambda.eu-west-1.amazonaws.com/2015-03-31/functions/clean/policy/events?Qualifier=live
        "#]]);
    }

    #[tokio::test]
    async fn a_function_without_a_policy_has_no_permissions() {
        let aws = Script::new([json_refusal("ResourceNotFoundException", "none")]);
        assert!(Permission::read(&aws, &["f/s".to_owned()]).await.unwrap().is_empty());
    }

    #[test]
    fn an_arn_has_colons_of_its_own() {
        let arn = "arn:aws:lambda:eu-west-1:1:function:clean";
        assert_eq!(parts(arn), (arn, None));
        assert_eq!(parts(&format!("{arn}:live")), (arn, Some("live")));
        assert_eq!(parts("clean:live"), ("clean", Some("live")));
        assert_eq!(parts("clean"), ("clean", None));
    }

    #[test]
    fn an_account_is_its_root() {
        let it = |it: &str| Principal(it.to_owned());
        assert_eq!(it("123456789012"), it("arn:aws:iam::123456789012:root"));
        assert_ne!(it("123456789012"), it("arn:aws:iam::210987654321:root"));
    }
}
