//! Stories, told through the built binary on a private sandbox.

mod support;
mod proxy;
mod listing;

mod basics;
mod verify;
mod service;
mod blocks;
mod capacity;
mod claims;
mod cluster;
mod cloud_spec;
mod blockers;
mod commands;
mod fargate;
mod keys;
mod leftovers;
mod crash;
mod deploy;
mod rollback;
mod locks;
mod ephemeral;
mod modules;
mod pipeline;
mod protection;
mod types;
mod versions;
mod helpers;
mod edge;
<<<<<<< HEAD
mod orders;
=======
mod faults;
mod expiry;
mod leaving;
>>>>>>> faults
mod remote;
mod backend;
mod sealed;
mod remote_state;
mod tidy;
mod verify_command;
