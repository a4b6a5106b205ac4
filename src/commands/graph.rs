//! `groundplan graph`: what depends on what, in the language of Graphviz.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;
use std::process::ExitCode;

use crate::host::BUILTIN;
use engine::{
    BlockAddr, Do, Graph, Node, Plan, ProviderAddr, modules, provider_addr, provider_text,
};
use model::{Diagnostic, Mode};
use stacks::Stack;
use stacks::load::{Disk, load};
use stacks::references::references;

use crate::args::{Args, Flag, UsageError, option, switch};
use crate::commands::{COMMON, Command, Failed};
use crate::planfile;
use crate::project::{STATE, store, workspace};

const FLAGS: &[Flag] = &[
    option(
        "type",
        "TYPE",
        "plan, plan-refresh-only, plan-destroy or apply: everything, not only resources.",
    ),
    option("plan", "FILE", "The steps of a saved plan, each with what it waits for."),
    switch(
        "draw-cycles",
        "Accepted as Terraform does; a cycle is always told, with all that is in it.",
    ),
    option("module-depth", "N", "Accepted as Terraform does."),
];

pub const COMMAND: Command = Command {
    name: "graph",
    about: "Draws what depends on what, for Graphviz",
    usage: "",
    help: "Without options: the resources of the configuration, an arrow from each to what it needs. Needs no \
           account and no state.\n\n  groundplan graph | dot -Tsvg > graph.svg\n\n\
           -type=plan shows variables, locals, outputs, modules and providers too; -type=plan-destroy in \
           which order the objects of the state would go; -plan=FILE the steps of a saved plan in the \
           order in which they are taken.",
    flags: &[FLAGS, STATE, COMMON],
    run,
};

