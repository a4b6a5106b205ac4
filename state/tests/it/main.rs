//! The state on a real disk: saved, locked, and found again after a crash at any place.

mod crash;
mod lock;
mod remote;
mod sealed;
mod store;

use std::path::PathBuf;

use futures::executor::block_on;
use model::InstanceAddr;
use state::{Event, LockOptions, ObjectState, Session, State, Store};

/// A folder for one test, and the state in it.
struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Place {
        Place { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn state(&self) -> PathBuf {
        self.path("terraform.tfstate")
    }

    fn store(&self) -> Store {
        Store::local(self.state())
    }

    fn open(&self) -> Session {
        self.store().open("apply", &LockOptions::default()).unwrap()
    }

    fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<String> =
            entries.map(|it| it.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

fn address(text: &str) -> InstanceAddr {
    text.parse().unwrap()
}

fn object(id: &str) -> ObjectState {
    let attributes = [("id".to_owned(), id.into())].into();
    ObjectState { attributes, ..ObjectState::default() }
}

const PROVIDER: &str = "provider[\"registry.terraform.io/hashicorp/aws\"]";

/// The state with one object more.
fn with(state: &State, at: &str, id: &str) -> State {
    let mut state = state.clone();
    state.set(&address(at), None, PROVIDER, Some(object(id)));
    state
}

/// All ids in a state, by address.
fn ids(state: &State) -> Vec<String> {
    let id = |it: &ObjectState| it.attributes["id"].as_str().unwrap().to_owned();
    state
        .instances
        .iter()
        .map(|(address, it)| format!("{address}={}", it.current.as_ref().map_or("-".into(), id)))
        .collect()
}

fn begin(session: &Session) -> Event {
    Event::Begin {
        run: "r".to_owned(),
        command: "apply".to_owned(),
        started: state::now(),
        lineage: session.state.lineage.clone(),
        serial: session.state.serial,
    }
}

fn creating(at: &str) -> Event {
    Event::Creating {
        address: address(at),
        provider: PROVIDER.to_owned(),
        token: format!("token-{at}"),
        want: [("name".to_owned(), at.into())].into(),
        dependencies: Vec::new(),
        deposed: None,
        private: None,
    }
}

fn created(at: &str, id: &str) -> Event {
    Event::Created { address: address(at), id: id.to_owned() }
}

fn wrote(at: &str, id: Option<&str>) -> Event {
    Event::Wrote {
        address: address(at),
        deposed: None,
        provider: PROVIDER.to_owned(),
        object: id.map(object),
    }
}

fn record(session: &Session, events: impl IntoIterator<Item = Event>) {
    let journal = session.journal();
    for event in events {
        block_on(journal.record(event)).unwrap();
    }
}
