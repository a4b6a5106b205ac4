//! Whether the steps of a reference lead anywhere in a value of a known type.

use std::sync::Arc;

use model::{Diagnostic, Key, Mode, Type};

use super::Checker;
use crate::suggest;
use crate::syntax::tree::{Ident, Step};

impl Checker<'_> {
    /// Steps into an object of a resource type or a data source.
    pub(super) fn attributes(&mut self, mode: Mode, ty: &Arc<str>, steps: &[Step]) {
        let Some(schema) = self.schema(mode, ty) else { return };
        let is_timeouts = matches!(steps.first(), Some(Step::Attr(it)) if &*it.name == "timeouts");
        if is_timeouts && !schema.timeouts.is_empty() {
            return;
        }
        let of = self.types.entry((mode, ty.clone())).or_insert_with(|| schema.ty()).clone();
        self.steps(&of, steps, true);
    }

    /// Steps into a value of type `ty`. `is_resource` only changes what messages say.
    pub(super) fn steps(&mut self, ty: &Type, steps: &[Step], is_resource: bool) {
        let mut ty = ty.clone();
        for step in steps {
            ty = match (ty, step) {
                (Type::Any | Type::Tuple(_), _) => return,
                (Type::Object(object), step) => {
                    let name = match step {
                        Step::Attr(name) => &*name.name,
                        Step::Index(Key::Name(name), _) => name,
                        Step::Index(Key::Index(_), _) => return,
                    };
                    match (object.attributes.get(name), step) {
                        (Some(ty), _) => ty.clone(),
                        (None, Step::Attr(name)) => {
                            let known = object.attributes.keys().map(String::as_str);
                            return self.no_attribute(name, known, is_resource);
                        }
                        (None, Step::Index(..)) => return,
                    }
                }
                (Type::Map(element), _) | (Type::List(element), Step::Index(..)) => {
                    (*element).clone()
                }
                (ty, step) => return self.no_step(&ty, step),
            };
        }
    }

    fn no_attribute<'n>(
        &mut self,
        name: &Ident,
        known: impl Iterator<Item = &'n str>,
        is_resource: bool,
    ) {
        let detail = match is_resource {
            true => format!(
                "This object has no argument, nested block, or exported attribute named {:?}.",
                name.name
            ),
            false => format!("This object does not have an attribute named {:?}.", name.name),
        };
        let problem = Diagnostic::error("Unsupported attribute", detail).at(&name.span);
        self.add(problem, suggest::hint(&name.name, known));
    }

    /// A step into something that has no parts, or none that are found in this way.
    fn no_step(&mut self, ty: &Type, step: &Step) {
        let problem = match (ty, step) {
            (Type::List(_), Step::Attr(name)) => {
                let detail = "Can't access attributes on a list of objects. Did you mean to access \
                              an attribute for a specific element of the list, or across all \
                              elements of the list?";
                let problem = Diagnostic::error("Unsupported attribute", detail).at(&name.span);
                problem.hint(format!("[0].{0} is the first one's, [*].{0} are all", name.name))
            }
            (Type::Set(_), Step::Attr(name)) => {
                let detail = "Can't access attributes on a set of objects. Did you mean to access \
                              an attribute across all elements of the set?";
                let problem = Diagnostic::error("Unsupported attribute", detail).at(&name.span);
                problem.hint(format!("[*].{} are those of all elements", name.name))
            }
            (Type::Set(_), Step::Index(_, span)) => {
                let detail = "Elements of a set are identified only by their value and don't have \
                              any separate index or key to select with, so it's only possible to \
                              perform operations across all elements of the set.";
                Diagnostic::error("Invalid index", detail).at(span)
            }
            (ty, Step::Attr(name)) => {
                let detail = format!(
                    "Can't access attributes on a primitive-typed value ({}).",
                    ty.friendly()
                );
                Diagnostic::error("Unsupported attribute", detail).at(&name.span)
            }
            (_, Step::Index(_, span)) => {
                Diagnostic::error("Invalid index", "This value does not have any indices.").at(span)
            }
        };
        self.problems.push(problem);
    }
}
