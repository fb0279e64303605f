"""`unified review`: print the tool texts that agents would receive, so that a person reads them first."""

# ruff: noqa: PLC0415 - heavy imports are local, so that `unified --help` is fast

from typing import TYPE_CHECKING, Annotated

import typer

from unified.cli.environment import catalog_folder
from unified.cli.printing import print_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unified.authoring.review.review import OpenReview

COLOURS = {"new": "green", "changed": "yellow", "gone": "red"}


def review(
    provider: Annotated[str | None, typer.Argument(help="Name of the provider; all if omitted.")] = None,
    model: Annotated[str | None, typer.Option("--model", help="Only this model, such as `crm.contacts`.")] = None,
    accept: Annotated[
        bool, typer.Option("--accept", help="Record in mappings/PROVIDER/review.yaml that a person read these tools.")
    ] = False,
    every: Annotated[bool, typer.Option("--all", help="Reviewed tools too, for a second reading.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON with complete schemas.")] = False,
) -> None:
    """Print tools that are new or changed since their last review. Agents are not offered them until they are accepted."""
    from unified.authoring.review import review as reviews

    folder = catalog_folder()
    tools = reviews.open_reviews(folder, provider, model, every=every)
    if as_json:
        print_json(tools)
    else:
        for line in _lines(tools, with_arguments=not accept):
            typer.echo(line)
    if accept:
        for path in reviews.accept(folder, tools):
            typer.echo(f"{path.relative_to(folder)} written", err=True)
    typer.echo(_summary(len(tools), accept=accept), err=True)
    if tools and not accept:
        raise typer.Exit(1)


def _summary(number: int, *, accept: bool) -> str:
    tools = f"{number} tool{'' if number == 1 else 's'}"
    if accept:
        return f"{tools} accepted"
    return (
        f"{tools} to review. Run the command again with --accept once you have read them."
        if number
        else "Every tool is reviewed."
    )


def _lines(tools: "tuple[OpenReview, ...]", *, with_arguments: bool) -> "Iterator[str]":
    from unified.authoring.review.review_text import review_lines

    for provider in dict.fromkeys(tool.provider for tool in tools):
        own = [tool for tool in tools if tool.provider == provider]
        yield from review_lines(own, _head) if with_arguments else map(_head, own)


def _head(tool: "OpenReview") -> str:
    state = typer.style(tool.state, fg=COLOURS[tool.state])
    if tool.definition is None:
        return f"{tool.provider} {tool.model} {tool.method}: {state}"
    definition = tool.definition
    return f"{typer.style(definition.name, bold=True)} ({tool.provider}, {definition.method_class}): {state}"
