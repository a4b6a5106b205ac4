//! What listeners and rules do with a request.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use aws_sdk_elasticloadbalancingv2::types as sdk;
use model::{Attributes, Auto, Field, Mirror, One, Shape};
use serde::{Deserialize, Serialize};

use crate::mirror::{FromSdk, ToSdk};

/// What is done with a request. `target_group_arn` and a `forward` block to the same group are equal.
#[derive(Debug, Clone, Attributes, Serialize, Deserialize)]
pub(crate) struct Action {
    /// When it is done, if there are several.
    order: Auto<i32>,
    /// The target group to forward to, if it is only one.
    target_group_arn: Option<String>,
    /// `forward`, `redirect`, `fixed-response`, `authenticate-cognito` or `authenticate-oidc`.
    r#type: String,
    /// Signs users in with a Cognito user pool.
    authenticate_cognito: One<AuthenticateCognito>,
    /// Signs users in with an identity provider that speaks OpenID Connect.
    authenticate_oidc: One<AuthenticateOidc>,
    /// Answers by itself.
    fixed_response: One<FixedResponse>,
    /// Forwards to one or several target groups.
    forward: One<Forward>,
    /// Sends the client elsewhere.
    redirect: One<Redirect>,
}

/// Signs users in with a Cognito user pool.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::AuthenticateCognitoActionConfig)]
pub(crate) struct AuthenticateCognito {
    /// Parameters to add to the request to the pool.
    authentication_request_extra_params: Option<BTreeMap<String, String>>,
    /// What happens to requests without a user: `deny`, `allow` or `authenticate`.
    on_unauthenticated_request: Auto<String>,
    /// What to ask the pool for.
    scope: Auto<String>,
    /// The name of the cookie that keeps the session.
    session_cookie_name: Auto<String>,
    /// How long a session lasts, in seconds.
    session_timeout: Auto<i64>,
    /// The user pool.
    user_pool_arn: String,
    /// The client of the user pool.
    user_pool_client_id: String,
    /// The domain of the user pool.
    user_pool_domain: String,
}

/// Signs users in with an identity provider that speaks OpenID Connect.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::AuthenticateOidcActionConfig)]
pub(crate) struct AuthenticateOidc {
    /// Parameters to add to the request to the provider.
    authentication_request_extra_params: Option<BTreeMap<String, String>>,
    /// Where users sign in.
    authorization_endpoint: String,
    /// Who we are to the provider.
    client_id: String,
    /// What proves it.
    client_secret: ClientSecret,
    /// The provider.
    issuer: String,
    /// What happens to requests without a user: `deny`, `allow` or `authenticate`.
    on_unauthenticated_request: Auto<String>,
    /// What to ask the provider for.
    scope: Auto<String>,
    /// The name of the cookie that keeps the session.
    session_cookie_name: Auto<String>,
    /// How long a session lasts, in seconds.
    session_timeout: Auto<i64>,
    /// Where tokens come from.
    token_endpoint: String,
    /// Where facts about users come from.
    user_info_endpoint: String,
}

/// Answers by itself.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::FixedResponseActionConfig)]
pub(crate) struct FixedResponse {
    /// `text/plain`, `text/css`, `text/html`, `application/javascript` or `application/json`.
    content_type: String,
    /// The body of the answer.
    message_body: Option<String>,
    /// The status of the answer.
    status_code: Auto<String>,
}

/// Forwards to one or several target groups.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct Forward {
    /// Whether a client stays with a target group.
    stickiness: One<Stickiness>,
    /// The target groups.
    #[attr(required, max = 5)]
    target_group: BTreeSet<Target>,
}

/// Whether a client stays with a target group.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::TargetGroupStickinessConfig)]
pub(crate) struct Stickiness {
    /// For how long, in seconds.
    #[mirror(duration_seconds)]
    duration: i32,
    /// Whether it does.
    #[attr(default = false)]
    enabled: bool,
}

/// A target group among several.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Mirror, Serialize, Deserialize,
)]
#[mirror(sdk::TargetGroupTuple)]
pub(crate) struct Target {
    /// Its Amazon Resource Name.
    #[mirror(target_group_arn)]
    arn: String,
    /// Its share of the requests.
    #[attr(default = 1)]
    weight: i32,
}

/// Sends the client elsewhere.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::RedirectActionConfig)]
pub(crate) struct Redirect {
    /// The host to go to.
    #[attr(default = "#{host}")]
    host: String,
    /// The path to go to.
    #[attr(default = "/#{path}")]
    path: String,
    /// The port to go to.
    #[attr(default = "#{port}")]
    port: String,
    /// The protocol to go on with.
    #[attr(default = "#{protocol}")]
    protocol: String,
    /// The query to go on with.
    #[attr(default = "#{query}")]
    query: String,
    /// `HTTP_301` or `HTTP_302`.
    status_code: String,
}

/// A secret that AWS does not give back: to compare it with nothing says nothing.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct ClientSecret(String);

crate::mirror::text!(ClientSecret);

impl Field for ClientSecret {
    const SHAPE: Shape = Shape::String;
    const SENSITIVE: bool = true;
}

