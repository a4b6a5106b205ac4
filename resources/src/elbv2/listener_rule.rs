//! `aws_lb_listener_rule`: what a listener does with some of its requests.

pub(super) mod condition;

use std::collections::BTreeSet;

use aws_sdk_elasticloadbalancingv2::types as sdk;
use model::{Attributes, Auto, Fault, FaultKind, Live, Map, Op, Out, Phase, Tags, Value};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::elbv2::action::Action;
use crate::elbv2::{retag, tags_of, tags_to_sdk};
use crate::fault::{OrFault, must};
use crate::mirror::{FromSdk, ToSdk};
use crate::naming::known;
use crate::resource::{Resource, Result, changed};

use condition::Condition;

/// What a listener does with some of its requests.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_lb_listener_rule")]
pub(crate) struct ListenerRule {
    /// The listener.
    #[attr(replace)]
    listener_arn: String,
    /// When it is looked at: the rule with the least number first. Else after all that exist.
    pub(super) priority: Auto<i32>,
    /// What is done.
    #[attr(required)]
    pub(super) action: Vec<Action>,
    /// What a request must be like, in all respects.
    #[attr(required)]
    pub(super) condition: BTreeSet<Condition>,
    /// Tags of its own; those of the provider's `default_tags` come on top.
    tags: Tags,
    /// Its Amazon Resource Name.
    arn: Out<String>,
    /// Its Amazon Resource Name.
    id: Out<String>,
}

impl Resource for ListenerRule {
    const BATCH: usize = 20;

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        let call = aws.elbv2().describe_rules().set_rule_arns(Some(ids.to_vec()));
        let answer = call.send().await.or_fault("DescribeRules")?;
        let mut tags = tags_of(aws, ids).await?;
        let mut lives: Vec<_> = answer.rules().iter().map(live).collect();
        for it in &mut lives {
            it.attributes.tags = tags.remove(&it.id).unwrap_or_default();
        }
        Ok(lives)
    }

    async fn create(aws: &Aws, want: &Self, _token: &str) -> Result<String> {
        let chosen = want.priority.0.filter(|it| *it != 0);
        let priority = match chosen {
            Some(it) => it,
            None => greatest_priority(aws, &want.listener_arn).await? + 1,
        };
        let call = aws.elbv2().create_rule().listener_arn(&want.listener_arn);
        let call = call
            .priority(priority)
            .set_actions(want.action.to_sdk())
            .set_conditions(want.condition.to_sdk())
            .set_tags(tags_to_sdk(&want.tags));
        let answer = call.send().await.or_fault("CreateRule").map_err(|it| match chosen {
            // Another rule took our choice a moment ago. The next try chooses again.
            None if it.code == "PriorityInUse" => Fault { kind: FaultKind::Busy, ..it },
            _ => it,
        })?;
        let made = answer.rules.unwrap_or_default().into_iter().next();
        must(made.and_then(|it| it.rule_arn), "CreateRule")
    }

    async fn update(aws: &Aws, id: &str, have: &Self, want: &Self) -> Result<()> {
        if changed!(have, want; priority) {
            let pair = sdk::RulePriorityPair::builder().rule_arn(id);
            let pair = pair.set_priority(want.priority.0).build();
            let call = aws.elbv2().set_rule_priorities().rule_priorities(pair);
            call.send().await.or_fault("SetRulePriorities")?;
        }
        if changed!(have, want; action, condition) {
            let call = aws.elbv2().modify_rule().rule_arn(id);
            let call = call.set_actions(want.action.to_sdk());
            let call = call.set_conditions(want.condition.to_sdk());
            call.send().await.or_fault("ModifyRule")?;
        }
        retag(aws, id, &have.tags, &want.tags).await
    }

    async fn delete(aws: &Aws, id: &str, _have: &Self) -> Result<()> {
        aws.elbv2().delete_rule().rule_arn(id).send().await.or_fault("DeleteRule")?;
        Ok(())
    }

    fn claim(planned: &Map) -> Option<String> {
        let priority =
            planned.get("priority").and_then(Value::as_number)?.to_i64().filter(|it| *it != 0)?;
        Some(format!("{} {priority}", known(planned, "listener_arn")?))
    }

    async fn holder(aws: &Aws, claim: &str) -> Result<Option<String>> {
        let Some((listener, priority)) = claim.split_once(' ') else { return Ok(None) };
        let rules = rules_of(aws, listener).await?;
        Ok(rules.into_iter().find(|it| it.priority() == Some(priority)).and_then(|it| it.rule_arn))
    }

    /// A rule whose priority was chosen is found by what it does and when.
    async fn find(aws: &Aws, want: &Self, _token: &str) -> Result<Option<String>> {
        let chosen = want.priority.0.filter(|it| *it != 0);
        for it in rules_of(aws, &want.listener_arn).await? {
            let found = live(&it).attributes;
            let same = found.action == want.action && found.condition == want.condition;
            if same && chosen.is_none_or(|it| found.priority.0 == Some(it)) {
                return Ok(it.rule_arn);
            }
        }
        Ok(None)
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        match (op, fault.code.as_str()) {
            (Op::Create, "PriorityInUse") if fault.kind != FaultKind::Busy => {
                Some(FaultKind::Exists)
            }
            _ => None,
        }
    }
}