fn run(args: &Args) -> Result<ExitCode, Failed> {
    if let Some(path) = args.value("plan") {
        print!("{}", of_steps(&planfile::open(Path::new(path))?).text());
        return Ok(ExitCode::SUCCESS);
    }
    let (stack, problems) = load(Path::new("."), &Disk);
    if problems.iter().any(Diagnostic::is_error) {
        return Err(Failed::Problems(problems, stack.sources));
    }
    let graph = engine::graph(&stack, &BTreeMap::new())
        .map_err(|found| Failed::Problems(found, stack.sources.clone()))?;
    match args.value("type") {
        None => print!("{}", of_resources(&graph)),
        Some(of @ ("plan" | "plan-refresh-only" | "apply")) => {
            print!("{}", of_everything(&stack, &graph, of != "apply").text());
        }
        Some("plan-destroy") => {
            let state = store(args, Some(&stack), &workspace())?.read_only()?;
            let held = state.map(|it| it.instances).unwrap_or_default();
            let held = held.keys().map(|it| BlockAddr::of(&it.resource)).collect();
            print!("{}", of_destruction(&graph, &held).text());
        }
        Some(other) => {
            let what = "-type is plan, plan-refresh-only, plan-destroy or apply";
            return Err(UsageError(format!("{what}, not {other:?}")).into());
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// A graph to draw: nodes by name, each with how it looks, and edges.
#[derive(Default)]
struct Drawing {
    nodes: BTreeMap<String, Option<(String, &'static str)>>,
    needs: BTreeMap<String, BTreeSet<String>>,
}

impl Drawing {
    fn node(&mut self, name: &str, label: impl Into<String>, shape: &'static str) {
        self.nodes.insert(name.to_owned(), Some((label.into(), shape)));
    }

    fn edge(&mut self, from: &str, to: &str) {
        self.nodes.entry(from.to_owned()).or_default();
        self.nodes.entry(to.to_owned()).or_default();
        self.needs.entry(from.to_owned()).or_default().insert(to.to_owned());
    }

    fn text(&self) -> String {
        let name = |it: &str| format!("[root] {it}").replace('\\', "\\\\").replace('"', "\\\"");
        let mut text =
            "digraph {\n\tcompound = \"true\"\n\tnewrank = \"true\"\n\tsubgraph \"root\" {\n"
                .to_owned();
        for (node, look) in &self.nodes {
            let Some((label, shape)) = look else { continue };
            let label = label.replace('\\', "\\\\").replace('"', "\\\"");
            let line = format!("\"{}\" [label = \"{label}\", shape = \"{shape}\"]", name(node));
            writeln!(text, "\t\t{line}").expect("writing to a String");
        }
        for (from, needs) in reduced(&self.needs) {
            for to in needs {
                writeln!(text, "\t\t\"{}\" -> \"{}\"", name(&from), name(&to))
                    .expect("writing to a String");
            }
        }
        text + "\t}\n}\n"
    }
}

/// The edges without those that follow from others. There are no cycles in them.
fn reduced<T: Ord + Clone>(needs: &BTreeMap<T, BTreeSet<T>>) -> BTreeMap<T, BTreeSet<T>> {
    let reach = |start: &T| {
        let (mut found, mut open) = (BTreeSet::new(), vec![start.clone()]);
        while let Some(it) = open.pop() {
            for next in needs.get(&it).into_iter().flatten() {
                if found.insert(next.clone()) {
                    open.push(next.clone());
                }
            }
        }
        found
    };
    let behind: BTreeMap<&T, BTreeSet<T>> = needs.keys().map(|it| (it, reach(it))).collect();
    let kept = |all: &BTreeSet<T>| {
        let follows = |it: &T| {
            all.iter().any(|other| behind.get(other).is_some_and(|found| found.contains(it)))
        };
        all.iter().filter(|it| !follows(it)).cloned().collect()
    };
    needs.iter().map(|(from, all)| (from.clone(), kept(all))).collect()
}

/// In which order blocks are drawn: by module, data before resources.
fn rank(it: &BlockAddr) -> (Vec<String>, bool, String) {
    let module = it.module.iter().map(ToString::to_string).collect();
    (module, it.mode == Mode::Managed, it.to_string())
}

fn resources(graph: &Graph) -> Vec<(usize, &BlockAddr)> {
    let nodes = graph.nodes.iter().enumerate();
    let mut found: Vec<(usize, &BlockAddr)> = nodes
        .filter_map(|(n, node)| match node {
            Node::Resource(it) => Some((n, it)),
            _ => None,
        })
        .collect();
    found.sort_by_key(|it| rank(it.1));
    found
}

/// The resources alone, as Terraform draws them.
fn of_resources(graph: &Graph) -> String {
    let mut text =
        "digraph G {\n  rankdir = \"RL\";\n  node [shape = rect, fontname = \"sans-serif\"];\n"
            .to_owned();
    let found = resources(graph);
    if found.is_empty() {
        text += "  /* This configuration does not contain any resources.         */\n";
        text += "  /* For a more detailed graph, try: groundplan graph -type=plan */\n";
    }
    let mut modules: BTreeMap<&[_], Vec<&BlockAddr>> = BTreeMap::new();
    for (_, it) in &found {
        modules.entry(it.module.as_slice()).or_default().push(it);
    }
    for (path, blocks) in modules {
        let module: Vec<String> = path.iter().map(|it| format!("module.{it}")).collect();
        let module = module.join(".");
        let margin = if module.is_empty() { "  " } else { "    " };
        if !module.is_empty() {
            text += &format!("  subgraph \"cluster_{module}\" {{\n    label = \"{module}\"\n");
            text += "    fontname = \"sans-serif\"\n";
        }
        for it in blocks {
            let local = BlockAddr { module: Vec::new(), ..it.clone() };
            text += &format!("{margin}\"{it}\" [label=\"{local}\"];\n");
        }
        if !module.is_empty() {
            text += "  }\n";
        }
    }
    let needs = found.iter().map(|(n, it)| {
        let needed = graph.blocks_needed(*n);
        (rank(it), needed.iter().map(rank).collect())
    });
    for (from, needs) in reduced(&needs.collect()) {
        for to in needs {
            text += &format!("  \"{}\" -> \"{}\";\n", from.2, to.2);
        }
    }
    text + "}\n"
}

fn title(node: &Node) -> String {
    match node {
        Node::Variable(path, _) if path.is_empty() => node.to_string(),
        Node::Whole(path, name) => format!("{} (close)", Node::Call(path.clone(), name.clone())),
        Node::Variable(..)
        | Node::Local(..)
        | Node::Output(..)
        | Node::Call(..)
        | Node::Provider(..)
        | Node::Resource(_)
        | Node::Orphan(_) => format!("{node} (expand)"),
    }
}

/// Every node of the graph, and what holds them together. A check is reported when a plan is made.
fn of_everything(stack: &Stack, graph: &Graph, planning: bool) -> Drawing {
    let provider = |it: &ProviderAddr| provider_text(stack, &BUILTIN, it);
    let name = |node: &Node| match node {
        Node::Provider(module, name) => {
            provider(&ProviderAddr { module: module.clone(), name: name.clone() })
        }
        _ => title(node),
    };
    let mut drawing = Drawing::default();
    for (node, needs) in graph.nodes.iter().zip(&graph.needs) {
        let own = name(node);
        match node {
            Node::Resource(it) => drawing.node(&own, it.to_string(), "box"),
            Node::Provider(..) => drawing.node(&own, own.clone(), "diamond"),
            Node::Variable(path, _) if path.is_empty() => {
                drawing.node(&own, node.to_string(), "note");
            }
            _ => _ = drawing.nodes.entry(own.clone()).or_default(),
        }
        needs.iter().for_each(|it| drawing.edge(&own, &name(&graph.nodes[*it])));
    }
    for (path, module) in modules(stack) {
        let at = |node: Node| title(&node);
        for it in module.resources.values() {
            let own = at(Node::Resource(BlockAddr {
                module: path.clone(),
                mode: it.mode,
                ty: it.ty.name.clone(),
                name: it.name.name.clone(),
            }));
            let used = provider(&provider_addr(stack, &path, &it.provider));
            drawing.node(&used, used.clone(), "diamond");
            drawing.edge(&own, &used);
            drawing.edge(&format!("{used} (close)"), &own);
        }
        let module_name: String = path.iter().map(|it| format!("module.{it}.")).collect();
        for check in &module.checks {
            let own = format!("{module_name}check.{} (expand)", check.name.name);
            let parts = check.asserts.iter().flat_map(|it| [&it.condition, &it.error_message]);
            for it in parts.flat_map(references) {
                if let stacks::references::Subject::Resource { mode, ty, name, .. } = it.subject {
                    let block = BlockAddr { module: path.clone(), mode, ty, name };
                    drawing.edge(&own, &at(Node::Resource(block)));
                }
            }
            if planning {
                drawing.edge(&own, &own.replace("(expand)", "(report)"));
            }
            drawing.nodes.entry(own).or_default();
        }
    }
    let needed: BTreeSet<&String> = drawing.needs.values().flatten().collect();
    let tops = drawing.nodes.keys().filter(|it| !needed.contains(it));
    let tops: Vec<String> = tops.cloned().collect();
    tops.iter().for_each(|it| drawing.edge("root", it));
    drawing
}

/// The objects of the state: each goes after all that needs it.
fn of_destruction(graph: &Graph, held: &BTreeSet<BlockAddr>) -> Drawing {
    let mut drawing = Drawing::default();
    let gone = |it: &BlockAddr| format!("{it} (destroy)");
    for it in held.iter().filter(|it| it.mode == Mode::Managed) {
        drawing.node(&gone(it), it.to_string(), "box");
        drawing.edge("root", &gone(it));
    }
    for (n, user) in resources(graph) {
        let needed = graph.blocks_behind(n);
        for it in needed.iter().filter(|it| held.contains(it) && held.contains(user)) {
            drawing.edge(&gone(it), &gone(user));
        }
    }
    drawing
}

/// The steps of a plan. Groups are not drawn: what stands before them comes before what is after.
fn of_steps(plan: &Plan) -> Drawing {
    let name = |what: &Do| match what {
        Do::Group => None,
        Do::Make(n) => Some(plan.changes[*n].address.to_string()),
        Do::Delete(n) => {
            let it = &plan.changes[*n];
            let deposed = it.deposed.as_ref().map(|key| format!(" (deposed {key})"));
            Some(format!("{}{} (destroy)", it.address, deposed.unwrap_or_default()))
        }
        Do::Forget(n) => Some(format!("{} (forget)", plan.changes[*n].address)),
    };
    let mut drawing = Drawing::default();
    for step in &plan.steps {
        let Some(own) = name(&step.what) else { continue };
        let label = match &step.what {
            Do::Make(n) | Do::Delete(n) | Do::Forget(n) => plan.changes[*n].address.to_string(),
            Do::Group => continue,
        };
        drawing.node(&own, label, "box");
        drawing.edge("root", &own);
        let (mut seen, mut open) = (BTreeSet::new(), step.needs.clone());
        while let Some(it) = open.pop() {
            if !seen.insert(it) {
                continue;
            }
            match name(&plan.steps[it].what) {
                Some(needed) => drawing.edge(&own, &needed),
                None => open.extend(&plan.steps[it].needs),
            }
        }
    }
    drawing
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edge_that_follows_from_others_is_not_drawn() {
        let of = |all: &[&str]| all.iter().map(|it| (*it).to_owned()).collect::<BTreeSet<_>>();
        let needs = BTreeMap::from([
            ("a".to_owned(), of(&["b", "c", "d"])),
            ("b".to_owned(), of(&["c"])),
            ("c".to_owned(), of(&["d"])),
        ]);
        let kept = reduced(&needs);
        assert_eq!((&kept["a"], &kept["b"], &kept["c"]), (&of(&["b"]), &of(&["c"]), &of(&["d"])));
    }
}
