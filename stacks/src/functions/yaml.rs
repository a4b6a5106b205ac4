//! YAML texts, with the meaning that Terraform's library gives to them: `yes` and `on` are bools,
//! dates are timestamps, `<<` merges, the last of equal keys counts.

mod decode;
mod encode;
mod scalar;

use model::{Type, Value};

use super::args::{string, text};
use super::{Failure, Function, Param, Returns, Takes};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "yamldecode",
        "The value that a YAML text stands for.",
        &[Param::string("src")],
        Returns::Known(Takes::Any),
        |args, _| decode::decode(text(&args[0])).map_err(Failure::new),
    ),
    Function::new(
        "yamlencode",
        "A value as a YAML text.",
        &[Param { null: true, dynamic: true, ..Param::any("value") }],
        Returns::Known(Takes::String),
        |args, _| match args[0].is_wholly_known() {
            true => Ok(string(encode::encode(&args[0]))),
            false => Ok(Value::unknown(Type::String)),
        },
    ),
];
