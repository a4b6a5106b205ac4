//! `moved` blocks: gives the objects of a state their new addresses before anything is planned.
//!
//! Pure. The same result is recorded when the plan is applied; until then the state file keeps the old
//! addresses.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use model::{Diagnostic, Diagnostics, InstanceAddr, Key, Mode, ModuleAddr, Registry, ResourceAddr};
use stacks::stack::{MoveEnd, Stack};
use state::State;

use crate::graph::{Path, module_at, modules};

/// A `moved` block and the module that it stands in.
struct Statement<'a> {
    module: &'a Path,
    block: &'a stacks::stack::Moved,
}

/// What became of the state's addresses.
#[derive(Debug, Default)]
pub struct Moves {
    /// From the new address of each object that has moved to its old one.
    pub from: HashMap<InstanceAddr, InstanceAddr>,
    /// Objects that are of another type now, and so have other attributes.
    pub converted: Vec<InstanceAddr>,
    pub problems: Diagnostics,
}

/// Moves the instances of a state as the `moved` blocks of all modules say.
pub fn carry_out(stack: &Stack, registry: &dyn Registry, state: &mut State) -> Moves {
    let modules = modules(stack);
    let statements: Vec<Statement<'_>> = modules
        .iter()
        .flat_map(|(path, it)| it.moved.iter().map(move |block| Statement { module: path, block }))
        .collect();
    let mut moves = Moves::default();
    if statements.is_empty() {
        return moves;
    }
    moves.problems.extend(statements.iter().filter_map(|it| still_there(stack, it)));
    let mut wanted: BTreeMap<InstanceAddr, Vec<InstanceAddr>> = BTreeMap::new();
    for address in state.instances.keys().filter(|it| it.resource.mode == Mode::Managed) {
        let to = destination(&statements, address);
        wanted.entry(to).or_default().push(address.clone());
    }
    for (to, from) in wanted {
        // Where an object is already, it stays; another that wants to be there cannot.
        let stays = from.contains(&to);
        for (n, address) in from.iter().filter(|it| **it != to).enumerate() {
            if stays || n > 0 {
                moves.problems.push(occupied(address, &to));
            } else {
                moves.from.insert(to.clone(), address.clone());
            }
        }
    }
    let mut taken = Vec::new();
    for (to, from) in &moves.from {
        taken.extend(state.instances.remove(from).map(|it| (to, from, it)));
    }
    for (to, from, mut instance) in taken {
        if from.resource.ty != to.resource.ty {
            match converted(registry, from, to, &mut instance) {
                Ok(()) => moves.converted.push(to.clone()),
                Err(problem) => moves.problems.push(*problem),
            }
        }
        state.instances.insert(to.clone(), instance);
    }
    moves.converted.sort();
    moves
}

/// Puts moves into an order in which no object is put where another one still is. Those that
/// exchange their places cannot be, and come last.
pub fn in_order(mut moves: Vec<(InstanceAddr, InstanceAddr)>) -> Vec<(InstanceAddr, InstanceAddr)> {
    let mut ordered = Vec::new();
    moves.sort();
    while !moves.is_empty() {
        let is_free = |to: &InstanceAddr| moves.iter().all(|(from, _)| from != to);
        let (free, rest): (Vec<_>, Vec<_>) = moves.iter().cloned().partition(|(_, to)| is_free(to));
        if free.is_empty() {
            ordered.extend(rest);
            break;
        }
        ordered.extend(free);
        moves = rest;
    }
    ordered
}

