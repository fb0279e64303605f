"""`pause` and `resume` of `unified keys` and `unified mcp`, and `pause-…` and `resume-…` of `unified tenants`."""

# ruff: noqa: PLC0415 - heavy imports are local, so that `unified --help` is fast

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from unified.cli.operators.services import TenantOption, tenant_of, with_services

if TYPE_CHECKING:
    from unified.service.pausing import OfTenant
    from unified.service.runtime.services import Services

TenantName = Annotated[str | None, TenantOption]
Tenant = Annotated[str, typer.Argument(metavar="TENANT", help="Id or name of the tenant.")]
ServerId = Annotated[str, typer.Argument(help="Id of the MCP server, such as mcp_….")]
KeyId = Annotated[str, typer.Argument(help="Id of the API key, such as key_….")]
Reason = Annotated[str, typer.Option(help="Why: runaway, misuse, compromised, maintenance or other; for the audit trail.")]
Below = Annotated[bool, typer.Option("--descendants", help="Also the keys and MCP servers that the key created.")]


def add_to_servers(app: typer.Typer) -> None:
    """Add these commands to `unified mcp`."""
    app.command("pause")(pause_server)
    app.command("resume")(resume_server)


def add_to_keys(app: typer.Typer) -> None:
    """Add these commands to `unified keys`."""
    app.command("pause")(pause_key)
    app.command("resume")(resume_key)


def add_to_tenants(app: typer.Typer) -> None:
    """Add these commands to `unified tenants`."""
    commands = (
        ("pause-agents", pause_agents),
        ("resume-agents", resume_agents),
        ("pause-writes", pause_writes),
        ("resume-writes", resume_writes),
    )
    for name, command in commands:
        app.command(name)(command)


def pause_server(server_id: ServerId, tenant: TenantName = None, reason: Reason = "other") -> None:
    """Refuse an MCP server's token until it is resumed; when the command returns, every worker refuses it."""
    _run(lambda services: _server(services, tenant, server_id, reason), "mcp pause", server_id)


def resume_server(server_id: ServerId, tenant: TenantName = None) -> None:
    """Let a paused MCP server work again."""
    _run(lambda services: _server(services, tenant, server_id, None), "mcp resume", server_id)


def pause_key(key_id: KeyId, tenant: TenantName = None, reason: Reason = "other", descendants: Below = False) -> None:
    """Refuse an API key until it is resumed; when the command returns, every worker refuses it."""
    _run(lambda services: _key(services, tenant, key_id, reason, descendants), "keys pause", key_id)


def resume_key(key_id: KeyId, tenant: TenantName = None, descendants: Below = False) -> None:
    """Let a paused API key work again."""
    _run(lambda services: _key(services, tenant, key_id, None, descendants), "keys resume", key_id)


def pause_agents(tenant: Tenant, reason: Reason = "other") -> None:
    """Refuse all MCP servers of a tenant, and tools called with its API keys, until they are resumed."""
    _run(lambda services: _all(services, tenant, "agents", reason), "tenants pause-agents", None)


def resume_agents(tenant: Tenant) -> None:
    """Let the agents of a tenant work again; what was paused by itself stays paused."""
    _run(lambda services: _all(services, tenant, "agents", None), "tenants resume-agents", None)


def pause_writes(tenant: Tenant, reason: Reason = "other") -> None:
    """Refuse every write to a tenant's accounts, by programs, agents and approvals, until writes are resumed."""
    _run(lambda services: _all(services, tenant, "writes", reason), "tenants pause-writes", None)


def resume_writes(tenant: Tenant) -> None:
    """Let writes to a tenant's accounts pass again."""
    _run(lambda services: _all(services, tenant, "writes", None), "tenants resume-writes", None)


def _run(act: "Callable[[Services], Awaitable[list[str]]]", command: str, target: str | None) -> None:
    """Run an act, say what it changed, and wait until no worker has an older row."""
    ids = with_services(lambda services: _waited(act, services), command=command, target=target)
    done = "paused" if "pause" in command else "resumed"
    for one in ids:
        typer.echo(f"{one} {done}")


async def _waited(act: "Callable[[Services], Awaitable[list[str]]]", services: "Services") -> "list[str]":
    import asyncio

    from unified.service.runtime.row_cache import TTL_SECONDS

    ids = await act(services)
    await asyncio.sleep(TTL_SECONDS)
    return ids


async def _server(services: "Services", tenant: str | None, server_id: str, reason: str | None) -> list[str]:
    from unified.service.pausing import pause_server as pause

    tenant_id = await tenant_of(services, tenant)
    return [(await pause(services, tenant_id, server_id, _reason(reason), caller=None)).id]


async def _key(services: "Services", tenant: str | None, key_id: str, reason: str | None, descendants: bool) -> list[str]:
    from unified.service.pausing import pause_key as pause

    tenant_id = await tenant_of(services, tenant)
    row, below = await pause(services, tenant_id, key_id, _reason(reason), caller=None, descendants=descendants)
    return [row.id, *(one.id for one in below)]


async def _all(services: "Services", tenant: str, what: "OfTenant", reason: str | None) -> list[str]:
    from unified.service.pausing import pause_tenant

    row = await pause_tenant(services, await tenant_of(services, tenant), what, _reason(reason), caller=None)
    return [f"{row.id}: {what}"]


def _reason(reason: str | None) -> Any:
    from unified.errors.configuration import ConfigurationError
    from unified.errors.names import unknown_name
    from unified.service.pausing import REASONS

    if reason is not None and reason not in REASONS:
        raise ConfigurationError(f"--reason: {unknown_name('reason', reason, REASONS)}")
    return cast("Any", reason)
