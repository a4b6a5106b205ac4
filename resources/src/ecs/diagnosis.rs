//! Why the tasks of a deployment do not stay up: from what ECS says to what usually causes it, and
//! what to do next. A pure function; `facts` reads what it needs.
//!
//! Lines of logs are the application's and are shown. Nothing of a container's environment is.

mod facts;
mod cause;

use cause::Cause;
pub(crate) use facts::facts;

/// What is known of a deployment that has trouble.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Facts {
    /// Tasks of the deployment that have stopped by themselves, first those that did so first.
    pub stopped: Vec<Stopped>,
    /// What the service has said since it began, oldest first.
    pub events: Vec<String>,
    /// Targets that do not answer as they should.
    pub targets: Vec<Target>,
    /// What could not be read, and why.
    pub unread: Vec<String>,
}

/// A task that has stopped.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Stopped {
    /// Its id, the last part of its ARN.
    pub task: String,
    /// ECS's word for how: `EssentialContainerExited`.
    pub code: String,
    /// ECS's sentence for why.
    pub reason: String,
    pub containers: Vec<Container>,
    /// The containers that a load balancer sends requests to.
    pub served: Vec<String>,
    /// What the failing container has written last, if it writes to CloudWatch Logs.
    pub log: Option<Log>,
}

/// A container of a task that has stopped.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Container {
    pub name: String,
    pub image: String,
    pub exit_code: Option<i32>,
    pub reason: String,
    pub unhealthy: bool,
}

/// The end of a log.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Log {
    pub group: String,
    pub stream: String,
    pub lines: Vec<String>,
}

/// What a target group says of a target.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Target {
    /// The name of the group.
    pub group: String,
    pub reason: String,
    pub description: String,
}

/// The exit codes of what was ended by a signal: told to end, or killed.
const TERMINATED: i32 = 143;
const KILLED: i32 = 137;

impl Stopped {
    /// The container that is to blame. The others are ended when an essential one is.
    pub fn failing(&self) -> Option<&Container> {
        let first = |is: &dyn Fn(&Container) -> bool| self.containers.iter().find(|it| is(it));
        let ended = |it: &Container| matches!(it.exit_code, Some(KILLED | TERMINATED));
        if self.reason.contains("ELB health checks") {
            return first(&|it| self.served.contains(&it.name)).or(self.containers.first());
        }
        if self.reason.contains("container health checks") {
            return first(&|it| it.unhealthy).or(self.containers.first());
        }
        let named = |it: &Container| self.reason.contains(&format!("'{}'", it.name));
        first(&|it| !it.reason.is_empty())
            .or_else(|| first(&|it| it.exit_code.is_some_and(|code| code != 0) && !ended(it)))
            .or_else(|| first(&|it| it.exit_code == Some(0)))
            .or_else(|| first(&|it| it.exit_code == Some(KILLED)))
            .or_else(|| first(&named))
            .or_else(|| first(&|it| it.unhealthy))
            .or(self.containers.first())
    }

    fn told(&self) -> Vec<String> {
        let code = if self.code.is_empty() { String::new() } else { format!(" ({})", self.code) };
        let mut lines = vec![format!("task {} has stopped: {}{code}", self.task, self.reason)];
        if let Some(it) = self.failing() {
            let exit = it.exit_code.map(|it| format!(": exit code {it}")).unwrap_or_default();
            let reason = match it.reason.as_str() {
                "" => String::new(),
                // Often the task's reason says the same.
                it if self.reason.contains(it) => String::new(),
                it => format!(": {it}"),
            };
            lines.push(format!("container {} of the image {}{exit}{reason}", it.name, it.image));
        }
        lines
    }
}

/// What has gone wrong, in pieces of some lines each: a piece for each cause, the end of a log, what
/// target groups say. Nothing if nothing has.
pub(crate) fn diagnose(facts: &Facts) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut causes = Vec::new();
    for it in &facts.stopped {
        let cause = cause::of_task(it);
        if causes.contains(&cause) {
            continue;
        }
        causes.push(cause);
        pieces.push(piece(it.told(), cause));
        pieces.extend(it.log.as_ref().filter(|it| !it.lines.is_empty()).map(tail));
    }
    for it in &facts.events {
        let Some(cause) = cause::of_event(it).filter(|it| !causes.contains(it)) else { continue };
        causes.push(cause);
        pieces.push(piece(vec![it.clone()], cause));
    }
    let mut targets: Vec<String> = facts.targets.iter().map(unhealthy).collect();
    targets.dedup();
    pieces.extend(targets);
    if !pieces.is_empty() {
        pieces.extend(facts.unread.iter().map(|it| format!("not known: {it}")));
    }
    pieces
}

fn piece(mut lines: Vec<String>, cause: Cause) -> String {
    let (usually, next) = cause.advice();
    lines.push(format!("usual cause: {usually}"));
    lines.push(format!("next: {next}"));
    lines.join("\n")
}

fn tail(log: &Log) -> String {
    let head = match log.lines.len() {
        1 => "the last line".to_owned(),
        n => format!("the last {n} lines"),
    };
    let lines: String = log.lines.iter().map(|it| format!("\n  | {it}")).collect();
    format!("{head} of its log ({}, {}):{lines}", log.group, log.stream)
}

fn unhealthy(it: &Target) -> String {
    let reason = if it.reason.is_empty() { String::new() } else { format!(" ({})", it.reason) };
    let why = match it.description.as_str() {
        "" => "no reason is given",
        it => it,
    };
    format!("targets of the target group {} are unhealthy: {why}{reason}", it.group)
}

#[cfg(test)]
mod tests;
