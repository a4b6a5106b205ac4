//! Writes a state just as Terraform does: the same order, the same indentation, the same escapes. A
//! state that one program wrote and the other rewrites differs only where the content does.

use model::{InstanceAddr, Key, Mode, Number, ResourceAddr, Type};
use serde_json::Value as Json;

use crate::file::{Instance, ObjectState, State};

impl State {
    /// The state file's content.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Layout::default();
        out.open('{');
        out.key("version");
        out.raw("4");
        out.member("terraform_version", &self.terraform_version);
        out.key("serial");
        out.raw(&self.serial.to_string());
        out.member("lineage", &self.lineage);
        out.key("outputs");
        outputs(self, &mut out);
        out.key("resources");
        resources(self, &mut out);
        out.key("check_results");
        out.check_results(self.check_results.as_ref().unwrap_or(&Json::Null));
        out.close('}');
        out.text.push('\n');
        out.text.into_bytes()
    }
}

fn outputs(state: &State, out: &mut Layout) {
    out.open('{');
    for (name, output) in &state.outputs {
        out.key(name);
        out.open('{');
        out.key("value");
        out.json(&output.value);
        out.key("type");
        out.json(&output.ty);
        if output.sensitive {
            out.key("sensitive");
            out.raw("true");
        }
        out.close('}');
    }
    out.close('}');
}

/// Resources in the order of their texts, which for modules is not the order of addresses.
fn resources(state: &State, out: &mut Layout) {
    let named = |it: (&'_ InstanceAddr, &'_ Instance)| it.0.resource.module.to_string();
    let mut all: Vec<_> = state.instances.iter().map(|it| (named(it), it.0, it.1)).collect();
    all.sort_by(|(a, one, _), (b, other, _)| {
        let place = |it: &InstanceAddr| {
            let ResourceAddr { mode, ty, name, .. } = &it.resource;
            (*mode, ty.clone(), name.clone())
        };
        a.cmp(b).then_with(|| place(one).cmp(&place(other)))
    });
    out.open('[');
    for instances in all.chunk_by(|a, b| a.1.resource == b.1.resource) {
        let (module, address, first) = &instances[0];
        out.element();
        out.open('{');
        if !module.is_empty() {
            out.member("module", module);
        }
        let mode = match address.resource.mode {
            Mode::Data => "data",
            Mode::Managed => "managed",
            Mode::Ephemeral => "ephemeral",
        };
        out.member("mode", mode);
        out.member("type", &address.resource.ty);
        out.member("name", &address.resource.name);
        out.member("provider", &first.provider);
        out.key("instances");
        out.open('[');
        for (_, address, instance) in instances {
            if let Some(current) = &instance.current {
                object(address.key.as_ref(), None, current, out);
            }
            for (key, deposed) in &instance.deposed {
                object(address.key.as_ref(), Some(key), deposed, out);
            }
        }
        out.close(']');
        out.close('}');
    }
    out.close(']');
}

fn object(key: Option<&Key>, deposed: Option<&str>, object: &ObjectState, out: &mut Layout) {
    out.element();
    out.open('{');
    match key {
        None => {}
        Some(Key::Index(it)) => {
            out.key("index_key");
            out.raw(&it.to_string());
        }
        Some(Key::Name(it)) => out.member("index_key", it),
    }
    if object.tainted {
        out.member("status", "tainted");
    }
    if let Some(deposed) = deposed {
        out.member("deposed", deposed);
    }
    out.key("schema_version");
    out.raw(&object.schema_version.to_string());
    out.key("attributes");
    out.open('{');
    for (name, value) in &object.attributes {
        out.key(name);
        out.json(value);
    }
    out.close('}');
    out.key("sensitive_attributes");
    out.paths(&object.sensitive);
    if let Some(identity) = &object.identity {
        out.key("identity_schema_version");
        out.raw(&identity.schema_version.to_string());
        if let Some(values) = &identity.values {
            out.key("identity");
            out.json(values);
        }
    }
    if let Some(private) = object.private.as_ref().filter(|it| !it.is_empty()) {
        out.member("private", private);
    }
    if !object.dependencies.is_empty() {
        out.key("dependencies");
        out.open('[');
        for it in &object.dependencies {
            out.element();
            out.string(it);
        }
        out.close(']');
    }
    if object.create_before_destroy {
        out.key("create_before_destroy");
        out.raw("true");
    }
    out.close('}');
}

