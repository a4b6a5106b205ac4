//! What a test file's expressions can name: variables, outputs of earlier runs, and in assertions all
//! that the module itself can name.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use model::{Diagnostic, Diagnostics, Map, Marks, Value};
use stacks::load::{Disk, Suite, TestRun};
use stacks::stack::Module;
use stacks::syntax::tree::{Attribute, Ident, Step};
use stacks::variables::{convert_to, variables as read};
use stacks::{Scope, Stack, evaluate};

use super::Bench;
use crate::report::Sources;

/// The names of a test file, before those of a module.
pub struct Names<'a> {
    pub module: Option<&'a dyn Scope>,
    pub variables: &'a BTreeMap<Arc<str>, Value>,
    pub runs: &'a BTreeMap<Arc<str>, Value>,
    /// Outputs of the module under test, as `output`.
    pub outputs: Option<&'a Map>,
}

impl Scope for Names<'_> {
    fn resolve(&self, root: &Ident, steps: &[Step]) -> Result<(Value, usize), Diagnostics> {
        let first = steps.iter().find_map(|it| match it {
            Step::Attr(it) => Some(it),
            Step::Index(..) => None,
        });
        let known = match (&*root.name, first) {
            ("var", Some(name)) => self.variables.get(&name.name),
            ("run", Some(name)) => match self.runs.get(&name.name) {
                Some(it) => Some(it),
                None => return Err(vec![no_run(name, self.runs)]),
            },
            ("output", Some(name)) => self.outputs.and_then(|it| it.get(&name.name)),
            _ => None,
        };
        if let Some(value) = known {
            return Ok((value.clone(), 1));
        }
        if let Some(module) = self.module {
            return module.resolve(root, steps);
        }
        let name = first.map(|it| format!(".{}", it.name)).unwrap_or_default();
        let detail = format!(
            "{}{name} is not known here: `var` has the values of variables, and `run` the outputs of \
             the runs before.",
            root.name
        );
        Err(vec![Diagnostic::error("Reference to unavailable value", detail).at(&root.span)])
    }

    fn base_dir(&self) -> &Path {
        self.module.map_or(Path::new("."), |it| it.base_dir())
    }

    fn is_planning(&self) -> bool {
        self.module.is_some_and(|it| it.is_planning())
    }

    fn plan_time(&self) -> Option<std::time::SystemTime> {
        self.module.and_then(|it| it.plan_time())
    }
}

fn no_run(name: &Ident, runs: &BTreeMap<Arc<str>, Value>) -> Diagnostic {
    let detail = format!(
        "There is no run block named {:?} that has been executed by now. A run can name those that \
         stand before it in the file.",
        name.name
    );
    let problem = Diagnostic::error("Reference to unavailable run block", detail).at(&name.span);
    let near = stacks::suggest::hint(&name.name, runs.keys().map(|it| &**it));
    Diagnostic { hint: near, ..problem }
}

/// The variables of a run.
pub struct Found {
    /// Of the module, each in its type.
    pub values: BTreeMap<String, Value>,
    /// Whatever the run's expressions see as `var`.
    pub seen: BTreeMap<Arc<str>, Value>,
    pub warnings: Diagnostics,
}

