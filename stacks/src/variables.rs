//! Values of the root module's variables: defaults, environment, files and command line, in
//! Terraform's order of precedence. Validation rules are looked at when everything else is known.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use model::{Diagnostic, Diagnostics, Marks, Span, Value};

use crate::convert::{apply_defaults, convert};
use crate::load::{Files, constant};
use crate::stack::{Module, Variable};
use crate::suggest;
use crate::syntax::parse;
use crate::syntax::tree::Body;

/// Where values may come from, besides the files that are always read.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// The environment, or as much of it as begins with `TF_VAR_`: name and value.
    pub environment: Vec<(String, String)>,
    /// In the order of the command line.
    pub flags: Vec<Flag>,
}

/// A flag about variables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Flag {
    /// `-var NAME=VALUE`
    Var(String),
    /// `-var-file PATH`
    File(PathBuf),
}

/// A value before it is converted to the type of its variable.
struct Found {
    value: Raw,
    origin: Origin,
}

enum Raw {
    Value(Value),
    /// A text whose meaning depends on the variable.
    Text(String),
}

enum Origin {
    Environment,
    Flag,
    /// The file's name; and the place in it, if it is in native syntax.
    File(String, Option<Span>),
}

/// The values of all variables of the root module in `dir`, converted and marked; where a variable
/// has no value, or a wrong one, an unknown of its type. Texts of files that were read go to
/// `sources`.
pub fn variables(
    root: &Module,
    dir: &Path,
    given: &Given,
    files: &dyn Files,
    sources: &mut BTreeMap<Arc<str>, Arc<str>>,
) -> (BTreeMap<Arc<str>, Value>, Diagnostics) {
    let mut reader = Reader { files, sources, found: BTreeMap::new(), problems: Vec::new() };
    reader.environment(given);
    reader.automatic(dir);
    reader.flags(given);
    let Reader { mut found, mut problems, .. } = reader;
    let mut values = BTreeMap::new();
    for (name, variable) in &root.variables {
        let value = match found.remove(&**name) {
            Some(it) => suited(variable, it, sources, &mut problems),
            None => default(variable, &mut problems),
        };
        let marks = Marks { sensitive: variable.sensitive, ephemeral: variable.ephemeral };
        let value = value.unwrap_or_else(|| Value::unknown(variable.ty.clone()));
        values.insert(name.clone(), value.mark(marks));
    }
    undeclared(root, &found, &mut problems);
    (values, problems)
}

struct Reader<'a> {
    files: &'a dyn Files,
    sources: &'a mut BTreeMap<Arc<str>, Arc<str>>,
    found: BTreeMap<String, Found>,
    problems: Diagnostics,
}

