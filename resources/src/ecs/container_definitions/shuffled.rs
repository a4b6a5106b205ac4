//! Thousands of random task definitions, told in another way: with lists in another order, with
//! what AWS fills in, and with nulls. They stay the same; with one real change they do not.

use serde_json::{Map, Value as Json, json};

use super::ContainerDefinitions;
use crate::testing::Random;

const DOCUMENTS: u64 = 10_000;

#[test]
fn only_a_real_change_makes_it_another() {
    for seed in 0..DOCUMENTS {
        let mut random = Random(seed);
        let mut document = containers(&mut random);
        let meaning = meaning(&document);
        let told = retold("containers", &document, &mut random);
        assert!(meaning == self::meaning(&told), "seed {seed}:\n{document}\n{told}");

        let what = change(&mut document, &mut random).to_owned();
        let told = retold("containers", &document, &mut random);
        assert!(meaning != self::meaning(&told), "seed {seed}: {what}\n{document}\n{told}");
    }
}

/// Whatever it is that changes.
#[test]
fn a_change_anywhere_makes_it_another() {
    for seed in 0..DOCUMENTS {
        let mut random = Random(seed);
        let document = containers(&mut random);
        let mut other = document.clone();
        let place = random.change_leaf(&mut other).expect("an image is always there");
        let told = retold("containers", &other, &mut random);
        assert!(meaning(&document) != meaning(&told), "seed {seed}: {place}\n{document}\n{told}");
    }
}

/// What two texts are compared by.
fn meaning(document: &Json) -> Json {
    ContainerDefinitions(document.to_string()).meaning().expect("a valid document")
}

/// One or two containers with a random choice of arguments.
fn containers(random: &mut Random) -> Json {
    let containers = 0..=random.below(2);
    containers.map(|n| container(n, random)).collect()
}

fn container(n: u64, random: &mut Random) -> Json {
    let choices = [
        ("cpu", json!(128 * (1 + random.below(8)))),
        ("memory", json!(256 * (1 + random.below(8)))),
        ("essential", json!(false)),
        ("readonlyRootFilesystem", json!(true)),
        ("command", json!(["run", format!("--n={}", random.below(9)), ""])),
        (
            "environment",
            list(random, |n| json!({"name": format!("E{n}"), "value": format!("{n}")})),
        ),
        (
            "secrets",
            list(random, |n| json!({"name": format!("S{n}"), "valueFrom": format!("arn:{n}")})),
        ),
        ("portMappings", list(random, |n| json!({"containerPort": 8000 + n}))),
        (
            "mountPoints",
            list(random, |n| json!({"sourceVolume": format!("v{n}"), "containerPath": "/x"})),
        ),
        (
            "dependsOn",
            list(random, |n| json!({"containerName": format!("c{n}"), "condition": "START"})),
        ),
        ("ulimits", list(random, |n| json!({"name": "nofile", "softLimit": n, "hardLimit": 9}))),
        ("dockerLabels", json!({"Team": "", "Stage": "prod"})),
        ("healthCheck", json!({"command": ["CMD", "check"], "interval": 10 + random.below(9)})),
        ("logConfiguration", json!({"logDriver": "awslogs", "options": {"awslogs-group": "web"}})),
        (
            "linuxParameters",
            json!({"initProcessEnabled": true, "capabilities": {"add": ["A", "B"]}}),
        ),
        ("stopTimeout", json!(random.below(100))),
        ("entryPoint", json!(["sh", "-c"])),
        ("user", json!("app")),
        ("workingDirectory", json!("/app")),
        ("interactive", json!(true)),
        ("privileged", json!(true)),
        ("links", list(random, |n| json!(format!("c{n}:alias")))),
        ("dnsServers", json!(["10.0.0.2", "10.0.0.3"])),
        ("extraHosts", list(random, |n| json!({"hostname": format!("h{n}"), "ipAddress": "10.1"}))),
        ("volumesFrom", list(random, |n| json!({"sourceContainer": format!("c{n}")}))),
        (
            "systemControls",
            list(random, |n| json!({"namespace": format!("net.{n}"), "value": "1"})),
        ),
        ("resourceRequirements", json!([{"type": "GPU", "value": "1"}])),
        ("repositoryCredentials", json!({"credentialsParameter": "arn:secret"})),
        ("firelensConfiguration", json!({"type": "fluentbit", "options": {"a": "b"}})),
        ("restartPolicy", json!({"enabled": true, "ignoredExitCodes": [1, 2]})),
        ("environmentFiles", list(random, |n| json!({"type": "s3", "value": format!("arn:{n}")}))),
    ];
    let mut container = Map::new();
    container.insert("name".to_owned(), json!(format!("c{n}")));
    container.insert("image".to_owned(), json!(format!("image:{}", random.below(100))));
    let chosen = choices.into_iter().filter(|_| random.below(3) == 0);
    container.extend(chosen.map(|(key, it)| (key.to_owned(), it)));
    Json::Object(container)
}

