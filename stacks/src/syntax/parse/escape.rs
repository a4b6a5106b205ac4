//! The escapes of literal texts.

use std::borrow::Cow;

/// An escape that means nothing, and why. Positions are bytes from the start of the literal.
pub struct Problem {
    pub start: usize,
    pub end: usize,
    pub detail: String,
}

/// A literal with its escapes resolved: those with `\` if it is quoted, `$${` and `%%{` always.
pub fn resolve(text: &str, quoted: bool) -> (Cow<'_, str>, Vec<Problem>) {
    let special = |it: u8| matches!(it, b'$' | b'%') || quoted && it == b'\\';
    if !text.bytes().any(special) {
        return (Cow::Borrowed(text), Vec::new());
    }
    let mut value = String::with_capacity(text.len());
    let mut problems = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let plain = rest.bytes().position(special).unwrap_or(rest.len());
        value.push_str(&rest[..plain]);
        at += plain;
        let rest = &text[at..];
        at += match rest.as_bytes() {
            [] => 0,
            [b'\\', ..] => match backslash(rest) {
                Ok((it, len)) => {
                    value.push(it);
                    len
                }
                Err((len, detail)) => {
                    problems.push(Problem { start: at, end: at + len, detail });
                    value.push_str(&rest[..len]);
                    len
                }
            },
            [a, b, b'{', ..] if a == b => {
                value.push_str(&rest[1..3]);
                3
            }
            _ => {
                value.push_str(&rest[..1]);
                1
            }
        };
    }
    (Cow::Owned(value), problems)
}

/// The character that a backslash and what follows stand for, and their length; or the length of
/// what stands for none, and why.
fn backslash(text: &str) -> Result<(char, usize), (usize, String)> {
    let Some(selector) = text[1..].chars().next() else {
        let detail = "Backslash must be followed by an escape sequence selector character.";
        return Err((1, detail.to_owned()));
    };
    match selector {
        'n' => Ok(('\n', 2)),
        'r' => Ok(('\r', 2)),
        't' => Ok(('\t', 2)),
        '"' => Ok(('"', 2)),
        '\\' => Ok(('\\', 2)),
        'u' => {
            unicode(text, 4, "The \\u escape sequence must be followed by four hexadecimal digits.")
        }
        'U' => unicode(
            text,
            8,
            "The \\U escape sequence must be followed by eight hexadecimal digits.",
        ),
        other => {
            let detail = format!("The symbol \"{other}\" is not a valid escape sequence selector.");
            Err((1 + other.len_utf8(), detail))
        }
    }
}

fn unicode(text: &str, n_digits: usize, too_short: &str) -> Result<(char, usize), (usize, String)> {
    let digits = text[2..].bytes().take(n_digits).take_while(u8::is_ascii_hexdigit).count();
    let len = 2 + digits;
    if digits < n_digits {
        return Err((len, too_short.to_owned()));
    }
    let code = u32::from_str_radix(&text[2..len], 16).expect("eight hexadecimal digits fit");
    match char::from_u32(code) {
        Some(it) => Ok((it, len)),
        None => Err((len, format!("Cannot encode character U+{code:04x} in UTF-8."))),
    }
}
