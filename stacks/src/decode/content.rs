//! What a body holds, sorted by what the schema knows: arguments, blocks, `dynamic` blocks.

use std::borrow::Cow;
use std::collections::BTreeMap;

use model::{Attribute, Diagnostic, Given, Shape, Span};

use super::Decoder;
use crate::suggest;
use crate::syntax::json::as_blocks;
use crate::syntax::tree::{Attribute as Argument, Block, Body, Expr, ExprKind, Ident};

const UNSUPPORTED_ARGUMENT: &str = "Unsupported argument";
const UNSUPPORTED_BLOCK: &str = "Unsupported block type";

/// The arguments and blocks that are as the schema wants them. The others have been reported.
pub(super) struct Content<'a> {
    arguments: BTreeMap<&'a str, &'a Argument>,
    /// In the order of the file.
    blocks: Vec<Cow<'a, Block>>,
}

/// A block, or one that makes blocks.
pub(super) enum Written<'a> {
    Block(&'a Block),
    Dynamic(&'a Block),
}

/// Whether an attribute is written as blocks. A map of objects is an argument like any other.
pub(super) fn is_block(it: &Attribute) -> bool {
    it.is_block() && !matches!(it.shape, Shape::Map(_))
}

impl<'a> Content<'a> {
    pub(super) fn read(
        body: &'a Body,
        json: bool,
        attributes: &[Attribute],
        timeouts: &[&str],
        decoder: &mut Decoder,
    ) -> Content<'a> {
        let mut reader = Reader {
            content: Content { arguments: BTreeMap::new(), blocks: Vec::new() },
            attributes,
            has_timeouts: !timeouts.is_empty(),
            decoder,
        };
        for it in &body.attributes {
            reader.attribute(it, json);
        }
        for it in &body.blocks {
            reader.block(Cow::Borrowed(it));
        }
        reader.content
    }

    pub(super) fn argument(&self, name: &str) -> Option<&'a Argument> {
        self.arguments.get(name).copied()
    }

    pub(super) fn timeouts(&self) -> impl Iterator<Item = &Block> {
        self.blocks.iter().map(|it| &**it).filter(|it| &*it.kind.name == "timeouts")
    }

    /// The blocks that give the attribute `name` its value.
    pub(super) fn blocks<'b>(&'b self, name: &'b str) -> impl Iterator<Item = Written<'b>> {
        self.blocks.iter().filter_map(move |it| {
            if *it.kind.name == *name {
                Some(Written::Block(it))
            } else if &*it.kind.name == "dynamic" && *it.labels.first()?.name == *name {
                Some(Written::Dynamic(it))
            } else {
                None
            }
        })
    }
}

struct Reader<'a, 's> {
    content: Content<'a>,
    attributes: &'s [Attribute],
    has_timeouts: bool,
    decoder: &'s mut Decoder,
}

