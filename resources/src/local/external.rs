//! The provider `external`: asks a program.

use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Stdio};

use model::{Attributes, Fault, Host, Out};
use serde::{Deserialize, Serialize};

use crate::fault::rejected;
use crate::local::{LocalData, LocalProvider, aside, found, out, provider};
use crate::resource::Result;

pub(crate) const PROVIDER: LocalProvider = LocalProvider {
    schema: provider("external", "registry.terraform.io/hashicorp/external"),
    types: &[],
    data: &[found::<External>()],
};

/// Asks a program: it is given a JSON object of texts, and answers with one.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("external")]
pub(crate) struct External {
    /// The program and its arguments. No shell is involved.
    #[attr(required)]
    program: Vec<String>,
    /// The folder that it runs in; by default that of this program.
    working_dir: Option<String>,
    /// What it is given.
    query: Option<BTreeMap<String, Option<String>>>,
    /// What it answers.
    result: Out<BTreeMap<String, String>>,
    /// Always `-`.
    id: Out<String>,
}

fn fault(program: &str, code: &str, text: impl std::fmt::Display) -> Fault {
    rejected("external", code, format!("{program}: {text}"))
}

impl External {
    fn asked(self) -> Result<External> {
        let Some((program, arguments)) = self.program.split_first() else {
            return Err(fault("program", "InvalidArgument", "there is no program to run"));
        };
        let mut command = Command::new(program);
        command.args(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        if let Some(folder) = &self.working_dir {
            command.current_dir(folder);
        }
        let not_run = |error: std::io::Error| fault(program, "NotRun", error);
        let mut child = command.spawn().map_err(not_run)?;
        let query = serde_json::to_vec(&self.query.clone().unwrap_or_default());
        let query = query.map_err(|error| fault(program, "InvalidArgument", error))?;
        let mut stdin = child.stdin.take().expect("it is piped");
        // A program need not read what it is given, and may be gone already.
        let feed = std::thread::spawn(move || _ = stdin.write_all(&query));
        let output = child.wait_with_output().map_err(not_run)?;
        _ = feed.join();
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            let said = match said.trim() {
                "" => "it says nothing about why".to_owned(),
                said => said.to_owned(),
            };
            return Err(fault(program, "Failed", format!("{}: {said}", output.status)));
        }
        // What it answers may be a secret, so it is not shown.
        let result = serde_json::from_slice(&output.stdout).map_err(|error| {
            let what = "what it wrote is not one JSON object with texts alone";
            fault(program, "InvalidAnswer", format!("{what}: line {}", error.line()))
        })?;
        Ok(External { result: Out(Some(result)), id: out("-"), ..self })
    }
}

impl LocalData for External {
    async fn read(_host: &dyn Host, given: Self) -> Result<Self> {
        aside(move || given.asked()).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(script: &str) -> Result<External> {
        let it = External {
            program: ["sh", "-c", script].map(str::to_owned).to_vec(),
            working_dir: Some("/".to_owned()),
            query: Some(BTreeMap::from([("name".to_owned(), Some("x".to_owned()))])),
            result: Out(None),
            id: Out(None),
        };
        it.asked()
    }

    #[test]
    fn a_program_is_asked_and_answers() {
        let it = asked("sed s/name/found/; pwd >&2").unwrap();
        let expected = BTreeMap::from([("found".to_owned(), "x".to_owned())]);
        assert_eq!(it.result, Out(Some(expected)));
        assert!(asked("echo '{}'").is_ok());
    }

    #[test]
    fn what_goes_wrong_is_said_and_what_it_answers_is_not() {
        let failed = asked("echo no luck >&2; exit 3").unwrap_err();
        assert!(failed.message.contains("no luck") && failed.message.contains('3'), "{failed}");
        for answer in ["secret", "{\"a\": 1}", "[]", "{} {}"] {
            let wrong = asked(&format!("echo '{answer}'")).unwrap_err();
            assert_eq!(wrong.code, "InvalidAnswer", "{answer}");
            assert!(!wrong.message.contains("secret"), "{wrong}");
        }
        let mut it = asked("echo '{}'").unwrap();
        it.program = vec!["no-such-program".to_owned()];
        assert_eq!(it.asked().unwrap_err().code, "NotRun");
    }
}
