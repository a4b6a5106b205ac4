//! How long commands take, from start to end, as a user has it.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

fn main() {
    divan::main();
}

fn groundplan(dir: &Path, args: &[&str]) {
    let status = Command::new(env!("CARGO_BIN_EXE_groundplan"))
        .current_dir(dir)
        .args(args)
        .stdout(Stdio::null())
        .status()
        .expect("the binary starts");
    assert!(status.success());
}

/// Two blocks of so many objects that need no cloud, each object of the one needing one of the other.
fn stack(objects: usize) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let half = objects / 2;
    let text = format!(
        "resource \"terraform_data\" \"a\" {{\n  count = {half}\n  input = \"x-${{count.index}}\"\n}}\n\
         resource \"terraform_data\" \"b\" {{\n  count = {half}\n  \
         input = terraform_data.a[count.index].output\n}}\n"
    );
    fs::write(dir.path().join("main.tf"), text).expect("a file");
    dir
}

#[divan::bench]
fn version() {
    groundplan(Path::new("."), &["version"]);
}

#[divan::bench]
fn validate_the_example() {
    groundplan(Path::new("examples/fargate-sandbox"), &["validate"]);
}

#[divan::bench(args = [1_000, 2_000, 5_000, 10_000], sample_count = 5)]
fn plan(bencher: divan::Bencher, objects: usize) {
    let dir = stack(objects);
    bencher.bench(|| groundplan(dir.path(), &["plan"]));
}

/// Instances of a module with 25 blocks, each needing the one before.
#[divan::bench(args = [50, 100, 200, 400], sample_count = 5)]
fn plan_modules(bencher: divan::Bencher, instances: usize) {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let block = |n: usize| {
        let needs =
            if n == 0 { "var.n".to_owned() } else { format!("terraform_data.r{}.id", n - 1) };
        format!(
            "resource \"terraform_data\" \"r{n}\" {{\n  input = \"${{var.n}}-${{{needs}}}\"\n}}\n"
        )
    };
    let blocks: String = (0..25).map(block).collect();
    let module = format!("variable \"n\" {{}}\n{blocks}");
    let call = format!(
        "module \"m\" {{\n  source = \"./m\"\n  count = {instances}\n  n = count.index\n}}\n"
    );
    fs::create_dir(dir.path().join("m")).expect("a folder");
    fs::write(dir.path().join("m/main.tf"), module).expect("a file");
    fs::write(dir.path().join("main.tf"), call).expect("a file");
    groundplan(dir.path(), &["init"]);
    bencher.bench(|| groundplan(dir.path(), &["plan"]));
}

#[divan::bench(args = [1_000, 10_000], sample_count = 3)]
fn apply(bencher: divan::Bencher, objects: usize) {
    bencher
        .with_inputs(|| stack(objects))
        .bench_values(|dir| groundplan(dir.path(), &["apply", "-auto-approve"]));
}
