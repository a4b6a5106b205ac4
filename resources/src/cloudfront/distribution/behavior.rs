//! How requests are answered: the behavior by default, and those for some paths.

use std::collections::BTreeSet;

use aws_sdk_cloudfront::types as sdk;
use model::{Attributes, Auto, Kind, Map, Mirror, One, Type, Value};
use serde::{Deserialize, Serialize};

use super::blocks::{Empty, Unless};
use crate::cloudfront::counted;
use crate::mirror::{FromSdk, ToSdk};

/// A behavior. The one by default and those for some paths differ in one field.
macro_rules! behavior {
    ($(#[$doc:meta])* $ty:ident, $sdk:ident { $($(#[$path_doc:meta])* $path:ident)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
        pub(crate) struct $ty {
            $($(#[$path_doc])* $path: String,)?
            /// The methods that are passed on to the origin.
            #[attr(required)]
            allowed_methods: BTreeSet<String>,
            /// The cache policy. Without one, `forwarded_values` says it.
            cache_policy_id: Option<String>,
            /// The methods whose answers are kept.
            #[attr(required)]
            cached_methods: BTreeSet<String>,
            /// Whether answers are compressed.
            #[attr(default = false)]
            compress: bool,
            /// For how many seconds an answer is kept that does not say.
            default_ttl: Auto<i64>,
            /// The encryption of single fields of forms.
            field_level_encryption_id: Option<String>,
            /// For how many seconds an answer is kept at most.
            max_ttl: Auto<i64>,
            /// For how many seconds an answer is kept at least.
            #[attr(default = 0)]
            min_ttl: i64,
            /// The policy about what the origin is told.
            origin_request_policy_id: Option<String>,
            /// ARN of the settings of the log in real time.
            realtime_log_config_arn: Option<String>,
            /// The policy about headers of answers.
            response_headers_policy_id: Option<String>,
            /// Whether it is for Microsoft Smooth Streaming.
            smooth_streaming: Option<bool>,
            /// The origin, or the group of them.
            target_origin_id: String,
            /// Groups of keys whose signatures count. With any, requests are signed.
            trusted_key_groups: Option<Vec<String>>,
            /// Accounts whose signatures count. With any, requests are signed.
            trusted_signers: Option<Vec<String>>,
            /// `allow-all`, `https-only` or `redirect-to-https`.
            viewer_protocol_policy: String,
            /// What of a request counts for the cache and is passed on.
            forwarded_values: One<Forwarded>,
            /// Functions of CloudFront that requests and answers go through.
            #[attr(max = 2)]
            function_association: BTreeSet<Function>,
            /// Whether gRPC is passed on.
            grpc_config: Auto<Unless<Grpc>>,
            /// Functions of Lambda that requests and answers go through.
            #[attr(max = 4)]
            lambda_function_association: BTreeSet<Lambda>,
        }

        #[allow(deprecated, reason = "behaviors without a cache policy say it themselves")]
        impl ToSdk<Option<sdk::$sdk>> for $ty {
            fn to_sdk(&self) -> Option<sdk::$sdk> {
                // A cache policy says for how long answers are kept.
                let own = self.cache_policy_id.is_none();
                let functions = self.function_association.iter().filter_map(ToSdk::to_sdk);
                let lambdas = self.lambda_function_association.iter().filter_map(ToSdk::to_sdk);
                let grpc = self.grpc_config.0.as_ref().and_then(|it| it.0.to_sdk());
                let it = sdk::$sdk::builder()
                    $(.$path(&self.$path))?
                    .allowed_methods(methods(&self.allowed_methods, &self.cached_methods))
                    .set_cache_policy_id(self.cache_policy_id.clone())
                    .compress(self.compress)
                    .set_default_ttl(self.default_ttl.0.filter(|_| own))
                    .field_level_encryption_id(text(&self.field_level_encryption_id))
                    .set_max_ttl(self.max_ttl.0.filter(|_| own))
                    .set_min_ttl(own.then_some(self.min_ttl))
                    .set_origin_request_policy_id(self.origin_request_policy_id.clone())
                    .set_realtime_log_config_arn(self.realtime_log_config_arn.clone())
                    .set_response_headers_policy_id(self.response_headers_policy_id.clone())
                    .smooth_streaming(self.smooth_streaming.unwrap_or_default())
                    .target_origin_id(&self.target_origin_id)
                    .trusted_key_groups(key_groups(&self.trusted_key_groups))
                    .trusted_signers(signers(&self.trusted_signers))
                    .viewer_protocol_policy(self.viewer_protocol_policy.as_str().into())
                    .set_forwarded_values(self.forwarded_values.to_sdk().filter(|_| own))
                    .function_associations(counted!(sdk::FunctionAssociations, functions.collect()))
                    .set_grpc_config(grpc)
                    .lambda_function_associations(counted!(
                        sdk::LambdaFunctionAssociations,
                        lambdas.collect()
                    ));
                Some(it.build().expect("an origin and a policy are set"))
            }
        }

        #[allow(deprecated, reason = "behaviors without a cache policy say it themselves")]
        impl<'a> FromSdk<&'a sdk::$sdk> for $ty {
            fn from_sdk(it: &'a sdk::$sdk) -> Self {
                let some = |it: Option<&str>| it.filter(|it| !it.is_empty()).map(str::to_owned);
                let methods = it.allowed_methods();
                let allowed = methods.map(|it| it.items()).unwrap_or_default();
                let cached = methods.and_then(|it| it.cached_methods());
                let cached = cached.map(|it| it.items()).unwrap_or_default();
                let functions = it.function_associations().map(|it| it.items());
                let lambdas = it.lambda_function_associations().map(|it| it.items());
                let groups = it.trusted_key_groups().map(|it| it.items().to_vec());
                let signers = it.trusted_signers().map(|it| it.items().to_vec());
                let own = some(it.cache_policy_id()).is_none();
                $ty {
                    $($path: it.$path().to_owned(),)?
                    allowed_methods: BTreeSet::from_sdk(allowed),
                    cache_policy_id: some(it.cache_policy_id()),
                    cached_methods: BTreeSet::from_sdk(cached),
                    compress: it.compress().unwrap_or_default(),
                    default_ttl: Auto(it.default_ttl().filter(|_| own)),
                    field_level_encryption_id: some(it.field_level_encryption_id()),
                    max_ttl: Auto(it.max_ttl().filter(|_| own)),
                    min_ttl: it.min_ttl().filter(|_| own).unwrap_or_default(),
                    origin_request_policy_id: some(it.origin_request_policy_id()),
                    realtime_log_config_arn: some(it.realtime_log_config_arn()),
                    response_headers_policy_id: some(it.response_headers_policy_id()),
                    smooth_streaming: it.smooth_streaming(),
                    target_origin_id: it.target_origin_id().to_owned(),
                    trusted_key_groups: groups.filter(|it| !it.is_empty()),
                    trusted_signers: signers.filter(|it| !it.is_empty()),
                    viewer_protocol_policy: it.viewer_protocol_policy().as_str().to_owned(),
                    forwarded_values: One::from_sdk(it.forwarded_values().filter(|_| own)),
                    function_association: BTreeSet::from_sdk(functions.unwrap_or_default()),
                    grpc_config: Auto(Some(Unless(One::from_sdk(it.grpc_config())))),
                    lambda_function_association: BTreeSet::from_sdk(lambdas.unwrap_or_default()),
                }
            }
        }
    };
}

behavior!(
    /// How requests are answered that no other behavior is for.
    DefaultBehavior, DefaultCacheBehavior {}
);
behavior!(
    /// How requests for some paths are answered.
    OrderedBehavior, CacheBehavior {
        /// The paths: `images/*.jpg`.
        path_pattern
    }
);

/// What of a request counts for the cache and is passed on.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct Forwarded {
    /// These headers, or `*` for all.
    headers: Option<BTreeSet<String>>,
    /// Whether the query does.
    query_string: bool,
    /// The parts of the query that count for the cache. Without any, all do.
    query_string_cache_keys: Option<Vec<String>>,
    /// Which cookies do.
    #[attr(required)]
    cookies: One<Cookies>,
}

/// Which cookies count for the cache and are passed on.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct Cookies {
    /// `all`, `none`, or those named here: `whitelist`.
    forward: String,
    /// Their names.
    whitelisted_names: Option<BTreeSet<String>>,
}

/// A function of CloudFront.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Mirror, Serialize, Deserialize,
)]
#[mirror(sdk::FunctionAssociation, checked)]
pub(crate) struct Function {
    /// When it runs: `viewer-request` or `viewer-response`.
    event_type: String,
    /// ARN of the function.
    function_arn: String,
}

