//! `aws_acm_certificate_validation`: waits until a certificate is issued.

use std::collections::BTreeSet;

use aws_sdk_acm::types as sdk;
use model::{Attributes, Live, Out, Phase, Timeouts, Unread};
use serde::{Deserialize, Serialize};

use crate::acm::certificate::describe;
use crate::aws::Aws;
use crate::mirror::moment;
use crate::resource::{Resource, Result, each};

/// Waits until a certificate is issued. It is nothing in AWS.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_acm_certificate_validation", timeouts = [create])]
pub(crate) struct Validation {
    /// The certificate.
    #[attr(replace)]
    certificate_arn: String,
    /// The names of the records that show that the domains are yours.
    #[attr(replace)]
    validation_record_fqdns: Unread<BTreeSet<String>>,
    /// When the certificate was issued.
    id: Out<String>,
}

impl Resource for Validation {
    const BATCH: usize = 20;
    const TIMEOUTS: Timeouts = Timeouts::minutes(75, 75, 1);

    fn identity(&self) -> Option<String> {
        Some(self.certificate_arn.clone())
    }

    fn abandons(&self) -> bool {
        true
    }

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        each(ids, |id| live(aws, id)).await
    }

    async fn create(_aws: &Aws, want: &Self, _token: &str) -> Result<String> {
        Ok(want.certificate_arn.clone())
    }

    async fn update(_aws: &Aws, _id: &str, _have: &Self, _want: &Self) -> Result<()> {
        Ok(())
    }

    async fn delete(_aws: &Aws, _id: &str, _have: &Self) -> Result<()> {
        Ok(())
    }
}

async fn live(aws: &Aws, id: &str) -> Result<Option<Live<Validation>>> {
    let it = describe(aws, id).await?;
    let status = it.status().map_or("not known", |it| it.as_str());
    let phase = match it.status() {
        Some(sdk::CertificateStatus::Issued) => Phase::Ready,
        Some(sdk::CertificateStatus::PendingValidation) | None => {
            Phase::changing(format!("the certificate's status is {status}"))
        }
        _ => Phase::failed(format!("the certificate's status is {status}")),
    };
    let attributes = Validation {
        certificate_arn: id.to_owned(),
        validation_record_fqdns: Unread(None),
        id: Out(moment(it.issued_at()).0.or_else(|| Some(id.to_owned()))),
    };
    Ok(Some(Live { id: id.to_owned(), phase, attributes }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Script, json};

    #[tokio::test]
    async fn it_waits_until_the_certificate_is_issued() {
        let found = |status: &str| json(&format!(r#"{{"Certificate": {{"Status": "{status}"}}}}"#));
        let aws = Script::new(["PENDING_VALIDATION", "ISSUED", "FAILED"].map(found));
        let ids = ["arn:web".to_owned()];
        let mut phases = Vec::new();
        for _ in 0..3 {
            phases.push(Validation::read(&aws, &ids).await.unwrap().remove(0).phase);
        }
        assert!(matches!(phases[..], [Phase::Changing(_), Phase::Ready, Phase::Failed(..)]));
    }
}
