//! What is tried with one type: made, changed, deleted behind our back, imported, destroyed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt};
use model::{Host, Map, Registry};
use resources::Builtin;
use serde_json::Value as Json;

use crate::support::{Cloud, Ran, Stack};
use crate::types::case::{Case, Change, Kind};

/// No command of a case takes this long unless something is wrong.
const LIMIT: Duration = Duration::from_secs(100);
const STATE: &str = "terraform.tfstate";

/// Types of whose objects each has something that no other can have.
const UNIQUE: &[&str] = &[
    "aws_alb",
    "aws_alb_listener",
    "aws_alb_target_group",
    "aws_autoscaling_group",
    "aws_cloudfront_origin_access_control",
    "aws_cloudwatch_log_group",
    "aws_ecr_pull_through_cache_rule",
    "aws_ecr_repository",
    "aws_ecs_capacity_provider",
    "aws_ecs_cluster",
    "aws_ecs_service",
    "aws_iam_group",
    "aws_iam_instance_profile",
    "aws_iam_openid_connect_provider",
    "aws_iam_policy",
    "aws_iam_role",
    "aws_iam_service_linked_role",
    "aws_iam_user",
    "aws_key_pair",
    "aws_kms_alias",
    "aws_launch_configuration",
    "aws_launch_template",
    "aws_lb",
    "aws_lb_listener",
    "aws_lb_listener_rule",
    "aws_lb_target_group",
    "aws_route",
    "aws_route53_record",
    "aws_s3_bucket",
    "aws_secretsmanager_secret",
    "aws_security_group",
    "aws_service_discovery_http_namespace",
    "aws_sns_topic",
    "aws_sqs_queue",
    "aws_ssm_parameter",
];

/// What went otherwise than the case says.
#[derive(Debug)]
pub struct Failure {
    pub line: usize,
    pub step: String,
    pub expected: String,
    pub actual: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let actual = self.actual.replace('\n', "\n              ");
        write!(f, "{}\n    expected: {}\n    actual:   {actual}", self.step, self.expected)
    }
}

/// The case cannot go on: what is wrong is in the failures.
struct Stop;

/// A change that a plan shows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Planned {
    address: String,
    action: String,
    attributes: BTreeSet<String>,
    forced_by: BTreeSet<String>,
}

struct Trial<'a> {
    case: &'a Case,
    cloud: &'a Cloud,
    stack: Stack,
    imports: bool,
    address: String,
    failures: Vec<Failure>,
    /// Attributes that were found to differ though nobody changed them, by address.
    restless: BTreeMap<String, BTreeSet<String>>,
}

/// Tries a case. `imports` says whether there is a command that imports.
pub fn run(case: &Case, cloud: &Cloud, imports: bool) -> Vec<Failure> {
    let mut trial = Trial {
        case,
        cloud,
        stack: Stack::new(&[("main.tf", &case.text)]),
        imports,
        address: format!("{}.it", case.ty),
        failures: Vec::new(),
        restless: BTreeMap::new(),
    };
    if trial.all().is_err() {
        // What a failed case leaves must not disturb the others.
        trial.command(&["destroy", "-auto-approve", "-json"]);
    }
    trial.failures
}

