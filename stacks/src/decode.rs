//! A block's body against a schema: arguments evaluated and converted, `dynamic` blocks expanded.

mod content;
mod dynamic;
mod timeouts;

use model::{Attribute, Diagnostic, Diagnostics, Given, Map, Marks, ObjectType, Schema, Shape};
use model::{Span, Type, Value};

use crate::convert::convert;
use crate::eval::{self, Scope, evaluate};
use crate::syntax::tree::{Block, Body, Expr};
use content::{Content, Written};

pub use timeouts::timeouts;

/// What a block's body gives, as an object of `schema.ty()`: null where an argument is not given (an
/// empty list or set for blocks). Outputs (`Given::Output`) are null. Defaults are *not* filled in.
///
/// A `dynamic` block over an unknown collection makes the whole block attribute unknown.
/// `timeouts` is no attribute of the schema: it is checked against `schema.timeouts` and left out.
///
/// # Errors
///
/// Every problem of the body: unsupported or missing arguments and blocks (with a suggestion),
/// wrong types, too few or too many blocks, and whatever evaluating the expressions reports.
pub fn decode(
    body: &Body,
    json: bool,
    schema: &Schema,
    scope: &dyn Scope,
) -> Result<Value, Diagnostics> {
    let mut decoder = Decoder::default();
    let value = decoder.root(body, json, schema, Some(scope));
    match decoder.problems.iter().any(Diagnostic::is_error) {
        true => Err(distinct(decoder.problems)),
        false => Ok(value),
    }
}

/// The values that the blocks of one kind give, in the order in which they are written, each with the block
/// that it comes from: a `dynamic` one gives several. Nothing of blocks that are written as an argument.
pub fn blocks(
    body: &Body,
    json: bool,
    schema: &Schema,
    name: &str,
    scope: &dyn Scope,
) -> Vec<(Value, Span)> {
    let mut decoder = Decoder::default();
    let Some(it) = schema.attribute(name) else { return Vec::new() };
    let content = Content::read(body, json, schema.attributes, schema.timeouts, &mut decoder);
    let mut all = Blocks::default();
    decoder.written(it, &content, &mut all, Some(scope));
    all.items.into_iter().zip(all.spans).collect()
}

/// The same without a scope: only what can be seen without evaluating anything (names of arguments
/// and blocks, what is missing, numbers of blocks outside `dynamic`). For `validate`, before any
/// expression is looked at.
pub fn check(body: &Body, json: bool, schema: &Schema) -> Diagnostics {
    let mut decoder = Decoder::default();
    decoder.root(body, json, schema, None);
    distinct(decoder.problems)
}

/// A problem of a `dynamic` block's content comes again with every element.
fn distinct(problems: Diagnostics) -> Diagnostics {
    let mut distinct = Diagnostics::new();
    for it in problems {
        if !distinct.contains(&it) {
            distinct.push(it);
        }
    }
    distinct
}

/// Collects the problems. Without a scope every argument is unknown.
#[derive(Default)]
struct Decoder {
    problems: Diagnostics,
}

impl Decoder {
    fn root(
        &mut self,
        body: &Body,
        json: bool,
        schema: &Schema,
        scope: Option<&dyn Scope>,
    ) -> Value {
        let content = Content::read(body, json, schema.attributes, schema.timeouts, self);
        for it in content.timeouts() {
            timeouts::check(it, schema, &mut self.problems);
        }
        self.object(&content, body, schema.attributes, scope)
    }

    /// The object that the body of a nested block gives.
    fn block(
        &mut self,
        block: &Block,
        attributes: &[Attribute],
        scope: Option<&dyn Scope>,
    ) -> Value {
        stacker::maybe_grow(64 * 1024, 1024 * 1024, || {
            let content = Content::read(&block.body, block.json, attributes, &[], self);
            self.object(&content, &block.body, attributes, scope)
        })
    }

    fn object(
        &mut self,
        content: &Content<'_>,
        body: &Body,
        attributes: &[Attribute],
        scope: Option<&dyn Scope>,
    ) -> Value {
        let mut entries = Map::new();
        for it in attributes {
            let value = match (it.given, content.argument(it.name)) {
                (Given::Output, _) => Value::null(it.shape.ty()),
                (_, given) if content::is_block(it) => {
                    let assigned = given.map(|given| self.assigned(it, &given.expr, scope));
                    let value = self.blocks(it, content, assigned, &body.end, scope);
                    // No blocks say nothing where `name = []` could have said "none".
                    let silent = it.assignable && given.is_none();
                    match value.items() {
                        Some([]) if silent => Value::null(it.shape.ty()),
                        _ => value,
                    }
                }
                (_, Some(given)) => self.argument(it, &given.expr, scope),
                (Given::Required, None) => {
                    self.missing(it, &body.end);
                    Value::unknown(it.shape.ty())
                }
                (Given::Optional | Given::Auto, None) => Value::null(it.shape.ty()),
            };
            entries.insert(it.name.into(), value);
        }
        Value::object(entries)
    }

    fn missing(&mut self, it: &Attribute, at: &Span) {
        let detail =
            format!("The argument {:?} is required, but no definition was found.", it.name);
        self.problems.push(Diagnostic::error("Missing required argument", detail).at(at));
    }

