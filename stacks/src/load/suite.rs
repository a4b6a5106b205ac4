//! Test files, `*.tftest.hcl` and `*.tftest.json`, to a [`Suite`]; mock files, `*.tfmock.hcl`.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use model::{Diagnostic, Diagnostics, Span};

use super::Files;
use super::constant;
use super::content::{Content, Form, whole};
use super::named::rule;
use super::provider::{provider, provider_ref};
use crate::stack::{ProviderBlock, ProviderRef, Rule};
use crate::syntax::tree::{Attribute, Block, Body, Expr, Traversal};
use crate::syntax::{json, parse};

/// A test file.
#[derive(Debug, Clone, Default)]
pub struct Suite {
    /// Its path, as messages show it.
    pub name: String,
    /// Values of input variables for every run.
    pub variables: Vec<Attribute>,
    pub providers: BTreeMap<ProviderRef, TestProvider>,
    pub overrides: Vec<Override>,
    /// In the order of the file.
    pub runs: Vec<TestRun>,
}

/// A provider that runs use: a configured one, or one that only pretends.
#[derive(Debug, Clone)]
pub enum TestProvider {
    Real(ProviderBlock),
    Mock(MockProvider),
}

/// A provider that calls nothing and makes up what it does not know.
#[derive(Debug, Clone, Default)]
pub struct MockProvider {
    /// Values for objects of a type, for those of its attributes that nobody has given.
    pub resources: BTreeMap<Arc<str>, MockValues>,
    pub data: BTreeMap<Arc<str>, MockValues>,
    pub overrides: Vec<Override>,
    /// Whether values are known in plans already, if nothing says otherwise.
    pub during_plan: bool,
}

/// Values to take where a provider would choose.
#[derive(Debug, Clone, Default)]
pub struct MockValues {
    /// An object's expression. None for made-up values only.
    pub values: Option<Expr>,
    /// Whether they are known in plans already. None if whoever contains it says.
    pub during_plan: Option<bool>,
}

/// An `override_resource`, `override_data` or `override_module` block.
#[derive(Debug, Clone)]
pub struct Override {
    pub kind: OverrideKind,
    pub target: Traversal,
    pub values: MockValues,
    pub span: Span,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OverrideKind {
    Resource,
    Data,
    Module,
}

/// A `run` block: a plan or an apply, and what must be true after it.
#[derive(Debug, Clone)]
pub struct TestRun {
    pub name: Arc<str>,
    /// `command = plan`; otherwise it is applied.
    pub is_plan: bool,
    pub variables: Vec<Attribute>,
    pub options: TestOptions,
    /// The source of another module that is run instead of the one under test.
    pub module: Option<(String, Span)>,
    pub asserts: Vec<Rule>,
    /// What must report a failure.
    pub expect_failures: Vec<Traversal>,
    /// From the name in the module to the one in the test file. None for all of the same name.
    pub providers: Option<Vec<(ProviderRef, ProviderRef)>>,
    pub overrides: Vec<Override>,
    /// Runs of the same key share a state.
    pub state_key: Option<String>,
    pub span: Span,
}

/// A `plan_options` block.
#[derive(Debug, Clone)]
pub struct TestOptions {
    pub refresh_only: bool,
    pub refresh: bool,
    pub replace: Vec<Traversal>,
    pub target: Vec<Traversal>,
}

impl Default for TestOptions {
    fn default() -> TestOptions {
        TestOptions { refresh_only: false, refresh: true, replace: Vec::new(), target: Vec::new() }
    }
}

const SUITE: Form = Form {
    arguments: &[],
    blocks: &[
        ("variables", &[]),
        ("provider", &["name"]),
        ("mock_provider", &["name"]),
        ("override_resource", &[]),
        ("override_data", &[]),
        ("override_module", &[]),
        ("run", &["name"]),
        ("test", &[]),
    ],
};

const RUN: Form = Form {
    arguments: &[
        ("command", false),
        ("expect_failures", false),
        ("providers", false),
        ("state_key", false),
        ("parallel", false),
    ],
    blocks: &[
        ("variables", &[]),
        ("plan_options", &[]),
        ("module", &[]),
        ("assert", &[]),
        ("override_resource", &[]),
        ("override_data", &[]),
        ("override_module", &[]),
    ],
};

const OPTIONS: Form = Form {
    arguments: &[("mode", false), ("refresh", false), ("replace", false), ("target", false)],
    blocks: &[],
};

const MODULE: Form = Form { arguments: &[("source", true), ("version", false)], blocks: &[] };

const MOCK_PROVIDER: Form = Form {
    arguments: &[("alias", false), ("source", false), ("override_during", false)],
    blocks: MOCKS,
};

const MOCK_FILE: Form = Form { arguments: &[], blocks: MOCKS };

const MOCKS: &[super::content::Kind] = &[
    ("mock_resource", &["type"]),
    ("mock_data", &["type"]),
    ("override_resource", &[]),
    ("override_data", &[]),
];

const MOCK: Form =
    Form { arguments: &[("defaults", false), ("override_during", false)], blocks: &[] };

const OVERRIDE: Form = Form {
    arguments: &[("target", true), ("values", false), ("override_during", false)],
    blocks: &[],
};

const OVERRIDE_MODULE: Form = Form {
    arguments: &[("target", true), ("outputs", false), ("override_during", false)],
    blocks: &[],
};

/// Reads a test file. Its text, and those of the mock files that it names, go to `texts`.
pub fn suite(
    path: &Path,
    files: &dyn Files,
    texts: &mut BTreeMap<Arc<str>, Arc<str>>,
) -> (Suite, Diagnostics) {
    let mut reader = Reader { files, texts, problems: Vec::new() };
    let mut suite = Suite { name: path.to_string_lossy().into_owned(), ..Suite::default() };
    let Some((body, is_json)) = reader.body(path) else { return (suite, reader.problems) };
    for it in whole(body, is_json, &SUITE, &mut reader.problems).blocks {
        reader.block(&mut suite, it);
    }
    (suite, reader.problems)
}

struct Reader<'a> {
    files: &'a dyn Files,
    texts: &'a mut BTreeMap<Arc<str>, Arc<str>>,
    problems: Diagnostics,
}

