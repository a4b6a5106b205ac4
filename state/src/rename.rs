//! `state mv`: what is known under one address is known under another from then on. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use model::{InstanceAddr, Mode, ModuleAddr, ResourceAddr};

use crate::edit::{Target, invalid};
use crate::error::Error;
use crate::file::{Instance, State};

/// One object of a move: a whole module or resource, or an instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    pub from: Target,
    pub to: Target,
}

/// Gives what is at one address another, in the same state or in `into`.
///
/// # Errors
///
/// When there is nothing at the first address, something at the other, or the two do not fit. Then
/// nothing is moved.
pub fn rename(
    state: &mut State,
    into: Option<&mut State>,
    from: &str,
    to: &str,
) -> Result<Vec<Move>, Error> {
    let target = into.as_deref().unwrap_or(state);
    let (source, to) = (Target::parse(from)?, Target::parse(to)?);
    let (moves, addresses) = match source {
        Target::Module(module) => modules(state, target, &module, &to)?,
        Target::Resource(resource) if state.instances.contains_key(&resource.instance(None)) => {
            instance(state, target, &resource.instance(None), to)?
        }
        Target::Resource(resource) => whole_resource(state, target, &resource, to)?,
        Target::Instance(address) => instance(state, target, &address, to)?,
    };
    let taken: Vec<(InstanceAddr, Instance)> = addresses
        .iter()
        .filter_map(|(from, to)| Some((to.clone(), state.instances.remove(from)?)))
        .collect();
    let stays: BTreeSet<String> = state.instances.keys().map(config_address).collect();
    let target = into.unwrap_or(state);
    target.instances.extend(taken);
    let renamed: BTreeMap<String, String> = addresses
        .iter()
        .map(|(from, to)| (config_address(from), config_address(to)))
        .filter(|(from, to)| from != to)
        .collect();
    for instance in target.instances.values_mut() {
        for object in instance.current.iter_mut().chain(instance.deposed.values_mut()) {
            rename_dependencies(&mut object.dependencies, &renamed, &stays);
        }
    }
    Ok(moves)
}

type Plan = (Vec<Move>, Vec<(InstanceAddr, InstanceAddr)>);

fn nothing(source: &impl fmt::Display) -> Error {
    invalid(format!("cannot move {source}: the state has nothing there"))
        .hint("`groundplan state list` shows what it has")
}

fn modules(state: &State, target: &State, source: &ModuleAddr, to: &Target) -> Result<Plan, Error> {
    let Target::Module(to) = to else {
        return Err(invalid(format!("cannot move {source} to {to}: that is no module")));
    };
    let (mut moves, mut addresses) = (BTreeMap::new(), Vec::new());
    for address in state.instances.keys() {
        let Some(inner) = address.resource.module.0.strip_prefix(source.0.as_slice()) else {
            continue;
        };
        let mut module = to.clone();
        module.0.extend(inner.iter().cloned());
        if target.instances.keys().any(|it| it.resource.module == module) {
            return Err(invalid(format!("cannot move {source} to {to}: {module} exists already")));
        }
        let resource = ResourceAddr { module: module.clone(), ..address.resource.clone() };
        addresses.push((address.clone(), resource.instance(address.key.clone())));
        moves.insert(address.resource.module.clone(), module);
    }
    if addresses.is_empty() {
        return Err(nothing(source));
    }
    let moves = moves.into_iter();
    let moves = moves.map(|(from, to)| Move { from: Target::Module(from), to: Target::Module(to) });
    Ok((moves.collect(), addresses))
}

fn whole_resource(
    state: &State,
    target: &State,
    source: &ResourceAddr,
    to: Target,
) -> Result<Plan, Error> {
    let Target::Resource(to) = to else {
        return Err(invalid(format!(
            "cannot move {source} to {to}: {source} has several instances, so the other address must \
             be one of a whole resource too"
        )));
    };
    fit(source, &to)?;
    let addresses: Vec<(InstanceAddr, InstanceAddr)> = state
        .instances
        .keys()
        .filter(|it| it.resource == *source)
        .map(|it| (it.clone(), to.instance(it.key.clone())))
        .collect();
    if addresses.is_empty() {
        return Err(nothing(source));
    }
    if target.instances.keys().any(|it| it.resource == to) {
        return Err(invalid(format!("cannot move {source} to {to}: that exists already")));
    }
    let moved = Move { from: Target::Resource(source.clone()), to: Target::Resource(to) };
    Ok((vec![moved], addresses))
}

