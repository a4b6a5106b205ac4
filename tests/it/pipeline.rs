//! Staging and production of one project, from one stack.

use expect_test::expect_file;

use crate::support::{Cloud, Stack, site};

#[test]
fn staging_and_production_come_from_one_stack() {
    let cloud = Cloud::start();
    let stack = Stack::example("pipeline");
    let run = |args: &[&str]| stack.run_on(&cloud, args);
    run(&["-chdir=project", "apply", "-auto-approve"]).ended(0);
    let hello = site(|n, _| if n < 2 { (404, "Not yet.") } else { (200, "Hello World!") });
    let hello = format!("-var=smoke_url={hello}");
    for environment in ["staging", "production"] {
        stack.write(".terraform/environment", environment);
        let file = format!("-var-file={environment}.tfvars");
        let planned = run(&["plan", &file, "-var=tag=one"]).ended(0);
        if environment == "staging" {
            expect_file!["plans/pipeline.txt"].assert_eq(&planned.steady());
        }
        let args = ["apply", "-auto-approve", &file, "-var=tag=one", &hello, "-check-timeout=30s"];
        let applied = run(&args).ended(0);
        applied.says("Plan: 19 to add, 0 to change, 0 to destroy.");
        assert!(!applied.out.contains("Warning"), "{}", applied.out);
        let plan = ["plan", "-detailed-exitcode", &file, "-var=tag=one", &hello];
        run(&plan).ended(0).says("No changes.");
    }

    let sorry = format!("-var=smoke_url={}", site(|_, _| (200, "Sorry.")));
    let file = "-var-file=production.tfvars";
    let deploy = ["apply", "-auto-approve", file, "-var=tag=two", &sorry, "-check-timeout=2s"];
    let deployed = run(&deploy).ended(1);
    deployed.says("Not passed within 2s: check.").says("does not contain \"Hello World!\"");
    let image = run(&["output", "-raw", "image"]).ended(0);
    assert!(image.out.ends_with("/sample-webapp:two"), "{}", image.out);
    run(&["plan", "-var-file=staging.tfvars", "-var=tag=one"])
        .ended(1)
        .says("The workspace is not that of this environment");

    for environment in ["production", "staging"] {
        stack.write(".terraform/environment", environment);
        let file = format!("-var-file={environment}.tfvars");
        let destroyed = run(&["destroy", "-auto-approve", &file, "-var=tag=one"]).ended(0);
        destroyed.says("Nothing is left.");
    }
    run(&["-chdir=project", "destroy", "-auto-approve"]).ended(0).says("Nothing is left.");
}

#[test]
fn the_workflow_of_the_ci_is_whole() {
    let stack = Stack::example("pipeline");
    let config = "yamldecode(file(\".circleci/config.yml\"))";
    stack.write(
        "ci.tf",
        &format!(
            "locals {{\n  ci = {config}\n  steps = flatten([for it in values(local.ci.workflows) : it.jobs])\n}}\n\
             output \"missing\" {{\n  value = setsubtract(flatten([for it in local.steps : keys(it)]), \
             keys(local.ci.jobs))\n}}\n\
             output \"files\" {{\n  value = [for it in local.steps : fileexists(\"${{it.deploy.environment}}.tfvars\") \
             if can(it.deploy)]\n}}\n"
        ),
    );
    let only = Stack::new(&[("ci.tf", &stack.read("ci.tf"))]);
    for file in [".circleci/config.yml", "staging.tfvars", "production.tfvars"] {
        only.write(file, &stack.read(file));
    }
    only.run(&["apply", "-auto-approve"]).ended(0);
    assert_eq!(only.run(&["output", "-json", "missing"]).out.trim(), "[]");
    assert_eq!(only.run(&["output", "-json", "files"]).out.trim(), "[true,true,true]");

    // What it copies beside the stack fits to it.
    stack.write("backend.tf", &stack.read("ci/backend.tf"));
    std::fs::remove_file(stack.path().join("ci.tf")).expect("it was written");
    stack.run(&["validate"]).ended(0).says("The configuration is valid");
}
