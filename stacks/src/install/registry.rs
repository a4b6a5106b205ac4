//! The protocol of module registries: which versions there are, and where one is fetched from.

use serde::Deserialize;

use super::http::resolve as relative_to;
use super::{Options, Refusal, package};
use crate::source::ModuleSource;
use crate::version::{Constraints, Version};

#[derive(Deserialize)]
struct Services {
    #[serde(rename = "modules.v1")]
    modules: Option<String>,
}

#[derive(Deserialize)]
struct Versions {
    modules: Vec<Module>,
}

#[derive(Deserialize)]
struct Module {
    versions: Vec<Published>,
}

#[derive(Deserialize)]
struct Published {
    version: String,
}

#[derive(Deserialize)]
struct Download {
    location: String,
}

/// The newest version of a module that fits, and the address of its package.
pub(super) fn resolve(
    source: &ModuleSource,
    wanted: Option<&Constraints>,
    options: &Options<'_>,
) -> Result<(Version, String), Refusal> {
    let ModuleSource::Registry { host, namespace, name, system, .. } = source else {
        let detail = format!("{source} is no module of a registry.");
        return Err(("Invalid registry module source address", detail));
    };
    let base = service(host, options)?;
    let module = format!("{namespace}/{name}/{system}");
    let versions = versions(&base, &module, host, options)?;
    let version = newest(&versions, wanted).ok_or_else(|| {
        let detail = match newest(&versions, None) {
            Some(newest) => format!(
                "There is no available version of module {module:?} which matches the given \
                 version constraint. The newest available version is {newest}."
            ),
            None => format!("The module {module:?} has no versions available on {host}."),
        };
        ("Unresolvable module version constraint", detail)
    })?;
    let address = location(&base, &module, &version, options)?;
    Ok((version, address))
}

/// A prerelease is taken only if it is asked for by name.
fn newest(versions: &[Version], wanted: Option<&Constraints>) -> Option<Version> {
    let fits = |it: &&Version| match wanted {
        Some(wanted) => wanted.allow(it) && (!it.is_prerelease() || wanted.name_exactly(it)),
        None => !it.is_prerelease(),
    };
    versions.iter().filter(fits).max().cloned()
}

/// Where a host has its registry of modules.
fn service(host: &str, options: &Options<'_>) -> Result<String, Refusal> {
    let refuse = |why: String| {
        ("Error accessing remote module registry", format!("Failed to ask {host}: {why}."))
    };
    let url = format!("https://{host}/.well-known/terraform.json");
    let reply = options.fetch.get(&url).map_err(refuse)?;
    if !reply.is_success() {
        return Err(refuse(format!("GET {url}: the server answered {}", reply.status)));
    }
    let services: Services =
        serde_json::from_slice(&reply.body).map_err(|error| refuse(format!("{url}: {error}")))?;
    let Some(modules) = services.modules else {
        return Err(refuse("it has no module registry".to_owned()));
    };
    let base = relative_to(&url, &modules);
    Ok(if base.ends_with('/') { base } else { format!("{base}/") })
}

fn versions(
    base: &str,
    module: &str,
    host: &str,
    options: &Options<'_>,
) -> Result<Vec<Version>, Refusal> {
    let url = format!("{base}{module}/versions");
    let refuse = |why: String| {
        let detail = format!("Failed to retrieve available versions for {module:?}: {why}.");
        ("Error accessing remote module registry", detail)
    };
    let reply = options.fetch.get(&url).map_err(refuse)?;
    if reply.status == 404 {
        let detail = format!("The module {module:?} could not be found on the registry {host}.");
        return Err(("Module not found", detail));
    }
    if !reply.is_success() {
        return Err(refuse(format!("GET {url}: the server answered {}", reply.status)));
    }
    let found: Versions =
        serde_json::from_slice(&reply.body).map_err(|error| refuse(format!("{url}: {error}")))?;
    let published = found.modules.into_iter().take(1).flat_map(|it| it.versions);
    Ok(published.filter_map(|it| Version::parse(&it.version)).collect())
}

fn location(
    base: &str,
    module: &str,
    version: &Version,
    options: &Options<'_>,
) -> Result<String, Refusal> {
    let url = format!("{base}{module}/{version}/download");
    let refuse = |why: String| {
        let detail =
            format!("Failed to retrieve a download address for {module:?} {version}: {why}.");
        ("Error accessing remote module registry", detail)
    };
    let reply = options.fetch.get(&url).map_err(refuse)?;
    if !reply.is_success() {
        return Err(refuse(format!("GET {url}: the server answered {}", reply.status)));
    }
    let header = reply.header("x-terraform-get").map(str::to_owned);
    let body = || serde_json::from_slice::<Download>(&reply.body).ok().map(|it| it.location);
    let found = header.or_else(body).filter(|it| !it.is_empty());
    let Some(found) = found else {
        return Err(refuse("the answer does not say where the module is".to_owned()));
    };
    package::detected(&relative_to(&url, &found))
}