    fn argument(&mut self, it: &Attribute, expr: &Expr, scope: Option<&dyn Scope>) -> Value {
        let value = self.converted(it, expr, &it.shape.ty(), scope);
        if it.given == Given::Required && value.is_null() {
            self.missing(it, &expr.span);
        }
        value
    }

    /// Blocks that were written as one argument: what is left out of their objects is null.
    fn assigned(&mut self, it: &Attribute, expr: &Expr, scope: Option<&dyn Scope>) -> Value {
        self.converted(it, expr, &lenient(it.shape), scope)
    }

    fn converted(
        &mut self,
        it: &Attribute,
        expr: &Expr,
        ty: &Type,
        scope: Option<&dyn Scope>,
    ) -> Value {
        let Some(scope) = scope else { return Value::unknown(it.shape.ty()) };
        let value = match evaluate(expr, scope) {
            Ok(value) => value,
            Err(problems) => {
                self.problems.extend(problems);
                return Value::unknown(it.shape.ty());
            }
        };
        convert(&value, ty).unwrap_or_else(|why| {
            let detail = format!("Inappropriate value for attribute {:?}: {why}.", it.name);
            let problem = Diagnostic::error("Incorrect attribute value type", detail);
            self.problems.push(eval::explain(problem.at(&expr.span), expr, scope));
            Value::unknown(it.shape.ty())
        })
    }

    /// All blocks of one kind as the value of their attribute.
    fn blocks(
        &mut self,
        it: &Attribute,
        content: &Content<'_>,
        assigned: Option<Value>,
        end: &Span,
        scope: Option<&dyn Scope>,
    ) -> Value {
        let mut all = Blocks::default();
        if let Some(value) = assigned {
            all.marks = all.marks.union(value.marks);
            all.known &= value.is_known();
            let single = matches!(it.shape, Shape::Object(_)) && !value.is_null();
            match value.items() {
                Some(items) => all.items.extend(items.iter().cloned()),
                None if single && value.is_known() => all.items.push(value),
                None => (),
            }
        }
        self.written(it, content, &mut all, scope);
        self.check_number(it, &all, end);
        let ty = it.shape.ty();
        if !all.known {
            return Value::unknown(ty).mark(all.marks);
        }
        let made = match &ty {
            Type::Set(element) => Value::set((**element).clone(), all.items),
            Type::List(element) => Value::list((**element).clone(), all.items),
            _ => all.items.pop().unwrap_or_else(|| Value::null(ty)),
        };
        made.mark(all.marks)
    }

    /// Adds the blocks that are written as such.
    fn written(
        &mut self,
        it: &Attribute,
        content: &Content<'_>,
        all: &mut Blocks,
        scope: Option<&dyn Scope>,
    ) {
        let attributes = it.blocks().unwrap_or_default();
        for written in content.blocks(it.name) {
            match written {
                Written::Block(block) => {
                    all.items.push(self.block(block, attributes, scope));
                    all.spans.push(block.span.clone());
                }
                Written::Dynamic(block) => self.dynamic(block, it, attributes, all, scope),
            }
        }
    }

    fn check_number(&mut self, it: &Attribute, all: &Blocks, end: &Span) {
        let is_single = matches!(it.shape, Shape::Object(_));
        let least = it.min_items.max(u32::from(it.given == Given::Required));
        let most = if is_single { 1 } else { it.max_items };
        let n_items = u32::try_from(all.items.len()).unwrap_or(u32::MAX);
        let (name, mut problem) = (it.name, None);
        if n_items < least && all.known {
            let detail = format!("At least {least} {name:?} blocks are required.");
            problem = Some((format!("Insufficient {name} blocks"), detail, end));
        } else if n_items > most && most > 0 {
            let detail = format!("No more than {most} {name:?} blocks are allowed.");
            let span = all.spans.get(most as usize).or(all.spans.last()).unwrap_or(end);
            problem = Some((format!("Too many {name} blocks"), detail, span));
        }
        if let Some((summary, detail, span)) = problem {
            self.problems.push(Diagnostic::error(summary, detail).at(span));
        }
    }
}

/// The blocks of one kind, as far as they are read.
struct Blocks {
    items: Vec<Value>,
    /// Their headers. Fewer than items if some were assigned.
    spans: Vec<Span>,
    marks: Marks,
    /// Whether it is known how many there are.
    known: bool,
}

impl Default for Blocks {
    fn default() -> Blocks {
        Blocks { items: Vec::new(), spans: Vec::new(), marks: Marks::NONE, known: true }
    }
}

/// The type of a shape in which every object may leave out what it likes.
fn lenient(shape: Shape) -> Type {
    match shape {
        Shape::Any | Shape::Bool | Shape::Number | Shape::String => shape.ty(),
        Shape::List(it) => Type::list(lenient(*it)),
        Shape::Set(it) => Type::set(lenient(*it)),
        Shape::Map(it) => Type::map(lenient(*it)),
        Shape::Object(attributes) => {
            let pairs = attributes.iter().map(|it| (it.name.to_owned(), lenient(it.shape)));
            Type::Object(std::sync::Arc::new(ObjectType {
                attributes: pairs.collect(),
                optional: attributes.iter().map(|it| it.name.to_owned()).collect(),
            }))
        }
    }
}

#[cfg(test)]
mod tests;
