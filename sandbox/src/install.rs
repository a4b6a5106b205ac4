//! Puts the emulator and the launcher into the sandbox's folder, each under the hash of its content:
//! complete or not there at all, and never changed afterwards.

use crate::folder::Folder;
use crate::{Error, Options, Progress, python};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use uuid::Uuid;

const UNFINISHED: &str = "unfinished-";
const REQUIREMENTS: &str = include_str!("../launcher/requirements.txt");

/// A file of the launcher: its path and its content.
macro_rules! files {
    ($($path:literal),* $(,)?) => {
        &[$(($path, include_str!(concat!("../launcher/", $path)))),*]
    };
}

const LAUNCHER: &[(&str, &str)] = files![
    "serve.py",
    "gaps/__init__.py",
    "gaps/wrap.py",
    "gaps/clock.py",
    "gaps/protocol.py",
    "gaps/speed.py",
    "gaps/acm.py",
    "gaps/applicationautoscaling.py",
    "gaps/autoscaling.py",
    "gaps/bucket_policy.py",
    "gaps/calls.py",
    "gaps/cbor.py",
    "gaps/cloudfront.py",
    "gaps/ec2.py",
    "gaps/ecr.py",
    "gaps/efs.py",
    "gaps/faults.py",
    "gaps/iam.py",
    "gaps/iam_simulation.py",
    "gaps/instances.py",
    "gaps/interfaces.py",
    "gaps/logs.py",
    "gaps/route53.py",
    "gaps/s3.py",
    "gaps/secretsmanager.py",
    "gaps/servicediscovery.py",
    "gaps/elbv2/__init__.py",
    "gaps/elbv2/balancers.py",
    "gaps/elbv2/groups.py",
    "gaps/elbv2/listeners.py",
    "gaps/vpc.py",
    "gaps/vpn.py",
    "gaps/sns.py",
    "gaps/sqs.py",
    "gaps/ecs/__init__.py",
    "gaps/ecs/clusters.py",
    "gaps/ecs/definitions.py",
    "gaps/ecs/failures.py",
    "gaps/ecs/services.py",
    "gaps/ecs/settings.py",
    "gaps/ecs/rollout.py",
    "gaps/ecs/tasks.py",
    "gaps/ecs/logs.py",
];

/// Names the launcher's content.
pub(crate) fn launcher_version() -> String {
    let parts: Vec<&str> =
        LAUNCHER.iter().flat_map(|(path, text)| [*path, *text]).chain([REQUIREMENTS]).collect();
    hash(&parts.join("\0"))
}

/// Writes the launcher if it is not there yet, and gives the path of its `serve.py`.
pub(crate) fn launcher(folder: &Folder) -> Result<PathBuf, Error> {
    let target = folder.path().join(format!("launcher-{}", launcher_version()));
    let whole = |target: &Path| -> Result<(), Error> {
        for (path, text) in LAUNCHER {
            let path = target.join(path);
            let parent = path.parent().expect("the path was joined to a folder");
            fs::create_dir_all(parent).map_err(Error::io("making", parent))?;
            fs::write(&path, text).map_err(Error::io("writing", &path))?;
        }
        Ok(())
    };
    if !target.exists() {
        make_whole(folder, &target, whole)?;
    }
    Ok(target.join("serve.py"))
}

/// Makes the virtual environment if it is not there yet, and gives its interpreter.
pub(crate) fn environment(
    folder: &Folder,
    options: &Options,
    progress: Progress,
) -> Result<PathBuf, Error> {
    let target = folder.path().join(format!("python-{}", hash(REQUIREMENTS)));
    let interpreter = target.join("bin/python");
    if target.exists() && python::works(&interpreter) {
        return Ok(interpreter);
    }
    if target.exists() {
        fs::remove_dir_all(&target).map_err(Error::io("removing", &target))?;
    }
    remove_unfinished(folder);
    let python = python::interpreter(options)?;
    make_whole(folder, &target, |unfinished| {
        progress(&format!("creating a virtual environment in {}", folder.path().display()));
        create_environment(&python, unfinished)?;
        progress(&format!("installing {} (once; about half a minute)", emulator()));
        install_packages(unfinished)
    })?;
    Ok(interpreter)
}

/// The emulator's pinned name and version, `moto 5.2.5`.
fn emulator() -> String {
    let line = REQUIREMENTS.lines().find(|it| it.starts_with("moto=="));
    line.expect("the emulator is pinned").replace("==", " ")
}

/// Builds a folder under another name and renames it: one whose making was cut short is never used.
fn make_whole(
    folder: &Folder,
    target: &Path,
    make: impl FnOnce(&Path) -> Result<(), Error>,
) -> Result<(), Error> {
    let unfinished = tempfile::Builder::new()
        .prefix(UNFINISHED)
        .tempdir_in(folder.path())
        .map_err(Error::io("making a folder in", folder.path()))?;
    let inside = unfinished.path().join("it");
    make(&inside)?;
    fs::rename(&inside, target).map_err(Error::io("renaming to", target))
}

