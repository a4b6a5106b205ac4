//! `aws_cloudfront_distribution`: files that are served from near to whoever asks for them.
//!
//! What is changed is in force everywhere only some minutes later. A distribution is deleted when it
//! has been disabled everywhere; each try to delete it does the next step of that, so it does not
//! matter which run did the one before.

mod blocks;
mod origin;
mod behavior;

use std::collections::BTreeSet;

use aws_sdk_cloudfront::types as sdk;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use model::{
    Attributes, Auto, Fault, FaultKind, Live, Map, One, Op, Out, Phase, Tags, Timeouts, Unread,
};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::cloudfront::{counted, etag, retag, tags, tags_to_sdk};
use crate::fault::{OrFault, must, rejected};
use crate::mirror::{FromSdk, ToSdk};
use crate::naming::uuid_of;
use crate::resource::{Resource, Result, changed, each};

const NAME: &str = "aws_cloudfront_distribution";

/// Files that are served from near to whoever asks for them.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_cloudfront_distribution", version = 1)]
pub(crate) struct Distribution {
    /// Names of its own besides the one at `cloudfront.net`.
    aliases: Option<BTreeSet<String>>,
    /// What it is for.
    comment: Option<String>,
    /// The policy that sends some requests to a staging distribution.
    continuous_deployment_policy_id: Auto<String>,
    /// What is served for the root: `index.html`.
    default_root_object: Option<String>,
    /// Whether it serves anyone.
    enabled: bool,
    /// The newest version of HTTP that it speaks: `http1.1`, `http2`, `http2and3` or `http3`.
    #[attr(default = "http2")]
    http_version: String,
    /// Whether it has addresses of IPv6.
    #[attr(default = false)]
    is_ipv6_enabled: bool,
    /// Where it serves from: `PriceClass_All`, `PriceClass_200` or `PriceClass_100`.
    #[attr(default = "PriceClass_All")]
    price_class: String,
    /// Whether it is only disabled when it is destroyed.
    #[attr(default = false)]
    retain_on_delete: Unread<bool>,
    /// Whether it is a staging distribution.
    #[attr(replace, default = false)]
    staging: bool,
    /// Whether it is waited for until a change is in force everywhere.
    #[attr(default = true)]
    wait_for_deployment: Unread<bool>,
    /// ARN of the web ACL of WAF, or its id with WAF Classic.
    web_acl_id: Option<String>,
    /// What is shown instead of errors.
    custom_error_response: BTreeSet<blocks::ErrorResponse>,
    /// How requests are answered that no other behavior is for.
    #[attr(required)]
    default_cache_behavior: One<behavior::DefaultBehavior>,
    /// Where the log of requests goes.
    logging_config: One<blocks::Logging>,
    /// How requests for some paths are answered. The first that fits counts.
    ordered_cache_behavior: Vec<behavior::OrderedBehavior>,
    /// Where files come from.
    #[attr(required)]
    origin: BTreeSet<origin::Origin>,
    /// Origins that stand in for each other.
    origin_group: BTreeSet<origin::OriginGroup>,
    /// Who is served.
    #[attr(required)]
    restrictions: One<blocks::Restrictions>,
    /// The certificate that is shown to viewers.
    #[attr(required)]
    viewer_certificate: One<blocks::Certificate>,
    /// Tags of its own; those of the provider's `default_tags` come on top.
    tags: Tags,
    /// Its Amazon Resource Name.
    arn: Out<String>,
    /// The text that it was made with.
    caller_reference: Out<String>,
    /// Its name: `d604721fxaaqy9.cloudfront.net`.
    domain_name: Out<String>,
    /// Its version.
    #[attr(volatile)]
    etag: Out<String>,
    /// The Route 53 zone id to use in an alias record for it.
    hosted_zone_id: Out<String>,
    /// How many invalidations are under way.
    #[attr(volatile)]
    in_progress_validation_batches: Out<i32>,
    /// When it was last changed.
    #[attr(volatile)]
    last_modified_time: Out<String>,
    /// `Deployed`, or `InProgress` while a change is not in force everywhere.
    #[attr(volatile)]
    status: Out<String>,
    /// Groups of keys whose signatures count.
    #[attr(volatile)]
    trusted_key_groups: Out<Vec<blocks::KeyGroups>>,
    /// Accounts whose signatures count.
    #[attr(volatile)]
    trusted_signers: Out<Vec<blocks::Signers>>,
    /// Its id: `EDFDVBD632BHDS5`.
    id: Out<String>,
}

