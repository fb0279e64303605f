"""`unified keys new-master`, `rotate` and `give-up`: the master keys that seal stored data."""

# ruff: noqa: PLC0415 - heavy imports are local, so that `unified --help` is fast

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from unified.cli.environment import settings
from unified.cli.operators.services import with_services
from unified.cli.printing import print_json, print_table, progress
from unified.errors.configuration import ConfigurationError

if TYPE_CHECKING:
    from collections import Counter

    from unified.service.maintenance.key_rotation import Count, Rotated
    from unified.service.runtime.services import Services
    from unified.store.integrity.triggers import Foreign

    Unfit = dict[str, Counter[str]]

PROBLEMS = 1
FORGED_ROWS = (
    "Check first that the master keys are those of this database: under others, every row looks like this. "
    "Rotation cannot repair such rows. Find out who wrote to the database, then restore the rows from a backup or delete them. "
    "Until then, do not remove the master key that their marks name."
)


def add_to(keys: typer.Typer) -> None:
    """Add the commands to the group `unified keys`."""
    keys.command("new-master")(new_master)
    keys.command("rotate")(rotate)
    keys.command("give-up")(give_up)


def new_master(
    *, only_print: Annotated[bool, typer.Option("--print", help="Only print a new line, for a file of your own.")] = False
) -> None:
    """Add a new master key to the key file and seal with it from now on; without a key file, print its line."""
    from unified.vault.key_file import KEY_FILE
    from unified.vault.key_service import key_service
    from unified.vault.keys import add_master_key, new_key_line

    chosen = settings()
    if only_print:
        typer.echo(new_key_line(key_service(chosen)))
        return
    kid, line = add_master_key(chosen)
    if line is None:
        typer.echo(f"{chosen.home / KEY_FILE}: added the master key {kid}. Next: unified keys rotate")
        return
    typer.echo(line)
    typer.echo(
        "1. Add this line at the end of UNIFIED_MASTER_KEYS (or of its file) for every process, and restart all of them.\n"
        f"2. Move it to the front everywhere, and restart all again: they then seal with {kid}.\n"
        "3. Next: unified keys rotate\n"
        "A service that is one process can begin with step 2. The order matters: a process cannot open what another one sealed "
        "with a key that it does not have.",
        err=True,
    )


