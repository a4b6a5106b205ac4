//! `aws_flow_log`: a record of the traffic of a VPC, a subnet or a network interface.

use aws_sdk_ec2::types as sdk;
use model::{
    Attributes, Auto, Fault, FaultKind, Field, Live, Map, One, Op, Out, Phase, Shape, Tags,
};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::ec2::{filter, forget_tokens, made_with, refused, retag, tag_on_create, tags_from_sdk};
use crate::fault::{OrFault, must};
use crate::mirror::{FromSdk, ToSdk};
use crate::resource::{Resource, Result};

/// A record of the traffic of a VPC, a subnet, a network interface or a transit gateway.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_flow_log")]
pub(crate) struct FlowLog {
    /// The role that writes to a destination in another account.
    #[attr(replace)]
    deliver_cross_account_role: Option<String>,
    /// How files in S3 are written.
    #[attr(replace)]
    destination_options: Auto<One<DestinationOptions>>,
    /// The network interface whose traffic is recorded.
    #[attr(replace)]
    eni_id: Option<String>,
    /// The role that writes to CloudWatch Logs.
    #[attr(replace)]
    iam_role_arn: Option<String>,
    /// The ARN of where the records go: a log group, a bucket or a delivery stream.
    #[attr(replace)]
    log_destination: Auto<Destination>,
    /// `cloud-watch-logs`, `s3` or `kinesis-data-firehose`.
    #[attr(replace, default = "cloud-watch-logs")]
    log_destination_type: String,
    /// The fields of a record, such as `${srcaddr} ${dstaddr} ${action}`.
    #[attr(replace)]
    log_format: Auto<String>,
    /// The name of the log group the records go to. Deprecated: use `log_destination`.
    #[attr(replace)]
    log_group_name: Auto<String>,
    /// How many seconds of traffic become one record: `60` or `600`.
    #[attr(replace, default = 600)]
    max_aggregation_interval: i32,
    /// The subnet whose traffic is recorded.
    #[attr(replace)]
    subnet_id: Option<String>,
    /// Which traffic is recorded: `ACCEPT`, `REJECT` or `ALL`. Not for transit gateways.
    #[attr(replace)]
    traffic_type: Option<String>,
    /// The attachment to a transit gateway whose traffic is recorded.
    #[attr(replace)]
    transit_gateway_attachment_id: Option<String>,
    /// The transit gateway whose traffic is recorded.
    #[attr(replace)]
    transit_gateway_id: Option<String>,
    /// The VPC whose traffic is recorded.
    #[attr(replace)]
    vpc_id: Option<String>,
    /// Tags of its own; those of the provider's `default_tags` come on top.
    tags: Tags,
    /// Its Amazon Resource Name.
    arn: Out<String>,
    /// Its id, such as `fl-0123456789abcdef0`.
    id: Out<String>,
}

/// How files in S3 are written.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct DestinationOptions {
    /// `plain-text` or `parquet`.
    #[attr(replace, default = "plain-text")]
    file_format: String,
    /// Whether paths are of the kind that Hive reads.
    #[attr(replace, default = false)]
    hive_compatible_partitions: bool,
    /// Whether there is a folder for each hour, rather than for each day.
    #[attr(replace, default = false)]
    per_hour_partition: bool,
}

/// The ARN of a destination. That of a log group may end in `:*`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Destination(String);

crate::mirror::text!(Destination);

impl Destination {
    fn plain(&self) -> &str {
        self.0.strip_suffix(":*").unwrap_or(&self.0)
    }
}

impl PartialEq for Destination {
    fn eq(&self, other: &Self) -> bool {
        self.plain() == other.plain()
    }
}

impl Field for Destination {
    const SHAPE: Shape = Shape::String;
}

/// Whose traffic is recorded: exactly one of these is given.
const SUBJECTS: [&str; 5] =
    ["vpc_id", "subnet_id", "eni_id", "transit_gateway_id", "transit_gateway_attachment_id"];

