//! `provisioner` blocks.

use model::{Diagnostic, Diagnostics};

use super::constant;
use super::content::{Form, partial};
use super::resource::{Meta, meta_blocks, reserved};
use crate::references;
use crate::stack::Provisioner;
use crate::syntax::tree::{Attribute, Block, Body, Step, Traversal};

const PROVISIONER: Form = Form {
    arguments: &[("when", false), ("on_failure", false)],
    blocks: &[("_", &[]), ("connection", &[]), ("lifecycle", &[])],
};

const REMOVED_PROVISIONERS: &[&str] = &["chef", "habitat", "puppet", "salt-masterless"];

pub(super) fn provisioner(block: Block, problems: &mut Diagnostics) -> Option<Provisioner> {
    let json = block.json;
    let kind = block.labels.into_iter().next().expect("its one label has been checked");
    if REMOVED_PROVISIONERS.contains(&&*kind.name) {
        let summary = format!("The {:?} provisioner has been removed", kind.name);
        let detail = format!(
            "The {:?} provisioner was deprecated in Terraform 0.13.4 and has been removed.",
            kind.name
        );
        problems.push(Diagnostic::error(summary, detail).at(&kind.span));
        return None;
    }
    let mut content = partial(block.body, json, &PROVISIONER, problems);
    let when = content.take("when");
    let on_destroy = when.and_then(|it| choice(&it, json, ["create", "destroy"], problems));
    let on_failure = content.take("on_failure");
    let on_failure = on_failure.and_then(|it| choice(&it, json, ["continue", "fail"], problems));
    let mut body = std::mem::take(&mut content.rest);
    let meta = meta_blocks_of_provisioner(content.blocks, &mut body, problems);
    let on_destroy = on_destroy.as_deref() == Some("destroy");
    if on_destroy {
        check_destroy_references(&body, problems);
        meta.connection.iter().for_each(|it| check_destroy_references(it, problems));
    }
    Some(Provisioner {
        kind,
        on_destroy,
        continue_on_failure: on_failure.as_deref() == Some("continue"),
        body,
        connection: meta.connection,
        span: block.span,
        json,
    })
}

fn meta_blocks_of_provisioner(
    blocks: Vec<Block>,
    body: &mut Body,
    problems: &mut Diagnostics,
) -> Meta {
    let (refused, known): (Vec<Block>, Vec<Block>) =
        blocks.into_iter().partition(|it| &*it.kind.name == "lifecycle");
    problems.extend(refused.iter().map(|it| reserved(it, "provisioner")));
    meta_blocks(known, "provisioner", body, problems)
}

fn choice(
    given: &Attribute,
    json: bool,
    words: [&str; 2],
    problems: &mut Diagnostics,
) -> Option<String> {
    let word = constant::keyword(&given.expr, json, problems);
    if word.as_deref().is_some_and(|it| words.contains(&it)) {
        return word;
    }
    let name = &given.name.name;
    let detail = format!(
        "The {name:?} argument requires one of the following keywords: {} or {}.",
        words[0], words[1]
    );
    problems
        .push(Diagnostic::error(format!("Invalid {name:?} keyword"), detail).at(&given.expr.span));
    None
}

/// When something is destroyed, only it itself is there to be asked.
pub(super) fn check_destroy_references(body: &Body, problems: &mut Diagnostics) {
    for it in &body.attributes {
        let is_allowed = |it: &Traversal| {
            let only = |name: &str| matches!(&it.steps[..], [Step::Attr(it)] if &*it.name == name);
            match &*it.root.name {
                "self" | "path" | "terraform" => true,
                "count" => only("index"),
                "each" => only("key"),
                _ => false,
            }
        };
        if !references::traversals(&it.expr).iter().all(is_allowed) {
            let detail = "Destroy-time provisioners and their connection configurations may only \
                          reference attributes of the related resource, via 'self', 'count.index', \
                          or 'each.key'.\n\nReferences to other resources during the destroy phase \
                          can cause dependency cycles and interact poorly with \
                          create_before_destroy.";
            let summary = "Invalid reference from destroy provisioner";
            problems.push(Diagnostic::error(summary, detail).at(&it.expr.span));
        }
    }
}
