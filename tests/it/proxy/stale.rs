//! Reads that lag behind: for a while after a change they show what was before it.
//!
//! A read that was made before gets the reply that it got then. One that nobody can have made before,
//! since it names something new, is asked of the sandbox with a name that nothing has.

use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use regex::Regex;

use super::call::Call;
use super::wire::{Reply, Request};

/// The tokens that travel with requests.
static TOKENS: LazyLock<Regex> = LazyLock::new(|| {
    let uuid = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
    Regex::new(uuid).expect("it is one")
});

/// Ids: `vpc-0123456789abcdef0`.
static IDS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\b[a-z]+-[0-9a-f]{8,17}\b").expect("it is one"));

/// What a request calls the thing that it is about, in a form or in JSON.
static NAMES: LazyLock<Regex> = LazyLock::new(|| {
    let form = r"[&?][A-Za-z]*Name=([^&]{4,})";
    let json = r#""[A-Za-z]*[nN]ame":"([^"]{4,})""#;
    Regex::new(&format!("{form}|{json}")).expect("it is one")
});

#[derive(Debug)]
pub struct Stale {
    /// How long reads lag.
    window: Duration,
    /// By what was asked, the last answer that was up to date, and when it was given.
    replies: BTreeMap<String, (Instant, Reply)>,
    /// By word, when a thing of that name was changed, and whether that made it.
    changed: BTreeMap<String, (Instant, bool)>,
}

impl Stale {
    pub fn new(window: Duration) -> Stale {
        Stale { window, replies: BTreeMap::new(), changed: BTreeMap::new() }
    }

    /// What a read is answered from: an old reply, or the sandbox asked with other words, which are
    /// given with what stands for them.
    pub fn look(&self, call: &Call, now: Instant) -> Look {
        let recent = self.changed.iter().filter(|(word, (at, _))| {
            now.duration_since(*at) < self.window && call.text.contains(*word)
        });
        let recent: Vec<(&String, Instant, bool)> =
            recent.map(|(word, (at, made))| (word, *at, *made)).collect();
        let Some(first) = recent.iter().map(|it| it.1).min() else { return Look::Now };
        if let Some((_, reply)) = self.replies.get(&asked(call)).filter(|it| it.0 < first) {
            return Look::Old(reply.clone());
        }
        let young = recent.iter().filter(|it| it.2);
        let masks: Vec<(String, String)> = young.map(|it| (it.0.clone(), other(it.0))).collect();
        if masks.is_empty() { Look::Now } else { Look::Masked(masks) }
    }

    /// Remembers an answer that is up to date.
    pub fn read(&mut self, call: &Call, reply: &Reply, now: Instant) {
        self.replies.insert(asked(call), (now, reply.clone()));
    }

    /// Hears of a change, and of the answer to it.
    pub fn wrote(&mut self, call: &Call, reply: &Reply, now: Instant) {
        let told = String::from_utf8_lossy(&reply.body);
        let made = ["Create", "Run", "Allocate", "Register"];
        let made = made.iter().any(|it| call.operation.starts_with(it)) && reply.status < 300;
        let asked = words(&call.text);
        for word in asked.iter().chain(&words(&told)) {
            // What a request names by its id was there before it; what its answer names is new.
            let new = made && !(asked.contains(word) && IDS.is_match(word));
            match self.changed.get(word) {
                // It does not get younger.
                Some((at, true)) if now.duration_since(*at) < self.window => (),
                Some(_) => _ = self.changed.insert(word.clone(), (now, false)),
                None => _ = self.changed.insert(word.clone(), (now, new)),
            }
        }
    }
}

/// Where the answer to a read comes from.
#[derive(Debug, PartialEq)]
pub enum Look {
    Now,
    Old(Reply),
    Masked(Vec<(String, String)>),
}

/// The request with masks on, and its reply with the masks off again.
pub fn masked<E>(
    request: &Request,
    masks: &[(String, String)],
    ask: impl FnOnce(&Request) -> Result<Reply, E>,
) -> Result<Reply, E> {
    let swap = |text: &str, on: bool| {
        masks.iter().fold(text.to_owned(), |text, (word, mask)| {
            let (from, to) = if on { (word, mask) } else { (mask, word) };
            text.replace(&escaped(from), &escaped(to)).replace(from, to)
        })
    };
    let body = String::from_utf8_lossy(&request.body);
    let request = Request {
        target: swap(&request.target, true),
        body: swap(&body, true).into_bytes(),
        ..request.clone()
    };
    let reply = ask(&request)?;
    let body = swap(&String::from_utf8_lossy(&reply.body), false).into_bytes();
    Ok(Reply { body, ..reply })
}