fn instance(
    state: &State,
    target: &State,
    source: &InstanceAddr,
    to: Target,
) -> Result<Plan, Error> {
    let to = match to {
        Target::Instance(to) => to,
        Target::Resource(to) => to.instance(None),
        Target::Module(to) => {
            let what = format!("cannot move {source} to {to}: that is no resource instance");
            return Err(invalid(what));
        }
    };
    fit(&source.resource, &to.resource)?;
    if !state.instances.contains_key(source) {
        return Err(nothing(source));
    }
    if target.instances.contains_key(&to) {
        return Err(invalid(format!("cannot move {source} to {to}: that exists already")));
    }
    let moved = Move { from: Target::Instance(source.clone()), to: Target::Instance(to.clone()) };
    Ok((vec![moved], vec![(source.clone(), to)]))
}

fn fit(from: &ResourceAddr, to: &ResourceAddr) -> Result<(), Error> {
    let why = match (from.mode, to.mode) {
        (Mode::Managed, Mode::Data) => "a managed resource cannot become a data source",
        (Mode::Data, Mode::Managed) => "a data source cannot become a managed resource",
        _ if from.ty != to.ty => "the resource types are not the same",
        (Mode::Ephemeral, _) | (_, Mode::Ephemeral) => "an ephemeral resource is in no state",
        (Mode::Managed, Mode::Managed) | (Mode::Data, Mode::Data) => return Ok(()),
    };
    Err(invalid(format!("cannot move {from} to {to}: {why}")))
}

/// A resource as dependencies name it: without instance keys.
fn config_address(address: &InstanceAddr) -> String {
    let path = address.resource.module.path().into_iter().map(|it| (it, None)).collect();
    ResourceAddr { module: ModuleAddr(path), ..address.resource.clone() }.to_string()
}

