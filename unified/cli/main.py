"""The command `unified`: combines the command groups, and prints every expected error as one line without a traceback."""

# ruff: noqa: PLC0415 - heavy imports are local, so that `unified --help` is fast

import re
import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from unified.cli import (
    accounts,
    audit,
    cases,
    check,
    coverage,
    demo,
    demo_environment,
    docs,
    jsonata,
    keys,
    lines,
    lint,
    map_record,
    master_keys,
    mcp,
    new,
    oauth_apps,
    request,
    review,
    sandbox,
    serve,
    tenants,
    try_sample,
    webhooks,
)
from unified.errors.configuration import CatalogError, ConfigurationError
from unified.errors.error import UnifiedError
from unified.version import __version__

PROBLEMS, WRONG_USE = 1, 2
_IN_A_FILE = re.compile(r"[^:\n]+:\d+:\d+: ")


class Commands(TyperGroup):
    """A command group that prints errors as one line on standard error and sets the exit code."""

    def invoke(self, ctx: Any) -> Any:
        """Run a command; exit with 1 for a problem in data, and with 2 for wrong usage, such as an unknown name."""
        try:
            return super().invoke(ctx)
        except (CatalogError, ConfigurationError, UnifiedError) as problem:
            typer.echo(f"unified: {message_of(problem)}", err=True)
            raise typer.Exit(exit_code(problem)) from None
        except Exception as problem:
            from unified.store.failures import advice_for

            advice = advice_for(problem)
            if advice is None:
                raise
            typer.echo(f"unified: {advice}", err=True)
            raise typer.Exit(PROBLEMS) from None


def message_of(problem: CatalogError | ConfigurationError | UnifiedError) -> str:
    """Return the error as one line, including its pointers."""
    text = str(problem)
    if isinstance(problem, UnifiedError) and problem.errors:
        text += "".join(f" {one.pointer}: {one.message}." for one in problem.errors if one.message not in text)
    return text


def exit_code(problem: Exception) -> int:
    """Return 2 for wrong usage, and 1 for a problem in the data."""
    if isinstance(problem, ConfigurationError):
        return WRONG_USE
    if isinstance(problem, CatalogError):
        return PROBLEMS if _IN_A_FILE.match(str(problem)) else WRONG_USE
    return PROBLEMS


app = typer.Typer(
    name="unified",
    cls=Commands,
    help="One API for CRM, HRIS and ticketing products. Data is mapped on the fly and never stored. Try it: unified demo",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


def _print_version(requested: bool) -> None:
    if requested:
        typer.echo(f"unified {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    pass


SERVICE, AUTHORS, MANAGEMENT = "Run", "Write providers and mappings", "Manage"

app.command("demo", rich_help_panel=SERVICE)(demo.demo)
app.command("demo-environment", rich_help_panel=SERVICE)(demo_environment.demo_environment)
app.command("serve", rich_help_panel=SERVICE)(serve.serve)
app.command("sandbox", rich_help_panel=SERVICE)(sandbox.sandbox)
app.command("lint", rich_help_panel=AUTHORS)(lint.lint)
app.command("test", rich_help_panel=AUTHORS)(cases.run_cases)
app.command("map", rich_help_panel=AUTHORS)(map_record.map_record)
app.command("try", rich_help_panel=AUTHORS)(try_sample.try_sample)
app.command("request", rich_help_panel=AUTHORS)(request.request)
app.command("review", rich_help_panel=AUTHORS)(review.review)
app.command("check", rich_help_panel=AUTHORS)(check.check)
app.command("coverage", rich_help_panel=AUTHORS)(coverage.coverage)
app.command("lines", rich_help_panel=AUTHORS)(lines.lines)
app.command("docs", hidden=True)(docs.docs)
app.add_typer(jsonata.app, name="jsonata", rich_help_panel=AUTHORS)
app.add_typer(new.app, name="new", rich_help_panel=AUTHORS)
app.add_typer(tenants.app, name="tenants", rich_help_panel=MANAGEMENT)
master_keys.add_to(keys.app)
app.add_typer(keys.app, name="keys", rich_help_panel=MANAGEMENT)
app.add_typer(accounts.app, name="accounts", rich_help_panel=MANAGEMENT)
app.add_typer(oauth_apps.app, name="oauth-apps", rich_help_panel=MANAGEMENT)
app.add_typer(mcp.app, name="mcp", rich_help_panel=MANAGEMENT)
app.add_typer(webhooks.app, name="webhooks", rich_help_panel=MANAGEMENT)
app.add_typer(audit.app, name="audit", rich_help_panel=MANAGEMENT)


def main() -> None:
    """Run the installed command."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
