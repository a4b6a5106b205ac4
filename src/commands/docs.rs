//! `groundplan docs`: the manual page of a type, a provider's settings or a function.

use std::process::ExitCode;

use crate::host::BUILTIN;
use model::{Attribute, Given, Registry, Schema, Shape, Type};
use stacks::functions::{self, Function, Param};

use crate::args::{Args, UsageError};
use crate::commands::{COMMON, Command, Failed, schema};
use crate::style::Style;

pub const COMMAND: Command = Command {
    name: "docs",
    about: "Explains a resource type, a data source, a provider's settings or a function",
    usage: "NAME",
    help: "Everything that can be written in the block, what each means, what it is by default, and what \
           comes out. Needs no network.\n\n  \
           groundplan docs aws_ecs_service        a resource type\n  \
           groundplan docs data.aws_ami           a data source\n  \
           groundplan docs provider.aws           what a provider block takes\n  \
           groundplan docs cidrsubnet             a function\n\n\
           `groundplan schema` lists all types.",
    flags: &[COMMON],
    run,
};

fn run(args: &Args) -> Result<ExitCode, Failed> {
    let [name] = args.rest.as_slice() else {
        return Err(UsageError("expected one name, such as aws_ecs_service".to_owned()).into());
    };
    let style = Style::new(args.is_on("no-color", false));
    let page = page(name, style).ok_or_else(|| UsageError(nothing(name)))?;
    print!("{page}");
    Ok(ExitCode::SUCCESS)
}

fn nothing(name: &str) -> String {
    let near = stacks::suggest::suggest(name, functions::names());
    match near {
        Some(it) => format!("there is no type and no function {name:?}; did you mean {it}?"),
        None => schema::unknown(name.trim_start_matches("data.")),
    }
}

fn page(name: &str, style: Style) -> Option<String> {
    if let Some(name) = name.strip_prefix("provider.") {
        let it = BUILTIN.providers().iter().find(|it| it.name == name)?;
        return Some(of_provider(it.name, &it.settings, style));
    }
    if let Some(name) = name.strip_prefix("data.") {
        return Some(of_type("data", BUILTIN.data_schema(name)?, style));
    }
    if let Some(schema) = BUILTIN.resource_schema(name) {
        return Some(of_type("resource", schema, style));
    }
    match BUILTIN.data_schema(name) {
        Some(schema) => Some(of_type("data", schema, style)),
        None => functions::find(name).map(|it| of_function(it, style)),
    }
}

fn of_provider(name: &str, settings: &Schema, style: Style) -> String {
    let mut text = style.bold(&format!("provider \"{name}\"")) + "\n\n";
    text += &paragraph(settings.doc, 2);
    text + &arguments(settings.attributes, style)
}

fn of_type(kind: &str, schema: &Schema, style: Style) -> String {
    let mut text = style.bold(&format!("{kind} \"{}\"", schema.name)) + "\n\n";
    text += &paragraph(schema.doc, 2);
    text += &arguments(schema.attributes, style);
    let outputs: Vec<&Attribute> =
        schema.attributes.iter().filter(|it| it.given == Given::Output).collect();
    if !outputs.is_empty() {
        text += &format!("\n{}\n", style.bold("What comes out, beside the arguments:"));
        outputs.iter().for_each(|it| entry(&mut text, it, 2, style));
    }
    if !schema.timeouts.is_empty() {
        text += &format!("\n{}\n", style.bold("Timeouts:"));
        let names = schema.timeouts.join(", ");
        let doc = format!(
            "A block `timeouts` may set {names}, each a text such as \"30m\": how long that may take."
        );
        text += &paragraph(&doc, 2);
    }
    if kind == "resource" {
        text += &format!("\n{}\n", style.bold("Import:"));
        text += "  What exists already is taken over with a block:\n\n";
        text += &format!("    import {{\n      to = {}.example\n", schema.name);
        text += "      id = \"...\"\n    }\n\n";
        text += &paragraph(
            "The id is the one that the documentation of Terraform's provider names for this type.",
            2,
        );
    }
    text
}

