//! Stacks made at random: blocks that refer to each other, as HCL, and what has to be there once they
//! are applied.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::PathBuf;

use crate::types::Ty;

/// A block. It refers to others by their names; what does not stand before it is left out.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    pub name: u8,
    /// The name that it had at first, which its objects go by.
    pub label: u8,
    pub kind: Kind,
    /// The module it stands in; the root if none.
    pub place: Option<u8>,
    pub repeat: Repeat,
    pub refs: Vec<u8>,
    pub after: Vec<u8>,
    pub note: u8,
    pub make: u8,
    pub first: bool,
    pub force: bool,
    /// Whether changes of its `note` are ignored.
    pub ignore: bool,
    /// What it is replaced with.
    pub trigger: Option<u8>,
    /// Whether a `check` looks at it.
    pub check: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    Thing(Ty),
    /// A data source that looks up the first of `refs`.
    Lookup,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Repeat {
    Once,
    Count(u8),
    Each(u8),
    /// As many as the `size` of that block says, which is 2 and known only once it is there.
    Sized(u8),
}

#[derive(Debug, Clone, PartialEq)]
pub struct Program {
    pub blocks: Vec<Block>,
    /// How often each module is called.
    pub modules: [Repeat; 2],
    /// What was called otherwise before: its place, its type, and both names.
    pub moved: Vec<(Option<u8>, Ty, u8, u8)>,
}

/// A change between two runs.
#[derive(Debug, Clone, PartialEq)]
pub enum Edit {
    Note(u8, u8),
    Make(u8, u8),
    Refs(u8, Vec<u8>),
    Repeat(u8, Repeat),
    First(u8, bool),
    Force(u8, bool),
    Ignore(u8, bool),
    Trigger(u8, Option<u8>),
    Gone(u8),
    /// Gives a block another name, which no block begins with, if it was never given before.
    Rename(u8, u8),
    Add(Block),
    /// Moves a block to the end, where it may refer to all others.
    Last(u8),
    Module(u8, Repeat),
}

/// What must be there.
#[derive(Debug, Clone, PartialEq)]
pub struct Expected {
    pub name: String,
    /// None if it may be any.
    pub note: Option<String>,
    pub make: String,
    /// Addresses of what it refers to.
    pub refs: BTreeSet<String>,
}

impl Program {
    pub fn edit(&mut self, edit: &Edit) {
        let at = |name: &u8| self.blocks.iter().position(|it| it.name == *name);
        match edit {
            Edit::Note(name, to) => at(name).into_iter().for_each(|n| self.blocks[n].note = *to),
            Edit::Make(name, to) => at(name).into_iter().for_each(|n| self.blocks[n].make = *to),
            Edit::Refs(name, to) => {
                at(name).into_iter().for_each(|n| self.blocks[n].refs.clone_from(to));
            }
            Edit::Repeat(name, to) => {
                at(name).into_iter().for_each(|n| self.blocks[n].repeat = *to);
            }
            Edit::First(name, to) => at(name).into_iter().for_each(|n| self.blocks[n].first = *to),
            Edit::Force(name, to) => at(name).into_iter().for_each(|n| self.blocks[n].force = *to),
            Edit::Ignore(name, to) => {
                at(name).into_iter().for_each(|n| self.blocks[n].ignore = *to)
            }
            Edit::Trigger(name, to) => {
                at(name).into_iter().for_each(|n| self.blocks[n].trigger = *to);
            }
            Edit::Gone(name) => self.blocks.retain(|it| it.name != *name),
            Edit::Rename(name, to) => self.rename(*name, *to),
            Edit::Add(block) => self.add(block),
            Edit::Last(name) => {
                if let Some(n) = at(name) {
                    let block = self.blocks.remove(n);
                    self.blocks.push(block);
                }
            }
            Edit::Module(n, to) => self.modules[usize::from(*n) % 2] = *to,
        }
    }

    fn rename(&mut self, name: u8, to: u8) {
        let first = self.blocks.iter().position(|it| it.name == name);
        // Where something was before it may be still, and then nothing can move there.
        let taken = self.moved.iter().any(|it| it.2 == to || it.3 == to);
        let (Some(first), false) = (first, taken) else { return };
        let (kind, place) = (self.blocks[first].kind, self.blocks[first].place);
        self.blocks[first].name = to;
        // Others of that name have never been seen.
        self.blocks.retain(|it| it.name != name);
        let change = |it: &mut u8| *it = if *it == name { to } else { *it };
        for it in &mut self.blocks {
            it.refs.iter_mut().chain(&mut it.after).chain(&mut it.trigger).for_each(change);
            if let Repeat::Sized(of) = &mut it.repeat {
                change(of);
            }
        }
        if let Kind::Thing(ty) = kind {
            self.moved.push((place, ty, name, to));
        }
    }

