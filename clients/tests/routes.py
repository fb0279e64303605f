"""Calls that reach every route for API keys, as data, so that both clients make the same ones."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from clients.generate.models import CATEGORIES
from unified.api.server import route_table
from unified.app.application import HANDLERS

LOGO = "iVBORw0KGgoAAAANSUhEUgAAABAAAAAQAQAAAAA3iMLMAAAADElEQVR42mNgIA0AAAAwAAEodEl9AAAAAElFTkSuQmCC"
"""A black PNG of 16 by 16 pixels."""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One call: the method behind a path of names, and what it is passed."""

    place: str
    """Such as `webhooks.test`; `crm.custom_objects(cars).get` for a model with a parameter in its path."""
    account: str = ""
    """The variable with the id of the account of a call to a provider."""
    key: str = "UNIFIED_ADMIN_KEY"
    """The variable or value with the key."""
    ids: tuple[str, ...] = ()
    """The arguments before the fields; `$name.field` is the result of an earlier call."""
    content: str = ""
    """Bytes, in base64."""
    body: Any = None
    """A value that is passed whole: the items of a batch, or the choice of resources."""
    fields: Mapping[str, Any] | None = None
    query: Mapping[str, Any] | None = None
    by: str = ""
    """Of an upsert."""
    keep: str = ""
    """The name by which later calls refer to the answer."""
    shows: Mapping[str, Any] | None = None
    """Values of the answer by their paths, such as `paused.reason`, besides what its method declares."""
    fails: str = ""
    """The code of the error that it must end with, where the demo cannot do it."""


HUBSPOT, ZENDESK, BAMBOOHR, JIRA, APP = "HUBSPOT", "ZENDESK", "BAMBOOHR", "JIRA", "UNIFIED_KEY"
PAUSED, SINCE = {"reason": "maintenance"}, "2026-01-01T00:00:00Z"
WAITING = {"methods": ["read", "update"], "writes": "approve"}
CARS = "crm.custom_objects(cars)"
ADA = {"last_name": "Route", "emails": [{"email": "ada@route.example"}]}