impl Resource for Distribution {
    const BATCH: usize = 20;
    const TIMEOUTS: Timeouts = Timeouts::minutes(90, 90, 90);

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        each(ids, |id| live(aws, id)).await
    }

    async fn create(aws: &Aws, want: &Self, token: &str) -> Result<String> {
        let config = sdk::DistributionConfig::builder().caller_reference(uuid_of(token));
        let config = config.comment("").enabled(want.enabled).build();
        let mut config = config.expect("a reference, a comment and whether it is enabled are set");
        write(want, &mut config);
        let it = sdk::DistributionConfigWithTags::builder()
            .distribution_config(config)
            .tags(tags_to_sdk(&want.tags));
        let call = aws.cloudfront().create_distribution_with_tags();
        let call = call.distribution_config_with_tags(it.build());
        let answer = call.send().await.or_fault("CreateDistributionWithTags")?;
        let id = must(answer.distribution, "CreateDistributionWithTags")?.id;
        watch(aws, &id, want);
        Ok(id)
    }

    /// What there is besides what we know about stays as it is.
    async fn update(aws: &Aws, id: &str, have: &Self, want: &Self) -> Result<()> {
        let differs = changed!(have, want;
            aliases, comment, continuous_deployment_policy_id, default_root_object, enabled,
            http_version, is_ipv6_enabled, price_class, web_acl_id, custom_error_response,
            default_cache_behavior, logging_config, ordered_cache_behavior, origin, origin_group,
            restrictions, viewer_certificate);
        if differs {
            let (mut config, version) = config_of(aws, id).await?;
            write(want, &mut config);
            put(aws, id, version, config).await?;
            watch(aws, id, want);
        }
        retag(aws, have.arn.0.as_deref(), &have.tags, &want.tags).await
    }

    async fn delete(aws: &Aws, id: &str, have: &Self) -> Result<()> {
        let answer = aws.cloudfront().get_distribution().id(id).send().await;
        let answer = answer.or_fault("GetDistribution")?;
        let version = etag(answer.e_tag, "GetDistribution")?;
        let it = must(answer.distribution, "GetDistribution")?;
        let config = must(it.distribution_config, "GetDistribution")?;
        let linked = config.continuous_deployment_policy_id().is_some_and(|it| !it.is_empty());
        let serves = config.enabled() || linked;
        if serves {
            disable(aws, id, version.clone(), config).await?;
        }
        if have.retain_on_delete.0 == Some(true) {
            aws.abandon(NAME, id);
            return Ok(());
        }
        if serves || it.status != DEPLOYED {
            let text = "it is being disabled, which takes some minutes to be in force everywhere";
            let fault = rejected("DeleteDistribution", "DistributionNotDisabled", text);
            return Err(Fault { kind: FaultKind::Busy, ..fault });
        }
        let call = aws.cloudfront().delete_distribution().id(id).if_match(version);
        call.send().await.or_fault("DeleteDistribution")?;
        Ok(())
    }

    /// Only the distribution itself tells the text it was made with, so those that look like it are
    /// asked.
    async fn find(aws: &Aws, want: &Self, token: &str) -> Result<Option<String>> {
        let pages = aws.cloudfront().list_distributions().into_paginator().send();
        let pages = pages.collect::<std::result::Result<Vec<_>, _>>().await;
        let pages = pages.or_fault("ListDistributions")?;
        let lists = pages.iter().filter_map(|it| it.distribution_list());
        let comment = want.comment.as_deref().unwrap_or_default();
        let alike = lists.flat_map(|it| it.items()).filter(|it| it.comment() == comment);
        let reference = uuid_of(token);
        for it in alike {
            let (config, _) = config_of(aws, it.id()).await?;
            if config.caller_reference() == reference {
                return Ok(Some(it.id().to_owned()));
            }
        }
        Ok(None)
    }

    fn adjust(_aws: &Aws, _prior: Option<&Map>, planned: &mut Map) {
        for name in ["default_cache_behavior", "ordered_cache_behavior"] {
            if let Some(it) = planned.get(name).map(behavior::settle) {
                planned.insert(name.into(), it);
            }
        }
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        match (op, fault.code.as_str()) {
            // The certificate, or what it names besides, was made a moment ago.
            (
                Op::Create | Op::Update,
                "InvalidViewerCertificate"
                | "InvalidWebACLId"
                | "InvalidOriginAccessControl"
                | "InvalidOriginAccessIdentity"
                | "NoSuchCachePolicy"
                | "NoSuchContinuousDeploymentPolicy"
                | "NoSuchFieldLevelEncryptionConfig"
                | "NoSuchOriginAccessControl"
                | "NoSuchOriginRequestPolicy"
                | "NoSuchRealtimeLogConfig"
                | "NoSuchResponseHeadersPolicy",
            ) => Some(FaultKind::NotYet),
            (Op::Delete, "DistributionNotDisabled") => Some(FaultKind::Busy),
            _ => super::classify(op, fault),
        }
    }
}

