//! Which amounts of CPU and memory a task on Fargate may have. Pure.

use model::{Map, Value};

/// CPU units, the least and the most memory in MiB, and its steps.
const SIZES: &[(i64, i64, i64, i64)] = &[
    (256, 512, 2048, 512),
    (512, 1024, 4096, 1024),
    (1024, 2048, 8192, 1024),
    (2048, 4096, 16384, 1024),
    (4096, 8192, 30720, 1024),
    (8192, 16384, 61440, 4096),
    (16384, 32768, 122_880, 8192),
];

/// What is wrong with a task definition that is to run on Fargate.
pub(crate) fn problems(given: &Map) -> Vec<(&'static str, String)> {
    let compatible = given.get("requires_compatibilities").and_then(Value::items);
    if !compatible.is_some_and(|it| it.iter().any(|it| it.as_str() == Some("FARGATE"))) {
        return Vec::new();
    }
    let mut problems = Vec::new();
    let is_missing = |name: &str| given.get(name).is_none_or(Value::is_null);
    for name in ["cpu", "memory"].into_iter().filter(|it| is_missing(it)) {
        problems.push(("requires_compatibilities", format!("on Fargate a task needs `{name}`")));
    }
    let text = |name: &str| given.get(name).and_then(Value::as_str);
    let mode = text("network_mode");
    if mode.is_some_and(|it| it != "awsvpc") || is_missing("network_mode") {
        let text = "on Fargate the network mode is `awsvpc`".to_owned();
        let name = if mode.is_some() { "network_mode" } else { "requires_compatibilities" };
        problems.push((name, text));
    }
    let amount = |name: &str| text(name).and_then(units);
    if let (Some(cpu), Some(memory)) = (amount("cpu"), amount("memory"))
        && let Some(problem) = size(cpu, memory)
    {
        problems.push(problem);
    }
    problems
}

/// What is wrong with two amounts together.
fn size(cpu: i64, memory: i64) -> Option<(&'static str, String)> {
    let Some((_, least, most, step)) = SIZES.iter().find(|it| it.0 == cpu) else {
        let all: Vec<String> = SIZES.iter().map(|it| it.0.to_string()).collect();
        let all = all.join(", ");
        return Some(("cpu", format!("Fargate has no size of {cpu} CPU units, but of {all}")));
    };
    // With a quarter of a CPU 1.5 GB are no size, though the step is half a GB.
    let gap = cpu == 256 && memory == 1536;
    if (*least..=*most).contains(&memory) && memory % step == 0 && !gap {
        return None;
    }
    let which = match cpu {
        256 => "512, 1024 or 2048".to_owned(),
        _ => format!("{least} to {most} in steps of {step}"),
    };
    Some((
        "memory",
        format!("with {cpu} CPU units Fargate has {which} MiB of memory, not {memory}"),
    ))
}

/// `0.25 vCPU` is 256, and `1 GB` is 1024.
fn units(text: &str) -> Option<i64> {
    let text = text.trim().to_lowercase();
    match text.strip_suffix("vcpu").or_else(|| text.strip_suffix("gb")) {
        #[expect(clippy::cast_possible_truncation, reason = "sizes are small")]
        Some(number) => number.trim().parse::<f64>().ok().map(|it| (it * 1024.0).round() as i64),
        None => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use model::Type;

    use super::*;

    fn check(cpu: &str, memory: &str, expect: Expect) {
        let fargate = Value::set(Type::String, vec![Value::from("FARGATE")]);
        let given = Map::from([
            ("requires_compatibilities".into(), fargate),
            ("network_mode".into(), Value::from("awsvpc")),
            ("cpu".into(), Value::from(cpu)),
            ("memory".into(), Value::from(memory)),
        ]);
        let lines = problems(&given).into_iter().map(|(name, text)| format!("{name}: {text}"));
        expect.assert_eq(&lines.collect::<Vec<_>>().join("\n"));
    }

    #[test]
    fn sizes_of_fargate() {
        for (cpu, memory) in [
            ("256", "512"),
            ("256", "2048"),
            ("0.25 vCPU", "1 GB"),
            ("1024", "5120"),
            ("4096", "30720"),
            ("8192", "20480"),
            ("16 vCPU", "120GB"),
        ] {
            check(cpu, memory, expect![""]);
        }
        check(
            "256",
            "4096",
            expect![
                "memory: with 256 CPU units Fargate has 512, 1024 or 2048 MiB of memory, not 4096"
            ],
        );
        check(
            "256",
            "1536",
            expect![
                "memory: with 256 CPU units Fargate has 512, 1024 or 2048 MiB of memory, not 1536"
            ],
        );
        check(
            "1024",
            "2500",
            expect![
                "memory: with 1024 CPU units Fargate has 2048 to 8192 in steps of 1024 MiB of memory, not 2500"
            ],
        );
        check(
            "8192",
            "17408",
            expect![
                "memory: with 8192 CPU units Fargate has 16384 to 61440 in steps of 4096 MiB of memory, not 17408"
            ],
        );
        check(
            "300",
            "512",
            expect![
                "cpu: Fargate has no size of 300 CPU units, but of 256, 512, 1024, 2048, 4096, 8192, 16384"
            ],
        );
    }

    #[test]
    fn what_fargate_needs_is_missed() {
        let fargate = Value::set(Type::String, vec![Value::from("FARGATE")]);
        let given = Map::from([("requires_compatibilities".into(), fargate)]);
        let names = problems(&given).into_iter().map(|it| it.1).collect::<Vec<_>>().join("\n");
        expect![[r#"
            on Fargate a task needs `cpu`
            on Fargate a task needs `memory`
            on Fargate the network mode is `awsvpc`"#]]
        .assert_eq(&names);
        assert_eq!(problems(&Map::new()), []);
    }
}
