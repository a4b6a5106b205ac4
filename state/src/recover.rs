//! Fits a journal that a run left behind to the state file that it left behind. Pure.

use crate::event::Event;
use crate::file::State;
use crate::replay::{Illegal, Intents};

/// Why the two do not belong together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Mismatch {
    #[error("the interrupted run started from serial {journal}, and there is no state file")]
    Missing { journal: u64 },
    #[error("the interrupted run worked on another state (lineage {journal}, not {state})")]
    Lineage { journal: String, state: String },
    #[error(
        "the state was changed after the interrupted run, by something that does not know of it: \
         the run started from serial {journal}, and the state has serial {state}"
    )]
    Serial { journal: u64, state: u64 },
    #[error(transparent)]
    Illegal(#[from] Illegal),
}

/// What is known after both are taken together.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Recovered {
    pub(crate) state: State,
    pub(crate) intents: Intents,
    /// The last `Begin`.
    pub(crate) begin: Option<Event>,
}

/// The state on disk, with the checksum of its file, after all that the journal says. None if there is
/// neither.
pub(crate) fn recover(
    disk: Option<(State, u32)>,
    events: Vec<Event>,
) -> Result<Option<Recovered>, Mismatch> {
    let saved = disk.as_ref().and_then(|disk| folded(disk, &events));
    let first = events.iter().find_map(|it| match it {
        Event::Begin { lineage, serial, .. } => Some((lineage, *serial)),
        _ => None,
    });
    let state = match (disk, first) {
        (None, None) => None,
        (Some((state, _)), None) => Some(state),
        (None, Some((_, journal @ 1..))) => return Err(Mismatch::Missing { journal }),
        (None, Some((lineage, 0))) => Some(State { lineage: lineage.clone(), ..State::empty() }),
        (Some((state, _)), Some((lineage, _))) if state.lineage != *lineage => {
            return Err(Mismatch::Lineage { journal: lineage.clone(), state: state.lineage });
        }
        (Some((state, _)), Some((_, journal))) if saved.is_none() && state.serial != journal => {
            return Err(Mismatch::Serial { journal, state: state.serial });
        }
        (Some((state, _)), Some(_)) => Some(state),
    };
    let Some(mut state) = state else { return Ok(None) };
    let (mut intents, mut begin) = (Intents::default(), None);
    for (n, event) in events.into_iter().enumerate() {
        let closed = intents.step(&event)?;
        if saved.is_none_or(|saved| n > saved) {
            state.apply(&event, closed.as_ref());
        }
        if matches!(event, Event::Begin { .. }) {
            begin = Some(event);
        }
    }
    Ok(Some(Recovered { state, intents, begin }))
}

/// The event that announced the state file which is now there. All before it is in that file.
fn folded((state, sum): &(State, u32), events: &[Event]) -> Option<usize> {
    events.iter().rposition(|it| match it {
        Event::Saving { serial, checksum } => serial == &state.serial && checksum == sum,
        _ => false,
    })
}