/// Where an object is in the end: each statement is followed once at most.
fn destination(statements: &[Statement<'_>], address: &InstanceAddr) -> InstanceAddr {
    let mut at = address.clone();
    let mut left: Vec<&Statement<'_>> = statements.iter().collect();
    loop {
        let next = left.iter().enumerate().find_map(|(n, it)| Some((n, moved(it, &at)?)));
        let Some((n, to)) = next else { return at };
        at = to;
        left.remove(n);
    }
}

/// The new address, if a statement is about this one.
fn moved(it: &Statement<'_>, address: &InstanceAddr) -> Option<InstanceAddr> {
    let steps = &address.resource.module.0;
    let (base, rest) = steps.split_at_checked(it.module.len())?;
    if !base.iter().map(|it| &it.0).eq(it.module) {
        return None;
    }
    let inside = |module: &[(Arc<str>, Option<Key>)]| {
        ModuleAddr(base.iter().chain(module).cloned().collect())
    };
    match (&it.block.from, &it.block.to) {
        (MoveEnd::Module(from), MoveEnd::Module(to)) => {
            let (head, tail) = rest.split_at_checked(from.len())?;
            let ((last_from, outer_from), (last, outer)) = (from.split_last()?, head.split_last()?);
            let last_to = to.last()?;
            // Without a key on either side all instances move, each with its key.
            let one = last_from.1.is_some() || last_to.1.is_some();
            if outer != outer_from || last.0 != last_from.0 || (one && last.1 != last_from.1) {
                return None;
            }
            let mut module = to.clone();
            if !one {
                module.last_mut()?.1 = last.1.clone();
            }
            module.extend(tail.iter().cloned());
            let resource = ResourceAddr { module: inside(&module), ..address.resource.clone() };
            Some(resource.instance(address.key.clone()))
        }
        (
            MoveEnd::Resource { module: from, ty, name, key },
            MoveEnd::Resource { module: to, ty: to_ty, name: to_name, key: to_key },
        ) => {
            let of_it = (&address.resource.ty, &address.resource.name) == (ty, name);
            let one = key.is_some() || to_key.is_some();
            if rest != &from[..] || !of_it || (one && address.key != *key) {
                return None;
            }
            let resource = ResourceAddr {
                module: inside(to),
                mode: Mode::Managed,
                ty: to_ty.clone(),
                name: to_name.clone(),
            };
            Some(resource.instance(if one { to_key.clone() } else { address.key.clone() }))
        }
        _ => None,
    }
}

/// A move away from something that the configuration still has.
fn still_there(stack: &Stack, it: &Statement<'_>) -> Option<Diagnostic> {
    let path = |steps: &[(Arc<str>, Option<Key>)]| -> Path {
        it.module.iter().cloned().chain(steps.iter().map(|it| it.0.clone())).collect()
    };
    let (is_there, what) = match (&it.block.from, &it.block.to) {
        (MoveEnd::Module(from), MoveEnd::Module(to)) => {
            let whole = from.iter().chain(to).all(|it| it.1.is_none());
            (whole && module_at(stack, &path(from)).is_some(), "module call")
        }
        (
            MoveEnd::Resource { module, ty, name, key: None },
            MoveEnd::Resource { key: None, .. },
        ) => {
            let block = (Mode::Managed, ty.clone(), name.clone());
            let module = module_at(stack, &path(module));
            (module.is_some_and(|it| it.resources.contains_key(&block)), "resource")
        }
        _ => return None,
    };
    if !is_there {
        return None;
    }
    let detail = format!(
        "This statement declares a move from {}, but that {what} is still declared. Declare it as {} \
         instead, or remove this block.",
        text(&it.block.from),
        text(&it.block.to)
    );
    Some(Diagnostic::error("Moved object still exists", detail).at(&it.block.span))
}

/// An end of a move as it was written.
pub fn text(end: &MoveEnd) -> String {
    match end {
        MoveEnd::Module(steps) => ModuleAddr(steps.clone()).to_string(),
        MoveEnd::Resource { module, ty, name, key } => {
            let resource = ResourceAddr {
                module: ModuleAddr(module.clone()),
                mode: Mode::Managed,
                ty: ty.clone(),
                name: name.clone(),
            };
            resource.instance(key.clone()).to_string()
        }
    }
}

fn occupied(from: &InstanceAddr, to: &InstanceAddr) -> Diagnostic {
    let detail = format!(
        "A `moved` block says that {from} is {to} now, but the state has another object there. So \
         {from} keeps its address, and is planned as what the configuration does not have any more."
    );
    let hint = format!("`state rm` or `state mv` one of the two: groundplan state mv {to} ADDRESS");
    Diagnostic::warning("Unresolved resource instance address changes", detail).on(from).hint(hint)
}

/// Makes the objects of one type into those of another.
fn converted(
    registry: &dyn Registry,
    from: &InstanceAddr,
    to: &InstanceAddr,
    instance: &mut state::Instance,
) -> Result<(), Box<Diagnostic>> {
    let refused = || {
        let detail = format!(
            "Objects of the type {} cannot become objects of the type {}.",
            from.resource.ty, to.resource.ty
        );
        let problem = Diagnostic::error("Unsupported `moved` across resource types", detail).on(to);
        let hint = "use a `removed` block for the one and an `import` block for the other";
        Box::new(problem.hint(hint))
    };
    for object in instance.current.iter_mut().chain(instance.deposed.values_mut()) {
        let found = registry.converted(&from.resource.ty, &to.resource.ty, &object.attributes);
        object.attributes = found.ok_or_else(refused)?;
        object.schema_version =
            registry.resource_schema(&to.resource.ty).map_or(0, |it| it.version);
        object.private = None;
        object.identity = None;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use stacks::load::{Snapshot, load};
    use state::{Instance, ObjectState};

    use super::*;

    /// No type can become another.
    struct Nothing;

    impl Registry for Nothing {
        fn providers(&self) -> &[model::ProviderSchema] {
            &[]
        }

        fn resource_schema(&self, _: &str) -> Option<&'static model::Schema> {
            None
        }

        fn data_schema(&self, _: &str) -> Option<&'static model::Schema> {
            None
        }

        fn provider_of(&self, _: &str) -> Option<&'static str> {
            None
        }

        fn names(&self, _: Mode) -> Vec<&'static str> {
            Vec::new()
        }

        fn configure<'a>(
            &'a self,
            _: &'a str,
            _: model::Object,
        ) -> futures::future::BoxFuture<'a, Result<Arc<dyn model::Provider>, model::Fault>>
        {
            unreachable!("nothing is configured")
        }
    }

    /// What becomes of each of `addresses`, and what is said.
    fn check(files: &[(&str, &str)], addresses: &[&str], expected: expect_test::Expect) {
        let files = files.iter().map(|(name, text)| (Path::new(name).into(), (*text).to_owned()));
        let (stack, problems) = load(Path::new("."), &Snapshot(files.collect()));
        assert!(problems.iter().all(|it| !it.is_error()), "{problems:?}");
        let mut state = State::empty();
        for it in addresses {
            let current = Some(ObjectState::default());
            let instance = Instance { current, ..Instance::default() };
            state.instances.insert(it.parse().unwrap(), instance);
        }
        let moves = carry_out(&stack, &Nothing, &mut state);
        let mut lines: Vec<String> = state
            .instances
            .keys()
            .map(|to| match moves.from.get(to) {
                Some(from) => format!("{from} -> {to}"),
                None => to.to_string(),
            })
            .collect();
        lines.extend(moves.problems.iter().map(|it| format!("{}: {}", it.summary, it.detail)));
        expected.assert_eq(&lines.join("\n"));
    }

    #[test]
    fn resources_move_with_their_keys_or_get_one() {
        let text = "
            resource \"x\" \"b\" {}
            resource \"x\" \"d\" { for_each = {} }
            moved {
              from = x.a
              to   = x.b
            }
            moved {
              from = x.c
              to   = x.d[\"one\"]
            }
        ";
        check(
            &[("main.tf", text)],
            &["x.a[0]", "x.a[1]", "x.c", "x.c[0]", "x.other"],
            expect_test::expect![[r#"
                x.a[0] -> x.b[0]
                x.a[1] -> x.b[1]
                x.c[0]
                x.c -> x.d["one"]
                x.other"#]],
        );
    }

    #[test]
    fn moves_are_chained() {
        let text = "
            resource \"x\" \"c\" {}
            moved {
              from = x.b
              to   = x.c
            }
            moved {
              from = x.a
              to   = x.b
            }
        ";
        check(&[("main.tf", text)], &["x.a"], expect_test::expect!["x.a -> x.c"]);
    }

    #[test]
    fn modules_move_with_all_that_is_in_them() {
        let main = "
            module \"new\" {
              source = \"./m\"
              count  = 2
            }
            moved {
              from = module.old
              to   = module.new[0]
            }
            moved {
              from = x.root
              to   = module.new[1].x.renamed
            }
        ";
        let module = "
            resource \"x\" \"renamed\" {}
            moved {
              from = x.a
              to   = x.renamed
            }
        ";
        check(
            &[("main.tf", main), ("m/main.tf", module)],
            &["module.old.x.a", "module.old.module.deep[1].x.z", "x.root"],
            expect_test::expect![[r#"
                module.old.x.a -> module.new[0].x.renamed
                module.old.module.deep[1].x.z -> module.new[0].module.deep[1].x.z
                x.root -> module.new[1].x.renamed"#]],
        );
    }

    #[test]
    fn what_cannot_move_stays_and_is_told() {
        let text = "
            resource \"x\" \"b\" {}
            resource \"x\" \"declared\" {}
            resource \"y\" \"other\" {}
            moved {
              from = x.a
              to   = x.b
            }
            moved {
              from = x.declared
              to   = x.d
            }
            moved {
              from = x.of_type
              to   = y.other
            }
        ";
        check(
            &[("main.tf", text)],
            &["x.a", "x.b", "x.of_type"],
            expect_test::expect![[r#"
                x.a
                x.b
                x.of_type -> y.other
                Moved object still exists: This statement declares a move from x.declared, but that resource is still declared. Declare it as x.d instead, or remove this block.
                Unresolved resource instance address changes: A `moved` block says that x.a is x.b now, but the state has another object there. So x.a keeps its address, and is planned as what the configuration does not have any more.
                Unsupported `moved` across resource types: Objects of the type x cannot become objects of the type y."#]],
        );
    }

    #[test]
    fn nothing_is_moved_onto_what_has_still_to_move() {
        let address = |it: &str| it.parse::<InstanceAddr>().unwrap();
        let ordered = in_order(vec![
            (address("x.a"), address("x.b")),
            (address("x.b"), address("x.c")),
            (address("x.c"), address("x.d")),
        ]);
        let first: Vec<String> = ordered.iter().map(|it| it.0.to_string()).collect();
        assert_eq!(first, ["x.c", "x.b", "x.a"]);
    }
}
