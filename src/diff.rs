//! A plan as people read it: what is replaced and why first, then what else happens, then nothing.

use std::fmt::Write;

use engine::{Action, Change, Plan, Reason};
use model::{Kind, Map, Value};

use crate::style::Style;

/// How much of a change is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// What differs.
    Changes,
    /// Every attribute.
    All,
}

/// The plan as text.
pub fn plan(plan: &Plan, style: Style, detail: Detail) -> String {
    let mut text = String::new();
    let shown = |it: &&Change| {
        let opens = it.address.resource.mode == model::Mode::Ephemeral;
        (it.action != Action::NoOp && !opens) || it.moved_from.is_some() || it.imported.is_some()
    };
    let mut changes: Vec<&Change> = plan.changes.iter().filter(shown).collect();
    changes.sort_by_key(|it| !replaces(it));
    for it in changes {
        change(&mut text, it, style, detail);
    }
    let mut heading = false;
    for (name, it) in &plan.outputs {
        if it.before == it.after {
            continue;
        }
        if !heading {
            text += &style.bold("Changes to outputs:\n");
            heading = true;
        }
        let writer = &mut Writer { text: &mut text, style, detail };
        let hide = |value: &Option<Value>| match it.sensitive {
            true => value.clone().map(Value::sensitive),
            false => value.clone(),
        };
        writer.entry(2, name, name.len(), hide(&it.before).as_ref(), hide(&it.after).as_ref(), "");
    }
    if heading {
        text.push('\n');
    }
    for it in &plan.deferred {
        let line = format!("{} waits: {}\n", it.address, it.why);
        text += &style.cyan(&line);
    }
    if !plan.deferred.is_empty() {
        text += "It is planned again, and finished, in the same apply.\n\n";
    }
    text
}

/// What stays although the configuration says otherwise, and is not shown with a change.
pub fn kept(plan: &Plan, style: Style) -> String {
    let quiet = plan.changes.iter().filter(|it| it.action == Action::NoOp && !it.kept.is_empty());
    let lines = quiet.flat_map(|it| it.kept.iter().map(move |kept| (it, kept)));
    let lines: String =
        lines.map(|(it, kept)| format!("  {}: {}\n", it.address, kept.why)).collect();
    match lines.is_empty() {
        true => lines,
        false => {
            let hint = "  To go back to what the configuration says: -keep-deployed=false\n";
            style.cyan(&format!("Kept as it is:\n{lines}{hint}\n"))
        }
    }
}

/// The last line of a plan.
pub fn summary(plan: &Plan) -> String {
    let counts = plan.counts();
    let replaced = plan.changes.iter().filter(|it| replaces(it)).count();
    let mut text = "Plan: ".to_owned();
    if counts.import > 0 {
        write!(text, "{} to import, ", counts.import).expect("writing to a String");
    }
    write!(
        text,
        "{} to add, {} to change, {} to destroy",
        counts.add, counts.change, counts.destroy
    )
    .expect("writing to a String");
    if replaced > 0 {
        write!(text, " ({replaced} replaced)").expect("writing to a String");
    }
    if counts.forget > 0 {
        write!(text, ", {} to forget", counts.forget).expect("writing to a String");
    }
    text + "."
}

fn replaces(it: &Change) -> bool {
    matches!(it.action, Action::DeleteThenCreate | Action::CreateThenDelete)
}

fn sign(action: Action, style: Style) -> String {
    match action {
        Action::Create => style.green("+"),
        Action::Update => style.yellow("~"),
        Action::Delete => style.red("-"),
        Action::DeleteThenCreate => style.red("-/+"),
        Action::CreateThenDelete => style.red("+/-"),
        Action::Read => style.cyan("<="),
        Action::Forget => style.cyan("."),
        Action::NoOp => " ".to_owned(),
    }
}

fn headline(it: &Change) -> String {
    let what = match it.action {
        Action::Create => "will be created",
        Action::Update => "will be updated in-place",
        Action::Delete => "will be destroyed",
        Action::DeleteThenCreate => "must be replaced",
        Action::CreateThenDelete => "must be replaced, the new one first",
        Action::Read => "will be read during apply",
        Action::Forget => "will no longer be managed, and stays where it is",
        Action::NoOp if it.imported.is_some() => "will be imported",
        Action::NoOp => "has a new address",
    };
    let deposed = it.deposed.as_ref().map(|key| format!(" (deposed object {key})"));
    format!("{}{} {what}", it.address, deposed.unwrap_or_default())
}

fn why(it: &Change) -> Option<String> {
    let reason = match &it.reason {
        Some(Reason::Tainted) => Some("it is tainted".to_owned()),
        Some(Reason::Asked) => Some("-replace asks for it".to_owned()),
        Some(Reason::Triggered(by)) => Some(format!("replace_triggered_by: {by} changes")),
        Some(Reason::NotConfigured) => Some("it is not in the configuration".to_owned()),
        Some(Reason::NoSuchKey) => Some("its key is not one of the block's instances".to_owned()),
        Some(Reason::Deposed) => Some("it was replaced by an earlier run".to_owned()),
        Some(Reason::Destroy) => None,
        None if !it.forced_by.is_empty() => Some(format!("{} changes", it.forced_by.join(", "))),
        None => None,
    };
    reason.map(|it| format!("because {it}"))
}

