//! Text to tokens, without loss: between two tokens there are only spaces and tabs (and a byte-order
//! mark before the first), so the tokens with what is between them are the text.
//!
//! Never fails: what no rule fits becomes a token that [`problem`] describes.

mod problem;

pub use problem::problem;

/// A piece of text of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    pub kind: Kind,
    /// In bytes from the start of the text.
    pub start: u32,
    pub end: u32,
}

impl Token {
    pub fn text<'a>(&self, all: &'a str) -> &'a str {
        &all[self.start as usize..self.end as usize]
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    OpenBrace,
    CloseBrace,
    OpenBracket,
    CloseBracket,
    OpenParen,
    CloseParen,
    OpenQuote,
    CloseQuote,
    /// `<<EOT` or `<<-EOT` with the newline after it.
    OpenHeredoc,
    /// The line with the marker, without its newline.
    CloseHeredoc,

    Star,
    Slash,
    Plus,
    Minus,
    Percent,
    Equal,
    EqualEqual,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    And,
    Or,
    Bang,

    Dot,
    Comma,
    Ellipsis,
    FatArrow,
    Question,
    Colon,
    DoubleColon,

    /// `${` or `${~`
    OpenInterpolation,
    /// `%{` or `%{~`
    OpenDirective,
    /// `}` or `~}` at the end of either.
    CloseTemplate,

    /// A literal piece of a quoted text, with escapes.
    QuotedText,
    /// A literal piece of a heredoc or of a template without quotes.
    PlainText,
    Number,
    Ident,

    /// `#` or `//` up to the end of the line, which is part of it.
    LineComment,
    /// `/* */`, or a line comment that ends with the text.
    Comment,
    Newline,
    End,

    // What does not belong to the language but is recognised for the sake of good messages.
    Ampersand,
    Pipe,
    Tilde,
    Caret,
    Apostrophe,
    Backtick,
    Semicolon,
    /// A line break where a quote is open: stands before it, without text.
    QuotedNewline,
    /// `/*` without its end.
    OpenComment,
    Invalid,
}

/// What kind of text it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Configuration or an expression.
    Normal,
    /// A template without quotes.
    Template,
}

/// Texts from this size on are refused by the callers: positions are 32 bits wide.
pub const MAX_LEN: usize = u32::MAX as usize;

const BYTE_ORDER_MARK: &str = "\u{feff}";

/// The tokens of a text, the last of them [`Kind::End`].
pub fn tokens(text: &str, mode: Mode) -> Vec<Token> {
    let mut lexer = Lexer::new(text, mode);
    lexer.tokens.reserve(text.len() / 6);
    while lexer.tokens.last().is_none_or(|it| it.kind != Kind::End) {
        lexer.step();
    }
    lexer.tokens
}

/// Something between an opening and a closing token that changes how the text is read.
enum Frame {
    Quoted,
    Heredoc {
        /// Where the marker stands in the text.
        marker: (usize, usize),
        start_of_line: bool,
    },
    /// A template without quotes: the whole text.
    Plain,
    /// `${ }` or `%{ }`, which ends with the brace of this number.
    Template {
        braces: i64,
    },
}

/// Reads tokens one after another.
pub struct Lexer<'a> {
    text: &'a str,
    at: usize,
    /// What was read and is still of use to the owner.
    pub tokens: Vec<Token>,
    frames: Vec<Frame>,
    /// How many braces are open; less than zero when too many were closed.
    braces: i64,
}

