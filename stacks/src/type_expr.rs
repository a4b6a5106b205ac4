//! Type expressions, as a variable's `type` argument has them: `map(object({ a = optional(string) }))`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use model::{Diagnostic, Diagnostics, ObjectType, Span, Type};

use crate::convert::convert;
use crate::load::constant;
use crate::stack::Defaults;
use crate::syntax::tree::{Expr, ExprKind, Item, ObjectKey};

/// A type as written, with the defaults of its optional attributes. What is wrong is reported and
/// stands as [`Type::Any`].
pub fn type_constraint(expr: &Expr, problems: &mut Diagnostics) -> (Type, Option<Defaults>) {
    let mut reader = Reader { problems, depth: 0 };
    // The old short forms, at the top only.
    match &expr.kind {
        ExprKind::Name(name) if &**name == "list" => (Type::list(Type::Any), None),
        ExprKind::Name(name) if &**name == "map" => (Type::map(Type::Any), None),
        _ => reader.ty(expr),
    }
}

/// How deep types may be nested.
const MAX_DEPTH: usize = 128;

struct Reader<'a> {
    problems: &'a mut Diagnostics,
    depth: usize,
}

type Typed = (Type, Option<Defaults>);

impl Reader<'_> {
    fn invalid(&mut self, detail: impl Into<String>, span: &Span) -> Typed {
        self.problems.push(Diagnostic::error("Invalid type specification", detail).at(span));
        (Type::Any, None)
    }

    fn ty(&mut self, expr: &Expr) -> Typed {
        if self.depth >= MAX_DEPTH {
            return self.invalid("This type is nested too deeply.", &expr.span);
        }
        self.depth += 1;
        let found = stacker::maybe_grow(64 * 1024, 1024 * 1024, || self.ty_at(expr));
        self.depth -= 1;
        found
    }

    fn ty_at(&mut self, expr: &Expr) -> Typed {
        match &expr.kind {
            ExprKind::Name(name) => self.keyword(name, &expr.span),
            ExprKind::Call { name, args, .. } => self.constructor(&name.name, args, expr),
            ExprKind::Broken => (Type::Any, None),
            _ => self.invalid(
                "A type specification is either a primitive type keyword (bool, number, string) or \
                 a complex type constructor call, like list(string).",
                &expr.span,
            ),
        }
    }

    fn keyword(&mut self, name: &str, span: &Span) -> Typed {
        match name {
            "bool" => (Type::Bool, None),
            "number" => (Type::Number, None),
            "string" => (Type::String, None),
            "any" => (Type::Any, None),
            "list" | "set" | "map" | "object" | "tuple" => self.invalid(argument_rule(name), span),
            _ => {
                let detail = format!("The keyword {name:?} is not a valid type specification.");
                self.invalid(detail, span);
                let known = ["bool", "number", "string", "any"];
                self.hint(crate::suggest::hint(name, known));
                (Type::Any, None)
            }
        }
    }

    fn hint(&mut self, hint: Option<String>) {
        if let Some(problem) = self.problems.last_mut() {
            problem.hint = hint;
        }
    }

    fn constructor(&mut self, name: &str, args: &[Expr], expr: &Expr) -> Typed {
        match (name, args) {
            ("bool" | "string" | "number", _) => {
                let detail = format!("Primitive type keyword {name:?} does not expect arguments.");
                self.invalid(detail, &expr.span)
            }
            ("any", _) => {
                let detail = "Type constraint keyword \"any\" does not expect arguments.";
                self.invalid(detail, &expr.span)
            }
            ("list", [element]) => self.collection(element, Type::list),
            ("set", [element]) => self.collection(element, Type::set),
            ("map", [element]) => self.collection(element, Type::map),
            ("object", [attributes]) => self.object(attributes),
            ("tuple", [elements]) => self.tuple(elements),
            ("list" | "set" | "map" | "object" | "tuple", _) => {
                let span = match args {
                    [_, second, .., last] => second.span.to(&last.span),
                    [_, second] => second.span.clone(),
                    _ => expr.span.clone(),
                };
                self.invalid(argument_rule(name), &span)
            }
            ("optional", _) => self.invalid(
                "Keyword \"optional\" is valid only as a modifier for object type attributes.",
                &expr.span,
            ),
            _ => {
                let detail = format!("Keyword {name:?} is not a valid type constructor.");
                self.invalid(detail, &expr.span);
                let known = ["list", "set", "map", "object", "tuple"];
                self.hint(crate::suggest::hint(name, known));
                (Type::Any, None)
            }
        }
    }

    fn collection(&mut self, element: &Expr, of: fn(Type) -> Type) -> Typed {
        let (ty, defaults) = self.ty(element);
        let children = defaults.map(|it| BTreeMap::from([(String::new(), it)]));
        (of(ty), children.map(|children| Defaults { values: BTreeMap::new(), children }))
    }

    fn tuple(&mut self, elements: &Expr) -> Typed {
        let ExprKind::Tuple(elements) = &elements.kind else {
            let detail = "Tuple type constructor requires a list of element types.";
            return self.invalid(detail, &elements.span);
        };
        let mut children = BTreeMap::new();
        let mut types = Vec::new();
        for (n, element) in elements.iter().enumerate() {
            let (ty, defaults) = self.ty(element);
            types.push(ty);
            children.extend(defaults.map(|it| (n.to_string(), it)));
        }
        (Type::tuple(types), some(Defaults { values: BTreeMap::new(), children }))
    }

    fn object(&mut self, attributes: &Expr) -> Typed {
        let ExprKind::Object(items) = &attributes.kind else {
            let detail = "Object type constructor requires a map whose keys are attribute names and \
                          whose values are the corresponding attribute types.";
            return self.invalid(detail, &attributes.span);
        };
        let (mut types, mut optional) = (BTreeMap::new(), BTreeSet::new());
        let mut defaults = Defaults::default();
        for item in items {
            let Some(name) = self.attribute_name(item) else { continue };
            let (ty_expr, is_optional, default) = match self.modifier(&item.value) {
                Some(it) => it,
                None => continue,
            };
            let (ty, children) = self.ty(ty_expr);
            if let Some(default) = default
                && let Some(value) = self.default(default, &ty)
            {
                defaults.values.insert(name.clone(), value);
            }
            defaults.children.extend(children.map(|it| (name.clone(), it)));
            if is_optional {
                optional.insert(name.clone());
            }
            types.insert(name, ty);
        }
        let ty = Type::Object(Arc::new(ObjectType { attributes: types, optional }));
        (ty, some(defaults))
    }

    fn attribute_name(&mut self, item: &Item) -> Option<String> {
        let span = match &item.key {
            ObjectKey::Name(it) => return Some(it.name.to_string()),
            ObjectKey::Expr(Expr { kind: ExprKind::Name(it), .. }) => return Some(it.to_string()),
            ObjectKey::Expr(it) => &it.span,
        };
        self.invalid("Object constructor map keys must be attribute names.", span);
        None
    }

    /// The type of an attribute, whether it is optional, and its default. None if that is not said.
    fn modifier<'e>(&mut self, expr: &'e Expr) -> Option<(&'e Expr, bool, Option<&'e Expr>)> {
        let args = match &expr.kind {
            ExprKind::Call { name, args, .. } if &*name.name == "optional" => args,
            _ => return Some((expr, false, None)),
        };
        match &args[..] {
            [] => {
                let detail =
                    "Optional attribute modifier requires the attribute type as its argument.";
                self.invalid(detail, &expr.span);
                None
            }
            [ty] => Some((ty, true, None)),
            [ty, default] => Some((ty, true, Some(default))),
            [ty, ..] => {
                let detail = "Optional attribute modifier expects at most two arguments: the \
                              attribute type, and a default value.";
                self.invalid(detail, &expr.span);
                Some((ty, true, None))
            }
        }
    }

    fn default(&mut self, expr: &Expr, ty: &Type) -> Option<model::Value> {
        let value = constant::value(expr, self.problems)?;
        match convert(&value, ty) {
            Ok(value) => Some(value),
            Err(error) => {
                let detail = format!(
                    "This default value is not compatible with the attribute's type constraint: {error}."
                );
                let summary = "Invalid default value for optional attribute";
                self.problems.push(Diagnostic::error(summary, detail).at(&expr.span));
                None
            }
        }
    }
}

fn some(defaults: Defaults) -> Option<Defaults> {
    Some(defaults).filter(|it| !it.values.is_empty() || !it.children.is_empty())
}

fn argument_rule(name: &str) -> String {
    match name {
        "object" => "The object type constructor requires one argument specifying the attribute \
                     types and values as a map."
            .to_owned(),
        "tuple" => "The tuple type constructor requires one argument specifying the element types \
                    as a list."
            .to_owned(),
        _ => format!(
            "The {name} type constructor requires one argument specifying the element type."
        ),
    }
}
