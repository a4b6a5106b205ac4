//! `aws_region`: a region, by default the one that is worked in.

use model::{Attributes, Auto, Out};
use serde::{Deserialize, Serialize};

use crate::aws::{Aws, partition};
use crate::data::Data;
use crate::fault::rejected;
use crate::resource::Result;

/// A region, by default the one that is worked in.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_region")]
pub(crate) struct Region {
    /// Its name, such as `eu-west-1`.
    name: Auto<String>,
    /// The host of its EC2 endpoint, such as `ec2.eu-west-1.amazonaws.com`.
    endpoint: Auto<String>,
    /// Where it is, such as `Europe (Ireland)`.
    description: Out<String>,
    /// Its name.
    id: Out<String>,
}

impl Data for Region {
    async fn read(aws: &Aws, given: Self) -> Result<Self> {
        let by_endpoint = |it: String| it.split('.').nth(1).unwrap_or_default().to_owned();
        let name = given.name.0.or_else(|| given.endpoint.0.map(by_endpoint));
        let name = name.unwrap_or_else(|| aws.region().to_owned());
        let known = DESCRIPTIONS.iter().find(|(region, _)| *region == name);
        let Some((_, description)) = known else {
            let text = format!("there is no region `{name}`");
            return Err(rejected("aws_region", "UnknownRegion", text));
        };
        Ok(Region {
            endpoint: Auto(Some(format!("ec2.{name}.{}", partition(&name).dns_suffix))),
            description: Out(Some((*description).to_owned())),
            id: Out(Some(name.clone())),
            name: Auto(Some(name)),
        })
    }
}

const DESCRIPTIONS: &[(&str, &str)] = &[
    ("af-south-1", "Africa (Cape Town)"),
    ("ap-east-1", "Asia Pacific (Hong Kong)"),
    ("ap-east-2", "Asia Pacific (Taipei)"),
    ("ap-northeast-1", "Asia Pacific (Tokyo)"),
    ("ap-northeast-2", "Asia Pacific (Seoul)"),
    ("ap-northeast-3", "Asia Pacific (Osaka)"),
    ("ap-south-1", "Asia Pacific (Mumbai)"),
    ("ap-south-2", "Asia Pacific (Hyderabad)"),
    ("ap-southeast-1", "Asia Pacific (Singapore)"),
    ("ap-southeast-2", "Asia Pacific (Sydney)"),
    ("ap-southeast-3", "Asia Pacific (Jakarta)"),
    ("ap-southeast-4", "Asia Pacific (Melbourne)"),
    ("ap-southeast-5", "Asia Pacific (Malaysia)"),
    ("ap-southeast-7", "Asia Pacific (Thailand)"),
    ("ca-central-1", "Canada (Central)"),
    ("ca-west-1", "Canada West (Calgary)"),
    ("cn-north-1", "China (Beijing)"),
    ("cn-northwest-1", "China (Ningxia)"),
    ("eu-central-1", "Europe (Frankfurt)"),
    ("eu-central-2", "Europe (Zurich)"),
    ("eu-north-1", "Europe (Stockholm)"),
    ("eu-south-1", "Europe (Milan)"),
    ("eu-south-2", "Europe (Spain)"),
    ("eu-west-1", "Europe (Ireland)"),
    ("eu-west-2", "Europe (London)"),
    ("eu-west-3", "Europe (Paris)"),
    ("il-central-1", "Israel (Tel Aviv)"),
    ("me-central-1", "Middle East (UAE)"),
    ("me-south-1", "Middle East (Bahrain)"),
    ("mx-central-1", "Mexico (Central)"),
    ("sa-east-1", "South America (Sao Paulo)"),
    ("us-east-1", "US East (N. Virginia)"),
    ("us-east-2", "US East (Ohio)"),
    ("us-gov-east-1", "AWS GovCloud (US-East)"),
    ("us-gov-west-1", "AWS GovCloud (US-West)"),
    ("us-west-1", "US West (N. California)"),
    ("us-west-2", "US West (Oregon)"),
];
