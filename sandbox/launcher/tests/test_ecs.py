"""ECS: clusters, task definitions, and services that run tasks."""

from datetime import timedelta

from case import Case, client
from stacks import Network, balancer, definition, listener, target_group

ecs = client("ecs")


def service(name="web"):
    return ecs.describe_services(cluster="c", services=[name])["services"][0]


def rollout(name="web"):
    return [(it["status"], it["rolloutState"]) for it in service(name)["deployments"]]


class Services(Case):
    def setUp(self):
        super().setUp()
        client("logs").create_log_group(logGroupName="/app")
        ecs.create_cluster(clusterName="c")
        self.network = Network()

    def create(self, **more):
        arguments = {
            "cluster": "c",
            "serviceName": "web",
            "taskDefinition": "web",
            "desiredCount": 2,
            "launchType": "FARGATE",
            "networkConfiguration": self.network.awsvpc(),
        } | more
        return ecs.create_service(**arguments)["service"]

    def test_a_service_behind_a_load_balancer_becomes_steady(self):
        definition()
        group = target_group(self.network)
        behind = [{"targetGroupArn": group, "containerName": "web", "containerPort": 80}]
        message = self.refused("InvalidParameterException", self.create, loadBalancers=behind)
        self.assertEqual(
            message,
            f"The target group with targetGroupArn {group} does not have an associated load balancer.",
        )
        listener(balancer(self.network), group)
        made = self.create(loadBalancers=behind, healthCheckGracePeriodSeconds=30)
        self.assertEqual(made["runningCount"], 0)
        self.assertEqual(made["deployments"][0]["rolloutState"], "IN_PROGRESS")

        self.becomes([("PRIMARY", "COMPLETED")], rollout)
        self.has(service(), runningCount=2, pendingCount=0, healthCheckGracePeriodSeconds=30)
        health = client("elbv2").describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
        self.assertEqual([it["TargetHealth"]["State"] for it in health], ["healthy"] * 2)
        self.assertIn("has reached a steady state", service()["events"][0]["message"])
        tasks = ecs.list_tasks(cluster="c", serviceName="web")["taskArns"]
        task = ecs.describe_tasks(cluster="c", tasks=tasks)["tasks"][0]
        self.has(task, lastStatus="RUNNING", group="service:web", launchType="FARGATE")
        streams = client("logs").describe_log_streams(logGroupName="/app")["logStreams"]
        self.assertEqual(len(streams), 2)
        self.has(ecs.describe_clusters(clusters=["c"])["clusters"][0], runningTasksCount=2, activeServicesCount=1)
        self.refused("DependencyViolation", client("ec2").delete_security_group, GroupId=self.network.group)
        found = ecs.list_service_deployments(cluster="c", service="web")["serviceDeployments"]
        self.assertEqual([it["status"] for it in found], ["SUCCESSFUL"])

    def test_a_new_deployment_replaces_the_old(self):
        first = definition()
        self.create()
        self.becomes([("PRIMARY", "COMPLETED")], rollout)
        second = definition(image="nginx:2")
        ecs.update_service(cluster="c", service="web", taskDefinition=second)
        self.assertEqual(rollout(), [("PRIMARY", "IN_PROGRESS"), ("ACTIVE", "COMPLETED")])
        self.becomes([("PRIMARY", "COMPLETED")], rollout)
        self.has(service(), runningCount=2, taskDefinition=second)
        tasks = ecs.list_tasks(cluster="c", serviceName="web")["taskArns"]
        shown = ecs.describe_tasks(cluster="c", tasks=tasks)["tasks"]
        self.assertEqual([it["taskDefinitionArn"] for it in shown], [second] * 2)
        stopped = ecs.list_tasks(cluster="c", serviceName="web", desiredStatus="STOPPED")["taskArns"]
        shown = ecs.describe_tasks(cluster="c", tasks=stopped)["tasks"]
        self.assertEqual([it["taskDefinitionArn"] for it in shown], [first] * 2)

    def test_a_circuit_breaker_gives_up(self):
        definition(image="will-fail")
        breaker = {"deploymentCircuitBreaker": {"enable": True, "rollback": False}}
        self.create(deploymentConfiguration=breaker)
        self.becomes([("PRIMARY", "FAILED")], rollout)
        self.has(
            service()["deployments"][0],
            rolloutStateReason="ECS deployment circuit breaker: tasks failed to start.",
        )
        stopped = ecs.list_tasks(cluster="c", desiredStatus="STOPPED")["taskArns"]
        task = ecs.describe_tasks(cluster="c", tasks=stopped)["tasks"][0]
        self.assertIn("CannotPullContainerError", task["stoppedReason"])

    def test_a_circuit_breaker_rolls_back(self):
        first = definition()
        breaker = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}
        self.create(deploymentConfiguration=breaker)
        self.becomes([("PRIMARY", "COMPLETED")], rollout)
        ecs.update_service(cluster="c", service="web", taskDefinition=definition(image="fail"))
        self.becomes(first, lambda: service()["taskDefinition"])
        self.becomes([("PRIMARY", "COMPLETED")], rollout)
        self.assertEqual(service()["runningCount"], 2)
        # What comes back is a part of the deployment that has failed.
        found = ecs.list_service_deployments(cluster="c", service="web")["serviceDeployments"]
        self.assertEqual([it["status"] for it in found], ["ROLLBACK_SUCCESSFUL", "SUCCESSFUL"])
        later = {"after": found[0]["createdAt"] + timedelta(seconds=1)}
        found = ecs.list_service_deployments(cluster="c", service="web", createdAt=later)
        self.assertEqual(found["serviceDeployments"], [])

    def stopped(self):
        arns = ecs.list_tasks(cluster="c", desiredStatus="STOPPED")["taskArns"]
        return ecs.describe_tasks(cluster="c", tasks=arns)["tasks"] if arns else []

    def test_a_container_that_takes_too_much_memory_is_killed(self):
        definition(image="will-fail-memory")
        self.create(desiredCount=1)
        self.becomes(True, lambda: len(self.stopped()) > 0)
        task = self.stopped()[0]
        self.has(task, stopCode="EssentialContainerExited", stoppedReason="Essential container in task exited")
        self.has(task["containers"][0], exitCode=137)
        self.assertIn("OutOfMemoryError", task["containers"][0]["reason"])
        stream = f"web/web/{task['taskArn'].split('/')[-1]}"
        events = client("logs").get_log_events(logGroupName="/app", logStreamName=stream)["events"]
        self.assertEqual([it["message"] for it in events][-1], "step 25")
        # It has started, so that no circuit breaker counts it.
        self.assertEqual(service()["deployments"][0]["failedTasks"], 0)
        self.assertEqual(rollout(), [("PRIMARY", "IN_PROGRESS")])

    def test_a_target_that_fails_its_health_check_is_told_before_its_task_stops(self):
        definition(image="will-fail-target")
        group = target_group(self.network)
        listener(balancer(self.network), group)
        behind = [{"targetGroupArn": group, "containerName": "web", "containerPort": 80}]
        self.create(loadBalancers=behind, desiredCount=1)
        health = lambda: client("elbv2").describe_target_health(TargetGroupArn=group)
        states = lambda: [it["TargetHealth"]["State"] for it in health()["TargetHealthDescriptions"]]
        self.becomes(["unhealthy"], states)
        self.becomes(True, lambda: any("is unhealthy in" in it["message"] for it in service()["events"]))
        self.becomes(True, lambda: len(self.stopped()) > 0)
        self.assertEqual(self.stopped()[0]["stoppedReason"], f"Task failed ELB health checks in (target-group {group})")

    def test_a_task_that_finds_no_place_does_not_start(self):
        definition(image="will-fail-port")
        self.create(desiredCount=1)
        self.becomes(True, lambda: service()["deployments"][0]["failedTasks"] > 0)
        self.assertIn("already using a port", service()["events"][0]["message"])
        self.assertEqual(self.stopped(), [])

    def test_without_a_circuit_breaker_it_keeps_trying(self):
        definition(image="fail")
        self.create()
        self.becomes(True, lambda: service()["deployments"][0]["failedTasks"] >= 3)
        self.assertEqual(rollout(), [("PRIMARY", "IN_PROGRESS")])
        self.assertTrue(any("unable to consistently start" in it["message"] for it in service()["events"]))

    def test_scaling_and_deleting(self):
        definition()
        self.create()
        self.becomes(2, lambda: service()["runningCount"])
        self.refused("InvalidParameterException", ecs.delete_service, cluster="c", service="web")
        self.refused("ClusterContainsServicesException", ecs.delete_cluster, cluster="c")
        ecs.update_service(cluster="c", service="web", desiredCount=0)
        self.becomes(0, lambda: service()["runningCount"])
        ecs.update_service(cluster="c", service="web", desiredCount=1)
        self.becomes(1, lambda: service()["runningCount"])
        self.becomes([("PRIMARY", "COMPLETED")], rollout)
        ecs.delete_service(cluster="c", service="web", force=True)
        self.assertEqual(service()["status"], "DRAINING")
        self.assertEqual(ecs.list_services(cluster="c")["serviceArns"], [])
        self.refused("InvalidParameterException", self.create)
        self.becomes("INACTIVE", lambda: service()["status"])
        self.refused("ServiceNotFoundException", ecs.delete_service, cluster="c", service="web")
        ecs.delete_cluster(cluster="c")
        self.assertEqual(ecs.describe_clusters(clusters=["c"])["clusters"][0]["status"], "INACTIVE")
        self.refused("ClusterNotFoundException", ecs.describe_services, cluster="c", services=["web"])
        client("ec2").delete_security_group(GroupId=self.network.group)

    def test_what_is_written_is_read_back(self):
        definition()
        ecs.put_cluster_capacity_providers(
            cluster="c", capacityProviders=["FARGATE", "FARGATE_SPOT"], defaultCapacityProviderStrategy=[]
        )
        strategy = [{"capacityProvider": "FARGATE_SPOT", "weight": 2, "base": 1}]
        ecs.create_service(
            cluster="c",
            serviceName="web",
            taskDefinition="web",
            desiredCount=1,
            networkConfiguration={"awsvpcConfiguration": {"subnets": self.network.subnets}},
            capacityProviderStrategy=strategy,
            enableExecuteCommand=True,
            enableECSManagedTags=True,
            propagateTags="SERVICE",
            tags=[{"key": "a", "value": "b"}],
            deploymentConfiguration={"maximumPercent": 150, "minimumHealthyPercent": 50},
            serviceConnectConfiguration={"enabled": False},
        )
        shown = ecs.describe_services(cluster="c", services=["web"], include=["TAGS"])["services"][0]
        self.has(
            shown,
            capacityProviderStrategy=strategy,
            launchType=None,
            enableExecuteCommand=True,
            enableECSManagedTags=True,
            propagateTags="SERVICE",
            platformVersion="LATEST",
            schedulingStrategy="REPLICA",
            tags=[{"key": "a", "value": "b"}],
            networkConfiguration={
                "awsvpcConfiguration": {
                    "subnets": self.network.subnets,
                    "securityGroups": [],
                    "assignPublicIp": "DISABLED",
                }
            },
            deploymentConfiguration={
                "deploymentCircuitBreaker": {"enable": False, "rollback": False},
                "maximumPercent": 150,
                "minimumHealthyPercent": 50,
                "strategy": "ROLLING",
                "bakeTimeInMinutes": 0,
            },
        )
        self.has(shown["deployments"][0], serviceConnectConfiguration={"enabled": False})
        self.becomes([("PRIMARY", "COMPLETED")], rollout)
        ecs.update_service(cluster="c", service="web", forceNewDeployment=True)
        self.assertEqual(len(service()["deployments"]), 2)

    def test_what_aws_refuses(self):
        definition()
        cases = [
            {"networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-none"]}}},
            {"capacityProviderStrategy": [{"capacityProvider": "FARGATE", "weight": 1}]},
            {"loadBalancers": [{"targetGroupArn": "x", "containerName": "no", "containerPort": 80}]},
            {"loadBalancers": [{"targetGroupArn": "x", "containerName": "web", "containerPort": 81}]},
            {"healthCheckGracePeriodSeconds": 5},
        ]
        for case in cases:
            with self.subTest(case):
                self.refused("InvalidParameterException", self.create, **case)
        self.refused("ClientException", self.create, taskDefinition="none")
        self.refused("ClusterNotFoundException", self.create, cluster="none")
        self.create()
        self.refused("InvalidParameterException", self.create)


