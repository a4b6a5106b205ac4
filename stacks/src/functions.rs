//! The functions of the language: one table for each family, and the adapter around every call that
//! deals with conversion, nulls, unknown values and marks, so that no function has to.

mod args;
mod numeric;
mod string;
mod regex;
mod format;
mod json;
mod equal;
mod collection;
mod map;
mod set;
mod conversion;
mod encoding;
mod yaml;
mod csv;
mod hash;
mod ip;
mod date;
mod filesystem;
mod template;
mod provider;

use model::{Marks, Type, Value};

use crate::convert::convert;
use crate::suggest::hint;

pub use template::render_template;

/// A function of the language.
pub struct Function {
    /// As called: `jsonencode`.
    pub name: &'static str,
    /// For `groundplan docs`, and shown in errors.
    pub doc: &'static str,
    pub params: &'static [Param],
    /// For the arguments after `params`, if there may be any number of them.
    pub rest: Option<Param>,
    /// Whether another call with the same arguments gives something else.
    changes: bool,
    returns: Returns,
    run: fn(&[Value], &Site<'_>) -> Result<Value, Failure>,
}

/// A parameter of a function.
#[derive(Debug, Clone, Copy)]
pub struct Param {
    pub name: &'static str,
    /// What an argument is converted to first.
    pub takes: Takes,
    /// Whether the function is called with null; otherwise that is an error.
    null: bool,
    /// Whether the function is called with an unknown value; otherwise the result is unknown.
    unknown: bool,
    /// Whether the function is called with a value of which not even the type is known.
    dynamic: bool,
    marks: KeepMarks,
}

/// The types that parameters have. [`Takes::ty`] gives the type itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    Any,
    Bool,
    Number,
    String,
    Bools,
    Strings,
    List,
    Set,
    Map,
    StringMap,
    StringLists,
}

/// Which marks of an argument a function sees. Those it does not see are on the whole result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum KeepMarks {
    None,
    /// Those of the parts, which it moves to the result as they are.
    Inner,
    /// All: nothing is added to the result.
    All,
}

/// The type of a function's result, for when the result itself is unknown.
enum Returns {
    Known(Takes),
    /// Depends on the arguments. Also checks what can be checked by their types alone.
    Of(fn(&[Value]) -> Result<Type, Failure>),
}

/// What a function needs to know about where it is called.
pub struct Site<'a> {
    pub scope: &'a dyn crate::eval::Scope,
}

/// Why a call failed, in Terraform's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallError {
    /// `Invalid function argument`, `Error in function call`, `Call to unknown function` ...
    pub summary: &'static str,
    /// In sentences, with the name of the function or the parameter.
    pub detail: String,
    /// Which argument is to blame, if one is.
    pub argument: Option<usize>,
    /// What may have been meant.
    pub hint: Option<String>,
}

/// What a function itself says went wrong: without its name, lower case, no full stop.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Failure {
    argument: Option<usize>,
    message: String,
}

/// All functions, by family. `try`, `can` and `templatestring` are part of evaluation, since they see
/// expressions, and so is the console's `type`.
const FAMILIES: &[&[Function]] = &[
    numeric::FUNCTIONS,
    string::FUNCTIONS,
    regex::FUNCTIONS,
    format::FUNCTIONS,
    json::FUNCTIONS,
    collection::FUNCTIONS,
    map::FUNCTIONS,
    set::FUNCTIONS,
    conversion::FUNCTIONS,
    encoding::FUNCTIONS,
    yaml::FUNCTIONS,
    csv::FUNCTIONS,
    hash::FUNCTIONS,
    ip::FUNCTIONS,
    date::FUNCTIONS,
    filesystem::FUNCTIONS,
    template::FUNCTIONS,
    provider::FUNCTIONS,
];

