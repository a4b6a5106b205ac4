//! What must be true after a run: its assertions, and the failures that it expects.

use std::collections::BTreeSet;

use engine::modules;
use model::{Diagnostic, Diagnostics, Kind, Mode, Span, Value};
use stacks::load::TestRun;
use stacks::stack::{Rule, Stack};
use stacks::syntax::tree::Traversal;
use stacks::{Scope, evaluate};

use super::Status;

pub const ASSERTION_FAILED: &str = "Test assertion failed";

/// The assertions of a run that do not hold.
pub fn assertions(run: &TestRun, scope: &dyn Scope) -> (Status, Diagnostics) {
    let (mut status, mut problems) = (Status::Pass, Diagnostics::new());
    for it in &run.asserts {
        match verdict(it, scope) {
            Ok(Some(true)) => (),
            Ok(Some(false)) => {
                status = status.max(Status::Fail);
                let text = message(it, scope);
                let problem = Diagnostic::error(ASSERTION_FAILED, text).at(&it.condition.span);
                problems.push(stacks::eval::explain(problem, &it.condition, scope));
            }
            Ok(None) => {
                status = Status::Error;
                problems.push(not_known(run, it));
            }
            Err(found) => {
                status = Status::Error;
                problems.extend(found);
            }
        }
    }
    (status, problems)
}

/// Whether a rule holds. None if it is not known.
fn verdict(rule: &Rule, scope: &dyn Scope) -> Result<Option<bool>, Diagnostics> {
    let value = evaluate(&rule.condition, scope)?;
    let value = stacks::convert::convert(&value, &model::Type::Bool).map_err(|error| {
        let detail = format!("Invalid condition result value: {error}.");
        vec![Diagnostic::error("Invalid condition result", detail).at(&rule.condition.span)]
    })?;
    if value.is_null() {
        let detail = "Condition expression must return either true or false, not null.";
        let problem = Diagnostic::error("Invalid condition result", detail);
        return Err(vec![problem.at(&rule.condition.span)]);
    }
    Ok(value.as_bool())
}

fn message(rule: &Rule, scope: &dyn Scope) -> String {
    match evaluate(&rule.error_message, scope) {
        Ok(it) if it.marks_deep().sensitive => {
            "The error message has sensitive values in it, so it is not shown.".to_owned()
        }
        Ok(Value { kind: Kind::String(text), .. }) => text.to_string(),
        Ok(_) => "The error message is not known yet.".to_owned(),
        Err(_) => "The error message could not be evaluated.".to_owned(),
    }
}

fn not_known(run: &TestRun, rule: &Rule) -> Diagnostic {
    let detail = match run.is_plan {
        true => {
            "Condition expression could not be evaluated at this time. This means you have executed a \
             `run` block with `command = plan` and one of the values your condition depended on is not \
             known until after the plan has been applied. Either remove this value from your condition, \
             or execute an `apply` command from this `run` block. Alternatively, if there is an override \
             for this value, you can make it available during the plan phase by setting `override_during \
             = plan` in the `override_` block."
        }
        false => "The condition depends on a value that is not known after the apply either.",
    };
    Diagnostic::error("Unknown condition value", detail).at(&rule.condition.span)
}

/// Failures that a run expects, and which of them have come.
pub struct Expected {
    /// What can fail: its address, and where its conditions stand.
    checkable: Vec<(String, Vec<Span>)>,
    wanted: Vec<Traversal>,
    /// Addresses of what has failed.
    failed: BTreeSet<String>,
    /// Those whose failure was expected.
    taken: Diagnostics,
}

impl Expected {
    pub fn new(stack: &Stack, run: &TestRun) -> Expected {
        let checkable = modules(stack).into_iter().flat_map(|(path, module)| {
            let prefix: String = path.iter().map(|it| format!("module.{it}.")).collect();
            checkable(&prefix, &module)
        });
        Expected {
            checkable: checkable.collect(),
            wanted: run.expect_failures.clone(),
            failed: BTreeSet::new(),
            taken: Vec::new(),
        }
    }