fn change(text: &mut String, it: &Change, style: Style, detail: Detail) {
    let head = match why(it) {
        Some(why) => format!("# {} ({why})", headline(it)),
        None => format!("# {}", headline(it)),
    };
    writeln!(text, "  {}", style.bold(&head)).expect("writing to a String");
    if let Some(from) = &it.moved_from {
        writeln!(text, "  # moved from {from}").expect("writing to a String");
    }
    if let Some(id) = &it.imported {
        writeln!(text, "  # imported from {id:?}").expect("writing to a String");
    }
    if !it.lifts.is_empty() {
        let line = format!("# its protection is lifted: {}", it.lifts.join(", "));
        writeln!(text, "  {}", style.red(&line)).expect("writing to a String");
    }
    if let Some(contents) = &it.empties {
        let line = format!("# with all it holds: {}", contents.text);
        writeln!(text, "  {}", style.red(&line)).expect("writing to a String");
    }
    for kept in &it.kept {
        writeln!(text, "  {}", style.cyan(&format!("# {}", kept.why)))
            .expect("writing to a String");
    }
    // What goes, goes whole: its address says enough, unless everything is to be seen.
    if it.action == Action::NoOp || (it.action == Action::Delete && detail == Detail::Changes) {
        text.push('\n');
        return;
    }
    let kind = match it.address.resource.mode {
        model::Mode::Data => "data",
        model::Mode::Managed => "resource",
        model::Mode::Ephemeral => "ephemeral",
    };
    let name = format!("{kind} \"{}\" \"{}\" {{", it.address.resource.ty, it.address.resource.name);
    writeln!(text, "{:>3} {name}", sign(it.action, style)).expect("writing to a String");
    let empty = Map::new();
    let object = |value: &Option<Value>| {
        value.as_ref().and_then(Value::entries).cloned().unwrap_or_else(|| empty.clone())
    };
    let (before, after) = (object(&it.before), object(&it.after));
    let mut writer = Writer { text, style, detail };
    writer.object(6, &before, &after, &it.forced_by);
    text.push_str("    }\n\n");
}

struct Writer<'a> {
    text: &'a mut String,
    style: Style,
    detail: Detail,
}

