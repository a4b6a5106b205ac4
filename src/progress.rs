//! What a run is doing, line by line, while it does it.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use engine::{Event, Observer, Op};
use model::InstanceAddr;
use serde_json::{Value as Json, json};

use crate::style::Style;
use crate::undo;

/// How often a person hears of the same thing that is still under way.
const REPEAT: Duration = Duration::from_secs(10);

/// Tells a person, on standard output.
pub struct Terminal {
    style: Style,
    told: Mutex<BTreeMap<InstanceAddr, (Instant, String)>>,
}

impl Terminal {
    pub fn new(style: Style) -> Terminal {
        Terminal { style, told: Mutex::default() }
    }

    /// Whether this news is worth a line: new words at once, the same words every ten seconds.
    fn is_due(&self, address: &InstanceAddr, what: &str, elapsed: Duration) -> bool {
        if elapsed < Duration::from_secs(1) {
            return false;
        }
        let mut told = self.told.lock().expect("held for a look-up only");
        let now = Instant::now();
        let due = told.get(address).is_none_or(|(when, before)| {
            let pause = if before == what { REPEAT } else { Duration::from_secs(1) };
            now.duration_since(*when) >= pause
        });
        if due {
            told.insert(address.clone(), (now, what.to_owned()));
        }
        due
    }
}

fn doing(op: Op) -> &'static str {
    match op {
        Op::Create => "Creating",
        Op::Update => "Modifying",
        Op::Delete => "Destroying",
        Op::Read => "Reading",
        Op::Empty => "Emptying",
    }
}

fn done(op: Op) -> &'static str {
    match op {
        Op::Create => "Creation complete",
        Op::Update => "Modifications complete",
        Op::Delete => "Destruction complete",
        Op::Read => "Read complete",
        Op::Empty => "Emptied",
    }
}

fn seconds(it: Duration) -> String {
    match it.as_secs() {
        0 => format!("{}ms", it.as_millis()),
        n if n < 60 => format!("{n}s"),
        n => format!("{}m{:02}s", n / 60, n % 60),
    }
}

impl Observer for Terminal {
    fn event(&self, event: Event) {
        let style = self.style;
        let line = match event {
            Event::Refreshing { .. } | Event::Refreshed { .. } => return,
            Event::Notice { text } => text,
            Event::Started { address, op, id } => {
                let id = id.map(|it| format!(" [id={it}]")).unwrap_or_default();
                format!("{}: {}...{id}", style.bold(&address.to_string()), doing(op))
            }
            Event::Waiting { address, op, what, elapsed } => {
                if !self.is_due(&address, &what, elapsed) {
                    return;
                }
                let address = style.bold(&address.to_string());
                format!("{address}: Still {} [{}]: {what}", lower(doing(op)), seconds(elapsed))
            }
            Event::News { address, text, elapsed, .. } => {
                let address = style.bold(&address.to_string());
                // All of it belongs together, so that its other lines stand below the first.
                format!("{address}: [{}] {}", seconds(elapsed), text.replace('\n', "\n    "))
            }
            Event::Emptied { address, gone, of } => {
                let what = "emptying";
                if gone < of && !self.is_due(&address, what, REPEAT) {
                    return;
                }
                format!(
                    "{}: {gone} of {of} things in it are gone",
                    style.bold(&address.to_string())
                )
            }
            Event::Done { address, op, id, elapsed } => {
                let id = id.map(|it| format!(" [id={it}]")).unwrap_or_default();
                let address = style.bold(&address.to_string());
                format!("{address}: {} after {}{id}", done(op), seconds(elapsed))
            }
            Event::Failed { address, op, elapsed, .. } => {
                let address = style.bold(&address.to_string());
                format!("{address}: {} failed after {}", style.red(doing(op)), seconds(elapsed))
            }
            Event::Output { address, provisioner, line } => {
                format!("{} ({provisioner}): {line}", style.bold(&address.to_string()))
            }
            Event::Recovered { address, op, id, settled } => {
                let text = undo::settled(op, id.as_deref(), settled);
                format!("{} {text}", style.bold(&address.to_string()))
            }
        };
        // Who has closed the pipe does not want to know any more.
        _ = writeln!(std::io::stdout().lock(), "{line}");
    }
}

fn lower(text: &str) -> String {
    text.to_lowercase()
}

