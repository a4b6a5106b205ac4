//! Images of containers, merged from three sides. Pure.

use std::collections::BTreeMap;

use model::Kept;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use crate::ecs::container_definitions::uncapitalized;
use crate::ecs::containers;

/// The images of containers, by their names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct ByName(BTreeMap<String, String>);

/// The images that take the place of what the stack says.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Images(BTreeMap<String, Image>);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Image {
    /// What the stack said when it was applied: if it says something else now, that counts. None if it
    /// is replaced whatever the stack says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    said: Option<String>,
    now: String,
}

/// The images of a text's containers.
pub(super) fn images(text: &str) -> ByName {
    let containers = containers::parse(text).unwrap_or_default();
    ByName(containers.into_iter().filter_map(|it| Some((it.name?, it.image?))).collect())
}

impl ByName {
    /// The same as images that replace others, whatever those are.
    pub fn to_images(&self) -> Images {
        let image = |(name, now): (&String, &String)| {
            (name.clone(), Image { said: None, now: now.clone() })
        };
        Images(self.0.iter().map(image).collect())
    }
}

impl Images {
    /// Those that run now and are other than the stack said.
    pub fn changed(said: &ByName, now: &ByName) -> Images {
        let changed = |(name, said): (&String, &String)| {
            let now = now.0.get(name).filter(|it| *it != said)?.clone();
            Some((name.clone(), Image { said: Some(said.clone()), now }))
        };
        Images(said.0.iter().filter_map(changed).collect())
    }

    /// Adds those that a command asks for: an object of images by container.
    pub fn ask(&mut self, asked: Option<&Json>) {
        for (name, image) in asked.and_then(Json::as_object).into_iter().flatten() {
            if let Some(now) = image.as_str() {
                self.0.insert(name.clone(), Image { said: None, now: now.to_owned() });
            }
        }
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What takes the place of a container's image.
    fn instead_of(&self, container: &str, image: &str) -> Option<&str> {
        let it = self.0.get(container)?;
        let counts = it.said.as_deref().is_none_or(|said| said == image);
        (counts && it.now != image).then_some(it.now.as_str())
    }

    /// In words; nothing if nothing takes the place of what the stack says. `config` is None as long
    /// as that is not known.
    pub fn why(&self, config: Option<&ByName>) -> String {
        let line = |(name, it): (&String, &Image)| {
            let says = match config {
                Some(config) => {
                    let says = config.0.get(name)?;
                    self.instead_of(name, says)?;
                    Some(says)
                }
                None => it.said.as_ref(),
            };
            Some(match (&it.said, says) {
                (None, _) => format!("image of container {name} is {}, as asked for", it.now),
                (Some(_), Some(says)) => format!(
                    "image of container {name} is kept as deployed: {} (the configuration says {says})",
                    it.now
                ),
                (Some(_), None) => {
                    format!("image of container {name} is kept as deployed: {}", it.now)
                }
            })
        };
        self.0.iter().filter_map(line).collect::<Vec<_>>().join("; ")
    }

    pub fn kept(&self, why: String) -> Kept {
        let attribute = super::CONTAINERS.to_owned();
        Kept { attribute, value: json!(self), why, remember: true }
    }

    /// The images that are kept, if it is images.
    pub fn of(kept: &Kept) -> Option<Images> {
        kept.value.is_object().then(|| serde_json::from_value(kept.value.clone()).ok()).flatten()
    }
}

/// The text of containers with these images in the places of those that it says. None if the text is
/// no list of containers.
pub(super) fn merged(text: &str, images: &Images) -> Option<String> {
    let mut all = uncapitalized(serde_json::from_str(text).ok()?);
    for it in all.as_array_mut()? {
        let name = it.get("name").and_then(Json::as_str).unwrap_or_default().to_owned();
        let image = it.get("image").and_then(Json::as_str).unwrap_or_default();
        if let Some(now) = images.instead_of(&name, image) {
            it["image"] = json!(now);
        }
    }
    Some(all.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(web: &str, log: &str) -> String {
        json!([{"name": "web", "image": web}, {"name": "log", "image": log}]).to_string()
    }

    /// What is registered for web and log, and what is said about it.
    fn three_sides(said: [&str; 2], runs: [&str; 2], config: [&str; 2]) -> (String, String) {
        let [said, runs, config] = [said, runs, config].map(|it| text(it[0], it[1]));
        let kept = Images::changed(&images(&said), &images(&runs));
        let merged = images(&merged(&config, &kept).unwrap()).0.into_values().rev();
        (merged.collect::<Vec<_>>().join(" "), kept.why(Some(&images(&config))))
    }

    #[test]
    fn an_image_is_merged_from_three_sides() {
        for (said, runs, config, expected) in [
            // Nobody has done anything.
            (["1", "1"], ["1", "1"], ["1", "1"], "1 1"),
            // A pipeline has deployed one of them.
            (["1", "1"], ["2", "1"], ["1", "1"], "2 1"),
            // The stack has changed the other one.
            (["1", "1"], ["2", "1"], ["1", "3"], "2 3"),
            // Both have changed the same one: the stack's word is the later one.
            (["1", "1"], ["2", "1"], ["3", "1"], "3 1"),
            // The stack goes back to what runs.
            (["1", "1"], ["2", "1"], ["2", "1"], "2 1"),
        ] {
            assert_eq!(three_sides(said, runs, config).0, expected);
        }
    }

    #[test]
    fn what_is_kept_is_said() {
        let (_, why) = three_sides(["1", "1"], ["2", "4"], ["1", "3"]);
        assert_eq!(why, "image of container web is kept as deployed: 2 (the configuration says 1)");
        assert_eq!(three_sides(["1", "1"], ["2", "1"], ["3", "1"]).1, "");
    }

    #[test]
    fn what_is_asked_for_counts_whatever_is_said() {
        let mut kept = Images::changed(&images(&text("1", "1")), &images(&text("2", "2")));
        kept.ask(Some(&json!({"web": "5"})));
        let merged = merged(&text("4", "1"), &kept).unwrap();
        assert_eq!(images(&merged), images(&text("5", "2")));
        let kept = kept.kept(String::new());
        assert!(Images::of(&kept).is_some());
        assert_eq!(Images::of(&Kept { value: "[]".into(), ..kept }), None);
    }
}
