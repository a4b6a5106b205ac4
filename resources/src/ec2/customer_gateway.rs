//! `aws_customer_gateway`: what AWS knows of the other end of a VPN.

use aws_sdk_ec2::types as sdk;
use model::{Attributes, Live, Map, Out, Phase, Tags};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::ec2::{filter, forget_tokens, made_with, number, retag, tag_on_create, tags_from_sdk};
use crate::fault::{OrFault, must};
use crate::mirror::FromSdk;
use crate::resource::{Resource, Result};

/// What AWS knows of the other end of a VPN.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_customer_gateway")]
pub(crate) struct CustomerGateway {
    /// Its number in BGP, up to 2147483647.
    #[attr(replace)]
    bgp_asn: Option<String>,
    /// Its number in BGP, from 2147483648 on.
    #[attr(replace)]
    bgp_asn_extended: Option<String>,
    /// The certificate it identifies itself with.
    #[attr(replace)]
    certificate_arn: Option<String>,
    /// A name for the device.
    #[attr(replace)]
    device_name: Option<String>,
    /// Its public address.
    #[attr(replace)]
    ip_address: Option<String>,
    /// `ipsec.1`.
    #[attr(replace)]
    r#type: String,
    /// Tags of its own; those of the provider's `default_tags` come on top.
    tags: Tags,
    /// Its Amazon Resource Name.
    arn: Out<String>,
    /// Its id, such as `cgw-0123456789abcdef0`.
    id: Out<String>,
}

impl Resource for CustomerGateway {
    const BATCH: usize = 200;

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        let call = aws.ec2().describe_customer_gateways();
        let call = call.filters(filter("customer-gateway-id", ids));
        let answer = call.send().await.or_fault("DescribeCustomerGateways")?;
        // A deleted one stays describable for a while.
        let exists = |it: &&sdk::CustomerGateway| it.state() != Some("deleted");
        let found: Vec<_> = answer.customer_gateways().iter().filter(exists).collect();
        if found.is_empty() {
            return Ok(Vec::new());
        }
        let arn = aws.arn("ec2", "customer-gateway/").await?;
        Ok(found.into_iter().map(|it| live(it, &arn)).collect())
    }

    async fn create(aws: &Aws, want: &Self, token: &str) -> Result<String> {
        let tags = tag_on_create(sdk::ResourceType::CustomerGateway, &want.tags, token);
        let call = aws.ec2().create_customer_gateway().r#type(want.r#type.as_str().into());
        let call = call
            .set_bgp_asn(number("CreateCustomerGateway", want.bgp_asn.as_deref())?)
            .set_bgp_asn_extended(number(
                "CreateCustomerGateway",
                want.bgp_asn_extended.as_deref(),
            )?)
            .set_certificate_arn(want.certificate_arn.clone())
            .set_device_name(want.device_name.clone())
            .set_ip_address(want.ip_address.clone())
            .set_tag_specifications(Some(tags));
        let answer = call.send().await.or_fault("CreateCustomerGateway")?;
        let id = answer.customer_gateway.and_then(|it| it.customer_gateway_id);
        must(id, "CreateCustomerGateway")
    }

    async fn update(aws: &Aws, id: &str, have: &Self, want: &Self) -> Result<()> {
        retag(aws, id, &have.tags, &want.tags).await
    }

    /// AWS refuses with `IncorrectState` while a VPN connection uses it.
    async fn delete(aws: &Aws, id: &str, _have: &Self) -> Result<()> {
        let call = aws.ec2().delete_customer_gateway().customer_gateway_id(id);
        call.send().await.or_fault("DeleteCustomerGateway")?;
        Ok(())
    }

    async fn find(aws: &Aws, _want: &Self, token: &str) -> Result<Option<String>> {
        let call = aws.ec2().describe_customer_gateways().filters(made_with(token));
        let answer = call.send().await.or_fault("DescribeCustomerGateways")?;
        let found = answer.customer_gateways.unwrap_or_default();
        Ok(found.into_iter().find_map(|it| it.customer_gateway_id))
    }

    async fn forget(aws: &Aws, ids: &[String]) -> Result<()> {
        forget_tokens(aws, ids).await
    }

    fn check(given: &Map) -> Vec<(&'static str, String)> {
        let has = |name: &str| given.get(name).is_some_and(|it| !it.is_null());
        match has("bgp_asn") && has("bgp_asn_extended") {
            true => vec![("bgp_asn", "cannot be given with `bgp_asn_extended`".to_owned())],
            false => Vec::new(),
        }
    }
}

fn live(it: &sdk::CustomerGateway, arn: &str) -> Live<CustomerGateway> {
    let id = String::from_sdk(it.customer_gateway_id());
    let attributes = CustomerGateway {
        bgp_asn: Option::from_sdk(it.bgp_asn()),
        bgp_asn_extended: Option::from_sdk(it.bgp_asn_extended()),
        certificate_arn: Option::from_sdk(it.certificate_arn()),
        device_name: Option::from_sdk(it.device_name()),
        ip_address: Option::from_sdk(it.ip_address()),
        r#type: String::from_sdk(it.r#type()),
        tags: tags_from_sdk(it.tags()),
        arn: Out(Some(format!("{arn}{id}"))),
        id: Out(Some(id.clone())),
    };
    let phase = match it.state() {
        Some(state @ ("pending" | "deleting")) => Phase::changing(format!("its state is {state}")),
        _ => Phase::Ready,
    };
    Live { id, phase, attributes }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, ec2, want};

    #[tokio::test]
    async fn numbers_that_are_given_as_text_are_sent_as_numbers() {
        let made =
            "<customerGateway><customerGatewayId>cgw-1</customerGatewayId></customerGateway>";
        let aws = Script::new([ec2("CreateCustomerGateway", made)]);
        let want = want(
            r#"{"bgp_asn_extended": "4200000000", "ip_address": "203.0.113.7", "type": "ipsec.1",
                "device_name": "office"}"#,
        );

        assert_eq!(CustomerGateway::create(&aws, &want, "token-1").await.unwrap(), "cgw-1");

        aws.sent(expect![[r#"
            CreateCustomerGateway
                BgpAsnExtended=4200000000
                DeviceName=office
                IpAddress=203.0.113.7
                TagSpecification.1.ResourceType=customer-gateway
                TagSpecification.1.Tag.1.Key=groundplan:intent
                TagSpecification.1.Tag.1.Value=token-1
                Type=ipsec.1
        "#]]);
    }

    #[tokio::test]
    async fn a_deleted_one_is_gone() {
        let gateway = "<customerGatewaySet><item><customerGatewayId>cgw-1</customerGatewayId>
            <state>deleted</state></item></customerGatewaySet>";
        let aws = Script::new([ec2("DescribeCustomerGateways", gateway)]);

        assert!(CustomerGateway::read(&aws, &["cgw-1".into()]).await.unwrap().is_empty());
    }
}
