//! Staging and production of one project, from one stack.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

use crate::support::{Cloud, Stack};

/// An app that fails at first, and then says the same to all who ask. Returns its address.
fn app(says: &'static str, failures: usize) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("it is bound");
    thread::spawn(move || {
        for (n, stream) in listener.incoming().flatten().enumerate() {
            let (mut stream, mut request) = (stream, [0; 1024]);
            let _ = stream.read(&mut request);
            let status = if n < failures { "404 Not Found" } else { "200 OK" };
            let length = says.len();
            let answer = format!(
                "HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {length}\r\n\
                 Connection: close\r\n\r\n{says}"
            );
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    format!("-var=smoke_url=http://{address}/")
}

#[test]
fn staging_and_production_come_from_one_stack() {
    let cloud = Cloud::start();
    let stack = Stack::example("pipeline");
    let run = |args: &[&str]| stack.run_on(&cloud, args);
    run(&["-chdir=project", "apply", "-auto-approve"]).ended(0);
    let hello = app("Hello World!", 2);
    for environment in ["staging", "production"] {
        stack.write(".terraform/environment", environment);
        let file = format!("-var-file={environment}.tfvars");
        let args = ["apply", "-auto-approve", &file, "-var=tag=one", &hello, "-check-timeout=30s"];
        let applied = run(&args).ended(0);
        applied.says("Plan: 19 to add, 0 to change, 0 to destroy.");
        assert!(!applied.out.contains("Warning"), "{}", applied.out);
        let plan = ["plan", "-detailed-exitcode", &file, "-var=tag=one", &hello];
        run(&plan).ended(0).says("No changes.");
    }

    let sorry = app("Sorry.", 0);
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