impl<'a> Reader<'a, '_> {
    fn known(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|it| it.name == name)
    }

    fn report(&mut self, summary: &str, detail: String, span: &Span, hint: Option<String>) {
        let mut problem = Diagnostic::error(summary, detail).at(span);
        problem.hint = hint;
        self.decoder.problems.push(problem);
    }

    fn attribute(&mut self, it: &'a Argument, json: bool) {
        let name = &*it.name.name;
        let known = self.known(name);
        let unconfigurable = known.is_some_and(|it| it.given == Given::Output);
        let block = known.filter(|it| is_block(it)).map(|it| it.assignable);
        match (known.is_some(), block) {
            _ if unconfigurable => self.unconfigurable(&it.name),
            (false, _) if json && name == "dynamic" => self.json_blocks(it, 1),
            (false, _) if json && name == "timeouts" && self.has_timeouts => {
                self.json_blocks(it, 0);
            }
            (false, _) => self.unsupported_argument(&it.name),
            (true, Some(assignable)) if json && !(assignable && is_computed(&it.expr)) => {
                self.json_blocks(it, 0);
            }
            (true, Some(false)) => {
                let detail = format!("An argument named {name:?} is not expected here.");
                let hint = format!("did you mean to define a block of type {name:?}?");
                self.report(UNSUPPORTED_ARGUMENT, detail, &it.name.span, Some(hint));
            }
            (true, Some(true) | None) => self.set(it),
        }
    }

    fn set(&mut self, it: &'a Argument) {
        let Some(first) = self.content.arguments.insert(&it.name.name, it) else { return };
        let detail =
            format!("The argument {:?} was already set at {}.", it.name.name, first.name.span);
        self.report("Attribute redefined", detail, &it.name.span, None);
    }

    fn json_blocks(&mut self, it: &Argument, n_labels: usize) {
        match as_blocks(it, n_labels) {
            Ok(blocks) => blocks.into_iter().for_each(|it| self.block(Cow::Owned(it))),
            Err(problems) => self.decoder.problems.extend(problems),
        }
    }

    fn unsupported_argument(&mut self, name: &Ident) {
        let detail = format!("An argument named {:?} is not expected here.", name.name);
        let names = self.attributes.iter().filter(|it| it.given != Given::Output);
        let hint = suggest::hint(&name.name, names.map(|it| it.name));
        self.report(UNSUPPORTED_ARGUMENT, detail, &name.span, hint);
    }

    fn unconfigurable(&mut self, name: &Ident) {
        let detail = format!(
            "Can't configure a value for {:?}: its value will be decided automatically based on the \
             result of applying this configuration.",
            name.name
        );
        self.report("Value for unconfigurable attribute", detail, &name.span, None);
    }

    fn block(&mut self, block: Cow<'a, Block>) {
        let kind = &*block.kind.name;
        let is_expected = match (kind, self.known(kind)) {
            (_, Some(it)) if it.given == Given::Output => return self.unconfigurable(&block.kind),
            (_, Some(it)) => is_block(it),
            ("timeouts", None) => self.has_timeouts,
            ("dynamic", None) => return self.dynamic(block),
            (_, None) => false,
        };
        if !is_expected {
            return self.unsupported_block(&block.kind);
        }
        if let Some(label) = block.labels.first() {
            let detail = format!("No labels are expected for {kind} blocks.");
            let summary = format!("Extraneous label for {kind}");
            self.report(&summary, detail, &label.span, None);
        }
        self.content.blocks.push(block);
    }

    fn dynamic(&mut self, block: Cow<'a, Block>) {
        match block.labels.as_slice() {
            [] => {
                let detail = "All dynamic blocks must have 1 labels (type).".to_owned();
                self.report("Missing type for dynamic", detail, &block.kind.span, None);
            }
            [of] if self.known(&of.name).is_some_and(is_block) => self.content.blocks.push(block),
            [of] => self.unsupported_block(of),
            [_, extra, ..] => {
                let detail = "Only 1 labels (type) are expected for dynamic blocks.".to_owned();
                self.report("Extraneous label for dynamic", detail, &extra.span, None);
            }
        }
    }

    fn unsupported_block(&mut self, kind: &Ident) {
        let name = &kind.name;
        let detail = format!("Blocks of type {name:?} are not expected here.");
        let hint = match self.known(name) {
            Some(_) => Some(format!(
                "did you mean to define argument {name:?}? If so, use the equals sign to assign it \
                 a value"
            )),
            None => {
                let blocks = self.attributes.iter().filter(|it| is_block(it)).map(|it| it.name);
                let timeouts = self.has_timeouts.then_some("timeouts");
                suggest::hint(name, blocks.chain(timeouts))
            }
        };
        self.report(UNSUPPORTED_BLOCK, detail, &kind.span, hint);
    }
}

/// Whether an expression of the JSON form must be evaluated to see what is in it.
fn is_computed(expr: &Expr) -> bool {
    !matches!(expr.kind, ExprKind::Object(_) | ExprKind::Tuple(_) | ExprKind::Null)
}
