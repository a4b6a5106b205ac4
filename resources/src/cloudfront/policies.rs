//! What cache policies and origin request policies have in common: which parts of a request count.

use std::collections::BTreeSet;

use model::Attributes;
use serde::{Deserialize, Serialize};

/// Which cookies count.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct CookiesConfig {
    /// `none`, `whitelist`, `allExcept` or `all`.
    cookie_behavior: String,
    /// Their names.
    cookies: Vec<Items>,
}

/// Which headers count.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct HeadersConfig {
    /// `none`, `whitelist`, `allExcept`, `allViewer` or `allViewerAndWhitelistCloudFront`.
    header_behavior: String,
    /// Their names.
    headers: Vec<Items>,
}

/// Which parts of the query count.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct QueryStringsConfig {
    /// `none`, `whitelist`, `allExcept` or `all`.
    query_string_behavior: String,
    /// Their names.
    query_strings: Vec<Items>,
}

/// Some names.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct Items {
    /// The names.
    items: BTreeSet<String>,
}

fn items(names: Option<&[String]>) -> Vec<Items> {
    let items = names.map(|it| Items { items: it.iter().cloned().collect() });
    items.into_iter().collect()
}

impl CookiesConfig {
    pub fn new(behavior: &str, names: Option<&[String]>) -> Self {
        CookiesConfig { cookie_behavior: behavior.to_owned(), cookies: items(names) }
    }
}

impl HeadersConfig {
    pub fn new(behavior: &str, names: Option<&[String]>) -> Self {
        HeadersConfig { header_behavior: behavior.to_owned(), headers: items(names) }
    }
}

impl QueryStringsConfig {
    pub fn new(behavior: &str, names: Option<&[String]>) -> Self {
        QueryStringsConfig {
            query_string_behavior: behavior.to_owned(),
            query_strings: items(names),
        }
    }
}
