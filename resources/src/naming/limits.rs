//! How long names may be, and what they may be made of. AWS says so only when it is called, in the
//! middle of an apply; a plan says it at once.

use model::{Map, Value};

/// What names of one kind are like.
struct Limit {
    ty: &'static str,
    attribute: &'static str,
    /// In characters.
    most: usize,
    allowed: Allowed,
}

/// The characters of a name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Allowed {
    /// Whatever the service allows: it is not looked at.
    Any,
    /// Letters, digits, `_` and `-`.
    Word,
    /// Letters, digits and `-`, which neither begins nor ends it.
    Host,
    /// The same, for the beginning of a name.
    HostPrefix,
}

/// In order of type and attribute.
const LIMITS: &[Limit] = &[
    limit("aws_appautoscaling_policy", "name", 256, Allowed::Any),
    limit("aws_autoscaling_group", "name", 255, Allowed::Any),
    limit("aws_cloudwatch_log_group", "name", 512, Allowed::Any),
    limit("aws_cloudwatch_metric_alarm", "alarm_name", 255, Allowed::Any),
    limit("aws_ecr_repository", "name", 256, Allowed::Any),
    limit("aws_ecs_capacity_provider", "name", 255, Allowed::Word),
    limit("aws_ecs_cluster", "name", 255, Allowed::Word),
    limit("aws_ecs_service", "name", 255, Allowed::Word),
    limit("aws_ecs_task_definition", "family", 255, Allowed::Word),
    limit("aws_iam_instance_profile", "name", 128, Allowed::Any),
    limit("aws_iam_policy", "name", 128, Allowed::Any),
    limit("aws_iam_policy", "name_prefix", 102, Allowed::Any),
    limit("aws_iam_role", "name", 64, Allowed::Any),
    limit("aws_iam_role", "name_prefix", 38, Allowed::Any),
    limit("aws_iam_user", "name", 64, Allowed::Any),
    limit("aws_launch_template", "name", 128, Allowed::Any),
    limit("aws_lb", "name", 32, Allowed::Host),
    limit("aws_lb", "name_prefix", 6, Allowed::HostPrefix),
    limit("aws_lb_target_group", "name", 32, Allowed::Host),
    limit("aws_lb_target_group", "name_prefix", 6, Allowed::HostPrefix),
    limit("aws_security_group", "name", 255, Allowed::Any),
    limit("aws_sqs_queue", "name", 80, Allowed::Any),
];

const fn limit(ty: &'static str, attribute: &'static str, most: usize, allowed: Allowed) -> Limit {
    Limit { ty, attribute, most, allowed }
}

/// Names of a type's object that AWS would refuse: the attribute, and why.
pub(crate) fn problems(ty: &str, given: &Map) -> Vec<(&'static str, String)> {
    let own = LIMITS.iter().filter(|it| it.ty == ty);
    let name = |it: &Limit| given.get(it.attribute).and_then(Value::as_str).map(str::to_owned);
    own.filter_map(|it| Some((it.attribute, it.problem(&name(it)?)?))).collect()
}

impl Limit {
    fn problem(&self, name: &str) -> Option<String> {
        let length = name.chars().count();
        if length > self.most {
            let (name, most) = (shortened(name), self.most);
            return Some(format!("{name:?} has {length} characters; AWS takes at most {most}"));
        }
        let is_letter = |c: char| c.is_ascii_alphanumeric();
        let edge = |name: &str| name.starts_with('-') || name.ends_with('-');
        let (fits, what) = match self.allowed {
            Allowed::Any => (true, ""),
            Allowed::Word => (
                name.chars().all(|c| is_letter(c) || matches!(c, '_' | '-')),
                "letters, digits, underscores and hyphens",
            ),
            Allowed::Host => (
                name.chars().all(|c| is_letter(c) || c == '-') && !edge(name),
                "letters, digits and hyphens, and neither begins nor ends with a hyphen",
            ),
            Allowed::HostPrefix => (
                name.chars().all(|c| is_letter(c) || c == '-') && !name.starts_with('-'),
                "letters, digits and hyphens, and does not begin with a hyphen",
            ),
        };
        (!fits).then(|| format!("{name:?} will not do: it has only {what}"))
    }
}

/// The beginning of a name that is too long to be read.
fn shortened(name: &str) -> String {
    const READABLE: usize = 80;
    match name.chars().count() > READABLE {
        true => name.chars().take(READABLE).chain("...".chars()).collect(),
        false => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::types;

    fn found(ty: &str, attribute: &str, name: &str) -> Option<String> {
        let given = Map::from([(attribute.into(), Value::from(name))]);
        problems(ty, &given).pop().map(|it| it.1)
    }

    #[test]
    fn every_limit_is_of_an_attribute_that_exists() {
        let exists = |it: &&Limit| {
            let schema = types().map(|entry| entry.schema).find(|schema| schema.name == it.ty);
            schema.is_some_and(|schema| schema.attribute(it.attribute).is_some())
        };
        let wrong: Vec<_> =
            LIMITS.iter().filter(|it| !exists(it)).map(|it| (it.ty, it.attribute)).collect();
        assert_eq!(wrong, []);
    }

    #[test]
    fn a_name_is_too_long_or_not() {
        let group = |name: &str| found("aws_lb_target_group", "name", name);
        assert_eq!(group(&"a".repeat(32)), None);
        let text = group(&"a".repeat(33)).unwrap();
        assert!(text.ends_with("has 33 characters; AWS takes at most 32"), "{text}");
        assert_eq!(found("aws_iam_role", "name", &"ä".repeat(64)), None);
    }

    #[test]
    fn a_name_has_only_what_it_may() {
        let group = |name: &str| found("aws_lb_target_group", "name", name);
        assert_eq!(group("web-1"), None);
        assert!(group("web_1").is_some());
        assert!(group("web-").is_some());
        assert_eq!(found("aws_lb_target_group", "name_prefix", "web-"), None);
        assert_eq!(found("aws_ecs_service", "name", "web_1"), None);
        assert!(found("aws_ecs_service", "name", "web.1").is_some());
        assert_eq!(found("aws_iam_role", "name", "web.1"), None);
    }
}