impl Resource for FlowLog {
    const BATCH: usize = 200;

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        let call = aws.ec2().describe_flow_logs().filter(filter("flow-log-id", ids));
        let found = call.send().await.or_fault("DescribeFlowLogs")?.flow_logs.unwrap_or_default();
        if found.is_empty() {
            return Ok(Vec::new());
        }
        let arn = aws.arn("ec2", "vpc-flow-log/").await?;
        Ok(found.iter().map(|it| live(it, &arn)).collect())
    }

    async fn create(aws: &Aws, want: &Self, token: &str) -> Result<String> {
        let tags = tag_on_create(sdk::ResourceType::VpcFlowLog, &want.tags, token);
        let (kind, id) = must(want.subject(), "CreateFlowLogs")?;
        let call = aws.ec2().create_flow_logs().resource_type(kind).resource_ids(id);
        let call = call
            .client_token(token)
            .set_deliver_cross_account_role(want.deliver_cross_account_role.clone())
            .set_deliver_logs_permission_arn(want.iam_role_arn.clone())
            .set_destination_options(want.files().map(options))
            .set_log_destination(want.log_destination.0.as_ref().map(|it| it.plain().to_owned()))
            .log_destination_type(want.log_destination_type.as_str().into())
            .set_log_format(want.log_format.to_sdk())
            .set_log_group_name(want.log_group_name.to_sdk())
            .max_aggregation_interval(want.max_aggregation_interval)
            .set_traffic_type(want.traffic_type.to_sdk())
            .set_tag_specifications(Some(tags));
        let answer = call.send().await.or_fault("CreateFlowLogs")?;
        refused("CreateFlowLogs", answer.unsuccessful)?;
        must(answer.flow_log_ids.unwrap_or_default().into_iter().next(), "CreateFlowLogs")
    }

    async fn update(aws: &Aws, id: &str, have: &Self, want: &Self) -> Result<()> {
        retag(aws, id, &have.tags, &want.tags).await
    }

    async fn delete(aws: &Aws, id: &str, _have: &Self) -> Result<()> {
        let answer = aws.ec2().delete_flow_logs().flow_log_ids(id).send().await;
        refused("DeleteFlowLogs", answer.or_fault("DeleteFlowLogs")?.unsuccessful)
    }

    async fn find(aws: &Aws, _want: &Self, token: &str) -> Result<Option<String>> {
        let call = aws.ec2().describe_flow_logs().filter(made_with(token));
        let answer = call.send().await.or_fault("DescribeFlowLogs")?;
        Ok(answer.flow_logs.unwrap_or_default().into_iter().find_map(|it| it.flow_log_id))
    }

    async fn forget(aws: &Aws, ids: &[String]) -> Result<()> {
        forget_tokens(aws, ids).await
    }

    fn check(given: &Map) -> Vec<(&'static str, String)> {
        let has = |name: &&str| given.get(*name).is_some_and(|it| !it.is_null());
        let mut problems = Vec::new();
        match SUBJECTS.iter().filter(|it| has(it)).count() {
            1 => (),
            _ => problems.push((SUBJECTS[0], format!("exactly one of {} must be given", list()))),
        }
        if has(&"log_group_name") && has(&"log_destination") {
            problems.push(("log_group_name", "cannot be given with `log_destination`".to_owned()));
        }
        problems
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        let assumed = fault.message.contains("Unable to assume given IAM role");
        match (op, fault.code.as_str()) {
            // The role was created a moment ago, or what it records was.
            (Op::Create, "InvalidParameter") if assumed => Some(FaultKind::NotYet),
            (Op::Create, "InvalidVpcId.NotFound" | "InvalidSubnetId.NotFound") => {
                Some(FaultKind::NotYet)
            }
            (Op::Create, "FlowLogAlreadyExists") => Some(FaultKind::Exists),
            _ => None,
        }
    }
}

impl FlowLog {
    fn files(&self) -> Option<&DestinationOptions> {
        self.destination_options.0.as_ref().and_then(|it| it.0.as_ref())
    }

    fn subject(&self) -> Option<(sdk::FlowLogsResourceType, &str)> {
        use sdk::FlowLogsResourceType::{
            NetworkInterface, Subnet, TransitGateway, TransitGatewayAttachment, Vpc,
        };
        let subjects = [
            (Vpc, &self.vpc_id),
            (Subnet, &self.subnet_id),
            (NetworkInterface, &self.eni_id),
            (TransitGateway, &self.transit_gateway_id),
            (TransitGatewayAttachment, &self.transit_gateway_attachment_id),
        ];
        subjects.into_iter().find_map(|(kind, id)| Some((kind, id.as_deref()?)))
    }
}

fn list() -> String {
    let quoted: Vec<_> = SUBJECTS.iter().map(|it| format!("`{it}`")).collect();
    quoted.join(", ")
}