fn arguments(attributes: &[Attribute], style: Style) -> String {
    let mut text = String::new();
    let given = |it: &&Attribute| it.given != Given::Output;
    let (blocks, plain): (Vec<&Attribute>, Vec<&Attribute>) =
        attributes.iter().filter(given).partition(|it| it.is_block());
    if !plain.is_empty() {
        text += &format!("\n{}\n", style.bold("Arguments:"));
        plain.iter().for_each(|it| entry(&mut text, it, 2, style));
    }
    if !blocks.is_empty() {
        text += &format!("\n{}\n", style.bold("Blocks:"));
        blocks.iter().for_each(|it| entry(&mut text, it, 2, style));
    }
    text
}

/// One attribute or block, and what is in it.
fn entry(text: &mut String, it: &Attribute, indent: usize, style: Style) {
    let facts = facts(it).join(", ");
    *text += &format!("{:indent$}{}  {}\n", "", style.cyan(it.name), style.dim(&facts));
    *text += &paragraph(it.doc, indent + 4);
    for inner in it.blocks().into_iter().flatten() {
        entry(text, inner, indent + 4, style);
    }
}

/// What is known of an attribute, in a few words each.
fn facts(it: &Attribute) -> Vec<String> {
    let mut facts = vec![kind(it)];
    match it.given {
        Given::Required => facts.push("required".to_owned()),
        Given::Optional => facts.push("optional".to_owned()),
        Given::Auto => facts.push("optional, chosen by AWS if it is not given".to_owned()),
        Given::Output => (),
    }
    if let Some(default) = it.default {
        facts.push(format!("{} by default", default()));
    }
    if it.replace {
        facts.push("a change replaces the object".to_owned());
    }
    if it.sensitive {
        facts.push("never shown".to_owned());
    }
    if it.unread {
        facts.push("never read back".to_owned());
    }
    facts
}

fn kind(it: &Attribute) -> String {
    if it.blocks().is_none() {
        return it.shape.ty().to_string();
    }
    if !it.is_block() {
        let plural = match it.shape {
            Shape::List(_) => "list of objects",
            Shape::Set(_) => "set of objects",
            Shape::Map(_) => "map of objects",
            Shape::Object(_) | Shape::Any | Shape::Bool | Shape::Number | Shape::String => "object",
        };
        return plural.to_owned();
    }
    match (it.min_items, it.max_items) {
        (0, 0) => "block, any number".to_owned(),
        (0, 1) => "block, once at most".to_owned(),
        (1, 1) => "block, once".to_owned(),
        (least, 0) => format!("block, at least {least}"),
        (0, most) => format!("block, at most {most}"),
        (least, most) => format!("block, {least} to {most}"),
    }
}

fn of_function(it: &Function, style: Style) -> String {
    let param = |it: &Param| format!("{}: {}", it.name, it.takes.ty());
    let mut params: Vec<String> = it.params.iter().map(param).collect();
    params.extend(it.rest.iter().map(|it| format!("{}...", param(it))));
    let gives = match it.return_type() {
        Type::Any => "any value".to_owned(),
        ty => ty.to_string(),
    };
    let head = format!("{}({}) gives {gives}", it.name, params.join(", "));
    format!("{}\n\n{}", style.bold(&head), paragraph(it.doc, 2))
}

/// A text in lines of a page's width, all of them indented.
fn paragraph(text: &str, indent: usize) -> String {
    const WIDTH: usize = 100;
    let mut lines = String::new();
    for part in text.lines() {
        let mut line = String::new();
        for word in part.split_whitespace() {
            if !line.is_empty() && indent + line.chars().count() + word.chars().count() >= WIDTH {
                lines += &format!("{:indent$}{line}\n", "");
                line.clear();
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line += word;
        }
        lines += format!("{:indent$}{line}", "").trim_end();
        lines.push('\n');
    }
    lines
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn a_page_says_what_a_type_takes_and_gives() {
        let page = page("terraform_data", Style::PLAIN).unwrap();
        assert!(page.starts_with("resource \"terraform_data\"\n"), "{page}");
        assert!(page.contains("What comes out"), "{page}");
        expect![[r#"
            cidrhost(prefix: string, hostnum: number) gives string

              The address of a host in a network, by its number (negative: from the end).
        "#]]
        .assert_eq(&super::page("cidrhost", Style::PLAIN).unwrap());
    }

    #[test]
    fn what_is_not_there_is_told_with_the_nearest_that_is() {
        assert!(nothing("aws_vcp").contains("did you mean aws_vpc?"));
        assert!(nothing("uper").contains("did you mean upper?"));
    }
}
