//! A rollback and a recovery in plain words: what was under way, what was found, what was done.

use std::fmt::Write;

use engine::{Op, RolledBack, Settled, Undone};
use model::InstanceAddr;
use serde_json::{Value as Json, json};

use crate::args::{Args, UsageError};

/// What becomes of what an apply has done when it fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnFailure {
    /// It stays; the next apply goes on from there.
    Keep,
    Rollback,
}

/// What `-on-failure` says.
///
/// # Errors
///
/// When it is something else.
pub fn on_failure(args: &Args) -> Result<OnFailure, UsageError> {
    match args.value("on-failure") {
        None | Some("keep") => Ok(OnFailure::Keep),
        Some("rollback") => Ok(OnFailure::Rollback),
        Some(other) => {
            Err(UsageError(format!("the option -on-failure is keep or rollback, not {other:?}")))
        }
    }
}

/// What became of undoing a run, in lines.
pub fn rolled_back(it: &RolledBack) -> String {
    let mut text = String::new();
    let head = match (it.finished, it.left.is_empty()) {
        (false, _) => "The rollback is not finished",
        (true, false) => "Rolled back, but not all of it",
        (true, true) => "Rolled back",
    };
    writeln!(text, "{head}: {}.", counts(&it.undone)).expect("writing to a String");
    for (address, how) in &it.undone {
        writeln!(text, "  {address}: {}", undone(how)).expect("writing to a String");
    }
    for (address, why) in &it.left {
        writeln!(text, "  not undone: {address}: {why}").expect("writing to a String");
    }
    text += match (it.finished, it.left.is_empty()) {
        (false, _) => "The next command goes on with it: groundplan recover\n",
        (true, false) => {
            "The state says what is there now. What the configuration would change of it: groundplan \
             plan\n"
        }
        (true, true) if it.undone.is_empty() => "Nothing had been changed.\n",
        (true, true) => {
            "All is as it was before the apply. Mend what has failed, and try again: groundplan apply\n"
        }
    };
    text
}

/// The same for a program.
pub fn rolled_back_json(it: &RolledBack) -> Json {
    let undone = it.undone.iter().map(|(address, how)| match how {
        Undone::Recreated { was, is } => json!({
            "addr": address.to_string(), "how": word(how), "old_id": was, "new_id": is,
        }),
        Undone::Deleted | Undone::ChangedBack | Undone::Kept | Undone::Forgotten => {
            json!({"addr": address.to_string(), "how": word(how)})
        }
    });
    let left = it.left.iter();
    let left = left.map(|(address, why)| json!({"addr": address.to_string(), "why": why}));
    json!({"rollback": {
        "finished": it.finished,
        "undone": undone.collect::<Vec<_>>(),
        "not_undone": left.collect::<Vec<_>>(),
    }})
}

fn word(how: &Undone) -> &'static str {
    match how {
        Undone::Deleted => "deleted",
        Undone::ChangedBack => "changed_back",
        Undone::Recreated { .. } => "recreated",
        Undone::Kept => "kept",
        Undone::Forgotten => "forgotten",
    }
}

fn counts(undone: &[(InstanceAddr, Undone)]) -> String {
    let n = |how: &str| undone.iter().filter(|it| word(&it.1) == how).count();
    let counts = format!(
        "{} deleted again, {} changed back, {} made again",
        n("deleted"),
        n("changed_back") + n("kept"),
        n("recreated")
    );
    match n("forgotten") {
        0 => counts,
        n => format!("{counts}, {n} out of the state again"),
    }
}

fn undone(how: &Undone) -> String {
    match how {
        Undone::Deleted => "deleted again".to_owned(),
        Undone::ChangedBack => "changed back".to_owned(),
        Undone::Kept => "the old object is in use again; the new one is deleted".to_owned(),
        Undone::Forgotten => "out of the state again; the object is there as before".to_owned(),
        Undone::Recreated { was, is } => {
            let ids = match (was, is) {
                (Some(was), Some(is)) if was != is => format!(" as {is}; it was {was}"),
                (_, _) => String::new(),
            };
            format!("made again{ids}; what it held is not there any more")
        }
    }
}

