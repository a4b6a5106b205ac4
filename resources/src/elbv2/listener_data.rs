//! The data source `aws_lb_listener`: a listener that is managed elsewhere.

use std::collections::BTreeMap;

use model::{Attributes, Auto, Out};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::data::{Data, shown};
use crate::elbv2::action::Action;
use crate::elbv2::listener::{self, MutualAuthentication};
use crate::elbv2::{has_tags, tags_of};
use crate::fault::{OrFault, only};
use crate::resource::{Resource, Result};

/// A listener that is managed elsewhere.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_lb_listener", timeouts = [read])]
pub(crate) struct Listener {
    /// Its Amazon Resource Name. Without it, the load balancer is given.
    arn: Auto<String>,
    /// The load balancer.
    load_balancer_arn: Auto<String>,
    /// The port, if the load balancer has several listeners.
    port: Auto<i32>,
    /// Tags that it has.
    tags: Auto<BTreeMap<String, String>>,
    /// The ALPN policy.
    alpn_policy: Out<String>,
    /// The certificate that is shown when no other fits.
    certificate_arn: Out<String>,
    /// What is done with a request that no rule is about.
    default_action: Out<Vec<Action>>,
    /// Whether clients must show certificates.
    mutual_authentication: Out<Vec<MutualAuthentication>>,
    /// `HTTP`, `HTTPS`, `TCP`, `TLS`, `UDP` or `TCP_UDP`.
    protocol: Out<String>,
    /// Which TLS versions and ciphers are spoken.
    ssl_policy: Out<String>,
    /// Its Amazon Resource Name.
    id: Auto<String>,
}

impl Data for Listener {
    async fn read(aws: &Aws, given: Self) -> Result<Self> {
        let text = |it: &Auto<String>| it.0.clone().filter(|it| !it.is_empty());
        let call = aws.elbv2().describe_listeners();
        let call = match text(&given.arn) {
            Some(arn) => call.listener_arns(arn),
            None => call.set_load_balancer_arn(text(&given.load_balancer_arn)),
        };
        let mut arns = Vec::new();
        let mut pages = call.into_paginator().items().send();
        while let Some(it) = pages.next().await {
            let it = it.or_fault("DescribeListeners")?;
            if given.port.0.is_none_or(|port| it.port() == Some(port)) {
                arns.extend(it.listener_arn);
            }
        }
        let mut matching = Vec::new();
        for some in arns.chunks(20) {
            let tags = tags_of(aws, some).await?;
            let fits = |it: &&String| has_tags(tags.get(*it), &given.tags);
            matching.extend(some.iter().filter(fits).cloned());
        }
        let arn = only("listener", "DescribeListeners", matching)?;
        let found = listener::Listener::read(aws, &[arn]).await?;
        let found = only("listener", "DescribeListeners", found)?;
        let mut shown: Listener = shown(&found.attributes)?;
        if let Some(tags) = &mut shown.tags.0 {
            tags.retain(|key, _| !aws.tags().ignores(key));
        }
        Ok(shown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Script, query, want_data};

    #[tokio::test]
    async fn the_listener_of_a_port_is_found() {
        let listener = |n: u32, port: u32| {
            format!(
                "<member><ListenerArn>arn:l{n}</ListenerArn><Port>{port}</Port>\
                 <Protocol>TCP_UDP</Protocol></member>"
            )
        };
        let both = format!("<Listeners>{}{}</Listeners>", listener(1, 80), listener(2, 443));
        let one = format!("<Listeners>{}</Listeners>", listener(2, 443));
        let aws = Script::new([
            query("DescribeListeners", &both),
            query("DescribeTags", ""),
            query("DescribeListeners", &one),
            query("DescribeTags", ""),
        ]);

        let given = want_data(r#"{"load_balancer_arn": "arn:lb", "port": 443}"#);
        let found = Listener::read(&aws, given).await.unwrap();

        assert_eq!(found.arn.0.as_deref(), Some("arn:l2"));
    }
}
