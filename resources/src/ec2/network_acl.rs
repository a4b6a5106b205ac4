//! `aws_network_acl`: a stateless firewall around subnets.

mod entries;

use std::collections::BTreeSet;

use aws_sdk_ec2::types as sdk;
use model::{Attributes, Auto, Live, Map, Out, Phase, Tags};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::ec2::{filter, forget_tokens, made_with, retag, tag_on_create, tags_from_sdk};
use crate::fault::{OrFault, must};
use crate::mirror::FromSdk;
use crate::resource::{Resource, Result, changed};

pub(super) use entries::{
    Entries, Entry, check_entries, delete as delete_entry, entries, protocol_number, replace,
};

/// A stateless firewall around subnets.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_network_acl")]
pub(crate) struct NetworkAcl {
    /// The VPC it is in.
    #[attr(replace)]
    vpc_id: String,
    /// Which traffic may leave. Do not mix with `aws_network_acl_rule`.
    #[attr(assignable)]
    egress: Auto<Entries>,
    /// Which traffic may enter. Do not mix with `aws_network_acl_rule`.
    #[attr(assignable)]
    ingress: Auto<Entries>,
    /// The subnets it is around.
    subnet_ids: Auto<BTreeSet<String>>,
    /// Tags of its own; those of the provider's `default_tags` come on top.
    tags: Tags,
    /// The account it belongs to.
    owner_id: Out<String>,
    /// Its Amazon Resource Name.
    arn: Out<String>,
    /// Its id, such as `acl-0123456789abcdef0`.
    id: Out<String>,
}

impl Resource for NetworkAcl {
    const BATCH: usize = 200;

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        let found = acls_by_id(aws, ids).await?;
        Ok(found.iter().map(|it| live(aws, it)).collect())
    }

    /// Rules and subnets are left to `update`.
    async fn create(aws: &Aws, want: &Self, token: &str) -> Result<String> {
        let tags = tag_on_create(sdk::ResourceType::NetworkAcl, &want.tags, token);
        let call = aws.ec2().create_network_acl().vpc_id(&want.vpc_id).client_token(token);
        let call = call.set_tag_specifications(Some(tags));
        let answer = call.send().await.or_fault("CreateNetworkAcl")?;
        must(answer.network_acl.and_then(|it| it.network_acl_id), "CreateNetworkAcl")
    }

    async fn update(aws: &Aws, id: &str, have: &Self, want: &Self) -> Result<()> {
        let of = |it: &Auto<Entries>| it.0.clone().unwrap_or_default().entries();
        if changed!(have, want; ingress) {
            replace(aws, id, false, of(&have.ingress), of(&want.ingress)).await?;
        }
        if changed!(have, want; egress) {
            replace(aws, id, true, of(&have.egress), of(&want.egress)).await?;
        }
        let none = BTreeSet::new();
        let subnets = have.subnet_ids.0.as_ref().unwrap_or(&none);
        let wanted = want.subnet_ids.0.as_ref().unwrap_or(&none);
        let removed: Vec<_> = subnets.difference(wanted).cloned().collect();
        if !removed.is_empty() {
            surround(aws, &default_acl(aws, &want.vpc_id).await?, &removed).await?;
        }
        surround(aws, id, &wanted.difference(subnets).cloned().collect::<Vec<_>>()).await?;
        retag(aws, id, &have.tags, &want.tags).await
    }

    /// Its subnets get the ACL the VPC was created with.
    async fn delete(aws: &Aws, id: &str, have: &Self) -> Result<()> {
        let found = acls_by_id(aws, &[id.to_owned()]).await?;
        let associations = found.iter().flat_map(|it| it.associations());
        let subnets: Vec<_> = associations.filter_map(|it| it.subnet_id.clone()).collect();
        if !subnets.is_empty() {
            surround(aws, &default_acl(aws, &have.vpc_id).await?, &subnets).await?;
        }
        let call = aws.ec2().delete_network_acl().network_acl_id(id);
        call.send().await.or_fault("DeleteNetworkAcl")?;
        Ok(())
    }

    async fn find(aws: &Aws, _want: &Self, token: &str) -> Result<Option<String>> {
        let found = acls(aws, made_with(token)).await?;
        Ok(found.into_iter().find_map(|it| it.network_acl_id))
    }

    async fn forget(aws: &Aws, ids: &[String]) -> Result<()> {
        forget_tokens(aws, ids).await
    }

    fn check(given: &Map) -> Vec<(&'static str, String)> {
        check_entries(given)
    }
}

async fn acls(aws: &Aws, filter: sdk::Filter) -> Result<Vec<sdk::NetworkAcl>> {
    let call = aws.ec2().describe_network_acls().filters(filter);
    Ok(call.send().await.or_fault("DescribeNetworkAcls")?.network_acls.unwrap_or_default())
}

/// Fails if one of them is missing; then the engine asks for fewer.
pub(super) async fn acls_by_id(aws: &Aws, ids: &[String]) -> Result<Vec<sdk::NetworkAcl>> {
    let call = aws.ec2().describe_network_acls().set_network_acl_ids(Some(ids.to_vec()));
    Ok(call.send().await.or_fault("DescribeNetworkAcls")?.network_acls.unwrap_or_default())
}