/// Calls a function with arguments as they were written: converted to the parameters' types, unknown
/// and marked ones handled.
///
/// # Errors
///
/// No such function, wrong number or types of arguments, or what the function itself reports.
pub fn call(name: &str, args: &[Value], site: &Site<'_>) -> Result<Value, CallError> {
    let Some(function) = find(name) else { return Err(unknown_function(name)) };
    function.check_count(args.len())?;
    let mut marks = Marks::NONE;
    let mut known = Vec::with_capacity(args.len());
    for (n, arg) in args.iter().enumerate() {
        let param = function.param(n).expect("the number of arguments was checked");
        let (arg, found) = param.prepare(arg).map_err(|message| {
            function.error(args.len(), Failure { argument: Some(n), message })
        })?;
        marks = marks.union(found);
        known.push(arg);
    }
    let value = function.apply(&known, site).map_err(|it| function.error(args.len(), it));
    Ok(value.map_err(|it| redacted(it, args))?.mark(marks))
}

/// The error without the texts of sensitive arguments.
fn redacted(mut error: CallError, args: &[Value]) -> CallError {
    for secret in args.iter().filter(|it| it.marks.sensitive).filter_map(Value::as_str) {
        error.detail = error.detail.replace(&args::quote(secret), "(sensitive value)");
        if secret.len() > 3 {
            error.detail = error.detail.replace(secret, "(sensitive value)");
        }
    }
    error
}

/// The function of that name; `core::` may stand before the names of Terraform's own.
pub fn find(name: &str) -> Option<&'static Function> {
    let name = name.strip_prefix("core::").unwrap_or(name);
    FAMILIES.iter().flat_map(|it| it.iter()).find(|it| it.name == name)
}

/// All names that can be called, for suggestions and for completion.
pub fn names() -> Vec<&'static str> {
    let tables = FAMILIES.iter().flat_map(|it| it.iter()).map(|it| it.name);
    let mut names: Vec<&str> = tables.chain(["can", "templatestring", "try"]).collect();
    names.sort_unstable();
    names
}

/// A moment as the function `timestamp` writes it.
pub fn timestamp(time: std::time::SystemTime) -> String {
    date::written(time)
}

/// Every function of the tables. `can`, `templatestring` and `try` are not among them.
pub fn all() -> impl Iterator<Item = &'static Function> {
    FAMILIES.iter().flat_map(|it| it.iter())
}

impl Function {
    /// The type of its result, as far as the types of its parameters tell.
    pub fn return_type(&self) -> Type {
        let params = self.params.iter().chain(&self.rest);
        let args: Vec<Value> = params.map(|it| Value::unknown(it.takes.ty())).collect();
        match self.returns {
            Returns::Known(takes) => takes.ty(),
            Returns::Of(ty) => ty(&args).unwrap_or(Type::Any),
        }
    }