const DEPLOYED: &str = "Deployed";

/// Remembers whether what was just sent is waited for until it is in force.
fn watch(aws: &Aws, id: &str, want: &Distribution) {
    let waits = want.wait_for_deployment.0 != Some(false);
    aws.watch(id, if waits { DEPLOYED } else { "" });
}

async fn config_of(aws: &Aws, id: &str) -> Result<(sdk::DistributionConfig, String)> {
    let call = aws.cloudfront().get_distribution_config().id(id).send();
    let answer = call.await.or_fault("GetDistributionConfig")?;
    let version = etag(answer.e_tag, "GetDistributionConfig")?;
    Ok((must(answer.distribution_config, "GetDistributionConfig")?, version))
}

async fn put(aws: &Aws, id: &str, version: String, config: sdk::DistributionConfig) -> Result<()> {
    let call = aws.cloudfront().update_distribution().id(id).if_match(version);
    call.distribution_config(config).send().await.or_fault("UpdateDistribution")?;
    Ok(())
}

async fn disable(
    aws: &Aws,
    id: &str,
    version: String,
    mut config: sdk::DistributionConfig,
) -> Result<()> {
    config.enabled = false;
    config.continuous_deployment_policy_id = Some(String::new());
    put(aws, id, version, config).await
}

/// Writes what is wanted into a configuration.
fn write(want: &Distribution, config: &mut sdk::DistributionConfig) {
    let text = |it: &Option<String>| Some(it.clone().unwrap_or_default());
    let behaviors = want.ordered_cache_behavior.iter().filter_map(ToSdk::to_sdk).collect();
    let errors = want.custom_error_response.iter().filter_map(ToSdk::to_sdk).collect();
    let origins = want.origin.iter().filter_map(ToSdk::to_sdk).collect();
    let groups = want.origin_group.iter().filter_map(ToSdk::to_sdk).collect();
    config.aliases = Some(blocks::aliases(want.aliases.as_ref()));
    config.comment = want.comment.clone().unwrap_or_default();
    config.continuous_deployment_policy_id = text(&want.continuous_deployment_policy_id.0);
    config.default_root_object = text(&want.default_root_object);
    config.enabled = want.enabled;
    config.http_version = Some(want.http_version.as_str().into());
    config.is_ipv6_enabled = Some(want.is_ipv6_enabled);
    config.price_class = Some(want.price_class.as_str().into());
    config.staging = Some(want.staging);
    config.web_acl_id = text(&want.web_acl_id);
    config.custom_error_responses = Some(counted!(sdk::CustomErrorResponses, errors));
    config.default_cache_behavior = want.default_cache_behavior.to_sdk();
    config.logging = Some(blocks::logging(want.logging_config.0.as_ref()));
    config.cache_behaviors = Some(counted!(sdk::CacheBehaviors, behaviors));
    config.origins = Some(counted!(sdk::Origins, origins, required));
    config.origin_groups = Some(counted!(sdk::OriginGroups, groups));
    config.restrictions = want.restrictions.0.as_ref().map(|it| it.to_sdk());
    config.viewer_certificate = want.viewer_certificate.0.as_ref().map(|it| it.to_sdk());
}

