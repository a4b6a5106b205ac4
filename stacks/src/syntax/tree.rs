//! The syntax tree of a configuration file: what was written, each part with its span.
//!
//! Nothing here is evaluated. `parse` makes it from HCL's native syntax, `json` from its JSON form.

mod dump;

use std::sync::Arc;

use model::{Number, Span};

/// A name and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ident {
    pub name: Arc<str>,
    pub span: Span,
}

/// What stands in a file or between the braces of a block.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Body {
    /// In the order of the file.
    pub attributes: Vec<Attribute>,
    /// In the order of the file.
    pub blocks: Vec<Block>,
    /// The whole body, without braces.
    pub span: Span,
    /// Where a missing argument is reported: the closing brace, or the end of the file.
    pub end: Span,
}

/// `name = expr`.
#[derive(Debug, Clone, PartialEq)]
pub struct Attribute {
    pub name: Ident,
    pub expr: Expr,
    pub span: Span,
}

/// `kind "label" { ... }`.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    pub kind: Ident,
    pub labels: Vec<Ident>,
    pub body: Body,
    /// The header: from the kind to the last label.
    pub span: Span,
    /// Whether it was written in the JSON form, in which an argument and a block look alike: see
    /// `json::as_blocks`.
    pub json: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    pub kind: ExprKind,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub enum ExprKind {
    Null,
    Bool(bool),
    Number(Number),
    /// A text without interpolation, its escapes resolved.
    String(Arc<str>),
    /// A quoted text or heredoc with interpolations or directives.
    Template(Vec<Part>),
    /// A quoted text that is one interpolation and nothing else, `"${x}"`: the value as it is.
    Wrap(Box<Expr>),
    /// A name at the start of a traversal: `var`, `aws_vpc`, the variable of a `for`.
    Name(Arc<str>),
    /// `of.name`
    Attr(Box<Expr>, Ident),
    /// `of[key]`, and the legacy `of.0`, whose key is a number literal.
    Index(Box<Expr>, Box<Expr>),
    /// `of.*.x.y` (attribute-only) or `of[*].x[0].y` (full): `each` is applied to each element, for
    /// which [`ExprKind::Item`] stands.
    Splat {
        of: Box<Expr>,
        each: Box<Expr>,
        full: bool,
    },
    /// The element of the splat around it.
    Item,
    /// `name(args...)`; namespaces are part of the name: `provider::aws::arn_parse`.
    Call {
        name: Box<Ident>,
        args: Vec<Expr>,
        expand_last: bool,
    },
    Conditional {
        test: Box<Expr>,
        then: Box<Expr>,
        otherwise: Box<Expr>,
    },
    Unary(UnaryOp, Box<Expr>),
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    Tuple(Vec<Expr>),
    Object(Vec<Item>),
    For(Box<For>),
    Paren(Box<Expr>),
    /// Stands where parsing failed; the error has been reported. Evaluates to unknown.
    Broken,
}

/// One entry of an object: `key = value`.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    pub key: ObjectKey,
    pub value: Expr,
}

#[derive(Debug, Clone, PartialEq)]
pub enum ObjectKey {
    /// A bare word, which is its own text.
    Name(Ident),
    /// Anything else. A traversal without parentheses is an error when it is evaluated.
    Expr(Expr),
}

/// `[for key, value in of : result if cond]` or `{for ... : key => result...}`.
#[derive(Debug, Clone, PartialEq)]
pub struct For {
    pub key_name: Option<Ident>,
    pub value_name: Ident,
    pub of: Expr,
    /// Given for an object, not for a tuple.
    pub key: Option<Expr>,
    pub value: Expr,
    /// `...`: values of the same key are gathered in a tuple.
    pub group: bool,
    pub cond: Option<Expr>,
}

/// A part of a template.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    /// Literal text, escapes resolved and trim marks already applied.
    Text(Arc<str>, Span),
    /// `${ expr }`
    Interpolation(Expr),
    /// `%{ if }`
    If { test: Box<Expr>, then: Vec<Part>, otherwise: Vec<Part>, span: Span },
    /// `%{ for }`
    For { key_name: Option<Ident>, value_name: Ident, of: Box<Expr>, body: Vec<Part>, span: Span },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnaryOp {
    Not,
    Negate,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BinaryOp {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
}

/// A step from a value into it, when it is known without evaluating anything.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    Attr(Ident),
    Index(model::Key, Span),
}

