//! Stories, told through the built binary on a private sandbox.

mod support;

mod basics;
mod fargate;
mod crash;
mod edge;
mod tidy;