    /// Adds a block, unless its objects would go by the names of those of another.
    fn add(&mut self, block: &Block) {
        let taken = |it: &Block| it.label == block.label && it.name != block.name;
        if !self.blocks.iter().any(taken) {
            self.blocks.push(block.clone());
            self.moved.retain(|it| it.2 != block.name);
        }
    }

    /// The `moved` blocks of a place.
    fn moves(&self, place: Option<u8>) -> String {
        let text = |(_, ty, from, to): &(Option<u8>, Ty, u8, u8)| {
            let ty = ty.name();
            format!("moved {{\n  from = {ty}.b{from}\n  to   = {ty}.b{to}\n}}\n")
        };
        self.moved.iter().filter(|it| it.0 == place).map(text).collect()
    }

    /// The blocks as they are written: no name twice, and only references that can be.
    pub fn blocks(&self) -> Vec<Block> {
        let mut found: Vec<Block> = Vec::new();
        for (n, it) in self.blocks.iter().enumerate() {
            if found.iter().any(|other| other.name == it.name) {
                continue;
            }
            let mut it = it.clone();
            // Who refers to a module that is called more than once needs all of its outputs.
            let open = |place: Option<u8>| {
                let place = place.filter(|n| self.module(*n) != Repeat::Once);
                place.is_some() && self.blocks[n..].iter().any(|it| it.place == place)
            };
            let of_it = it.place;
            let visible = |it: &Block| it.place == of_it || !open(it.place);
            let known =
                |name: &u8| found.iter().find(|it| it.name == *name).filter(|it| visible(it));
            let mut seen = BTreeSet::new();
            it.refs.retain(|name| known(name).is_some() && seen.insert(*name));
            let here = |other: &&Block| other.place == it.place;
            it.after.retain(|name| known(name).filter(here).is_some());
            let managed = |it: &&Block| it.kind != Kind::Lookup;
            it.trigger =
                it.trigger.filter(|name| known(name).filter(here).filter(managed).is_some());
            let alone = |name: &u8| {
                let one = |it: &&Block| it.kind != Kind::Lookup && it.repeat == Repeat::Once;
                known(name).filter(here).filter(one).is_some()
            };
            match (it.kind, it.repeat) {
                (Kind::Lookup, _) if !it.refs.first().is_some_and(alone) => continue,
                (Kind::Lookup, _) => it.repeat = Repeat::Once,
                (_, Repeat::Sized(name)) if !alone(&name) => it.repeat = Repeat::Count(2),
                _ => (),
            }
            found.push(it);
        }
        found
    }

    fn module(&self, n: u8) -> Repeat {
        match self.modules[usize::from(n)] {
            Repeat::Sized(_) => Repeat::Once,
            it => it,
        }
    }

    /// The stack, file by file.
    pub fn files(&self) -> BTreeMap<PathBuf, String> {
        let blocks = self.blocks();
        let mut files = BTreeMap::from([(PathBuf::from("main.tf"), self.root(&blocks))]);
        for n in 0..2 {
            if blocks.iter().any(|it| it.place == Some(n)) {
                let path = PathBuf::from(format!("m{n}/main.tf"));
                files.insert(path, self.called(n, &blocks));
            }
        }
        files
    }

    fn root(&self, blocks: &[Block]) -> String {
        let mut text = self.moves(None);
        for n in 0..2 {
            if blocks.iter().any(|it| it.place == Some(n)) {
                let (repeat, key) = repeat_text(self.module(n), blocks);
                writeln!(text, "module \"m{n}\" {{\n  source = \"./m{n}\"\n{repeat}").unwrap();
                writeln!(text, "  key = \"m{n}{key}\"").unwrap();
                for it in inputs(n, blocks) {
                    writeln!(text, "  b{} = {}", it.name, self.ids(None, it)).unwrap();
                }
                text += "}\n";
            }
        }
        for it in blocks.iter().filter(|it| it.place.is_none()) {
            text += &self.block(it, blocks);
            let (name, ids) = (it.name, self.ids(None, it));
            writeln!(text, "output \"b{name}\" {{\n  value = {ids}\n}}").unwrap();
        }
        text
    }