impl PartialEq for ClientSecret {
    fn eq(&self, other: &Self) -> bool {
        self.0.is_empty() || other.0.is_empty() || self.0 == other.0
    }
}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

impl PartialEq for Action {
    fn eq(&self, other: &Self) -> bool {
        self.r#type == other.r#type
            && (self.order == other.order || self.order.0.is_none() || other.order.0.is_none())
            && self.authenticate_cognito == other.authenticate_cognito
            && self.authenticate_oidc == other.authenticate_oidc
            && self.fixed_response == other.fixed_response
            && self.redirect == other.redirect
            && self.targets() == other.targets()
            && self.sticks_for() == other.sticks_for()
    }
}

impl Action {
    /// Target groups and their weights. The weight of an only one does not matter.
    fn targets(&self) -> BTreeMap<&str, i32> {
        let one = self.target_group_arn.iter().filter(|it| !it.is_empty());
        let mut targets: BTreeMap<_, _> = one.map(|arn| (arn.as_str(), 1)).collect();
        let several = self.forward.0.iter().flat_map(|it| &it.target_group);
        targets.extend(several.map(|it| (it.arn.as_str(), it.weight)));
        if targets.len() == 1 {
            targets.values_mut().for_each(|it| *it = 1);
        }
        targets
    }

    fn sticks_for(&self) -> Option<i32> {
        let stickiness = self.forward.0.as_ref().and_then(|it| it.stickiness.0.as_ref());
        stickiness.filter(|it| it.enabled).map(|it| it.duration)
    }
}

impl ToSdk<Option<sdk::Action>> for Action {
    fn to_sdk(&self) -> Option<sdk::Action> {
        let forward = self.forward.0.as_ref().map(|it| {
            let config = sdk::ForwardActionConfig::builder();
            let config = config.set_target_groups(it.target_group.to_sdk());
            config.set_target_group_stickiness_config(it.stickiness.to_sdk()).build()
        });
        // A forward block says all there is; AWS refuses both if they do not agree.
        let only = self.target_group_arn.clone().filter(|_| forward.is_none());
        let action = sdk::Action::builder()
            .r#type(self.r#type.as_str().into())
            .set_order(self.order.to_sdk())
            .set_target_group_arn(only)
            .set_authenticate_cognito_config(self.authenticate_cognito.to_sdk())
            .set_authenticate_oidc_config(self.authenticate_oidc.to_sdk())
            .set_fixed_response_config(self.fixed_response.to_sdk())
            .set_forward_config(forward)
            .set_redirect_config(self.redirect.to_sdk());
        Some(action.build())
    }
}

impl<'a> FromSdk<&'a sdk::Action> for Action {
    fn from_sdk(it: &'a sdk::Action) -> Self {
        let forward = it.forward_config().map(|it| Forward {
            stickiness: One::from_sdk(it.target_group_stickiness_config()),
            target_group: BTreeSet::from_sdk(it.target_groups()),
        });
        let mut action = Action {
            order: Auto::from_sdk(it.order()),
            target_group_arn: Option::from_sdk(it.target_group_arn()),
            r#type: String::from_sdk(it.r#type()),
            authenticate_cognito: One::from_sdk(it.authenticate_cognito_config()),
            authenticate_oidc: One::from_sdk(it.authenticate_oidc_config()),
            fixed_response: One::from_sdk(it.fixed_response_config()),
            forward: One(forward),
            redirect: One::from_sdk(it.redirect_config()),
        };
        // AWS tells an only target both ways.
        match (action.targets().len(), action.sticks_for()) {
            (1, None) => {
                action.target_group_arn = action.targets().keys().next().map(|it| (*it).to_owned());
                action.forward = One(None);
            }
            _ => action.target_group_arn = None,
        }
        action
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn action(json: &str) -> Action {
        let mut object = serde_json::from_str(json).unwrap();
        model::complete(Action::SCHEMA.attributes, &mut object);
        Action::deserialize(serde_json::Value::Object(object)).unwrap()
    }

    #[test]
    fn one_target_may_be_written_both_ways() {
        let one = action(r#"{"type": "forward", "target_group_arn": "arn:a"}"#);
        let block = action(
            r#"{"type": "forward", "forward": [{"target_group": [{"arn": "arn:a", "weight": 100}],
                "stickiness": [{"enabled": false, "duration": 3600}]}]}"#,
        );
        assert_eq!(one, block);
        assert_ne!(one, action(r#"{"type": "forward", "target_group_arn": "arn:b"}"#));
    }

    #[test]
    fn what_aws_tells_is_told_once() {
        let sent =
            action(r#"{"type": "forward", "forward": [{"target_group": [{"arn": "arn:a"}]}]}"#);
        let mut answer = sent.to_sdk().unwrap();
        answer.target_group_arn = Some("arn:a".to_owned());
        let read = Action::from_sdk(&answer);
        assert_eq!(read, sent);
        assert_eq!(read.target_group_arn.as_deref(), Some("arn:a"));
        assert!(read.forward.0.is_none());
    }

    #[test]
    fn a_secret_that_is_not_told_is_no_change() {
        let secret = |it: &str| ClientSecret(it.to_owned());
        assert_eq!(secret("a"), secret(""));
        assert_ne!(secret("a"), secret("b"));
    }
}