pub(super) async fn rules_of(aws: &Aws, listener: &str) -> Result<Vec<sdk::Rule>> {
    let mut pages =
        aws.elbv2().describe_rules().listener_arn(listener).into_paginator().items().send();
    let mut rules = Vec::new();
    while let Some(it) = pages.next().await {
        rules.push(it.or_fault("DescribeRules")?);
    }
    Ok(rules)
}

/// The default rule has no number, and is always the last.
async fn greatest_priority(aws: &Aws, listener: &str) -> Result<i32> {
    let rules = rules_of(aws, listener).await?;
    let numbers = rules.iter().filter_map(|it| it.priority()?.parse().ok());
    Ok(numbers.max().unwrap_or(0))
}

pub(super) fn live(it: &sdk::Rule) -> Live<ListenerRule> {
    let arn = String::from_sdk(it.rule_arn());
    // A rule's ARN is that of its listener and a part of its own.
    let listener = arn.replacen(":listener-rule/", ":listener/", 1);
    let listener = listener.rsplit_once('/').map_or("", |(listener, _)| listener);
    let mut actions: Vec<_> = it.actions().iter().collect();
    actions.sort_by_key(|it| it.order());
    let attributes = ListenerRule {
        listener_arn: listener.to_owned(),
        priority: Auto(it.priority().and_then(|it| it.parse().ok())),
        action: actions.into_iter().map(Action::from_sdk).collect(),
        condition: it.conditions().iter().map(Condition::from_sdk).collect(),
        tags: Tags::default(),
        arn: Out(Some(arn.clone())),
        id: Out(Some(arn.clone())),
    };
    Live { id: arn, phase: Phase::Ready, attributes }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, query, query_refusal, want};

    const API: &str = r#"{"listener_arn": "arn:aws:e:r:1:listener/app/web/1/2",
        "action": [{"type": "forward", "target_group_arn": "arn:tg"}],
        "condition": [{"path_pattern": [{"values": ["/api/*"]}]},
                      {"query_string": [{"key": "v", "value": "1"}, {"value": "beta"}]}]}"#;
    const EXISTING: &str = "<Rules><member><Priority>7</Priority></member>
        <member><Priority>default</Priority></member></Rules>";

    #[tokio::test]
    async fn a_rule_without_a_number_comes_after_all_others() {
        let made = "<Rules><member><RuleArn>arn:r</RuleArn></member></Rules>";
        let aws = Script::new([query("DescribeRules", EXISTING), query("CreateRule", made)]);

        assert_eq!(ListenerRule::create(&aws, &want(API), "token").await.unwrap(), "arn:r");

        aws.sent(expect![[r#"
            DescribeRules
                ListenerArn=arn:aws:e:r:1:listener/app/web/1/2
            CreateRule
                Actions.member.1.TargetGroupArn=arn:tg
                Actions.member.1.Type=forward
                Conditions.member.1.Field=query-string
                Conditions.member.1.QueryStringConfig.Values.member.1.Value=beta
                Conditions.member.1.QueryStringConfig.Values.member.2.Key=v
                Conditions.member.1.QueryStringConfig.Values.member.2.Value=1
                Conditions.member.2.Field=path-pattern
                Conditions.member.2.PathPatternConfig.Values.member.1=/api/*
                ListenerArn=arn:aws:e:r:1:listener/app/web/1/2
                Priority=8
        "#]]);
    }

    #[tokio::test]
    async fn a_number_taken_by_another_is_chosen_again_unless_it_was_asked_for() {
        let taken = || query_refusal("PriorityInUse", "Priority '8' is currently in use");
        let aws = Script::new([query("DescribeRules", EXISTING), taken(), taken()]);
        let chosen = ListenerRule { priority: Auto(Some(8)), ..want(API) };

        let free = ListenerRule::create(&aws, &want(API), "token").await.unwrap_err();
        let asked = ListenerRule::create(&aws, &chosen, "token").await.unwrap_err();

        assert_eq!(free.kind, FaultKind::Busy);
        assert_eq!(ListenerRule::classify(Op::Create, &free), None);
        assert_eq!(ListenerRule::classify(Op::Create, &asked), Some(FaultKind::Exists));
    }

    #[test]
    fn conditions_are_read_as_they_were_sent() {
        let rule = want::<ListenerRule>(API);
        let sent = sdk::Rule::builder()
            .rule_arn("arn:aws:e:r:1:listener-rule/app/web/1/2/3")
            .set_conditions(rule.condition.to_sdk())
            .build();
        let found = live(&sent).attributes;
        assert_eq!(found.condition, rule.condition);
        assert_eq!(found.listener_arn, rule.listener_arn);
    }
}
