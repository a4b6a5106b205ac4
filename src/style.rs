//! Colours, for terminals that want them.

use std::io::IsTerminal;

/// How to mark text that is shown to a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    colour: bool,
}

impl Style {
    /// Colours if standard output is a terminal, and neither `-no-color` nor `NO_COLOR` forbid it.
    pub fn new(no_colour: bool) -> Style {
        let forbidden = no_colour || std::env::var_os("NO_COLOR").is_some_and(|it| !it.is_empty());
        Style { colour: !forbidden && std::io::stdout().is_terminal() }
    }

    #[cfg(test)]
    pub const PLAIN: Style = Style { colour: false };

    fn paint(self, code: &str, text: &str) -> String {
        if self.colour { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    pub fn bold(self, text: &str) -> String {
        self.paint("1", text)
    }

    pub fn red(self, text: &str) -> String {
        self.paint("31", text)
    }

    pub fn green(self, text: &str) -> String {
        self.paint("32", text)
    }

    pub fn yellow(self, text: &str) -> String {
        self.paint("33", text)
    }

    pub fn cyan(self, text: &str) -> String {
        self.paint("36", text)
    }

    pub fn dim(self, text: &str) -> String {
        self.paint("2", text)
    }
}
