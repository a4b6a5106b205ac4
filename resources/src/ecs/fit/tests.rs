use std::sync::Arc;

use expect_test::{Expect, expect};
use model::{InstanceAddr, Map, Type, from_json};

use super::*;

/// A planned object, with what its unknown arguments are written with.
struct Object {
    address: InstanceAddr,
    after: Map,
    refers: BTreeMap<Arc<str>, InstanceAddr>,
    mentions: BTreeMap<Arc<str>, Vec<InstanceAddr>>,
    encoded: BTreeMap<Arc<str>, Value>,
}

fn object(address: &str, json: &str) -> Object {
    let json: serde_json::Value = serde_json::from_str(json).unwrap();
    Object {
        address: address.parse().unwrap(),
        after: from_json(&json).entries().unwrap().clone(),
        refers: BTreeMap::new(),
        mentions: BTreeMap::new(),
        encoded: BTreeMap::new(),
    }
}

impl Object {
    /// An argument that is not known yet, but is that of another object.
    fn refers(mut self, attribute: &str, address: &str) -> Object {
        self.after.insert(attribute.into(), Value::unknown(Type::String));
        self.refers.insert(attribute.into(), address.parse().unwrap());
        self
    }

    /// A block in which something is not known yet.
    fn mentions(mut self, block: &str, addresses: &[&str]) -> Object {
        let addresses = addresses.iter().map(|it| it.parse().unwrap()).collect();
        self.mentions.insert(block.into(), addresses);
        self
    }

    fn encoded(mut self, attribute: &str, json: &str) -> Object {
        self.after.insert(attribute.into(), Value::unknown(Type::String));
        let json: serde_json::Value = serde_json::from_str(json).unwrap();
        self.encoded.insert(attribute.into(), from_json(&json));
        self
    }
}

fn check(objects: &[Object], expect: Expect) {
    let planned: Vec<_> = objects
        .iter()
        .map(|it| Planned {
            address: &it.address,
            given: &it.after,
            after: &it.after,
            refers: &it.refers,
            mentions: &it.mentions,
            encoded: &it.encoded,
        })
        .collect();
    let lines = between(&planned).into_iter().map(|it| {
        let path: String = it.path.iter().map(ToString::to_string).collect();
        format!("{path} {}: {}\n", it.summary, it.detail).trim_start().to_owned()
    });
    expect.assert_eq(&lines.collect::<String>());
}

const CONTAINERS: &str =
    r#"[{"name": "web", "image": "a", "portMappings": [{"containerPort": 80}]}, {"name": "log"}]"#;

fn task(mode: &str) -> Object {
    let text = serde_json::json!({
        "arn": "arn:aws:ecs:r:1:task-definition/web:1",
        "network_mode": mode,
        "container_definitions": CONTAINERS,
    });
    object("aws_ecs_task_definition.web", &text.to_string())
}

fn service(balancer: &str, network: &str) -> Object {
    let text = format!(
        r#"{{"task_definition": "web:1", "load_balancer": {balancer}, "network_configuration": {network}}}"#
    );
    object("aws_ecs_service.web", &text)
}

const NETWORK: &str = r#"[{"subnets": ["subnet-1"], "security_groups": ["sg-1"]}]"#;

