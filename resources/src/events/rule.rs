//! `aws_cloudwatch_event_rule`: what happens when an event comes, or at certain times.

use model::{Attributes, Auto, Fault, FaultKind, Json, Live, Map, Op, Out, Phase, Tags};
use model::{Timeouts, Unread, Value};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::events::{DEFAULT_BUS, retag, tags_from_sdk, tags_to_sdk};
use crate::fault::{OrFault, must};
use crate::mirror::FromSdk;
use crate::naming::{name_or_unique, prefix_of};
use crate::resource::{Resource, Result, changed, each};

/// What happens when an event comes, or at certain times.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_cloudwatch_event_rule", version = 1)]
pub(crate) struct Rule {
    /// Its name. Without it or `name_prefix`, a unique one is made.
    #[attr(replace)]
    name: Auto<String>,
    /// The beginning of a unique name.
    #[attr(replace)]
    name_prefix: Auto<String>,
    /// What it is for.
    description: Option<String>,
    /// The bus whose events it looks at, by name or ARN.
    #[attr(replace, default = "default")]
    event_bus_name: String,
    /// Which events it is about, in JSON.
    event_pattern: Option<Json>,
    /// Whether it is deleted even if a service of AWS manages it.
    #[attr(default = false)]
    force_destroy: Unread<bool>,
    /// Whether it does anything. `state` says more.
    is_enabled: Option<bool>,
    /// ARN of the role that calls the targets.
    role_arn: Option<String>,
    /// At which times it is about: `cron(0 20 * * ? *)` or `rate(5 minutes)`.
    schedule_expression: Option<String>,
    /// `ENABLED`, `DISABLED` or `ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS`.
    state: Option<String>,
    /// Tags of its own; those of the provider's `default_tags` come on top.
    tags: Tags,
    /// Its Amazon Resource Name.
    arn: Out<String>,
    /// Its name, after the bus and a slash if the bus is not the default one.
    id: Out<String>,
}

impl Resource for Rule {
    const BATCH: usize = 50;
    const TIMEOUTS: Timeouts = Timeouts::minutes(2, 2, 5);

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        each(ids, |id| live(aws, id)).await
    }

    async fn create(aws: &Aws, want: &Self, token: &str) -> Result<String> {
        let name = name_or_unique(&want.name, &want.name_prefix, token);
        put(aws, &name, want).await?;
        Ok(id(&want.event_bus_name, &name))
    }

    /// A rule is written as a whole.
    async fn update(aws: &Aws, id: &str, have: &Self, want: &Self) -> Result<()> {
        let (_, name) = parts(id);
        if changed!(have, want;
            description, event_pattern, is_enabled, role_arn, schedule_expression, state)
        {
            put(aws, name, want).await?;
        }
        retag(aws, have.arn.0.as_deref().unwrap_or_default(), &have.tags, &want.tags).await
    }

    async fn delete(aws: &Aws, id: &str, have: &Self) -> Result<()> {
        let (bus, name) = parts(id);
        let call = aws.events().delete_rule().name(name).event_bus_name(bus);
        let call = call.force(have.force_destroy.0 == Some(true));
        call.send().await.or_fault("DeleteRule")?;
        Ok(())
    }

    /// Names are unique, so a rule of this name with the same tags is the one.
    async fn find(aws: &Aws, want: &Self, token: &str) -> Result<Option<String>> {
        let name = name_or_unique(&want.name, &want.name_prefix, token);
        let found = live(aws, &id(&want.event_bus_name, &name)).await?;
        Ok(found.filter(|it| it.attributes.tags == want.tags).map(|it| it.id))
    }

    /// `is_enabled` and `state` say one thing in two ways. With neither, it stays as it is.
    fn adjust(_aws: &Aws, prior: Option<&Map>, planned: &mut Map) {
        let known = |name: &str| planned.get(name).is_none_or(Value::is_known);
        if !known("is_enabled") || !known("state") {
            return;
        }
        let of = |map: &Map, name: &str| map.get(name).filter(|it| !it.is_null()).cloned();
        let before = |name: &str| prior.and_then(|it| of(it, name));
        let (enabled, state) = match (of(planned, "is_enabled"), of(planned, "state")) {
            (Some(enabled), Some(state)) => (enabled, state),
            (Some(enabled), None) => {
                let state = if enabled.as_bool() == Some(true) { "ENABLED" } else { "DISABLED" };
                (enabled, state.into())
            }
            (None, Some(state)) => ((state.as_str() != Some("DISABLED")).into(), state),
            (None, None) => (
                before("is_enabled").unwrap_or_else(|| true.into()),
                before("state").unwrap_or_else(|| "ENABLED".into()),
            ),
        };
        planned.insert("is_enabled".into(), enabled);
        planned.insert("state".into(), state);
    }

    fn check(given: &Map) -> Vec<(&'static str, String)> {
        let has = |name: &str| given.get(name).is_some_and(|it| !it.is_null());
        let mut wrong = Vec::new();
        if !has("event_pattern") && !has("schedule_expression") {
            let text = "a rule needs an `event_pattern`, a `schedule_expression` or both";
            wrong.push(("event_pattern", text.to_owned()));
        }
        if has("is_enabled") && has("state") {
            wrong.push(("is_enabled", "`state` says it already".to_owned()));
        }
        wrong
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        match (op, fault.code.as_str()) {
            // The role was created a moment ago.
            (Op::Create | Op::Update, "ValidationException")
                if fault.message.contains("cannot be assumed by principal") =>
            {
                Some(FaultKind::NotYet)
            }
            (Op::Delete, "ValidationException")
                if fault.message.contains("since it has targets") =>
            {
                Some(FaultKind::Busy)
            }
            _ => None,
        }
    }
}

