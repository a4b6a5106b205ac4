//! Sources that are to be taken from a directory of this machine instead.
//!
//! The table is in the file `groundplan.modules.hcl` of the root module's directory, and on the
//! command line (`-module-source FROM=DIR`), which goes first:
//!
//! ```hcl
//! module_sources = {
//!   "terraform-aws-modules/vpc/aws"        = "../modules/vpc"
//!   "git::https://example.com/network.git" = "../modules/network"
//! }
//! ```
//!
//! A source is written as in a `module` block or in full. One without `//directory` stands for all
//! directories of the package, one without `?ref=` for all of its revisions.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use model::{Diagnostic, Diagnostics};

use crate::load::{Files, constant};
use crate::source::{ModuleSource, split_subdir};
use crate::syntax::parse;

/// Which sources are taken from where.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Substitutes {
    /// In the order in which they are tried: the source in full, and the directory relative to the
    /// root module's.
    table: Vec<(String, PathBuf)>,
}

impl Substitutes {
    /// The name of the file with the table.
    pub const FILE: &str = "groundplan.modules.hcl";

    /// The table of the command line, then that of the file in `dir`, if there is one.
    pub fn read(flags: &[String], dir: &Path, files: &dyn Files) -> (Substitutes, Diagnostics) {
        let (mut substitutes, mut problems) = (Substitutes::default(), Vec::new());
        for flag in flags {
            match flag.split_once('=').filter(|it| !it.0.is_empty() && !it.1.is_empty()) {
                Some(_) => {
                    // A source may have `=` itself, in `?ref=v1`.
                    let (from, to) = flag.rsplit_once('=').unwrap_or_default();
                    substitutes.add(from, Path::new(to));
                }
                None => {
                    let detail = format!(
                        "The option {flag:?} must be a source and a directory separated by an \
                         equals sign, like -module-source=\"org/vpc/aws=../vpc\"."
                    );
                    problems.push(Diagnostic::error("Invalid -module-source option", detail));
                }
            }
        }
        if let Ok(text) = files.read(&dir.join(Substitutes::FILE)) {
            substitutes.file(&text, &mut problems);
        }
        (substitutes, problems)
    }

    fn add(&mut self, from: &str, to: &Path) {
        let full = ModuleSource::parse(from).map_or_else(|_| from.to_owned(), |it| it.to_string());
        self.table.push((full, to.to_owned()));
    }

    fn file(&mut self, text: &str, problems: &mut Diagnostics) {
        let file: Arc<str> = Substitutes::FILE.into();
        let (body, wrong) = parse::body(&file, text);
        problems.extend(wrong);
        for it in &body.blocks {
            let detail = "The file has one argument, module_sources.";
            problems.push(Diagnostic::error("Unsupported block type", detail).at(&it.kind.span));
        }
        for it in &body.attributes {
            if &*it.name.name != "module_sources" {
                let detail = "The file has one argument, module_sources.";
                problems.push(Diagnostic::error("Unsupported argument", detail).at(&it.name.span));
                continue;
            }
            let Some(value) = constant::value(&it.expr, problems) else { continue };
            let entries = value.entries().into_iter().flatten();
            for (from, to) in entries {
                match to.as_str() {
                    Some(to) => self.add(from, Path::new(to)),
                    None => {
                        let detail = format!("The directory for {from:?} must be a text.");
                        let problem = Diagnostic::error("Invalid module_sources entry", detail);
                        problems.push(problem.at(&it.expr.span));
                    }
                }
            }
            if value.entries().is_none() {
                let detail = "A map from sources to directories is required.";
                let problem = Diagnostic::error("Invalid module_sources value", detail);
                problems.push(problem.at(&it.expr.span));
            }
        }
    }

    /// The directory that stands for a source, relative to the root module's.
    pub(super) fn find(&self, source: &ModuleSource) -> Option<PathBuf> {
        if self.table.is_empty() || matches!(source, ModuleSource::Local(_)) {
            return None;
        }
        let (package, subdir) = split_subdir(&source.to_string());
        let bare = package.split('?').next().unwrap_or_default();
        self.table.iter().find_map(|(from, to)| {
            let (known, inner) = split_subdir(from);
            if known != package && known != bare {
                return None;
            }
            match &*inner {
                "" => Some(to.join(&subdir)),
                inner if inner == subdir => Some(to.clone()),
                _ => None,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::Snapshot;

    #[test]
    fn a_source_is_taken_from_where_the_table_says() {
        let table = "module_sources = {\n  \"org/vpc/aws\" = \"../vpc\"\n  \
                     \"git::https://h/x.git//a\" = \"x/a\"\n  \"github.com/o/r?ref=v1\" = \"r1\"\n}";
        let files = Snapshot([(Substitutes::FILE.into(), table.to_owned())].into());
        let flags = ["github.com/o/s?ref=v2=s2".to_owned()];
        let (substitutes, problems) = Substitutes::read(&flags, Path::new("."), &files);
        assert_eq!(problems, []);
        for (source, place) in [
            ("org/vpc/aws", Some("../vpc/")),
            ("registry.terraform.io/org/vpc/aws//sub", Some("../vpc/sub")),
            ("git::https://h/x.git//a?ref=1", Some("x/a")),
            ("git::https://h/x.git//b", None),
            ("github.com/o/r//d?ref=v1", Some("r1/d")),
            ("github.com/o/r", None),
            ("github.com/o/s?ref=v2", Some("s2/")),
            ("./vpc", None),
        ] {
            let found = substitutes.find(&ModuleSource::parse(source).unwrap());
            assert_eq!(found, place.map(PathBuf::from), "{source}");
        }
    }
}
