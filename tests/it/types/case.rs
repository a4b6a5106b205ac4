//! What a case file says: the stack of one type and the `#>` comments that steer what becomes of it.
//! Pure: a text in, a case or what is wrong with it out.

use std::collections::BTreeSet;
use std::sync::Arc;

use model::Span;
use stacks::syntax::tree::{Block, Body};
use stacks::syntax::{parse, token};

/// The case of one type.
#[derive(Debug, PartialEq)]
pub struct Case {
    /// The type: the name of the file.
    pub ty: String,
    /// Where `it` begins.
    pub line: usize,
    /// The stack as it is first applied.
    pub text: String,
    /// In the order of the file, every one on top of the last.
    pub changes: Vec<Change>,
    /// The id to import it by, with `${attribute}` for what its state says. None if it cannot be.
    pub import: Option<String>,
    /// What an import cannot know.
    pub import_ignores: BTreeSet<String>,
    /// Whether it can be deleted behind our back.
    pub disappears: bool,
}

/// One line that becomes another.
#[derive(Debug, PartialEq)]
pub struct Change {
    pub line: usize,
    pub kind: Kind,
    /// The attributes of `it` that differ then.
    pub attributes: BTreeSet<String>,
    /// The whole stack from here on.
    pub text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Update,
    /// An update that AWS or the configuration before it says nothing of.
    Unseen,
    Replace,
}

/// A `#>` comment, or one of several on a line.
struct Steering {
    line: usize,
    /// Whether nothing else stands on its line.
    alone: bool,
    word: String,
    names: Option<BTreeSet<String>>,
    text: String,
}

impl Case {
    /// Reads a case file.
    ///
    /// # Errors
    ///
    /// What is wrong with it, and on which line.
    pub fn parse(ty: &str, text: &str) -> Result<Case, (usize, String)> {
        let it = block_of(ty, text)?;
        let mut case = Case {
            ty: ty.to_owned(),
            line: first_line(&it.span),
            text: text.to_owned(),
            changes: Vec::new(),
            import: Some("${id}".to_owned()),
            import_ignores: BTreeSet::new(),
            disappears: true,
        };
        for steering in steerings(text)? {
            let line = steering.line;
            case.take(steering).map_err(|it| (line, it))?;
        }
        Ok(case)
    }

    fn take(&mut self, it: Steering) -> Result<(), String> {
        let about_all = it.word.contains("import") || it.word == "no-disappear";
        if about_all && !it.alone {
            return Err(format!("`{}` stands on a line of its own", it.word));
        }
        if it.names.is_some() && !matches!(it.word.as_str(), "update" | "unseen" | "replace") {
            return Err(format!("`{}` takes no names", it.word));
        }
        if it.text.is_empty() && !matches!(it.word.as_str(), "update" | "unseen" | "replace") {
            return Err(format!("`{}` says nothing", it.word));
        }
        match it.word.as_str() {
            "update" => self.change(Kind::Update, it)?,
            "unseen" => self.change(Kind::Unseen, it)?,
            "replace" => self.change(Kind::Replace, it)?,
            "import" => self.import = Some(it.text),
            "import-ignores" => self.import_ignores = names(&it.text),
            "no-import" => self.import = None,
            "no-disappear" => self.disappears = false,
            "skip" => (),
            other => return Err(format!("there is no steering word `{other}`")),
        }
        Ok(())
    }

    fn change(&mut self, kind: Kind, it: Steering) -> Result<(), String> {
        let before = self.changes.last().map_or(&self.text, |it| &it.text);
        let mut lines: Vec<&str> = before.lines().collect();
        let old = lines[it.line - 1];
        let indent = &old[..old.len() - old.trim_start().len()];
        let new = format!("{indent}{}", it.text);
        lines[it.line - 1] = new.trim_end();
        let after = lines.join("\n") + "\n";
        let attributes = match it.names {
            Some(names) => names,
            None => {
                let both = [attribute_at(&self.ty, before, it.line)?];
                let both = both.into_iter().chain([attribute_at(&self.ty, &after, it.line)?]);
                both.flatten().collect()
            }
        };
        if attributes.is_empty() {
            return Err(format!(
                "the line is no part of `it`: name the attributes, as in `{}(name): ...`",
                it.word
            ));
        }
        self.changes.push(Change { line: it.line, kind, attributes, text: after });
        Ok(())
    }
}

