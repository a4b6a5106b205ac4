//! `null_resource`: does nothing, and is replaced when its triggers change.

use model::{Attributes, Out};
use serde::{Deserialize, Serialize};

use crate::local::keepers::Keepers;
use crate::local::null::number;
use crate::local::{Local, out};
use crate::resource::Result;

/// Does nothing. Provisioners and dependencies can hang on it.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("null_resource")]
pub(crate) struct NullResource {
    /// When one of these changes, the object is replaced.
    #[attr(replace)]
    triggers: Keepers,
    /// A random number.
    id: Out<String>,
}

impl Local for NullResource {
    fn create(want: Self, _token: &str) -> Result<Self> {
        Ok(NullResource { id: out(number()), ..want })
    }

    /// The number.
    fn import(text: &str) -> Result<Self> {
        Ok(NullResource { triggers: Keepers::default(), id: out(text) })
    }
}
