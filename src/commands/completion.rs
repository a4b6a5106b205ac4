//! `groundplan completion`: what a shell needs to complete commands and options, from the same table
//! that everything else is made of.

use std::fmt::Write;
use std::process::ExitCode;

use crate::args::{Args, Flag, UsageError};
use crate::commands::{COMMANDS, Command, Failed};

pub const COMMAND: Command = Command {
    name: "completion",
    about: "Writes what a shell needs to complete commands and options",
    usage: "bash | zsh | fish",
    help: "For this shell only, or in the file that it reads when it starts:\n\n  \
           source <(groundplan completion bash)\n  \
           source <(groundplan completion zsh)\n  \
           groundplan completion fish | source",
    flags: &[],
    run,
};

fn run(args: &Args) -> Result<ExitCode, Failed> {
    let text = match args.rest.as_slice() {
        [shell] if shell == "bash" => bash(),
        [shell] if shell == "zsh" => zsh(),
        [shell] if shell == "fish" => fish(),
        _ => return Err(UsageError("expected one of: bash, zsh, fish".to_owned()).into()),
    };
    print!("{text}");
    Ok(ExitCode::SUCCESS)
}

fn flags(command: &Command) -> Vec<Flag> {
    command.flags.iter().copied().flatten().copied().collect()
}

/// The words that a command begins with: `list`, `show` of `list | show ADDRESS`.
fn words(command: &Command) -> Vec<&'static str> {
    let first = |it: &'static str| it.trim().trim_start_matches('[').split(' ').next();
    let is_word =
        |it: &&str| !it.is_empty() && it.chars().all(|it| it.is_ascii_lowercase() || it == '-');
    let words = command.usage.split('|').filter_map(first);
    words.map(|it| it.trim_end_matches(']')).filter(is_word).collect()
}

fn bash() -> String {
    let names: Vec<&str> = COMMANDS.iter().map(|it| it.name).collect();
    let mut cases = String::new();
    for it in COMMANDS {
        let options = flags(it);
        let options: Vec<String> = options
            .iter()
            .map(|it| format!("-{}{}", it.name, if it.value.is_some() { "=" } else { "" }))
            .collect();
        let (options, words) = (options.join(" "), words(it).join(" "));
        writeln!(cases, "    {}) options=\"{options}\" words=\"{words}\" ;;", it.name)
            .expect("writing to a String");
    }
    format!(
        r#"_groundplan() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} command= it options= words=
  for it in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
    case $it in -* | =) ;; *) command=$it; break ;; esac
  done
  case $command in
    "") options="-chdir= -help -version -sandbox" words="{names}" ;;
{cases}  esac
  case $current in
    -*) COMPREPLY=($(compgen -W "$options" -- "$current")) ;;
    *) COMPREPLY=($(compgen -W "$words" -- "$current")) ;;
  esac
  [[ ${{COMPREPLY[0]}} == *= ]] && compopt -o nospace
}}
complete -o default -F _groundplan groundplan
"#,
        names = names.join(" ")
    )
}

/// A text between single quotes of a shell.
fn quoted(text: &str) -> String {
    text.replace('\'', "'\\''")
}

fn zsh() -> String {
    let (mut list, mut cases) = (String::new(), String::new());
    for it in COMMANDS {
        let about = quoted(it.about).replace(':', "\\:");
        writeln!(list, "    '{}:{about}'", it.name).expect("writing to a String");
        let mut specs = String::new();
        for flag in flags(it) {
            let help = quoted(flag.help).replace('[', "\\[").replace(']', "\\]");
            let spec = match flag.value {
                Some(value) => format!("-{}=[{help}]:{value}:_files", flag.name),
                None => format!("-{}[{help}]", flag.name),
            };
            write!(specs, " '*{spec}'").expect("writing to a String");
        }
        let words = words(it);
        if words.is_empty() {
            specs += " '*:file:_files'";
        } else {
            write!(specs, " '1:command:({})' '*:file:_files'", words.join(" "))
                .expect("writing to a String");
        }
        writeln!(cases, "    {}) _arguments{specs} ;;", it.name).expect("writing to a String");
    }
    format!(
        r#"#compdef groundplan
_groundplan() {{
  local -a commands
  commands=(
{list}  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  shift words
  (( CURRENT-- ))
  case $words[1] in
{cases}  esac
}}
compdef _groundplan groundplan
"#
    )
}

fn fish() -> String {
    let mut text = "complete -c groundplan -f -n __fish_use_subcommand\n".to_owned();
    for it in COMMANDS {
        let (name, about) = (it.name, quoted(it.about));
        writeln!(text, "complete -c groundplan -n __fish_use_subcommand -a {name} -d '{about}'")
            .expect("writing to a String");
        let seen = format!("-n '__fish_seen_subcommand_from {name}'");
        for word in words(it) {
            writeln!(text, "complete -c groundplan {seen} -a {word}").expect("writing to a String");
        }
        for flag in flags(it) {
            let value = if flag.value.is_some() { " -r" } else { "" };
            let help = quoted(flag.help);
            writeln!(text, "complete -c groundplan {seen} -o {}{value} -d '{help}'", flag.name)
                .expect("writing to a String");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_and_option_is_completed() {
        for text in [bash(), zsh(), fish()] {
            for it in COMMANDS {
                assert!(text.contains(it.name), "{}", it.name);
                for flag in flags(it) {
                    assert!(text.contains(flag.name), "{} {}", it.name, flag.name);
                }
            }
        }
    }

    #[test]
    fn the_words_of_a_command_come_from_its_usage() {
        let of = |name: &str| words(COMMANDS.iter().find(|it| it.name == name).unwrap());
        assert_eq!(of("workspace"), ["list", "show", "new", "select", "delete"]);
        assert_eq!(of("providers"), ["schema"]);
        assert!(of("plan").is_empty());
    }
}
