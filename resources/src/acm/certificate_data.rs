//! `aws_acm_certificate` as data: a certificate that is looked up by its domain or its tags.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_acm::types as sdk;
use model::{Attributes, Auto, Out};
use serde::{Deserialize, Serialize};

use crate::acm::certificate::describe;
use crate::acm::tags_from_sdk;
use crate::aws::Aws;
use crate::data::Data;
use crate::fault::{OrFault, only, rejected};
use crate::mirror::{FromSdk, ToSdk};
use crate::resource::Result;

/// A certificate that is looked up by its domain or its tags.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_acm_certificate")]
pub(crate) struct Certificate {
    /// The domain it is for.
    domain: Auto<String>,
    /// Which keys it may have: `RSA_2048`, `EC_prime256v1` and so on.
    key_types: Option<BTreeSet<String>>,
    /// Whether the newest counts where several match.
    most_recent: Option<bool>,
    /// Which states it may be in. Without it, `ISSUED`.
    statuses: Option<Vec<String>>,
    /// Tags that it has.
    tags: Auto<BTreeMap<String, String>>,
    /// Which types it may be of: `AMAZON_ISSUED`, `IMPORTED` or `PRIVATE`.
    types: Option<Vec<String>>,
    /// Its Amazon Resource Name.
    arn: Out<String>,
    /// The certificate in PEM, if it is issued.
    certificate: Out<String>,
    /// The certificates between it and a root, in PEM, if it is issued.
    certificate_chain: Out<String>,
    /// The state it is in.
    status: Out<String>,
    /// Its Amazon Resource Name.
    id: Out<String>,
}

/// A certificate that matches so far.
struct Candidate {
    arn: String,
    detail: sdk::CertificateDetail,
    tags: BTreeMap<String, String>,
}

impl Data for Certificate {
    async fn read(aws: &Aws, given: Self) -> Result<Self> {
        let wanted = given.tags.0.clone().filter(|it| !it.is_empty());
        if given.domain.0.is_none() && wanted.is_none() {
            let text = "one of `domain` and `tags` must be given";
            return Err(rejected("ListCertificates", "InvalidArgument", text));
        }
        let mut found = Vec::new();
        for arn in listed(aws, &given).await? {
            let detail = describe(aws, &arn).await?;
            let ty = detail.r#type().map(|it| it.as_str().to_owned());
            if given.types.as_ref().is_some_and(|it| ty.is_none_or(|ty| !it.contains(&ty))) {
                continue;
            }
            let tags = tags_of(aws, &arn).await?;
            let tagged = wanted.iter().flatten().all(|(key, it)| tags.get(key) == Some(it));
            found.extend(tagged.then_some(Candidate { arn, detail, tags }));
        }
        if given.most_recent == Some(true) {
            found.sort_by(|a, b| newest(&a.detail, &b.detail));
            found.truncate(1);
        }
        let it = only("certificate", "ListCertificates", found)?;
        let issued = it.detail.status() == Some(&sdk::CertificateStatus::Issued);
        let (certificate, chain) = if issued { text_of(aws, &it.arn).await? } else { (None, None) };
        let shown = it.tags.into_iter().filter(|(key, _)| !aws.tags().ignores(key));
        Ok(Certificate {
            domain: Auto::from_sdk(it.detail.domain_name()),
            tags: Auto(Some(shown.collect())),
            arn: Out(Some(it.arn.clone())),
            certificate: Out(certificate),
            certificate_chain: Out(chain),
            status: Out::from_sdk(it.detail.status()),
            id: Out(Some(it.arn)),
            ..given
        })
    }
}

/// The ARNs of the certificates with the domain, state and keys that are asked for.
async fn listed(aws: &Aws, given: &Certificate) -> Result<Vec<String>> {
    let issued = vec!["ISSUED".to_owned()];
    let statuses = given.statuses.clone().filter(|it| !it.is_empty()).unwrap_or(issued);
    let keys = given.key_types.as_ref().filter(|it| !it.is_empty());
    let keys = keys.map(|it| sdk::Filters::builder().set_key_types(it.to_sdk()).build());
    let pages = aws
        .acm()
        .list_certificates()
        .set_certificate_statuses(statuses.to_sdk())
        .set_includes(keys)
        .into_paginator();
    let all = pages.items().send().collect::<std::result::Result<Vec<_>, _>>().await;
    let same = |it: &sdk::CertificateSummary| {
        given.domain.0.as_deref().is_none_or(|domain| it.domain_name() == Some(domain))
    };
    let all = all.or_fault("ListCertificates")?.into_iter().filter(same);
    Ok(all.filter_map(|it| it.certificate_arn).collect())
}

async fn tags_of(aws: &Aws, arn: &str) -> Result<BTreeMap<String, String>> {
    let call = aws.acm().list_tags_for_certificate().certificate_arn(arn);
    let answer = call.send().await.or_fault("ListTagsForCertificate")?;
    Ok(tags_from_sdk(answer.tags()).0)
}

/// The certificate and its chain.
async fn text_of(aws: &Aws, arn: &str) -> Result<(Option<String>, Option<String>)> {
    let call = aws.acm().get_certificate().certificate_arn(arn);
    let answer = call.send().await.or_fault("GetCertificate")?;
    Ok((answer.certificate, answer.certificate_chain))
}

/// Which comes first: one that is issued counts from its beginning, others from when they were made.
fn newest(a: &sdk::CertificateDetail, b: &sdk::CertificateDetail) -> Ordering {
    let since = |it: &sdk::CertificateDetail| {
        let moment = it.not_before().or(it.created_at()).or(it.imported_at());
        moment.map(|it| it.as_nanos())
    };
    since(b).cmp(&since(a))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::decode;
    use crate::testing::{Answer, Script, json};

    fn given(text: &str) -> Certificate {
        decode(&Certificate::SCHEMA, serde_json::from_str(text).unwrap()).unwrap()
    }

    fn detail(arn: &str, since: i32) -> Answer {
        json(&format!(
            r#"{{"Certificate": {{"CertificateArn": "{arn}", "DomainName": "a.com", "Status": "ISSUED",
                "Type": "AMAZON_ISSUED", "NotBefore": {since}}}}}"#
        ))
    }

    fn script() -> Script {
        let list = r#"{"CertificateSummaryList": [{"CertificateArn": "arn:1", "DomainName": "a.com"},
            {"CertificateArn": "arn:2", "DomainName": "b.com"}, {"CertificateArn": "arn:3", "DomainName": "a.com"}]}"#;
        let tags = || json(r#"{"Tags": [{"Key": "team", "Value": "edge"}]}"#);
        let text = json(r#"{"Certificate": "pem", "CertificateChain": "chain"}"#);
        Script::new([json(list), detail("arn:1", 1), tags(), detail("arn:3", 2), tags(), text])
    }

    #[tokio::test]
    async fn the_newest_counts_if_that_is_said() {
        let it = given(r#"{"domain": "a.com", "most_recent": true, "tags": {"team": "edge"}}"#);
        let it = Certificate::read(&script(), it).await.unwrap();
        assert_eq!(it.arn.0.as_deref(), Some("arn:3"));
        assert_eq!(it.certificate.0.as_deref(), Some("pem"));
    }

    #[tokio::test]
    async fn it_must_be_one() {
        let fault =
            Certificate::read(&script(), given(r#"{"domain": "a.com"}"#)).await.unwrap_err();
        assert_eq!(fault.code, "TooManyResults");
    }
}