fn options(it: &DestinationOptions) -> sdk::DestinationOptionsRequest {
    sdk::DestinationOptionsRequest::builder()
        .file_format(it.file_format.as_str().into())
        .hive_compatible_partitions(it.hive_compatible_partitions)
        .per_hour_partition(it.per_hour_partition)
        .build()
}

fn options_from_sdk(it: &sdk::DestinationOptionsResponse) -> DestinationOptions {
    DestinationOptions {
        file_format: it.file_format().map_or("plain-text".to_owned(), String::from_sdk),
        hive_compatible_partitions: bool::from_sdk(it.hive_compatible_partitions()),
        per_hour_partition: bool::from_sdk(it.per_hour_partition()),
    }
}

fn live(it: &sdk::FlowLog, arn: &str) -> Live<FlowLog> {
    let id = String::from_sdk(it.flow_log_id());
    let subject = it.resource_id().unwrap_or_default();
    let if_is = |prefix: &str| subject.starts_with(prefix).then(|| subject.to_owned());
    let attachment = if_is("tgw-attach-");
    let of_transit = subject.starts_with("tgw-");
    let attributes = FlowLog {
        deliver_cross_account_role: Option::from_sdk(it.deliver_cross_account_role()),
        destination_options: Auto(Some(One(it.destination_options().map(options_from_sdk)))),
        eni_id: if_is("eni-"),
        iam_role_arn: Option::from_sdk(it.deliver_logs_permission_arn()),
        log_destination: Auto::from_sdk(it.log_destination()),
        log_destination_type: String::from_sdk(it.log_destination_type()),
        log_format: Auto::from_sdk(it.log_format()),
        log_group_name: Auto::from_sdk(it.log_group_name()),
        max_aggregation_interval: it.max_aggregation_interval().unwrap_or(600),
        subnet_id: if_is("subnet-"),
        traffic_type: Option::from_sdk(it.traffic_type()).filter(|_| !of_transit),
        transit_gateway_id: if_is("tgw-").filter(|_| attachment.is_none()),
        transit_gateway_attachment_id: attachment,
        vpc_id: if_is("vpc-"),
        tags: tags_from_sdk(it.tags()),
        arn: Out(Some(format!("{arn}{id}"))),
        id: Out(Some(id.clone())),
    };
    Live { id, phase: Phase::Ready, attributes }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, ec2, want};

    const TO_A_GROUP: &str = r#"{"vpc_id": "vpc-1", "traffic_type": "ALL",
        "iam_role_arn": "arn:aws:iam::1:role/flow",
        "log_destination": "arn:aws:logs:eu-west-1:1:log-group:flow:*"}"#;

    #[tokio::test]
    async fn a_log_group_may_be_given_with_all_its_streams() {
        let made = "<flowLogIdSet><item>fl-1</item></flowLogIdSet>";
        let aws = Script::new([ec2("CreateFlowLogs", made)]);

        assert_eq!(FlowLog::create(&aws, &want(TO_A_GROUP), "token-1").await.unwrap(), "fl-1");

        aws.sent(expect![[r#"
            CreateFlowLogs
                ClientToken=token-1
                DeliverLogsPermissionArn=arn:aws:iam::1:role/flow
                LogDestination=arn:aws:logs:eu-west-1:1:log-group:flow
                LogDestinationType=cloud-watch-logs
                MaxAggregationInterval=600
                ResourceId.1=vpc-1
                ResourceType=VPC
                TagSpecification.1.ResourceType=vpc-flow-log
                TagSpecification.1.Tag.1.Key=groundplan:intent
                TagSpecification.1.Tag.1.Value=token-1
                TrafficType=ALL
        "#]]);
        let plain = want::<FlowLog>(&TO_A_GROUP.replace(":*", ""));
        assert_eq!(plain.log_destination, want::<FlowLog>(TO_A_GROUP).log_destination);
    }

    #[tokio::test]
    async fn a_success_that_says_no_is_a_fault() {
        let no = "<unsuccessful><item><error><code>InvalidParameter</code>
            <message>Unable to assume given IAM role</message></error></item></unsuccessful>";
        let aws = Script::new([ec2("CreateFlowLogs", no)]);

        let fault = FlowLog::create(&aws, &want(TO_A_GROUP), "token-1").await.unwrap_err();

        // The role may be a moment old.
        assert_eq!(FlowLog::classify(Op::Create, &fault), Some(FaultKind::NotYet));
    }
}
