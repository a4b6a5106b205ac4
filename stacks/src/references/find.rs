//! The traversals in a tree whose first name the tree itself does not bind.

use std::sync::Arc;

use model::Key;

use crate::syntax::tree::{
    Block, Body, Expr, ExprKind, Ident, Item, ObjectKey, Part, Step, Traversal,
};

/// Walks a tree with the names that are bound where it is.
#[derive(Default)]
pub(super) struct Finder {
    pub bound: Vec<Arc<str>>,
    pub found: Vec<Traversal>,
    /// Whether objects may be blocks in the JSON form.
    pub json: bool,
}

impl Finder {
    pub fn body(&mut self, body: &Body) {
        for it in &body.attributes {
            match &*it.name.name {
                "dynamic" if self.json => self.json_dynamic(&it.expr),
                _ => self.expr(&it.expr),
            }
        }
        for it in &body.blocks {
            match &*it.kind.name {
                "dynamic" => self.dynamic(it),
                _ => stacker::maybe_grow(64 * 1024, 1024 * 1024, || self.body(&it.body)),
            }
        }
    }

    /// `for_each` is outside of the iterator's reach; `labels` and `content` are within.
    fn dynamic(&mut self, block: &Block) {
        let named = block.body.attribute("iterator").and_then(|it| it.expr.as_traversal());
        let label = block.labels.first().map(|it| it.name.clone());
        let iterator = named.map(|it| it.root.name).or(label);
        for it in &block.body.attributes {
            match &*it.name.name {
                "iterator" => (),
                "for_each" => self.expr(&it.expr),
                _ => self.within(&iterator, |finder| finder.expr(&it.expr)),
            }
        }
        for it in &block.body.blocks {
            self.within(&iterator, |finder| finder.body(&it.body));
        }
    }

