//! Whether an object is guarded against being destroyed, where its block is gone and cannot say.

use serde_json::Value as Json;

use crate::file::ObjectState;
use crate::private::{note, noted};

const GUARD: &str = "prevent_destroy";

impl ObjectState {
    /// Whether `prevent_destroy` held for it when it was last applied.
    pub fn is_guarded(&self) -> bool {
        note(self.private.as_deref(), GUARD) == Some(Json::Bool(true))
    }

    /// The same object, guarded or not. What its provider keeps beside that stays as it is.
    #[must_use]
    pub fn guarded(self, on: bool) -> ObjectState {
        let private = noted(self.private.as_deref(), GUARD, on.then_some(Json::Bool(true)));
        ObjectState { private, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guard_comes_and_goes() {
        let guarded = ObjectState::default().guarded(true);
        assert!(guarded.is_guarded());
        assert_eq!(guarded.clone().guarded(true), guarded);
        assert_eq!(guarded.guarded(false), ObjectState::default());
    }
}
