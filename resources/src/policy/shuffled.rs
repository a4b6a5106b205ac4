//! Thousands of random policies, told in another way: statements, lists and keys in another order,
//! one text for a list of one, accounts for their root users, nulls. They stay the same; with one
//! real change they do not.

use serde_json::{Map, Value as Json, json};

use super::Policy;
use crate::testing::Random;

const DOCUMENTS: u64 = 10_000;

#[test]
fn only_a_real_change_makes_it_another() {
    for seed in 0..DOCUMENTS {
        let mut random = Random(seed);
        let document = policy(&mut random);
        let told = retold(&document, &mut random);
        assert!(same(&document, &told), "seed {seed}:\n{document}\n{told}");

        let mut other = document.clone();
        let place = random.change_leaf(&mut other).expect("a version is always there");
        let told = retold(&other, &mut random);
        assert!(!same(&document, &told), "seed {seed}: {place}\n{document}\n{told}");

        let mut more = document.clone();
        let what = extend(&mut more, &mut random);
        let told = retold(&more, &mut random);
        assert!(!same(&document, &told), "seed {seed}: {what}\n{document}\n{told}");
    }
}

fn same(a: &Json, b: &Json) -> bool {
    Policy(a.to_string()) == Policy(b.to_string())
}

fn policy(random: &mut Random) -> Json {
    let version = if random.chance() { "2008-10-17" } else { "2012-10-17" };
    let statements: Vec<Json> = (0..=random.below(4)).map(|n| statement(n, random)).collect();
    let mut policy = Map::new();
    policy.insert("Version".to_owned(), json!(version));
    policy.insert("Statement".to_owned(), json!(statements));
    if random.chance() {
        policy.insert("Id".to_owned(), json!("id"));
    }
    Json::Object(policy)
}

fn statement(n: u64, random: &mut Random) -> Json {
    let action = if random.below(4) == 0 { "NotAction" } else { "Action" };
    let resource = if random.below(4) == 0 { "NotResource" } else { "Resource" };
    let effect = if random.chance() { "Allow" } else { "Deny" };
    let mut statement = Map::new();
    statement.insert("Effect".to_owned(), json!(effect));
    statement.insert(action.to_owned(), list(random, |n| format!("s3:get{n}")));
    statement.insert(resource.to_owned(), list(random, |n| format!("arn:aws:s3:::Bucket{n}/*")));
    // Without it, two statements might be the same.
    statement.insert("Sid".to_owned(), json!(format!("Statement{n}")));
    if random.chance() {
        let own = list(random, |n| format!("12345678901{n}"));
        let services = list(random, |n| format!("service{n}.amazonaws.com"));
        let kinds = match random.below(4) {
            0 => json!({"AWS": ["*"]}),
            1 => json!({"AWS": own}),
            2 => json!({"Service": services}),
            _ => json!({"AWS": own, "Service": services}),
        };
        statement.insert("Principal".to_owned(), kinds);
    }
    if random.chance() {
        let values = list(random, |n| format!("Value{n}"));
        let condition = json!({
            "StringLike": {"aws:sourcearn": values},
            "Bool": {"aws:securetransport": ["true"]},
            "NumericLessThan": {"s3:max-keys": ["10"]},
        });
        statement.insert("Condition".to_owned(), condition);
    }
    Json::Object(statement)
}

fn list(random: &mut Random, item: impl Fn(u64) -> String) -> Json {
    (0..=random.below(3)).map(|n| json!(item(n))).collect()
}

/// The same in other words.
fn retold(policy: &Json, random: &mut Random) -> Json {
    let mut fields: Vec<(String, Json)> =
        policy.as_object().expect("an object").clone().into_iter().collect();
    for (name, it) in &mut fields {
        if let ("Statement", Json::Array(statements)) = (name.as_str(), &mut *it) {
            let mut told: Vec<Json> =
                statements.iter().map(|it| statement_retold(it, random)).collect();
            random.shuffle(&mut told);
            if random.below(4) == 0 {
                told.push(told[0].clone());
            }
            *it = if told.len() == 1 && random.chance() { told.remove(0) } else { json!(told) };
        }
    }
    if random.chance() {
        fields.retain(|(name, it)| !(name == "Version" && it == "2008-10-17"));
    }
    if fields.iter().all(|(name, _)| name != "Id") && random.chance() {
        fields.push(("Id".to_owned(), Json::Null));
    }
    random.shuffle(&mut fields);
    fields.into_iter().collect()
}

