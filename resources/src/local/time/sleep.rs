//! `time_sleep`: waits after it is created or before it is destroyed.

use std::time::Duration;

use model::{Attributes, Map, Op, Out, Timeouts};
use serde::{Deserialize, Serialize};

use crate::local::keepers::Keepers;
use crate::local::moment::Moment;
use crate::local::time::{check_any, import_fault};
use crate::local::{Local, out};
use crate::resource::Result;

/// Makes what depends on it wait: for services that need time until a change is seen everywhere.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("time_sleep")]
pub(crate) struct TimeSleep {
    /// How long the creation takes, such as `30s`, `1.5m` or `1h`.
    create_duration: Option<String>,
    /// How long the destruction takes.
    destroy_duration: Option<String>,
    /// When one of these changes, the object is replaced.
    #[attr(replace)]
    triggers: Keepers,
    /// When it was created, in RFC 3339.
    id: Out<String>,
}

const DURATIONS: [&str; 2] = ["create_duration", "destroy_duration"];

/// `300ms`, `30s`, `1.5m`, `1h`. None if it is anything else.
fn duration(text: &str) -> Option<Duration> {
    let number = text.trim_end_matches(|it: char| it.is_ascii_alphabetic());
    let unit = match &text[number.len()..] {
        "ms" => 0.001,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return None,
    };
    let plain = |it: char| it.is_ascii_digit() || it == '.';
    let right = number.starts_with(|it: char| it.is_ascii_digit()) && number.chars().all(plain);
    let seconds = number.parse::<f64>().ok().filter(|_| right)?;
    Duration::try_from_secs_f64(seconds * unit).ok()
}

impl Local for TimeSleep {
    /// It may wait for as long as it is told to.
    const TIMEOUTS: Timeouts = Timeouts::minutes(YEAR, YEAR, YEAR);

    fn create(want: Self, _token: &str) -> Result<Self> {
        Ok(TimeSleep { id: out(Moment::now().text()), ..want })
    }

    /// `CREATE_DURATION,DESTROY_DURATION`, of which one may be empty.
    fn import(text: &str) -> Result<Self> {
        let wrong = || import_fault(format!("{text:?} is not CREATE_DURATION,DESTROY_DURATION"));
        let (create, destroy) = text.split_once(',').ok_or_else(wrong)?;
        let given = |text: &str| match text {
            "" => Ok(None),
            text if duration(text).is_some() => Ok(Some(text.to_owned())),
            _ => Err(wrong()),
        };
        let (create_duration, destroy_duration) = (given(create)?, given(destroy)?);
        if create_duration.is_none() && destroy_duration.is_none() {
            return Err(wrong());
        }
        let (triggers, id) = (Keepers::default(), out(Moment::now().text()));
        Ok(TimeSleep { create_duration, destroy_duration, triggers, id })
    }

    fn check(given: &Map) -> Vec<(&'static str, String)> {
        let wrong = |name: &&'static str| {
            let text = given.get(*name)?.as_str()?;
            let detail = format!("{text:?} is not a number with the unit ms, s, m or h");
            duration(text).is_none().then_some((*name, detail))
        };
        let mut found = check_any(given, &DURATIONS);
        found.extend(DURATIONS.iter().filter_map(wrong));
        found
    }

    fn pause(have: &Self, op: Op) -> Duration {
        let text = match op {
            Op::Create => have.create_duration.as_deref(),
            Op::Delete => have.destroy_duration.as_deref(),
            Op::Read | Op::Update => None,
        };
        text.and_then(duration).unwrap_or_default()
    }
}

/// In minutes.
const YEAR: u64 = 365 * 24 * 60;

#[cfg(test)]
mod tests {
    use model::{Object, Phase, ResourceType};
    use serde_json::json;

    use super::*;
    use crate::local::Kept;

    #[test]
    fn durations_have_one_unit() {
        assert_eq!(duration("30s"), Some(Duration::from_secs(30)));
        assert_eq!(duration("1.5m"), Some(Duration::from_secs(90)));
        assert_eq!(duration("250ms"), Some(Duration::from_millis(250)));
        for wrong in ["", "s", "30", "1h30m", "-1s", "1d", "inf", "1e3s", ".5s"] {
            assert_eq!(duration(wrong), None, "{wrong}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn it_is_ready_and_gone_when_its_time_is_over() {
        let ty = Kept::<TimeSleep>::new();
        let want = Object::from([
            ("create_duration".to_owned(), json!("30s")),
            ("destroy_duration".to_owned(), json!("1m")),
        ]);
        let ids = [ty.create(&want, "t").await.unwrap()];
        let phase = async || {
            let found = ty.read(&ids).await.unwrap().pop();
            found.map(|it| matches!(it.phase, Phase::Changing(_)))
        };
        assert_eq!(phase().await, Some(true));
        tokio::time::advance(Duration::from_secs(31)).await;
        assert_eq!(phase().await, Some(false));
        let have = ty.read(&ids).await.unwrap().remove(0).attributes;
        ty.delete(&ids[0], &have).await.unwrap();
        tokio::time::advance(Duration::from_secs(59)).await;
        assert_eq!(phase().await, Some(true));
        tokio::time::advance(Duration::from_secs(2)).await;
        assert_eq!(phase().await, None);
    }
}
