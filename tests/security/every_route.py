"""Requests for every route of the route table, with the ids that are given; a route that this page does not know fails.

So a new route is covered by the tests of tenants and of secrets by itself, or says what is missing here.
"""

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from tests.routes import API_TABLE
from unified.api.requests.declarations import Route
from unified.store.engine.tables import (
    ACCOUNTS,
    API_KEYS,
    APPROVALS,
    AUDIT,
    CONNECT_LINKS,
    MCP_SERVERS,
    OAUTH_APPS,
    WEBHOOKS,
)

EVERY_ROUTE: tuple[Route, ...] = API_TABLE
"""Those of programs; pages are asked with a cookie, by tests of their own."""
OWNED = {
    "accounts": (ACCOUNTS, "id"),
    "api-keys": (API_KEYS, "id"),
    "approvals": (APPROVALS, "id"),
    "audit": (AUDIT, "id"),
    "connect": (CONNECT_LINKS, "id"),
    "mcp-servers": (MCP_SERVERS, "id"),
    "oauth-apps": (OAUTH_APPS, "provider"),
    "webhooks": (WEBHOOKS, "id"),
}
"""First segment of a path → the table and column that its `{id}` or `{provider}` names a tenant's row of."""
NAMES_NO_ROW = {
    "name": ("swagger-ui.css", "no-such-file.css", "get_crm_contact"),
    "rest": ("/crm/v3/objects/contacts", "/nowhere"),
    "category": ("crm",),
    "model": ("contacts", "companies"),
    "third": ("1", "batch", "schema", "no-such-id"),
    "fourth": ("nothing",),
}
"""Path parameters that name no row of a tenant, with values to try."""
PROXIED = ("rest", "category")
"""Parameters of routes that reach an account's provider: the account comes with the query or a header."""
BODIES: dict[tuple[str, str], Any] = {
    ("POST", "/api-keys/{id:str}/pause"): {"reason": "other"},
    ("POST", "/mcp-servers/{id:str}/pause"): {"reason": "other"},
    ("POST", "/approvals/{id:str}/approve"): {"digest": "sha256:0"},
    ("PATCH", "/accounts/{id:str}"): {"name": "new name"},
    ("PUT", "/accounts/{id:str}/resources"): {"crm.accounts": {"ids": ["1"]}},
    ("PUT", "/oauth-apps/{provider:str}"): {"client_id": "an-id", "client_secret": "a-client-secret"},
    ("PATCH", "/webhooks/{id:str}"): {"status": "disabled"},
    ("POST", "/mcp-servers"): {"name": "agents", "account_ids": ["acc_nobody"], "config": {}},
    ("PATCH", "/mcp-servers/{id:str}"): {"name": "new name"},
    ("POST", "/tools/{name:str}"): {"arguments": {"id": "61200000000"}},
    ("POST", "/{category:str}/{model:str}"): {"first_name": "Ada"},
    ("PATCH", "/{category:str}/{model:str}/{third:str}"): {"first_name": "Ada"},
    ("POST", "/connect"): {"provider": "hubspot"},
}
"""Bodies that reach past the checks of form; everything else is sent `{}`."""
IDS_IN_BODIES: dict[tuple[str, str], str] = {
    ("POST", "/connect"): "account_id",
    ("POST", "/mcp-servers"): "account_ids",
    ("POST", "/tools/{name:str}"): "account_id",
}
"""Where a body names an account, or lists them."""
CREATES = {("PUT", "/oauth-apps/{provider:str}"), ("DELETE", "/oauth-apps/{provider:str}")}
"""Requests that make what they name, and delete it again: a foreign one is the caller's own new one."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """One request."""

    route: Route
    method: str
    path: str
    query: dict[str, str] = {}
    headers: dict[str, str] = {}
    body: Any = None
    names_row: bool = False
    """Whether the path names a tenant's row, so that a foreign or unknown one must be answered with 404."""

    @property
    def label(self) -> str:
        """For messages."""
        where = [*self.query, *self.headers]
        return f"{self.method} {self.route.path}{' with ' + ', '.join(where) if where else ''}"


def requests(rows: dict[str, dict[str, Any]], cursors: tuple[str, ...] = ()) -> Iterator[Asked]:
    """Every method of every route; `rows` has a row of each table by the table's name, whose ids are named."""
    account = rows["accounts"]["id"]
    for route in EVERY_ROUTE:
        for path, names_row in _paths(route.path, rows):
            for method in route.methods:
                template = (method, route.path)
                body = None if method in {"GET", "DELETE"} else BODIES.get(template, {})
                base = Asked(route=route, method=method, path=path, body=body, names_row=names_row and template not in CREATES)
                yield from _variants(base, account, cursors)


def _variants(base: Asked, account: str, cursors: tuple[str, ...]) -> Iterator[Asked]:
    yield base
    if any(f"{{{name}:" in base.route.path for name in PROXIED):
        yield msgspec.structs.replace(base, query={"account_id": account})
        yield msgspec.structs.replace(base, headers={"Unified-Account": account})
    if base.method == "GET":
        for cursor in cursors:
            # A route without pages may refuse the parameter before it looks for the row: the comparison is what counts.
            yield msgspec.structs.replace(base, query={"cursor": cursor}, names_row=False)
            yield msgspec.structs.replace(base, query={"cursor": cursor, "account_id": account}, names_row=False)
    named = IDS_IN_BODIES.get((base.method, base.route.path))
    if named is not None:
        value = [account] if isinstance(base.body.get(named), list) else account
        yield msgspec.structs.replace(base, body={**base.body, named: value}, names_row=True)


def _paths(template: str, rows: dict[str, dict[str, Any]]) -> list[tuple[str, bool]]:
    """The template with each parameter filled in, and whether one of them names a tenant's row."""
    found = [(template, False)]
    for whole, name in re.findall(r"(\{(\w+):\w+\})", template):
        owned = OWNED.get(template.split("/")[1]) if name in {"id", "provider"} else None
        if owned is None and name not in NAMES_NO_ROW:
            raise LookupError(
                f"{template}: nothing is known of {whole}. Say in OWNED which table it names a row of, "
                "or in NAMES_NO_ROW what to try when it names none."
            )
        values = (str(rows[owned[0].name][owned[1]]),) if owned else NAMES_NO_ROW[name]
        found = [
            (path.replace(whole, value.removeprefix("/") if name == "rest" else value), names or owned is not None)
            for path, names in found
            for value in values
        ]
    return found
