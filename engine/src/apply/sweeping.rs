//! The end of a destroy: what the cloud made for our objects on its own goes too, and every id is looked
//! up once more.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering;

use model::{Diagnostic, InstanceAddr, Mode as BlockMode, Object, Op, Ours};

use super::{Outcome, Scene};
use crate::graph::ProviderAddr;
use crate::refresh::provider_of;
use crate::retry::{Calls, PROPAGATION, reading};

/// An object that was deleted.
pub(super) struct Gone {
    pub provider: ProviderAddr,
    pub address: InstanceAddr,
    pub id: String,
    pub have: Object,
}

impl Scene<'_> {
    /// Sweeps, and looks up again whatever was deleted.
    pub(super) async fn leave_nothing(&self, outcome: &mut Outcome) {
        let gone = std::mem::take(
            &mut *self.applier.gone.lock().expect("nobody deletes anything any more"),
        );
        let providers: BTreeSet<&ProviderAddr> = gone.iter().map(|it| &it.provider).collect();
        for provider in providers {
            if self.applier.run.stop.load(Ordering::Relaxed) {
                break;
            }
            self.sweep(provider, &self.ours(provider, &gone), outcome).await;
        }
        outcome.swept.sort();
        self.look_again(gone, outcome).await;
    }

    /// What was deleted, and what is left, as one provider configuration sees it.
    fn ours(&self, provider: &ProviderAddr, gone: &[Gone]) -> Vec<Ours> {
        let deleted = gone.iter().map(|it| Ours {
            ty: it.address.resource.ty.to_string(),
            attributes: it.have.clone(),
            exists: false,
            here: it.provider == *provider,
        });
        let left: Vec<Ours> = self.applier.memory.look(|state| {
            let managed =
                state.instances.iter().filter(|it| it.0.resource.mode == BlockMode::Managed);
            let objects = managed.flat_map(|(address, instance)| {
                let here = provider_of(self.world, address, instance).as_ref() == Some(provider);
                let objects = instance.current.iter().chain(instance.deposed.values());
                objects.map(move |it| Ours {
                    ty: address.resource.ty.to_string(),
                    attributes: it.attributes.clone(),
                    exists: true,
                    here,
                })
            });
            objects.collect()
        });
        deleted.chain(left).collect()
    }

    /// What cannot be swept is told, and is no reason to fail: the objects themselves are gone.
    async fn sweep(&self, addr: &ProviderAddr, ours: &[Ours], outcome: &mut Outcome) {
        // One that cannot be had has deleted nothing.
        let Ok(provider) = self.providers.provider(addr).await else { return };
        let rate = self.providers.rate(addr, &provider, "");
        let untold = |what: &str, fault: &model::Fault| {
            let detail = format!("{fault}. The objects of the state are not concerned.");
            Diagnostic::warning(format!("Cannot {what}"), detail)
        };
        let found = match reading(&rate, || provider.leavings(ours)).await {
            Ok(it) => it,
            Err(fault) => {
                let what = "look for what was made beside the stack";
                outcome.problems.push(untold(what, &fault));
                return;
            }
        };
        for it in found {
            let calls = Calls {
                op: Op::Delete,
                limit: PROPAGATION,
                made: None,
                rate: &rate,
                tell: &|_| (),
            };
            match calls.make(|| provider.sweep(&it)).await {
                Err(fault) if fault.kind != model::FaultKind::NotFound => {
                    let what = format!("sweep {} {}", it.kind, it.id);
                    outcome.problems.push(untold(&what, &fault));
                }
                _ => outcome.swept.push(it),
            }
        }
    }

    /// Reads every id that was deleted once more.
    async fn look_again(&self, gone: Vec<Gone>, outcome: &mut Outcome) {
        let mut groups: BTreeMap<(ProviderAddr, String), Vec<(String, InstanceAddr)>> =
            BTreeMap::new();
        for it in gone {
            let key = (it.provider, it.address.resource.ty.to_string());
            groups.entry(key).or_default().push((it.id, it.address));
        }
        for ((provider, ty), objects) in groups {
            let Ok(bound) = self.providers.resource(&provider, &ty).await else { continue };
            let ids: Vec<String> = objects.iter().map(|it| it.0.clone()).collect();
            outcome.checked += ids.len();
            match bound.reader.read_all(&ids).await {
                Ok(found) => {
                    let left = objects.into_iter().filter(|it| found.contains_key(&it.0));
                    outcome.left.extend(left.map(|(id, address)| (address, id)));
                }
                Err(fault) => {
                    let summary = format!("Cannot look up again what was deleted of {ty}");
                    outcome.problems.push(Diagnostic::error(summary, fault.to_string()));
                }
            }
        }
        outcome.left.sort();
    }
}