impl Writer<'_> {
    fn line(&mut self, indent: usize, sign: &str, line: &str) {
        let gap = indent.saturating_sub(2);
        writeln!(self.text, "{:gap$}{sign} {line}", "").expect("writing to a String");
    }

    /// The entries of an object that differ, and how many do not.
    fn object(&mut self, indent: usize, before: &Map, after: &Map, forced: &[String]) {
        let mut names: Vec<&str> =
            before.keys().chain(after.keys()).map(|it| it.as_ref()).collect();
        names.sort_unstable();
        names.dedup();
        let shown = |name: &&str| {
            let (old, new) = (visible(before.get(*name)), visible(after.get(*name)));
            match self.detail {
                Detail::Changes => old != new,
                Detail::All => old.is_some() || new.is_some(),
            }
        };
        let (shown, hidden): (Vec<&str>, Vec<&str>) = names.into_iter().partition(|it| shown(it));
        let width = shown.iter().map(|it| it.chars().count()).max().unwrap_or(0);
        for name in shown {
            let note = match forced.iter().any(|it| it == name) {
                true => " # forces replacement",
                false => "",
            };
            let (old, new) = (visible(before.get(name)), visible(after.get(name)));
            self.entry(indent, name, width, old, new, note);
        }
        let hidden = hidden.iter().filter(|it| visible(after.get(**it)).is_some()).count();
        if hidden > 0 && !before.is_empty() {
            let line = format!("# ({hidden} unchanged)");
            let line = self.style.dim(&line);
            self.line(indent, " ", &line);
        }
    }

    fn entry(
        &mut self,
        indent: usize,
        name: &str,
        width: usize,
        old: Option<&Value>,
        new: Option<&Value>,
        note: &str,
    ) {
        let note = self.style.red(note);
        let name = format!("{name:width$}");
        match (old, new) {
            (Some(old), Some(new)) if old == new => {
                let shown = self.value(indent, new);
                self.line(indent, " ", &format!("{name} = {shown}{note}"));
            }
            (Some(old), Some(new)) => {
                let sign = self.style.yellow("~");
                if let (Some(a), Some(b)) = (old.entries(), new.entries())
                    && !old.marks.sensitive
                    && !new.marks.sensitive
                {
                    self.line(indent, &sign, &format!("{name} = {{{note}"));
                    self.object(indent + 4, a, b, &[]);
                    self.line(indent, " ", "}");
                } else if let (Some(a), Some(b)) = (blocks(old), blocks(new)) {
                    self.line(indent, &sign, &format!("{name} = [{note}"));
                    self.items(indent + 4, a, b);
                    self.line(indent, " ", "]");
                } else {
                    let (a, b) = (self.value(indent, old), self.value(indent, new));
                    self.line(indent, &sign, &format!("{name} = {a} -> {b}{note}"));
                }
            }
            (None, Some(new)) => {
                let sign = self.style.green("+");
                let shown = self.value(indent, new);
                self.line(indent, &sign, &format!("{name} = {shown}{note}"));
            }
            (Some(old), None) => {
                let sign = self.style.red("-");
                let shown = self.value(indent, old);
                self.line(indent, &sign, &format!("{name} = {shown} -> null{note}"));
            }
            (None, None) => (),
        }
    }

    /// Elements of lists and sets: those that only one side has, one and the same in place.
    fn items(&mut self, indent: usize, before: &[Value], after: &[Value]) {
        let gone: Vec<&Value> = before.iter().filter(|it| !after.contains(it)).collect();
        let new: Vec<&Value> = after.iter().filter(|it| !before.contains(it)).collect();
        if let ([old], [new]) = (gone.as_slice(), new.as_slice())
            && let (Some(a), Some(b)) = (old.entries(), new.entries())
            && !old.marks.sensitive
            && !new.marks.sensitive
        {
            let sign = self.style.yellow("~");
            self.line(indent, &sign, "{");
            self.object(indent + 4, a, b, &[]);
            self.line(indent, " ", "},");
        } else {
            for it in gone {
                let sign = self.style.red("-");
                let shown = self.value(indent, it);
                self.line(indent, &sign, &format!("{shown},"));
            }
            for it in new {
                let sign = self.style.green("+");
                let shown = self.value(indent, it);
                self.line(indent, &sign, &format!("{shown},"));
            }
        }
        let kept = after.iter().filter(|it| before.contains(it)).count();
        if kept > 0 {
            let line = self.style.dim(&format!("# ({kept} unchanged)"));
            self.line(indent, " ", &line);
        }
    }

    /// A value as an expression.
    fn value(&self, indent: usize, value: &Value) -> String {
        if value.marks.sensitive {
            return "(sensitive value)".to_owned();
        }
        let inner = indent + 4;
        match &value.kind {
            Kind::Unknown(_) => "(known after apply)".to_owned(),
            Kind::Null(_) => "null".to_owned(),
            Kind::Bool(it) => it.to_string(),
            Kind::Number(it) => it.to_string(),
            Kind::String(it) => quoted(it, indent),
            Kind::List(_, items) | Kind::Set(_, items) | Kind::Tuple(items) => {
                if items.is_empty() {
                    return "[]".to_owned();
                }
                let mut text = "[\n".to_owned();
                for it in items.iter() {
                    let shown = self.value(inner, it);
                    writeln!(text, "{:inner$}{shown},", "").expect("writing to a String");
                }
                text + &format!("{:indent$}]", "")
            }
            Kind::Map(_, entries) | Kind::Object(entries) => {
                let given: Vec<_> =
                    entries.iter().filter(|it| visible(Some(it.1)).is_some()).collect();
                if given.is_empty() {
                    return "{}".to_owned();
                }
                let names: Vec<String> = given.iter().map(|it| key(it.0)).collect();
                let width = names.iter().map(|it| it.chars().count()).max().unwrap_or(0);
                let mut text = "{\n".to_owned();
                for ((_, it), name) in given.iter().zip(names) {
                    let shown = self.value(inner, it);
                    writeln!(text, "{:inner$}{name:width$} = {shown}", "")
                        .expect("writing to a String");
                }
                text + &format!("{:indent$}}}", "")
            }
        }
    }
}

/// A value that is worth a line: no null, no empty collection.
fn visible(value: Option<&Value>) -> Option<&Value> {
    value.filter(|it| {
        let empty =
            it.items().is_some_and(<[Value]>::is_empty) || it.entries().is_some_and(Map::is_empty);
        !it.is_null() && (!empty || it.marks.sensitive)
    })
}

fn blocks(value: &Value) -> Option<&[Value]> {
    value.items().filter(|_| !value.marks.sensitive)
}

fn key(name: &str) -> String {
    let plain = name.chars().all(|it| it.is_alphanumeric() || it == '_' || it == '-')
        && name.chars().next().is_some_and(|it| !it.is_ascii_digit());
    if plain { name.to_owned() } else { format!("{name:?}") }
}

/// Text in quotes; of several lines, as a heredoc.
fn quoted(text: &str, indent: usize) -> String {
    if !text.trim_end_matches('\n').contains('\n') {
        let text = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        return format!("\"{}\"", text.replace("${", "$${").replace('\t', "\\t"));
    }
    let inner = indent + 4;
    let lines: String = text.lines().map(|it| format!("{:inner$}{it}\n", "")).collect();
    format!("<<-EOT\n{lines}{:indent$}EOT", "")
}
