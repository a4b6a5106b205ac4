//! Simple Queue Service.
//!
//! What is told about a queue is not shown at once everywhere. It is kept in mind, and the queue
//! counts as ready when it reads back.

pub(crate) mod queue;
pub(crate) mod queue_data;
pub(crate) mod queue_policy;

use std::collections::{BTreeMap, HashMap};

use aws_sdk_sqs::types::QueueAttributeName;
use model::{Fault, FaultKind, Op, Phase};

use crate::aws::Aws;
use crate::fault::OrFault;
use crate::policy::Policy;
use crate::registry::{DataEntry, Entry, data, entry};
use crate::resource::Result;
use crate::sqs::queue::Redrive;

pub(crate) const TYPES: &[Entry] = &[entry::<queue::Queue>(), entry::<queue_policy::QueuePolicy>()];

pub(crate) const DATA: &[DataEntry] = &[data::<queue_data::Queue>()];

/// What SQS says of a queue.
async fn attributes(aws: &Aws, url: &str) -> Result<HashMap<String, String>> {
    let call = aws.sqs().get_queue_attributes().queue_url(url);
    let answer = call.attribute_names(QueueAttributeName::All).send().await;
    let all = answer.or_fault("GetQueueAttributes")?.attributes.unwrap_or_default();
    Ok(all.into_iter().map(|(name, text)| (name.as_str().to_owned(), text)).collect())
}

/// Tells SQS several things about a queue.
async fn tell(aws: &Aws, url: &str, texts: BTreeMap<&str, String>) -> Result<()> {
    let named = texts.iter().map(|(name, text)| (QueueAttributeName::from(*name), text.clone()));
    let call = aws.sqs().set_queue_attributes().queue_url(url);
    let call = call.set_attributes(Some(named.collect()));
    call.send().await.or_fault("SetQueueAttributes")?;
    keep_in_mind(aws, url, &texts);
    Ok(())
}

/// Remembers what was told, to know when it reads back.
fn keep_in_mind(aws: &Aws, url: &str, texts: &BTreeMap<&str, String>) {
    let mut all = told(aws, url);
    all.extend(texts.iter().map(|(name, text)| ((*name).to_owned(), text.clone())));
    aws.watch(url, &serde_json::json!(all).to_string());
}

fn told(aws: &Aws, url: &str) -> BTreeMap<String, String> {
    let all = aws.watched(url).and_then(|it| serde_json::from_str(&it).ok());
    all.unwrap_or_default()
}

/// Whether everything that was told about a queue reads back.
fn phase(aws: &Aws, url: &str, shown: &HashMap<String, String>) -> Phase {
    let shown = |name: &str| shown.get(name).map(String::as_str).unwrap_or_default();
    match told(aws, url).iter().find(|(name, text)| !same(name, text, shown(name))) {
        Some((name, _)) => Phase::changing(format!("{name} is not visible everywhere yet")),
        None => Phase::Ready,
    }
}

fn same(name: &str, a: &str, b: &str) -> bool {
    match name {
        "Policy" => Policy(a.to_owned()) == Policy(b.to_owned()),
        "RedrivePolicy" | "RedriveAllowPolicy" => Redrive(a.to_owned()) == Redrive(b.to_owned()),
        // What is off is not shown where it means nothing.
        _ => a == b || (a == "false" && b.is_empty()),
    }
}

fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
    let code = fault.code.rsplit('.').next().unwrap_or_default();
    match (op, code) {
        (_, "NonExistentQueue" | "QueueDoesNotExist") => Some(FaultKind::NotFound),
        // A name can be used again after a minute.
        (Op::Create, "QueueDeletedRecently") => Some(FaultKind::NotYet),
        (Op::Create, "QueueAlreadyExists" | "QueueNameExists") => Some(FaultKind::Exists),
        // The policy names a role or user that was created a moment ago.
        (Op::Create | Op::Update, "InvalidAttributeValue") if fault.message.contains("Policy") => {
            Some(FaultKind::NotYet)
        }
        _ => None,
    }
}
