//! A policy document between its parts and its text. Order and white space are the AWS provider's.

use std::collections::BTreeMap;

use serde_json::Value as Json;

#[derive(Debug, Clone, Default)]
pub(super) struct Document {
    pub version: String,
    pub id: String,
    pub statements: Vec<Statement>,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Statement {
    pub sid: String,
    pub effect: String,
    pub actions: Option<Node>,
    pub not_actions: Option<Node>,
    pub resources: Option<Node>,
    pub not_resources: Option<Node>,
    pub principals: Vec<Principal>,
    pub not_principals: Vec<Principal>,
    pub conditions: Vec<Condition>,
}

#[derive(Debug, Clone)]
pub(super) struct Principal {
    pub kind: String,
    /// Whether they are written as a list even if there is one.
    pub list: bool,
    pub identifiers: Vec<String>,
}

#[derive(Debug, Clone)]
pub(super) struct Condition {
    pub test: String,
    pub variable: String,
    pub values: Vec<String>,
}

/// JSON whose objects keep the order they were written in.
#[derive(Debug, Clone)]
pub(super) enum Node {
    Text(String),
    Raw(String),
    List(Vec<Node>),
    Object(Vec<(String, Node)>),
}

impl Document {
    pub fn parse(text: &str) -> Result<Document, String> {
        let json: Json = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let text = |name: &str| json[name].as_str().unwrap_or_default().to_owned();
        let statements = match &json["Statement"] {
            Json::Null => Vec::new(),
            Json::Array(items) => items.iter().map(Statement::parse).collect::<Result<_, _>>()?,
            _ => return Err("`Statement` must be a list of statements".to_owned()),
        };
        Ok(Document { version: text("Version"), id: text("Id"), statements })
    }

    /// Adds another document. Its statements replace those of the same `Sid`.
    pub fn merge(&mut self, other: Document) {
        if !other.id.is_empty() {
            self.id = other.id;
        }
        self.version = self.version.clone().max(other.version);
        for new in other.statements {
            let same = |it: &&mut Statement| !new.sid.is_empty() && it.sid == new.sid;
            match self.statements.iter_mut().find(same) {
                Some(it) => *it = new,
                None => self.statements.push(new),
            }
        }
    }

    pub fn node(&self) -> Node {
        let statements = self.statements.iter().map(Statement::node).collect::<Vec<_>>();
        object([
            ("Version", text(&self.version)),
            ("Id", text(&self.id)),
            ("Statement", (!statements.is_empty()).then_some(Node::List(statements))),
        ])
    }
}

impl Statement {
    fn parse(json: &Json) -> Result<Statement, String> {
        let text = |name: &str| json[name].as_str().unwrap_or_default().to_owned();
        let node = |name: &str| (!json[name].is_null()).then(|| Node::from(&json[name]));
        Ok(Statement {
            sid: text("Sid"),
            effect: text("Effect"),
            actions: node("Action"),
            not_actions: node("NotAction"),
            resources: node("Resource"),
            not_resources: node("NotResource"),
            principals: principals(&json["Principal"])?,
            not_principals: principals(&json["NotPrincipal"])?,
            conditions: conditions(&json["Condition"])?,
        })
    }

