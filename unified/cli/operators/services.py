"""The service for the time of a command, its record in the audit trail, and the choice of the tenant."""

# ruff: noqa: PLC0415 - heavy imports are local, so that `unified --help` is fast

import logging
import sys
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar

import typer

from unified.cli.environment import settings
from unified.errors.configuration import ConfigurationError
from unified.errors.names import known_names

if TYPE_CHECKING:
    from unified.service.runtime.services import Services
    from unified.store.queries.pages import Page
    from unified.store.tenants import TenantRow
    from unified.telemetry.request_scope import RequestScope

T = TypeVar("T")
PAGE = 200
ACTOR = "cli"
"""The actor of commands in the audit trail."""

TenantOption = typer.Option("--tenant", help="Id or name of the tenant; optional when there is only one.")


def with_services(
    action: "Callable[[Services], Awaitable[T]]", *, command: str | None, target: str | None = None, check_keys: bool = True
) -> T:
    """Run an action with the service, opened with the settings of the environment.

    Args:
        action: receives the service; its result is returned.
        command: the command for the tenant's audit trail, such as `keys add`; None for a command that only reads.
        target: the id of what it changes; without one, the id of the result is recorded.
        check_keys: as in `assembled`.

    Raises:
        ConfigurationError: a setting is not valid.
    """
    import asyncio

    from unified.app.assembly import assembled

    _log_errors_only()

    async def run() -> T:
        async with assembled(settings(), check_keys=check_keys) as services:
            return await (action(services) if command is None else _audited(services, action, command, target))

    return asyncio.run(run())


def _log_errors_only() -> None:
    """Log errors to standard error; a command says itself what it did, and lines of a log between its results confuse."""
    from unified.telemetry.loggers import structlog
    from unified.telemetry.logs import configure_own_lines

    if not structlog.is_configured():
        configure_own_lines(sys.stderr, logging.ERROR)


async def _audited(services: "Services", action: "Callable[[Services], Awaitable[T]]", command: str, target: str | None) -> T:
    from unified.telemetry.request_scope import audit_context

    with audit_context() as context:
        try:
            result = await action(services)
        except ConfigurationError:
            raise  # wrong usage: nothing was done
        except Exception as problem:
            await _record(services, context, command, target, problem)
            raise
        await _record(services, context, command, target or getattr(result, "id", None), None)
        return result


async def _record(
    services: "Services", context: "RequestScope", command: str, target: str | None, problem: Exception | None
) -> None:
    """Record a command; without a digest of its options, because they may contain secrets."""
    from unified.service.audit.events import AuditedAct, record

    if context.tenant is not None:
        act = AuditedAct(tenant_id=context.tenant, actor=ACTOR, name=command, changes=True, target=target)
        await record(services, act, context, problem)


async def all_tenants(services: "Services") -> "list[TenantRow]":
    """Return every tenant, oldest first."""
    from unified.store import tenants

    return await every_row(lambda cursor: tenants.list_page(services.database, limit=PAGE, cursor=cursor))


async def every_row(page_after: "Callable[[str | None], Awaitable[Page[Any]]]") -> list[Any]:
    """Return all rows of a list; `page_after` returns the page after a cursor, or the first page for None."""
    page = await page_after(None)
    rows = list(page.items)
    while page.next_cursor is not None:
        page = await page_after(page.next_cursor)
        rows += page.items
    return rows


async def tenant_of(services: "Services", wanted: str | None) -> str:
    """Return the id of the tenant with this id or name, or of the only tenant.

    Raises:
        ConfigurationError: no tenant matches, or several do; the message lists the tenants.
    """
    from unified.telemetry.recording import record_tenant

    tenant_id = await _one_tenant(services, wanted)
    record_tenant(tenant_id)
    return tenant_id


async def _one_tenant(services: "Services", wanted: str | None) -> str:
    tenants = await all_tenants(services)
    if not tenants:
        raise ConfigurationError("there is no tenant yet; create one: unified tenants add NAME")
    known = known_names(f"{one.name} ({one.id})" for one in tenants)
    if wanted is None and len(tenants) > 1:
        raise ConfigurationError(f"there are several tenants; choose one with --tenant. Tenants: {known}")
    matching = [one.id for one in tenants if wanted is None or wanted in {one.id, one.name}]
    if not matching:
        raise ConfigurationError(f"unknown tenant '{wanted}'. Tenants: {known}")
    if len(matching) > 1:
        raise ConfigurationError(f"several tenants have the name '{wanted}'; choose one by its id. Tenants: {known}")
    return matching[0]
