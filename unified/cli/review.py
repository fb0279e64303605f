"""`unified review`: what agents would be told of a provider, to be read by somebody before any agent is."""

# ruff: noqa: PLC0415 - heavy imports stand inside, so that `unified --help` is quick

from typing import TYPE_CHECKING, Annotated

import typer

from unified.cli.environment import catalog_folder, print_json

if TYPE_CHECKING:
    from unified.authoring.review import Open

COLOURS = {"new": "green", "changed": "yellow", "gone": "red"}
MARKS = {"new": "+", "changed": "~"}


def review(
    provider: Annotated[str | None, typer.Argument(help="A provider; without one, all.")] = None,
    model: Annotated[str | None, typer.Option("--model", help="Only this model, such as crm.contacts.")] = None,
    accept: Annotated[
        bool, typer.Option("--accept", help="Write to mappings/PROVIDER/review.yaml that this was read.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="JSON for other programs, with whole schemas.")] = False,
) -> None:
    """Show the tools that nobody reviewed as they are now: their description and arguments. Agents are not offered them."""
    from unified.authoring import review as reviews

    folder = catalog_folder()
    found = reviews.open_reviews(folder, provider, model)
    if as_json:
        print_json(found)
    else:
        for one in found:
            _show(one, with_arguments=not accept)
    if accept:
        for path in reviews.accept(folder, found):
            typer.echo(f"{path.relative_to(folder)} written", err=True)
    typer.echo(_summary(len(found), accept=accept), err=True)
    if found and not accept:
        raise typer.Exit(1)


def _summary(number: int, *, accept: bool) -> str:
    tools = f"{number} tool{'' if number == 1 else 's'}"
    if accept:
        return f"{tools} accepted"
    return f"{tools} to read; then run it again with --accept" if number else "every tool is reviewed"


def _show(one: "Open", *, with_arguments: bool) -> None:
    from unified.authoring.arguments import argument_lines

    state = typer.style(one.state, fg=COLOURS[one.state])
    if one.definition is None:
        typer.echo(f"{one.provider} {one.model} {one.method}: {state}\n")
        return
    made = one.definition
    typer.echo(f"{typer.style(made.name, bold=True)} ({one.provider}, {made.method_class}): {state}")
    if not with_arguments:
        return
    typer.echo(f"  {made.description}")
    for line in argument_lines(made.input_schema):
        typer.echo(f"  {MARKS[one.state]} {line}")
    typer.echo()
