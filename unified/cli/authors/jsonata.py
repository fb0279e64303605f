"""`unified jsonata`: print the Python that an expression compiles to, or its value for a document."""

# ruff: noqa: PLC0415 - heavy imports are local, so that `unified --help` is fast

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from unified.cli.environment import settings
from unified.cli.option_values import existing, read_json
from unified.cli.printing import print_json
from unified.errors.configuration import ConfigurationError

if TYPE_CHECKING:
    from unified.transform.mapping import Mapping
    from unified_jsonata import Expression, JsonataError

app = typer.Typer(help="Compile and evaluate JSONata expressions.", no_args_is_help=True)

File = Annotated[str, typer.Argument(metavar="FILE", help="File with one expression, or a mapping file (.yaml).")]


@app.command("compile")
def compile_file(file: File) -> None:
    """Print the Python source that a file's expressions compile to."""
    settings()
    path = existing(Path(file))
    if path.suffix not in {".yaml", ".yml"}:
        typer.echo(_compiled(_source(path)).python)
        return
    for location, expression in _expressions(path):
        typer.echo(f"# {location}")
        typer.echo(expression.python)
    _show_shaped(path)


def _show_shaped(path: Path) -> None:
    """Print the program that evaluates a mapping's record and converts it to its model."""
    from unified.models import ModelShape, Target

    mapping = _mapping(path)
    source = mapping.record.shaped_python(ModelShape(target=Target(struct=mapping.model.struct)))
    if source is not None:
        typer.echo(f"# record, converted to {mapping.model.id}")
        typer.echo(source)


@app.command("run")
def run_file(
    file: File,
    document: Annotated[
        str | None, typer.Argument(metavar="DOCUMENT.json", help="Input document; `-` reads standard input.")
    ] = None,
) -> None:
    """Evaluate an expression for a document and print its value as JSON; print nothing when it has no value."""
    from unified_jsonata import UNDEFINED, JsonataError, Refusal

    settings()
    expression = _compiled(_source(existing(Path(file))))
    data = UNDEFINED if document is None else read_json(document)
    try:
        value = expression.evaluate(data)
    except JsonataError as problem:
        _refuse(problem)
    except Refusal as problem:
        typer.echo(f"refused: {problem}", err=True)
        raise typer.Exit(1) from None
    if value is not UNDEFINED:
        _print(value)


def _print(value: object) -> None:
    """Print a value as JSON; exit with 1 when JSON cannot represent it."""
    try:
        print_json(value)
    except UnicodeEncodeError:
        typer.echo(LONE_SURROGATE, err=True)
    except (TypeError, ValueError, OverflowError, RecursionError) as problem:
        typer.echo(UNSUPPORTED_VALUE.format(type(problem).__name__), err=True)
    else:
        return
    raise typer.Exit(1)


LONE_SURROGATE = (
    "The value cannot be written as JSON: a string contains half of a surrogate pair (\\uD800 to \\uDFFF), "
    "which UTF-8 cannot encode. Write both halves, or remove it."
)
UNSUPPORTED_VALUE = (
    "The value cannot be written as JSON ({}): expected objects, arrays, strings, numbers, booleans and null only. "
    "This is a bug of the engine. Please report the expression."
)


def _source(path: Path) -> str:
    """Read a UTF-8 file; ConfigurationError when that fails."""
    try:
        return path.read_text("utf-8")
    except OSError as problem:
        raise ConfigurationError(f"{path}: cannot be read: {problem.strerror}") from None
    except UnicodeDecodeError as problem:
        raise ConfigurationError(f"{path}: expected text in UTF-8; byte {problem.start} is not. Save it as UTF-8.") from None


def _compiled(source: str) -> "Expression":
    from unified.transform.compilation.custom_function import custom_function
    from unified.transform.functions import callables
    from unified_jsonata import JsonataError, compile

    try:
        return compile(source, {**callables(), "customFields": custom_function(frozenset())})
    except JsonataError as problem:
        _refuse(problem)


def _refuse(problem: "JsonataError") -> NoReturn:
    typer.echo(problem.explained(), err=True)
    raise typer.Exit(1)


def _expressions(path: Path) -> "Iterator[tuple[str, Expression]]":
    """Yield the expressions of a mapping file with their locations."""
    from unified.authoring.lint.lint_context import MappingSubject

    for location, expression in MappingSubject(mapping=_mapping(path)).expressions():
        yield ".".join(map(str, location)), expression


def _mapping(path: Path) -> "Mapping":
    """Compile a mapping file with its provider's file."""
    from unified.authoring.workspace import compiled, find_folder, open_provider

    provider = path.resolve().parent.name
    return compiled(path, {provider: open_provider(find_folder(path), provider)})
