"""The command `unified`: combines the command groups, and prints every expected error as one line without a traceback."""

# ruff: noqa: PLC0415 - heavy imports are local, so that `unified --help` is fast

import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from unified.cli.authors import (
    cases,
    coverage,
    docs,
    jsonata,
    lines,
    lint,
    map_record,
    migrate,
    new,
    review,
    sandbox,
    try_sample,
)
from unified.cli.command_group import Group
from unified.cli.demo import command as demo
from unified.cli.demo import environment as demo_environment
from unified.cli.operators import (
    accounts,
    audit,
    check,
    connect,
    keys,
    master_keys,
    mcp,
    oauth_apps,
    request,
    serve,
    tenants,
    webhooks,
)
from unified.errors.configuration import CatalogError, ConfigurationError, DatabaseUnavailable
from unified.errors.error import UnifiedError, described
from unified.errors.names import unknown_name
from unified.server.garbage import expect_no_garbage
from unified.version import __version__

PROBLEMS, WRONG_USE = 1, 2


class Commands(Group):
    """A command group that prints errors as one line on standard error and sets the exit code."""

    def invoke(self, ctx: Any) -> Any:
        """Run a command; exit with 1 for a problem in data, and with 2 for wrong usage, such as an unknown name."""
        try:
            return super().invoke(ctx)
        except (CatalogError, ConfigurationError, UnifiedError) as problem:
            typer.echo(f"unified: {message_of(problem)}", err=True)
            raise typer.Exit(exit_code(problem)) from None
        except Exception as problem:
            from unified.store.engine.failures import advice_for

            advice = advice_for(problem)
            if advice is None:
                raise
            typer.echo(f"unified: {advice}", err=True)
            raise typer.Exit(PROBLEMS) from None


def message_of(problem: CatalogError | ConfigurationError | UnifiedError) -> str:
    """Return the error as one line, including its pointers."""
    return described(problem) if isinstance(problem, UnifiedError) else str(problem)


def exit_code(problem: Exception) -> int:
    """Return 2 for wrong usage, and 1 for a problem in the data or of the database."""
    if isinstance(problem, ConfigurationError):
        return PROBLEMS if isinstance(problem, DatabaseUnavailable) else WRONG_USE
    if isinstance(problem, CatalogError):
        return WRONG_USE if problem.position is None else PROBLEMS
    return PROBLEMS


app = typer.Typer(
    name="unified",
    cls=Commands,
    help="One API for CRM, HRIS and ticketing products. Data is mapped on the fly and never stored. Try it: unified demo",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
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


def help_(
    ctx: typer.Context,
    words: Annotated[list[str] | None, typer.Argument(metavar="COMMAND", help="A command, such as keys add.")] = None,
) -> None:
    """Print the help of a command, as `--help` does."""
    context = ctx.find_root()
    group = context.command
    for word in words or ():
        found = group.get_command(context, word) if isinstance(group, TyperGroup) else None
        if found is None:
            known = group.list_commands(context) if isinstance(group, TyperGroup) else ()
            raise ConfigurationError(unknown_name("command", word, known))
        group, context = found, found.make_context(word, [], parent=context, resilient_parsing=True)
    typer.echo(group.get_help(context))


SERVICE, AUTHORS, MANAGEMENT = "Run", "Write providers and mappings", "Manage"

app.command("help", hidden=True)(help_)
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
app.command("migrate-mappings", rich_help_panel=AUTHORS)(migrate.migrate_mappings)
app.command("coverage", rich_help_panel=AUTHORS)(coverage.coverage)
app.command("lines", rich_help_panel=AUTHORS)(lines.lines)
app.command("docs", hidden=True)(docs.docs)
app.add_typer(jsonata.app, cls=Group, name="jsonata", rich_help_panel=AUTHORS)
app.add_typer(new.app, cls=Group, name="new", rich_help_panel=AUTHORS)
app.add_typer(tenants.app, cls=Group, name="tenants", rich_help_panel=MANAGEMENT)
master_keys.add_to(keys.app)
app.add_typer(keys.app, cls=Group, name="keys", rich_help_panel=MANAGEMENT)
app.add_typer(accounts.app, cls=Group, name="accounts", rich_help_panel=MANAGEMENT)
app.add_typer(connect.app, cls=Group, name="connect", rich_help_panel=MANAGEMENT)
app.add_typer(oauth_apps.app, cls=Group, name="oauth-apps", rich_help_panel=MANAGEMENT)
app.add_typer(mcp.app, cls=Group, name="mcp", rich_help_panel=MANAGEMENT)
app.add_typer(webhooks.app, cls=Group, name="webhooks", rich_help_panel=MANAGEMENT)
app.add_typer(audit.app, cls=Group, name="audit", rich_help_panel=MANAGEMENT)


def main() -> None:
    """Run the installed command."""
    expect_no_garbage()
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
