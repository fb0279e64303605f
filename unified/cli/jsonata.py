"""`unified jsonata`: an expression by itself: the Python it becomes, and its value for a document."""

# ruff: noqa: PLC0415 - heavy imports stand inside, so that `unified --help` is quick

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from unified.cli.environment import existing, print_json, read_json, settings
from unified.errors import ConfigurationError

if TYPE_CHECKING:
    from unified.jsonata import Expression, JsonataError

app = typer.Typer(help="Look at expressions: what they become, what they give.", no_args_is_help=True)

File = Annotated[str, typer.Argument(metavar="FILE", help="An expression, or a mapping file (.yaml) with many.")]


@app.command("compile")
def compile_file(file: File) -> None:
    """Print the Python source that a file's expressions are compiled to."""
    settings()
    path = existing(Path(file))
    if path.suffix not in {".yaml", ".yml"}:
        _show(_compiled(_source(path)))
        return
    for place, expression in _expressions(path):
        typer.echo(f"# {place}")
        _show(expression)


def _show(expression: "Expression") -> None:
    """The Python of an expression, and a line on standard error when it is not the usual form."""
    python = expression.python
    if expression.fault is not None:
        typer.echo(BARE.format(expression.fault), err=True)
    typer.echo(python)


BARE = (
    "The bare form is used: the compiler made a mistake ({}) in the usual one. The values are the same, "
    "evaluation is slower. Please report the expression."
)


@app.command("run")
def run_file(
    file: File,
    document: Annotated[
        str | None, typer.Argument(metavar="DOCUMENT.json", help="The input; `-` reads standard input.")
    ] = None,
) -> None:
    """Evaluate an expression for a document and print its value; nothing when there is none."""
    from unified.jsonata import UNDEFINED, JsonataError

    settings()
    expression = _compiled(_source(existing(Path(file))))
    data = UNDEFINED if document is None else read_json(document)
    try:
        value = expression.evaluate(data)
    except JsonataError as problem:
        _refuse(problem)
    if value is not UNDEFINED:
        _print(value)


def _print(value: object) -> None:
    """A value as JSON; a line on standard error and status 1 when JSON has no word for it."""
    try:
        print_json(value)
    except UnicodeEncodeError:
        typer.echo(HALF, err=True)
    except (TypeError, ValueError, OverflowError, RecursionError) as problem:
        typer.echo(UNWRITTEN.format(type(problem).__name__), err=True)
    else:
        return
    raise typer.Exit(1)


HALF = (
    "The value cannot be written as JSON: a string in it holds one half of a surrogate pair (\\uD800 to \\uDFFF), "
    "which UTF-8 has no bytes for. Write both halves, or remove the one."
)
UNWRITTEN = (
    "The value cannot be written as JSON ({}): expected objects, arrays, strings, numbers, booleans and null only. "
    "This is a fault of the engine. Please report the expression."
)


def _source(path: Path) -> str:
    """The text of a file; ConfigurationError says why it cannot be read."""
    try:
        return path.read_text("utf-8")
    except OSError as problem:
        raise ConfigurationError(f"{path}: cannot be read: {problem.strerror}") from None
    except UnicodeDecodeError as problem:
        raise ConfigurationError(f"{path}: expected text in UTF-8; byte {problem.start} is not. Save it as UTF-8.") from None


def _compiled(source: str) -> "Expression":
    from unified.jsonata import JsonataError, compile
    from unified.transform.compile import custom_function
    from unified.transform.functions import callables

    try:
        return compile(source, {**callables(), "custom": custom_function(frozenset())})
    except JsonataError as problem:
        _refuse(problem)


def _refuse(problem: "JsonataError") -> NoReturn:
    typer.echo(problem.explained(), err=True)
    raise typer.Exit(1)


def _expressions(path: Path) -> "Iterator[tuple[str, Expression]]":
    """The expressions of a mapping file with where they stand in it."""
    from unified.authoring.lint_context import MappingSubject
    from unified.authoring.workspace import compiled, find_folder, open_provider

    provider = path.resolve().parent.name
    mapping = compiled(path, {provider: open_provider(find_folder(path), provider)})
    for place, expression in MappingSubject(mapping=mapping).expressions():
        yield ".".join(map(str, place)), expression