impl Trial<'_> {
    fn all(&mut self) -> Result<(), Stop> {
        let case = self.case;
        self.succeeds("apply", case.line, &["apply", "-auto-approve", "-json"])?;
        self.is_settled("plan after apply", case.line)?;
        for it in &case.changes {
            self.change(it)?;
        }
        self.import()?;
        self.disappear()?;
        self.destroy()
    }

    /// One change of a line.
    fn change(&mut self, it: &Change) -> Result<(), Stop> {
        let before = (self.stack.read("main.tf"), self.stack.read(STATE));
        self.stack.write("main.tf", &it.text);
        let (action, forces) = match it.kind {
            Kind::Update | Kind::Unseen => ("update", false),
            Kind::Replace => ("replace", true),
        };
        let step = format!("{action} of {}", join(&it.attributes));
        let ran = self.command(&["apply", "-auto-approve", "-json"]);
        let mut found = self.without_restless(planned(&ran));
        let fits = |own: &Planned| {
            let tags_all = own.attributes.contains("tags_all") && it.attributes.contains("tags");
            let mut attributes = it.attributes.clone();
            attributes.extend(tags_all.then(|| "tags_all".to_owned()));
            own.action == action
                && own.attributes == attributes
                && own.forced_by.is_empty() != forces
        };
        let own = found.iter().position(|it| it.address == self.address).map(|it| found.remove(it));
        if forces {
            // What depends on it may change with it.
            found.clear();
        }
        if !(found.is_empty() && own.as_ref().is_some_and(fits)) {
            let expected = format!("{action} {} ({})", self.address, join(&it.attributes));
            found.extend(own);
            self.fail(it.line, &step, expected, list(&found));
        }
        self.passed(it.line, &step, &ran)?;
        self.is_settled(&format!("plan after {step}"), it.line)?;
        match it.kind {
            Kind::Update => self.drift(it, before),
            Kind::Unseen | Kind::Replace => Ok(()),
        }
    }

    /// The same change, as if others had made it: the configuration and the state are those of before.
    fn drift(&mut self, it: &Change, before: (String, String)) -> Result<(), Stop> {
        let shown = |name: &&String| is_shown(&self.case.ty, name);
        let shown: BTreeSet<String> = it.attributes.iter().filter(shown).cloned().collect();
        if shown.is_empty() {
            return Ok(());
        }
        let now = (self.stack.read("main.tf"), self.stack.read(STATE));
        self.stack.write("main.tf", &before.0);
        self.stack.write(STATE, &before.1);
        let step = format!("plan after others have changed {}", join(&shown));
        let ran = self.command(&["plan", "-json"]);
        self.passed(it.line, &step, &ran)?;
        let found = self.without_restless(planned(&ran));
        let fits = |found: &Planned| {
            found.address == self.address
                && found.action == "update"
                && found.attributes.is_superset(&shown)
        };
        if !found.iter().any(fits) {
            let expected = format!("update {} ({})", self.address, join(&shown));
            self.fail(it.line, &step, expected, list(&found));
        }
        self.stack.write("main.tf", &now.0);
        self.stack.write(STATE, &now.1);
        Ok(())
    }

    /// A plan that must be empty. What differs though nobody changed it is told once.
    fn is_settled(&mut self, step: &str, line: usize) -> Result<(), Stop> {
        let ran = self.command(&["plan", "-json"]);
        self.passed(line, step, &ran)?;
        let found = self.without_restless(planned(&ran));
        if !found.is_empty() {
            self.fail(line, step, "no changes".to_owned(), self.in_words(&found));
            for it in found {
                self.restless.entry(it.address).or_default().extend(it.attributes);
            }
        }
        Ok(())
    }

    fn without_restless(&self, found: Vec<Planned>) -> Vec<Planned> {
        let less = |mut it: Planned| {
            let Some(restless) = self.restless.get(&it.address) else { return Some(it) };
            it.attributes.retain(|name| !restless.contains(name));
            (it.action != "update" || !it.attributes.is_empty()).then_some(it)
        };
        found.into_iter().filter_map(less).collect()
    }

    /// Takes it out of the state and brings it back by its id.
    fn import(&mut self) -> Result<(), Stop> {
        let Some(template) = self.case.import.as_ref().filter(|_| self.imports) else {
            return Ok(());
        };
        let line = self.case.line;
        let id = match filled(template, &self.attributes()) {
            Ok(id) => id,
            Err(actual) => {
                self.fail(line, "import", format!("an id of the form {template}"), actual);
                return Ok(());
            }
        };
        let before = self.stack.read(STATE);
        let address = self.address.clone();
        self.succeeds("state rm", line, &["state", "rm", &address])?;
        let id = self.claimed().unwrap_or(id);
        let step = format!("import of {id:?}");
        let ran = self.command(&["import", &address, &id]);
        if self.passed(line, &step, &ran).is_err() {
            self.stack.write(STATE, &before);
            return Ok(());
        }
        let ran = self.command(&["plan", "-json"]);
        self.passed(line, "plan after import", &ran)?;
        let mut found = self.without_restless(planned(&ran));
        found.retain(|it| {
            let ignored = it.attributes.is_subset(&self.case.import_ignores);
            !(it.address == address && it.action == "update" && ignored)
        });
        if !found.is_empty() {
            let expected = match self.case.import_ignores.is_empty() {
                true => "no changes".to_owned(),
                false => format!("at the most an update of {}", join(&self.case.import_ignores)),
            };
            let actual = self.in_words(&found);
            self.fail(line, &format!("plan after {step}"), expected, actual);
            self.stack.write(STATE, &before);
        }
        Ok(())
    }

    /// The id that a plan tells to import, since what is to be created is there already.
    fn claimed(&mut self) -> Option<String> {
        let ran = self.command(&["plan", "-json"]);
        let lines = ran.out.lines().filter_map(|it| serde_json::from_str::<Json>(it).ok());
        let mut told = lines.map(|it| it["diagnostic"].clone());
        let told =
            told.find(|it| it["summary"] == "It exists already" && it["address"] == *self.address);
        let named = !["name_prefix", "bucket_prefix"].iter().any(|it| self.case.text.contains(it));
        if told.is_none() && named && UNIQUE.contains(&self.case.ty.as_str()) {
            let expected = "the import block for what exists already".to_owned();
            self.fail(self.case.line, "plan without it", expected, problems(&ran));
        }
        let told = told?;
        let hint = told["hint"].as_str()?;
        let (_, id) = hint.split_once("id = ")?;
        serde_json::from_str(id.lines().next()?).ok()
    }

    /// Deletes it while the state goes on saying that it is there.
    fn disappear(&mut self) -> Result<(), Stop> {
        if !self.case.disappears {
            return Ok(());
        }
        let line = self.case.line;
        let before = self.stack.read(STATE);
        let target = format!("-target={}", self.address);
        let ran = self.command(&["destroy", "-auto-approve", "-json", &target]);
        self.passed(line, "destroy of it alone", &ran)?;
        let gone: BTreeSet<String> = planned(&ran).into_iter().map(|it| it.address).collect();
        self.stack.write(STATE, &before);
        let step = "plan after it was deleted behind our back";
        let ran = self.command(&["plan", "-json"]);
        self.passed(line, step, &ran)?;
        let found = self.without_restless(planned(&ran));
        let created = found.iter().filter(|it| it.action == "create");
        let created: BTreeSet<String> = created.map(|it| it.address.clone()).collect();
        if created != gone || found.len() != created.len() {
            self.fail(line, step, format!("create {}", join(&gone)), list(&found));
        }
        Ok(())
    }

    fn destroy(&mut self) -> Result<(), Stop> {
        let line = self.case.line;
        self.succeeds("destroy", line, &["destroy", "-auto-approve", "-json"])?;
        let left = self.state()["resources"].as_array().map_or(0, Vec::len);
        if left > 0 {
            let actual = format!("{left} resources in the state");
            self.fail(line, "destroy", "an empty state".to_owned(), actual);
        }
        Ok(())
    }

    fn command(&self, args: &[&str]) -> Ran {
        self.stack.run_within(LIMIT, self.cloud, args)
    }

    fn succeeds(&mut self, step: &str, line: usize, args: &[&str]) -> Result<(), Stop> {
        let ran = self.command(args);
        self.passed(line, step, &ran)
    }

    fn passed(&mut self, line: usize, step: &str, ran: &Ran) -> Result<(), Stop> {
        if ran.code == Some(0) {
            return Ok(());
        }
        self.fail(line, step, "success".to_owned(), problems(ran));
        Err(Stop)
    }

    fn fail(&mut self, line: usize, step: &str, expected: String, actual: String) {
        self.failures.push(Failure { line, step: step.to_owned(), expected, actual });
    }

    /// Changes as people read them, for what nobody expected.
    fn in_words(&self, found: &[Planned]) -> String {
        const LINES: usize = 16;
        let text = self.command(&["plan", "-no-color"]).out;
        let lines: Vec<&str> =
            text.lines().filter(|it| !it.trim().is_empty()).take(LINES).collect();
        format!("{}\n{}", list(found), lines.join("\n"))
    }

    fn state(&self) -> Json {
        serde_json::from_str(&self.stack.read(STATE)).unwrap_or_default()
    }

    /// What the state says of `it`.
    fn attributes(&self) -> BTreeMap<String, Json> {
        let state = self.state();
        let mut resources = state["resources"].as_array().into_iter().flatten();
        let own = resources.find(|it| {
            it["mode"] == "managed" && it["name"] == "it" && it["type"] == *self.case.ty
        });
        let attributes = own.and_then(|it| it["instances"][0]["attributes"].as_object());
        attributes.into_iter().flatten().map(|(name, it)| (name.clone(), it.clone())).collect()
    }
}

