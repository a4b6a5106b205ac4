//! `dynamic` blocks: one block for each element of a collection.

use std::borrow::Cow;
use std::sync::Arc;

use model::{Attribute, Diagnostic, Kind, Marks, Span, Type, Value};

use super::{Blocks, Decoder};
use crate::eval::{self, Scope, Scoped, evaluate};
use crate::syntax::json::as_blocks;
use crate::syntax::tree::{Attribute as Argument, Block, Expr, ExprKind};

const INVALID_FOR_EACH: &str = "Invalid dynamic for_each value";

/// What the elements of a collection are: the key and the value of each, and the collection's marks.
enum Elements {
    Known(Vec<(Value, Value)>, Marks),
    Unknown(Marks),
}

impl Decoder {
    /// Adds the blocks that a `dynamic` block makes.
    pub(super) fn dynamic(
        &mut self,
        block: &Block,
        it: &Attribute,
        attributes: &[Attribute],
        all: &mut Blocks,
        scope: Option<&dyn Scope>,
    ) {
        self.check_arguments(block);
        let content = self.content(block);
        let iterator = self.iterator(block).unwrap_or_else(|| it.name.into());
        let elements = match block.body.attribute("for_each") {
            Some(argument) => self.elements(&argument.expr, scope),
            None => {
                let detail = "The argument \"for_each\" is required, but no definition was found.";
                self.report("Missing required argument", detail, &block.span);
                Elements::Unknown(Marks::NONE)
            }
        };
        let Some(content) = content else { return };
        let add = |decoder: &mut Decoder, key: Value, value: Value| {
            let names =
                vec![(iterator.clone(), Value::object_of([("key", key), ("value", value)]))];
            match scope {
                Some(outer) => {
                    let scope = Scoped { outer, names };
                    decoder.block(&content, attributes, Some(&scope))
                }
                None => decoder.block(&content, attributes, None),
            }
        };
        match elements {
            Elements::Known(elements, marks) => {
                all.marks = all.marks.union(marks);
                for (key, value) in elements {
                    let made = add(self, key, value);
                    all.items.push(made);
                    all.spans.push(block.span.clone());
                }
            }
            Elements::Unknown(marks) => {
                all.marks = all.marks.union(marks);
                all.known = false;
                // What is wrong with the content whatever the element is.
                add(self, Value::unknown(Type::Any), Value::unknown(Type::Any));
            }
        }
    }

    fn report(&mut self, summary: &str, detail: impl Into<String>, span: &Span) {
        self.problems.push(Diagnostic::error(summary, detail).at(span));
    }

    fn check_arguments(&mut self, block: &Block) {
        for it in &block.body.attributes {
            let name = &*it.name.name;
            let is_json_block = block.json && name == "content";
            if !matches!(name, "for_each" | "iterator" | "labels") && !is_json_block {
                let detail = format!("An argument named {name:?} is not expected here.");
                self.report("Unsupported argument", detail, &it.name.span);
            }
        }
        for it in block.body.blocks.iter().filter(|it| &*it.kind.name != "content") {
            let detail = format!("Blocks of type {:?} are not expected here.", it.kind.name);
            self.report("Unsupported block type", detail, &it.kind.span);
        }
    }

    /// The `content` block, which there must be one of.
    fn content<'b>(&mut self, block: &'b Block) -> Option<Cow<'b, Block>> {
        let mut found: Vec<Cow<'b, Block>> =
            block.body.blocks_of("content").map(Cow::Borrowed).collect();
        if block.json {
            for it in block.body.attributes.iter().filter(|it| &*it.name.name == "content") {
                match as_blocks(it, 0) {
                    Ok(blocks) => found.extend(blocks.into_iter().map(Cow::Owned)),
                    Err(problems) => self.problems.extend(problems),
                }
            }
        }
        if let Some(extra) = found.get(1) {
            let detail = "Only one nested content block is allowed for each dynamic block.";
            let span = extra.span.clone();
            self.report("Extraneous dynamic content block", detail, &span);
        }
        let first = found.into_iter().next();
        if first.is_none() {
            let detail = "A dynamic block must have a nested block of type \"content\" to describe \
                          the body of each generated block.";
            self.report("Missing dynamic content block", detail, &block.span);
        }
        first
    }

    /// The name of the element in the content, if it is not that of the block.
    fn iterator(&mut self, block: &Block) -> Option<Arc<str>> {
        let Argument { expr, .. } = block.body.attribute("iterator")?;
        match &expr.kind {
            ExprKind::Name(name) => Some(name.clone()),
            ExprKind::String(name) if block.json => Some(name.clone()),
            _ => {
                let detail = "Dynamic iterator must be a single variable name.";
                self.report("Invalid dynamic iterator name", detail, &expr.span);
                None
            }
        }
    }

    fn elements(&mut self, expr: &Expr, scope: Option<&dyn Scope>) -> Elements {
        let Some(scope) = scope else { return Elements::Unknown(Marks::NONE) };
        let collection = match evaluate(expr, scope) {
            Ok(collection) => collection,
            Err(problems) => {
                self.problems.extend(problems);
                return Elements::Unknown(Marks::NONE);
            }
        };
        let marks = collection.marks;
        let indexed = |items: &[Value]| {
            let pairs = items.iter().enumerate();
            pairs.map(|(n, it)| (Value::from(n as i64), it.clone())).collect()
        };
        let elements = match &collection.kind {
            Kind::List(_, items) | Kind::Tuple(items) => indexed(items),
            Kind::Set(_, items) => items.iter().map(|it| (it.clone(), it.clone())).collect(),
            Kind::Map(_, entries) | Kind::Object(entries) => {
                let pairs = entries.iter();
                pairs.map(|(key, it)| (Value::string(key.clone()), it.clone())).collect()
            }
            Kind::Unknown(ty) if !ty.is_primitive() => return Elements::Unknown(marks),
            kind => {
                let detail = match kind {
                    Kind::Null(_) => "Cannot use a null value in for_each.".to_owned(),
                    _ => format!(
                        "Cannot use a {} value in for_each. An iterable collection is required.",
                        collection.ty().friendly()
                    ),
                };
                let problem = Diagnostic::error(INVALID_FOR_EACH, detail).at(&expr.span);
                self.problems.push(eval::explain(problem, expr, scope));
                return Elements::Unknown(marks);
            }
        };
        Elements::Known(elements, marks)
    }
}