/// A name and fixed steps from it: `module.net.subnets[0].id`.
#[derive(Debug, Clone, PartialEq)]
pub struct Traversal {
    pub root: Ident,
    pub steps: Vec<Step>,
    pub span: Span,
}

/// As it is written.
impl std::fmt::Display for Traversal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.root.name)?;
        for step in &self.steps {
            match step {
                Step::Attr(it) => write!(f, ".{}", it.name)?,
                Step::Index(model::Key::Index(n), _) => write!(f, "[{n}]")?,
                Step::Index(model::Key::Name(name), _) => write!(f, "[{name:?}]")?,
            }
        }
        Ok(())
    }
}

impl Body {
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|it| &*it.name.name == name)
    }

    pub fn blocks_of<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Block> {
        self.blocks.iter().filter(move |it| &*it.kind.name == kind)
    }
}

impl Expr {
    /// The expression as a traversal, if it is nothing but names, attributes and literal keys.
    pub fn as_traversal(&self) -> Option<Traversal> {
        let mut steps = Vec::new();
        let mut expr = self;
        let root = loop {
            expr = match &expr.kind {
                ExprKind::Name(name) => {
                    break Ident { name: name.clone(), span: expr.span.clone() };
                }
                ExprKind::Attr(of, name) => {
                    steps.push(Step::Attr(name.clone()));
                    of
                }
                ExprKind::Index(of, key) => {
                    let span = key.span.clone();
                    steps.push(match &key.kind {
                        ExprKind::String(it) => Step::Index(model::Key::Name(it.clone()), span),
                        ExprKind::Number(it) => {
                            let index = u64::try_from(it.to_i64()?).ok()?;
                            Step::Index(model::Key::Index(index), span)
                        }
                        _ => return None,
                    });
                    of
                }
                _ => return None,
            };
        };
        steps.reverse();
        Some(Traversal { root, steps, span: self.span.clone() })
    }

    /// Calls `visit` for each expression in this one, itself first.
    pub fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Expr)) {
        stacker::maybe_grow(64 * 1024, 1024 * 1024, || self.walk_parts(visit));
    }

    fn walk_parts<'a>(&'a self, visit: &mut dyn FnMut(&'a Expr)) {
        visit(self);
        match &self.kind {
            ExprKind::Null
            | ExprKind::Bool(_)
            | ExprKind::Number(_)
            | ExprKind::String(_)
            | ExprKind::Name(_)
            | ExprKind::Item
            | ExprKind::Broken => (),
            ExprKind::Template(parts) => parts.iter().for_each(|it| it.walk(visit)),
            ExprKind::Wrap(it) | ExprKind::Attr(it, _) | ExprKind::Paren(it) => it.walk(visit),
            ExprKind::Unary(_, it) => it.walk(visit),
            ExprKind::Index(a, b) | ExprKind::Binary(_, a, b) => {
                a.walk(visit);
                b.walk(visit);
            }
            ExprKind::Splat { of, each, .. } => {
                of.walk(visit);
                each.walk(visit);
            }
            ExprKind::Call { args, .. } => args.iter().for_each(|it| it.walk(visit)),
            ExprKind::Conditional { test, then, otherwise } => {
                test.walk(visit);
                then.walk(visit);
                otherwise.walk(visit);
            }
            ExprKind::Tuple(items) => items.iter().for_each(|it| it.walk(visit)),
            ExprKind::Object(items) => {
                for it in items {
                    if let ObjectKey::Expr(key) = &it.key {
                        key.walk(visit);
                    }
                    it.value.walk(visit);
                }
            }
            ExprKind::For(it) => {
                it.of.walk(visit);
                it.key.iter().for_each(|it| it.walk(visit));
                it.value.walk(visit);
                it.cond.iter().for_each(|it| it.walk(visit));
            }
        }
    }
}

impl Part {
    fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Expr)) {
        match self {
            Part::Text(..) => (),
            Part::Interpolation(it) => it.walk(visit),
            Part::If { test, then, otherwise, .. } => {
                test.walk(visit);
                then.iter().chain(otherwise).for_each(|it| it.walk(visit));
            }
            Part::For { of, body, .. } => {
                of.walk(visit);
                body.iter().for_each(|it| it.walk(visit));
            }
        }
    }
}
