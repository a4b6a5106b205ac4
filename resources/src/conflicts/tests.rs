use std::sync::Arc;

use expect_test::{Expect, expect};
use model::{Type, from_json};

use super::*;

/// An object: its address, what is given, and what else it will have.
struct Object {
    address: InstanceAddr,
    given: Map,
    after: Map,
    refers: BTreeMap<Arc<str>, InstanceAddr>,
}

fn map(json: &str) -> Map {
    let json: serde_json::Value = serde_json::from_str(json).unwrap();
    from_json(&json).entries().unwrap().clone()
}

fn object(address: &str, given: &str, more: &str) -> Object {
    let given = map(given);
    let mut after = given.clone();
    after.extend(map(more));
    Object { address: address.parse().unwrap(), given, after, refers: BTreeMap::new() }
}

impl Object {
    /// An attribute that is not known yet, but is that of another object.
    fn refers(mut self, attribute: &str, address: &str) -> Object {
        for it in [&mut self.given, &mut self.after] {
            it.insert(attribute.into(), Value::unknown(Type::String));
        }
        self.refers.insert(attribute.into(), address.parse().unwrap());
        self
    }
}

fn check(objects: &[Object], expect: Expect) {
    let (none, nothing) = (BTreeMap::new(), BTreeMap::new());
    let planned: Vec<_> = objects
        .iter()
        .map(|it| Planned {
            address: &it.address,
            given: &it.given,
            after: &it.after,
            refers: &it.refers,
            mentions: &none,
            encoded: &nothing,
        })
        .collect();
    let lines = between(&planned).into_iter().map(|(at, text)| format!("{at}: {text}\n"));
    expect.assert_eq(&lines.collect::<String>());
}

const ID: &str = r#"{"id": "sg-1"}"#;

