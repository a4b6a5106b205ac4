//! `aws_route53_record`: what a name of a zone stands for.

mod blocks;

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_route53::types as sdk;
use model::{
    Attributes, Auto, Fault, FaultKind, Live, Map, One, Op, Out, Phase, Timeouts, Unread, Value,
};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::fault::{OrFault, must};
use crate::mirror::{FromSdk, ToSdk};
use crate::naming::known;
use crate::resource::{Resource, Result, missing_is_none};
use crate::route53::names::{DnsName, in_zone, plain};
use crate::route53::{Start, bare, change, page, records_of};

/// What a name of a zone stands for.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_route53_record", version = 2, timeouts = [create, delete, update])]
pub(crate) struct Record {
    /// The name, in full or without the zone's.
    #[attr(replace)]
    name: DnsName,
    /// `A`, `AAAA`, `CNAME`, `TXT` and so on.
    #[attr(replace)]
    r#type: String,
    /// The zone it is in.
    #[attr(replace)]
    zone_id: String,
    /// Whether a record that exists may be taken over when this one is created.
    allow_overwrite: Auto<Unread<bool>>,
    /// The health check that must succeed for it to be given.
    health_check_id: Option<String>,
    /// Whether up to eight healthy ones of its kind are given together.
    multivalue_answer_routing_policy: Option<bool>,
    /// The values.
    records: Option<BTreeSet<String>>,
    /// What tells records of the same name and type apart, with a routing policy.
    #[attr(replace)]
    set_identifier: Option<String>,
    /// For how many seconds others may keep it.
    ttl: Option<i64>,
    /// What of AWS it stands for, in place of values.
    alias: One<blocks::Alias>,
    /// It is given to those who ask from certain addresses.
    cidr_routing_policy: One<blocks::Cidr>,
    /// It is given if another is not healthy, or until it is not.
    failover_routing_policy: One<blocks::Failover>,
    /// It is given to those who ask from a certain place.
    geolocation_routing_policy: One<blocks::Geolocation>,
    /// It is given to those who ask from near by.
    geoproximity_routing_policy: One<blocks::Geoproximity>,
    /// It is given to those for whom its region is the fastest.
    latency_routing_policy: One<blocks::Latency>,
    /// It is given so often.
    weighted_routing_policy: One<blocks::Weighted>,
    /// The name in full.
    fqdn: Out<String>,
    /// The zone, the name, the type and the set identifier: `Z1_www.example.com_A`.
    id: Out<String>,
}

/// The four things that tell a record from others.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub zone: String,
    /// As written: in full or without the zone's.
    name: String,
    ty: String,
    set: Option<String>,
}

const KINDS: &[&str] = &[
    "A", "AAAA", "CAA", "CNAME", "DS", "HTTPS", "MX", "NAPTR", "NS", "PTR", "SOA", "SPF", "SRV",
    "SSHFP", "SVCB", "TLSA", "TXT",
];

impl Key {
    fn id(&self) -> String {
        let set = self.set.as_deref().map(|it| format!("_{it}")).unwrap_or_default();
        format!("{}_{}_{}{set}", self.zone, self.name, self.ty)
    }

    /// Names may have underscores too: the first part that is a type ends the name.
    pub fn parse(id: &str) -> Option<Key> {
        let (zone, rest) = id.split_once('_')?;
        let parts: Vec<&str> = rest.split('_').collect();
        let at = parts.iter().skip(1).position(|it| KINDS.contains(it))? + 1;
        let set = parts[at + 1..].join("_");
        Some(Key {
            zone: bare(zone).to_owned(),
            name: parts[..at].join("_"),
            ty: parts[at].to_owned(),
            set: (!set.is_empty()).then_some(set),
        })
    }

    pub fn is_of(&self, zone_name: &str, it: &sdk::ResourceRecordSet) -> bool {
        it.r#type().as_str() == self.ty
            && it.set_identifier() == self.set.as_deref()
            && plain(it.name()) == in_zone(&self.name, zone_name)
    }
}

impl Record {
    fn key(&self) -> Key {
        Key {
            zone: bare(&self.zone_id).to_owned(),
            name: self.name.plain(),
            ty: self.r#type.clone(),
            set: self.set_identifier.clone(),
        }
    }

