//! What the containers of a service write to CloudWatch Logs. All streams of a container are read as
//! one, so that nothing is lost when a task takes the place of another.

use serde::Serialize;

use super::Operations;
use crate::ecs::containers;
use crate::ecs::task_definition::TaskDefinition;
use crate::fault::OrFault;
use crate::resource::Result;

/// Where a container writes its log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LogSource {
    pub container: String,
    pub group: String,
    /// What the streams of its tasks begin with: the task's id comes after it. Empty for all streams of
    /// the group, where streams have no prefix.
    pub streams: String,
}

/// A line of a log.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct LogLine {
    /// In milliseconds since 1970.
    pub at: i64,
    /// Unique in the log group.
    pub id: String,
    pub task: String,
    pub message: String,
}

/// Some of the lines, and how to go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogPage {
    pub lines: Vec<LogLine>,
    pub next: Option<String>,
}

impl Operations {
    /// Where the containers of a task definition write their logs; those that write to CloudWatch.
    ///
    /// # Errors
    ///
    /// What AWS answers.
    pub async fn log_sources(&self, task_definition: &str) -> Result<Vec<LogSource>> {
        let found = TaskDefinition::revision(&self.aws, task_definition).await?;
        let text = found.map(|it| it.container_definitions.0).unwrap_or_default();
        Ok(sources(&text))
    }

    /// The lines of a log since a moment, in milliseconds since 1970.
    ///
    /// # Errors
    ///
    /// What AWS answers.
    pub async fn log_lines(
        &self,
        source: &LogSource,
        since: i64,
        page: Option<String>,
    ) -> Result<LogPage> {
        let prefix = Some(source.streams.clone()).filter(|it| !it.is_empty());
        let call = self.aws.logs().filter_log_events().log_group_name(&source.group);
        let call = call.set_log_stream_name_prefix(prefix).start_time(since).set_next_token(page);
        let answer = call.send().await.or_fault("FilterLogEvents")?;
        let line = |it: &aws_sdk_cloudwatchlogs::types::FilteredLogEvent| LogLine {
            at: it.timestamp().unwrap_or_default(),
            id: super::text(it.event_id()),
            task: super::last(it.log_stream_name().unwrap_or_default()).to_owned(),
            message: super::text(it.message()),
        };
        Ok(LogPage { lines: answer.events().iter().map(line).collect(), next: answer.next_token })
    }
}

fn sources(text: &str) -> Vec<LogSource> {
    let containers = containers::parse(text).unwrap_or_default();
    let source = |it: containers::Container| {
        let group = it.log_group()?.to_owned();
        let container = it.name?;
        let prefix = it.log.options.get("awslogs-stream-prefix");
        let streams = prefix.map(|prefix| format!("{prefix}/{container}/")).unwrap_or_default();
        Some(LogSource { container, group, streams })
    };
    containers.into_iter().filter_map(source).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn containers_that_write_to_cloudwatch() {
        let text = r#"[
            {"name": "web", "logConfiguration": {"logDriver": "awslogs", "options":
                {"awslogs-group": "g", "awslogs-stream-prefix": "p"}}},
            {"name": "job", "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "g"}}},
            {"name": "log", "logConfiguration": {"logDriver": "splunk"}}
        ]"#;
        let found: Vec<_> =
            sources(text).into_iter().map(|it| (it.container, it.group, it.streams)).collect();
        let expected = [("web", "g", "p/web/"), ("job", "g", "")];
        let expected = expected.map(|(a, b, c)| (a.to_owned(), b.to_owned(), c.to_owned()));
        assert_eq!(found, expected);
    }
}
