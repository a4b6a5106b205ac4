//! Provider configurations of a run: made when first needed, shared from then on.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use model::{
    DataSource, Diagnostic, Diagnostics, Fault, Mode, ModuleAddr, Provider, Registry, ResourceType,
    Value, to_typed_json,
};
use stacks::stack::{ProviderRef, Stack};

use crate::graph::{Path, ProviderAddr, module_at};
use crate::login::Login;
use crate::rate::{Rate, Trouble};
use crate::reader::Reader;
use crate::world::World;

/// A resource type of a configured provider, and its reads.
#[derive(Clone)]
pub struct Bound {
    pub ty: Arc<dyn ResourceType>,
    pub reader: Arc<Reader>,
}

/// A provider configuration, or why there is none.
type Made = Result<Arc<dyn Provider>, Diagnostics>;

/// All provider configurations that a run uses.
pub struct Providers<'a> {
    world: &'a World<'a>,
    made: tokio::sync::Mutex<BTreeMap<ProviderAddr, Made>>,
    bound: Mutex<HashMap<(ProviderAddr, String), Bound>>,
    /// Whether what changes begin is waited for.
    sees_through: AtomicBool,
    /// What calls are signed with.
    logins: Mutex<BTreeMap<ProviderAddr, Arc<Login>>>,
    /// The pace of each service, by its name.
    rates: Mutex<HashMap<(ProviderAddr, &'static str), Arc<Rate>>>,
}

impl<'a> Providers<'a> {
    pub fn new(world: &'a World<'a>) -> Providers<'a> {
        Providers {
            world,
            made: Default::default(),
            bound: Mutex::default(),
            sees_through: AtomicBool::new(false),
            logins: Mutex::default(),
            rates: Mutex::default(),
        }
    }

    /// Waits for what changes begin. Said before a provider is used.
    pub fn see_through(&self) {
        self.sees_through.store(true, Ordering::Relaxed);
    }

    /// A resource type, ready to be called.
    ///
    /// # Errors
    ///
    /// What is wrong with the provider's settings; or that the type is not known.
    pub async fn resource(&self, addr: &ProviderAddr, ty: &str) -> Result<Bound, Diagnostics> {
        let key = (addr.clone(), ty.to_owned());
        if let Some(it) = self.bound.lock().expect("held for a look-up only").get(&key) {
            return Ok(it.clone());
        }
        let provider = self.provider(addr).await?;
        let found = provider.resource(ty).ok_or_else(|| vec![unsupported("resource type", ty)])?;
        let rate = self.rate(addr, &provider, ty);
        let bound =
            Bound { reader: Arc::new(Reader::new(found.clone(), rate, provider.lag())), ty: found };
        let mut all = self.bound.lock().expect("held for a look-up only");
        Ok(all.entry(key).or_insert(bound).clone())
    }

    /// A data source, or what an ephemeral block reads, ready to be called, and the pace of its
    /// service.
    ///
    /// # Errors
    ///
    /// As [`Providers::resource`].
    pub async fn source(
        &self,
        addr: &ProviderAddr,
        mode: Mode,
        ty: &str,
    ) -> Result<(Arc<dyn DataSource>, Arc<Rate>), Diagnostics> {
        let provider = self.provider(addr).await?;
        let found = match mode {
            Mode::Ephemeral => {
                provider.ephemeral(ty).ok_or_else(|| vec![unsupported("ephemeral resource", ty)])
            }
            Mode::Data | Mode::Managed => {
                provider.data(ty).ok_or_else(|| vec![unsupported("data source", ty)])
            }
        };
        Ok((found?, self.rate(addr, &provider, ty)))
    }

    /// The pace of the service of a type, shared by all that call it.
    pub fn rate(&self, addr: &ProviderAddr, provider: &Arc<dyn Provider>, ty: &str) -> Arc<Rate> {
        let login = self.shared_login(addr, provider);
        let mut all = self.rates.lock().expect("held for a look-up only");
        let rate = all.entry((addr.clone(), provider.service(ty)));
        rate.or_insert_with(|| Arc::new(Rate::new(login))).clone()
    }

    fn shared_login(&self, addr: &ProviderAddr, provider: &Arc<dyn Provider>) -> Arc<Login> {
        let mut all = self.logins.lock().expect("held for a look-up only");
        let login = all.entry(addr.clone());
        login.or_insert_with(|| Arc::new(Login::new(provider.clone()))).clone()
    }

    /// What the calls of a provider configuration are signed with.
    ///
    /// # Errors
    ///
    /// What is wrong with the provider's settings.
    pub async fn login(&self, addr: &ProviderAddr) -> Result<Arc<Login>, Diagnostics> {
        match self.provider(addr).await {
            Ok(provider) => Ok(self.shared_login(addr, &provider)),
            Err(problems) => {
                // Its settings may be known later.
                self.made.lock().await.remove(addr);
                Err(problems)
            }
        }
    }

    /// What keeps services from answering now, by their names.
    pub fn troubles(&self) -> Vec<(&'static str, Trouble)> {
        let all = self.rates.lock().expect("held for a look-up only");
        all.iter().filter_map(|((_, service), it)| Some((*service, it.trouble()?))).collect()
    }

    /// Why calls of some provider configuration cannot be made any more.
    pub fn over(&self) -> Option<Fault> {
        let all = self.logins.lock().expect("held for a look-up only");
        all.values().find_map(|it| it.over()).cloned()
    }

    /// How many batches have been read.
    pub fn calls(&self) -> usize {
        self.bound
            .lock()
            .expect("held for a look-up only")
            .values()
            .map(|it| it.reader.calls())
            .sum()
    }

    /// A provider with its settings.
    ///
    /// # Errors
    ///
    /// What is wrong with its settings.
    pub async fn provider(&self, addr: &ProviderAddr) -> Result<Arc<dyn Provider>, Diagnostics> {
        let mut made = self.made.lock().await;
        if let Some(it) = made.get(addr) {
            return it.clone();
        }
        let result = self.make(addr).await;
        made.insert(addr.clone(), result.clone());
        result
    }

    async fn make(&self, addr: &ProviderAddr) -> Result<Arc<dyn Provider>, Diagnostics> {
        let stack = self.world.stack;
        let name = built_in(stack, self.world.registry, addr);
        let Some(schema) = self.world.registry.providers().iter().find(|it| it.name == name) else {
            let detail = format!("The provider \"{name}\" is not built into groundplan.");
            return Err(vec![Diagnostic::error("Provider not available", detail)]);
        };
        let module = ModuleAddr(addr.module.iter().map(|it| (it.clone(), None)).collect());
        let scope = self.world.scope(&module);
        let block =
            module_at(stack, &addr.module).and_then(|it| it.providers.get(&addr.name).cloned());
        let (settings, span) = match (block, scope) {
            (Some(block), Some(scope)) => {
                let settings = &schema.settings;
                (stacks::decode::decode(&block.body, false, settings, &scope)?, Some(block.span))
            }
            _ => {
                let nothing = stacks::syntax::tree::Body::default();
                let scope = self.world.scope(&ModuleAddr::default());
                let Some(scope) = scope else { return Err(Vec::new()) };
                (stacks::decode::decode(&nothing, false, &schema.settings, &scope)?, None)
            }
        };
        let at = |it: Diagnostic| match &span {
            Some(span) => it.at(span),
            None => it,
        };
        if !settings.is_wholly_known() {
            let detail = "A setting of this provider depends on something that is not applied yet. \
                          Apply that first, with -target, or give the setting another value.";
            return Err(vec![at(Diagnostic::error("Provider settings not known yet", detail))]);
        }
        let settings = object(&settings, schema.settings.ty());
        let made = self.world.registry.configure(schema.name, settings).await;
        if let (Ok(it), true) = (&made, self.sees_through.load(Ordering::Relaxed)) {
            it.see_through();
        }
        made.map_err(|fault| {
            let summary = format!("Provider {} cannot be used", addr.name);
            vec![at(Diagnostic::error(summary, fault.to_string()))]
        })
    }
}