/// Tells a program: one JSON object a line, named as Terraform names them.
pub struct Lines;

/// Prints one line of machine-readable output.
pub fn print_json(mut line: Json, level: &str, message: &str, kind: &str) {
    line["@level"] = json!(level);
    line["@message"] = json!(message);
    line["@module"] = json!("groundplan.ui");
    line["@timestamp"] = json!(state::now());
    line["type"] = json!(kind);
    _ = writeln!(std::io::stdout().lock(), "{line}");
}

fn resource(address: &InstanceAddr) -> Json {
    let it = &address.resource;
    let key = match &address.key {
        None => Json::Null,
        Some(model::Key::Index(n)) => json!(n),
        Some(model::Key::Name(name)) => json!(&**name),
    };
    let whole = address.to_string();
    let module = it.module.to_string();
    let local = whole.strip_prefix(&format!("{module}.")).unwrap_or(&whole);
    json!({
        "addr": whole,
        "module": module,
        "resource": local,
        "implied_provider": it.ty.split('_').next(),
        "resource_type": &*it.ty,
        "resource_name": &*it.name,
        "resource_key": key,
    })
}

impl Observer for Lines {
    fn event(&self, event: Event) {
        let hook = |address: &InstanceAddr, op: Op| json!({"hook": {"resource": resource(address), "action": op}});
        match event {
            Event::Notice { text } => print_json(json!({}), "warn", &text, "notice"),
            Event::Refreshing { objects } => {
                let text = format!("Reading {objects} objects");
                print_json(json!({"objects": objects}), "info", &text, "refresh_start");
            }
            Event::Refreshed { objects, calls } => {
                let line = json!({"objects": objects, "calls": calls});
                let text = format!("Read {objects} objects in {calls} calls");
                print_json(line, "info", &text, "refresh_complete");
            }
            Event::Started { address, op, .. } => {
                let text = format!("{address}: {}...", doing(op));
                print_json(hook(&address, op), "info", &text, "apply_start");
            }
            Event::Waiting { address, op, what, elapsed } => {
                let mut line = hook(&address, op);
                line["hook"]["elapsed_seconds"] = json!(elapsed.as_secs());
                line["hook"]["waiting_for"] = json!(what);
                let text = format!("{address}: Still {}: {what}", lower(doing(op)));
                print_json(line, "info", &text, "apply_progress");
            }
            Event::News { address, op, text, elapsed } => {
                let mut line = hook(&address, op);
                line["hook"]["elapsed_seconds"] = json!(elapsed.as_secs());
                line["hook"]["news"] = json!(text);
                let text = format!("{address}: {text}");
                print_json(line, "info", &text, "apply_progress");
            }
            Event::Emptied { address, gone, of } => {
                let mut line = hook(&address, Op::Empty);
                line["hook"]["gone"] = json!(gone);
                line["hook"]["of"] = json!(of);
                let text = format!("{address}: {gone} of {of} things in it are gone");
                print_json(line, "info", &text, "apply_progress");
            }
            Event::Done { address, op, id, elapsed } => {
                let mut line = hook(&address, op);
                line["hook"]["elapsed_seconds"] = json!(elapsed.as_secs());
                line["hook"]["id_key"] = json!(id.is_some().then_some("id"));
                line["hook"]["id_value"] = json!(id);
                let text = format!("{address}: {} after {}", done(op), seconds(elapsed));
                print_json(line, "info", &text, "apply_complete");
            }
            Event::Failed { address, op, elapsed, .. } => {
                let mut line = hook(&address, op);
                line["hook"]["elapsed_seconds"] = json!(elapsed.as_secs());
                let text = format!("{address}: {} failed", doing(op));
                print_json(line, "error", &text, "apply_errored");
            }
            Event::Output { address, provisioner, line } => {
                let text = format!("{address}: ({provisioner}): {line}");
                let news = json!({"hook": {"resource": resource(&address),
                    "provisioner": provisioner, "output": line}});
                print_json(news, "info", &text, "provision_progress");
            }
            Event::Recovered { address, op, id, settled } => {
                let text = format!("{address} {}", undo::settled(op, id.as_deref(), settled));
                let line = json!({"recovered": {"resource": resource(&address), "action": op,
                    "outcome": settled, "id": id}});
                print_json(line, "info", &text, "recovered");
            }
        }
    }
}
