//! `groundplan service`: looks after the ECS services of a stack, by their addresses in its state.
//!
//! What changes a service goes through a plan and the state, like any apply, so that the next plan is
//! empty. What only looks takes no lock.

mod subject;
mod list;
mod status;
mod change;
mod cutover;
mod prune;
mod logs;

use std::process::ExitCode;

use crate::args::{Args, Flag, UsageError, option, switch};
use crate::commands::apply::APPROVE;
use crate::commands::{COMMON, Command, Failed};
use crate::project::{STATE, VARIABLES};
use crate::run::PLANNING;

const FLAGS: &[Flag] = &[
    option("image", "IMAGE", "deploy: the image to run."),
    option("container", "NAME", "deploy, logs: the container that is meant, if there are several."),
    option("to", "REVISION", "rollback: the revision, such as 3, instead of the one before."),
    switch("wait", "deploy, scale, rollback: whether to wait until it is done. (default: true)"),
    option("rule", "ADDRESS", "cutover: the listener rule, or listener, that sends the requests."),
    option("weight", "PERCENT", "cutover: how many of the requests go over. (default: 100)"),
    option("keep", "N", "prune: how many revisions stay, besides those in use. (default: 5)"),
    option("older-than", "AGE", "prune: only revisions registered before that, such as 30d."),
    switch("dry-run", "prune: shows what would be deleted, and deletes nothing."),
    switch("follow", "logs: goes on until it is interrupted."),
    option("since", "TIME", "logs: how far back to begin, such as 10m. (default: 10m)"),
];

pub const COMMAND: Command = Command {
    name: "service",
    about: "Looks after the ECS services of a stack: deploy, scale, roll back, logs and more",
    usage: "list | status [ADDRESS] | deploy ADDRESS -image IMAGE | scale ADDRESS N | stop ADDRESS | \
            rollback ADDRESS | cutover ADDRESS | prune ADDRESS | logs ADDRESS",
    help: "ADDRESS is that of an aws_ecs_service in the state, such as aws_ecs_service.web.\n\n\
           deploy, scale, stop, rollback and cutover make a plan that has what was asked for in the \
           place of what the configuration says, show it, and apply it. The state remembers both: as \
           long as the configuration says the same, what was asked for stays, and the next plan is \
           empty. Once the configuration says something else, that counts.\n\n\
           \u{20}\u{20}groundplan service deploy aws_ecs_service.web -image registry/web:42\n\
           \u{20}\u{20}groundplan service scale aws_ecs_service.web 5\n\
           \u{20}\u{20}groundplan service rollback aws_ecs_service.web      back to the revision before\n\
           \u{20}\u{20}groundplan service cutover aws_ecs_service.v2 -rule aws_lb_listener_rule.web -weight 10\n\
           \u{20}\u{20}groundplan service prune aws_ecs_service.web -keep 5 -older-than 30d -dry-run\n\
           \u{20}\u{20}groundplan service logs aws_ecs_service.web -follow\n\n\
           cutover sends no request to a target group without a healthy target. prune never deletes a \
           revision that a service, a task, a rule of EventBridge or the state has. logs reads all tasks of a service as one, \
           so nothing is lost when a task is replaced.",
    flags: &[FLAGS, APPROVE, PLANNING, VARIABLES, STATE, COMMON],
    run,
};

fn run(args: &Args) -> Result<ExitCode, Failed> {
    let words: Vec<&str> = args.rest.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["list"] => list::run(args),
        ["status"] => status::run(args, None),
        ["status", address] => status::run(args, Some(address)),
        ["deploy", address] => change::deploy(args, address),
        ["scale", address, count] => change::scale(args, address, count),
        ["stop", address] => change::stop(args, address),
        ["rollback", address] => change::rollback(args, address),
        ["cutover", address] => cutover::run(args, address),
        ["prune", address] => prune::run(args, address),
        ["logs", address] => logs::run(args, address),
        ["scale", ..] => Err(UsageError("scale: expected ADDRESS and a number".to_owned()).into()),
        [what @ ("deploy" | "stop" | "rollback" | "cutover" | "prune" | "logs"), ..] => {
            Err(UsageError(format!("{what}: expected a single argument: ADDRESS")).into())
        }
        _ => {
            let text = "expected one of: list, status, deploy, scale, stop, rollback, cutover, prune, \
                        logs";
            Err(UsageError(text.to_owned()).into())
        }
    }
}