/// The members of a JSON object.
type Members<'a> = Vec<(&'a String, &'a Json)>;

/// JSON as Go lays it out with an indentation of two spaces.
#[derive(Default)]
struct Layout {
    text: String,
    depth: usize,
}

impl Layout {
    fn raw(&mut self, text: &str) {
        self.text.push_str(text);
    }

    fn open(&mut self, bracket: char) {
        self.text.push(bracket);
        self.depth += 1;
    }

    fn close(&mut self, bracket: char) {
        self.depth -= 1;
        if !self.text.ends_with(['{', '[']) {
            self.line();
        }
        self.text.push(bracket);
    }

    fn line(&mut self) {
        self.text.push('\n');
        for _ in 0..self.depth {
            self.text.push_str("  ");
        }
    }

    fn element(&mut self) {
        if !self.text.ends_with(['{', '[']) {
            self.text.push(',');
        }
        self.line();
    }

    fn key(&mut self, name: &str) {
        self.element();
        self.string(name);
        self.text.push_str(": ");
    }

    fn member(&mut self, name: &str, value: &str) {
        self.key(name);
        self.string(value);
    }

    fn string(&mut self, text: &str) {
        self.text.push('"');
        for c in text.chars() {
            match c {
                '"' => self.text.push_str("\\\""),
                '\\' => self.text.push_str("\\\\"),
                '\n' => self.text.push_str("\\n"),
                '\r' => self.text.push_str("\\r"),
                '\t' => self.text.push_str("\\t"),
                '\u{8}' => self.text.push_str("\\b"),
                '\u{c}' => self.text.push_str("\\f"),
                '\0'..' ' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                    self.text.push_str(&format!("\\u{:04x}", c as u32));
                }
                c => self.text.push(c),
            }
        }
        self.text.push('"');
    }

    fn number(&mut self, number: &serde_json::Number) {
        let text = number.to_string();
        // Terraform writes all digits, never an exponent, and no fraction of zero.
        match text.contains(['e', 'E', '.']).then(|| text.parse::<Number>()) {
            Some(Ok(number)) => self.raw(&number.to_string()),
            Some(Err(())) | None => self.raw(&text),
        }
    }

    /// A value as providers and outputs have them: members in order of their names, except that a
    /// value which carries its own type comes before that type.
    fn json(&mut self, json: &Json) {
        self.value(json, |members| {
            let typed = members.len() == 2
                && members.iter().any(|it| it.0 == "value")
                && members.iter().any(|it| it.0 == "type" && Type::from_json(it.1).is_some());
            if typed {
                members.sort_by_key(|it| it.0 == "type");
            } else {
                members.sort_by(|a, b| a.0.cmp(b.0));
            }
        });
    }

    /// Steps of a path have their type first; the key of an `index` step is a value with its type.
    fn paths(&mut self, paths: &[Json]) {
        self.open('[');
        for path in paths {
            self.element();
            self.value(path, |members| {
                let step = members
                    .iter()
                    .any(|it| it.0 == "type" && (it.1 == "get_attr" || it.1 == "index"));
                members.sort_by_key(|it| (it.0 == "type") != step);
            });
        }
        self.close(']');
    }

    fn check_results(&mut self, json: &Json) {
        const ORDER: [&str; 6] =
            ["object_kind", "config_addr", "object_addr", "status", "objects", "failure_messages"];
        self.value(json, |members| {
            members.sort_by_key(|it| ORDER.iter().position(|name| name == it.0));
        });
    }

    fn value(&mut self, json: &Json, order: fn(&mut Members<'_>)) {
        match json {
            Json::Null => self.raw("null"),
            Json::Bool(it) => self.raw(if *it { "true" } else { "false" }),
            Json::Number(it) => self.number(it),
            Json::String(it) => self.string(it),
            Json::Array(items) => {
                self.open('[');
                for it in items {
                    self.element();
                    self.value(it, order);
                }
                self.close(']');
            }
            Json::Object(members) => {
                let mut members: Members<'_> = members.iter().collect();
                order(&mut members);
                self.open('{');
                for (name, it) in members {
                    self.key(name);
                    self.value(it, order);
                }
                self.close('}');
            }
        }
    }
}
