//! `random_uuid`: a random UUID.

use model::{Attributes, Out};
use rand::RngExt;
use serde::{Deserialize, Serialize};
use uuid::{Builder, Uuid};

use crate::local::keepers::Keepers;
use crate::local::random::{import_fault, numbers};
use crate::local::{Local, out};
use crate::resource::Result;

/// A random UUID, of version 4.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("random_uuid")]
pub(crate) struct RandomUuid {
    /// When one of these changes, a new UUID is made.
    #[attr(replace)]
    keepers: Keepers,
    /// The UUID.
    result: Out<String>,
    /// The UUID.
    id: Out<String>,
}

impl Local for RandomUuid {
    fn create(want: Self, _token: &str) -> Result<Self> {
        let uuid = Builder::from_random_bytes(numbers(None).random()).into_uuid().to_string();
        Ok(RandomUuid { result: out(uuid.clone()), id: out(uuid), ..want })
    }

    /// The UUID.
    fn import(text: &str) -> Result<Self> {
        let uuid = Uuid::parse_str(text);
        let uuid = uuid.map_err(|error| import_fault(format!("{text:?}: {error}")))?.to_string();
        Ok(RandomUuid { keepers: Keepers::default(), result: out(uuid.clone()), id: out(uuid) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_is_of_version_4() {
        let text = "aabbccdd-eeff-0011-2233-445566778899";
        let it = RandomUuid::import(text).unwrap();
        assert_eq!((&it.result, &it.id), (&out(text), &out(text)));
        let it = RandomUuid::create(it, "t").unwrap();
        assert_eq!(Uuid::parse_str(&it.id.0.unwrap()).unwrap().get_version_num(), 4);
        assert!(RandomUuid::import("no").is_err());
    }
}
