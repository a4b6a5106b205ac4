use model::{from_json, from_typed_json};
use serde_json::json;

use super::*;
use crate::resource::Resource as _;
use crate::testing::{Answer, Script, json as answer, json_refusal};

fn map(json: &Json) -> Map {
    from_json(json).entries().unwrap().clone()
}

fn object(json: &Json) -> Object {
    serde_json::from_value(json.clone()).unwrap()
}

/// What is kept of a service whose configuration says `config` and that is `live` now.
async fn service(config: Json, live: Json, answers: Vec<Answer>) -> Vec<String> {
    let definition = json!({
        "arn": "arn:aws:ecs:r:1:task-definition/web:1",
        "family": "web",
        "container_definitions": CONTAINERS,
    });
    let all = |ty: &str| match ty {
        "aws_ecs_task_definition" => vec![object(&definition)],
        _ => Vec::new(),
    };
    let (none, applied) = (Object::new(), object(&config));
    let (config, live) = (map(&config), map(&live));
    let it = Standing {
        applied: &applied,
        live: Some(&live),
        config: &config,
        said: &none,
        asked: &none,
        others_stay: true,
        all: &all,
    };
    let kept = of_service(&Script::new(answers).aws(), &it).await.unwrap();
    kept.into_iter().map(|it| format!("{} = {}: {}", it.attribute, it.value, it.why)).collect()
}

const CONTAINERS: &str = r#"[{"name": "web", "image": "web:1", "environment": []}]"#;

fn live(count: i64, revision: u64) -> Json {
    json!({
        "name": "web",
        "cluster": "arn:aws:ecs:r:1:cluster/main",
        "desired_count": count,
        "task_definition": format!("arn:aws:ecs:r:1:task-definition/web:{revision}"),
    })
}

