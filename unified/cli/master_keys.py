"""`unified keys new-master`, `rotate` and `give-up`: the keys that seal what is stored."""

# ruff: noqa: PLC0415 - heavy imports stand inside, so that `unified --help` is quick

from typing import TYPE_CHECKING, Annotated, Any

import typer

from unified.cli.environment import print_json, settings
from unified.cli.managing import print_table, with_services
from unified.errors import ConfigurationError

if TYPE_CHECKING:
    from collections import Counter

    from unified.service.maintenance.key_rotation import Count, Rotated
    from unified.service.runtime.services import Services
    from unified.store.triggers import Foreign

    Unfit = dict[str, Counter[str]]

PROBLEMS = 1
FORGED_ROWS = (
    "No rotation makes such a row good: find out who wrote to the database, then put the row back from a backup, or delete it. "
    "Before that, do not remove the key that its mark names"
)


def add_to(keys: typer.Typer) -> None:
    """Put the commands into the group `unified keys`."""
    keys.command("new-master")(new_master)
    keys.command("rotate")(rotate)
    keys.command("give-up")(give_up)


def new_master() -> None:
    """Put a new master key on top of the key file; it seals from then on. Without a key file, print its line."""
    from unified.vault.key_file import KEY_FILE
    from unified.vault.keys import add_master_key

    found = settings()
    kid, line = add_master_key(found)
    if line is None:
        typer.echo(f"{found.home / KEY_FILE}: the key {kid} is on top. Then: unified keys rotate")
        return
    typer.echo(line)
    typer.echo(
        f"Put this in front of the keys in UNIFIED_MASTER_KEYS of every process and start them again: {kid} seals then. "
        "Then: unified keys rotate",
        err=True,
    )


def rotate(
    *,
    check: Annotated[bool, typer.Option("--check", help="Only count; 1 when something is left to do.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for other programs.")] = False,
) -> None:
    """Seal and mark again, with the current master key, what older ones did. The service may run; a run cut off goes on."""
    done = None if check else with_services(_rotate, does=None, check_keys=False)
    counts, unfit, foreign = with_services(_count, does=None, check_keys=False)
    left = sum(_left(one, unfit) for one in counts)
    if as_json:
        totals = {table: by_key.total() for table, by_key in unfit.items()}
        print_json({**_as_json(done), "counts": counts, "left": left, "unfit": totals, "foreign": foreign})
    else:
        _show(done, counts, unfit, foreign)
    if left or unfit or foreign:
        raise typer.Exit(PROBLEMS)


def _left(one: "Count", unfit: "Unfit") -> int:
    """How many of these texts something is to be done about; marks that no rotation makes fit are told of by themselves."""
    if one.state == "current":
        return 0
    table, _, column = one.column.partition(".")
    forged = unfit[table][one.key] if one.state == "old" and column == "mac" and table in unfit else 0
    return max(0, one.rows - forged)


def _as_json(done: "Rotated | None") -> dict[str, int]:
    return {} if done is None else {name: getattr(done, name) for name in done.__struct_fields__}


def _show(done: "Rotated | None", counts: "list[Count]", unfit: "Unfit", foreign: "list[Foreign]") -> None:
    from unified.service.maintenance.row_guards import described

    if done is not None:
        typer.echo(
            f"{done.resealed} sealed again, {done.marked} rows marked again, {done.changed} changed meanwhile, "
            f"{done.unreadable} unreadable"
        )
    shown: list[tuple[Any, ...]] = [(one.column, one.key, one.state, one.rows) for one in counts]
    print_table(("column", "key", "state", "rows"), shown, "there is nothing yet")
    typer.echo(_advice(counts, unfit))
    for table, by_key in unfit.items():
        rows = by_key.total()
        typer.echo(f"{table}: {rows} rows that this service did not write, or that were edited; they are treated as unknown")
    missing = {one.key for one in counts if one.state == "missing"}
    if any(by_key.keys() - missing for by_key in unfit.values()):
        typer.echo(FORGED_ROWS)
    for one in foreign:
        typer.echo(f"{described(one)}, which this service did not make: find out who did, and drop it")


async def _rotate(services: "Services") -> "Rotated":
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from unified.service.maintenance.key_rotation import count_sealed, rotate

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    counts = await count_sealed(services.database, services.vault)
    todo: dict[str, int] = {}
    for one in counts:
        todo[one.column] = todo.get(one.column, 0) + (0 if one.state == "current" else one.rows)
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks = {column: bars.add_task(column, total=total) for column, total in todo.items()}

        def progress(column: str, looked_at: int) -> None:
            if column in tasks:
                bars.advance(tasks[column], looked_at)

        return await rotate(services.database, services.vault, progress)


async def _count(services: "Services") -> "tuple[list[Count], Unfit, list[Foreign]]":
    from unified.service.maintenance.key_rotation import count_sealed, count_unmarked_by_key
    from unified.store.triggers import list_foreign

    counts = await count_sealed(services.database, services.vault)
    return counts, await count_unmarked_by_key(services.database), await list_foreign(services.database)


def _advice(counts: "list[Count]", unfit: "Unfit") -> str:
    """What is to be done next, by what is left."""
    of = {state: [one for one in counts if one.state == state] for state in ("old", "missing", "unreadable")}
    said = []
    if left := [one for one in of["old"] if _left(one, unfit)]:
        said.append(f"{sum(_left(one, unfit) for one in left)} left under {_names(left)}: unified keys rotate")
    if of["missing"]:
        said.append(f"{_total(of['missing'])} need {_names(of['missing'])}: add the key, or unified keys give-up KEY")
    if of["unreadable"]:
        said.append(f"{_total(of['unreadable'])} of no known form: they open with no key; connect those accounts again")
    if not said and of["old"]:
        said.append(f"nothing is left to rotate; under {_names(of['old'])} are only rows that were edited")
    return "\n".join(said) or "everything is sealed and marked with the current key: older master keys may be removed"


def _total(counts: "list[Count]") -> int:
    return sum(one.rows for one in counts)


def _names(counts: "list[Count]") -> str:
    return ", ".join(sorted({one.key for one in counts}))


def give_up(
    kid: Annotated[str, typer.Argument(metavar="KEY", help="The id of a master key that is lost.")],
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Really drop what the key sealed.")] = False,
) -> None:
    """Drop what only a lost master key opens or vouches for: accounts are connected again, the rest is made again."""
    if not yes:
        raise ConfigurationError(
            f"this drops everything that '{kid}' sealed, for good; `unified keys rotate --check` counts it. "
            "If the key is really lost, say --yes"
        )
    dropped = with_services(lambda services: _give_up(services, kid), does=None, check_keys=False)
    for column, rows in dropped.items():
        typer.echo(f"{column}: {rows}")


async def _give_up(services: "Services", kid: str) -> dict[str, int]:
    from unified.service.maintenance.key_rotation import give_up_key

    return await give_up_key(services.database, services.vault, kid)
