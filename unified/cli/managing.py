"""What the management commands share: the opened service, and which tenant is meant."""

# ruff: noqa: PLC0415 - heavy imports stand inside, so that `unified --help` is quick

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar

import typer

from unified.cli.environment import read_json, settings
from unified.errors import ConfigurationError, known_names

if TYPE_CHECKING:
    from unified.service.audit.request_context import AuditContext
    from unified.service.runtime.services import Services
    from unified.store.pages import Page
    from unified.store.tenants import TenantRow

T = TypeVar("T")
PAGE = 200
ACTOR = "cli"
"""Who did it, in the audit trail."""

TenantOption = typer.Option("--tenant", help="Id or name; not needed when there is only one tenant.")
JsonOption = typer.Option("--json", help="The body as in the API, from a file; `-` reads standard input.", metavar="FILE|-")


def with_services(
    do: "Callable[[Services], Awaitable[T]]", *, does: str | None, target: str | None = None, check_keys: bool = True
) -> T:
    """Run one thing with the parts of the service, opened by the environment's settings.

    Args:
        do: the thing.
        does: the command's words, such as `keys add`, for the tenant's audit trail; None when it only reads.
        target: the id of what it changes, when it is given; else the id of what it made is told.
        check_keys: as in `assembled`.
    """
    from unified.app import assembled

    _log_to_stderr()

    async def run() -> T:
        async with assembled(settings(), check_keys=check_keys) as services:
            return await (do(services) if does is None else _audited(services, do, does, target))

    return asyncio.run(run())


def _log_to_stderr() -> None:
    """Standard output is the command's answer, often JSON; structlog would write its lines there."""
    import structlog

    if not structlog.is_configured():
        structlog.configure(logger_factory=lambda *_: structlog.PrintLogger(sys.stderr))


async def _audited(services: "Services", do: "Callable[[Services], Awaitable[T]]", does: str, target: str | None) -> T:
    from unified.service.audit.request_context import audit_context

    with audit_context() as note:
        try:
            result = await do(services)
        except ConfigurationError:
            raise  # a command that was used wrongly did nothing
        except Exception as problem:
            await _record(services, note, does, target, problem)
            raise
        await _record(services, note, does, target or getattr(result, "id", None), None)
        return result


async def _record(services: "Services", note: "AuditContext", does: str, target: str | None, problem: Exception | None) -> None:
    """The row of a command; without a digest, for options may be secrets."""
    from unified.service.audit.events import AuditedAct, record

    if note.tenant_id is not None:
        asked = AuditedAct(tenant_id=note.tenant_id, actor=ACTOR, name=does, changes=True, target=target)
        await record(services, asked, note, problem)


async def all_tenants(services: "Services") -> "list[TenantRow]":
    """Every tenant, oldest first."""
    from unified.store import tenants

    return await every_row(lambda cursor: tenants.list_page(services.database, limit=PAGE, cursor=cursor))


async def every_row(page_after: "Callable[[str | None], Awaitable[Page[Any]]]") -> list[Any]:
    """All rows of a list, page by page; `page_after` gives the page after a cursor, the first one for None."""
    page = await page_after(None)
    found = list(page.items)
    while page.next_cursor is not None:
        page = await page_after(page.next_cursor)
        found += page.items
    return found


async def tenant_of(services: "Services", wanted: str | None) -> str:
    """The id of the tenant that is meant; ConfigurationError lists them when it cannot be told."""
    from unified.service.audit.request_context import record_tenant

    found = await _one_tenant(services, wanted)
    record_tenant(found)
    return found


async def _one_tenant(services: "Services", wanted: str | None) -> str:
    tenants = await all_tenants(services)
    if not tenants:
        raise ConfigurationError("there is no tenant yet: unified tenants add NAME")
    shown = known_names(f"{one.name} ({one.id})" for one in tenants)
    if wanted is None and len(tenants) > 1:
        raise ConfigurationError(f"there are several tenants: say which with --tenant. Tenants: {shown}")
    found = [one.id for one in tenants if wanted is None or wanted in {one.id, one.name}]
    if not found:
        raise ConfigurationError(f"unknown tenant '{wanted}'. Tenants: {shown}")
    if len(found) > 1:
        raise ConfigurationError(f"several tenants are called '{wanted}': name one by its id. Tenants: {shown}")
    return found[0]


def decoded(file: str, kind: type[T]) -> T:
    """A body as the API takes it, from a file or standard input; ValidationFailed names what does not fit."""
    import msgspec

    from unified.service.validation import validation_error

    try:
        return msgspec.convert(read_json(file), kind)
    except msgspec.ValidationError as problem:
        raise validation_error(kind, problem) from None


def required(value: Any, option: str) -> Any:
    """The value of an option that must be given unless `--json` is."""
    if value is None:
        raise ConfigurationError(f"{option} is required (or give the whole body with --json)")
    return value


def print_table(columns: tuple[str, ...], rows: list[tuple[Any, ...]], empty: str) -> None:
    """Rows for people; `empty` is said when there are none."""
    from rich.console import Console
    from rich.table import Column, Table

    if not rows:
        typer.echo(empty)
        return
    table = Table(*(Column(name, overflow="fold") for name in columns))  # an id that is cut cannot be copied
    for row in rows:
        table.add_row(*("" if value is None else str(value) for value in row))
    Console().print(table)
