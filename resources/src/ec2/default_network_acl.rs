//! `aws_default_network_acl`: the network ACL a VPC was created with. It is taken over, not created,
//! and stays when it is no longer managed.

use std::collections::BTreeSet;

use aws_sdk_ec2::types as sdk;
use model::{Attributes, Live, Map, Out, Phase, Tags};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::ec2::network_acl::{
    Entries, acls_by_id, arn_of, check_entries, entries, replace, subnets_of, surround,
};
use crate::ec2::{retag, tags_from_sdk};
use crate::mirror::FromSdk;
use crate::resource::{Resource, Result, changed};

/// The network ACL a VPC was created with.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_default_network_acl")]
pub(crate) struct DefaultNetworkAcl {
    /// Its id: `default_network_acl_id` of the VPC.
    #[attr(replace)]
    default_network_acl_id: String,
    /// Which traffic may leave: none, unless rules say so.
    egress: Entries,
    /// Which traffic may enter: none, unless rules say so.
    ingress: Entries,
    /// The subnets it is around. One leaves it only for another ACL.
    subnet_ids: Option<BTreeSet<String>>,
    /// Tags of its own; those of the provider's `default_tags` come on top.
    tags: Tags,
    /// The account it belongs to.
    owner_id: Out<String>,
    /// The VPC it is in.
    vpc_id: Out<String>,
    /// Its Amazon Resource Name.
    arn: Out<String>,
    /// Its id, such as `acl-0123456789abcdef0`.
    id: Out<String>,
}

impl Resource for DefaultNetworkAcl {
    const BATCH: usize = 200;

    fn abandons(&self) -> bool {
        true
    }

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        let found = acls_by_id(aws, ids).await?;
        Ok(found.iter().map(|it| live(aws, it)).collect())
    }

    /// The rules it has are not in `want`, so `update` removes them.
    async fn create(_aws: &Aws, want: &Self, _token: &str) -> Result<String> {
        Ok(want.default_network_acl_id.clone())
    }

    async fn update(aws: &Aws, id: &str, have: &Self, want: &Self) -> Result<()> {
        if changed!(have, want; ingress) {
            replace(aws, id, false, have.ingress.entries(), want.ingress.entries()).await?;
        }
        if changed!(have, want; egress) {
            replace(aws, id, true, have.egress.entries(), want.egress.entries()).await?;
        }
        if changed!(have, want; subnet_ids) {
            let wanted: Vec<_> = want.subnet_ids.iter().flatten().cloned().collect();
            surround(aws, id, &wanted).await?;
        }
        retag(aws, id, &have.tags, &want.tags).await
    }

    /// It cannot be deleted as long as its VPC exists.
    async fn delete(_aws: &Aws, _id: &str, _have: &Self) -> Result<()> {
        Ok(())
    }

    fn check(given: &Map) -> Vec<(&'static str, String)> {
        check_entries(given)
    }
}

fn live(aws: &Aws, it: &sdk::NetworkAcl) -> Live<DefaultNetworkAcl> {
    let id = String::from_sdk(it.network_acl_id());
    let attributes = DefaultNetworkAcl {
        default_network_acl_id: id.clone(),
        egress: Entries::of(entries(it, true)),
        ingress: Entries::of(entries(it, false)),
        subnet_ids: Some(subnets_of(it)),
        tags: tags_from_sdk(it.tags()),
        owner_id: Out::from_sdk(it.owner_id()),
        vpc_id: Out::from_sdk(it.vpc_id()),
        arn: Out(Some(arn_of(aws, it))),
        id: Out(Some(id.clone())),
    };
    Live { id, phase: Phase::Ready, attributes }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Script, ec2, want};

    #[tokio::test]
    async fn the_rule_that_denies_all_is_not_its_own() {
        let entry = |number: i32, action: &str| {
            format!(
                "<item><ruleNumber>{number}</ruleNumber><protocol>-1</protocol>
                 <ruleAction>{action}</ruleAction><egress>false</egress>
                 <cidrBlock>0.0.0.0/0</cidrBlock></item>"
            )
        };
        let entries = entry(100, "allow") + &entry(32767, "deny");
        let set = format!(
            "<networkAclSet><item><networkAclId>acl-1</networkAclId>
             <entrySet>{entries}</entrySet></item></networkAclSet>"
        );
        let aws = Script::new([ec2("DescribeNetworkAcls", &set)]);

        let found = DefaultNetworkAcl::read(&aws, &["acl-1".to_owned()]).await.unwrap();

        let want = want::<DefaultNetworkAcl>(
            r#"{"default_network_acl_id": "acl-1", "ingress": [{"rule_no": 100, "action": "allow",
                "protocol": "all", "from_port": 0, "to_port": 0, "cidr_block": "0.0.0.0/0"}]}"#,
        );
        assert_eq!(found[0].attributes.ingress, want.ingress);
        assert_eq!(found[0].attributes.egress, want.egress);
    }
}
