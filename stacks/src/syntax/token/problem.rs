//! What is said of tokens that do not belong to the language.

use super::Kind;

/// Why a token can never be right, as the summary and the detail of an error.
pub fn problem(kind: Kind) -> Option<(&'static str, &'static str)> {
    let character = "Invalid character";
    let operator = "Unsupported operator";
    Some(match kind {
        Kind::Ampersand => {
            (operator, "Bitwise operators are not supported. Did you mean boolean AND (\"&&\")?")
        }
        Kind::Pipe => {
            (operator, "Bitwise operators are not supported. Did you mean boolean OR (\"||\")?")
        }
        Kind::Tilde => {
            (operator, "Bitwise operators are not supported. Did you mean boolean NOT (\"!\")?")
        }
        Kind::Caret => (operator, "Bitwise operators are not supported."),
        Kind::Backtick => (
            character,
            "The \"`\" character is not valid. To create a multi-line string, use the \"heredoc\" \
             syntax, like \"<<EOT\".",
        ),
        Kind::Apostrophe => {
            (character, "Single quotes are not valid. Use double quotes (\") to enclose strings.")
        }
        Kind::Semicolon => (
            character,
            "The \";\" character is not valid. Use newlines to separate arguments and blocks, and \
             commas to separate items in collection values.",
        ),
        Kind::QuotedNewline => (
            "Invalid multi-line string",
            "Quoted strings may not be split over multiple lines. To produce a multi-line string, \
             either use the \\n escape to represent a newline character or use the \"heredoc\" \
             multi-line template syntax.",
        ),
        Kind::OpenComment => (
            "Unterminated comment",
            "There is no \"*/\" that ends this comment before the end of the file.",
        ),
        Kind::Invalid => (character, "This character is not used within the language."),
        _ => return None,
    })
}
