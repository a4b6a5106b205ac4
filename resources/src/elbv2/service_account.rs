//! `aws_elb_service_account`: the account that load balancers write logs from.

use model::{Attributes, Out};
use serde::{Deserialize, Serialize};

use crate::aws::{Aws, partition};
use crate::data::Data;
use crate::fault::rejected;
use crate::resource::Result;

/// The account that load balancers write logs from, in regions that are older than August 2022.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_elb_service_account")]
pub(crate) struct ServiceAccount {
    /// The region. Else the one that is worked in.
    region: Option<String>,
    /// Its Amazon Resource Name.
    arn: Out<String>,
    /// Its number.
    id: Out<String>,
}

impl Data for ServiceAccount {
    async fn read(aws: &Aws, given: Self) -> Result<Self> {
        let region = given.region.clone().unwrap_or_else(|| aws.region().to_owned());
        let Some((_, account)) = ACCOUNTS.iter().find(|(it, _)| *it == region) else {
            let text = format!(
                "load balancers in `{region}` have no account of their own; \
                allow the service `logdelivery.elasticloadbalancing.amazonaws.com` instead"
            );
            return Err(rejected("aws_elb_service_account", "UnknownRegion", text));
        };
        let partition = partition(&region).name;
        Ok(ServiceAccount {
            arn: Out(Some(format!("arn:{partition}:iam::{account}:root"))),
            id: Out(Some((*account).to_owned())),
            ..given
        })
    }
}

const ACCOUNTS: &[(&str, &str)] = &[
    ("af-south-1", "098369216593"),
    ("ap-east-1", "754344448648"),
    ("ap-northeast-1", "582318560864"),
    ("ap-northeast-2", "600734575887"),
    ("ap-northeast-3", "383597477331"),
    ("ap-south-1", "718504428378"),
    ("ap-southeast-1", "114774131450"),
    ("ap-southeast-2", "783225319266"),
    ("ap-southeast-3", "589379963580"),
    ("ca-central-1", "985666609251"),
    ("cn-north-1", "638102146993"),
    ("cn-northwest-1", "037604701340"),
    ("eu-central-1", "054676820928"),
    ("eu-north-1", "897822967062"),
    ("eu-south-1", "635631232127"),
    ("eu-west-1", "156460612806"),
    ("eu-west-2", "652711504416"),
    ("eu-west-3", "009996457667"),
    ("me-south-1", "076674570225"),
    ("sa-east-1", "507241528517"),
    ("us-east-1", "127311923021"),
    ("us-east-2", "033677994240"),
    ("us-gov-east-1", "190560391635"),
    ("us-gov-west-1", "048591011584"),
    ("us-west-1", "027434742980"),
    ("us-west-2", "797873946194"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Script;

    #[tokio::test]
    async fn the_account_is_that_of_the_region() {
        let aws = Script::agreeable();
        let given = |region: &str| ServiceAccount {
            region: Some(region.to_owned()),
            arn: Out(None),
            id: Out(None),
        };
        let found = ServiceAccount::read(&aws, given("us-gov-west-1")).await.unwrap();
        assert_eq!(found.arn.0.as_deref(), Some("arn:aws-us-gov:iam::048591011584:root"));
        assert!(ServiceAccount::read(&aws, given("mx-central-1")).await.is_err());
    }
}
