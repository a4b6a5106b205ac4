//! Versions and version constraints, by the rules of Terraform's modules and `required_version`.

use std::cmp::Ordering;
use std::fmt;

/// A version: numbers separated by dots, perhaps a prerelease and a note about the build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// At least three.
    numbers: Vec<u64>,
    /// How many of `numbers` were written.
    n_written: usize,
    prerelease: String,
    build: String,
}

/// Conditions that a version must meet, all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Constraints(Vec<(Operator, Version)>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    /// `~>`: only the last of the written numbers may grow.
    Pessimistic,
}

impl Version {
    /// The version that a text says, or none if it says none. A `v` before it is passed over.
    pub fn parse(text: &str) -> Option<Version> {
        let text = text.strip_prefix('v').unwrap_or(text);
        let (text, build) = text.split_once('+').unwrap_or((text, ""));
        let end = text.find(|it: char| !it.is_ascii_digit() && it != '.').unwrap_or(text.len());
        let (core, after) = text.split_at(end);
        let is_word = |it: &str| {
            it.chars().all(|it| it.is_ascii_alphanumeric() || matches!(it, '-' | '.' | '~'))
        };
        let prerelease = match after.strip_prefix('-') {
            Some("") => return None,
            Some(it) => it,
            None => after,
        };
        if !is_word(prerelease) || !is_word(build) {
            return None;
        }
        let mut numbers: Vec<u64> =
            core.split('.').map(|it| it.parse().ok()).collect::<Option<_>>()?;
        let n_written = numbers.len();
        numbers.resize(n_written.max(3), 0);
        Some(Version {
            numbers,
            n_written,
            prerelease: prerelease.to_owned(),
            build: build.to_owned(),
        })
    }

    pub fn is_prerelease(&self) -> bool {
        !self.prerelease.is_empty()
    }
}

/// By precedence: what was built is not looked at.
impl Ord for Version {
    fn cmp(&self, other: &Version) -> Ordering {
        let n_numbers = self.numbers.len().max(other.numbers.len());
        let number = |it: &Version, n: usize| it.numbers.get(n).copied().unwrap_or(0);
        (0..n_numbers)
            .map(|n| number(self, n).cmp(&number(other, n)))
            .find(|it| it.is_ne())
            .unwrap_or_else(|| compare_prereleases(&self.prerelease, &other.prerelease))
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Version) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

fn compare_prereleases(a: &str, b: &str) -> Ordering {
    match (a.is_empty(), b.is_empty()) {
        (true, true) => return Ordering::Equal,
        (true, false) => return Ordering::Greater,
        (false, true) => return Ordering::Less,
        (false, false) => (),
    }
    let part = |a: &str, b: &str| match (a.parse::<u64>(), b.parse::<u64>()) {
        (Ok(a), Ok(b)) => a.cmp(&b),
        (Ok(_), Err(_)) => Ordering::Less,
        (Err(_), Ok(_)) => Ordering::Greater,
        (Err(_), Err(_)) => a.cmp(b),
    };
    let by_parts = a.split('.').zip(b.split('.')).map(|(a, b)| part(a, b));
    let by_length = a.split('.').count().cmp(&b.split('.').count());
    by_parts.into_iter().find(|it| it.is_ne()).unwrap_or(by_length)
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, it) in self.numbers.iter().enumerate() {
            write!(f, "{}{it}", if n == 0 { "" } else { "." })?;
        }
        if !self.prerelease.is_empty() {
            write!(f, "-{}", self.prerelease)?;
        }
        if !self.build.is_empty() {
            write!(f, "+{}", self.build)?;
        }
        Ok(())
    }
}

impl Constraints {
    /// Conditions separated by commas, such as `>= 1.2, < 2.0`. None if the text is not of that form.
    pub fn parse(text: &str) -> Option<Constraints> {
        text.split(',').map(condition).collect::<Option<_>>().map(Constraints)
    }

    /// Whether a version meets all the conditions.
    pub fn allow(&self, version: &Version) -> bool {
        self.0.iter().all(|(operator, bound)| meets(version, *operator, bound))
    }

    /// Whether a condition names just this version: only then may it be a prerelease of a module.
    pub fn name_exactly(&self, version: &Version) -> bool {
        self.0.iter().any(|(operator, bound)| *operator == Operator::Equal && bound == version)
    }
}

/// As Terraform writes them: `>= 5.1.0, < 6.0.0`. What `~>` allows depends on how many numbers there are.
impl fmt::Display for Constraints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, (operator, version)) in self.0.iter().enumerate() {
            f.write_str(if n == 0 { "" } else { ", " })?;
            f.write_str(match operator {
                Operator::Equal => "",
                Operator::NotEqual => "!= ",
                Operator::Greater => "> ",
                Operator::GreaterOrEqual => ">= ",
                Operator::Less => "< ",
                Operator::LessOrEqual => "<= ",
                Operator::Pessimistic => "~> ",
            })?;
            match operator {
                Operator::Pessimistic if !version.is_prerelease() => {
                    let written = version.numbers.iter().take(version.n_written);
                    let written: Vec<String> = written.map(ToString::to_string).collect();
                    f.write_str(&written.join("."))?;
                }
                _ => write!(f, "{version}")?,
            }
        }
        Ok(())
    }
}

