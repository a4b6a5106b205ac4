//! Stories, told through the built binary on a private sandbox.

mod support;
mod proxy;
mod listing;

mod basics;
mod blocks;
mod capacity;
mod cluster;
mod blockers;
mod commands;
mod fargate;
mod keys;
mod crash;
mod ephemeral;
mod modules;
mod pipeline;
mod types;
mod helpers;
mod edge;
mod faults;
mod expiry;
mod leaving;
mod remote;
mod tidy;
