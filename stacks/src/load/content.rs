//! A body's arguments and blocks by name, with what is not expected or missing reported.

use std::collections::BTreeMap;

use model::{Diagnostic, Diagnostics};

use crate::suggest;
use crate::syntax::json;
use crate::syntax::tree::{Attribute, Block, Body};

/// What a body may contain.
pub(super) struct Form {
    /// Names of arguments, and whether each is required.
    pub arguments: &'static [(&'static str, bool)],
    /// Kinds of blocks, and what each of their labels says.
    pub blocks: &'static [Kind],
}

/// A kind of block: its name and what its labels say.
pub(super) type Kind = (&'static str, &'static [&'static str]);

/// What a body contains.
pub(super) struct Content {
    arguments: BTreeMap<&'static str, Attribute>,
    /// In the order of the file.
    pub blocks: Vec<Block>,
    /// What the form does not speak of.
    pub rest: Body,
}

impl Content {
    pub fn take(&mut self, name: &str) -> Option<Attribute> {
        self.arguments.remove(name)
    }
}

/// A body that has nothing but what the form says.
pub(super) fn whole(body: Body, json: bool, form: &Form, problems: &mut Diagnostics) -> Content {
    let mut content = partial(body, json, form, problems);
    for it in std::mem::take(&mut content.rest.attributes) {
        problems.push(unexpected_argument(&it, form));
    }
    for it in std::mem::take(&mut content.rest.blocks) {
        problems.push(unexpected_block(&it, form));
    }
    content
}

/// The parts of a body that the form speaks of. Everything else is in `rest`.
pub(super) fn partial(
    mut body: Body,
    json: bool,
    form: &Form,
    problems: &mut Diagnostics,
) -> Content {
    lift(&mut body, json, form.blocks, problems);
    let mut content = Content { arguments: BTreeMap::new(), blocks: Vec::new(), rest: body };
    let known = |name: &str| form.arguments.iter().find(|it| it.0 == name).map(|it| it.0);
    for it in std::mem::take(&mut content.rest.attributes) {
        match known(&it.name.name) {
            // In native syntax the parser has reported it; in the JSON form only blocks are repeated.
            Some(name) if content.arguments.contains_key(name) => {
                if json {
                    let first = &content.arguments[name].name.span;
                    let detail = format!("The argument {name:?} was already set at {first}.");
                    problems
                        .push(Diagnostic::error("Duplicate argument", detail).at(&it.name.span));
                }
            }
            Some(name) => drop(content.arguments.insert(name, it)),
            // In the JSON form this is a comment.
            None if json && &*it.name.name == "//" => (),
            None => content.rest.attributes.push(it),
        }
    }
    for it in std::mem::take(&mut content.rest.blocks) {
        match form.blocks.iter().find(|kind| kind.0 == &*it.kind.name) {
            Some((_, labels)) if has_labels(&it, labels, problems) => content.blocks.push(it),
            Some(_) => (),
            None => content.rest.blocks.push(it),
        }
    }
    for (name, required) in form.arguments {
        if *required && !content.arguments.contains_key(name) {
            problems.push(missing(name, &content.rest));
        }
    }
    content
}

/// Turns arguments of the JSON form into the blocks that they are.
pub(super) fn lift(body: &mut Body, json: bool, kinds: &[Kind], problems: &mut Diagnostics) {
    if !json {
        return;
    }
    for it in std::mem::take(&mut body.attributes) {
        let Some((_, labels)) = kinds.iter().find(|kind| kind.0 == &*it.name.name) else {
            body.attributes.push(it);
            continue;
        };
        match json::as_blocks(&it, labels.len()) {
            Ok(blocks) => body.blocks.extend(blocks),
            Err(found) => problems.extend(found),
        }
    }
}

pub(super) fn missing(name: &str, body: &Body) -> Diagnostic {
    let detail = format!("The argument {name:?} is required, but no definition was found.");
    Diagnostic::error("Missing required argument", detail).at(&body.end)
}

fn has_labels(block: &Block, labels: &[&str], problems: &mut Diagnostics) -> bool {
    let kind = &block.kind.name;
    let names = labels.join(", ");
    if let Some(missing) = labels.get(block.labels.len()) {
        let detail = format!("All {kind} blocks must have {} labels ({names}).", labels.len());
        let summary = format!("Missing {missing} for {kind}");
        problems.push(Diagnostic::error(summary, detail).at(&block.span));
        return false;
    }
    let Some(extra) = block.labels.get(labels.len()) else { return true };
    let detail = match labels.len() {
        0 => format!("No labels are expected for {kind} blocks."),
        n => format!("Only {n} labels ({names}) are expected for {kind} blocks."),
    };
    let summary = format!("Extraneous label for {kind}");
    problems.push(Diagnostic::error(summary, detail).at(&extra.span));
    false
}

fn unexpected_argument(argument: &Attribute, form: &Form) -> Diagnostic {
    let name = &*argument.name.name;
    let detail = format!("An argument named {name:?} is not expected here.");
    let mut problem = Diagnostic::error("Unsupported argument", detail).at(&argument.name.span);
    problem.hint = match form.blocks.iter().any(|it| it.0 == name) {
        true => Some(format!("did you mean to define a block of type {name:?}?")),
        false => suggest::hint(name, form.arguments.iter().map(|it| it.0)),
    };
    problem
}

fn unexpected_block(block: &Block, form: &Form) -> Diagnostic {
    let name = &*block.kind.name;
    let detail = format!("Blocks of type {name:?} are not expected here.");
    let mut problem = Diagnostic::error("Unsupported block type", detail).at(&block.kind.span);
    problem.hint = match form.arguments.iter().any(|it| it.0 == name) {
        true => Some(format!(
            "did you mean to define argument {name:?}? If so, use the equals sign to assign it a \
             value."
        )),
        false => suggest::hint(name, form.blocks.iter().map(|it| it.0)),
    };
    problem
}