impl Reader<'_> {
    fn environment(&mut self, given: &Given) {
        for (name, value) in &given.environment {
            if let Some(name) = name.strip_prefix("TF_VAR_") {
                let value = Raw::Text(value.clone());
                self.found.insert(name.to_owned(), Found { value, origin: Origin::Environment });
            }
        }
    }

    /// The files that are read without being named.
    fn automatic(&mut self, dir: &Path) {
        let mut names = self.files.list(dir).unwrap_or_default();
        names.sort();
        let is_auto =
            |it: &&String| it.ends_with(".auto.tfvars") || it.ends_with(".auto.tfvars.json");
        let fixed = ["terraform.tfvars".to_owned(), "terraform.tfvars.json".to_owned()];
        let fixed = fixed.iter().filter(|it| names.contains(it));
        for name in fixed.chain(names.iter().filter(is_auto)) {
            self.file(&crate::source::clean(&dir.join(name)));
        }
    }

    fn flags(&mut self, given: &Given) {
        for flag in &given.flags {
            match flag {
                Flag::Var(text) => self.flag(text),
                Flag::File(path) => self.file(path),
            }
        }
    }

    fn flag(&mut self, text: &str) {
        let refuse = |detail: String| Diagnostic::error("Invalid -var option", detail);
        let Some((name, value)) = text.split_once('=') else {
            self.problems.push(refuse(format!(
                "The given -var option {text:?} is not correctly specified. Must be a variable name \
                 and value separated by an equals sign, like -var=\"key=value\"."
            )));
            return;
        };
        if name.ends_with(' ') {
            self.problems.push(refuse(format!(
                "Variable name {name:?} is invalid due to trailing space. Did you mean \
                 -var=\"{}={}\"?",
                name.trim_end(),
                value.trim_start()
            )));
            return;
        }
        let value = Raw::Text(value.to_owned());
        self.found.insert(name.to_owned(), Found { value, origin: Origin::Flag });
    }

    fn file(&mut self, path: &Path) {
        let shown = path.to_string_lossy();
        let text = match self.files.read(path) {
            Ok(text) => text,
            Err(error) => {
                let detail = match error.kind() {
                    std::io::ErrorKind::NotFound => {
                        format!("Given variables file {shown} does not exist.")
                    }
                    _ => format!("Error while reading {shown}: {error}."),
                };
                self.problems.push(Diagnostic::error("Failed to read variables file", detail));
                return;
            }
        };
        match shown.ends_with(".json") {
            true => self.json(&shown, &text),
            false => self.native(&shown, &text),
        }
    }

    fn native(&mut self, shown: &str, text: &str) {
        let file: Arc<str> = shown.into();
        let (body, problems) = parse::body(&file, text);
        self.sources.insert(file, text.into());
        self.problems.extend(problems);
        refuse_blocks(&body, shown, &mut self.problems);
        for it in body.attributes {
            let Some(value) = constant::value(&it.expr, &mut self.problems) else { continue };
            let origin = Origin::File(shown.to_owned(), Some(it.expr.span));
            let found = Found { value: Raw::Value(value), origin };
            self.found.insert(it.name.name.to_string(), found);
        }
    }

    /// In a JSON file of values a text is just that: nothing in it is evaluated.
    fn json(&mut self, shown: &str, text: &str) {
        let entries = match serde_json::from_str::<serde_json::Value>(text) {
            Ok(serde_json::Value::Object(entries)) => entries,
            Ok(_) => {
                let detail = format!(
                    "The root of a JSON-based variables file must be an object. The one of {shown} \
                     is not."
                );
                self.problems.push(Diagnostic::error("Invalid JSON variables file", detail));
                return;
            }
            Err(error) => {
                let detail = format!("The file {shown} is not JSON: {error}.");
                self.problems.push(Diagnostic::error("Invalid JSON variables file", detail));
                return;
            }
        };
        for (name, value) in entries {
            if name == "//" {
                continue;
            }
            let origin = Origin::File(shown.to_owned(), None);
            let value = Raw::Value(model::from_json(&value));
            self.found.insert(name, Found { value, origin });
        }
    }
}

fn refuse_blocks(body: &Body, shown: &str, problems: &mut Diagnostics) {
    for it in &body.blocks {
        let problem = match (&*it.kind.name, &it.labels[..]) {
            ("variable", [label]) => {
                let name = &label.name;
                Diagnostic::error(
                    "Variable declaration in .tfvars file",
                    format!(
                        "A .tfvars file is used to assign values to variables that have already \
                         been declared in .tf files, not to declare new variables. To declare \
                         variable {name:?}, place this block in one of your .tf files, such as \
                         variables.tf.\n\nTo set a value for this variable in {shown}, use the \
                         definition syntax instead:\n    {name} = <value>"
                    ),
                )
            }
            (kind, _) => Diagnostic::error(
                format!("Unexpected {kind:?} block"),
                "Blocks are not allowed here.",
            ),
        };
        problems.push(problem.at(&it.span));
    }
}

fn default(variable: &Variable, problems: &mut Diagnostics) -> Option<Value> {
    if let Some(value) = &variable.default {
        return Some(value.clone());
    }
    let detail = format!(
        "The root module input variable {:?} is not set, and has no default value. Use a -var or \
         -var-file command line argument to provide a value for this variable.",
        variable.name.name
    );
    problems.push(Diagnostic::error("No value for required variable", detail).at(&variable.span));
    None
}

/// A value as one of the variable's type. None if it is not; that is reported.
fn suited(
    variable: &Variable,
    found: Found,
    sources: &mut BTreeMap<Arc<str>, Arc<str>>,
    problems: &mut Diagnostics,
) -> Option<Value> {
    let value = match found.value {
        Raw::Value(value) => value,
        Raw::Text(text) if variable.literal => text.into(),
        Raw::Text(text) => expression(variable, &text, sources, problems)?,
    };
    match convert_to(variable, &value) {
        Ok(value) => Some(value),
        Err(why) => {
            problems.push(unsuitable(variable, &found.origin, &why));
            None
        }
    }
}