impl Reader<'_> {
    fn body(&mut self, path: &Path) -> Option<(Body, bool)> {
        let file: Arc<str> = path.to_string_lossy().into();
        let text = match self.files.read(path) {
            Ok(text) => text,
            Err(error) => {
                let detail = format!("The file {file:?} could not be read: {error}.");
                self.problems.push(Diagnostic::error("Failed to read file", detail));
                return None;
            }
        };
        let is_json = file.ends_with(".json");
        let (body, wrong) =
            if is_json { json::body(&file, &text) } else { parse::body(&file, &text) };
        self.texts.insert(file, text.into());
        self.problems.extend(wrong);
        Some((body, is_json))
    }

    fn block(&mut self, suite: &mut Suite, it: Block) {
        match &*it.kind.name {
            "variables" => suite.variables.extend(attributes(it)),
            "provider" => {
                if let Some(found) = provider(it, &mut self.problems) {
                    let (name, span) = (found.name.clone(), found.span.clone());
                    self.add_provider(suite, name, TestProvider::Real(found), &span);
                }
            }
            "mock_provider" => {
                let (name, span) = (it.labels[0].name.clone(), it.span.clone());
                let (alias, found) = self.mock_provider(it);
                self.add_provider(
                    suite,
                    ProviderRef { name, alias },
                    TestProvider::Mock(found),
                    &span,
                );
            }
            "run" => {
                let found = self.run(it);
                if suite.runs.iter().any(|it| it.name == found.name) {
                    let detail = format!("There is already a run block named {:?}.", found.name);
                    let problem = Diagnostic::error("Duplicate run block names", detail);
                    self.problems.push(problem.at(&found.span));
                }
                suite.runs.push(found);
            }
            // Whether runs may be made at the same time: here they are made one after another.
            "test" => (),
            _ => suite.overrides.extend(self.replacement(it)),
        }
    }

    fn add_provider(
        &mut self,
        suite: &mut Suite,
        name: ProviderRef,
        found: TestProvider,
        span: &Span,
    ) {
        if suite.providers.contains_key(&name) {
            let detail = format!("The provider {name} is configured twice in this file.");
            self.problems.push(Diagnostic::error("Duplicate provider block", detail).at(span));
            return;
        }
        suite.providers.insert(name, found);
    }

    fn mock_provider(&mut self, block: Block) -> (Option<Arc<str>>, MockProvider) {
        let (span, json) = (block.span.clone(), block.json);
        let mut content = whole(block.body, json, &MOCK_PROVIDER, &mut self.problems);
        let alias = content.take("alias");
        let alias = alias.and_then(|it| constant::text(&it.expr, &mut self.problems));
        let during_plan = self.during_plan(&mut content, json).unwrap_or(false);
        let mut mock = MockProvider { during_plan, ..MockProvider::default() };
        let source = content.take("source");
        if let Some(source) = source.and_then(|it| constant::text(&it.expr, &mut self.problems)) {
            self.mock_files(&mut mock, Path::new(&source), &span);
        }
        content.blocks.into_iter().for_each(|it| self.mock_block(&mut mock, it));
        (alias.map(Arc::from), mock)
    }

    /// The mock files of a directory; what stands in the test file itself comes after them.
    fn mock_files(&mut self, mock: &mut MockProvider, dir: &Path, span: &Span) {
        let names = self.files.list(dir).unwrap_or_else(|error| {
            let detail = format!("The directory {} could not be read: {error}.", dir.display());
            self.problems.push(Diagnostic::error("Unreadable mock source", detail).at(span));
            Vec::new()
        });
        let is_mock = |it: &&String| it.ends_with(".tfmock.hcl") || it.ends_with(".tfmock.json");
        let mut names: Vec<&String> = names.iter().filter(is_mock).collect();
        names.sort();
        for name in names {
            let path = crate::source::clean(&dir.join(name));
            let Some((body, json)) = self.body(&path) else { continue };
            for it in whole(body, json, &MOCK_FILE, &mut self.problems).blocks {
                self.mock_block(mock, it);
            }
        }
    }

    fn mock_block(&mut self, mock: &mut MockProvider, block: Block) {
        let (kind, json) = (block.kind.name.clone(), block.json);
        if kind.starts_with("override_") {
            mock.overrides.extend(self.replacement(block));
            return;
        }
        let ty = block.labels[0].name.clone();
        let mut content = whole(block.body, json, &MOCK, &mut self.problems);
        let during_plan = self.during_plan(&mut content, json);
        let values = content.take("defaults").map(|it| it.expr);
        let all = if &*kind == "mock_data" { &mut mock.data } else { &mut mock.resources };
        all.insert(ty, MockValues { values, during_plan });
    }

    fn during_plan(&mut self, content: &mut Content, json: bool) -> Option<bool> {
        let given = content.take("override_during")?;
        let word = constant::keyword(&given.expr, json, &mut self.problems)?;
        match word.as_str() {
            "plan" => Some(true),
            "apply" => Some(false),
            _ => {
                let detail = "The override_during argument is \"plan\" or \"apply\".";
                let problem = Diagnostic::error("Invalid override_during value", detail);
                self.problems.push(problem.at(&given.expr.span));
                None
            }
        }
    }

    fn replacement(&mut self, block: Block) -> Option<Override> {
        let json = block.json;
        let (kind, form, values) = match &*block.kind.name {
            "override_module" => (OverrideKind::Module, &OVERRIDE_MODULE, "outputs"),
            "override_data" => (OverrideKind::Data, &OVERRIDE, "values"),
            _ => (OverrideKind::Resource, &OVERRIDE, "values"),
        };
        let mut content = whole(block.body, json, form, &mut self.problems);
        let during_plan = self.during_plan(&mut content, json);
        let values = content.take(values).map(|it| it.expr);
        let target = content.take("target")?;
        let target = constant::traversal(&target.expr, json, &mut self.problems)?;
        let values = MockValues { values, during_plan };
        Some(Override { kind, target, values, span: block.span })
    }

    fn run(&mut self, block: Block) -> TestRun {
        let json = block.json;
        let mut run = TestRun {
            name: block.labels[0].name.clone(),
            is_plan: false,
            variables: Vec::new(),
            options: TestOptions::default(),
            module: None,
            asserts: Vec::new(),
            expect_failures: Vec::new(),
            providers: None,
            overrides: Vec::new(),
            state_key: None,
            span: block.span,
        };
        let mut content = whole(block.body, json, &RUN, &mut self.problems);
        if let Some(it) = content.take("command") {
            match constant::keyword(&it.expr, json, &mut self.problems).as_deref() {
                Some("plan") => run.is_plan = true,
                Some("apply") => (),
                _ => self.refuse("Invalid \"command\" keyword", "plan or apply", &it.expr),
            }
        }
        run.expect_failures =
            constant::traversals(content.take("expect_failures"), json, &mut self.problems);
        run.providers = content.take("providers").map(|it| self.passed(&it, json));
        let key = content.take("state_key");
        run.state_key = key.and_then(|it| constant::text(&it.expr, &mut self.problems));
        for it in content.blocks {
            self.part_of_run(&mut run, it);
        }
        run
    }

    fn part_of_run(&mut self, run: &mut TestRun, it: Block) {
        match &*it.kind.name {
            "variables" => run.variables.extend(attributes(it)),
            "plan_options" => run.options = self.options(it),
            "module" => {
                let mut content = whole(it.body, it.json, &MODULE, &mut self.problems);
                let source = content.take("source");
                run.module = source.and_then(|it| {
                    let text = constant::text(&it.expr, &mut self.problems)?;
                    Some((text, it.expr.span))
                });
            }
            "assert" => run.asserts.extend(rule(it, &mut self.problems)),
            _ => run.overrides.extend(self.replacement(it)),
        }
    }

    fn options(&mut self, block: Block) -> TestOptions {
        let json = block.json;
        let mut content = whole(block.body, json, &OPTIONS, &mut self.problems);
        let mut options = TestOptions::default();
        if let Some(it) = content.take("mode") {
            match constant::keyword(&it.expr, json, &mut self.problems).as_deref() {
                Some("refresh-only") => options.refresh_only = true,
                Some("normal") => (),
                _ => self.refuse("Invalid \"mode\" keyword", "normal or refresh-only", &it.expr),
            }
        }
        options.refresh = constant::flag(content.take("refresh"), true, &mut self.problems);
        options.replace = constant::traversals(content.take("replace"), json, &mut self.problems);
        options.target = constant::traversals(content.take("target"), json, &mut self.problems);
        options
    }

    fn refuse(&mut self, summary: &str, words: &str, expr: &Expr) {
        let detail = format!("The word is one of: {words}.");
        self.problems.push(Diagnostic::error(summary, detail).at(&expr.span));
    }

    /// `providers = { name in the module = name in this file }`.
    fn passed(&mut self, given: &Attribute, json: bool) -> Vec<(ProviderRef, ProviderRef)> {
        let mut found = Vec::new();
        for item in constant::entries(&given.expr, &mut self.problems).unwrap_or_default() {
            let key = constant::key(item);
            let inside = provider_ref(&key, json, "providers", &mut self.problems);
            let outside = provider_ref(&item.value, json, "providers", &mut self.problems);
            found.extend(inside.zip(outside));
        }
        found
    }
}

