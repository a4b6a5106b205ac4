//! Provisioners of one object: after it is made, and before it is destroyed.

use model::{Diagnostics, Object, Value};
use stacks::stack::Provisioner;

use super::Scene;
use crate::event::Event;
use crate::graph::module_at;
use crate::lifecycle;
use crate::plan::Change;
use crate::planning::removed_block;
use crate::providers::Bound;
use crate::provision;
use crate::world::BlockScope;

impl Scene<'_> {
    pub(super) async fn provision(
        &self,
        change: &Change,
        provisioner: &Provisioner,
        scope: &BlockScope<'_>,
    ) -> Result<(), Diagnostics> {
        let kind = provisioner.kind.name.to_string();
        let tell = |line: String| {
            let address = change.address.clone();
            self.tell(Event::Output { address, provisioner: kind.clone(), line });
        };
        let result = provision::run(provisioner, scope, &tell).await;
        result.map_err(|found| found.into_iter().map(|it| it.on(&change.address)).collect())
    }

    /// Runs what is to run before an object goes: as its block says or, where there is none any more,
    /// a `removed` block.
    pub(super) async fn provision_destroy(
        &self,
        change: &Change,
        bound: &Bound,
        have: &Object,
    ) -> Result<(), Diagnostics> {
        let stack = self.applier.run.stack;
        let at = &change.address.resource;
        let module = module_at(stack, &at.module.path());
        let block = module
            .as_ref()
            .and_then(|it| it.resources.get(&(at.mode, at.ty.clone(), at.name.clone())).cloned());
        let (module, provisioners) = match (block, removed_block(stack, &change.address)) {
            (Some(it), _) => (at.module.clone(), it.provisioners),
            (None, Some((path, it))) => {
                let depth = path.len();
                (model::ModuleAddr(at.module.0[..depth].to_vec()), it.provisioners)
            }
            (None, None) => return Ok(()),
        };
        let mut provisioners = provisioners.iter().filter(|it| it.on_destroy).peekable();
        if provisioners.peek().is_none() {
            return Ok(());
        }
        let Some(scope) = self.world.scope(&module) else { return Ok(()) };
        let this = lifecycle::typed(bound.ty.as_ref(), have).unwrap_or_default();
        let scope = BlockScope {
            key: change.address.key.clone(),
            this: Some(Value::object(this)),
            ..scope
        };
        for it in provisioners {
            self.provision(change, it, &scope).await?;
        }
        Ok(())
    }
}
