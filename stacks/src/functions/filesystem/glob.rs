//! Patterns of file names: `*`, `?`, `[a-z]`, `{a,b}` within a part of a path, `**` for any parts.

use std::collections::BTreeSet;
use std::path::Path;

const SYNTAX: &str = "syntax error in pattern";

/// The regular files whose path fits a pattern, in order.
pub(super) fn glob(pattern: &str) -> Result<Vec<String>, &'static str> {
    let (start, rest) = match pattern.strip_prefix('/') {
        Some(rest) => ("/", rest),
        None => ("", pattern),
    };
    let parts: Vec<&str> = rest.split('/').collect();
    for part in &parts {
        matches(part, "")?;
    }
    let mut found = BTreeSet::new();
    walk(start, &parts, &mut found)?;
    Ok(found.into_iter().collect())
}

fn walk(dir: &str, parts: &[&str], found: &mut BTreeSet<String>) -> Result<(), &'static str> {
    let Some((part, rest)) = parts.split_first() else {
        if Path::new(dir).is_file() {
            found.insert(dir.to_owned());
        }
        return Ok(());
    };
    if *part == ".." || !part.contains(['*', '?', '[', '{', '\\']) {
        let next = joined(dir, part);
        return if Path::new(&next).exists() { walk(&next, rest, found) } else { Ok(()) };
    }
    if *part == "**" {
        // No part at all, or any and then the same again. A last `**` is any file.
        let rest_here: &[&str] = if rest.is_empty() { &["*"] } else { rest };
        walk(dir, rest_here, found)?;
        for name in names(dir) {
            let next = joined(dir, &name);
            let is_link = Path::new(&next).is_symlink();
            if Path::new(&next).is_dir() && !is_link {
                stacker::maybe_grow(64 << 10, 1 << 20, || walk(&next, parts, found))?;
            }
        }
        return Ok(());
    }
    for name in names(dir) {
        if matches(part, &name)? {
            walk(&joined(dir, &name), rest, found)?;
        }
    }
    Ok(())
}

fn joined(dir: &str, name: &str) -> String {
    match dir {
        "" => name.to_owned(),
        "/" => format!("/{name}"),
        dir => format!("{dir}/{name}"),
    }
}

/// The names in a directory. What cannot be read has none.
fn names(dir: &str) -> Vec<String> {
    let entries = std::fs::read_dir(if dir.is_empty() { "." } else { dir });
    let names = entries.into_iter().flatten().flatten();
    let mut names: Vec<String> = names.filter_map(|it| it.file_name().into_string().ok()).collect();
    names.sort_unstable();
    names
}

/// Whether a name fits a part of a pattern.
fn matches(pattern: &str, name: &str) -> Result<bool, &'static str> {
    let tokens = tokens(&pattern.chars().collect::<Vec<_>>())?;
    let name: Vec<char> = name.chars().collect();
    Ok(fits(&tokens, &name))
}

enum Token {
    One(char),
    Any,
    Star,
    Class { negated: bool, ranges: Vec<(char, char)> },
    Either(Vec<Vec<Token>>),
}

fn tokens(pattern: &[char]) -> Result<Vec<Token>, &'static str> {
    let (mut parts, mut at) = (Vec::new(), 0);
    while let Some(it) = pattern.get(at) {
        at += 1;
        parts.push(match it {
            '*' => Token::Star,
            '?' => Token::Any,
            '\\' => {
                at += 1;
                Token::One(*pattern.get(at - 1).ok_or(SYNTAX)?)
            }
            '[' => class(pattern, &mut at)?,
            '{' => {
                let mut choices = vec![Vec::new()];
                loop {
                    match pattern.get(at).ok_or(SYNTAX)? {
                        '}' => break,
                        ',' => choices.push(Vec::new()),
                        '\\' => {
                            let last = choices.last_mut().ok_or(SYNTAX)?;
                            last.push('\\');
                            at += 1;
                            last.push(*pattern.get(at).ok_or(SYNTAX)?);
                        }
                        it => choices.last_mut().ok_or(SYNTAX)?.push(*it),
                    }
                    at += 1;
                }
                at += 1;
                let choices = choices.iter().map(|it| tokens(it));
                Token::Either(choices.collect::<Result<_, _>>()?)
            }
            it => Token::One(*it),
        });
    }
    Ok(parts)
}

/// A class of characters; `at` is behind the `[` before and behind the `]` after.
fn class(pattern: &[char], at: &mut usize) -> Result<Token, &'static str> {
    let negated = pattern.get(*at) == Some(&'^');
    if negated {
        *at += 1;
    }
    let mut ranges = Vec::new();
    while ranges.is_empty() || pattern.get(*at) != Some(&']') {
        let low = character(pattern, at)?;
        let is_range =
            pattern.get(*at) == Some(&'-') && pattern.get(*at + 1).is_some_and(|it| *it != ']');
        let high = match is_range {
            true => {
                *at += 1;
                character(pattern, at)?
            }
            false => low,
        };
        ranges.push((low, high));
    }
    *at += 1;
    Ok(Token::Class { negated, ranges })
}

/// The character at a place of a class, which may be escaped.
fn character(pattern: &[char], at: &mut usize) -> Result<char, &'static str> {
    if pattern.get(*at) == Some(&'\\') {
        *at += 1;
    }
    let it = pattern.get(*at).ok_or(SYNTAX)?;
    *at += 1;
    Ok(*it)
}

fn fits(tokens: &[Token], name: &[char]) -> bool {
    let Some((token, rest)) = tokens.split_first() else { return name.is_empty() };
    match token {
        Token::Star => (0..=name.len()).any(|n| fits(rest, &name[n..])),
        Token::Either(choices) => choices.iter().any(|choice| {
            (0..=name.len()).any(|n| fits(choice, &name[..n]) && fits(rest, &name[n..]))
        }),
        Token::One(_) | Token::Any | Token::Class { .. } => {
            let Some((first, after)) = name.split_first() else { return false };
            let here = match token {
                Token::One(it) => it == first,
                Token::Class { negated, ranges } => {
                    let inside = ranges.iter().any(|(low, high)| (low..=high).contains(&first));
                    inside != *negated
                }
                Token::Any | Token::Star | Token::Either(_) => true,
            };
            here && fits(rest, after)
        }
    }
}
