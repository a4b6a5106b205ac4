//! `aws_lb_listener_certificate`: one more certificate of a listener.

use model::{Attributes, Fault, FaultKind, Live, Op, Out, Phase};
use serde::{Deserialize, Serialize};

use aws_sdk_elasticloadbalancingv2::types as sdk;

use crate::aws::Aws;
use crate::fault::OrFault;
use crate::resource::{Resource, Result, each};

/// One more certificate of a listener, besides its default one.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_lb_listener_certificate")]
pub(crate) struct ListenerCertificate {
    /// The certificate.
    #[attr(replace)]
    certificate_arn: String,
    /// The listener.
    #[attr(replace)]
    listener_arn: String,
    /// The ARNs of the listener and of the certificate, with `_` between them.
    id: Out<String>,
}

impl Resource for ListenerCertificate {
    const BATCH: usize = 20;

    fn identity(&self) -> Option<String> {
        Some(format!("{}_{}", self.listener_arn, self.certificate_arn))
    }

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        each(ids, |id| async move {
            let Some((listener, certificate)) = id.split_once('_') else { return Ok(None) };
            let call = aws.elbv2().describe_listener_certificates().listener_arn(listener);
            let mut pages = call.into_paginator().items().send();
            let mut found = false;
            while let Some(it) = pages.next().await {
                let it = it.or_fault("DescribeListenerCertificates")?;
                let default = it.is_default() == Some(true);
                found |= it.certificate_arn() == Some(certificate) && !default;
            }
            let attributes = ListenerCertificate {
                certificate_arn: certificate.to_owned(),
                listener_arn: listener.to_owned(),
                id: Out(Some(id.to_owned())),
            };
            Ok(found.then(|| Live { id: id.to_owned(), phase: Phase::Ready, attributes }))
        })
        .await
    }

    /// Adding a certificate again changes nothing.
    async fn create(aws: &Aws, want: &Self, _token: &str) -> Result<String> {
        let call = aws.elbv2().add_listener_certificates().listener_arn(&want.listener_arn);
        let call = call.certificates(certificate(want));
        call.send().await.or_fault("AddListenerCertificates")?;
        Ok(format!("{}_{}", want.listener_arn, want.certificate_arn))
    }

    /// Nothing of it can change.
    async fn update(_aws: &Aws, _id: &str, _have: &Self, _want: &Self) -> Result<()> {
        Ok(())
    }

    async fn delete(aws: &Aws, _id: &str, have: &Self) -> Result<()> {
        let call = aws.elbv2().remove_listener_certificates().listener_arn(&have.listener_arn);
        let call = call.certificates(certificate(have));
        call.send().await.or_fault("RemoveListenerCertificates")?;
        Ok(())
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        match (op, fault.code.as_str()) {
            // The certificate was issued a moment ago.
            (Op::Create, "CertificateNotFound") => Some(FaultKind::NotYet),
            _ => None,
        }
    }
}

fn certificate(it: &ListenerCertificate) -> sdk::Certificate {
    sdk::Certificate::builder().certificate_arn(&it.certificate_arn).build()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Script, query};

    #[tokio::test]
    async fn the_default_certificate_is_none_of_the_others() {
        let aws = Script::new([query(
            "DescribeListenerCertificates",
            "<Certificates>
             <member><CertificateArn>arn:a</CertificateArn><IsDefault>true</IsDefault></member>
             <member><CertificateArn>arn:b</CertificateArn><IsDefault>false</IsDefault></member>
             </Certificates>",
        )]);
        assert!(ListenerCertificate::read(&aws, &["arn:l_arn:a".into()]).await.unwrap().is_empty());
    }
}
