//! Blocks about what the state holds and what is to hold: moved, removed, import, check, provisioner.

use crate::support::{Cloud, Stack};

fn object(name: &str, more: &str) -> String {
    format!("resource \"terraform_data\" \"{name}\" {{\n  input = \"x\"\n{more}}}\n")
}

#[test]
fn what_has_moved_is_not_made_anew() {
    let stack = Stack::new(&[("main.tf", &object("a", ""))]);
    stack.run(&["apply", "-auto-approve"]).ended(0).says("1 added");
    let id = stack.run(&["state", "show", "terraform_data.a"]).out;
    let module = "module \"m\" {\n  source = \"./m\"\n  count = 1\n}\n\
                  moved {\n  from = terraform_data.a\n  to = module.m[0].terraform_data.b\n}\n";
    stack.write("main.tf", module);
    stack.write("m/main.tf", &object("b", ""));
    stack.run(&["init"]).ended(0);
    let plan = stack.run(&["plan", "-detailed-exitcode"]).ended(2);
    plan.says("moved from terraform_data.a").says("0 to add, 0 to change, 0 to destroy");
    stack.run(&["apply", "-auto-approve"]).ended(0).says("0 added, 0 changed, 0 destroyed");
    let address = "module.m[0].terraform_data.b";
    assert_eq!(stack.addresses(), [address]);
    let moved = stack.run(&["state", "show", address]).out;
    let line = |text: &str| text.lines().find(|it| it.trim().starts_with("id")).map(str::to_owned);
    assert_eq!(line(&moved), line(&id));
    stack.run(&["plan", "-detailed-exitcode"]).ended(0);

    // A module that loses its count keeps its first instance, without a moved block.
    stack.write("main.tf", "module \"m\" {\n  source = \"./m\"\n}\n");
    stack.run(&["apply", "-auto-approve"]).ended(0).says("0 added, 0 changed, 0 destroyed");
    assert_eq!(stack.addresses(), ["module.m.terraform_data.b"]);
    stack.run(&["destroy", "-auto-approve"]).ended(0).says("1 destroyed");
}

#[test]
fn a_move_away_from_what_is_still_there_is_a_mistake() {
    let moved = "moved {\n  from = terraform_data.a\n  to = terraform_data.b\n}\n";
    let stack = Stack::new(&[("main.tf", &(object("a", "") + moved))]);
    stack.run(&["plan"]).ended(1).says("Moved object still exists").says("main.tf:4:1");
}

#[test]
fn what_is_removed_is_forgotten_or_destroyed_as_its_block_says() {
    let stack = Stack::new(&[("main.tf", &(object("kept", "") + &object("gone", "")))]);
    stack.run(&["apply", "-auto-approve"]).ended(0).says("2 added");
    stack.write(
        "main.tf",
        "removed {\n  from = terraform_data.kept\n  lifecycle {\n    destroy = false\n  }\n}\n\
         removed {\n  from = terraform_data.gone\n  provisioner \"local-exec\" {\n    when = destroy\n    \
         command = \"echo bye ${self.input}\"\n  }\n}\n",
    );
    stack.run(&["plan"]).ended(0).says("1 to destroy, 1 to forget");
    let ran = stack.run(&["apply", "-auto-approve"]).ended(0);
    ran.says("1 destroyed").says("(local-exec): bye x");
    assert!(stack.addresses().is_empty());
    stack.write("main.tf", &(object("a", "") + "removed {\n  from = terraform_data.a\n}\n"));
    stack.run(&["plan"]).ended(1).says("Removed resource still exists");
}

#[test]
fn what_exists_is_imported_by_block_or_by_command() {
    let import = |to: &str, id: &str| format!("import {{\n  to = {to}\n  id = {id}\n}}\n");
    let text = "resource \"terraform_data\" \"a\" {}\n\
                resource \"terraform_data\" \"b\" {\n  for_each = toset([\"x\", \"y\"])\n}\n\
                resource \"terraform_data\" \"c\" {}\n"
        .to_owned();
    let each = "import {\n  for_each = { x = \"id-x\", y = \"id-y\" }\n  \
                to = terraform_data.b[each.key]\n  id = each.value\n}\n";
    let stack = Stack::new(&[(
        "main.tf",
        &(text.clone() + &import("terraform_data.a", "\"id-a\"") + each),
    )]);
    let plan = stack.run(&["plan"]).ended(0);
    plan.says("3 to import, 1 to add, 0 to change, 0 to destroy").says("imported from \"id-a\"");
    stack.run(&["apply", "-auto-approve"]).ended(0).says("3 imported, 1 added");
    stack.run(&["state", "show", "terraform_data.b[\"y\"]"]).ended(0).says("id-y");
    stack.run(&["plan", "-detailed-exitcode"]).ended(0);

    stack.run(&["import", "terraform_data.c", "id-c"]).ended(1).says("already managed");
    stack.run(&["state", "rm", "terraform_data.c"]).ended(0);
    stack.run(&["import", "terraform_data.c", "id-c"]).ended(0).says("Import successful");
    stack.run(&["state", "show", "terraform_data.c"]).ended(0).says("id-c");
    let missing = stack.run(&["import", "terraform_data.nothing", "id"]).ended(1);
    missing.says("does not exist in the configuration");

    stack.write("more.tf", &import("terraform_data.written", "\"id-w\""));
    stack.run(&["plan"]).ended(1).says("-generate-config-out");
    let ran = stack.run(&["plan", "-generate-config-out=generated.tf"]).ended(0);
    ran.says("1 to import, 0 to add");
    assert!(stack.read("generated.tf").contains("resource \"terraform_data\" \"written\" {"));
    let again = stack.run(&["plan", "-generate-config-out=generated.tf"]).ended(0);
    again.says("1 to import");
}

