"""SNS, SQS, CloudWatch Logs and ECR's copies of other registries."""

import json

from case import Case, client

sns, sqs, logs, ecr = client("sns"), client("sqs"), client("logs"), client("ecr")


class Topics(Case):
    def test_what_is_told_is_shown(self):
        arn = sns.create_topic(Name="jobs", Attributes={"TracingConfig": "Active"})["TopicArn"]
        sns.set_topic_attributes(
            TopicArn=arn, AttributeName="SQSSuccessFeedbackSampleRate", AttributeValue="50"
        )
        sns.set_topic_attributes(TopicArn=arn, AttributeName="DisplayName", AttributeValue="Jobs")
        shown = sns.get_topic_attributes(TopicArn=arn)["Attributes"]
        self.has(shown, TracingConfig="Active", SQSSuccessFeedbackSampleRate="50", DisplayName="Jobs")
        sns.set_topic_attributes(TopicArn=arn, AttributeName="TracingConfig", AttributeValue="")
        self.assertNotIn("TracingConfig", sns.get_topic_attributes(TopicArn=arn)["Attributes"])

    def test_a_fifo_topic_is_shown_as_one(self):
        told = {"FifoTopic": "true", "ContentBasedDeduplication": "true"}
        arn = sns.create_topic(Name="jobs.fifo", Attributes=told)["TopicArn"]
        self.has(sns.get_topic_attributes(TopicArn=arn)["Attributes"], **told)

    def test_a_subscription_can_replay_and_stop_it(self):
        topic = sns.create_topic(Name="jobs")["TopicArn"]
        arn = sns.subscribe(
            TopicArn=topic,
            Protocol="sqs",
            Endpoint="arn:aws:sqs:us-east-1:123456789012:jobs",
            Attributes={"ReplayPolicy": "{}", "RedrivePolicy": "{}"},
        )["SubscriptionArn"]
        show = lambda: sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
        self.has(show(), ReplayPolicy="{}", RedrivePolicy="{}")
        for name in ["ReplayPolicy", "RedrivePolicy"]:
            sns.set_subscription_attributes(SubscriptionArn=arn, AttributeName=name)
        self.has(show(), ReplayPolicy=None, RedrivePolicy=None)


POLICY = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Deny"}]})
SECRETS = "arn:aws:secretsmanager:us-east-1:123456789012:secret:ecr-pullthroughcache/"


class Queues(Case):
    def setUp(self):
        super().setUp()
        self.url = sqs.create_queue(QueueName="jobs", Attributes={"Policy": POLICY})["QueueUrl"]

    def shown(self):
        return sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["All"])["Attributes"]

    def tell(self, **attributes):
        sqs.set_queue_attributes(QueueUrl=self.url, Attributes=attributes)

    def test_a_policy_stays_until_it_is_taken_away(self):
        self.tell(DelaySeconds="5")
        self.has(self.shown(), Policy=POLICY, DelaySeconds="5")
        self.tell(Policy="")
        self.has(self.shown(), Policy=None)

    def test_what_may_come_here_is_shown(self):
        allow = json.dumps({"redrivePermission": "denyAll"})
        self.tell(RedriveAllowPolicy=allow)
        self.has(self.shown(), RedriveAllowPolicy=allow)

    def test_one_key_is_enough(self):
        self.tell(KmsMasterKeyId="alias/aws/sqs")
        self.has(self.shown(), KmsMasterKeyId="alias/aws/sqs", SqsManagedSseEnabled="false")


class Groups(Case):
    def test_a_log_group_is_encrypted_and_no_more(self):
        key = "arn:aws:kms:us-east-1:123456789012:key/a"
        logs.create_log_group(logGroupName="app")
        found = lambda: logs.describe_log_groups(logGroupNamePrefix="app")["logGroups"][0]
        logs.associate_kms_key(logGroupName="app", kmsKeyId=key)
        self.has(found(), kmsKeyId=key)
        logs.disassociate_kms_key(logGroupName="app")
        self.has(found(), kmsKeyId=None)


class Filters(Case):
    def setUp(self):
        super().setUp()
        for name in ["app", "sink"]:
            logs.create_log_group(logGroupName=name)

    def test_a_metric_filter_replaces_itself(self):
        for value in ["1", "2"]:
            metric = {"metricName": "m", "metricNamespace": "n", "metricValue": value}
            logs.put_metric_filter(
                logGroupName="app", filterName="f", filterPattern="", metricTransformations=[metric]
            )
        found = logs.describe_metric_filters(logGroupName="app")["metricFilters"]
        self.assertEqual([it["metricTransformations"][0]["metricValue"] for it in found], ["2"])

    def test_a_subscription_filter_has_a_distribution(self):
        for distribution in ["Random", "ByLogStream"]:
            logs.put_subscription_filter(
                logGroupName="app",
                filterName="f",
                filterPattern="",
                destinationArn="arn:aws:logs:us-east-1:123456789012:log-group:sink",
                distribution=distribution,
            )
            found = logs.describe_subscription_filters(logGroupName="app")["subscriptionFilters"]
            self.assertEqual([it["distribution"] for it in found], [distribution])


class PullThroughCache(Case):
    def test_a_rule_is_changed_and_deleted(self):
        rule = {"ecrRepositoryPrefix": "hub", "upstreamRegistryUrl": "registry-1.docker.io"}
        ecr.create_pull_through_cache_rule(**rule, credentialArn=SECRETS + "a")
        self.refused(
            "PullThroughCacheRuleAlreadyExistsException", ecr.create_pull_through_cache_rule, **rule
        )
        ecr.update_pull_through_cache_rule(ecrRepositoryPrefix="hub", credentialArn=SECRETS + "b")
        ask = {"ecrRepositoryPrefixes": ["hub"]}
        found = ecr.describe_pull_through_cache_rules(**ask)["pullThroughCacheRules"]
        self.has(found[0], **rule, credentialArn=SECRETS + "b", upstreamRepositoryPrefix="ROOT")
        ecr.delete_pull_through_cache_rule(ecrRepositoryPrefix="hub")
        self.refused(
            "PullThroughCacheRuleNotFoundException", ecr.describe_pull_through_cache_rules, **ask
        )