#[tokio::test]
async fn a_count_within_the_range_is_kept() {
    let target = |range: [i64; 2]| {
        let [min, max] = range;
        let target = json!({"ScalableTargets": [{
            "ServiceNamespace": "ecs", "ResourceId": "service/main/web", "MinCapacity": min,
            "ScalableDimension": "ecs:service:DesiredCount", "MaxCapacity": max, "RoleARN": "r",
            "CreationTime": 0,
        }]});
        vec![answer(&target.to_string())]
    };
    let kept = service(json!({"desired_count": 3}), live(10, 1), target([1, 10])).await;
    assert_eq!(kept.len(), 1);
    assert!(kept[0].starts_with("desired_count = 10: desired_count is kept at 10"), "{kept:?}");
    for (range, count) in [([1, 9], 10), ([4, 10], 1)] {
        let kept = service(json!({"desired_count": 3}), live(count, 1), target(range)).await;
        assert_eq!(kept, [""; 0]);
    }
    let none = vec![answer(r#"{"ScalableTargets": []}"#)];
    assert_eq!(service(json!({"desired_count": 3}), live(10, 1), none).await, [""; 0]);
    let denied = vec![json_refusal("AccessDeniedException", "no")];
    assert_eq!(service(json!({"desired_count": 3}), live(10, 1), denied).await, [""; 0]);
    // Nobody is asked if there is nothing to decide.
    assert_eq!(service(json!({"desired_count": 3}), live(3, 1), vec![]).await, [""; 0]);
}

fn revision(container: &Json, more: &str) -> Vec<Answer> {
    let it = json!({"taskDefinition": {
        "taskDefinitionArn": "arn:aws:ecs:r:1:task-definition/web:2", "family": "web",
        "revision": 2, "status": "ACTIVE", "containerDefinitions": [container],
        "cpu": if more.is_empty() { Json::Null } else { json!(more) },
    }});
    vec![answer(&it.to_string())]
}

#[tokio::test]
async fn a_revision_with_other_images_is_kept() {
    let config =
        || json!({"desired_count": 3, "task_definition": "arn:aws:ecs:r:1:task-definition/web:1"});
    let deployed = json!({"name": "web", "image": "web:2"});
    let kept = service(config(), live(3, 2), revision(&deployed, "")).await;
    assert_eq!(kept.len(), 1);
    assert!(kept[0].contains("it is web:1 with images deployed since"), "{kept:?}");
    let other =
        json!({"name": "web", "image": "web:2", "environment": [{"name": "A", "value": "b"}]});
    assert_eq!(service(config(), live(3, 2), revision(&other, "")).await, [""; 0]);
    assert_eq!(service(config(), live(3, 2), revision(&deployed, "512")).await, [""; 0]);
    // One that is rolled back is older, and not kept.
    let newer =
        json!({"desired_count": 3, "task_definition": "arn:aws:ecs:r:1:task-definition/web:4"});
    assert_eq!(service(newer, live(3, 2), vec![]).await, [""; 0]);
}

/// What becomes of a task definition's containers, when revision 2 with `web:2` runs.
async fn definition_of(config: &str, others: Json, runs: bool) -> (Option<String>, String) {
    let own = json!({
        "arn": "arn:aws:ecs:r:1:task-definition/web:1", "family": "web", "cpu": null,
        "container_definitions": CONTAINERS,
    });
    let all = |ty: &str| match ty {
        "aws_ecs_service" if runs => vec![object(&live(1, 2))],
        _ => Vec::new(),
    };
    let answers = revision(&json!({"name": "web", "image": "web:2"}), "");
    let mut given = json!({"container_definitions": config, "family": "web"});
    given.as_object_mut().unwrap().extend(others.as_object().unwrap().clone());
    let (none, applied) = (Object::new(), object(&own));
    let live = from_typed_json(&own, &TaskDefinition::SCHEMA.ty()).unwrap();
    let mut config = map(&given);
    let it = Standing {
        applied: &applied,
        live: live.entries(),
        config: &config.clone(),
        said: &none,
        asked: &none,
        others_stay: true,
        all: &all,
    };
    let kept = of_task_definition(&Script::new(answers).aws(), &it).await.unwrap().pop();
    if let Some(kept) = &kept {
        TaskDefinition::put(kept, &mut config);
    }
    let text = config.get("container_definitions").and_then(Value::as_str).unwrap();
    let text = if text == CONTAINERS { "as it was" } else { text };
    (kept.map(|it| it.why), text.to_owned())
}

#[tokio::test]
async fn containers_are_merged_with_what_runs() {
    let (why, text) = definition_of(CONTAINERS, json!({}), false).await;
    assert_eq!((why, text.as_str()), (None, "as it was"));
    let (why, text) = definition_of(CONTAINERS, json!({}), true).await;
    assert_eq!(text, "as it was");
    assert!(why.unwrap().contains("is kept as deployed: web:2"));
    let env =
        r#"[{"name": "web", "image": "web:1", "environment": [{"name": "A", "value": "b"}]}]"#;
    let (why, text) = definition_of(env, json!({}), true).await;
    assert!(text.contains("web:2") && text.contains(r#""A""#), "{text}");
    assert!(why.is_some());
    let (_, text) = definition_of(CONTAINERS, json!({"cpu": "512"}), true).await;
    assert!(text.contains("web:2"), "{text}");
    let newer = r#"[{"name": "web", "image": "web:3"}]"#;
    assert_eq!(definition_of(newer, json!({}), true).await, (None, newer.to_owned()));
    // The stack now says what runs.
    let (why, text) =
        definition_of(r#"[{"name": "web", "image": "web:2"}]"#, json!({}), true).await;
    assert_eq!(
        (why.as_deref(), text.as_str()),
        (Some("what it says runs already, as deployed"), "as it was")
    );
}

#[test]
fn revisions_have_an_order() {
    assert!(is_later("web:10", "arn:aws:ecs:r:1:task-definition/web:9"));
    assert!(!is_later("web:9", "web:9"));
    assert!(!is_later("api:10", "web:9"));
    assert!(!is_later("web", "web:9"));
}
