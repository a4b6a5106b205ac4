"""Listeners: what is written is read back with AWS's defaults, and what AWS refuses is refused."""

from moto.elbv2.exceptions import ELBClientError
from moto.elbv2.models import ELBv2Backend, FakeAction, FakeListener
from moto.elbv2.responses import ELBV2Response

from gaps.wrap import wrap

# What a way to sign in has where nothing is said.
SIGN_IN = {
    "SessionCookieName": "AWSELBAuthSessionCookie",
    "Scope": "openid",
    "SessionTimeout": 604800,
    "OnUnauthenticatedRequest": "authenticate",
}
REDIRECT = {"Host": "#{host}", "Path": "/#{path}", "Port": "#{port}", "Protocol": "#{protocol}", "Query": "#{query}"}


def install():
    creation()
    changes()
    actions()


def creation():
    @wrap(ELBv2Backend, "create_listener")
    def create_listener(original, self, load_balancer_arn, protocol, port, *args, **kwargs):
        """Moto looks for the port among the ARNs."""
        balancer = self.load_balancers.get(load_balancer_arn)
        if balancer and any(str(it.port) == str(port) for it in balancer.listeners.values()):
            raise ELBClientError(
                "DuplicateListener",
                f"A listener already exists on this port for this load balancer '{load_balancer_arn}'",
            )
        actions = kwargs.get("actions") or (args[2] if len(args) > 2 else [])
        for action in actions:
            for arn in self._get_target_group_arns_from(action_data=action):
                group = self.target_groups.get(arn)
                if group and set(group.load_balancer_arns) - {load_balancer_arn}:
                    raise ELBClientError(
                        "TargetGroupAssociationLimit",
                        "The following target groups cannot be associated with more than one load "
                        f"balancer: {arn}",
                    )
        return original(load_balancer_arn, protocol, port, *args, **kwargs)

    @wrap(ELBV2Response, "create_listener")
    def create_listener_with(original, self):
        """Moto overlooks how clients show who they are."""
        result = original()
        for it in result.result["Listeners"]:
            know_clients(it, self._get_param("MutualAuthentication"))
        return result

    @wrap(FakeListener, "__init__")
    def listener(original, self, *args, **kwargs):
        """Only TCP has a time of rest."""
        original(*args, **kwargs)
        if self.protocol != "TCP":
            self.attributes = {}


def know_clients(listener, written):
    if listener.protocol == "HTTPS":
        listener.mutual_authentication = written or getattr(listener, "mutual_authentication", {"Mode": "off"})


def changes():
    @wrap(ELBV2Response, "modify_listener")
    def modify_listener(original, self):
        """Moto knows three protocols, and overlooks what is not for all of them."""
        backend, protocol = self.elbv2_backend, self._get_param("Protocol")
        listener = backend.describe_listeners(None, [self._get_param("ListenerArn")])[0]
        if protocol in ("TLS", "UDP", "TCP_UDP"):
            self.params.pop("Protocol")
            listener.protocol = protocol
            certificates = self._get_param("Certificates", [])
            if certificates:
                listener.certificate = certificates[0]["CertificateArn"]
                listener.certificates = [listener.certificate]
        listener.alpn_policy = self._get_param("AlpnPolicy") or listener.alpn_policy
        result = original()
        know_clients(listener, self._get_param("MutualAuthentication"))
        return result


def actions():
    @wrap(FakeAction, "__init__")
    def action(original, self, data):
        """A target group is told both ways if it is the only one, and a secret is not told."""
        forward = data.get("ForwardConfig") or {}
        if data.get("TargetGroupArn") and not forward:
            forward = {"TargetGroups": [{"TargetGroupArn": data["TargetGroupArn"], "Weight": 1}]}
            data["ForwardConfig"] = forward
        groups = forward.get("TargetGroups", [])
        if len(groups) == 1:
            data["TargetGroupArn"] = groups[0]["TargetGroupArn"]
        for name in ("AuthenticateOidcConfig", "AuthenticateCognitoConfig"):
            if name in data:
                data[name] = SIGN_IN | {k: v for k, v in data[name].items() if k != "ClientSecret"}
        if "RedirectConfig" in data:
            data["RedirectConfig"] = REDIRECT | data["RedirectConfig"]
        original(data)
