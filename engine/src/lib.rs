//! Decisions and time: what has to be done, in which order, and doing it without losing anything.
//!
//! Knows no AWS service, type or error code.

mod graph;
mod repeat;
mod world;
mod providers;
mod change;
mod kept;
mod plan;
mod acyclic;
mod order;
mod orders;
mod refresh;
mod moves;
mod checks;
mod checked;
mod provision;
mod planning;
mod importing;
mod event;
mod login;
mod rate;
mod retry;
mod trouble;
mod places;
mod reader;
mod lifecycle;
mod hide;
mod memory;
mod rollback;
mod apply;
mod recover;
mod ask;
mod verify;

pub use apply::{Outcome, RolledBack, Run, Undone, apply, roll_back};
pub use ask::{Answers, value};
pub use checked::{Checked, same as same_checks};
pub use checks::{CheckResult, Status as CheckStatus};
pub use event::{Event, Observer, Op, Settled, Silent};
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
pub use rollback::Origin;
pub use verify::{Findings, verify};
pub use world::Site;
