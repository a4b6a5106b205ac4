//! A bucket with so much in it that how it is emptied can be seen.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crate::proxy::{Call, Fate, Proxy, Refusal};
use crate::support::{Cloud, Stack};

const MAIN: &str = r#"
provider "aws" {
  region = "us-east-1"
}

resource "aws_s3_bucket" "files" {
  bucket        = "files-of-bob"
  force_destroy = true
}
"#;

const VERSIONS: u32 = 100_000;
/// S3 lists and deletes that many at once.
const PAGE: usize = 1000;
const LATENCY: Duration = Duration::from_millis(20);

/// What is in the bucket, in place of the emulator, which would need minutes to take it in.
struct Full {
    left: BTreeSet<u32>,
    /// What has been refused once.
    refused: BTreeSet<u32>,
}

impl Full {
    fn list(&self, call: &Call) -> String {
        let marker = call.text.split(['?', '&', ' ']).find_map(|it| it.strip_prefix("key-marker="));
        let after = marker.map_or(0, |it| number(it) + 1);
        let page: Vec<u32> = self.left.range(after..).take(PAGE).copied().collect();
        let versions: String =
            page.iter().map(|it| format!("<Version>{}</Version>", id(*it))).collect();
        let next = page.last().filter(|it| self.left.range(*it + 1..).next().is_some());
        let next = next.map(|it| {
            format!(
                "<IsTruncated>true</IsTruncated><NextKeyMarker>k/{it}</NextKeyMarker>\
                 <NextVersionIdMarker>v{it}</NextVersionIdMarker>"
            )
        });
        let next = next.unwrap_or_default();
        format!("<ListVersionsResult>{next}{versions}</ListVersionsResult>")
    }

    /// One key in twenty is refused the first time.
    fn delete(&mut self, call: &Call) -> String {
        let mut errors = String::new();
        for key in call.text.split("<Key>").skip(1) {
            let n = number(key.split('<').next().unwrap_or_default());
            if n % 20 == 7 && self.refused.insert(n) {
                let why = "<Code>InternalError</Code><Message>once more</Message>";
                errors += &format!("<Error>{}{why}</Error>", id(n));
            } else {
                self.left.remove(&n);
            }
        }
        format!("<DeleteResult>{errors}</DeleteResult>")
    }
}

fn id(n: u32) -> String {
    format!("<Key>k/{n}</Key><VersionId>v{n}</VersionId>")
}

fn number(key: &str) -> u32 {
    key.trim_start_matches("k/").parse().expect("a key of this bucket")
}

#[test]
fn a_hundred_thousand_versions_go_with_as_few_calls_as_there_can_be() {
    let cloud = Cloud::start();
    let stack = Stack::new(&[("main.tf", MAIN)]);
    stack.run_on(&cloud, &["apply", "-auto-approve"]).ended(0);

    let full = Full { left: (0..VERSIONS).collect(), refused: BTreeSet::new() };
    let full = Arc::new(Mutex::new(full));
    let inside = full.clone();
    let proxy = Proxy::start(&cloud, 1, move |call| {
        let full = || inside.lock().unwrap_or_else(PoisonError::into_inner);
        if !call.operation.contains(" /files-of-bob") {
            return Fate::Pass;
        }
        thread::sleep(LATENCY);
        match call.operation.split(['/', ' ', '?']).next_back() {
            Some("versions") => Fate::Answered(full().list(call)),
            Some("delete") => Fate::Answered(full().delete(call)),
            _ if call.operation.starts_with("DELETE") && !full().left.is_empty() => {
                Fate::Refused(Refusal::new(409, "BucketNotEmpty", "there is something in it"))
            }
            _ => Fate::Pass,
        }
    });
    let mut command = stack.command(&["destroy", "-auto-approve"]);
    command.envs(cloud.env());
    proxy.run(command).ended(0).says("100000").says("Nothing is left.");
    assert!(full.lock().unwrap_or_else(PoisonError::into_inner).left.is_empty());

    let calls = proxy.calls();
    let of =
        |what: &str| calls.iter().filter(|it| it.operation.ends_with(what)).collect::<Vec<_>>();
    let (lists, deletes) = (of("?versions"), of("?delete"));
    let pages = VERSIONS as usize / PAGE;
    // Once to say what is in it, once to delete it, and once to see that nothing is left.
    assert!(lists.len() <= 2 * pages + 2, "{} lists", lists.len());
    // Each page once, and once more what was refused of it.
    assert_eq!(deletes.len(), 2 * pages);
    let time = deletes[deletes.len() - 1].at - deletes[0].at;
    eprintln!("{} lists and {} deletes, in {time:?}", lists.len(), deletes.len());
}