fn id(bus: &str, name: &str) -> String {
    if bus == DEFAULT_BUS { name.to_owned() } else { format!("{bus}/{name}") }
}

/// The bus and the name that an id says. A bus may have slashes of its own.
fn parts(id: &str) -> (&str, &str) {
    id.rsplit_once('/').unwrap_or((DEFAULT_BUS, id))
}

async fn put(aws: &Aws, name: &str, want: &Rule) -> Result<()> {
    let state = match (&want.state, want.is_enabled) {
        (Some(state), _) => Some(state.as_str()),
        (None, Some(false)) => Some("DISABLED"),
        (None, Some(true) | None) => None,
    };
    let tags = (!want.tags.0.is_empty()).then(|| tags_to_sdk(&want.tags));
    let call = aws.events().put_rule().name(name).event_bus_name(&want.event_bus_name);
    let call = call
        .set_description(want.description.clone())
        .set_event_pattern(want.event_pattern.as_ref().map(|it| it.0.clone()))
        .set_role_arn(want.role_arn.clone())
        .set_schedule_expression(want.schedule_expression.clone())
        .set_state(state.map(Into::into))
        .set_tags(tags);
    call.send().await.or_fault("PutRule")?;
    Ok(())
}

async fn live(aws: &Aws, id: &str) -> Result<Option<Live<Rule>>> {
    let (bus, name) = parts(id);
    let call = aws.events().describe_rule().name(name).event_bus_name(bus);
    let it = call.send().await.or_fault("DescribeRule")?;
    let arn = must(it.arn(), "DescribeRule")?;
    let call = aws.events().list_tags_for_resource().resource_arn(arn);
    let tags = call.send().await.or_fault("ListTagsForResource")?.tags.unwrap_or_default();
    let state = it.state().map_or("ENABLED", |it| it.as_str());
    let attributes = Rule {
        name: Auto::from_sdk(Some(name)),
        name_prefix: Auto(prefix_of(name)),
        description: Option::from_sdk(it.description()),
        // The answer may name the bus in another way.
        event_bus_name: bus.to_owned(),
        event_pattern: Option::from_sdk(it.event_pattern()),
        force_destroy: Unread(None),
        is_enabled: Some(state != "DISABLED"),
        role_arn: Option::from_sdk(it.role_arn()),
        schedule_expression: Option::from_sdk(it.schedule_expression()),
        state: Some(state.to_owned()),
        tags: tags_from_sdk(&tags),
        arn: Out::from_sdk(it.arn()),
        id: Out(Some(id.to_owned())),
    };
    Ok(Some(Live { id: id.to_owned(), phase: Phase::Ready, attributes }))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, json, want};

    const NIGHTLY: &str = r#"{"name": "nightly", "schedule_expression": "rate(1 day)",
        "description": "Every night", "tags": {"a": "b"}}"#;

    #[tokio::test]
    async fn a_rule_is_written_as_a_whole() {
        let aws = Script::new([json("{}"), json("{}")]);
        let have = want::<Rule>(NIGHTLY);

        assert_eq!(Rule::create(&aws, &have, "token").await.unwrap(), "nightly");
        let want = Rule { description: None, state: Some("DISABLED".to_owned()), ..have.clone() };
        Rule::update(&aws, "nightly", &have, &want).await.unwrap();

        aws.sent(expect![[r#"
            PutRule
                Description="Every night"
                EventBusName="default"
                Name="nightly"
                ScheduleExpression="rate(1 day)"
                Tags=[{"Key":"a","Value":"b"}]
            PutRule
                EventBusName="default"
                Name="nightly"
                ScheduleExpression="rate(1 day)"
                State="DISABLED"
                Tags=[{"Key":"a","Value":"b"}]
        "#]]);
    }

    #[tokio::test]
    async fn a_rule_of_another_bus_has_the_bus_in_its_id() {
        let aws = Script::new([json("{}"), json("{}")]);
        let have = want::<Rule>(
            r#"{"name": "orders", "event_bus_name": "aws.partner/example.com/shop",
                "event_pattern": "{\"source\": [\"shop\"]}", "force_destroy": true}"#,
        );

        let id = Rule::create(&aws, &have, "token").await.unwrap();
        assert_eq!(id, "aws.partner/example.com/shop/orders");
        Rule::delete(&aws, &id, &have).await.unwrap();

        aws.sent(expect![[r#"
            PutRule
                EventBusName="aws.partner/example.com/shop"
                EventPattern="{\"source\": [\"shop\"]}"
                Name="orders"
            DeleteRule
                EventBusName="aws.partner/example.com/shop"
                Force=true
                Name="orders"
        "#]]);
    }

    #[test]
    fn one_of_two_ways_to_say_it_is_enough() {
        let aws = Script::agreeable();
        let state = |given: &[(&str, Value)], prior: Option<&Map>| {
            let mut planned: Map =
                given.iter().map(|(name, it)| ((*name).into(), it.clone())).collect();
            Rule::adjust(&aws, prior, &mut planned);
            let state = planned["state"].as_str().unwrap().to_owned();
            (planned["is_enabled"].as_bool().unwrap(), state, planned)
        };
        let (enabled, text, prior) = state(&[("is_enabled", false.into())], None);
        assert_eq!((enabled, text.as_str()), (false, "DISABLED"));
        assert_eq!(state(&[], Some(&prior)).1, "DISABLED");
        assert!(state(&[("state", "ENABLED".into())], Some(&prior)).0);
        assert_eq!(state(&[], None).1, "ENABLED");
    }
}