fn condition(text: &str) -> Option<(Operator, Version)> {
    let text = text.trim();
    let end = text.find(|it: char| !matches!(it, '=' | '!' | '<' | '>' | '~'));
    let (operator, version) = text.split_at(end.unwrap_or(text.len()));
    let operator = match operator {
        "" | "=" => Operator::Equal,
        "!=" => Operator::NotEqual,
        ">" => Operator::Greater,
        ">=" => Operator::GreaterOrEqual,
        "<" => Operator::Less,
        "<=" => Operator::LessOrEqual,
        "~>" => Operator::Pessimistic,
        _ => return None,
    };
    Some((operator, Version::parse(version.trim())?))
}

fn meets(version: &Version, operator: Operator, bound: &Version) -> bool {
    let order = version.cmp(bound);
    let comparable = may_compare(version, bound);
    match operator {
        Operator::Equal => order.is_eq(),
        Operator::NotEqual => order.is_ne(),
        Operator::Greater => comparable && order.is_gt(),
        Operator::GreaterOrEqual => comparable && order.is_ge(),
        Operator::Less => comparable && order.is_lt(),
        Operator::LessOrEqual => comparable && order.is_le(),
        Operator::Pessimistic => {
            let fixed = bound.n_written - 1;
            comparable
                && order.is_ge()
                && (!bound.is_prerelease() || version.is_prerelease())
                && version.numbers.len() >= bound.n_written
                && version.numbers[..fixed] == bound.numbers[..fixed]
                && version.numbers[fixed] >= bound.numbers[fixed]
        }
    }
}

/// A prerelease is in no range but one whose bound is a prerelease of the same numbers.
fn may_compare(version: &Version, bound: &Version) -> bool {
    !version.is_prerelease() || bound.is_prerelease() && version.numbers == bound.numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constraints_allow_what_terraform_allows() {
        for (constraints, yes, no) in [
            ("1.2.3", vec!["1.2.3", "v1.2.3"], vec!["1.2.4", "1.2.3-rc1"]),
            (">= 1.2, < 2.0", vec!["1.2.0", "1.99"], vec!["2.0.0", "1.1.9", "1.5.0-beta"]),
            ("~> 1.2", vec!["1.2.0", "1.9.3"], vec!["2.0", "1.1"]),
            ("~> 1.2.3", vec!["1.2.3", "1.2.30"], vec!["1.3.0", "1.2.2"]),
            ("~> 1", vec!["1.0", "2.5"], vec!["0.9"]),
            ("~>5.0", vec!["5.1.2"], vec!["6.0.0"]),
            ("!= 1.0", vec!["1.1", "0.9"], vec!["1.0", "1.0.0"]),
            ("> 1.0.0-alpha", vec!["1.0.0-beta", "1.0.0"], vec!["1.0.1-beta", "1.0.0-alpha"]),
            ("~> 1.0.0-alpha", vec!["1.0.0-beta"], vec!["1.0.0", "1.0.1-beta"]),
            ("= 1.0.0-rc.1", vec!["1.0.0-rc.1"], vec!["1.0.0"]),
        ] {
            let wanted = Constraints::parse(constraints).expect(constraints);
            for it in yes {
                assert!(wanted.allow(&Version::parse(it).unwrap()), "{constraints}: {it}");
            }
            for it in no {
                assert!(!wanted.allow(&Version::parse(it).unwrap()), "{constraints}: {it}");
            }
        }
    }

    #[test]
    fn constraints_are_written_as_terraform_writes_them() {
        for (text, written) in [
            (">=5.1, <6", ">= 5.1.0, < 6.0.0"),
            ("~> 5.0", "~> 5.0"),
            ("~>5.0.1", "~> 5.0.1"),
            ("= 1.2", "1.2.0"),
            ("!= 1", "!= 1.0.0"),
        ] {
            assert_eq!(Constraints::parse(text).unwrap().to_string(), written);
        }
    }

    #[test]
    fn versions_are_ordered_by_precedence() {
        let order = ["0.9", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-beta.2", "1.0.0-beta.11", "1.0"];
        for pair in order.windows(2) {
            let (a, b) = (Version::parse(pair[0]).unwrap(), Version::parse(pair[1]).unwrap());
            assert!(a < b, "{a} < {b}");
        }
        assert_eq!(Version::parse("1.2").unwrap().to_string(), "1.2.0");
        assert_eq!(Version::parse("v1.2.3-rc1+x").unwrap().to_string(), "1.2.3-rc1+x");
    }

    #[test]
    fn what_is_no_version_or_constraint_is_refused() {
        for text in ["", "x", "1..2", "1.2-", "1.2.x", "latest", "1.2.3 4", ".1"] {
            assert_eq!(Version::parse(text), None, "{text}");
        }
        for text in ["", ">= ", "=> 1.0", ">= 1.0,", "1.0 || 2.0", "~> x"] {
            assert_eq!(Constraints::parse(text), None, "{text}");
        }
    }
}