    /// The problems that are no expected failures. A `check` block that fails is an error here.
    pub fn take(&mut self, problems: Diagnostics) -> Diagnostics {
        let mut others = Diagnostics::new();
        for mut it in problems {
            let Some(owner) = self.owner(&it) else {
                others.push(it);
                continue;
            };
            let is_wanted =
                self.wanted.iter().any(|wanted| bare(&wanted.to_string()) == owner.as_str());
            if is_wanted {
                self.failed.insert(owner);
                self.taken.push(it);
            } else {
                it.severity = model::Severity::Error;
                others.push(it);
            }
        }
        others
    }

    /// The problems of a plan that is going to be applied: the apply looks at checks once more.
    pub fn take_before_apply(&mut self, mut problems: Diagnostics) -> Diagnostics {
        problems.retain(|it| it.is_error() || self.owner(it).is_none());
        self.take(problems)
    }

    /// Whose condition a problem is about.
    fn owner(&self, it: &Diagnostic) -> Option<String> {
        let span = it.span.as_ref()?;
        let found = self.checkable.iter().find(|(_, spans)| spans.contains(span));
        found.map(|it| it.0.clone())
    }

    /// For a run that wants to apply and whose plan has failed as expected: that is too early.
    pub fn too_early(&mut self) -> Diagnostics {
        let taken = std::mem::take(&mut self.taken);
        let mut problems = Diagnostics::new();
        for it in taken.into_iter().filter(Diagnostic::is_error) {
            let names: Vec<&str> = self.failed.iter().map(String::as_str).collect();
            let detail = format!(
                "A custom condition within {} failed during the planning stage and prevented the \
                 requested apply operation. While this was an expected failure, the apply operation \
                 could not be executed and so the overall test case will be marked as a failure and the \
                 original diagnostic included in the test report.",
                names.join(", ")
            );
            let problem = Diagnostic::error("Expected failure while planning", detail);
            problems.push(Diagnostic { span: it.span.clone(), ..problem });
            problems.push(it);
        }
        problems
    }

    /// Expected failures that have not come.
    pub fn missing(&self, run: &TestRun) -> Diagnostics {
        let missing = |it: &&Traversal| !self.failed.contains(bare(&it.to_string()));
        let problem = |it: &Traversal| {
            let detail =
                format!("The checkable object, {it}, was expected to report an error but did not.");
            Diagnostic::error("Missing expected failure", detail).at(&it.span)
        };
        run.expect_failures.iter().filter(missing).map(problem).collect()
    }
}

/// An address without the key of an instance: conditions stand in blocks.
fn bare(address: &str) -> &str {
    match address.ends_with(']') {
        true => address.rsplit_once('[').map_or(address, |it| it.0),
        false => address,
    }
}

fn checkable(prefix: &str, module: &stacks::stack::Module) -> Vec<(String, Vec<Span>)> {
    let spans =
        |rules: &[Rule]| rules.iter().map(|it| it.condition.span.clone()).collect::<Vec<_>>();
    let mut found = Vec::new();
    for (name, it) in &module.variables {
        found.push((format!("{prefix}var.{name}"), spans(&it.validations)));
    }
    for (name, it) in &module.outputs {
        found.push((format!("{prefix}output.{name}"), spans(&it.preconditions)));
    }
    for ((mode, ty, name), it) in &module.resources {
        let data = if *mode == Mode::Data { "data." } else { "" };
        let mut all = spans(&it.lifecycle.preconditions);
        all.extend(spans(&it.lifecycle.postconditions));
        found.push((format!("{prefix}{data}{ty}.{name}"), all));
    }
    for it in &module.checks {
        let mut all = spans(&it.asserts);
        all.extend(it.data.iter().map(|it| it.span.clone()));
        found.push((format!("{prefix}check.{}", it.name.name), all));
    }
    found
}