class TaskDefinitions(Case):
    def test_every_field_is_read_back(self):
        arn = definition(
            cpu="512",
            memory="1024",
            taskRoleArn="arn:aws:iam::123456789012:role/task",
            runtimePlatform={"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"},
            ephemeralStorage={"sizeInGiB": 30},
            volumes=[{"name": "v"}, {"name": "e", "efsVolumeConfiguration": {"fileSystemId": "fs-1"}}],
            pidMode="task",
            tags=[{"key": "a", "value": "b"}],
            containerDefinitions=[
                {
                    "name": "web",
                    "image": "nginx",
                    "portMappings": [{"containerPort": 80, "name": "http", "appProtocol": "http"}],
                    "healthCheck": {"command": ["CMD", "true"], "interval": 10},
                    "secrets": [{"name": "S", "valueFrom": "arn"}],
                    "dependsOn": [{"containerName": "web2", "condition": "START"}],
                    "linuxParameters": {"initProcessEnabled": True},
                    "ulimits": [{"name": "nofile", "softLimit": 1, "hardLimit": 2}],
                    "readonlyRootFilesystem": True,
                    "stopTimeout": 5,
                    "user": "1000",
                    "workingDirectory": "/",
                }
            ],
        )
        answer = ecs.describe_task_definition(taskDefinition=arn, include=["TAGS"])
        self.assertEqual(answer["tags"], [{"key": "a", "value": "b"}])
        shown = answer["taskDefinition"]
        self.has(
            shown,
            cpu="512",
            memory="1024",
            networkMode="awsvpc",
            requiresCompatibilities=["FARGATE"],
            runtimePlatform={"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"},
            ephemeralStorage={"sizeInGiB": 30},
            pidMode="task",
            volumes=[
                {"name": "v", "host": {}},
                {"name": "e", "efsVolumeConfiguration": {"fileSystemId": "fs-1", "rootDirectory": "/"}},
            ],
        )
        container = shown["containerDefinitions"][0]
        self.has(
            container,
            cpu=0,
            essential=True,
            environment=[],
            portMappings=[
                {"containerPort": 80, "hostPort": 80, "protocol": "tcp", "name": "http", "appProtocol": "http"}
            ],
            secrets=[{"name": "S", "valueFrom": "arn"}],
            user="1000",
            stopTimeout=5,
            linuxParameters={"initProcessEnabled": True},
        )

    def test_a_definition_is_deregistered_and_deleted_and_its_number_never_given_again(self):
        first, second = definition(), definition()
        self.assertTrue(second.endswith(":2"))
        ecs.deregister_task_definition(taskDefinition=second)
        latest = ecs.describe_task_definition(taskDefinition="web")["taskDefinition"]
        self.assertEqual(latest["taskDefinitionArn"], first)
        shown = ecs.delete_task_definitions(taskDefinitions=[second])["taskDefinitions"][0]
        self.assertEqual(shown["status"], "DELETE_IN_PROGRESS")

        def gone():
            try:
                return ecs.describe_task_definition(taskDefinition=second)["taskDefinition"]["status"]
            except ecs.exceptions.ClientException:
                return "gone"

        self.becomes("gone", gone)
        self.assertTrue(definition().endswith(":3"))
        failures = ecs.delete_task_definitions(taskDefinitions=[first])["failures"]
        self.assertIn("still in ACTIVE status", failures[0]["reason"])

    def test_fargate_wants_certain_sizes(self):
        for case in ({"memory": "256"}, {"networkMode": "bridge"}, {"cpu": "300"}):
            with self.subTest(case):
                self.refused("ClientException", definition, **case)


