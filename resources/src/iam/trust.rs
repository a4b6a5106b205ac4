//! Whom a role lets assume it, as far as its trust policy says it. Pure: conditions are not looked at.

use serde_json::Value as Json;

/// Whether a trust policy lets an AWS service assume the role. None if the text is no policy.
pub(crate) fn allows(policy: &str, service: &str) -> Option<bool> {
    let policy: Json = serde_json::from_str(policy).ok()?;
    let statements = items(policy.get("Statement")?);
    let applies = |it: &&&Json, effect: &str| {
        it.get("Effect").and_then(Json::as_str) == Some(effect)
            && it.get("Condition").is_none_or(|_| effect == "Allow")
            && items(it.get("Action").unwrap_or(&Json::Null)).iter().any(|it| is_assume(it))
            && names(it.get("Principal").unwrap_or(&Json::Null), service)
    };
    let any = |effect: &str| statements.iter().any(|it| applies(&it, effect));
    Some(any("Allow") && !any("Deny"))
}

/// The services that a trust policy names, for a message.
pub(crate) fn services(policy: &str) -> Vec<String> {
    let policy: Json = serde_json::from_str(policy).unwrap_or_default();
    let statements = items(policy.get("Statement").unwrap_or(&Json::Null));
    let named = statements.iter().filter_map(|it| it.get("Principal")?.get("Service"));
    let texts = named.flat_map(items).filter_map(Json::as_str);
    let mut found: Vec<String> = texts.map(str::to_owned).collect();
    found.sort();
    found.dedup();
    found
}

/// Where one thing may stand for a list of one.
fn items(it: &Json) -> Vec<&Json> {
    match it {
        Json::Array(items) => items.iter().collect(),
        Json::Null => Vec::new(),
        other => vec![other],
    }
}

fn is_assume(action: &Json) -> bool {
    let action = action.as_str().unwrap_or_default().to_lowercase();
    matches!(action.as_str(), "sts:assumerole" | "sts:*" | "*" | "sts:assume*")
}

fn names(principal: &Json, service: &str) -> bool {
    let is_it = |it: &&Json| it.as_str().is_some_and(|it| it == service || it == "*");
    match principal {
        Json::String(all) => all == "*",
        other => other.get("Service").is_some_and(|it| items(it).iter().any(is_it)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TASKS: &str = "ecs-tasks.amazonaws.com";

    fn trusts(statement: &str) -> Option<bool> {
        allows(&format!(r#"{{"Statement": {statement}}}"#), TASKS)
    }

    #[test]
    fn a_policy_trusts_the_service_or_not() {
        for (expected, statement) in [
            (
                true,
                r#"[{"Effect": "Allow", "Action": "sts:AssumeRole",
                        "Principal": {"Service": "ecs-tasks.amazonaws.com"}}]"#,
            ),
            (
                true,
                r#"{"Effect": "Allow", "Action": ["sts:TagSession", "sts:AssumeRole"],
                       "Principal": {"Service": ["ec2.amazonaws.com", "ecs-tasks.amazonaws.com"]}}"#,
            ),
            (true, r#"{"Effect": "Allow", "Action": "sts:*", "Principal": "*"}"#),
            (
                true,
                r#"{"Effect": "Allow", "Action": "sts:AssumeRole", "Condition": {"ArnLike": {}},
                       "Principal": {"Service": "ecs-tasks.amazonaws.com"}}"#,
            ),
            (
                false,
                r#"{"Effect": "Allow", "Action": "sts:AssumeRole",
                        "Principal": {"Service": "ec2.amazonaws.com"}}"#,
            ),
            (
                false,
                r#"{"Effect": "Allow", "Action": "sts:TagSession",
                        "Principal": {"Service": "ecs-tasks.amazonaws.com"}}"#,
            ),
            (
                false,
                r#"{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}}"#,
            ),
            (
                false,
                r#"[{"Effect": "Allow", "Action": "*", "Principal": "*"},
                        {"Effect": "Deny", "Action": "sts:AssumeRole",
                         "Principal": {"Service": "ecs-tasks.amazonaws.com"}}]"#,
            ),
            (false, "[]"),
        ] {
            assert_eq!(trusts(statement), Some(expected), "{statement}");
        }
        assert_eq!(allows("nonsense", TASKS), None);
    }

    #[test]
    fn the_services_of_a_policy_are_named() {
        let policy =
            r#"{"Statement": [{"Principal": {"Service": ["b", "a"]}}, {"Principal": "*"}]}"#;
        assert_eq!(services(policy), ["a", "b"]);
    }
}
