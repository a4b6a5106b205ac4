"""IAM: what is attached is not deleted; a trust policy is one; what is written is read back."""

import json

from case import Case, client
from stacks import TRUST

iam = client("iam")
ALLOW = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}'


class Policies(Case):
    def test_what_is_attached_is_not_deleted(self):
        arn = iam.create_policy(PolicyName="p", PolicyDocument=ALLOW)["Policy"]["Arn"]
        iam.create_role(RoleName="r", AssumeRolePolicyDocument=TRUST)
        iam.attach_role_policy(RoleName="r", PolicyArn=arn)
        message = self.refused("DeleteConflict", iam.delete_policy, PolicyArn=arn)
        self.assertEqual(message, "Cannot delete a policy attached to entities.")
        self.refused("DeleteConflict", iam.delete_role, RoleName="r")
        iam.detach_role_policy(RoleName="r", PolicyArn=arn)
        iam.create_instance_profile(InstanceProfileName="i")
        iam.add_role_to_instance_profile(InstanceProfileName="i", RoleName="r")
        self.refused("DeleteConflict", iam.delete_role, RoleName="r")
        self.refused("DeleteConflict", iam.delete_instance_profile, InstanceProfileName="i")
        iam.remove_role_from_instance_profile(InstanceProfileName="i", RoleName="r")
        iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=ALLOW)
        self.refused("DeleteConflict", iam.delete_role, RoleName="r")
        iam.delete_role_policy(RoleName="r", PolicyName="p")
        iam.delete_role(RoleName="r")
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=ALLOW, SetAsDefault=True)
        self.refused("DeleteConflict", iam.delete_policy, PolicyArn=arn)
        iam.delete_policy_version(PolicyArn=arn, VersionId="v1")
        iam.delete_policy(PolicyArn=arn)

    def test_what_is_attached_twice_is_attached_once(self):
        arn = iam.create_policy(PolicyName="p", PolicyDocument=ALLOW)["Policy"]["Arn"]
        iam.create_role(RoleName="r", AssumeRolePolicyDocument=TRUST)
        iam.attach_role_policy(RoleName="r", PolicyArn=arn)
        iam.attach_role_policy(RoleName="r", PolicyArn=arn)
        self.assertEqual(iam.get_policy(PolicyArn=arn)["Policy"]["AttachmentCount"], 1)
        iam.detach_role_policy(RoleName="r", PolicyArn=arn)
        iam.delete_policy(PolicyArn=arn)

    def test_a_policy_has_at_most_five_versions(self):
        arn = iam.create_policy(PolicyName="p", PolicyDocument=ALLOW)["Policy"]["Arn"]
        for _ in range(4):
            iam.create_policy_version(PolicyArn=arn, PolicyDocument=ALLOW, SetAsDefault=True)
        self.refused("LimitExceeded", iam.create_policy_version, PolicyArn=arn, PolicyDocument=ALLOW)
        self.refused("DeleteConflict", iam.delete_policy_version, PolicyArn=arn, VersionId="v5")

    def test_a_document_must_be_one(self):
        for document in ("{}", "no", '{"Version":"2012-10-17","Statement":[{"Effect":"Perhaps"}]}'):
            with self.subTest(document):
                role = {"RoleName": "r", "AssumeRolePolicyDocument": document}
                self.refused("MalformedPolicyDocument", iam.create_role, **role)
                policy = {"PolicyName": "p", "PolicyDocument": document}
                self.refused("MalformedPolicyDocument", iam.create_policy, **policy)

    def test_aws_own_policies_exist(self):
        arn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
        iam.create_role(RoleName="r", AssumeRolePolicyDocument=TRUST)
        iam.attach_role_policy(RoleName="r", PolicyArn=arn)
        self.assertEqual(iam.get_policy(PolicyArn=arn)["Policy"]["AttachmentCount"], 1)
        self.setUp()
        self.assertEqual(iam.get_policy(PolicyArn=arn)["Policy"]["AttachmentCount"], 0)


class Roles(Case):
    def test_every_field_is_read_back(self):
        boundary = iam.create_policy(PolicyName="b", PolicyDocument=ALLOW)["Policy"]["Arn"]
        iam.create_role(
            RoleName="r",
            Path="/a/",
            AssumeRolePolicyDocument=TRUST,
            Description="d",
            MaxSessionDuration=7200,
            PermissionsBoundary=boundary,
            Tags=[{"Key": "a", "Value": "b"}],
        )
        role = iam.get_role(RoleName="r")["Role"]
        self.has(
            role,
            Path="/a/",
            Arn="arn:aws:iam::123456789012:role/a/r",
            Description="d",
            MaxSessionDuration=7200,
            AssumeRolePolicyDocument=json.loads(TRUST),
            Tags=[{"Key": "a", "Value": "b"}],
        )
        self.assertEqual(role["PermissionsBoundary"]["PermissionsBoundaryArn"], boundary)
        self.refused("DeleteConflict", iam.delete_policy, PolicyArn=boundary)
        iam.update_role(RoleName="r", Description="e")
        self.has(iam.get_role(RoleName="r")["Role"], Description="e", MaxSessionDuration=7200)
        again = {"RoleName": "r", "AssumeRolePolicyDocument": TRUST}
        self.refused("EntityAlreadyExists", iam.create_role, **again)


