//! `aws_acm_certificate`: a certificate for load balancers and distributions.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use aws_sdk_acm::primitives::Blob;
use aws_sdk_acm::types as sdk;
use model::{
    Attributes, Auto, Fault, FaultKind, Live, Map, Mirror, One, Op, Out, Phase, Secret, Tags, Type,
    Unread, Value,
};
use serde::{Deserialize, Serialize};

use crate::acm::{retag, tags_from_sdk, tags_to_sdk};
use crate::aws::Aws;
use crate::fault::{OrFault, must};
use crate::mirror::{FromSdk, ToSdk, moment};
use crate::naming::uuid_of;
use crate::resource::{Resource, Result, changed, each};

/// A certificate for load balancers and distributions: one that AWS makes, or one of your own.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_acm_certificate")]
pub(crate) struct Certificate {
    /// ARN of the private authority that makes it.
    #[attr(replace)]
    certificate_authority_arn: Option<String>,
    /// The certificate in PEM, if it is your own.
    certificate_body: Unread<String>,
    /// The certificates between it and a root, in PEM.
    certificate_chain: Unread<String>,
    /// The domain it is for, with `*.` for all below it.
    #[attr(replace)]
    domain_name: Auto<String>,
    /// How long before its end a private certificate is renewed: `P90D`.
    early_renewal_duration: Unread<String>,
    /// Such as `RSA_2048` or `EC_prime256v1`.
    #[attr(replace)]
    key_algorithm: Auto<String>,
    /// The private key in PEM, if the certificate is your own.
    private_key: Unread<Secret<String>>,
    /// All domains it is for.
    #[attr(replace)]
    subject_alternative_names: Auto<BTreeSet<String>>,
    /// How you show that the domains are yours: `DNS` or `EMAIL`.
    #[attr(replace)]
    validation_method: Auto<String>,
    /// Whether it is written to public logs.
    options: Auto<One<Options>>,
    /// Where mail goes to.
    #[attr(replace)]
    validation_option: BTreeSet<ValidationOption>,
    /// Tags of its own; those of the provider's `default_tags` come on top.
    tags: Tags,
    /// Its Amazon Resource Name.
    arn: Out<String>,
    /// The records that show that the domains are yours.
    domain_validation_options: Out<BTreeSet<DomainValidation>>,
    /// When it ends.
    #[attr(volatile)]
    not_after: Out<String>,
    /// When it begins.
    #[attr(volatile)]
    not_before: Out<String>,
    /// Whether a private certificate is to be renewed now.
    #[attr(volatile)]
    pending_renewal: Out<bool>,
    /// Whether AWS renews it.
    #[attr(volatile)]
    renewal_eligibility: Out<String>,
    /// How its renewal goes.
    #[attr(volatile)]
    renewal_summary: Out<Vec<Renewal>>,
    /// Such as `PENDING_VALIDATION` or `ISSUED`.
    #[attr(volatile)]
    status: Out<String>,
    /// `AMAZON_ISSUED`, `IMPORTED` or `PRIVATE`.
    r#type: Out<String>,
    /// Where mail has gone to.
    validation_emails: Out<Vec<String>>,
    /// Its Amazon Resource Name.
    id: Out<String>,
}

// AWS writes every certificate to public logs by now; the AWS provider still has the argument.
#[allow(deprecated)]
mod options {
    use super::*;

    /// Whether a certificate is written to public logs.
    #[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
    #[mirror(sdk::CertificateOptions)]
    pub(crate) struct Options {
        /// `ENABLED` or `DISABLED`.
        certificate_transparency_logging_preference: Option<String>,
    }
}
use options::Options;

/// Where mail goes to.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Mirror, Serialize, Deserialize,
)]
#[mirror(sdk::DomainValidationOption, checked)]
pub(crate) struct ValidationOption {
    /// The domain of the certificate.
    domain_name: String,
    /// The domain that mail goes to.
    validation_domain: String,
}

/// A record that shows that a domain is yours. Which it is, the domain alone says: what is in it
/// comes when AWS has made it.
#[derive(Debug, Clone, Attributes, Serialize, Deserialize)]
pub(crate) struct DomainValidation {
    /// The domain.
    domain_name: Option<String>,
    /// The record's name.
    resource_record_name: Option<String>,
    /// The record's type: `CNAME`.
    resource_record_type: Option<String>,
    /// The record's value.
    resource_record_value: Option<String>,
}

