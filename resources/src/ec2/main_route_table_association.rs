//! `aws_main_route_table_association`: makes a route table the one of subnets that have none.

use aws_sdk_ec2::types as sdk;
use model::{Attributes, Fault, FaultKind, Live, Op, Out, Phase, Timeouts};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::ec2::filter;
use crate::ec2::route_table::target_is_new;
use crate::fault::{OrFault, must};
use crate::mirror::FromSdk;
use crate::resource::{Resource, Result, changed, each};

/// Makes a route table the one of all subnets that have none of their own.
///
/// A VPC always has such a table, so to destroy this is to bring back the one it had before. AWS does
/// not know which that was: the text that finds this object again says it.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_main_route_table_association", timeouts = [create, update, delete])]
pub(crate) struct MainRouteTableAssociation {
    /// The table.
    route_table_id: String,
    /// The VPC.
    #[attr(replace)]
    vpc_id: String,
    /// The table that was the main one before.
    original_route_table_id: Out<String>,
    /// Its id, such as `rtbassoc-0123456789abcdef0`.
    #[attr(volatile)]
    id: Out<String>,
}

impl Resource for MainRouteTableAssociation {
    const BATCH: usize = 100;
    const TIMEOUTS: Timeouts = Timeouts::minutes(5, 2, 5);

    /// `VPC/ORIGINAL`, or `VPC/` where there is nothing to bring back.
    fn identity(&self) -> Option<String> {
        let original = self.original_route_table_id.0.as_deref()?;
        Some(format!("{}/{original}", self.vpc_id))
    }

    fn abandons(&self) -> bool {
        self.original_route_table_id.0.as_deref().is_none_or(str::is_empty)
    }

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        each(ids, |id| async move {
            let Some((vpc, original)) = id.split_once('/') else { return Ok(None) };
            let Some(it) = main(aws, vpc).await? else { return Ok(None) };
            let table = String::from_sdk(it.route_table_id());
            let attributes = MainRouteTableAssociation {
                vpc_id: vpc.to_owned(),
                original_route_table_id: Out(Some(original.to_owned())),
                id: Out::from_sdk(it.route_table_association_id()),
                route_table_id: table,
            };
            let gone = attributes.route_table_id == original;
            Ok((!gone).then(|| Live { id: id.to_owned(), phase: Phase::Ready, attributes }))
        })
        .await
    }

    async fn create(aws: &Aws, want: &Self, _token: &str) -> Result<String> {
        let it = must(main(aws, &want.vpc_id).await?, "DescribeRouteTables")?;
        let original = String::from_sdk(it.route_table_id());
        if original == want.route_table_id {
            return Ok(format!("{}/", want.vpc_id));
        }
        replace(aws, it.route_table_association_id(), &want.route_table_id).await?;
        Ok(format!("{}/{original}", want.vpc_id))
    }

    async fn update(aws: &Aws, _id: &str, have: &Self, want: &Self) -> Result<()> {
        match changed!(have, want; route_table_id) {
            true => replace(aws, have.id.0.as_deref(), &want.route_table_id).await,
            false => Ok(()),
        }
    }

    async fn delete(aws: &Aws, _id: &str, have: &Self) -> Result<()> {
        let original = have.original_route_table_id.0.as_deref().unwrap_or_default();
        replace(aws, have.id.0.as_deref(), original).await
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        target_is_new(op, fault)
    }
}

async fn main(aws: &Aws, vpc: &str) -> Result<Option<sdk::RouteTableAssociation>> {
    let call = aws.ec2().describe_route_tables().filters(filter("vpc-id", &[vpc.to_owned()]));
    let call = call.filters(filter("association.main", &["true".to_owned()]));
    let answer = call.send().await.or_fault("DescribeRouteTables")?;
    let tables = answer.route_tables.unwrap_or_default().into_iter();
    let mut associations = tables.flat_map(|it| it.associations.unwrap_or_default());
    Ok(associations.find(|it| it.main() == Some(true)))
}

async fn replace(aws: &Aws, association: Option<&str>, table: &str) -> Result<()> {
    let call = aws.ec2().replace_route_table_association().route_table_id(table);
    let call = call.set_association_id(association.map(str::to_owned));
    call.send().await.or_fault("ReplaceRouteTableAssociation")?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Answer, Script, ec2, want};

    fn main_is(table: &str) -> Answer {
        ec2(
            "DescribeRouteTables",
            &format!(
                "<routeTableSet><item><associationSet><item><routeTableId>{table}</routeTableId>
                 <routeTableAssociationId>rtbassoc-1</routeTableAssociationId><main>true</main>
                 </item></associationSet></item></routeTableSet>"
            ),
        )
    }

    #[tokio::test]
    async fn the_table_before_is_remembered_and_brought_back() {
        let replaced = || ec2("ReplaceRouteTableAssociation", "");
        let aws = Script::new([
            main_is("rtb-0"),
            replaced(),
            main_is("rtb-1"),
            replaced(),
            main_is("rtb-0"),
        ]);
        let want = want(r#"{"vpc_id": "vpc-1", "route_table_id": "rtb-1"}"#);

        let id = MainRouteTableAssociation::create(&aws, &want, "token").await.unwrap();
        let ids = [id.clone()];
        let found = MainRouteTableAssociation::read(&aws, &ids).await.unwrap();
        MainRouteTableAssociation::delete(&aws, &id, &found[0].attributes).await.unwrap();

        assert_eq!(id, "vpc-1/rtb-0");
        assert!(MainRouteTableAssociation::read(&aws, &ids).await.unwrap().is_empty());
        assert!(aws.transcript().contains("RouteTableId=rtb-0"));
    }

    #[tokio::test]
    async fn a_table_that_is_the_main_one_stays_so() {
        let aws = Script::new([main_is("rtb-1")]);
        let want = want(r#"{"vpc_id": "vpc-1", "route_table_id": "rtb-1"}"#);

        let id = MainRouteTableAssociation::create(&aws, &want, "token").await.unwrap();

        assert_eq!(id, "vpc-1/");
        aws.sent(expect![[r#"
            DescribeRouteTables
                Filter.1.Name=vpc-id
                Filter.1.Value.1=vpc-1
                Filter.2.Name=association.main
                Filter.2.Value.1=true
        "#]]);
    }
}
