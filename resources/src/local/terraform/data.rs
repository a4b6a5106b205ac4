//! `terraform_data`: keeps a value, and is replaced when another one changes.

use model::{Any, Attributes, Map, Out, Type, Value};
use serde::{Deserialize, Serialize};

use crate::local::Local;
use crate::naming::uuid_of;
use crate::resource::Result;

/// A value in the state.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("terraform_data")]
pub(crate) struct TerraformData {
    /// The value to keep.
    input: Option<Any>,
    /// The value kept.
    output: Out<Any>,
    /// When this changes, the object is replaced.
    #[attr(replace)]
    triggers_replace: Option<Any>,
    /// A unique name of the object.
    id: Out<String>,
}

impl Local for TerraformData {
    fn create(want: Self, token: &str) -> Result<Self> {
        let id = Out(Some(uuid_of(token)));
        Ok(TerraformData { id, output: Out(want.input.clone()), ..want })
    }

    fn update(_have: Self, want: Self) -> Result<Self> {
        Ok(TerraformData { output: Out(want.input.clone()), ..want })
    }

    fn import(text: &str) -> Result<Self> {
        let id = Out(Some(text.to_owned()));
        Ok(TerraformData { input: None, output: Out(None), triggers_replace: None, id })
    }

    /// What will be kept is unknown when what is to be kept changes, as in Terraform.
    fn adjust(prior: Option<&Map>, planned: &mut Map) {
        let Some(input) = planned.get("input") else { return };
        let unchanged = prior.is_some_and(|it| it.get("input") == Some(input));
        if !unchanged {
            let output = match input.is_null() {
                true => input.clone(),
                false => Value { marks: input.marks, ..Value::unknown(Type::Any) },
            };
            planned.insert("output".into(), output);
        }
    }
}

#[cfg(test)]
mod tests {
    use model::{Object, ResourceType};
    use serde_json::json;

    use super::*;
    use crate::local::Kept;

    fn object(input: &str) -> Object {
        let input = json!({"type": "string", "value": input});
        Object::from([("input".to_owned(), input)])
    }

    #[tokio::test]
    async fn what_is_kept_follows_what_is_to_be_kept() {
        let ty = Kept::<TerraformData>::new();

        let id = ty.create(&object("one"), "token").await.unwrap();
        let ids = [id.clone()];
        let have = ty.read(&ids).await.unwrap().remove(0).attributes;
        assert_eq!(have["output"], have["input"]);

        let mut want = have.clone();
        want.extend(object("two"));
        ty.update(&id, &have, &want).await.unwrap();
        let now = ty.read(&ids).await.unwrap().remove(0).attributes;
        assert_eq!(now["output"], want["input"]);
        assert_eq!(now["id"], json!(id));

        ty.delete(&id, &now).await.unwrap();
        assert_eq!(ty.read(&ids).await.unwrap(), []);
    }

    #[tokio::test]
    async fn an_object_of_a_state_is_there() {
        let ty = Kept::<TerraformData>::new();
        let have = Object::from([("id".to_owned(), json!("x"))]);
        let id = ty.id(&have).unwrap();
        assert_eq!(ty.read(&[id]).await.unwrap().len(), 1);
    }
}