async fn default_acl(aws: &Aws, vpc: &str) -> Result<String> {
    let found = acls(aws, filter("vpc-id", &[vpc.to_owned()])).await?;
    let default = found.into_iter().find(|it| it.is_default() == Some(true));
    must(default.and_then(|it| it.network_acl_id), "DescribeNetworkAcls")
}

/// Puts an ACL around subnets. Each has exactly one, so it takes the place of another.
pub(super) async fn surround(aws: &Aws, id: &str, subnets: &[String]) -> Result<()> {
    if subnets.is_empty() {
        return Ok(());
    }
    let found = acls(aws, filter("association.subnet-id", subnets)).await?;
    let associations = found.iter().flat_map(|it| it.associations());
    let due = |it: &&sdk::NetworkAclAssociation| {
        let wanted = it.subnet_id.as_ref().is_some_and(|it| subnets.contains(it));
        wanted && it.network_acl_id() != Some(id)
    };
    for it in associations.filter(due) {
        let call = aws.ec2().replace_network_acl_association().network_acl_id(id);
        let call = call.set_association_id(it.network_acl_association_id.clone());
        call.send().await.or_fault("ReplaceNetworkAclAssociation")?;
    }
    Ok(())
}

pub(super) fn subnets_of(it: &sdk::NetworkAcl) -> BTreeSet<String> {
    it.associations().iter().filter_map(|it| it.subnet_id.clone()).collect()
}

pub(super) fn arn_of(aws: &Aws, it: &sdk::NetworkAcl) -> String {
    let (partition, region) = (aws.partition().name, aws.region());
    let (owner, id) = (it.owner_id().unwrap_or_default(), it.network_acl_id().unwrap_or_default());
    format!("arn:{partition}:ec2:{region}:{owner}:network-acl/{id}")
}

fn live(aws: &Aws, it: &sdk::NetworkAcl) -> Live<NetworkAcl> {
    let id = String::from_sdk(it.network_acl_id());
    let attributes = NetworkAcl {
        vpc_id: String::from_sdk(it.vpc_id()),
        egress: Auto(Some(Entries::of(entries(it, true)))),
        ingress: Auto(Some(Entries::of(entries(it, false)))),
        subnet_ids: Auto(Some(subnets_of(it))),
        tags: tags_from_sdk(it.tags()),
        owner_id: Out::from_sdk(it.owner_id()),
        arn: Out(Some(arn_of(aws, it))),
        id: Out(Some(id.clone())),
    };
    Live { id, phase: Phase::Ready, attributes }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, ec2, want};

    #[tokio::test]
    async fn rules_are_made_changed_and_removed_by_number() {
        let done = |it: &str| ec2(it, "<return>true</return>");
        let aws = Script::new([
            done("DeleteNetworkAclEntry"),
            done("ReplaceNetworkAclEntry"),
            done("CreateNetworkAclEntry"),
        ]);
        let rule = |number: i32, port: i32| {
            format!(
                r#"{{"rule_no": {number}, "action": "allow", "protocol": "tcp",
                    "from_port": {port}, "to_port": {port}, "cidr_block": "10.0.0.0/8"}}"#
            )
        };
        let acl = |rules: [String; 2]| {
            let rules = rules.join(", ");
            want::<NetworkAcl>(&format!(r#"{{"vpc_id": "vpc-1", "ingress": [{rules}]}}"#))
        };

        let (have, want) = (acl([rule(1, 80), rule(2, 81)]), acl([rule(2, 82), rule(3, 83)]));
        NetworkAcl::update(&aws, "acl-1", &have, &want).await.unwrap();

        aws.sent(expect![[r#"
            DeleteNetworkAclEntry
                Egress=false
                NetworkAclId=acl-1
                RuleNumber=1
            ReplaceNetworkAclEntry
                CidrBlock=10.0.0.0/8
                Egress=false
                NetworkAclId=acl-1
                PortRange.From=82
                PortRange.To=82
                Protocol=6
                RuleAction=allow
                RuleNumber=2
            CreateNetworkAclEntry
                CidrBlock=10.0.0.0/8
                Egress=false
                NetworkAclId=acl-1
                PortRange.From=83
                PortRange.To=83
                Protocol=6
                RuleAction=allow
                RuleNumber=3
        "#]]);
    }

    #[test]
    fn a_protocol_by_name_is_the_same_by_number() {
        let acl = |protocol: &str, port: i32| {
            want::<NetworkAcl>(&format!(
                r#"{{"vpc_id": "v", "egress": [{{"rule_no": 1, "action": "ALLOW", "to_port": 0,
                    "protocol": "{protocol}", "from_port": {port}, "cidr_block": "0.0.0.0/0"}}]}}"#
            ))
        };
        assert_eq!(acl("tcp", 0), acl("6", 0));
        // All protocols have no ports, whatever is written.
        assert_eq!(acl("all", 1), acl("-1", 0));
    }
}