/// What depended on something that has moved depends on its new address. If a part of it has stayed,
/// it depends on both.
fn rename_dependencies(
    dependencies: &mut Vec<String>,
    renamed: &BTreeMap<String, String>,
    stays: &BTreeSet<String>,
) {
    if !dependencies.iter().any(|it| renamed.contains_key(it)) {
        return;
    }
    let mut all = BTreeSet::new();
    for it in dependencies.drain(..) {
        match renamed.get(&it) {
            Some(to) => {
                all.insert(to.clone());
                if stays.contains(&it) {
                    all.insert(it);
                }
            }
            None => {
                all.insert(it);
            }
        }
    }
    dependencies.extend(all);
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;
    use crate::edit::tests::state;

    /// What was moved, what the state has then, and what each depends on.
    fn moved(from: &str, to: &str, want: Expect) {
        let mut state = state();
        let text = match rename(&mut state, None, from, to) {
            Err(why) => {
                assert_eq!(state.instances, crate::edit::tests::state().instances);
                format!("{why}\n")
            }
            Ok(moves) => {
                let moves = moves.iter().map(|it| format!("{} -> {}\n", it.from, it.to));
                let after = state.instances.iter().map(|(address, it)| {
                    format!("  {address} {:?}\n", it.current.as_ref().unwrap().dependencies)
                });
                moves.chain(after).collect()
            }
        };
        want.assert_eq(&text);
    }

    #[test]
    fn moves_take_along_what_depends() {
        moved(
            "aws_a.one",
            "aws_a.two",
            expect![[r#"
            aws_a.one -> aws_a.two
              data.aws_vpc.a []
              aws_a.many[0] ["aws_a.two"]
              aws_a.many[1] ["aws_a.two"]
              aws_a.two ["module.m.aws_a.q"]
              module.m["x"].aws_a.q ["aws_a.many"]
              module.m["x"].module.n.aws_a.q []
              module.z.aws_a.q []
        "#]],
        );
        moved(
            "aws_a.one",
            "module.new.aws_a.b[\"k\"]",
            expect![[r#"
            aws_a.one -> module.new.aws_a.b["k"]
              data.aws_vpc.a []
              aws_a.many[0] ["module.new.aws_a.b"]
              aws_a.many[1] ["module.new.aws_a.b"]
              module.m["x"].aws_a.q ["aws_a.many"]
              module.m["x"].module.n.aws_a.q []
              module.new.aws_a.b["k"] ["module.m.aws_a.q"]
              module.z.aws_a.q []
        "#]],
        );
        moved(
            "aws_a.many",
            "aws_a.more",
            expect![[r#"
            aws_a.many -> aws_a.more
              data.aws_vpc.a []
              aws_a.more[0] ["aws_a.one"]
              aws_a.more[1] ["aws_a.one"]
              aws_a.one ["module.m.aws_a.q"]
              module.m["x"].aws_a.q ["aws_a.more"]
              module.m["x"].module.n.aws_a.q []
              module.z.aws_a.q []
        "#]],
        );
        moved(
            "aws_a.many[0]",
            "aws_a.single",
            expect![[r#"
            aws_a.many[0] -> aws_a.single
              data.aws_vpc.a []
              aws_a.many[1] ["aws_a.one"]
              aws_a.one ["module.m.aws_a.q"]
              aws_a.single ["aws_a.one"]
              module.m["x"].aws_a.q ["aws_a.many", "aws_a.single"]
              module.m["x"].module.n.aws_a.q []
              module.z.aws_a.q []
        "#]],
        );
        moved(
            "module.m[\"x\"]",
            "module.k",
            expect![[r#"
            module.m["x"] -> module.k
            module.m["x"].module.n -> module.k.module.n
              data.aws_vpc.a []
              aws_a.many[0] ["aws_a.one"]
              aws_a.many[1] ["aws_a.one"]
              aws_a.one ["module.k.aws_a.q"]
              module.k.aws_a.q ["aws_a.many"]
              module.k.module.n.aws_a.q []
              module.z.aws_a.q []
        "#]],
        );
    }

    #[test]
    fn moves_that_do_not_fit_are_refused() {
        for (from, to, want) in [
            (
                "aws_a.none",
                "aws_a.two",
                expect![[r#"
                cannot move aws_a.none: the state has nothing there
            "#]],
            ),
            (
                "aws_a.many[9]",
                "aws_a.two",
                expect![[r#"
                cannot move aws_a.many[9]: the state has nothing there
            "#]],
            ),
            (
                "module.m",
                "module.k",
                expect![[r#"
                cannot move module.m: the state has nothing there
            "#]],
            ),
            (
                "aws_a.one",
                "aws_a.many[1]",
                expect![[r#"
                cannot move aws_a.one to aws_a.many[1]: that exists already
            "#]],
            ),
            (
                "aws_a.many",
                "aws_a.one",
                expect![[r#"
                cannot move aws_a.many to aws_a.one: that exists already
            "#]],
            ),
            (
                "aws_a.many",
                "aws_a.x[0]",
                expect![[r#"
                cannot move aws_a.many to aws_a.x[0]: aws_a.many has several instances, so the other address must be one of a whole resource too
            "#]],
            ),
            (
                "aws_a.one",
                "aws_b.one",
                expect![[r#"
                cannot move aws_a.one to aws_b.one: the resource types are not the same
            "#]],
            ),
            (
                "aws_a.one",
                "data.aws_a.one",
                expect![[r#"
                cannot move aws_a.one to data.aws_a.one: a managed resource cannot become a data source
            "#]],
            ),
            (
                "data.aws_vpc.a",
                "aws_vpc.a",
                expect![[r#"
                cannot move data.aws_vpc.a to aws_vpc.a: a data source cannot become a managed resource
            "#]],
            ),
            (
                "aws_a.one",
                "module.q",
                expect![[r#"
                cannot move aws_a.one to module.q: that is no resource instance
            "#]],
            ),
            (
                "module.z",
                "aws_a.x",
                expect![[r#"
                cannot move module.z to aws_a.x: that is no module
            "#]],
            ),
            (
                "module.z",
                "module.m[\"x\"]",
                expect![[r#"
                cannot move module.z to module.m["x"]: module.m["x"] exists already
            "#]],
            ),
            (
                "bad..x",
                "aws_a.x",
                expect![[r#"
                "bad..x" is not a resource address: a name is missing
            "#]],
            ),
        ] {
            moved(from, to, want);
        }
    }

    #[test]
    fn a_move_may_end_in_another_state() {
        let (mut state, mut other) = (state(), State::empty());
        rename(&mut state, Some(&mut other), "aws_a.one", "aws_a.one").unwrap();
        assert_eq!((state.instances.len(), other.instances.len()), (6, 1));
        let error = rename(&mut state, Some(&mut other), "aws_a.many[0]", "aws_a.one").unwrap_err();
        assert!(error.message.ends_with("that exists already"), "{error}");
    }
}