/// A value as one of the variable's type, as a module's caller or a file gave it: defaults of
/// optional attributes filled in, null replaced by the default where null is not allowed.
///
/// # Errors
///
/// Why it is none, in words.
pub fn convert_to(variable: &Variable, value: &Value) -> Result<Value, String> {
    let value = match (&variable.default, value.is_null() && !variable.nullable) {
        (_, false) => value,
        (Some(default), true) => default,
        (None, true) => return Err("required variable may not be set to null".to_owned()),
    };
    let filled = match &variable.ty_defaults {
        Some(defaults) if !value.is_null() => apply_defaults(value, defaults),
        _ => value.clone(),
    };
    convert(&filled, &variable.ty).map_err(|error| error.to_string())
}

fn expression(
    variable: &Variable,
    text: &str,
    sources: &mut BTreeMap<Arc<str>, Arc<str>>,
    problems: &mut Diagnostics,
) -> Option<Value> {
    let file: Arc<str> = format!("<value for var.{}>", variable.name.name).into();
    // Messages quote what is in `sources`.
    if !variable.sensitive {
        sources.insert(file.clone(), text.into());
    }
    match parse::expression(&file, text) {
        Ok(expr) => constant::value(&expr, problems),
        Err(found) => {
            problems.extend(found);
            None
        }
    }
}

fn unsuitable(variable: &Variable, origin: &Origin, why: &str) -> Diagnostic {
    let (name, declared) = (&variable.name.name, &variable.span);
    let (detail, span) = match origin {
        Origin::Environment => (
            format!(
                "Unsuitable value for var.{name} set using the TF_VAR_{name} environment variable: \
                 {why}."
            ),
            None,
        ),
        Origin::Flag => {
            (format!("Unsuitable value for var.{name} set using -var=\"{name}=...\": {why}."), None)
        }
        Origin::File(_, Some(span)) => (
            format!(
                "The given value is not suitable for var.{name} declared at {declared}: {why}."
            ),
            Some(span),
        ),
        Origin::File(file, None) => (
            format!(
                "The value that {file} gives is not suitable for var.{name} declared at \
                 {declared}: {why}."
            ),
            None,
        ),
    };
    let problem = Diagnostic::error("Invalid value for input variable", detail);
    // Messages quote the line.
    problem.at(span.filter(|_| !variable.sensitive).unwrap_or(declared))
}

/// Values that no variable takes: errors on the command line, warnings in files, nothing in the
/// environment, which may be meant for other configurations too.
fn undeclared(root: &Module, rest: &BTreeMap<String, Found>, problems: &mut Diagnostics) {
    let mut n_in_files = 0;
    for (name, found) in rest {
        let names = root.variables.keys().map(|it| &**it);
        let mut problem = match &found.origin {
            Origin::Environment => continue,
            Origin::Flag => Diagnostic::error(
                "Value for undeclared variable",
                format!(
                    "A variable named {name:?} was assigned on the command line, but the root \
                     module does not declare a variable of that name. To use this value, add a \
                     \"variable\" block to the configuration."
                ),
            ),
            Origin::File(file, span) => {
                n_in_files += 1;
                if n_in_files > 2 {
                    continue;
                }
                let detail = format!(
                    "The root module does not declare a variable named {name:?} but a value was \
                     found in file {file:?}. If you meant to use this value, add a \"variable\" \
                     block to the configuration.\n\nTo silence these warnings, use TF_VAR_... \
                     environment variables to provide certain \"global\" settings to all \
                     configurations in your organization."
                );
                let problem = Diagnostic::warning("Value for undeclared variable", detail);
                Diagnostic { span: span.clone(), ..problem }
            }
        };
        problem.hint = suggest::hint(name, names);
        problems.push(problem);
    }
    if n_in_files > 2 {
        let detail = format!(
            "In addition to the other similar warnings shown, {} other variable(s) defined without \
             being declared.",
            n_in_files - 2
        );
        problems.push(Diagnostic::warning("Values for undeclared variables", detail));
    }
}

#[cfg(test)]
mod tests;
