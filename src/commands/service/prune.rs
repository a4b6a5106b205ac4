//! `service prune`: deletes old revisions of a task definition, and never one that is used.

use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::json;

use super::subject::{Look, failed, family, find, objects, text};
use crate::args::{Args, UsageError};
use crate::commands::{Failed, block_on};

pub fn run(args: &Args, address: &str) -> Result<ExitCode, Failed> {
    let keep = args.number("keep", 5)?;
    let before = args.value("older-than").map(moment).transpose()?;
    let look = Look::open(args)?;
    let it = find(&look.state, address)?;
    let (dry, json) = (args.is_on("dry-run", false), args.is_on("json", false));
    block_on(async {
        let operations = look.operations(&it.address).await?;
        // What the state has may be asked for by the next plan.
        let state = &look.state;
        let services = objects(state, &["aws_ecs_service"]).map(|it| text(it.1, "task_definition"));
        let own = objects(state, &["aws_ecs_task_definition"]).map(|it| text(it.1, "arn"));
        let used = services.chain(own).map(str::to_owned).collect();
        let old = operations.old_revisions(it.family(), keep, before, &used).await;
        let old = old.map_err(|it| failed(&it))?;
        for it in &old.revisions {
            if !dry {
                operations.delete_revision(&it.arn).await.map_err(|it| failed(&it))?;
            }
            if !json {
                let what = if dry { "would be deleted" } else { "deleted" };
                println!("{}:{} {what}", family(&it.arn), it.number);
            }
        }
        if json {
            println!("{:#}", json!({"deleted": old.revisions, "of": old.all, "dry_run": dry}));
        } else {
            println!("{} of {} revisions stay.", old.all - old.revisions.len(), old.all);
        }
        Ok(ExitCode::SUCCESS)
    })?
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