    /// What AWS is to have, in a zone of this name.
    fn record_set(&self, zone_name: &str) -> sdk::ResourceRecordSet {
        let quoted = matches!(self.r#type.as_str(), "TXT" | "SPF");
        let value = |it: &String| {
            let value = if quoted { format!("\"{it}\"") } else { it.clone() };
            sdk::ResourceRecord::builder().value(value).build().expect("a value is set")
        };
        let records = self.records.as_ref().filter(|it| !it.is_empty());
        let it = sdk::ResourceRecordSet::builder()
            .name(in_zone(&self.name.0, zone_name))
            .r#type(self.r#type.as_str().into())
            .set_set_identifier(self.set_identifier.clone())
            .set_health_check_id(self.health_check_id.clone())
            .set_multi_value_answer(self.multivalue_answer_routing_policy.filter(|it| *it))
            .set_ttl(self.ttl.filter(|_| self.alias.0.is_none()))
            .set_resource_records(records.map(|it| it.iter().map(value).collect()))
            .set_alias_target(self.alias.to_sdk())
            .set_cidr_routing_config(self.cidr_routing_policy.to_sdk())
            .set_failover(self.failover_routing_policy.0.as_ref().map(|it| it.sdk()))
            .set_geo_location(self.geolocation_routing_policy.to_sdk())
            .set_geo_proximity_location(self.geoproximity_routing_policy.to_sdk())
            .set_region(self.latency_routing_policy.0.as_ref().map(|it| it.sdk()))
            .set_weight(self.weighted_routing_policy.0.as_ref().map(|it| it.sdk()));
        it.build().expect("a name and a type are set")
    }
}

impl Resource for Record {
    const BATCH: usize = 100;
    const TIMEOUTS: Timeouts = Timeouts::minutes(30, 30, 30);

    /// Few records of a zone are asked for one by one, many as a list of all.
    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        let mut zones: BTreeMap<String, Vec<(&String, Key)>> = BTreeMap::new();
        for id in ids {
            let Some(key) = Key::parse(id) else { continue };
            zones.entry(key.zone.clone()).or_default().push((id, key));
        }
        let mut found = Vec::new();
        for (zone, keys) in zones {
            found.extend(missing_is_none(read_zone(aws, &zone, &keys).await.map(Some))?);
        }
        Ok(found.into_iter().flatten().collect())
    }

    async fn create(aws: &Aws, want: &Self, _token: &str) -> Result<String> {
        let key = want.key();
        let zone_name = zone_name(aws, &key.zone).await?;
        let overwrite = want.allow_overwrite.0.as_ref().and_then(|it| it.0) == Some(true);
        let action = if overwrite { sdk::ChangeAction::Upsert } else { sdk::ChangeAction::Create };
        change(aws, &key.zone, [(action, want.record_set(&zone_name))]).await?;
        Ok(key.id())
    }

    async fn update(aws: &Aws, _id: &str, have: &Self, want: &Self) -> Result<()> {
        let same = Record { allow_overwrite: have.allow_overwrite.clone(), ..want.clone() };
        if *have != same {
            let key = want.key();
            let zone_name = zone_name(aws, &key.zone).await?;
            let record = want.record_set(&zone_name);
            change(aws, &key.zone, [(sdk::ChangeAction::Upsert, record)]).await?;
        }
        Ok(())
    }

    /// Only who knows all of a record may delete it.
    async fn delete(aws: &Aws, id: &str, _have: &Self) -> Result<()> {
        let key = must(Key::parse(id), "ListResourceRecordSets")?;
        let zone_name = zone_name(aws, &key.zone).await?;
        let Some(it) = look_up(aws, &zone_name, &key).await? else { return Ok(()) };
        change(aws, &key.zone, [(sdk::ChangeAction::Delete, it)]).await
    }

    fn claim(planned: &Map) -> Option<String> {
        let overwrites = planned.get("allow_overwrite").and_then(Value::as_bool) == Some(true);
        let set = planned.get("set_identifier").filter(|it| it.is_known())?;
        let key = Key {
            zone: bare(known(planned, "zone_id")?).to_owned(),
            name: DnsName(known(planned, "name")?.to_owned()).plain(),
            ty: known(planned, "type")?.to_owned(),
            set: set.as_str().map(str::to_owned),
        };
        (!overwrites).then(|| key.id())
    }

    /// Names are unique, so the record of this name that says the same is the one.
    async fn find(aws: &Aws, want: &Self, _token: &str) -> Result<Option<String>> {
        let key = want.key();
        let zone_name = zone_name(aws, &key.zone).await?;
        let Some(it) = look_up(aws, &zone_name, &key).await? else { return Ok(None) };
        let mut found = live(&key.id(), &key, &zone_name, &it).attributes;
        // Route 53 writes host names in its own way.
        if found.alias == want.alias {
            found.alias = want.alias.clone();
        }
        Ok((found.record_set(&zone_name) == want.record_set(&zone_name)).then(|| key.id()))
    }