#[test]
fn what_may_exist_is_imported_or_made() {
    let cloud = Cloud::start();
    let text = |name: &str, if_exists: &str| {
        format!(
            "provider \"aws\" {{\n  region = \"us-east-1\"\n}}\n\
             resource \"aws_ecs_cluster\" \"it\" {{\n  name = \"{name}\"\n}}\n\
             import {{\n  to = aws_ecs_cluster.it\n  id = \"{name}\"\n{if_exists}}}\n"
        )
    };
    let stack = Stack::new(&[("main.tf", &text("apps", ""))]);
    let missing = "Cannot import non-existent remote object";
    stack.run_on(&cloud, &["plan"]).ended(1).says(missing).says("main.tf:7:1");
    stack.write("main.tf", &text("apps", "  if_exists = true\n"));
    let made = stack.run_on(&cloud, &["apply", "-auto-approve"]).ended(0);
    made.says("Plan: 1 to add, 0 to change, 0 to destroy.");
    stack.run(&["state", "rm", "aws_ecs_cluster.it"]).ended(0);
    let taken = stack.run_on(&cloud, &["apply", "-auto-approve"]).ended(0);
    taken.says("Plan: 1 to import, 0 to add, 0 to change, 0 to destroy.");
    stack.run_on(&cloud, &["destroy", "-auto-approve"]).ended(0).says("Nothing is left.");
}

#[test]
fn what_uses_something_refused_says_nothing_more() {
    let stack = Stack::new(&[(
        "main.tf",
        "variable \"port\" {\n  default = 0\n  validation {\n    condition = var.port > 0\n    \
         error_message = \"no port\"\n  }\n}\n\
         module \"read\" {\n  source = \"./read\"\n}\n\
         locals {\n  share = 100 / var.port\n  name = module.read.text.name\n}\n\
         resource \"terraform_data\" \"it\" {\n  input = [local.share, local.name]\n}\n",
    )]);
    stack.write(
        "read/main.tf",
        "locals {\n  fine = false\n}\n\
         output \"text\" {\n  value = {}\n  precondition {\n    condition = local.fine\n    \
         error_message = \"no name\"\n  }\n}\n",
    );
    stack.run(&["init"]).ended(0);
    let refused = stack.run(&["plan"]).ended(1);
    refused.says("no port").says("no name").says("Module output value precondition failed");
    assert_eq!(refused.err.matches("Error: ").count(), 2, "{}", refused.err);
}

#[test]
fn an_import_of_an_unknown_id_is_told() {
    let stack = Stack::new(&[(
        "main.tf",
        "resource \"terraform_data\" \"a\" {}\nresource \"terraform_data\" \"b\" {}\n\
         import {\n  to = terraform_data.b\n  id = terraform_data.a.id\n}\n",
    )]);
    stack.run(&["plan"]).ended(1).says("Invalid import id argument").says("main.tf:5:8");
}

#[test]
fn a_check_that_fails_is_a_warning() {
    let check = "check \"size\" {\n  assert {\n    condition = terraform_data.a.output == \"y\"\n    \
                 error_message = \"it is ${terraform_data.a.output}\"\n  }\n}\n";
    let stack = Stack::new(&[("main.tf", &(object("a", "") + check))]);
    stack.run(&["plan"]).ended(0);
    let ran = stack.run(&["apply", "-auto-approve"]).ended(0);
    ran.says("Check block assertion failed").says("it is x").says("1 added");
    stack.run(&["plan"]).ended(0).says("it is x").says("No changes.");
}

#[test]
fn provisioners_run_and_what_they_break_is_replaced() {
    let provisioners = "  provisioner \"local-exec\" {\n    command = \"echo made ${self.output} > made; \
                        echo heard\"\n  }\n  provisioner \"local-exec\" {\n    when = destroy\n    \
                        command = \"rm made\"\n    environment = { WHAT = self.id }\n  }\n";
    let stack = Stack::new(&[("main.tf", &object("a", provisioners))]);
    stack.run(&["apply", "-auto-approve"]).ended(0).says("(local-exec): heard");
    assert_eq!(stack.read("made"), "made x\n");
    stack.run(&["destroy", "-auto-approve"]).ended(0);
    assert!(!stack.exists("made"));

    let failing = "  provisioner \"local-exec\" {\n    command = \"echo why; exit 3\"\n  }\n";
    stack.write("main.tf", &object("a", failing));
    let ran = stack.run(&["apply", "-auto-approve"]).ended(1);
    ran.says("exit status: 3").says("why");
    stack.run(&["plan"]).ended(0).says("it is tainted").says("1 to add, 0 to change, 1 to destroy");
    let lenient = failing.replace("exit 3\"", "exit 3\"\n    on_failure = continue");
    stack.write("main.tf", &object("a", &lenient));
    stack.run(&["apply", "-auto-approve"]).ended(0).says("on_failure = continue");
    stack.run(&["plan", "-detailed-exitcode"]).ended(0);
}

#[test]
fn what_a_destroy_provisioner_refuses_stays() {
    let refusing =
        "  provisioner \"local-exec\" {\n    when = destroy\n    command = \"exit 1\"\n  }\n";
    let stack = Stack::new(&[("main.tf", &object("a", refusing))]);
    stack.run(&["apply", "-auto-approve"]).ended(0);
    stack.run(&["destroy", "-auto-approve"]).ended(1).says("local-exec provisioner error");
    assert_eq!(stack.addresses(), ["terraform_data.a"]);
}
