//! Positions in a text.

use model::Position;
use unicode_segmentation::UnicodeSegmentation;

/// Where a text begins.
pub const START: Position = Position { line: 1, column: 1, byte: 0 };

/// How many expressions, blocks or values may stand one in another.
pub const MAX_DEPTH: usize = 1000;

/// The position after a text that begins at a position.
pub fn after(start: Position, text: &str) -> Position {
    let byte = start.byte + text.len() as u32;
    let last_line = match text.bytes().rposition(|it| it == b'\n') {
        Some(end) => &text[end + 1..],
        None => text,
    };
    let columns = match last_line.is_ascii() {
        true => last_line.len(),
        false => last_line.graphemes(true).count(),
    } as u32;
    if last_line.len() == text.len() {
        return Position { line: start.line, column: start.column + columns, byte };
    }
    let lines = text.bytes().filter(|it| *it == b'\n').count() as u32;
    Position { line: start.line + lines, column: 1 + columns, byte }
}