class Clusters(Case):
    def test_settings_and_providers_are_read_back(self):
        made = ecs.create_cluster(
            clusterName="c",
            settings=[{"name": "containerInsights", "value": "enabled"}],
            configuration={"executeCommandConfiguration": {"logging": "DEFAULT"}},
            serviceConnectDefaults={"namespace": "arn"},
            tags=[{"key": "a", "value": "b"}],
        )["cluster"]
        self.assertEqual(ecs.create_cluster(clusterName="c")["cluster"]["clusterArn"], made["clusterArn"])
        ecs.put_cluster_capacity_providers(
            cluster="c",
            capacityProviders=["FARGATE"],
            defaultCapacityProviderStrategy=[{"capacityProvider": "FARGATE"}],
        )
        include = ["TAGS", "SETTINGS", "CONFIGURATIONS"]
        self.has(
            ecs.describe_clusters(clusters=["c"], include=include)["clusters"][0],
            settings=[{"name": "containerInsights", "value": "enabled"}],
            configuration={"executeCommandConfiguration": {"logging": "DEFAULT"}},
            serviceConnectDefaults={"namespace": "arn"},
            capacityProviders=["FARGATE"],
            defaultCapacityProviderStrategy=[{"capacityProvider": "FARGATE", "weight": 0, "base": 0}],
            tags=[{"key": "a", "value": "b"}],
        )
        self.refused(
            "InvalidParameterException",
            ecs.put_cluster_capacity_providers,
            cluster="c",
            capacityProviders=["none"],
            defaultCapacityProviderStrategy=[],
        )
        found = ecs.describe_capacity_providers(capacityProviders=["FARGATE"])["capacityProviders"]
        self.assertEqual([it["name"] for it in found], ["FARGATE"])


class Settings(Case):
    def test_a_setting_for_all_is_told_with_those_that_nobody_has_set(self):
        def value(name):
            shown = ecs.list_account_settings(name=name, effectiveSettings=True)["settings"]
            return [it["value"] for it in shown]

        self.assertEqual(value("containerInsights"), ["disabled"])
        made = ecs.put_account_setting_default(name="containerInsights", value="enhanced")["setting"]
        self.has(made, name="containerInsights", value="enhanced")
        self.assertTrue(made["principalArn"].endswith(":root"))
        self.assertEqual(value("containerInsights"), ["enhanced"])
        self.assertEqual(value("fargateTaskRetirementWaitPeriod"), ["7"])
