//! `aws_autoscaling_schedule`: changes the size of a group at certain times.

use aws_sdk_autoscaling::types as sdk;
use model::{Attributes, Auto, Live, Out, Phase};
use serde::{Deserialize, Serialize};

use crate::autoscaling::{by_group, member};
use crate::aws::Aws;
use crate::fault::OrFault;
use crate::mirror::{FromSdk, ToSdk};
use crate::resource::{Resource, Result};
use crate::spelling::Moment;

/// Changes the size of a group at certain times.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_autoscaling_schedule")]
pub(crate) struct Schedule {
    /// Its name, unique in the group.
    #[attr(replace)]
    scheduled_action_name: String,
    /// The group.
    #[attr(replace)]
    autoscaling_group_name: String,
    /// How many instances shall run; -1 leaves it.
    #[attr(default = 0)]
    desired_capacity: Auto<i32>,
    /// The most instances; -1 leaves it.
    #[attr(default = 0)]
    max_size: Auto<i32>,
    /// The least instances; -1 leaves it.
    #[attr(default = 0)]
    min_size: Auto<i32>,
    /// When, as `cron` writes it.
    recurrence: Auto<String>,
    /// When it happens first.
    start_time: Auto<Moment>,
    /// When it no longer happens.
    end_time: Auto<Moment>,
    /// The time zone of `recurrence`, such as `Europe/Berlin`.
    time_zone: Auto<String>,
    /// Its Amazon Resource Name.
    arn: Out<String>,
    /// Its name.
    id: Out<String>,
}

impl Resource for Schedule {
    const BATCH: usize = 50;

    fn identity(&self) -> Option<String> {
        Some(member(&self.autoscaling_group_name, &self.scheduled_action_name))
    }

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        let mut found = Vec::new();
        for (group, names) in by_group(ids) {
            let call = aws.autoscaling().describe_scheduled_actions();
            let call = call.auto_scaling_group_name(group).set_scheduled_action_names(Some(names));
            match call.send().await.or_fault("DescribeScheduledActions") {
                Err(fault) if fault.message.contains("not found") => (),
                answer => found.extend(answer?.scheduled_update_group_actions().iter().map(live)),
            }
        }
        Ok(found)
    }

    /// What has the name is written over, so that this is safe to repeat.
    async fn create(aws: &Aws, want: &Self, _token: &str) -> Result<String> {
        put(aws, want).await?;
        Ok(member(&want.autoscaling_group_name, &want.scheduled_action_name))
    }

    async fn update(aws: &Aws, _id: &str, have: &Self, want: &Self) -> Result<()> {
        if have != want { put(aws, want).await } else { Ok(()) }
    }

    async fn delete(aws: &Aws, _id: &str, have: &Self) -> Result<()> {
        let call = aws.autoscaling().delete_scheduled_action();
        let call = call.auto_scaling_group_name(&have.autoscaling_group_name);
        let call = call.scheduled_action_name(&have.scheduled_action_name);
        match call.send().await.or_fault("DeleteScheduledAction") {
            Err(fault) if fault.message.contains("not found") => Ok(()),
            result => result.map(|_| ()),
        }
    }

    async fn find(aws: &Aws, want: &Self, _token: &str) -> Result<Option<String>> {
        let id = member(&want.autoscaling_group_name, &want.scheduled_action_name);
        Ok(Self::read(aws, &[id]).await?.into_iter().next().map(|it| it.id))
    }
}

async fn put(aws: &Aws, want: &Schedule) -> Result<()> {
    // To leave a size as it is, it is left out.
    let size = |it: &Auto<i32>| it.0.filter(|it| *it != -1);
    let call = aws.autoscaling().put_scheduled_update_group_action();
    let call = call
        .auto_scaling_group_name(&want.autoscaling_group_name)
        .scheduled_action_name(&want.scheduled_action_name)
        .set_desired_capacity(size(&want.desired_capacity))
        .set_max_size(size(&want.max_size))
        .set_min_size(size(&want.min_size))
        .set_recurrence(want.recurrence.to_sdk())
        .set_start_time(want.start_time.to_sdk())
        .set_end_time(want.end_time.to_sdk())
        .set_time_zone(want.time_zone.to_sdk());
    call.send().await.or_fault("PutScheduledUpdateGroupAction")?;
    Ok(())
}

fn live(it: &sdk::ScheduledUpdateGroupAction) -> Live<Schedule> {
    let (group, name) = (it.auto_scaling_group_name(), it.scheduled_action_name());
    let size = |it: Option<i32>| Auto(Some(it.unwrap_or(-1)));
    let attributes = Schedule {
        scheduled_action_name: String::from_sdk(name),
        autoscaling_group_name: String::from_sdk(group),
        desired_capacity: size(it.desired_capacity()),
        max_size: size(it.max_size()),
        min_size: size(it.min_size()),
        recurrence: Auto::from_sdk(it.recurrence()),
        start_time: Auto::from_sdk(it.start_time()),
        end_time: Auto::from_sdk(it.end_time()),
        time_zone: Auto::from_sdk(it.time_zone()),
        arn: Out::from_sdk(it.scheduled_action_arn()),
        id: Out::from_sdk(name),
    };
    let id = member(group.unwrap_or_default(), name.unwrap_or_default());
    Live { id, phase: Phase::Ready, attributes }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, query, want};

    #[tokio::test]
    async fn sizes_of_minus_one_are_left_out() {
        let aws = Script::new([query("PutScheduledUpdateGroupAction", "")]);
        let want: Schedule = want(
            r#"{"scheduled_action_name": "night", "autoscaling_group_name": "web", "min_size": 0,
                "max_size": -1, "desired_capacity": -1, "recurrence": "0 18 * * *",
                "start_time": "2030-01-01T00:00:00Z", "time_zone": "Europe/Berlin"}"#,
        );

        assert_eq!(Schedule::create(&aws, &want, "token").await.unwrap(), "web/night");

        aws.sent(expect![[r#"
            PutScheduledUpdateGroupAction
                AutoScalingGroupName=web
                MinSize=0
                Recurrence=0 18 * * *
                ScheduledActionName=night
                StartTime=2030-01-01T00:00:00Z
                TimeZone=Europe/Berlin
        "#]]);
    }

    #[tokio::test]
    async fn what_is_not_set_reads_as_minus_one() {
        let action = "<ScheduledUpdateGroupActions><member>
            <AutoScalingGroupName>web</AutoScalingGroupName>
            <ScheduledActionName>night</ScheduledActionName><MinSize>0</MinSize>
            </member></ScheduledUpdateGroupActions>";
        let aws = Script::new([query("DescribeScheduledActions", action)]);

        let found = Schedule::read(&aws, &["web/night".to_owned()]).await.unwrap();

        assert_eq!(found[0].id, "web/night");
        assert_eq!(found[0].attributes.min_size, Auto(Some(0)));
        assert_eq!(found[0].attributes.max_size, Auto(Some(-1)));
    }
}