fn attributes(block: Block) -> Vec<Attribute> {
    let mut attributes = block.body.attributes;
    attributes.retain(|it| !(block.json && &*it.name.name == "//"));
    attributes
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::load::Snapshot;

    fn read(files: &[(&str, &str)]) -> (Suite, Vec<String>) {
        let files = files.iter().map(|(name, text)| (PathBuf::from(name), (*text).to_owned()));
        let files = Snapshot(files.collect());
        let (suite, problems) = suite(Path::new("main.tftest.hcl"), &files, &mut BTreeMap::new());
        (suite, problems.iter().map(|it| it.summary.clone()).collect())
    }

    #[test]
    fn a_test_file_is_read_whole() {
        let text = r#"
            variables {
              a = 1
            }
            provider "aws" {
              region = "eu-west-1"
            }
            mock_provider "aws" {
              alias           = "fake"
              source          = "./mocks"
              override_during = plan
              mock_resource "aws_vpc" {
                defaults = { id = "vpc-1" }
              }
            }
            override_module {
              target  = module.net
              outputs = { id = "x" }
            }
            run "one" {
              command = plan
              variables {
                b = var.a
              }
              plan_options {
                mode    = refresh-only
                refresh = false
                target  = [aws_vpc.main["a"]]
              }
              module {
                source = "./helper"
              }
              assert {
                condition     = output.x == run.zero.y
                error_message = "no"
              }
              expect_failures = [var.a, check.c]
              providers       = { aws = aws.fake }
              state_key       = "k"
            }
        "#;
        let mock = "mock_data \"aws_ami\" {\n  defaults = { id = \"ami-1\" }\n}\n";
        let (suite, problems) = read(&[("main.tftest.hcl", text), ("mocks/aws.tfmock.hcl", mock)]);
        assert_eq!(problems, Vec::<String>::new());
        let run = &suite.runs[0];
        assert!(run.is_plan && run.options.refresh_only && !run.options.refresh);
        assert_eq!(run.options.target[0].to_string(), "aws_vpc.main[\"a\"]");
        assert_eq!(run.expect_failures[1].to_string(), "check.c");
        assert_eq!(run.providers.as_ref().unwrap()[0].1.to_string(), "aws.fake");
        assert_eq!(run.module.as_ref().unwrap().0, "./helper");
        assert_eq!(suite.overrides[0].kind, OverrideKind::Module);
        let fake = ProviderRef { name: "aws".into(), alias: Some("fake".into()) };
        let Some(TestProvider::Mock(mock)) = suite.providers.get(&fake) else {
            panic!("it is a mock")
        };
        assert!(mock.during_plan);
        assert!(mock.resources.contains_key("aws_vpc") && mock.data.contains_key("aws_ami"));
    }

    #[test]
    fn what_is_wrong_with_a_test_file_is_told() {
        let text =
            "run \"a\" {\n  command = pln\n}\nrun \"a\" {}\nmock_provider \"x\" {\n  a = 1\n}\n";
        let (_, problems) = read(&[("main.tftest.hcl", text)]);
        let wanted =
            ["Invalid \"command\" keyword", "Duplicate run block names", "Unsupported argument"];
        assert_eq!(problems, wanted);
    }
}
