//! `service prune`: deletes old revisions of a task definition, and never one that is used.

use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use resources::services::prunable;
use serde_json::json;

use super::subject::{Look, failed, find, objects, text};
use crate::args::{Args, UsageError};
use crate::commands::{Failed, block_on};

pub fn run(args: &Args, address: &str) -> Result<ExitCode, Failed> {
    let keep = args.number("keep", 5)?;
    let before = args.value("older-than").map(moment).transpose()?;
    let look = Look::open(args)?;
    let it = find(&look.state, address)?;
    let dry = args.is_on("dry-run", false);
    block_on(async {
        let operations = look.operations(&it.address).await?;
        let all = operations.revisions(it.family(), before.is_some()).await;
        let all = all.map_err(|it| failed(&it))?;
        let mut used = operations.used(it.family()).await.map_err(|it| failed(&it))?;
        // What the state has may be asked for by the next plan.
        let state = &look.state;
        let services = objects(state, &["aws_ecs_service"]);
        used.extend(services.map(|(_, it)| text(it, "task_definition").to_owned()));
        let definitions = objects(state, &["aws_ecs_task_definition"]);
        used.extend(definitions.map(|(_, it)| text(it, "arn").to_owned()));
        let old = prunable(&all, &used, keep, before);
        if args.is_on("json", false) {
            println!("{:#}", json!({"revisions": all.len(), "used": used, "deleted": old, "dry_run": dry}));
        }
        for it in &old {
            if !dry {
                operations.delete_revision(&it.arn).await.map_err(|it| failed(&it))?;
            }
            if !args.is_on("json", false) {
                let what = if dry { "would be deleted" } else { "deleted" };
                println!("{}:{} {what}", address_of(&it.arn), it.number);
            }
        }
        if !args.is_on("json", false) {
            println!("{} of {} revisions stay.", all.len() - old.len(), all.len());
        }
        Ok(ExitCode::SUCCESS)
    })?
}

fn address_of(arn: &str) -> &str {
    super::subject::family(arn)
}

/// The moment that was this long ago, in seconds since 1970: `30d`, `12h`, `90m`.
fn moment(age: &str) -> Result<i64, Failed> {
    let wrong = || UsageError(format!("the option -older-than is an age such as 30d, not {age:?}"));
    let unit = age.chars().last().filter(char::is_ascii_alphabetic).ok_or_else(wrong)?;
    let number: i64 = age[..age.len() - 1].parse().map_err(|_| wrong())?;
    let seconds = match unit {
        'd' => 24 * 3600,
        'h' => 3600,
        'm' => 60,
        's' => 1,
        _ => return Err(wrong().into()),
    };
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let now = i64::try_from(now).unwrap_or(i64::MAX);
    Ok(now - number.checked_mul(seconds).ok_or_else(wrong)?)
}