/// Whether AWS shows an attribute after it was sent. What is in the state alone nobody else changes.
fn is_shown(ty: &str, name: &str) -> bool {
    if !ty.starts_with("aws_") {
        return false;
    }
    let builtin = Builtin { host: &Nobody };
    let schema = builtin.resource_schema(ty).expect("a type that is built in");
    schema.attribute(name).is_none_or(|it| !it.unread)
}

/// A program that knows neither templates nor states: schemas need none.
struct Nobody;

impl Host for Nobody {
    fn render(&self, _template: &str, _variables: &Map) -> Result<String, String> {
        Err("there are no templates here".to_owned())
    }

    fn outputs<'a>(
        &'a self,
        _backend: &'a str,
        _workspace: &'a str,
        _config: &'a Map,
    ) -> BoxFuture<'a, Result<Option<Map>, String>> {
        async { Ok(None) }.boxed()
    }
}

/// The changes that a run has planned. That a data source is read changes nothing.
fn planned(ran: &Ran) -> Vec<Planned> {
    let lines = ran.out.lines().filter_map(|it| serde_json::from_str::<Json>(it).ok());
    let names = |it: &Json| {
        let names = it.as_array().into_iter().flatten().filter_map(Json::as_str);
        names.map(str::to_owned).collect()
    };
    let changes = lines.filter(|it| it["type"] == "planned_change").map(|it| {
        let change = &it["change"];
        Planned {
            address: change["resource"]["addr"].as_str().unwrap_or_default().to_owned(),
            action: change["action"].as_str().unwrap_or_default().to_owned(),
            attributes: names(&change["changed"]),
            forced_by: names(&change["forced_by"]),
        }
    });
    changes.filter(|it| it.action != "read").collect()
}

