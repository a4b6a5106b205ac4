//! The data source `aws_lb_listener_rules`: all rules of a listener. The AWS provider has none; without it,
//! a stack that shares a listener with others cannot know which priorities are free.

use std::collections::BTreeSet;

use model::{Attributes, Out};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::data::Data;
use crate::elbv2::action::Action;
use crate::elbv2::listener_rule::{self, condition::Condition, rules_of};
use crate::resource::Result;

/// All rules of a listener, but for its default.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_lb_listener_rules")]
pub(crate) struct ListenerRules {
    /// The listener.
    listener_arn: String,
    /// The rules, in the order in which they are looked at.
    rules: Out<Vec<Rule>>,
    /// The listener.
    id: Out<String>,
}

/// A rule.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct Rule {
    /// Its Amazon Resource Name.
    arn: String,
    /// When it is looked at: the rule with the least number first.
    priority: i32,
    /// What is done.
    action: Vec<Action>,
    /// What a request must be like, in all respects.
    condition: BTreeSet<Condition>,
}

impl Data for ListenerRules {
    async fn read(aws: &Aws, given: Self) -> Result<Self> {
        let mut rules: Vec<Rule> = Vec::new();
        for it in rules_of(aws, &given.listener_arn).await? {
            let found = listener_rule::live(&it);
            // The default has none.
            let Some(priority) = found.attributes.priority.0 else { continue };
            let (action, condition) = (found.attributes.action, found.attributes.condition);
            rules.push(Rule { arn: found.id, priority, action, condition });
        }
        rules.sort_by_key(|it| it.priority);
        let id = Out(Some(given.listener_arn.clone()));
        Ok(ListenerRules { rules: Out(Some(rules)), id, ..given })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Script, query, want_data};

    #[tokio::test]
    async fn rules_come_in_the_order_of_their_priorities() {
        let rule = |priority: &str| {
            format!(
                "<member><RuleArn>arn:{priority}</RuleArn><Priority>{priority}</Priority></member>"
            )
        };
        let rules = format!("<Rules>{}{}{}</Rules>", rule("10"), rule("9"), rule("default"));
        let aws = Script::new([query("DescribeRules", &rules)]);

        let given = want_data(r#"{"listener_arn": "arn:l"}"#);
        let found = ListenerRules::read(&aws, given).await.unwrap();

        let rules = found.rules.0.unwrap();
        assert_eq!(rules.iter().map(|it| it.priority).collect::<Vec<_>>(), [9, 10]);
        assert_eq!(aws.transcript(), "DescribeRules\n    ListenerArn=arn:l\n");
    }
}
