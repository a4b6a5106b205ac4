//! Functions of providers: what is groundplan's own, and what Terraform's and AWS's providers have.

mod environment;
mod hcl;
mod text_formats;

use model::{Type, Value};

use super::args::{string, text};
use super::{Failure, Function, KeepMarks, Param, Returns, Site, Takes};

const STRING: Returns = Returns::Known(Takes::String);
const ANY: Returns = Returns::Known(Takes::Any);

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "provider::groundplan::dotenvdecode",
        "The variables of a .env file, as a map.",
        &[Param::string("text")],
        Returns::Of(|_| Ok(Type::map(Type::String))),
        |args, _| text_formats::dotenv(text(&args[0])).map_err(Failure::new),
    ),
    Function::new(
        "provider::groundplan::envsubst",
        "A text with ${NAME} and $NAME replaced by variables; ${NAME:-text} has a default.",
        &[Param::string("text"), Param::new("vars", Takes::StringMap)],
        STRING,
        |args, _| text_formats::envsubst(text(&args[0]), &args[1]).map_err(Failure::new),
    ),
    Function::new(
        "provider::groundplan::for_environment",
        "A value in which every object that has the environment's name as a key is replaced by what \
         it has there. Objects of other environments only become null.",
        &[Param { marks: KeepMarks::Inner, ..Param::any("value") }, Param::string("name")],
        ANY,
        |args, _| Ok(environment::collapse(&args[0], text(&args[1]))),
    ),
    Function::new(
        "provider::groundplan::tomldecode",
        "The value that a TOML text stands for.",
        &[Param::string("text")],
        ANY,
        |args, _| text_formats::toml(text(&args[0])).map_err(Failure::new),
    ),
    Function::new(
        "provider::terraform::decode_tfvars",
        "The variables of a .tfvars file, as an object.",
        &[Param::string("src")],
        ANY,
        |args, _| hcl::decode_tfvars(text(&args[0])).map_err(Failure::new),
    ),
    Function::new(
        "provider::terraform::encode_expr",
        "A value as an expression that gives it.",
        &[Param::any("value")],
        STRING,
        |args, _| match args[0].is_wholly_known() {
            true => Ok(string(hcl::encode_expr(&args[0]))),
            false => Ok(Value::unknown(Type::String)),
        },
    ),
    Function::new(
        "provider::terraform::encode_tfvars",
        "An object as a .tfvars file.",
        &[Param::any("value")],
        STRING,
        |args, _| match args[0].is_wholly_known() {
            true => hcl::encode_tfvars(&args[0]).map(string).map_err(Failure::new),
            false => Ok(Value::unknown(Type::String)),
        },
    ),
    Function::new(
        "provider::aws::arn_build",
        "An ARN of its parts.",
        &[
            Param::string("partition"),
            Param::string("service"),
            Param::string("region"),
            Param::string("account_id"),
            Param::string("resource"),
        ],
        STRING,
        |args, _| {
            let parts: Vec<&str> = args.iter().map(text).collect();
            Ok(string(format!("arn:{}", parts.join(":"))))
        },
    ),
    Function::new(
        "provider::aws::arn_parse",
        "The parts of an ARN.",
        &[Param::string("arn")],
        Returns::Of(|_| Ok(Type::object(ARN.map(|it| (it.to_owned(), Type::String))))),
        |args, _| {
            let parts = arn(text(&args[0]))?;
            Ok(Value::object_of(ARN.into_iter().zip(parts.map(string))))
        },
    ),
    Function::new(
        "provider::aws::trim_iam_role_path",
        "The ARN of a role without the role's path.",
        &[Param::string("arn")],
        STRING,
        trim_role_path,
    ),
];

const ARN: [&str; 5] = ["partition", "service", "region", "account_id", "resource"];

fn arn(given: &str) -> Result<[&str; 5], Failure> {
    let rest = given.strip_prefix("arn:").ok_or_else(|| Failure::new("arn: invalid prefix"))?;
    let parts: Vec<&str> = rest.splitn(5, ':').collect();
    parts.try_into().map_err(|_| Failure::new("arn: not enough sections"))
}

fn trim_role_path(args: &[Value], _: &Site<'_>) -> Result<Value, Failure> {
    let [partition, service, region, account, resource] = arn(text(&args[0]))?;
    let wrong = |message: &str| Err(Failure::new(message));
    if service != "iam" {
        return wrong("service must be \"iam\"");
    }
    if !region.is_empty() {
        return wrong("region must be empty");
    }
    let Some(path) = resource.strip_prefix("role/") else {
        return wrong("resource must begin with \"role/\"");
    };
    let name = path.rsplit('/').next().unwrap_or(path);
    Ok(string(format!("arn:{partition}:{service}:{region}:{account}:role/{name}")))
}
