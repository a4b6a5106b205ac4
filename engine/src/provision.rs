//! `provisioner "local-exec"`: programs that run on this machine when an object is made or destroyed.

use std::process::Stdio;

use model::{Attributes, Diagnostic, Diagnostics, to_typed_json};
use stacks::provisioners::LocalExec;
use stacks::stack::Provisioner;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::Command;

use crate::world::BlockScope;

/// Runs a provisioner; `tell` hears each line that it prints, unless a secret could be in it.
///
/// # Errors
///
/// What is wrong with its block, or how its command ended. None if it may fail.
pub async fn run(
    provisioner: &Provisioner,
    scope: &BlockScope<'_>,
    tell: &(dyn Fn(String) + Send + Sync),
) -> Result<(), Diagnostics> {
    let result = attempt(provisioner, scope, tell).await;
    match result {
        Err(found) if provisioner.continue_on_failure => {
            for it in found {
                tell(format!("{}: {} (on_failure = continue)", it.summary, it.detail));
            }
            Ok(())
        }
        result => result,
    }
}

async fn attempt(
    provisioner: &Provisioner,
    scope: &BlockScope<'_>,
    tell: &(dyn Fn(String) + Send + Sync),
) -> Result<(), Diagnostics> {
    let wrong = |detail: String| {
        vec![Diagnostic::error("local-exec provisioner error", detail).at(&provisioner.span)]
    };
    let value =
        stacks::decode::decode(&provisioner.body, provisioner.json, &LocalExec::SCHEMA, scope)?;
    let secret = value.marks_deep().sensitive || value.marks_deep().ephemeral;
    let json = to_typed_json(&value.unmark_deep().0, &LocalExec::SCHEMA.ty());
    let exec: LocalExec = serde_json::from_value(json)
        .map_err(|_| wrong("An argument is not known, although all else is applied.".to_owned()))?;
    if exec.command.trim().is_empty() {
        return Err(wrong("The command is empty.".to_owned()));
    }
    let shell = ["/bin/sh".to_owned(), "-c".to_owned()];
    let interpreter = exec.interpreter.clone().filter(|it| !it.is_empty());
    let interpreter = interpreter.unwrap_or_else(|| shell.to_vec());
    let hidden = secret || exec.quiet == Some(true);
    tell(match hidden {
        true => "Executing: (command not shown)".to_owned(),
        false => format!("Executing: {:?} {:?}", interpreter, exec.command),
    });
    if secret {
        tell("(output suppressed: sensitive values are in the configuration)".to_owned());
    }
    let mut command = Command::new(&interpreter[0]);
    command
        .args(&interpreter[1..])
        .arg(&exec.command)
        .envs(exec.environment.iter().flatten())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command.current_dir(match &exec.working_dir {
        Some(dir) => scope.world.site.cwd.join(dir),
        None => scope.world.site.cwd.clone(),
    });
    let shown = if hidden { "the command" } else { exec.command.as_str() };
    let mut child = command
        .spawn()
        .map_err(|error| wrong(format!("Running {shown:?} with {:?}: {error}.", interpreter[0])))?;
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let (out, err) = tokio::join!(lines(out, secret, tell), lines(err, secret, tell));
    let status = child.wait().await.map_err(|error| wrong(error.to_string()))?;
    if status.success() {
        return Ok(());
    }
    let mut last: Vec<String> = [out, err].concat();
    last.drain(..last.len().saturating_sub(20));
    let output = if last.is_empty() { String::new() } else { format!(" {}", last.join("\n")) };
    Err(wrong(format!("Running {shown:?} ended with {status}.{output}")))
}

/// Passes lines on as they come, and keeps them.
async fn lines(
    from: Option<impl AsyncRead + Unpin>,
    secret: bool,
    tell: &(dyn Fn(String) + Send + Sync),
) -> Vec<String> {
    let mut kept = Vec::new();
    let Some(from) = from else { return kept };
    let mut reader = BufReader::new(from);
    let mut line = Vec::new();
    // What cannot be read any more has ended; how is for the exit status to say.
    while reader.read_until(b'\n', &mut line).await.is_ok_and(|n| n > 0) {
        let text = String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_owned();
        line.clear();
        if !secret {
            tell(text.clone());
            kept.push(text);
        }
    }
    kept
}
