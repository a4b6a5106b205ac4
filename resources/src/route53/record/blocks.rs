//! The blocks of `aws_route53_record`.

use std::collections::BTreeSet;

use aws_sdk_route53::types as sdk;
use model::{Attributes, Mirror};
use serde::{Deserialize, Serialize};

use crate::mirror::{FromSdk, ToSdk};
use crate::route53::names::AliasName;

/// What of AWS a record stands for.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::AliasTarget, checked)]
pub(crate) struct Alias {
    /// Whether it is given only while its target is healthy.
    evaluate_target_health: bool,
    /// The target's host name.
    #[mirror(dns_name)]
    name: AliasName,
    /// The target's zone.
    #[mirror(hosted_zone_id)]
    zone_id: String,
}

/// It is given to those who ask from certain addresses.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::CidrRoutingConfig, checked)]
pub(crate) struct Cidr {
    /// The collection of addresses.
    collection_id: String,
    /// The place in the collection, or `*`.
    location_name: String,
}

/// It is given if another is not healthy, or until it is not.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct Failover {
    /// `PRIMARY` or `SECONDARY`.
    r#type: String,
}

/// It is given to those who ask from a certain place.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::GeoLocation)]
pub(crate) struct Geolocation {
    /// The code of a continent: `EU`.
    #[mirror(continent_code)]
    continent: Option<String>,
    /// The code of a country, or `*` for all others.
    #[mirror(country_code)]
    country: Option<String>,
    /// The code of a part of a country.
    #[mirror(subdivision_code)]
    subdivision: Option<String>,
}

/// It is given to those who ask from near by.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct Geoproximity {
    /// The region it is in.
    aws_region: Option<String>,
    /// From how much further (up to 99) or nearer (down to -99).
    bias: Option<i32>,
    /// The local zone group it is in.
    local_zone_group: Option<String>,
    /// Where it is.
    coordinates: BTreeSet<Coordinates>,
}

/// A point on earth.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Mirror, Serialize, Deserialize,
)]
#[mirror(sdk::Coordinates, checked)]
pub(crate) struct Coordinates {
    /// How far north.
    latitude: String,
    /// How far east.
    longitude: String,
}

/// It is given to those for whom its region is the fastest.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct Latency {
    /// The region it is in.
    region: String,
}

/// It is given so often.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct Weighted {
    /// How often, compared with the others of its name and type.
    weight: i64,
}

impl Failover {
    pub fn sdk(&self) -> sdk::ResourceRecordSetFailover {
        self.r#type.as_str().into()
    }

    pub fn from_sdk(it: &sdk::ResourceRecordSetFailover) -> Failover {
        Failover { r#type: it.as_str().to_owned() }
    }
}

impl Latency {
    pub fn sdk(&self) -> sdk::ResourceRecordSetRegion {
        self.region.as_str().into()
    }

    pub fn from_sdk(it: &sdk::ResourceRecordSetRegion) -> Latency {
        Latency { region: it.as_str().to_owned() }
    }
}

impl Weighted {
    pub fn sdk(&self) -> i64 {
        self.weight
    }

    pub fn from_sdk(weight: i64) -> Weighted {
        Weighted { weight }
    }
}

impl ToSdk<Option<sdk::GeoProximityLocation>> for Geoproximity {
    fn to_sdk(&self) -> Option<sdk::GeoProximityLocation> {
        let it = sdk::GeoProximityLocation::builder()
            .set_aws_region(self.aws_region.clone())
            .set_bias(self.bias)
            .set_local_zone_group(self.local_zone_group.clone())
            .set_coordinates(self.coordinates.first().and_then(ToSdk::to_sdk));
        Some(it.build())
    }
}

impl<'a> FromSdk<&'a sdk::GeoProximityLocation> for Geoproximity {
    fn from_sdk(it: &'a sdk::GeoProximityLocation) -> Self {
        Geoproximity {
            aws_region: Option::from_sdk(it.aws_region()),
            bias: it.bias(),
            local_zone_group: Option::from_sdk(it.local_zone_group()),
            coordinates: it.coordinates().map(Coordinates::from_sdk).into_iter().collect(),
        }
    }
}
