"""IAM: what a principal may do, which moto does not tell.

Looks at Allow and Deny, actions and resources with wildcards, their Not forms, and permissions
boundaries. Statements with conditions match nothing: their keys are named, as AWS does for keys that are
not given.
"""

import json
import re

from moto.core.responses import ActionResult
from moto.iam.exceptions import NotFoundException
from moto.iam.responses import IamResponse

from gaps.wrap import add

ALLOWED, DENIED, NOT_ALLOWED = "allowed", "explicitDeny", "implicitDeny"


def install():
    @add(IamResponse)
    def simulate_principal_policy(self):
        source = self._get_param("PolicySourceArn")
        own, boundary = policies(self.backend, source)
        given = self._get_param("PolicyInputList", [])
        own += [(f"PolicyInputList.{n}", it) for n, it in enumerate(given, 1)]
        resources = self._get_param("ResourceArns") or ["*"]
        results = [
            result(action, resource, own, boundary)
            for action in self._get_param("ActionNames")
            for resource in resources
        ]
        return ActionResult({"EvaluationResults": results, "IsTruncated": False})


def policies(backend, arn):
    """The documents of a principal, each with its name, and that of its boundary."""
    kinds = [backend.roles.values(), backend.users.values(), backend.groups.values()]
    found = [it for kind in kinds for it in kind if it.arn == arn]
    if not found:
        raise NotFoundException(f"The entity {arn} cannot be found.")
    principal = found[0]
    documents = held(principal)
    for group in backend.groups.values():
        if principal in group.users:
            documents += held(group)
    boundary = getattr(principal, "permissions_boundary_arn", None)
    return documents, default(backend.managed_policies[boundary]) if boundary else None


def held(principal):
    """Policies of its own, by name, and those that are attached."""
    own = principal.policies
    attached = principal.managed_policies.values()
    return [*own.items(), *((it.name, default(it)) for it in attached)]


def default(policy):
    """The document of a policy's version that counts."""
    return next(it.document for it in policy.versions if it.is_default)


def result(action, resource, own, boundary):
    decision, matched, missing = decide(action, resource, own)
    details = {}
    if boundary:
        limit, _, keys = decide(action, resource, [("boundary", boundary)])
        missing |= keys
        details["PermissionsBoundaryDecisionDetail"] = {
            "AllowedByPermissionsBoundary": limit == ALLOWED
        }
        if decision == ALLOWED and limit != ALLOWED:
            decision, matched = limit, []
    return {
        **details,
        "EvalActionName": action,
        "EvalResourceName": resource,
        "EvalDecision": decision,
        "MatchedStatements": [{"SourcePolicyId": it, "SourcePolicyType": "IAM Policy"} for it in matched],
        "MissingContextValues": sorted(missing),
    }


def decide(action, resource, documents):
    """The decision, the names of the policies that make it, and the condition keys that nobody gave."""
    matched, missing = {"Allow": [], "Deny": []}, set()
    for name, document in documents:
        for statement in listed(json.loads(document).get("Statement", [])):
            if not concerns(statement, action, resource):
                continue
            if "Condition" in statement:
                missing |= {key for it in statement["Condition"].values() for key in it}
            else:
                matched[statement["Effect"]].append(name)
    for effect, decision in (("Deny", DENIED), ("Allow", ALLOWED)):
        if matched[effect]:
            return decision, matched[effect], missing
    return NOT_ALLOWED, [], missing


def concerns(statement, action, resource):
    return named(statement, "Action", action, re.IGNORECASE) and named(statement, "Resource", resource)


def named(statement, element, value, flags=0):
    """Whether an element, or its Not form, is about a value."""
    if f"Not{element}" in statement:
        return not any(like(it, value, flags) for it in listed(statement[f"Not{element}"]))
    return any(like(it, value, flags) for it in listed(statement.get(element, [])))


def like(pattern, value, flags):
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(expression, value, flags | re.DOTALL) is not None


def listed(it):
    return it if isinstance(it, list) else [it]