    fn check(given: &Map) -> Vec<(&'static str, String)> {
        let has = |name: &str| {
            given
                .get(name)
                .is_some_and(|it| !it.is_null() && it.items().is_none_or(|items| !items.is_empty()))
        };
        let mut problems = Vec::new();
        if has("alias") && has("records") {
            problems.push(("records", "an alias has no `records` of its own".to_owned()));
        }
        if has("alias") && has("ttl") {
            problems.push(("ttl", "an alias has no `ttl` of its own".to_owned()));
        }
        if has("records") && given.contains_key("ttl") && !has("ttl") {
            problems.push(("ttl", "`records` need a `ttl`".to_owned()));
        }
        problems
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        let says = |text: &str| fault.message.contains(text);
        match (op, fault.code.as_str()) {
            (Op::Create, "InvalidChangeBatch") if says("already exists") => Some(FaultKind::Exists),
            (Op::Delete, "InvalidChangeBatch") if says("not found") => Some(FaultKind::NotFound),
            // The health check or the alias' target was made a moment ago.
            (Op::Create | Op::Update, "NoSuchHealthCheck") => Some(FaultKind::NotYet),
            (Op::Create | Op::Update, "InvalidChangeBatch") if says("does not exist") => {
                Some(FaultKind::NotYet)
            }
            _ => None,
        }
    }
}

async fn zone_name(aws: &Aws, zone: &str) -> Result<String> {
    let answer = aws.route53().get_hosted_zone().id(zone).send().await.or_fault("GetHostedZone")?;
    Ok(must(answer.hosted_zone, "GetHostedZone")?.name)
}

async fn read_zone(aws: &Aws, zone: &str, keys: &[(&String, Key)]) -> Result<Vec<Live<Record>>> {
    /// From how many on it is better to ask for all.
    const MANY: usize = 3;
    let zone_name = zone_name(aws, zone).await?;
    let mut found = Vec::new();
    if keys.len() >= MANY {
        let all = records_of(aws, zone).await?;
        for (id, key) in keys {
            let it = all.iter().find(|it| key.is_of(&zone_name, it));
            found.extend(it.map(|it| live(id, key, &zone_name, it)));
        }
        return Ok(found);
    }
    for (id, key) in keys {
        let it = look_up(aws, &zone_name, key).await?;
        found.extend(it.map(|it| live(id, key, &zone_name, &it)));
    }
    Ok(found)
}

/// One record. Lists begin where we say, so it is among the first: a name has at most 100 of a type.
async fn look_up(aws: &Aws, zone_name: &str, key: &Key) -> Result<Option<sdk::ResourceRecordSet>> {
    let name = in_zone(&key.name, zone_name);
    let from = Start { name, ty: Some(key.ty.clone()), set: None };
    let (records, _) = page(aws, &key.zone, Some(&from), 100).await?;
    Ok(records.into_iter().find(|it| key.is_of(zone_name, it)))
}

fn live(id: &str, key: &Key, zone_name: &str, it: &sdk::ResourceRecordSet) -> Live<Record> {
    let values: BTreeSet<String> = it.resource_records().iter().map(|it| value(key, it)).collect();
    let attributes = Record {
        name: DnsName(key.name.clone()),
        r#type: key.ty.clone(),
        zone_id: key.zone.clone(),
        allow_overwrite: Auto(None),
        health_check_id: Option::from_sdk(it.health_check_id()),
        multivalue_answer_routing_policy: Option::from_sdk(it.multi_value_answer()),
        records: (!values.is_empty()).then_some(values),
        set_identifier: Option::from_sdk(it.set_identifier()),
        ttl: it.ttl(),
        alias: One::from_sdk(it.alias_target()),
        cidr_routing_policy: One::from_sdk(it.cidr_routing_config()),
        failover_routing_policy: One(it.failover().map(blocks::Failover::from_sdk)),
        geolocation_routing_policy: One::from_sdk(it.geo_location()),
        geoproximity_routing_policy: One::from_sdk(it.geo_proximity_location()),
        latency_routing_policy: One(it.region().map(blocks::Latency::from_sdk)),
        weighted_routing_policy: One(it.weight().map(blocks::Weighted::from_sdk)),
        fqdn: Out(Some(in_zone(&key.name, zone_name))),
        id: Out(Some(id.to_owned())),
    };
    Live { id: id.to_owned(), phase: Phase::Ready, attributes }
}

/// A value as users write it: texts are quoted only in Route 53.
fn value(key: &Key, it: &sdk::ResourceRecord) -> String {
    let value = it.value();
    let inner = value.strip_prefix('"').and_then(|it| it.strip_suffix('"'));
    match (key.ty.as_str(), inner) {
        ("TXT" | "SPF", Some(inner)) => inner.to_owned(),
        _ => value.to_owned(),
    }
}

#[cfg(test)]
mod tests;