fn object(value: &Value, ty: model::Type) -> model::Object {
    match to_typed_json(value, &ty) {
        serde_json::Value::Object(it) => it.into_iter().collect(),
        _ => model::Object::new(),
    }
}

fn unsupported(what: &str, ty: &str) -> Diagnostic {
    let detail = format!("groundplan has no {what} \"{ty}\".");
    Diagnostic::error(format!("Invalid {what}"), detail)
}

/// The name under which a provider is built in, from the source that its module requires.
pub fn built_in(stack: &Stack, registry: &dyn Registry, addr: &ProviderAddr) -> String {
    let local = &addr.name.name;
    let module = module_at(stack, &addr.module);
    let required = module.and_then(|it| it.terraform.required_providers.get(local).cloned());
    let Some(required) = required else { return local.to_string() };
    let by_source = registry.providers().iter().find(|it| {
        it.source == required.source || it.source.ends_with(&format!("/{}", required.source))
    });
    match by_source {
        Some(it) => it.name.to_owned(),
        None => required.source.rsplit('/').next().unwrap_or(local).to_owned(),
    }
}

/// A provider's configuration as states write it:
/// `module.net.provider["registry.terraform.io/hashicorp/aws"].east`.
pub fn state_text(stack: &Stack, registry: &dyn Registry, addr: &ProviderAddr) -> String {
    let name = built_in(stack, registry, addr);
    let source = registry.providers().iter().find(|it| it.name == name).map(|it| it.source);
    let source =
        source.map_or_else(|| format!("registry.terraform.io/hashicorp/{name}"), str::to_owned);
    let module: String = addr.module.iter().map(|it| format!("module.{it}.")).collect();
    match &addr.name.alias {
        Some(alias) => format!("{module}provider[\"{source}\"].{alias}"),
        None => format!("{module}provider[\"{source}\"]"),
    }
}

/// The inverse of [`state_text`]: which configuration of this stack it is.
pub fn from_state_text(stack: &Stack, registry: &dyn Registry, text: &str) -> Option<ProviderAddr> {
    let (before, rest) = text.split_once("provider[\"")?;
    let (source, after) = rest.split_once("\"]")?;
    let mut module = Path::new();
    let mut steps = before.split('.').filter(|it| !it.is_empty());
    while let Some(step) = steps.next() {
        if step == "module" {
            module.push(steps.next()?.into());
        }
    }
    let alias = after.strip_prefix('.').map(Into::into);
    let built_in = registry.providers().iter().find(|it| it.source == source).map(|it| it.name);
    let ty = built_in.unwrap_or_else(|| source.rsplit('/').next().unwrap_or(source));
    // The module may know the provider by another name.
    let local = module_at(stack, &module).and_then(|it| {
        let named = it.terraform.required_providers.iter();
        let same = |required: &str| source == required || source.ends_with(&format!("/{required}"));
        named.filter(|(_, it)| same(&it.source)).map(|(name, _)| name.clone()).next()
    });
    let name = local.unwrap_or_else(|| ty.into());
    Some(ProviderAddr { module, name: ProviderRef { name, alias } })
}
