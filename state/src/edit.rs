//! Edits of a state that change nothing in the cloud: `state rm`, `list`, `push` and
//! `replace-provider`. Pure; the rules are Terraform's. Moves are in `rename.rs`.

use std::collections::BTreeSet;
use std::fmt;

use model::{InstanceAddr, ModuleAddr, ResourceAddr};
use serde_json::Value as Json;

use crate::error::{Error, ErrorKind};
use crate::file::{Instance, State};

/// What an address on the command line can mean in a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    Module(ModuleAddr),
    /// A resource, or its only instance if it has neither `count` nor `for_each`.
    Resource(ResourceAddr),
    Instance(InstanceAddr),
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Target::Module(it) => it.fmt(f),
            Target::Resource(it) => it.fmt(f),
            Target::Instance(it) => it.fmt(f),
        }
    }
}

impl Target {
    /// Reads an address.
    ///
    /// # Errors
    ///
    /// When the text is none.
    pub fn parse(text: &str) -> Result<Target, Error> {
        if let Ok(module) = text.parse::<ModuleAddr>() {
            return Ok(Target::Module(module));
        }
        match text.parse::<InstanceAddr>() {
            Ok(InstanceAddr { resource, key: None }) => Ok(Target::Resource(resource)),
            Ok(instance) => Ok(Target::Instance(instance)),
            Err(why) => Err(invalid(why.to_string())),
        }
    }

    /// Whether an instance is meant. A module without a key means all its instances.
    pub fn matches(&self, address: &InstanceAddr) -> bool {
        match self {
            Target::Module(module) => module.contains(&address.resource.module),
            Target::Resource(resource) => {
                resource.module.contains(&address.resource.module)
                    && resource.module.0.len() == address.resource.module.0.len()
                    && (resource.mode, &resource.ty, &resource.name)
                        == (address.resource.mode, &address.resource.ty, &address.resource.name)
            }
            Target::Instance(instance) => instance == address,
        }
    }
}

pub(crate) fn invalid(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Invalid, message)
}

/// The addresses in a state that `targets` mean, or all; of them those with this id, if one is given.
///
/// # Errors
///
/// When a target is no address, or nothing in the state has it.
pub fn list(
    state: &State,
    targets: &[String],
    id: Option<&str>,
) -> Result<Vec<InstanceAddr>, Error> {
    let mut found: BTreeSet<&InstanceAddr> = BTreeSet::new();
    if targets.is_empty() {
        found.extend(state.instances.keys());
    }
    for text in targets {
        let target = Target::parse(text)?;
        let before = found.len();
        found.extend(state.instances.keys().filter(|it| target.matches(it)));
        if found.len() == before && !found.iter().any(|it| target.matches(it)) {
            let what = match target {
                Target::Module(_) => "module",
                Target::Resource(_) => "resource",
                Target::Instance(_) => "resource instance",
            };
            return Err(invalid(format!("the state has no {what} {text}"))
                .hint("`groundplan state list` shows what it has"));
        }
    }
    let has_id = |it: &Instance| {
        let id = id.map(Json::from);
        id.is_none()
            || it
                .current
                .iter()
                .chain(it.deposed.values())
                .any(|it| it.attributes.get("id") == id.as_ref())
    };
    let mut found: Vec<InstanceAddr> =
        found.into_iter().filter(|it| has_id(&state.instances[*it])).cloned().collect();
    // Terraform lists modules by their depth.
    found.sort_by_key(|it| it.resource.module.0.len());
    Ok(found)
}

/// Takes what `targets` mean out of the state and returns it.
///
/// # Errors
///
/// When a target is no address, or nothing in the state has it. Then nothing is taken out.
pub fn remove(
    state: &mut State,
    targets: &[String],
) -> Result<Vec<(InstanceAddr, Instance)>, Error> {
    let mut found = BTreeSet::new();
    for text in targets {
        found.extend(list(state, std::slice::from_ref(text), None)?);
    }
    Ok(found.iter().filter_map(|it| state.instances.remove_entry(it)).collect())
}