def rotate(
    *,
    check: Annotated[bool, typer.Option("--check", help="Only count; exit with 1 when something is left to do.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Seal and mark data again with the current master key, while the service may run; an interrupted rotation can resume."""
    rotated = None if check else with_services(_rotate, command=None, check_keys=False)
    counts, unfit, foreign = with_services(_count, command=None, check_keys=False)
    left = sum(_left(one, unfit) for one in counts)
    if as_json:
        totals = {table: by_key.total() for table, by_key in unfit.items()}
        print_json({**_as_json(rotated), "counts": counts, "left": left, "unfit": totals, "foreign": foreign})
    else:
        _show(rotated, counts, unfit, foreign)
    if left or unfit or foreign:
        raise typer.Exit(PROBLEMS)


def _left(one: "Count", unfit: "Unfit") -> int:
    """Return how many of these need rotation or a missing key; rows with forged marks are reported separately."""
    if one.state == "current":
        return 0
    table, _, column = one.column.partition(".")
    forged = unfit[table][one.key] if one.state == "old" and column == "mac" and table in unfit else 0
    return max(0, one.rows - forged)


def _as_json(rotated: "Rotated | None") -> dict[str, int]:
    return {} if rotated is None else {name: getattr(rotated, name) for name in rotated.__struct_fields__}


def _show(rotated: "Rotated | None", counts: "list[Count]", unfit: "Unfit", foreign: "list[Foreign]") -> None:
    from unified.service.maintenance.row_guards import described

    if rotated is not None:
        typer.echo(
            f"{rotated.resealed} sealed again, {rotated.marked} rows marked again, {rotated.changed} changed meanwhile, "
            f"{rotated.unreadable} unreadable"
        )
    cells: list[tuple[Any, ...]] = [(one.column, one.key, one.state, one.rows) for one in counts]
    print_table(("column", "key", "state", "rows"), cells, "Nothing is sealed yet.")
    typer.echo(_advice(counts, unfit))
    missing = {one.key for one in counts if one.state == "missing"}
    for table, by_key in unfit.items():
        for line in _unfit_lines(table, by_key, missing):
            typer.echo(line)
    if any(by_key.keys() - missing for by_key in unfit.values()):
        typer.echo(FORGED_ROWS)
    for one in foreign:
        typer.echo(f"{described(one)}, which this service did not create. Find out who did, and drop it.")


def _unfit_lines(table: str, by_key: "Counter[str]", missing: set[str]) -> Iterator[str]:
    """Say which rows are ignored: those of a missing key, which may well be sound, apart from those that were edited."""
    unproven = {key: rows for key, rows in by_key.items() if key in missing}
    if unproven:
        rows, keys = sum(unproven.values()), ", ".join(sorted(unproven))
        yield f"{table}: {rows} rows cannot be verified without the master key {keys}; they are ignored until then"
    edited = by_key.total() - sum(unproven.values())
    if edited:
        yield f"{table}: {edited} rows were edited or not written by this service; they are ignored"


async def _rotate(services: "Services") -> "Rotated":
    from unified.service.maintenance.key_rotation import count_sealed, rotate

    counts = await count_sealed(services.database, services.vault)
    todo: dict[str, int] = {}
    for one in counts:
        todo[one.column] = todo.get(one.column, 0) + (0 if one.state == "current" else one.rows)
    with progress() as bars:
        tasks = {column: bars.add_task(column, total=total) for column, total in todo.items()}

        def advance(column: str, processed: int) -> None:
            if column in tasks:
                bars.advance(tasks[column], processed)

        return await rotate(services.database, services.vault, advance)


async def _count(services: "Services") -> "tuple[list[Count], Unfit, list[Foreign]]":
    from unified.service.maintenance.key_rotation import count_sealed, count_unmarked
    from unified.store.integrity.triggers import list_foreign

    counts = await count_sealed(services.database, services.vault)
    return counts, await count_unmarked(services.database), await list_foreign(services.database)


def _advice(counts: "list[Count]", unfit: "Unfit") -> str:
    """Return what to do next."""
    by_state = {state: [one for one in counts if one.state == state] for state in ("old", "missing", "unreadable")}
    advice = []
    if left := [one for one in by_state["old"] if _left(one, unfit)]:
        advice.append(f"{sum(_left(one, unfit) for one in left)} still under {_names(left)}. Run: unified keys rotate")
    if by_state["missing"]:
        needed = f"{_total(by_state['missing'])} need the master key {_names(by_state['missing'])}."
        advice.append(f"{needed} Add it, or run: unified keys give-up KEY")
    if by_state["unreadable"]:
        advice.append(f"{_total(by_state['unreadable'])} cannot be decrypted with any key. Reconnect the affected accounts.")
    if not advice and by_state["old"]:
        advice.append(f"Nothing is left to rotate; only edited rows remain under {_names(by_state['old'])}.")
    return "\n".join(advice) or "Everything is sealed and marked with the current master key. You can remove older ones."


def _total(counts: "list[Count]") -> int:
    return sum(one.rows for one in counts)


def _names(counts: "list[Count]") -> str:
    return ", ".join(sorted({one.key for one in counts}))


def give_up(
    kid: Annotated[str, typer.Argument(metavar="KEY", help="Id of the lost master key.")],
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Confirm that the data is to be deleted.")] = False,
) -> None:
    """Delete what only a lost master key can open or verify; afterwards reconnect the accounts and create the rest again."""
    if not yes:
        raise ConfigurationError(
            f"this permanently deletes everything sealed with '{kid}'; `unified keys rotate --check` counts it. "
            "If the key is lost, confirm with --yes"
        )
    dropped = with_services(lambda services: _give_up(services, kid), command=None, check_keys=False)
    for column, rows in dropped.items():
        typer.echo(f"{column}: {rows}")


async def _give_up(services: "Services", kid: str) -> dict[str, int]:
    from unified.service.maintenance.key_rotation import give_up_key

    return await give_up_key(services.database, services.vault, kid)