    fn called(&self, n: u8, blocks: &[Block]) -> String {
        let mut text = self.moves(Some(n)) + "variable \"key\" {}\n";
        for it in inputs(n, blocks) {
            writeln!(text, "variable \"b{}\" {{}}", it.name).unwrap();
        }
        for it in blocks.iter().filter(|it| it.place == Some(n)) {
            text += &self.block(it, blocks);
            let (name, ids) = (it.name, self.ids(it.place, it));
            writeln!(text, "output \"b{name}\" {{\n  value = {ids}\n}}").unwrap();
        }
        text
    }

    fn block(&self, it: &Block, blocks: &[Block]) -> String {
        let find = |name: &u8| blocks.iter().find(|it| it.name == *name).expect("it is earlier");
        let ids = |name: &u8| self.ids(it.place, find(name));
        let Kind::Thing(ty) = it.kind else {
            let target = find(&it.refs[0]);
            return format!(
                "data \"sim_lookup\" \"b{}\" {{\n  id = {}.id\n}}\n",
                it.name,
                reference(target)
            );
        };
        let (repeat, key) = repeat_text(it.repeat, blocks);
        let mut text = format!("resource \"{}\" \"b{}\" {{\n{repeat}", ty.name(), it.name);
        let outer = if it.place.is_some() { "${var.key}-" } else { "" };
        // A unique name must change when the object is replaced by another beside it.
        let make = if ty.is_named() { format!("-k{}", it.make) } else { String::new() };
        writeln!(text, "  name = \"{outer}b{}{make}{key}\"", it.label).unwrap();
        writeln!(text, "  kind = \"k{}\"\n  note = \"n{}\"", it.make, it.note).unwrap();
        if !it.refs.is_empty() {
            let lists: Vec<String> = it.refs.iter().map(ids).collect();
            writeln!(text, "  refs = concat({})", lists.join(", ")).unwrap();
        }
        if (ty == Ty::Holder || ty.is_protected_by_force()) && it.force {
            text += "  force = true\n";
        }
        if !it.after.is_empty() {
            let after: Vec<String> = it.after.iter().map(|it| reference(find(it))).collect();
            writeln!(text, "  depends_on = [{}]", after.join(", ")).unwrap();
        }
        text += &lifecycle(it, it.trigger.as_ref().map(|it| reference(find(it))));
        text += "}\n";
        if it.check && it.repeat == Repeat::Once {
            text += &check(it);
        }
        text
    }

    /// An expression for the ids of a block, as a module sees them.
    fn ids(&self, from: Option<u8>, to: &Block) -> String {
        let itself = reference(to);
        match (from, to.place) {
            (Some(_), place) if from != place => format!("var.b{}", to.name),
            (None, Some(n)) => match self.module(n) {
                Repeat::Once => format!("module.m{n}.b{}", to.name),
                _ => format!("flatten([for it in module.m{n} : it.b{}])", to.name),
            },
            _ => match to.repeat {
                Repeat::Once => format!("[{itself}.id]"),
                Repeat::Count(_) | Repeat::Sized(_) => format!("{itself}[*].id"),
                Repeat::Each(_) => format!("[for it in {itself} : it.id]"),
            },
        }
    }

    /// All objects by their address.
    pub fn expected(&self) -> BTreeMap<String, Expected> {
        let blocks = self.blocks();
        let mut found = BTreeMap::new();
        for block in &blocks {
            let Kind::Thing(ty) = block.kind else { continue };
            for (module, outer) in self.modules_of(block.place) {
                for (key, suffix) in keys(block.repeat) {
                    let make = format!("k{}", block.make);
                    let middle = if ty.is_named() { format!("-{make}") } else { String::new() };
                    let prefix = if outer.is_empty() { String::new() } else { format!("{outer}-") };
                    let refs =
                        block.refs.iter().flat_map(|it| self.targets(it, block, &module, &blocks));
                    let it = Expected {
                        name: format!("{prefix}b{}{middle}{suffix}", block.label),
                        note: (!block.ignore).then(|| format!("n{}", block.note)),
                        make,
                        refs: refs.collect(),
                    };
                    let address = format!("{module}{}.b{}{key}", ty.name(), block.name);
                    found.insert(address, it);
                }
            }
        }
        found
    }