/// Whether a state may take the place of another.
///
/// # Errors
///
/// When it comes from elsewhere or is older, unless `force`.
pub fn check_push(have: Option<&State>, new: &State, force: bool) -> Result<(), Error> {
    let Some(have) = have.filter(|_| !force) else { return Ok(()) };
    let why = if have.lineage != new.lineage && !new.lineage.is_empty() {
        format!(
            "its lineage is {}, and that of the state in place is {}",
            new.lineage, have.lineage
        )
    } else if new.serial < have.serial {
        format!("its serial is {}, and the state in place has {}", new.serial, have.serial)
    } else if new.serial == have.serial && !have.same_content(new) {
        format!("it differs from the state in place, which has the same serial {}", have.serial)
    } else {
        return Ok(());
    };
    Err(Error::new(ErrorKind::Conflict, format!("cannot push the state: {why}"))
        .hint("`-force` pushes it all the same"))
}

/// Makes resources of one provider those of another and returns them. Providers are named as
/// `hashicorp/aws` or `registry.terraform.io/hashicorp/aws`.
pub fn replace_provider(state: &mut State, from: &str, to: &str) -> Vec<ResourceAddr> {
    let (from, to) = (full_source(from), full_source(to));
    let mut changed = BTreeSet::new();
    for (address, instance) in &mut state.instances {
        let quoted = format!("[\"{from}\"]");
        if provider_source(&instance.provider) == Some(from.as_str()) {
            instance.provider = instance.provider.replacen(&quoted, &format!("[\"{to}\"]"), 1);
            changed.insert(address.resource.clone());
        }
    }
    changed.into_iter().collect()
}

/// The source address in a provider as states write it: `provider["SOURCE"].alias`.
pub fn provider_source(provider: &str) -> Option<&str> {
    let (before, rest) = provider.split_once("[\"")?;
    let rest = match before.ends_with("provider") {
        true => rest,
        // The first brackets were the key of a module.
        false => rest.split_once("provider[\"")?.1,
    };
    rest.split_once("\"]").map(|it| it.0)
}

