//! `aws_route_table_association`: makes a subnet or a gateway use a route table.

use aws_sdk_ec2::types as sdk;
use model::{Attributes, Fault, FaultKind, Live, Op, Out, Phase, Timeouts};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::ec2::filter;
use crate::ec2::route_table::target_is_new;
use crate::fault::{OrFault, rejected};
use crate::mirror::FromSdk;
use crate::resource::{Resource, Result, changed};

/// Makes a subnet or a gateway use a route table.
///
/// Its id changes with the table, so it is found by what uses the table, of which there is one.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_route_table_association", timeouts = [create, update, delete])]
pub(crate) struct RouteTableAssociation {
    /// The table to use.
    route_table_id: String,
    /// The internet gateway or virtual private gateway that uses it for traffic that comes in.
    #[attr(replace)]
    gateway_id: Option<String>,
    /// The subnet that uses it for traffic that goes out.
    #[attr(replace)]
    subnet_id: Option<String>,
    /// Its id, such as `rtbassoc-0123456789abcdef0`.
    #[attr(volatile)]
    id: Out<String>,
}

impl Resource for RouteTableAssociation {
    const BATCH: usize = 200;
    const TIMEOUTS: Timeouts = Timeouts::minutes(5, 2, 5);

    fn identity(&self) -> Option<String> {
        self.subnet_id.clone().or_else(|| self.gateway_id.clone())
    }

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        let (subnets, gateways): (Vec<_>, Vec<_>) =
            ids.iter().cloned().partition(|it| it.starts_with("subnet-"));
        let mut lives = Vec::new();
        for (name, ids) in [("subnet", subnets), ("gateway", gateways)] {
            if ids.is_empty() {
                continue;
            }
            let filter = filter(&format!("association.{name}-id"), &ids);
            let call = aws.ec2().describe_route_tables().filters(filter);
            let answer = call.send().await.or_fault("DescribeRouteTables")?;
            let all = answer.route_tables().iter().flat_map(|it| it.associations());
            lives.extend(all.filter_map(live).filter(|it| ids.contains(&it.id)));
        }
        Ok(lives)
    }

    /// Associating the same two again gives the same association.
    async fn create(aws: &Aws, want: &Self, _token: &str) -> Result<String> {
        let call = aws.ec2().associate_route_table().route_table_id(&want.route_table_id);
        let call = call.set_gateway_id(want.gateway_id.clone());
        let call = call.set_subnet_id(want.subnet_id.clone());
        call.send().await.or_fault("AssociateRouteTable")?;
        let text = "one of `subnet_id` and `gateway_id` must be given";
        want.identity().ok_or_else(|| rejected("AssociateRouteTable", "NoSubnet", text))
    }

    async fn update(aws: &Aws, _id: &str, have: &Self, want: &Self) -> Result<()> {
        if changed!(have, want; route_table_id) {
            let call = aws.ec2().replace_route_table_association();
            let call = call.set_association_id(have.id.0.clone());
            let call = call.route_table_id(&want.route_table_id);
            call.send().await.or_fault("ReplaceRouteTableAssociation")?;
        }
        Ok(())
    }

    async fn delete(aws: &Aws, _id: &str, have: &Self) -> Result<()> {
        let call = aws.ec2().disassociate_route_table().set_association_id(have.id.0.clone());
        call.send().await.or_fault("DisassociateRouteTable")?;
        Ok(())
    }

    async fn find(aws: &Aws, want: &Self, _token: &str) -> Result<Option<String>> {
        let Some(id) = want.identity() else { return Ok(None) };
        let found = Self::read(aws, &[id]).await?;
        let ours = |it: &Live<Self>| it.attributes.route_table_id == want.route_table_id;
        Ok(found.into_iter().find(ours).map(|it| it.id))
    }

    /// `SUBNET/TABLE` or `GATEWAY/TABLE`.
    async fn import(_aws: &Aws, text: &str) -> Result<String> {
        Ok(text.split('/').next().unwrap_or_default().to_owned())
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        match (op, fault.code.as_str()) {
            (Op::Create, "InvalidSubnetID.NotFound") => Some(FaultKind::NotYet),
            (Op::Create, "Resource.AlreadyAssociated") => Some(FaultKind::Exists),
            _ => target_is_new(op, fault),
        }
    }
}

fn live(it: &sdk::RouteTableAssociation) -> Option<Live<RouteTableAssociation>> {
    use sdk::RouteTableAssociationStateCode::{Associating, Disassociated, Disassociating, Failed};
    let attributes = RouteTableAssociation {
        route_table_id: String::from_sdk(it.route_table_id()),
        gateway_id: Option::from_sdk(it.gateway_id()),
        subnet_id: Option::from_sdk(it.subnet_id()),
        id: Out::from_sdk(it.route_table_association_id()),
    };
    let state = it.association_state();
    let phase = match state.and_then(|it| it.state()) {
        Some(Disassociated) => return None,
        Some(it @ (Associating | Disassociating)) => Phase::changing(format!("it is {it}")),
        Some(Failed) => Phase::failed(String::from_sdk(state.and_then(|it| it.status_message()))),
        _ => Phase::Ready,
    };
    Some(Live { id: attributes.identity()?, phase, attributes })
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, ec2, want};

    #[tokio::test]
    async fn another_table_takes_over_without_a_gap() {
        let aws = Script::new([ec2(
            "ReplaceRouteTableAssociation",
            "<newAssociationId>rtbassoc-2</newAssociationId>",
        )]);
        let have =
            want(r#"{"subnet_id": "subnet-1", "route_table_id": "rtb-1", "id": "rtbassoc-1"}"#);
        let want = want(r#"{"subnet_id": "subnet-1", "route_table_id": "rtb-2"}"#);

        RouteTableAssociation::update(&aws, "subnet-1", &have, &want).await.unwrap();

        aws.sent(expect![[r#"
            ReplaceRouteTableAssociation
                AssociationId=rtbassoc-1
                RouteTableId=rtb-2
        "#]]);
    }

    #[tokio::test]
    async fn an_association_is_found_by_its_subnet() {
        let aws = Script::new([ec2(
            "DescribeRouteTables",
            "<routeTableSet><item><routeTableId>rtb-1</routeTableId><associationSet>
             <item><routeTableAssociationId>rtbassoc-1</routeTableAssociationId>
               <routeTableId>rtb-1</routeTableId><subnetId>subnet-1</subnetId></item>
             <item><routeTableAssociationId>rtbassoc-2</routeTableAssociationId>
               <routeTableId>rtb-1</routeTableId><subnetId>subnet-2</subnetId></item>
             </associationSet></item></routeTableSet>",
        )]);

        let found = RouteTableAssociation::read(&aws, &["subnet-1".to_owned()]).await.unwrap();

        assert_eq!(found.len(), 1);
        assert_eq!(found[0].attributes.id.0.as_deref(), Some("rtbassoc-1"));
        aws.sent(expect![[r#"
            DescribeRouteTables
                Filter.1.Name=association.subnet-id
                Filter.1.Value.1=subnet-1
        "#]]);
    }
}
