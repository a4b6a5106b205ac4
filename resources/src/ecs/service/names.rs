//! Names that AWS answers with another form of.

use std::cmp::Ordering;

use model::{Field, Shape};
use serde::{Deserialize, Serialize};

use crate::mirror::text;

/// A name, or the ARN that ends in it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct NameOrArn(pub String);

/// A task definition: `family:revision`, or the ARN that ends in it. A family alone is any revision.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Revision(pub String);

/// What tasks are spread over. `host` is `instanceId`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct PlacementField(pub String);

text!(NameOrArn, Revision, PlacementField);

impl Field for NameOrArn {
    const SHAPE: Shape = Shape::String;
}

impl Field for Revision {
    const SHAPE: Shape = Shape::String;
}

impl Field for PlacementField {
    const SHAPE: Shape = Shape::String;
}

fn last(text: &str) -> &str {
    text.rsplit('/').next().unwrap_or(text)
}

impl PartialEq for NameOrArn {
    fn eq(&self, other: &Self) -> bool {
        let both = self.0.starts_with("arn:") && other.0.starts_with("arn:");
        if both { self.0 == other.0 } else { last(&self.0) == last(&other.0) }
    }
}

impl PartialEq for Revision {
    fn eq(&self, other: &Self) -> bool {
        let of = |text: &str| text.rsplit_once('/').map(|it| it.0.to_owned());
        let both = self.0.starts_with("arn:") && other.0.starts_with("arn:");
        if both && of(&self.0) != of(&other.0) {
            return false;
        }
        match (last(&self.0).split_once(':'), last(&other.0).split_once(':')) {
            (Some(own), Some(other)) => own == other,
            (Some((family, _)), None) => family == last(&other.0),
            (None, Some((family, _))) => family == last(&self.0),
            (None, None) => last(&self.0) == last(&other.0),
        }
    }
}

impl PartialEq for PlacementField {
    fn eq(&self, other: &Self) -> bool {
        let meaning = |it: &PlacementField| match it.0.to_lowercase().as_str() {
            "host" => "instanceid".to_owned(),
            other => other.to_owned(),
        };
        meaning(self).cmp(&meaning(other)) == Ordering::Equal
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_is_what_it_names() {
        let name = |it: &str| NameOrArn(it.to_owned());
        assert_eq!(name("web"), name("arn:aws:ecs:eu-west-1:1:cluster/web"));
        assert_ne!(name("web"), name("arn:aws:ecs:eu-west-1:1:cluster/api"));
        assert_ne!(
            name("arn:aws:ecs:eu-west-1:1:cluster/web"),
            name("arn:aws:ecs:eu-west-1:2:cluster/web")
        );
    }

    #[test]
    fn a_revision_is_its_family_and_number() {
        let it = |it: &str| Revision(it.to_owned());
        let arn = it("arn:aws:ecs:eu-west-1:1:task-definition/web:3");
        assert_eq!(it("web:3"), arn);
        assert_ne!(it("web:4"), arn);
        assert_eq!(it("web"), arn);
        assert_ne!(it("api"), arn);
        assert_eq!(it("arn:aws:ecs:eu-west-1:1:task-definition/web"), arn);
        assert_ne!(it("arn:aws:ecs:eu-west-1:2:task-definition/web"), arn);
        assert_ne!(it("arn:aws:ecs:eu-west-1:1:task-definition/web:4"), arn);
    }
}