fn full_source(source: &str) -> String {
    match source.matches('/').count() {
        0 => format!("registry.terraform.io/hashicorp/{source}"),
        1 => format!("registry.terraform.io/{source}"),
        _ => source.to_owned(),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use expect_test::{Expect, expect};

    use std::collections::BTreeMap;

    use super::*;
    use crate::file::ObjectState;

    pub(crate) fn state() -> State {
        let mut state = State::empty();
        for (address, dependencies) in [
            ("data.aws_vpc.a", vec![]),
            ("aws_a.one", vec!["module.m.aws_a.q"]),
            ("aws_a.many[0]", vec!["aws_a.one"]),
            ("aws_a.many[1]", vec!["aws_a.one"]),
            ("module.m[\"x\"].aws_a.q", vec!["aws_a.many"]),
            ("module.m[\"x\"].module.n.aws_a.q", vec![]),
            ("module.z.aws_a.q", vec![]),
        ] {
            let object = ObjectState {
                attributes: [("id".to_owned(), format!("id of {address}").into())].into(),
                dependencies: dependencies.into_iter().map(str::to_owned).collect(),
                ..ObjectState::default()
            };
            let provider = "provider[\"registry.terraform.io/hashicorp/aws\"]";
            state.set(&address.parse().unwrap(), None, provider, Some(object));
        }
        state
    }

    fn texts(addresses: Result<Vec<InstanceAddr>, Error>) -> String {
        match addresses {
            Ok(found) => found.iter().map(|it| format!("{it}\n")).collect(),
            Err(why) => format!("{why}\n"),
        }
    }

    fn listed(targets: &[&str], want: Expect) {
        let targets: Vec<String> = targets.iter().map(|it| (*it).to_owned()).collect();
        want.assert_eq(&texts(list(&state(), &targets, None)));
    }

    #[test]
    fn lists_are_filtered_by_address_and_id() {
        listed(
            &[],
            expect![[r#"
            data.aws_vpc.a
            aws_a.many[0]
            aws_a.many[1]
            aws_a.one
            module.m["x"].aws_a.q
            module.z.aws_a.q
            module.m["x"].module.n.aws_a.q
        "#]],
        );
        listed(
            &["module.m"],
            expect![[r#"
            module.m["x"].aws_a.q
            module.m["x"].module.n.aws_a.q
        "#]],
        );
        listed(
            &["aws_a.many", "aws_a.many[1]", "module.z.aws_a.q"],
            expect![[r#"
            aws_a.many[0]
            aws_a.many[1]
            module.z.aws_a.q
        "#]],
        );
        listed(
            &["module.m.aws_a.q"],
            expect![[r#"
            module.m["x"].aws_a.q
        "#]],
        );
        listed(
            &["aws_a.none"],
            expect![[r#"
            the state has no resource aws_a.none
        "#]],
        );
        listed(
            &["module.none"],
            expect![[r#"
            the state has no module module.none
        "#]],
        );
        listed(
            &["aws_a.many[7]"],
            expect![[r#"
            the state has no resource instance aws_a.many[7]
        "#]],
        );
        listed(
            &["bad..x"],
            expect![[r#"
            "bad..x" is not a resource address: a name is missing
        "#]],
        );
        let by_id = list(&state(), &[], Some("id of aws_a.many[1]"));
        expect![[r#"
            aws_a.many[1]
        "#]]
        .assert_eq(&texts(by_id));
    }

    #[test]
    fn what_is_removed_is_returned() {
        let mut state = state();
        let removed = remove(&mut state, &["module.m".to_owned(), "aws_a.many[0]".to_owned()]);
        let removed = removed.unwrap().into_iter().map(|it| it.0).collect();
        expect![[r#"
            aws_a.many[0]
            module.m["x"].aws_a.q
            module.m["x"].module.n.aws_a.q
        "#]]
        .assert_eq(&texts(Ok(removed)));
        assert_eq!(state.instances.len(), 4);
        remove(&mut state, &["aws_a.one".to_owned(), "module.m".to_owned()]).unwrap_err();
        assert_eq!(state.instances.len(), 4);
    }

    #[test]
    fn a_push_must_follow_what_is_there() {
        let have = State { serial: 3, lineage: "a".to_owned(), ..state() };
        let check = |new: &State, force, want: Expect| {
            let text =
                check_push(Some(&have), new, force).map_or_else(|it| it.message, |()| "ok".into());
            want.assert_eq(&text);
        };
        check(&have, false, expect!["ok"]);
        check(&State { serial: 4, ..have.clone() }, false, expect!["ok"]);
        check(
            &State { serial: 2, ..have.clone() },
            false,
            expect!["cannot push the state: its serial is 2, and the state in place has 3"],
        );
        check(&State { serial: 2, ..have.clone() }, true, expect!["ok"]);
        check(
            &State { lineage: "b".to_owned(), ..have.clone() },
            false,
            expect!["cannot push the state: its lineage is b, and that of the state in place is a"],
        );
        check(
            &State { instances: BTreeMap::new(), ..have.clone() },
            false,
            expect![
                "cannot push the state: it differs from the state in place, which has the same serial 3"
            ],
        );
        check_push(None, &have, false).unwrap();
    }

    #[test]
    fn providers_are_replaced_wherever_they_are_configured() {
        let mut state = state();
        let texts = [
            "provider[\"registry.terraform.io/hashicorp/aws\"].east",
            "module.m[\"x\"].provider[\"registry.terraform.io/hashicorp/aws\"]",
            "provider[\"registry.terraform.io/hashicorp/awscc\"]",
        ];
        for (instance, text) in state.instances.values_mut().zip(texts) {
            instance.provider = text.to_owned();
        }
        let changed = replace_provider(&mut state, "hashicorp/aws", "corp.example/me/aws");
        assert_eq!(changed.len(), 6);
        let mut found: Vec<&str> = state.instances.values().map(|it| &*it.provider).collect();
        found.dedup();
        expect![[r#"
            provider["corp.example/me/aws"].east
            module.m["x"].provider["corp.example/me/aws"]
            provider["registry.terraform.io/hashicorp/awscc"]
            provider["corp.example/me/aws"]"#]]
        .assert_eq(&found.join("\n"));
        assert_eq!(replace_provider(&mut state, "zz", "aws"), []);
    }
}
