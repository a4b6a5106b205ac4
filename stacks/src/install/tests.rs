//! Modules from directories, git repositories, archives and a registry, into a directory.

use std::fs;
use std::io::{Cursor, Write};
use std::process::Command;

use expect_test::{Expect, expect};
use tempfile::TempDir;

use super::*;
use crate::load::load;
use crate::load::tests::shown;

/// Answers by address; anything else is 404.
#[derive(Default)]
struct Web(BTreeMap<&'static str, Reply>);

impl Fetch for Web {
    fn get(&self, url: &str) -> Result<Reply, String> {
        let missing = Reply { status: 404, ..Reply::default() };
        Ok(self.0.get(url).cloned().unwrap_or(missing))
    }
}

fn page(body: &str) -> Reply {
    Reply { status: 200, headers: Vec::new(), body: body.as_bytes().to_vec() }
}

fn header(name: &str, value: &str) -> Reply {
    Reply { status: 204, headers: vec![(name.to_owned(), value.to_owned())], body: Vec::new() }
}

fn write(dir: &Path, files: &[(&str, &str)]) {
    for (name, text) in files {
        let path = dir.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

fn git(dir: &Path, args: &[&str]) {
    let identity = ["-c", "user.email=a@example.com", "-c", "user.name=a"];
    let output = Command::new("git").arg("-C").arg(dir).args(identity).args(args).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// A repository with two tagged revisions and a branch.
fn repository() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    git(dir.path(), &["init", "--quiet", "--initial-branch=main"]);
    let main = "output \"revision\" {\n  value = 1\n}\n";
    write(
        dir.path(),
        &[
            ("main.tf", main),
            (
                "sub/main.tf",
                "module \"in\" { source = \"./in\" }\nmodule \"up\" { source = \"../\" }",
            ),
            ("sub/in/main.tf", ""),
        ],
    );
    git(dir.path(), &["add", "-A"]);
    git(dir.path(), &["commit", "--quiet", "-m", "one"]);
    git(dir.path(), &["tag", "v1"]);
    git(dir.path(), &["branch", "side"]);
    write(dir.path(), &[("main.tf", "output \"other\" {\n  value = 2\n}\n")]);
    git(dir.path(), &["commit", "--quiet", "-a", "-m", "two"]);
    dir
}

/// Installs what `main` calls. Gives the lines told, the manifest and the problems; `$repo` stands
/// for the repository's directory.
fn installed(root: &Path, repo: &Path, web: &Web, upgrade: bool) -> String {
    let (substitutes, mut problems) = Substitutes::read(&[], root, &Disk);
    let mut told = Vec::new();
    let options = Options { upgrade, substitutes, fetch: web };
    let (manifest, found) = install(root, &options, &mut |line| told.push(line));
    problems.extend(found);
    let manifest = manifest.modules.iter().map(|it| {
        let version = it.version.as_deref().unwrap_or("-");
        format!("{:?} {} {version} {}\n", it.key, it.source, it.dir)
    });
    let text = told.join("\n") + "\n\n" + &manifest.collect::<String>() + &shown(&problems);
    let text = text.replace(&*repo.to_string_lossy(), "$repo");
    text.replace(&*root.to_string_lossy(), "$root")
}

fn root(main: &str, repo: &Path) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let main = main.replace("$repo", &repo.to_string_lossy());
    write(dir.path(), &[("main.tf", &main)]);
    dir
}

#[track_caller]
fn check(main: &str, web: &Web, expected: Expect) -> TempDir {
    let repo = repository();
    let root = root(main, repo.path());
    expected.assert_eq(&installed(root.path(), repo.path(), web, false));
    root
}

#[test]
fn packages_come_from_git_repositories_and_directories() {
    let root = check(
        r#"
module "c" { source = "./child" }
module "d" { source = "git::file://$repo?depth=1" }
module "f" { source = "$repo" }
module "g" { source = "git::file://$repo//sub?ref=v1" }
module "s" { source = "git::file://$repo?ref=side" }
module "s2" { source = "git::file://$repo?ref=side" }
"#,
        &Web::default(),
        expect![[r#"
            - c in child
            Downloading git::file://$repo?depth=1 for d...
            - d in .terraform/modules/d
            Downloading file://$repo for f...
            - f in .terraform/modules/f
            Downloading git::file://$repo?ref=v1 for g...
            - g in .terraform/modules/g/sub
            - g.in in .terraform/modules/g/sub/in
            - g.up in .terraform/modules/g
            Downloading git::file://$repo?ref=side for s...
            - s in .terraform/modules/s
            Downloading git::file://$repo?ref=side for s2...
            - s2 in .terraform/modules/s2

            ""  - .
            "c" ./child - child
            "d" git::file://$repo?depth=1 - .terraform/modules/d
            "f" file://$repo - .terraform/modules/f
            "g" git::file://$repo//sub?ref=v1 - .terraform/modules/g/sub
            "g.in" ./in - .terraform/modules/g/sub/in
            "g.up" ./.. - .terraform/modules/g
            "s" git::file://$repo?ref=side - .terraform/modules/s
            "s2" git::file://$repo?ref=side - .terraform/modules/s2
            $root/main.tf:2:23-2:32 Unreadable module directory: The directory $root/child could not be read for module "c": No such file or directory (os error 2).
        "#]],
    );
    assert!(!root.path().join("child").exists());
    let output = |key: &str| {
        fs::read_to_string(root.path().join(".terraform/modules").join(key).join("main.tf"))
            .unwrap()
    };
    assert!(output("s").contains("revision") && output("s2").contains("revision"));
    assert!(output("d").contains("other") && output("g").contains("revision"));
}

#[test]
fn the_manifest_is_written_as_terraform_writes_it() {
    let repo = repository();
    let root = root(
        "module \"c\" { source = \"./child\" }\nmodule \"g\" { source = \"git::file://$repo//sub?ref=v1\" }",
        repo.path(),
    );
    write(root.path(), &[("child/main.tf", "module \"cc\" { source = \"../../x/child/x/\" }")]);
    let (_, _) = install(
        root.path(),
        &Options { upgrade: false, substitutes: Substitutes::default(), fetch: &Web::default() },
        &mut |_| (),
    );
    let text = fs::read_to_string(root.path().join(Manifest::PATH)).unwrap();
    let text = text.replace(&*repo.path().to_string_lossy(), "$repo");
    expect![[r#"{"Modules":[{"Key":"","Source":"","Dir":"."},{"Key":"c","Source":"./child","Dir":"child"},{"Key":"c.cc","Source":"../../x/child/x","Dir":"../x/child/x"},{"Key":"g","Source":"git::file://$repo//sub?ref=v1","Dir":".terraform/modules/g/sub"},{"Key":"g.in","Source":"./in","Dir":".terraform/modules/g/sub/in"},{"Key":"g.up","Source":"./..","Dir":".terraform/modules/g"}]}"#]].assert_eq(&text);
}

#[test]
fn what_is_installed_stays_until_it_is_upgraded() {
    let repo = repository();
    let root = root("module \"g\" { source = \"git::file://$repo\" }", repo.path());
    let web = Web::default();
    installed(root.path(), repo.path(), &web, false);
    let (_, problems) = load(root.path(), &Disk);
    assert_eq!(shown(&problems), "");
    write(repo.path(), &[("main.tf", "output \"third\" {\n  value = 3\n}\n")]);
    git(repo.path(), &["commit", "--quiet", "-a", "-m", "three"]);
    let text = || fs::read_to_string(root.path().join(".terraform/modules/g/main.tf")).unwrap();
    let again = installed(root.path(), repo.path(), &web, false);
    assert!(!again.contains("Downloading") && text().contains("other"), "{again}");
    let upgraded = installed(root.path(), repo.path(), &web, true);
    assert!(upgraded.contains("Downloading") && text().contains("third"), "{upgraded}");
    fs::remove_dir_all(root.path().join(".terraform/modules/g")).unwrap();
    assert!(installed(root.path(), repo.path(), &web, false).contains("Downloading"));
}

#[test]
fn what_git_cannot_fetch_is_reported() {
    let repo = repository();
    let root = root(
        r#"
module "a" { source = "git::file:///nowhere/at/all" }
module "b" { source = "git::file://$repo?ref=none" }
module "c" { source = "git::file://$repo//none" }
module "d" { source = "git::file://$repo?ref=--upload-pack=x" }
module "e" { source = "git::ext::sh -c date" }
module "f" { source = "git::file://$repo?sshkey=x" }
module "g" { source = "s3::https://s3.amazonaws.com/b/x.zip" }
module "h" { source = "/nowhere/at/all" }
module "i" { source = "git::file://$repo?depth=x" }
"#,
        repo.path(),
    );
    let text = installed(root.path(), repo.path(), &Web::default(), false);
    let errors: Vec<&str> = text.lines().filter(|it| it.contains("main.tf:")).collect();
    assert_eq!(errors.len(), 9, "{text}");
    // What git itself says differs from release to release.
    for (n, part) in [
        (
            0,
            "Failed to download module: Could not download module from git::file:///nowhere/at/all: git: ",
        ),
        (1, "none"),
        (2, "Unreadable module subdirectory: The package has no directory \"none\"."),
        (3, "cannot begin with a hyphen"),
        (4, "keys in the address are not supported"),
        (5, "packages in S3 cannot be fetched here"),
        (6, "/nowhere/at/all is not a directory"),
        (7, "depth=x is no number"),
        (
            8,
            "Invalid module source address: The installation method for remote module package \"git::ext::",
        ),
    ] {
        assert!(errors[n].contains(part), "{}", errors[n]);
    }
}

fn zip_of(files: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in files {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn tar_gz_of(files: &[(&str, &str)]) -> Vec<u8> {
    let mut tar =
        tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
    for (name, text) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        // Not `set_path`, which would refuse what a hostile archive has.
        header.as_gnu_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_cksum();
        tar.append(&header, text.as_bytes()).unwrap();
    }
    tar.into_inner().unwrap().finish().unwrap()
}

fn archive(body: Vec<u8>) -> Reply {
    Reply { status: 200, headers: Vec::new(), body }
}

#[test]
fn packages_come_from_archives() {
    let module = [("main.tf", "locals {\n  a = 1\n}"), ("sub/main.tf", "locals {\n  b = 1\n}")];
    let mut web = Web::default();
    web.0.insert("https://x.io/m.zip", archive(zip_of(&module)));
    web.0.insert("https://x.io/m.tar.gz", archive(tar_gz_of(&module)));
    web.0.insert("https://x.io/download?id=1", archive(tar_gz_of(&module)));
    web.0.insert("https://x.io/go?terraform-get=1", header("x-terraform-get", "./m.zip//sub"));
    web.0.insert(
        "https://x.io/page?terraform-get=1",
        page("<html><meta name=\"terraform-get\" content=\"https://x.io/m.tar.gz?archive=tgz\">"),
    );
    web.0.insert("https://x.io/evil.tar.gz", archive(tar_gz_of(&[("../../evil.tf", "x")])));
    web.0.insert("https://x.io/fixed.zip", archive(b"fixed".to_vec()));
    web.0.insert("https://x.io/broken.zip", archive(b"PK no".to_vec()));
    web.0.insert("https://x.io/nothing?terraform-get=1", page("hello"));
    let root = check(
        r#"
module "a" { source = "https://x.io/m.zip//sub" }
module "b" { source = "https://x.io/m.tar.gz" }
module "c" { source = "https://x.io/download?id=1&archive=tar.gz" }
module "d" { source = "https://x.io/go" }
module "e" { source = "https://x.io/page//sub" }
module "f" { source = "https://x.io/m.zip//s*" }
module "k" { source = "https://x.io/fixed.zip?checksum=sha256:00" }
module "l" { source = "https://x.io/none.zip" }
module "m" { source = "https://x.io/broken.zip" }
module "n" { source = "https://x.io/nothing" }
module "o" { source = "https://x.io/x.tar.xz" }
module "p" { source = "https://x.io/evil.tar.gz" }
"#,
        &web,
        expect![[r#"
            Downloading https://x.io/m.zip for a...
            - a in .terraform/modules/a/sub
            Downloading https://x.io/m.tar.gz for b...
            - b in .terraform/modules/b
            Downloading https://x.io/download?id=1&archive=tar.gz for c...
            - c in .terraform/modules/c
            Downloading https://x.io/go for d...
            - d in .terraform/modules/d/sub
            Downloading https://x.io/page for e...
            - e in .terraform/modules/e/sub
            Downloading https://x.io/m.zip for f...
            - f in .terraform/modules/f/sub
            Downloading https://x.io/fixed.zip?checksum=sha256:00 for k...
            Downloading https://x.io/none.zip for l...
            Downloading https://x.io/broken.zip for m...
            Downloading https://x.io/nothing for n...
            Downloading https://x.io/x.tar.xz for o...
            Downloading https://x.io/evil.tar.gz for p...
            - p in .terraform/modules/p

            ""  - .
            "a" https://x.io/m.zip//sub - .terraform/modules/a/sub
            "b" https://x.io/m.tar.gz - .terraform/modules/b
            "c" https://x.io/download?id=1&archive=tar.gz - .terraform/modules/c
            "d" https://x.io/go - .terraform/modules/d/sub
            "e" https://x.io/page//sub - .terraform/modules/e/sub
            "f" https://x.io/m.zip//s* - .terraform/modules/f/sub
            "p" https://x.io/evil.tar.gz - .terraform/modules/p
            $root/main.tf:8:23-8:66 Failed to download module: Could not download module from https://x.io/fixed.zip?checksum=sha256:00: its sha256 is 992a93455c71fedd36ac9bbc439952c041cf61445958472af479269b8d873513, not 00.
            $root/main.tf:9:23-9:46 Failed to download module: Could not download module from https://x.io/none.zip: the server answered 404.
            $root/main.tf:10:23-10:48 Failed to download module: Could not download module from https://x.io/broken.zip: the archive cannot be unpacked: invalid Zip archive: Could not find EOCD.
            $root/main.tf:11:23-11:45 Failed to download module: Could not download module from https://x.io/nothing: it is no archive (.zip, .tar.gz), and the server names no other source for it.
            $root/main.tf:12:23-12:46 Failed to download module: Could not download module from https://x.io/x.tar.xz: the server answered 404.
        "#]],
    );
    assert!(!root.path().join(".terraform/evil.tf").exists());
}

#[test]
fn packages_come_from_registries() {
    let mut web = Web::default();
    let services = r#"{"modules.v1": "/api/modules"}"#;
    web.0.insert("https://registry.terraform.io/.well-known/terraform.json", page(services));
    web.0.insert(
        "https://own.example.com/.well-known/terraform.json",
        page(r#"{"modules.v1": "https://api.example.com/m/"}"#),
    );
    web.0.insert("https://empty.example.com/.well-known/terraform.json", page("{}"));
    let versions = r#"{"modules": [{"versions": [{"version": "1.0.0"}, {"version": "1.2.0"}, {"version": "2.0.0"}, {"version": "2.1.0-rc1"}, {"version": "x"}]}]}"#;
    for url in [
        "https://registry.terraform.io/api/modules/org/net/aws/versions",
        "https://api.example.com/m/org/net/aws/versions",
    ] {
        web.0.insert(url, page(versions));
    }
    let zip = || archive(zip_of(&[("main.tf", ""), ("modules/sub/main.tf", "")]));
    for url in [
        "https://registry.terraform.io/api/modules/org/net/aws/1.2.0/download",
        "https://registry.terraform.io/api/modules/org/net/aws/2.0.0/download",
        "https://registry.terraform.io/api/modules/org/net/aws/2.1.0-rc1/download",
    ] {
        web.0.insert(url, header("x-terraform-get", "https://files.example.com/net.zip"));
    }
    web.0.insert(
        "https://api.example.com/m/org/net/aws/1.0.0/download",
        page(r#"{"location": "./net.zip?archive=zip"}"#),
    );
    web.0.insert("https://files.example.com/net.zip", zip());
    web.0.insert("https://api.example.com/m/org/net/aws/1.0.0/net.zip", zip());
    let root = check(
        r#"
module "any" { source = "org/net/aws" }
module "old" {
  source  = "org/net/aws//modules/sub"
  version = "~> 1.0"
}
module "pre" {
  source  = "org/net/aws"
  version = "2.1.0-rc1"
}
module "own" {
  source  = "own.example.com/org/net/aws"
  version = "1.0.0"
}
module "none" {
  source  = "org/net/aws"
  version = "> 3.0"
}
module "missing" { source = "org/none/aws" }
module "empty" { source = "empty.example.com/org/net/aws" }
module "nowhere" { source = "nowhere.example.com/org/net/aws" }
"#,
        &web,
        expect![[r#"
            Downloading org/net/aws 2.0.0 for any...
            - any in .terraform/modules/any
            Downloading org/net/aws//modules/sub 1.2.0 for old...
            - old in .terraform/modules/old/modules/sub
            Downloading own.example.com/org/net/aws 1.0.0 for own...
            - own in .terraform/modules/own
            Downloading org/net/aws 2.1.0-rc1 for pre...
            - pre in .terraform/modules/pre

            ""  - .
            "any" registry.terraform.io/org/net/aws 2.0.0 .terraform/modules/any
            "old" registry.terraform.io/org/net/aws//modules/sub 1.2.0 .terraform/modules/old/modules/sub
            "own" own.example.com/org/net/aws 1.0.0 .terraform/modules/own
            "pre" registry.terraform.io/org/net/aws 2.1.0-rc1 .terraform/modules/pre
            $root/main.tf:20:27-20:58 Error accessing remote module registry: Failed to ask empty.example.com: it has no module registry.
            $root/main.tf:19:29-19:43 Module not found: The module "org/none/aws" could not be found on the registry registry.terraform.io.
            $root/main.tf:16:13-16:26 Unresolvable module version constraint: There is no available version of module "org/net/aws" which matches the given version constraint. The newest available version is 2.0.0.
            $root/main.tf:21:29-21:62 Error accessing remote module registry: Failed to ask nowhere.example.com: GET https://nowhere.example.com/.well-known/terraform.json: the server answered 404.
        "#]],
    );
    let (stack, problems) = load(root.path(), &Disk);
    assert_eq!(problems.iter().filter(|it| it.summary != "Module not installed").count(), 0);
    let dir = stack.root.calls["old"].module.as_ref().unwrap().dir.clone();
    assert_eq!(dir, root.path().join(".terraform/modules/old/modules/sub"));
}

#[test]
fn a_table_sends_sources_elsewhere() {
    let repo = repository();
    let root = root(
        "module \"v\" {\n  source  = \"org/vpc/aws//sub\"\n  version = \"~> 5.0\"\n}\nmodule \"v2\" {\n  source = \"org/vpc/aws\"\n}",
        repo.path(),
    );
    let table =
        format!("module_sources = {{\n  \"org/vpc/aws\" = \"{}\"\n}}\n", repo.path().display());
    write(root.path(), &[(Substitutes::FILE, &table)]);
    expect![[r#"
        - v in $repo/sub
        - v.in in $repo/sub/in
        - v.up in $repo
        - v2 in $repo

        ""  - .
        "v" registry.terraform.io/org/vpc/aws//sub - $repo/sub
        "v.in" ./in - $repo/sub/in
        "v.up" ./.. - $repo
        "v2" registry.terraform.io/org/vpc/aws - $repo
    "#]]
    .assert_eq(&installed(root.path(), repo.path(), &Web::default(), false));
    let (stack, problems) = load(root.path(), &Disk);
    assert_eq!(shown(&problems), "");
    assert_eq!(stack.root.calls["v2"].module.as_ref().unwrap().outputs.len(), 1);
}

#[test]
fn modules_that_call_themselves_are_refused() {
    let repo = repository();
    let root = root("module \"a\" { source = \"./a\" }", repo.path());
    write(root.path(), &[("a/main.tf", "module \"b\" { source = \"../a\" }")]);
    expect![[r#"
        - a in a
        - a.b in a

        ""  - .
        "a" ./a - a
        "a.b" ../a - a
        $root/a/main.tf:1:23-1:29 Module calls itself: The module in $root/a calls itself.
    "#]]
    .assert_eq(&installed(root.path(), repo.path(), &Web::default(), false));
}