impl PartialEq for DomainValidation {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for DomainValidation {}

impl PartialOrd for DomainValidation {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for DomainValidation {
    fn cmp(&self, other: &Self) -> Ordering {
        self.domain_name.cmp(&other.domain_name)
    }
}

/// How a renewal goes.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct Renewal {
    /// Such as `SUCCESS`.
    renewal_status: Option<String>,
    /// Why it did not go.
    renewal_status_reason: Option<String>,
    /// When that was so.
    updated_at: Option<String>,
}

impl Resource for Certificate {
    const BATCH: usize = 20;
    const HELD: bool = true;

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        each(ids, |id| live(aws, id)).await
    }

    async fn create(aws: &Aws, want: &Self, token: &str) -> Result<String> {
        if want.private_key.0.is_some() {
            return import(aws, want, None).await;
        }
        let domain = want.domain_name.0.clone().unwrap_or_default();
        let others = want.subject_alternative_names.0.iter().flatten();
        let others: Vec<String> = others.filter(|it| **it != domain).cloned().collect();
        let call = aws
            .acm()
            .request_certificate()
            .idempotency_token(uuid_of(token).replace('-', ""))
            .domain_name(domain)
            .set_subject_alternative_names((!others.is_empty()).then_some(others))
            .set_validation_method(want.validation_method.to_sdk())
            .set_key_algorithm(want.key_algorithm.to_sdk())
            .set_certificate_authority_arn(want.certificate_authority_arn.clone())
            .set_options(want.options.0.as_ref().and_then(ToSdk::to_sdk))
            .set_domain_validation_options(
                want.validation_option.to_sdk().filter(|it: &Vec<_>| !it.is_empty()),
            )
            .set_tags(Some(tags_to_sdk(&want.tags)).filter(|it| !it.is_empty()));
        let answer = call.send().await.or_fault("RequestCertificate")?;
        must(answer.certificate_arn, "RequestCertificate")
    }

    async fn update(aws: &Aws, id: &str, have: &Self, want: &Self) -> Result<()> {
        if changed!(have, want; certificate_body, certificate_chain, private_key) {
            import(aws, want, Some(id)).await?;
        }
        if have.options != want.options {
            let call = aws.acm().update_certificate_options().certificate_arn(id);
            let call = call.set_options(want.options.0.as_ref().and_then(ToSdk::to_sdk));
            call.send().await.or_fault("UpdateCertificateOptions")?;
        }
        retag(aws, id, &have.tags, &want.tags).await
    }

    async fn delete(aws: &Aws, id: &str, _have: &Self) -> Result<()> {
        let call = aws.acm().delete_certificate().certificate_arn(id);
        call.send().await.or_fault("DeleteCertificate")?;
        Ok(())
    }

    /// There can be any number for a domain.
    fn comes_first(_before: &Map, _after: &Map) -> bool {
        true
    }

    /// Which domains there will be records for is known before what is in the records.
    fn adjust(_aws: &Aws, prior: Option<&Map>, planned: &mut Map) {
        let before = |name: &str| prior.and_then(|it| it.get(name));
        let Some(domain) = planned.get("domain_name").filter(|it| it.is_wholly_known()) else {
            return;
        };
        let Some(name) = domain.as_str().map(str::to_owned) else { return };
        let mut names = BTreeSet::from([name]);
        if let Some(others) = planned.get("subject_alternative_names") {
            match others.items().filter(|_| others.is_wholly_known()) {
                Some(others) => {
                    names.extend(others.iter().filter_map(|it| it.as_str().map(str::to_owned)));
                    let all = names.iter().map(|it| it.as_str().into()).collect();
                    let all = Value::set(Type::String, all);
                    planned.insert("subject_alternative_names".into(), all);
                }
                // Not given: the domain is the only one.
                None if before("domain_name").is_none() => (),
                None => return,
            }
        }
        let dns = planned.get("validation_method").and_then(|it| it.as_str()) == Some("DNS");
        let same = ["domain_name", "subject_alternative_names"]
            .iter()
            .all(|it| before(it).is_some_and(|before| planned.get(*it) == Some(before)));
        if dns && !same {
            let unknown = || Value::unknown(Type::String);
            let record = |domain: &String| {
                let fields = [
                    ("domain_name", domain.as_str().into()),
                    ("resource_record_name", unknown()),
                    ("resource_record_type", unknown()),
                    ("resource_record_value", unknown()),
                ];
                Value::object(fields.into_iter().map(|(name, it)| (name.into(), it)).collect())
            };
            let ty = Type::object(
                [
                    "domain_name",
                    "resource_record_name",
                    "resource_record_type",
                    "resource_record_value",
                ]
                .map(|it| (it.to_owned(), Type::String)),
            );
            let records = Value::set(ty, names.iter().map(record).collect());
            planned.insert("domain_validation_options".into(), records);
        }
    }