/// Whether gRPC is passed on.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Mirror, Serialize, Deserialize,
)]
#[mirror(sdk::GrpcConfig, checked)]
pub(crate) struct Grpc {
    /// Whether it is.
    enabled: Auto<bool>,
}

/// A function of Lambda.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Mirror, Serialize, Deserialize,
)]
#[mirror(sdk::LambdaFunctionAssociation, checked)]
pub(crate) struct Lambda {
    /// When it runs: `viewer-request`, `origin-request`, `origin-response` or `viewer-response`.
    event_type: String,
    /// Whether it sees the body of requests.
    #[attr(default = false)]
    include_body: bool,
    /// ARN of a version of the function, in us-east-1.
    #[mirror(lambda_function_arn)]
    lambda_arn: String,
}

impl Empty for Grpc {
    fn is_empty(&self) -> bool {
        self.enabled.0 != Some(true)
    }
}

fn text(it: &Option<String>) -> &str {
    it.as_deref().unwrap_or_default()
}

fn methods(allowed: &BTreeSet<String>, cached: &BTreeSet<String>) -> sdk::AllowedMethods {
    let sdk = |it: &BTreeSet<String>| it.iter().map(|it| it.as_str().into()).collect::<Vec<_>>();
    let cached = counted!(sdk::CachedMethods, sdk(cached), required);
    let items = sdk(allowed);
    let it = sdk::AllowedMethods::builder().quantity(crate::cloudfront::count(items.len()));
    let it = it.set_items(Some(items)).cached_methods(cached);
    it.build().expect("methods and their number are set")
}

