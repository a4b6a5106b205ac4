//! How fast a file of 10 MB is read and laid out, and what memory its tree takes.
//!
//! `cargo bench -p stacks --bench syntax`

use std::fmt::Write;
use std::sync::Arc;

use divan::AllocProfiler;
use stacks::syntax::token::{Mode, tokens};
use stacks::syntax::{fmt, parse};

#[global_allocator]
static ALLOC: AllocProfiler = AllocProfiler::system();

const SIZE: usize = 10 * 1024 * 1024;

fn main() {
    divan::main();
}

/// Blocks of a common kind until there are enough of them.
fn text() -> String {
    let mut text = String::with_capacity(SIZE + 1024);
    let mut n = 0;
    while text.len() < SIZE {
        write!(
            text,
            r#"# The instances that answer requests, one for each name that is given
resource "aws_instance" "web_{n}" {{
  ami           = data.aws_ami.ubuntu.id # the newest one
  instance_type = var.types["t{n}"]
  count         = length(var.names) > {n} ? 1 : 0
  description   = "Answers requests from ${{var.environment}} and passes them on to the workers"

  user_data = <<-EOT
    #!/bin/bash
    set -euo pipefail
    echo "hello ${{var.name}}" > /tmp/greeting
    apt-get update && apt-get install --yes --no-install-recommends nginx
    systemctl enable --now nginx
  EOT

  tags = merge(local.tags, {{
    Name = "web-${{var.environment}}-{n}"
    Role = "frontend"
  }})

  # Logs are kept apart from the system.
  ebs_block_device {{
    device_name = "/dev/sdb"
    volume_size = 100
    encrypted   = true
  }}

  vpc_security_group_ids = [for group in aws_security_group.all[*].id : group if group != null]
}}

"#
        )
        .expect("writing to a String");
        n += 1;
    }
    text
}

#[divan::bench(sample_count = 10)]
fn lex(bencher: divan::Bencher) {
    let text = text();
    bencher.bench(|| tokens(&text, Mode::Normal));
}

#[divan::bench(sample_count = 10)]
fn tree(bencher: divan::Bencher) {
    let (file, text) = (Arc::from("main.tf"), text());
    bencher.bench(|| parse::body(&file, &text));
}

#[divan::bench(sample_count = 10)]
fn layout(bencher: divan::Bencher) {
    let (file, text) = (Arc::from("main.tf"), text());
    bencher.bench(|| fmt::format(&file, &text));
}