    fn node(&self) -> Node {
        let principals = |it: &[Principal]| (!it.is_empty()).then(|| principals_node(it));
        object([
            ("Sid", text(&self.sid)),
            ("Effect", text(&self.effect)),
            ("Action", self.actions.clone()),
            ("NotAction", self.not_actions.clone()),
            ("Resource", self.resources.clone()),
            ("NotResource", self.not_resources.clone()),
            ("Principal", principals(&self.principals)),
            ("NotPrincipal", principals(&self.not_principals)),
            ("Condition", (!self.conditions.is_empty()).then(|| conditions_node(&self.conditions))),
        ])
    }
}

fn text(it: &str) -> Option<Node> {
    (!it.is_empty()).then(|| Node::Text(it.to_owned()))
}

fn object<const N: usize>(fields: [(&str, Option<Node>); N]) -> Node {
    let given = fields.into_iter().filter_map(|(name, it)| Some((name.to_owned(), it?)));
    Node::Object(given.collect())
}

fn principals(json: &Json) -> Result<Vec<Principal>, String> {
    let wrong = || "a principal must be a text or a list of texts".to_owned();
    match json {
        Json::Null => Ok(Vec::new()),
        Json::String(_) => Ok(vec![Principal {
            kind: "*".to_owned(),
            list: true,
            identifiers: vec!["*".to_owned()],
        }]),
        Json::Object(kinds) => {
            let mut found = Vec::new();
            for (kind, it) in kinds {
                let (list, texts) = match it {
                    Json::String(one) => (false, vec![one.clone()]),
                    Json::Array(items) => {
                        let text = |it: &Json| it.as_str().map(str::to_owned).ok_or_else(wrong);
                        (true, items.iter().map(text).collect::<Result<_, _>>()?)
                    }
                    _ => return Err(wrong()),
                };
                found.push(Principal { kind: kind.clone(), list, identifiers: texts });
            }
            Ok(found)
        }
        _ => Err(wrong()),
    }
}

fn principals_node(them: &[Principal]) -> Node {
    if let [one] = them
        && one.kind == "*"
        && one.identifiers == ["*"]
    {
        return Node::Text("*".to_owned());
    }
    let mut kinds: BTreeMap<&str, (bool, Vec<String>)> = BTreeMap::new();
    for it in them {
        let known = kinds.contains_key(it.kind.as_str());
        let (list, texts) = kinds.entry(&it.kind).or_default();
        let mut more = it.identifiers.clone();
        more.sort_by(|a, b| b.cmp(a));
        *list |= it.list || known;
        texts.extend(more);
    }
    let node = |(list, mut texts): (bool, Vec<String>)| match list {
        false => Node::Text(texts.pop().unwrap_or_default()),
        true => Node::List(texts.into_iter().map(Node::Text).collect()),
    };
    Node::Object(kinds.into_iter().map(|(kind, it)| (kind.to_owned(), node(it))).collect())
}

fn conditions(json: &Json) -> Result<Vec<Condition>, String> {
    let tests = match json {
        Json::Null => return Ok(Vec::new()),
        Json::Object(it) => it,
        _ => return Err("`Condition` must be an object".to_owned()),
    };
    let mut found = Vec::new();
    for (test, variables) in tests {
        let wrong = || format!("`{test}` must be an object of texts and lists of texts");
        for (variable, values) in variables.as_object().ok_or_else(wrong)? {
            let text = |it: &Json| it.as_str().map(str::to_owned).ok_or_else(wrong);
            let values = match values {
                Json::String(one) => vec![one.clone()],
                Json::Bool(it) => vec![it.to_string()],
                Json::Array(items) => items.iter().map(text).collect::<Result<_, _>>()?,
                // The AWS provider leaves these out.
                _ => continue,
            };
            let (test, variable) = (test.clone(), variable.clone());
            found.push(Condition { test, variable, values });
        }
    }
    Ok(found)
}

fn conditions_node(them: &[Condition]) -> Node {
    let mut tests: BTreeMap<&str, BTreeMap<&str, Vec<String>>> = BTreeMap::new();
    for it in them {
        let values = tests.entry(&it.test).or_default().entry(&it.variable).or_default();
        values.extend(it.values.iter().cloned());
    }
    let values = |mut it: Vec<String>| match it.len() {
        1 => Node::Text(it.remove(0)),
        _ => Node::List(it.into_iter().map(Node::Text).collect()),
    };
    let variables = |it: BTreeMap<&str, Vec<String>>| {
        Node::Object(it.into_iter().map(|(name, it)| (name.to_owned(), values(it))).collect())
    };
    Node::Object(tests.into_iter().map(|(name, it)| (name.to_owned(), variables(it))).collect())
}

impl From<&Json> for Node {
    fn from(json: &Json) -> Node {
        match json {
            Json::String(it) => Node::Text(it.clone()),
            Json::Array(items) => Node::List(items.iter().map(Node::from).collect()),
            Json::Object(fields) => {
                let fields: BTreeMap<_, _> = fields.iter().collect();
                Node::Object(
                    fields.into_iter().map(|(name, it)| (name.clone(), Node::from(it))).collect(),
                )
            }
            other => Node::Raw(other.to_string()),
        }
    }
}

impl Node {
    pub fn minified(&self) -> String {
        let mut out = String::new();
        self.write(None, &mut out);
        out
    }

    pub fn indented(&self) -> String {
        let mut out = String::new();
        self.write(Some(0), &mut out);
        out
    }

    fn write(&self, depth: Option<usize>, out: &mut String) {
        match self {
            Node::Text(it) => quote(it, out),
            Node::Raw(it) => out.push_str(it),
            Node::List(items) if items.is_empty() => out.push_str("[]"),
            Node::Object(fields) if fields.is_empty() => out.push_str("{}"),
            Node::List(items) => {
                out.push('[');
                for (index, it) in items.iter().enumerate() {
                    separate(index, depth, out);
                    it.write(depth.map(|it| it + 1), out);
                }
                line(depth, out);
                out.push(']');
            }
            Node::Object(fields) => {
                out.push('{');
                for (index, (name, it)) in fields.iter().enumerate() {
                    separate(index, depth, out);
                    quote(name, out);
                    out.push_str(if depth.is_some() { ": " } else { ":" });
                    it.write(depth.map(|it| it + 1), out);
                }
                line(depth, out);
                out.push('}');
            }
        }
    }
}

fn separate(index: usize, depth: Option<usize>, out: &mut String) {
    if index > 0 {
        out.push(',');
    }
    line(depth.map(|it| it + 1), out);
}

fn line(depth: Option<usize>, out: &mut String) {
    if let Some(depth) = depth {
        out.push('\n');
        out.push_str(&"  ".repeat(depth));
    }
}

/// As Go writes texts in JSON: safe to stand in HTML.
fn quote(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => {
                out.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}
