//! AWS resource types, and the few types that need no cloud.
//!
//! One file is one type: a struct whose fields are its attributes, and an `impl Resource` with the
//! calls that read, create, update and delete it. To add a type, copy the file nearest to it, write
//! the struct, and add a line to the table `TYPES` of its service.

mod registry;
mod advice;
mod storage;
mod conflicts;
mod strays;
mod lock_table;
mod data_key;
mod settings;
mod aws;
mod resource;
mod data;
mod local;
mod tags;
mod naming;
mod orders;
mod policy;
mod mirror;
mod spelling;
mod texts;
mod fault;

mod acm;
mod appautoscaling;
mod autoscaling;
mod cloudfront;
mod cloudwatch;
mod ec2;
mod ecr;
mod ecs;
mod efs;
mod elbv2;
mod events;
mod iam;
mod kms;
mod lambda;
mod logs;
mod meta;
mod route53;
mod s3;
mod secretsmanager;
mod servicediscovery;
mod sns;
mod sqs;
mod ssm;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod contracts;

pub use data_key::DataKeys;
pub use lock_table::LockTable;
pub use registry::Builtin;

pub mod services {
    //! What people ask of running services, beside plans.

    pub use crate::ecs::operations::{
        Deployment, Event, Health, LogLine, LogPage, LogSource, Old, Operations, Revision, Service,
        Task,
    };
}

pub use storage::{Condition, Content, Encryption, Storage};