    /// Instances of a place: the beginning of their addresses, and of their things' names.
    fn modules_of(&self, place: Option<u8>) -> Vec<(String, String)> {
        let Some(n) = place else { return vec![(String::new(), String::new())] };
        let of = |(key, suffix): (String, String)| {
            (format!("module.m{n}{key}."), format!("m{n}{suffix}"))
        };
        keys(self.module(n)).into_iter().map(of).collect()
    }

    /// Addresses that `from`, in this module instance, means by the block `name`.
    fn targets(&self, name: &u8, from: &Block, module: &str, blocks: &[Block]) -> Vec<String> {
        let to = blocks.iter().find(|it| it.name == *name).expect("it is earlier");
        let Kind::Thing(ty) = to.kind else {
            let place = if to.place == from.place { from } else { to };
            let inner = Block { place: place.place, ..to.clone() };
            return match to.place == from.place {
                true => self.targets(&to.refs[0], from, module, blocks),
                false => self
                    .modules_of(to.place)
                    .iter()
                    .flat_map(|(module, _)| self.targets(&to.refs[0], &inner, module, blocks))
                    .collect(),
            };
        };
        let modules = match to.place == from.place {
            true => vec![module.to_owned()],
            false => self.modules_of(to.place).into_iter().map(|it| it.0).collect(),
        };
        let of = |module: &String| {
            let name = format!("{module}{}.b{}", ty.name(), to.name);
            keys(to.repeat).into_iter().map(move |(key, _)| format!("{name}{key}"))
        };
        modules.iter().flat_map(of).collect()
    }
}

/// Blocks of other places that a module's blocks refer to.
fn inputs(n: u8, blocks: &[Block]) -> Vec<&Block> {
    let inside = blocks.iter().filter(|it| it.place == Some(n));
    let names: BTreeSet<u8> = inside.flat_map(|it| it.refs.clone()).collect();
    blocks.iter().filter(|it| it.place != Some(n) && names.contains(&it.name)).collect()
}

fn lifecycle(it: &Block, trigger: Option<String>) -> String {
    let mut text = String::new();
    if it.first {
        text += "    create_before_destroy = true\n";
    }
    if it.ignore {
        text += "    ignore_changes = [note]\n";
    }
    if let Some(it) = trigger {
        writeln!(text, "    replace_triggered_by = [{it}]").unwrap();
    }
    if text.is_empty() { text } else { format!("  lifecycle {{\n{text}  }}\n") }
}

/// A check that looks a block up, and is never content with it.
fn check(it: &Block) -> String {
    let (name, id) = (it.name, format!("{}.id", reference(it)));
    format!(
        "check \"b{name}\" {{\n  data \"sim_lookup\" \"c{name}\" {{\n    id = {id}\n  }}\n  assert {{\n    \
         condition = data.sim_lookup.c{name}.name == {id}\n    error_message = \"no\"\n  }}\n}}\n"
    )
}

fn reference(it: &Block) -> String {
    match it.kind {
        Kind::Thing(ty) => format!("{}.b{}", ty.name(), it.name),
        Kind::Lookup => format!("data.sim_lookup.b{}", it.name),
    }
}

/// The argument, and what each instance has at the end of its name.
fn repeat_text(it: Repeat, blocks: &[Block]) -> (String, &'static str) {
    match it {
        Repeat::Once => (String::new(), ""),
        Repeat::Count(n) => (format!("  count = {n}\n"), "-${count.index}"),
        Repeat::Each(n) => {
            let keys: Vec<String> = (0..n).map(|it| format!("\"e{it}\"")).collect();
            (format!("  for_each = toset([{}])\n", keys.join(", ")), "-${each.key}")
        }
        Repeat::Sized(name) => {
            let target = blocks.iter().find(|it| it.name == name).expect("it is earlier");
            (format!("  count = {}.size\n", reference(target)), "-${count.index}")
        }
    }
}

/// Of each instance: its key as in addresses, and the end of its name.
fn keys(it: Repeat) -> Vec<(String, String)> {
    let count = |n: u8| (0..n).map(|it| (format!("[{it}]"), format!("-{it}"))).collect();
    match it {
        Repeat::Once => vec![(String::new(), String::new())],
        Repeat::Count(n) => count(n),
        Repeat::Sized(_) => count(2),
        Repeat::Each(n) => (0..n).map(|it| (format!("[\"e{it}\"]"), format!("-e{it}"))).collect(),
    }
}
