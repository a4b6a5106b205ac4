//! `aws_ecr_authorization_token`: what one logs in to a registry with.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use model::{Attributes, Out, Secret};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::data::Data;
use crate::fault::{OrFault, must};
use crate::mirror::{FromSdk, moment};
use crate::resource::Result;

/// What one logs in to a registry with, for twelve hours.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_ecr_authorization_token")]
pub(crate) struct AuthorizationToken {
    /// The account whose registry it is, if it is another one.
    registry_id: Option<String>,
    /// The region.
    id: Out<String>,
    /// The user and the password, in base64.
    authorization_token: Out<Secret<String>>,
    /// When it ends.
    expires_at: Out<String>,
    /// The password.
    password: Out<Secret<String>>,
    /// The URL of the registry.
    proxy_endpoint: Out<String>,
    /// The user.
    user_name: Out<String>,
}

impl Data for AuthorizationToken {
    async fn read(aws: &Aws, given: Self) -> Result<Self> {
        let registry = given.registry_id.clone().map(|it| vec![it]);
        #[allow(deprecated)]
        let call = aws.ecr().get_authorization_token().set_registry_ids(registry);
        let answer = call.send().await.or_fault("GetAuthorizationToken")?;
        let it = answer.authorization_data().first();
        let it = must(it, "GetAuthorizationToken")?;
        let token = must(it.authorization_token(), "GetAuthorizationToken")?;
        let text = STANDARD.decode(token).ok().and_then(|it| String::from_utf8(it).ok());
        let (user, password) =
            must(text.as_deref().and_then(|it| it.split_once(':')), "GetAuthorizationToken")?;
        Ok(AuthorizationToken {
            id: Out(Some(aws.region().to_owned())),
            authorization_token: Out(Some(Secret(token.to_owned()))),
            expires_at: moment(it.expires_at()),
            password: Out(Some(Secret(password.to_owned()))),
            proxy_endpoint: Out::from_sdk(it.proxy_endpoint()),
            user_name: Out(Some(user.to_owned())),
            ..given
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Script, json, want_data};

    #[tokio::test]
    async fn the_token_is_a_user_and_a_password() {
        let answer = r#"{"authorizationData": [{"authorizationToken": "QVdTOmh1c2g=",
            "proxyEndpoint": "https://1.dkr.ecr.eu-west-1.amazonaws.com", "expiresAt": 0}]}"#;
        let aws = Script::new([json(answer)]);

        let it = AuthorizationToken::read(&aws, want_data("{}")).await.unwrap();

        assert_eq!(it.user_name.0.as_deref(), Some("AWS"));
        assert_eq!(it.password.0, Some(Secret("hush".to_owned())));
        assert_eq!(it.expires_at.0.as_deref(), Some("1970-01-01T00:00:00Z"));
    }
}