/// All steering of a text, in the order of its lines. A line may change more than once: each further
/// `#>` of its comment says what becomes of it next.
fn steerings(text: &str) -> Result<Vec<Steering>, (usize, String)> {
    let mut found = Vec::new();
    let is_comment =
        |it: &token::Token| matches!(it.kind, token::Kind::LineComment | token::Kind::Comment);
    for it in token::tokens(text, token::Mode::Normal).into_iter().filter(is_comment) {
        let Some(comment) = it.text(text).strip_prefix("#>") else { continue };
        let before = &text[..it.start as usize];
        let line = before.matches('\n').count() + 1;
        let alone = before.rsplit('\n').next().is_some_and(|it| it.trim().is_empty());
        for part in comment.split("#>") {
            found.push(steering(line, alone, part.trim()).map_err(|it| (line, it))?);
        }
    }
    Ok(found)
}

fn steering(line: usize, alone: bool, part: &str) -> Result<Steering, String> {
    let Some((head, text)) = part.split_once(':') else {
        return Err(format!("expected `word: text`, not `{part}`"));
    };
    let (word, inner) = match head.trim().split_once('(') {
        Some((word, rest)) => {
            let inner = rest.strip_suffix(')').ok_or_else(|| format!("`{head}` lacks its `)`"))?;
            (word.trim(), Some(names(inner)))
        }
        None => (head.trim(), None),
    };
    Ok(Steering { line, alone, word: word.to_owned(), names: inner, text: text.trim().to_owned() })
}

fn names(text: &str) -> BTreeSet<String> {
    text.split(',').map(|it| it.trim().to_owned()).filter(|it| !it.is_empty()).collect()
}

fn body(text: &str) -> Result<Body, String> {
    let (body, problems) = parse::body(&Arc::from("main.tf"), text);
    match problems.first() {
        None => Ok(body),
        Some(it) => Err(format!("the stack cannot be read: {}: {}", it.summary, it.detail)),
    }
}

/// The block of the resource under test.
fn block_of(ty: &str, text: &str) -> Result<Block, (usize, String)> {
    let body = body(text).map_err(|it| (1, it))?;
    let named = |it: &Block| {
        let labels: Vec<&str> = it.labels.iter().map(|it| &*it.name).collect();
        labels == [ty, "it"]
    };
    let found = body.blocks.into_iter().find(|it| &*it.kind.name == "resource" && named(it));
    found.ok_or_else(|| (1, format!("there is no resource {ty:?} \"it\"")))
}

/// The argument or block of `it` that a line is a part of.
fn attribute_at(ty: &str, text: &str, line: usize) -> Result<Option<String>, String> {
    let body = block_of(ty, text).map_err(|(_, it)| it)?.body;
    let has = |start: &Span, end: &Span| (first_line(start)..=last_line(end)).contains(&line);
    let argument = body.attributes.iter().find(|it| has(&it.span, &it.span));
    let block = body.blocks.iter().find(|it| has(&it.span, &it.body.end));
    let block = block.map(|it| match &*it.kind.name {
        "dynamic" => it.labels.first().unwrap_or(&it.kind),
        _ => &it.kind,
    });
    Ok(argument.map(|it| &it.name).or(block).map(|it| it.name.to_string()))
}

fn first_line(span: &Span) -> usize {
    span.start.line as usize
}