fn list(random: &mut Random, item: impl Fn(u64) -> Json) -> Json {
    (0..=random.below(4)).map(item).collect()
}

/// The same in other words.
fn retold(key: &str, it: &Json, random: &mut Random) -> Json {
    match it {
        Json::Array(items) => {
            let mut items: Vec<Json> = items.iter().map(|it| retold(key, it, random)).collect();
            let ordered = ["command", "entryPoint", "dnsServers", "environmentFiles"];
            if !ordered.contains(&key) {
                random.shuffle(&mut items);
            }
            Json::Array(items)
        }
        Json::Object(fields) if matches!(key, "dockerLabels" | "options") => fields.clone().into(),
        Json::Object(fields) => {
            // The AWS provider is not strict about capitals.
            let capitals = random.below(8) == 0;
            let own = fields.iter().map(|(name, it)| {
                let told = if capitals { capitalized(name) } else { name.clone() };
                (told, retold(name, it, random))
            });
            let mut all: Vec<(String, Json)> = own.collect();
            let unsaid = unsaid(key).into_iter().filter(|(name, _)| !fields.contains_key(name));
            all.extend(unsaid.filter(|_| random.chance()));
            if random.chance() {
                all.reverse();
            }
            all.into_iter().collect()
        }
        other => other.clone(),
    }
}

fn capitalized(name: &str) -> String {
    let (first, rest) = name.split_at(1);
    first.to_uppercase() + rest
}

/// What AWS, or a careless user, adds to an object and does not mean.
fn unsaid(key: &str) -> Vec<(String, Json)> {
    let fields = match key {
        "containers" => json!({
            "cpu": 0, "essential": true, "environment": [], "mountPoints": [], "volumesFrom": [],
            "systemControls": [], "portMappings": [], "privileged": false, "user": "",
            "links": null, "hostname": null, "linuxParameters": {}, "interactive": false,
            "pseudoTerminal": false, "disableNetworking": null, "dockerLabels": {}, "secrets": [],
            "dependsOn": null, "entryPoint": [], "extraHosts": [], "resourceRequirements": null,
            "repositoryCredentials": null, "workingDirectory": "", "environmentFiles": []
        }),
        "portMappings" => json!({"protocol": "tcp", "hostPort": 0, "name": null}),
        "healthCheck" => json!({"timeout": 5, "retries": 3, "startPeriod": 0}),
        "mountPoints" => json!({"readOnly": false}),
        "linuxParameters" => json!({"devices": [], "tmpfs": null, "sharedMemorySize": null}),
        "logConfiguration" => json!({"secretOptions": []}),
        "volumesFrom" => json!({"readOnly": false}),
        "restartPolicy" => json!({"restartAttemptPeriod": null}),
        _ => json!({}),
    };
    fields.as_object().cloned().unwrap_or_default().into_iter().collect()
}

/// Changes one thing that matters, and says which.
fn change(document: &mut Json, random: &mut Random) -> &'static str {
    let containers = document.as_array_mut().expect("a list");
    let n = random.below(containers.len() as u64) as usize;
    if random.below(8) == 0 {
        containers.push(json!({"name": "one-more", "image": "image"}));
        return "a container more";
    }
    let it = containers[n].as_object_mut().expect("an object");
    let flipped =
        |it: Option<&Json>, usual: bool| json!(!it.and_then(Json::as_bool).unwrap_or(usual));
    match random.below(7) {
        0 => {
            it.insert("image".to_owned(), json!("another"));
            "another image"
        }
        1 => {
            let other = flipped(it.get("essential"), true);
            it.insert("essential".to_owned(), other);
            "essential or not"
        }
        2 => {
            let other = flipped(it.get("readonlyRootFilesystem"), false);
            it.insert("readonlyRootFilesystem".to_owned(), other);
            "read-only or not"
        }
        3 => {
            let item = json!({"name": "NEW", "value": "1"});
            more(it, "environment", item);
            "a variable more"
        }
        4 => {
            more(it, "portMappings", json!({"containerPort": 9000, "protocol": "udp"}));
            "a port more"
        }
        5 => {
            more(it, "command", json!(""));
            "a word more"
        }
        _ => {
            it.insert("dockerLabels".to_owned(), json!({"Team": "another"}));
            "another label"
        }
    }
}

fn more(container: &mut Map<String, Json>, key: &str, item: Json) {
    let list = container.entry(key).or_insert_with(|| json!([]));
    list.as_array_mut().expect("a list").push(item);
}