/// How one open operation was settled: what was under way, what was found, what was done.
pub fn settled(op: Op, id: Option<&str>, it: Settled) -> String {
    let id = id.map(|it| format!(" [id={it}]")).unwrap_or_default();
    let under_way = match op {
        Op::Create => "was being created",
        Op::Update => "was being changed",
        Op::Delete => "was being deleted",
        Op::Read => "was being read",
        Op::Empty => "was being emptied",
    };
    let found = match it {
        Settled::Adopted => format!("It exists{id}. It is taken into the state."),
        Settled::Incomplete => format!(
            "It exists{id}, but not as it should be. It is taken into the state, and the next apply \
             replaces it."
        ),
        Settled::Untold => format!(
            "It exists{id}, but what is told only once is lost. It is taken into the state, and the \
             next apply replaces it."
        ),
        Settled::NotCreated => "It does not exist. Nothing had happened.".to_owned(),
        Settled::Changed => format!("It is there{id}. The state says now how it is."),
        Settled::Gone => format!("It is gone{id}. The next plan finds that out."),
        Settled::Deleted => format!("It is gone{id}. It has left the state."),
        Settled::StillThere => format!("It is still there{id}. It stays in the state."),
    };
    format!("{under_way} when a run was cut off. {found}")
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    fn address(text: &str) -> InstanceAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_rollback_tells_what_is_undone_and_what_is_not() {
        let ids = |was: &str, is: &str| Undone::Recreated {
            was: Some(was.to_owned()),
            is: Some(is.to_owned()),
        };
        let undone = vec![
            (address("aws_vpc.new"), Undone::Deleted),
            (address("aws_vpc.main"), Undone::ChangedBack),
            (address("aws_subnet.a[0]"), ids("subnet-1", "subnet-2")),
            (address("aws_lb.web"), Undone::Kept),
            (address("aws_s3_bucket.old"), Undone::Forgotten),
        ];
        let mut it = RolledBack { undone, finished: true, ..RolledBack::default() };
        expect![[r"
            Rolled back: 1 deleted again, 2 changed back, 1 made again, 1 out of the state again.
              aws_vpc.new: deleted again
              aws_vpc.main: changed back
              aws_subnet.a[0]: made again as subnet-2; it was subnet-1; what it held is not there any more
              aws_lb.web: the old object is in use again; the new one is deleted
              aws_s3_bucket.old: out of the state again; the object is there as before
            All is as it was before the apply. Mend what has failed, and try again: groundplan apply
        "]]
        .assert_eq(&rolled_back(&it));
        it.left = vec![(address("aws_db.x"), "not as before: password_wo".to_owned())];
        it.undone.truncate(1);
        expect![[r"
            Rolled back, but not all of it: 1 deleted again, 0 changed back, 0 made again.
              aws_vpc.new: deleted again
              not undone: aws_db.x: not as before: password_wo
            The state says what is there now. What the configuration would change of it: groundplan plan
        "]]
        .assert_eq(&rolled_back(&it));
        it.finished = false;
        it.left.clear();
        expect![[r"
            The rollback is not finished: 1 deleted again, 0 changed back, 0 made again.
              aws_vpc.new: deleted again
            The next command goes on with it: groundplan recover
        "]]
        .assert_eq(&rolled_back(&it));
        expect![[r#"{"rollback":{"finished":false,"not_undone":[],"undone":[{"addr":"aws_vpc.new","how":"deleted"}]}}"#]]
            .assert_eq(&rolled_back_json(&it).to_string());
    }

    #[test]
    fn a_recovery_tells_what_was_under_way_what_was_found_and_what_was_done() {
        let all = [
            (Op::Create, Settled::Adopted),
            (Op::Create, Settled::Incomplete),
            (Op::Create, Settled::Untold),
            (Op::Create, Settled::NotCreated),
            (Op::Update, Settled::Changed),
            (Op::Update, Settled::Gone),
            (Op::Delete, Settled::Deleted),
            (Op::Delete, Settled::StillThere),
        ];
        let mut text = String::new();
        for (op, it) in all {
            let id = (it != Settled::NotCreated).then_some("vpc-1");
            writeln!(text, "{}", settled(op, id, it)).unwrap();
        }
        expect![[r"
            was being created when a run was cut off. It exists [id=vpc-1]. It is taken into the state.
            was being created when a run was cut off. It exists [id=vpc-1], but not as it should be. It is taken into the state, and the next apply replaces it.
            was being created when a run was cut off. It exists [id=vpc-1], but what is told only once is lost. It is taken into the state, and the next apply replaces it.
            was being created when a run was cut off. It does not exist. Nothing had happened.
            was being changed when a run was cut off. It is there [id=vpc-1]. The state says now how it is.
            was being changed when a run was cut off. It is gone [id=vpc-1]. The next plan finds that out.
            was being deleted when a run was cut off. It is gone [id=vpc-1]. It has left the state.
            was being deleted when a run was cut off. It is still there [id=vpc-1]. It stays in the state.
        "]]
        .assert_eq(&text);
    }
}
