"""Route 53: a change is applied whole or not at all, and takes a moment to be in sync."""

import copy

from moto.core.responses import ActionResult
from moto.moto_api._internal import mock_random
from moto.route53.exceptions import Route53ClientError
from moto.route53.models import RecordSet, Route53Backend
from moto.route53.responses import Route53

from gaps import clock
from gaps.wrap import wrap

# When each change was made, by its id.
changes = {}


def install():
    zones()
    records()
    in_sync()


def zones():
    @wrap(Route53Backend, "create_hosted_zone")
    def create_hosted_zone(original, self, name, private_zone, caller_reference=None, vpcid=None, **kwargs):
        for zone in self.zones.values():
            if caller_reference and zone.caller_reference == caller_reference:
                raise Route53ClientError(
                    "HostedZoneAlreadyExists",
                    "A hosted zone has already been created with the specified caller reference.",
                )
        if vpcid:
            refuse_conflict(self, name, vpcid)
        zone = original(
            name, private_zone, caller_reference=caller_reference, vpcid=vpcid, **kwargs
        )
        # Moto writes a Python dictionary into the SOA record.
        servers = [f"{it}." for it in zone.delegation_set.name_servers]
        soa = f"{servers[0]} awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400"
        for record in zone.rrsets:
            record.records = [soa] if record.type == "SOA" else servers
        return zone

    @wrap(Route53Backend, "associate_vpc_with_hosted_zone")
    def associate_vpc_with_hosted_zone(original, self, zone_id, vpcid, vpcregion):
        zone = self.get_hosted_zone(zone_id)
        if not any(it["vpc_id"] == vpcid for it in zone.vpcs):
            refuse_conflict(self, zone.name, vpcid)
            return original(zone_id, vpcid, vpcregion)
        return zone

    @wrap(Route53, "create_hosted_zone")
    def create_hosted_zone_with(original, self):
        """A zone with a VPC is private, whether or not it says so."""
        if self._get_param("VPC.VPCId"):
            self.params.setdefault("HostedZoneConfig", {})["PrivateZone"] = True
        answer = original()
        answer.result["ChangeInfo"] = change()
        return answer


def refuse_conflict(backend, name, vpc):
    name = name.rstrip(".")
    for zone in backend.zones.values():
        if zone.name.rstrip(".") == name and any(it["vpc_id"] == vpc for it in zone.vpcs):
            raise Route53ClientError(
                "ConflictingDomainExists",
                f"The VPC {vpc} has already been associated with the hosted zone {zone.resource_id} "
                "with the same domain name.",
            )


def records():
    @wrap(Route53Backend, "change_resource_record_sets")
    def change_resource_record_sets(original, self, zoneid, change_list):
        """Moto compares with a journal of requests; AWS compares with the records that there are."""
        zone = self.get_hosted_zone(zoneid)
        after = {key(it): it for it in zone.rrsets}
        problems = []
        for item in change_list:
            record = record_of(item["ResourceRecordSet"])
            problem = apply(zone, after, item["Action"], record)
            problems += [problem] if problem else []
        if problems:
            raise Route53ClientError("InvalidChangeBatch", f"[{', '.join(problems)}]")
        zone.rrsets = list(after.values())

    @wrap(Route53Backend, "list_resource_record_sets")
    def list_resource_record_sets(original, self, zoneid, start_type, start_name, max_items):
        """AWS writes an asterisk as an octal escape."""
        start_name = start_name and start_name.replace("\\052", "*")
        found, next_name, next_type, truncated = original(
            zoneid, start_type=start_type, start_name=start_name, max_items=max_items
        )
        shown = []
        for record in found:
            record = copy.copy(record)
            record.name = record.name.replace("*", "\\052")
            shown.append(record)
        return shown, next_name and next_name.replace("*", "\\052"), next_type, truncated


def key(record):
    return record.name, record.type, record.set_identifier


def record_of(written):
    written = dict(written)
    written["Name"] = written["Name"].lower().replace("\\052", "*").rstrip(".") + "."
    written["ResourceRecords"] = [it["Value"] for it in written.get("ResourceRecords") or []]
    alias = written.get("AliasTarget")
    if alias:
        name = alias["DNSName"].lower().rstrip(".") + "."
        written["AliasTarget"] = dict(alias) | {"DNSName": name}
    record = RecordSet(written)
    record.cidr_routing_config = written.get("CidrRoutingConfig")
    record.geo_proximity_location = written.get("GeoProximityLocation")
    return record


def apply(zone, after, action, record):
    """Makes one change; gives what is wrong with it, if anything."""
    name, kind, _ = key(record)
    label = f"[name='{name}', type='{kind}']"
    if not f".{name}".endswith("." + zone.name.rstrip(".") + "."):
        return f"RRSet with DNS name {name} is not permitted in zone {zone.name}"
    found = after.get(key(record))
    if action == "CREATE" and found:
        return f"Tried to create resource record set {label} but it already exists"
    if action == "DELETE":
        if not found:
            return f"Tried to delete resource record set {label} but it was not found"
        if content(found) != content(record):
            return (
                f"Tried to delete resource record set {label} but the values provided do not match the "
                "current values"
            )
        del after[key(record)]
        return None
    after[key(record)] = record
    return None


def content(record):
    ttl = None if record.ttl is None else int(record.ttl)
    return ttl, sorted(record.records or []), record.alias_target


def in_sync():
    @wrap(Route53, "change_resource_record_sets")
    def change_resource_record_sets(original, self):
        original()
        return ActionResult({"ChangeInfo": change()})

    @wrap(Route53, "get_change")
    def get_change(original, self):
        id = self._get_param("Id").split("/")[-1]
        if id not in changes:
            return original()
        synced = changes[id] + clock.PHASE <= clock.seconds()
        return ActionResult({"ChangeInfo": info(id, "INSYNC" if synced else "PENDING")})


def change():
    id = "C" + mock_random.get_random_string(length=20, include_digits=True).upper()
    changes[id] = clock.seconds()
    return info(id, "PENDING")


def info(id, status):
    return {"Id": f"/change/{id}", "Status": status, "SubmittedAt": clock.timestamp()}