class Users(Case):
    def test_a_user_with_keys_is_not_deleted(self):
        iam.create_user(UserName="u")
        key = iam.create_access_key(UserName="u")["AccessKey"]["AccessKeyId"]
        self.refused("DeleteConflict", iam.delete_user, UserName="u")
        iam.delete_access_key(UserName="u", AccessKeyId=key)
        iam.create_group(GroupName="g")
        iam.add_user_to_group(GroupName="g", UserName="u")
        self.refused("DeleteConflict", iam.delete_user, UserName="u")
        self.refused("DeleteConflict", iam.delete_group, GroupName="g")
        iam.remove_user_from_group(GroupName="g", UserName="u")
        iam.delete_group(GroupName="g")
        iam.delete_user(UserName="u")


class Changes(Case):
    def test_a_user_can_be_limited(self):
        arn = iam.create_policy(PolicyName="limit", PolicyDocument=ALLOW)["Policy"]["Arn"]
        iam.create_user(UserName="ann", PermissionsBoundary=arn)
        limit = lambda: iam.get_user(UserName="ann")["User"].get("PermissionsBoundary", {})
        self.has(limit(), PermissionsBoundaryArn=arn)
        iam.delete_user_permissions_boundary(UserName="ann")
        self.has(limit(), PermissionsBoundaryArn=None)
        iam.put_user_permissions_boundary(UserName="ann", PermissionsBoundary=arn)
        self.refused("DeleteConflict", iam.delete_policy, PolicyArn=arn)

    def test_a_user_with_another_path_keeps_its_tags(self):
        tags = [{"Key": "a", "Value": "b"}]
        iam.create_user(UserName="ann", Tags=tags)
        iam.update_user(UserName="ann", NewPath="/a/")
        self.has(iam.get_user(UserName="ann")["User"], Path="/a/", Tags=tags)

    def test_a_group_gets_another_path(self):
        iam.create_group(GroupName="team")
        iam.update_group(GroupName="team", NewPath="/a/")
        self.has(iam.get_group(GroupName="team")["Group"], Path="/a/")

    def test_clients_of_an_identity_provider_come_and_go(self):
        arn = iam.create_open_id_connect_provider(
            Url="https://id.example.com", ClientIDList=["a"], ThumbprintList=["0" * 40]
        )["OpenIDConnectProviderArn"]
        iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="b")
        iam.remove_client_id_from_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="a")
        found = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)
        self.assertEqual(found["ClientIDList"], ["b"])


class Simulation(Case):
    def decisions(self, role, actions, resources=(), **more):
        """What is decided of each action on each resource, by the first letters of the decision."""
        resources = {"ResourceArns": list(resources)} if resources else {}
        answer = iam.simulate_principal_policy(
            PolicySourceArn=role, ActionNames=actions, **resources, **more
        )
        self.assertFalse(answer["IsTruncated"])
        return [it["EvalDecision"] for it in answer["EvaluationResults"]]

    def role(self, *statements):
        document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        arn = iam.create_role(RoleName="r", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
        iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=document)
        return arn

    def test_what_is_allowed_what_is_denied_and_what_is_neither(self):
        role = self.role(
            {"Effect": "Allow", "Action": ["s3:Get*", "SSM:GetParameters"], "Resource": "arn:aws:s3:::b/*"},
            {"Effect": "Deny", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/se?ret"},
        )
        objects = ["arn:aws:s3:::b/a", "arn:aws:s3:::b/secret", "arn:aws:s3:::c/a"]
        self.assertEqual(
            self.decisions(role, ["s3:GetObject"], objects), ["allowed", "explicitDeny", "implicitDeny"]
        )
        self.assertEqual(self.decisions(role, ["ssm:GetParameters"]), ["implicitDeny"])
        self.assertEqual(
            self.decisions(role, ["ssm:GetParameters"], PolicyInputList=[
                '{"Version":"2012-10-17","Statement":{"Effect":"Allow","NotAction":"s3:*","Resource":"*"}}'
            ]),
            ["allowed"],
        )

    def test_what_is_attached_counts_within_the_boundary(self):
        only = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}]}'
        boundary = iam.create_policy(PolicyName="b", PolicyDocument=only)["Policy"]["Arn"]
        role = iam.create_role(
            RoleName="r", AssumeRolePolicyDocument=TRUST, PermissionsBoundary=boundary
        )["Role"]["Arn"]
        policy = iam.create_policy(PolicyName="p", PolicyDocument=ALLOW)["Policy"]["Arn"]
        iam.attach_role_policy(RoleName="r", PolicyArn=policy)
        self.assertEqual(
            self.decisions(role, ["s3:GetObject", "s3:PutObject"]), ["allowed", "implicitDeny"]
        )

    def test_keys_of_conditions_are_named(self):
        role = self.role(
            {"Effect": "Allow", "Action": "*", "Resource": "*",
             "Condition": {"StringEquals": {"aws:SourceVpc": "vpc-1"}}},
        )
        answer = iam.simulate_principal_policy(PolicySourceArn=role, ActionNames=["s3:GetObject"])
        self.has(answer["EvaluationResults"][0], EvalDecision="implicitDeny",
                 MissingContextValues=["aws:SourceVpc"])

    def test_nobody_may_nothing(self):
        self.refused(
            "NoSuchEntity", iam.simulate_principal_policy,
            PolicySourceArn="arn:aws:iam::123456789012:role/none", ActionNames=["s3:GetObject"],
        )
