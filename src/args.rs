//! The command line, as Terraform reads it: `-flag`, `-flag=value`, `--flag`, then the rest.

use std::collections::BTreeMap;
use std::time::Duration;

/// An option of a command.
#[derive(Debug, Clone, Copy)]
pub struct Flag {
    /// Without dashes: `auto-approve`.
    pub name: &'static str,
    /// What its value is called in the help. None for a switch.
    pub value: Option<&'static str>,
    pub help: &'static str,
}

/// A switch, which has no value but may be given one: `-refresh=false`.
pub const fn switch(name: &'static str, help: &'static str) -> Flag {
    Flag { name, value: None, help }
}

/// An option with a value.
pub const fn option(name: &'static str, value: &'static str, help: &'static str) -> Flag {
    Flag { name, value: Some(value), help }
}

/// What was given on the command line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Args {
    /// In the order they were given.
    given: Vec<(&'static str, String)>,
    pub rest: Vec<String>,
}

/// What is wrong with a command line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UsageError(pub String);

/// Reads arguments. Flags may stand before or after other arguments; after `--` nothing is a flag.
///
/// # Errors
///
/// A flag that the command does not have, or a value that is missing or not one.
pub fn parse(
    flags: &[&[Flag]],
    args: impl IntoIterator<Item = String>,
) -> Result<Args, UsageError> {
    let known: BTreeMap<&str, Flag> =
        flags.iter().copied().flatten().map(|it| (it.name, *it)).collect();
    let mut args = args.into_iter();
    let mut parsed = Args::default();
    while let Some(arg) = args.next() {
        if arg == "--" {
            parsed.rest.extend(args);
            break;
        }
        let Some(text) = arg.strip_prefix('-').filter(|it| !it.is_empty()) else {
            parsed.rest.push(arg);
            continue;
        };
        let text = text.strip_prefix('-').unwrap_or(text);
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (text, None),
        };
        let Some(flag) = known.get(name) else {
            let near = stacks::suggest::suggest(name, known.keys().copied());
            let hint = near.map(|it| format!("; did you mean -{it}?")).unwrap_or_default();
            return Err(UsageError(format!("there is no option -{name} here{hint}")));
        };
        let value = match (flag.value, value) {
            (_, Some(value)) => value,
            (None, None) => "true".to_owned(),
            (Some(what), None) => args
                .next()
                .ok_or_else(|| UsageError(format!("the option -{name} needs a value: {what}")))?,
        };
        if flag.value.is_none() && !["true", "false", "1", "0"].contains(&value.as_str()) {
            return Err(UsageError(format!("the option -{name} is true or false, not {value:?}")));
        }
        parsed.given.push((flag.name, value));
    }
    Ok(parsed)
}

impl Args {
    /// The last value given for an option.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.given.iter().rev().find(|it| it.0 == name).map(|it| it.1.as_str())
    }

    /// All values given for an option that may be repeated.
    pub fn values(&self, name: &str) -> Vec<&str> {
        self.given.iter().filter(|it| it.0 == name).map(|it| it.1.as_str()).collect()
    }

    /// Whether a switch is on; `default` if it is not given.
    pub fn is_on(&self, name: &str, default: bool) -> bool {
        self.value(name).map_or(default, |it| it == "true" || it == "1")
    }

    /// All options in the order they were given.
    pub fn in_order(&self) -> &[(&'static str, String)] {
        &self.given
    }

    /// A time such as `1m30s`; none if it is not given.
    ///
    /// # Errors
    ///
    /// When the value is not one.
    pub fn duration(&self, name: &str) -> Result<Duration, UsageError> {
        let Some(text) = self.value(name) else { return Ok(Duration::ZERO) };
        duration(text).ok_or_else(|| {
            UsageError(format!("the option -{name} is a time such as 30s, not {text:?}"))
        })
    }

    /// A number.
    ///
    /// # Errors
    ///
    /// When the value is not one.
    pub fn number(&self, name: &str, default: usize) -> Result<usize, UsageError> {
        let Some(text) = self.value(name) else { return Ok(default) };
        text.parse()
            .map_err(|_| UsageError(format!("the option -{name} is a number, not {text:?}")))
    }
}

/// `30s`, `5m`, `1h30m`.
fn duration(text: &str) -> Option<Duration> {
    let (mut total, mut number) = (0_u64, String::new());
    for it in text.chars() {
        if it.is_ascii_digit() {
            number.push(it);
            continue;
        }
        let unit = match it {
            'h' => 3600,
            'm' => 60,
            's' => 1,
            _ => return None,
        };
        total = total.checked_add(number.parse::<u64>().ok()?.checked_mul(unit)?)?;
        number.clear();
    }
    (number.is_empty() || (total == 0 && number == "0")).then(|| Duration::from_secs(total))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLAGS: &[Flag] = &[switch("refresh", ""), option("var", "NAME=VALUE", "")];

    fn parsed(args: &[&str]) -> Result<Args, UsageError> {
        parse(&[FLAGS], args.iter().map(|it| (*it).to_owned()))
    }

    #[test]
    fn flags_are_read_as_terraform_reads_them() {
        let args = parsed(&["-refresh=false", "--var", "a=1", "-var=b=2", "plan.out", "--", "-x"])
            .unwrap();
        assert!(!args.is_on("refresh", true));
        assert_eq!(args.values("var"), ["a=1", "b=2"]);
        assert_eq!(args.rest, ["plan.out", "-x"]);
    }

    #[test]
    fn a_wrong_flag_is_named_with_the_right_one() {
        let error = parsed(&["-refesh"]).unwrap_err();
        assert_eq!(error.to_string(), "there is no option -refesh here; did you mean -refresh?");
        assert!(parsed(&["-var"]).is_err());
        assert!(parsed(&["-refresh=maybe"]).is_err());
    }
}