MANAGEMENT = (
    Step(place="tenant.get", keep="tenant"),
    Step(place="tenant.update", fields={"name": "$tenant.name"}),
    Step(place="tenant.set_logo", content=LOGO),
    Step(place="tenant.get_logo"),
    Step(place="tenant.delete_logo"),
    Step(place="tenant.pause_agents", fields=PAUSED, shows={"agents_paused.reason": "maintenance", "writes_paused": None}),
    Step(place="tenant.resume_agents", shows={"agents_paused": None}),
    Step(place="tenant.pause_writes", fields=PAUSED, shows={"writes_paused.reason": "maintenance", "agents_paused": None}),
    Step(place="tenant.resume_writes", shows={"writes_paused": None}),
    Step(place="catalog.coverage", query={"provider": "hubspot"}),
    Step(place="catalog.models"),
    Step(place="catalog.providers"),
    Step(
        place="accounts.create",
        fields={"provider": "hubspot", "name": "Routes", "credentials": {"type": "bearer", "token": "pat-1234567890"}},
        keep="account",
    ),
    Step(place="accounts.list", query={"limit": 1}),
    Step(place="accounts.get", ids=("$account.id",)),
    Step(place="accounts.update", ids=("$account.id",), fields={"name": "All routes"}),
    Step(place="accounts.check", ids=("$account.id",)),
    Step(place="accounts.refresh", ids=("$account.id",)),
    Step(place="accounts.delete", ids=("$account.id",)),
    Step(place="accounts.get_resources", ids=("$JIRA",), keep="chosen"),
    Step(place="accounts.set_resources", ids=("$JIRA",), body="$chosen"),
    Step(place="api_keys.create", fields={"name": "routes", "role": "app", "scope": WAITING}, keep="asking"),
    Step(place="api_keys.create", fields={"name": "lead", "role": "approver", "scope": "unlimited"}, keep="lead"),
    Step(place="api_keys.list", query={"limit": 1}),
    Step(place="api_keys.get", ids=("$asking.id",)),
    Step(place="api_keys.descendants", ids=("$asking.id",)),
    Step(
        place="api_keys.pause",
        ids=("$asking.id",),
        fields={**PAUSED, "descendants": True},
        shows={"name": "routes", "paused.reason": "maintenance"},
    ),
    Step(place="api_keys.resume", ids=("$asking.id",), query={"descendants": True}, shows={"name": "routes", "paused": None}),
    Step(place="connect_links.create", fields={"provider": "hubspot", "external_id": "routes"}, keep="link"),
    Step(place="connect_links.get", ids=("$link.id",)),
    Step(place="connect_links.delete", ids=("$link.id",)),
    Step(
        place="mcp_servers.create",
        fields={"name": "routes", "account_ids": ["$HUBSPOT"], "config": {"methods": ["read"]}},
        keep="server",
    ),
    Step(place="mcp_servers.list", query={"limit": 1}),
    Step(place="mcp_servers.get", ids=("$server.id",)),
    Step(place="mcp_servers.update", ids=("$server.id",), fields={"name": "routes again"}),
    Step(place="mcp_servers.pause", ids=("$server.id",), fields=PAUSED, shows={"paused.reason": "maintenance"}),
    Step(place="mcp_servers.resume", ids=("$server.id",), shows={"paused": None}),
    Step(
        place="mcp_servers.get_usage",
        ids=("$server.id",),
        query={"since": SINCE},
        shows={"since": SINCE, "scope.methods": ["read"], "calls": []},
    ),
    Step(
        place="mcp_servers.what_if",
        ids=("$server.id",),
        fields={"scope": {"methods": ["list"]}, "since": SINCE},
        shows={"since": SINCE, "calls": 0, "refused": []},
    ),
    Step(place="mcp_servers.rotate", ids=("$server.id",)),
    Step(place="mcp_servers.delete", ids=("$server.id",)),
    Step(place="oauth_apps.list"),
    Step(place="oauth_apps.set", ids=("gusto",), fields={"client_id": "routes-1234", "client_secret": "routes-5678"}),
    Step(place="oauth_apps.get", ids=("gusto",)),
    Step(place="oauth_apps.delete", ids=("gusto",)),
    Step(place="webhooks.create", fields={"url": "http://127.0.0.1:9/hooks", "events": ["account.deleted"]}, keep="hook"),
    Step(place="webhooks.list", query={"limit": 1}),
    Step(place="webhooks.get", ids=("$hook.id",)),
    Step(place="webhooks.update", ids=("$hook.id",), fields={"events": ["account.deleted"]}),
    Step(place="webhooks.test", ids=("$hook.id",)),
    Step(place="webhooks.deliveries", ids=("$hook.id",), query={"limit": 1}),
    Step(place="webhooks.rotate", ids=("$hook.id",)),
    Step(place="webhooks.delete", ids=("$hook.id",)),
    Step(place="audit.list", query={"limit": 1}),
)
APPROVALS = tuple(
    one
    for number, decision in enumerate(("approve", "decline"))
    for one in (
        Step(
            place="ticketing.tickets.update",
            account=ZENDESK,
            key="$asking.key",
            ids=("5",),
            fields={"name": f"Route {number}"},
            fails="approval_required",
        ),
        Step(place="approvals.list", query={"status": "pending"}, keep=f"waiting{number}"),
        Step(place="approvals.get", ids=(f"$waiting{number}.data.0.id",), keep=f"asked{number}"),
        Step(
            place=f"approvals.{decision}",
            key="$lead.key",
            ids=(f"$asked{number}.id",),
            fields={"digest": f"$asked{number}.digest"} if decision == "approve" else {"reason": "not_needed"},
        ),
    )
)
# Only the rows of refusals are in the audit trail before their answer is sent.
USAGE = (
    Step(place="ticketing.tickets.delete", account=ZENDESK, key="$asking.key", ids=("5",), fails="method_not_allowed_by_scope"),
    Step(
        place="api_keys.get_usage",
        ids=("$asking.id",),
        query={"since": SINCE},
        shows={
            "since": SINCE,
            "refusals.0.method": "delete",
            "refusals.0.reason": "method_not_allowed_by_scope",
            "refusals.0.count": 1,
        },
    ),
    Step(
        place="api_keys.what_if",
        ids=("$asking.id",),
        fields={"scope": {"models": ["crm.contacts"]}, "since": SINCE},
        shows={"since": SINCE, "allowed": 0},
    ),
)
RECORDS = (
    Step(place="tools.list", account=ZENDESK, key=APP, query={"methods": ["read"]}),
    Step(place="tools.call", account=ZENDESK, key=APP, ids=("get_ticketing_ticket",), fields={"arguments": {"id": "5"}}),
    Step(place="crm.contacts.list", account=HUBSPOT, key=APP, query={"limit": 1}),
    Step(place="crm.contacts.create", account=HUBSPOT, key=APP, fields=ADA, keep="ada"),
    Step(place="crm.contacts.get", account=HUBSPOT, key=APP, ids=("$ada.id",), query={"fields": ["id", "name"]}),
    Step(place="crm.contacts.update", account=HUBSPOT, key=APP, ids=("$ada.id",), fields={"title": "Countess"}),
    Step(place="crm.contacts.upsert", account=HUBSPOT, key=APP, by="email", fields=ADA),
    Step(place="crm.contacts.delete", account=HUBSPOT, key=APP, ids=("$ada.id",)),
    Step(place="crm.contacts.batch", account=HUBSPOT, key=APP, body=[{"op": "update", "id": "none", "data": {"title": "x"}}]),
    Step(place="crm.contacts.schema", account=HUBSPOT, key=APP),
    Step(place="crm.contacts.fields", account=HUBSPOT, key=APP),
    Step(place=f"{CARS}.list", account=HUBSPOT, key=APP, query={"limit": 1}),
    Step(place=f"{CARS}.create", account=HUBSPOT, key=APP, fields={"fields": {"model": "Route"}}, keep="car"),
    Step(place=f"{CARS}.get", account=HUBSPOT, key=APP, ids=("$car.id",)),
    Step(place=f"{CARS}.update", account=HUBSPOT, key=APP, ids=("$car.id",), fields={"fields": {"model": "Road"}}),
    Step(
        place=f"{CARS}.upsert", account=HUBSPOT, key=APP, by="name", fields={"fields": {"model": "Road"}}, fails="not_supported"
    ),
    Step(place=f"{CARS}.batch", account=HUBSPOT, key=APP, body=[{"op": "update", "id": "0", "data": {"name": "x"}}]),
    Step(place=f"{CARS}.delete", account=HUBSPOT, key=APP, ids=("$car.id",)),
    Step(
        place="hris.time_off_requests.list", account=BAMBOOHR, key=APP, query={"filter": {"status": "requested"}}, keep="leave"
    ),
    Step(place="hris.time_off_requests.cancel", account=BAMBOOHR, key=APP, ids=("$leave.data.0.id",)),
    Step(place="proxy.get", account=HUBSPOT, key=APP, ids=("/crm/v3/owners",)),
    Step(place="proxy.post", account=HUBSPOT, key=APP, ids=("/nothing",)),
    Step(place="proxy.put", account=HUBSPOT, key=APP, ids=("/nothing",)),
    Step(place="proxy.patch", account=HUBSPOT, key=APP, ids=("/nothing",)),
    Step(place="proxy.delete", account=HUBSPOT, key=APP, ids=("/nothing",)),
)
LAST = (Step(place="api_keys.delete", ids=("$asking.id",)), Step(place="api_keys.delete", ids=("$lead.id",)))
STEPS = (*MANAGEMENT, *APPROVALS, *USAGE, *RECORDS, *LAST)
UNUSED = {
    ("PUT", "/{category}/{model}/{third}/{fourth}"): "no upsert has two segments behind the model: it is answered 405",
    ("PATCH", "/{category}/{model}"): "an update names a record: it is answered 405",
    ("DELETE", "/{category}/{model}"): "a deletion names a record: it is answered 405",
}
"""Routes that no method of the clients has, with the reason."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """The outcomes of the calls: the answers or codes of errors, in order, and the requests that were sent."""

    answers: list[Any]
    requests: list[tuple[str, str]]


def routes() -> frozenset[tuple[str, str]]:
    """Return the method and the path of every route for keys."""
    shown = [(one.methods, re.sub(r":\w+\}", "}", one.path)) for one in route_table(HANDLERS) if one.declared.access == "key"]
    return frozenset((method, path) for methods, path in shown for method in methods if method != "OPTIONS")


def reached(requests: Iterable[tuple[str, str]]) -> frozenset[tuple[str, str]]:
    """Return the routes of requests; the one with the most fixed segments has the request."""
    known = sorted(routes(), key=lambda one: one[1].count("{"))
    found = [
        next((one for one in known if one[0] == method and _fits(one[1], path)), (method, path)) for method, path in requests
    ]
    return frozenset(found)


def _fits(route: str, path: str) -> bool:
    pattern = re.escape(route).replace(r"\{rest\}", ".+").replace(r"\{category\}", f"({'|'.join(CATEGORIES)})")
    return re.fullmatch(re.sub(r"\\\{\w+\\\}", "[^/]+", pattern), path) is not None
