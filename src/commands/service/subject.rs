//! The services of a state, and whom to ask about them.

use std::collections::BTreeMap;

use engine::Answers;
use model::{Diagnostic, Fault, InstanceAddr, Mode, Object};
use resources::services::Operations;
use serde_json::Value as Json;
use state::State;

use crate::args::Args;
use crate::commands::Failed;
use crate::host::BUILTIN;
use crate::project::{Project, store, workspace};

/// A service of the state.
#[derive(Debug, Clone)]
pub struct Subject {
    pub address: InstanceAddr,
    pub object: Object,
}

impl Subject {
    pub fn arn(&self) -> &str {
        text(&self.object, "id")
    }

    /// The target group that its tasks are in, if it is in one.
    pub fn target_group(&self) -> Option<&str> {
        let balancers = self.object.get("load_balancer").and_then(Json::as_array);
        let mut groups =
            balancers.into_iter().flatten().filter_map(|it| it.get("target_group_arn"));
        groups.find_map(Json::as_str).filter(|it| !it.is_empty())
    }

    pub fn task_definition(&self) -> &str {
        text(&self.object, "task_definition")
    }

    /// The name that the revisions of its task definition share.
    pub fn family(&self) -> &str {
        family(self.task_definition())
    }
}

/// A text of an object; empty if it has none.
pub fn text<'a>(object: &'a Object, name: &str) -> &'a str {
    object.get(name).and_then(Json::as_str).unwrap_or_default()
}

/// `web` of `arn:aws:ecs:...:task-definition/web:3`.
pub fn family(task_definition: &str) -> &str {
    let name = task_definition.rsplit('/').next().unwrap_or(task_definition);
    name.split(':').next().unwrap_or(name)
}

/// All objects of a type in a state.
pub fn objects<'a>(
    state: &'a State,
    types: &'a [&str],
) -> impl Iterator<Item = (&'a InstanceAddr, &'a Object)> {
    let of_types = state.instances.iter().filter(|(address, _)| {
        let it = &address.resource;
        it.mode == Mode::Managed && types.contains(&&*it.ty)
    });
    of_types.filter_map(|(address, it)| Some((address, &it.current.as_ref()?.attributes)))
}

/// All services of a state.
pub fn all(state: &State) -> Vec<Subject> {
    let services = objects(state, &["aws_ecs_service"]);
    services
        .map(|(address, object)| Subject { address: address.clone(), object: object.clone() })
        .collect()
}

/// The service with an address.
///
/// # Errors
///
/// That the state has none there, with those that it has.
pub fn find(state: &State, address: &str) -> Result<Subject, Failed> {
    let all = all(state);
    if let Some(it) = all.iter().find(|it| it.address.to_string() == address) {
        return Ok(it.clone());
    }
    let names: Vec<String> = all.iter().map(|it| it.address.to_string()).collect();
    let detail = format!("The state has no aws_ecs_service with the address {address:?}.");
    let problem = Diagnostic::error("Service not found", detail);
    let hint = match names.is_empty() {
        true => "services are in the state after an apply".to_owned(),
        false => format!("services of this state: {}", names.join(", ")),
    };
    Err(problem.hint(hint).into())
}

/// What a fault of the cloud is to a command.
pub fn failed(fault: &Fault) -> Failed {
    Diagnostic::error("AWS does not answer as it should", fault.to_string()).into()
}

/// A stack and its state, for commands that only look.
pub struct Look {
    project: Project,
    pub state: State,
}

impl Look {
    /// Reads both, without a lock.
    ///
    /// # Errors
    ///
    /// What is wrong with the configuration, or that there is no state.
    pub fn open(args: &Args) -> Result<Look, Failed> {
        let workspace = workspace();
        let (project, problems) = Project::load(args, workspace.clone());
        if problems.iter().any(Diagnostic::is_error) {
            return Err(Failed::Problems(problems, project.sources));
        }
        let state = store(args, Some(&project.stack), &workspace)
            .map_err(|it| it.with(&project.sources))?
            .read_only()?;
        Ok(Look { project, state: state.unwrap_or_else(State::empty) })
    }

    /// Whom to ask about an object.
    ///
    /// # Errors
    ///
    /// As [`operations`].
    pub async fn operations(&self, address: &InstanceAddr) -> Result<Operations, Failed> {
        operations(&self.project, &self.state, address).await
    }

    /// Services with whom to ask about them: those that one provider looks after together.
    ///
    /// # Errors
    ///
    /// As [`operations`].
    pub async fn by_provider(
        &self,
        services: Vec<Subject>,
    ) -> Result<Vec<(Operations, Vec<Subject>)>, Failed> {
        let mut groups: BTreeMap<String, Vec<Subject>> = BTreeMap::new();
        for it in services {
            let provider = self.state.instances.get(&it.address).map(|it| it.provider.clone());
            groups.entry(provider.unwrap_or_default()).or_default().push(it);
        }
        let mut found = Vec::new();
        for group in groups.into_values() {
            let Some(first) = group.first() else { continue };
            found.push((self.operations(&first.address).await?, group));
        }
        Ok(found)
    }
}

/// Whom to ask about an object of a state.
///
/// # Errors
///
/// What is wrong with the settings of its provider.
pub async fn operations(
    project: &Project,
    state: &State,
    address: &InstanceAddr,
) -> Result<Operations, Failed> {
    let (stack, site) = (&project.stack, &project.site);
    let answers = Answers::of_state(stack, &BUILTIN, site, &project.variables, state);
    let Some(instance) = state.instances.get(address) else {
        let problem =
            Diagnostic::error("Object not found", format!("{address} is not in the state."));
        return Err(problem.into());
    };
    let provider = answers.provider(address, instance).await;
    let provider = provider.map_err(|it| Failed::Problems(it, project.sources.clone()))?;
    Operations::of(provider.as_ref()).ok_or_else(|| {
        let detail = format!("{address} is not looked after by the provider \"aws\".");
        Diagnostic::error("Not a service of AWS", detail).into()
    })
}