async fn live(aws: &Aws, id: &str) -> Result<Option<Live<Distribution>>> {
    let answer = aws.cloudfront().get_distribution().id(id).send().await;
    let answer = answer.or_fault("GetDistribution")?;
    let it = must(answer.distribution, "GetDistribution")?;
    let config = must(it.distribution_config(), "GetDistribution")?;
    let shown = Distribution {
        tags: tags(aws, it.arn()).await?,
        arn: Out(Some(it.arn().to_owned())),
        domain_name: Out(Some(it.domain_name().to_owned())),
        etag: Out(answer.e_tag),
        hosted_zone_id: Out(Some(zone_id(aws).to_owned())),
        in_progress_validation_batches: Out(Some(it.in_progress_invalidation_batches())),
        last_modified_time: Out(moment(it.last_modified_time())),
        status: Out(Some(it.status().to_owned())),
        trusted_key_groups: Out(Some(blocks::key_groups(it.active_trusted_key_groups()))),
        trusted_signers: Out(Some(blocks::signers(it.active_trusted_signers()))),
        id: Out(Some(id.to_owned())),
        ..read(config)
    };
    let waits = aws.watched(id).as_deref() == Some(DEPLOYED);
    let phase = match it.status() == DEPLOYED || !waits {
        true => Phase::Ready,
        false => Phase::changing("the change to be in force everywhere"),
    };
    Ok(Some(Live { id: id.to_owned(), phase, attributes: shown }))
}

/// What a configuration says.
fn read(it: &sdk::DistributionConfig) -> Distribution {
    let text = |it: Option<&str>| it.filter(|it| !it.is_empty()).map(str::to_owned);
    let aliases = it.aliases().map(|it| it.items()).unwrap_or_default();
    let behaviors = it.cache_behaviors().map(|it| it.items()).unwrap_or_default();
    let errors = it.custom_error_responses().map(|it| it.items()).unwrap_or_default();
    let origins = it.origins().map(|it| it.items()).unwrap_or_default();
    let groups = it.origin_groups().map(|it| it.items()).unwrap_or_default();
    Distribution {
        aliases: Some(aliases.iter().cloned().collect()),
        comment: text(Some(it.comment())),
        continuous_deployment_policy_id: Auto(text(it.continuous_deployment_policy_id())),
        default_root_object: text(it.default_root_object()),
        enabled: it.enabled(),
        // The SDK's name of it may be in capital letters.
        http_version: it.http_version().map_or("http2", |it| it.as_str()).to_ascii_lowercase(),
        is_ipv6_enabled: it.is_ipv6_enabled().unwrap_or_default(),
        price_class: it.price_class().map_or("PriceClass_All", |it| it.as_str()).to_owned(),
        retain_on_delete: Unread(None),
        staging: it.staging().unwrap_or_default(),
        wait_for_deployment: Unread(None),
        web_acl_id: text(it.web_acl_id()),
        custom_error_response: BTreeSet::from_sdk(errors),
        default_cache_behavior: One::from_sdk(it.default_cache_behavior()),
        logging_config: blocks::logging_from_sdk(it.logging()),
        ordered_cache_behavior: Vec::from_sdk(behaviors),
        origin: BTreeSet::from_sdk(origins),
        origin_group: BTreeSet::from_sdk(groups),
        restrictions: One::from_sdk(it.restrictions()),
        viewer_certificate: One::from_sdk(it.viewer_certificate()),
        tags: Tags::default(),
        arn: Out(None),
        caller_reference: Out(Some(it.caller_reference().to_owned())),
        domain_name: Out(None),
        etag: Out(None),
        hosted_zone_id: Out(None),
        in_progress_validation_batches: Out(None),
        last_modified_time: Out(None),
        status: Out(None),
        trusted_key_groups: Out(None),
        trusted_signers: Out(None),
        id: Out(None),
    }
}

/// The zone that all distributions of a partition are in.
fn zone_id(aws: &Aws) -> &'static str {
    match aws.partition().name {
        "aws-cn" => "Z3RFFRIM2A3IF5",
        _ => "Z2FDTNDATAQYW2",
    }
}

/// A moment as the AWS provider writes it here: `2025-01-31 12:00:00.5 +0000 UTC`.
fn moment(it: &DateTime) -> Option<String> {
    let text = it.fmt(Format::DateTime).ok()?;
    Some(text.replace('T', " ").replace('Z', " +0000 UTC"))
}

#[cfg(test)]
mod tests;
