//! `service logs`: what the containers of a service write, and go on writing.

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use model::Diagnostic;
use resources::services::{LogLine, LogSource, Operations};
use serde_json::json;

use super::subject::{Look, Subject, failed, find};
use crate::args::Args;
use crate::commands::{Failed, block_on};

/// How often is looked for new lines.
const PAUSE: Duration = Duration::from_millis(1500);
/// Lines may come this much later than they say, in milliseconds: so far back is looked again.
const LATE: i64 = 60_000;

/// What has been shown of one log, and from where on is read next.
struct Tail {
    source: LogSource,
    since: i64,
    /// Ids of the lines that have been shown and may be read again, by their moments.
    shown: BTreeMap<i64, BTreeSet<String>>,
}

pub fn run(args: &Args, address: &str) -> Result<ExitCode, Failed> {
    let back = match args.value("since") {
        Some(_) => args.duration("since")?,
        None => Duration::from_secs(600),
    };
    let look = Look::open(args)?;
    let it = find(&look.state, address)?;
    block_on(async {
        let operations = look.operations(&it.address).await?;
        let sources = sources(&operations, &it, args.value("container")).await?;
        let since = now() - i64::try_from(back.as_millis()).unwrap_or(i64::MAX);
        let tails = sources.into_iter();
        let mut tails: Vec<Tail> =
            tails.map(|source| Tail { source, since, shown: BTreeMap::new() }).collect();
        loop {
            let mut lines = Vec::new();
            for it in &mut tails {
                let own = it.read(&operations).await?;
                lines.extend(own.into_iter().map(|line| (it.source.container.clone(), line)));
            }
            lines.sort_by(|a, b| (a.1.at, &a.1.id).cmp(&(b.1.at, &b.1.id)));
            lines.iter().for_each(|(container, it)| show(args, container, it));
            if !args.is_on("follow", false) {
                return Ok(ExitCode::SUCCESS);
            }
            // What a new revision writes elsewhere is followed, too.
            follow_revision(&operations, &it, args.value("container"), &mut tails).await;
            tokio::time::sleep(PAUSE).await;
        }
    })?
}

/// Where the service's containers write: those that run now.
async fn sources(
    operations: &Operations,
    it: &Subject,
    container: Option<&str>,
) -> Result<Vec<LogSource>, Failed> {
    let live = operations.services(&[it.arn().to_owned()]).await.map_err(|it| failed(&it))?;
    let definition = live.first().map_or(it.task_definition(), |it| &it.task_definition);
    let mut found = operations.log_sources(definition).await.map_err(|it| failed(&it))?;
    found.retain(|it| container.is_none_or(|name| name == it.container));
    if found.is_empty() {
        let detail = match container {
            Some(name) => {
                format!("No container {name:?} of {} writes to CloudWatch Logs.", it.address)
            }
            None => format!("No container of {} writes to CloudWatch Logs.", it.address),
        };
        return Err(Diagnostic::error("No logs", detail).into());
    }
    Ok(found)
}

/// A fault is none here: it is looked for again in a moment.
async fn follow_revision(
    operations: &Operations,
    it: &Subject,
    container: Option<&str>,
    tails: &mut Vec<Tail>,
) {
    for source in sources(operations, it, container).await.unwrap_or_default() {
        if tails.iter().all(|it| it.source != source) {
            tails.push(Tail { source, since: now() - LATE, shown: BTreeMap::new() });
        }
    }
}

impl Tail {
    /// The lines that have not been shown yet.
    async fn read(&mut self, operations: &Operations) -> Result<Vec<LogLine>, Failed> {
        let (mut lines, mut page) = (Vec::new(), None);
        loop {
            let found = operations.log_lines(&self.source, self.since, page).await;
            let found = found.map_err(|it| failed(&it))?;
            lines.extend(found.lines);
            page = found.next;
            if page.is_none() {
                return Ok(self.new_of(lines));
            }
        }
    }

    /// Of lines that were read, those that are new. The next read goes back a little, for lines that
    /// come late.
    fn new_of(&mut self, lines: Vec<LogLine>) -> Vec<LogLine> {
        let mut new = Vec::new();
        for it in lines {
            if self.shown.entry(it.at).or_default().insert(it.id.clone()) {
                new.push(it);
            }
        }
        if let Some((newest, _)) = self.shown.last_key_value() {
            self.since = self.since.max(newest - LATE);
            self.shown = self.shown.split_off(&self.since);
        }
        new
    }
}

fn show(args: &Args, container: &str, it: &LogLine) {
    if args.is_on("json", false) {
        println!("{}", json!({"container": container, "line": it}));
        return;
    }
    const SHORT: usize = 8;
    let task: String = it.task.chars().take(SHORT).collect();
    println!("{} {container}/{task} {}", clock(it.at), it.message.trim_end());
}

/// The time of the day, in UTC.
fn clock(at: i64) -> String {
    let seconds = at.div_euclid(1000).rem_euclid(24 * 3600);
    format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

fn now() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(at: i64, id: &str) -> LogLine {
        LogLine { at, id: id.to_owned(), task: String::new(), message: String::new() }
    }

    #[test]
    fn a_line_is_shown_once_however_late_it_comes() {
        let source = LogSource { container: "c".into(), group: "g".into(), streams: "s".into() };
        let mut tail = Tail { source, since: 0, shown: BTreeMap::new() };
        let new = |tail: &mut Tail, lines: &[(i64, &str)]| {
            let lines = lines.iter().map(|(at, id)| line(*at, id)).collect();
            tail.new_of(lines).into_iter().map(|it| it.id).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(new(&mut tail, &[(100, "a"), (100, "b")]), "a b");
        assert_eq!(new(&mut tail, &[(100, "a"), (100, "b"), (90, "late")]), "late");
        assert_eq!(new(&mut tail, &[(200_000, "c")]), "c");
        assert_eq!(tail.since, 200_000 - LATE);
        assert_eq!(tail.shown.len(), 1);
        assert_eq!(new(&mut tail, &[(150_000, "d"), (200_000, "c")]), "d");
    }

    #[test]
    fn the_time_of_the_day() {
        assert_eq!(clock(3_661_000), "01:01:01");
    }
}
