"""What the demo prints: addresses, a call to paste for each provider, and what an agent connects to."""

import sys
from collections.abc import Collection
from pathlib import Path
from typing import Any

import msgspec

from unified.cli.demo_agents import TITLES
from unified.cli.demo_data import Demo, DemoAccount
from unified.transform.mapping import Mapping

PREFERRED = (
    "crm.contacts",
    "hris.employees",
    "ticketing.tickets",
    "crm.accounts",
    "ticketing.contacts",
)
"""Models to show first."""
INSTEAD = {"crm.contacts": "crm.opportunities"}
"""What to show when another provider shows the first one already."""
BODIES: dict[str, dict[str, Any]] = {
    "crm.contacts": {"first_name": "Ada", "last_name": "Lovelace"},
    "crm.accounts": {"name": "Analytical Engines"},
    "ticketing.tickets": {"name": "The mill is stuck", "description": "It stopped at card 17."},
    "hris.employees": {"first_name": "Ada", "last_name": "Lovelace"},
}
"""A small body for a create, by model."""


def screen(demo: Demo, *, log: Path) -> str:
    """The whole text."""
    made = demo.made
    lines = [
        "",
        f"  Unified demo     {demo.base_url}",
        f"  Pages            {demo.base_url}/ui   sign in with the admin key",
        f"  API reference    {demo.base_url}/docs   {demo.base_url}/openapi.json",
        f"  Sandbox control  {demo.sandbox_url}/_sandbox/requests",
        f"  Admin key        {made.admin_key}",
        f"  App key          {made.app_key}",
        "",
    ]
    shown: set[str] = set()
    for account in made.accounts:
        mapping = shown_mapping(account, shown)
        if mapping is not None:
            shown.add(mapping.model.id)
            lines += [f"  # {account.provider.title}: {mapping.model.id}", f"  {list_call(demo, account, mapping)}", ""]
    lines += _create(demo)
    lines += _agents(demo)
    lines += [f"  {name} was not connected: {why}" for name, why in made.refused.items()]
    lines += [f"  Logs in {log}. Ctrl-C stops the demo; the next start has fresh keys.", ""]
    return "\n".join(lines)


def shown_mapping(account: DemoAccount, shown: Collection[str] = ()) -> Mapping | None:
    """The model to show for a provider: the first of the preferred ones that it lists without more being asked.

    `shown` are those of other providers; the second CRM shows something else than the first.
    """
    listed = {one.model.id: one for one in account.mappings if "list" in one.operations and not one.model.path_parameters}
    first = next((name for name in (*PREFERRED, *listed) if name in listed), None)
    instead = INSTEAD.get(first or "") if first in shown else None
    return listed.get(instead or "", listed.get(first or ""))


def list_call(demo: Demo, account: DemoAccount, mapping: Mapping) -> str:
    """A `curl` that lists three records."""
    path = f"/{mapping.model.category}/{mapping.model.plural}"
    key, query = demo.made.app_key, f"account_id={account.account_id}&limit=3"
    return f"curl -s -H 'Authorization: Bearer {key}' '{demo.base_url}{path}?{query}'"


def _create(demo: Demo) -> list[str]:
    for account in demo.made.accounts:
        for mapping in account.mappings:
            body = BODIES.get(mapping.model.id)
            if body is not None and _takes(mapping, body):
                return [f"  # Create at {account.provider.title}", f"  {_create_call(demo, account, mapping, body)}", ""]
    return []


def _agents(demo: Demo) -> list[str]:
    """The MCP servers, and a call that lists the tools of the first one and reads with one of them."""
    servers = demo.made.servers
    if not servers:
        return []
    first = next(iter(servers.values()))
    return [
        *(f"  MCP server       {one.url}   {TITLES[name]}" for name, one in servers.items()),
        f"  Its API key      {first.api_key}   shown beside the token",
        "",
        "  # What an agent does with the first: it lists the tools and calls one",
        f"  {command()} mcp try '{first.url}' --key {first.api_key} {first.first_tool} '{{\"limit\": 3}}'",
        "",
    ]


def command() -> str:
    """How `unified` is called from the folder where the demo was started."""
    installed = Path(sys.executable).with_name("unified")
    here = Path.cwd()
    if not installed.is_file():
        return "unified"
    return str(installed.relative_to(here) if installed.is_relative_to(here) else installed)


def _takes(mapping: Mapping, body: dict[str, Any]) -> bool:
    return set(body) <= mapping.writable("create") and set(mapping.required("create")) <= set(body)


def _create_call(demo: Demo, account: DemoAccount, mapping: Mapping, body: dict[str, Any]) -> str:
    path = f"/{mapping.model.category}/{mapping.model.plural}"
    sent = msgspec.json.encode(body).decode()
    head = f"-H 'Authorization: Bearer {demo.made.app_key}' -H 'Content-Type: application/json'"
    return f"curl -s {head} -d '{sent}' '{demo.base_url}{path}?account_id={account.account_id}'"
