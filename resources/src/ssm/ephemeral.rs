//! `ephemeral "aws_ssm_parameter"`: a parameter whose value is used and kept nowhere.

use model::{Attributes, Out, Secret};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::data::Data;
use crate::fault::{OrFault, must};
use crate::mirror::FromSdk;
use crate::resource::Result;

/// A parameter that is looked up by its ARN for as long as a run lasts.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_ssm_parameter")]
pub(crate) struct Parameter {
    /// Its Amazon Resource Name.
    arn: String,
    /// Whether a `SecureString` is decrypted.
    #[attr(default = true)]
    with_decryption: bool,
    /// Its name.
    name: Out<String>,
    /// `String`, `StringList` or `SecureString`.
    r#type: Out<String>,
    /// Its value.
    value: Out<Secret<String>>,
    /// How often it was written.
    version: Out<i64>,
}

impl Data for Parameter {
    async fn read(aws: &Aws, given: Self) -> Result<Self> {
        let call = aws.ssm().get_parameter().name(&given.arn);
        let answer = call.with_decryption(given.with_decryption).send().await;
        let it = must(answer.or_fault("GetParameter")?.parameter, "GetParameter")?;
        Ok(Parameter {
            name: Out::from_sdk(it.name()),
            r#type: Out(it.r#type().map(|it| it.as_str().to_owned())),
            value: Out::from_sdk(it.value()),
            version: Out(Some(it.version())),
            ..given
        })
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, json};

    #[tokio::test]
    async fn a_parameter_is_asked_for_by_its_arn() {
        let aws = Script::new([json(
            r#"{"Parameter": {"Name": "/web/key", "Type": "SecureString", "Value": "k", "Version": 3}}"#,
        )]);
        let given = Parameter {
            arn: "arn:aws:ssm:eu-west-1:1:parameter/web/key".to_owned(),
            with_decryption: true,
            name: Out(None),
            r#type: Out(None),
            value: Out(None),
            version: Out(None),
        };

        let found = Parameter::read(&aws, given).await.unwrap();

        assert_eq!(found.value, Out(Some(Secret("k".to_owned()))));
        assert_eq!(found.version, Out(Some(3)));
        aws.sent(expect![[r#"
            GetParameter
                Name="arn:aws:ssm:eu-west-1:1:parameter/web/key"
                WithDecryption=true
        "#]]);
    }
}