impl<'a> Lexer<'a> {
    pub fn new(text: &'a str, mode: Mode) -> Lexer<'a> {
        let at = if text.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
        let frames = match mode {
            Mode::Normal => Vec::new(),
            Mode::Template => vec![Frame::Plain],
        };
        Lexer { text, at, tokens: Vec::new(), frames, braces: 0 }
    }

    /// Goes on by a space or a few tokens; at the end by [`Kind::End`].
    pub fn step(&mut self) {
        match self.frames.last() {
            _ if self.at == self.text.len() => self.token(Kind::End, 0),
            None | Some(Frame::Template { .. }) => self.normal(),
            Some(Frame::Quoted) => self.quoted(),
            Some(Frame::Heredoc { .. } | Frame::Plain) => self.plain(),
        }
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// The byte so far ahead, or zero at the end.
    fn byte(&self, ahead: usize) -> u8 {
        self.text.as_bytes().get(self.at + ahead).copied().unwrap_or(0)
    }

    fn token(&mut self, kind: Kind, len: usize) {
        let start = self.at;
        self.at += len;
        self.tokens.push(Token { kind, start: start as u32, end: self.at as u32 });
    }

    fn normal(&mut self) {
        let first = self.byte(0);
        match first {
            b' ' | b'\t' => {
                let rest = self.rest().bytes();
                self.at += rest.take_while(|it| matches!(it, b' ' | b'\t')).count();
                return;
            }
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => return self.token(Kind::Ident, ident(self.rest())),
            b'0'..=b'9' => return self.token(Kind::Number, number(self.rest().as_bytes())),
            b'#' => return self.line_comment(),
            b'"' => {
                self.token(Kind::OpenQuote, 1);
                return self.frames.push(Frame::Quoted);
            }
            b'{' => {
                self.token(Kind::OpenBrace, 1);
                self.braces += 1;
                return;
            }
            b'}' => return self.close_brace(1),
            b'~' if self.byte(1) == b'}' => return self.close_brace(2),
            b'<' if self.byte(1) == b'<' && self.heredoc() => return,
            b'/' if self.byte(1) == b'/' => return self.line_comment(),
            b'/' if self.byte(1) == b'*' => return self.block_comment(),
            _ => (),
        }
        let (kind, len) = symbol(first, self.byte(1), self.byte(2));
        match kind {
            Kind::Invalid => match ident(self.rest()) {
                0 => self.invalid(),
                len => self.token(Kind::Ident, len),
            },
            kind => self.token(kind, len),
        }
    }

    fn invalid(&mut self) {
        let len = self.rest().chars().next().map_or(0, char::len_utf8);
        self.token(Kind::Invalid, len);
    }

    fn line_comment(&mut self) {
        match self.rest().find('\n') {
            Some(end) => self.token(Kind::LineComment, end + 1),
            None => self.token(Kind::Comment, self.rest().len()),
        }
    }

    fn block_comment(&mut self) {
        match self.rest()[2..].find("*/") {
            Some(end) => self.token(Kind::Comment, end + 4),
            None => self.token(Kind::OpenComment, self.rest().len()),
        }
    }

    fn close_brace(&mut self, len: usize) {
        let ends = matches!(self.frames.last(),
            Some(Frame::Template { braces }) if *braces == self.braces);
        if ends {
            self.frames.pop();
        }
        // A `~}` that ends no template is an error, and the parser sees it as such.
        let kind = if ends || len == 2 { Kind::CloseTemplate } else { Kind::CloseBrace };
        self.token(kind, len);
        self.braces -= 1;
    }

    /// Whether a heredoc begins here.
    fn heredoc(&mut self) -> bool {
        let rest = self.rest();
        let start = if rest.as_bytes().get(2) == Some(&b'-') { 3 } else { 2 };
        let marker = ident(&rest[start..]);
        let end = start + marker;
        let newline = newline(&rest.as_bytes()[end..]);
        if marker == 0 || newline == 0 {
            return false;
        }
        let marker = (self.at + start, self.at + end);
        self.token(Kind::OpenHeredoc, end + newline);
        self.frames.push(Frame::Heredoc { marker, start_of_line: true });
        true
    }

    /// `${`, `%{`, with or without `~`.
    fn open_template(&mut self) {
        let kind = if self.byte(0) == b'$' { Kind::OpenInterpolation } else { Kind::OpenDirective };
        self.token(kind, if self.byte(2) == b'~' { 3 } else { 2 });
        self.braces += 1;
        if let Some(Frame::Heredoc { start_of_line, .. }) = self.frames.last_mut() {
            *start_of_line = false;
        }
        self.frames.push(Frame::Template { braces: self.braces });
    }

    /// The length of a literal that begins with `$` or `%`: `$${`, or the sign alone.
    fn sign(&self) -> usize {
        let escape = self.byte(1) == self.byte(0) && self.byte(2) == b'{';
        match (escape, self.byte(3)) {
            (true, b'~') => 4,
            (true, _) => 3,
            (false, _) => 1,
        }
    }

    fn quoted(&mut self) {
        match self.byte(0) {
            b'"' => {
                self.token(Kind::CloseQuote, 1);
                self.frames.pop();
            }
            b'$' | b'%' if self.byte(1) == b'{' => self.open_template(),
            b'$' | b'%' => self.token(Kind::QuotedText, self.sign()),
            // The text is taken to end with its line, so that the next line is read as it is meant.
            b'\r' | b'\n' => {
                self.token(Kind::QuotedNewline, 0);
                self.frames.pop();
            }
            _ => match quoted_text(self.rest()) {
                0 => self.invalid(),
                len => self.token(Kind::QuotedText, len),
            },
        }
    }

    /// A piece of a heredoc or of a template without quotes: at most a line.
    fn plain(&mut self) {
        let rest = self.rest().as_bytes();
        let sign = matches!(rest[0], b'$' | b'%');
        if sign && self.byte(1) == b'{' {
            return self.open_template();
        }
        let len = match sign {
            true => self.sign(),
            false => rest
                .iter()
                .position(|it| matches!(it, b'$' | b'%' | b'\r' | b'\n'))
                .unwrap_or(rest.len()),
        };
        match newline(&rest[len..]) {
            // A carriage return without a line feed.
            0 if len == 0 => match self.frames.last() {
                Some(Frame::Plain) => self.token(Kind::PlainText, 1),
                _ => self.token(Kind::Invalid, 1),
            },
            0 => {
                self.token(Kind::PlainText, len);
                if let Some(Frame::Heredoc { start_of_line, .. }) = self.frames.last_mut() {
                    *start_of_line = false;
                }
            }
            newline => self.plain_line(len, newline),
        }
    }

    /// The rest of a line: perhaps the end of the heredoc.
    fn plain_line(&mut self, len: usize, newline: usize) {
        if let Some(Frame::Heredoc { marker, start_of_line }) = self.frames.last_mut() {
            let line = &self.text[self.at..self.at + len];
            if *start_of_line && line.trim() == &self.text[marker.0..marker.1] {
                self.token(Kind::CloseHeredoc, len);
                self.token(Kind::Newline, newline);
                self.frames.pop();
                return;
            }
            *start_of_line = true;
        }
        self.token(Kind::PlainText, len + newline);
    }
}

/// A symbol and its length; [`Kind::Invalid`] if it is none.
fn symbol(first: u8, second: u8, third: u8) -> (Kind, usize) {
    match (first, second, third) {
        (b'.', b'.', b'.') => (Kind::Ellipsis, 3),
        (b'\r', b'\n', _) => (Kind::Newline, 2),
        (b'=', b'=', _) => (Kind::EqualEqual, 2),
        (b'=', b'>', _) => (Kind::FatArrow, 2),
        (b'!', b'=', _) => (Kind::NotEqual, 2),
        (b'>', b'=', _) => (Kind::GreaterOrEqual, 2),
        (b'<', b'=', _) => (Kind::LessOrEqual, 2),
        (b'&', b'&', _) => (Kind::And, 2),
        (b'|', b'|', _) => (Kind::Or, 2),
        (b':', b':', _) => (Kind::DoubleColon, 2),
        (b'\n', ..) => (Kind::Newline, 1),
        (b'[', ..) => (Kind::OpenBracket, 1),
        (b']', ..) => (Kind::CloseBracket, 1),
        (b'(', ..) => (Kind::OpenParen, 1),
        (b')', ..) => (Kind::CloseParen, 1),
        (b'.', ..) => (Kind::Dot, 1),
        (b',', ..) => (Kind::Comma, 1),
        (b'*', ..) => (Kind::Star, 1),
        (b'/', ..) => (Kind::Slash, 1),
        (b'%', ..) => (Kind::Percent, 1),
        (b'+', ..) => (Kind::Plus, 1),
        (b'-', ..) => (Kind::Minus, 1),
        (b'=', ..) => (Kind::Equal, 1),
        (b'<', ..) => (Kind::Less, 1),
        (b'>', ..) => (Kind::Greater, 1),
        (b'!', ..) => (Kind::Bang, 1),
        (b'?', ..) => (Kind::Question, 1),
        (b':', ..) => (Kind::Colon, 1),
        (b'&', ..) => (Kind::Ampersand, 1),
        (b'|', ..) => (Kind::Pipe, 1),
        (b'~', ..) => (Kind::Tilde, 1),
        (b'^', ..) => (Kind::Caret, 1),
        (b';', ..) => (Kind::Semicolon, 1),
        (b'`', ..) => (Kind::Backtick, 1),
        (b'\'', ..) => (Kind::Apostrophe, 1),
        _ => (Kind::Invalid, 1),
    }
}

/// How long the line break is with which the text begins.
fn newline(text: &[u8]) -> usize {
    match text {
        [b'\n', ..] => 1,
        [b'\r', b'\n', ..] => 2,
        _ => 0,
    }
}

/// How long the name is with which the text begins.
pub fn ident(text: &str) -> usize {
    let mut chars = text.char_indices();
    if !chars.next().is_some_and(|(_, it)| it == '_' || unicode_ident::is_xid_start(it)) {
        return 0;
    }
    let end = chars.find(|(_, it)| *it != '-' && !unicode_ident::is_xid_continue(*it));
    end.map_or(text.len(), |(at, _)| at)
}

/// How long the number is. It may have several points and exponents; whether it is a number after
/// all is seen when it is read.
fn number(text: &[u8]) -> usize {
    let byte = |at: usize| text.get(at).copied().unwrap_or(0);
    let mut at = 1;
    let mut end = 1;
    loop {
        at += match byte(at) {
            b'0'..=b'9' => 1,
            b'.' => {
                at += 1;
                continue;
            }
            b'e' | b'E' if byte(at + 1).is_ascii_digit() => 2,
            b'e' | b'E' if matches!(byte(at + 1), b'+' | b'-') && byte(at + 2).is_ascii_digit() => {
                3
            }
            _ => return end,
        };
        end = at;
    }
}

/// How long the literal is with which a quoted text begins: up to a quote, a line break or what may
/// begin a template.
fn quoted_text(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        at += match byte {
            b'"' | b'$' | b'%' | b'\r' | b'\n' => break,
            b'\\' => match text[at + 1..].chars().next() {
                None | Some('\r' | '\n') => break,
                Some(escaped) => 1 + escaped.len_utf8(),
            },
            _ => 1,
        };
    }
    at
}