#[test]
fn rules_with_the_group_and_beside_it() {
    let rule = |name: &str, way: &str| {
        let given = format!(r#"{{"security_group_id": "sg-1", "type": "{way}"}}"#);
        object(&format!("aws_security_group_rule.{name}"), &given, "{}")
    };
    check(
        &[
            object("aws_security_group.web", r#"{"ingress": [{"from_port": 80}]}"#, ID),
            rule("in", "ingress"),
            rule("out", "egress"),
        ],
        expect![[r#"
            aws_security_group_rule.in: aws_security_group.web says with `ingress` what there is, and aws_security_group_rule.in adds to it: each would undo what the other does. Say it in one place
        "#]],
    );
}

#[test]
fn a_group_that_says_nothing_has_rules_beside_it() {
    // What AWS has of them is in the object, but not in the configuration.
    let after = r#"{"id": "sg-1", "ingress": [{"from_port": 80}], "egress": []}"#;
    check(
        &[
            object("aws_security_group.web", r#"{"ingress": null}"#, after),
            object(
                "aws_vpc_security_group_ingress_rule.http",
                r#"{"security_group_id": "sg-1"}"#,
                "{}",
            ),
        ],
        expect![[r#""#]],
    );
}

#[test]
fn no_rules_at_all_is_something_that_is_said() {
    check(
        &[
            object("aws_security_group.web", r#"{"egress": []}"#, "{}"),
            object("aws_vpc_security_group_egress_rule.all", "{}", "{}")
                .refers("security_group_id", "aws_security_group.web"),
        ],
        expect![[r#"
            aws_vpc_security_group_egress_rule.all: aws_security_group.web says with `egress` what there is, and aws_vpc_security_group_egress_rule.all adds to it: each would undo what the other does. Say it in one place
        "#]],
    );
}

#[test]
fn a_reference_to_another_object_is_no_conflict() {
    check(
        &[
            object("aws_route_table.a", r#"{"route": [{"cidr_block": "0.0.0.0/0"}]}"#, "{}"),
            object("aws_route_table.b", r#"{"route": null}"#, "{}"),
            object("aws_route.out", r#"{"destination_cidr_block": "0.0.0.0/0"}"#, "{}")
                .refers("route_table_id", "aws_route_table.b"),
        ],
        expect![[r#""#]],
    );
}

#[test]
fn routes_with_the_table_and_beside_it() {
    check(
        &[
            object("aws_route_table.a", r#"{"route": [{"cidr_block": "0.0.0.0/0"}]}"#, "{}"),
            object("aws_route.out", r#"{"destination_cidr_block": "10.9.0.0/16"}"#, "{}")
                .refers("route_table_id", "aws_route_table.a"),
        ],
        expect![[r#"
            aws_route.out: aws_route_table.a says with `route` what there is, and aws_route.out adds to it: each would undo what the other does. Say it in one place
        "#]],
    );
}

#[test]
fn a_default_acl_has_no_rules_but_its_own() {
    let rule = r#"{"network_acl_id": "acl-1", "egress": false, "rule_number": 100}"#;
    let acl = r#"{"default_network_acl_id": "acl-1", "ingress": []}"#;
    check(
        &[
            object("aws_default_network_acl.it", acl, "{}"),
            object("aws_network_acl_rule.http", rule, "{}"),
        ],
        expect![[r#"
            aws_network_acl_rule.http: aws_default_network_acl.it has no `ingress` but its own, and aws_network_acl_rule.http adds to it: each would undo what the other does. Say it in one place
        "#]],
    );
}

#[test]
fn policies_of_a_role() {
    let attachment = |arn: &str| {
        let given = format!(r#"{{"role": "app", "policy_arn": "{arn}"}}"#);
        object("aws_iam_role_policy_attachment.it", &given, "{}")
    };
    let role = || {
        let given = r#"{"name": "app", "managed_policy_arns": ["arn:a"], "inline_policy": []}"#;
        object("aws_iam_role.app", given, "{}")
    };
    let own = r#"{"role": "app", "name": "own"}"#;
    check(
        &[role(), attachment("arn:b"), object("aws_iam_role_policy.own", own, "{}")],
        expect![[r#"
            aws_iam_role_policy_attachment.it: aws_iam_role.app says with `managed_policy_arns` what there is, and aws_iam_role_policy_attachment.it adds to it: each would undo what the other does. Say it in one place
        "#]],
    );
    // Both say the same.
    check(&[role(), attachment("arn:a")], expect![[r#""#]]);
}

#[test]
fn one_bucket_has_one_policy() {
    let policy = |name: &str| {
        object(&format!("aws_s3_bucket_policy.{name}"), "{}", "{}")
            .refers("bucket", "aws_s3_bucket.logs")
    };
    check(
        &[policy("a"), policy("b")],
        expect![[r#"
            aws_s3_bucket_policy.b: aws_s3_bucket_policy.a and aws_s3_bucket_policy.b are both the policy of a bucket: only one can be
        "#]],
    );
}

#[test]
fn records_are_told_apart_by_name_type_and_set() {
    let record = |name: &str, dns: &str, more: &str| {
        let given = format!(r#"{{"zone_id": "Z1", "name": "{dns}"{more}}}"#);
        object(&format!("aws_route53_record.{name}"), &given, "{}")
    };
    check(
        &[
            record("a", "www.example.com", r#", "type": "A", "set_identifier": null"#),
            record("b", "WWW.example.com.", r#", "type": "A", "set_identifier": null"#),
            record("c", "www.example.com", r#", "type": "AAAA", "set_identifier": null"#),
            record("d", "www.example.com", r#", "type": "A", "set_identifier": "blue""#),
        ],
        expect![[r#"
            aws_route53_record.b: aws_route53_record.a and aws_route53_record.b are both the records of a zone with one name, type and set identifier: only one can be
        "#]],
    );
}

#[test]
fn a_port_of_a_balancer_has_one_listener() {
    let listener = |address: &str, port: u16| {
        let given = format!(r#"{{"port": {port}}}"#);
        object(address, &given, "{}").refers("load_balancer_arn", "aws_lb.web")
    };
    check(
        &[
            listener("aws_lb_listener.http", 80),
            listener("aws_lb_listener.https", 443),
            listener("aws_alb_listener.also", 80),
        ],
        expect![[r#"
            aws_alb_listener.also: aws_lb_listener.http and aws_alb_listener.also are both a port of a load balancer: only one can be
        "#]],
    );
}