/// What a run says is wrong.
fn problems(ran: &Ran) -> String {
    let lines = ran.out.lines().filter_map(|it| serde_json::from_str::<Json>(it).ok());
    let errors = lines.filter(|it| it["diagnostic"]["severity"] == "error").map(|it| {
        let it = &it["diagnostic"];
        let text = |name: &str| it[name].as_str().unwrap_or_default().to_owned();
        format!("{} {}: {}", text("address"), text("summary"), text("detail")).trim().to_owned()
    });
    let mut all: Vec<String> = errors.collect();
    if !ran.err.trim().is_empty() {
        all.push(ran.err.trim().to_owned());
    }
    match all.is_empty() {
        true => format!("exit code {:?}", ran.code),
        false => all.join("\n"),
    }
}

/// A template with `${name}` replaced by what the state says.
fn filled(template: &str, attributes: &BTreeMap<String, Json>) -> Result<String, String> {
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("${") {
        let (name, after) = after.split_once('}').ok_or("`${` without its `}`")?;
        text += before;
        match attributes.get(name) {
            Some(Json::String(it)) => text += it,
            Some(it @ (Json::Number(_) | Json::Bool(_))) => text += &it.to_string(),
            other => return Err(format!("{name} is {}", other.unwrap_or(&Json::Null))),
        }
        rest = after;
    }
    Ok(text + rest)
}

fn join(names: &BTreeSet<String>) -> String {
    names.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}

fn list(found: &[Planned]) -> String {
    let one = |it: &Planned| match (it.attributes.is_empty(), it.forced_by.is_empty()) {
        (true, _) => format!("{} {}", it.action, it.address),
        (false, true) => format!("{} {} ({})", it.action, it.address, join(&it.attributes)),
        (false, false) => format!(
            "{} {} ({}; forced by {})",
            it.action,
            it.address,
            join(&it.attributes),
            join(&it.forced_by)
        ),
    };
    match found.is_empty() {
        true => "no changes".to_owned(),
        false => found.iter().map(one).collect::<Vec<_>>().join(", "),
    }
}