fn key_groups(it: &Option<Vec<String>>) -> sdk::TrustedKeyGroups {
    let items = it.clone().unwrap_or_default();
    let it = sdk::TrustedKeyGroups::builder()
        .enabled(!items.is_empty())
        .quantity(crate::cloudfront::count(items.len()))
        .set_items(Some(items).filter(|it| !it.is_empty()));
    it.build().expect("whether any count and how many are set")
}

fn signers(it: &Option<Vec<String>>) -> sdk::TrustedSigners {
    let items = it.clone().unwrap_or_default();
    let it = sdk::TrustedSigners::builder()
        .enabled(!items.is_empty())
        .quantity(crate::cloudfront::count(items.len()))
        .set_items(Some(items).filter(|it| !it.is_empty()));
    it.build().expect("whether any count and how many are set")
}

impl ToSdk<Option<sdk::ForwardedValues>> for Forwarded {
    fn to_sdk(&self) -> Option<sdk::ForwardedValues> {
        let all = |it: &Option<BTreeSet<String>>| it.iter().flatten().cloned().collect::<Vec<_>>();
        let cookies = self.cookies.0.as_ref().map(|it| {
            let named = it.whitelisted_names.as_ref().filter(|_| it.forward == "whitelist");
            let named = named.map(|it| it.iter().cloned().collect());
            let cookies = sdk::CookiePreference::builder()
                .forward(it.forward.as_str().into())
                .set_whitelisted_names(named.map(|it| counted!(sdk::CookieNames, it)));
            cookies.build().expect("which cookies is set")
        });
        let keys = self.query_string_cache_keys.clone().unwrap_or_default();
        let it = sdk::ForwardedValues::builder()
            .query_string(self.query_string)
            .set_cookies(cookies)
            .headers(counted!(sdk::Headers, all(&self.headers)))
            .query_string_cache_keys(counted!(sdk::QueryStringCacheKeys, keys));
        Some(it.build().expect("whether the query counts is set"))
    }
}

impl<'a> FromSdk<&'a sdk::ForwardedValues> for Forwarded {
    fn from_sdk(it: &'a sdk::ForwardedValues) -> Self {
        let headers = it.headers().map(|it| it.items().iter().cloned().collect());
        let keys = it.query_string_cache_keys().map(|it| it.items().to_vec());
        let cookies = it.cookies().map(|it| {
            let names = it.whitelisted_names().map(|it| it.items().iter().cloned().collect());
            let whitelisted_names = names.filter(|it: &BTreeSet<String>| !it.is_empty());
            Cookies { forward: it.forward().as_str().to_owned(), whitelisted_names }
        });
        Forwarded {
            headers: headers.filter(|it: &BTreeSet<String>| !it.is_empty()),
            query_string: it.query_string(),
            query_string_cache_keys: keys.filter(|it| !it.is_empty()),
            cookies: One(cookies),
        }
    }
}

/// For how long answers are kept, in planned behaviors: a cache policy says it where there is one,
/// and else CloudFront says what the behavior does not.
pub(super) fn settle(behaviors: &Value) -> Value {
    let Kind::List(ty, items) = &behaviors.kind else { return behaviors.clone() };
    let items = items.iter().map(|it| match it.entries() {
        Some(entries) => Value::object(settled(entries)).mark(it.marks),
        None => it.clone(),
    });
    Value::list(ty.clone(), items.collect()).mark(behaviors.marks)
}

fn settled(behavior: &Map) -> Map {
    let mut behavior = behavior.clone();
    let policy = behavior.get("cache_policy_id");
    let policy = policy.is_some_and(|it| !it.is_null() && it.as_str() != Some(""));
    for name in ["default_ttl", "max_ttl"] {
        if policy {
            behavior.insert(name.into(), Value::null(Type::Number));
        } else if behavior.get(name).is_none_or(Value::is_null) {
            behavior.insert(name.into(), Value::unknown(Type::Number));
        }
    }
    if policy {
        behavior.insert("min_ttl".into(), Value::number(0));
    }
    behavior
}
