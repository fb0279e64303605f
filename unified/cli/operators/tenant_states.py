"""`unified tenants suspend`, `resume`, `export` and `delete`: the end of a tenant, and how it is taken back until then."""

# ruff: noqa: PLC0415 - heavy imports are local, so that `unified --help` is fast

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from unified.cli.operators.services import tenant_of, with_services
from unified.cli.printing import counted, progress
from unified.errors.configuration import ConfigurationError

if TYPE_CHECKING:
    from unified.service.runtime.services import Services
    from unified.store.tenants import TenantRow

EXPORT_FORM = 1
"""The number of the export's form; a reader refuses numbers that it does not know."""
Tenant = Annotated[str, typer.Argument(metavar="TENANT", help="Id or name of the tenant.")]


def add_to(app: typer.Typer) -> None:
    """Add these commands to `unified tenants`."""
    for name, command in (("suspend", suspend), ("resume", resume), ("export", export), ("delete", delete)):
        app.command(name)(command)


def suspend(tenant: Tenant) -> None:
    """Refuse a tenant's keys, MCP servers, pages and links, and send and refresh nothing for it, until it is resumed.

    When the command returns, every worker refuses new requests; those that were running may end.
    """
    row = with_services(lambda services: _set_suspended(services, tenant, suspended=True), command="tenants suspend")
    typer.echo(f"{row.id} suspended")


def resume(tenant: Tenant) -> None:
    """Serve a suspended tenant again: its keys, servers and links work as before, and waiting webhooks are sent."""
    row = with_services(lambda services: _set_suspended(services, tenant, suspended=False), command="tenants resume")
    typer.echo(f"{row.id} resumed")


async def _set_suspended(services: "Services", wanted: str, *, suspended: bool) -> "TenantRow":
    import asyncio

    from unified.service.runtime.row_cache import TTL_SECONDS
    from unified.service.tenants import set_suspended

    row = await set_suspended(services, await tenant_of(services, wanted), suspended=suspended)
    await asyncio.sleep(TTL_SECONDS)  # from now on no worker has an older row
    return row


def export(
    tenant: Tenant,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="File to create, readable by its owner only.")],
) -> None:
    """Write everything of a tenant but secrets, credentials and digests of tokens to a file, as JSON lines."""
    file = _created(out)
    try:
        with file:  # closing it writes what is left, and can fail too
            rows = with_services(lambda services: _export(services, tenant, file), command="tenants export")
    except OSError as problem:
        out.unlink(missing_ok=True)
        raise ConfigurationError(f"--out: {out} cannot be written: {problem.strerror}; nothing of it was kept") from None
    except BaseException:
        out.unlink(missing_ok=True)  # half an export is of no use
        raise
    typer.echo(f"{counted(rows, 'row')} written to {out}")


async def _export(services: "Services", wanted: str, file: TextIO) -> int:
    return await _write_rows(services, await tenant_of(services, wanted), file)


def _created(path: Path) -> TextIO:
    try:
        return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8")
    except FileExistsError:
        raise ConfigurationError(f"--out: {path} exists already; choose another file") from None
    except OSError as problem:
        raise ConfigurationError(f"--out: {path} cannot be created: {problem.strerror}") from None


async def _write_rows(services: "Services", tenant_id: str, file: TextIO) -> int:
    """Write a first line about the export, a line for each row, and a last line with the number of rows of each table."""
    from unified.store.maintenance.exporting import export_rows
    from unified.version import __version__

    counts: dict[str, int] = {}
    _write(file, {"export": EXPORT_FORM, "tenant_id": tenant_id, "exported_at": services.clock(), "version": __version__})
    with progress() as bars:
        task = bars.add_task("rows", total=None)
        async for table, row in export_rows(services.database, tenant_id):
            counts[table] = counts.get(table, 0) + 1
            _write(file, {"table": table, "row": row})
            bars.advance(task)
    _write(file, {"end": counts})
    return sum(counts.values())


def _write(file: TextIO, line: dict[str, Any]) -> None:
    import msgspec

    file.write(msgspec.json.encode(line).decode() + "\n")


def delete(
    tenant: Tenant,
    yes: Annotated[bool, typer.Option("--yes", help="Delete without asking for the tenant's name.")] = False,
) -> None:
    """Delete a suspended tenant with everything of it: accounts, keys, servers, webhooks and its audit trail.

    It cannot be taken back; export the tenant first. It waits for writes that began before the suspension.
    """
    with_services(lambda services: _delete(services, tenant, yes), command=None)


async def _delete(services: "Services", wanted: str, yes: bool) -> None:
    import asyncio

    from unified.service.tenants import delete_tenant, get_tenant, require_suspended, seconds_until_quiet

    row = await get_tenant(services, await tenant_of(services, wanted))
    require_suspended(row)
    if not yes and typer.prompt(f"Type the name of the tenant ({row.name}) to delete it", err=True) != row.name:
        raise ConfigurationError("that is not the name of the tenant; nothing was deleted")
    if seconds := seconds_until_quiet(services, row):
        typer.echo(f"Waiting {seconds:.0f} s for writes that began before the suspension …", err=True)
        await asyncio.sleep(seconds)
    erased = await delete_tenant(services, row.id)
    for table, count in sorted(erased.rows.items()):
        if count:
            typer.echo(f"{table:<18}{count:>8}")
    typer.echo(f"{row.id} deleted")