/// Removes what a killed installation left. The caller holds the folder's lock.
fn remove_unfinished(folder: &Folder) {
    for entry in fs::read_dir(folder.path()).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
            // What cannot be removed only takes room.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn create_environment(python: &Path, target: &Path) -> Result<(), Error> {
    let output = run(Command::new(python).args(["-m", "venv"]).arg(target));
    let output = output.map_err(Error::io("running", python))?;
    if output.status.success() {
        return Ok(());
    }
    let text = text(&output);
    if text.contains("ensurepip") || text.contains("No module named venv") {
        return Err(Error::NoVenv(python.to_owned()));
    }
    Err(Error::Venv { python: python.to_owned(), detail: last_line(&text) })
}

fn install_packages(environment: &Path) -> Result<(), Error> {
    let list = environment.join("requirements.txt");
    fs::write(&list, REQUIREMENTS).map_err(Error::io("writing", &list))?;
    let python = environment.join("bin/python");
    // Every package is pinned, so there is nothing to resolve.
    let mut command = Command::new(&python);
    command
        .args(["-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"])
        .args(["--no-deps", "--no-compile", "--retries=1", "--timeout=20", "--requirement"])
        .arg(&list);
    let output = run(&mut command).map_err(Error::io("running", &python))?;
    match output.status.success() {
        true => Ok(()),
        false => Err(Error::Pip { detail: pip_failure(&text(&output)) }),
    }
}

/// Pip's last line. Without a network that is only "no matching distribution", so this says more.
fn pip_failure(text: &str) -> String {
    let network = ["NewConnectionError", "ConnectTimeout", "NameResolutionError", "ProxyError"];
    match network.iter().any(|it| text.contains(it)) {
        true => format!("the package index cannot be reached ({})", last_line(text)),
        false => last_line(text),
    }
}

fn run(command: &mut Command) -> std::io::Result<Output> {
    command.stdin(Stdio::null()).output()
}

fn text(output: &Output) -> String {
    let both = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    String::from_utf8_lossy(&both).into_owned()
}

fn last_line(text: &str) -> String {
    let line = text.lines().map(str::trim).rfind(|it| !it.is_empty());
    line.unwrap_or("it said nothing").trim_start_matches("ERROR: ").to_owned()
}

/// The same for the same content, on every machine.
fn hash(content: &str) -> String {
    let name = Uuid::new_v5(&Uuid::NAMESPACE_OID, content.as_bytes()).simple().to_string();
    name[..12].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_launcher_file_is_embedded() {
        let root = Path::new("launcher");
        let mut on_disk = Vec::new();
        for folder in ["", "gaps", "gaps/ecs", "gaps/elbv2"] {
            for entry in fs::read_dir(root.join(folder)).unwrap() {
                let name = Path::new(folder).join(entry.unwrap().file_name());
                let name = name.to_str().unwrap().to_owned();
                if name.ends_with(".py") {
                    on_disk.push(name);
                }
            }
        }
        let mut embedded: Vec<_> = LAUNCHER.iter().map(|(path, _)| path.to_string()).collect();
        on_disk.sort();
        embedded.sort();
        assert_eq!(embedded, on_disk);
    }

    #[test]
    fn every_requirement_is_pinned() {
        for line in REQUIREMENTS.lines().filter(|it| !it.starts_with('#')) {
            assert!(line.contains("=="), "{line}");
        }
        assert_eq!(emulator(), "moto 5.2.5");
    }

    #[test]
    fn a_making_cut_short_leaves_nothing() {
        let parent = tempfile::tempdir().unwrap();
        let options = Options { folder: Some(parent.path().to_owned()), python: None };
        let folder = Folder::new(&options).unwrap();
        let target = folder.path().join("target");
        let failed = make_whole(&folder, &target, |inside| {
            fs::create_dir(inside).unwrap();
            Err(Error::Pip { detail: "no network".to_owned() })
        });
        assert!(failed.is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_a_killed_making_left_is_removed() {
        let parent = tempfile::tempdir().unwrap();
        let options = Options { folder: Some(parent.path().to_owned()), python: None };
        let folder = Folder::new(&options).unwrap();
        fs::create_dir_all(folder.path().join("unfinished-x/it/bin")).unwrap();
        fs::create_dir_all(folder.path().join("python-y")).unwrap();
        remove_unfinished(&folder);
        assert!(!folder.path().join("unfinished-x").exists());
        assert!(folder.path().join("python-y").exists());
    }

    #[test]
    fn a_failure_of_pip_names_the_network() {
        let log = "WARNING: Retrying after NewConnectionError\nERROR: No matching distribution\n\n";
        assert_eq!(
            pip_failure(log),
            "the package index cannot be reached (No matching distribution)"
        );
        assert_eq!(pip_failure("a\nERROR: disk full\n"), "disk full");
    }

    #[test]
    fn the_launcher_is_written_once() {
        let parent = tempfile::tempdir().unwrap();
        let options = Options { folder: Some(parent.path().to_owned()), python: None };
        let folder = Folder::new(&options).unwrap();
        let serve = launcher(&folder).unwrap();
        assert_eq!(launcher(&folder).unwrap(), serve);
        assert_eq!(fs::read_to_string(&serve).unwrap(), LAUNCHER[0].1);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
