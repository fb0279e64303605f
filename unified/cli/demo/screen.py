"""The text that the demo prints: addresses, an example call for each provider, and MCP servers for agents."""

import os
import shlex
import sys
from collections.abc import Collection
from pathlib import Path
from typing import Any

import msgspec

from unified.cli.demo.agents import TITLES
from unified.cli.demo.data import Demo, DemoAccount
from unified.transform.mapping import Mapping

PREFERRED = (
    "crm.contacts",
    "hris.employees",
    "ticketing.tickets",
    "crm.accounts",
    "ticketing.contacts",
)
"""Models for the example calls, in order of preference."""
ALTERNATIVES = {"crm.contacts": "crm.opportunities"}
"""Replacements for a model that another provider already shows."""
BODIES: dict[str, dict[str, Any]] = {
    "crm.contacts": {"first_name": "Ada", "last_name": "Lovelace"},
    "crm.accounts": {"name": "Analytical Engines"},
    "ticketing.tickets": {"name": "The mill is stuck", "description": "It stopped at card 17."},
    "hris.employees": {"first_name": "Ada", "last_name": "Lovelace"},
}
"""Bodies of create calls by model."""


def screen(demo: Demo, *, log: Path) -> str:
    """Return the complete text."""
    resources = demo.resources
    lines = [
        "",
        f"  Unified demo     {demo.base_url}",
        f"  Pages            {demo.base_url}/ui   sign in with the admin key",
        f"  API reference    {demo.base_url}/docs   {demo.base_url}/openapi.json",
        f"  Sandbox control  {demo.sandbox_url}/_sandbox/requests",
        f"  Admin key        {resources.admin_key}",
        f"  App key          {resources.app_key}",
        "",
    ]
    shown: set[str] = set()
    for account in resources.accounts:
        mapping = shown_mapping(account, shown)
        if mapping is not None:
            shown.add(mapping.model.id)
            lines += [f"  # {account.provider.title}: {mapping.model.id}", f"  {list_call(demo, account, mapping)}", ""]
    lines += _create(demo)
    lines += _agents(demo)
    lines += [f"  {name} is not connected: {why}" for name, why in resources.refused.items()]
    lines += _variables()
    lines += [f"  Log file: {log}. Ctrl-C stops the demo; the next start creates new keys.", ""]
    return "\n".join(lines)


def _variables() -> list[str]:
    """Return the line that the docs expect to have been run; near the end, where it is seen without scrolling."""
    return [
        "  # In another shell, in this folder: set the address, the keys and the account ids as variables",
        f'  eval "$({_home()}{command()} demo-environment)"',
        "",
    ]


def _home() -> str:
    """Return what another shell needs to find this demo, if its home folder or its port was chosen."""
    home, port = os.environ.get("UNIFIED_HOME"), os.environ.get("UNIFIED_PORT")
    chosen = [f"UNIFIED_HOME={shlex.quote(str(Path(home).absolute()))} "] if home else []
    return "".join((*chosen, f"UNIFIED_PORT={port} " if port and port != "0" else ""))


def shown_mapping(account: DemoAccount, shown: Collection[str] = ()) -> Mapping | None:
    """Return the mapping of a provider's example call, or None: the first preferred model that needs no further parameter.

    `shown` has the models of other providers, so that a second CRM shows another model.
    """
    listed = {one.model.id: one for one in account.mappings if "list" in one.operations and not one.model.path_parameters}
    first = next((name for name in (*PREFERRED, *listed) if name in listed), None)
    alternative = ALTERNATIVES.get(first or "") if first in shown else None
    return listed.get(alternative or "", listed.get(first or ""))


def list_call(demo: Demo, account: DemoAccount, mapping: Mapping) -> str:
    """Return a `curl` command that lists three records."""
    path = f"/{mapping.model.category}/{mapping.model.plural}"
    key, query = demo.resources.app_key, f"account_id={account.account_id}&limit=3"
    return f"curl -s -H 'Authorization: Bearer {key}' '{demo.base_url}{path}?{query}'"


def _create(demo: Demo) -> list[str]:
    for account in demo.resources.accounts:
        for mapping in account.mappings:
            body = BODIES.get(mapping.model.id)
            if body is not None and _accepts(mapping, body):
                return [f"  # Create at {account.provider.title}", f"  {_create_call(demo, account, mapping, body)}", ""]
    return []


def _agents(demo: Demo) -> list[str]:
    """Return the lines about MCP servers, with a command that lists the first server's tools and calls one."""
    servers = demo.resources.servers
    if not servers:
        return []
    first = next(iter(servers.values()))
    return [
        *(f"  MCP server       {one.url}   {TITLES[name]}" for name, one in servers.items()),
        f"  Its API key      {first.api_key}   required in addition to the token",
        "",
        "  # Act as an agent of the first server: list its tools and call one",
        f"  {command()} mcp try '{first.url}' --key {first.api_key} {first.first_tool} '{{\"limit\": 3}}'",
        "",
    ]


def command() -> str:
    """Return the command that runs `unified` from the current folder."""
    installed = Path(sys.executable).with_name("unified")
    here = Path.cwd()
    if not installed.is_file():
        return "unified"
    return str(installed.relative_to(here) if installed.is_relative_to(here) else installed)


def _accepts(mapping: Mapping, body: dict[str, Any]) -> bool:
    return set(body) <= mapping.write_calls.writable("create") and set(mapping.write_calls.required("create")) <= set(body)


def _create_call(demo: Demo, account: DemoAccount, mapping: Mapping, body: dict[str, Any]) -> str:
    path = f"/{mapping.model.category}/{mapping.model.plural}"
    sent = msgspec.json.encode(body).decode()
    head = f"-H 'Authorization: Bearer {demo.resources.app_key}' -H 'Content-Type: application/json'"
    return f"curl -s {head} -d '{sent}' '{demo.base_url}{path}?account_id={account.account_id}'"
