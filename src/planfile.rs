//! Saved plans: a plan as JSON, with a mark that says what it is.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::Context;
use engine::Plan;
use model::Diagnostic;
use serde::{Deserialize, Serialize};
use state::{What, is_sealed_as};

use crate::commands::Failed;
use crate::sealing::seal;

const FORMAT: &str = "groundplan plan 1";

#[derive(Serialize)]
struct Saving<'a> {
    format: &'static str,
    plan: &'a Plan,
}

#[derive(Deserialize)]
struct Saved {
    format: String,
    plan: Plan,
}

/// Writes a plan where only its owner can read it: it holds values of variables.
///
/// # Errors
///
/// When it cannot be encrypted or written.
pub fn save(plan: &Plan, path: &Path) -> Result<(), Failed> {
    let text =
        serde_json::to_vec(&Saving { format: FORMAT, plan }).context("cannot encode the plan")?;
    Ok(write_private(path, &seal()?.seal(What::Plan, text)?)?)
}

/// Writes a file that only its owner can read, and the folder around it.
pub fn write_private(path: &Path, text: &[u8]) -> anyhow::Result<()> {
    // A file that is there may be open to others: it is replaced, not filled.
    if path.exists() {
        fs::remove_file(path).with_context(|| format!("cannot replace {}", path.display()))?;
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let mut file = file.with_context(|| format!("cannot write {}", path.display()))?;
    file.write_all(text).with_context(|| format!("cannot write {}", path.display()))
}

/// Reads what [`save`] wrote.
///
/// # Errors
///
/// When it cannot be read, or is something else.
pub fn open(path: &Path) -> Result<Plan, Failed> {
    let name = path.display();
    let text = fs::read(path).with_context(|| format!("cannot read {name}"))?;
    let seal = seal()?;
    let text = seal.open(What::Plan, &text).map_err(|why| {
        let it = Diagnostic::error("Saved plan", format!("cannot read {name}: {why}"));
        Diagnostic { hint: why.hint(), ..it }
    })?;
    let refused = |why: String| {
        let detail = format!("{why}. Nothing has been changed.");
        let hint = "make one that this version can read: groundplan plan -out=FILE";
        Failed::from(Diagnostic::error("Not a plan that can be applied", detail).hint(hint))
    };
    let saved: Saved = serde_json::from_slice(&text)
        .map_err(|why| refused(format!("{name} is not a plan that groundplan has saved: {why}")))?;
    if saved.format != FORMAT {
        return Err(refused(format!("{name} is a plan of another version: {}", saved.format)));
    }
    Ok(saved.plan)
}

/// Whether a file looks like a saved plan.
pub fn is_plan(path: &Path) -> bool {
    let plain = format!("{{\"format\":\"{FORMAT}\"");
    let looks = |it: Vec<u8>| it.starts_with(plain.as_bytes()) || is_sealed_as(What::Plan, &it);
    fs::read(path).is_ok_and(looks)
}