    fn check(given: &Map) -> Vec<(&'static str, String)> {
        let has = |name: &str| given.get(name).is_some_and(|it| !it.is_null());
        let mut problems = Vec::new();
        if has("private_key") != has("certificate_body") {
            let message = "a certificate of your own has `private_key` and `certificate_body`";
            problems.push(("private_key", message.to_owned()));
        }
        if has("domain_name") && has("private_key") {
            let message = "a certificate of your own says itself what domain it is for";
            problems.push(("domain_name", message.to_owned()));
        }
        problems
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        match (op, fault.code.as_str()) {
            // What uses the certificate lets go of it some time after it is deleted.
            (Op::Delete, "ResourceInUseException") => Some(FaultKind::Busy),
            _ => None,
        }
    }
}

async fn import(aws: &Aws, want: &Certificate, id: Option<&str>) -> Result<String> {
    let key = want.private_key.0.as_ref().map(|it| it.0.clone()).unwrap_or_default();
    let body = want.certificate_body.0.clone().unwrap_or_default();
    // Tags are set when a certificate is new, and refused when it takes the place of another.
    let tags = Some(tags_to_sdk(&want.tags)).filter(|it| id.is_none() && !it.is_empty());
    let call = aws
        .acm()
        .import_certificate()
        .certificate(Blob::new(body))
        .private_key(Blob::new(key))
        .set_certificate_chain(want.certificate_chain.0.clone().map(Blob::new))
        .set_certificate_arn(id.map(str::to_owned))
        .set_tags(tags);
    let answer = call.send().await.or_fault("ImportCertificate")?;
    must(answer.certificate_arn, "ImportCertificate")
}

/// A certificate as AWS describes it.
pub(super) async fn describe(aws: &Aws, arn: &str) -> Result<sdk::CertificateDetail> {
    let call = aws.acm().describe_certificate().certificate_arn(arn);
    let answer = call.send().await.or_fault("DescribeCertificate")?;
    must(answer.certificate, "DescribeCertificate")
}

