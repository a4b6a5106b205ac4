//! `aws_ssm_parameter` and `aws_ssm_parameters_by_path`: parameters that are looked up.

use aws_sdk_ssm::types as sdk;
use model::{Attributes, Out, Secret};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::data::Data;
use crate::fault::{OrFault, must};
use crate::mirror::FromSdk;
use crate::resource::Result;

/// A parameter that is looked up by its name.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_ssm_parameter")]
pub(crate) struct Parameter {
    /// Its name.
    name: String,
    /// Whether a `SecureString` is decrypted.
    #[attr(default = true)]
    with_decryption: bool,
    /// Its name.
    id: Out<String>,
    /// Its value, if it is no secret.
    insecure_value: Out<String>,
    /// `String`, `StringList` or `SecureString`.
    r#type: Out<String>,
    /// Its value.
    value: Out<Secret<String>>,
    /// How often it was written.
    version: Out<i64>,
    /// Its Amazon Resource Name.
    arn: Out<String>,
}

/// All parameters below a path.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_ssm_parameters_by_path")]
pub(crate) struct ByPath {
    /// The path, such as `/web/`.
    path: String,
    /// Whether those further down are looked up too.
    #[attr(default = false)]
    recursive: bool,
    /// Whether a `SecureString` is decrypted.
    #[attr(default = true)]
    with_decryption: bool,
    /// The path.
    id: Out<String>,
    /// ARNs of the parameters.
    arns: Out<Vec<String>>,
    /// Names of the parameters.
    names: Out<Vec<String>>,
    /// Types of the parameters.
    types: Out<Vec<String>>,
    /// Values of the parameters.
    values: Out<Secret<Vec<String>>>,
}

impl Data for Parameter {
    async fn read(aws: &Aws, given: Self) -> Result<Self> {
        let call = aws.ssm().get_parameter().name(&given.name);
        let call = call.with_decryption(given.with_decryption);
        let answer = call.send().await.or_fault("GetParameter")?;
        let it = must(answer.parameter, "GetParameter")?;
        let secret = it.r#type() == Some(&sdk::ParameterType::SecureString);
        Ok(Parameter {
            id: Out(Some(given.name.clone())),
            insecure_value: Out::from_sdk(it.value().filter(|_| !secret)),
            r#type: Out::from_sdk(it.r#type()),
            value: Out::from_sdk(it.value()),
            version: Out(Some(it.version())),
            arn: Out::from_sdk(it.arn()),
            ..given
        })
    }
}

impl Data for ByPath {
    async fn read(aws: &Aws, given: Self) -> Result<Self> {
        let call = aws.ssm().get_parameters_by_path().path(&given.path);
        let call = call.recursive(given.recursive).with_decryption(given.with_decryption);
        let pages = call.into_paginator().send();
        let pages = pages.collect::<std::result::Result<Vec<_>, _>>().await;
        let pages = pages.or_fault("GetParametersByPath")?.into_iter();
        let all: Vec<_> = pages.flat_map(|it| it.parameters.unwrap_or_default()).collect();
        let each = |of: &dyn Fn(&sdk::Parameter) -> String| all.iter().map(of).collect::<Vec<_>>();
        Ok(ByPath {
            id: Out(Some(given.path.clone())),
            arns: Out(Some(each(&|it| String::from_sdk(it.arn())))),
            names: Out(Some(each(&|it| String::from_sdk(it.name())))),
            types: Out(Some(each(&|it| String::from_sdk(it.r#type())))),
            values: Out(Some(Secret(each(&|it| String::from_sdk(it.value()))))),
            ..given
        })
    }
}
