//! The functions of the language: a table, and one file for each family.

use model::{Type, Value};

/// A function of the language. Unknown and sensitive arguments are dealt with by [`call`]: the
/// function itself sees only known values without marks, unless it says otherwise.
pub struct Function {
    /// As called: `jsonencode`.
    pub name: &'static str,
    /// For `groundplan docs`, and shown in errors.
    pub doc: &'static str,
    pub params: &'static [Param],
    /// For the arguments after `params`, if there may be any number of them.
    pub rest: Option<Param>,
}

/// A parameter of a function.
pub struct Param {
    pub name: &'static str,
}

/// What a function needs to know about where it is called.
pub struct Site<'a> {
    pub scope: &'a dyn crate::eval::Scope,
}

/// Why a call failed, in Terraform's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallError {
    /// Which argument is to blame, if one is.
    pub argument: Option<usize>,
    pub message: String,
}

/// Calls a function with arguments as they were written: converted to the parameters' types, unknown
/// and marked ones handled.
///
/// # Errors
///
/// No such function, wrong number or types of arguments, or what the function itself reports.
pub fn call(_name: &str, _args: &[Value], _site: &Site<'_>) -> Result<Value, CallError> {
    Ok(Value::unknown(Type::Any))
}

/// All names that can be called, for suggestions and for completion.
pub fn names() -> Vec<&'static str> {
    Vec::new()
}
