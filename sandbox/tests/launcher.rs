//! The launcher's own tests, in Python: each starts from an empty emulator of their own.

use sandbox::Options;
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

#[test]
fn the_emulator_behaves_as_aws_does() {
    let private = sandbox::private(&Options::from_env(), &|it| eprintln!("{it}")).unwrap();
    let tests = Path::new("launcher/tests");
    let mut command = Command::new(private.python());
    // -B: no byte code beside the sources.
    command.args(["-B", "-m", "unittest", "discover", "-s"]).arg(tests).envs(private.env());
    assert!(command.status().unwrap().success());
}

#[test]
fn a_private_sandbox_ends_with_its_value() {
    let private = sandbox::private(&Options::from_env(), &|_| {}).unwrap();
    let running = private.clone();
    running.reset().unwrap();
    running.disturb("CreateVpc", sandbox::Fault::Lost, 1).unwrap();
    drop(private);
    assert!(running.reset().is_err());
}

#[test]
fn one_server_serves_every_command_until_it_is_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options { folder: Some(folder.path().to_owned()), python: None };
    borrow_environment(folder.path());

    assert_eq!(sandbox::status(&options).unwrap(), None);
    let start = || sandbox::start(&options, &|_| {}).unwrap().pid;
    let pids: BTreeSet<u32> = thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(start)).collect();
        threads.into_iter().map(|it| it.join().unwrap()).collect()
    });
    assert_eq!(pids.len(), 1, "several servers were started");
    assert_eq!(sandbox::status(&options).unwrap().map(|it| it.pid), pids.first().copied());
    assert!(sandbox::reset(&options).unwrap());

    assert!(sandbox::stop(&options).unwrap());
    assert_eq!(sandbox::status(&options).unwrap(), None);
    assert!(!sandbox::stop(&options).unwrap());
    let again = start();
    assert!(!pids.contains(&again));
    assert!(sandbox::stop(&options).unwrap());
}

/// Saves installing the emulator a second time.
fn borrow_environment(folder: &Path) {
    let private = sandbox::private(&Options::from_env(), &|_| {}).unwrap();
    let environment: PathBuf = private.python().parent().unwrap().parent().unwrap().to_owned();
    symlink(&environment, folder.join(environment.file_name().unwrap())).unwrap();
    assert!(fs::exists(folder.join(environment.file_name().unwrap())).unwrap());
}