fn asked(call: &Call) -> String {
    format!("{} {} {} {}", call.key, call.service, call.operation, call.text)
}

fn words(text: &str) -> Vec<String> {
    let tokens = TOKENS.find_iter(text).chain(IDS.find_iter(text)).map(|it| it.as_str());
    let names = NAMES.captures_iter(text);
    let names = names.filter_map(|it| it.iter().skip(1).flatten().next()).map(|it| it.as_str());
    let mut words: Vec<String> = tokens.chain(names).map(str::to_owned).collect();
    words.sort();
    words.dedup();
    words
}

/// A word of the same form that means nothing.
fn other(word: &str) -> String {
    let digits = word.contains(|it: char| it.is_ascii_digit());
    let turn = |it: char| match it {
        '0'..='9' => char::from(b'0' + (b'9' - it as u8)),
        'a'..='z' if !digits => char::from(b'a' + (b'z' - it as u8)),
        _ => it,
    };
    word.chars().map(turn).collect()
}

/// As forms and paths write it.
fn escaped(word: &str) -> String {
    word.replace('/', "%2F").replace(':', "%3A")
}

#[cfg(test)]
mod tests {
    use super::super::call::tests::{FORM, request};
    use super::*;

    const VPC: &str = "vpc-0123456789abcdef0";
    const SECOND: Duration = Duration::from_secs(1);

    fn ask(body: &str) -> (Request, Call) {
        let request = request("ec2", "POST /", &[FORM], body);
        let call = Call::of(&request);
        (request, call)
    }

    fn reply(body: &str) -> Reply {
        Reply { status: 200, headers: Default::default(), body: body.into() }
    }

    #[test]
    fn a_read_shows_what_was_before_a_change() {
        let (mut stale, start) = (Stale::new(2 * SECOND), Instant::now());
        let (_, read) = ask(&format!("Action=DescribeVpcs&VpcId.1={VPC}"));
        let (_, write) = ask(&format!("Action=ModifyVpcAttribute&VpcId={VPC}"));
        stale.read(&read, &reply("before"), start);
        assert_eq!(stale.look(&read, start), Look::Now);
        stale.wrote(&write, &reply("done"), start + SECOND);
        assert_eq!(stale.look(&read, start + 2 * SECOND), Look::Old(reply("before")));
        assert_eq!(stale.look(&read, start + 3 * SECOND), Look::Now);
    }

    #[test]
    fn what_is_new_is_not_there_for_a_while() {
        let (mut stale, start) = (Stale::new(2 * SECOND), Instant::now());
        let (request, read) = ask(&format!("Action=DescribeVpcs&VpcId.1={VPC}"));
        stale.wrote(&ask("Action=CreateVpc").1, &reply(VPC), start);
        // It does not get younger by being changed.
        let (_, write) = ask(&format!("Action=ModifyVpcAttribute&VpcId={VPC}"));
        stale.wrote(&write, &reply("done"), start + SECOND);
        let Look::Masked(masks) = stale.look(&read, start + SECOND) else { panic!("it is there") };
        let answer = masked(&request, &masks, |it| {
            let body = String::from_utf8_lossy(&it.body).into_owned();
            assert!(!body.contains(VPC), "{body}");
            Ok::<_, ()>(reply(&body))
        });
        assert_eq!(answer.unwrap().body, request.body);
        assert_eq!(stale.look(&read, start + 3 * SECOND), Look::Now);
    }

    #[test]
    fn names_and_tokens_of_what_is_made_are_new_and_ids_are_not() {
        let (mut stale, start) = (Stale::new(SECOND), Instant::now());
        let token = "01890000-0000-7000-8000-000000000000";
        let create = format!("Action=CreateSecurityGroup&GroupName=site&VpcId={VPC}&Value={token}");
        stale.wrote(&ask(&create).1, &reply(""), start);
        let words = |text: &str| match stale.look(&ask(text).1, start) {
            Look::Masked(masks) => masks.into_iter().map(|it| it.0).collect(),
            Look::Now | Look::Old(_) => Vec::new(),
        };
        assert_eq!(words("Action=DescribeSecurityGroups&GroupName=site"), ["site"]);
        assert_eq!(words(&format!("Action=DescribeSecurityGroups&Value={token}")), [token]);
        assert!(words(&format!("Action=DescribeVpcs&VpcId.1={VPC}")).is_empty());
    }
}
