//! Types and data sources that need no cloud: all of them in one stack, and what they notice.

use crate::support::{Stack, site};

/// Everything there is, each used by another where that makes sense.
const ALL: &str = r#"
variable "server" {
  type = string
}

resource "random_id" "id" {
  byte_length = 4
  prefix      = "app-"
}

resource "random_string" "string" {
  length      = 12
  min_numeric = 3
  special     = false
}

resource "random_password" "password" {
  length           = 40
  override_special = "-_"
}

resource "random_bytes" "key" {
  length = 16
}

resource "random_pet" "pet" {
  prefix  = random_id.id.hex
  keepers = { id = random_id.id.id }
}

resource "random_integer" "port" {
  min = 1024
  max = 2048
}

resource "random_uuid" "uuid" {}

resource "random_shuffle" "zones" {
  input        = ["a", "b", "c"]
  result_count = 2
}

resource "null_resource" "again" {
  triggers = { pet = random_pet.pet.id }
}

data "null_data_source" "null" {
  inputs = { port = random_integer.port.result }
}

resource "tls_private_key" "ca" {
  algorithm   = "ECDSA"
  ecdsa_curve = "P384"
}

resource "tls_private_key" "server" {
  algorithm = "RSA"
  rsa_bits  = 2048
}

resource "tls_self_signed_cert" "ca" {
  private_key_pem       = tls_private_key.ca.private_key_pem
  validity_period_hours = 48
  allowed_uses          = ["cert_signing", "digital_signature"]
  is_ca_certificate     = true

  subject {
    common_name  = "authority"
    organization = "ACME"
  }
}

resource "tls_cert_request" "server" {
  private_key_pem = tls_private_key.server.private_key_pem
  dns_names       = ["example.com"]

  subject {
    common_name = "example.com"
  }
}

resource "tls_locally_signed_cert" "server" {
  cert_request_pem      = tls_cert_request.server.cert_request_pem
  ca_private_key_pem    = tls_private_key.ca.private_key_pem
  ca_cert_pem           = tls_self_signed_cert.ca.cert_pem
  validity_period_hours = 24
  allowed_uses          = ["server_auth"]
}

data "tls_certificate" "chain" {
  content = "${tls_locally_signed_cert.server.cert_pem}${tls_self_signed_cert.ca.cert_pem}"
}

data "tls_public_key" "server" {
  private_key_openssh = tls_private_key.server.private_key_openssh
}

resource "local_file" "page" {
  filename        = "out/page.html"
  content         = "<p>${random_pet.pet.id}</p>"
  file_permission = "0644"
}

resource "local_sensitive_file" "password" {
  filename = "out/password"
  content  = random_password.password.result
}

data "local_file" "page" {
  filename   = local_file.page.filename
  depends_on = [local_file.page]
}

data "local_sensitive_file" "password" {
  filename   = local_sensitive_file.password.filename
  depends_on = [local_sensitive_file.password]
}

data "archive_file" "zip" {
  type        = "zip"
  source_dir  = "code"
  excludes    = ["**/*.log"]
  output_path = "out/code.zip"
}

data "archive_file" "tar" {
  type             = "tar.gz"
  output_path      = "out/page.tar.gz"
  output_file_mode = "0644"

  source {
    filename = "page.html"
    content  = data.local_file.page.content
  }
}

data "external" "program" {
  program = ["sh", "-c", "sed s/question/answer/"]
  query   = { question = random_uuid.uuid.id }
}

data "template_file" "greeting" {
  template = "Hello $${upper(name)}!"
  vars     = { name = "world" }
}

data "cloudinit_config" "user_data" {
  gzip          = false
  base64_encode = false

  part {
    content_type = "text/x-shellscript"
    content      = data.template_file.greeting.rendered
  }
}

data "http" "server" {
  url = var.server

  retry {
    attempts     = 2
    min_delay_ms = 1
  }

  lifecycle {
    postcondition {
      condition     = self.status_code == 200
      error_message = "The server answers ${self.status_code}."
    }
  }
}

data "terraform_remote_state" "other" {
  backend  = "local"
  config   = { path = "other/terraform.tfstate" }
  defaults = { missing = "by default" }
}

resource "time_static" "made" {}

resource "time_offset" "later" {
  base_rfc3339 = time_static.made.rfc3339
  offset_days  = 30
}