    /// `"dynamic": {"label": {"for_each": ..., "content": ...}}`, or lists of the same.
    fn json_dynamic(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Tuple(items) => items.iter().for_each(|it| self.json_dynamic(it)),
            ExprKind::Object(items) => {
                for it in items {
                    self.json_dynamic_of(&key_text(&it.key), &it.value);
                }
            }
            _ => self.expr(expr),
        }
    }

    fn json_dynamic_of(&mut self, label: &Option<Arc<str>>, expr: &Expr) {
        let items = match &expr.kind {
            ExprKind::Tuple(items) => {
                return items.iter().for_each(|it| self.json_dynamic_of(label, it));
            }
            ExprKind::Object(items) => items,
            _ => return self.expr(expr),
        };
        let text = |it: &Item| match &it.value.kind {
            ExprKind::String(text) => Some(text.clone()),
            _ => None,
        };
        let is = |it: &Item, name: &str| key_text(&it.key).as_deref() == Some(name);
        let iterator = items.iter().find(|it| is(it, "iterator")).and_then(text);
        let iterator = iterator.or_else(|| label.clone());
        for it in items {
            match is(it, "for_each") {
                true => self.expr(&it.value),
                false => self.within(&iterator, |finder| finder.expr(&it.value)),
            }
        }
    }

    fn within(&mut self, names: &Option<Arc<str>>, visit: impl FnOnce(&mut Finder)) {
        let n_bound = self.bound.len();
        self.bound.extend(names.clone());
        visit(self);
        self.bound.truncate(n_bound);
    }

    fn within_for(&mut self, key: &Option<Ident>, value: &Ident, visit: impl FnOnce(&mut Finder)) {
        let key = key.as_ref().map(|it| it.name.clone());
        self.within(&key, |finder| finder.within(&Some(value.name.clone()), visit));
    }

    pub fn expr(&mut self, expr: &Expr) {
        stacker::maybe_grow(64 * 1024, 1024 * 1024, || self.expr_parts(expr));
    }

    fn expr_parts(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Null
            | ExprKind::Bool(_)
            | ExprKind::Number(_)
            | ExprKind::String(_)
            | ExprKind::Item
            | ExprKind::Broken => (),
            ExprKind::Name(_) | ExprKind::Attr(..) | ExprKind::Index(..) => self.chain(expr),
            ExprKind::Template(parts) => self.parts(parts),
            ExprKind::Wrap(it) | ExprKind::Paren(it) | ExprKind::Unary(_, it) => self.expr(it),
            ExprKind::Binary(_, a, b) => {
                self.expr(a);
                self.expr(b);
            }
            ExprKind::Splat { of, each, .. } => {
                self.expr(of);
                self.expr(each);
            }
            ExprKind::Call { args, .. } => args.iter().for_each(|it| self.expr(it)),
            ExprKind::Conditional { test, then, otherwise } => {
                self.expr(test);
                self.expr(then);
                self.expr(otherwise);
            }
            ExprKind::Tuple(items) => items.iter().for_each(|it| self.expr(it)),
            ExprKind::Object(items) => self.object(items),
            ExprKind::For(it) => {
                self.expr(&it.of);
                self.within_for(&it.key_name, &it.value_name, |finder| {
                    it.key.iter().chain([&it.value]).chain(&it.cond).for_each(|it| finder.expr(it));
                });
            }
        }
    }

    fn object(&mut self, items: &[Item]) {
        for it in items {
            if let ObjectKey::Expr(key) = &it.key {
                // A bare word as a key is its own text.
                if !matches!(key.kind, ExprKind::Name(_)) {
                    self.expr(key);
                }
            }
            match key_text(&it.key).as_deref() {
                Some("dynamic") if self.json => self.json_dynamic(&it.value),
                _ => self.expr(&it.value),
            }
        }
    }

    fn parts(&mut self, parts: &[Part]) {
        for part in parts {
            match part {
                Part::Text(..) => (),
                Part::Interpolation(it) => self.expr(it),
                Part::If { test, then, otherwise, .. } => {
                    self.expr(test);
                    self.parts(then);
                    self.parts(otherwise);
                }
                Part::For { key_name, value_name, of, body, .. } => {
                    self.expr(of);
                    self.within_for(key_name, value_name, |finder| finder.parts(body));
                }
            }
        }
    }

    /// A chain of attributes and indices: down to its start, then up again as far as the steps are
    /// fixed. Indices that are not fixed are expressions of their own.
    fn chain(&mut self, expr: &Expr) {
        let mut links = Vec::new();
        let mut start = expr;
        while let ExprKind::Attr(of, _) | ExprKind::Index(of, _) = &start.kind {
            links.push(start);
            start = of;
        }
        let ExprKind::Name(name) = &start.kind else {
            self.expr(start);
            return links.iter().rev().for_each(|it| self.index_key(it));
        };
        let root = Ident { name: name.clone(), span: start.span.clone() };
        let mut traversal = Traversal { root, steps: Vec::new(), span: start.span.clone() };
        let mut fixed = true;
        let mut keys = Vec::new();
        for link in links.into_iter().rev() {
            match fixed.then(|| fixed_step(link)).flatten() {
                Some(step) => {
                    traversal.steps.push(step);
                    traversal.span = link.span.clone();
                }
                None => {
                    fixed = false;
                    keys.push(link);
                }
            }
        }
        if !self.bound.contains(&traversal.root.name) {
            self.found.push(traversal);
        }
        keys.into_iter().for_each(|it| self.index_key(it));
    }

    fn index_key(&mut self, link: &Expr) {
        if let ExprKind::Index(_, key) = &link.kind {
            self.expr(key);
        }
    }
}

fn key_text(key: &ObjectKey) -> Option<Arc<str>> {
    match key {
        ObjectKey::Name(it) => Some(it.name.clone()),
        ObjectKey::Expr(Expr { kind: ExprKind::String(it), .. }) => Some(it.clone()),
        ObjectKey::Expr(_) => None,
    }
}

fn fixed_step(link: &Expr) -> Option<Step> {
    match &link.kind {
        ExprKind::Attr(_, name) => Some(Step::Attr(name.clone())),
        ExprKind::Index(_, key) => match &key.kind {
            ExprKind::String(it) => Some(Step::Index(Key::Name(it.clone()), key.span.clone())),
            ExprKind::Number(it) => {
                let index = u64::try_from(it.to_i64()?).ok()?;
                Some(Step::Index(Key::Index(index), key.span.clone()))
            }
            _ => None,
        },
        _ => None,
    }
}