/// The values of a run's variables: its own before those of the file, those before what was given on
/// the command line, in files and in the environment, and defaults last.
pub fn variables(
    bench: &Bench<'_>,
    suite: &Suite,
    run: &TestRun,
    stack: &Stack,
    runs: &BTreeMap<Arc<str>, Value>,
    sources: &mut Sources,
) -> Result<Found, Diagnostics> {
    let mut seen = given(bench, &bench.root.root, sources)?;
    seen.extend(given(bench, &stack.root, sources)?);
    let mut outer = seen.clone();
    for it in bench.root.root.variables.values() {
        if let (None, Some(default)) = (outer.get(&it.name.name), &it.default) {
            outer.insert(it.name.name.clone(), default.clone());
        }
    }
    // A value of the file that this run does not need may name a run that comes later.
    let needed = |it: &&Attribute| stack.root.variables.contains_key(&it.name.name);
    let mut problems = Diagnostics::new();
    let mut of_file = BTreeMap::new();
    for it in &suite.variables {
        let scope = Names { module: None, variables: &outer, runs, outputs: None };
        match evaluate(&it.expr, &scope) {
            Ok(value) => drop(of_file.insert(it.name.name.clone(), value)),
            Err(found) if needed(&it) => problems.extend(found),
            Err(_) => (),
        }
    }
    outer.extend(of_file.clone());
    seen.extend(of_file);
    let mut warnings = Diagnostics::new();
    for it in &run.variables {
        let scope = Names { module: None, variables: &outer, runs, outputs: None };
        match evaluate(&it.expr, &scope) {
            Ok(value) if !value.is_wholly_known() => problems.push(unknown(it)),
            Ok(value) => drop(seen.insert(it.name.name.clone(), value)),
            Err(found) => problems.extend(found),
        }
        if !needed(&it) {
            warnings.push(undeclared(it, &stack.root));
        }
    }
    let places = suite.variables.iter().chain(&run.variables);
    let places: BTreeMap<&str, &Attribute> = places.map(|it| (&*it.name.name, it)).collect();
    let mut values = BTreeMap::new();
    for it in stack.root.variables.values() {
        let name = &it.name.name;
        let value = seen.get(name).cloned().or_else(|| it.default.clone());
        let Some(value) = value else {
            let detail = format!(
                "The module under test for run block {:?} has a required variable {name:?} with no \
                 set value. Use a -var or -var-file command line argument or add this variable into \
                 a \"variables\" block within the test file or run block.",
                run.name
            );
            let problem = Diagnostic::error("No value for required variable", detail);
            problems.push(problem.at(&it.span));
            continue;
        };
        match convert_to(it, &value) {
            Ok(value) => {
                let marks = Marks { sensitive: it.sensitive, ephemeral: it.ephemeral };
                let value = value.mark(marks);
                seen.insert(name.clone(), value.clone());
                values.insert(name.to_string(), value);
            }
            Err(why) => {
                let detail = format!(
                    "The given value is not suitable for var.{name} declared at {}: {why}.",
                    it.span
                );
                let span = places.get(&**name).map_or(&it.span, |it| &it.expr.span);
                let summary = "Invalid value for input variable";
                problems.push(Diagnostic::error(summary, detail).at(span));
            }
        }
    }
    match problems.iter().any(Diagnostic::is_error) {
        true => Err(problems),
        false => Ok(Found { values, seen, warnings }),
    }
}

/// Values from outside of the test file, of those variables that have one.
fn given(
    bench: &Bench<'_>,
    module: &Module,
    sources: &mut Sources,
) -> Result<BTreeMap<Arc<str>, Value>, Diagnostics> {
    let mut bare = module.clone();
    for it in bare.variables.values_mut() {
        it.default = None;
    }
    let (mut values, mut problems) = read(&bare, Path::new("."), &bench.given, &Disk, sources);
    // What is not given here may be given by the test, and what is given here may be for others.
    problems.retain(|it| {
        it.is_error()
            && it.summary != "No value for required variable"
            && it.summary != "Value for undeclared variable"
    });
    values.retain(|_, it| it.is_known());
    if problems.is_empty() { Ok(values) } else { Err(problems) }
}

fn unknown(it: &Attribute) -> Diagnostic {
    let detail = format!(
        "The value of {:?} is not known: it is an output of a run that was only planned. Apply that run, \
         or override the value during its plan.",
        it.name.name
    );
    Diagnostic::error("Reference to unknown value", detail).at(&it.expr.span)
}

fn undeclared(it: &Attribute, module: &Module) -> Diagnostic {
    let name = &it.name.name;
    let detail = format!(
        "The module under test does not declare a variable named {name:?}, but it is declared in run \
         block."
    );
    let problem = Diagnostic::warning("Value for undeclared variable", detail).at(&it.name.span);
    let near = stacks::suggest::hint(name, module.variables.keys().map(|it| &**it));
    Diagnostic { hint: near, ..problem }
}