resource "time_rotating" "monthly" {
  rotation_days = 30
}

resource "time_sleep" "wait" {
  create_duration  = "300ms"
  destroy_duration = "300ms"
}

output "pet" {
  value = random_pet.pet.id
}

output "password" {
  value     = random_password.password.result
  sensitive = true
}

output "issuers" {
  value = [for it in data.tls_certificate.chain.certificates : it.issuer]
}

output "same_key" {
  value = data.tls_public_key.server.public_key_pem == tls_private_key.server.public_key_pem
}

output "answer" {
  value = data.external.program.result.answer == random_uuid.uuid.id
}

output "greeting" {
  value = split("\r\n", data.cloudinit_config.user_data.rendered)[7]
}

output "other" {
  value = data.terraform_remote_state.other.outputs
}

output "body" {
  value = data.http.server.response_body
}

output "zip" {
  value = data.archive_file.zip.output_base64sha256
}

output "tar" {
  value = data.archive_file.tar.output_size > 0
}
"#;

fn all() -> (Stack, String) {
    let stack = Stack::new(&[
        ("main.tf", ALL),
        ("code/index.js", "exports.handler = () => 1\n"),
        ("code/lib/debug.log", "x\n"),
    ]);
    let other = Stack::new(&[("main.tf", "output \"vpc\" {\n  value = \"vpc-1\"\n}\n")]);
    other.run(&["apply", "-auto-approve"]).ended(0);
    stack.write("other/terraform.tfstate", &other.read("terraform.tfstate"));
    (stack, format!("-var=server={}", site(|_, _| (200, "fine"))))
}

#[test]
fn what_needs_no_cloud_is_made_stays_and_goes() {
    let (stack, var) = all();
    let applied = stack.run(&["apply", "-auto-approve", &var]).ended(0);
    applied.says("20 added");
    let output = |name: &str| stack.run(&["output", "-json", name]).ended(0).out.trim().to_owned();
    let password = output("password");
    let password = password.trim_matches('"');
    assert_eq!(password.len(), 40);
    let pet = output("pet");
    assert!(pet.starts_with("\"app-"), "{pet}");
    assert_eq!(output("issuers"), "[\"CN=authority,O=ACME\",\"CN=authority,O=ACME\"]");
    assert_eq!(output("same_key"), "true");
    assert_eq!(output("answer"), "true");
    assert_eq!(output("greeting"), "\"Hello WORLD!\"");
    assert_eq!(output("other"), "{\"missing\":\"by default\",\"vpc\":\"vpc-1\"}");
    assert_eq!(output("body"), "\"fine\"");
    assert_eq!(output("tar"), "true");
    assert_eq!(stack.read("out/password"), password);

    let planned = stack.run(&["plan", "-detailed-exitcode", &var]).ended(0);
    planned.says("No changes.");
    let shown = stack.run(&["show"]).ended(0);
    let destroyed = stack.run(&["destroy", "-auto-approve", &var]).ended(0);
    for ran in [&applied, &planned, &shown, &destroyed] {
        assert!(!ran.out.contains(password) && !ran.err.contains(password), "it is shown");
        assert!(!ran.out.contains("PRIVATE KEY"), "it is shown");
    }
    destroyed.says("20 destroyed").says("Nothing is left.");
    assert!(!stack.exists("out/page.html") && !stack.exists("out/password"));
}

const FILE: &str = r#"
resource "local_file" "it" {
  filename = "a/b.txt"
  content  = "hello"
}
"#;

#[test]
fn a_file_that_is_gone_or_changed_is_written_again() {
    let stack = Stack::new(&[("main.tf", FILE)]);
    stack.run(&["apply", "-auto-approve"]).ended(0).says("1 added");
    for spoil in [
        |it: &Stack| it.write("a/b.txt", "bye"),
        |it: &Stack| {
            std::fs::remove_file(it.path().join("a/b.txt")).expect("it is there");
        },
    ] {
        spoil(&stack);
        stack.run(&["plan", "-detailed-exitcode"]).ended(2).says("1 to add");
        stack.run(&["apply", "-auto-approve"]).ended(0).says("1 added");
        assert_eq!(stack.read("a/b.txt"), "hello");
    }
    stack.run(&["plan", "-detailed-exitcode"]).ended(0);
}