    const fn new(
        name: &'static str,
        doc: &'static str,
        params: &'static [Param],
        returns: Returns,
        run: fn(&[Value], &Site<'_>) -> Result<Value, Failure>,
    ) -> Function {
        Function { name, doc, params, rest: None, changes: false, returns, run }
    }

    fn param(&self, n: usize) -> Option<&Param> {
        self.params.get(n).or(self.rest.as_ref())
    }

    fn check_count(&self, count: usize) -> Result<(), CallError> {
        let (name, expected) = (self.name, self.params.len());
        let at_least = if self.rest.is_some() { " at least" } else { "" };
        if let Some(missing) = self.params.get(count) {
            let missing = missing.name;
            return Err(CallError {
                summary: "Not enough function arguments",
                detail: format!(
                    "Function \"{name}\" expects{at_least} {expected} argument(s). Missing value \
                     for \"{missing}\"."
                ),
                argument: None,
                hint: None,
            });
        }
        if count > expected && self.rest.is_none() {
            return Err(CallError {
                summary: "Too many function arguments",
                detail: format!("Function \"{name}\" expects only {expected} argument(s)."),
                argument: Some(expected),
                hint: None,
            });
        }
        Ok(())
    }

    fn apply(&self, args: &[Value], site: &Site<'_>) -> Result<Value, Failure> {
        for (n, arg) in args.iter().enumerate() {
            if arg.is_null() && !self.param(n).is_some_and(|it| it.null) {
                return Err(Failure::argument(n, "argument must not be null"));
            }
        }
        let is_vague = |(n, arg): (usize, &Value)| {
            arg.ty() == Type::Any && !self.param(n).is_some_and(|it| it.dynamic)
        };
        if args.iter().enumerate().any(is_vague) {
            return Ok(Value::unknown(Type::Any));
        }
        let is_unknown = |(n, arg): (usize, &Value)| {
            !arg.is_known() && !self.param(n).is_some_and(|it| it.unknown)
        };
        let waits = self.changes && site.scope.is_planning();
        if waits || args.iter().enumerate().any(is_unknown) {
            return Ok(Value::unknown(match self.returns {
                Returns::Known(takes) => takes.ty(),
                Returns::Of(ty) => ty(args)?,
            }));
        }
        (self.run)(args, site)
    }

    fn error(&self, count: usize, failure: Failure) -> CallError {
        let (name, message) = (self.name, failure.message);
        let param = failure.argument.and_then(|it| self.param(it));
        match (param, failure.argument) {
            (Some(param), Some(n)) if n < count => CallError {
                summary: "Invalid function argument",
                detail: format!("Invalid value for \"{}\" parameter: {message}.", param.name),
                argument: Some(n),
                hint: None,
            },
            _ => CallError {
                summary: "Error in function call",
                detail: format!("Call to function \"{name}\" failed: {message}."),
                argument: None,
                hint: None,
            },
        }
    }
}

impl Param {
    /// Whether null can be given for it.
    pub fn is_nullable(&self) -> bool {
        self.null
    }

    const fn new(name: &'static str, takes: Takes) -> Param {
        Param { name, takes, null: false, unknown: false, dynamic: false, marks: KeepMarks::None }
    }

    const fn any(name: &'static str) -> Param {
        Param::new(name, Takes::Any)
    }

    const fn number(name: &'static str) -> Param {
        Param::new(name, Takes::Number)
    }

    const fn string(name: &'static str) -> Param {
        Param::new(name, Takes::String)
    }

    /// The argument as the function sees it, and the marks that its result takes over.
    fn prepare(&self, arg: &Value) -> Result<(Value, Marks), String> {
        let value = match self.takes {
            Takes::Any => arg.clone(),
            _ => convert(arg, &self.takes.ty()).map_err(|it| it.message)?,
        };
        Ok(match self.marks {
            KeepMarks::None => value.unmark_deep(),
            KeepMarks::Inner => {
                let marks = value.marks;
                (Value::from(value.kind), marks)
            }
            KeepMarks::All => (value, Marks::NONE),
        })
    }
}

impl Takes {
    pub fn ty(self) -> Type {
        match self {
            Takes::Any => Type::Any,
            Takes::Bool => Type::Bool,
            Takes::Number => Type::Number,
            Takes::String => Type::String,
            Takes::Bools => Type::list(Type::Bool),
            Takes::Strings => Type::list(Type::String),
            Takes::List => Type::list(Type::Any),
            Takes::Set => Type::set(Type::Any),
            Takes::Map => Type::map(Type::Any),
            Takes::StringMap => Type::map(Type::String),
            Takes::StringLists => Type::map(Type::list(Type::String)),
        }
    }
}

impl Failure {
    fn new(message: impl Into<String>) -> Failure {
        Failure { argument: None, message: message.into() }
    }

    fn argument(n: usize, message: impl Into<String>) -> Failure {
        Failure { argument: Some(n), message: message.into() }
    }

    /// The same, blaming an argument.
    fn at(self, n: usize) -> Failure {
        Failure { argument: Some(n), ..self }
    }
}

fn unknown_function(name: &str) -> CallError {
    CallError {
        summary: "Call to unknown function",
        detail: format!("There is no function named \"{name}\"."),
        argument: None,
        hint: hint(name, names()),
    }
}
