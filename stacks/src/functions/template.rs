//! `templatefile`: a file of the configuration as a template.

use std::cell::RefCell;
use std::path::Path;
use std::sync::Arc;

use model::{Diagnostic, Diagnostics, Map, Span, Type, Value};

use super::args::{is_identifier, quote, text};
use super::{Failure, Function, Param, Returns, Site, Takes, filesystem};
use crate::convert::convert;
use crate::eval::{Scope, evaluate, render};
use crate::syntax::parse;
use crate::syntax::tree::{Ident, Part, Step};

pub(super) const FUNCTIONS: &[Function] = &[Function::new(
    "templatefile",
    "A file as a template, with the given variables.",
    &[Param::string("path"), Param::any("vars")],
    Returns::Known(Takes::Any),
    template_file,
)];

fn template_file(args: &[Value], site: &Site<'_>) -> Result<Value, Failure> {
    if site.scope.template_depth() > 0 {
        let message = "cannot recursively call templatefile from inside another template function";
        return Err(Failure::new(message));
    }
    let source = filesystem::file(&args[0], site)?;
    let file: Arc<str> = text(&args[0]).into();
    let parts = parse::template(&file, &source).map_err(|it| Failure::new(listed(&it)))?;
    let Some(entries) = args[1].entries() else {
        return Err(Failure::argument(1, "invalid vars value: must be a map"));
    };
    if let Some(name) = entries.keys().find(|it| !is_identifier(it)) {
        return Err(Failure::argument(
            1,
            format!(
                "invalid template variable name {}: must start with a letter, followed by zero or \
                 more letters, digits, and underscores",
                quote(name)
            ),
        ));
    }
    let scope = Variables { outer: site.scope, given: &args[1], missing: RefCell::default() };
    let rendered = rendered(&parts, &scope);
    if let Some((name, span)) = scope.missing.into_inner() {
        let (name, place) = (quote(&name), place(&span));
        let message = format!("vars map does not contain key {name}, referenced at {place}");
        return Err(Failure::argument(1, message));
    }
    rendered.map_err(|it| Failure::new(listed(&it)))
}

/// The text that a template gives with these variables, outside of any configuration.
///
/// # Errors
///
/// What is wrong with it, in words.
pub fn render_template(source: &str, variables: &Map) -> Result<String, String> {
    let parts = parse::template(&"template".into(), source).map_err(|it| listed(&it))?;
    let given = Value::object(variables.clone());
    let scope = Variables { outer: &Nowhere, given: &given, missing: RefCell::default() };
    let value = rendered(&parts, &scope).map_err(|it| listed(&it))?;
    let value = convert(&value, &Type::String).map_err(|it| it.message)?;
    Ok(value.as_str().unwrap_or_default().to_owned())
}

/// What is around a template that is in no configuration.
struct Nowhere;

impl Scope for Nowhere {
    fn resolve(&self, root: &Ident, _: &[Step]) -> Result<(Value, usize), Diagnostics> {
        let detail = format!("There is no template variable {}.", quote(&root.name));
        Err(vec![Diagnostic::error("Unknown variable", detail).at(&root.span)])
    }

    fn base_dir(&self) -> &Path {
        Path::new(".")
    }
}

/// A template of one interpolation and nothing else has the value of that, whatever its type.
fn rendered(parts: &[Part], scope: &dyn Scope) -> Result<Value, Diagnostics> {
    let [Part::Interpolation(expr)] = parts else { return render(parts, scope) };
    let value = evaluate(expr, scope)?;
    if value.is_null() {
        let problem = Diagnostic::error(
            "Template result is null",
            "The result of the template is null, which is not a valid result for a templatestring \
             call.",
        );
        return Err(vec![problem.at(&whole(&expr.span))]);
    }
    Ok(value)
}

/// The span of an interpolation, of which only the expression's is known, with its braces.
fn whole(expr: &Span) -> Span {
    let mut span = expr.clone();
    span.start.column = span.start.column.saturating_sub(2);
    span.end.column += 1;
    span
}

/// The variables of a template and nothing else.
struct Variables<'a> {
    outer: &'a dyn Scope,
    given: &'a Value,
    /// The first variable that is used but not given.
    missing: RefCell<Option<(Arc<str>, Span)>>,
}

impl Scope for Variables<'_> {
    fn resolve(&self, root: &Ident, _: &[Step]) -> Result<(Value, usize), Diagnostics> {
        if let Some(value) = self.given.get(&root.name) {
            return Ok((value.clone(), 0));
        }
        self.missing.borrow_mut().get_or_insert((root.name.clone(), root.span.clone()));
        let detail = format!("There is no template variable {}.", quote(&root.name));
        Err(vec![Diagnostic::error("Unknown variable", detail).at(&root.span)])
    }

    fn base_dir(&self) -> &Path {
        self.outer.base_dir()
    }

    fn template_depth(&self) -> usize {
        self.outer.template_depth() + 1
    }

    fn is_planning(&self) -> bool {
        self.outer.is_planning()
    }

    fn plan_time(&self) -> Option<std::time::SystemTime> {
        self.outer.plan_time()
    }
}

/// Several problems as one message: the first, and how many more there are.
pub(super) fn listed(problems: &[Diagnostic]) -> String {
    let mut errors = problems.iter().filter(|it| it.is_error());
    let Some(first) = errors.next() else { return String::new() };
    let place = first.span.as_ref().map_or(String::new(), |it| format!("{}: ", place(it)));
    let message = format!("{place}{}; {}", first.summary, first.detail);
    match errors.count() {
        0 => message,
        more => format!("{message}, and {more} other diagnostic(s)"),
    }
}

/// A span as Terraform writes it inside of a message.
fn place(span: &Span) -> String {
    let Span { file, start, end } = span;
    if start.line == end.line {
        return format!("{file}:{},{}-{}", start.line, start.column, end.column);
    }
    format!("{file}:{},{}-{},{}", start.line, start.column, end.line, end.column)
}