fn last_line(span: &Span) -> usize {
    span.end.line as usize
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    /// A case in short, or what is wrong with it.
    fn check(text: &str, want: Expect) {
        let said = match Case::parse("aws_thing", text) {
            Err((line, what)) => format!("line {line}: {what}\n"),
            Ok(case) => {
                let change = |it: &Change| {
                    let line = it.text.lines().nth(it.line - 1).unwrap_or_default();
                    let names: Vec<&str> = it.attributes.iter().map(String::as_str).collect();
                    format!("{} {:?} {}: {line:?}\n", it.line, it.kind, names.join(", "))
                };
                let changes: String = case.changes.iter().map(change).collect();
                let import = case.import.unwrap_or_else(|| "no".to_owned());
                let ignores = case.import_ignores;
                format!("{changes}import {import} {ignores:?}, disappears: {}\n", case.disappears)
            }
        };
        want.assert_eq(&said);
    }

    #[test]
    fn a_line_changes_the_argument_or_block_it_is_a_part_of() {
        check(
            r##"
resource "aws_thing" "it" {
  name = "a"         #> replace: name = "b"
  text = "#> no comment"
  tags = {
    Name = "x"       #> update: Name = "y"
  }
  rule {
    port = 1         #> update: port = 2
    dynamic "from" {
      for_each = [1] #> update: for_each = [1, 2]
      content {}
    }
  }
  dynamic "hook" {
    for_each = [1]   #> update: for_each = []
    content {}
  }
}
"##,
            expect![[r#"
                3 Replace name: "  name = \"b\""
                6 Update tags: "    Name = \"y\""
                9 Update rule: "    port = 2"
                11 Update rule: "      for_each = [1, 2]"
                16 Update hook: "    for_each = []"
                import ${id} {}, disappears: true
            "#]],
        );
    }

    #[test]
    fn a_line_comes_and_goes_and_changes_more_than_once() {
        check(
            r##"
resource "aws_thing" "it" {
  size = 1 #> update: size = 2 #> update: size = 3 #> update:
  #> update: color = "red"
}
"##,
            expect![[r#"
                3 Update size: "  size = 2"
                3 Update size: "  size = 3"
                3 Update size: ""
                4 Update color: "  color = \"red\""
                import ${id} {}, disappears: true
            "#]],
        );
    }

    #[test]
    fn attributes_may_be_named() {
        check(
            r##"
locals {
  size = 1   #> update(size, width): size = 2
}
resource "aws_thing" "it" {
  size = local.size
}
"##,
            expect![[r#"
                3 Update size, width: "  size = 2"
                import ${id} {}, disappears: true
            "#]],
        );
    }

    #[test]
    fn the_way_to_import_is_said_on_lines_of_their_own() {
        check(
            r##"
#> import: ${name}/${size}
#> import-ignores: password, force
#> no-disappear: it is always there
resource "aws_thing" "it" {
  password = "x" #> skip: the emulator does not keep it
}
"##,
            expect![[r#"
                import ${name}/${size} {"force", "password"}, disappears: false
            "#]],
        );
        check(
            "#> no-import: AWS has none\nresource \"aws_thing\" \"it\" {}\n",
            expect![[r#"
                import no {}, disappears: true
            "#]],
        );
    }

    #[test]
    fn what_is_wrong_with_a_case_is_said() {
        let it = |text: &str| format!("resource \"aws_thing\" \"it\" {{\n{text}\n}}\n");
        check(
            &it("  a = 1 #> updat: a = 2"),
            expect![[r#"
                line 2: there is no steering word `updat`
            "#]],
        );
        check(
            &it("  a = 1 #> update a = 2"),
            expect![[r#"
                line 2: expected `word: text`, not `update a = 2`
            "#]],
        );
        check(
            &it("  a = 1 #> update: a = ["),
            expect![[r#"
                line 2: the stack cannot be read: Invalid expression: Expected the start of an expression, but found an invalid expression token.
            "#]],
        );
        check(
            &it("  a = 1 #> import: x"),
            expect![[r#"
                line 2: `import` stands on a line of its own
            "#]],
        );
        check(
            &it("  a = 1 #> skip:"),
            expect![[r#"
                line 2: `skip` says nothing
            "#]],
        );
        check(
            "locals {\n  a = 1 #> update: a = 2\n}\nresource \"aws_thing\" \"it\" {}\n",
            expect![[r#"
                line 2: the line is no part of `it`: name the attributes, as in `update(name): ...`
            "#]],
        );
        check(
            "resource \"aws_thing\" \"other\" {}\n",
            expect![[r#"
                line 1: there is no resource "aws_thing" "it"
            "#]],
        );
    }
}
