//! What is to go may be protected by the cloud: that is found out before anything is deleted, all of
//! it, and told at once.

use model::{Diagnostic, InstanceAddr, Object};
use serde_json::Value as Json;
use stacks::eval::evaluate;

use super::Planner;

impl Planner<'_, '_> {
    /// Looks for protection on whatever is to be deleted. It is lifted if that is asked for, or if the
    /// configuration as it is now does without it; else it stops the plan.
    pub(super) async fn look_for_protection(&mut self) {
        let mut kept = Vec::new();
        for it in self.going() {
            let Ok(bound) = self.providers.resource(&it.provider, &it.address.resource.ty).await
            else {
                // Whoever looks into it says so.
                continue;
            };
            let is_on = |name: &&str| it.have.get(*name) == Some(&Json::Bool(true));
            let names: Vec<&str> = bound.ty.protections().iter().copied().filter(is_on).collect();
            let (lifted, rest): (Vec<&str>, Vec<&str>) =
                names.into_iter().partition(|name| self.lifts(&it.address, name));
            if rest.is_empty() {
                self.changes[it.change].lifts = lifted.into_iter().map(str::to_owned).collect();
            } else {
                kept.push((it.address, rest));
            }
        }
        if !kept.is_empty() {
            self.problems.push(protected(&kept));
        }
    }

    fn lifts(&self, address: &InstanceAddr, name: &str) -> bool {
        self.options.lift || self.given(address, name) == Some(false)
    }

    /// A boolean argument as the configuration gives it now. None if it does not, or is not known.
    pub(super) fn given(&self, address: &InstanceAddr, name: &str) -> Option<bool> {
        let (resource, scope) = self.configured(address)?;
        let value = evaluate(&resource.body.attribute(name)?.expr, &scope).ok()?;
        value.as_bool().or_else(|| value.as_str()?.parse().ok())
    }
}

/// `object` with the protection turned off.
pub fn lifted(object: &Object, names: &[String]) -> Object {
    let off = names.iter().map(|it| (it.clone(), Json::Bool(false)));
    object.clone().into_iter().chain(off).collect()
}

fn protected(kept: &[(InstanceAddr, Vec<&str>)]) -> Diagnostic {
    let objects: Vec<String> =
        kept.iter().map(|(address, names)| format!("{address} ({})", names.join(", "))).collect();
    let (what, block) = match kept.len() {
        1 => ("One object that is to be deleted is".to_owned(), "its block"),
        n => (format!("{n} objects that are to be deleted are"), "their blocks"),
    };
    let detail =
        format!("{what} protected from that: {}. Nothing has been deleted.", objects.join(", "));
    let hint = format!(
        "run the command again with -lift-protection, or turn it off in {block}: it is lifted right \
         before each is deleted, and needs no apply of its own"
    );
    Diagnostic::error("Protected from deletion", detail).hint(hint)
}