fn statement_retold(statement: &Json, random: &mut Random) -> Json {
    let fields = statement.as_object().expect("an object").clone();
    let mut told: Vec<(String, Json)> = Vec::new();
    for (name, it) in fields {
        let it = match name.as_str() {
            "Action" | "NotAction" => {
                texts(&it, random, &|it, other| if other { it.to_uppercase() } else { it })
            }
            "Resource" | "NotResource" => texts(&it, random, &|it, _| it),
            "Principal" if it == json!({"AWS": ["*"]}) && random.chance() => json!("*"),
            "Principal" => principals_retold(&it, random),
            "Condition" => conditions_retold(&it, random),
            _ => it,
        };
        told.push((name, it));
    }
    for name in ["Sid", "Principal", "Condition", "NotAction"] {
        if told.iter().all(|(own, _)| own != name) && random.chance() {
            told.push((name.to_owned(), Json::Null));
        }
    }
    if told.iter().all(|(own, _)| own != "Condition") && random.chance() {
        told.push(("Condition".to_owned(), json!({})));
    }
    random.shuffle(&mut told);
    told.into_iter().collect()
}

fn principals_retold(kinds: &Json, random: &mut Random) -> Json {
    let account = |it: String, other: bool| match other && it.len() == 12 {
        true => format!("arn:aws:iam::{it}:root"),
        false => it,
    };
    let unfederated = kinds.get("Federated").is_none();
    let kinds = kinds.as_object().expect("an object").iter();
    let mut told: Vec<(String, Json)> =
        kinds.map(|(kind, it)| (kind.clone(), texts(it, random, &account))).collect();
    if unfederated && random.below(4) == 0 {
        told.push(("Federated".to_owned(), json!([])));
    }
    random.shuffle(&mut told);
    told.into_iter().collect()
}

fn conditions_retold(operators: &Json, random: &mut Random) -> Json {
    let mut told: Vec<(String, Json)> = Vec::new();
    for (operator, keys) in operators.as_object().expect("an object") {
        let keys = keys.as_object().expect("an object").iter().map(|(key, it)| {
            let key = if random.chance() { key.to_uppercase() } else { key.clone() };
            let it = match (operator.as_str(), random.chance()) {
                ("Bool", true) => json!(it == &json!(["true"])),
                ("NumericLessThan", true) => it[0]
                    .as_str()
                    .and_then(|it| it.parse().ok())
                    .map_or_else(|| it.clone(), |it: i64| json!(it)),
                _ => texts(it, random, &|it, _| it),
            };
            (key, it)
        });
        told.push((operator.clone(), keys.collect()));
    }
    random.shuffle(&mut told);
    told.into_iter().collect()
}

/// A list of texts in another order, some of them twice, or the one text alone.
fn texts(it: &Json, random: &mut Random, other: &dyn Fn(String, bool) -> String) -> Json {
    let items = it.as_array().expect("a list").iter().filter_map(Json::as_str);
    let mut items: Vec<String> = items.map(|it| other(it.to_owned(), random.chance())).collect();
    random.shuffle(&mut items);
    if items.len() == 1 && random.chance() {
        return json!(items[0]);
    }
    if random.below(4) == 0 {
        items.push(items[0].clone());
    }
    json!(items)
}

/// Adds something that matters, and says what.
fn extend(policy: &mut Json, random: &mut Random) -> &'static str {
    let statements = policy["Statement"].as_array_mut().expect("a list");
    let n = random.below(statements.len() as u64) as usize;
    let statement = statements[n].as_object_mut().expect("an object");
    let push = |it: &mut Json, item: &str| it.as_array_mut().expect("a list").push(json!(item));
    match random.below(5) {
        0 => {
            let name = if statement.contains_key("Action") { "Action" } else { "NotAction" };
            push(&mut statement[name], "s3:delete");
            "an action more"
        }
        1 => {
            let name = if statement.contains_key("Resource") { "Resource" } else { "NotResource" };
            push(&mut statement[name], "arn:aws:s3:::other");
            "a resource more"
        }
        2 => {
            let condition = statement.entry("Condition").or_insert_with(|| json!({}));
            condition["IpAddress"] = json!({"aws:sourceip": ["10.0.0.0/8"]});
            "a condition more"
        }
        3 => {
            let principal = statement.entry("Principal").or_insert_with(|| json!({}));
            principal["Federated"] = json!(["accounts.google.com"]);
            "a principal more"
        }
        _ => {
            statements.push(json!({"Effect": "Allow", "Action": ["*"], "Resource": ["*"]}));
            "a statement more"
        }
    }
}
