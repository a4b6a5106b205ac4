//! Decisions and time: what has to be done, in which order, and doing it without losing anything.
//!
//! Knows no AWS service, type or error code.

mod graph;
mod repeat;
mod world;
mod providers;
mod change;
mod plan;
mod order;
mod refresh;
mod moves;
mod checks;
mod provision;
mod planning;
mod importing;
mod event;
mod login;
mod rate;
mod retry;
mod reader;
mod lifecycle;
mod memory;
mod apply;
mod recover;
mod ask;

pub use apply::{Outcome, Run, apply};
pub use ask::{Answers, value};
pub use event::{Event, Observer, Op, Silent};
pub use graph::{BlockAddr, Graph, Node, ProviderAddr, build as graph, modules, provider_addr};
pub use importing::{arguments, import, undescribed};
pub use memory::{Fresh, Memory};
pub use plan::{
    Action, Change, Contents, Counts, Deferred, Do, Drift, Mode, Options, OutputChange, Plan,
    Planned, Reason, Step, Target, Written,
};
pub use planning::{Input, plan};
pub use providers::state_text as provider_text;
pub use recover::recover;
pub use repeat::Instances;
pub use world::Site;