async fn live(aws: &Aws, id: &str) -> Result<Option<Live<Certificate>>> {
    let it = describe(aws, id).await?;
    let call = aws.acm().list_tags_for_certificate().certificate_arn(id);
    let tags = call.send().await.or_fault("ListTagsForCertificate")?;
    let domains = it.domain_validation_options();
    let method = domains.first().and_then(|it| it.validation_method());
    let by_dns = method == Some(&sdk::ValidationMethod::Dns);
    let failed = it.status() == Some(&sdk::CertificateStatus::Failed);
    let issued = it.r#type() == Some(&sdk::CertificateType::AmazonIssued);
    // The records that are to be made come some seconds after the certificate.
    let without_record = by_dns && domains.iter().any(|it| it.resource_record().is_none());
    let phase = match it.failure_reason() {
        Some(reason) if failed => Phase::failed(reason.as_str().to_owned()),
        _ if without_record || (issued && domains.is_empty()) => {
            Phase::changing("its validation records are not known yet")
        }
        _ => Phase::Ready,
    };
    let records = domains.iter().filter(|_| by_dns).map(|it| DomainValidation {
        domain_name: Some(it.domain_name().to_owned()),
        resource_record_name: it.resource_record().map(|it| it.name().to_owned()),
        resource_record_type: it.resource_record().map(|it| it.r#type().as_str().to_owned()),
        resource_record_value: it.resource_record().map(|it| it.value().to_owned()),
    });
    let emails = domains.iter().flat_map(|it| it.validation_emails());
    let renewal = it.renewal_summary().map(|it| Renewal {
        renewal_status: Some(it.renewal_status().as_str().to_owned()),
        renewal_status_reason: it.renewal_status_reason().map(|it| it.as_str().to_owned()),
        updated_at: moment(Some(it.updated_at())).0,
    });
    let attributes = Certificate {
        certificate_authority_arn: Option::from_sdk(it.certificate_authority_arn()),
        certificate_body: Unread(None),
        certificate_chain: Unread(None),
        domain_name: Auto::from_sdk(it.domain_name()),
        early_renewal_duration: Unread(None),
        // It is answered as `RSA-2048`, and asked for as `RSA_2048`.
        key_algorithm: Auto(it.key_algorithm().map(|it| it.as_str().replace('-', "_"))),
        private_key: Unread(None),
        subject_alternative_names: Auto::from_sdk(it.subject_alternative_names()),
        validation_method: Auto(Some(method.map_or("NONE", |it| it.as_str()).to_owned())),
        options: Auto(Some(One::from_sdk(it.options()))),
        validation_option: validation_options(domains),
        tags: tags_from_sdk(tags.tags()),
        arn: Out(Some(id.to_owned())),
        domain_validation_options: Out(Some(records.collect())),
        not_after: moment(it.not_after()),
        not_before: moment(it.not_before()),
        pending_renewal: Out(Some(false)),
        renewal_eligibility: Out::from_sdk(it.renewal_eligibility()),
        renewal_summary: Out(Some(renewal.into_iter().collect())),
        status: Out::from_sdk(it.status()),
        r#type: Out::from_sdk(it.r#type()),
        validation_emails: Out(Some(emails.cloned().collect())),
        id: Out(Some(id.to_owned())),
    };
    Ok(Some(Live { id: id.to_owned(), phase, attributes }))
}

/// Where mail goes to, where that is another domain than the one it is about.
fn validation_options(domains: &[sdk::DomainValidation]) -> BTreeSet<ValidationOption> {
    let mail = |it: &&sdk::DomainValidation| {
        it.validation_method() == Some(&sdk::ValidationMethod::Email)
            && it.validation_domain().is_some_and(|domain| domain != it.domain_name())
    };
    let option = |it: &sdk::DomainValidation| ValidationOption {
        domain_name: it.domain_name().to_owned(),
        validation_domain: it.validation_domain().unwrap_or_default().to_owned(),
    };
    domains.iter().filter(mail).map(option).collect()
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, json, want};

    const WEB: &str = r#"{"domain_name": "a.com", "validation_method": "DNS",
        "subject_alternative_names": ["a.com", "*.a.com"]}"#;

    #[tokio::test]
    async fn a_certificate_is_asked_for_once() {
        let aws = Script::new([json(r#"{"CertificateArn": "arn:web"}"#)]);
        assert_eq!(Certificate::create(&aws, &want(WEB), "token").await.unwrap(), "arn:web");
        aws.sent(expect![[r#"
            RequestCertificate
                DomainName="a.com"
                IdempotencyToken="094de9d85b565c338965e758b0aef552"
                SubjectAlternativeNames=["*.a.com"]
                ValidationMethod="DNS"
        "#]]);
    }

    #[tokio::test]
    async fn it_is_ready_when_its_records_are_known() {
        let found = |record: &str| {
            json(&format!(
                r#"{{"Certificate": {{"CertificateArn": "arn:web", "DomainName": "a.com",
                    "KeyAlgorithm": "RSA-2048", "DomainValidationOptions": [{{"DomainName": "a.com",
                    "ValidationMethod": "DNS"{record}}}]}}}}"#
            ))
        };
        let record = r#", "ResourceRecord": {"Name": "_x.a.com.", "Type": "CNAME", "Value": "v."}"#;
        let aws = Script::new([found(""), json("{}"), found(record), json("{}")]);
        let ids = ["arn:web".to_owned()];
        let early = Certificate::read(&aws, &ids).await.unwrap();
        assert!(matches!(early[0].phase, Phase::Changing(_)));
        let ready = Certificate::read(&aws, &ids).await.unwrap();
        assert_eq!(ready[0].phase, Phase::Ready);
        assert_eq!(ready[0].attributes.key_algorithm.0.as_deref(), Some("RSA_2048"));
    }

    #[tokio::test]
    async fn tags_are_removed_whatever_their_value_is() {
        let aws = Script::new([json("{}")]);
        let have = want::<Certificate>(r#"{"domain_name": "a.com", "tags": {"a": "b"}}"#);
        let want = want::<Certificate>(r#"{"domain_name": "a.com"}"#);
        Certificate::update(&aws, "arn:web", &have, &want).await.unwrap();
        aws.sent(expect![[r#"
            RemoveTagsFromCertificate
                CertificateArn="arn:web"
                Tags=[{"Key":"a"}]
        "#]]);
    }
}
