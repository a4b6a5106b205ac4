//! Stories, told through the built binary on a private sandbox.

mod support;

mod basics;
mod blockers;
mod fargate;
mod crash;
mod tidy;