#[test]
fn containers_and_ports_that_do_not_exist() {
    let with = |name: &str, port: u16| {
        let balancer = format!(r#"[{{"container_name": "{name}", "container_port": {port}}}]"#);
        [task("awsvpc"), service(&balancer, NETWORK)]
    };
    check(&with("web", 80), expect![""]);
    check(
        &with("app", 80),
        expect![[r#"
        ["load_balancer"][0]["container_name"] No such container: The task definition has no container "app", but: web, log.
    "#]],
    );
    check(
        &with("web", 8080),
        expect![[r#"
        ["load_balancer"][0]["container_port"] No such port: The container "web" has no port 8080, but: 80.
    "#]],
    );
    check(
        &with("log", 80),
        expect![[r#"
        ["load_balancer"][0]["container_port"] No such port: The container "log" has no `portMappings`, so no port 80.
    "#]],
    );
}

#[test]
fn containers_that_are_not_wholly_known() {
    let json = r#"[{"name": "web", "image": null, "portMappings": [{"containerPort": 80}]}]"#;
    let with = |name: &str, port: u16| {
        let balancer = format!(r#"[{{"container_name": "{name}", "container_port": {port}}}]"#);
        [
            task("awsvpc").encoded("container_definitions", json),
            service(&balancer, NETWORK).refers("task_definition", "aws_ecs_task_definition.web"),
        ]
    };
    check(&with("web", 80), expect![""]);
    check(
        &with("web", 81),
        expect![[r#"
        ["load_balancer"][0]["container_port"] No such port: The container "web" has no port 81, but: 80.
    "#]],
    );
    check(
        &with("app", 80),
        expect![[r#"
        ["load_balancer"][0]["container_name"] No such container: The task definition has no container "app", but: web.
    "#]],
    );
}

#[test]
fn the_network_mode_decides_on_targets_and_subnets() {
    let balancer = r#"[{"container_name": "web", "container_port": 80, "target_group_arn": null}]"#;
    let with = |mode: &str, kind: &str, network: &str| {
        let group = object("aws_lb_target_group.web", &format!(r#"{{"target_type": "{kind}"}}"#));
        let service = service(balancer, network);
        [task(mode), group, service.mentions("load_balancer", &["aws_lb_target_group.web"])]
    };
    check(&with("awsvpc", "ip", NETWORK), expect![""]);
    check(&with("bridge", "instance", "[]"), expect![""]);
    check(
        &with("awsvpc", "instance", NETWORK),
        expect![[r#"
        ["load_balancer"][0]["target_group_arn"] Target type does not fit the network mode: The target group takes targets of the type `instance`. Tasks with the network mode `awsvpc` are of the type `ip`.
    "#]],
    );
    check(
        &with("host", "instance", NETWORK),
        expect![[r#"
        ["network_configuration"] Network does not fit the network mode: Tasks with the network mode `host` take no subnets.
    "#]],
    );
    check(
        &with("awsvpc", "ip", "[]"),
        expect![[r#"
             Network does not fit the network mode: Tasks with the network mode `awsvpc` need a `network_configuration` block.
        "#]],
    );
}

#[test]
fn all_is_in_one_vpc() {
    let subnet = || object("aws_subnet.a", r#"{"id": "subnet-1", "vpc_id": "vpc-1"}"#);
    let group = |vpc: &str| {
        object("aws_security_group.a", &format!(r#"{{"id": "sg-1", "vpc_id": "{vpc}"}}"#))
    };
    let own = || service("[]", NETWORK);
    check(&[subnet(), group("vpc-1"), own()], expect![""]);
    check(
        &[subnet(), group("vpc-2"), own()],
        expect![[r#"
        ["network_configuration"] Not in one VPC: subnet-1 is in vpc-1, but sg-1 is in vpc-2.
    "#]],
    );
    let made = |address: &str, vpc: &str| object(address, "{}").refers("vpc_id", vpc);
    let new = |vpc: &str| {
        let network = service("[]", r#"[{"subnets": null}]"#);
        [
            made("aws_subnet.a[0]", "aws_vpc.a"),
            made("aws_security_group.a", vpc),
            network.mentions("network_configuration", &["aws_subnet.a", "aws_security_group.a"]),
        ]
    };
    check(&new("aws_vpc.a"), expect![""]);
    check(
        &new("aws_vpc.b"),
        expect![[r#"
        ["network_configuration"] Not in one VPC: aws_subnet.a[0] is in aws_vpc.a, but aws_security_group.a is in aws_vpc.b.
    "#]],
    );
}
