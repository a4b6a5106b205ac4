//! A configuration as a whole: modules and what their blocks say, names resolved, nothing evaluated.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use model::{Key, Mode, Span, Type, Value};

use crate::syntax::tree::{Attribute, Block, Body, Expr, Ident, Traversal};

/// A root module, the modules it calls, and the text of every file (for messages).
#[derive(Debug, Clone, Default)]
pub struct Stack {
    pub root: Arc<Module>,
    /// Every file that was read, by the name that spans carry.
    pub sources: BTreeMap<Arc<str>, Arc<str>>,
}

/// The blocks of one directory.
#[derive(Debug, Clone, Default)]
pub struct Module {
    /// Names of the calls that lead here from the root. Empty for the root.
    pub path: Vec<Arc<str>>,
    /// The directory, as `path.module` shows it: relative to the working directory.
    pub dir: PathBuf,
    pub variables: BTreeMap<Arc<str>, Variable>,
    pub locals: BTreeMap<Arc<str>, Attribute>,
    pub outputs: BTreeMap<Arc<str>, Output>,
    /// Managed resources and data sources, by mode, type and name.
    pub resources: BTreeMap<(Mode, Arc<str>, Arc<str>), Resource>,
    pub calls: BTreeMap<Arc<str>, Call>,
    /// By local name and alias.
    pub providers: BTreeMap<ProviderRef, ProviderBlock>,
    pub terraform: Terraform,
    pub checks: Vec<Check>,
    pub moved: Vec<Moved>,
    pub imports: Vec<Import>,
    pub removed: Vec<Removed>,
}

/// A provider configuration in a module: `aws`, or `aws.east`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProviderRef {
    pub name: Arc<str>,
    pub alias: Option<Arc<str>>,
}

impl std::fmt::Display for ProviderRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.alias {
            Some(alias) => write!(f, "{}.{alias}", self.name),
            None => write!(f, "{}", self.name),
        }
    }
}

#[derive(Debug, Clone)]
pub struct Variable {
    pub name: Ident,
    /// `Any` if none is given.
    pub ty: Type,
    /// Defaults of `optional(type, default)` attributes, at any depth.
    pub ty_defaults: Option<Defaults>,
    /// Already converted to the type.
    pub default: Option<Value>,
    pub description: Option<String>,
    pub sensitive: bool,
    pub ephemeral: bool,
    pub nullable: bool,
    pub validations: Vec<Rule>,
    /// Whether a text from the command line or the environment is the value itself and not an
    /// expression: so for primitive types, and where no type is given.
    pub literal: bool,
    pub span: Span,
}

/// Defaults for the optional attributes of an object type, by attribute; and for what is inside.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Defaults {
    pub values: BTreeMap<String, Value>,
    /// By attribute name of an object; under `""` for the elements of a collection, under `"0"`,
    /// `"1"` ... for those of a tuple.
    pub children: BTreeMap<String, Defaults>,
}

/// A `validation`, `precondition`, `postcondition` or `assert` block.
#[derive(Debug, Clone)]
pub struct Rule {
    pub condition: Expr,
    pub error_message: Expr,
    pub span: Span,
}

#[derive(Debug, Clone)]
pub struct Output {
    pub name: Ident,
    pub value: Expr,
    pub description: Option<String>,
    pub sensitive: bool,
    pub ephemeral: bool,
    pub depends_on: Vec<Traversal>,
    pub preconditions: Vec<Rule>,
    pub span: Span,
}

/// How many of something there are.
#[derive(Debug, Clone, Default)]
pub enum Repeat {
    #[default]
    Once,
    Count(Expr),
    ForEach(Expr),
}

#[derive(Debug, Clone)]
pub struct Resource {
    pub mode: Mode,
    pub ty: Ident,
    pub name: Ident,
    pub repeat: Repeat,
    pub depends_on: Vec<Traversal>,
    /// As written, or from the type's first word: `aws` for `aws_vpc`.
    pub provider: ProviderRef,
    /// Where `provider` was written.
    pub provider_span: Option<Span>,
    pub lifecycle: Lifecycle,
    pub provisioners: Vec<Provisioner>,
    pub connection: Option<Body>,
    /// What the type's schema describes: the body without meta-arguments. `timeouts` stays in it.
    pub body: Body,
    /// The header of the block.
    pub span: Span,
    /// Whether the block was written in the JSON form.
    pub json: bool,
}

