//! The instance type and the user data can only be changed while a machine is stopped. Each call here
//! takes one step and says what comes next, until the machine has been started again.

use aws_sdk_ec2::primitives::Blob;
use aws_sdk_ec2::types as sdk;
use model::{Fault, FaultKind};

use super::{Instance, show};
use crate::aws::Aws;
use crate::ec2::user_data::UserData;
use crate::fault::{OrFault, must};
use crate::mirror::ToSdk;
use crate::resource::{Result, changed};

pub(super) async fn restart(aws: &Aws, id: &str, have: &Instance, want: &Instance) -> Result<()> {
    if !changed!(have, want; instance_type, user_data, user_data_base64) {
        return Ok(());
    }
    use sdk::InstanceStateName::{Running, Stopped};
    let now = now(aws, id).await?;
    let kind = want.instance_type.0.clone().filter(|it| !it.is_empty());
    let kind = kind.filter(|it| now.instance_type().map(|it| it.as_str()) != Some(it.as_str()));
    let told = match changed!(have, want; user_data, user_data_base64) {
        true => other_data(aws, id, want).await?,
        false => None,
    };
    let state = show::state(&now);
    match state {
        Some(Stopped) => {
            if let Some(kind) = kind {
                let value = sdk::AttributeValue::builder().value(kind).build();
                let call = aws.ec2().modify_instance_attribute().instance_id(id);
                let call = call.instance_type(value);
                call.send().await.or_fault("ModifyInstanceAttribute")?;
            }
            if let Some(told) = told {
                let value = sdk::SecureBlobAttributeValue::builder().value(told).build();
                let call = aws.ec2().modify_instance_attribute().instance_id(id).user_data(value);
                call.send().await.or_fault("ModifyInstanceAttribute")?;
            }
            let call = aws.ec2().start_instances().instance_ids(id);
            call.send().await.or_fault("StartInstances")?;
            Ok(())
        }
        _ if kind.is_none() && told.is_none() => Ok(()),
        Some(Running) => {
            let call = aws.ec2().stop_instances().instance_ids(id);
            call.send().await.or_fault("StopInstances")?;
            Err(busy(format!("{id} is stopped, to be changed and started again")))
        }
        other => {
            let state = other.map_or("in no state", |it| it.as_str());
            Err(busy(format!("{id} is {state}; it has to be stopped, changed and started again")))
        }
    }
}

async fn now(aws: &Aws, id: &str) -> Result<sdk::Instance> {
    let answer = aws.ec2().describe_instances().instance_ids(id).send().await;
    let reservations = answer.or_fault("DescribeInstances")?.reservations.unwrap_or_default();
    let instance = reservations.into_iter().flat_map(|it| it.instances.unwrap_or_default()).next();
    must(instance, "DescribeInstances")
}

/// What it shall be told, if it is told something else now.
async fn other_data(aws: &Aws, id: &str, want: &Instance) -> Result<Option<Blob>> {
    let base64 = want.user_data_base64.0.as_ref().and_then(|it| it.0.clone());
    let wanted =
        base64.map(UserData).or(want.user_data.0.clone()).unwrap_or(UserData(String::new()));
    let call = aws.ec2().describe_instance_attribute().instance_id(id);
    let call = call.attribute(sdk::InstanceAttributeName::UserData);
    let answer = call.send().await.or_fault("DescribeInstanceAttribute")?;
    let has = answer.user_data().and_then(|it| it.value());
    let has = UserData::shown(has).unwrap_or(UserData(String::new()));
    if has == wanted {
        return Ok(None);
    }
    let base64: Option<String> = wanted.to_sdk();
    Ok(base64.map(|it| Blob::new(UserData(it).bytes())))
}

fn busy(message: String) -> Fault {
    let code = "IncorrectInstanceState".to_owned();
    Fault { kind: FaultKind::Busy, operation: "ModifyInstanceAttribute", code, message }
}
