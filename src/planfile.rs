//! Saved plans: a plan as JSON, with a mark that says what it is.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::{Context, bail};
use engine::Plan;
use serde::{Deserialize, Serialize};

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
pub fn save(plan: &Plan, path: &Path) -> anyhow::Result<()> {
    let text =
        serde_json::to_vec(&Saving { format: FORMAT, plan }).context("cannot encode the plan")?;
    write_private(path, &text)
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
pub fn open(path: &Path) -> anyhow::Result<Plan> {
    let text = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let what = || format!("{} is not a plan that groundplan has saved", path.display());
    let saved: Saved = serde_json::from_slice(&text).with_context(what)?;
    if saved.format != FORMAT {
        bail!("{} is a plan of another version: {}", path.display(), saved.format);
    }
    Ok(saved.plan)
}

/// Whether a file looks like a saved plan.
pub fn is_plan(path: &Path) -> bool {
    fs::read(path).is_ok_and(|it| it.starts_with(format!("{{\"format\":\"{FORMAT}\"").as_bytes()))
}