#[derive(Debug, Clone, Default)]
pub struct Lifecycle {
    pub create_before_destroy: Option<bool>,
    /// An expression, since groundplan allows variables here.
    pub prevent_destroy: Option<Expr>,
    pub ignore_changes: IgnoreChanges,
    pub replace_triggered_by: Vec<Expr>,
    pub preconditions: Vec<Rule>,
    pub postconditions: Vec<Rule>,
}

#[derive(Debug, Clone, Default)]
pub enum IgnoreChanges {
    #[default]
    None,
    All,
    /// Traversals whose root is an attribute's name.
    Some(Vec<Traversal>),
}

#[derive(Debug, Clone)]
pub struct Provisioner {
    pub kind: Ident,
    pub on_destroy: bool,
    pub continue_on_failure: bool,
    pub body: Body,
    pub connection: Option<Body>,
    pub span: Span,
    pub json: bool,
}

/// A `module` block, and the module it calls.
#[derive(Debug, Clone)]
pub struct Call {
    pub name: Ident,
    pub source: String,
    pub source_span: Span,
    pub version: Option<String>,
    pub repeat: Repeat,
    pub depends_on: Vec<Traversal>,
    /// From the name in the called module to the one in this.
    pub providers: Vec<(ProviderRef, ProviderRef, Span)>,
    /// Arguments other than the meta-arguments.
    pub inputs: Vec<Attribute>,
    /// None if it could not be loaded; that has been reported.
    pub module: Option<Arc<Module>>,
    pub span: Span,
    /// Where a missing input is reported: the end of the block.
    pub end: Span,
}

#[derive(Debug, Clone)]
pub struct ProviderBlock {
    pub name: ProviderRef,
    /// What the provider's schema describes.
    pub body: Body,
    pub span: Span,
    pub json: bool,
}

/// What `terraform` blocks say.
#[derive(Debug, Clone, Default)]
pub struct Terraform {
    pub required_version: Vec<(String, Span)>,
    pub required_providers: BTreeMap<Arc<str>, RequiredProvider>,
    /// The header of the `required_providers` block.
    pub required_providers_span: Option<Span>,
    /// `backend "s3" { ... }`; also `cloud`, which is refused when it is used.
    pub backend: Option<Block>,
}

#[derive(Debug, Clone)]
pub struct RequiredProvider {
    /// As written, or `hashicorp/NAME`.
    pub source: String,
    pub version: Option<String>,
    pub configuration_aliases: Vec<ProviderRef>,
    pub span: Span,
}

#[derive(Debug, Clone)]
pub struct Check {
    pub name: Ident,
    /// A data source that only this check sees.
    pub data: Option<Resource>,
    pub asserts: Vec<Rule>,
    pub span: Span,
}

/// A `moved` block.
#[derive(Debug, Clone)]
pub struct Moved {
    pub from: MoveEnd,
    pub to: MoveEnd,
    pub span: Span,
}

/// One end of a `moved` block, relative to the module it stands in.
#[derive(Debug, Clone, PartialEq)]
pub enum MoveEnd {
    Module(Vec<(Arc<str>, Option<Key>)>),
    Resource {
        module: Vec<(Arc<str>, Option<Key>)>,
        ty: Arc<str>,
        name: Arc<str>,
        key: Option<Key>,
    },
}

#[derive(Debug, Clone)]
pub struct Import {
    /// The resource that `to` names, with the key if that is fixed.
    pub target: MoveEnd,
    pub to: Expr,
    pub id: Expr,
    pub for_each: Option<Expr>,
    pub provider: Option<ProviderRef>,
    /// Whether an object that is not there is created, rather than an error.
    pub if_exists: bool,
    pub span: Span,
}

#[derive(Debug, Clone)]
pub struct Removed {
    pub from: MoveEnd,
    pub destroy: bool,
    pub provisioners: Vec<Provisioner>,
    pub span: Span,
}
